//! Reads leaked files and member lists as records.
//!
//! It reads CSV, JSON lines, dumps of `MySQL` and `PostgreSQL`, and Excel workbooks (`.xlsx`), plain
//! or compressed with gzip or zstd, in UTF-8, UTF-16 and encodings of one byte a character. An
//! [`Input`] finds out which of these a file is and what its columns hold, unless [`Options`] say so.
//! Then it gives the file out in [`Block`]s of whole rows. That is one quick forward scan. The costly
//! part, parsing, is done by the [`Layout`], on any number of blocks at once.
//!
//! ```
//! use leakdex_input::{Input, Options};
//!
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("members.csv");
//! std::fs::write(&file, "Mitglied;E-Mail;KVNR\nM-1;m.muster@example.de;A123456780\nM-2;\"x;\n")?;
//!
//! let mut input = Input::open(&file, &Options::default())?;
//! let layout = input.layout();
//! let (mut records, mut problems) = (0, Vec::new());
//! while let Some(block) = input.next_block()? {
//!     records += layout.rows(&block, |row| {
//!         for (number, (field, value)) in row.record.values().enumerate() {
//!             if let Err(reason) = value {
//!                 let column = row.column(number);
//!                 problems.push(format!("{}: {field} from '{column}': {reason}", row.id));
//!             }
//!         }
//!     });
//! }
//! println!("{records} records, {problems:?}");
//! # assert_eq!((records, &*problems[0]), (2, "M-2: email from 'E-Mail': stray-quote"));
//!
//! std::fs::write(&file, "Ort;Land\nEssen;DE\n")?;
//! if let Err(error) = Input::open(&file, &Options::default()) {
//!     println!("{error}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Problems.** A problem within a row is a [`Reason`](leakdex::Reason) in its record, and the next
//! row begins at the next line. So a row that exists is counted exactly once. An [`InputError`] says
//! what is wrong with the input as a whole. It names the file and headers, and never holds a cell. It
//! shows no header that looks like a value.
//!
//! **Memory** does not grow with the file: an input takes a few mebibytes, and each block about
//! 256 KiB. No row is longer than 1 MiB. A zstd frame takes its window, at most 128 MiB. A workbook
//! is the exception: it is held as a whole, at most 256 MiB, and its rows as text, at most 1 GiB.
//!
//! Phone numbers are judged with the feature `phone` of `leakdex` only. Without it, a column of them
//! is read all the same, and described as invalid.

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
pub use error::{FoundColumns, InputError, InputProblem};
pub use input::Input;
pub use option_error::OptionError;
pub use options::{Delimiter, Encoding, Format, Mapping, Options, Sizes, Target};
pub use rows::{Block, Layout, Row};
pub use size::ByteCount;
