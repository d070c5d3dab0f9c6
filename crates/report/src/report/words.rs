//! The words of the report in each language.

use std::sync::LazyLock;

use toml::Table;

use crate::language::Language;

static WORDS: LazyLock<[Table; 2]> =
    LazyLock::new(|| [include_str!("words/de.toml"), include_str!("words/en.toml")].map(table));

/// All words of a language, by purpose. Templates fill in gaps such as `{name}`.
pub fn words(language: Language) -> &'static Table {
    &WORDS[language as usize]
}

fn table(text: &str) -> Table {
    text.parse().expect("a test reads the words of every language")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use toml::Value;

    use super::*;

    /// The names in a table, with the gaps of their texts.
    fn shape(prefix: &str, table: &Table, shape: &mut BTreeSet<String>) {
        for (name, value) in table {
            let path = format!("{prefix}.{name}");
            match value {
                Value::Table(table) => self::shape(&path, table, shape),
                Value::String(text) => {
                    assert!(!text.trim().is_empty(), "{path}");
                    let mut gaps: Vec<&str> = text
                        .split('{')
                        .skip(1)
                        .map(|rest| rest.split_once('}').expect("what opens is closed").0)
                        .collect();
                    gaps.sort_unstable();
                    gaps.dedup();
                    shape.insert(format!("{path} {gaps:?}"));
                }
                _ => panic!("{path} is not text"),
            }
        }
    }

    #[test]
    fn all_languages_have_the_same_words_with_the_same_gaps() {
        let (mut german, mut english) = (BTreeSet::new(), BTreeSet::new());
        shape("", words(Language::De), &mut german);
        shape("", words(Language::En), &mut english);
        assert!(german.len() > 50);
        assert_eq!(german, english);
    }

    #[test]
    fn every_field_and_cause_has_a_name() {
        for language in [Language::De, Language::En] {
            let words = words(language);
            let has = |table: &str, name: &str| words[table].get(name).is_some_and(Value::is_str);
            for field in leakdex::Field::ALL {
                assert!(has("fields", field.slug()), "{field}");
            }
            assert!(has("fields", "row"));
            for sign in leakdex::Sign::ALL {
                assert!(has("signs", sign.slug()), "{}", sign.slug());
            }
            for cause in crate::causes::OTHERS {
                assert!(has("causes", cause), "{cause}");
            }
        }
    }
}
