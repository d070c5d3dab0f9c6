//! The intact ways to write values in a file. A file uses one way in all rows.

use leakdex::Field;
use rand::{RngExt, seq::IndexedRandom};

use super::person::Subject;
use crate::{date::Date, random::Random};

/// The style of a file.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "the choices are independent")]
pub struct Style {
    pub date: DateForm,
    pub phone: PhoneForm,
    /// Names are in capitals.
    pub is_upper: bool,
    /// A whole name has the last name first, followed by a comma.
    pub is_last_first: bool,
    /// Long numbers are in groups.
    pub is_grouped: bool,
    /// Every value is in quotation marks.
    pub is_quoted: bool,
    pub delimiter: char,
    pub encoding: Encoding,
    /// Chooses among the usual names of each column.
    pub header: usize,
}

#[derive(Clone, Copy)]
pub enum DateForm {
    Dots,
    Slashes,
    Iso,
}

#[derive(Clone, Copy)]
pub enum PhoneForm {
    Plain,
    International,
    Slash,
    Zeros,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// With a byte order mark.
    Utf8Mark,
    /// UTF-8 if the text does not fit.
    Windows1252,
    Cp850,
    Utf16,
}

impl Style {
    /// A random style.
    pub fn draw(random: &mut Random) -> Self {
        use {DateForm as D, Encoding as E, PhoneForm as P};
        Self {
            date: *[D::Dots, D::Slashes, D::Iso].choose(random).unwrap_or(&D::Dots),
            phone: *[P::Plain, P::International, P::Slash, P::Zeros]
                .choose(random)
                .unwrap_or(&P::Plain),
            is_upper: random.random_ratio(1, 4),
            is_last_first: random.random(),
            is_grouped: random.random_ratio(1, 3),
            is_quoted: random.random_ratio(1, 4),
            delimiter: *[';', ',', '\t'].choose(random).unwrap_or(&';'),
            encoding: *[E::Utf8, E::Utf8Mark, E::Windows1252].choose(random).unwrap_or(&E::Utf8),
            header: random.random_range(0..4),
        }
    }

    /// A person's value in this style.
    pub fn spell(&self, subject: &Subject, field: Field) -> String {
        let plain = subject.plain(field);
        match field {
            Field::LastName | Field::FirstName => self.name(plain),
            Field::Name => {
                let person = &subject.person;
                let (first, last) = (&person.first_name, &person.last_name);
                self.name(if self.is_last_first { format!("{last}, {first}") } else { plain })
            }
            Field::BirthDate => self.date(subject.person.birth_date),
            Field::Phone => self.phone(&plain),
            Field::Kvnr | Field::Iban | Field::SteuerId | Field::Iccsn if self.is_grouped => {
                grouped(&plain, field)
            }
            _ => plain,
        }
    }

    fn name(&self, name: String) -> String {
        // `ß` becomes `SS`, as in the capitals of many programs.
        if self.is_upper { name.to_uppercase() } else { name }
    }

    /// A date in this style.
    pub fn date(&self, date: Date) -> String {
        let Date { year, month, day } = date;
        match self.date {
            DateForm::Dots => format!("{day:02}.{month:02}.{year}"),
            DateForm::Slashes => format!("{day:02}/{month:02}/{year}"),
            DateForm::Iso => format!("{year}-{month:02}-{day:02}"),
        }
    }

    fn phone(&self, plain: &str) -> String {
        // A German mobile number: a zero and three digits, then the subscriber number.
        let (area, rest) = (&plain[1..4], &plain[4..]);
        match self.phone {
            PhoneForm::Plain => plain.to_owned(),
            PhoneForm::International => format!("+49 {area} {rest}"),
            PhoneForm::Slash => format!("0{area}/{rest}"),
            PhoneForm::Zeros => format!("0049{area}{rest}"),
        }
    }

    /// The header of a column.
    pub fn header(&self, field: Field) -> &'static str {
        let names = match field {
            Field::Email => ["E-Mail", "email", "E-Mail-Adresse", "Mail"],
            Field::Phone => ["Telefon", "phone", "Mobilnummer", "Handy"],
            Field::Kvnr => ["KVNR", "Versichertennummer", "kv_nummer", "KVNr."],
            Field::Iban => ["IBAN", "iban", "IBAN-Nr.", "Konto (IBAN)"],
            Field::SteuerId => ["Steuer-ID", "steuer_id", "SteuerIdNr.", "tax_id"],
            Field::Iccsn => ["ICCSN", "Kartennummer", "card_number", "eGK-Nummer"],
            Field::LastName => ["Nachname", "last_name", "Familienname", "NACHNAME"],
            Field::FirstName => ["Vorname", "first_name", "Vorname(n)", "VORNAME"],
            Field::Name => ["Name", "Name, Vorname", "full_name", "NAME"],
            Field::BirthDate => ["Geburtsdatum", "date_of_birth", "GebDat", "geb_datum"],
            Field::PostalCode => ["PLZ", "postal_code", "Postleitzahl", "zip"],
            other => unreachable!("no layout has a column of {other}"),
        };
        names[self.header]
    }
}

fn grouped(plain: &str, field: Field) -> String {
    let length = match field {
        Field::Kvnr | Field::SteuerId => 3,
        _ => 4,
    };
    let characters: Vec<char> = plain.chars().collect();
    let groups = characters.chunks(length).map(|group| group.iter().collect::<String>());
    groups.collect::<Vec<_>>().join(" ")
}

impl Encoding {
    /// The bytes of a file.
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.into(),
            Self::Utf8Mark => format!("\u{feff}{text}").into(),
            Self::Windows1252 => {
                let bytes: Option<Vec<u8>> = text.chars().map(latin).collect();
                bytes.unwrap_or_else(|| text.into())
            }
            Self::Cp850 => text.chars().map(cp850).collect(),
            Self::Utf16 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        }
    }
}

/// The byte of a character; `None` above U+00FF, and for the control characters from U+0080 on.
fn latin(character: char) -> Option<u8> {
    u8::try_from(u32::from(character)).ok().filter(|byte| !(0x80..0xA0).contains(byte))
}

/// The byte of a character in the DOS code page, for ASCII and some letters; `?` for all others.
fn cp850(character: char) -> u8 {
    match character {
        'ä' => 0x84,
        'ö' => 0x94,
        'ü' => 0x81,
        'Ä' => 0x8E,
        'Ö' => 0x99,
        'Ü' => 0x9A,
        'ß' => 0xE1,
        'é' => 0x82,
        other => u8::try_from(other).ok().filter(u8::is_ascii).unwrap_or(b'?'),
    }
}
