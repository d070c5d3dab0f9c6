//! The number of a German health card (ICCSN, ISO/IEC 7812): 20 digits. The first five are `80276`,
//! for health care in Germany. It has no reliable check digit.

use super::{Normaliser, Outcome, number};

pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    if let Err(outcome) = number::plain(raw, normal_form) {
        return outcome;
    }
    if normal_form.starts_with(TAG_AND_LENGTH) {
        normal_form.drain(..TAG_AND_LENGTH.len());
    }
    number::outcome_of_card(normal_form, PREFIX)
}

/// Whether a card number of 20 digits is a German one.
pub(super) fn is_german(number: &str) -> bool {
    number.starts_with(PREFIX)
}

/// The start of the card's file EF.GDO, before the number: tag 5A, length ten bytes.
const TAG_AND_LENGTH: &str = "5A0A";
/// Health care (80) and Germany (276, ISO 3166-1).
const PREFIX: &str = "80276";
