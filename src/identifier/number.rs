//! The first step for all numbers, and weighted check digits.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::{Outcome, Reason, cell::unmarked};

/// Writes a number in plain characters to `plain`, which must be empty: in NFKC, without white
/// space, `-`, `.` and `/`, and with ASCII letters in upper case. Quotation marks and a
/// spreadsheet's text markers around the number are dropped.
///
/// Other letters keep their case, because Unicode's upper case would turn `ı` into an ASCII letter.
/// The `.0` that a spreadsheet adds to a whole number is dropped.
///
/// # Errors
///
/// The final outcome, if the number is not usable: absent if it is empty or has only zeros, invalid
/// for scientific notation and control characters.
pub(super) fn plain(raw: &str, plain: &mut String) -> Result<(), Outcome> {
    let composed = composed(raw);
    let text = unmarked(&composed);
    if is_scientific(text.bytes()) {
        return Err(Outcome::Invalid(Reason::ScientificNotation));
    }
    for character in without_decimal_zero(text).chars() {
        push_plain(character, plain)?;
    }
    if plain.bytes().all(|byte| byte == b'0') {
        return Err(Outcome::Absent);
    }
    Ok(())
}

/// The outcome for a card number in plain characters. It must have 20 digits and start with
/// `prefix`.
pub(super) fn outcome_of_card(plain: &str, prefix: &str) -> Outcome {
    if !plain.bytes().all(|byte| byte.is_ascii_digit()) {
        Outcome::Invalid(Reason::WrongCharacter)
    } else if plain.len() != 20 {
        Outcome::Invalid(Reason::WrongLength)
    } else if !plain.starts_with(prefix) {
        Outcome::Invalid(Reason::WrongPrefix)
    } else if is_rounded(plain) {
        Outcome::Invalid(Reason::LostDigits)
    } else {
        Outcome::Ok
    }
}

/// Whether a number of 20 digits looks rounded by a program: a spreadsheet keeps 15 digits, and a
/// floating-point number has 53 bits.
///
/// A program writes the rounded number with all of its digits, or with the fewest that identify it,
/// padded with zeros. About one correct number in 8,000 looks rounded, too. Rejecting it is better
/// than accepting a rounded number, which may be another person's.
fn is_rounded(digits: &str) -> bool {
    /// The distance between floating-point numbers from 2^66 to 2^67. Card numbers are in that
    /// range, because they start with 80.
    const DISTANCE: u128 = 1 << (66 - 52);
    let Ok(number) = digits.parse::<u128>() else { return false };
    let is_shortest = || digits.parse::<f64>().is_ok_and(|double| double.to_string() == digits);
    digits.ends_with("00000")
        || number.is_multiple_of(DISTANCE)
        || digits.ends_with("000") && is_shortest()
}

/// The text in NFKC.
pub(super) fn composed(raw: &str) -> Cow<'_, str> {
    if raw.is_ascii() { Cow::Borrowed(raw) } else { Cow::Owned(raw.nfkc().collect()) }
}

/// The number without a decimal zero: a spreadsheet writes 12345 as `12345.0`.
///
/// If anything but digits precedes the point, the zero belongs to the number, as in the insured
/// number `A12345678.0`.
pub(super) fn without_decimal_zero(raw: &str) -> &str {
    let raw_number = raw.trim();
    let zeros = [".0", ",0", ".00", ",00"];
    match zeros.iter().find_map(|zero| raw_number.strip_suffix(zero)) {
        Some(whole) if !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit()) => {
            whole
        }
        _ => raw,
    }
}

/// A check digit: the digits are multiplied by 1, 2, 1, 2 … (or 2, 1, 2, 1 …), and the digit sums
/// of the products are added, modulo ten.
///
/// A letter counts as two digits, `A` as 01 up to `Z` as 26; other bytes are ignored.
pub(super) fn weighted_check_digit(characters: &[u8], first_weight: u8) -> u8 {
    let mut sum = 0_u32;
    let mut doubled = first_weight == 2;
    let mut add = |digit: u8| {
        let product = if doubled { 2 * digit } else { digit };
        // The sum of the two digits of a number up to 18.
        sum += u32::from(if product > 9 { product - 9 } else { product });
        doubled = !doubled;
    };
    for &character in characters {
        match character {
            b'0'..=b'9' => add(character - b'0'),
            b'A'..=b'Z' => {
                let place = character - b'A' + 1;
                add(place / 10);
                add(place % 10);
            }
            _ => {}
        }
    }
    // The remainder is below ten.
    (sum % 10) as u8
}

/// Whether the plain characters of a number leave this one out.
pub(super) fn is_separator(character: char) -> bool {
    matches!(character, '-' | '.' | '/' | ' ') || character.is_whitespace()
}

fn push_plain(character: char, plain: &mut String) -> Result<(), Outcome> {
    match character {
        '0'..='9' | 'A'..='Z' => plain.push(character),
        _ if is_separator(character) => {}
        _ if character.is_control() => return Err(Outcome::Invalid(Reason::ControlCharacter)),
        _ => plain.push(character.to_ascii_uppercase()),
    }
    Ok(())
}

/// Whether this is a long number in a spreadsheet's scientific notation: `8.02E+19`.
///
/// The notation has one digit before the point, or before the `E`. So a pension number such as
/// `15070649E103` does not match.
fn is_scientific(bytes: impl Iterator<Item = u8>) -> bool {
    let mut bytes = bytes.peekable();
    bytes.next_if(|byte| matches!(byte, b'+' | b'-'));
    if bytes.next_if(u8::is_ascii_digit).is_none() {
        return false;
    }
    if bytes.next_if(|byte| matches!(byte, b'.' | b',')).is_some() {
        while bytes.next_if(u8::is_ascii_digit).is_some() {}
    }
    if bytes.next_if(|byte| matches!(byte, b'e' | b'E')).is_none() {
        return false;
    }
    bytes.next_if(|byte| matches!(byte, b'+' | b'-'));
    bytes.next().is_some_and(|byte| byte.is_ascii_digit())
        && bytes.all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain_of(raw: &str) -> Result<String, Outcome> {
        let mut text = String::new();
        plain(raw, &mut text).map(|()| text)
    }

    #[test]
    fn separators_and_every_white_space_are_dropped() {
        let raw = "\t12-34.56/78 9\u{A0}0\u{2007}1\u{202F}2\n";
        assert_eq!(plain_of(raw), Ok("123456789012".to_owned()));
    }

    #[test]
    fn full_width_characters_become_plain_ones() {
        assert_eq!(plain_of("ａ１２"), Ok("A12".to_owned()));
    }

    #[test]
    fn only_ascii_letters_are_upper_cased() {
        assert_eq!(plain_of("aıö"), Ok("Aıö".to_owned()));
    }

    #[test]
    fn zeros_and_separators_alone_are_absent() {
        for raw in ["0", "000 000", "--", "0.0"] {
            assert_eq!(plain_of(raw), Err(Outcome::Absent), "{raw}");
        }
    }

    #[test]
    fn a_decimal_zero_is_dropped_after_digits_only() {
        for raw in
            ["12345678901.0", " 12345678901.0 ", "１２３４５６７８９０１.0", "12345678901,00"]
        {
            assert_eq!(plain_of(raw), Ok("12345678901".to_owned()), "{raw}");
        }
        assert_eq!(plain_of("A12345678.0"), Ok("A123456780".to_owned()));
        assert_eq!(plain_of("12.345.678.0"), Ok("123456780".to_owned()));
        assert_eq!(plain_of("12345.5"), Ok("123455".to_owned()));
    }

    #[test]
    fn scientific_notation_is_invalid() {
        for raw in ["8.02E+19", " 8,02768831100001e19 ", "8E+19", "-1.5E-3", "８.02E+19"] {
            let outcome = Outcome::Invalid(Reason::ScientificNotation);
            assert_eq!(plain_of(raw), Err(outcome), "{raw}");
        }
    }

    #[test]
    fn a_number_containing_e_is_not_scientific_notation() {
        for raw in ["15070649E103", "E123456780", "8E", "8.02E+19X", "5A0A8"] {
            assert!(plain_of(raw).is_ok(), "{raw}");
        }
    }

    #[test]
    fn a_nul_is_invalid() {
        assert_eq!(plain_of("12\0X"), Err(Outcome::Invalid(Reason::ControlCharacter)));
    }

    #[test]
    fn a_letter_counts_as_its_place_in_the_alphabet() {
        assert_eq!(weighted_check_digit(b"A12345678", 1), 0);
        assert_eq!(weighted_check_digit(b"Z98765432", 1), 1);
    }
}
