//! Copies of people with errors: names, date of birth and postcode as somebody else wrote them down.

use leakdex::Record;
use rand::RngExt;

use crate::{
    date::Date,
    errors::{mistype, mistype_date, mistype_digit, transpose},
    names::written_out,
    population::{Inhabitant, last_name, postal_code},
    random::{Purpose, Random, random},
};

/// The errors of a copy, for the report of a measurement. Each pair has a share and the errors in it. "The share"
/// is the argument of [`copy`].
pub const ERRORS: &[(&str, &str)] = &[
    (
        "the share of last names and of first names",
        "half have a typing error, a sixth each loses umlauts, loses its second part, or is in capitals; \
         a name that has no umlaut or second part stays as it is",
    ),
    ("a third of the share of persons", "a married name: another one, or both with a hyphen"),
    ("half the share of persons", "last and first name are swapped"),
    (
        "the share of postcodes",
        "a third each has two neighbours transposed, is that of another place, or is missing",
    ),
    (
        "the share of dates",
        "a quarter each has day and month swapped (if that is a valid date), has another last digit of the \
         year, is written in another order, or is missing",
    ),
    (
        "with wrong digits",
        "also a wrong digit in a quarter of these postcodes, and in month or day of a sixth of these dates, \
         instead of other errors",
    ),
];

/// The errors of postcodes and dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// Digits are transposed, or come from another value.
    Moved,
    /// Some digits are also mistyped.
    Mistyped,
}

/// A person as written down. A missing value is empty.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// One or several last names.
    pub last_name: String,
    /// One or several given names.
    pub first_name: String,
    /// A date.
    pub birth_date: String,
    /// Five characters.
    pub postal_code: String,
}

impl Row {
    /// The values that are not missing.
    pub fn record(&self) -> Record {
        Record::new()
            .last_name(&self.last_name)
            .first_name(&self.first_name)
            .birth_date(&self.birth_date)
            .postal_code(&self.postal_code)
    }
}

/// The person without errors.
pub fn plain(person: &Inhabitant) -> Row {
    Row {
        last_name: person.last_name.clone(),
        first_name: person.first_name.clone(),
        birth_date: person.birth_date.day_first(),
        postal_code: format!("{:05}", person.postal_code),
    }
}

/// The person with this number, with errors in about this share of the fields, as in [`ERRORS`].
pub fn copy(number: u32, person: &Inhabitant, share: f64, digits: Digits) -> Row {
    let mut random = random(number, Purpose::Copy);
    let mut row = plain(person);
    for name in [&mut row.last_name, &mut row.first_name] {
        if random.random_bool(share) {
            damage_name(name, &mut random);
        }
    }
    if random.random_bool(share / 3.0) {
        let new = last_name(&mut random);
        match random.random_range(0..3) {
            0 => row.last_name = format!("{}-{new}", row.last_name),
            _ => row.last_name = new,
        }
    }
    if random.random_bool(share / 2.0) {
        std::mem::swap(&mut row.last_name, &mut row.first_name);
    }
    if random.random_bool(share) {
        damage_postal_code(&mut row.postal_code, digits, &mut random);
    }
    if random.random_bool(share) {
        row.birth_date = damaged_date(person.birth_date, digits, &mut random);
    }
    row
}

fn damage_name(name: &mut String, random: &mut Random) {
    match random.random_range(0..6) {
        0..3 => mistype(name, random),
        3 if random.random_bool(0.5) => *name = written_out(name),
        3 => *name = without_dots(name),
        4 => name.truncate(name.find([' ', '-']).unwrap_or(name.len())),
        _ => *name = name.to_uppercase(),
    }
}

/// `Muller` for `Müller`.
fn without_dots(name: &str) -> String {
    let plain = |letter| match letter {
        'ä' => 'a',
        'ö' => 'o',
        'ü' => 'u',
        'Ä' => 'A',
        'Ö' => 'O',
        'Ü' => 'U',
        other => other,
    };
    name.chars().map(plain).collect()
}

fn damage_postal_code(code: &mut String, digits: Digits, random: &mut Random) {
    let kinds = if digits == Digits::Mistyped { 4 } else { 3 };
    match random.random_range(0..kinds) {
        0 => {
            let place = random.random_range(0..code.len() - 1);
            let swapped: String = code[place..place + 2].chars().rev().collect();
            code.replace_range(place..place + 2, &swapped);
        }
        1 => *code = format!("{:05}", postal_code(random)),
        2 => code.clear(),
        _ => mistype_digit(code, random),
    }
}

fn damaged_date(mut date: Date, digits: Digits, random: &mut Random) -> String {
    match random.random_range(0..4) {
        0 => transpose(&mut date),
        1 if digits == Digits::Mistyped => mistype_date(&mut date, random),
        1 => date.year = date.year / 10 * 10 + (date.year + random.random_range(1..10)) % 10,
        2 => return format!("{}-{:02}-{:02}", date.year, date.month, date.day),
        _ => return String::new(),
    }
    date.day_first()
}

#[cfg(test)]
mod tests {
    use super::{Digits, Row, copy, plain};
    use crate::population::person;

    /// People and their copies.
    fn copies(errors: f64, digits: Digits) -> Vec<(Row, Row)> {
        let pair = |number| {
            let person = person(number);
            (plain(&person), copy(number, &person, errors, digits))
        };
        (0..5_000).map(pair).collect()
    }

    /// The share of copies that differ from their person in this way.
    fn share(copies: &[(Row, Row)], differs: impl Fn(&Row, &Row) -> bool) -> f64 {
        let count = copies.iter().filter(|(one, other)| differs(one, other)).count();
        let float = |count| f64::from(u32::try_from(count).expect("it is small"));
        float(count) / float(copies.len())
    }

    #[track_caller]
    fn assert_near(share: f64, expected: f64) {
        assert!((share - expected).abs() < 0.015, "{share} instead of {expected}");
    }

    #[test]
    fn a_copy_without_errors_is_the_person() {
        for digits in [Digits::Moved, Digits::Mistyped] {
            assert!(copies(0.0, digits).iter().all(|(one, other)| one == other));
        }
    }

    #[test]
    fn a_copy_has_errors_in_the_given_share_of_fields() {
        for errors in [0.25, 1.0 / 12.0] {
            let copies = copies(errors, Digits::Moved);
            let moved = |differs: fn(&Row, &Row) -> bool| share(&copies, differs);
            // A transposition of equal digits changes nothing.
            assert_near(moved(|one, other| one.postal_code != other.postal_code), errors * 0.97);
            // Six in ten of the swapped dates have a day that is not a valid month.
            assert_near(moved(|one, other| one.birth_date != other.birth_date), errors * 0.84);
            assert_near(moved(|_, other| other.postal_code.is_empty()), errors / 3.0);
            assert_near(moved(|_, other| other.birth_date.is_empty()), errors / 4.0);
            let is_swapped = |one: &Row, other: &Row| {
                one.first_name == other.last_name || one.last_name == other.first_name
            };
            assert_near(moved(is_swapped), errors / 2.0);
        }
    }

    #[test]
    fn mistyped_digits_are_in_postcodes_and_dates() {
        let one_differs = |one: &str, other: &str| {
            let differing = one.bytes().zip(other.bytes()).filter(|(one, other)| one != other);
            one.len() == other.len() && differing.count() == 1
        };
        for (digits, postal_codes, days) in
            [(Digits::Moved, 0.0, 0.0), (Digits::Mistyped, 0.25 / 4.0, 0.25 / 4.0 / 3.0)]
        {
            let copies = copies(0.25, digits);
            // The postcodes of two places rarely differ in a single digit.
            let wrong = |one: &Row, other: &Row| one_differs(&one.postal_code, &other.postal_code);
            assert_near(share(&copies, wrong), postal_codes);
            let wrong = |one: &Row, other: &Row| {
                let day_and_rest = |row: &Row| {
                    row.birth_date
                        .split_once('.')
                        .map(|(day, rest)| (day.to_owned(), rest.to_owned()))
                };
                let (Some((day, rest)), Some((other_day, other_rest))) =
                    (day_and_rest(one), day_and_rest(other))
                else {
                    return false;
                };
                one_differs(&day, &other_day) && rest == other_rest
            };
            assert_near(share(&copies, wrong), days);
        }
    }

    #[test]
    fn equal_numbers_give_equal_copies() {
        let copy = || copy(7, &person(7), 0.25, Digits::Moved);
        assert!(copy() == copy());
    }
}
