//! The insured number of German statutory health insurance (§ 290 SGB V).
//!
//! The short form has ten characters: a letter, eight digits and a check digit. The long forms have
//! 20 or 30 characters. They add the institution code (IK) of the insurer, for family members also
//! the main insured's number, and a check digit over everything. The normal form is always the
//! person's own ten characters.

use std::fmt;

use super::{Normaliser, Outcome, Reason, number};
use crate::text::ROOM;

/// A fault in any part makes the whole number suspect, because one wrong character may be a sign of
/// more. The first fault in this order is reported: the person's number, the main insured's number,
/// the institution code, the outer check digit. The main insured's number is never the normal form.
pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    let outcome = match InsuredNumber::read(raw, normal_form) {
        Ok(number) => number.doubt().map_or(Outcome::Ok, Outcome::Suspect),
        Err(outcome) => return outcome,
    };
    normal_form.truncate(PERSONAL_LENGTH);
    outcome
}

/// Writes a valid number of ten characters, already in normal form, to `room`, and returns its
/// length; 0 for others.
#[inline]
pub(super) fn write_usual(raw: &[u8], room: &mut [u8; ROOM]) -> usize {
    let Ok(number): Result<[u8; PERSONAL_LENGTH], _> = raw.try_into() else { return 0 };
    let place = number[0].wrapping_sub(b'A').wrapping_add(1);
    let mut are_right = (1..=26).contains(&place);
    let mut digits = [0; PERSONAL_LENGTH - 1];
    for (digit, character) in digits.iter_mut().zip(&number[1..]) {
        *digit = character.wrapping_sub(b'0');
        are_right &= *digit < 10;
    }
    if !are_right {
        return 0;
    }
    let doubled = |digit: u8| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let [d1, d2, d3, d4, d5, d6, d7, d8, check_digit] = digits;
    let single = place / 10 + d1 + d3 + d5 + d7;
    let double = doubled(place % 10) + doubled(d2) + doubled(d4) + doubled(d6) + doubled(d8);
    // A bit for each digit that equals the next one. Three bits in a row mean four equal digits.
    let mut equal = 0_u8;
    for bit in 0..7 {
        equal |= u8::from(digits[bit] == digits[bit + 1]) << bit;
    }
    let is_test_number = equal & equal >> 1 & equal >> 2 != 0;
    if (single + double) % 10 != check_digit || is_test_number {
        return 0;
    }
    room[..PERSONAL_LENGTH].copy_from_slice(&number);
    PERSONAL_LENGTH
}

/// The length of a person's own number.
const PERSONAL_LENGTH: usize = 10;
/// The length of an institution code.
const INSTITUTION_LENGTH: usize = 9;

/// An insured number (KVNR) of 10, 20 or 30 characters, split into its parts.
#[derive(Clone, Copy)]
pub struct InsuredNumber<'a> {
    personal: &'a str,
    institution: Option<&'a str>,
    main_insured: Option<&'a str>,
    /// A long number without its check digit, and the check digit.
    outer: Option<(&'a str, u8)>,
}

impl<'a> InsuredNumber<'a> {
    /// Splits a number into its parts. Its plain characters go to `buffer`, which is cleared first.
    ///
    /// # Errors
    ///
    /// The outcome of normalising, if it is [`Outcome::Invalid`] or [`Outcome::Absent`].
    pub fn read(raw: &str, buffer: &'a mut String) -> Result<Self, Outcome> {
        buffer.clear();
        number::plain(raw, buffer)?;
        Self::split(buffer).map_err(Outcome::Invalid)
    }

    /// The person's own number of ten characters.
    #[must_use]
    pub const fn personal_number(&self) -> &'a str {
        self.personal
    }

    /// The institution code (IK) of the insurer in a long number, valid or not.
    #[must_use]
    pub const fn institution(&self) -> Option<&'a str> {
        self.institution
    }

    /// The main insured's number, in a family member's number of 30 characters.
    #[must_use]
    pub const fn main_insured(&self) -> Option<&'a str> {
        self.main_insured
    }

    /// Why the number is suspect, if it is.
    #[must_use]
    pub fn doubt(&self) -> Option<Reason> {
        personal_number_fault(self.personal.as_bytes())
            .or_else(|| {
                self.main_insured.and_then(|number| personal_number_fault(number.as_bytes()))
            })
            .or_else(|| self.institution.and_then(|code| institution_fault(code.as_bytes())))
            .or_else(|| {
                let (whole, digit) = self.outer?;
                (!has_check_digit(whole.as_bytes(), 1, digit))
                    .then_some(Reason::WrongOuterCheckDigit)
            })
    }

    fn split(plain: &'a str) -> Result<Self, Reason> {
        let wrong_shape = || wrong_shape(plain.as_bytes());
        let (personal, rest) = plain.split_at_checked(PERSONAL_LENGTH).ok_or_else(wrong_shape)?;
        let (institution, main_insured, outer) = match rest.len() {
            0 => (None, None, None),
            10 | 20 if plain.is_ascii() => {
                let (whole, outer_digit) = plain.split_at(plain.len() - 1);
                let (institution, main_insured) =
                    whole[PERSONAL_LENGTH..].split_at(INSTITUTION_LENGTH);
                let main_insured = (!main_insured.is_empty()).then_some(main_insured);
                (Some(institution), main_insured, Some((whole, outer_digit.as_bytes()[0])))
            }
            _ => return Err(wrong_shape()),
        };
        let fits = is_personal_number(personal.as_bytes())
            && institution.is_none_or(|code| are_digits(code.as_bytes()))
            && main_insured.is_none_or(|number| is_personal_number(number.as_bytes()))
            && outer.is_none_or(|(_, digit)| digit.is_ascii_digit());
        if !fits {
            return Err(Reason::WrongCharacter);
        }
        Ok(Self { personal, institution, main_insured, outer })
    }
}

impl fmt::Debug for InsuredNumber<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("InsuredNumber").finish_non_exhaustive()
    }
}

/// The institution code (Institutionskennzeichen, IK) of an insurer. It has nine digits. The last
/// one is a check digit. The code identifies no person. Reports count members by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstitutionCode([u8; INSTITUTION_LENGTH]);

impl InstitutionCode {
    /// The nine digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    fn from_plain(digits: &str) -> Result<Self, Reason> {
        if !are_digits(digits.as_bytes()) {
            return Err(Reason::WrongCharacter);
        }
        let digits: [u8; INSTITUTION_LENGTH] =
            digits.as_bytes().try_into().map_err(|_| Reason::WrongLength)?;
        match institution_fault(&digits) {
            Some(_) => Err(Reason::WrongCheckDigit),
            None => Ok(Self(digits)),
        }
    }
}

impl fmt::Display for InstitutionCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Reads a code as people write it, with spaces or hyphens.
///
/// # Errors
///
/// [`Outcome::Invalid`] or [`Outcome::Absent`].
pub fn read_institution_code(raw: &str) -> Result<InstitutionCode, Outcome> {
    let mut digits = String::new();
    number::plain(raw, &mut digits)?;
    InstitutionCode::from_plain(&digits).map_err(Outcome::Invalid)
}

/// The code in an insured number, whose plain characters go to `buffer`; `None` if the number has
/// no code or an invalid one.
pub(crate) fn institution_code(raw: &str, buffer: &mut String) -> Option<InstitutionCode> {
    // Only long numbers have the code, and they are few.
    if raw.len() < 2 * PERSONAL_LENGTH {
        return None;
    }
    let number = InsuredNumber::read(raw, buffer).ok()?;
    InstitutionCode::from_plain(number.institution()?).ok()
}

/// Why these characters are not an insured number.
fn wrong_shape(characters: &[u8]) -> Reason {
    let plain = characters.first().is_none_or(u8::is_ascii_uppercase)
        && characters.iter().all(u8::is_ascii_alphanumeric);
    if plain { Reason::WrongLength } else { Reason::WrongCharacter }
}

fn is_personal_number(characters: &[u8]) -> bool {
    matches!(characters, [b'A'..=b'Z', digits @ ..] if are_digits(digits))
}

fn are_digits(characters: &[u8]) -> bool {
    characters.iter().all(u8::is_ascii_digit)
}

fn personal_number_fault(characters: &[u8]) -> Option<Reason> {
    let (digit, before) = characters.split_last()?;
    if !has_check_digit(before, 1, *digit) {
        return Some(Reason::WrongCheckDigit);
    }
    // The check digit does not count here: it is computed, so it may well repeat the digit before
    // it.
    let four_equal = before.windows(4).any(|four| four.iter().all(|digit| *digit == four[0]));
    four_equal.then_some(Reason::TestNumber)
}

/// The ninth digit of an institution code is a check digit over the third to the eighth.
fn institution_fault(digits: &[u8]) -> Option<Reason> {
    let is_right = matches!(digits, [_, _, checked @ .., digit]
        if has_check_digit(checked, 2, *digit));
    (!is_right).then_some(Reason::WrongInstitutionCode)
}

/// Whether the characters have this check digit.
fn has_check_digit(characters: &[u8], first_weight: u8, check_digit: u8) -> bool {
    number::weighted_check_digit(characters, first_weight) == check_digit.wrapping_sub(b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A long number with a valid outer check digit.
    fn long(before: &str) -> String {
        format!("{before}{}", number::weighted_check_digit(before.as_bytes(), 1))
    }

    #[test]
    fn a_long_number_is_split() {
        let raw = long("A000500015104212059B234567895");
        let mut buffer = "left over".to_owned();
        let number = InsuredNumber::read(&raw, &mut buffer).expect("well formed");
        assert_eq!(number.personal_number(), "A000500015");
        assert_eq!(number.institution(), Some("104212059"));
        assert_eq!(number.main_insured(), Some("B234567895"));
        assert_eq!(format!("{number:?}"), "InsuredNumber { .. }");
    }

    #[test]
    fn an_invalid_institution_code_is_dropped() {
        let mut buffer = String::new();
        let mut code = |raw: &str| institution_code(raw, &mut buffer).map(|code| code.to_string());
        assert_eq!(code(&long("A000500015104212059")), Some("104212059".to_owned()));
        let of_family = long("A000500015104212059B234567895");
        assert_eq!(code(&of_family), Some("104212059".to_owned()));
        assert_eq!(code(&long("A000500015104178398")), None);
        assert_eq!(code("A000500015"), None);
        assert_eq!(code("A000500015 and further text"), None);
    }

    #[test]
    fn an_institution_code_has_nine_digits_with_a_check_digit() {
        let code = read_institution_code("10 4212 059").expect("a valid code");
        assert_eq!(code.as_str(), "104212059");
        for (raw, reason) in [
            ("12345678", Reason::WrongLength),
            ("1042120590", Reason::WrongLength),
            ("10421205A", Reason::WrongCharacter),
            ("104178398", Reason::WrongCheckDigit),
        ] {
            assert_eq!(read_institution_code(raw), Err(Outcome::Invalid(reason)), "{raw}");
        }
    }
}
