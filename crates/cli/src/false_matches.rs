//! The decoys of a `check` run: how many to look up, and how many accidental matches they show.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use leakdex::{DecoyRate, IndexSet, Strength};
use leakdex_input::{file_of, parquet_rows};
use leakdex_report::{Accidents, CheckSummary, FalseMatchEstimate};
use leakdex_screening::{ColumnCaveat, given_indexes};

use crate::{human::count, screen::row, self_check};

/// The typical number of bytes per member in a list.
const BYTES_PER_MEMBER: u64 = 60;

/// The typical compression ratio of a list.
const COMPRESSION: u64 = 5;

/// Magic numbers of gzip, zip (which workbooks are), Zstandard, bzip2 and xz.
const COMPRESSED: [&[u8]; 5] =
    [b"\x1F\x8B", b"PK\x03\x04", b"\x28\xB5\x2F\xFD", b"BZh", b"\xFD7zX"];

/// The assumed number of members in a list of unknown size.
const UNKNOWN: u64 = 25_000_000;

/// Begins to count. The rate follows from the sizes of the lists, so it does not depend on the number of
/// threads or on the progress of a run.
pub fn begin(lists: &[PathBuf]) -> anyhow::Result<FalseMatchEstimate> {
    let members = lists.iter().map(|list| {
        let members =
            members_of(list).with_context(|| format!("{}: cannot be read", list.display()));
        Ok(members?.unwrap_or(UNKNOWN))
    });
    Ok(FalseMatchEstimate::new(rate_for(members.collect::<anyhow::Result<Vec<_>>>()?.into_iter())))
}

/// The rate for lists with about this many members each. A forged Parquet file can claim any number.
fn rate_for(members: impl Iterator<Item = u64>) -> DecoyRate {
    DecoyRate::for_members(members.fold(0, u64::saturating_add))
}

/// The approximate number of members in a list; `None` if it is not a file. A list in an archive counts as
/// large as the whole archive.
fn members_of(list: &Path) -> io::Result<Option<u64>> {
    // Opening a pipe would wait for its writer.
    let list = file_of(list);
    let size = match list.metadata() {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => return Ok(None),
    };
    if let Some(rows) = parquet_rows(list) {
        return Ok(Some(rows));
    }
    let mut start = Vec::new();
    File::open(list)?.take(4).read_to_end(&mut start)?;
    let is_compressed = COMPRESSED.iter().any(|magic| start.starts_with(magic));
    let factor = if is_compressed { COMPRESSION } else { 1 };
    Ok(Some(size.saturating_mul(factor) / BYTES_PER_MEMBER))
}

/// Completes the figures of the decoys, and warns of each strength with too many accidental matches.
/// Returns those strengths.
pub fn conclude(summary: &mut CheckSummary, files: &[String], indexes: &IndexSet) -> Vec<Strength> {
    let Some(coincidences) = &mut summary.coincidences else { return Vec::new() };
    let records = given_indexes(indexes).map(|index| index.metadata().rows.indexed);
    let members = &summary.members;
    coincidences.complete(&members.by_strength, &members.by_kind, records.sum());
    let file = files.join(", ");
    let named = |caveat| ColumnCaveat { file: file.clone(), column: None, caveat };
    let caveats: Vec<ColumnCaveat> = coincidences.caveats().map(named).collect();
    self_check::print(&caveats);
    summary.caveats.extend(caveats);
    coincidences.above_limit().collect()
}

/// The row on the screen: how many matches of each strength are accidental. Empty if nothing matched.
pub fn summary_row(summary: &CheckSummary) -> String {
    let Some(coincidences) = &summary.coincidences else { return String::new() };
    let strengths = [Strength::Probable, Strength::Candidate].map(Strength::slug);
    let accidents_of =
        |slug| coincidences.by_strength.get(slug).filter(|accidents| accidents.matches > 0);
    let matched: Vec<(&str, &Accidents)> =
        strengths.iter().filter_map(|slug| Some((*slug, accidents_of(slug)?))).collect();
    if matched.is_empty() {
        return String::new();
    }
    if coincidences.decoys.checked() == 0 {
        return row("accidents", "not measurable: no member with a date of birth is left");
    }
    // Decoys measure matches before decisions, and that number is no longer known.
    let is_decided =
        summary.decisions.is_some_and(|decisions| decisions.affected + decisions.not_affected > 0);
    let parts = matched.iter().map(|(slug, accidents)| {
        let all =
            if is_decided { String::new() } else { format!(" of {}", count(accidents.matches)) };
        if let Some(expected) = accidents.expected {
            return format!("{slug} about {}{all}", with_one_decimal(expected));
        }
        let end = |end: Option<f64>| end.map_or_else(String::new, with_one_decimal);
        format!("{slug} {} to {}{all}", end(accidents.low), end(accidents.high))
    });
    let when = if is_decided { "before the decisions: " } else { "" };
    row("accidents", &(when.to_owned() + &parts.collect::<Vec<_>>().join(", ")))
}

/// A small number with one decimal.
fn with_one_decimal(number: f64) -> String {
    if number < 9.95 {
        format!("{number:.1}")
    } else {
        count(leakdex_report::round_to_count(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_follows_from_the_sizes_of_the_lists() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("the file can be written");
            path
        };
        let short = write("short.csv", &[b'a'; 600]);
        let members = |list: &Path| members_of(list).expect("it can be read");
        assert_eq!(members(&short), Some(10));
        let gzip = write("short.csv.gz", &[b"\x1F\x8B", &[0; 598][..]].concat());
        assert_eq!(members(&gzip), Some(50));
        let archive = write("lists.zip", &[b"PK\x03\x04", &[0; 596][..]].concat());
        assert_eq!(members(&archive.join("members.csv")), Some(50));
        assert_eq!(members(Path::new("-")), None);
        let columnar = Path::new(env!("CARGO_MANIFEST_DIR")).join("../input/tests/data/columnar");
        let rows = if cfg!(feature = "parquet") { 3 } else { 1887 / BYTES_PER_MEMBER };
        assert_eq!(members(&columnar.join("pyarrow.parquet")), Some(rows));
        assert_eq!(
            begin(&[short, gzip]).expect("they can be read").rate,
            DecoyRate::per_million(8_000_000)
        );
        assert_eq!(
            begin(&["-".into()]).expect("they can be read").rate,
            DecoyRate::for_members(UNKNOWN)
        );
    }

    #[test]
    fn lists_that_claim_too_many_members_get_the_lowest_rate() {
        let lowest = DecoyRate::for_members(u64::MAX);
        assert_eq!(rate_for([u64::MAX, 1].into_iter()), lowest);
    }

    #[test]
    fn accidents_are_measured_before_decisions() {
        let mut estimate: FalseMatchEstimate = serde_json::from_value(serde_json::json!({
            "decoys_per_million_members": 1_000_000, "members": 1_000, "asked": 1_000,
            "matched_by_strength": { "candidate": 28 }, "matched_by_kind": {}, "not_measurable": {},
        }))
        .expect("counts of decoys");
        let matches = [("candidate".to_owned(), 987)].into();
        estimate.complete(&matches, &[].into(), 1_000);
        let mut summary = CheckSummary { coincidences: Some(estimate), ..CheckSummary::default() };
        assert!(
            summary_row(&summary).contains("candidate about 28 of 987"),
            "{}",
            summary_row(&summary)
        );
        let decided = leakdex_report::DecisionCounts { later: 1, ..Default::default() };
        summary.decisions = Some(decided);
        assert!(
            summary_row(&summary).contains("candidate about 28 of 987"),
            "{}",
            summary_row(&summary)
        );
        let decided = leakdex_report::DecisionCounts { not_affected: 8, ..decided };
        summary.decisions = Some(decided);
        let text = summary_row(&summary);
        assert!(text.ends_with("before the decisions: candidate about 28\n"), "{text}");
    }

    #[test]
    fn small_numbers_keep_a_decimal() {
        assert_eq!([0.04, 1.26, 9.96, 1234.4].map(with_one_decimal), ["0.0", "1.3", "10", "1,234"]);
    }
}
