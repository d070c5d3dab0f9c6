//! The words of reports, notices and explanations in each language. Texts have gaps such as `{name}`.

use std::sync::LazyLock;

use toml::{Table, Value};

use crate::{language::Language, numbers};

/// A table for each language.
type Tables = LazyLock<[Table; 2]>;

static REPORT: Tables = LazyLock::new(|| {
    [include_str!("report/words/de.toml"), include_str!("report/words/en.toml")].map(table)
});
static NOTICE: Tables = LazyLock::new(|| {
    [include_str!("notice/words/de.toml"), include_str!("notice/words/en.toml")].map(table)
});
static EXPLANATION: Tables = LazyLock::new(|| {
    [include_str!("explanation/de.toml"), include_str!("explanation/en.toml")].map(table)
});

fn table(text: &str) -> Table {
    text.parse().expect("a test reads the words of every language")
}

/// The words of one language. The name of a text is its path, such as `section.word`.
#[derive(Clone, Copy)]
pub struct Words {
    pub table: &'static Table,
    pub language: Language,
}

impl Words {
    pub fn report(language: Language) -> Self {
        Self { table: &REPORT[language as usize], language }
    }

    pub fn notice(language: Language) -> Self {
        Self { table: &NOTICE[language as usize], language }
    }

    pub fn explanation(language: Language) -> Self {
        Self { table: &EXPLANATION[language as usize], language }
    }

    /// A text with its gaps; `None` if there is none of this name.
    pub fn get(self, name: &str) -> Option<&'static str> {
        self.value(name)?.as_str()
    }

    /// A text that is certainly there.
    pub fn of(self, name: &str) -> &'static str {
        let text = self.get(name);
        debug_assert!(text.is_some(), "there is no text '{name}'");
        text.unwrap_or_default()
    }

    /// A text with these values in its gaps.
    pub fn with(self, name: &str, gaps: &[(&str, &str)]) -> String {
        fill(self.of(name), gaps)
    }

    /// A text with one form for 1 and another form for other numbers.
    pub fn count(self, name: &str, count: u64) -> String {
        let form = if count == 1 { "one" } else { "other" };
        let words = self.value(name).and_then(|value| value.get(form).unwrap_or(value).as_str());
        fill(words.unwrap_or_default(), &[("n", &numbers::number(count, self.language))])
    }

    fn value(self, name: &str) -> Option<&'static Value> {
        let mut parts = name.split('.');
        let first = self.table.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    }
}

/// Fills gaps in one pass, so a brace in a value is not taken for a gap.
fn fill(words: &str, gaps: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        filled += before;
        filled += gaps.iter().find(|(gap, _)| *gap == name).map_or("", |(_, value)| value);
        rest = after;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The names of all texts, with their gaps.
    fn shape(prefix: &str, table: &Table, shape: &mut BTreeSet<String>) {
        for (name, value) in table {
            let path = format!("{prefix}.{name}");
            match value {
                Value::Table(table) => self::shape(&path, table, shape),
                Value::String(text) => {
                    assert!(!text.trim().is_empty(), "{path}");
                    let gaps = text.split('{').skip(1);
                    let gaps: BTreeSet<&str> = gaps
                        .map(|rest| rest.split_once('}').expect("each gap is closed").0)
                        .collect();
                    shape.insert(format!("{path} {gaps:?}"));
                }
                _ => panic!("{path} is not text"),
            }
        }
    }

    #[test]
    fn all_languages_have_the_same_words_with_the_same_gaps() {
        for tables in [&REPORT, &NOTICE, &EXPLANATION] {
            let [german, english] = [0, 1].map(|language| {
                let mut names = BTreeSet::new();
                shape("", &tables[language], &mut names);
                names
            });
            assert!(german.len() > 40);
            assert_eq!(german, english);
        }
    }

    #[test]
    fn every_field_and_cause_has_a_name() {
        for language in Language::ALL {
            let words = Words::report(language);
            let has = |name: String| assert!(words.get(&name).is_some(), "{name}");
            let parts = leakdex::Field::ALL.iter().filter(|field| field.kind().is_none());
            parts.for_each(|field| has(format!("fields.{}", field.slug())));
            has("fields.row".to_owned());
            leakdex::Sign::ALL.iter().for_each(|sign| has(format!("signs.{}", sign.slug())));
            crate::causes::OTHERS.iter().for_each(|cause| has(format!("causes.{cause}")));
        }
    }

    /// A misspelt name would result in an empty text.
    #[test]
    fn all_words_of_the_notice_are_used_and_all_used_words_are_there() {
        let source = include_str!("notice/content.rs");
        let quoted: BTreeSet<&str> = source.split('"').skip(1).step_by(2).collect();
        let mut names = BTreeSet::new();
        for (section, value) in &NOTICE[0] {
            match value {
                Value::Table(table) if !table.contains_key("one") => {
                    names.extend(table.keys().map(|word| format!("{section}.{word}")));
                }
                _ => drop(names.insert(section.clone())),
            }
        }
        let is_name = |text: &&str| {
            let (section, word) = text.split_once('.').unwrap_or((text, "a"));
            let is_word = |part: &str| {
                !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            };
            NOTICE[0].contains_key(section) && text.contains('.') && is_word(word)
        };
        let unknown: Vec<&&str> =
            quoted.iter().filter(|text| is_name(text) && !names.contains(**text)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        let unused: Vec<&String> =
            names.iter().filter(|name| !quoted.contains(name.as_str())).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    #[test]
    fn a_brace_in_a_value_is_not_a_gap() {
        assert_eq!(fill("a {n} b {m}", &[("n", "{m}"), ("m", "2")]), "a {m} b 2");
        let words = Words::notice(Language::De);
        assert_eq!(words.count("nature.confirmed", 1), "1 Person ist bestätigt betroffen.");
        assert!(words.count("nature.confirmed", 2000).starts_with("2.000 Personen"));
    }
}
