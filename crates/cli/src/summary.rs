//! The figures of a run: in a file, and on the terminal at its end, in at most 24 lines of 80 columns.

use std::{collections::BTreeMap, io::Write as _, time::Duration};

use leakdex::{Field, FieldAgreement};
use leakdex_report::{BuildSummary, CheckSummary, Counts, LetterCounts, PartialCause, Persons};
use serde::Serialize;

use crate::{
    false_matches,
    human::{by_number, bytes, count, counted, pace, percentage},
    output::Output,
    remedies,
    screen::{counts, row, shortened, wrapped},
    unused,
};

/// The maximum number of lines. The shell's next prompt must fit the screen too.
const MAX_LINES: usize = 23;

/// The maximum number of member lists shown. The summary file has all.
const MAX_FILES: usize = 2;

/// Longer paths are cut.
const LONGEST_NAME: usize = 30;

/// Writes the summary to its file, if there is one. It is not yet published.
pub fn write(file: Option<Output>, summary: &impl Serialize) -> anyhow::Result<Option<Output>> {
    let Some(mut output) = file else { return Ok(None) };
    serde_json::to_writer_pretty(&mut output, summary)?;
    output.write_all(b"\n")?;
    Ok(Some(output))
}

/// The summary of a check for people, with the time if one is given. It explains a nonzero exit status, and
/// calls a field not leaked only if no leak holds it.
pub fn of_check(
    summary: &CheckSummary,
    time: Option<Duration>,
    is_incomplete: bool,
    is_absent_from_leaks: impl Fn(&str) -> bool,
) -> String {
    let mut text = wrapped(&persons(summary), 2);
    if let Some(new) = summary.new {
        let value = format!(
            "{} confirmed, {} to decide; not in --previous",
            count(new.confirmed),
            count(new.to_decide)
        );
        text += &row("new", &value);
    }
    text += &of_references(summary);
    if let Some(letters) = &summary.letters {
        text += &row("letters", &of_letters(letters));
    }
    text += &of_decisions(summary);
    // With a single list and no decisions, there is room.
    let has_decisions = summary.decisions.is_some();
    let lines = if summary.files.len() < 2 && !has_decisions { 2 } else { 1 };
    let of_strength = if has_decisions { 1 } else { 2 };
    let not_in_leak: BTreeMap<&str, u64> = summary
        .not_in_leak
        .iter()
        .filter(|entry| is_absent_from_leaks(&entry.field))
        .map(|entry| (&*entry.field, entry.persons))
        .collect();
    let fewer = if not_in_leak.is_empty() { lines } else { 1 };
    for (name, by_name, lines) in [
        ("strength", &summary.members.by_strength, of_strength),
        ("matched by", &summary.members.by_kind, fewer),
        ("breaches", &summary.members.by_breach, fewer),
        ("data", &summary.members.by_data_class, lines),
    ] {
        text += &counts(name, by_name, lines);
        if name == "strength" {
            text += &false_matches::summary_row(summary);
        }
    }
    text += &of_relatives(summary);
    text += &of_partial(summary);
    text += &counts("not leaked", &not_in_leak, 1);
    text += &of_concordance(summary);
    text += &counts("not used:", &summary.rejects_by_reason, 1);
    text += &unused::row(unused::of_check(summary));
    let mut end = String::new();
    if let Some(time) = time {
        end += &row("took", &pace(summary.counts.rows, "members", time));
    }
    if is_incomplete && summary.counts.indeterminate == 0 {
        let partially = summary.counts.partially_checked;
        let text_of_strict = format!(
            "exit status 3: --strict, {} {} checked only in part, with {}",
            counted(partially, "member"),
            by_number(partially, "was", "were"),
            counted(summary.caveats.len() as u64, "caveat")
        );
        end += &wrapped(&text_of_strict, 2);
    } else if is_incomplete {
        end += &wrapped(
            &format!(
                "exit status 3: {} could not be checked; --rejects FILE says why, --all lists {}, and \
                 --allow-indeterminate makes it 0",
                counted(summary.counts.indeterminate, "member"),
                by_number(summary.counts.indeterminate, "this member", "them")
            ),
            2,
        );
    }
    text +=
        &of_lists(summary, MAX_LINES.saturating_sub(text.lines().count() + end.lines().count()));
    text + &end
}

/// The verdicts of each member list if there are several, for as many lists as fit the lines.
fn of_lists(summary: &CheckSummary, lines: usize) -> String {
    let mut text = String::new();
    if summary.files.len() < 2 {
        return text;
    }
    let mut shown = 0;
    for file in summary.files.iter().take(MAX_FILES) {
        let name = shortened(&file.file, LONGEST_NAME);
        let figures = wrapped(&format!("  {name}: {}", members(&file.counts)), 4);
        // The last line counts the remaining lists.
        if text.lines().count() + figures.lines().count() >= lines {
            break;
        }
        text += &figures;
        shown += 1;
    }
    let more = summary.files.len() - shown;
    if more > 0 {
        text += &format!("  and {}, see --summary\n", counted(more as u64, "more list"));
    }
    text
}

/// The persons by result, and the leaked rows that matched.
fn persons(summary: &CheckSummary) -> String {
    let Persons { checked, confirmed, to_decide, open, dismissed, not_affected, .. } =
        summary.persons;
    let dismissed = match dismissed {
        0 => String::new(),
        dismissed => format!("{} dismissed, ", count(dismissed)),
    };
    let rows = match summary.counts.rows {
        rows if rows == checked => String::new(),
        rows => format!(" in {}", counted(rows, "row")),
    };
    format!(
        "{}{rows}: {} confirmed, {} to decide, {} open, {dismissed}{} not affected",
        counted(checked, "person"),
        count(confirmed),
        count(to_decide),
        count(open),
        count(not_affected)
    )
}

fn members(counts: &Counts) -> String {
    format!(
        "{}: {} affected, {} not affected, {} indeterminate",
        counted(counts.rows, "member"),
        count(counts.affected),
        count(counts.not_affected),
        count(counts.indeterminate)
    )
}

/// The number of members without a reference in lists that have references, and the number of members who
/// repeat an earlier reference. Empty if both are 0.
fn of_references(summary: &CheckSummary) -> String {
    let has_gaps = |of: &Counts| (1..of.rows).contains(&of.without_reference);
    let missing = summary.files.iter().map(|list| &list.counts).filter(|counts| has_gaps(counts));
    let missing: u64 = missing.map(|counts| counts.without_reference).sum();
    let mut parts = Vec::new();
    if missing > 0 {
        parts.push(format!("{} {} none", count(missing), by_number(missing, "has", "have")));
    }
    if summary.repeated_references > 0 {
        let repeat = by_number(summary.repeated_references, "repeats", "repeat");
        parts.push(format!("{} {repeat} an earlier one", count(summary.repeated_references)));
    }
    if parts.is_empty() { String::new() } else { row("references", &parts.join(", ")) }
}

/// The share of sure matches in which the other fields agree, the lowest share of all lists and breaches
/// first. Empty if too few members are in the leak to measure it.
fn of_concordance(summary: &CheckSummary) -> String {
    /// The number of fields that fit a line.
    const MAX_FIELDS: usize = 3;
    let all = summary.files.iter().flat_map(|list| &list.concordance);
    let measured = all.filter(|entry| entry.measurable);
    let mut lowest = BTreeMap::<Field, (u64, &FieldAgreement)>::new();
    for entry in measured {
        let share = entry.agreed * 1_000 / entry.anchors.max(1);
        let known = lowest.entry(entry.field).or_insert((share, entry));
        if share < known.0 {
            *known = (share, entry);
        }
    }
    if lowest.is_empty() {
        return String::new();
    }
    let mut lowest: Vec<_> = lowest.into_iter().collect();
    lowest.sort_by_key(|(_, (share, _))| *share);
    let shown = lowest.iter().take(MAX_FIELDS);
    let shown = shown
        .map(|(field, (_, entry))| format!("{field} {}", percentage(entry.agreed, entry.anchors)));
    let more = if lowest.len() > MAX_FIELDS { ", more in --summary" } else { "" };
    row("agreement", &(shown.collect::<Vec<_>>().join(", ") + more))
}

/// The candidates that look like relatives. Empty if there are none.
fn of_relatives(summary: &CheckSummary) -> String {
    let relatives = summary.relatives;
    if relatives.look_like_relatives == 0 {
        return String::new();
    }
    let all = counted(relatives.look_like_relatives, "candidate");
    let of_affected = count(relatives.of_affected);
    row("relatives", &format!("{all} may be, {of_affected} of affected members"))
}

/// The partially checked persons, and the most frequent cause with its remedy. Empty if there are none.
fn of_partial(summary: &CheckSummary) -> String {
    let all = summary.persons.partially_checked;
    let mut text = String::new();
    if let Some(cause) = summary.partial.largest_cause.as_ref().filter(|_| all > 0) {
        let PartialCause { reason, field, persons } = cause;
        let field = field.as_ref().map(|field| format!(" ({field})")).unwrap_or_default();
        let value = format!(
            "{} of those not affected; {} by {reason}{field}: {}",
            count(all),
            count(*persons),
            remedies::of_partial(cause)
        );
        text += &row("in part", &value);
    }
    text
}

/// The decisions of people, if decisions are honoured.
fn of_decisions(summary: &CheckSummary) -> String {
    let Some(decision) = &summary.decisions else { return String::new() };
    let value = format!(
        "{} affected, {} not, {} later, {} lapsed",
        count(decision.affected),
        count(decision.not_affected),
        count(decision.later),
        count(decision.lapsed)
    );
    row("decided", &value)
}

fn of_letters(counts: &LetterCounts) -> String {
    let mut line = format!(
        "{} written, {} left out as still to be decided",
        count(counts.written),
        count(counts.candidates_left_out)
    );
    for (number, words) in [
        (counts.known_left_out, "left out (in the earlier findings)"),
        (counts.dismissed_left_out, "left out as decided"),
        (counts.held_back, "held back: see the caveat on accidents"),
        (counts.to_guardians, "to guardians of minors"),
        (counts.age_unknown, "of unknown age"),
    ] {
        if number > 0 {
            line += &format!(", {} {words}", count(number));
        }
    }
    line
}

/// The summary of a build for people, with the time if one is given.
pub fn of_build(summary: &BuildSummary, time: Option<Duration>) -> String {
    let headline = format!(
        "{}: {} indexed, {} duplicate, {} rejected",
        counted(summary.rows, "row"),
        count(summary.indexed),
        count(summary.duplicate),
        count(summary.rejected)
    );
    let mut text = wrapped(&headline, 2);
    let size = bytes(summary.index_bytes);
    text += &row("identifiers", &format!("{}, in {size}", count(summary.identifiers)));
    text += &counts("kinds", &summary.by_kind, 2);
    text += &counts("not used:", &summary.rejects_by_reason, 2);
    text += &counts("suspect:", &summary.suspects_by_reason, 2);
    text += &unused::row(summary.unused_columns.iter());
    if let Some(time) = time {
        text += &row("took", &pace(summary.rows, "rows", time));
    }
    text
}

#[cfg(test)]
mod tests {
    use leakdex::{Key, Kind, Reason};
    use leakdex_input::UnusedColumn;
    use leakdex_report::{
        CountsBy, DecisionCounts, FalseMatchEstimate, FieldNotInLeak, FileSummary, NewPersons,
        Partial, Relatives,
    };

    use super::*;

    fn fits_a_screen(text: &str) {
        // The shell's next prompt must fit too.
        assert!(text.lines().count() < 24, "{} lines:\n{text}", text.lines().count());
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    fn many(names: impl Iterator<Item = String>) -> BTreeMap<String, u64> {
        names.map(|name| (name, 12_345_678)).collect()
    }

    fn unused_column(header: &str) -> UnusedColumn {
        let looks_like = Some(Field::Sha256Email);
        UnusedColumn { column: header.to_owned(), looks_like, ..UnusedColumn::default() }
    }

    /// Counts for every field. Half of the values agree, but only a tenth of the addresses.
    fn agreements() -> Vec<FieldAgreement> {
        let agreement = |field: &Field| {
            let agreed = if *field == Field::Email { 123 } else { 617 };
            let agreement = serde_json::json!({
                "breach": null, "field": field, "anchors": 1234, "agreed": agreed, "one_in": 1024,
                "measurable": true,
            });
            serde_json::from_value(agreement).expect("it is an agreement")
        };
        Field::ALL.iter().map(agreement).collect()
    }

    /// All counts, with large numbers.
    fn large_check() -> CheckSummary {
        let counts = Counts {
            rows: 99_999_999,
            affected: 33_333_333,
            not_affected: 33_333_333,
            indeterminate: 33_333_333,
            partially_checked: 33_333_333,
            without_reference: 33_333_333,
        };
        let file = |number| FileSummary {
            file: format!("/srv/screening/2023/january/{}/members-{number}.csv", "x".repeat(80)),
            counts,
            unused_columns: vec![unused_column("Anmerkung"); 50],
            concordance: agreements(),
        };
        CheckSummary {
            counts,
            new: Some(NewPersons { confirmed: 33_333_333, to_decide: 33_333_333 }),
            repeated_references: 33_333_333,
            relatives: Relatives { look_like_relatives: 33_333_333, of_affected: 33_333_333 },
            refuted: 33_333_333,
            decisions: Some(DecisionCounts {
                affected: 333_333,
                not_affected: 333_333,
                later: 333_333,
                lapsed: 333_333,
                ..DecisionCounts::default()
            }),
            persons: Persons {
                checked: 99_999_998,
                confirmed: 33_333_333,
                to_decide: 33_333_333,
                open: 33_333_333,
                dismissed: 33_333_333,
                not_affected: 33_333_333,
                partially_checked: 33_333_333,
                ..Persons::default()
            },
            partial: Partial {
                defective: 33_333_333,
                caveats: 33_333_333,
                largest_cause: Some(PartialCause {
                    reason: "field-not-compared".into(),
                    field: Some("identity-document".into()),
                    persons: 33_333_333,
                }),
                by_cause: Vec::new(),
            },
            not_in_leak: Field::ALL
                .iter()
                .map(|field| FieldNotInLeak { field: field.slug().into(), persons: 33_333_333 })
                .collect(),
            members: CountsBy {
                by_strength: many(leakdex::Strength::ALL.iter().map(ToString::to_string)),
                by_kind: many(Kind::ALL.iter().map(|kind| kind.slug().to_owned())),
                by_breach: many((0..100).map(|number| format!("breach-{number}"))),
                by_data_class: many((0..100).map(|number| format!("class-of-data-{number}"))),
                ..CountsBy::default()
            },
            rejects_by_reason: Reason::ALL
                .iter()
                .map(|reason| (reason.code().into(), 1_234))
                .collect(),
            files: (0..100).map(file).collect(),
            coincidences: Some(many_accidents()),
            ..CheckSummary::default()
        }
    }

    fn many_accidents() -> FalseMatchEstimate {
        let mut accidents: FalseMatchEstimate = serde_json::from_value(serde_json::json!({
            "decoys_per_million_members": 1_000_000, "members": 33_333_333, "asked": 33_333_333,
            "matched_by_strength": { "probable": 12_345_678, "candidate": 12_345_678 },
            "matched_by_kind": {}, "not_measurable": {},
        }))
        .expect("counts of decoys");
        let by_strength = many(leakdex::Strength::ALL.iter().map(ToString::to_string));
        accidents.complete(&by_strength, &BTreeMap::new(), 1_000_000);
        accidents
    }

    #[test]
    fn the_largest_check_summary_fits_a_screen() {
        let mut summary = large_check();
        let text = of_check(&summary, Some(Duration::from_secs(4_000)), true, |_| true);
        fits_a_screen(&text);
        for words in [
            "99,999,998 persons in 99,999,999 rows: 33,333,333 confirmed, 33,333,333 to",
            "33,333,333 dismissed, 33,333,333 not affected",
            "field-not-compared (identity-document): index the whole leak",
            "not leaked",
            "33,333,333 confirmed, 33,333,333 to decide; not in --previous",
            "33,333,333 repeat an earlier one",
            "333,333 affected, 333,333 not, 333,333 later, 333,333 lapsed",
            "33,333,333 candidates may be, 33,333,333 of affected members",
            "33,333,333 of those not affected; 33,333,333 by",
            "more, see --summary",
            " more lists, see --summary",
            "email 10.0 %, kvnr 50 %",
            "67 minutes, 24,999 members a second",
            "exit status 3: 33,333,333 members could not be checked",
        ] {
            assert!(text.contains(words), "'{words}' is not in:\n{text}");
        }
        summary.files.truncate(1);
        fits_a_screen(&of_check(&summary, Some(Duration::from_secs(4_000)), true, |_| true));
    }

    #[test]
    fn letters_are_counted_with_a_comma_after_three_digits() {
        let counts = LetterCounts { written: 25_545, held_back: 1_234, ..LetterCounts::default() };
        let value = of_letters(&counts);
        assert!(value.starts_with("25,545 written, 0 left out"), "{value}");
        assert!(value.ends_with(", 1,234 held back: see the caveat on accidents"), "{value}");
    }

    #[test]
    fn the_largest_build_summary_fits_a_screen() {
        let key = Key::from_bytes(&[1; 32]).expect("a key");
        let builder =
            leakdex::IndexBuilder::new(&key, leakdex::Breach::named("a").expect("a name"));
        let index = builder.build().expect("an empty index can be built");
        let summary = BuildSummary {
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
            rejects_by_reason: Reason::ALL
                .iter()
                .map(|reason| (reason.code().into(), 1_234))
                .collect(),
            suspects_by_reason: many(Reason::ALL.iter().map(|reason| reason.code().to_owned())),
            caveats: Vec::new(),
            unused_columns: vec![unused_column(&"x".repeat(100)); 50],
        };
        let text = of_build(&summary, Some(Duration::from_secs(10)));
        fits_a_screen(&text);
        assert!(text.contains("1,000,000,000, in 18.63 GiB"), "{text}");
    }

    #[test]
    fn a_run_without_events_has_a_two_line_summary() {
        let text =
            of_check(&CheckSummary::default(), Some(Duration::from_millis(40)), false, |_| true);
        assert_eq!(
            text,
            "0 persons: 0 confirmed, 0 to decide, 0 open, 0 not affected\n  took          0.0 seconds\n"
        );
    }
}
