//! Reads leaked files and member lists as columns.
//!
//! The readers take delimited text, lines of fixed width, JSON, SQL dumps, `SQLite` databases, workbooks,
//! FHIR, VSD, xDT, vCard and LDIF records, Parquet and Arrow files (feature `parquet`), and Arrow record
//! batches in memory (feature `arrow`). [`Format`] lists them. Files may be compressed with gzip, zstd, bzip2
//! or xz, and text may be in UTF-8, UTF-16 or a single-byte encoding. An [`Input`] detects the format of a
//! file and the meaning of its columns, unless [`Options`] state them. It then splits the file into
//! [`Block`]s of whole rows, in one fast forward scan. The [`Layout`] does the expensive part, the parsing,
//! on any number of blocks in parallel. It yields [`Rows`]: the cells of each column, as positions in the
//! block.
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
//! **Problems.** A problem within a row is a [`Reason`](leakdex::Reason) in the columns of that row. The next
//! row begins at the next line, so each row is counted exactly once. An [`InputError`] is a fault of the
//! whole input. It names the file, and shows a [`Header`] only if that is certainly a header. It never
//! contains a cell.
//!
//! **Archives.** Each file in a ZIP or tar archive is an input of its own, named `ARCHIVE/FILE`. An
//! [`Archive`] lists them. A compressed tar archive is decompressed from its start, or from the end of the
//! file that was read last.
//!
//! **Order of day and month.** For each column of dates of birth, the dates themselves determine the order
//! ([`Input::date_columns`]), before any row is returned. Usually the first block is enough. Otherwise the
//! input reads further blocks, up to 64 MiB, and keeps them in memory.
//!
//! **Memory** does not grow with the file. An input takes a few mebibytes in addition to the blocks that it
//! reads ahead, and each block takes about 256 KiB. A row has at most 1 MiB. A zstd or xz stream also takes
//! its window, at most 128 MiB. The stream of a compressed tar archive stays open for the next file. There
//! are two exceptions. A database that is compressed, in an archive or on standard input takes its full size,
//! at most 1 GiB. A workbook takes its file, at most 256 MiB, and its cells, at most 1 GiB.
//!
//! Phone numbers need the feature `phone` of `leakdex`. Without it, a column of phone numbers is still read,
//! but its values are reported as invalid.

pub mod closest;

mod archive;
#[cfg(feature = "arrow")]
mod batch;
mod charset;
mod code_page;
mod columns;
mod common_names;
mod date_order;
mod delimiter;
mod digest;
mod doubt;
mod error;
mod feed;
mod fields;
mod fit;
mod formats;
mod gaps;
mod grammar;
mod header;
mod heading;
mod input;
mod lines;
mod mojibake;
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
mod stable_file;
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
pub use digest::{FileDigest, HashingReader};
pub use doubt::{ColumnDoubt, DoubtBasis};
pub use error::{FoundColumns, InputError, InputProblem};
pub use formats::{is_guarded, parquet_rows};
pub use gaps::Gaps;
pub use header::{Header, one_line};
pub use input::{ColumnUse, Input};
pub use option_error::OptionError;
pub use options::{Encoding, Format, Mapping, Options, Sizes, SqlDialect, Target};
pub use record_layout::RecordLayout;
pub use rows::{Block, Layout, Rows};
pub use size::ByteCount;
pub use unused::{UnusedColumn, UnusedCounts};
