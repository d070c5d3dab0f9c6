//! Reads leaked files and member lists — CSV, JSON lines, SQL dumps, workbooks — as records.
//!
//! An [`Input`] finds out how a file is written, then gives it out in [`Block`]s of whole rows.
//! Reading and cutting is one quick forward scan; the costly part, parsing, is done by the
//! [`Layout`], on any number of blocks at once.
//!
//! Whatever is wrong within a row is reported with that row, and the next one begins at the next
//! line: a row that exists is counted exactly once.

pub mod closest;

mod charset;
mod code_page;
mod columns;
mod digest;
mod error;
mod fit;
mod garble;
mod grammar;
mod input;
mod names;
mod opening;
mod option_error;
mod options;
mod rows;
mod sheet;
mod size;
mod sniff;
mod source;
mod split;
mod sql;
mod zstd;

pub use code_page::CodePage;
pub use columns::shown;
pub use digest::{FileDigest, Hashed};
pub use error::{InputError, InputProblem};
pub use input::Input;
pub use option_error::OptionError;
pub use options::{Delimiter, Encoding, Format, Mapping, Options, Sizes, Target};
pub use rows::{Block, Layout, Row};
pub use size::ByteCount;
