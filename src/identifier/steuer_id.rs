//! The German tax identification number (§ 139b AO): eleven digits, the last of them the check
//! digit of ISO 7064 MOD 11,10.
//!
//! Among the first ten, exactly one digit occurs two or three times and no other more than once
//! (§ 1 `StIdV`); the first is not 0, with which only test numbers begin.

use super::{Normaliser, Outcome, Reason, number};

pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    if let Err(outcome) = number::plain(raw, normal_form) {
        return outcome;
    }
    if !normal_form.bytes().all(|byte| byte.is_ascii_digit()) {
        return Outcome::Invalid(Reason::WrongCharacter);
    }
    let Ok([before @ .., digit]) = <&[u8; LENGTH]>::try_from(normal_form.as_bytes()) else {
        return Outcome::Invalid(Reason::WrongLength);
    };
    if normal_form.starts_with('0') {
        Outcome::Invalid(Reason::WrongPrefix)
    } else if !one_digit_repeats(before) {
        Outcome::Invalid(Reason::WrongRepetition)
    } else if check_digit(before) != digit - b'0' {
        Outcome::Invalid(Reason::WrongCheckDigit)
    } else {
        Outcome::Ok
    }
}

const LENGTH: usize = 11;

/// Whether exactly one digit occurs two or three times, and the others once or not at all.
fn one_digit_repeats(digits: &[u8]) -> bool {
    let mut occurrences = [0_u8; 10];
    for digit in digits {
        occurrences[usize::from(digit - b'0')] += 1;
    }
    let mut repeated = occurrences.into_iter().filter(|&times| times > 1);
    matches!((repeated.next(), repeated.next()), (Some(2 | 3), None))
}

/// ISO 7064 MOD 11,10.
fn check_digit(digits: &[u8]) -> u8 {
    let product = digits.iter().fold(10, |product, digit| match (digit - b'0' + product) % 10 {
        0 => 10 * 2 % 11,
        sum => sum * 2 % 11,
    });
    (11 - product) % 10
}

#[cfg(test)]
mod tests {
    use super::{super::testing::applied, *};

    fn of(raw: &str) -> (Outcome, String) {
        applied(normalise, raw)
    }

    #[test]
    fn spelling_does_not_matter() {
        for raw in ["36574261809", "36 574 261 809", "36/574/261/809", "３6574261809"] {
            assert_eq!(of(raw), (Outcome::Ok, "36574261809".to_owned()), "{raw}");
        }
    }

    #[test]
    fn a_digit_may_occur_three_times() {
        assert_eq!(of("11123456786").0, Outcome::Ok);
    }

    #[test]
    fn the_check_digit_can_be_zero() {
        assert_eq!(of("11234567890").0, Outcome::Ok);
    }

    #[test]
    fn each_fault_has_its_reason() {
        let faults = [
            ("3657426180", Reason::WrongLength),
            ("116574261809", Reason::WrongLength),
            ("A6574261809", Reason::WrongCharacter),
            ("06574261809", Reason::WrongPrefix),
            ("36574261808", Reason::WrongCheckDigit),
            // No digit twice, two digits twice, one digit four times.
            ("98765432106", Reason::WrongRepetition),
            ("11223456789", Reason::WrongRepetition),
            ("11112345678", Reason::WrongRepetition),
            ("3.6574261809E+10", Reason::ScientificNotation),
        ];
        for (raw, reason) in faults {
            assert_eq!(of(raw).0, Outcome::Invalid(reason), "{raw}");
        }
    }

    #[test]
    fn zeros_only_are_absent() {
        assert_eq!(of("00000000000").0, Outcome::Absent);
    }
}
