//! Requirements of a caller, in addition to the checks that every index must pass.

use super::open::Index;
use crate::{
    error::{Error, IndexFault},
    id::IndexId,
};

/// The index that a caller requires. [`Index::require`] refuses any other index, even if it is
/// sound and has the right key. An older index in the place of a newer one lacks later leaks, and
/// would call the people in them *not affected*.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Record, Requirements};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?).generation(7);
/// builder.add(&Record::new().kvnr("A123456780"))?;
/// let index = builder.build()?;
/// let id = index.id();
///
/// let index = index.require(&Requirements::new().min_generation(7).id(id))?;
/// assert!(index.require(&Requirements::new().min_generation(8)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    min_generation: u64,
    id: Option<IndexId>,
}

impl Requirements {
    /// Requirements that every index meets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires this generation or a later one ([`IndexBuilder::generation`]).
    ///
    /// [`IndexBuilder::generation`]: crate::IndexBuilder::generation
    #[must_use]
    pub const fn min_generation(mut self, generation: u64) -> Self {
        self.min_generation = generation;
        self
    }

    /// Requires the index with this id. A shard matches by its own id or by that of the whole
    /// index.
    #[must_use]
    pub const fn id(mut self, id: IndexId) -> Self {
        self.id = Some(id);
        self
    }

    pub(crate) fn at_least(self, generation: u64) -> Self {
        Self { min_generation: self.min_generation.max(generation), ..self }
    }

    /// Refuses an index that does not meet the requirements.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] with [`IndexFault::OtherIndex`] or [`IndexFault::TooOld`].
    pub fn check(&self, index: &Index) -> Result<(), Error> {
        let (found, generation) = (index.id(), index.generation());
        let is_build = |id| index.shard().is_some_and(|shard| shard.build() == id);
        match self.id {
            Some(required) if required != found && !is_build(required) => {
                Err(IndexFault::OtherIndex { found, required }.into())
            }
            _ if generation < self.min_generation => {
                Err(IndexFault::TooOld { generation, required: self.min_generation }.into())
            }
            _ => Ok(()),
        }
    }
}

impl Index {
    /// Returns the index if it meets the requirements.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if it does not.
    pub fn require(self, requirements: &Requirements) -> Result<Self, Error> {
        requirements.check(&self)?;
        Ok(self)
    }
}
