//! The fields that a value may hold, by its form alone.
//!
//! The result limits an all-clear: a leak lacks a field only if no value of any column may hold it. In doubt,
//! a form therefore allows a field.

use std::{net::IpAddr, ops::RangeInclusive};

use leakdex::{Field, FieldSet, Normaliser, Outcome};

use crate::columns;

/// The minimum length of a personal number.
const SHORTEST_NUMBER: usize = 6;

/// A text with this many digits may contain a phone number.
const DIGITS_IN_TEXT: usize = 8;

/// A longer text with spaces may contain anything.
const LONGEST_WORDS: usize = 40;

/// The maximum number of digits of a phone number, with the country's code and an extension.
const LONGEST_PHONE_NUMBER: usize = 17;

/// A text of at least this length without spaces is a token.
const SHORTEST_TOKEN: usize = 24;

const NUMBERS: [Field; 8] = [
    Field::Phone,
    Field::Kvnr,
    Field::Iccsn,
    Field::Ehic,
    Field::Rvnr,
    Field::SteuerId,
    Field::IdentityDocument,
    Field::Iban,
];

/// The fields that a value may hold, without usernames: any text may be one, so every leak may hold them.
pub fn may_hold(value: &str) -> FieldSet {
    if is_technical(value) {
        return FieldSet::EMPTY;
    }
    let count = |is_match: fn(&char) -> bool| value.chars().filter(is_match).count();
    // Digits of other scripts count, too.
    let digits = count(|character| character.is_numeric());
    let letters = count(|character| character.is_alphabetic());
    let has_space = value.contains(char::is_whitespace);
    let is_text =
        has_space && (value.len() > LONGEST_WORDS || letters > 2 && digits >= DIGITS_IN_TEXT);
    if is_text || value.contains(['<', '{', '[', '|', '\n']) {
        return FieldSet::all();
    }
    let mut fields = Vec::new();
    if (value.contains('.') || has_at(value)) && letters > 1 || is_hash(value) {
        fields.push(Field::Email);
    }
    let is_date = digits > 4 && is_date(value);
    if letters == 0 && !is_date {
        fields.extend(of_number(digits));
    } else if digits >= SHORTEST_NUMBER && !is_hash(value) && !is_date {
        fields.extend(NUMBERS);
    } else if digits > 0 && value.len() >= SHORTEST_NUMBER {
        fields.push(Field::IdentityDocument);
    }
    if is_date || digits > 2 && may_be_date(value) {
        fields.push(Field::BirthDate);
    }
    if (letters > 0 || value.ends_with(".0")) && !is_date && !is_hash(value) && has_postcode(value)
    {
        fields.push(Field::PostalCode);
    }
    if letters > 1 {
        fields.extend([Field::FirstName, Field::LastName, Field::Name]);
    }
    fields.into_iter().collect()
}

/// The fields, date of birth and postcode, that a text shows by a whole date, or by a number as long as a postcode.
pub fn shown_in_text(value: &str) -> FieldSet {
    let mut fields = FieldSet::EMPTY;
    let is_in_number = |sign: char| sign.is_numeric() || matches!(sign, '.' | '-' | '/');
    let numbers = value.split(|sign: char| !is_in_number(sign));
    for number in numbers.filter(|number| number.len() >= 4) {
        let number = number.trim_matches(['.', '-', '/']);
        if is_date(number) {
            fields.insert(Field::BirthDate);
        } else if number.chars().all(char::is_numeric) && matches!(number.chars().count(), 4 | 5) {
            fields.insert(Field::PostalCode);
        }
    }
    fields
}

/// The further fields that a cell may hold if its column is used as this field. A cell in the usual form of the field
/// holds nothing else, even if it is invalid.
pub fn beside(field: Field, value: &str, normaliser: Normaliser) -> FieldSet {
    let count = |is_match: fn(&char) -> bool| value.chars().filter(is_match).count();
    let letters = || count(|character| character.is_alphabetic());
    let digits = || count(|character| character.is_numeric());
    let mut normal_form = String::new();
    let mut fits = |field| normaliser.normalise(field, value, &mut normal_form) == Outcome::Ok;
    let is_usual = match field {
        // Any text may be a username.
        Field::Username => true,
        Field::Email => {
            value.matches('@').count() == 1 && !value.contains(['<', '(', ',', ';', '|', '\n', ' '])
        }
        Field::Md5Email | Field::Sha1Email | Field::Sha256Email => is_hash(value),
        Field::FirstName | Field::LastName | Field::Name => digits() == 0 && !has_at(value),
        Field::BirthDate => is_date(value) || !has_at(value) && value.len() <= 10 && digits() <= 8,
        Field::PostalCode | Field::Phone => {
            let is_short = if field == Field::Phone {
                letters() == 0 && digits() <= LONGEST_PHONE_NUMBER
            } else {
                value.len() <= LONGEST_WORDS && digits() <= 6
            };
            is_short && !has_at(value) && !(is_date(value) && fits(Field::BirthDate))
        }
        Field::Kvnr => has_shape(value, "A999999999"),
        Field::Rvnr => has_shape(value, "99999999A999"),
        _ => false,
    };
    if is_usual {
        return FieldSet::EMPTY;
    }
    // The rules of the other fields accept a cell only if it holds nothing else.
    let allows_nothing_else =
        super::is_strict(field) && !matches!(field, Field::Email | Field::Phone);
    if allows_nothing_else && fits(field) { FieldSet::EMPTY } else { may_hold(value) }
}

/// Whether a value has the sign of an address, or its word in brackets: `max (at) example.de`.
fn has_at(value: &str) -> bool {
    let is_word = |rest: &str| {
        let inner = rest.split_once([')', ']', '}']);
        inner.is_some_and(|(word, domain)| match word.trim() {
            // It is also the code of Austria.
            "AT" => domain.contains(['.', '(', '[', '{']),
            word => matches!(&*word.to_lowercase(), "at" | "ät") && !domain.is_empty(),
        })
    };
    value.contains(['@', '＠'])
        || value.match_indices(['(', '[', '{']).any(|(place, _)| is_word(&value[place + 1..]))
}

/// The fields that a reference may hold. Most references are numbers that only look like identifiers, so only
/// addresses, texts with blanks and numbers that begin like those of phones count. [`Counts`](super::Counts) knows
/// whether enough references are valid identifiers with letters.
pub fn of_reference(value: &str) -> FieldSet {
    let digits = value.chars().filter(|character| character.is_numeric()).count();
    let is_phone = digits >= DIGITS_IN_TEXT && (value.starts_with('+') || value.starts_with("01"));
    let is_text = value.contains(['@', ' ', '(']);
    if is_phone || is_text { may_hold(value) } else { FieldSet::EMPTY }
}

/// Whether a value has this shape: `A` stands for a letter, `9` for a digit.
fn has_shape(value: &str, shape: &str) -> bool {
    value.len() == shape.len()
        && value.bytes().zip(shape.bytes()).all(|(byte, sign)| match sign {
            b'A' => byte.is_ascii_alphabetic(),
            _ => byte.is_ascii_digit(),
        })
}

/// The fields that the name of a column may hold. A key of JSON may be a person's value, such as an address.
pub fn of_name(name: &str) -> FieldSet {
    let values = name.split('.').filter(|step| columns::looks_like_a_value(step));
    values.map(may_hold).fold(FieldSet::EMPTY, FieldSet::union)
}

/// Whether a value is long and has no spaces, and is not a hash of an address.
pub fn is_token(value: &str) -> bool {
    value.len() >= SHORTEST_TOKEN
        && !value.contains(char::is_whitespace)
        && !is_hash(value)
        && !is_technical(value)
}

/// Whether a value is an IP address, a UUID or a salted password hash. Many leaks of accounts have a column of these.
/// No value of a field has such a form.
fn is_technical(value: &str) -> bool {
    const SCHEMES: [&str; 7] = ["$2a$", "$2b$", "$2y$", "$5$", "$6$", "$argon2", "$P$"];
    let is_uuid = || {
        let mut parts = value.split('-');
        let lengths = [8, 4, 4, 4, 12];
        let is_part = |length: usize| {
            parts.next().is_some_and(|part| {
                part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
            })
        };
        value.len() == 36 && lengths.into_iter().all(is_part)
    };
    // Some phone numbers are written as pairs of digits.
    let is_in_pairs = || value.split('.').all(|part| part.len() == 2);
    value.parse::<IpAddr>().is_ok() && !is_in_pairs()
        || is_uuid()
        || value.len() >= SHORTEST_TOKEN
            && SCHEMES.iter().any(|scheme| value.starts_with(scheme))
            && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./$=,+-_".contains(&byte))
}

/// The fields of a number with this many digits. A postcode can be short.
fn of_number(digits: usize) -> Vec<Field> {
    match digits {
        SHORTEST_NUMBER.. => NUMBERS.to_vec(),
        4 | 5 => vec![Field::PostalCode],
        _ => Vec::new(),
    }
}

/// Whether a value may be a date of birth, or its year and month. Some programs store a date as the number of days,
/// seconds or parts of a second since a certain day.
fn may_be_date(value: &str) -> bool {
    let count = |text: &str, is_match: fn(&char) -> bool| text.chars().filter(is_match).count();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let ascii_digits = value.bytes().filter(u8::is_ascii_digit).count();
    if count(value, |sign| sign.is_numeric()) > ascii_digits {
        return true;
    }
    // Without the time of day, and without the fraction of a number.
    let is_clock =
        |rest: &str| rest.contains(':') || rest.len() >= 6 && is_number(rest.trim_end_matches('Z'));
    let day = value.split_once([' ', 'T']).filter(|(_, rest)| is_clock(rest));
    let day = day.map_or(value, |(day, _)| day).trim_end_matches('Z');
    let number = day.strip_prefix('-').unwrap_or(day);
    let fraction = number
        .split_once(['.', ','])
        .filter(|(whole, rest)| whole.len() > 4 && is_number(whole) && is_number(rest));
    let number = fraction.map_or(number, |(whole, _)| whole);
    let groups =
        || number.split(|sign: char| !sign.is_ascii_digit()).filter(|part| !part.is_empty());
    let has_year = || groups().any(|part| part.len() == 4 && is_in(1850..=2100, Some(part)));
    let digits = groups().map(str::len).sum::<usize>();
    match count(number, |sign| sign.is_alphabetic()) {
        0 if digits == number.len() => is_date_in_digits(number, day.starts_with('-')),
        0 => {
            let is_day = groups().count() == 3 && digits <= 8 && !number.contains(':');
            is_day || groups().count() == 2 && digits <= 6 && has_year()
        }
        // A month in words.
        3..=9 => {
            let is_end = |sign: Option<char>| sign.is_some_and(|sign| sign.is_ascii_digit());
            let is_day = groups().count() == 2
                && digits <= 4
                && is_end(number.chars().next())
                && is_end(number.chars().next_back());
            (has_year() || is_day) && !number.contains('@')
        }
        _ => false,
    }
}

/// Whether a number without signs may be a date of birth.
fn is_date_in_digits(number: &str, is_negative: bool) -> bool {
    let is_year = |place: usize| is_in(1850..=2100, number.get(place..place + 4));
    let is_month = |place: usize| is_in(1..=12, number.get(place..place + 2));
    let is_day =
        |day: usize, month: usize| is_in(1..=31, number.get(day..day + 2)) && is_month(month);
    let is_since = |unit: u64| {
        const LATEST: u64 = 2_000_000_000;
        // Before 1970, the number is negative. Nobody alive was born before 1850.
        const EARLIEST: u64 = 3_800_000_000;
        let seconds = number.parse::<u64>().map(|number| number / unit);
        seconds.is_ok_and(|seconds| seconds < if is_negative { EARLIEST } else { LATEST })
    };
    match number.len() {
        // Days before 1970.
        3..=5 if is_negative => true,
        4 => is_year(0),
        5 => is_in(1..=60_000, Some(number)),
        6 => is_day(0, 2) || is_day(4, 2) || is_year(0) && is_month(4) || is_year(2) && is_month(0),
        8 => is_year(0) && is_day(6, 4) || is_year(4) && is_day(0, 2),
        9 | 10 => is_since(1),
        12 | 13 => is_since(1_000) || is_year(0) && is_day(6, 4),
        14 => is_year(0) && is_day(6, 4),
        15 | 16 => is_since(1_000_000),
        // Ticks of 100 nanoseconds since the year 1, or nanoseconds since 1970.
        18 => is_in(58..=64, number.get(..2)) || is_since(1_000_000_000),
        19 => is_since(1_000_000_000),
        _ => false,
    }
}

fn is_in(range: RangeInclusive<u32>, part: Option<&str>) -> bool {
    part.and_then(|part| part.parse().ok()).is_some_and(|number| range.contains(&number))
}

/// Whether a value with letters, or a number that a program stored as a float, may contain a postcode. It has a group of
/// four or five digits, such as `D-45127 Essen` or `45127.0`, or it is a short code with two digits, such as `SW1A 1AA`.
fn has_postcode(value: &str) -> bool {
    const CODE_LENGTHS: RangeInclusive<usize> = 5..=8;
    let mut groups = value.split(|sign: char| !sign.is_numeric());
    let is_code = || {
        let signs = value.chars().filter(|sign| ![' ', '-'].contains(sign));
        CODE_LENGTHS.contains(&signs.clone().count())
            && signs.clone().all(char::is_alphanumeric)
            && signs.clone().filter(|sign| sign.is_numeric()).count() > 1
    };
    groups.any(|digits| matches!(digits.chars().count(), 4 | 5)) || is_code()
}

/// Whether a value has the form of an MD5, SHA-1 or SHA-256 digest.
fn is_hash(value: &str) -> bool {
    matches!(value.len(), 32 | 40 | 64) && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a value begins with a date, with or without a time: `2023-01-18T10:00:00Z`, `18.01.2023 10:00`.
fn is_date(value: &str) -> bool {
    let begins_with = |shape: &str| {
        let is_alike = |(byte, sign): (&u8, u8)| match sign {
            b'9' => byte.is_ascii_digit(),
            _ => *byte == sign,
        };
        let begin = value.as_bytes().get(..shape.len());
        begin.is_some_and(|begin| begin.iter().zip(shape.bytes()).all(is_alike))
    };
    let of_day = [
        "9999-99-99",
        "9999/99/99",
        "99.99.9999",
        "99/99/9999",
        "9.9.9999",
        "99.9.9999",
        "9.99.9999",
    ];
    let day = of_day.into_iter().find(|&day| begins_with(day));
    day.is_some_and(|day| {
        let rest = &value[day.len()..];
        let time = rest.trim_start_matches(['T', ' ']);
        // Other digits after a date may be a separate number.
        (rest.is_empty() || matches!(time.find(':'), Some(1 | 2)))
            && time.len() <= "10:00:00.000000+01:00".len()
            && time.chars().all(|sign| sign.is_ascii_digit() || ":.+-Z".contains(sign))
            && (rest.is_empty() || time.len() < rest.len())
            && !time.contains("  ")
    })
}

#[cfg(test)]
mod tests;
