//! What a report says, apart from how it looks: serialised, it is the report as JSON.
//! `docs/REPORT.md` describes every field.

use std::collections::BTreeMap;

use leakdex::{Breach, FieldSet, IndexId, KeyId, KindCount, KindSet, RowAccount};
use serde::Serialize;

use super::steps::Step;
use crate::{rejects::RejectsByField, summary::RecordCounts};

/// Another number where a reader of an earlier report would misread a field.
pub const SCHEMA: &str = "leakdex-report/1";

/// The report of one run of `check`. It holds counts, and names that the caller gave; nothing of a
/// person.
#[derive(Debug, Serialize)]
pub struct Report {
    pub schema: &'static str,
    /// Whether every member was checked in full against all of the leak: there are no caveats.
    pub complete: bool,
    /// What an all-clear does not cover.
    pub caveats: Vec<Caveat>,
    pub run: Run,
    pub software: Software,
    pub rules: Rules,
    pub member_lists: Vec<MemberList>,
    pub checked_against: Vec<Base>,
    pub persons: Persons,
    pub records: Records,
    pub not_checked: NotChecked,
    pub next_steps: Vec<Step>,
    pub to_be_added: ToBeAdded,
}

/// Something that an all-clear does not cover, and how much there is of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Caveat {
    pub id: &'static str,
    pub count: u64,
}

/// When the run was, as RFC 3339 has it, in UTC.
#[derive(Debug, Serialize)]
pub struct Run {
    #[serde(serialize_with = "to_text")]
    pub started: jiff::Timestamp,
    #[serde(serialize_with = "to_text")]
    pub finished: jiff::Timestamp,
}

/// What checked, by which rules.
#[derive(Debug, Serialize)]
pub struct Software {
    pub name: &'static str,
    pub version: &'static str,
    pub scheme: &'static str,
    pub normaliser: u32,
    pub unicode: String,
}

/// The rules of normalising that the command line set.
#[derive(Clone, Debug, Serialize)]
pub struct Rules {
    pub region: String,
    pub excel_dates: bool,
    pub min_generation: u64,
}

/// A member list, and what came of it.
#[derive(Debug, Serialize)]
pub struct MemberList {
    pub file: String,
    pub sha256: String,
    pub bytes: u64,
    pub rows: u64,
    pub affected: u64,
    pub not_affected: u64,
    pub indeterminate: u64,
    pub partially_checked: u64,
    /// What its columns hold.
    pub fields: FieldSet,
    /// Those of them that no index can answer for.
    pub fields_not_indexed: FieldSet,
    /// The kinds of one value that are indexed and that no column of the list gives.
    pub kinds_not_given: KindSet,
}

/// What the members were checked against.
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
    /// Whether records were erased from it.
    pub erased: bool,
    pub breaches: Vec<Breach>,
}

/// What tells an index from others, or a leak that was indexed in memory.
#[derive(Debug, Serialize)]
#[serde(tag = "source", rename_all = "lowercase")]
pub enum Origin {
    Index { index_id: IndexId, key_id: KeyId, generation: u64 },
    Leak { sha256: String, bytes: u64 },
}

/// How many persons: the rows of the member lists.
#[derive(Debug, Serialize)]
pub struct Persons {
    pub checked: u64,
    pub affected: u64,
    pub not_affected: u64,
    pub indeterminate: u64,
    pub partially_checked: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<u64>,
    pub by_strength: BTreeMap<String, u64>,
    pub by_kind: BTreeMap<String, u64>,
    pub by_breach: BTreeMap<String, u64>,
    pub by_data_class: BTreeMap<String, u64>,
    pub by_institution: BTreeMap<String, u64>,
    /// Affected persons whose insured number names no insurer.
    pub without_institution: u64,
}

/// How many leaked records the affected persons have.
#[derive(Debug, Serialize)]
pub struct Records {
    pub concerned: u64,
    #[serde(flatten)]
    pub counts: RecordCounts,
    pub without_institution: u64,
}

/// What could not be checked, and why.
#[derive(Debug, Serialize)]
pub struct NotChecked {
    /// Persons of whom nothing could be checked, by each reason.
    pub indeterminate_by_reason: BTreeMap<String, u64>,
    /// Persons who were not checked in full, by each cause.
    pub partially_checked_by_reason: BTreeMap<String, u64>,
    /// Values and rows of the member lists that could not be used.
    pub rejects_by_field: RejectsByField,
}

/// What Art. 33(5) GDPR asks for and only the controller knows.
#[derive(Debug, Default, Serialize)]
pub struct ToBeAdded {
    pub aware_since: Option<String>,
    pub likely_consequences: Option<String>,
    pub measures: Option<String>,
    pub supervisory_authority_notified: Option<String>,
    pub legal_supervision_notified: Option<String>,
    pub persons_informed: Option<String>,
}

fn to_text<S: serde::Serializer>(
    value: &impl std::fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
