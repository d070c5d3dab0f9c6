//! Which index a caller wants, beside that it is sound.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Index;
use crate::error::{Error, IndexFault};

/// The name of one index: 64 bits of the MAC over all that it holds. Another index has another id,
/// but for a chance of 2⁻⁶⁴, and the same records, key and breach give the same one.
///
/// It is public, and says nothing about what the index holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexId(pub(super) [u8; IndexId::LENGTH]);

impl IndexId {
    pub(super) const LENGTH: usize = 8;
}

/// Which index a caller wants: with [`Index::require`] another one is refused, though it is sound
/// and of the right key. An earlier index, put back in the place of a newer one, lacks what leaked
/// since, and would call those people *not affected*.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Record, Requirements};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?).generation(7);
/// builder.add(&Record::new().kvnr("A123456780"))?;
/// let index = builder.build()?;
///
/// let index = index.require(&Requirements::new().min_generation(7))?;
/// assert!(index.require(&Requirements::new().min_generation(8)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    min_generation: u64,
    id: Option<IndexId>,
}

impl Requirements {
    /// Any index will do.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Of this generation or a later one, as [`IndexBuilder::generation`] set it.
    ///
    /// [`IndexBuilder::generation`]: crate::IndexBuilder::generation
    #[must_use]
    pub const fn min_generation(mut self, generation: u64) -> Self {
        self.min_generation = generation;
        self
    }

    /// The one with this id and no other.
    #[must_use]
    pub const fn id(mut self, id: IndexId) -> Self {
        self.id = Some(id);
        self
    }

    pub(crate) fn at_least(self, generation: u64) -> Self {
        Self { min_generation: self.min_generation.max(generation), ..self }
    }

    fn check(&self, index: &Index) -> Result<(), IndexFault> {
        let (found, generation) = (index.id(), index.generation());
        match self.id {
            Some(required) if required != found => Err(IndexFault::OtherIndex { found, required }),
            _ if generation < self.min_generation => {
                Err(IndexFault::TooOld { generation, required: self.min_generation })
            }
            _ => Ok(()),
        }
    }
}

impl Index {
    /// The index itself, if it is one that the caller wants.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if it is not.
    pub fn require(self, requirements: &Requirements) -> Result<Self, Error> {
        requirements.check(&self)?;
        Ok(self)
    }
}

impl fmt::Display for IndexId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for IndexId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "IndexId({self})")
    }
}

impl FromStr for IndexId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut id = [0; Self::LENGTH];
        hex::decode_to_slice(text, &mut id).map_err(|_| "an index id has 16 hex digits")?;
        Ok(Self(id))
    }
}

impl Serialize for IndexId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IndexId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
