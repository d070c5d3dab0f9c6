//! The number of a European health insurance card: field 8 of the card in Decision S2 (2010/C
//! 106/09). It has 20 digits. The first two are `80` for health care. It has no check digit.
//!
//! A German one is the number of the health card ([`super::iccsn`]) and counts as such.

use super::{Normaliser, Outcome, number};

pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    match number::plain(raw, normal_form) {
        Ok(()) => number::outcome_of_card(normal_form, HEALTH_CARE),
        Err(outcome) => outcome,
    }
}

/// The industry code of ISO/IEC 7812 for health care. Every such card starts with it.
const HEALTH_CARE: &str = "80";
