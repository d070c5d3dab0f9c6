//! The end of a run on the terminal: what came of it, in at most 24 lines of 80 columns.

use std::time::Duration;

use super::{BuildSummary, CheckSummary, FileSummary};
use crate::{
    human::{bytes, count, pace},
    screen::{counts, row, shortened, wrapped},
};

/// So many member lists are shown; the summary has all.
const MOST_FILES: usize = 3;

/// A path that is longer than this is cut.
const LONGEST_NAME: usize = 30;

impl CheckSummary {
    /// The summary for people, with what the exit status means if it is not 0; with the time, if one is
    /// given.
    pub fn describe(&self, time: Option<Duration>, is_incomplete: bool) -> String {
        let mut text = wrapped(&format!("{} members: {}", count(self.rows), verdicts(self)), 2);
        if let Some(new) = self.new {
            let new = count(new);
            let told = format!("{new} of the affected are new, not in the earlier findings");
            text += &row("new", &told);
        }
        if let Some(letters) = &self.letters {
            text += &row("letters", &letters.describe());
        }
        // Where there are no lists to tell apart there is room.
        let lines = if self.files.len() < 2 { 2 } else { 1 };
        for (name, by_name, lines) in [
            ("strength", &self.by_strength, 2),
            ("matched by", &self.by_kind, 2),
            ("breaches", &self.by_breach, lines),
            ("data", &self.by_data_class, lines),
        ] {
            if !by_name.is_empty() {
                text += &counts(name, by_name, lines);
            }
        }
        if self.partially_checked > 0 {
            let partially = count(self.partially_checked);
            text += &row(
                "in part",
                &format!(
                    "{partially} of the not affected were checked in part only: some field is \
                     suspect or could not be used"
                ),
            );
        }
        if !self.rejects_by_reason.is_empty() {
            text += &counts("not used:", &self.rejects_by_reason, 2);
        }
        text += &self.describe_files();
        if let Some(time) = time {
            text += &row("took", &pace(self.rows, "members", time));
        }
        if is_incomplete {
            text += &wrapped(
                &format!(
                    "exit status 3: {} members could not be checked; --rejects FILE says why, --all \
                     lists them, and --allow-indeterminate makes it 0",
                    count(self.indeterminate)
                ),
                2,
            );
        }
        text
    }

    /// The member lists, if there are several.
    fn describe_files(&self) -> String {
        let mut text = String::new();
        if self.files.len() < 2 {
            return text;
        }
        for file in self.files.iter().take(MOST_FILES) {
            let name = shortened(&file.file, LONGEST_NAME);
            text += &wrapped(
                &format!("  {name}: {} members: {}", count(file.rows), verdicts_of(file)),
                4,
            );
        }
        let more = self.files.len().saturating_sub(MOST_FILES);
        if more > 0 {
            text += &format!("  and {} more lists, see --summary\n", count(more as u64));
        }
        text
    }
}

fn verdicts(summary: &CheckSummary) -> String {
    verdicts_of(&FileSummary::of(summary))
}

fn verdicts_of(file: &FileSummary) -> String {
    format!(
        "{} affected, {} not affected, {} indeterminate",
        count(file.affected),
        count(file.not_affected),
        count(file.indeterminate)
    )
}

impl BuildSummary {
    /// The summary for people.
    pub fn describe(&self, time: Option<Duration>) -> String {
        let headline = format!(
            "{} rows: {} indexed, {} duplicate, {} rejected",
            count(self.rows),
            count(self.indexed),
            count(self.duplicate),
            count(self.rejected)
        );
        let mut text = wrapped(&headline, 2);
        let size = bytes(self.index_bytes);
        text += &row("identifiers", &format!("{}, in {size}", count(self.identifiers)));
        text += &counts("kinds", &self.by_kind, 2);
        if !self.rejects_by_reason.is_empty() {
            text += &counts("not used:", &self.rejects_by_reason, 2);
        }
        if !self.suspects_by_reason.is_empty() {
            text += &counts("suspect:", &self.suspects_by_reason, 2);
        }
        if let Some(time) = time {
            text += &row("took", &pace(self.rows, "rows", time));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use leakdex::{Key, Kind, Reason};

    use super::*;

    fn fits_a_screen(text: &str) {
        // The line of the shell's next prompt has to fit, too.
        assert!(text.lines().count() < 24, "{} lines:\n{text}", text.lines().count());
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    fn many(names: impl Iterator<Item = String>) -> BTreeMap<String, u64> {
        names.map(|name| (name, 12_345_678)).collect()
    }

    /// Everything that can be counted, and a lot of it.
    fn large_check() -> CheckSummary {
        let file = |number| FileSummary {
            file: format!("/srv/screening/2023/january/{}/members-{number}.csv", "x".repeat(80)),
            rows: 99_999_999,
            affected: 33_333_333,
            not_affected: 33_333_333,
            indeterminate: 33_333_333,
            partially_checked: 0,
        };
        CheckSummary {
            rows: 99_999_999,
            affected: 33_333_333,
            not_affected: 33_333_333,
            indeterminate: 33_333_333,
            partially_checked: 33_333_333,
            new: Some(33_333_333),
            by_strength: many(leakdex::Strength::ALL.iter().map(ToString::to_string)),
            by_kind: many(Kind::ALL.iter().map(|kind| kind.slug().to_owned())),
            by_breach: many((0..100).map(|number| format!("breach-{number}"))),
            by_data_class: many((0..100).map(|number| format!("class-of-data-{number}"))),
            rejects_by_reason: Reason::ALL.iter().map(|reason| (reason.code(), 1_234)).collect(),
            files: (0..100).map(file).collect(),
            ..CheckSummary::default()
        }
    }

    #[test]
    fn the_summary_of_a_check_fits_a_screen_however_much_there_is_to_tell() {
        let mut summary = large_check();
        let text = summary.describe(Some(Duration::from_secs(4_000)), true);
        fits_a_screen(&text);
        for words in [
            "99,999,999 members: 33,333,333 affected",
            "33,333,333 of the affected are new",
            "more, see --summary",
            "and 97 more lists",
            "67 minutes, 24,999 members a second",
            "exit status 3: 33,333,333 members could not be checked",
        ] {
            assert!(text.contains(words), "'{words}' is not in:\n{text}");
        }
        summary.files.truncate(1);
        fits_a_screen(&summary.describe(Some(Duration::from_secs(4_000)), true));
    }

    #[test]
    fn the_summary_of_a_build_fits_a_screen_however_much_there_is_to_tell() {
        let key = Key::from_bytes([1; 32]);
        let builder =
            leakdex::IndexBuilder::new(&key, leakdex::Breach::named("a").expect("a name"));
        let index = builder.build().expect("an empty index can be built");
        let text = BuildSummary {
            rows: 99_999_999,
            indexed: 99_999_999,
            duplicate: 0,
            rejected: 0,
            identifiers: 1_000_000_000,
            by_kind: many(Kind::ALL.iter().map(|kind| kind.slug().to_owned())),
            breach: "a".into(),
            key_id: key.id(),
            index_id: index.id(),
            generation: 0,
            index_bytes: 20_000_000_000,
            rejects_by_reason: Reason::ALL.iter().map(|reason| (reason.code(), 1_234)).collect(),
            suspects_by_reason: many(Reason::ALL.iter().map(|reason| reason.code().to_owned())),
        }
        .describe(Some(Duration::from_secs(10)));
        fits_a_screen(&text);
        assert!(text.contains("1,000,000,000, in 18.63 GiB"), "{text}");
    }

    #[test]
    fn a_run_with_nothing_to_tell_is_told_on_two_lines() {
        let text = CheckSummary::default().describe(Some(Duration::from_millis(40)), false);
        assert_eq!(
            text,
            "0 members: 0 affected, 0 not affected, 0 indeterminate\n  took          0.0 seconds\n"
        );
    }
}
