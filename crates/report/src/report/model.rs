//! The content of a report, apart from how it looks: serialised, it is the report as JSON.
//! `docs/REPORT.md` describes every field.

use std::{collections::BTreeMap, sync::Arc};

use leakdex::{Breach, FieldAgreement, FieldSet, IndexId, KeyId, KindCount, KindSet, RowAccount};
use leakdex_screening::ColumnCaveat;
use serde::{Serialize, Serializer, ser::SerializeMap as _};

use super::steps::Step;
use crate::{
    coincidences::Coincidences,
    counts::Counts,
    decisions::DecisionCounts,
    persons::{self, NewPersons, NotInLeak, Partial, Records},
    relatives::Relatives,
    summary::{RejectsByField, TableNames},
    unused::UnusedColumn,
};

/// Another number where a reader of an earlier report would misread a field.
pub const SCHEMA: &str = "leakdex-report/2";

/// The report of one run of `check`. It holds counts, and names that the caller gave; nothing of a
/// person.
#[derive(Debug, Serialize)]
pub struct Report {
    pub(super) schema: &'static str,
    /// Whether every member was checked in full against all of the leak: there are no caveats.
    pub(super) complete: bool,
    /// The gaps of an all-clear.
    pub(super) caveats: Vec<Caveat>,
    /// Columns that seem to be damaged, and what was seen.
    pub(super) column_caveats: Vec<ColumnCaveat>,
    pub(super) run: Run,
    pub(super) software: Software,
    pub(super) rules: Rules,
    pub(super) member_lists: Vec<MemberList>,
    pub(super) checked_against: Vec<Base>,
    /// The rows of the member lists, by their verdicts.
    #[serde(serialize_with = "of_rows")]
    pub(super) rows: Counts,
    pub(super) persons: Persons,
    /// How many matches are expected to be accidents; none if no decoys were wanted.
    pub(super) coincidences: Option<Coincidences>,
    /// The decisions of people that the run met; `None` without a file of decisions.
    pub(super) decisions: Option<DecisionCounts>,
    pub(super) records: Records,
    /// Why persons who are not affected were not checked in full.
    pub(super) partial: Partial,
    /// The fields that persons gave and that a leak surely does not hold.
    pub(super) not_in_leak: Vec<NotInLeak>,
    pub(super) not_checked: NotChecked,
    pub(super) next_steps: Vec<Step>,
    pub(super) to_be_added: ToBeAdded,
}

/// Something that an all-clear does not cover, and how much there is of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Caveat {
    pub id: &'static str,
    pub count: u64,
}

/// When the run was, as RFC 3339 has it, in UTC.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Run {
    /// When it began; of a run that was taken up again, the first time.
    #[serde(serialize_with = "to_text")]
    pub started: jiff::Timestamp,
    /// When it was done.
    #[serde(serialize_with = "to_text")]
    pub finished: jiff::Timestamp,
}

/// The program that checked, and its rules.
#[derive(Debug, Serialize)]
pub struct Software {
    pub name: &'static str,
    pub version: &'static str,
    pub scheme: &'static str,
    pub normaliser: u32,
    pub unicode: String,
}

/// The rules that the run was given.
#[derive(Clone, Debug, Serialize)]
pub struct Rules {
    /// The country of phone numbers without a country code, in two letters.
    pub region: String,
    /// Whether bare numbers in dates were taken for a spreadsheet's serial numbers.
    pub excel_dates: bool,
    /// The order of day and month that was given for all dates, if one was.
    pub date_order: Option<&'static str>,
    /// The generation below which an index was refused.
    pub min_generation: u64,
}

/// Which bytes a file had, compressed or not, as it was on the disk.
#[derive(Clone, Debug, Serialize)]
pub struct Digest {
    /// Their SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// How many they were.
    pub bytes: u64,
}

/// Which member list it was. A plain digest of a short list would tell its members to anyone who guesses them.
#[derive(Clone, Debug, Serialize)]
pub struct KeyedDigest {
    /// HMAC-SHA-256 of the file's SHA-256 under a subkey of the first index's key, in hexadecimal digits; none if
    /// the run has no lasting key.
    pub hmac_sha256: Option<String>,
    /// How many bytes the file has on the disk.
    pub bytes: u64,
}

/// A member list, and what came of it.
#[derive(Debug, Serialize)]
pub struct MemberList {
    pub file: String,
    #[serde(flatten)]
    pub digest: KeyedDigest,
    #[serde(flatten)]
    pub counts: Counts,
    /// The fields that its columns hold.
    pub fields: FieldSet,
    /// Those of them that no index can answer for, although a leak may hold them.
    pub fields_not_indexed: FieldSet,
    /// Those of them that no leak holds.
    pub fields_not_in_leak: FieldSet,
    /// The kinds of one value that are indexed and that no column of the list gives.
    pub kinds_not_given: KindSet,
    /// Its columns that were not used.
    pub unused_columns: Vec<UnusedColumn>,
    /// How far its members agree, field by field, with the leaked records that are surely theirs.
    pub concordance: Vec<FieldAgreement>,
}

/// An index or a leak that the members were checked against.
#[derive(Debug, Serialize)]
pub struct Base {
    pub file: String,
    #[serde(flatten)]
    pub origin: Origin,
    pub scheme: String,
    pub normaliser: u32,
    pub unicode: String,
    pub identifiers: u64,
    pub kinds: Vec<KindCount>,
    pub rows: RowAccount,
    /// How many records were erased from it.
    pub erased_records: u64,
    pub breaches: Vec<Arc<Breach>>,
    /// The columns of a leak that were not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unused_columns: Option<Vec<UnusedColumn>>,
}

impl Base {
    pub(super) const fn is_of_private_check(&self) -> bool {
        matches!(self.origin, Origin::Table(_))
    }
}

/// The identity of an index, of a leak that was indexed in memory, or of a table.
#[derive(Debug, Serialize)]
#[serde(tag = "source", rename_all = "lowercase")]
pub enum Origin {
    Index {
        index_id: IndexId,
        key_id: KeyId,
        generation: u64,
    },
    Leak(Digest),
    /// The table of a private check.
    Table(TableNames),
}

/// How many persons: rows with the same reference are one.
#[derive(Debug, Serialize)]
pub struct Persons {
    #[serde(flatten)]
    pub counts: persons::Persons,
    /// Rows of the member lists without a reference: each is a person of its own.
    pub without_reference: u64,
    /// Rows whose reference an earlier row has.
    pub repeated_references: u64,
    /// Affected rows that were not affected in an earlier run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(flatten)]
    pub new: Option<NewPersons>,
    /// Persons to be decided who look like relatives.
    pub relatives: Relatives,
    /// Rows with a refuted match that are not affected.
    pub refuted: u64,
}

/// The members and values that could not be checked, and why.
#[derive(Debug, Serialize)]
pub struct NotChecked {
    /// Persons of whom nothing could be checked, by each reason.
    pub indeterminate_by_reason: BTreeMap<String, u64>,
    /// Persons who were not checked in full, by each cause.
    pub partially_checked_by_reason: BTreeMap<String, u64>,
    /// Values and rows of the member lists that could not be used.
    pub rejects_by_field: RejectsByField,
}

/// Facts that Art. 33(5) GDPR asks for and only the controller knows.
#[derive(Debug, Default, Serialize)]
pub struct ToBeAdded {
    pub aware_since: Option<String>,
    pub likely_consequences: Option<String>,
    pub measures: Option<String>,
    pub supervisory_authority_notified: Option<String>,
    pub legal_supervision_notified: Option<String>,
    pub persons_informed: Option<String>,
}

/// The counts of rows, with the number of all.
fn of_rows<S: Serializer>(counts: &Counts, serializer: S) -> Result<S::Ok, S::Error> {
    let Counts {
        rows,
        affected,
        not_affected,
        indeterminate,
        partially_checked,
        without_reference: _,
    } = counts;
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("checked", rows)?;
    map.serialize_entry("affected", affected)?;
    map.serialize_entry("not_affected", not_affected)?;
    map.serialize_entry("indeterminate", indeterminate)?;
    map.serialize_entry("partially_checked", partially_checked)?;
    map.end()
}

fn to_text<S: Serializer>(
    value: &impl std::fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
