//! The number of an identity card, a passport or another travel document, with the state that
//! issued it (ICAO Doc 9303). Two states can issue the same number. A number without a state is
//! therefore ambiguous, unless it has the form of a German one.
//!
//! The normal form is the state's code and the number, joined by `<`: `D<L01X00T47`. Germany's code
//! is `D` (Doc 9303-3, section 5); `DE` and `DEU` become `D`. A check digit is checked and dropped.

mod mrz;
mod states;

use states::state;

use super::{Normaliser, Outcome, Reason, cell, number};

pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    if let Err(outcome) = number::plain(raw, normal_form) {
        return outcome;
    }
    let is_known = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || byte == FILLER;
    if !normal_form.bytes().all(is_known) {
        return Outcome::Invalid(Reason::WrongCharacter);
    }
    let composed = number::composed(raw).to_ascii_uppercase();
    let composed = cell::unmarked(&composed);
    let document = match mrz::read(composed, normal_form) {
        Some(read) => read,
        None => one_number(composed, normal_form),
    };
    match document {
        Ok(document) => document.write(normal_form),
        Err(reason) => Outcome::Invalid(reason),
    }
}

/// Fills unused places of the machine-readable zone.
const FILLER: u8 = b'<';

/// The code of Germany in the machine-readable zone.
const GERMANY: &str = "D";

/// The letters in German numbers. There are no vowels, and no letter that looks like a digit or
/// another letter. A number can start with any of them: passports use the earlier letters, cards
/// the later ones.
const GERMAN_LETTERS: &str = "CFGHJKLMNPRTVWXYZ";

/// The length of a number in the machine-readable zone.
const LENGTH: usize = 9;

/// The longest number. Numbers of more than nine characters continue in the optional data of a
/// card.
const MAX_LENGTH: usize = 20;

/// The numbers of official specimens, those of Erika Mustermann, by year.
const SPECIMENS: [&str; 7] =
    ["122000129", "T22000129", "L01X00T47", "LZ6311T47", "C01X00T47", "C01XYCCG9", "CZ6311T47"];

/// A document as it was read.
struct Document {
    state: String,
    number: String,
    /// Why it is suspect, if it is.
    doubt: Option<Reason>,
}

impl Document {
    /// A number of this state, with its check digit if there is one.
    fn new(state: &str, number: &str, check_digit: Option<u8>) -> Result<Self, Reason> {
        let number = number.trim_matches(char::from(FILLER));
        if !number.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Reason::WrongCharacter);
        }
        // Ten characters are refused: they could be a number of ten, or one of nine and its check
        // digit.
        let is_length = match state {
            GERMANY => number.len() == LENGTH,
            _ => matches!(number.len(), 5..=LENGTH | 11..=MAX_LENGTH),
        };
        if !is_length {
            return Err(Reason::WrongLength);
        }
        let is_digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let is_possible = match state {
            GERMANY => is_digits || is_german(number),
            _ => number.bytes().any(|byte| byte.is_ascii_digit()),
        };
        if !is_possible {
            return Err(Reason::WrongCharacter);
        }
        let first = number.as_bytes()[0];
        let is_specimen = state == GERMANY && SPECIMENS.contains(&number)
            || state == states::SPECIMEN
            || number.bytes().all(|byte| byte == first);
        let is_wrong = check_digit.is_some_and(|digit| digit != check_digit_of(number));
        let doubt = match (is_wrong, is_specimen) {
            (true, _) => Some(Reason::WrongCheckDigit),
            (_, true) => Some(Reason::TestNumber),
            _ => None,
        };
        Ok(Self { state: state.to_owned(), number: number.to_owned(), doubt })
    }

    fn write(&self, normal_form: &mut String) -> Outcome {
        normal_form.clear();
        normal_form.push_str(&self.state);
        normal_form.push(char::from(FILLER));
        normal_form.push_str(&self.number);
        self.doubt.map_or(Outcome::Ok, Outcome::Suspect)
    }
}

/// Reads a number outside a machine-readable zone. `plain` is the same text in plain characters.
fn one_number(composed: &str, plain: &str) -> Result<Document, Reason> {
    let plain = plain.trim_end_matches(char::from(FILLER));
    if let Some((prefix, number)) = plain.split_once(char::from(FILLER)) {
        let state = state(prefix).ok_or(Reason::NoIssuingState)?;
        return of_state(state, number.trim_start_matches(char::from(FILLER)));
    }
    let separated = composed.split_once(number::is_separator);
    let known = separated.and_then(|(prefix, _)| Some((prefix, state(prefix)?)));
    let known = known.filter(|(_, state)| *state != GERMANY);
    match (known, german(plain, false)) {
        // `PRT 123 456` can be a Portuguese number, or a German one in groups.
        (Some(_), Ok(_)) => Err(Reason::NoIssuingState),
        (Some((prefix, state)), Err(_)) => of_state(state, &plain[prefix.len()..]),
        (None, Ok(document)) => Ok(document),
        // No German number contains a `D` or a vowel.
        (None, Err(reason)) => ["DEU", "DE", GERMANY]
            .into_iter()
            .find_map(|prefix| plain.strip_prefix(prefix))
            .map_or(Err(reason), |number| of_state(GERMANY, number)),
    }
}

fn of_state(state: &str, number: &str) -> Result<Document, Reason> {
    if state == GERMANY { german(number, true) } else { Document::new(state, number, None) }
}

/// Reads a German number: nine characters, then optionally the check digit, then optionally a `D`.
/// Numbers from before 2010 (in passports, 2007) have digits only. Without a check digit, those
/// need the state.
fn german(plain: &str, has_state: bool) -> Result<Document, Reason> {
    let without_state = plain.strip_suffix(GERMANY);
    let (has_state, plain) = (has_state || without_state.is_some(), without_state.unwrap_or(plain));
    let fault = |reason| if has_state { reason } else { Reason::NoIssuingState };
    let Some((number, rest)) = plain.split_at_checked(LENGTH) else {
        return Err(fault(Reason::WrongLength));
    };
    let is_old = number.bytes().all(|byte| byte.is_ascii_digit());
    if !is_old && !is_german(number) {
        return Err(fault(Reason::WrongCharacter));
    }
    match rest.as_bytes() {
        [] if is_old && !has_state => Err(Reason::NoIssuingState),
        [] => Document::new(GERMANY, number, None),
        [digit] if digit.is_ascii_digit() => Document::new(GERMANY, number, Some(*digit)),
        [_] => Err(fault(Reason::WrongCharacter)),
        _ => Err(fault(Reason::WrongLength)),
    }
}

/// Whether nine characters form a German number of 2010 or later: a letter for the authority, then
/// letters and digits.
fn is_german(number: &str) -> bool {
    let is_allowed =
        |character: char| character.is_ascii_digit() || GERMAN_LETTERS.contains(character);
    number.starts_with(|first| GERMAN_LETTERS.contains(first)) && number.chars().all(is_allowed)
}

/// The check digit of Doc 9303-3, section 4.9. The weights are 7, 3, 1; a letter counts from 10 for
/// `A` to 35 for `Z`, and a filler counts as 0.
fn check_digit_of(characters: &str) -> u8 {
    let weights = [7, 3, 1].into_iter().cycle();
    let values = characters.chars().map(|character| character.to_digit(36).unwrap_or(0));
    let sum: u32 = values.zip(weights).map(|(value, weight)| value * weight).sum();
    b'0' + (sum % 10) as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::identifier::{Field, Normaliser, Outcome};

    fn read(raw: &str) -> (Outcome, String) {
        let mut normal_form = String::new();
        let outcome = Normaliser::new().normalise(Field::IdentityDocument, raw, &mut normal_form);
        (outcome, normal_form)
    }

    #[test]
    fn equal_numbers_of_two_states_never_match() {
        assert_ne!(read("AUT P1234567").1, read("CHE P1234567").1);
        assert_ne!(read("AUT C11T002JM").1, read("C11T002JM").1);
    }

    proptest! {
        #[test]
        fn a_normal_form_is_read_as_itself(
            raw in "[A-Z0-9< ]{0,46}|(D|AUT|IND|AND|UNO)<[A-Z0-9]{5,20}"
        ) {
            let (outcome, normal_form) = read(&raw);
            if !normal_form.is_empty() {
                let (again, same) = read(&normal_form);
                prop_assert_eq!(&same, &normal_form, "{} {:?}", &raw, outcome);
                prop_assert!(!matches!(again, Outcome::Invalid(_)));
            }
        }
    }
}
