//! Damage by programs that export data.

use leakdex::Field;

use super::{ALL, Damage, MAIL, NAMES, noticeable};

const BESIDE_PHONES: &[Field] =
    &[Field::Email, Field::LastName, Field::FirstName, Field::Name, Field::BirthDate];

pub(super) const DAMAGES: &[Damage] = &[
    noticeable("quotation marks", ALL, |cell| format!("\"{}\"", cell.written)),
    noticeable("square brackets", ALL, |cell| format!("[{}]", cell.written)),
    noticeable("angle brackets", ALL, |cell| format!("<{}>", cell.written)),
    noticeable("parentheses", ALL, |cell| format!("({})", cell.written)),
    noticeable("list of one value", ALL, |cell| format!("[\"{}\"]", cell.written)),
    noticeable("bytes literal", ALL, |cell| format!("b'{}'", cell.written)),
    noticeable("salutation at the start", NAMES, |cell| {
        format!("{} {}", ["Herr", "Frau"][cell.row % 2], cell.written)
    }),
    noticeable("label at the start", ALL, |cell| {
        format!("{}: {}", label(cell.field), cell.written)
    }),
    noticeable("label at the end", ALL, |cell| format!("{} ({})", cell.written, label(cell.field))),
    noticeable("remark at the end", ALL, |cell| format!("{} privat", cell.written)),
    noticeable("age at the end", BESIDE_PHONES, |cell| {
        format!("{} ({} J.)", cell.written, 2023 - cell.subject.person.birth_date.year)
    }),
    noticeable("number at the start", ALL, |cell| {
        format!("{} - {}", 4_000 + cell.row, cell.written)
    }),
    noticeable("number at the end", ALL, |cell| format!("{} {}", cell.written, 4_000 + cell.row)),
    noticeable("values of two rows in one cell", ALL, |cell| {
        format!("{}; {}", cell.written, cell.above)
    }),
    noticeable("value twice", ALL, |cell| format!("{0} {0}", cell.written)),
    noticeable("value and the next column", ALL, |cell| format!("{} {}", cell.written, cell.next)),
    noticeable("line of the next column at the end", ALL, |cell| {
        format!("{}\n{}", cell.written, cell.next)
    }),
    noticeable("markup", ALL, |cell| format!("<b>{}</b>", cell.written)),
    noticeable("link", MAIL, |cell| format!("<a href=\"mailto:{0}\">{0}</a>", cell.written)),
    noticeable("person and address", MAIL, |cell| {
        let person = &cell.subject.person;
        format!("{} {} <{}>", person.first_name, person.last_name, cell.written)
    }),
    noticeable("percent encoding", ALL, |cell| {
        let encode = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        };
        cell.written.bytes().map(encode).collect()
    }),
    noticeable("numeric entities", ALL, |cell| {
        let encode = |character: char| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' => character.to_string(),
            other => format!("&#{};", u32::from(other)),
        };
        cell.written.chars().map(encode).collect()
    }),
    noticeable("delimiter at the end", ALL, |cell| format!("{};", cell.written)),
    noticeable("full stop at the end", ALL, |cell| format!("{}.", cell.written)),
];

/// A label, as in forms.
fn label(field: Field) -> &'static str {
    match field {
        Field::Email => "E-Mail",
        Field::Phone => "Tel.",
        Field::Kvnr => "KVNR",
        Field::Iban => "Konto",
        Field::SteuerId => "Steuer-ID",
        Field::Iccsn => "Karte",
        Field::BirthDate => "geb.",
        Field::PostalCode => "PLZ",
        _ => "Name",
    }
}
