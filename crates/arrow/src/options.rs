//! How record batches are read.

use std::{fmt, num::NonZeroUsize};

use leakdex::{DateOrder, Normaliser};
use leakdex_input::{Mapping, OptionError, Target};

/// How to read record batches, and which columns come back beside the verdicts. The default recognises all columns
/// and uses a thread for each core.
#[derive(Clone, Default)]
pub struct Options {
    /// The columns that the caller maps. The others are recognised by their names and values, like those of files
    /// in the command.
    pub columns: Vec<Mapping>,
    /// Whether to use only the mapped columns. Other columns then raise no error. This is for the tasks of a run
    /// whose columns [`resolve`](crate::resolve) has already recognised.
    pub only_mapped: bool,
    /// The order of day and month in dates of birth as text. Without it, each column has to show its order.
    pub date_order: Option<DateOrder>,
    /// The same for one column, by its name.
    pub date_orders: Vec<(String, DateOrder)>,
    /// The columns of the input that come back beside the verdicts, in this order.
    pub keep: Vec<String>,
    /// The number of threads; one for each core if not given. With one, the calling thread does the work.
    pub threads: Option<NonZeroUsize>,
    /// The number of this task, from 0, if several tasks check parts of one list. Each task looks for shifted dates in
    /// its first block and in some others, and task 0 in more blocks than the others.
    pub task: u64,
}

/// Shows no column names, because a name may be a person's value.
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
    /// If there is no such target. The error names the closest one.
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
