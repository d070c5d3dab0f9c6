//! The account of the rows to erase: which records each row erased, and which ones stay.

use leakdex::{Kind, KindSet, RowErasure, StayingRecords};
use serde::Serialize;

use crate::{
    human::{by_number, count, counted},
    screen::{shortened, wrapped},
};

/// The maximum number of rows shown. The summary has all.
const MAX_ROWS: usize = 8;

/// The maximum number of reasons to stay that are shown per row.
const MAX_REASONS: usize = 2;

/// Longer paths are cut.
const LONGEST_NAME: usize = 30;

/// The account of one row of a file.
#[derive(Serialize)]
pub struct ErasedRow {
    file: String,
    /// The number of the row in its file, from 1.
    row: u64,
    #[serde(flatten)]
    account: RowErasure,
}

/// The accounts of the rows of these files, in the order of the merge. Each file comes with its number of
/// rows.
pub fn of_files(files: Vec<(String, u64)>, accounts: Vec<RowErasure>) -> Vec<ErasedRow> {
    let rows =
        files.into_iter().flat_map(|(file, rows)| (1..=rows).map(move |row| (file.clone(), row)));
    rows.zip(accounts).map(|((file, row), account)| ErasedRow { file, row, account }).collect()
}

/// A few rows for people: first the rows that erased nothing, then the rows with records that stay.
pub fn describe(rows: &[ErasedRow]) -> String {
    let mut shown: Vec<&ErasedRow> = rows.iter().collect();
    shown.sort_by_key(|row| (!row.account.erased.is_empty(), row.account.stays.is_empty()));
    shown.truncate(MAX_ROWS);
    let mut text: String = shown.iter().map(|row| wrapped(&row.describe(), 4)).collect();
    let more = rows.len() - shown.len();
    if more > 0 {
        text += &format!("  and {}, see --summary\n", counted(more as u64, "more row"));
    }
    if rows.iter().any(|row| !row.account.stays.is_empty()) {
        text += &wrapped(
            "  a record stays if it has an identifier that the row lacks, or another name or date of birth; \
             if it is of the same person, give a row with all its values as they leaked",
            4,
        );
    }
    text
}

/// The number of rows that erased nothing themselves, and that share no identifier with a record erased by
/// another row.
pub fn rows_without_effect(rows: &[ErasedRow]) -> usize {
    let has_no_effect =
        |row: &&ErasedRow| row.account.erased.is_empty() && row.account.erased_by_others == 0;
    rows.iter().filter(has_no_effect).count()
}

impl ErasedRow {
    fn describe(&self) -> String {
        let RowErasure { erased, stays, erased_by_others, .. } = &self.account;
        let mut parts = Vec::new();
        if erased.is_empty() {
            parts.push("erased nothing".to_owned());
        } else {
            let breaches: Vec<String> = erased
                .iter()
                .map(|erased| format!("{} of {}", count(erased.records), erased.breach))
                .collect();
            parts.push(format!("erased {}", breaches.join(", ")));
        }
        if *erased_by_others > 0 {
            parts.push(format!("{} more by other rows", count(*erased_by_others)));
        }
        parts.extend(stays.iter().take(MAX_REASONS).map(describe_staying));
        let more: u64 = stays.iter().skip(MAX_REASONS).map(|staying| staying.records).sum();
        if more > 0 {
            parts.push(format!(
                "{} more {}, see --summary",
                count(more),
                by_number(more, "stays", "stay")
            ));
        }
        if parts.len() == 1 && erased.is_empty() {
            parts.push("no merged record has any of its identifiers".to_owned());
        }
        let file = shortened(&self.file, LONGEST_NAME);
        format!("  {file}, row {}: {}", count(self.row), parts.join("; "))
    }
}

fn describe_staying(records: &StayingRecords) -> String {
    let StayingRecords { breach, records, shared, differing, lacking, .. } = records;
    let reasons = [
        ("shared: ", shared),
        ("alike, but with another name or date of birth: ", differing),
        ("the row lacks their ", lacking),
    ];
    let reasons = reasons.iter().filter(|(_, kinds)| !kinds.is_empty());
    let reasons: Vec<String> =
        reasons.map(|(reason, kinds)| format!("{reason}{}", names(**kinds))).collect();
    let stays = by_number(*records, "stays", "stay");
    format!("{} of {breach} {stays} ({})", count(*records), reasons.join("; "))
}

fn names(kinds: KindSet) -> String {
    kinds.iter().map(Kind::slug).collect::<Vec<_>>().join(" ")
}
