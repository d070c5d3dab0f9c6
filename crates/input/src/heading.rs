//! Finds the header. Exports often have title rows above it.

use leakdex::{Field, Normaliser};

use crate::{columns::Columns, names::HeaderMeaning, options::Options, unused::Counts};

/// The number of rows that are searched for the header, including blank ones.
pub(crate) const MAX_ROWS: usize = 30;

/// A longer row, in bytes, is not considered as a header.
pub(crate) const LONGEST_ROW: usize = 1 << 16;

/// The maximum number of cells of a row that are examined.
const MAX_CELLS: usize = 1000;

/// Whether a row is the header of a table and the rows before it are titles.
///
/// At least two of its cells are column names. Each row before it has fewer filled cells and no identifier,
/// and does not describe a person under these column names. So a row of data is never taken for a title.
pub(crate) fn is_heading(row: &[String], before: &[Vec<String>], options: &Options) -> bool {
    let filled = |row: &[String]| row.iter().filter(|cell| !cell.trim().is_empty()).count();
    let is_title = |title: &Vec<String>| {
        filled(title) < filled(row)
            && !title.iter().any(|cell| is_identifier(cell, options.normaliser))
            && !is_person(title, row)
    };
    has_names(row, options) && before.iter().all(is_title)
}

/// Whether at least two cells of a row are column names.
pub(crate) fn has_names(row: &[String], options: &Options) -> bool {
    Columns::count_known(row.iter().take(MAX_CELLS).map(String::as_str), options) > 1
}

/// Whether a row has a name and also a date of birth or a postcode, in columns with such headers.
fn is_person(row: &[String], header: &[String]) -> bool {
    let has = |fields: &[Field], is_value: fn(&str) -> bool| {
        header.iter().zip(row).take(MAX_CELLS).any(|(name, cell)| {
            let is_named = || {
                HeaderMeaning::of(name).fields.first().is_some_and(|field| fields.contains(field))
            };
            is_value(cell) && is_named()
        })
    };
    has(&[Field::Name, Field::LastName, Field::FirstName], |cell| {
        cell.contains(char::is_alphabetic)
    }) && has(&[Field::BirthDate, Field::PostalCode], |cell| {
        cell.contains(|character: char| character.is_ascii_digit())
    })
}

pub(crate) fn is_identifier(cell: &str, rules: Normaliser) -> bool {
    identifier_of(&[cell], rules).is_some()
}

/// Whether a text is an identifier or has one among other words.
pub(crate) fn holds_identifier(text: &str, rules: Normaliser) -> bool {
    const BETWEEN: [char; 10] = [',', ';', '|', '<', '>', '(', ')', '[', ']', '"'];
    let mut parts = text.split(BETWEEN);
    let mut words = text.split(|letter: char| letter.is_whitespace() || BETWEEN.contains(&letter));
    // A phone number may have spaces, so it is not one word.
    let mut numbers = text.split(char::is_alphabetic);
    is_identifier(text, rules)
        || parts.any(|part| is_identifier(part, rules))
        || words.any(|word| word.contains(char::is_alphabetic) && is_identifier(word, rules))
        || text.contains(' ')
            && numbers
                .any(|number| is_identifier(number.trim_start_matches(['.', ':', ' ']), rules))
}

/// The identifier that most of these texts resemble.
pub(crate) fn identifier_of<S: AsRef<str>>(texts: &[S], rules: Normaliser) -> Option<Field> {
    let (mut counts, mut normal_form) = (Counts::default(), String::new());
    texts.iter().for_each(|text| counts.count(Ok(text.as_ref()), rules, &mut normal_form));
    counts.strict_fit(|field| field.kind().is_some()).map(|(field, _)| field)
}

/// How the header was found.
#[derive(Clone, Copy)]
pub(crate) enum HeaderPosition {
    /// The header is the first row, or there is none.
    First,
    /// The caller gives the number of rows to skip.
    Given(usize),
    /// The header is in this row, from 0, below this many titles.
    Below(usize, usize),
}

impl HeaderPosition {
    /// The header in this row, from 0, below this many titles.
    pub const fn below(row: usize, titles: usize) -> Self {
        if titles == 0 { Self::First } else { Self::Below(row, titles) }
    }

    /// The end of the line that describes how an input is read.
    pub fn description(self) -> String {
        match self {
            Self::First => String::new(),
            Self::Given(rows) => format!(", rows skipped by --skip-rows: {rows}"),
            Self::Below(row, titles) => {
                format!(", header in row {}, title rows above it: {titles}", row + 1)
            }
        }
    }

    /// The reason why the header is in this row.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::First => "the first row",
            Self::Given(_) => "the row that --skip-rows gives",
            Self::Below(..) => "the first row with column names, below titles",
        }
    }
}
