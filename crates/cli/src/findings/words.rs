//! The cells of a table: slugs for programs, or words for people.

use std::borrow::Cow;

use leakdex_report::{Language, SheetFormat, outcome_name};

/// The outcome of a row that is not affected and, so far, has no gap.
const WHOLE: &str = "not-affected";

/// How slugs are written in a table: unchanged, or in the words of a language.
#[derive(Clone, Copy)]
pub struct Words(Option<Language>);

impl Words {
    /// Programs read CSV, and people all other tables.
    pub fn of(format: SheetFormat, language: Language) -> Self {
        Self((format != SheetFormat::Csv).then_some(language))
    }

    /// The language, if the table is for people.
    pub const fn language(self) -> Option<Language> {
        self.0
    }

    /// A heading, or another word of the table itself.
    pub fn of_table(self, slug: &str) -> Cow<'_, str> {
        self.0.map_or(Cow::Borrowed(slug), |language| language.of_table(slug))
    }

    /// A slug, or the word that `name` returns for it if the table is for people.
    pub fn named<'a>(
        self,
        slug: &'a str,
        name: impl Fn(Language, &'a str) -> Cow<'a, str>,
    ) -> Cow<'a, str> {
        self.0.map_or(Cow::Borrowed(slug), |language| name(language, slug))
    }

    /// Several such words in one cell.
    pub fn list<'a>(
        self,
        slugs: impl IntoIterator<Item = &'a str>,
        name: impl Fn(Language, &'a str) -> Cow<'a, str>,
    ) -> String {
        self.joined(slugs.into_iter().map(|slug| self.named(slug, &name)))
    }

    /// Joins several words in one cell.
    pub fn joined<'a>(self, named: impl Iterator<Item = Cow<'a, str>>) -> String {
        // Some names contain commas.
        named.collect::<Vec<_>>().join(if self.0.is_some() { "; " } else { " " })
    }

    /// A verdict. For people, it is the outcome as the report names it: a candidate is still to be decided,
    /// and not *affected*. Caveats are known only at the end of a list, so these words do not claim that a
    /// check was complete.
    pub fn verdict(
        self,
        slug: &'static str,
        outcome: impl FnOnce() -> &'static str,
    ) -> Cow<'static, str> {
        let Some(language) = self.0 else { return Cow::Borrowed(slug) };
        match outcome() {
            WHOLE => language.of_table(slug),
            outcome => Cow::Borrowed(outcome_name(outcome, language)),
        }
    }
}
