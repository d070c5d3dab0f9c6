//! Several indexes, checked as one.

use crate::{
    batch::Batch,
    check,
    error::{Error, IndexFault},
    identifier::{KindSet, Normaliser},
    index::Index,
    verdict::Verdict,
};

/// Several indexes, checked as one: a member is hashed once for each key, and a verdict names every
/// breach.
///
/// A kind counts as checked if one of the indexes holds it; a kind that another of them lacks
/// stands in the coverage as *not held*.
#[derive(Debug)]
pub struct IndexSet {
    indexes: Vec<Index>,
    normaliser: Normaliser,
}

impl IndexSet {
    /// Puts indexes together. The set normalises as they do.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if they normalise by different rules.
    pub fn new(indexes: Vec<Index>) -> Result<Self, Error> {
        let mut normaliser = Normaliser::new();
        if let Some((first, others)) = indexes.split_first() {
            normaliser = first.normaliser();
            if others.iter().any(|other| other.normaliser() != normaliser) {
                return Err(IndexFault::DifferentRules.into());
            }
        }
        Ok(Self { indexes, normaliser })
    }

    /// Normalises members by these rules.
    #[must_use]
    pub fn with_normaliser(mut self, normaliser: Normaliser) -> Self {
        self.normaliser = normaliser;
        self
    }

    /// The indexes, in the order in which they were given.
    #[must_use]
    pub fn indexes(&self) -> &[Index] {
        &self.indexes
    }

    /// The kinds that at least one of the indexes holds.
    #[must_use]
    pub fn kinds(&self) -> KindSet {
        self.indexes.iter().fold(KindSet::EMPTY, |all, index| all.union(index.kinds()))
    }

    /// An empty batch that normalises as this set does.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch::new(self.normaliser, self.kinds())
    }

    /// Checks the members of a batch on this thread, as [`Index::check_batch`] does.
    ///
    /// # Panics
    ///
    /// If the batch comes from elsewhere, as there.
    #[must_use]
    pub fn check_batch(&self, batch: &Batch) -> Vec<Verdict<'_>> {
        let indexes: Vec<&Index> = self.indexes.iter().collect();
        check::check_batch(&indexes, self.normaliser, batch)
    }
}
