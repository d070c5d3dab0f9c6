//! The fields of one row of cells.

use leakdex::Reason;

use crate::split::Cut;

/// The unescaped fields of a row, concatenated.
#[derive(Default)]
pub(crate) struct Fields {
    pub bytes: Vec<u8>,
    ends: Vec<usize>,
    /// The numbers of the fields whose value cannot be read, in ascending order.
    unusable: Vec<(usize, Reason)>,
}

impl Fields {
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.unusable.clear();
    }

    /// Ends the current field at the end of the bytes.
    pub fn end_field(&mut self) {
        self.ends.push(self.bytes.len());
    }

    /// Adds a field whose value cannot be read.
    pub fn push_unusable(&mut self, reason: Reason) {
        self.unusable.push((self.len(), reason));
        self.end_field();
    }

    /// Whether the value of a field cannot be read.
    pub fn has_unusable(&self) -> bool {
        !self.unusable.is_empty()
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The size of the row in a [`Cut`], in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len() + self.len() * (1 + size_of::<u32>()) + size_of_val(&self.unusable[..])
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len()).filter_map(|number| self.get(number))
    }

    fn get(&self, number: usize) -> Option<&[u8]> {
        let start = if number == 0 { 0 } else { *self.ends.get(number - 1)? };
        self.bytes.get(start..*self.ends.get(number)?)
    }

    /// Writes the row to `cut`: all fields in order, or for each column the field with the given number.
    pub fn write(&self, order: Option<&[Option<usize>]>, cut: &mut Cut) {
        let first = cut.ends.len();
        match order {
            None => {
                cut.push_row(self.iter());
                let unusable = self.unusable.iter();
                cut.unusable.extend(unusable.map(|&(number, why)| (first + number, why)));
            }
            Some(order) => {
                let field = |number: &Option<usize>| number.and_then(|number| self.get(number));
                cut.push_row(order.iter().map(|number| field(number).unwrap_or_default()));
                // Values are added in order, so the list is sorted by their numbers.
                let place =
                    |number| self.unusable.binary_search_by_key(&number, |&(field, _)| field).ok();
                for (column, number) in order.iter().enumerate() {
                    if let Some(place) = number.and_then(place) {
                        cut.unusable.push((first + column, self.unusable[place].1));
                    }
                }
            }
        }
    }
}
