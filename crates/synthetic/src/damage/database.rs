//! Damage by databases.

use leakdex::Field;

use super::{
    ALL, Cell, Damage, MAIL, NAMES, NO_POSTCODES, POSTCODE, harmless, noticeable, unnoticeable,
};

const NUMBERS: &[Field] = &[Field::Kvnr, Field::Iban, Field::SteuerId, Field::Iccsn];
const PADDED: &[Field] =
    &[Field::Phone, Field::Kvnr, Field::SteuerId, Field::Iccsn, Field::PostalCode];
const LETTERED: &[Field] =
    &[Field::Email, Field::Kvnr, Field::Iban, Field::LastName, Field::FirstName, Field::Name];
const WITH_ENDINGS: &[Field] = &[
    Field::Email,
    Field::Kvnr,
    Field::Iban,
    Field::SteuerId,
    Field::Iccsn,
    Field::PostalCode,
    Field::BirthDate,
];
const OVERFLOWING: &[Field] = &[Field::Phone, Field::SteuerId, Field::Iccsn];

pub(super) const DAMAGES: &[Damage] = &[
    noticeable("truncated", ALL, |cell| {
        let length = match cell.field {
            Field::Email | Field::Iban => 15,
            Field::Iccsn => 16,
            Field::Phone | Field::Kvnr | Field::SteuerId | Field::Name => 8,
            Field::PostalCode => 4,
            _ => 6,
        };
        cell.written.chars().take(length).collect()
    }),
    noticeable("last character lost", WITH_ENDINGS, |cell| without_last(cell.written)),
    noticeable("first character of a number lost", NUMBERS, |cell| without_first(cell.written)),
    unnoticeable(
        "first letter of an address lost",
        MAIL,
        "an address without its first letter is an address",
        |cell| without_first(cell.written),
    ),
    unnoticeable(
        "first letter of a name lost",
        NAMES,
        "in capitals, a name without its first letter is a name",
        |cell| without_first(cell.written),
    ),
    noticeable("padded with zeros", PADDED, |cell| {
        format!("{:0>24}", cell.subject.plain(cell.field))
    }),
    harmless("padded with blanks", ALL, |cell| format!("  {:<40}", cell.written)),
    harmless("lower case", LETTERED, |cell| cell.written.to_lowercase()),
    harmless("upper case", LETTERED, |cell| cell.written.to_uppercase()),
    noticeable("NULL", ALL, |_| "NULL".to_owned()),
    noticeable("empty", ALL, |_| String::new()),
    noticeable("word for nothing", ALL, |_| "<leer>".to_owned()),
    noticeable("words for nothing", ALL, |_| "nicht angegeben".to_owned()),
    noticeable("default value", ALL, |cell| default(cell.field).to_owned()),
    noticeable("one constant", ALL, |cell| cell.first.to_owned()),
    noticeable("one of five constants", NO_POSTCODES, one_of_five),
    unnoticeable(
        "one of five constants, postcode",
        POSTCODE,
        "a town has a few postcodes, and a list may be of one town",
        one_of_five,
    ),
    noticeable("largest integer", OVERFLOWING, |_| "2147483647".to_owned()),
    noticeable("number of the row", ALL, |cell| cell.row.to_string()),
    noticeable("[object Object]", ALL, |_| "[object Object]".to_owned()),
];

const LETTERS: [char; 5] = ['b', 'd', 'l', 'n', 't'];

fn without_last(text: &str) -> String {
    let mut text = text.to_owned();
    text.pop();
    text
}

fn without_first(text: &str) -> String {
    text.chars().skip(1).collect()
}

/// The default for a missing value.
fn default(field: Field) -> &'static str {
    match field {
        Field::Email => "keine@angabe.de",
        Field::Phone => "0123456789",
        Field::Kvnr => "A000000000",
        Field::Iban => "DE00000000000000000000",
        Field::SteuerId => "00000000000",
        Field::Iccsn => "80276000000000000000",
        Field::BirthDate => "01.01.1900",
        Field::PostalCode => "99999",
        Field::Name => "Max Mustermann",
        _ => "Unbekannt",
    }
}

fn one_of_five(cell: &Cell<'_>) -> String {
    // The value of the first row with another last character: hardly anybody else has it.
    let constant = (cell.drawn % 5).to_string().chars().next().unwrap_or('0');
    let last = cell.first.chars().last().unwrap_or('0');
    let kept = without_last(cell.first);
    let other = if last.is_ascii_digit() { constant } else { LETTERS[cell.row % 5] };
    format!("{kept}{other}")
}
