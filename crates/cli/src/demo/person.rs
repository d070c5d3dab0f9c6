//! One synthetic person, and random numbers that depend on nothing but the person's number.

use std::hash::{DefaultHasher, Hash, Hasher};

use fake::{
    Fake,
    faker::name::raw::{FirstName, LastName},
    locales::DE_DE,
};
use leakdex::{Field, FieldSet, Kind, KindSet};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng, seq::IndexedRandom};

use super::spelling::letters;

/// A generator whose numbers are the same on every run.
pub type Random = ChaCha8Rng;

/// What random numbers are for; each use of them about a person has its own stream.
#[derive(Clone, Copy)]
pub enum Purpose {
    Person,
    Leak,
    Member,
}

/// The random numbers for this person and purpose: whichever thread makes them, they are the same.
pub fn random(number: u32, purpose: Purpose) -> Random {
    const SEED: u64 = 202_301;
    let mut random = Random::seed_from_u64(SEED);
    random.set_stream(u64::from(number) << 2 | purpose as u64);
    random
}

/// A person with every value in the plain form that all its spellings stand for.
///
/// Insured number, card number, e-mail address and username are this person's alone, since each
/// is made from the person's number. Names and birth dates fall as they may.
#[derive(Clone)]
pub struct Person {
    pub last_name: String,
    /// One or two given names.
    pub first_name: String,
    pub birth_date: Date,
    pub postal_code: u32,
    pub kvnr: String,
    pub iccsn: String,
    pub email: String,
    pub username: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date {
    pub year: u16,
    pub month: u8,
    pub day: u8,
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
    /// The person with this number, below 1,243,571,940, the number of insured numbers there are.
    pub fn new(number: u32) -> Self {
        let mut random = random(number, Purpose::Person);
        let last_name = last_name(&mut random);
        let first_name = first_name(&mut random);
        let domain = ["example.de", "example.com", "example.org", "example.net"]
            .choose(&mut random)
            .unwrap_or(&"example.de");
        // No name holds a digit, so the number at the end keeps these two apart from all others.
        let (last, first) = (letters(&last_name), letters(&first_name));
        Self {
            email: format!("{first}.{last}{number}@{domain}"),
            username: format!("{}{last}{number}", &first[..1]),
            last_name,
            first_name,
            birth_date: Date::random(&mut random),
            postal_code: random.random_range(1_000..99_999),
            kvnr: kvnr(number),
            iccsn: iccsn(number, Card::Old),
        }
    }

    /// What the match keys that these fields make are known by, `None` for one they do not make.
    pub fn match_keys(&self, fields: FieldSet) -> [Option<u64>; 2] {
        let made = kinds_of(fields);
        let first = self.first_name.split([' ', '-']).next().map(letters);
        let mut both = [Some(letters(&self.last_name)), first.clone()];
        both.sort_unstable();
        let name_birth = content((both, self.birth_date));
        let first_birth_postcode = content((first, self.birth_date, self.postal_code));
        [
            made.contains(Kind::NameBirth).then_some(name_birth),
            made.contains(Kind::FirstBirthPostcode).then_some(first_birth_postcode),
        ]
    }
}

impl Date {
    fn random(random: &mut Random) -> Self {
        const DAYS: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let month = random.random_range(1..=12);
        Self {
            year: random.random_range(1930..=2010),
            month,
            day: random.random_range(1..=DAYS[usize::from(month) - 1]),
        }
    }
}

/// The kinds of identifier that these fields make.
pub fn kinds_of(fields: FieldSet) -> KindSet {
    let mut kinds: KindSet = fields.iter().filter_map(Field::kind).collect();
    let has = |field| fields.contains(field);
    if has(Field::FirstName) && has(Field::BirthDate) {
        if has(Field::LastName) {
            kinds.insert(Kind::NameBirth);
        }
        if has(Field::PostalCode) {
            kinds.insert(Kind::FirstBirthPostcode);
        }
    }
    kinds
}

/// A number that stands for this value; equal for equal values only, but for a chance of 2⁻⁶⁴.
pub fn content(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A last name; one in twelve is a double one.
pub fn last_name(random: &mut Random) -> String {
    let one: &str = LastName(DE_DE).fake_with_rng(random);
    let other: &str = LastName(DE_DE).fake_with_rng(random);
    // In a double name, `Graf` would be taken for a title.
    let simple = |name: &str| !name.contains('-') && name != "Graf";
    if random.random_ratio(1, 12) && simple(one) && simple(other) {
        format!("{one}-{other}")
    } else {
        one.to_owned()
    }
}

/// A first name; one person in five has two.
fn first_name(random: &mut Random) -> String {
    let one: &str = FirstName(DE_DE).fake_with_rng(random);
    if random.random_ratio(1, 5) {
        let other: &str = FirstName(DE_DE).fake_with_rng(random);
        format!("{one} {other}")
    } else {
        one.to_owned()
    }
}

/// A valid insured number. No digit follows its like, so it cannot be taken for a test number, of
/// which there are 26 · 10 · 9⁷; a factor prime to that spreads the persons over them.
fn kvnr(number: u32) -> String {
    const NUMBERS: u64 = 26 * 10 * 9_u64.pow(7);
    const FACTOR: u64 = 700_000_001;
    let mut rest = u64::from(number) * FACTOR % NUMBERS;
    let mut take = |of: u64| {
        let taken = rest % of;
        rest /= of;
        u8::try_from(taken).expect("it is below 26")
    };
    let letter = take(26);
    let mut digit = take(10);
    let mut digits = vec![digit];
    for _ in 0..7 {
        digit = (digit + 1 + take(9)) % 10;
        digits.push(digit);
    }
    let mut text = String::from(char::from(b'A' + letter));
    text.extend(digits.iter().map(|digit| char::from(b'0' + digit)));
    text.push(check_digit(&text));
    text
}

/// The check digit of an insured number (§ 290 SGB V): the letter as two digits, weights 1 and 2 in
/// turn, the sum of the products' digit sums modulo 10.
pub fn check_digit(before: &str) -> char {
    let digits = before
        .bytes()
        .flat_map(|character| match character {
            b'A'..=b'Z' => vec![(character - b'A' + 1) / 10, (character - b'A' + 1) % 10],
            digit => vec![digit - b'0'],
        })
        .zip([1, 2].into_iter().cycle());
    let sum: u32 =
        digits.map(|(digit, weight)| u32::from(digit * weight / 10 + digit * weight % 10)).sum();
    char::from_digit(sum % 10, 10).expect("it is below 10")
}

/// A card number ends with a new card; the leak has the old ones.
#[derive(Clone, Copy)]
pub enum Card {
    Old,
    New,
}

/// A card number: the prefix for German health insurance, an issuer, and ten digits.
pub fn iccsn(number: u32, card: Card) -> String {
    const SERIALS: u64 = 10_u64.pow(10);
    const FACTOR: u64 = 4_283_185_307;
    let serial = (u64::from(number) * 2 + card as u64) * FACTOR % SERIALS;
    format!("8027688311{serial:010}")
}
