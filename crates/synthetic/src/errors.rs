//! Typing errors.

use rand::{RngExt, seq::IndexedRandom};

use crate::{date::Date, random::Random};

/// Leaves out the second letter of a name. Returns false: the name stays valid, so the error is not
/// visible.
pub fn mistyped_name(name: &mut String) -> bool {
    if let Some((place, _)) = name.char_indices().nth(1) {
        name.remove(place);
    }
    false
}

/// Leaves out or changes the last digit of an insured number. Returns true: both errors are visible.
pub fn mistyped_number(number: &mut String, random: &mut Random) -> bool {
    let last = number.pop();
    if random.random_bool(0.5) {
        let others: Vec<char> = ('0'..='9').filter(|&digit| Some(digit) != last).collect();
        number.extend(others.choose(random));
    }
    true
}

/// Leaves out the `@` of an address, which is visible, or swaps letters of its domain, which is not.
/// Returns whether the error is visible.
pub fn mistyped_email(address: &mut String, random: &mut Random) -> bool {
    let is_visible = random.random_bool(0.5);
    *address =
        if is_visible { address.replace('@', "") } else { address.replace("@example", "@exmaple") };
    is_visible
}

/// A typing error: a letter is left out, doubled, inserted, replaced, or swapped with the next one.
pub fn mistype(text: &mut String, random: &mut Random) {
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

/// Replaces one digit with another.
pub fn mistype_digit(text: &mut String, random: &mut Random) {
    let is_digit = |&place: &usize| text.as_bytes()[place].is_ascii_digit();
    let digits: Vec<usize> = (0..text.len()).filter(is_digit).collect();
    if let Some(&place) = digits.choose(random) {
        let digit = text.as_bytes()[place] - b'0';
        let other = (digit + random.random_range(1..10)) % 10;
        text.replace_range(place..=place, &other.to_string());
    }
}

/// Replaces the last digit of the year or the month, or a digit of the day. The new digit can be the same. The
/// result can be a date that does not exist, such as 31 April.
pub fn mistype_date(date: &mut Date, random: &mut Random) {
    match random.random_range(0..3) {
        0 => date.year = date.year / 10 * 10 + random.random_range(0..10),
        1 if date.month >= 10 => date.month = random.random_range(10..13),
        1 => date.month = random.random_range(1..10),
        _ if date.day >= 30 => date.day = date.day % 10 + random.random_range(1..3) * 10,
        _ => date.day = date.day / 10 * 10 + random.random_range(1..9),
    }
}

/// Swaps day and month, unless the day is too large for a month: 1 February becomes 2 January.
pub fn transpose(date: &mut Date) {
    if date.day <= 12 {
        std::mem::swap(&mut date.day, &mut date.month);
    }
}
