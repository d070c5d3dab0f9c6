//! Numbers the different exposures of an index, in an order that does not depend on the order of
//! the records.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::classes::Classes;
use crate::{
    breach::DataClass,
    index::{ClassSet, Occurrence},
};

/// Numbers the exposures of an index in the order of their first appearance. Their class sets have the
/// numbers from [`Classes`].
#[derive(Default)]
pub(super) struct Exposures {
    numbers: BTreeMap<Vec<Occurrence>, u32>,
    /// How many records each exposure is of, by its number.
    records: Vec<u64>,
}

impl Exposures {
    /// The number of an exposure.
    pub fn collect(&mut self, exposure: &[Occurrence]) -> u32 {
        // Most entries have the same exposure as another entry.
        if let Some(&number) = self.numbers.get(exposure) {
            return number;
        }
        let number =
            u32::try_from(self.numbers.len()).expect("each exposure takes some bytes of memory");
        self.numbers.insert(exposure.to_vec(), number);
        self.records.push(exposure.iter().map(|occurrence| occurrence.records).sum());
        number
    }

    /// How many records the exposure of this number is of.
    pub fn records(&self, number: u32) -> u64 {
        self.records[number as usize]
    }

    pub fn number(&self, classes: &Classes) -> NumberedExposures {
        let used = self.numbers.keys().flatten().map(|occurrence| occurrence.class_set).collect();
        let ordered = classes.in_order(&used);
        let renumbered = |exposure: &Vec<Occurrence>| -> Vec<Occurrence> {
            let occurrences = exposure.iter().map(|occurrence| Occurrence {
                class_set: ordered.number_of[&occurrence.class_set],
                ..*occurrence
            });
            occurrences.collect()
        };
        let mut all: Vec<_> = self
            .numbers
            .iter()
            .map(|(collected, &number)| (renumbered(collected), collected, number))
            .collect();
        all.sort_unstable();
        let mut places = vec![0; all.len()];
        let mut number_of = BTreeMap::new();
        let mut exposures = Vec::with_capacity(all.len());
        for (place, (exposure, collected, number)) in all.into_iter().enumerate() {
            places[number as usize] = place;
            number_of.insert(collected.clone(), place);
            exposures.push(exposure);
        }
        NumberedExposures {
            data_classes: ordered.names,
            class_sets: ordered.sets,
            exposures,
            places,
            number_of,
        }
    }
}

/// Exposures as an index file holds them.
#[derive(Default)]
pub(crate) struct NumberedExposures {
    /// The data classes, in the order of their names.
    pub data_classes: Vec<DataClass>,
    pub class_sets: Vec<ClassSet>,
    pub exposures: Vec<Vec<Occurrence>>,
    /// The place of each in that list, by the number that it was collected under.
    pub places: Vec<usize>,
    /// The number of each exposure, by the exposure as it was collected. Exposures are few, and
    /// cheaper to compare than to hash.
    pub number_of: BTreeMap<Vec<Occurrence>, usize>,
}

impl NumberedExposures {
    /// Digests class sets and exposures as the file holds them, each list after its length.
    pub fn digest_into(&self, digest: &mut Sha256) {
        digest.update((self.class_sets.len() as u64).to_le_bytes());
        self.class_sets.iter().for_each(|set| digest.update(set.as_bytes()));
        digest.update((self.exposures.len() as u64).to_le_bytes());
        for exposure in &self.exposures {
            digest.update((exposure.len() as u64).to_le_bytes());
            exposure.iter().for_each(|occurrence| digest.update(occurrence.encode()));
        }
    }

    /// The number of an exposure as it was collected; `None` if it was not collected.
    pub fn number_of(&self, exposure: &[Occurrence]) -> Option<usize> {
        self.number_of.get(exposure).copied()
    }
    /// The number of the exposure that was collected under this number; `None` if none was.
    pub fn place(&self, collected: u32) -> Option<usize> {
        self.places.get(collected as usize).copied()
    }
}
