//! Copies of persons as somebody else wrote them down: with errors, at the given rates.

use rand::{RngExt, seq::IndexedRandom};

use crate::person::{Person, Random, World, postal_code};

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
pub const KVNR_GIVEN: f64 = 0.90;
pub const CARD_GIVEN: f64 = 0.60;
const CARD_NEW: f64 = 0.20;
pub const EMAIL_GIVEN: f64 = 0.60;
const EMAIL_CHANGED: f64 = 0.15;
const NUMBER_MISTYPED: f64 = 0.03;

impl World {
    /// The person as somebody else wrote them down, at another time.
    pub fn corrupted(&self, person: &Person, random: &mut Random) -> Person {
        let mut copy = person.clone();
        self.corrupt_names(&mut copy, random);
        if random.random_bool(DATE_TRANSPOSED) {
            transpose(&mut copy.birth_date);
        }
        if random.random_bool(DATE_MISTYPED) {
            mistype_date(&mut copy.birth_date, random);
        }
        if random.random_bool(MOVED) {
            copy.postal_code = postal_code(random);
        }
        if random.random_bool(POSTCODE_MISTYPED) {
            mistype_digit(&mut copy.postal_code, random);
        }
        for (field, rate) in [
            (&mut copy.last, LAST_MISSING),
            (&mut copy.first, FIRST_MISSING),
            (&mut copy.birth_date, DATE_MISSING),
            (&mut copy.postal_code, POSTCODE_MISSING),
        ] {
            if random.random_bool(rate) {
                field.clear();
            }
        }
        corrupt_numbers(&mut copy, random);
        copy
    }

    fn corrupt_names(&self, copy: &mut Person, random: &mut Random) {
        if random.random_bool(LAST_CHANGED) {
            copy.last = self.last_names.draw(random).to_owned();
        }
        if random.random_bool(LAST_JOINED) {
            let other = self.last_names.draw(random);
            copy.last = if random.random_bool(0.5) {
                format!("{}-{other}", copy.last)
            } else {
                format!("{other}-{}", copy.last)
            };
        }
        if random.random_bool(SECOND_LEFT_OUT) {
            copy.first = copy.first.split(' ').next().unwrap_or_default().to_owned();
        }
        if random.random_bool(WRITTEN_OUT) {
            copy.last = written_out(&copy.last);
            copy.first = written_out(&copy.first);
        }
        if random.random_bool(LAST_MISTYPED) {
            mistype(&mut copy.last, random);
        }
        if random.random_bool(FIRST_MISTYPED) {
            mistype(&mut copy.first, random);
        }
        if random.random_bool(SWAPPED) {
            std::mem::swap(&mut copy.last, &mut copy.first);
        }
    }
}

/// The copy gives some of the numbers that the person gives.
fn corrupt_numbers(copy: &mut Person, random: &mut Random) {
    if random.random_bool(CARD_NEW) && !copy.card.is_empty() {
        // The last digit but one tells the cards of a person apart.
        copy.card.replace_range(18..19, "1");
    }
    if random.random_bool(EMAIL_CHANGED) && !copy.email.is_empty() {
        copy.email.insert_str(0, "new.");
    }
    for (number, rate) in
        [(&mut copy.kvnr, KVNR_GIVEN), (&mut copy.card, CARD_GIVEN), (&mut copy.email, EMAIL_GIVEN)]
    {
        if !random.random_bool(rate) {
            number.clear();
        }
        if random.random_bool(NUMBER_MISTYPED) {
            mistype_digit(number, random);
        }
    }
}

/// A typing error: a letter left out, doubled, replaced, or swapped with the next.
fn mistype(text: &mut String, random: &mut Random) {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 2 {
        return;
    }
    let place = random.random_range(0..letters.len() - 1);
    let other = *b"abcdefghijklmnoprstuvwz".choose(random).unwrap_or(&b'e');
    match random.random_range(0..5) {
        0 => {
            letters.remove(place);
        }
        1 => letters.insert(place, letters[place]),
        2 => letters.insert(place + 1, other.into()),
        3 => letters[place + 1] = other.into(),
        _ => letters.swap(place, place + 1),
    }
    *text = letters.into_iter().collect();
}

/// Replaces one digit by another.
fn mistype_digit(text: &mut String, random: &mut Random) {
    let is_digit = |&place: &usize| text.as_bytes()[place].is_ascii_digit();
    let digits: Vec<usize> = (0..text.len()).filter(is_digit).collect();
    if let Some(&place) = digits.choose(random) {
        let digit = text.as_bytes()[place] - b'0';
        let other = (digit + random.random_range(1..10)) % 10;
        text.replace_range(place..=place, &other.to_string());
    }
}

/// Replaces the last digit of year, month or day, such that it is a date again.
fn mistype_date(date: &mut String, random: &mut Random) {
    let (place, digit) = match random.random_range(0..3) {
        0 => (3, random.random_range(0..10)),
        1 if date.as_bytes()[5] == b'1' => (6, random.random_range(0..3)),
        1 => (6, random.random_range(1..10)),
        _ if date.as_bytes()[8] == b'3' => (8, random.random_range(1..3)),
        _ => (9, random.random_range(1..9)),
    };
    date.replace_range(place..=place, &digit.to_string());
}

/// `1970-02-01` as `1970-01-02`.
fn transpose(date: &mut String) {
    if date[8..] <= *"12" {
        *date = format!("{}-{}-{}", &date[..4], &date[8..], &date[5..7]);
    }
}

fn written_out(name: &str) -> String {
    let pairs =
        [("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue")];
    pairs.iter().fold(name.to_owned(), |name, (umlaut, two)| name.replace(umlaut, two))
}
