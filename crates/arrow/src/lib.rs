//! Checks members and indexes leaks that are Arrow record batches.
//!
//! [`open_indexes`] opens indexes, [`check`] turns a stream of members into a stream of verdicts, and [`add`] adds a
//! stream of leaked rows to an [`IndexBuilder`](leakdex::IndexBuilder). The columns and values go through the code that
//! reads the command's files, so verdicts and caveats are those of the command. Texts are not copied. The bindings for
//! Python, C and Java are thin layers above this crate.
//!
//! **Types.** A field is read from `Utf8`, `LargeUtf8`, `Utf8View`, and dictionaries of these. A date of birth may
//! also be `Date32`, `Date64` or a `Timestamp` without a time zone. A field of any other type is an error: an
//! integer, for example, has lost the leading zeros of a postcode or a phone number. A null is a row without a
//! value.
//!
//! **Columns.** An unused column that would identify persons is an error, unless the caller maps it to `ignore`: a
//! check would miss persons who are known by that column alone. If only later rows show that the column would
//! identify persons, the run gets a caveat. A column of lists, structs and the like is also such an error, because
//! its content is not read.
//!
//! **Verdicts.** Each batch of verdicts has the columns that the caller keeps, then these:
//!
//! | column | type | content |
//! |---|---|---|
//! | `verdict` | `Utf8` | `affected`, `not_affected` or `indeterminate` |
//! | `strength` | `Utf8` | `certain`, `strong`, `probable` or `candidate`; null unless affected |
//! | `matched` | `Utf8` | the kinds that matched |
//! | `breaches` | `Utf8` | the breaches |
//! | `breach_strengths` | `Utf8` | the strength in each breach, in the same order |
//! | `data_classes` | `Utf8` | the classes of data that leaked |
//! | `records` | `Int64` | the number of leaked records; null unless affected |
//! | `partial` | `Boolean` | whether a member who is not affected was not checked in full |
//! | `checked` | `Utf8` | the kinds that were checked with a sound value |
//! | `reasons` | `Utf8` | why values of the member could not be used, and why a member who is not affected was not checked in full |
//!
//! Words in a text are separated by one space. A text without words is empty.
//!
//! **Caveats.** `partial` depends only on a member's own row and on the leak. The caveats of the whole run depend on
//! counts over all rows, so they are known after the last verdict ([`Verdicts::outcome`]). A member who is not affected
//! was not checked in full if `partial` is true, or if `checked` has one of the [`kinds`](RunCaveat::kinds) of a
//! caveat. [`RunOutcome::partially_checked`] counts these members.
//!
//! **Errors** contain no person's value. If a check fails, its earlier verdicts are not a result.

#![deny(unsafe_code)]

mod add;
mod check;
mod columns;
mod counts;
mod distributed;
mod error;
mod open;
mod options;
mod output;
mod rules;
mod stream;
mod threads;

pub use add::{AddSummary, add};
pub use arrow_array;
pub use arrow_schema;
pub use check::{Verdicts, check};
pub use columns::{ColumnUse, ResolvedColumns, resolve};
pub use counts::{RunCaveat, RunCounts, RunOutcome};
pub use distributed::{
    BuildSettings, LeakAccount, LeakTask, ShardCollector, resolve_without_index, write_shard,
};
pub use error::Error;
pub use leakdex_screening::id_of;
pub use open::{map_indexes, open_indexes};
pub use options::Options;
pub use rules::{current_year, push_birth_date, rules};
pub use stream::{Batches, StreamError, batch, batches};
pub use threads::on_threads;
