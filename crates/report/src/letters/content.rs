//! The variables of a template: all that a letter can say.

use std::{borrow::Cow, collections::BTreeSet, iter};

use leakdex::{Breach, BreachExposure, DataClass, Finding, Kind, Strength};
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
    strength: Named<'a>,
    data_classes: Vec<Named<'a>>,
    records: u64,
}

/// Whether a person confirmed the match in a breach.
pub type IsConfirmed<'f> = &'f dyn Fn(&BreachExposure) -> bool;

impl<'a> Content<'a> {
    /// Of these breaches only, which are those of the finding that the letter states. A match that a person
    /// confirmed is sure.
    pub fn of(
        place: Place<'a>,
        member: &'a str,
        finding: &'a Finding,
        (stated, is_confirmed): (&[&'a BreachExposure], IsConfirmed<'_>),
        language: Language,
    ) -> Self {
        let class = |class: &'a DataClass| {
            let slug = class.as_str();
            Named { slug, words: language.data_class(slug) }
        };
        let all: BTreeSet<_> = stated.iter().flat_map(|part| &part.data_classes).collect();
        let breaches = stated.iter().map(|part| {
            let classes = part.data_classes.iter().map(class).collect();
            let own = InBreach::new(&part.breach, part.strength, classes, part.records, language);
            if is_confirmed(part) { InBreach { strength: confirmed(language), ..own } } else { own }
        });
        let any_is_confirmed = stated.iter().any(|part| is_confirmed(part));
        let strength = if any_is_confirmed && finding.strength() < Strength::Certain {
            confirmed(language)
        } else {
            of_strength(finding.strength(), language)
        };
        let matched = finding.matched().iter().map(Kind::slug);
        Self {
            member,
            file: place.file,
            row: place.row,
            strength,
            matched: matched.map(|slug| Named { slug, words: language.kind(slug) }).collect(),
            breaches: breaches.collect(),
            data_classes: all.into_iter().map(class).collect(),
            records: stated.iter().fold(0, |sum, part| sum.saturating_add(part.records)),
        }
    }
}

impl<'a> InBreach<'a> {
    fn new(
        breach: &'a Breach,
        strength: Strength,
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
            strength: of_strength(strength, language),
            data_classes,
            records,
        }
    }
}

fn of_strength(strength: Strength, language: Language) -> Named<'static> {
    let slug = strength.slug();
    Named { slug, words: language.strength(slug) }
}

/// The strength of a match that a person confirmed.
fn confirmed(language: Language) -> Named<'static> {
    let words = ["bestätigt", "confirmed"][language as usize];
    Named { slug: Strength::Certain.slug(), words: Cow::Borrowed(words) }
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
/// together (also where the member is only a candidate in all but one), every class of data and one only.
pub fn samples<'a>(language: Language, breaches: &[&'a Breach]) -> Vec<Content<'a>> {
    let class = |slug| Named { slug, words: language.data_class(slug) };
    let all_classes: Vec<_> = Language::known_data_classes().into_iter().map(class).collect();
    let few_classes = vec![class("names")];
    let sets = breaches.chunks(1).chain((breaches.len() > 1).then_some(breaches));
    let mut samples = Vec::new();
    for set in sets {
        for (classes, records) in [(&all_classes, 2), (&few_classes, 1)] {
            for &strength in Strength::ALL {
                let mut of_others = vec![strength];
                if set.len() > 1 && strength > Strength::Candidate {
                    of_others.push(Strength::Candidate);
                }
                for of_others in of_others {
                    let kinds = Kind::ALL.iter().filter(|kind| kind.strength() == strength);
                    let kinds = kinds.map(|kind| kind.slug());
                    let kinds = kinds.map(|slug| Named { slug, words: language.kind(slug) });
                    let strengths = iter::once(strength).chain(iter::repeat(of_others));
                    let in_breach = |(breach, strength): (&&'a Breach, Strength)| {
                        InBreach::new(breach, strength, classes.clone(), records, language)
                    };
                    samples.push(Content {
                        member: "M-4711",
                        file: "members.csv",
                        row: 1,
                        strength: of_strength(strength, language),
                        matched: kinds.collect(),
                        breaches: set.iter().zip(strengths).map(in_breach).collect(),
                        data_classes: classes.clone(),
                        records: records * set.len() as u64,
                    });
                }
            }
        }
    }
    samples
}

/// The content of a letter to a member with a match of this strength in each of these breaches. One class
/// of data leaked in each.
pub fn sample_of<'a>(
    language: Language,
    breaches: &[(&'a Breach, Strength, &'a str)],
) -> Content<'a> {
    let class = |slug: &'a str| Named { slug, words: language.data_class(slug) };
    let in_breach = |&(breach, strength, slug): &(&'a Breach, Strength, &'a str)| {
        InBreach::new(breach, strength, vec![class(slug)], 1, language)
    };
    let strength = breaches.iter().map(|&(_, strength, _)| strength).max();
    let kind = Kind::Username.slug();
    Content {
        member: "M-4711",
        file: "members.csv",
        row: 1,
        strength: of_strength(strength.unwrap_or(Strength::Candidate), language),
        matched: vec![Named { slug: kind, words: language.kind(kind) }],
        breaches: breaches.iter().map(in_breach).collect(),
        data_classes: breaches.iter().map(|&(_, _, slug)| class(slug)).collect(),
        records: breaches.len() as u64,
    }
}
