//! How to read an input: mappings, delimiter, encoding, format. Each of them can be parsed from text.

mod format;

use std::{fmt, str::FromStr};

use leakdex::{DataClass, DateOrder, Field, Normaliser};

use crate::{
    closest::suggestion,
    code_page::CodePage,
    delimiter::Delimiter,
    option_error::OptionError,
    record_layout::RecordLayout,
    size::ByteCount,
    split::{AHEAD_LIMIT, BLOCK_SIZE, ROW_LIMIT},
};

pub(crate) use format::Shape;
pub use format::{Format, SqlDialect};

/// How to read an input. By default, everything is detected.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is about something else")]
pub struct Options {
    /// Columns that the caller maps. The others are recognised by their names and values.
    pub columns: Vec<Mapping>,
    /// Mapped headers that may be missing from this input, since another input may have them.
    pub optional: Vec<String>,
    /// Whether unmapped columns stay unused, whatever their names and values suggest. They count as unused.
    /// This serves a caller that already knows how the columns are read, such as a worker that reads one part
    /// of a table: [`Input::settled`](crate::Input::settled) of another part gives the mappings. Only with
    /// this option may a column be mapped twice: to `id`, and then to the field that it also holds.
    pub only_mapped: bool,
    /// The delimiter of a CSV file. Detected if `None`.
    pub delimiter: Option<Delimiter>,
    /// The encoding of text that has no byte order mark and is not UTF-8.
    pub encoding: Option<Encoding>,
    /// Whether the first row of a CSV file names the columns.
    pub header: bool,
    /// The number of rows to skip at the start of a CSV file or a sheet. If `None`, titles above the header
    /// are skipped.
    pub skip_rows: Option<usize>,
    /// The format. If `None`, the file name and the first bytes decide.
    pub format: Option<Format>,
    /// The layout of lines of fixed width. If it is given, text is read as fixed width.
    pub layout: Option<RecordLayout>,
    /// The table of an SQL dump or a database, or the path of the records in a JSON document, such as
    /// `data.users`. Not needed if there is only one.
    pub table: Option<String>,
    /// The dialect of an SQL dump. Detected if `None`.
    pub sql_dialect: Option<SqlDialect>,
    /// The sheet of a workbook. Not needed if only one sheet has a filled cell.
    pub sheet: Option<String>,
    /// The largest decompressed size of an input. A larger input is refused. If `None`, there is no limit.
    pub max_bytes: Option<ByteCount>,
    /// Whether columns of data classes are used. They matter in a leak, but not in a member list.
    pub data_classes: bool,
    /// Whether to compute the digest of the file while it is read.
    pub digest: bool,
    /// The rules for judging a sample of the values.
    pub normaliser: Normaliser,
    /// The order of day and month in dates of birth. If `None`, it is detected for each column.
    pub date_order: Option<DateOrder>,
    /// The order for single columns of dates of birth, by name. Has priority over
    /// [`date_order`](Self::date_order).
    pub date_orders: Vec<(String, DateOrder)>,
    /// The sizes of the parts that are read.
    pub sizes: Sizes,
}

/// The sizes of the parts of an input that are read, in bytes. Values other than the defaults are for tests.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// The approximate size of a block.
    pub block: usize,
    /// The size limit of a row. A longer row is not read.
    pub row: usize,
    /// The approximate limit of the data held in memory while the order of day and month is unknown.
    pub ahead: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { block: BLOCK_SIZE, row: ROW_LIMIT, ahead: AHEAD_LIMIT }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            optional: Vec::new(),
            only_mapped: false,
            delimiter: None,
            encoding: None,
            header: true,
            skip_rows: None,
            format: None,
            layout: None,
            table: None,
            sql_dialect: None,
            sheet: None,
            max_bytes: None,
            data_classes: true,
            digest: false,
            normaliser: Normaliser::new(),
            date_order: None,
            date_orders: Vec::new(),
            sizes: Sizes::default(),
        }
    }
}

/// A column and its content, as the caller states it. As text: `HEADER=FIELD`, `HEADER=class:SLUG`,
/// `HEADER=id` or `HEADER=ignore`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The column's name, or its number from 1 if the file has no header.
    pub header: String,
    /// The content of the column.
    pub target: Target,
}

/// The content of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Values of this field.
    Field(Field),
    /// Data of this class. A filled cell shows that such data leaked in that row.
    Class(DataClass),
    /// The caller's own reference to a member.
    Id,
    /// Nothing useful.
    Ignore,
}

impl Options {
    /// Options that read the columns with these headers as text, and no other columns. Any of them may be missing.
    #[must_use]
    pub fn of_texts(headers: Vec<String>) -> Self {
        // The cells of any field are text until they are normalised.
        let target = Target::Field(Field::Username);
        let mapping = |header: &String| Mapping { header: header.clone(), target: target.clone() };
        Self {
            columns: headers.iter().map(mapping).collect(),
            optional: headers,
            only_mapped: true,
            data_classes: false,
            ..Self::default()
        }
    }
}

/// An encoding that the caller can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, even if some bytes are invalid.
    Utf8,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// One byte for each character.
    SingleByte(CodePage),
}

impl FromStr for Mapping {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        // A header may contain '='. A field never does.
        match text.rsplit_once('=') {
            Some((header, target)) if !header.trim().is_empty() => {
                Ok(Self { header: header.to_owned(), target: target.parse()? })
            }
            _ => Err(OptionError::new("expected HEADER=FIELD, as in 'E-Mail=email'")),
        }
    }
}

impl FromStr for Target {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let text = text.trim();
        if let Some(class) = text.strip_prefix("class:") {
            return DataClass::new(class)
                .map(Self::Class)
                .map_err(|error| OptionError::new(error.to_string()));
        }
        match text {
            "id" => Ok(Self::Id),
            "ignore" => Ok(Self::Ignore),
            "md5:email" => Ok(Self::Field(Field::Md5Email)),
            "sha1:email" => Ok(Self::Field(Field::Sha1Email)),
            "sha256:email" => Ok(Self::Field(Field::Sha256Email)),
            slug => slug.parse().map(Self::Field).map_err(|_| unknown_field(slug)),
        }
    }
}

fn unknown_field(slug: &str) -> OptionError {
    let slugs: Vec<_> = Field::ALL.iter().map(|field| field.slug()).collect();
    let hint = suggestion(slug, slugs.iter().copied().chain(["id", "class:SLUG", "ignore"]));
    // The given name is not shown: in a swapped mapping, it is a person's value, and `Emil` is close to `email`.
    OptionError::new(format!(
        "no such field; the fields are: {} id class:SLUG ignore{hint}",
        slugs.join(" ")
    ))
}

impl FromStr for Encoding {
    type Err = OptionError;

    fn from_str(name: &str) -> Result<Self, OptionError> {
        let Some(code_page) = CodePage::for_label(name) else {
            const USUAL: [&str; 6] =
                ["utf-8", "utf-16le", "windows-1252", "iso-8859-15", "cp850", "din-66003"];
            let (usual, hint) = (USUAL.join(" "), suggestion(name, USUAL));
            return Err(OptionError::new(format!(
                "unknown encoding '{name}'; usual ones are: {usual}{hint}"
            )));
        };
        match code_page {
            CodePage::Standard(encoding) if encoding == encoding_rs::UTF_8 => Ok(Self::Utf8),
            CodePage::Standard(encoding) if encoding == encoding_rs::UTF_16LE => Ok(Self::Utf16Le),
            CodePage::Standard(encoding) if encoding == encoding_rs::UTF_16BE => Ok(Self::Utf16Be),
            // In these encodings, a byte that looks like a delimiter can be half of a character.
            CodePage::Standard(encoding) if !encoding.is_single_byte() => {
                let name = encoding.name();
                Err(OptionError::new(format!("cannot read {name}; convert to UTF-8 first")))
            }
            code_page => Ok(Self::SingleByte(code_page)),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => formatter.pad(field.slug()),
            Self::Class(class) => formatter.pad(&format!("class:{class}")),
            Self::Id => formatter.pad("id"),
            Self::Ignore => formatter.pad("ignored"),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::SingleByte(code_page) => code_page.name(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_split_at_its_last_equals_sign() {
        let mapping: Mapping = "a=b=email".parse().expect("well formed");
        assert_eq!(mapping, Mapping { header: "a=b".into(), target: Target::Field(Field::Email) });
    }

    #[test]
    fn a_mapping_without_a_header_or_a_field_is_refused() {
        let is_refused = |text: &str| text.parse::<Mapping>().is_err();
        assert!(["email", "=email", " =email"].into_iter().all(is_refused));
    }

    #[test]
    fn a_mapping_to_an_unknown_field_lists_the_fields() {
        let error = "A=mail".parse::<Mapping>().expect_err("no such field").to_string();
        assert!(error.contains("no such field;") && error.contains("birth-date"), "{error}");
        assert!(error.contains("did you mean 'email'?"), "{error}");
    }

    #[test]
    fn a_mapping_the_wrong_way_round_shows_no_value() {
        for value in ["A123456780", "eva.muster@example.de", "Muster", "Emil"] {
            let error = value.parse::<Target>().expect_err("no such field").to_string();
            assert!(!error.contains(value), "{error}");
        }
    }

    #[test]
    fn every_target_is_parsed_by_its_name() {
        for field in Field::ALL {
            assert_eq!(field.slug().parse(), Ok(Target::Field(*field)));
        }
        assert_eq!("class:passwords".parse(), Ok(Target::Class(DataClass::PASSWORDS)));
        assert_eq!("id".parse(), Ok(Target::Id));
        assert_eq!("ignore".parse(), Ok(Target::Ignore));
        assert_eq!("md5:email".parse(), Ok(Target::Field(Field::Md5Email)));
        assert_eq!("sha1:email".parse(), Ok(Target::Field(Field::Sha1Email)));
        assert_eq!("sha256:email".parse(), Ok(Target::Field(Field::Sha256Email)));
        assert!("class:".parse::<Target>().is_err());
    }

    #[test]
    fn multibyte_encodings_other_than_unicode_are_refused() {
        let standard = |encoding| Ok(Encoding::SingleByte(CodePage::Standard(encoding)));
        assert_eq!("latin1".parse(), standard(encoding_rs::WINDOWS_1252));
        assert_eq!("ISO-8859-15".parse(), standard(encoding_rs::ISO_8859_15));
        assert_eq!("cp850".parse(), Ok(Encoding::SingleByte(CodePage::Cp850)));
        assert_eq!("utf-16le".parse(), Ok(Encoding::Utf16Le));
        assert!("shift_jis".parse::<Encoding>().is_err());
        assert!("klingon".parse::<Encoding>().is_err());
    }
}
