//! The number of a European health insurance card: field 8 of the card after Decision S2
//! (2010/C 106/09), 20 digits of which the first two are `80`, health care. It has no check digit.
//!
//! A German one is the number of its health card ([`super::iccsn`]) and counts as such.

use super::{Normaliser, Outcome, number};

pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    match number::plain(raw, normal_form) {
        Ok(()) => number::outcome_of_card(normal_form, HEALTH_CARE),
        Err(outcome) => outcome,
    }
}

/// The industry of ISO/IEC 7812 that every card of health care begins with.
const HEALTH_CARE: &str = "80";
