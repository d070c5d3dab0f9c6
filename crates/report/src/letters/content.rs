//! The variables of a template: all that a letter can say.

use std::borrow::Cow;

use leakdex::{Breach, Finding, Kind, Strength};
use serde::Serialize;

use super::Place;
use crate::language::Language;

/// The variables of a template. Of the member there is the reference and no other detail.
#[derive(Debug, Serialize)]
pub struct Content<'a> {
    member: &'a str,
    file: &'a str,
    row: u64,
    strength: Named<'a>,
    matched: Vec<Named<'a>>,
    breaches: Vec<InBreach<'a>>,
    data_classes: Vec<Named<'a>>,
    records: u64,
}

/// The variables, by name.
pub const VARIABLES: [&str; 8] =
    ["member", "file", "row", "strength", "matched", "breaches", "data_classes", "records"];

/// Something by its name in results, and in words.
#[derive(Clone, Debug, Serialize)]
struct Named<'a> {
    slug: &'a str,
    words: Cow<'a, str>,
}

/// A breach, and what leaked of the member in it.
#[derive(Debug, Serialize)]
struct InBreach<'a> {
    name: &'a str,
    title: Option<&'a str>,
    domain: Option<&'a str>,
    date: Option<&'a str>,
    date_in_words: Option<Cow<'a, str>>,
    description: Option<&'a str>,
    data_classes: Vec<Named<'a>>,
    records: u64,
}

impl<'a> Content<'a> {
    pub fn of(place: Place<'a>, member: &'a str, finding: &'a Finding, language: Language) -> Self {
        let exposure = finding.exposure();
        let class = |slug| Named { slug, words: language.data_class(slug) };
        let breaches = exposure.by_breach().iter().map(|part| {
            let classes = part.data_classes.iter().map(|own| class(own.as_str())).collect();
            InBreach::new(&part.breach, classes, part.records, language)
        });
        let strength = finding.strength().slug();
        let matched = finding.matched().iter().map(Kind::slug);
        Self {
            member,
            file: place.file,
            row: place.row,
            strength: Named { slug: strength, words: language.strength(strength) },
            matched: matched.map(|slug| Named { slug, words: language.kind(slug) }).collect(),
            breaches: breaches.collect(),
            data_classes: exposure.data_classes().iter().map(|own| class(own.as_str())).collect(),
            records: exposure.records(),
        }
    }
}

impl<'a> InBreach<'a> {
    fn new(
        breach: &'a Breach,
        data_classes: Vec<Named<'a>>,
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
            description: filled(breach.description.as_ref()),
            data_classes,
            records,
        }
    }
}

fn filled(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// A breach of which everything is known.
pub fn sample_breach() -> Breach {
    let mut breach = Breach::named("sample").expect("it is a name");
    breach.title = Some("Sample".into());
    breach.domain = Some("example.de".into());
    breach.breach_date = Some("2023-01-18".into());
    breach.description = Some("A sample.".into());
    breach
}

/// Contents that differ in whatever a template is likely to ask for: every strength, each breach and all
/// together, every class of data and one only.
pub fn samples<'a>(language: Language, breaches: &[&'a Breach]) -> Vec<Content<'a>> {
    let class = |slug| Named { slug, words: language.data_class(slug) };
    let all_classes: Vec<_> = Language::known_data_classes().into_iter().map(class).collect();
    let few_classes = vec![class("names")];
    let sets = breaches.chunks(1).chain((breaches.len() > 1).then_some(breaches));
    let mut samples = Vec::new();
    for set in sets {
        for (classes, records) in [(&all_classes, 2), (&few_classes, 1)] {
            for strength in Strength::ALL {
                let kinds = Kind::ALL.iter().filter(|kind| kind.strength() == *strength);
                let kinds = kinds.map(|kind| kind.slug());
                let slug = strength.slug();
                let in_breach =
                    |breach: &&'a Breach| InBreach::new(breach, classes.clone(), records, language);
                samples.push(Content {
                    member: "M-4711",
                    file: "members.csv",
                    row: 1,
                    strength: Named { slug, words: language.strength(slug) },
                    matched: kinds.map(|slug| Named { slug, words: language.kind(slug) }).collect(),
                    breaches: set.iter().map(in_breach).collect(),
                    data_classes: classes.clone(),
                    records: records * set.len() as u64,
                });
            }
        }
    }
    samples
}
