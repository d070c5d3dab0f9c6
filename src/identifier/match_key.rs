//! Match keys: composites of several fields, after the Office for National Statistics' hashed
//! match keys. A fragment or a typing error breaks one key, seldom all.
//!
//! The parts are joined by U+001F, which no normal form holds, so that two different persons never
//! get the same key by concatenation. Names enter sorted, so that swapped ones still meet.

use super::Kind;

/// One value of each part of a match key: bytes of normal forms.
#[derive(Clone, Copy, Default)]
pub(crate) struct Person<'a> {
    pub last: Option<Name<'a>>,
    pub first: Option<Name<'a>>,
    /// A whole date; a partial one makes no key.
    pub birth_date: Option<&'a [u8]>,
    pub postal_code: Option<&'a [u8]>,
}

/// A name and what match keys take of it.
#[derive(Clone, Copy)]
pub(crate) struct Name<'a> {
    /// The name's parts, separated by single spaces.
    pub words: &'a [u8],
    /// Of a last name all parts joined, so that *Müller-Lüdenscheidt* and *Müller Lüdenscheidt* meet;
    /// the first of the given names.
    pub letters: &'a [u8],
    /// How the letters sound (Kölner Phonetik); empty for a name that has no sound, as one in another
    /// script.
    pub sound: &'a [u8],
}

impl<'a> Name<'a> {
    /// The first character.
    fn initial(&self) -> &'a [u8] {
        let rest = self.words.iter().skip(1);
        let length = 1 + rest.take_while(|byte| matches!(byte, 0x80..=0xBF)).count();
        self.words.get(..length).unwrap_or_default()
    }
}

/// How many parts of one last name are combined with the first name. No real name has as many; a
/// cell full of single letters would otherwise make thousands of keys.
const MOST_PARTS: usize = 16;

const SEPARATOR: u8 = 0x1F;

/// Takes match keys part by part.
pub(crate) struct KeyWriter<'a> {
    bytes: &'a mut Vec<u8>,
    /// The kind of each key, and where it ends in the bytes.
    ends: &'a mut Vec<(Kind, usize)>,
    /// Where the current key begins.
    start: usize,
    kind: Kind,
}

impl<'a> KeyWriter<'a> {
    /// Appends every match key that the person has the parts for to `bytes`, and its kind and where
    /// it ends to `ends`.
    pub fn write_all(
        person: &Person<'_>,
        bytes: &'a mut Vec<u8>,
        ends: &'a mut Vec<(Kind, usize)>,
    ) {
        let start = bytes.len();
        let mut keys = Self { bytes, ends, start, kind: Kind::NameBirth };
        for &(kind, compose) in Kind::MATCH_KEYS {
            keys.kind = kind;
            compose(person, &mut keys);
        }
    }

    /// Adds what two names give, the lower one first, whichever is which.
    fn sorted(&mut self, one: &[u8], other: &[u8]) -> &mut Self {
        let (low, high) = if one <= other { (one, other) } else { (other, one) };
        self.part(low).part(high)
    }

    /// Adds a part. No part is empty, so that a key without bytes has no part yet.
    fn part(&mut self, part: &[u8]) -> &mut Self {
        if self.bytes.len() > self.start {
            self.bytes.push(SEPARATOR);
        }
        self.bytes.extend_from_slice(part);
        self
    }

    /// Ends a key.
    fn end(&mut self) {
        self.start = self.bytes.len();
        self.ends.push((self.kind, self.start));
    }
}

pub(super) fn name_birth(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(last), Some(first), Some(birth_date)) =
        (person.last, person.first, person.birth_date)
    {
        keys.sorted(last.letters, first.letters).part(birth_date).end();
    }
}

pub(super) fn first_birth_postcode(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(first), Some(birth_date), Some(postal_code)) =
        (person.first, person.birth_date, person.postal_code)
    {
        keys.part(first.letters).part(birth_date).part(postal_code).end();
    }
}

pub(super) fn last_birth_postcode(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(last), Some(birth_date), Some(postal_code)) =
        (person.last, person.birth_date, person.postal_code)
    {
        keys.part(last.letters).part(birth_date).part(postal_code).end();
    }
}

pub(super) fn name_postcode(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(last), Some(first), Some(postal_code)) =
        (person.last, person.first, person.postal_code)
    {
        keys.sorted(last.letters, first.letters).part(postal_code).end();
    }
}

/// One key for each part of the last name, so that *Müller* meets *Müller-Lüdenscheidt*; for a name
/// of one part the key is made as `name-birth` is.
pub(super) fn surname_part_birth(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(last), Some(first), Some(birth_date)) =
        (person.last, person.first, person.birth_date)
    {
        for part in last.words.split(|&byte| byte == b' ').take(MOST_PARTS) {
            keys.sorted(part, first.letters).part(birth_date).end();
        }
    }
}

/// A name that has no sound makes no key: all such would be the same.
pub(super) fn sound_birth(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(last), Some(first), Some(birth_date)) =
        (person.last, person.first, person.birth_date)
        && !last.sound.is_empty()
        && !first.sound.is_empty()
    {
        keys.sorted(last.sound, first.sound).part(birth_date).end();
    }
}

pub(super) fn initials_birth_postcode(person: &Person<'_>, keys: &mut KeyWriter<'_>) {
    if let (Some(last), Some(first), Some(birth_date), Some(postal_code)) =
        (person.last, person.first, person.birth_date, person.postal_code)
    {
        keys.sorted(last.initial(), first.initial()).part(birth_date).part(postal_code).end();
    }
}
