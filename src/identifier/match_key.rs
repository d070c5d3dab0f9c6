//! Match keys: composites of several fields, after the Office for National Statistics' hashed
//! match keys. A fragment or a typing error breaks one key, seldom all.
//!
//! The parts are joined by U+001F, which no normal form holds, so that two different persons never
//! get the same key by concatenation. Names enter sorted, so that swapped ones still meet.

/// One value of each part of a match key, in normal form.
#[derive(Clone, Copy, Default)]
pub(crate) struct Person<'a> {
    /// The family name's parts, separated by single spaces.
    pub last: Option<&'a str>,
    /// The given names' parts, separated by single spaces.
    pub first: Option<&'a str>,
    /// A whole date; a partial one makes no key.
    pub birth_date: Option<&'a str>,
    pub postal_code: Option<&'a str>,
}

impl<'a> Person<'a> {
    /// The first of the given names.
    fn first_given(&self) -> Option<&'a str> {
        self.first?.split(' ').next()
    }
}

const SEPARATOR: u8 = 0x1F;

pub(super) fn name_birth(person: &Person<'_>, key: &mut Vec<u8>) -> bool {
    let (Some(last), Some(first), Some(birth_date)) =
        (person.last, person.first_given(), person.birth_date)
    else {
        return false;
    };
    push_pair(last, first, key);
    push_part(birth_date, key);
    true
}

pub(super) fn first_birth_postcode(person: &Person<'_>, key: &mut Vec<u8>) -> bool {
    let (Some(first), Some(birth_date), Some(postal_code)) =
        (person.first_given(), person.birth_date, person.postal_code)
    else {
        return false;
    };
    push_joined(first, key);
    push_part(birth_date, key);
    push_part(postal_code, key);
    true
}

/// Appends two names in the order of their joined letters, whichever is which.
fn push_pair(one: &str, other: &str, key: &mut Vec<u8>) {
    let (low, high) = if letters(one).le(letters(other)) { (one, other) } else { (other, one) };
    push_joined(low, key);
    key.push(SEPARATOR);
    push_joined(high, key);
}

fn push_part(part: &str, key: &mut Vec<u8>) {
    key.push(SEPARATOR);
    key.extend_from_slice(part.as_bytes());
}

/// Appends a name with its parts joined: *Müller-Lüdenscheidt* and *Müller Lüdenscheidt* meet.
fn push_joined(name: &str, key: &mut Vec<u8>) {
    key.extend(letters(name));
}

fn letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(|&byte| byte != b' ')
}
