//! The persons by their result, in the order in which the report shows them.

use super::words;
use crate::{language::Language, persons::Persons};

/// The words for an outcome of a person.
#[must_use]
pub fn outcome_name(outcome: &str, language: Language) -> &'static str {
    words::words(language)["outcomes"][outcome].as_str().unwrap_or_default()
}

/// The parts add up to all persons. Those who are not affected are two parts.
pub const fn parts(persons: &Persons) -> [(&'static str, u64); 6] {
    [
        ("confirmed", persons.confirmed),
        ("to-decide", persons.to_decide),
        ("open", persons.open),
        ("dismissed", persons.dismissed),
        ("partially-checked", persons.partially_checked),
        ("not-affected", persons.not_affected - persons.partially_checked),
    ]
}
