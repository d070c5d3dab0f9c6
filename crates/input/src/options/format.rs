//! The formats of inputs, and the dialects of SQL.

use std::{fmt, str::FromStr};

use crate::{closest::suggestion, option_error::OptionError};

/// The format of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Delimited text, as in RFC 4180.
    Csv,
    /// Columns of fixed width.
    Fixed,
    /// One JSON object per line.
    Jsonl,
    /// A JSON document: an array of objects, concatenated objects, or an object of objects.
    Json,
    /// FHIR patients and coverages, as JSON or XML.
    Fhir,
    /// The master data of a health card (VSD), as XML.
    Vsd,
    /// The patients of an xDT file.
    Xdt,
    /// vCards.
    Vcard,
    /// Entries of an LDAP directory, as LDIF.
    Ldif,
    /// The rows of one table in an SQL dump.
    Sql,
    /// A table of an `SQLite` database.
    Sqlite,
    /// A sheet of an Excel workbook, as Office Open XML.
    Xlsx,
    /// A sheet of an Excel workbook in Office Open XML with binary sheets.
    Xlsb,
    /// A sheet of an Excel 97 to 2003 workbook.
    Xls,
    /// A sheet of an `OpenDocument` spreadsheet.
    Ods,
    /// A Parquet file.
    Parquet,
    /// A file or a stream of Arrow IPC.
    Arrow,
    /// Record batches in memory, for [`Input::of_batches`](crate::Input). No file has this format.
    Batches,
}

/// The dialect of an SQL dump, as far as it matters for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlDialect {
    /// A backslash is an escape in `'…'`, and `#` begins a comment: `MySQL` and `MariaDB`.
    MySql,
    /// A backslash is text, and `$$` and `E'…'` are strings: `PostgreSQL`.
    PostgreSql,
    /// A backslash is text, and brackets may enclose names: SQL Server, Oracle, `SQLite`, Db2.
    Standard,
}

/// The dialects by name.
const SQL_DIALECTS: [(&str, SqlDialect); 3] = [
    ("mysql", SqlDialect::MySql),
    ("postgresql", SqlDialect::PostgreSql),
    ("standard", SqlDialect::Standard),
];

/// The form of the rows that the reader of a format yields.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Delimited text, unchanged.
    Delimited,
    /// Rows of cells.
    Cells,
    /// Objects whose keys are the columns.
    Records,
}

impl Format {
    pub(crate) const fn shape(self) -> Shape {
        match self {
            Self::Csv => Shape::Delimited,
            Self::Fixed
            | Self::Sql
            | Self::Sqlite
            | Self::Xlsx
            | Self::Xlsb
            | Self::Xls
            | Self::Ods
            | Self::Parquet
            | Self::Arrow
            | Self::Batches => Shape::Cells,
            Self::Jsonl
            | Self::Json
            | Self::Fhir
            | Self::Vsd
            | Self::Xdt
            | Self::Vcard
            | Self::Ldif => Shape::Records,
        }
    }

    /// Whether the format is binary.
    pub(crate) const fn is_binary(self) -> bool {
        matches!(
            self,
            Self::Sqlite
                | Self::Xlsx
                | Self::Xlsb
                | Self::Xls
                | Self::Ods
                | Self::Parquet
                | Self::Arrow
        )
    }

    /// Whether the format uses brackets and braces, which are letters in DIN 66003.
    pub(crate) const fn has_brackets(self) -> bool {
        !matches!(self, Self::Csv | Self::Fixed | Self::Xdt | Self::Ldif)
    }
}

/// The formats and their names, in the order of [`Format`].
const FORMATS: [(&str, Format); 17] = [
    ("csv", Format::Csv),
    ("fixed", Format::Fixed),
    ("jsonl", Format::Jsonl),
    ("json", Format::Json),
    ("fhir", Format::Fhir),
    ("vsd", Format::Vsd),
    ("xdt", Format::Xdt),
    ("vcard", Format::Vcard),
    ("ldif", Format::Ldif),
    ("sql", Format::Sql),
    ("sqlite", Format::Sqlite),
    ("xlsx", Format::Xlsx),
    ("xlsb", Format::Xlsb),
    ("xls", Format::Xls),
    ("ods", Format::Ods),
    ("parquet", Format::Parquet),
    ("arrow", Format::Arrow),
];

/// The number of formats that are built in.
const BUILT_IN: usize = if cfg!(feature = "parquet") { FORMATS.len() } else { FORMATS.len() - 2 };

impl FromStr for Format {
    type Err = OptionError;

    fn from_str(name: &str) -> Result<Self, OptionError> {
        by_name(&FORMATS[..BUILT_IN], ("format", "formats"), name)
    }
}

impl FromStr for SqlDialect {
    type Err = OptionError;

    fn from_str(name: &str) -> Result<Self, OptionError> {
        by_name(&SQL_DIALECTS, ("SQL dialect", "dialects"), name)
    }
}

/// Looks up a name in a table. Messages call the entries by their `singular` and `plural`.
fn by_name<T: Copy>(
    table: &[(&'static str, T)],
    (singular, plural): (&str, &str),
    name: &str,
) -> Result<T, OptionError> {
    table.iter().find(|(known, _)| *known == name).map(|&(_, found)| found).ok_or_else(|| {
        let names: Vec<&str> = table.iter().map(|(known, _)| *known).collect();
        let (names, hint) = (names.join(" "), suggestion(name, names.iter().copied()));
        OptionError::new(format!("unknown {singular} '{name}'; the {plural} are: {names}{hint}"))
    })
}

impl fmt::Display for SqlDialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, _) = SQL_DIALECTS[*self as usize];
        formatter.write_str(name)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = FORMATS.get(*self as usize).map_or("record batches", |(name, _)| name);
        formatter.write_str(&name.to_ascii_uppercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sql_dialect_is_parsed_from_its_name() {
        for (name, dialect) in SQL_DIALECTS {
            assert_eq!(name.parse(), Ok(dialect));
            assert_eq!(dialect.to_string(), name);
        }
        let error = "mysq".parse::<SqlDialect>().expect_err("unknown").to_string();
        assert!(error.contains("did you mean 'mysql'?"), "{error}");
    }
}
