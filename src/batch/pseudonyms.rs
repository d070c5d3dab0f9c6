//! The identifiers of rows, hashed.

use crate::{
    identifier::Kind,
    pseudonym::{CodeKey, Pseudonym},
};

/// An identifier that was hashed.
#[derive(Clone, Copy)]
pub(crate) struct HashedIdentifier {
    pub pseudonym: Pseudonym,
    pub kind: Kind,
    pub code_key: CodeKey,
    /// For a match key: the combinations of values that make it.
    pub persons: Combinations,
}

/// Some of the combinations of a row's values. Each combination may be a person.
#[derive(Clone, Copy)]
pub(crate) struct Combinations(u64);

impl Combinations {
    /// The last bit. All combinations from this number on share it.
    const LAST: u8 = 63;

    /// The combination with this number, from 0.
    pub const fn only(number: u8) -> Self {
        Self(1 << if number < Self::LAST { number } else { Self::LAST })
    }

    /// Whether the combination with this number is one of them.
    pub const fn has(self, number: u8) -> bool {
        self.0 & Self::only(number).0 != 0
    }
}

/// The pseudonyms of some rows, in ascending order within each row. Two spellings of one identifier
/// in a row give one pseudonym.
pub(crate) struct RowPseudonyms {
    all: Vec<HashedIdentifier>,
    /// The end of the pseudonyms of each row.
    ends: Vec<usize>,
}

impl RowPseudonyms {
    pub fn with_capacity(count: usize) -> Self {
        Self { all: Vec::with_capacity(count), ends: Vec::new() }
    }

    /// Adds an identifier to the current row.
    pub fn push(&mut self, identifier: HashedIdentifier) {
        self.all.push(identifier);
    }

    /// Ends the current row.
    pub fn end_row(&mut self) {
        let start = self.ends.last().copied().unwrap_or(0);
        self.all[start..].sort_unstable_by_key(|identifier| identifier.pseudonym);
        let mut end = start;
        for place in start..self.all.len() {
            if end == start || self.all[end - 1].pseudonym != self.all[place].pseudonym {
                self.all[end] = self.all[place];
                end += 1;
            } else {
                let persons = self.all[place].persons;
                self.all[end - 1].persons.0 |= persons.0;
            }
        }
        self.all.truncate(end);
        self.ends.push(end);
    }

    /// The number of pseudonyms.
    pub const fn len(&self) -> usize {
        self.all.len()
    }

    /// The pseudonyms of each row.
    pub fn rows(&self) -> impl Iterator<Item = &[HashedIdentifier]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.all[start..end])
    }
}
