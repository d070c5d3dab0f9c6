//! The description of a breach, from a TOML file.

use std::path::Path;

use anyhow::Context as _;
use leakdex::{Breach, DataClass};
use leakdex_input::closest::suggestion;
use leakdex_report::Language;
use serde::Deserialize as _;
use toml::{Table, Value};

use crate::{status::print_warning, toml_file};

/// The fields of the HIBP breach model. leakdex keeps the fields that its `Breach` has. It accepts the
/// others, so an entry can be copied from HIBP unchanged.
const KNOWN: [&str; 20] = [
    "Name",
    "Title",
    "Domain",
    "BreachDate",
    "AddedDate",
    "Description",
    "DataClasses",
    "ModifiedDate",
    "PwnCount",
    "LogoPath",
    "Attribution",
    "DisclosureUrl",
    "IsVerified",
    "IsFabricated",
    "IsSensitive",
    "IsRetired",
    "IsSpamList",
    "IsMalware",
    "IsSubscriptionFree",
    "IsStealerLog",
];

/// A correct line.
const EXAMPLE: &str = "a breach file has lines such as Name = 'bitmarck-2023-01'";

/// A correct date.
const DATE: &str = "write a date as BreachDate = 2026-11-24: year, month, day, with hyphens";

/// The first fields of [`KNOWN`], which a [`Breach`] has.
const KEPT: usize = 7;

pub fn read(path: &Path) -> anyhow::Result<Breach> {
    let text = toml_file::read(path, "the breach")?;
    let breach = parse(&text).with_context(|| path.display().to_string())?;
    warn_of_unknown_classes(&format!("{}: DataClasses", path.display()), &breach.data_classes);
    Ok(breach)
}

/// Warns of classes that reports, notices and letters have no words for. `place` is where the user wrote
/// them.
pub fn warn_of_unknown_classes<'a>(place: &str, classes: impl IntoIterator<Item = &'a DataClass>) {
    let unknown = unknown_classes(classes);
    if !unknown.is_empty() {
        print_warning(format_args!(
            "{place}: leakdex has no words of its own for {}. Report, notice and letters show this word in each \
             language, and state no consequences. Write a known class, if one fits: docs/IDENTIFIERS.md lists \
             them in section \"Data classes\"",
            unknown.join(", ")
        ));
    }
}

/// The classes of data that have no wording, each with the known class that the user may have meant.
fn unknown_classes<'a>(classes: impl IntoIterator<Item = &'a DataClass>) -> Vec<String> {
    let known = Language::known_data_classes();
    let unknown = classes.into_iter().map(DataClass::as_str);
    let unknown = unknown.filter(|class| !known.contains(class));
    let listed = unknown.map(|class| {
        // Many users write the German word, and often only part of "Postanschriften oder Teile davon".
        let is_german = |slug: &&&str| {
            DataClass::new(&Language::De.data_class(slug)).is_ok_and(|wording| {
                let rest = wording.as_str().strip_prefix(class);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            })
        };
        let german = known.iter().find(is_german).copied();
        let near = suggestion(german.unwrap_or(class), known.iter().copied());
        let hint = near.strip_prefix("; ").map(|hint| format!(" ({hint})"));
        format!("'{class}'{}", hint.unwrap_or_default())
    });
    listed.collect()
}

fn parse(text: &str) -> anyhow::Result<Breach> {
    let mut fields = Table::new();
    for (field, value) in toml_file::table(text, example)? {
        let known = KNOWN.iter().position(|known| same_name(known, &field));
        let Some(known) = known else {
            anyhow::bail!(
                "no field '{field}'; the fields are: {}{}",
                KNOWN[..KEPT].join(" "),
                suggestion(&field, KNOWN[..KEPT].iter().copied())
            );
        };
        if known < KEPT {
            // A date may be a TOML date or text.
            let value = match value {
                Value::Datetime(date) => Value::String(date.to_string()),
                other => other,
            };
            fields.insert(KNOWN[known].to_owned(), value);
        }
    }
    anyhow::ensure!(
        fields.contains_key("Name"),
        "the field Name is missing; add a line such as Name = 'bitmarck-2023-01'"
    );
    Ok(Breach::deserialize(fields)?)
}

/// A corrected version of a wrong line.
fn example(line: &str) -> &'static str {
    let field = line.split('=').next().unwrap_or_default().trim();
    let is_date =
        ["BreachDate", "AddedDate", "ModifiedDate"].iter().any(|known| same_name(known, field));
    if is_date { DATE } else { EXAMPLE }
}

/// Whether both names are the same field. Letter case, hyphens and underscores do not count.
fn same_name(known: &str, field: &str) -> bool {
    let letters = field.chars().filter(|letter| !matches!(letter, '-' | '_'));
    letters.map(|letter| letter.to_ascii_lowercase()).eq(known.to_lowercase().chars())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_the_hibp_model_in_any_spelling() -> anyhow::Result<()> {
        let breach = parse(
            "Name = 'bitmarck'\nbreach-date = 2023-01-18\nPwnCount = 300000\n\
             DataClasses = ['Email addresses', 'names']",
        )?;
        assert_eq!(breach.name().as_str(), "bitmarck");
        assert_eq!(breach.breach_date.as_deref(), Some("2023-01-18"));
        let classes: Vec<&str> = breach.data_classes.iter().map(DataClass::as_str).collect();
        assert_eq!(classes, ["email-addresses", "names"]);
        Ok(())
    }

    #[test]
    fn a_data_class_without_wording_gets_a_suggestion() -> anyhow::Result<()> {
        let breach = parse(
            "Name = 'x'\nDataClasses = ['Beitragsdaten', 'Postanschriften', 'Pasword', 'Names', 'Phone numbers']",
        )?;
        let listed = [
            "'beitragsdaten'",
            "'postanschriften' (did you mean 'physical-addresses'?)",
            "'pasword' (did you mean 'passwords'?)",
        ];
        assert_eq!(unknown_classes(&breach.data_classes), listed);
        Ok(())
    }

    #[test]
    fn the_manual_lists_all_data_classes() {
        let manual = include_str!("../../../docs/IDENTIFIERS.md");
        let (_, section) = manual.split_once("\n## Data classes\n").expect("the warning names it");
        let (section, _) = section.split_once("\n## ").expect("another section follows");
        let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| `")).collect();
        let known = Language::known_data_classes().into_iter().map(|slug| {
            let [german, english] = Language::ALL.map(|language| language.data_class(slug));
            format!("| `{slug}` | {german} | {english} |")
        });
        assert_eq!(rows, known.collect::<Vec<_>>());
    }

    #[test]
    fn an_unrelated_file_is_not_quoted() {
        for text in
            ["Name;Vorname\nMuster;Max\n", "Name = 'x'\nMuster Max", "Name = 'x'\nMuster = "]
        {
            let error = format!("{:#}", parse(text).expect_err("this is not a breach"));
            assert!(!error.contains("Muster") && error.contains("line"), "{error}");
        }
    }

    /// TOML has dates, but not in the German notation.
    #[test]
    fn a_date_in_another_form_gets_an_error_with_the_right_form() {
        for date in ["24.11.2026", "24/11/2026", "November 2026"] {
            let text = format!("Name = 'x'\nbreach-date = {date}\nTitle = 'y'\n");
            let error = format!("{:#}", parse(&text).expect_err("this is not a date"));
            assert!(
                error.contains("line 2") && error.contains("BreachDate = 2026-11-24"),
                "{error}"
            );
        }
        let other = format!("{:#}", parse("Name = x y").expect_err("this is not text"));
        assert!(!other.contains("2026"), "{other}");
    }

    #[test]
    fn an_unknown_field_or_a_missing_name_is_an_error() {
        for (text, expected) in [("Nmae = 'x'", "Nmae"), ("Title = 'x'", "Name")] {
            let error = parse(text).expect_err("this is not a breach");
            assert!(format!("{error:#}").contains(expected), "{error:#}");
        }
    }
}
