//! A person with a value for every column.

use leakdex::Field;

use crate::{
    names::letters,
    numbers::{Card, iban, iccsn, steuer_id},
    population::{Inhabitant, person},
};

/// A person who has an e-mail address, a phone number and all numbers.
#[derive(Clone)]
pub struct Subject {
    pub person: Inhabitant,
    pub email: String,
    pub phone: String,
    pub number: u32,
}

impl Subject {
    /// The people of a seed. No two seeds below 100,000 share any.
    pub fn crowd(seed: u32, size: u32) -> Vec<Self> {
        /// As `Last, First`, this surname would be read as a title.
        const TITLE: &str = "Graf";
        let first = seed * 20_000;
        let people = (first..).map(Self::new).filter(|subject| subject.person.last_name != TITLE);
        people.take(size as usize).collect()
    }

    /// A person who is in no crowd. Always the same one for a subject.
    pub fn stranger(&self) -> Self {
        Self::new(self.number + 10_000)
    }

    fn new(number: u32) -> Self {
        let person = person(number);
        let email = person.email.clone().unwrap_or_else(|| {
            let (first, last) = (letters(&person.first_name), letters(&person.last_name));
            format!("{first}.{last}{}@web.de", number.wrapping_mul(2_654_435_761) % 9_973)
        });
        let phone = mobile(number);
        Self { person, email, phone, number }
    }

    /// The value in its plain form. The date is in ISO 8601.
    pub fn plain(&self, field: Field) -> String {
        let person = &self.person;
        let date = person.birth_date;
        match field {
            Field::Email => self.email.clone(),
            Field::Phone => self.phone.clone(),
            Field::Kvnr => person.kvnr.clone(),
            Field::Iban => iban(self.number),
            Field::SteuerId => steuer_id(self.number),
            Field::Iccsn => iccsn(self.number, Card::Old),
            Field::LastName => person.last_name.clone(),
            Field::FirstName => person.first_name.clone(),
            Field::Name => format!("{} {}", person.first_name, person.last_name),
            Field::BirthDate => format!("{}-{:02}-{:02}", date.year, date.month, date.day),
            Field::PostalCode => format!("{:05}", person.postal_code),
            other => unreachable!("no layout has a column of {other}"),
        }
    }
}

/// A mobile number of a valid length for its area code. Some phone numbers of [`person`] are too short.
fn mobile(number: u32) -> String {
    const AREAS: [(&str, u64); 8] = [
        ("151", 100_000_000),
        ("157", 100_000_000),
        ("170", 10_000_000),
        ("171", 10_000_000),
        ("172", 10_000_000),
        ("175", 10_000_000),
        ("176", 100_000_000),
        ("179", 10_000_000),
    ];
    const FACTOR: u64 = 7_654_321;
    let (area, numbers) = AREAS[number as usize % AREAS.len()];
    // The first digit of a subscriber number is neither 0 nor 1.
    let rest = numbers / 5 + u64::from(number) * FACTOR % numbers * 4 / 5;
    format!("0{area}{rest}")
}
