//! How record batches are read.

use std::{fmt, num::NonZeroUsize};

use leakdex::{DateOrder, Normaliser};
use leakdex_input::{Mapping, OptionError, Target};

/// How to read record batches, and what comes back beside the verdicts. The default recognises all columns
/// and uses a thread for each core.
#[derive(Clone, Default)]
pub struct Options {
    /// The columns that the caller maps. The others are recognised by their names and values, as the command
    /// recognises those of files.
    pub columns: Vec<Mapping>,
    /// Whether only the mapped columns are used. The others are not used, and no error says so. This is for
    /// the tasks of a run whose columns were recognised before, by [`resolve`](crate::resolve).
    pub only_mapped: bool,
    /// The order of day and month in the dates of birth that are text. Without one, each column shows it.
    pub date_order: Option<DateOrder>,
    /// The same for one column, by its name.
    pub date_orders: Vec<(String, DateOrder)>,
    /// The columns of the input that come back beside the verdicts, in this order.
    pub keep: Vec<String>,
    /// The number of threads; one for each core if not given. One means the calling thread.
    pub threads: Option<NonZeroUsize>,
    /// The number of this task, from 0, if several tasks check parts of one list. The first one looks for
    /// signs of shifted dates more often than the others.
    pub task: u64,
}

/// Shows no name of a column: it may be a person's value.
impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Options").finish_non_exhaustive()
    }
}

impl Options {
    /// Maps a column to a field by its slug, or to `id`, `ignore` or `class:SLUG`.
    ///
    /// # Errors
    ///
    /// If there is no such target; the error names the closest one.
    pub fn map(&mut self, header: &str, target: &str) -> Result<(), OptionError> {
        let target: Target = target.parse()?;
        self.columns.push(Mapping { header: header.to_owned(), target });
        Ok(())
    }

    /// The options of the reader.
    pub(crate) fn of_input(&self, normaliser: Normaliser) -> leakdex_input::Options {
        leakdex_input::Options {
            columns: self.columns.clone(),
            date_order: self.date_order,
            date_orders: self.date_orders.clone(),
            only_mapped: self.only_mapped,
            normaliser,
            ..leakdex_input::Options::default()
        }
    }
}
