//! The number of a German health card (ICCSN, ISO/IEC 7812): 20 digits, the first five `80276`
//! for health care in Germany. It has no check digit that could be relied on.

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

/// How the card's file EF.GDO begins, before the number: tag 5A, length ten bytes.
const TAG_AND_LENGTH: &str = "5A0A";
/// Health care (80) and Germany (276, ISO 3166-1).
const PREFIX: &str = "80276";

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
    fn groups_and_the_tag_of_the_card_file_are_dropped() {
        for raw in ["80276 88311 00001 13323", "5a0a80276883110000113323"] {
            assert_eq!(of(raw), (Outcome::Ok, "80276883110000113323".to_owned()), "{raw}");
        }
    }

    #[test]
    fn each_fault_has_its_reason() {
        let faults = [
            ("8027688311000011332", Reason::WrongLength),
            ("802768831100001133230", Reason::WrongLength),
            ("80826883110000113323", Reason::WrongPrefix),
            ("8027688311000011332A", Reason::WrongCharacter),
            ("8.02768831100001E+19", Reason::ScientificNotation),
        ];
        for (raw, reason) in faults {
            assert_eq!(of(raw).0, Outcome::Invalid(reason), "{raw}");
        }
    }

    #[test]
    fn zeros_only_are_absent() {
        assert_eq!(of("00000000000000000000").0, Outcome::Absent);
        assert_eq!(of("5A0A").0, Outcome::Invalid(Reason::WrongLength));
    }
}
