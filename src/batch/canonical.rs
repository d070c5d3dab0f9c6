//! The identifiers of a batch, for protocols that hash them differently from an index.

use super::{Batch, batch_number};
use crate::identifier::Kind;

/// An identifier of a row, not yet hashed. It has no `Debug`, because it holds a person's value.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Kind, Record};
/// # let key = Key::generate()?;
/// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
///
/// let mut batch = builder.batch();
/// batch.push(&Record::new().kvnr("A 123 456 780"));
/// let identifier = batch.canonical_identifiers().next().expect("the row has a number");
/// assert_eq!((identifier.row, identifier.kind), (0, Kind::Kvnr));
/// assert!(identifier.canonical == b"A123456780");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct CanonicalIdentifier<'a> {
    /// The index of its row in the batch.
    pub row: usize,
    /// Its kind.
    pub kind: Kind,
    /// Its canonical bytes: the normal form of a value, or the parts of a match key.
    pub canonical: &'a [u8],
}

impl Batch {
    /// The identifiers of all rows, not yet hashed, row by row. Within a row, they are in the order
    /// of normalising. So the order does not depend on how rows are divided into batches. If a row
    /// has one value in two spellings, its identifier appears twice.
    pub fn canonical_identifiers(&self) -> impl Iterator<Item = CanonicalIdentifier<'_>> {
        let all = self.identifiers();
        let mut numbers: Vec<u32> = (0..batch_number(all.len())).collect();
        numbers.sort_by_key(|&number| all[number as usize].row);
        numbers.into_iter().map(|number| {
            let identifier = all[number as usize];
            let (row, kind) = (identifier.row as usize, identifier.kind);
            CanonicalIdentifier { row, kind, canonical: self.canonical(identifier) }
        })
    }
}
