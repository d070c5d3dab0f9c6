//! The entries that were found.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use leakdex::{FoundIndex, Index, Key, Kind, LeakDescription, LeakedRecord};
use zeroize::Zeroizing;

use crate::error::Error;

/// The entries of a table that members hit, after everything about them is verified. `Debug` shows their
/// number.
pub struct Found {
    leak: LeakDescription,
    identifiers: BTreeMap<Kind, BTreeMap<Canonical, Vec<LeakedRecord>>>,
}

/// The canonical bytes of an identifier.
struct Canonical(Zeroizing<Vec<u8>>);

impl Found {
    pub(super) const fn new(leak: LeakDescription) -> Self {
        Self { leak, identifiers: BTreeMap::new() }
    }

    /// Adds an identifier, if it is not there yet.
    pub(super) fn add(
        &mut self,
        kind: Kind,
        canonical: &[u8],
        records: impl FnOnce() -> Vec<LeakedRecord>,
    ) {
        let of_kind = self.identifiers.entry(kind).or_default();
        let canonical = Canonical(Zeroizing::new(canonical.to_vec()));
        of_kind.entry(canonical).or_insert_with(|| {
            // A hostile provider may give one record contradictory entries. The first one counts.
            let mut tags = BTreeSet::new();
            records().into_iter().filter(|record| tags.insert(record.tag)).collect()
        });
    }

    /// How many different identifiers were found.
    #[must_use]
    pub fn len(&self) -> usize {
        self.identifiers.values().map(BTreeMap::len).sum()
    }

    /// Whether none was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the provider says of the leak.
    #[must_use]
    pub const fn description(&self) -> &LeakDescription {
        &self.leak
    }

    /// An index of these entries. A check of the same member lists against it gives the verdicts. Nobody else may be
    /// checked: hand each batch to a [`ListDigest`](crate::ListDigest), too.
    ///
    /// Each index has a key of its own, which nobody needs to keep. Under one key, records of two tables would add
    /// up: the tags of their records say nothing of each other.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the entries do not fit an index, or if the operating system gives no random bytes.
    pub fn into_index(self) -> Result<Index, Error> {
        let mut index = FoundIndex::new(&Key::generate()?, &self.leak)?;
        for (&kind, identifiers) in &self.identifiers {
            for (canonical, records) in identifiers {
                index.add(kind, &canonical.0, records)?;
            }
        }
        Ok(index.build()?)
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Found({} identifiers)", self.len())
    }
}

impl PartialEq for Canonical {
    fn eq(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }
}

impl Eq for Canonical {}

impl PartialOrd for Canonical {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Canonical {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (*self.0).cmp(&*other.0)
    }
}
