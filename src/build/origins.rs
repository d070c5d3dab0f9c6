//! Numbers the origins of an index in an order that does not depend on the order of the records.

use std::collections::{BTreeMap, BTreeSet};

use super::classes::Classes;
use crate::{
    breach::DataClass,
    index::{ClassSet, Index, Origin},
};

/// Origins and class sets, as in an index file.
#[derive(Default)]
pub(crate) struct NumberedOrigins {
    /// The data classes, sorted by name.
    pub data_classes: Vec<DataClass>,
    pub class_sets: Vec<ClassSet>,
    /// In ascending order.
    pub origins: Vec<Origin>,
    /// The number of each origin, by its breach and its class set's number in [`Classes`].
    numbers: BTreeMap<(u32, u32), u32>,
}

impl NumberedOrigins {
    /// Numbers these origins. Each is a breach and the number of a class set.
    pub(super) fn new(collected: &BTreeSet<(u32, u32)>, classes: &Classes) -> Self {
        let used = collected.iter().map(|&(_, class_set)| class_set).collect();
        let ordered = classes.in_order(&used);
        let renumbered = |&(breach, former): &(u32, u32)| {
            let class_set = ordered.number_of[&former];
            (Origin { breach, class_set }, (breach, former))
        };
        let mut all: Vec<_> = collected.iter().map(renumbered).collect();
        all.sort_unstable();
        Self {
            numbers: all.iter().map(|&(_, former)| former).zip(0..).collect(),
            origins: all.into_iter().map(|(origin, _)| origin).collect(),
            data_classes: ordered.names,
            class_sets: ordered.sets,
        }
    }

    /// Numbers the origins of one breach with these class sets.
    pub(super) fn of_one_breach(class_sets: &BTreeSet<u32>, classes: &Classes) -> Self {
        Self::new(&class_sets.iter().map(|&class_set| (0, class_set)).collect(), classes)
    }

    /// The origins of an existing index, with that index's numbers, for an excerpt of it.
    pub fn of_index(index: &Index) -> Self {
        let data_classes = index.metadata().data_classes.clone();
        let (class_sets, origins) = (index.class_sets().collect(), index.origins().collect());
        Self { data_classes, class_sets, origins, numbers: BTreeMap::new() }
    }

    /// One origin for each of these sets of data classes, and one without any at the end.
    pub(super) fn of_class_sets(data_classes: Vec<DataClass>, sets: &[ClassSet]) -> Self {
        let class_sets: Vec<_> = sets.iter().copied().chain([ClassSet::default()]).collect();
        let numbers = (0..).take(class_sets.len());
        let origins = numbers.map(|class_set| Origin { breach: 0, class_set }).collect();
        Self { data_classes, class_sets, origins, numbers: BTreeMap::new() }
    }

    /// The number of an origin; `None` if it was not collected.
    pub fn number_of(&self, breach: u32, class_set: u32) -> Option<u32> {
        self.numbers.get(&(breach, class_set)).copied()
    }
}
