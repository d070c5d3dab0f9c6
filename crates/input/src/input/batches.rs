//! Record batches as an input.

use std::sync::atomic::Ordering;

use arrow_array::RecordBatchReader;

use super::{Input, SourceInfo};
use crate::{
    batch::Batch, error::InputError, formats::batches, options::Options, rows::beyond_ascii,
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
        let file = SourceInfo {
            size: None,
            position: std::sync::Arc::default(),
            hashed: None,
            stable_file: None,
        };
        batches::open(batches, options)
            .and_then(|opening| Self::begin(name.to_owned(), opening, file, options))
            .map_err(|problem| InputError { file: name.to_owned(), problem })
    }

    /// Updates the progress, and judges the first text beyond ASCII.
    pub(super) fn note_batch(&mut self, batch: &Batch) {
        let rows = batch.rows.num_rows() as u64;
        match (self.size, self.layout.total_rows) {
            // Without a file, progress is measured in bytes of text.
            (None, _) => _ = self.position.fetch_add(batch.size as u64, Ordering::Relaxed),
            // If other threads read the file, progress follows the rows.
            (Some(size), total) if total > 0 => {
                let now = self.position.load(Ordering::Relaxed);
                let share = u128::from(size) * u128::from(rows) / u128::from(total);
                let next = now.saturating_add(u64::try_from(share).unwrap_or(size)).min(size);
                self.position.store(next.max(now), Ordering::Relaxed);
            }
            (Some(_), _) => {}
        }
        if !self.is_judged {
            self.judge_first(&beyond_ascii(batch));
        }
    }
}
