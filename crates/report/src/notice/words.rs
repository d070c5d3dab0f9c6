//! The words of the notice in each language.

use std::sync::LazyLock;

use toml::{Table, Value};

use crate::{language::Language, numbers};

static WORDS: LazyLock<[Table; 2]> =
    LazyLock::new(|| [include_str!("words/de.toml"), include_str!("words/en.toml")].map(table));

fn table(text: &str) -> Table {
    text.parse().expect("a test reads the words of every language")
}

/// The words of one language.
#[derive(Clone, Copy)]
pub struct Words(pub Language);

impl Words {
    /// A text without gaps. The name is `section.word`, or a single word.
    pub fn plain(self, name: &str) -> String {
        self.with(name, &[])
    }

    /// A text with these values in its gaps.
    pub fn with(self, name: &str, gaps: &[(&str, &str)]) -> String {
        fill(self.value(name).and_then(Value::as_str).unwrap_or_default(), gaps)
    }

    /// A text with one form for 1 and another form for other numbers.
    pub fn count(self, name: &str, count: u64) -> String {
        let form = if count == 1 { "one" } else { "other" };
        let words = self.value(name).and_then(|value| value.get(form).unwrap_or(value).as_str());
        fill(words.unwrap_or_default(), &[("n", &numbers::number(count, self.0))])
    }

    fn value(self, name: &str) -> Option<&'static Value> {
        let words = &WORDS[self.0 as usize];
        match name.split_once('.') {
            Some((section, word)) => words.get(section)?.get(word),
            None => words.get(name),
        }
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
            match value {
                Value::Table(table) => self::shape(&format!("{prefix}{name}."), table, shape),
                Value::String(words) => {
                    let mut gaps: Vec<&str> = words.split('{').skip(1).collect();
                    gaps.iter_mut().for_each(|gap| *gap = gap.split('}').next().unwrap_or(""));
                    gaps.sort_unstable();
                    shape.insert(format!("{prefix}{name} {gaps:?}"));
                }
                _ => panic!("{prefix}{name} is not text"),
            }
        }
    }

    #[test]
    fn both_languages_have_the_same_words_with_the_same_gaps() {
        let [german, english] = [0, 1].map(|language| {
            let mut names = BTreeSet::new();
            shape("", &WORDS[language], &mut names);
            names
        });
        assert!(german.len() > 60);
        assert_eq!(german, english);
    }

    /// A misspelt name would result in an empty text.
    #[test]
    fn all_words_are_used_and_all_used_words_are_there() {
        let source = include_str!("content.rs");
        let quoted: BTreeSet<&str> = source.split('"').skip(1).step_by(2).collect();
        let mut names = BTreeSet::new();
        for (section, value) in &WORDS[0] {
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
            WORDS[0].contains_key(section) && text.contains('.') && is_word(word)
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
        assert_eq!(
            Words(Language::De).count("nature.confirmed", 1),
            "1 Person ist bestätigt betroffen."
        );
        assert!(Words(Language::De).count("nature.confirmed", 2000).starts_with("2.000 Personen"));
    }
}
