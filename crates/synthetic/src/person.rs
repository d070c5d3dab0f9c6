//! A synthetic person, and the kinds of identifier in a row about a person.

use std::hash::{DefaultHasher, Hash, Hasher};

use leakdex::{Field, FieldSet, Kind, KindSet};
use rand::{RngExt, seq::IndexedRandom};

use crate::{
    date::Date,
    names::letters,
    numbers::{Card, iccsn, kvnr},
    population::{YEARS, first_name, last_name},
    random::{Purpose, random},
};

/// A person with the plain form of every value. Files spell these values in different ways.
///
/// Insured number, card number, e-mail address and username are unique, since each is made from the
/// person's number. Names and birth dates may coincide.
#[derive(Clone)]
pub struct Person {
    /// The number of the person.
    pub number: u32,
    /// Two names joined by a hyphen, or one.
    pub last_name: String,
    /// One or two given names.
    pub first_name: String,
    /// The date of birth.
    pub birth_date: Date,
    /// Five digits. The first one may be 0.
    pub postal_code: u32,
    /// The insured number.
    pub kvnr: String,
    /// The card number.
    pub iccsn: String,
    /// The e-mail address.
    pub email: String,
    /// The name of their account.
    pub username: String,
}

/// The fields that a synthetic person has.
pub const FIELDS: [Field; 8] = [
    Field::LastName,
    Field::FirstName,
    Field::BirthDate,
    Field::PostalCode,
    Field::Kvnr,
    Field::Iccsn,
    Field::Email,
    Field::Username,
];

impl Person {
    /// The person with this number, which must be below 1,243,571,940, the number of valid insured numbers.
    pub fn new(number: u32) -> Self {
        let mut random = random(number, Purpose::Person);
        let birth_date = Date::random(YEARS, &mut random);
        let last_name = last_name(&mut random);
        let first_name = first_name(birth_date.year, &mut random);
        let domain = ["example.de", "example.com", "example.org", "example.net"]
            .choose(&mut random)
            .unwrap_or(&"example.de");
        let postal_code = random.random_range(1_000..99_999);
        Self::named(number, last_name, first_name, domain, birth_date, postal_code)
    }

    /// The person with this number and these random values.
    pub(crate) fn named(
        number: u32,
        last_name: String,
        first_name: String,
        domain: &str,
        birth_date: Date,
        postal_code: u32,
    ) -> Self {
        // No name contains a digit, so the number at the end makes these two unique.
        let (last, first) = (letters(&last_name), letters(&first_name));
        Self {
            number,
            email: format!("{first}.{last}{number}@{domain}"),
            username: format!("{}{last}{number}", &first[..1]),
            last_name,
            first_name,
            birth_date,
            postal_code,
            kvnr: kvnr(number),
            iccsn: iccsn(number, Card::Old),
        }
    }
}

/// The fields that match keys are made of.
pub const ALL_PARTS: [Field; 4] =
    [Field::LastName, Field::FirstName, Field::BirthDate, Field::PostalCode];

/// The kinds of identifier that these fields make.
pub fn kinds_of(fields: FieldSet) -> KindSet {
    let mut kinds: KindSet = fields.iter().filter_map(Field::kind).collect();
    let [last, first, birth_date, postal_code] = ALL_PARTS.map(|field| fields.contains(field));
    for (kind, is_made) in [
        (Kind::BirthPostcode, (last || first) && birth_date && postal_code),
        (Kind::StartsBirth, last && first && birth_date),
        (Kind::EndsBirth, last && first && birth_date),
        (Kind::SoundPostcode, last && first && postal_code),
        (Kind::NameBirthday, last && first && birth_date),
        (Kind::FirstBirthRegion, first && birth_date && postal_code),
    ] {
        if is_made {
            kinds.insert(kind);
        }
    }
    kinds
}

/// A hash of a value. Different values have the same hash with a probability of 2⁻⁶⁴.
pub fn content(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
