//! The variables of a template: everything that a letter can state.

use std::{borrow::Cow, collections::BTreeSet};

use leakdex::{Breach, DataClass, Finding, Kind, Strength};
use serde::Serialize;

use super::{Age, Place, StatedBreach, template::Template};
use crate::{
    decisions::BY_HAND,
    insurer::Insurer,
    language::{Audience, Consequence, Language},
};

/// The sender and the date of the letters.
#[derive(Clone, Default)]
pub struct Sender {
    /// The insurer.
    pub insurer: Insurer,
    /// The day in the date line, as `2026-01-18`.
    pub today: String,
    /// Whether the letters must not be sent yet.
    pub draft: bool,
}

/// The variables of a template. They identify the member only by the reference, and tell whether the letter
/// goes to guardians.
#[derive(Serialize)]
pub struct Content<'a> {
    number: u64,
    member: &'a str,
    file: &'a str,
    row: u64,
    minor: bool,
    age_known: bool,
    strength: NamedTerm<'a>,
    matched: Vec<NamedTerm<'a>>,
    breaches: Vec<InBreach<'a>>,
    data_classes: Vec<Class<'a>>,
    records: u64,
    consequences: Vec<Consequence>,
    insurer: &'a Insurer,
    today: &'a str,
    today_in_words: Cow<'a, str>,
    draft: bool,
}

/// The variables about the member. A template must use at least one of them.
pub const OF_THE_MEMBER: [&str; 10] = [
    "member",
    "file",
    "row",
    "minor",
    "strength",
    "matched",
    "breaches",
    "data_classes",
    "records",
    "consequences",
];

/// A slug from results, and its name in words.
#[derive(Clone, Serialize)]
struct NamedTerm<'a> {
    slug: &'a str,
    words: Cow<'a, str>,
}

/// A class of data: its slug, its name, and a phrase for the data of the reader or of the reader's child, such
/// as `Ihr Geburtsdatum`.
#[derive(Clone, Serialize)]
struct Class<'a> {
    slug: &'a str,
    words: Cow<'a, str>,
    yours: Cow<'a, str>,
}

/// A breach, and the data of the member that leaked in it.
#[derive(Serialize)]
struct InBreach<'a> {
    name: &'a str,
    title: Option<&'a str>,
    domain: Option<&'a str>,
    date: Option<&'a str>,
    date_in_words: Option<Cow<'a, str>>,
    date_at_the_start: Option<String>,
    description: Option<&'a str>,
    strength: NamedTerm<'a>,
    confirmed: bool,
    data_classes: Vec<Class<'a>>,
    records: u64,
}

impl<'a> Content<'a> {
    /// The content of a letter. It covers only the breaches of the finding that the letter states.
    pub fn of(
        place: Place<'a>,
        (number, member, age): (u64, &'a str, Age),
        finding: &'a Finding,
        stated: &[StatedBreach<'a>],
        template: &'a Template,
    ) -> Self {
        let language = template.language;
        let of_breaches = stated.iter().map(|stated| {
            let classes = classes(finding, stated).into_iter().map(DataClass::as_str);
            (stated, classes.collect::<Vec<_>>())
        });
        let of_breaches: Vec<_> = of_breaches.collect();
        let breaches = of_breaches.iter().map(|(breach, classes)| {
            let classes = in_words(classes.iter().copied(), age, language);
            let strength = (breach.strength, breach.is_confirmed);
            InBreach::new(
                &breach.exposure.breach,
                strength,
                classes,
                breach.exposure.records,
                language,
            )
        });
        let all: BTreeSet<&str> =
            of_breaches.iter().flat_map(|(_, classes)| classes.iter().copied()).collect();
        let strength = stated.iter().map(|stated| stated.strength).max();
        let records =
            stated.iter().fold(0, |sum: u64, breach| sum.saturating_add(breach.exposure.records));
        let matched = finding.matched().iter().map(Kind::slug);
        // A confirmed match counts as certain. The words mention the confirmation, unless some match is
        // certain without it.
        let found = stated.iter().map(|stated| stated.exposure.strength).max();
        let is_confirmed = stated.iter().any(|stated| stated.is_confirmed);
        let words =
            (is_confirmed && found < Some(Strength::Certain)).then(|| of_confirmed(language));
        let with = Self::with(place, (number, member, age), strength, &all, template);
        Self {
            strength: words.unwrap_or_else(|| with.strength.clone()),
            matched: matched.map(|slug| NamedTerm { slug, words: language.kind(slug) }).collect(),
            breaches: breaches.collect(),
            records,
            ..with
        }
    }

    /// The content of a letter with these classes of data and no breach.
    fn with(
        place: Place<'a>,
        (number, member, age): (u64, &'a str, Age),
        strength: Option<Strength>,
        classes: &BTreeSet<&'a str>,
        template: &'a Template,
    ) -> Self {
        let (language, sender) = (template.language, &template.sender);
        Self {
            number,
            member,
            file: place.file,
            row: place.row,
            minor: age == Age::Minor,
            age_known: age != Age::Unknown,
            strength: of_strength(strength.unwrap_or(Strength::Candidate), language),
            matched: Vec::new(),
            breaches: Vec::new(),
            data_classes: in_words(classes.iter().copied(), age, language),
            records: 0,
            consequences: language.consequences(|class| classes.contains(class), audience(age)),
            insurer: &sender.insurer,
            today: &sender.today,
            today_in_words: language.date(&sender.today),
            draft: sender.draft,
        }
    }
}

/// The classes of a member's data that leaked in a breach that a letter states.
///
/// If there is a more certain record, a record that is only a candidate is left out. It may be somebody
/// else's, such as a twin's.
pub fn classes<'a>(finding: &'a Finding, stated: &StatedBreach<'a>) -> BTreeSet<&'a DataClass> {
    let exposure = stated.exposure;
    if exposure.strength == Strength::Candidate {
        return exposure.data_classes.iter().collect();
    }
    let records = finding.records().iter();
    let records = records.filter(|record| record.breach.name() == exposure.breach.name());
    let sure = records.filter(|record| record.strength > Strength::Candidate);
    sure.flat_map(|record| &record.data_classes).chain(&exposure.breach.data_classes).collect()
}

fn audience(age: Age) -> Audience {
    if age == Age::Minor { Audience::OfChild } else { Audience::Yours }
}

/// Classes in words, the worst consequences first.
fn in_words<'a>(
    slugs: impl Iterator<Item = &'a str>,
    age: Age,
    language: Language,
) -> Vec<Class<'a>> {
    let class = |slug| Class {
        slug,
        words: language.data_class(slug),
        yours: language.data_class_of(slug, audience(age)),
    };
    let mut classes: Vec<_> = slugs.map(class).collect();
    classes.sort_by_key(|class| (Language::rank_of_class(class.slug), class.slug));
    classes
}

impl<'a> InBreach<'a> {
    fn new(
        breach: &'a Breach,
        (strength, confirmed): (Strength, bool),
        data_classes: Vec<Class<'a>>,
        records: u64,
        language: Language,
    ) -> Self {
        let date = filled(breach.breach_date.as_ref());
        Self {
            name: breach.name().as_str(),
            title: filled(breach.title.as_ref()),
            domain: filled(breach.domain.as_ref()),
            date,
            date_in_words: date.map(|date| language.date(date)),
            date_at_the_start: date.map(|date| language.date_at_the_start(date)),
            description: filled(breach.description.as_ref()),
            strength: if confirmed {
                of_confirmed(language)
            } else {
                of_strength(strength, language)
            },
            confirmed,
            data_classes,
            records,
        }
    }
}

fn of_strength(strength: Strength, language: Language) -> NamedTerm<'static> {
    let slug = strength.slug();
    NamedTerm { slug, words: language.strength(slug) }
}

/// The strength of a match that a person confirmed.
fn of_confirmed(language: Language) -> NamedTerm<'static> {
    NamedTerm { slug: Strength::Certain.slug(), words: language.strength(BY_HAND) }
}

/// The text, unless it is missing or blank.
pub fn filled(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// A breach with all details.
pub fn sample_breach() -> Breach {
    let mut breach = Breach::named("sample").expect("it is a name");
    breach.title = Some("Sample".into());
    breach.domain = Some("example.de".into());
    breach.breach_date = Some("2023-01-18".into());
    breach.description = Some("A sample.".into());
    breach
}

/// A sample's statement about a breach: its strength, whether it is confirmed, and the classes of data.
pub type SampleBreach<'a> = (&'a Breach, (Strength, bool), Vec<&'a str>);

/// Samples that differ in everything that a template is likely to use:
///
/// - every strength, and a confirmed match
/// - each breach alone, and all together, also with the member only a candidate in all but one
/// - all classes of data, and only one
/// - adults, minors, and members of unknown age
pub fn samples<'a>(template: &'a Template, breaches: &[&'a Breach]) -> Vec<Content<'a>> {
    let all_classes = Language::known_data_classes();
    let sets = breaches.chunks(1).chain((breaches.len() > 1).then_some(breaches));
    let mut samples = Vec::new();
    for set in sets {
        for classes in [&all_classes[..], &["names"]] {
            let mut strengths: Vec<_> =
                Strength::ALL.iter().map(|strength| (*strength, *strength)).collect();
            if set.len() > 1 {
                let stronger =
                    Strength::ALL.iter().filter(|strength| **strength > Strength::Candidate);
                strengths.extend(stronger.map(|strength| (*strength, Strength::Candidate)));
            }
            let confirmed = (Strength::Certain, Strength::Certain);
            let strengths =
                strengths.iter().map(|strength| (strength, false)).chain([(&confirmed, true)]);
            for (&(strength, of_others), is_confirmed) in strengths {
                for age in [Age::OfAge, Age::Minor, Age::Unknown] {
                    let stated = set.iter().enumerate().map(|(number, breach)| {
                        let strength = if number == 0 { strength } else { of_others };
                        (*breach, (strength, is_confirmed), classes.to_vec())
                    });
                    samples.push(sample_of(template, age, &stated.collect::<Vec<_>>()));
                }
            }
        }
    }
    samples
}

/// The content of a letter that states these breaches.
pub fn sample_of<'a>(template: &'a Template, age: Age, stated: &[SampleBreach<'a>]) -> Content<'a> {
    let language = template.language;
    let place = Place { file: "members.csv", list: 1, row: 1 };
    let strength = stated.iter().map(|(_, (strength, _), _)| *strength).max();
    let kinds = Kind::ALL.iter().filter(|kind| Some(kind.strength()) == strength);
    let kinds = kinds.map(|kind| kind.slug());
    let breaches = stated.iter().map(|(breach, strength, classes)| {
        let classes = in_words(classes.iter().copied(), age, language);
        InBreach::new(breach, *strength, classes, 1, language)
    });
    let all = stated.iter().flat_map(|(_, _, classes)| classes.iter().copied()).collect();
    Content {
        matched: kinds.map(|slug| NamedTerm { slug, words: language.kind(slug) }).collect(),
        breaches: breaches.collect(),
        records: stated.len() as u64,
        ..Content::with(place, (1, "M-4711", age), strength, &all, template)
    }
}
