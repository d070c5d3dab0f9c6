//! Synthetic persons, the same on every run.

use leakdex::Record;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use crate::{
    corruption::{CARD_GIVEN, EMAIL_GIVEN, KVNR_GIVEN},
    names::Names,
};

pub type Random = ChaCha8Rng;

#[derive(Clone, Copy)]
pub enum Purpose {
    Person,
    Copy,
}

/// Random numbers that depend on nothing but the person and what they are for.
pub fn random(number: u32, purpose: Purpose) -> Random {
    let mut random = Random::seed_from_u64(5_000);
    random.set_stream(u64::from(number) << 1 | purpose as u64);
    random
}

/// A person as written down; what is empty is missing.
#[derive(Clone)]
pub struct Person {
    pub last: String,
    pub first: String,
    pub birth_date: String,
    pub postal_code: String,
    pub kvnr: String,
    pub card: String,
    pub email: String,
}

impl Person {
    pub fn record(&self) -> Record {
        Record::new()
            .last_name(&self.last)
            .first_name(&self.first)
            .birth_date(&self.birth_date)
            .postal_code(&self.postal_code)
            .kvnr(&self.kvnr)
            .iccsn(&self.card)
            .email(&self.email)
    }

    pub fn be_twin_of(&mut self, other: &Self) {
        self.last.clone_from(&other.last);
        self.birth_date.clone_from(&other.birth_date);
        self.postal_code.clone_from(&other.postal_code);
    }
}

/// The names and postcodes that there are, with their frequencies.
pub struct World {
    pub last_names: Names,
    pub first_names: Names,
}

impl World {
    pub fn new() -> Self {
        Self { last_names: Names::last(), first_names: Names::first() }
    }

    pub fn person(&self, number: u32) -> Person {
        let mut random = random(number, Purpose::Person);
        let mut last = self.last_names.draw(&mut random).to_owned();
        if random.random_bool(0.04) {
            last = format!("{last}-{}", self.last_names.draw(&mut random));
        }
        let mut first = self.first_names.draw(&mut random).to_owned();
        if random.random_bool(0.2) {
            first = format!("{first} {}", self.first_names.draw(&mut random));
        }
        let month = random.random_range(1..=12);
        let longest = if month == 2 { 28 } else { 30 };
        let birth_date = format!(
            "{}-{month:02}-{:02}",
            random.random_range(1935..=2015),
            random.random_range(1..=longest)
        );
        let mut given = |rate, value: String| {
            if random.random_bool(rate) { value } else { String::new() }
        };
        let kvnr = given(KVNR_GIVEN, kvnr(number));
        let card = given(CARD_GIVEN, card(number, 0));
        let email = given(EMAIL_GIVEN, format!("m{}@example.de", spread(number, 100_000_000)));
        Person { last, first, birth_date, postal_code: postal_code(&mut random), kvnr, card, email }
    }
}

/// One of 8,200, of which those in front are the more populous.
pub fn postal_code(random: &mut Random) -> String {
    let drawn = random.random_range(0..8_200_u64).min(random.random_range(0..12_000));
    format!("{:05}", 1_067 + drawn * 12)
}

/// An insured number with the right check digit (§ 290 SGB V): the letter A counts as 01, weights
/// are 1 and 2 in turn, the sum of the products' digit sums counts modulo 10.
fn kvnr(number: u32) -> String {
    let digits = format!("{:08}", spread(number, 100_000_000));
    let sum: u32 = [0, 1]
        .into_iter()
        .chain(digits.bytes().map(|digit| u32::from(digit - b'0')))
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| digit * weight / 10 + digit * weight % 10)
        .sum();
    format!("A{digits}{}", sum % 10)
}

/// The number of a person's first, second … card.
fn card(number: u32, which: u32) -> String {
    format!("8027688311{:08}{which}0", spread(number, 100_000_000))
}

/// Different numbers for different ones, far apart: a typing error seldom hits another's.
fn spread(number: u32, below: u64) -> u64 {
    const FACTOR: u64 = 61_803_399;
    u64::from(number) * FACTOR % below
}
