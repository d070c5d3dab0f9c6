//! The names of things in letters and reports, in each language.

mod consequences;

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

pub use self::consequences::{Audience, Consequence};

/// A language of letters and reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// German
    De,
    /// English
    En,
}

/// Names by slug, in the order of [`Language`]'s variants.
pub(crate) type Names = HashMap<String, [String; 2]>;

/// The words for a class of data, in the order of [`Language`]'s variants: its name, and phrases for the
/// reader's own data and for the data of the reader's child.
struct ClassWords {
    names: [String; 2],
    yours: [String; 2],
    of_child: [String; 2],
}

/// The classes in HIBP's public list. The English names are from that list.
static DATA_CLASSES: LazyLock<HashMap<String, ClassWords>> =
    LazyLock::new(|| class_words(include_str!("language/data_classes.csv")));
static MONTHS: LazyLock<Names> = LazyLock::new(|| names(include_str!("language/months.csv")));
static KINDS: LazyLock<Names> = LazyLock::new(|| names(include_str!("language/kinds.csv")));
static REASONS: LazyLock<Names> = LazyLock::new(|| names(include_str!("language/reasons.csv")));
static TABLES: LazyLock<Names> = LazyLock::new(|| names(include_str!("language/tables.csv")));
static REMEDIES: LazyLock<HashMap<String, (bool, [String; 2])>> = LazyLock::new(|| {
    let mut rows = csv::Reader::from_reader(include_str!("language/remedies.csv").as_bytes());
    let rows = rows.deserialize().map(|row| row.expect("tests read every list"));
    rows.map(|(code, of_leak, german, english): (String, String, _, _)| {
        (code, (of_leak == "yes", [german, english]))
    })
    .collect()
});
static STRENGTHS: LazyLock<Names> = LazyLock::new(|| names(include_str!("language/strengths.csv")));

/// The methods take slugs from results, which another version may have written. An unknown slug is shown as
/// it is, with spaces in place of hyphens.
impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::De, Self::En];

    /// The name of a class of leaked data.
    #[must_use]
    pub fn data_class(self, slug: &str) -> Cow<'_, str> {
        self.data_class_of(slug, Audience::OfMany)
    }

    /// The phrase for a class of leaked data in a text for this audience, such as `Ihr Geburtsdatum`. For
    /// [`Audience::OfMany`] and for an unknown class, it is the name of the class.
    pub(crate) fn data_class_of(self, slug: &str, audience: Audience) -> Cow<'_, str> {
        let Some(known) = DATA_CLASSES.get(slug) else {
            return Cow::Owned(slug.replace('-', " "));
        };
        let words = match audience {
            Audience::Yours => &known.yours,
            Audience::OfChild => &known.of_child,
            Audience::OfMany => &known.names,
        };
        Cow::Borrowed(&words[self as usize])
    }

    /// The name of a kind of identifier.
    #[must_use]
    pub fn kind(self, slug: &str) -> Cow<'_, str> {
        self.name(&KINDS, slug)
    }

    /// The name of a reason why a value or a row is not used.
    #[must_use]
    pub fn reason(self, code: &str) -> Cow<'_, str> {
        self.name(&REASONS, code)
    }

    /// The name of a strength, in words.
    #[must_use]
    pub fn strength(self, slug: &str) -> Cow<'_, str> {
        self.name(&STRENGTHS, slug)
    }

    /// A heading or a word in the tables that people open.
    #[must_use]
    pub fn of_table(self, slug: &str) -> Cow<'_, str> {
        self.name(&TABLES, slug)
    }

    /// The remedy for values or rows that are not used for this reason, in a member list or in a leak, or for this
    /// cause of a partial check. Nobody can correct the values of a leak. Empty if no remedy is known.
    #[must_use]
    pub fn remedy(self, code: &str, of_leak: bool) -> &'static str {
        let remedies = &*REMEDIES;
        let known = remedies.get(code).filter(|(is_of_leak, _)| *is_of_leak || !of_leak);
        let known = known.or_else(|| remedies.get("leaked-value").filter(|_| of_leak));
        known.map_or("", |(_, texts)| &texts[self as usize])
    }

    /// The slugs of all classes of data with a name, in order.
    #[must_use]
    pub fn known_data_classes() -> Vec<&'static str> {
        let mut slugs: Vec<&str> = DATA_CLASSES.keys().map(String::as_str).collect();
        slugs.sort_unstable();
        slugs
    }

    /// A date such as `2023-01-18`, `2023-01` or `2023` as people write it. Any other text stays as it is.
    #[must_use]
    pub fn date(self, date: &str) -> Cow<'_, str> {
        date_in_words(self, date).map_or(Cow::Borrowed(date), Cow::Owned)
    }

    /// Such a date at the start of a sentence: `Am 18. Januar 2023`, `Im Januar 2023`, `Im Jahr 2023`.
    pub(crate) fn date_at_the_start(self, date: &str) -> String {
        let words = self.date(date);
        let is_year = date.len() == 4 && date.bytes().all(|byte| byte.is_ascii_digit());
        let is_known = is_year || matches!(words, Cow::Owned(_));
        let parts = if is_year { 1 } else { date.split('-').count() };
        match (self, parts) {
            _ if !is_known => words.into_owned(),
            (Self::De, 1) => format!("Im Jahr {words}"),
            (Self::De, 2) => format!("Im {words}"),
            (Self::De, _) => format!("Am {words}"),
            (Self::En, 3) => format!("On {words}"),
            (Self::En, _) => format!("In {words}"),
        }
    }

    fn name<'a>(self, names: &'static Names, slug: &'a str) -> Cow<'a, str> {
        match names.get(slug) {
            Some(known) => Cow::Borrowed(&known[self as usize]),
            None => Cow::Owned(slug.replace('-', " ")),
        }
    }
}

fn class_words(list: &str) -> HashMap<String, ClassWords> {
    let mut rows = csv::Reader::from_reader(list.as_bytes());
    let rows = rows.deserialize().map(|row| row.expect("tests read every list"));
    let row = |(slug, german, english, german_yours, german_of_child, yours, of_child)| {
        let words = ClassWords {
            names: [german, english],
            yours: [german_yours, yours],
            of_child: [german_of_child, of_child],
        };
        (slug, words)
    };
    rows.map(row).collect()
}

fn date_in_words(language: Language, date: &str) -> Option<String> {
    let (year, rest) = date.split_once('-')?;
    let (month, day) = rest.split_once('-').map_or((rest, None), |(month, day)| (month, Some(day)));
    let is_number = |part: &str, digits: usize| {
        part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let month = is_number(year, 4).then(|| MONTHS.get(month)).flatten()?;
    let month = &month[language as usize];
    let Some(day) = day else { return Some(format!("{month} {year}")) };
    let day = is_number(day, 2).then(|| day.parse::<u8>().ok()).flatten();
    let day = day.filter(|day| (1..=31).contains(day))?;
    let dot = [".", ""][language as usize];
    Some(format!("{day}{dot} {month} {year}"))
}

/// Parses one of the embedded lists.
pub(crate) fn names(list: &str) -> Names {
    let mut rows = csv::Reader::from_reader(list.as_bytes());
    let rows = rows.deserialize().map(|row| row.expect("tests read every list"));
    rows.map(|(slug, german, english)| (slug, [german, english])).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use leakdex::{DataClass, Field, Kind, Reason, Strength};

    use super::*;

    /// Checks that a list names these slugs, each once and in every language, and no others.
    #[track_caller]
    fn names_all<'a>(list: &str, names: &Names, slugs: impl Iterator<Item = &'a str>) {
        assert_eq!(list.lines().count(), names.len() + 1, "a slug has one line");
        let slugs: BTreeSet<&str> = slugs.collect();
        assert_eq!(names.keys().map(String::as_str).collect::<BTreeSet<_>>(), slugs);
        for (slug, names) in names {
            for name in names {
                assert!(!name.is_empty() && name.trim() == name, "{slug}: '{name}'");
            }
        }
        for language in 0..2 {
            let different: BTreeSet<&str> = names.values().map(|names| &*names[language]).collect();
            assert_eq!(different.len(), names.len(), "names tell things apart");
        }
    }

    #[test]
    fn every_kind_strength_and_reason_has_a_name_in_each_language() {
        let kinds = Kind::ALL.iter().map(|kind| kind.slug());
        names_all(include_str!("language/kinds.csv"), &KINDS, kinds);
        let strengths = Strength::ALL.iter().map(|strength| strength.slug());
        let strengths = strengths.chain([crate::decisions::BY_HAND]);
        names_all(include_str!("language/strengths.csv"), &STRENGTHS, strengths);
        let reasons = Reason::ALL.iter().map(|reason| reason.code());
        names_all(include_str!("language/reasons.csv"), &REASONS, reasons);
    }

    #[test]
    fn every_reason_has_a_remedy_in_each_language() {
        let codes = Reason::ALL.iter().map(|reason| reason.code());
        let codes = codes.chain(crate::causes::OTHERS).chain(["leaked-value", "not-leaked"]);
        assert_eq!(
            REMEDIES.keys().map(String::as_str).collect::<BTreeSet<_>>(),
            codes.collect::<BTreeSet<_>>()
        );
        for (code, (_, texts)) in &*REMEDIES {
            for text in texts {
                assert!(text.ends_with('.') && text.trim() == text, "{code}: '{text}'");
            }
        }
        let of_list = Language::De.remedy("no-at-sign", false);
        let of_leak = Language::De.remedy("no-at-sign", true);
        assert_eq!(of_list, "Berichtigen Sie die E-Mail-Adresse.");
        assert!(of_leak.starts_with("Am Datenleck"), "{of_leak}");
        assert!(Language::En.remedy("mojibake", true).contains("--encoding"));
        assert_eq!(Language::En.remedy("new", false), "");
    }

    /// No option can restore a letter that is missing from the file.
    #[test]
    fn the_remedy_for_a_lost_letter_is_a_new_export_or_a_correction() {
        for code in ["lost-character", "replacement-character"] {
            let message = Language::De.remedy(code, false);
            assert!(message.contains("--encoding hilft nicht. Exportieren"), "{message}");
            assert!(message.contains("berichtigen"), "{message}");
        }
    }

    #[test]
    fn the_headings_and_words_of_tables_have_a_name_in_each_language() {
        for (slug, [german, english]) in &*TABLES {
            assert!(!german.is_empty() && !english.is_empty(), "{slug}");
        }
        assert_eq!(Language::De.of_table("row"), "Zeile");
    }

    #[test]
    fn every_class_of_data_of_hibp_has_a_name_in_each_language() {
        let names: Names =
            DATA_CLASSES.iter().map(|(slug, words)| (slug.clone(), words.names.clone())).collect();
        let slugs: Vec<String> = names
            .values()
            .map(|[_, english]| {
                // Some names in HIBP's list contain characters that a slug cannot have.
                let name = english.replace(['\'', '(', ')'], "");
                DataClass::new(&name).expect("it is a name").as_str().to_owned()
            })
            .collect();
        assert!(slugs.len() > 150, "{} classes", slugs.len());
        let list = include_str!("language/data_classes.csv");
        names_all(list, &names, slugs.iter().map(String::as_str));
        for field in Field::ALL {
            let class = field.data_class();
            assert!(DATA_CLASSES.contains_key(class.as_str()), "{class}");
        }
    }

    #[test]
    fn data_classes_have_phrases_for_members_and_guardians() {
        for (slug, known) in DATA_CLASSES.iter() {
            for (words, of_child) in known.yours.iter().zip(&known.of_child) {
                assert!(!words.is_empty() && words.trim() == words, "{slug}: '{words}'");
                assert!(!of_child.contains(" Ihnen") && !of_child.contains(" you "), "{of_child}");
                for word in ["Ihres Kindes", "your child"] {
                    assert!(!words.contains(word), "{words}");
                }
                assert!(
                    words == of_child || of_child.contains("Kind") || of_child.contains("child"),
                    "{of_child}"
                );
            }
        }
        for (slug, audience, german, english) in [
            ("dates-of-birth", Audience::Yours, "Ihr Geburtsdatum", "your date of birth"),
            (
                "dates-of-birth",
                Audience::OfChild,
                "das Geburtsdatum Ihres Kindes",
                "your child's date of birth",
            ),
            ("email-addresses", Audience::Yours, "Ihre E-Mail-Adresse", "your e-mail address"),
            ("email-addresses", Audience::OfMany, "E-Mail-Adressen", "Email addresses"),
            // A leak with only postcodes also has this class.
            (
                "physical-addresses",
                Audience::Yours,
                "Ihre Postanschrift oder ein Teil davon (etwa die Postleitzahl)",
                "your postal address or a part of it (such as the postcode)",
            ),
            ("shoe-sizes", Audience::Yours, "shoe sizes", "shoe sizes"),
        ] {
            assert_eq!(Language::De.data_class_of(slug, audience), german);
            assert_eq!(Language::En.data_class_of(slug, audience), english);
        }
    }

    #[test]
    fn a_sentence_begins_with_a_date() {
        for (date, german, english) in [
            ("2026-01-18", "Am 18. Januar 2026", "On 18 January 2026"),
            ("2026-01", "Im Januar 2026", "In January 2026"),
            ("2026", "Im Jahr 2026", "In 2026"),
            ("Anfang 2026", "Anfang 2026", "Anfang 2026"),
        ] {
            assert_eq!(Language::De.date_at_the_start(date), german);
            assert_eq!(Language::En.date_at_the_start(date), english);
        }
    }

    #[test]
    fn dates_are_written_as_people_write_them() {
        for (date, german, english) in [
            ("2023-01-18", "18. Januar 2023", "18 January 2023"),
            ("2021-03-05", "5. März 2021", "5 March 2021"),
            ("2023-12", "Dezember 2023", "December 2023"),
            ("2023", "2023", "2023"),
            ("2023-13-01", "2023-13-01", "2023-13-01"),
            ("2023-00", "2023-00", "2023-00"),
            ("2023-01-32", "2023-01-32", "2023-01-32"),
            ("2023-01-18T10:00:00Z", "2023-01-18T10:00:00Z", "2023-01-18T10:00:00Z"),
            ("Anfang 2023", "Anfang 2023", "Anfang 2023"),
            ("", "", ""),
        ] {
            assert_eq!(Language::De.date(date), german);
            assert_eq!(Language::En.date(date), english);
        }
    }

    #[test]
    fn an_unknown_term_is_called_by_its_slug() {
        for language in Language::ALL {
            assert_eq!(language.data_class("shoe-sizes-of-pets"), "shoe sizes of pets");
            assert_eq!(language.reason("new"), "new");
        }
        assert_eq!(Language::De.data_class("email-addresses"), "E-Mail-Adressen");
        assert_eq!(Language::En.data_class("email-addresses"), "Email addresses");
        assert_eq!(Language::De.strength("certain"), "sicher");
        assert_eq!(Language::En.kind("kvnr"), "health insurance number (KVNR)");
    }
}
