//! The identifiers of a batch for protocols that hash them in another way than an index does.

use super::{Batch, batch_number};
use crate::identifier::Kind;

/// An identifier of a row before it is hashed. It has no `Debug`, since it holds a person's value.
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
    /// The number of its row in the batch, from 0.
    pub row: usize,
    /// Its kind.
    pub kind: Kind,
    /// Its canonical bytes: the normal form of a value, or the parts of a match key.
    pub canonical: &'a [u8],
}

impl Batch {
    /// The identifiers of all rows before they are hashed, row by row. Those of a row stand in the order in
    /// which normalising gives them. So the order does not depend on how rows are divided into batches. Two
    /// spellings of one value in a row give the identifier twice.
    pub fn canonical_identifiers(&self) -> impl Iterator<Item = CanonicalIdentifier<'_>> {
        let all = self.identifiers();
        let mut numbers: Vec<u32> = (0..batch_number(all.len())).collect();
        numbers.sort_by_key(|&number| all[number as usize].row);
        numbers.into_iter().map(|number| {
            let one = all[number as usize];
            let canonical = self.canonical(one);
            CanonicalIdentifier { row: one.row as usize, kind: one.kind, canonical }
        })
    }
}
