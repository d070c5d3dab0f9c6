//! A postcode: five digits for Germany. Other postcodes are kept, except for case, spaces and the
//! country's sign.

use super::{
    Normaliser, Outcome, Reason,
    cell::unmarked,
    is_placeholder,
    number::{composed, without_decimal_zero},
};
use crate::text::ROOM;

/// Four digits are a German postcode that lost its leading zero in a spreadsheet. Four-digit
/// postcodes of other countries get the zero, too, but on both sides alike. The `.0` that a
/// spreadsheet adds to a whole number is dropped, and so are the country's sign and the town after
/// four or five digits.
pub(super) fn normalise(raw: &str, _: Normaliser, normal_form: &mut String) -> Outcome {
    let text = composed(raw);
    let text = without_label(without_decimal_zero(unmarked(&text)));
    if let Err(reason) = push_plain(without_town(text).chars(), normal_form) {
        return Outcome::Invalid(reason);
    }
    if let Some(digits) = without_sign(normal_form).map(str::len) {
        normal_form.drain(..normal_form.len() - digits);
    }
    if is_placeholder(normal_form) || normal_form.bytes().all(|byte| byte == b'0') {
        return Outcome::Absent;
    }
    if !LENGTHS.contains(&normal_form.len()) {
        return Outcome::Invalid(Reason::WrongLength);
    }
    // The postcodes of all countries have a digit. Without one, it may be a town in the wrong
    // column.
    let has_digit = normal_form.bytes().any(|byte| byte.is_ascii_digit());
    let is_labelled = normal_form.starts_with(LABEL);
    if normal_form.starts_with('-') || normal_form.ends_with('-') || !has_digit || is_labelled {
        return Outcome::Invalid(Reason::WrongCharacter);
    }
    if is_four_digits(normal_form.as_bytes()) {
        normal_form.insert(0, '0');
    }
    Outcome::Ok
}

/// Copies five digits that are not all zeros to `room` and returns 5. Returns 0 for any other text.
#[inline]
pub(super) fn write_usual(raw: &[u8], room: &mut [u8; ROOM]) -> usize {
    let Ok(digits): Result<[u8; 5], _> = raw.try_into() else { return 0 };
    if digits == *b"00000" || !digits.iter().all(u8::is_ascii_digit) {
        return 0;
    }
    room[..5].copy_from_slice(&digits);
    5
}

/// The length of postcodes worldwide. Up to two of the characters are the country's sign and a
/// hyphen.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=10;

/// The postcode before a town or a country's sign: `45127` for `45127 Essen` and `45127 DE`,
/// `D-45127` for `D-45127 Essen`.
fn without_town(text: &str) -> &str {
    let sign = text.find(|character: char| character.is_ascii_digit()).unwrap_or(text.len());
    let digits = text[sign..].bytes().take_while(u8::is_ascii_digit).count();
    let (postcode, rest) = text.split_at(sign + digits);
    let town = rest.trim();
    if !rest.starts_with(' ') || !town.starts_with(char::is_alphabetic) {
        return text;
    }
    let country = text[..sign].trim_end_matches([' ', '-']);
    let is_dutch = country.eq_ignore_ascii_case("NL");
    match (digits, town.as_bytes()) {
        // After another country's sign, only a town can follow the digits.
        (4, _) if !is_dutch && !country.is_empty() => postcode,
        // A Dutch `1234 AB`.
        (4, [_] | [_, _]) => text,
        // `1234 AB Amsterdam`, in contrast to `2300 La Chaux-de-Fonds`.
        (4, [b'A'..=b'Z', b'A'..=b'Z', b' ' | b',', ..])
            if is_dutch || town.contains(char::is_lowercase) =>
        {
            text.strip_suffix(&town[2..]).unwrap_or(text)
        }
        (4 | 5, _) => postcode,
        _ => text,
    }
}

const LABEL: &str = "PLZ";

/// The postcode without the words that forms print before it.
fn without_label(text: &str) -> &str {
    let is_separator = |character: char| matches!(character, '.' | ':' | '-' | ' ');
    let end = text.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let is_label = [LABEL, "Postleitzahl"].iter().any(|label| word.eq_ignore_ascii_case(label));
    if is_label { rest.trim_start_matches(is_separator) } else { text }
}

/// The digits of a postcode after the country's sign, as in `D-45127`, `A1010` or `PL-00-950`.
///
/// Only a Dutch postcode may have letters after its digits (`NL-1234 AB`). A British postcode ends
/// with letters, so its first letters are never taken for a country's sign.
fn without_sign(text: &str) -> Option<&str> {
    let start = text.find(|character: char| character.is_ascii_digit())?;
    let (sign, digits) = text.split_at(start);
    let sign = sign.strip_suffix('-').unwrap_or(sign);
    let ends_as_usual = match digits.strip_suffix(|last: char| last.is_ascii_uppercase()) {
        None => digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'),
        Some(rest) => {
            let digits = rest.as_bytes().split_last_chunk();
            let digits = digits.filter(|(_, [letter])| letter.is_ascii_uppercase());
            sign == "NL" && digits.is_some_and(|(digits, _)| is_four_digits(digits))
        }
    };
    (SIGNS.contains(&sign) && ends_as_usual && LENGTHS.contains(&digits.len())).then_some(digits)
}

/// Signs of countries whose postcodes have digits only, and of the Netherlands: those for vehicles,
/// from the UN's list of distinguishing signs, and those of ISO 3166-1.
#[rustfmt::skip]
const SIGNS: &[&str] = &[
    "D", "DE", "A", "AT", "CH", "FL", "LI", "L", "LU", "B", "BE", "NL", "F", "FR", "I", "IT", "E", "ES", "P",
    "PT", "DK", "S", "SE", "N", "NO", "FIN", "FI", "IS", "PL", "CZ", "SK", "H", "HU", "SLO", "SI", "HR", "BIH",
    "BA", "SRB", "RS", "MNE", "ME", "MK", "NMK", "AL", "RKS", "XK", "GR", "EL", "BG", "RO", "MD", "UA", "BY",
    "RUS", "RU", "EST", "EE", "LV", "LT", "TR", "CY", "MC", "RSM", "SM", "V", "VA", "AND", "AD", "IL", "US",
    "USA", "MA", "TN",
];

/// Postcodes consist of letters, digits and hyphens in every country. A value with any other
/// character would silently never match.
fn push_plain(characters: impl Iterator<Item = char>, plain: &mut String) -> Result<(), Reason> {
    for character in characters {
        match character {
            ' ' => {}
            '-' | '0'..='9' | 'A'..='Z' => plain.push(character),
            'a'..='z' => plain.push(character.to_ascii_uppercase()),
            _ if character.is_control() => return Err(Reason::ControlCharacter),
            _ => return Err(Reason::WrongCharacter),
        }
    }
    Ok(())
}

fn is_four_digits(text: &[u8]) -> bool {
    text.len() == 4 && text.iter().all(u8::is_ascii_digit)
}
