//! How record batches are read, in C's terms.

use std::{ffi::c_char, num::NonZeroUsize};

use leakdex::DateOrder;
use leakdex_arrow::Options;
use leakdex_input::{Mapping, Target};

use crate::{
    error::LeakdexError,
    guard::{self, Outcome},
};

/// The order of day and month in dates of birth as text, such as 03.04.1980.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum LeakdexDateOrder {
    /// The caller does not know the order. In a batch, the column shows it. For one member, a date that needs the
    /// order is an error.
    Unknown = 0,
    /// 03.04.1980 is in April.
    DayFirst = 1,
    /// 03/04/1980 is in March.
    MonthFirst = 2,
}

/// A column and its content.
#[repr(C)]
pub struct LeakdexColumn {
    /// The column's name.
    pub name: *const c_char,
    /// A field such as "kvnr", "id" for your own reference, "class:SLUG" for a class of leaked data, or
    /// "ignore".
    pub content: *const c_char,
}

/// How record batches are read. Start with `LEAKDEX_OPTIONS_INIT`; a null pointer means the same.
#[repr(C)]
pub struct LeakdexOptions {
    /// `sizeof(LeakdexOptions)`, so that later versions can recognise your version of the struct.
    pub size: usize,
    /// The columns that you map. The others are recognised by their names and values.
    pub columns: *const LeakdexColumn,
    /// The number of `columns`.
    pub column_count: usize,
    /// The names of columns that come back before the verdicts, such as your reference.
    pub keep: *const *const c_char,
    /// The number of `keep`.
    pub keep_count: usize,
    /// The number of threads; 0 for all cores. With 1, the thread that reads the verdicts does the work. But it
    /// waits for another thread that compares a mapped index at the end.
    pub threads: u32,
    /// A `LeakdexDateOrder`.
    pub date_order: u32,
}

/// The options behind a pointer; the defaults for a null pointer.
///
/// # Safety
///
/// The pointer is null, or points to options whose texts and counts are valid.
pub unsafe fn read(options: *const LeakdexOptions) -> Outcome<Options> {
    // SAFETY: as the caller promises.
    let Some(given) = (unsafe { options.as_ref() }) else { return Ok(Options::default()) };
    if given.size != size_of::<LeakdexOptions>() {
        return Err(LeakdexError::argument(
            "the size of the options is wrong: begin with LEAKDEX_OPTIONS_INIT, and use the header \
             of this version",
        ));
    }
    // SAFETY: as the caller promises.
    let (columns, keep) = unsafe {
        let columns = guard::optional(given.columns, given.column_count, "columns")?;
        let keep = guard::optional(given.keep, given.keep_count, "keep")?;
        let columns = columns.iter().enumerate().map(|(place, column)| {
            let name = guard::text(column.name, &format!("the name of columns[{place}]"))?;
            let content = guard::text(column.content, &format!("the content of columns[{place}]"))?;
            mapping(name, content)
        });
        let keep = keep.iter().map(|&name| Ok(guard::text(name, "a name in keep")?.to_owned()));
        (columns.collect::<Outcome<_>>()?, keep.collect::<Outcome<_>>()?)
    };
    Ok(Options {
        columns,
        keep,
        threads: NonZeroUsize::new(given.threads as usize),
        date_order: date_order(given.date_order)?,
        ..Options::default()
    })
}

/// A column and its content, from their names.
pub fn mapping(name: &str, content: &str) -> Outcome<Mapping> {
    let target: Target =
        content.parse().map_err(|error| LeakdexError::argument(format!("{name}: {error}")))?;
    Ok(Mapping { header: name.to_owned(), target })
}

/// The order of day and month for a number from C.
pub fn date_order(number: u32) -> Outcome<Option<DateOrder>> {
    const UNKNOWN: u32 = LeakdexDateOrder::Unknown as u32;
    const DAY_FIRST: u32 = LeakdexDateOrder::DayFirst as u32;
    const MONTH_FIRST: u32 = LeakdexDateOrder::MonthFirst as u32;
    match number {
        UNKNOWN => Ok(None),
        DAY_FIRST => Ok(Some(DateOrder::DayFirst)),
        MONTH_FIRST => Ok(Some(DateOrder::MonthFirst)),
        _ => Err(LeakdexError::argument(format!(
            "{number} is not a date order; use LeakdexDateOrder"
        ))),
    }
}
