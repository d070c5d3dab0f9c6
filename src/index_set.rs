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
///
/// ```
/// use leakdex::{Breach, IndexBuilder, IndexSet, Key, Kind, Normaliser, Record};
///
/// let build = |breach: &str, leaked: &Record| -> Result<_, Box<dyn std::error::Error>> {
///     // Each index may have a key of its own.
///     let key = Key::generate()?;
///     let mut builder = IndexBuilder::new(&key, Breach::named(breach)?);
///     builder.add(leaked)?;
///     Ok(builder.build()?)
/// };
/// let bitmarck = build("bitmarck-2023-01", &Record::new().kvnr("A123456780"))?;
/// let portal = build("portal-2024-05", &Record::new().email("m.muster@example.de"))?;
///
/// let set = IndexSet::new(vec![bitmarck, portal])?
///     .with_normaliser(Normaliser::new().current_year(2026));
/// assert!(set.kinds().contains(Kind::Kvnr) && set.kinds().contains(Kind::Email));
/// assert_eq!(set.indexes().len(), 2);
///
/// let mut batch = set.batch();
/// batch.push(&Record::new().kvnr("A123456780").email("m.muster@example.de"));
/// let verdicts = set.check_batch(&batch);
/// let exposure = verdicts[0].finding().expect("it is in both").exposure();
/// assert_eq!(exposure.by_breach().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
