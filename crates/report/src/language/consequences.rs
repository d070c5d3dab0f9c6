//! The consequences of a leak of a class of data, and the advice for people.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::Language;

static CONSEQUENCES: LazyLock<Table> = LazyLock::new(|| {
    toml::from_str(include_str!("consequences.toml")).expect("tests read the table")
});

#[derive(Deserialize)]
struct Table {
    group: Vec<Group>,
    general: InLanguages,
}

#[derive(Deserialize)]
struct Group {
    classes: Vec<String>,
    #[serde(flatten)]
    texts: InLanguages,
}

#[derive(Deserialize)]
struct InLanguages {
    de: Texts,
    en: Texts,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Texts {
    yours: String,
    of_child: String,
    of_many: String,
    advice: Option<String>,
    /// `None` if the advice also fits guardians.
    advice_child: Option<String>,
}

/// Whose data a text is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Those of the reader.
    Yours,
    /// Those of a child, if the reader is a guardian.
    OfChild,
    /// Those of many people.
    OfMany,
}

/// A likely consequence of a leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Consequence {
    /// The consequence, in full sentences.
    pub text: &'static str,
    /// The advice for the affected persons, in full sentences.
    pub advice: Option<&'static str>,
}

impl Language {
    /// The consequences of a leak of these classes of data, each once, the worst first. The last one applies
    /// to every leak.
    #[must_use]
    pub fn consequences(self, has: impl Fn(&str) -> bool, audience: Audience) -> Vec<Consequence> {
        let groups = CONSEQUENCES.group.iter();
        let groups = groups.filter(|group| group.classes.iter().any(|class| has(class)));
        let texts = groups.map(|group| &group.texts).chain([&CONSEQUENCES.general]);
        texts.map(|texts| texts.of(self, audience)).collect()
    }

    /// The rank of a class of data by its consequences. The worst class has the lowest rank.
    pub(crate) fn rank_of_class(slug: &str) -> usize {
        let groups = &CONSEQUENCES.group;
        let group_of_class =
            groups.iter().position(|group| group.classes.iter().any(|class| class == slug));
        group_of_class.unwrap_or(groups.len())
    }
}

impl InLanguages {
    fn of(&'static self, language: Language, audience: Audience) -> Consequence {
        let texts = match language {
            Language::De => &self.de,
            Language::En => &self.en,
        };
        let advice = texts.advice.as_deref();
        let (text, advice) = match audience {
            Audience::Yours => (&texts.yours, advice),
            Audience::OfChild => (&texts.of_child, texts.advice_child.as_deref().or(advice)),
            Audience::OfMany => (&texts.of_many, None),
        };
        Consequence { text, advice }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_class_has_one_group_and_is_known() {
        let known: BTreeSet<&str> = Language::known_data_classes().into_iter().collect();
        let mut seen = BTreeSet::new();
        for group in &CONSEQUENCES.group {
            assert!(!group.classes.is_empty());
            for class in &group.classes {
                assert!(known.contains(&**class), "{class} is not a class");
                assert!(seen.insert(&**class), "{class} is in two groups");
            }
        }
        assert!(seen.len() > 70, "{} classes", seen.len());
    }

    #[test]
    fn each_class_has_a_consequence_of_its_own_or_the_general_one_alone() {
        for language in Language::ALL {
            for class in Language::known_data_classes() {
                for audience in [Audience::Yours, Audience::OfChild, Audience::OfMany] {
                    let all = language.consequences(|slug| slug == class, audience);
                    assert!((1..=2).contains(&all.len()), "{class}: {all:?}");
                    for consequence in all {
                        let texts = [Some(consequence.text), consequence.advice];
                        let texts = texts.into_iter().flatten();
                        for text in texts {
                            assert!(text.ends_with('.') && text.trim() == text, "{text}");
                        }
                    }
                }
            }
            let none = language.consequences(|_| false, Audience::Yours);
            assert_eq!(none.len(), 1);
        }
    }

    #[test]
    fn health_and_passwords_come_first_and_guardians_read_about_their_child() {
        let has = |class: &str| ["names", "passwords", "personal-health-data"].contains(&class);
        let all = Language::De.consequences(has, Audience::Yours);
        assert_eq!(all.len(), 4);
        assert!(all[0].text.contains("Gesundheit") && all[1].text.contains("Passwort"), "{all:?}");
        for group in &CONSEQUENCES.group {
            let (german, english) = (&group.texts.de, &group.texts.en);
            for text in [&german.of_many, &english.of_many] {
                for word in [" Sie ", " Ihr", " you ", " your "] {
                    assert!(!text.contains(word), "{text}");
                }
            }
            for text in [&german.of_child, &english.of_child] {
                assert!(
                    text.contains("Kind")
                        || text.contains("child")
                        || group.classes[0].contains("ba")
                        || group.classes[0].contains("card"),
                    "{text}"
                );
            }
        }
    }
}
