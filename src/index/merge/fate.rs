//! What becomes of each pseudonym in a merge.

use std::collections::{BTreeMap, HashMap};

use super::{
    IndexMerger,
    part::{Account, parts_of},
};
use crate::{
    breach::{Breach, BreachName},
    error::BuildFault,
    index::{classes::Classes, encode::Failure, format::Occurrence},
    pseudonym::Pseudonym,
};

/// Occurrences of a pseudonym while the merge goes on: the number of the breach, that of the set of
/// classes, and the records. In the order of the breaches.
pub(super) type Said = Vec<Occurrence>;

/// What becomes of one pseudonym.
pub(super) struct Fate<'a> {
    /// How many indexes hold it.
    pub read: u64,
    /// What is said of it from now on; nothing if it is not in the merged index.
    pub said: &'a [Occurrence],
    pub is_erased: bool,
    /// Whether it lost records and stays.
    pub is_reduced: bool,
}

/// The indexes on their way into one.
pub(super) struct Merge<'a> {
    merger: &'a IndexMerger<'a>,
    /// The breaches that stay, in the order of their names.
    pub breaches: Vec<Breach>,
    pub classes: Classes,
    /// For each index: for each of its exposures that was met, what it says.
    said: Vec<HashMap<u32, Said>>,
    pub account: Account,
}

impl<'a> Merge<'a> {
    /// A merge of what this merger was given.
    ///
    /// # Errors
    ///
    /// If two breaches have one name.
    pub fn new(merger: &'a IndexMerger<'a>) -> Result<Self, BuildFault> {
        let mut breaches = BTreeMap::<&BreachName, &Breach>::new();
        for breach in merger.indexes.iter().flat_map(|index| &index.metadata.breaches) {
            let known = *breaches.entry(breach.name()).or_insert(breach);
            if known != breach {
                return Err(BuildFault::TwoBreachesOfOneName);
            }
        }
        let stays = |breach: &&Breach| !merger.without_breaches.contains(breach.name());
        Ok(Self {
            breaches: breaches.into_values().filter(stays).cloned().collect(),
            classes: Classes::new(),
            said: merger.indexes.iter().map(|_| HashMap::new()).collect(),
            account: Account::new(
                merger.indexes.iter().flat_map(|index| parts_of(&index.metadata)),
            ),
            merger,
        })
    }

    /// Calls back with the fate of every pseudonym, in ascending order. The first time this is done,
    /// what is erased is taken off the account.
    pub fn for_each(
        &mut self,
        mut each: impl FnMut(Fate<'_>, Pseudonym) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut sources: Vec<_> = self
            .merger
            .indexes
            .iter()
            .map(|index| index.table().entries_in_order().peekable())
            .collect();
        let (mut said, mut more) = (Said::new(), Said::new());
        loop {
            let heads = sources.iter_mut().filter_map(|source| source.peek());
            let Some(pseudonym) = heads.map(|&(pseudonym, _)| pseudonym).min() else {
                self.account.close();
                return Ok(());
            };
            let mut read = 0;
            said.clear();
            for (index, source) in sources.iter_mut().enumerate() {
                if let Some((_, exposure)) = source.next_if(|&(head, _)| head == pseudonym) {
                    self.said_by(index, exposure, &mut more)?;
                    self.unite(&mut said, &more);
                    read += 1;
                }
            }
            let records = records_of(&said);
            self.erase(pseudonym, &mut said);
            let is_erased = said.is_empty();
            let is_reduced = !is_erased && records_of(&said) < records;
            each(Fate { read, said: &said, is_erased, is_reduced }, pseudonym)?;
        }
    }

    /// What an index says of an exposure, as this merge numbers breaches and classes.
    fn said_by(&mut self, index: usize, exposure: u32, said: &mut Said) -> Result<(), BuildFault> {
        if let Some(known) = self.said[index].get(&exposure) {
            said.clone_from(known);
            return Ok(());
        }
        said.clear();
        let source = &self.merger.indexes[index];
        let occurrences = source.occurrences(exposure.into()).into_iter().flatten().flatten();
        for (breach, classes, records) in occurrences {
            let place = self.breaches.binary_search_by(|own| own.name().cmp(breach.name()));
            if let Ok(place) = place {
                let names =
                    classes.iter().map(|&class| &source.metadata.data_classes[usize::from(class)]);
                said.push(Occurrence {
                    breach: u32::try_from(place).map_err(|_| BuildFault::TooManyExposures)?,
                    class_set: self.classes.set_of_classes(names)?,
                    records,
                });
            }
        }
        said.sort_unstable();
        self.said[index].insert(exposure, said.clone());
        Ok(())
    }

    fn unite(&mut self, said: &mut Said, more: &[Occurrence]) {
        for one in more {
            match said.iter_mut().find(|own| own.breach == one.breach) {
                Some(own) => {
                    own.class_set = self.classes.unite(own.class_set, one.class_set);
                    own.records = own.records.saturating_add(one.records);
                }
                None => said.push(*one),
            }
        }
        said.sort_unstable();
    }

    /// Takes off what is to be erased of a pseudonym.
    fn erase(&mut self, pseudonym: Pseudonym, said: &mut Said) {
        let Some(&(kind, records)) = self.merger.erased.get(&pseudonym.number()) else { return };
        let Self { breaches, account, .. } = self;
        said.retain_mut(|one| {
            if one.records > records {
                one.records -= records;
                return true;
            }
            account.take_off(breaches[one.breach as usize].name(), kind, one.records);
            false
        });
    }
}

fn records_of(said: &[Occurrence]) -> u64 {
    said.iter().fold(0, |sum, one| sum.saturating_add(one.records))
}
