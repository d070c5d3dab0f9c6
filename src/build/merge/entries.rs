//! The entries of a merge, one pseudonym after the other.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::part::{Account, parts_of};
use crate::{
    breach::{Breach, BreachName},
    build::{classes::Classes, encode::Failure},
    error::BuildFault,
    identifier::Kind,
    index::{Index, Occurrence},
    pseudonym::Pseudonym,
};

/// The pseudonyms to erase, each with its kind and the number of records to subtract.
pub(super) type Erasure = HashMap<u128, (Kind, u64)>;

/// One pseudonym of a merge.
pub(super) struct MergedEntry<'a> {
    pub pseudonym: Pseudonym,
    /// How many indexes hold it.
    pub sources: u64,
    /// Its exposure in the merged index, in the order of the breaches; empty if the merged index
    /// does not hold it.
    pub exposure: &'a [Occurrence],
    pub is_erased: bool,
    /// Whether it lost records but stays in the merged index.
    pub is_reduced: bool,
}

/// The state of a merge.
pub(super) struct Merge<'a> {
    indexes: &'a [Index],
    erasure: &'a Erasure,
    /// The breaches that stay, in the order of their names.
    pub breaches: Vec<Arc<Breach>>,
    pub classes: Classes,
    /// For each index, the exposures that were read so far, with this merge's numbers of breaches
    /// and classes.
    exposures: Vec<HashMap<u32, Vec<Occurrence>>>,
    pub account: Account,
}

impl<'a> Merge<'a> {
    /// # Errors
    ///
    /// [`BuildFault::TwoBreachesOfOneName`].
    pub fn new(
        indexes: &'a [Index],
        without: &BTreeSet<BreachName>,
        erasure: &'a Erasure,
    ) -> Result<Self, BuildFault> {
        let mut breaches = BTreeMap::<&BreachName, &Arc<Breach>>::new();
        for breach in indexes.iter().flat_map(|index| &index.metadata().breaches) {
            let known = *breaches.entry(breach.name()).or_insert(breach);
            if known != breach {
                return Err(BuildFault::TwoBreachesOfOneName);
            }
        }
        let stays = |breach: &&Arc<Breach>| !without.contains(breach.name());
        Ok(Self {
            breaches: breaches.into_values().filter(stays).cloned().collect(),
            classes: Classes::default(),
            exposures: indexes.iter().map(|_| HashMap::new()).collect(),
            account: Account::new(indexes.iter().flat_map(parts_of)),
            indexes,
            erasure,
        })
    }

    /// Calls `each` with every pseudonym, in ascending order. The first pass also subtracts the
    /// erased records from the account.
    pub fn for_each(
        &mut self,
        mut each: impl FnMut(MergedEntry<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let indexes = self.indexes.iter();
        let mut sources: Vec<_> =
            indexes.map(|index| index.entries_in_order().peekable()).collect();
        let (mut exposure, mut of_source) = (Vec::new(), Vec::new());
        loop {
            let heads = sources.iter_mut().filter_map(|source| source.peek());
            let Some(pseudonym) = heads.map(|&(pseudonym, _)| pseudonym).min() else {
                self.account.close();
                return Ok(());
            };
            let mut holders = 0;
            exposure.clear();
            for (index, source) in sources.iter_mut().enumerate() {
                if let Some((_, number)) = source.next_if(|&(head, _)| head == pseudonym) {
                    self.exposure_in(index, number, &mut of_source)?;
                    self.unite(&mut exposure, &of_source);
                    holders += 1;
                }
            }
            let records = records_of(&exposure);
            self.erase(pseudonym, &mut exposure);
            let is_erased = exposure.is_empty();
            let is_reduced = !is_erased && records_of(&exposure) < records;
            let exposure = &exposure;
            each(MergedEntry { pseudonym, sources: holders, exposure, is_erased, is_reduced })?;
        }
    }

    /// Reads an exposure of an index, with this merge's numbers of breaches and classes.
    fn exposure_in(
        &mut self,
        index: usize,
        number: u32,
        exposure: &mut Vec<Occurrence>,
    ) -> Result<(), BuildFault> {
        if let Some(known) = self.exposures[index].get(&number) {
            exposure.clone_from(known);
            return Ok(());
        }
        exposure.clear();
        let occurrences = self.indexes[index].occurrences(number.into()).into_iter();
        for (breach, classes, records) in occurrences.flatten().flatten() {
            let place = self.breaches.binary_search_by(|own| own.name().cmp(breach.name()));
            if let Ok(place) = place {
                exposure.push(Occurrence {
                    breach: u32::try_from(place).map_err(|_| BuildFault::TooManyExposures)?,
                    class_set: self.classes.set_of_classes(classes.cloned())?,
                    records,
                });
            }
        }
        exposure.sort_unstable();
        self.exposures[index].insert(number, exposure.clone());
        Ok(())
    }

    fn unite(&mut self, exposure: &mut Vec<Occurrence>, more: &[Occurrence]) {
        for one in more {
            match exposure.iter_mut().find(|own| own.breach == one.breach) {
                Some(own) => {
                    own.class_set = self.classes.unite(own.class_set, one.class_set);
                    own.records = own.records.saturating_add(one.records);
                }
                None => exposure.push(*one),
            }
        }
        exposure.sort_unstable();
    }

    /// Subtracts the records to erase from the exposure of a pseudonym.
    fn erase(&mut self, pseudonym: Pseudonym, exposure: &mut Vec<Occurrence>) {
        let Some(&(kind, records)) = self.erasure.get(&pseudonym.number()) else { return };
        let Self { breaches, account, .. } = self;
        exposure.retain_mut(|one| {
            if one.records > records {
                one.records -= records;
                return true;
            }
            account.take_off(breaches[one.breach as usize].name(), kind, one.records);
            false
        });
    }
}

fn records_of(exposure: &[Occurrence]) -> u64 {
    exposure.iter().fold(0, |sum, one| sum.saturating_add(one.records))
}
