//! Numbers the different exposures of an index, in an order that does not depend on the order of
//! the records.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::classes::Classes;
use crate::{
    breach::DataClass,
    index::{ClassSet, Occurrence},
};

/// Collects the exposures of an index. Their class sets have the numbers from [`Classes`].
#[derive(Default)]
pub(super) struct Exposures(BTreeSet<Vec<Occurrence>>);

impl Exposures {
    pub fn collect(&mut self, exposure: &[Occurrence]) {
        // Most entries have the same exposure as another entry.
        if !self.0.contains(exposure) {
            self.0.insert(exposure.to_vec());
        }
    }

    pub fn number(self, classes: &Classes) -> NumberedExposures {
        let used = self.0.iter().flatten().map(|occurrence| occurrence.class_set).collect();
        let ordered = classes.in_order(&used);
        let renumbered = |exposure: &Vec<Occurrence>| -> Vec<Occurrence> {
            let occurrences = exposure.iter().map(|occurrence| Occurrence {
                class_set: ordered.number_of[&occurrence.class_set],
                ..*occurrence
            });
            occurrences.collect()
        };
        let mut all: Vec<_> =
            self.0.into_iter().map(|collected| (renumbered(&collected), collected)).collect();
        all.sort_unstable();
        let (exposures, collected): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        NumberedExposures {
            data_classes: ordered.names,
            class_sets: ordered.sets,
            exposures,
            number_of: collected.into_iter().zip(0..).collect(),
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
}
