//! Values that options take.

use std::{fs::File, io::Read as _, num::NonZeroUsize, str::FromStr};

use clap::{
    ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use leakdex::{DateOrder, Field, Kind, KindSet};
use leakdex_input::{RecordLayout, closest::suggestion};
use leakdex_report::{Language, Packing, SheetFormat, TemplateStyle};

/// The meaning of a bare number in a date column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DateFormat {
    /// A spreadsheet's serial number: days since 1899-12-30.
    Excel,
}

/// The format of the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatOut {
    /// Commas between cells; no cell is a formula.
    Csv,
    /// One JSON object per line, with the exact values.
    Jsonl,
    /// CSV that Excel opens with a double click, in words.
    Excel,
    /// A workbook for Excel, in words.
    Xlsx,
}

impl FormatOut {
    /// The table format, if the findings are a table.
    pub const fn sheet(self) -> Option<SheetFormat> {
        match self {
            Self::Csv => Some(SheetFormat::Csv),
            Self::Jsonl => None,
            Self::Excel => Some(SheetFormat::Excel),
            Self::Xlsx => Some(SheetFormat::Xlsx),
        }
    }

    /// The name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().expect("no format is hidden").get_name().to_owned()
    }
}

/// The language of letters and reports. The default is German, whatever the machine's setting, so a run writes
/// the same everywhere.
pub fn language() -> impl TypedValueParser<Value = Language> {
    let named = [("de", "German"), ("en", "English")];
    let named = named.map(|(name, language)| PossibleValue::new(name).help(language));
    let language = |name: String| if name == "de" { Language::De } else { Language::En };
    PossibleValuesParser::new(named).map(language)
}

/// The format of the shipped letters.
pub fn letter_format() -> impl TypedValueParser<Value = TemplateStyle> {
    let html = "Pages in A4, which a browser prints or saves as PDF";
    let named = [("text", "Plain text"), ("html", html)];
    let named = named.map(|(name, help)| PossibleValue::new(name).help(help));
    let style =
        |name: String| if name == "text" { TemplateStyle::Text } else { TemplateStyle::Html };
    PossibleValuesParser::new(named).map(style)
}

/// The number of files for the letters.
pub fn packing() -> impl TypedValueParser<Value = Packing> {
    let one = "One file for a thousand letters, with a page break after each";
    let named = [("one", one), ("each", "One file for each letter")];
    let named = named.map(|(name, help)| PossibleValue::new(name).help(help));
    let packing = |name: String| if name == "one" { Packing::Bundled } else { Packing::Separate };
    PossibleValuesParser::new(named).map(packing)
}

/// The order of day and month in dates of birth.
pub fn date_order() -> impl TypedValueParser<Value = DateOrder> {
    let named = DateOrder::ALL.map(|order| PossibleValue::new(order.slug()));
    PossibleValuesParser::new(named).map(|name| name.parse().expect("it is one of the two"))
}

/// Reads the layout of lines of fixed width from a file.
pub fn record_layout(path: &str) -> Result<RecordLayout, String> {
    const MAX_LENGTH: u64 = 16 << 20;
    let mut text = String::new();
    let file = File::open(path).map_err(|error| format!("{path}: cannot be opened: {error}"))?;
    let read = file.take(MAX_LENGTH + 1).read_to_string(&mut text);
    read.map_err(|error| format!("{path}: cannot be read as text in UTF-8: {error}"))?;
    if text.len() as u64 > MAX_LENGTH {
        return Err(format!("{path}: longer than 16 MiB, so it is no layout; name another file"));
    }
    text.parse().map_err(|error| format!("{path}: {error}"))
}

/// The maximum number of rejects in a run: `N`, or `P%` of the rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RejectLimit {
    Number(u64),
    Percent(f64),
}

impl RejectLimit {
    /// For commands that explain a leak, even one with too many rejects for a check.
    pub const UNLIMITED: Self = Self::Number(u64::MAX);
}

impl FromStr for RejectLimit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str =
            "expected a number of rejects, or a percentage of the rows such as 2.5%";
        match text.strip_suffix('%') {
            Some(percent) => match percent.trim().parse::<f64>() {
                Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Self::Percent(percent)),
                _ => Err(EXPECTED),
            },
            None => text.parse().map(Self::Number).map_err(|_| EXPECTED),
        }
    }
}

/// A form in which `normalize` shows a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The normal form of a field.
    Field(Field),
    /// The parts of an insured number of 20 characters.
    Kvnr20,
    /// The parts of an insured number of 30 characters.
    Kvnr30,
    /// The code of an insurer.
    Institution,
    /// The sound of a name.
    Sound,
    /// A person in the form of match keys, with all given names.
    PersonFull,
    /// The same with only the first given name.
    PersonFirst,
}

impl Form {
    /// The names of the forms that no column has: parts of values, and combinations of several values.
    const OTHERS: [(&str, Self); 6] = [
        ("kvnr20", Self::Kvnr20),
        ("kvnr30", Self::Kvnr30),
        ("ik", Self::Institution),
        ("koelner_phonetik", Self::Sound),
        ("person_full", Self::PersonFull),
        ("person_first", Self::PersonFirst),
    ];

    /// The name of the form.
    pub fn name(self) -> &'static str {
        let other = || Self::OTHERS.iter().find(|(_, form)| *form == self);
        match self {
            Self::Field(field) => field.slug(),
            _ => other().map_or("value", |(name, _)| name),
        }
    }

    /// The names of all forms, fields first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let fields = Field::ALL.iter().map(|field| field.slug());
        fields.chain(Self::OTHERS.iter().map(|(name, _)| *name))
    }
}

impl FromStr for Form {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let other = || Self::OTHERS.iter().find(|(other, _)| *other == name);
        name.parse()
            .map(Self::Field)
            .or_else(|_| other().map(|&(_, form)| form).ok_or(()))
            .map_err(|()| format!("the kinds are: {}", slugs(Self::names())))
    }
}

pub fn at_least_one(number: &str) -> Result<NonZeroUsize, &'static str> {
    number.parse().map_err(|_| "expected a whole number of at least 1")
}

pub fn kind(name: &str) -> Result<Kind, String> {
    let all = || Kind::ALL.iter().map(|kind| kind.slug());
    name.parse().map_err(|_| format!("the kinds are: {}{}", slugs(all()), suggestion(name, all())))
}

/// The names of the kinds that are made from a single value. Only these can be looked up.
pub fn single_value_kinds() -> impl Iterator<Item = &'static str> {
    Field::ALL.iter().filter_map(|field| field.kind()).map(Kind::slug)
}

/// A kind that is made from a single value, by its name.
pub fn single_value_kind() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(single_value_kinds())
        .map(|name| name.parse().expect("it is one of them"))
}

/// A hash of an e-mail address, by the name of its algorithm.
pub fn email_hash() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(KindSet::EMAIL_HASHES.iter().map(algorithm)).map(|name| {
        let mut hashes = KindSet::EMAIL_HASHES.iter();
        hashes.find(|&kind| algorithm(kind) == name).expect("it is one of them")
    })
}

/// The name of the hash algorithm: `md5` for `md5-email`.
pub fn algorithm(hash: Kind) -> &'static str {
    hash.slug().trim_end_matches("-email")
}

pub fn slugs(names: impl Iterator<Item = &'static str>) -> String {
    names.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_or_a_percentage() {
        assert_eq!("12".parse(), Ok(RejectLimit::Number(12)));
        assert_eq!("2.5%".parse(), Ok(RejectLimit::Percent(2.5)));
        for wrong in ["", "-1", "%", "101%", "nan%", "many"] {
            assert!(wrong.parse::<RejectLimit>().is_err(), "{wrong}");
        }
    }
}
