//! The German tax identification number (§ 139b AO): eleven digits. The last one is the check digit
//! of ISO 7064 MOD 11,10.
//!
//! Among the first ten digits, exactly one occurs two or three times, and no other more than once
//! (§ 1 `StIdV`). The first digit is not 0, except in test numbers.

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
    } else if !has_one_repeated_digit(before) {
        Outcome::Invalid(Reason::WrongRepetition)
    } else if check_digit(before) != digit - b'0' {
        Outcome::Invalid(Reason::WrongCheckDigit)
    } else {
        Outcome::Ok
    }
}

const LENGTH: usize = 11;

/// Whether exactly one digit occurs two or three times, and the others once or not at all.
fn has_one_repeated_digit(digits: &[u8]) -> bool {
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
