//! The identifiers of a leak before hashing, for tables that hash them differently from its index.

use std::{collections::BTreeMap, fmt};

use rayon::slice::ParallelSliceMut;
use zeroize::Zeroizing;

use super::builder::IndexBuilder;
use crate::{
    batch::{Batch, batch_number},
    error::Error,
    identifier::{Kind, KindSet},
    index::Index,
};

/// The identifiers of an index before hashing ([`IndexBuilder::keep_identifiers`]): each pair of
/// kind and canonical bytes once, in ascending order.
///
/// They are the leaked values in plain text. Dropping them overwrites them, and `Debug` shows only
/// their number.
#[derive(Default)]
pub struct KeptIdentifiers {
    /// The canonical bytes, batch by batch.
    parts: Vec<Zeroizing<Vec<u8>>>,
    of_kinds: BTreeMap<Kind, Vec<Place>>,
}

/// The position of the canonical bytes of an identifier.
#[derive(Clone, Copy)]
struct Place {
    part: u32,
    start: u32,
    end: u32,
}

/// The identifiers of a batch.
#[derive(Default)]
pub(super) struct KeptBatch {
    bytes: Zeroizing<Vec<u8>>,
    /// The kind of each identifier, and the end of its canonical bytes.
    ends: Vec<(Kind, u32)>,
}

impl KeptBatch {
    /// The identifiers of a batch with these kinds.
    pub fn of(batch: &Batch, kinds: KindSet) -> Self {
        let identifiers =
            || batch.identifiers().iter().filter(|identifier| kinds.contains(identifier.kind));
        let length = identifiers().map(|identifier| batch.canonical(*identifier).len()).sum();
        // Reserve all memory first: growing would leave a copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        let ends = identifiers().map(|identifier| {
            bytes.extend_from_slice(batch.canonical(*identifier));
            (identifier.kind, batch_number(bytes.len()))
        });
        let ends = ends.collect();
        Self { bytes, ends }
    }
}

impl KeptIdentifiers {
    /// Adds the identifiers of a batch.
    pub(super) fn add(&mut self, kept: KeptBatch) {
        let part = u32::try_from(self.parts.len()).expect("there are fewer batches");
        let mut start = 0;
        for (kind, end) in kept.ends {
            self.of_kinds.entry(kind).or_default().push(Place { part, start, end });
            start = end;
        }
        self.parts.push(kept.bytes);
    }

    fn sort(&mut self) {
        let Self { parts, of_kinds } = self;
        let bytes = |place: &Place| &parts[place.part as usize][place.range()];
        for places in of_kinds.values_mut() {
            places.par_sort_unstable_by(|one, other| bytes(one).cmp(bytes(other)));
            places.dedup_by(|next, first| bytes(next) == bytes(first));
        }
    }

    /// The number of identifiers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.of_kinds.values().map(Vec::len).sum()
    }

    /// Whether there are no identifiers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of identifiers of a kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.of_kinds.get(&kind).map_or(0, Vec::len)
    }

    /// The canonical bytes of an identifier. `number` counts the identifiers of its kind, from 0.
    ///
    /// # Panics
    ///
    /// If there is no such identifier.
    #[must_use]
    pub fn get(&self, kind: Kind, number: usize) -> &[u8] {
        let places = self.of_kinds.get(&kind).map_or(&[][..], Vec::as_slice);
        let place = &places[number];
        &self.parts[place.part as usize][place.range()]
    }
}

impl Place {
    const fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl fmt::Debug for KeptIdentifiers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeptIdentifiers({})", self.len())
    }
}

impl IndexBuilder<'_> {
    /// Also keeps the identifiers before hashing, in memory, for
    /// [`build_with_identifiers`](Self::build_with_identifiers).
    ///
    /// # Panics
    ///
    /// If records were added already. Their identifiers would be missing.
    #[must_use]
    pub fn keep_identifiers(mut self) -> Self {
        self.invalidate_hashers("identifiers are kept from the first record on");
        self.kept = Some(KeptIdentifiers::default());
        self
    }

    /// Builds the index in memory, and also returns its identifiers before hashing.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Kind, Record};
    ///
    /// let key = Key::generate()?;
    /// let breach = Breach::named("bitmarck-2023-01")?;
    /// let mut builder = IndexBuilder::new(&key, breach).keep_identifiers();
    /// builder.add(&Record::new().kvnr("A 123 456 780").username("eva"))?;
    /// builder.add(&Record::new().kvnr("A123456780"))?;
    /// let (index, identifiers) = builder.build_with_identifiers()?;
    /// assert_eq!((index.len(), identifiers.len()), (2, 2));
    /// assert_eq!(identifiers.get(Kind::Kvnr, 0), b"A123456780");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build).
    ///
    /// # Panics
    ///
    /// If the builder did not [keep](Self::keep_identifiers) them.
    pub fn build_with_identifiers(mut self) -> Result<(Index, KeptIdentifiers), Error> {
        let mut kept = self.kept.take().expect("the builder was made to keep identifiers");
        kept.sort();
        Ok((self.build()?, kept))
    }
}
