//! Match keys: composites of several fields, after the Office for National Statistics' hashed
//! match keys. A fragment or a typing error breaks one key, seldom all.
//!
//! The parts are joined by U+001F, which no normal form holds, so that two different persons never
//! get the same key by concatenation. Names enter sorted, so that swapped ones still meet.

use std::ops::Range;

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

/// Takes match keys part by part, and appends them to a text.
pub(crate) struct KeyWriter<'a, F> {
    text: &'a mut Vec<u8>,
    /// Called with each key: its kind, and its place in the text.
    each: F,
    kind: Kind,
    /// Where the current key begins.
    start: usize,
    /// The last key of both names and the date.
    name_birth: Range<usize>,
}

impl<'a, F: FnMut(Kind, &[u8], Range<usize>)> KeyWriter<'a, F> {
    pub(super) const fn new(text: &'a mut Vec<u8>, each: F) -> Self {
        let start = text.len();
        Self { text, each, kind: Kind::NameBirth, start, name_birth: 0..0 }
    }

    /// Says of which kind the next keys are.
    pub(super) const fn begin(&mut self, kind: Kind) {
        self.kind = kind;
    }

    /// Adds what two names give, the lower one first, whichever is which.
    fn sorted(&mut self, one: &[u8], other: &[u8]) -> &mut Self {
        let (low, high) = if one <= other { (one, other) } else { (other, one) };
        self.part(low).part(high)
    }

    /// Adds a part. No part is empty, so that a key without bytes has no part yet.
    fn part(&mut self, part: &[u8]) -> &mut Self {
        if self.text.len() > self.start {
            self.text.push(SEPARATOR);
        }
        self.text.extend_from_slice(part);
        self
    }

    /// Ends a key.
    fn end(&mut self) -> Range<usize> {
        let place = self.start..self.text.len();
        self.start = place.end;
        (self.each)(self.kind, &self.text[place.clone()], place.clone());
        place
    }

    /// Makes a key of the same bytes as the last key of both names and the date.
    fn end_as_name_birth(&mut self) {
        let place = self.name_birth.clone();
        (self.each)(self.kind, &self.text[place.clone()], place);
    }

    pub fn name_birth(&mut self, person: &Person<'_>) {
        if let (Some(last), Some(first), Some(birth_date)) =
            (person.last, person.first, person.birth_date)
        {
            self.name_birth = self.sorted(last.letters, first.letters).part(birth_date).end();
        }
    }

    pub fn first_birth_postcode(&mut self, person: &Person<'_>) {
        if let (Some(first), Some(birth_date), Some(postal_code)) =
            (person.first, person.birth_date, person.postal_code)
        {
            self.part(first.letters).part(birth_date).part(postal_code).end();
        }
    }

    pub fn last_birth_postcode(&mut self, person: &Person<'_>) {
        if let (Some(last), Some(birth_date), Some(postal_code)) =
            (person.last, person.birth_date, person.postal_code)
        {
            self.part(last.letters).part(birth_date).part(postal_code).end();
        }
    }

    pub fn name_postcode(&mut self, person: &Person<'_>) {
        if let (Some(last), Some(first), Some(postal_code)) =
            (person.last, person.first, person.postal_code)
        {
            self.sorted(last.letters, first.letters).part(postal_code).end();
        }
    }

    /// One key for each part of the last name, so that *Müller* meets *Müller-Lüdenscheidt*; for a name
    /// of one part the key is made as `name-birth` is.
    pub fn surname_part_birth(&mut self, person: &Person<'_>) {
        if let (Some(last), Some(first), Some(birth_date)) =
            (person.last, person.first, person.birth_date)
        {
            if last.words == last.letters {
                return self.end_as_name_birth();
            }
            for part in last.words.split(|&byte| byte == b' ').take(MOST_PARTS) {
                self.sorted(part, first.letters).part(birth_date).end();
            }
        }
    }

    /// A name that has no sound makes no key: all such would be the same.
    pub fn sound_birth(&mut self, person: &Person<'_>) {
        if let (Some(last), Some(first), Some(birth_date)) =
            (person.last, person.first, person.birth_date)
            && !last.sound.is_empty()
            && !first.sound.is_empty()
        {
            self.sorted(last.sound, first.sound).part(birth_date).end();
        }
    }

    pub fn initials_birth_postcode(&mut self, person: &Person<'_>) {
        if let (Some(last), Some(first), Some(birth_date), Some(postal_code)) =
            (person.last, person.first, person.birth_date, person.postal_code)
        {
            self.sorted(last.initial(), first.initial()).part(birth_date).part(postal_code).end();
        }
    }
}
