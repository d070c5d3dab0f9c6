//! The insured number of German statutory health insurance (§ 290 SGB V).
//!
//! On its own it has ten characters: a letter, eight digits and a check digit. The long forms add
//! the institution code (IK) of the insurer, for family members the main insured's number, and a
//! check digit over all of that: 20 or 30 characters. The normal form is always the person's own
//! ten characters.

use super::{Normaliser, Outcome, Reason, number};

/// What is wrong with any part makes the whole number suspect, since one wrong character may stand
/// for more: the own number's fault is told first, then the main insured's, the institution code's
/// and the outer check digit's. The main insured's number is never the normal form.
pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    if let Err(outcome) = number::plain(raw, normal_form) {
        return outcome;
    }
    let parts = match Parts::split(normal_form.as_bytes()) {
        Ok(parts) => parts,
        Err(reason) => return Outcome::Invalid(reason),
    };
    let outcome = parts.doubt().map_or(Outcome::Ok, Outcome::Suspect);
    normal_form.truncate(OWN_LENGTH);
    outcome
}

/// Characters of a person's own number.
const OWN_LENGTH: usize = 10;
/// Digits of an institution code.
const INSTITUTION_LENGTH: usize = 9;

/// The parts of a number in which every character is where it can be.
struct Parts<'a> {
    own: &'a [u8],
    institution: Option<&'a [u8]>,
    main_insured: Option<&'a [u8]>,
    /// A long number without its check digit, and that digit.
    outer: Option<(&'a [u8], u8)>,
}

impl<'a> Parts<'a> {
    fn split(characters: &'a [u8]) -> Result<Self, Reason> {
        let (own, rest) =
            characters.split_at_checked(OWN_LENGTH).ok_or_else(|| wrong_shape(characters))?;
        let (institution, main_insured, outer) = match rest.len() {
            0 => (None, None, None),
            10 | 20 => {
                let (outer_digit, whole) = characters.split_last().ok_or(Reason::WrongLength)?;
                let (institution, main_insured) =
                    rest[..rest.len() - 1].split_at(INSTITUTION_LENGTH);
                let main_insured = (!main_insured.is_empty()).then_some(main_insured);
                (Some(institution), main_insured, Some((whole, *outer_digit)))
            }
            _ => return Err(wrong_shape(characters)),
        };
        let fits = is_own_number(own)
            && institution.is_none_or(are_digits)
            && main_insured.is_none_or(is_own_number)
            && outer.is_none_or(|(_, digit)| digit.is_ascii_digit());
        if !fits {
            return Err(Reason::WrongCharacter);
        }
        Ok(Self { own, institution, main_insured, outer })
    }

    fn doubt(&self) -> Option<Reason> {
        doubt_of_own_number(self.own)
            .or_else(|| self.main_insured.and_then(doubt_of_own_number))
            .or_else(|| self.institution.and_then(doubt_of_institution))
            .or_else(|| {
                let (whole, digit) = self.outer?;
                (!fits(whole, 1, digit)).then_some(Reason::WrongOuterCheckDigit)
            })
    }
}

/// Why characters of a wrong number are no insured number.
fn wrong_shape(characters: &[u8]) -> Reason {
    let plain = characters.first().is_none_or(u8::is_ascii_uppercase)
        && characters.iter().all(u8::is_ascii_alphanumeric);
    if plain { Reason::WrongLength } else { Reason::WrongCharacter }
}

fn is_own_number(characters: &[u8]) -> bool {
    matches!(characters, [b'A'..=b'Z', digits @ ..] if are_digits(digits))
}

fn are_digits(characters: &[u8]) -> bool {
    characters.iter().all(u8::is_ascii_digit)
}

fn doubt_of_own_number(characters: &[u8]) -> Option<Reason> {
    let (digit, before) = characters.split_last()?;
    if !fits(before, 1, *digit) {
        return Some(Reason::WrongCheckDigit);
    }
    // The check digit does not count: it is computed, and may well repeat the digit before it.
    let four_equal = before.windows(4).any(|four| four.iter().all(|digit| *digit == four[0]));
    four_equal.then_some(Reason::TestNumber)
}

/// The ninth digit of an institution code is a check digit over the third to the eighth.
fn doubt_of_institution(digits: &[u8]) -> Option<Reason> {
    let right = matches!(digits, [_, _, checked @ .., digit] if fits(checked, 2, *digit));
    (!right).then_some(Reason::WrongInstitutionCode)
}

fn fits(characters: &[u8], first_weight: u8, check_digit: u8) -> bool {
    number::weighted_check_digit(characters, first_weight) == check_digit.wrapping_sub(b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(raw: &str) -> (Outcome, String) {
        let mut normal_form = String::new();
        let outcome = normalise(raw, Normaliser::new(), &mut normal_form);
        (outcome, normal_form)
    }

    fn suspect(raw: &str) -> (Reason, String) {
        match of(raw) {
            (Outcome::Suspect(reason), normal_form) => (reason, normal_form),
            (outcome, _) => panic!("{raw}: {outcome:?}"),
        }
    }

    fn invalid(raw: &str) -> Reason {
        match of(raw).0 {
            Outcome::Invalid(reason) => reason,
            outcome => panic!("{raw}: {outcome:?}"),
        }
    }

    /// A long number with the right outer check digit.
    fn long(before: &str) -> String {
        format!("{before}{}", number::weighted_check_digit(before.as_bytes(), 1))
    }

    #[test]
    fn spelling_does_not_matter() {
        for raw in ["A123456780", " a123 456-780", "A 123.456/780", "Ａ１２３456780"] {
            assert_eq!(of(raw), (Outcome::Ok, "A123456780".to_owned()), "{raw}");
        }
    }

    #[test]
    fn a_wrong_check_digit_is_suspect() {
        assert_eq!(suspect("A123456787"), (Reason::WrongCheckDigit, "A123456787".to_owned()));
    }

    #[test]
    fn a_number_of_a_test_card_is_suspect() {
        assert_eq!(suspect("X000000000"), (Reason::TestNumber, "X000000000".to_owned()));
        assert_eq!(suspect("Z111122223").0, Reason::TestNumber);
    }

    #[test]
    fn a_check_digit_may_repeat_the_three_before_it() {
        assert_eq!(of("A123464444").0, Outcome::Ok);
    }

    #[test]
    fn the_long_forms_give_the_first_number() {
        let of_member = long("A000500015104212059");
        let of_family = long("A000500015104212059B234567895");
        assert_eq!((of_member.len(), of_family.len()), (20, 30));
        assert_eq!(of(&of_member), (Outcome::Ok, "A000500015".to_owned()));
        assert_eq!(of(&of_family), (Outcome::Ok, "A000500015".to_owned()));
    }

    #[test]
    fn a_wrong_outer_check_digit_is_suspect() {
        let (reason, normal_form) = suspect("A0005000151042120591");
        assert_eq!(reason, Reason::WrongOuterCheckDigit);
        assert_eq!(normal_form, "A000500015");
    }

    #[test]
    fn a_wrong_institution_code_is_suspect() {
        assert_eq!(suspect(&long("A000500015104178398")).0, Reason::WrongInstitutionCode);
    }

    #[test]
    fn a_wrong_number_of_the_main_insured_is_suspect() {
        let raw = long("A000500015104212059B234567890");
        assert_eq!(suspect(&raw), (Reason::WrongCheckDigit, "A000500015".to_owned()));
    }

    #[test]
    fn other_lengths_are_invalid() {
        for raw in ["A12345678", "A1234567800", "A000500015104212059"] {
            assert_eq!(invalid(raw), Reason::WrongLength, "{raw}");
        }
    }

    #[test]
    fn other_characters_are_invalid() {
        for raw in ["ö220645129", "1220645129", "A12345678B", "A00050001510421205X0", "Aı23456780"]
        {
            assert_eq!(invalid(raw), Reason::WrongCharacter, "{raw}");
        }
    }

    #[test]
    fn zeros_only_are_absent() {
        assert_eq!(of("0000000000").0, Outcome::Absent);
    }
}
