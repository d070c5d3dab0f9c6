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

#[cfg(test)]
mod tests {
    use super::{
        super::{Reason, testing::applied},
        *,
    };

    fn of(raw: &str) -> (Outcome, String) {
        applied(normalise, raw)
    }

    #[test]
    fn a_card_of_any_country_is_read_with_and_without_groups() {
        for raw in ["80826000010000123456", "80826 00001 00001 23456", "80826-00001-0000123456"] {
            assert_eq!(of(raw), (Outcome::Ok, "80826000010000123456".to_owned()), "{raw}");
        }
        assert_eq!(of("80276883110000113323").0, Outcome::Ok);
    }

    #[test]
    fn each_fault_has_its_reason() {
        let faults = [
            ("8082600001000012345", Reason::WrongLength),
            ("808260000100001234560", Reason::WrongLength),
            ("70826000010000123456", Reason::WrongPrefix),
            ("ABCDEFGHIJ0123456789", Reason::WrongCharacter),
            ("8.0826000010000E+19", Reason::ScientificNotation),
        ];
        for (raw, reason) in faults {
            assert_eq!(of(raw).0, Outcome::Invalid(reason), "{raw}");
        }
    }

    #[test]
    fn zeros_only_are_absent() {
        assert_eq!(of("00000000000000000000").0, Outcome::Absent);
    }
}
