//! Match keys: composites of several fields, after the Office for National Statistics' hashed
//! match keys. A fragment or a typing error breaks one key, seldom all.
//!
//! The parts are joined by U+001F, which no normal form holds, so that two different persons never
//! get the same key by concatenation. Names enter sorted, so that swapped ones still meet.

use super::Kind;
use crate::text::{Place, Text};

/// One value of each part of a match key: places of normal forms in a text.
#[derive(Clone, Copy)]
pub(crate) struct Person<'a> {
    pub text: &'a Text,
    pub last: Option<Name>,
    pub first: Option<Name>,
    /// A whole date; a partial one makes no key.
    pub birth_date: Option<Place>,
    pub postal_code: Option<Place>,
}

/// A name and what match keys take of it.
#[derive(Clone, Copy)]
pub(crate) struct Name {
    /// The name's parts, separated by single spaces.
    pub words: Place,
    /// Of a last name all parts joined, so that *Müller-Lüdenscheidt* and *Müller Lüdenscheidt* meet;
    /// the first of the given names.
    pub letters: Place,
    /// How the letters sound (Kölner Phonetik); empty for a name that has no sound, as one in another
    /// script.
    pub sound: Place,
}

impl Name {
    /// The first character.
    fn initial(self, text: &Text) -> Place {
        let rest = text.get(self.words).iter().skip(1);
        let length = 1 + rest.take_while(|byte| matches!(byte, 0x80..=0xBF)).count();
        let start = self.words.range().start;
        Place::new(start..start + length)
    }
}

/// How many parts of one last name are combined with the first name. No real name has as many; a
/// cell full of single letters would otherwise make thousands of keys.
const MOST_PARTS: usize = 16;

const SEPARATOR: u8 = 0x1F;

/// Takes match keys part by part, and appends them to a text.
pub(crate) struct KeyWriter<'a, F> {
    parts: &'a Text,
    text: &'a mut Text,
    /// Called with each key: its kind, its place in the text, and the text.
    each: F,
    kind: Kind,
    /// Where the current key begins.
    start: usize,
    /// The last key of both names and the date.
    name_birth: Place,
}

impl<'a, F: FnMut(Kind, Place, &Text)> KeyWriter<'a, F> {
    pub(super) fn new(parts: &'a Text, text: &'a mut Text, each: F) -> Self {
        let start = text.len();
        let name_birth = Place { start: 0, end: 0 };
        Self { parts, text, each, kind: Kind::NameBirth, start, name_birth }
    }

    /// Sets the kind of the next keys.
    pub(super) const fn begin(&mut self, kind: Kind) {
        self.kind = kind;
    }

    /// Adds what two names give, the lower one first, whichever is which.
    #[inline]
    fn sorted(&mut self, one: Place, other: Place) -> &mut Self {
        let parts = self.parts;
        let (one_prefix, other_prefix) = (parts.prefix(one), parts.prefix(other));
        let is_sorted = if one_prefix == other_prefix {
            parts.get(one) <= parts.get(other)
        } else {
            one_prefix < other_prefix
        };
        let (low, high) = if is_sorted { (one, other) } else { (other, one) };
        self.part(low).part(high)
    }

    /// Adds a part. No part is empty, so that a key without bytes has no part yet.
    #[inline]
    fn part(&mut self, part: Place) -> &mut Self {
        if self.text.len() > self.start {
            self.text.push_byte(SEPARATOR);
        }
        self.text.push_from(self.parts, part);
        self
    }

    /// Ends a key.
    #[inline]
    fn end(&mut self) -> Place {
        let place = self.text.place_from(self.start);
        self.start = self.text.len();
        (self.each)(self.kind, place, self.text);
        place
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
                // The same bytes.
                return (self.each)(self.kind, self.name_birth, self.text);
            }
            let mut start = last.words.range().start;
            let words = self.parts.get(last.words).split(|&byte| byte == b' ');
            for word in words.take(MOST_PARTS) {
                let part = Place::new(start..start + word.len());
                start += word.len() + 1;
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
            self.sorted(last.initial(self.parts), first.initial(self.parts))
                .part(birth_date)
                .part(postal_code)
                .end();
        }
    }
}
