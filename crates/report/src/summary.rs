//! The figures of a run. Serialised, they are its JSON summary.

use std::{borrow::Cow, collections::BTreeMap, ops::AddAssign};

use leakdex::{FieldAgreement, Index, Shard, Verdict};
use leakdex_input::UnusedColumn;
use leakdex_screening::{ColumnCaveat, id_of};
use serde::{Deserialize, Serialize};

use crate::{
    causes,
    counts::Counts,
    decisions::DecisionCounts,
    false_matches::FalseMatchEstimate,
    letters::LetterCounts,
    persons::{
        CountsBy, FieldNotInLeak, NewPersons, Partial, PersonCounts, PersonFacts, PersonTotals,
        Persons, Records, Relatives,
    },
};

/// The number of unusable values, by field and reason. Unusable rows are under `row`.
pub type RejectsByField = BTreeMap<Cow<'static, str>, BTreeMap<Cow<'static, str>, u64>>;

/// The outcome of a check.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct CheckSummary {
    /// The members of all lists.
    #[serde(flatten)]
    pub counts: Counts,
    /// Members whose reference an earlier member has, in the same list or another. Known at the end.
    #[serde(skip_deserializing)]
    pub repeated_references: u64,
    /// The leaked rows of the persons who are confirmed or to be decided. The same number is in `records`.
    #[serde(skip_deserializing)]
    pub matched_records: u64,
    /// The persons. Rows with the same reference are one person. These counts, and those derived from them,
    /// are known at the end.
    #[serde(skip_deserializing)]
    pub persons: Persons,
    /// Persons to be decided who look like relatives.
    #[serde(skip_deserializing)]
    pub relatives: Relatives,
    /// Members who are not affected although a leaked record shares an identifier with them: it seems to be
    /// somebody else's, or too many records share the identifier to compare all. None of these members is
    /// fully checked.
    pub refuted: u64,
    /// Persons with a match that no earlier run found with the same certainty, if requested. Known at the
    /// end.
    #[serde(flatten, skip_deserializing)]
    pub new: Option<NewPersons>,
    /// Letters to affected members, if requested.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub letters: Option<LetterCounts>,
    /// The decisions that members encountered, if decisions are used. Known at the end.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub decisions: Option<DecisionCounts>,
    /// Breakdown of the persons who are confirmed or to be decided. The same counts are in `persons`.
    #[serde(flatten, skip_deserializing)]
    pub members: CountsBy,
    /// Their leaked rows, each counted once.
    #[serde(skip_deserializing)]
    pub records: Records,
    /// Why persons who are not affected were only partially checked.
    #[serde(skip_deserializing)]
    pub partial: Partial,
    /// The fields that persons gave and that a leak certainly does not contain.
    #[serde(skip_deserializing)]
    pub not_in_leak: Vec<FieldNotInLeak>,
    /// Members with nothing that could be checked, by reason. A member can have several reasons.
    pub indeterminate_by_reason: BTreeMap<String, u64>,
    /// Members who were only partially checked, by cause. A member can have several causes.
    pub partially_checked_by_reason: BTreeMap<String, u64>,
    /// Signs, by column, that the check did not work as it should. An all-clear that relies on one of these
    /// columns is incomplete.
    pub caveats: Vec<ColumnCaveat>,
    /// The expected number of accidental matches; `None` if no decoys were requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coincidences: Option<FalseMatchEstimate>,
    /// Values and rows of the lists that could not be used. Like `letters`, `rejects_by_reason` and
    /// `indexes`, they are known at the end.
    #[serde(skip_deserializing)]
    pub rejects_by_field: RejectsByField,
    /// The same, by reason alone.
    #[serde(skip_deserializing)]
    pub rejects_by_reason: BTreeMap<Cow<'static, str>, u64>,
    /// The suspect values of members who are not affected. They are used, and make the check partial.
    #[serde(skip_deserializing)]
    pub suspects_by_field: RejectsByField,
    /// The member lists, in the order in which they were checked.
    pub files: Vec<FileSummary>,
    /// The indexes that the members were checked against. They limit what *not affected* can mean.
    #[serde(skip_deserializing)]
    pub indexes: Vec<IndexSummary>,
}

/// The counts of one member list.
#[derive(Debug, Serialize, Deserialize)]
pub struct FileSummary {
    /// The name of the file, as given.
    pub file: String,
    /// Its members.
    #[serde(flatten)]
    pub counts: Counts,
    /// Its columns that were not used.
    pub unused_columns: Vec<UnusedColumn>,
    /// How well its members agree, field by field, with the leaked records that certainly belong to them.
    pub concordance: Vec<FieldAgreement>,
}

/// The content of an index, and the counts of the rows that it was built from.
#[derive(Debug, Serialize)]
pub struct IndexSummary {
    /// The name of the index, or of the leak that was indexed in memory, as given.
    pub file: String,
    /// The identity of the index; `None` for a leak.
    #[serde(flatten)]
    pub names: Option<IndexNames>,
    /// The identity of the table of a private check; `None` for an index or a leak.
    #[serde(flatten)]
    pub table: Option<TableNames>,
    /// The number of different identifiers, in all its shards.
    pub identifiers: u64,
    /// The counts of the leaked rows.
    pub rows: leakdex::RowAccount,
    /// The unused columns of a leak. An index that was built earlier does not know them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unused_columns: Option<Vec<UnusedColumn>>,
}

/// The identity of an index. An index built in memory under a temporary key has none.
#[derive(Debug, Serialize)]
pub struct IndexNames {
    /// The id of the index, which all its shards share.
    pub index_id: leakdex::IndexId,
    /// Its generation.
    pub generation: u64,
    /// The key that it was built with.
    pub key_id: leakdex::KeyId,
}

/// The identity of the table of a private check.
#[derive(Clone, Debug, Serialize)]
pub struct TableNames {
    /// The id of the table's file.
    pub table_id: String,
    /// The fingerprint of the provider's signing key.
    pub provider: String,
    /// Its generation.
    pub generation: u64,
}

impl IndexSummary {
    /// Describes an index in this file.
    #[must_use]
    pub fn of_index(file: String, index: &Index) -> Self {
        let names = IndexNames {
            index_id: id_of(index),
            generation: index.generation(),
            key_id: index.key_id(),
        };
        Self { names: Some(names), unused_columns: None, ..Self::of_leak(file, index, Vec::new()) }
    }

    /// Describes the table of a private check. `found` is the index of the entries that were found in it.
    #[must_use]
    pub fn of_table(file: String, table: TableNames, found: &Index) -> Self {
        let counts = found.metadata().kinds.iter().map(|kind| kind.identifiers);
        let identifiers = counts.fold(0_u64, u64::saturating_add);
        let leak = Self::of_leak(file, found, Vec::new());
        Self { identifiers, table: Some(table), unused_columns: None, ..leak }
    }

    /// Describes a leak in this file that was indexed in memory.
    #[must_use]
    pub fn of_leak(file: String, index: &Index, unused_columns: Vec<UnusedColumn>) -> Self {
        let (identifiers, rows) = (identifiers_of(index), index.metadata().rows.clone());
        let (names, table, unused_columns) = (None, None, Some(unused_columns));
        Self { file, names, table, identifiers, rows, unused_columns }
    }
}

/// The result of a build: `rows = indexed + duplicate + rejected`.
#[derive(Debug, Serialize)]
pub struct BuildSummary {
    /// The number of rows that were read.
    pub rows: u64,
    /// Rows with at least one entry in the index.
    pub indexed: u64,
    /// Rows that add nothing to an earlier row.
    pub duplicate: u64,
    /// Rows without any usable value.
    pub rejected: u64,
    /// The number of different identifiers in the index.
    pub identifiers: u64,
    /// The number of different identifiers of each kind.
    pub by_kind: BTreeMap<String, u64>,
    /// The name of the breach.
    pub breach: String,
    /// The key that the index was built with.
    pub key_id: leakdex::KeyId,
    /// The id of the index.
    pub index_id: leakdex::IndexId,
    /// Its generation.
    pub generation: u64,
    /// Its size in bytes.
    pub index_bytes: u64,
    /// Values and rows that could not be used.
    pub rejects_by_reason: BTreeMap<Cow<'static, str>, u64>,
    /// Suspect values in the index. A member to whom one of them belongs may be reported as not affected.
    pub suspects_by_reason: BTreeMap<String, u64>,
    /// Signs in the leak that some of its columns are damaged.
    pub caveats: Vec<ColumnCaveat>,
    /// The columns of the leaked files that were not used.
    pub unused_columns: Vec<UnusedColumn>,
}

impl CheckSummary {
    /// Counts one row of a member list by its verdict. Persons are counted [at the end](Self::conclude).
    pub fn count(&mut self, verdict: &Verdict) {
        self.counts.rows += 1;
        self.refuted += u64::from(!verdict.coverage().refuted.is_empty());
        match verdict {
            Verdict::NotAffected(_) => {
                self.counts.not_affected += 1;
                if verdict.is_partially_checked() {
                    self.counts.partially_checked += 1;
                    count(&verdict.reasons(), &mut self.partially_checked_by_reason);
                }
            }
            Verdict::Indeterminate(_) => {
                self.counts.indeterminate += 1;
                count(&verdict.reasons(), &mut self.indeterminate_by_reason);
            }
            Verdict::Affected(_) => self.counts.affected += 1,
        }
    }

    /// Adds a member who is not affected and was checked in full.
    pub const fn count_wholly_checked(&mut self) {
        self.counts.rows += 1;
        self.counts.not_affected += 1;
    }

    /// Records that this many of the members who are not affected rely on a column with a caveat.
    pub fn count_partially_checked(&mut self, members: u64) {
        if members > 0 {
            self.counts.partially_checked += members;
            add(&mut self.partially_checked_by_reason, causes::RUN_CAVEAT, members);
        }
    }

    /// The counts of the latest list: the totals minus those of the earlier lists.
    #[must_use]
    pub fn last_list(&self, file: String) -> FileSummary {
        let mut counts = self.counts;
        self.files.iter().for_each(|file| counts -= file.counts);
        FileSummary { file, counts, unused_columns: Vec::new(), concordance: Vec::new() }
    }

    /// Counts the persons in all rows. `references` has a hash for each row, or 0 for a row without a
    /// reference. Returns the references of more than one row, in ascending order.
    pub fn conclude(&mut self, facts: PersonFacts, references: &[u64]) -> Vec<u64> {
        let PersonTotals { counts, repeated, repeated_rows } = facts.count(references);
        let PersonCounts { persons, records, partial, not_in_leak, relatives, new } = counts;
        self.repeated_references = repeated_rows;
        self.matched_records = records.concerned;
        self.members = persons.by.clone();
        self.persons = persons;
        self.records = records;
        self.partial = partial;
        self.not_in_leak = not_in_leak;
        self.relatives = relatives;
        self.new = new;
        repeated
    }
}

impl AddAssign for CheckSummary {
    fn add_assign(&mut self, other: Self) {
        self.counts += other.counts;
        self.refuted += other.refuted;
        merge_counts(&mut self.indeterminate_by_reason, &other.indeterminate_by_reason);
        merge_counts(&mut self.partially_checked_by_reason, &other.partially_checked_by_reason);
    }
}

/// The number of identifiers in an index, including all its shards, which count as one index.
#[must_use]
pub fn identifiers_of(index: &Index) -> u64 {
    index.shard().map_or(index.len(), Shard::entries)
}

/// Counts a member under each of these causes.
fn count(causes: &[&str], counts: &mut BTreeMap<String, u64>) {
    causes.iter().for_each(|cause| add(counts, cause, 1));
}

fn add(counts: &mut BTreeMap<String, u64>, name: &str, more: u64) {
    match counts.get_mut(name) {
        Some(count) => *count = count.saturating_add(more),
        None => drop(counts.insert(name.to_owned(), more)),
    }
}

fn merge_counts(counts: &mut BTreeMap<String, u64>, others: &BTreeMap<String, u64>) {
    others.iter().for_each(|(name, more)| add(counts, name, *more));
}
