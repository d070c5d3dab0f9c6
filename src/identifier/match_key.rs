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
        self.separate();
        self.bytes.extend(letters(name));
        self
    }

    /// Adds two names in the order of their joined letters, whichever is which.
    fn names(&mut self, one: &str, other: &str) -> &mut Self {
        let (low, high) = if letters(one).le(letters(other)) { (one, other) } else { (other, one) };
        self.name(low).name(high)
    }

    /// Adds a part as it is.
    fn part(&mut self, part: &str) -> &mut Self {
        self.separate();
        self.bytes.extend_from_slice(part.as_bytes());
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
        keys.names(last, first).part(birth_date).end();
    }
}

pub(super) fn first_birth_postcode(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(first), Some(birth_date), Some(postal_code)) =
        (person.first_given(), person.birth_date, person.postal_code)
    {
        keys.name(first).part(birth_date).part(postal_code).end();
    }
}

pub(super) fn last_birth_postcode(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(last), Some(birth_date), Some(postal_code)) =
        (person.last, person.birth_date, person.postal_code)
    {
        keys.name(last).part(birth_date).part(postal_code).end();
    }
}

pub(super) fn name_postcode(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(last), Some(first), Some(postal_code)) =
        (person.last, person.first_given(), person.postal_code)
    {
        keys.names(last, first).part(postal_code).end();
    }
}

pub(super) fn surname_part_birth(_: &Person<'_>, _: &mut KeyWriter<'_>) {}

pub(super) fn sound_birth(_: &Person<'_>, _: &mut KeyWriter<'_>) {}

pub(super) fn initials_birth_postcode(_: &Person<'_>, _: &mut KeyWriter<'_>) {}

fn letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(|&byte| byte != b' ')
}
