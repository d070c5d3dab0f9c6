//! `--for`: an input option of one file.

use std::str::FromStr;

use leakdex::DateOrder;
use leakdex_input::{
    Delimiter, Encoding, Format, Mapping, Options, RecordLayout, SqlDialect, Target,
    closest::suggestion,
};

use super::values::record_layout;

/// The options that can be given for a single file. The command line and the settings file use the same
/// names.
pub const NAMES: [&str; 11] = [
    "column",
    "delimiter",
    "encoding",
    "no-header",
    "skip-rows",
    "format",
    "layout",
    "table",
    "sql-dialect",
    "sheet",
    "date-order",
];

/// An option for the files that a name or a pattern selects. Its text form is `FILE:OPTION=VALUE`.
#[derive(Clone, Debug)]
pub struct ForFile {
    /// The name or pattern, as the command line writes the input.
    pub file: String,
    /// The name of the option.
    pub name: &'static str,
    pub option: FileOption,
    /// The whole text.
    pub text: String,
}

/// An input option and its value.
#[derive(Clone, Debug)]
pub enum FileOption {
    Column(Mapping),
    Delimiter(Delimiter),
    Encoding(Encoding),
    NoHeader(bool),
    SkipRows(usize),
    Format(Format),
    Layout(RecordLayout),
    Table(String),
    SqlDialect(SqlDialect),
    Sheet(String),
    DateOrder(DateOrder),
}

impl FromStr for ForFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((file, name, value)) = split(text) else { return Err(no_option(text)) };
        if file.is_empty() {
            return Err(format!("a file name must come before :{name}, as in 'leak.csv:{name}'"));
        }
        let option = FileOption::new(name, value)?;
        Ok(Self { file: file.to_owned(), name, option, text: text.to_owned() })
    }
}

impl ForFile {
    /// Whether this is the option with this name. For a column, the header must match too.
    pub fn is(&self, name: &str, header: &str) -> bool {
        match &self.option {
            FileOption::Column(mapping) => {
                name == "column" && is_same_header(&mapping.header, header)
            }
            _ => name == self.name,
        }
    }

    /// Whether this option maps a column so that no member is checked by it.
    pub fn excludes_column(&self) -> bool {
        match &self.option {
            FileOption::Column(mapping) => {
                matches!(mapping.target, Target::Ignore | Target::Class(_))
            }
            _ => false,
        }
    }
}

/// Splits the text into file, option and value. The file name ends before the first colon with a known
/// option after it, because a path (on Windows) and a header may both contain colons.
fn split(text: &str) -> Option<(&str, &'static str, Option<&str>)> {
    text.match_indices(':').find_map(|(colon, _)| {
        let rest = &text[colon + 1..];
        let (name, value) = match rest.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (rest, None),
        };
        let known = NAMES.into_iter().find(|known| *known == name)?;
        Some((&text[..colon], known, value))
    })
}

fn no_option(text: &str) -> String {
    let names = NAMES.join(" ");
    let typed = text.rsplit_once(':').map(|(_, rest)| rest.split('=').next().unwrap_or(rest));
    let hint = typed.map(|typed| suggestion(typed, NAMES));
    format!(
        "expected FILE:OPTION=VALUE, as in 'leak.csv:delimiter=|'; the options are: {names}{}",
        hint.unwrap_or_default()
    )
}

impl FileOption {
    fn new(name: &str, value: Option<&str>) -> Result<Self, String> {
        if name == "no-header" {
            return match value {
                None | Some("true") => Ok(Self::NoHeader(true)),
                Some("false") => Ok(Self::NoHeader(false)),
                Some(_) => Err("no-header takes true, false or no value".to_owned()),
            };
        }
        let value = value.ok_or_else(|| format!("{name} needs a value, as in {name}=VALUE"))?;
        Ok(match name {
            "column" => Self::Column(parsed(value)?),
            "delimiter" => Self::Delimiter(parsed(value)?),
            "encoding" => Self::Encoding(parsed(value)?),
            "skip-rows" => Self::SkipRows(parsed(value)?),
            "format" => Self::Format(parsed(value)?),
            "layout" => Self::Layout(record_layout(value)?),
            "table" => Self::Table(value.to_owned()),
            "sql-dialect" => Self::SqlDialect(parsed(value)?),
            "sheet" => Self::Sheet(value.to_owned()),
            _ => {
                let orders = DateOrder::ALL.map(DateOrder::slug).join(" or ");
                let order = value.parse();
                Self::DateOrder(order.map_err(|_| format!("{name} is {orders}"))?)
            }
        })
    }

    /// Sets the option. Does nothing for a column.
    pub fn apply(&self, options: &mut Options) {
        match self {
            Self::Column(_) => {}
            Self::Delimiter(delimiter) => options.delimiter = Some(*delimiter),
            Self::Encoding(encoding) => options.encoding = Some(*encoding),
            Self::NoHeader(no_header) => options.header = !no_header,
            Self::SkipRows(rows) => options.skip_rows = Some(*rows),
            // A layout for all files does not apply to a file with another format, nor the other way round.
            Self::Format(format) => {
                options.format = Some(*format);
                options.layout = options.layout.take().filter(|_| *format == Format::Fixed);
            }
            Self::Layout(layout) => {
                options.layout = Some(layout.clone());
                options.format = options.format.filter(|format| *format == Format::Fixed);
            }
            Self::Table(table) => options.table = Some(table.clone()),
            Self::SqlDialect(dialect) => options.sql_dialect = Some(*dialect),
            Self::Sheet(sheet) => options.sheet = Some(sheet.clone()),
            Self::DateOrder(order) => {
                options.date_order = Some(*order);
                options.normaliser = options.normaliser.date_order(*order);
            }
        }
    }
}

/// Whether two headers are the same. Letter case and surrounding blanks do not count.
pub fn is_same_header(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

fn parsed<T: FromStr>(value: &str) -> Result<T, String>
where
    T::Err: ToString,
{
    value.parse().map_err(|error: T::Err| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        text.parse::<ForFile>().expect_err("it is refused")
    }

    #[test]
    fn the_file_name_ends_at_the_first_known_option() {
        for (text, file) in [
            ("leak.csv:delimiter=|", "leak.csv"),
            ("C:\\x.csv:format=csv", "C:\\x.csv"),
            ("-:no-header", "-"),
            ("a:b=c:no-header=false", "a:b=c"),
            ("m-*.csv:column=x:delimiter=email", "m-*.csv"),
        ] {
            assert_eq!(text.parse::<ForFile>().expect("well formed").file, file, "{text}");
        }
        let column = "a.csv:column=x:delimiter=email".parse::<ForFile>().expect("well formed");
        let FileOption::Column(mapping) = column.option else { panic!("it is a column") };
        assert_eq!(mapping.header, "x:delimiter");
    }

    #[test]
    fn an_unknown_option_or_one_without_its_value_is_refused_with_advice() {
        for (text, words) in [
            ("leak.csv:delimiter", "delimiter needs a value"),
            ("leak.csv:delimter=|", "did you mean 'delimiter'?"),
            ("leak.csv", "FILE:OPTION=VALUE"),
            (":no-header", "a file name must come before"),
            ("leak.csv:no-header=yes", "takes true, false"),
            ("leak.csv:skip-rows=x", "invalid digit"),
            ("leak.csv:column=email", "HEADER=FIELD"),
            ("leak.csv:date-order=year", "day-first or month-first"),
            ("leak.csv:region=AT", "the options are: column"),
        ] {
            let message = refusal(text);
            assert!(message.contains(words), "{message}");
        }
    }
}
