//! Column names, and whether a message may show them. A column name may be a person's value.
//!
//! A file without a header has a person in its first row, and JSON may have people as keys. No list of
//! personal names is complete enough to detect all people. A name is therefore hidden unless one of these
//! conditions proves that it is a header:
//!
//! - all of its words are in the vocabulary, or
//! - other columns have known names, or values that fit their names, and this name does not look like a
//!   value.

use std::fmt;

use crate::{common_names::common, vocabulary::is_made_of_known_words};

/// The length in characters to which names are cut.
const MAX_CHARACTERS: usize = 60;

/// The name of a column. `Display` and `Debug` hide it unless it is certainly a header.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    text: String,
    /// The number of the column, from 1. `None` for a JSON key that appears after the sample.
    number: Option<usize>,
    is_shown: bool,
}

/// The header where there is no column.
pub(crate) static NO_HEADER: Header = Header { text: String::new(), number: None, is_shown: true };

impl Header {
    /// The name of the column with this number, from 1.
    pub(crate) fn new(text: String, number: Option<usize>) -> Self {
        let is_shown = is_vocabulary(&text);
        Self { text, number, is_shown }
    }

    /// A name from the caller, or a number in place of a name. It is not a value of the input.
    pub(crate) fn of_caller(text: String) -> Self {
        Self { text, number: None, is_shown: true }
    }

    /// Shows the name from now on, since the names next to it are certainly headers. A name that looks like a
    /// value stays hidden.
    pub(crate) fn show_name(&mut self) {
        self.is_shown |= is_label(&self.text);
    }

    /// Whether messages show the name.
    #[must_use]
    pub const fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// The name in the input. It may be a person's value: do not show it.
    #[must_use]
    pub fn as_written(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Header {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            _ if self.is_shown => formatter.write_str(&one_line(&self.text)),
            Some(number) if self.text.trim().is_empty() => write!(formatter, "(column {number})"),
            Some(number) => write!(formatter, "(column {number}, name not shown)"),
            None => formatter.write_str("(name not shown)"),
        }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The names of sheets, or of files within an input. Such a name is shown only if all its words are usual.
/// Known names next to it prove nothing, since a workbook may have a sheet for each person.
pub(crate) fn of_sheets(names: impl IntoIterator<Item = String>) -> Vec<Header> {
    let header =
        |name: String| Header { is_shown: is_usual_title(&name), ..Header::new(name, None) };
    names.into_iter().map(header).collect()
}

/// The names of database tables, split into schema and table. If some contain known words, all names that are
/// identifiers are shown. A single letter with up to two digits is shown, too, since it is nobody's name.
pub(crate) fn of_tables(names: impl IntoIterator<Item = String>) -> Vec<Header> {
    let mut headers: Vec<Header> = names.into_iter().map(|name| Header::new(name, None)).collect();
    let known = headers.iter().filter(|header| has_known_word(&header.text)).count();
    if known * 3 >= headers.len() || known > 1 && known * 10 >= headers.len() {
        let is_identifier = |header: &&mut Header| {
            let mut letters = header.text.chars();
            letters.all(|letter| letter.is_ascii_alphanumeric() || "_.$".contains(letter))
        };
        headers.iter_mut().filter(is_identifier).for_each(Header::show_name);
    }
    let is_short = |part: &str| {
        let digits = part.strip_prefix(|first: char| first.is_ascii_alphabetic());
        digits.is_some_and(|rest| rest.len() <= 2 && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    for header in &mut headers {
        header.is_shown |= header.text.split('.').all(is_short);
    }
    headers
}

/// Lists at most fifty names and the number of others, for a message.
pub(crate) fn list<'a>(headers: impl IntoIterator<Item = &'a Header>) -> String {
    const MAX_COUNT: usize = 50;
    let (shown, hidden): (Vec<_>, Vec<_>) = headers.into_iter().partition(|header| header.is_shown);
    let mut names: Vec<String> = shown.iter().map(|header| format!("'{header}'")).collect();
    names.truncate(MAX_COUNT);
    match (shown.len() - names.len() + hidden.len(), names.len()) {
        (0, _) => {}
        (more, 0) => names.push(format!("{more}, names not shown")),
        (more, _) if hidden.is_empty() => names.push(format!("and {more} more")),
        (more, _) => names.push(format!("and {more} more, not shown")),
    }
    names.join(", ")
}

/// Lists at most fifty tables with at most twenty columns each, for a message.
pub(crate) fn list_tables(tables: impl IntoIterator<Item = (String, Vec<String>)>) -> String {
    const MAX_TABLES: usize = 50;
    const MAX_COLUMNS: usize = 20;
    let (names, columns): (Vec<String>, Vec<Vec<String>>) = tables.into_iter().unzip();
    let more = names.len().saturating_sub(MAX_TABLES);
    let with_columns = |(name, columns): (Header, Vec<String>)| {
        let count = columns.len();
        let columns = of_tables(columns);
        let shown = columns.iter().filter(|column| column.is_shown).take(MAX_COLUMNS);
        let mut shown: Vec<String> = shown.map(Header::to_string).collect();
        match (shown.len(), count - shown.len()) {
            (0, 0) => return format!("'{name}'"),
            (_, 0) => {}
            (0, 1) => shown.push("1 column, not shown".to_owned()),
            (0, more) => shown.push(format!("{more} columns, not shown")),
            (_, more) => shown.push(format!("and {more} more")),
        }
        format!("'{name}' ({})", shown.join(", "))
    };
    let tables = of_tables(names).into_iter().zip(columns).take(MAX_TABLES);
    let mut tables: Vec<String> = tables.map(with_columns).collect();
    if more > 0 {
        tables.push(format!("and {more} more"));
    }
    tables.join(", ")
}

/// A key on the path to the records of a document, for a message. Keys that programs commonly use are shown.
pub(crate) fn step(key: &[u8]) -> String {
    const USUAL: [&str; 22] = [
        "content",
        "data",
        "docs",
        "documents",
        "entries",
        "entry",
        "hits",
        "items",
        "list",
        "log",
        "objects",
        "payload",
        "people",
        "persons",
        "records",
        "response",
        "result",
        "results",
        "rows",
        "users",
        "value",
        "values",
    ];
    let header = Header::new(String::from_utf8_lossy(key).into_owned(), None);
    if USUAL.contains(&header.text.to_lowercase().as_str()) {
        header.text
    } else {
        header.to_string()
    }
}

fn is_usual_title(name: &str) -> bool {
    const USUAL: [&str; 7] = ["blatt", "export", "import", "list", "liste", "sheet", "tabelle"];
    let is_usual = |word: &str| {
        let word = word.trim_end_matches(|last: char| last.is_ascii_digit());
        word.len() < 2 || USUAL.contains(&word.to_lowercase().as_str()) || is_vocabulary(word)
    };
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    let is_letter =
        |word: &&str| word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    let letters = words.clone().filter(is_letter).count();
    // Single letters alone may be a person's initials.
    let are_initials = letters > 1 && words.clone().all(|word| word.chars().count() < 2);
    !is_value(name) && !are_initials && words.all(is_usual)
}

/// Puts a text on one line, cut to 60 characters.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line: String = text
        .chars()
        .take(MAX_CHARACTERS)
        .map(|character| if character.is_control() { '\u{FFFD}' } else { character })
        .collect();
    if text.chars().nth(MAX_CHARACTERS).is_some() {
        line.push('…');
    }
    line
}

/// Whether all words of a name are usual in headers, and the name does not look like a value.
pub(crate) fn is_vocabulary(name: &str) -> bool {
    let letters = name.chars().filter(|letter| letter.is_alphabetic());
    letters.count() > 1 && !is_value(name) && is_made_of_known_words(name)
}

/// Whether a name contains a word that is usual in headers. A single letter proves nothing: `t_` may precede a person's
/// name.
fn has_known_word(name: &str) -> bool {
    let mut words = name.split(|letter: char| !letter.is_alphabetic());
    words.any(is_vocabulary) || is_vocabulary(name)
}

/// Whether a name may be a header, given known headers next to it.
fn is_label(name: &str) -> bool {
    let is_name = |word: &str| has_common_name(word) && !is_vocabulary(word);
    name.chars().any(char::is_alphabetic)
        && !is_value(name)
        && !name.split(|letter: char| !letter.is_alphabetic()).any(is_name)
}

/// Whether a word is a common first or last name.
pub(crate) fn has_common_name(word: &str) -> bool {
    let (is_given, is_surname) = common(word);
    is_given || is_surname
}

/// Whether a text has the form of a value: an e-mail address, a number, a date, or a street with a house
/// number.
pub(crate) fn is_value(text: &str) -> bool {
    text.contains('@') || digits(text) >= 5 || is_date(text.trim()) || is_street(text)
}

fn digits(text: &str) -> usize {
    text.chars().filter(char::is_ascii_digit).count()
}

/// Whether a text has three short numbers separated by two dots, hyphens or slashes.
pub(crate) fn is_date(text: &str) -> bool {
    let is_number = |part: &str| (1..=4).contains(&part.len()) && digits(part) == part.len();
    ['.', '-', '/'].iter().any(|&separator| {
        let mut parts = text.split(separator);
        parts.by_ref().take(3).filter(|part| is_number(part)).count() == 3 && parts.next().is_none()
    })
}

/// Whether a text is a street with a house number, such as `Feldweg 7a`.
fn is_street(text: &str) -> bool {
    const ENDINGS: [&str; 14] = [
        "str.", "str", "straße", "strasse", "weg", "platz", "allee", "gasse", "ring", "damm",
        "ufer", "street", "road", "avenue",
    ];
    let text = text.trim().to_lowercase();
    let Some((street, number)) = text.rsplit_once(' ') else { return false };
    let is_house = number.starts_with(|first: char| first.is_ascii_digit()) && number.len() <= 4;
    let is_alone = ENDINGS.contains(&street);
    is_house && !is_alone && ENDINGS.iter().any(|&ending| street.ends_with(ending))
}

#[cfg(test)]
mod tests;
