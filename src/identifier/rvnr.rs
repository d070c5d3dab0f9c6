//! The number of German pension insurance (§ 147 SGB VI, in the form of § 2 VKVV): area, date of
//! birth, initial of the birth name, serial number and check digit.
//!
//! Area and date are not checked. If a number is taken, another one is issued with a date that does
//! not exist.

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
/// The position of the initial, after area and date of birth.
const INITIAL: usize = 8;

/// The weights of the eight digits, of the two digits of the letter's position in the alphabet, and
/// of the two digits of the serial number.
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
