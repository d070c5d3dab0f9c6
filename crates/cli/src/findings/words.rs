//! The cells of a table: slugs for programs, or words for people.

use std::borrow::Cow;

use leakdex_report::{Language, SheetFormat};

/// How slugs are written in a table: as they are, or in words of a language.
#[derive(Clone, Copy)]
pub struct Words(Option<Language>);

impl Words {
    /// Programs read CSV, and people all other tables.
    pub fn of(format: SheetFormat, language: Language) -> Self {
        Self((format != SheetFormat::Csv).then_some(language))
    }

    /// The language, if words are for people.
    pub const fn language(self) -> Option<Language> {
        self.0
    }

    /// A heading, or a word of the table itself.
    pub fn of_table(self, slug: &str) -> Cow<'_, str> {
        self.0.map_or(Cow::Borrowed(slug), |language| language.of_table(slug))
    }

    /// The words of `name` for a slug, if they are for people.
    pub fn named<'a>(
        self,
        slug: &'a str,
        name: impl Fn(Language, &'a str) -> Cow<'a, str>,
    ) -> Cow<'a, str> {
        self.0.map_or(Cow::Borrowed(slug), |language| name(language, slug))
    }

    /// The same of several, in one cell.
    pub fn list<'a>(
        self,
        slugs: impl IntoIterator<Item = &'a str>,
        name: impl Fn(Language, &'a str) -> Cow<'a, str>,
    ) -> String {
        let named: Vec<_> = slugs.into_iter().map(|slug| self.named(slug, &name)).collect();
        // Some names have commas.
        named.join(if self.0.is_some() { "; " } else { " " })
    }
}
