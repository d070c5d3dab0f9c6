//! The entries that were found.

use std::{collections::BTreeSet, fmt};

use leakdex::{FoundIndex, Index, Key, Kind, LeakDescription, LeakedRecord};

use crate::error::Error;

/// The entries of a table that members hit, after everything about them is verified. `Debug` shows only their
/// number.
pub struct TableHits {
    leak: LeakDescription,
    index: FoundIndex,
}

impl TableHits {
    /// Each index has its own key, which nobody needs to keep. The tags of one record in two tables are unrelated,
    /// so under a common key, a check would count it as two records.
    pub(super) fn new(leak: LeakDescription) -> Result<Self, Error> {
        let index = FoundIndex::new(&Key::generate()?, &leak)?;
        Ok(Self { leak, index })
    }

    /// Adds an identifier, unless it is already there.
    pub(super) fn add(
        &mut self,
        kind: Kind,
        canonical: &[u8],
        records: impl FnOnce() -> Vec<LeakedRecord>,
    ) -> Result<(), Error> {
        if self.index.contains(kind, canonical) {
            return Ok(());
        }
        // A hostile provider may give one record contradictory entries. The first one counts.
        let mut tags = BTreeSet::new();
        let records = records().into_iter().filter(|record| tags.insert(record.tag));
        Ok(self.index.add(kind, canonical, &records.collect::<Vec<_>>())?)
    }

    /// The number of different identifiers that were found.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether none was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The provider's description of the leak.
    #[must_use]
    pub const fn description(&self) -> &LeakDescription {
        &self.leak
    }

    /// An index of these entries. A check of the same member lists against it gives the verdicts. Check nobody
    /// else: pass each batch to a [`ListDigest`](crate::ListDigest), too.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the entries do not fit an index.
    pub fn into_index(self) -> Result<Index, Error> {
        Ok(self.index.build()?)
    }
}

impl fmt::Debug for TableHits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TableHits({} identifiers)", self.len())
    }
}
