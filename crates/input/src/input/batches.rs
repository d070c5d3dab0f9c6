//! Record batches as an input.

use std::sync::atomic::Ordering;

use arrow_array::RecordBatchReader;

use super::Input;
use crate::{
    batch::Batch, error::InputError, formats::batches, options::Options, rows::beyond_ascii,
    source::Underlying,
};

impl Input {
    /// Opens a stream of record batches and reads the first ones, as [`Input::open`] does with a file.
    /// Messages show `name`.
    ///
    /// Each array is validated before it is used. Text is not copied, except from view arrays.
    ///
    /// # Errors
    ///
    /// If the stream ends with an error, an array is invalid, there are no rows, the type of a column does
    /// not fit its use, or no column is usable.
    pub fn of_batches(
        name: &str,
        batches: Box<dyn RecordBatchReader + Send>,
        options: &Options,
    ) -> Result<Self, InputError> {
        batches::open(batches, options)
            .and_then(|opening| {
                Self::begin(name.to_owned(), opening, Underlying::default(), options)
            })
            .map_err(|problem| InputError { file: name.to_owned(), problem })
    }

    /// Updates the progress, and checks the encoding of the first text beyond ASCII.
    pub(super) fn note_batch(&mut self, batch: &Batch) {
        let rows = batch.rows.num_rows() as u64;
        let position = &self.file.position;
        match (self.file.size, self.layout.total_rows) {
            // Without a file, progress is measured in bytes of text.
            (None, _) => _ = position.fetch_add(batch.size as u64, Ordering::Relaxed),
            // If other threads read the file, progress is estimated from the rows.
            (Some(size), total) if total > 0 => {
                let now = position.load(Ordering::Relaxed);
                let share = u128::from(size) * u128::from(rows) / u128::from(total);
                let next = now.saturating_add(u64::try_from(share).unwrap_or(size)).min(size);
                position.store(next.max(now), Ordering::Relaxed);
            }
            (Some(_), _) => {}
        }
        if !self.is_encoding_checked {
            self.check_first_encoding(&beyond_ascii(batch));
        }
    }
}
