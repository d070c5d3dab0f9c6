//! The account of the rows of a build: everything except their identifiers. The accounts of batches
//! and of the tasks of a distributed build can be added up.

use std::{collections::BTreeSet, mem};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    absent::Columns,
    class_fields::{fields_beside, fields_of},
    hashed::HashedAccount,
};
use crate::{
    breach::DataClass,
    identifier::{FieldSet, KindSet},
    index::{RowAccount, leak_caveats},
    profile::{ColumnProfile, LeakProfile, RunCaveat},
};

/// The rows that a builder accepted, and their profile with exact counts.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Account {
    pub rows: RowAccount,
    /// The kinds of addresses and their hashes that are incomplete in the index
    /// ([`HashedAccount::lacking`]).
    #[serde(serialize_with = "to_bits", deserialize_with = "from_bits")]
    pub lacking: KindSet,
    /// The profile of the files that have ended.
    profile: LeakProfile,
    /// The fields that the leak may have.
    fields: Columns,
    /// The classes of data that rows name in addition to those of their fields.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    named_classes: BTreeSet<DataClass>,
    /// The records since the last file ended.
    file: File,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct File {
    /// The profile without its fields, which `columns` has.
    profile: LeakProfile,
    /// In the order of their numbers and fields.
    columns: Vec<ColumnProfile>,
    rows: RowAccount,
}

impl File {
    fn add(&mut self, profile: &LeakProfile, columns: &[ColumnProfile], rows: &RowAccount) {
        self.profile += profile;
        self.rows.add(rows);
        for more in columns {
            let place = |column: &ColumnProfile| (column.column, column.field);
            match self.columns.binary_search_by_key(&place(more), place) {
                Ok(known) => self.columns[known].profile += &more.profile,
                Err(next) => self.columns.insert(next, more.clone()),
            }
        }
    }
}

impl Account {
    /// Adds the rows of a hashed batch.
    pub fn count(&mut self, batch: &HashedAccount) {
        self.lacking = self.lacking.union(batch.lacking);
        self.rows.add(&batch.rows);
        self.fields.add(batch.fields);
        self.named_classes.extend(batch.named_classes.iter().cloned());
        self.profile.count_names(&batch.names);
        self.file.add(&batch.profile, &batch.columns, &batch.rows);
    }

    /// Adds the account of other rows.
    pub fn add(&mut self, other: &Self) {
        self.lacking = self.lacking.union(other.lacking);
        self.rows.add(&other.rows);
        self.fields.merge(other.fields);
        self.named_classes.extend(other.named_classes.iter().cloned());
        self.profile += &other.profile;
        self.file.add(&other.file.profile, &other.file.columns, &other.file.rows);
    }

    /// Declares that the rows so far have only the added columns, and perhaps others with these
    /// fields.
    pub fn has_no_more_columns(&mut self, but: FieldSet) {
        self.fields.add(but);
        self.fields.is_closed = true;
    }

    /// The fields that the leak certainly does not have, given the kinds that are indexed and the
    /// classes of data of the breach.
    pub fn absent_fields(&self, kinds: KindSet, of_everyone: &[DataClass]) -> FieldSet {
        let of_classes = self.named_classes.iter().chain(of_everyone).map(fields_of);
        let beside = of_everyone.iter().map(fields_beside);
        let may_be_unread = of_classes.chain(beside).fold(FieldSet::EMPTY, FieldSet::union);
        self.fields.absent(kinds, may_be_unread)
    }

    pub fn add_caveat(&mut self, caveat: RunCaveat) {
        self.profile.add_caveat(caveat);
    }

    /// Looks for caveats in the current file, and ends it.
    pub fn end_file(&mut self) {
        let File { mut profile, columns, rows } = mem::take(&mut self.file);
        for column in &columns {
            profile.add(column.field, &column.profile);
        }
        let of_columns = columns.iter().flat_map(ColumnProfile::caveats);
        let caveats = leak_caveats(&profile, &rows).into_iter().chain(of_columns);
        caveats.for_each(|caveat| self.profile.add_caveat(caveat));
        self.profile += &profile;
    }

    pub fn caveats(&self) -> Vec<RunCaveat> {
        leak_caveats(&self.whole_profile(), &self.rows)
    }

    /// The profile of all rows, with the caveats of each file. An index stores no small counts, so a reader could not
    /// find all of these caveats.
    pub fn whole_profile(&self) -> LeakProfile {
        let mut whole = self.clone();
        whole.end_file();
        whole.profile
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) fn to_bits<S: Serializer>(kinds: &KindSet, serializer: S) -> Result<S::Ok, S::Error> {
    kinds.bits().serialize(serializer)
}

pub(super) fn from_bits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KindSet, D::Error> {
    u32::deserialize(deserializer).map(KindSet::from_bits)
}
