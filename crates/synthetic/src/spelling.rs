//! The different spellings of a value in files.
//!
//! Each spelling is written out by hand, without the library's normalisers. Otherwise, an error in a
//! normaliser would be on both sides, and nobody would see it.

use leakdex::Field;
use rand::RngExt;

use crate::{date::Date, names::written_out, numbers::check_digit, person::Person, random::Random};

/// One of the spellings of a person's field.
pub fn spell(person: &Person, field: Field, random: &mut Random) -> String {
    match field {
        Field::LastName => last_name(&person.last_name, random),
        Field::FirstName => first_name(&person.first_name, random),
        Field::BirthDate => date(person.birth_date, random),
        Field::PostalCode => postal_code(person.postal_code, random),
        Field::Kvnr => kvnr(&person.kvnr, random),
        Field::Iccsn => iccsn(&person.iccsn, random),
        Field::Email => email(&person.email, random),
        Field::Username => username(&person.username, random),
        // A synthetic person has no other field.
        _ => String::new(),
    }
}

fn name(name: &str, random: &mut Random) -> String {
    match random.random_range(0..12) {
        0 => name.to_uppercase(),
        1 => name.to_lowercase(),
        2 => written_out(name),
        3 => written_out(name).to_uppercase(),
        4 => decomposed(name),
        5 => name.replace('-', "\u{2010}"),
        6 => format!(" {name}  "),
        _ => name.to_owned(),
    }
}

/// Some files have a space between two last names. `Ritter` would then be read as a title.
fn last_name(names: &str, random: &mut Random) -> String {
    match random.random_range(0..12) {
        0 if names.contains("Ritter") => names.to_owned(),
        0 => names.replace('-', " "),
        _ => name(names, random),
    }
}

/// Some files have only the first of two given names. Some have a title in the same cell.
fn first_name(names: &str, random: &mut Random) -> String {
    let first = names.split(' ').next().unwrap_or(names);
    match random.random_range(0..12) {
        0..3 => name(first, random),
        3 => format!("Dr. {names}"),
        _ => name(names, random),
    }
}

fn date(date: Date, random: &mut Random) -> String {
    const MONTHS: &str = "Januar Februar März April Mai Juni Juli August September Oktober November \
                          Dezember";
    let Date { year, month, day } = date;
    match random.random_range(0..10) {
        0..4 => format!("{day:02}.{month:02}.{year}"),
        4..6 => format!("{day}.{month}.{year}"),
        6..8 => format!("{year}-{month:02}-{day:02}"),
        8 => format!("{year}{month:02}{day:02}"),
        _ => {
            let month = MONTHS.split(' ').nth(usize::from(month) - 1).unwrap_or_default();
            format!("{day}. {month} {year}")
        }
    }
}

/// Some postcodes lack the leading zero, since a spreadsheet read them as numbers.
fn postal_code(code: u32, random: &mut Random) -> String {
    if random.random_ratio(1, 10) { format!("{code}") } else { format!("{code:05}") }
}

fn kvnr(number: &str, random: &mut Random) -> String {
    match random.random_range(0..10) {
        0 => number.to_lowercase(),
        1 => grouped(number, &[1, 3, 3, 3]),
        2 => grouped(number, &[4, 3, 3]),
        3 => format!("  {number}"),
        4 => long_kvnr(number),
        _ => number.to_owned(),
    }
}

/// The form of 20 characters: the number, the insurer's institution code, and a check digit over both.
fn long_kvnr(number: &str) -> String {
    /// A made-up code with a valid check digit.
    const INSTITUTION: &str = "109999994";
    let mut long = format!("{number}{INSTITUTION}");
    long.push(check_digit(&long));
    long
}

fn iccsn(number: &str, random: &mut Random) -> String {
    match random.random_range(0..8) {
        0 => grouped(number, &[4, 4, 4, 4, 4]),
        1 => grouped(number, &[5, 5, 10]),
        // As in the file on the card, after the tag.
        2 => format!("5A0A{number}"),
        _ => number.to_owned(),
    }
}

fn email(address: &str, random: &mut Random) -> String {
    match random.random_range(0..10) {
        0 => address.to_uppercase(),
        1 => capitalised(address),
        2 => format!("<{address}>"),
        3 => format!(" {address}"),
        4 => format!("mailto:{address}"),
        _ => address.to_owned(),
    }
}

fn username(name: &str, random: &mut Random) -> String {
    match random.random_range(0..6) {
        0 => name.to_uppercase(),
        1 => capitalised(name),
        2 => format!("{name} "),
        _ => name.to_owned(),
    }
}

/// `anna.muster@example.de` as `Anna.Muster@Example.De`.
fn capitalised(text: &str) -> String {
    let mut at_start = true;
    text.chars()
        .map(|character| {
            let written = if at_start { character.to_ascii_uppercase() } else { character };
            at_start = !character.is_alphanumeric();
            written
        })
        .collect()
}

/// The characters in groups of these lengths, with spaces between.
fn grouped(text: &str, lengths: &[usize]) -> String {
    let mut rest = text.chars();
    let groups = lengths.iter().map(|&length| rest.by_ref().take(length).collect::<String>());
    groups.collect::<Vec<_>>().join(" ")
}

/// As in file names on a Mac: the letter, then its dots.
fn decomposed(name: &str) -> String {
    let umlauts = [('ä', "a\u{308}"), ('ö', "o\u{308}"), ('ü', "u\u{308}"), ('Ö', "O\u{308}")];
    umlauts.iter().fold(name.to_owned(), |name, (letter, apart)| name.replace(*letter, apart))
}
