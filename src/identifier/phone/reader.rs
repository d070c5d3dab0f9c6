//! Reads the phone numbers of a cell with libphonenumber.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, PhoneNumberType};

use super::{
    Normaliser, Outcome, Region,
    cell::{before_decimal_zero, from_scientific, number_of_link, numbers},
};
use crate::identifier::{
    Reason,
    cell::{add_value, unmarked},
    number::composed,
};

pub fn normalise(raw: &str, normaliser: Normaliser, normal_form: &mut String) -> Outcome {
    if raw.bytes().all(|byte| matches!(byte, b'0' | b' ' | b'-' | b'.' | b'/')) {
        return Outcome::Absent;
    }
    if raw.len() > MAX_LENGTH {
        return Outcome::Invalid(Reason::TooLong);
    }
    let text = composed(raw);
    let text = unmarked(&text);
    let link = number_of_link(text);
    match write_cell(link.as_deref().unwrap_or(text), normaliser.region, normal_form) {
        Ok(()) if normal_form.is_empty() => Outcome::Absent,
        Ok(()) => Outcome::Ok,
        Err(reason) => Outcome::Invalid(reason),
    }
}

pub fn has_numbers(region: Region) -> bool {
    country_code(region).is_some()
}

/// The length of the longest text that is read, in bytes. libphonenumber accepts 250 characters.
const MAX_LENGTH: usize = 1000;
const GERMANY: i32 = 49;
/// The length of the longest German landline number that is assigned (numbering plan of the Federal
/// Network Agency), in digits with its area code. Few extensions make a number longer. libphonenumber
/// accepts 15 digits.
const LONGEST_LOCAL: usize = 11;

/// Writes all numbers of a cell. If there are several, each needs its area code: without one, it
/// could be read as another number.
fn write_cell(text: &str, region: Region, normal_form: &mut String) -> Result<(), Reason> {
    let numbers = match from_scientific(text) {
        Some(number) => vec![number?],
        // Try the whole text first: a comma before the zero would separate two numbers.
        None => numbers(before_decimal_zero(text).unwrap_or(text))?,
    };
    let is_alone = numbers.len() == 1;
    for number in numbers.iter().map(|number| before_decimal_zero(number).unwrap_or(number)) {
        if is_placeholder_number(number, region) {
            continue;
        }
        if !is_alone && !has_area_code(number, region) {
            return Err(Reason::NoPhoneNumber);
        }
        write_number_or_two(number, region, normal_form)?;
    }
    if numbers.is_empty() { Err(Reason::NoPhoneNumber) } else { Ok(()) }
}

/// Writes a number, or several that `/` separates.
fn write_number_or_two(text: &str, region: Region, normal_form: &mut String) -> Result<(), Reason> {
    let pieces: Vec<&str> =
        text.split('/').map(str::trim).filter(|piece| !piece.is_empty()).collect();
    if pieces.len() > 1 && pieces.iter().all(|piece| has_area_code(piece, region)) {
        let several: Result<Vec<_>, _> = pieces.iter().map(|piece| number(piece, region)).collect();
        if let Ok(several) = several {
            return several.iter().try_for_each(|number| add_value(number, normal_form));
        }
    }
    // `030 123456/57` is two numbers. The second one is shortened to the digits that differ.
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    if let Some((before, last)) = text.rsplit_once('/')
        && (digits(last) <= 2 && digits(before) >= 7
            || digits(before) >= 8 && is_complete(before, region))
    {
        return Err(Reason::AmbiguousNumber);
    }
    add_value(&number(text, region)?, normal_form)
}

/// The number in E.164.
fn number(text: &str, region: Region) -> Result<String, Reason> {
    if !text.chars().all(is_of_a_number) {
        return Err(Reason::WrongCharacter);
    }
    let number = read(text, region).ok_or(Reason::NoPhoneNumber)?;
    if !begins_with_a_prefix(text) && may_lack_area_code(&number) {
        return Err(Reason::AmbiguousNumber);
    }
    let normal_form = match without_code(&number, region) {
        Some(other) if is_too_long(&number) && is_mobile(&other) => {
            if begins_with_a_prefix(text) || !is_in_region(&number, region) {
                return Err(Reason::AmbiguousNumber);
            }
            e164(&other)
        }
        Some(_) if !begins_with_a_prefix(text) && is_in_region(&number, region) => {
            return Err(Reason::AmbiguousNumber);
        }
        // `030 901820 901821` is two numbers.
        _ if is_too_long(&number) => return Err(Reason::AmbiguousNumber),
        _ if !begins_with_a_prefix(text) && may_be_foreign(text, &number, region) => {
            return Err(Reason::AmbiguousNumber);
        }
        _ => e164(&number),
    };
    // This text was just read as itself.
    if text == normal_form {
        return Ok(normal_form);
    }
    // Outside Germany, a normal form could be read as another number, so one person would have two
    // forms. In Germany this cannot happen, because no number begins with the trunk prefix 0.
    let is_stable = number.country_code == GERMANY
        || read(&normal_form, region).is_some_and(|again| e164(&again) == normal_form);
    if is_stable { Ok(normal_form) } else { Err(Reason::NoPhoneNumber) }
}

/// Whether a number consists of zeros, of one repeated digit or, in Germany, of the digits in
/// ascending order. Germany's country code may precede it.
fn is_placeholder_number(text: &str, region: Region) -> bool {
    const IN_ORDER: &str = "1234567890";
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_international =
        text.trim_start_matches('(').starts_with('+') || digits.starts_with("00");
    let german = digits.trim_start_matches('0').strip_prefix("49").filter(|_| is_international);
    let national = german.unwrap_or(&digits);
    let significant = national.trim_start_matches('0').as_bytes();
    let is_one_digit =
        significant.len() > 4 && significant.iter().all(|digit| *digit == significant[0]);
    let is_zeros = significant.is_empty() && !national.is_empty();
    // In other countries, such numbers exist.
    let is_german = german.is_some() || region == Region::DE && !is_international;
    let is_in_order = significant.len() > 5 && IN_ORDER.as_bytes().starts_with(significant);
    is_zeros || is_one_digit || is_german && is_in_order
}

fn is_of_a_number(character: char) -> bool {
    character.is_numeric()
        || character.is_whitespace()
        || matches!(
            character,
            '+' | '-' | '.' | '/' | '(' | ')' | '[' | ']' | '~' | '‐'..='―' | '−'
        )
}

/// The number, if it is valid.
fn read(text: &str, region: Region) -> Option<PhoneNumber> {
    let number = PHONE_NUMBER_UTIL.parse(text, library_region(region)).ok()?;
    PHONE_NUMBER_UTIL.is_valid_number(&number).then_some(number)
}

fn e164(number: &PhoneNumber) -> String {
    PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164).into_owned()
}

/// The other reading of a number that may have lost its `+`: `49 171 …` was read as a number in
/// area 4917. `None` if that reading is not valid.
fn without_code(number: &PhoneNumber, region: Region) -> Option<PhoneNumber> {
    let code = number.country_code.to_string();
    let national = number.national_number.to_string();
    let begins_with_code = national.starts_with(&code);
    begins_with_code.then(|| read(&format!("+{national}"), region))?
}

/// Whether a number of the region may be a foreign mobile number that lost its `+`: `48 601 234 567`
/// is a Polish number or one in area 0486. A mobile number of the region is surely of the region, and
/// so is a number that was read with the region's code.
///
/// Most landline numbers are shorter than eleven digits, and few countries have so short mobile
/// numbers. So a shorter number without its 0 stays a number of the region.
fn may_be_foreign(text: &str, number: &PhoneNumber, region: Region) -> bool {
    const MIN_DIGITS: usize = 11;
    let national = number.national_number.to_string();
    national.len() >= MIN_DIGITS
        && text.chars().filter(|character| character.is_numeric()).count() == national.len()
        && is_in_region(number, region)
        && !is_mobile(number)
        && read(&format!("+{national}"), region).is_some_and(|other| is_mobile(&other))
}

/// Whether a German landline number has more digits than any that is assigned.
fn is_too_long(number: &PhoneNumber) -> bool {
    number.country_code == GERMANY
        && number.national_number.to_string().len() > LONGEST_LOCAL
        && PHONE_NUMBER_UTIL.get_number_type(number) == PhoneNumberType::FixedLine
}

/// Whether this is a German number of at least eight digits with its area code. A shorter one may
/// be the beginning of a number, as in `030 1234/5678`.
fn is_complete(text: &str, region: Region) -> bool {
    const MIN: u64 = 10_000_000;
    read(text, region)
        .is_some_and(|number| number.country_code == GERMANY && number.national_number >= MIN)
}

fn is_mobile(number: &PhoneNumber) -> bool {
    PHONE_NUMBER_UTIL.get_number_type(number) == PhoneNumberType::Mobile
}

/// Whether a German number without its 0 is so short that its area code may be missing. Two persons
/// in two towns may have the same short number.
fn may_lack_area_code(number: &PhoneNumber) -> bool {
    const MAX_DIGITS: u64 = 99_999_999;
    number.country_code == GERMANY && number.national_number <= MAX_DIGITS && !is_mobile(number)
}

/// Whether the number begins with `+` or with the trunk prefix 0.
fn begins_with_a_prefix(text: &str) -> bool {
    let begins = |character: &char| *character == '+' || character.is_numeric();
    text.chars().find(begins).is_some_and(|character| matches!(character, '+' | '0'))
}

/// Whether a number seems to have its area code: it begins with a prefix, or it is complete without
/// one, so that a leading 0 would make it another number.
fn has_area_code(text: &str, region: Region) -> bool {
    let with_prefix = || read(&format!("0{text}"), region).map(|number| e164(&number));
    begins_with_a_prefix(text)
        || read(text, region).is_some_and(|number| with_prefix() != Some(e164(&number)))
}

fn is_in_region(number: &PhoneNumber, region: Region) -> bool {
    country_code(region) == Some(number.country_code)
}

fn country_code(region: Region) -> Option<i32> {
    library_region(region).and_then(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(region))
}

fn library_region(region: Region) -> Option<rlibphonenumber::Region> {
    rlibphonenumber::Region::from_code(region.as_str()).ok()
}
