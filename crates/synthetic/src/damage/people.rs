//! Damage by people, intentional or not.

use leakdex::Field;

use super::{ALL, Cell, DATE, Damage, MAIL, NAMES, PHONE, POSTCODE, noticeable, unnoticeable};
use crate::{date::Date, errors::mistype, random::seeded};

const LONG: &[Field] = &[
    Field::Phone,
    Field::Kvnr,
    Field::Iban,
    Field::SteuerId,
    Field::Iccsn,
    Field::BirthDate,
    Field::PostalCode,
];

pub(super) const DAMAGES: &[Damage] = &[
    noticeable("masked", ALL, masked),
    noticeable("second half masked", LONG, |cell| half_masked(cell, '*')),
    noticeable("second half crossed out", LONG, |cell| half_masked(cell, 'X')),
    noticeable("second half zeros", LONG, |cell| half_masked(cell, '0')),
    noticeable("three crosses", ALL, |_| "xxx".to_owned()),
    noticeable("crossed out", ALL, |cell| cell.written.chars().map(|_| 'X').collect()),
    noticeable("gesperrt", ALL, |_| "gesperrt".to_owned()),
    noticeable("marker at the start", ALL, |cell| format!("ZZ {}", cell.written)),
    noticeable("marker joined at the start", ALL, |cell| format!("alt_{}", cell.written)),
    noticeable("marker at the end", ALL, |cell| format!("{} †", cell.written)),
    noticeable("initial only", NAMES, |cell| {
        format!("{}.", cell.written.chars().next().unwrap_or('A'))
    }),
    noticeable("both names in the cell", &[Field::LastName], both_names),
    unnoticeable(
        "both names in the cell of given names",
        &[Field::FirstName],
        "exports differ in how many given names they have",
        both_names,
    ),
    noticeable("family at the start", NAMES, |cell| format!("Familie {}", cell.written)),
    unnoticeable("misspelt name", NAMES, "a misspelt name is a name", |cell| {
        let mut text = cell.written.to_owned();
        mistype(&mut text, &mut seeded(cell.drawn, 0));
        text
    }),
    noticeable("letters for digits", LONG, |cell| {
        cell.written.replace('0', "O").replace('1', "l").replace('5', "S")
    }),
    noticeable("year only", DATE, |cell| cell.date().year.to_string()),
    noticeable("age", DATE, |cell| (2023 - cell.date().year).to_string()),
    noticeable("first of January of the year", DATE, |cell| {
        cell.style.date(Date { month: 1, day: 1, ..cell.date() })
    }),
    noticeable("first of the month", DATE, |cell| cell.style.date(Date { day: 1, ..cell.date() })),
    noticeable("region with zeros", POSTCODE, |cell| {
        format!("{:05}", cell.subject.person.postal_code / 1_000 * 1_000)
    }),
    noticeable("region only", POSTCODE, |cell| {
        format!("{:02}", cell.subject.person.postal_code / 1_000)
    }),
    noticeable("without the area code", PHONE, |cell| cell.subject.phone[4..].to_owned()),
    noticeable("(at) in the address", MAIL, |cell| cell.written.replace('@', "(at)")),
    noticeable("other domain", MAIL, |cell| {
        format!("{}@example.invalid", cell.written.split('@').next().unwrap_or_default())
    }),
];

/// The first character and, for an address, the domain.
fn masked(cell: &Cell<'_>) -> String {
    let first = cell.written.chars().next().unwrap_or('*');
    let rest = cell.written.find('@').map_or("", |place| &cell.written[place..]);
    format!("{first}***{rest}")
}

/// Replaces the letters and digits in the second half of the value with the mask.
fn half_masked(cell: &Cell<'_>, mask: char) -> String {
    let half = cell.written.chars().count() / 2;
    let masked = |(place, character): (usize, char)| {
        if place >= half && character.is_alphanumeric() { mask } else { character }
    };
    cell.written.chars().enumerate().map(masked).collect()
}

fn both_names(cell: &Cell<'_>) -> String {
    let person = &cell.subject.person;
    format!("{}, {}", person.last_name, person.first_name)
}
