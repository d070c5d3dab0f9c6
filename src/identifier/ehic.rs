//! The number of a European health insurance card: field 8 of the card after Decision S2
//! (2010/C 106/09), 20 digits of which the first two are `80`, health care. It has no check digit.
//!
//! A German one is the number of its health card ([`super::iccsn`]) and counts as such.

use super::{Normaliser, Outcome, Reason, number};

pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    if let Err(outcome) = number::plain(raw, normal_form) {
        return outcome;
    }
    if !normal_form.bytes().all(|byte| byte.is_ascii_digit()) {
        Outcome::Invalid(Reason::WrongCharacter)
    } else if normal_form.len() != LENGTH {
        Outcome::Invalid(Reason::WrongLength)
    } else if !normal_form.starts_with(HEALTH_CARE) {
        Outcome::Invalid(Reason::WrongPrefix)
    } else {
        Outcome::Ok
    }
}

const LENGTH: usize = 20;
/// The industry of ISO/IEC 7812 that every card of health care begins with.
const HEALTH_CARE: &str = "80";
