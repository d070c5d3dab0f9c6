//! Which data classes leaked together in a row, as small numbers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::metadata::ClassSets;
use crate::{
    breach::DataClass,
    error::BuildFault,
    identifier::{Field, FieldSet},
};

/// Numbers data classes, and sets of them, in the order in which they first come.
pub(super) struct Classes {
    names: Vec<DataClass>,
    sets: Vec<ClassSet>,
    number_of: HashMap<ClassSet, u32>,
    /// The sets of rows without classes of their own, by their fields.
    by_fields: HashMap<FieldSet, u32>,
}

/// A set of classes, one bit each.
type ClassSet = [u64; 4];

/// How many classes there can be.
const LIMIT: usize = 256;

impl Classes {
    pub fn new() -> Self {
        Self {
            names: Vec::new(),
            sets: Vec::new(),
            number_of: HashMap::new(),
            by_fields: HashMap::new(),
        }
    }

    /// The number of the set for a row that fills these fields and names these classes, in a
    /// breach in which the classes `of_everyone` leaked.
    pub fn set_of(
        &mut self,
        fields: FieldSet,
        of_row: &[DataClass],
        of_everyone: &[DataClass],
    ) -> Result<u32, BuildFault> {
        if of_row.is_empty()
            && let Some(&number) = self.by_fields.get(&fields)
        {
            return Ok(number);
        }
        let mut set = ClassSet::default();
        let implied = fields.iter().map(Field::data_class);
        for class in implied.chain(of_row.iter().cloned()).chain(of_everyone.iter().cloned()) {
            let class = self.class(class)?;
            set[class / 64] |= 1 << (class % 64);
        }
        let number = self.number(set);
        if of_row.is_empty() {
            self.by_fields.insert(fields, number);
        }
        Ok(number)
    }

    /// The number of the set of these classes.
    pub fn set_of_classes<'a>(
        &mut self,
        classes: impl Iterator<Item = &'a DataClass>,
    ) -> Result<u32, BuildFault> {
        let mut set = ClassSet::default();
        for class in classes {
            let class = self.class(class.clone())?;
            set[class / 64] |= 1 << (class % 64);
        }
        Ok(self.number(set))
    }

    /// The number of the set of all that is in either set.
    pub fn unite(&mut self, one: u32, other: u32) -> u32 {
        if one == other {
            return one;
        }
        let (one, other) = (self.set(one), self.set(other));
        self.number(std::array::from_fn(|word| one[word] | other[word]))
    }

    /// The `used` sets and their classes in an order that does not depend on that of the rows.
    pub fn in_order(&self, used: &BTreeSet<u32>) -> InOrder {
        let members = |number: u32| {
            let set = self.set(number);
            (0..self.names.len()).filter(move |class| set[class / 64] >> (class % 64) & 1 == 1)
        };
        let names: BTreeSet<&DataClass> =
            used.iter().flat_map(|&set| members(set)).map(|class| &self.names[class]).collect();
        let names: Vec<DataClass> = names.into_iter().cloned().collect();
        let place = |class: usize| {
            let place = names.binary_search(&self.names[class]);
            let place = place.expect("the names are those of the used sets");
            u8::try_from(place).expect("there are at most 256 classes")
        };
        let sets: BTreeMap<Vec<u8>, u32> =
            used.iter().map(|&set| (sorted(members(set).map(place)), set)).collect();
        InOrder {
            place_of: sets.values().copied().zip(0..).collect(),
            sets: sets.keys().map(Vec::as_slice).collect(),
            names,
        }
    }

    fn class(&mut self, class: DataClass) -> Result<usize, BuildFault> {
        if let Some(number) = self.names.iter().position(|known| *known == class) {
            return Ok(number);
        }
        if self.names.len() == LIMIT {
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

fn sorted(places: impl Iterator<Item = u8>) -> Vec<u8> {
    let mut places: Vec<u8> = places.collect();
    places.sort_unstable();
    places
}

/// Sets of classes as an index holds them.
pub(super) struct InOrder {
    /// The classes in the order of their names.
    pub names: Vec<DataClass>,
    /// The sets in ascending order, each with its classes' places among the names.
    pub sets: ClassSets,
    /// Where in `sets` the set of each number is.
    pub place_of: HashMap<u32, u32>,
}
