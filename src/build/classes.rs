//! Small numbers for sets of data classes that leaked together in a row.

use std::collections::{BTreeSet, HashMap};

use crate::{breach::DataClass, error::BuildFault, index::ClassSet};

/// Numbers data classes, and sets of them, in the order of their first appearance.
#[derive(Default)]
pub(super) struct Classes {
    names: Vec<DataClass>,
    sets: Vec<ClassSet>,
    number_of: HashMap<ClassSet, u32>,
}

impl Classes {
    /// The number of the set of these classes.
    pub fn set_of_classes(
        &mut self,
        classes: impl Iterator<Item = DataClass>,
    ) -> Result<u32, BuildFault> {
        let mut set = ClassSet::default();
        for class in classes {
            set.insert(self.class(class)?);
        }
        Ok(self.number(set))
    }

    /// For each set, in the order of the numbers: the slugs of its classes, sorted and separated by
    /// single spaces.
    pub fn slugs(&self) -> Vec<String> {
        let slugs = self.sets.iter().map(|set| {
            let slugs: BTreeSet<_> = set.places().map(|class| self.names[class].as_str()).collect();
            slugs.into_iter().collect::<Vec<_>>().join(" ")
        });
        slugs.collect()
    }

    /// The `used` sets and their classes, in an order that does not depend on the order of the
    /// rows.
    pub fn in_order(&self, used: &BTreeSet<u32>) -> OrderedClasses {
        let names = used.iter().flat_map(|&number| self.set(number).places());
        let names: BTreeSet<&DataClass> = names.map(|class| &self.names[class]).collect();
        let names: Vec<DataClass> = names.into_iter().cloned().collect();
        let renumbered = |number: u32| {
            let mut set = ClassSet::default();
            for class in self.set(number).places() {
                let place = names.binary_search(&self.names[class]);
                set.insert(place.expect("the names are those of the used sets"));
            }
            (set, number)
        };
        let mut sets: Vec<(ClassSet, u32)> = used.iter().map(|&set| renumbered(set)).collect();
        sets.sort_unstable();
        OrderedClasses {
            number_of: sets.iter().map(|&(_, former)| former).zip(0..).collect(),
            sets: sets.into_iter().map(|(set, _)| set).collect(),
            names,
        }
    }

    fn class(&mut self, class: DataClass) -> Result<usize, BuildFault> {
        if let Some(number) = self.names.iter().position(|known| *known == class) {
            return Ok(number);
        }
        if self.names.len() == ClassSet::MAX_CLASSES {
            return Err(BuildFault::TooManyDataClasses);
        }
        self.names.push(class);
        Ok(self.names.len() - 1)
    }

    fn number(&mut self, set: ClassSet) -> u32 {
        *self.number_of.entry(set).or_insert_with(|| {
            self.sets.push(set);
            u32::try_from(self.sets.len() - 1).expect("each set takes 32 bytes of memory")
        })
    }

    fn set(&self, number: u32) -> ClassSet {
        self.sets[number as usize]
    }
}

/// Data classes and sets of them, as an index file numbers them.
pub(super) struct OrderedClasses {
    /// The classes, sorted by name.
    pub names: Vec<DataClass>,
    /// The sets. Each contains the positions of its classes in `names`.
    pub sets: Vec<ClassSet>,
    /// The number of each set, by its number in [`Classes`].
    pub number_of: HashMap<u32, u32>,
}
