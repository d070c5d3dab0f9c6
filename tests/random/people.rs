//! Invented people. Everything about them is known, since each value is made from a number.
//!
//! No value has to be normalised or compared: two values are equal if their numbers are. The values
//! of a person have the person's number, and those of a family have the family's number.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::chance::Chance;

/// The largest number of people in one test: each has a different birthday.
const MAX_PEOPLE: u32 = 365;

/// A value in a field of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    InsuredNumber(u32),
    /// An address, and the number of its tag; 0 for no tag.
    Email(u32, u8),
    /// The hash of such an address.
    Hash(u32, u8),
    Username(u32),
    Account(u32),
    Phone(u32),
    /// Names, date of birth and postcode, and how often the person has moved.
    Person(u32, u8),
}

/// The values of a row.
pub type Row = BTreeSet<Value>;

/// All values, except hashes, that a person may have in a leak or in a member list: personal values,
/// some in two forms, and values of a family and an office.
pub fn values_of(person: u32) -> Vec<Value> {
    let family = 900 + person % 3;
    vec![
        Value::InsuredNumber(person),
        Value::Email(person, 0),
        Value::Email(person, 1),
        Value::Email(family, 0),
        Value::Email(family, 2),
        Value::Username(person),
        Value::Username(999),
        Value::Account(person),
        Value::Account(family),
        Value::Phone(person),
        Value::Phone(900 + person % 2),
        Value::Person(person, 0),
        Value::Person(person, 1),
    ]
}

/// Some of these values, at most one in each column.
pub fn some_of(values: &[Value], max_values: usize, chance: &mut Chance) -> Row {
    let (mut row, mut columns) = (Row::new(), BTreeSet::new());
    let mut values = values.to_vec();
    chance.shuffle(&mut values);
    for value in values {
        if row.len() < max_values && columns.insert(fields(value)[0].0) {
            row.insert(value);
        }
    }
    row
}

/// Distinct people.
pub fn people(count: usize, chance: &mut Chance) -> Vec<u32> {
    let mut numbers: Vec<u32> = (0..MAX_PEOPLE).collect();
    chance.shuffle(&mut numbers);
    numbers.truncate(count);
    numbers
}

/// The column and the text of each field of a value.
pub fn fields(value: Value) -> Vec<(&'static str, String)> {
    match value {
        Value::InsuredNumber(number) => vec![("kvnr", insured_number(number))],
        Value::Email(number, tag) => vec![("email", address(number, tag))],
        Value::Hash(number, tag) => {
            let digest = Sha256::digest(address(number, tag));
            vec![("sha256-email", hex::encode(digest))]
        }
        Value::Username(number) => vec![("username", format!("nutzer{number}x"))],
        Value::Account(number) => vec![("iban", account(number))],
        Value::Phone(number) => vec![("phone", format!("+49171{}", 2_345_000 + 7 * number))],
        Value::Person(number, moves) => vec![
            ("last-name", name([number * 31, number, number / 70], "r")),
            ("first-name", name([number * 17 + 3, number + 29, number / 70 + 11], "na")),
            ("birth-date", birth_date(number)),
            ("postal-code", postal_code(number, moves)),
        ],
    }
}

fn address(number: u32, tag: u8) -> String {
    match tag {
        0 => format!("leute{number}@example.de"),
        _ => format!("leute{number}+t{tag}@example.de"),
    }
}

/// A letter, eight digits and the check digit. The letter counts as two digits, the weights
/// alternate between 1 and 2, and the check digit is the sum of the digit sums modulo 10.
fn insured_number(number: u32) -> String {
    let of_number: Vec<u32> =
        format!("{number:04}").chars().filter_map(|digit| digit.to_digit(10)).collect();
    // Other digits separate these, because a run of equal digits would make a test number.
    let digits: Vec<u32> =
        of_number.iter().zip([5, 2, 8, 3]).flat_map(|(&digit, between)| [digit, between]).collect();
    let letter = number % 26;
    let counted = [(letter + 1) / 10, (letter + 1) % 10].into_iter().chain(digits.iter().copied());
    let products = counted.zip([1, 2].into_iter().cycle()).map(|(digit, weight)| digit * weight);
    let sum: u32 = products.map(|product| product / 10 + product % 10).sum();
    let digits: String = digits.iter().map(u32::to_string).collect();
    let letter = char::from_u32(u32::from('A') + letter).expect("a letter from A to Z");
    format!("{letter}{digits}{}", sum % 10)
}

/// A German account. The check digits make the rearranged number 1 modulo 97.
fn account(number: u32) -> String {
    let digits = format!("37040044{:010}", 532_000_000 + number);
    let rearranged: u128 = format!("{digits}131400").parse().expect("digits");
    format!("DE{:02}{digits}", 98 - rearranged % 97)
}

fn name(syllables: [u32; 3], end: &str) -> String {
    let pick = |letters: &str, number: u32| {
        let number = usize::try_from(number).expect("a small number");
        letters.chars().nth(number % letters.len()).expect("it is in the letters")
    };
    let syllable =
        |number: u32| [pick("bdfgklmnprstvz", number % 70 / 5), pick("aeiou", number)].into_iter();
    let mut name: String = syllables.into_iter().flat_map(syllable).collect();
    name[..1].make_ascii_uppercase();
    name + end
}

/// No two people share a birthday, in any year.
fn birth_date(number: u32) -> String {
    let mut day = number * 37 % 365 + 1;
    let mut month = 1;
    for length in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if day <= length {
            break;
        }
        day -= length;
        month += 1;
    }
    format!("{day:02}.{month:02}.{}", 1940 + number % 50)
}

/// No two people share a postcode, and nobody moves to a neighbouring place.
fn postal_code(number: u32, moves: u8) -> String {
    let region = [12, 34, 57, 89][usize::from(moves % 4)];
    format!("{region}{number:03}")
}
