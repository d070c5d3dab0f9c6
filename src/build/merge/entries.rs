//! The entries of a merge, one pseudonym after the other.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use crate::{
    breach::{Breach, BreachName},
    build::{classes::Classes, encode::Failure},
    error::BuildFault,
    index::{Index, Posting},
    pseudonym::Pseudonym,
};

/// One pseudonym of a merge.
pub(super) struct MergedEntry<'a> {
    pub pseudonym: Pseudonym,
    /// How many indexes have it.
    pub sources: u64,
    /// In ascending order; empty if the merged index does not contain the pseudonym.
    pub postings: &'a [MergedPosting],
    /// How many of its postings are left out, because their records are erased.
    pub erased: u64,
}

/// A posting of a merge. The number of its origin is known only when all origins are collected.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MergedPosting {
    /// Its origin is 0 here.
    pub posting: Posting,
    /// The number of the breach among the breaches that stay.
    pub breach: u32,
    /// The number of the class set in [`Merge::classes`].
    pub class_set: u32,
}

/// The state of a merge.
pub(super) struct Merge<'a> {
    indexes: &'a [Index],
    /// The tags of the records to erase.
    pub erased: HashSet<u64>,
    /// The breaches that stay, in the order of their names.
    pub breaches: Vec<Arc<Breach>>,
    pub classes: Classes,
    /// The origins of each index, by number: the breach and the class set; `None` for a breach that
    /// is left out.
    origins: Vec<Vec<Option<(u32, u32)>>>,
}

impl<'a> Merge<'a> {
    /// # Errors
    ///
    /// [`BuildFault::TwoBreachesOfOneName`], [`BuildFault::TooManyDataClasses`].
    pub fn new(indexes: &'a [Index], without: &BTreeSet<BreachName>) -> Result<Self, BuildFault> {
        let mut breaches = BTreeMap::<&BreachName, &Arc<Breach>>::new();
        for breach in indexes.iter().flat_map(|index| &index.metadata().breaches) {
            let known = *breaches.entry(breach.name()).or_insert(breach);
            if known != breach {
                return Err(BuildFault::TwoBreachesOfOneName);
            }
        }
        let stays = |breach: &&Arc<Breach>| !without.contains(breach.name());
        let mut merge = Self {
            breaches: breaches.into_values().filter(stays).cloned().collect(),
            classes: Classes::default(),
            origins: Vec::new(),
            erased: HashSet::new(),
            indexes,
        };
        for index in indexes {
            let origins = merge.origins_of(index)?;
            merge.origins.push(origins);
        }
        Ok(merge)
    }

    /// The origins of an index, as this merge numbers breaches and class sets.
    fn origins_of(&mut self, index: &Index) -> Result<Vec<Option<(u32, u32)>>, BuildFault> {
        let mut origins = Vec::new();
        while let Some((breach, classes)) = index.resolve_origin(origins.len()) {
            let place = self.breaches.binary_search_by(|known| known.name().cmp(breach.name()));
            origins.push(match place {
                Ok(place) => {
                    let breach = u32::try_from(place).map_err(|_| BuildFault::MetadataTooLong)?;
                    Some((breach, self.classes.set_of_classes(classes.cloned())?))
                }
                Err(_) => None,
            });
        }
        Ok(origins)
    }

    pub const fn indexes(&self) -> &'a [Index] {
        self.indexes
    }

    /// The breach and the class set of an origin of an index; `None` if the breach is left out.
    pub fn origin(&self, index: usize, origin: u32) -> Result<Option<(u32, u32)>, BuildFault> {
        let origin = self.origins[index].get(origin as usize);
        origin.copied().ok_or(BuildFault::ChangedIndex)
    }

    /// Calls `each` with every pseudonym, in ascending order.
    ///
    /// # Errors
    ///
    /// The error of `each`, or [`BuildFault::ChangedIndex`].
    pub fn for_each(
        &self,
        mut each: impl FnMut(MergedEntry<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let indexes = self.indexes.iter();
        let mut entries: Vec<_> =
            indexes.map(|index| index.entries_in_order().peekable()).collect();
        let mut merged = Vec::new();
        loop {
            let heads = entries.iter_mut().filter_map(|source| source.peek());
            let Some(pseudonym) = heads.map(|&(pseudonym, _)| pseudonym).min() else {
                return Ok(());
            };
            let mut sources = 0;
            merged.clear();
            for (number, entries_of_index) in entries.iter_mut().enumerate() {
                if let Some((_, postings)) =
                    entries_of_index.next_if(|&(head, _)| head == pseudonym)
                {
                    sources += 1;
                    for posting in postings.iter() {
                        let posting = posting.ok_or(BuildFault::ChangedIndex)?;
                        if let Some((breach, class_set)) = self.origin(number, posting.origin)? {
                            let posting = Posting { origin: 0, ..posting };
                            merged.push(MergedPosting { posting, breach, class_set });
                        }
                    }
                }
            }
            merged.sort_unstable();
            merged.dedup();
            let before = merged.len();
            if !self.erased.is_empty() {
                merged.retain(|entry| !self.erased.contains(&entry.posting.tag));
            }
            let erased = (before - merged.len()) as u64;
            each(MergedEntry { pseudonym, sources, postings: &merged, erased })?;
        }
    }
}
