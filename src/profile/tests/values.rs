//! Values that vary like those of real people, and are the same on every run.

use crate::{identifier::Field, profile::Profile};

/// The number of values in each column.
pub const VALUES: u64 = 2000;

/// A generator of numbers with a different sequence for each seed (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut number = self.0;
        number = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        number = (number ^ number >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        number ^ number >> 31
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn text(&mut self, alphabet: &[u8], length: u64) -> String {
        let mut place =
            || usize::try_from(self.below(alphabet.len() as u64)).expect("there are few");
        (0..length).map(|_| char::from(alphabet[place()])).collect()
    }

    fn letters(&mut self, shortest: u64, longest: u64) -> String {
        let length = shortest + self.below(longest - shortest + 1);
        self.text(b"abcdefghijklmnopqrstuvwxyz", length)
    }

    fn digits(&mut self, length: u64) -> String {
        self.text(b"0123456789", length)
    }
}

const HEXADECIMAL: &[u8] = b"0123456789abcdef";

/// The normal form of a value of this field, for person `number` on a side.
pub fn sound(field: Field, side: u64, number: u64) -> String {
    let numbers = &mut Numbers(side << 40 | number << 8 | field as u64);
    match field {
        Field::LastName | Field::FirstName => numbers.letters(4, 11),
        Field::Name => format!("{}, {}", numbers.letters(3, 9), numbers.letters(3, 9)),
        Field::Email | Field::EmailAlias => {
            let local = format!("{}.{}", numbers.letters(3, 8), numbers.letters(3, 8));
            let domain = match number % 3 {
                0 => "example.de",
                1 => "example.com",
                _ => "post.example",
            };
            format!("{local}@{domain}")
        }
        Field::Username => numbers.letters(4, 9) + &numbers.digits(2),
        Field::Phone => match number % 2 {
            0 => format!("+4917{}", numbers.digits(8)),
            _ => format!("+4930{}", numbers.digits(7)),
        },
        // All zones from 10 to 39 exist.
        Field::PostalCode => format!("{}{}", 10 + numbers.below(30), numbers.digits(3)),
        Field::BirthDate => {
            let (year, month) = (1930 + numbers.below(80), 1 + numbers.below(12));
            format!("{year}-{month:02}-{:02}", 1 + numbers.below(28))
        }
        Field::Md5Email => numbers.text(HEXADECIMAL, 32),
        Field::Sha1Email => numbers.text(HEXADECIMAL, 40),
        Field::Sha256Email => numbers.text(HEXADECIMAL, 64),
        Field::IdentityDocument => {
            format!("D<L01X{}", numbers.text(b"0123456789CFGHJKLMNPRTVWXYZ", 5))
        }
        Field::Kvnr => numbers.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1) + &numbers.digits(9),
        Field::Iccsn | Field::Ehic => "80276".to_owned() + &numbers.digits(15),
        Field::Rvnr => format!("{}M{}", numbers.digits(8), numbers.digits(3)),
        Field::SteuerId => numbers.digits(11),
        Field::Iban => "DE".to_owned() + &numbers.digits(20),
    }
}

/// Changes a sound value, given the number of its row.
pub type Damage = fn(String, u64) -> String;

/// A column with this percentage of damaged values.
pub fn column(field: Field, side: u64, share: u64, damage: Damage) -> Profile {
    let mut profile = Profile::default();
    for number in 0..VALUES {
        let value = sound(field, side, number);
        // 37 and 100 have no common divisor, so each hundred rows have the same number of damaged
        // ones.
        let is_damaged = number * 37 % 100 < share;
        let value = if is_damaged { damage(value, number) } else { value };
        profile.count_written(field, value.as_bytes(), value.as_bytes());
    }
    profile
}

/// A column without damage.
pub fn sound_column(field: Field, side: u64) -> Profile {
    column(field, side, 0, |value, _| value)
}
