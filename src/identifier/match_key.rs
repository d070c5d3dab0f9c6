//! Match keys: composites of several fields, after the Office for National Statistics' hashed
//! match keys. A fragment or a typing error breaks one key, seldom all.
//!
//! The parts are joined by U+001F, which no normal form holds, so that two different persons never
//! get the same key by concatenation. Names enter sorted, so that swapped ones still meet.

use super::phonetic::Code;

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

/// How many parts of one last name are combined with the first name. No real name has as many; a
/// cell full of single letters would otherwise make thousands of keys.
const MOST_PARTS: usize = 16;

const SEPARATOR: u8 = 0x1F;

/// Takes match keys part by part.
pub(crate) struct KeyWriter<'a> {
    bytes: &'a mut Vec<u8>,
    /// Where each key ends in the bytes.
    ends: &'a mut Vec<usize>,
    /// Where the current key begins.
    start: usize,
}

impl<'a> KeyWriter<'a> {
    /// Appends keys to `bytes`, and where each of them ends to `ends`.
    pub fn new(bytes: &'a mut Vec<u8>, ends: &'a mut Vec<usize>) -> Self {
        let start = bytes.len();
        Self { bytes, ends, start }
    }

    /// Adds a name with its parts joined: *Müller-Lüdenscheidt* and *Müller Lüdenscheidt* meet.
    fn name(&mut self, name: &str) -> &mut Self {
        self.part(letters(name))
    }

    /// Adds two names in the order of their joined letters, whichever is which.
    fn names(&mut self, one: &str, other: &str) -> &mut Self {
        self.sorted(letters(one), letters(other))
    }

    /// Adds what two names give, the lower one first, whichever is which.
    fn sorted<I: Iterator<Item = u8> + Clone>(&mut self, one: I, other: I) -> &mut Self {
        let in_order = one.clone().le(other.clone());
        let (low, high) = if in_order { (one, other) } else { (other, one) };
        self.part(low).part(high)
    }

    /// Adds a part that is no name.
    fn text(&mut self, text: &str) -> &mut Self {
        self.part(text.bytes())
    }

    /// Adds a part as it is.
    fn part(&mut self, part: impl Iterator<Item = u8>) -> &mut Self {
        self.separate();
        self.bytes.extend(part);
        self
    }

    /// Ends a key.
    fn end(&mut self) {
        self.start = self.bytes.len();
        self.ends.push(self.start);
    }

    /// No part is empty, so that a key without bytes has no part yet.
    fn separate(&mut self) {
        if self.bytes.len() > self.start {
            self.bytes.push(SEPARATOR);
        }
    }
}

pub(super) fn name_birth(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(last), Some(first), Some(birth_date)) =
        (person.last, person.first_given(), person.birth_date)
    {
        keys.names(last, first).text(birth_date).end();
    }
}

pub(super) fn first_birth_postcode(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(first), Some(birth_date), Some(postal_code)) =
        (person.first_given(), person.birth_date, person.postal_code)
    {
        keys.name(first).text(birth_date).text(postal_code).end();
    }
}

pub(super) fn last_birth_postcode(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(last), Some(birth_date), Some(postal_code)) =
        (person.last, person.birth_date, person.postal_code)
    {
        keys.name(last).text(birth_date).text(postal_code).end();
    }
}

pub(super) fn name_postcode(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(last), Some(first), Some(postal_code)) =
        (person.last, person.first_given(), person.postal_code)
    {
        keys.names(last, first).text(postal_code).end();
    }
}

/// One key for each part of the last name, so that *Müller* meets *Müller-Lüdenscheidt*; for a name
/// of one part the key is made as `name-birth` is.
pub(super) fn surname_part_birth(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(last), Some(first), Some(birth_date)) =
        (person.last, person.first_given(), person.birth_date)
    {
        for part in last.split(' ').take(MOST_PARTS) {
            keys.names(part, first).text(birth_date).end();
        }
    }
}

/// A name that has no sound, as one in another script, makes no key: all such would be the same.
pub(super) fn sound_birth(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(last), Some(first), Some(birth_date)) =
        (person.last, person.first_given(), person.birth_date)
    {
        let (last, first) = (Code::of(letters(last)), Code::of(letters(first)));
        if last.is_heard() && first.is_heard() {
            keys.sorted(last, first).text(birth_date).end();
        }
    }
}

pub(super) fn initials_birth_postcode(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(last), Some(first), Some(birth_date), Some(postal_code)) =
        (person.last, person.first, person.birth_date, person.postal_code)
    {
        keys.names(initial(last), initial(first)).text(birth_date).text(postal_code).end();
    }
}

fn letters(name: &str) -> impl Iterator<Item = u8> + Clone {
    name.bytes().filter(|&byte| byte != b' ')
}

fn initial(name: &str) -> &str {
    let end = name.chars().next().map_or(0, char::len_utf8);
    &name[..end]
}
