//! The records of an index: entries with their postings, and the origins of postings.

use std::sync::Arc;

use super::{
    class_set::ClassSet,
    format::{Origin, SALT_LENGTH, Section},
    open::Index,
    posting::Postings,
};
use crate::{
    breach::{Breach, DataClass},
    pseudonym::Pseudonym,
};

impl Index {
    /// The pseudonyms in ascending order, each with its postings. In a shard, they lack the leading
    /// bits, which are the shard's number. Ends early if the table is damaged.
    pub(crate) fn entries_in_order(&self) -> impl Iterator<Item = (Pseudonym, Postings<'_>)> {
        self.table().entries_in_order(self.posting_cipher())
    }

    /// The postings of an entry that a lookup of this pseudonym found; `None` if they are damaged.
    pub(crate) fn postings(&self, entry: u32, pseudonym: Pseudonym) -> Option<Postings<'_>> {
        self.table().postings(entry, pseudonym, self.posting_cipher())
    }

    /// The entries whose pseudonyms have this first half, with their postings; `None` if they are damaged.
    pub(crate) fn entries_of(&self, first_half: u64) -> Option<Vec<(Pseudonym, Postings<'_>)>> {
        self.table().entries_of(first_half, self.posting_cipher())
    }

    /// Whether the postings of match keys have codes, to compare names, dates and postcodes.
    pub(crate) const fn has_codes(&self) -> bool {
        !self.metadata().without_codes
    }

    /// The salt of its postings.
    pub(crate) const fn salt(&self) -> &[u8; SALT_LENGTH] {
        &self.layout.salt
    }

    /// The profiles, as in the file.
    pub(crate) fn sealed_profiles(&self) -> &[u8] {
        &self.storage[self.layout.range(Section::Profiles)]
    }

    /// The origins in the order of their numbers.
    pub(crate) fn origins(&self) -> impl Iterator<Item = Origin> {
        (0..).map_while(|number| self.origin(number))
    }

    /// The class sets in the order of their numbers.
    pub(crate) fn class_sets(&self) -> impl Iterator<Item = ClassSet> {
        (0..).map_while(|number| self.class_set(number))
    }

    pub(super) fn origin(&self, number: usize) -> Option<Origin> {
        Origin::in_section(&self.storage[self.layout.range(Section::Origins)], number)
    }

    /// The number of the breach of this origin; `None` if there is no such origin, or if the
    /// metadata has no such breach.
    pub(crate) fn breach_number(&self, origin: u32) -> Option<u32> {
        let _ = self.resolve_origin(origin as usize)?;
        Some(self.origin(origin as usize)?.breach)
    }

    /// The breach of an origin, and its classes of data; `None` if there is no such origin, or if
    /// its numbers do not fit the metadata.
    pub(crate) fn resolve_origin(
        &self,
        origin: usize,
    ) -> Option<(&Arc<Breach>, impl Iterator<Item = &DataClass>)> {
        let Origin { breach, class_set } = self.origin(origin)?;
        let breach = self.metadata().breaches.get(breach as usize)?;
        let known = &self.metadata().data_classes;
        let classes = self.class_set(class_set as usize)?;
        Some((breach, classes.places().filter_map(|place| known.get(place))))
    }

    /// The class set with this number; `None` if there is no such set, or if the metadata lacks one
    /// of its classes.
    pub(super) fn class_set(&self, number: usize) -> Option<ClassSet> {
        let sets = &self.storage[self.layout.range(Section::ClassSets)];
        let known = self.metadata().data_classes.len();
        ClassSet::in_section(sets, number).filter(|set| set.is_within(known))
    }
}
