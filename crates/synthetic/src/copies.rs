//! Copies of persons as somebody else wrote them down: with errors, at the given rates.

use leakdex::{Field, FieldSet, Record};
use rand::RngExt;

use crate::{
    errors::{mistype, mistype_date, mistype_digit, transpose},
    names::Names,
    names::written_out,
    numbers::{Card, iccsn},
    person::{Date, Person},
    random::{Purpose, Random, random},
    spelling::spell_plainly,
};

/// What happens to a copy, and how often. Each is drawn on its own, so that one copy can have
/// several errors.
pub const RATES: &[(&str, f64)] = &[
    ("last name: a typing error", LAST_MISTYPED),
    ("last name: another, after marriage", LAST_CHANGED),
    ("last name: joined with another", LAST_JOINED),
    ("last name: missing", LAST_MISSING),
    ("first name: a typing error", FIRST_MISTYPED),
    ("first name: second one left out, if there is one", SECOND_LEFT_OUT),
    ("first name: missing", FIRST_MISSING),
    ("names: last and first swapped", SWAPPED),
    ("names: umlauts written out, if there are any", WRITTEN_OUT),
    ("birth date: one digit wrong", DATE_MISTYPED),
    ("birth date: day and month transposed, if both are below 13", DATE_TRANSPOSED),
    ("birth date: missing", DATE_MISSING),
    ("postcode: moved house", MOVED),
    ("postcode: one digit wrong", POSTCODE_MISTYPED),
    ("postcode: missing", POSTCODE_MISSING),
    ("KVNR given, in the index and in the copy, each", KVNR_GIVEN),
    ("card number given, in the index and in the copy, each", CARD_GIVEN),
    ("card number: a new card since", CARD_NEW),
    ("e-mail address given, in the index and in the copy, each", EMAIL_GIVEN),
    ("e-mail address: another one since", EMAIL_CHANGED),
    ("each number and address: a typing error", NUMBER_MISTYPED),
];

const LAST_MISTYPED: f64 = 0.17;
const LAST_CHANGED: f64 = 0.03;
const LAST_JOINED: f64 = 0.02;
const LAST_MISSING: f64 = 0.02;
const FIRST_MISTYPED: f64 = 0.17;
const SECOND_LEFT_OUT: f64 = 0.30;
const FIRST_MISSING: f64 = 0.02;
const SWAPPED: f64 = 0.04;
const WRITTEN_OUT: f64 = 0.30;
const DATE_MISTYPED: f64 = 0.10;
const DATE_TRANSPOSED: f64 = 0.05;
const DATE_MISSING: f64 = 0.03;
const MOVED: f64 = 0.12;
const POSTCODE_MISTYPED: f64 = 0.04;
const POSTCODE_MISSING: f64 = 0.02;
const KVNR_GIVEN: f64 = 0.90;
const CARD_GIVEN: f64 = 0.60;
const CARD_NEW: f64 = 0.20;
const EMAIL_GIVEN: f64 = 0.60;
const EMAIL_CHANGED: f64 = 0.15;
const NUMBER_MISTYPED: f64 = 0.03;

/// The numbers and addresses, and how often each is given.
const NUMBERS: [(Field, f64); 3] =
    [(Field::Kvnr, KVNR_GIVEN), (Field::Iccsn, CARD_GIVEN), (Field::Email, EMAIL_GIVEN)];

/// A person as written down.
#[derive(Clone)]
pub struct Row {
    /// With every value.
    pub person: Person,
    /// The values that were written down.
    pub given: FieldSet,
}

impl Row {
    /// What is given, as plainly as can be.
    pub fn record(&self) -> Record {
        let mut record = Record::new();
        for field in self.given.iter() {
            record.push(field, &spell_plainly(&self.person, field));
        }
        record
    }

    /// Takes the last name, the date of birth and the postcode of another.
    pub fn be_twin_of(&mut self, other: &Self) {
        self.person.last_name.clone_from(&other.person.last_name);
        self.person.birth_date = other.person.birth_date;
        self.person.postal_code = other.person.postal_code;
    }
}

/// The names that there are, with their frequencies.
pub struct World {
    /// Those of families.
    pub last_names: Names,
    /// Given ones.
    pub first_names: Names,
}

impl World {
    /// The one that there is.
    #[expect(clippy::new_without_default, reason = "making it takes a while")]
    pub fn new() -> Self {
        Self { last_names: Names::last(), first_names: Names::first() }
    }

    /// The person with this number, as the leak has them.
    pub fn row(&self, number: u32) -> Row {
        let mut random = random(number, Purpose::Person);
        let mut last = self.last_names.draw(&mut random).to_owned();
        if random.random_bool(0.04) {
            last = format!("{last}-{}", self.last_names.draw(&mut random));
        }
        let mut first = self.first_names.draw(&mut random).to_owned();
        if random.random_bool(0.2) {
            first = format!("{first} {}", self.first_names.draw(&mut random));
        }
        let birth_date = Date::random(&mut random);
        let postal_code = postal_code(&mut random);
        let names = [Field::LastName, Field::FirstName, Field::BirthDate, Field::PostalCode];
        let numbers = NUMBERS.iter().filter(|(_, rate)| random.random_bool(*rate));
        let given = names.into_iter().chain(numbers.map(|(field, _)| *field)).collect();
        let person = Person::named(number, last, first, "example.de", birth_date, postal_code);
        Row { person, given }
    }

    /// The row as somebody else wrote it down, at another time.
    pub fn copy(&self, row: &Row) -> Row {
        let mut random = random(row.person.number, Purpose::Copy);
        let Row { mut person, given } = row.clone();
        self.corrupt_names(&mut person, &mut random);
        if random.random_bool(DATE_TRANSPOSED) {
            transpose(&mut person.birth_date);
        }
        if random.random_bool(DATE_MISTYPED) {
            mistype_date(&mut person.birth_date, &mut random);
        }
        if random.random_bool(MOVED) {
            person.postal_code = postal_code(&mut random);
        }
        if random.random_bool(POSTCODE_MISTYPED) {
            let mut digits = spell_plainly(&person, Field::PostalCode);
            mistype_digit(&mut digits, &mut random);
            person.postal_code = digits.parse().expect("digits are a number");
        }
        corrupt_numbers(&mut person, &mut random);
        let missing = [
            (Field::LastName, LAST_MISSING),
            (Field::FirstName, FIRST_MISSING),
            (Field::BirthDate, DATE_MISSING),
            (Field::PostalCode, POSTCODE_MISSING),
        ];
        let missing = missing.into_iter().chain(NUMBERS.map(|(field, given)| (field, 1.0 - given)));
        let missing = missing.filter(|(_, rate)| random.random_bool(*rate));
        Row { person, given: given.difference(missing.map(|(field, _)| field).collect()) }
    }

    fn corrupt_names(&self, person: &mut Person, random: &mut Random) {
        if random.random_bool(LAST_CHANGED) {
            person.last_name = self.last_names.draw(random).to_owned();
        }
        if random.random_bool(LAST_JOINED) {
            let other = self.last_names.draw(random);
            person.last_name = if random.random_bool(0.5) {
                format!("{}-{other}", person.last_name)
            } else {
                format!("{other}-{}", person.last_name)
            };
        }
        if random.random_bool(SECOND_LEFT_OUT) {
            person.first_name = person.first_name.split(' ').next().unwrap_or_default().to_owned();
        }
        if random.random_bool(WRITTEN_OUT) {
            person.last_name = written_out(&person.last_name);
            person.first_name = written_out(&person.first_name);
        }
        if random.random_bool(LAST_MISTYPED) {
            mistype(&mut person.last_name, random);
        }
        if random.random_bool(FIRST_MISTYPED) {
            mistype(&mut person.first_name, random);
        }
        if random.random_bool(SWAPPED) {
            std::mem::swap(&mut person.last_name, &mut person.first_name);
        }
    }
}

/// One of 8,200, of which those in front are the more populous.
fn postal_code(random: &mut Random) -> u32 {
    let drawn = random.random_range(0..8_200).min(random.random_range(0..12_000));
    1_067 + drawn * 12
}

fn corrupt_numbers(person: &mut Person, random: &mut Random) {
    if random.random_bool(CARD_NEW) {
        person.iccsn = iccsn(person.number, Card::New);
    }
    if random.random_bool(EMAIL_CHANGED) {
        person.email.insert_str(0, "new.");
    }
    for value in [&mut person.kvnr, &mut person.iccsn, &mut person.email] {
        if random.random_bool(NUMBER_MISTYPED) {
            mistype_digit(value, random);
        }
    }
}
