//! Folds the rows of a run into persons. Rows with the same reference are one person.

use super::{
    PersonCounts,
    facts::PersonFacts,
    tally::{RowOfPerson, Tally},
};

/// The counts at the end of a run.
#[derive(Default)]
pub struct PersonTotals {
    /// The numbers.
    pub counts: PersonCounts,
    /// The references that several rows have, in ascending order.
    pub repeated: Vec<u64>,
    /// The number of rows whose reference an earlier row has.
    pub repeated_rows: u64,
}

/// A row that shares its reference with another row.
struct Shared {
    reference: u64,
    row: RowOfPerson,
}

impl PersonFacts {
    /// Counts the persons. `references` has a hash for each row, or 0 for a row without a reference. Such a
    /// row is a separate person.
    #[must_use]
    pub fn count(self, references: &[u64]) -> PersonTotals {
        let (repeated, repeated_rows) = repeated(references);
        let mut shared = Vec::new();
        let mut tally = Tally::new(&self);
        let (mut next_match, mut next_record) = (0, 0);
        for (number, &outcome) in self.rows.0.iter().enumerate() {
            let mut row = RowOfPerson { outcome, starts: None };
            if tally.is_affected(outcome)
                && let Some(&(records, _)) = self.matches.get(next_match)
            {
                row.starts = Some((next_match, next_record));
                next_match += 1;
                next_record += records as usize;
            }
            let reference = references.get(number).copied().unwrap_or_default();
            if reference != 0 && repeated.binary_search(&reference).is_ok() {
                shared.push(Shared { reference, row });
            } else {
                tally.count(&[row]);
            }
        }
        // The sort is stable, so the rows of a person keep their order.
        shared.sort_by_key(|shared: &Shared| shared.reference);
        for same in shared.chunk_by(|one, other| one.reference == other.reference) {
            let rows: Vec<RowOfPerson> = same.iter().map(|entry| entry.row).collect();
            tally.count(&rows);
        }
        drop(shared);
        PersonTotals { counts: tally.finish(), repeated, repeated_rows }
    }
}

/// The references that several rows have, in ascending order, and the number of rows whose reference an earlier
/// row has. Handles a sixteenth of the references at a time to save memory.
fn repeated(references: &[u64]) -> (Vec<u64>, u64) {
    const PARTS: u64 = 16;
    let (mut repeated, mut rows) = (Vec::new(), 0);
    let mut part = Vec::with_capacity(references.len() / 15);
    for number in 0..PARTS {
        part.clear();
        let is_in_part = |reference: &u64| *reference != 0 && *reference >> 60 == number;
        part.extend(references.iter().copied().filter(is_in_part));
        part.sort_unstable();
        let pairs = part.windows(2).filter(|pair| pair[0] == pair[1]);
        let before = repeated.len();
        repeated.extend(pairs.map(|pair| pair[0]));
        rows += (repeated.len() - before) as u64;
    }
    repeated.dedup();
    (repeated, rows)
}
