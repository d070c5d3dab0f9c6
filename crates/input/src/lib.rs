//! Reads leaked files and member lists as columns.
//!
//! It reads CSV, JSON lines, dumps of `MySQL` and `PostgreSQL`, and Excel workbooks (`.xlsx`),
//! and tables of `SQLite` databases, plain or compressed with gzip, zstd, bzip2 or xz, in UTF-8, UTF-16 and single-byte encodings. An [`Input`]
//! finds out which of these a file is and what its columns hold, unless [`Options`] say so. Then it
//! splits the file into [`Block`]s of whole rows, in one quick forward scan. The [`Layout`] does
//! the costly part, parsing, on any number of blocks at once. It gives [`Rows`]: the cells of each
//! column, where they stand in the block.
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
//! let (mut count, mut problems) = (0, Vec::new());
//! while let Some(block) = input.next_block()? {
//!     count += layout.rows(&block, |rows| {
//!         for (number, column) in rows.columns().columns().iter().enumerate() {
//!             for row in 0..rows.len() {
//!                 if let Err(reason) = column.value(row) {
//!                     let (id, header) = (rows.id(row), rows.header(number));
//!                     problems.push(format!("{id}: {} from '{header}': {reason}", column.field()));
//!                 }
//!             }
//!         }
//!     });
//! }
//! println!("{count} rows, {problems:?}");
//! # assert_eq!((count, &*problems[0]), (2, "M-2: email from 'E-Mail': stray-quote"));
//!
//! std::fs::write(&file, "Ort;Land\nEssen;DE\n")?;
//! if let Err(error) = Input::open(&file, &Options::default()) {
//!     println!("{error}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Problems.** A problem within a row is a [`Reason`](leakdex::Reason) in its columns, and the next
//! row begins at the next line. So a row that exists is counted exactly once. An [`InputError`] says
//! what is wrong with the input as a whole. It names the file and headers, and never holds a cell. It
//! shows a [`Header`] only if it is sure to be one.
//!
//! **Archives.** A file in a ZIP or tar archive is an input of its own, named `ARCHIVE/FILE`. An [`Archive`]
//! lists them. A compressed tar archive is unpacked up to the file, or from the file that was read before.
//!
//! **Order of day and month.** Rows are not given out before it is known of each column of dates of
//! birth, from its own dates ([`Input::date_columns`]). The first block tells, as a rule. Else further
//! blocks are read, up to 64 MiB, and wait in memory.
//!
//! **Memory** does not grow with the file: an input takes a few mebibytes beside the blocks that it
//! reads ahead, and each block about 256 KiB. No row is longer than 1 MiB. A stream of zstd or xz also takes its window, at
//! most 128 MiB, and that of a tar archive stays open for the next file in it. A database that is no plain
//! file takes its size, at most 1 GiB. A
//! workbook is the exception: memory holds the whole file, at most 256 MiB, and its cells, at most
//! 1 GiB.
//!
//! Phone numbers need the feature `phone` of `leakdex`. Without it, a column of phone numbers is
//! still read, but described as invalid.

pub mod closest;

mod archive;
mod charset;
mod code_page;
mod columns;
mod common_names;
mod date_order;
mod delimiter;
mod digest;
mod error;
mod fields;
mod fit;
mod formats;
mod garble;
mod grammar;
mod header;
mod heading;
mod input;
mod lines;
mod names;
mod opening;
mod option_error;
mod options;
mod path;
mod record_layout;
mod records;
mod rows;
mod separators;
mod signatures;
mod size;
mod sniff;
mod source;
mod split;
mod transcode;
mod transfer;
mod unpack;
mod unused;
mod vocabulary;
mod zstd;

pub use archive::{Archive, file_of, open_raw};
pub use code_page::CodePage;
pub use date_order::{DateColumn, OrderBasis};
pub use delimiter::Delimiter;
pub use digest::{FileDigest, Hashed};
pub use error::{FoundColumns, InputError, InputProblem};
pub use header::{Header, one_line};
pub use input::Input;
pub use option_error::OptionError;
pub use options::{Encoding, Format, Mapping, Options, Sizes, SqlDialect, Target};
pub use record_layout::RecordLayout;
pub use rows::{Block, Layout, Rows};
pub use size::ByteCount;
pub use unused::{UnusedColumn, UnusedCounts};
