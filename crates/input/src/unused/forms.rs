//! The fields that a value may hold, by its form alone.
//!
//! The result limits an all-clear: a leak lacks a field only if no value of any column may hold it. In doubt,
//! a form therefore allows a field.

use leakdex::{Field, FieldSet};

use crate::columns;

/// The minimum length of a personal number.
const SHORTEST_NUMBER: usize = 6;

/// A text with this many digits may contain a phone number.
const DIGITS_IN_TEXT: usize = 8;

/// A longer text with spaces may contain anything.
const LONGEST_WORDS: usize = 40;

/// A text of at least this length without spaces is a token.
const SHORTEST_TOKEN: usize = 24;

const NUMBERS: [Field; 9] = [
    Field::Phone,
    Field::Kvnr,
    Field::Iccsn,
    Field::Ehic,
    Field::Rvnr,
    Field::SteuerId,
    Field::IdentityDocument,
    Field::Iban,
    Field::BirthDate,
];

/// The fields that a value may hold, without usernames: any text may be one, so every leak may hold them.
pub fn may_hold(value: &str) -> FieldSet {
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
    if value.contains(['@', '.']) && letters > 1 || value.contains("(at)") || is_hash(value) {
        fields.push(Field::Email);
    }
    if letters == 0 {
        fields.extend(if is_date(value) { vec![Field::BirthDate] } else { of_number(digits) });
    } else if digits >= SHORTEST_NUMBER && !is_hash(value) && !is_date(value) {
        fields.extend(NUMBERS);
    } else if digits > 0 && value.len() >= SHORTEST_NUMBER {
        fields.extend([Field::IdentityDocument, Field::BirthDate]);
    }
    if letters > 1 {
        fields.extend([Field::FirstName, Field::LastName, Field::Name]);
    }
    fields.into_iter().collect()
}

/// The fields that the name of a column may hold. A key of JSON may be a person's value, such as an address.
pub fn of_name(name: &str) -> FieldSet {
    let values = name.split('.').filter(|step| columns::looks_like_a_value(step));
    values.map(may_hold).fold(FieldSet::EMPTY, FieldSet::union)
}

/// Whether a value is long and has no spaces, and is not a hash of an address.
pub fn is_token(value: &str) -> bool {
    value.len() >= SHORTEST_TOKEN && !value.contains(char::is_whitespace) && !is_hash(value)
}

/// The fields of a number with this many digits. A part of a date, or a postcode, can be short.
fn of_number(digits: usize) -> Vec<Field> {
    match digits {
        0 => Vec::new(),
        SHORTEST_NUMBER.. => NUMBERS.to_vec(),
        4 | 5 => vec![Field::PostalCode, Field::BirthDate],
        _ => vec![Field::BirthDate],
    }
}

/// Whether a value has the form of an MD5, SHA-1 or SHA-256 digest.
fn is_hash(value: &str) -> bool {
    matches!(value.len(), 32 | 40 | 64) && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a value begins with a date, with or without a time: `2023-01-18T10:00:00Z`, `18.01.2023 10:00`.
fn is_date(value: &str) -> bool {
    let shape: String =
        value.chars().map(|sign| if sign.is_ascii_digit() { '9' } else { sign }).collect();
    let of_day = [
        "9999-99-99",
        "9999/99/99",
        "99.99.9999",
        "99/99/9999",
        "9.9.9999",
        "99.9.9999",
        "9.99.9999",
    ];
    let day = of_day.iter().find(|day| shape.starts_with(**day));
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
mod tests {
    use super::*;

    #[test]
    fn a_number_may_be_that_of_a_phone_however_it_is_written() {
        for value in [
            "1714000000",
            "49171400",
            "4.9171E+11",
            "0171 4000000",
            "+49 (171) 400-000",
            "400000",
            "٠١٧١٤٠٠٠٠٠٠",
            "2023-01-18 1714000000",
        ] {
            assert!(may_hold(value).contains(Field::Phone), "{value}");
        }
        for value in [
            "12",
            "50667",
            "2022-11-03",
            "18.01.2023 10:00",
            "2023-01-18T10:00:00Z",
            "F32.1",
            "Köln",
        ] {
            assert!(!may_hold(value).contains(Field::Phone), "{value}");
        }
    }

    #[test]
    fn text_may_hold_anything_and_a_hash_an_address() {
        for value in [
            "Tel. 0171 4000000",
            "<a>1</a>",
            "{}",
            "m@x.de, 0171 4000000 privat",
            &"wort ".repeat(9),
        ] {
            assert_eq!(may_hold(value), FieldSet::all(), "{value}");
        }
        let hash = "0cc175b9c0f1b6a831c399e269772661";
        assert!(may_hold(hash).contains(Field::Email) && !is_token(hash));
        assert!(!may_hold(hash).contains(Field::Phone));
        for value in ["m@x.de", "m (at) x de", "web.de"] {
            assert!(may_hold(value).contains(Field::Email), "{value}");
        }
        assert!(is_token("bS5tdXN0ZXJAZXhhbXBsZS5kZQ=="));
    }

    #[test]
    fn dates_and_their_parts_may_be_those_of_birth() {
        for value in ["19500112", "1950-01-12", "12", "1950", "631152000", "12.Jan 1950"] {
            assert!(may_hold(value).contains(Field::BirthDate), "{value}");
        }
        assert!(may_hold("Xaver").contains(Field::LastName));
        assert!(may_hold("L01X00T47").contains(Field::IdentityDocument));
    }
}
