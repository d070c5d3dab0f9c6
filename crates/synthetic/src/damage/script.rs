//! Damage by scripts.

use leakdex::Field;

use super::{
    ALL, Cell, DATE, Damage, NAMES, NO_DATES, NO_NAMES, PHONE, Trace, Transform, noticeable,
    unnoticeable,
};
use crate::{date::Date, errors::mistype_digit, population::first_name, random::seeded};

const NUMBERS: &[Field] =
    &[Field::Phone, Field::Kvnr, Field::Iban, Field::SteuerId, Field::Iccsn, Field::PostalCode];
/// Numbers with check digits.
const CHECKED: &[Field] = &[Field::Kvnr, Field::Iban, Field::SteuerId];
const WORDS: &[Field] = &[Field::Email, Field::LastName, Field::FirstName, Field::Name];
const PARTS: &[Field] = &[Field::Email, Field::Name];

pub(super) const DAMAGES: &[Damage] = &[
    noticeable("one day early", DATE, |cell| {
        cell.style.date(Date::from_serial(cell.date().serial() - 1))
    }),
    noticeable("one day early, with its time", DATE, |cell| {
        let Date { year, month, day } = Date::from_serial(cell.date().serial() - 1);
        format!("{year}-{month:02}-{day:02}T23:00:00Z")
    }),
    noticeable("month counted from 0", DATE, |cell| {
        let Date { year, month, day } = cell.date();
        format!("{day:02}.{:02}.{year}", month - 1)
    }),
    noticeable("year, day, month", DATE, |cell| {
        let Date { year, month, day } = cell.date();
        format!("{year}{day:02}{month:02}")
    }),
    noticeable("seconds since 1970", DATE, |cell| {
        ((i64::from(cell.date().serial()) - 25_569) * 86_400).to_string()
    }),
    noticeable("milliseconds since 1970", DATE, |cell| {
        ((i64::from(cell.date().serial()) - 25_569) * 86_400_000).to_string()
    }),
    unnoticeable("value of the row above", ALL, "each value is somebody's", |cell| {
        cell.above.to_owned()
    }),
    noticeable("value of the next column", ALL, |cell| cell.next.to_owned()),
    noticeable("value of another kind", NO_DATES, another_kind),
    unnoticeable("day on which the contract began", DATE, "each is a date", |cell| {
        let day = i32::try_from(cell.drawn % 4_000).expect("it is small");
        cell.style.date(Date::from_serial(41_000 + day))
    }),
    noticeable("digits at the start", NUMBERS, |cell| format!("99{}", cell.written)),
    noticeable("digits at the end", NUMBERS, |cell| format!("{}01", cell.written)),
    noticeable("country code twice", PHONE, |cell| format!("+4949{}", &cell.subject.phone[1..])),
    noticeable("plus as a blank", PHONE, |cell| format!(" 49{}", &cell.subject.phone[1..])),
    noticeable("reversed", NO_NAMES, |cell| cell.written.chars().rev().collect()),
    unnoticeable("name reversed", NAMES, "any letters can be a name", |cell| {
        cell.written.chars().rev().collect()
    }),
    unnoticeable("rot13", WORDS, "any letters can be a name or an address", |cell| {
        cell.written.chars().map(rot13).collect()
    }),
    noticeable("hash", ALL, |cell| {
        format!("{:016x}{:016x}", hash(cell.written, 1), hash(cell.written, 2))
    }),
    noticeable("hash of 64 digits", ALL, |cell| {
        let part = |salt| format!("{:016x}", hash(cell.written, salt));
        [1, 2, 3, 4].map(part).concat()
    }),
    noticeable("Base64", ALL, |cell| base64(cell.written.as_bytes())),
    noticeable("first part only", PARTS, |cell| {
        cell.written.split(['@', ',', ' ']).next().unwrap_or_default().to_owned()
    }),
    noticeable("one digit wrong", CHECKED, |cell| {
        let mut text = cell.written.to_owned();
        mistype_digit(&mut text, &mut seeded(cell.drawn, 0));
        text
    }),
    Damage {
        name: "row shifted to the right",
        fields: ALL,
        trace: Trace::Noticeable,
        apply: Transform::Row(|row, column| {
            row.insert(column, String::new());
            row.pop();
        }),
    },
    Damage {
        name: "row with a further value",
        fields: ALL,
        trace: Trace::Noticeable,
        apply: Transform::Row(|row, column| row.insert(column, "0".to_owned())),
    },
    Damage {
        name: "row without the value",
        fields: ALL,
        trace: Trace::Noticeable,
        apply: Transform::Row(|row, column| {
            row.remove(column);
        }),
    },
];

/// A value of the person that belongs in another column.
fn another_kind(cell: &Cell<'_>) -> String {
    let subject = cell.subject;
    let person = &subject.person;
    match cell.field {
        Field::Phone => format!("{}{:03}", person.postal_code, cell.row % 1_000),
        Field::Kvnr => subject.plain(Field::SteuerId),
        Field::Iban => subject.plain(Field::Iccsn),
        Field::Email | Field::SteuerId => subject.phone.clone(),
        Field::Iccsn => subject.plain(Field::Iban),
        Field::LastName => first_name(person.birth_date.year, &mut seeded(cell.drawn, 0)),
        Field::FirstName => ["Berlin", "Hamburg", "Essen", "Kiel"][cell.row % 4].to_owned(),
        Field::Name => format!("Ahornweg {}", cell.row % 100),
        _ => format!("{}", 1 + cell.row % 150),
    }
}

fn rot13(letter: char) -> char {
    let turn = |first: u8| char::from(first + (letter as u8 - first + 13) % 26);
    match letter {
        'a'..='z' => turn(b'a'),
        'A'..='Z' => turn(b'A'),
        other => other,
    }
}

/// A pseudo-random number (FNV-1a, then mixed).
fn hash(text: &str, salt: u64) -> u64 {
    let hash = text.bytes().fold(0xCBF2_9CE4_8422_2325 ^ salt << 56, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    let mixed = (hash ^ hash >> 31).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 29
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| u32::from(chunk.get(place).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place) & 63) as usize;
            text.push(if place <= chunk.len() { char::from(DIGITS[digit]) } else { '=' });
        }
    }
    text
}
