//! The content of a report, independent of its presentation. Serialised, it is the JSON report.
//! `docs/REPORT.md` describes every field.

use std::{collections::BTreeMap, sync::Arc};

use leakdex::{Breach, FieldAgreement, FieldSet, IndexId, KeyId, KindCount, KindSet, RowAccount};
use leakdex_input::{FileDigest, UnusedColumn};
use leakdex_screening::ColumnCaveat;
use serde::{Serialize, Serializer, ser::SerializeMap as _};

use super::steps::Step;
use crate::{
    counts::Counts,
    decisions::DecisionCounts,
    false_matches::FalseMatchEstimate,
    persons::{self, FieldNotInLeak, NewPersons, Partial, Records, Relatives},
    summary::{RejectsByField, TableNames},
};

/// The number changes if a reader of an earlier version would misread a field.
pub const SCHEMA: &str = "leakdex-report/2";

/// The report of one run of `check`. It contains counts, and names that the caller gave, but no personal
/// data.
#[derive(Debug, Serialize)]
pub struct Report {
    pub(super) schema: &'static str,
    /// Whether every member was checked in full against the whole leak. Then there are no caveats.
    pub(super) complete: bool,
    /// The gaps of an all-clear.
    pub(super) caveats: Vec<Caveat>,
    /// Columns that seem to be damaged, and the evidence.
    pub(super) column_caveats: Vec<ColumnCaveat>,
    pub(super) run: Run,
    pub(super) software: Software,
    pub(super) rules: Rules,
    pub(super) member_lists: Vec<MemberList>,
    pub(super) checked_against: Vec<Base>,
    /// The rows of the member lists, by verdict.
    #[serde(serialize_with = "of_rows")]
    pub(super) rows: Counts,
    pub(super) persons: Persons,
    /// The expected number of accidental matches; `None` if no decoys were requested.
    pub(super) coincidences: Option<FalseMatchEstimate>,
    /// The decisions that the run encountered; `None` without a decisions file.
    pub(super) decisions: Option<DecisionCounts>,
    pub(super) records: Records,
    /// Why persons who are not affected were only partially checked.
    pub(super) partial: Partial,
    /// The fields that persons gave and that a leak certainly does not contain.
    pub(super) not_in_leak: Vec<FieldNotInLeak>,
    pub(super) not_checked: NotChecked,
    pub(super) next_steps: Vec<Step>,
    pub(super) to_be_added: ToBeAdded,
}

/// Something that an all-clear does not cover, and its extent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Caveat {
    pub id: &'static str,
    pub count: u64,
}

/// The time of the run, in UTC and RFC 3339 format.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Run {
    /// When it began. For a resumed run, when it first began.
    #[serde(serialize_with = "to_text")]
    pub started: jiff::Timestamp,
    /// When it ended.
    #[serde(serialize_with = "to_text")]
    pub finished: jiff::Timestamp,
}

/// The program that performed the check, and its rules.
#[derive(Debug, Serialize)]
pub struct Software {
    pub name: &'static str,
    pub version: &'static str,
    pub scheme: &'static str,
    pub normaliser: u32,
    pub unicode: String,
}

/// The rules given for the run.
#[derive(Clone, Debug, Serialize)]
pub struct Rules {
    /// The country of phone numbers without a country code, in two letters.
    pub region: String,
    /// Whether plain numbers in date columns were read as serial numbers of a spreadsheet.
    pub excel_dates: bool,
    /// The order of day and month given for all dates, if any.
    pub date_order: Option<&'static str>,
    /// The lowest generation of an index that was accepted.
    pub min_generation: u64,
}

/// Identifies a member list. With a plain digest of a short list, anyone could confirm a guess of its
/// members.
#[derive(Clone, Debug, Serialize)]
pub struct KeyedDigest {
    /// The HMAC-SHA-256 of the file's SHA-256 under a subkey of the first index's key, in hexadecimal digits.
    /// `None` if the run has no permanent key.
    pub hmac_sha256: Option<String>,
    /// The size of the file on disk, in bytes.
    pub bytes: u64,
}

/// A member list, and the result of its check.
#[derive(Debug, Serialize)]
pub struct MemberList {
    pub file: String,
    #[serde(flatten)]
    pub digest: KeyedDigest,
    #[serde(flatten)]
    pub counts: Counts,
    /// The fields that its columns hold.
    pub fields: FieldSet,
    /// The fields among these that a leak may contain but that no index covers.
    pub fields_not_indexed: FieldSet,
    /// The fields among these that no leak contains.
    pub fields_not_in_leak: FieldSet,
    /// The indexed kinds of single values that no column of the list provides, and the indexed match keys if the
    /// list can form none of them.
    pub kinds_not_given: KindSet,
    /// Its columns that were not used.
    pub unused_columns: Vec<UnusedColumn>,
    /// How well its members agree, field by field, with the leaked records that certainly belong to them.
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
    /// The number of records that were erased from it.
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
    Leak(FileDigest),
    /// The table of a private check.
    Table(TableNames),
}

/// Counts of persons. Rows with the same reference are one person.
#[derive(Debug, Serialize)]
pub struct Persons {
    #[serde(flatten)]
    pub counts: persons::Persons,
    /// Rows of the member lists without a reference. Each is a separate person.
    pub without_reference: u64,
    /// Rows whose reference an earlier row has.
    pub repeated_references: u64,
    /// Persons with a match that no earlier run found with the same certainty; `None` if not requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(flatten)]
    pub new: Option<NewPersons>,
    /// Persons to be decided who look like relatives.
    pub relatives: Relatives,
    /// Rows that are not affected although they have a refuted match.
    pub refuted: u64,
}

/// The members and values that could not be checked, and the reasons.
#[derive(Debug, Serialize)]
pub struct NotChecked {
    /// Persons with nothing that could be checked, by reason. A person can have several reasons.
    pub indeterminate_by_reason: BTreeMap<String, u64>,
    /// Persons who were only partially checked, by cause. A person can have several causes.
    pub partially_checked_by_reason: BTreeMap<String, u64>,
    /// Values and rows of the member lists that could not be used.
    pub rejects_by_field: RejectsByField,
}

/// Facts that Art. 33(5) GDPR requires and that only the controller knows.
#[derive(Debug, Default, Serialize)]
pub struct ToBeAdded {
    pub aware_since: Option<String>,
    pub likely_consequences: Option<String>,
    pub measures: Option<String>,
    pub supervisory_authority_notified: Option<String>,
    pub legal_supervision_notified: Option<String>,
    pub persons_informed: Option<String>,
}

/// The counts of rows, including the total.
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
