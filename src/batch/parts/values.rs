//! The values of one part of match keys, by row.

use crate::{batch::batch_number, identifier::Reason};

/// How many values of one part are combined with the values of the others.
const LIMIT: usize = 4;

/// The values of one part: the first value of each row, and the further values of the few rows that
/// have some.
#[derive(Clone)]
pub(super) struct Values<T> {
    pub by_row: Vec<Option<T>>,
    further: Vec<(u32, T)>,
    /// How many of the further values are sorted by row.
    ordered: usize,
    /// How many further values each row has; empty if no row has any.
    counts: Vec<u8>,
}

impl<T: Copy> Values<T> {
    pub fn clear(&mut self) {
        self.by_row.clear();
        self.further.clear();
        self.ordered = 0;
        self.counts.clear();
    }

    pub fn begin(&mut self, rows: usize) {
        self.by_row.resize(self.by_row.len() + rows, None);
    }

    /// The values of these rows, in this order.
    pub fn select(&self, rows: &[usize]) -> Self {
        let mut selected = Self::default();
        selected.by_row.extend(rows.iter().map(|&row| self.by_row[row]));
        for (number, row) in rows.iter().enumerate() {
            for value in self.present(*row).skip(1) {
                // `push` cannot fail: the row has as many values here.
                let _ = selected.push(number, value);
            }
        }
        selected.finish();
        selected
    }

    /// Sorts the further values by row, since they are added column by column.
    pub fn finish(&mut self) {
        self.further[self.ordered..].sort_by_key(|(row, _)| *row);
        self.ordered = self.further.len();
    }

    pub fn push(&mut self, row: usize, value: T) -> Result<(), Reason> {
        let first = &mut self.by_row[row];
        if first.is_none() {
            *first = Some(value);
            return Ok(());
        }
        self.counts.resize(self.by_row.len(), 0);
        if usize::from(self.counts[row]) + 1 == LIMIT {
            return Err(Reason::TooManyValues);
        }
        self.counts[row] += 1;
        self.further.push((batch_number(row), value));
        Ok(())
    }

    /// Whether the first value of a row, or the value that was added last, matches. This finds
    /// repeated values, since a cell adds its values one after the other and may repeat one half of
    /// a name.
    pub fn has(&self, row: usize, matches: impl Fn(&T) -> bool) -> bool {
        let last = self.further.last().filter(|(other, _)| *other as usize == row);
        self.by_row[row].iter().chain(last.map(|(_, value)| value)).any(matches)
    }

    /// The values of a row.
    pub fn present(&self, row: usize) -> impl Iterator<Item = T> {
        self.of(row).flatten()
    }

    /// Each value of a row; a single `None` if it has none.
    pub fn of(&self, row: usize) -> impl Iterator<Item = Option<T>> {
        let further = match self.counts.get(row) {
            None | Some(0) => &[],
            Some(&count) => {
                let start = self.further.partition_point(|&(other, _)| (other as usize) < row);
                &self.further[start..start + usize::from(count)]
            }
        };
        std::iter::once(self.by_row[row]).chain(further.iter().map(|&(_, value)| Some(value)))
    }
}

impl<T> Default for Values<T> {
    fn default() -> Self {
        Self { by_row: Vec::new(), further: Vec::new(), ordered: 0, counts: Vec::new() }
    }
}
