//! Copies of persons as somebody else wrote them down: with errors, at the given rates.

use leakdex::{Field, FieldSet, Record};
use rand::RngExt;

use crate::{
    date::Date,
    errors::{mistype, mistype_date, mistype_digit, transpose},
    names::written_out,
    numbers::{Card, iccsn},
    person::Person,
    population::{YEARS, first_name, last_name, postal_code},
    random::{Purpose, Random, random},
    spelling::spell_plainly,
};

macro_rules! rates {
    ($( $name:ident = $rate:literal, $what:literal; )+) => {
        /// What happens to a copy, and how often. Each is drawn on its own, so that one copy can have
        /// several errors.
        pub const RATES: &[(&str, f64)] = &[$( ($what, $name), )+];

        $( const $name: f64 = $rate; )+
    };
}

rates! {
    LAST_MISTYPED = 0.17, "last name: a typing error";
    LAST_CHANGED = 0.03, "last name: another, after marriage";
    LAST_JOINED = 0.02, "last name: joined with another";
    LAST_MISSING = 0.02, "last name: missing";
    FIRST_MISTYPED = 0.17, "first name: a typing error";
    SECOND_LEFT_OUT = 0.30, "first name: second one left out, if there is one";
    FIRST_MISSING = 0.02, "first name: missing";
    SWAPPED = 0.04, "names: last and first swapped";
    WRITTEN_OUT = 0.30, "names: umlauts written out, if there are any";
    DATE_MISTYPED = 0.10, "birth date: one digit wrong";
    DATE_TRANSPOSED = 0.05, "birth date: day and month transposed, if both are below 13";
    DATE_MISSING = 0.03, "birth date: missing";
    MOVED = 0.12, "postcode: moved house";
    POSTCODE_MISTYPED = 0.04, "postcode: one digit wrong";
    POSTCODE_MISSING = 0.02, "postcode: missing";
    KVNR_GIVEN = 0.90, "KVNR given, in the index and in the copy, each";
    CARD_GIVEN = 0.60, "card number given, in the index and in the copy, each";
    CARD_NEW = 0.20, "card number: a new card since";
    EMAIL_GIVEN = 0.60, "e-mail address given, in the index and in the copy, each";
    EMAIL_CHANGED = 0.15, "e-mail address: another one since";
    NUMBER_MISTYPED = 0.03, "each number and address: a typing error";
}

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

/// The person with this number, as the leak has them.
pub fn row(number: u32) -> Row {
    let mut random = random(number, Purpose::Person);
    let birth_date = Date::random(YEARS, &mut random);
    let last = last_name(&mut random);
    let first = first_name(birth_date.year, &mut random);
    let postal_code = postal_code(&mut random);
    let names = [Field::LastName, Field::FirstName, Field::BirthDate, Field::PostalCode];
    let numbers = NUMBERS.iter().filter(|(_, rate)| random.random_bool(*rate));
    let given = names.into_iter().chain(numbers.map(|(field, _)| *field)).collect();
    let person = Person::named(number, last, first, "example.de", birth_date, postal_code);
    Row { person, given }
}

/// The row as somebody else wrote it down, at another time.
pub fn copy(row: &Row) -> Row {
    let mut random = random(row.person.number, Purpose::Copy);
    let Row { mut person, given } = row.clone();
    corrupt_names(&mut person, &mut random);
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

fn corrupt_names(person: &mut Person, random: &mut Random) {
    if random.random_bool(LAST_CHANGED) {
        person.last_name = last_name(random);
    }
    if random.random_bool(LAST_JOINED) {
        let other = last_name(random);
        person.last_name = if random.random_bool(0.5) {
            format!("{}-{other}", person.last_name)
        } else {
            format!("{other}-{}", person.last_name)
        };
    }
    if random.random_bool(SECOND_LEFT_OUT) {
        person.first_name =
            person.first_name.split([' ', '-']).next().unwrap_or_default().to_owned();
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
