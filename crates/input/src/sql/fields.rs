//! The fields of one row of a dump, and how they are written out as delimited text.

use memchr::memchr_iter;

use crate::{
    grammar::{Grammar, QUOTE},
    split::{Cut, How, Run},
};

/// The grammar of what is written out: every field is quoted.
pub(crate) const GRAMMAR: Grammar = Grammar::csv(Some(b','), b'\n');

/// The fields of a row, unescaped, one after the other.
#[derive(Default)]
pub(crate) struct Fields {
    pub bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Fields {
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Says that the bytes from the last field on are a field.
    pub fn end_field(&mut self) {
        self.ends.push(self.bytes.len());
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len()).filter_map(|number| self.get(number))
    }

    fn get(&self, number: usize) -> Option<&[u8]> {
        let start = if number == 0 { 0 } else { *self.ends.get(number - 1)? };
        self.bytes.get(start..*self.ends.get(number)?)
    }

    /// Writes the row with its fields as they are, or for each column the field of that number.
    pub fn write(&self, order: Option<&[Option<usize>]>, cut: &mut Cut) {
        let start = cut.bytes.len();
        let mut write = |field: &[u8]| write_field(field, start, &mut cut.bytes);
        match order {
            None => self.iter().for_each(&mut write),
            Some(order) => {
                let field = |&number: &Option<usize>| self.get(number?);
                order.iter().for_each(|number| write(field(number).unwrap_or_default()));
            }
        }
        cut.bytes.push(b'\n');
        cut.end_rows(How::Rows, cut.bytes.len());
    }
}

fn write_field(field: &[u8], row_start: usize, row: &mut Vec<u8>) {
    if row.len() > row_start {
        row.push(b',');
    }
    row.push(QUOTE);
    let mut written = 0;
    for quote in memchr_iter(QUOTE, field) {
        row.extend_from_slice(&field[written..=quote]);
        written = quote;
    }
    row.extend_from_slice(&field[written..]);
    row.push(QUOTE);
}

/// Writes that a row is there that could not be read.
pub(super) fn write_missing(how: How, cut: &mut Cut) {
    cut.runs.push(Run { how, end: cut.bytes.len() });
}
