//! Invented people with the distribution of people in Germany.
//!
//! Surnames have a long tail and belong to regions. Given names belong to years of birth. Households share
//! surname and postcode, and some people are twins. Some fields are missing. The data of
//! [`plain`](crate::plain) has none of this, so it makes every cache of names look better than it is.
//!
//! The frequencies of the ten commonest surnames are published; `surnames` names the source. All other
//! figures are estimates.

mod given_names;
mod places;
mod shares;
mod surnames;
#[cfg(test)]
mod tests;

use std::{f64::consts::TAU, ops::RangeInclusive, sync::LazyLock};

use leakdex::Record;
use rand::{RngExt, SeedableRng, seq::IndexedRandom};

use crate::{
    date::Date,
    names::letters,
    numbers::kvnr,
    random::{Purpose, Random, random},
};
use given_names::{FEMALE, GivenNames, MALE};
use places::Places;
use surnames::Surnames;

/// The tables from which people are drawn. Building them takes a while.
static MODEL: LazyLock<Model> = LazyLock::new(Model::new);

struct Model {
    surnames: Surnames,
    /// The names of girls, and the names of boys.
    given_names: [GivenNames; 2],
    places: Places,
}

/// One person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inhabitant {
    /// One or two names, with a space or a hyphen between.
    pub first_name: String,
    /// One name, or two with a hyphen between.
    pub last_name: String,
    /// The day of birth.
    pub birth_date: Date,
    /// Five digits. The first one may be 0.
    pub postal_code: u32,
    /// The insured number, which is unique.
    pub kvnr: String,
    /// The e-mail address, if known. Namesakes rarely share one.
    pub email: Option<String>,
    /// The phone number, if known.
    pub phone: Option<String>,
}

/// The years of birth.
pub const YEARS: RangeInclusive<u16> = 1944..=2023;

/// The share of people who share surname and postcode with the preceding person.
const RELATIVES: f64 = 0.45;

/// The share of relatives who also share the date of birth.
const TWINS: f64 = 0.036;

/// The share of people with an unknown birthday, recorded as the first of January.
const UNKNOWN_BIRTHDAYS: f64 = 0.01;

const TWO_GIVEN_NAMES: f64 = 0.16;
const DOUBLE_SURNAMES: f64 = 0.03;
const EMAIL_GIVEN: f64 = 0.8;
const PHONE_GIVEN: f64 = 0.6;

/// The number of surnames that are so frequent that their addresses need longer numbers.
const FREQUENT: usize = 3_000;

/// The data that relatives can share.
#[derive(Clone, Copy)]
struct Origin {
    is_relative: bool,
    is_twin: bool,
    birth_date: Date,
    /// The bits that choose a postcode.
    place: u32,
    /// The bits that choose a surname.
    surname: [u32; 2],
}

impl Model {
    fn new() -> Self {
        let mut random = Random::seed_from_u64(1);
        let places = Places::new(&mut random);
        Self {
            surnames: Surnames::new(&places, &mut random),
            given_names: [&FEMALE, &MALE].map(|sex| GivenNames::new(sex, YEARS)),
            places,
        }
    }
}

/// The person with this number, the same on every run.
pub fn person(number: u32) -> Inhabitant {
    let mut random = random(number, Purpose::Person);
    let Origin { birth_date, place, surname, .. } = origin(number, &mut random);
    let place = MODEL.places.pick(place);
    let rank = MODEL.surnames.pick(Places::region(place), surname);
    let last_name = double_or_single(rank, &mut random);
    let first_name = first_name(birth_date.year, &mut random);
    let free = if rank < FREQUENT { 10_000 } else { 100 };
    let has_email = random.random_bool(EMAIL_GIVEN);
    let email = has_email.then(|| email(&first_name, &last_name, free, &mut random));
    let phone = random.random_bool(PHONE_GIVEN).then(|| phone(&mut random));
    let postal_code = MODEL.places.postal_code(place);
    let kvnr = kvnr(number);
    Inhabitant { first_name, last_name, birth_date, postal_code, kvnr, email, phone }
}

/// One surname, or two with a hyphen between, from any region.
pub fn last_name(random: &mut Random) -> String {
    double_or_single(MODEL.surnames.pick_anywhere(random.random()), random)
}

fn double_or_single(rank: usize, random: &mut Random) -> String {
    let one = MODEL.surnames.name(rank);
    let is_double = random.random_bool(DOUBLE_SURNAMES);
    let other = MODEL.surnames.name(MODEL.surnames.pick_anywhere(random.random()));
    // In a double name, `Graf` would be read as a title.
    if is_double && ![one, other].contains(&"Graf") {
        format!("{one}-{other}")
    } else {
        one.to_owned()
    }
}

/// One or two given names for a person born in this year, one of [`YEARS`].
pub fn first_name(year: u16, random: &mut Random) -> String {
    let names = &MODEL.given_names[usize::from(random.random_bool(0.5))];
    let one = names.draw(year, random);
    if !random.random_bool(TWO_GIVEN_NAMES) {
        return one.to_owned();
    }
    let between = if random.random_bool(0.5) { ' ' } else { '-' };
    format!("{one}{between}{}", names.draw(year, random))
}

/// A postcode. Populous ones are more frequent.
pub fn postal_code(random: &mut Random) -> u32 {
    MODEL.places.postal_code(MODEL.places.pick(random.random()))
}

/// The number of the first person in this person's household. A household shares surname and postcode.
pub fn household(number: u32) -> u32 {
    let is_relative = |number| drawn_origin(&mut random(number, Purpose::Person)).is_relative;
    (1..=number).rev().find(|&number| !is_relative(number)).unwrap_or_default()
}

/// The origin of a person, with everything that they share with the persons before them.
fn origin(number: u32, generator: &mut Random) -> Origin {
    let mut shared = drawn_origin(generator);
    let mut before = number;
    // The household begins with the nearest person, from this one backwards, who is not a relative.
    while shared.is_relative && before > 0 {
        before -= 1;
        let Origin { is_twin, birth_date, .. } = shared;
        shared = drawn_origin(&mut random(before, Purpose::Person));
        if !is_twin {
            (shared.is_twin, shared.birth_date) = (false, birth_date);
        }
    }
    shared
}

fn drawn_origin(random: &mut Random) -> Origin {
    let is_relative = random.random_bool(RELATIVES);
    let is_twin = random.random_bool(TWINS) && is_relative;
    let mut birth_date = Date::random(YEARS, random);
    if random.random_bool(UNKNOWN_BIRTHDAYS) {
        (birth_date.month, birth_date.day) = (1, 1);
    }
    Origin { is_relative, is_twin, birth_date, place: random.random(), surname: random.random() }
}

impl Inhabitant {
    /// E-mail address if known, insured number, names, and date of birth: the fields of
    /// [`plain::person`](crate::plain::person).
    pub fn record(&self) -> Record {
        let record = match &self.email {
            Some(email) => Record::new().email(email),
            None => Record::new(),
        };
        record
            .kvnr(&self.kvnr)
            .first_name(&self.first_name)
            .last_name(&self.last_name)
            .birth_date(&self.birth_date.day_first())
    }

    /// The same with postcode, and with phone number if known.
    pub fn wide_record(&self) -> Record {
        let record = self.record().postal_code(&format!("{:05}", self.postal_code));
        match &self.phone {
            Some(phone) => record.phone(phone),
            None => record,
        }
    }
}

/// An address made from a name. Numbers below `free` distinguish namesakes.
fn email(first_name: &str, last_name: &str, free: u32, random: &mut Random) -> String {
    const PROVIDERS: [&str; 4] = ["gmx.de", "web.de", "t-online.de", "gmail.com"];
    let first = letters(first_name.split([' ', '-']).next().unwrap_or_default());
    let last = letters(last_name);
    match PROVIDERS.get(random.random_range(0..=PROVIDERS.len())) {
        Some(provider) => format!("{first}.{last}{}@{provider}", random.random_range(1..free)),
        None => format!("{first}.{last}@firma{}.de", random.random_range(0..997)),
    }
}

/// A mobile number.
fn phone(random: &mut Random) -> String {
    const AREAS: [&str; 11] =
        ["151", "152", "157", "160", "162", "170", "171", "172", "175", "176", "179"];
    let area = AREAS.choose(random).unwrap_or(&"151");
    format!("0{area}{}", random.random_range(1_000_000..100_000_000))
}

/// A number with the standard normal distribution (Box and Muller).
fn normal(random: &mut Random) -> f64 {
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    radius * (TAU * random.random::<f64>()).cos()
}
