//! The persons by outcome, in the order of the report.

use crate::{language::Language, persons::Persons, words::Words};

/// The name of a person's outcome.
#[must_use]
pub fn outcome_name(outcome: &str, language: Language) -> &'static str {
    Words::report(language).of(&format!("outcomes.{outcome}"))
}

/// The parts add up to all persons. The unaffected persons are split into two parts.
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
