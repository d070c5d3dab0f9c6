//! The words of a work list, in both languages.

use std::sync::LazyLock;

use crate::{
    decision::Decision,
    decisions::DecisionReason,
    language::{Language, Names, names},
};

static WORDS: LazyLock<Names> = LazyLock::new(|| names(include_str!("words.csv")));

/// The columns of a work list, in order.
pub const COLUMNS: [&str; 21] = [
    "reference",
    "breach",
    "strength",
    "decision",
    "reason",
    "by",
    "last-name",
    "first-name",
    "birth-date",
    "postal-code",
    KINDS,
    "relative",
    "leaked",
    "otherwise",
    "earlier",
    "accidents",
    "records",
    "data-classes",
    "list",
    "row",
    CODE,
];

/// The number of frozen columns in a workbook: all up to the last one that people fill in.
pub const FROZEN_COLUMNS: usize = 6;

/// The column that is omitted if it is empty in all rows.
pub const KINDS: &str = "kinds";

/// The last column.
pub const CODE: &str = "code";

/// A word in a language.
pub fn word(name: &str, language: Language) -> &'static str {
    &WORDS.get(name).expect("a test reads every word")[language as usize]
}

impl Decision {
    /// The words for the decision in a work list.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        word(&format!("decision/{}", self.slug()), language)
    }

    /// The decision with these words in any language and case, or with this slug.
    #[must_use]
    pub fn of_words(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| {
            matches_words(text, decision.slug(), |language| decision.words(language))
        })
    }
}

impl DecisionReason {
    /// The words for the reason in a work list.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        word(&format!("reason/{}", self.code()), language)
    }

    /// The reason with these words in any language and case, or with this code.
    #[must_use]
    pub fn of_words(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|reason| matches_words(text, reason.code(), |language| reason.words(language)))
    }
}

/// Whether a text is one of these words. Case and the characters between words do not matter.
fn matches_words(text: &str, slug: &'static str, words: impl Fn(Language) -> &'static str) -> bool {
    let plain = |text: &str| -> String {
        let words = text.split(|letter: char| letter.is_whitespace() || "_-".contains(letter));
        let words: Vec<String> =
            words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
        words.join(" ")
    };
    let text = plain(text);
    let mut all = Language::ALL.into_iter().map(words).chain([slug]);
    all.any(|word| plain(word) == text)
}
