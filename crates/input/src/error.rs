//! Faults of an input as a whole.

use std::{error, fmt, io};

use crate::{delimiter::Delimiter, options::Format, size::ByteCount};

/// Why an input cannot be read. The message names the file and shows only headers that are certainly headers.
/// It never shows a cell. `Debug` gives the same message.
#[non_exhaustive]
pub struct InputError {
    /// The input's name, `-` for standard input.
    pub file: String,
    /// The cause.
    pub problem: InputProblem,
}

/// A fault of an input as a whole. `Debug` gives the message.
#[non_exhaustive]
pub enum InputProblem {
    /// The file does not exist.
    Missing,
    /// The path is a folder.
    Folder,
    /// The file cannot be opened.
    Open(io::Error),
    /// The file cannot be read to its end. If it is compressed, it may be damaged.
    Read(io::Error),
    /// The file was written to while it was read, or replaced while it was opened.
    Changed,
    /// The input is longer than the caller allows.
    TooLong(ByteCount),
    /// The input is empty or consists of blanks.
    Empty,
    /// The rows to skip reach beyond the part of the input that is searched for the header.
    TooManySkipped,
    /// There is nothing after the header.
    HeaderOnly,
    /// There are columns but no rows.
    NoRows,
    /// The file name states this compression, but the content is not compressed.
    NotCompressed(&'static str),
    /// The compressed content is compressed again, or is a ZIP archive.
    PackedTwice {
        /// The compression of the file.
        outer: &'static str,
        /// The compression of its content.
        inner: &'static str,
    },
    /// The file is an index of leakdex.
    Index,
    /// The file is a ZIP archive, and may be a workbook with another extension.
    Archive,
    /// An archive has several files, listed here, and none was chosen.
    SeveralFiles(String),
    /// The archive has no file of this name. The list shows its files.
    NoSuchFile(String),
    /// The text seems to be UTF-16 without a byte order mark.
    Utf16 {
        /// Whether the high byte comes first.
        big_endian: bool,
    },
    /// The file is of an unsupported kind: a description of it, and advice.
    Refused(&'static str, &'static str),
    /// The XML is not well-formed near this byte.
    MalformedXml(u64),
    /// The document holds no person: its format, and a list of its contents to show.
    Nobody(&'static str, String),
    /// The first row has no line end within the size limit of a row.
    HeaderTooLong,
    /// A quotation mark in the header is not closed, or is inside a field.
    HeaderQuotes,
    /// The first row has too many columns.
    TooManyColumns {
        /// The number of columns in the first row.
        columns: usize,
        /// The largest number of columns that is read.
        most: usize,
    },
    /// The header is invalid text in the file's encoding.
    HeaderEncoding,
    /// A cell of a workbook's header has a formula without a value.
    HeaderFormula,
    /// The file is the lock file that a program writes next to this open file.
    LockFile(String),
    /// A dump has rows of several tables, listed here, and none was chosen.
    SeveralTables(String),
    /// A document has records in several places, listed here, and none was chosen.
    SeveralPlaces(String),
    /// A dump has no rows of the requested table.
    NoSuchTable {
        /// The requested table.
        requested: String,
        /// The tables with rows, as a list to show.
        found: String,
    },
    /// A file of this format has no record of a person.
    NoPerson(Format),
    /// A dump has no readable rows.
    NoTable,
    /// A workbook exceeds the memory limit.
    LargeWorkbook,
    /// A workbook has rows on several sheets, listed here, and none was chosen.
    SeveralSheets(String),
    /// A workbook has no sheet of this name.
    NoSuchSheet {
        /// The requested sheet.
        requested: String,
        /// The existing sheets, as a list to show.
        found: String,
    },
    /// In DIN 66003, the brackets and braces of this format are letters.
    NeedsBrackets(Format),
    /// The text has columns of fixed width, and there is no layout.
    NoLayout,
    /// Most lines are longer than the layout.
    LongLines {
        /// The width of a line in the layout, in characters.
        layout: usize,
        /// The width of the first lines, in characters.
        lines: usize,
    },
    /// In DIN 66003 this delimiter is a letter.
    LetterAsDelimiter(Delimiter),
    /// A mapping names a column that does not exist.
    NoSuchColumn {
        /// The requested column.
        requested: String,
        /// A column of a similar name.
        hint: Option<String>,
        /// The existing columns.
        found: FoundColumns,
    },
    /// Two mappings name this column.
    MappedTwice(String),
    /// Two columns are mapped to `id`.
    TwoIds,
    /// The first row, with this number of columns, does not look like a header.
    LooksLikeData(usize),
    /// The names of this many columns or keys look like values.
    NamesLookLikeData(usize),
    /// These fields alone form no identifier. They are parts of match keys, and other parts are missing.
    TooFewParts {
        /// The fields, as a list to show.
        fields: String,
        /// The existing columns.
        found: FoundColumns,
    },
    /// The given delimiter splits no row, so no column can identify anybody.
    OtherDelimiter {
        /// The given delimiter.
        given: Delimiter,
        /// A delimiter that does split rows.
        likely: Delimiter,
    },
    /// No column can form an identifier.
    NoUsableColumn(FoundColumns),
    /// The stream of record batches ended with this kind of error.
    Batches(&'static str),
    /// A record batch has different columns from its stream.
    OtherSchema,
    /// An array of this column is invalid in its offsets, its keys or its text.
    InvalidArray(String),
    /// The type of a column does not fit its use.
    ColumnType {
        /// The column, as a message may show it.
        column: String,
        /// The use: a field, or `id`.
        target: &'static str,
        /// The name of the type.
        found: String,
        /// Why its values cannot be used, and the remedy.
        why: &'static str,
    },
}

impl InputProblem {
    /// Whether the stream of record batches is at fault, rather than its columns or their use.
    #[must_use]
    pub const fn is_of_stream(&self) -> bool {
        matches!(self, Self::Batches(_) | Self::OtherSchema | Self::InvalidArray(_))
    }
}

/// The columns of an input, in a form that a message may show.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FoundColumns {
    /// Their names, as a list to show.
    Named(String),
    /// There is no header. This many columns are numbered from 1.
    Numbered(usize),
    /// The first row, with this number of columns, does not look like a header. It may be a person's data.
    LikeData(usize),
    /// The first row, with this number of columns, has hardly any usual column name. It may be a person's
    /// data.
    Unknown(usize),
    /// This many keys or table columns exist, and few have a usual name. They may be values.
    Hidden(usize),
}

impl From<io::Error> for InputProblem {
    /// A read error, or the caller's limit.
    fn from(error: io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<LimitExceeded>()) {
            Some(limit) => Self::TooLong(limit.0),
            None => Self::Read(error),
        }
    }
}

/// An input exceeds this limit. The reader passes it on inside an `io::Error`.
#[derive(Debug)]
pub(crate) struct LimitExceeded(pub ByteCount);

impl fmt::Display for LimitExceeded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "more than {}", self.0)
    }
}

impl error::Error for LimitExceeded {}

impl fmt::Display for InputError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = if self.file == "-" { "standard input" } else { &self.file };
        write!(formatter, "{file}: {}", self.problem)
    }
}

impl fmt::Debug for InputError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Debug for InputProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for InputProblem {
    #[expect(clippy::too_many_lines, reason = "it is a list")]
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("no such file"),
            Self::Folder => formatter.write_str("is a folder, not a file"),
            Self::Open(source) => write!(formatter, "cannot be opened: {source}"),
            Self::Read(source) => write!(formatter, "cannot be read: {source}"),
            Self::Changed => formatter.write_str(
                "was changed while it was read, so rows may be missing or mixed; make sure that nobody writes \
                 to it, or give a copy, and run this again",
            ),
            Self::TooLong(limit) => write!(formatter, "is longer than the limit of {limit} when unpacked"),
            Self::Empty => formatter.write_str("is empty"),
            Self::TooManySkipped => formatter.write_str(
                "has no row left in its first mebibyte after --skip-rows; give a smaller number",
            ),
            Self::HeaderOnly => formatter.write_str("has a header and no rows"),
            Self::NoRows => formatter.write_str("there are columns, but no rows; look at the export or the query"),
            Self::NotCompressed(name) => write!(
                formatter,
                "is named as a {name} file, but its content is not {name}; rename it if it is plain"
            ),
            Self::PackedTwice { outer, inner } => write!(
                formatter,
                "is compressed twice, as {inner} within {outer}; unpack {outer}, and give the {inner} file"
            ),
            Self::Index => formatter.write_str("is a leakdex index"),
            Self::Archive => {
                formatter.write_str("is a ZIP archive or an Excel workbook; unpack it")
            }
            Self::SeveralFiles(files) => {
                write!(formatter, "is an archive of several files: {files}")
            }
            Self::NoSuchFile(files) => {
                write!(formatter, "the archive has no such file; files in it: {files}")
            }
            Self::Utf16 { .. } => formatter.write_str("seems to be in UTF-16"),
            Self::Refused(kind, remedy) => write!(formatter, "is {kind}; {remedy}"),
            Self::MalformedXml(position) => write!(
                formatter,
                "is not well-formed XML near byte {position}; repair it, or export the people as CSV"
            ),
            Self::Nobody(format, found) => {
                write!(formatter, "is {format} that holds no person; it has: {found}")
            }
            Self::HeaderTooLong => {
                formatter.write_str("the first row is longer than 1 MiB; is this a file of rows?")
            }
            Self::TooManyColumns { columns, most } => write!(
                formatter,
                "the first row has {columns} columns, more than the {most} that are read; \
                 is it a header, and is the delimiter right?"
            ),
            Self::HeaderQuotes => formatter.write_str(
                "the header has an unclosed quotation mark, or one within a field; correct the header",
            ),
            Self::HeaderEncoding => {
                formatter.write_str("the header is not text in the file's encoding")
            }
            Self::HeaderFormula => formatter.write_str(
                "the header has a formula whose value is not in the workbook, or is an error; open it in \
                 a spreadsheet program, and save it there",
            ),
            Self::LockFile(file) => write!(
                formatter,
                "is not a workbook, but the lock file of a program that has '{file}' open; give '{file}'"
            ),
            Self::SeveralTables(tables) => {
                write!(formatter, "has rows of several tables: {tables}")
            }
            Self::SeveralPlaces(places) => {
                write!(formatter, "has records at several places: {places}")
            }
            Self::NoSuchTable { requested, found } if found.is_empty() => write!(
                formatter,
                "has no rows of table '{requested}', nor of any other; is it a dump with its data?"
            ),
            Self::NoSuchTable { requested, found } => {
                write!(formatter, "has no rows of table '{requested}'; tables with rows: {found}")
            }
            Self::NoTable => formatter.write_str(
                "has no rows that can be read; is it a dump with INSERT … VALUES or COPY … FROM \
                 stdin?",
            ),
            Self::NoPerson(format) => {
                write!(formatter, "has no record of a person ({format}); give a file with people")
            }
            Self::LargeWorkbook => formatter.write_str(
                "exceeds the limit for workbooks (256 MiB, or 1 GiB unpacked); save the sheet as CSV \
                 (UTF-8)",
            ),
            Self::SeveralSheets(sheets) => {
                write!(formatter, "has rows on several sheets: {sheets}")
            }
            Self::NoSuchSheet { requested, found } => {
                write!(formatter, "has no sheet '{requested}'; sheets found: {found}; choose one")
            }
            Self::NeedsBrackets(format) => {
                write!(formatter, "{format} cannot be in DIN 66003, which has letters for brackets")
            }
            Self::NoLayout => formatter
                .write_str("seems to have columns of fixed width, and needs a layout"),
            Self::LongLines { layout, lines } => write!(
                formatter,
                "the layout ends at character {layout}, and most lines have {lines}; add a last line \
                 to the layout for the rest, named '-' if you do not need it"
            ),
            Self::LetterAsDelimiter(delimiter) => {
                write!(formatter, "{delimiter} is a letter in DIN 66003")
            }
            Self::NoSuchColumn { requested, hint, found } => {
                write!(formatter, "there is no column '{requested}'; ")?;
                if let Some(hint) = hint {
                    write!(formatter, "did you mean '{hint}'? ")?;
                }
                found.fmt(formatter)
            }
            Self::MappedTwice(column) => {
                write!(formatter, "the column '{column}' is mapped twice; map it once")
            }
            Self::TwoIds => formatter.write_str(
                "two columns are mapped to 'id'; a member has one reference: map one of them to \
                     'ignore'",
            ),
            Self::LooksLikeData(columns) => FoundColumns::LikeData(*columns).fmt(formatter),
            Self::NamesLookLikeData(columns) => write!(
                formatter,
                "the names of the values ({columns}, not shown) look like personal data"
            ),
            Self::Batches(kind) => write!(
                formatter,
                "the stream of record batches ended with an error ({kind}); rows before it do not count: \
                 repair the source, and run this again"
            ),
            Self::OtherSchema => formatter.write_str(
                "a record batch has columns of other names or types than the schema of its stream; give all \
                 batches the same columns",
            ),
            Self::InvalidArray(column) => write!(
                formatter,
                "{column} of a record batch has invalid offsets, keys or text; correct the program that made \
                 the batch"
            ),
            Self::ColumnType { column, target, found, why } => write!(
                formatter,
                "{column} is used as {target}, but its type is {found}: {why}, or map it to 'ignore'"
            ),
            Self::TooFewParts { fields, found } => write!(
                formatter,
                "{fields} do not identify anybody on their own; add an identifier such as an e-mail address, or last \
                 and first name with a date of birth or a postcode, or one of the names with both of these; {found}"
            ),
            Self::OtherDelimiter { given, likely } => write!(
                formatter,
                "no column that identifies a person was recognised; the given --delimiter {given} splits no row, \
                 and the fields seem to be separated by {likely}"
            ),
            Self::NoUsableColumn(found) => {
                write!(formatter, "no column that identifies a person was recognised; {found}")
            }
        }
    }
}

impl fmt::Display for FoundColumns {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(names) => write!(formatter, "columns found: {names}"),
            Self::Numbered(count) => {
                write!(formatter, "the columns are numbered from 1 to {count}")
            }
            Self::LikeData(count) => {
                write!(formatter, "the first row ({}, not shown) looks like data", columns(*count))
            }
            Self::Unknown(count) => write!(
                formatter,
                "the first row ({}, not shown) has hardly any usual column name",
                columns(*count)
            ),
            Self::Hidden(0) => formatter.write_str("no value has a name"),
            Self::Hidden(count) => write!(
                formatter,
                "the names of the values ({count}, not shown) are not usual column names"
            ),
        }
    }
}

fn columns(count: usize) -> String {
    if count == 1 { "1 column".to_owned() } else { format!("{count} columns") }
}

// The message already contains the cause, so `source` would repeat it.
impl error::Error for InputError {}
