//! The number of German pension insurance (§ 147 SGB VI, built as § 2 VKVV says): area, date of
//! birth, initial of the name at birth, serial number and check digit.
//!
//! Area and date never gate: numbers with a date that does not exist are given out where the real
//! one is taken.

use super::{Normaliser, Outcome, Reason, number};

pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    if let Err(outcome) = number::plain(raw, normal_form) {
        return outcome;
    }
    if !normal_form.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Outcome::Invalid(Reason::WrongCharacter);
    }
    let Ok([before @ .., digit]) = <&[u8; LENGTH]>::try_from(normal_form.as_bytes()) else {
        return Outcome::Invalid(Reason::WrongLength);
    };
    if !has_shape(normal_form.as_bytes()) {
        Outcome::Invalid(Reason::WrongCharacter)
    } else if check_digit(before) != digit - b'0' {
        Outcome::Suspect(Reason::WrongCheckDigit)
    } else {
        Outcome::Ok
    }
}

const LENGTH: usize = 12;
/// Where the initial stands, after area and date of birth.
const INITIAL: usize = 8;

/// Of the eight digits, the two of the letter's place in the alphabet, and the serial number's two.
const WEIGHTS: [u8; 12] = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];

fn has_shape(characters: &[u8]) -> bool {
    characters.iter().enumerate().all(|(place, character)| {
        if place == INITIAL { character.is_ascii_uppercase() } else { character.is_ascii_digit() }
    })
}

/// The sum of the digit sums of the weighted digits, modulo ten.
fn check_digit(characters: &[u8]) -> u8 {
    let digits = characters.iter().flat_map(|&character| {
        let (first, second) = match character {
            b'A'..=b'Z' => {
                let place = character - b'A' + 1;
                (Some(place / 10), place % 10)
            }
            _ => (None, character.wrapping_sub(b'0')),
        };
        first.into_iter().chain([second])
    });
    let products = digits.zip(WEIGHTS).map(|(digit, weight)| digit * weight);
    products.map(|product| product / 10 + product % 10).sum::<u8>() % 10
}

#[cfg(test)]
mod tests {
    use super::{super::testing::applied, *};

    fn of(raw: &str) -> (Outcome, String) {
        applied(normalise, raw)
    }

    #[test]
    fn spelling_does_not_matter() {
        for raw in ["15070649C103", "15 070649 C 103", "15.07.06.49/c-103", "１５070649Ｃ103"] {
            assert_eq!(of(raw), (Outcome::Ok, "15070649C103".to_owned()), "{raw}");
        }
    }

    #[test]
    fn a_wrong_check_digit_is_suspect() {
        let expected = (Outcome::Suspect(Reason::WrongCheckDigit), "15070649C104".to_owned());
        assert_eq!(of("15070649C104"), expected);
    }

    #[test]
    fn area_and_date_of_birth_do_not_gate() {
        // The check digit is right; there is no area 99 and no 99th of any month.
        let raw = format!("99999999Z99{}", check_digit(b"99999999Z99"));
        assert_eq!(of(&raw).0, Outcome::Ok);
    }

    #[test]
    fn an_e_as_initial_is_no_scientific_notation() {
        let raw = format!("15070649E10{}", check_digit(b"15070649E10"));
        assert_eq!(of(&raw), (Outcome::Ok, raw.clone()));
    }

    #[test]
    fn each_fault_has_its_reason() {
        let faults = [
            ("15070649C10", Reason::WrongLength),
            ("15070649C1030", Reason::WrongLength),
            ("C", Reason::WrongLength),
            ("150706491103", Reason::WrongCharacter),
            ("1507064CC103", Reason::WrongCharacter),
            ("15070649C10C", Reason::WrongCharacter),
            ("15070649Ö103", Reason::WrongCharacter),
            ("15070649ı103", Reason::WrongCharacter),
        ];
        for (raw, reason) in faults {
            assert_eq!(of(raw).0, Outcome::Invalid(reason), "{raw}");
        }
    }

    #[test]
    fn zeros_only_are_absent() {
        assert_eq!(of("000000000000").0, Outcome::Absent);
    }
}
