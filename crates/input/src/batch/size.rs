//! The size of the text in the rows of a record batch. It does not depend on how arrays store the text, or on
//! how a stream is split into batches.

use arrow_array::{Array, ArrayRef, RecordBatch, cast::AsArray as _};
use arrow_buffer::ArrowNativeType as _;
use arrow_schema::DataType;

use super::each_key;

/// The text size of the rows of a batch, in bytes, as it would be in a delimited file.
pub(crate) struct TextSize {
    rows: usize,
    /// The size that is the same in each row: the delimiters, and the values of fixed-width columns.
    row_size: usize,
    /// The columns with offsets into their text.
    with_offsets: Vec<ArrayRef>,
    /// The total size of the other columns before each row; empty if there are no such columns.
    before: Vec<usize>,
}

/// The length of a date as text, in bytes. A number has about the same length.
const NUMBER_LENGTH: usize = 10;

impl TextSize {
    pub fn of(batch: &RecordBatch) -> Self {
        let (rows, count) = (batch.num_rows(), batch.num_columns());
        let mut size =
            Self { rows, row_size: count.max(1), with_offsets: Vec::new(), before: Vec::new() };
        for array in batch.columns() {
            match array.data_type() {
                DataType::Utf8 | DataType::Binary | DataType::LargeUtf8 | DataType::LargeBinary => {
                    size.with_offsets.push(array.clone());
                }
                DataType::Utf8View => size.add(array.as_string_view().lengths()),
                DataType::BinaryView => size.add(array.as_binary_view().lengths()),
                DataType::FixedSizeBinary(width) => size.row_size += width.to_usize().unwrap_or(0),
                DataType::Null => {}
                DataType::Dictionary(key, _) => {
                    let lengths = lengths(array.as_any_dictionary().values());
                    let mut column_lengths = Vec::with_capacity(rows);
                    each_key(key, array, 0..rows, |key| {
                        column_lengths
                            .push(key.and_then(|key| lengths.get(key).copied()).unwrap_or(0));
                    });
                    size.add(column_lengths.into_iter());
                }
                _ => size.row_size += NUMBER_LENGTH,
            }
        }
        size
    }

    /// Adds a column, given the lengths of its values.
    fn add(&mut self, lengths: impl Iterator<Item = u32>) {
        self.before.resize(self.rows + 1, 0);
        let mut sum = 0_usize;
        for (before, length) in self.before[1..].iter_mut().zip(lengths) {
            sum += length as usize;
            *before += sum;
        }
    }

    /// The size of all rows before this one, in bytes.
    pub fn size_before(&self, row: usize) -> usize {
        let with_offsets = self.with_offsets.iter().map(|array| text_before(array, row));
        let others = self.before.get(row).copied().unwrap_or(0);
        self.row_size * row + others + with_offsets.sum::<usize>()
    }

    /// Counts the rows from `start` on until their size reaches this many bytes; at least one row. The flag is
    /// false if all remaining rows together are smaller.
    pub fn rows_for(&self, start: usize, bytes: usize) -> (usize, bool) {
        let goal = self.size_before(start).saturating_add(bytes);
        let (mut low, mut high) = (start + 1, self.rows);
        // Find the smallest end at which the size of all rows before it reaches the goal.
        while low < high {
            let middle = low.midpoint(high);
            if self.size_before(middle) < goal { low = middle + 1 } else { high = middle }
        }
        (low - start, self.size_before(low) >= goal)
    }
}

/// The size of the text before a row, in an array with offsets.
fn text_before(array: &ArrayRef, row: usize) -> usize {
    let small = |offsets: &[i32]| offsets[row].as_usize() - offsets[0].as_usize();
    let large = |offsets: &[i64]| offsets[row].as_usize() - offsets[0].as_usize();
    match array.data_type() {
        DataType::Utf8 => small(array.as_string::<i32>().value_offsets()),
        DataType::Binary => small(array.as_binary::<i32>().value_offsets()),
        DataType::LargeUtf8 => large(array.as_string::<i64>().value_offsets()),
        _ => large(array.as_binary::<i64>().value_offsets()),
    }
}

/// The lengths of the values of a dictionary.
fn lengths(values: &ArrayRef) -> Vec<u32> {
    match values.data_type() {
        DataType::Utf8View => values.as_string_view().lengths().collect(),
        DataType::BinaryView => values.as_binary_view().lengths().collect(),
        DataType::Utf8 | DataType::Binary | DataType::LargeUtf8 | DataType::LargeBinary => {
            let ends = (0..=values.len()).map(|row| text_before(values, row)).collect::<Vec<_>>();
            let length = |pair: &[usize]| u32::try_from(pair[1] - pair[0]).unwrap_or(u32::MAX);
            ends.windows(2).map(length).collect()
        }
        _ => vec![u32::try_from(NUMBER_LENGTH).unwrap_or(0); values.len()],
    }
}
