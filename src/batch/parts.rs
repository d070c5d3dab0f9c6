//! The parts of match keys that a record gives, and their combinations.

use std::ops::Range;

use zeroize::Zeroize;

use super::names::KnownName;
use crate::identifier::{Field, Name, Person, Reason, push_sound};

/// The parts of match keys that one record gives, in normal form.
#[derive(Clone, Default)]
pub(super) struct Parts {
    text: Vec<u8>,
    /// Serves as memory while a sound is made.
    sound: String,
    last: Vec<NamePart>,
    first: Vec<NamePart>,
    birth_date: Vec<Part>,
    postal_code: Vec<Part>,
}

#[derive(Clone)]
struct Part {
    place: Range<usize>,
    suspect: bool,
}

/// A name, and what match keys take of it ([`Name`]).
#[derive(Clone)]
struct NamePart {
    words: Range<usize>,
    letters: Range<usize>,
    sound: Range<usize>,
    suspect: bool,
}

impl Parts {
    /// How many values of one part are combined with those of the others.
    const LIMIT: usize = 4;

    pub fn clear(&mut self) {
        self.text.clear();
        self.last.clear();
        self.first.clear();
        self.birth_date.clear();
        self.postal_code.clear();
    }

    pub fn push(&mut self, field: Field, normal_form: &str, suspect: bool) -> Result<(), Reason> {
        match field {
            Field::LastName => self.push_last(normal_form, suspect),
            Field::FirstName => self.push_first(normal_form, suspect),
            Field::Name => match normal_form.split_once(", ") {
                Some((last, first)) => {
                    self.push_last(last, suspect).and(self.push_first(first, suspect))
                }
                None => self.push_last(normal_form, suspect),
            },
            Field::PostalCode => {
                let place = self.append(normal_form.as_bytes());
                Self::add(&mut self.postal_code, Part { place, suspect })
            }
            Field::BirthDate => {
                let place = self.append(normal_form.as_bytes());
                Self::add(&mut self.birth_date, Part { place, suspect })
            }
            // These are identifiers on their own and do not come here.
            _ => Ok(()),
        }
    }

    fn push_last(&mut self, words: &str, suspect: bool) -> Result<(), Reason> {
        let place = self.append(words.as_bytes());
        let letters = if words.as_bytes().contains(&b' ') {
            let start = self.text.len();
            self.text.extend(words.bytes().filter(|&byte| byte != b' '));
            start..self.text.len()
        } else {
            place.clone()
        };
        let sound = self.append_sound(letters.clone());
        Self::add(&mut self.last, NamePart { words: place, letters, sound, suspect })
    }

    fn push_first(&mut self, words: &str, suspect: bool) -> Result<(), Reason> {
        let place = self.append(words.as_bytes());
        let length = words.bytes().position(|byte| byte == b' ').unwrap_or(words.len());
        let letters = place.start..place.start + length;
        let sound = self.append_sound(letters.clone());
        Self::add(&mut self.first, NamePart { words: place, letters, sound, suspect })
    }

    /// Adds a name of one word, which is alike for last names and given names.
    pub fn push_known(
        &mut self,
        field: Field,
        name: &KnownName,
        suspect: bool,
    ) -> Result<(), Reason> {
        let words = self.append(name.word());
        let sound = self.append(name.sound());
        let name = NamePart { words: words.clone(), letters: words, sound, suspect };
        Self::add(if field == Field::LastName { &mut self.last } else { &mut self.first }, name)
    }

    fn append(&mut self, text: &[u8]) -> Range<usize> {
        let start = self.text.len();
        self.text.extend_from_slice(text);
        start..self.text.len()
    }

    fn append_sound(&mut self, letters: Range<usize>) -> Range<usize> {
        self.sound.clear();
        push_sound(&self.text[letters], &mut self.sound);
        let start = self.text.len();
        self.text.extend_from_slice(self.sound.as_bytes());
        start..self.text.len()
    }

    fn add<T>(parts: &mut Vec<T>, part: T) -> Result<(), Reason> {
        if parts.len() == Self::LIMIT {
            return Err(Reason::TooManyValues);
        }
        parts.push(part);
        Ok(())
    }

    /// Every combination of the values of each part, and whether one of them is suspect.
    pub fn for_each_person(&self, mut each: impl FnMut(&Person<'_>, bool)) {
        for last in choices(&self.last) {
            for first in choices(&self.first) {
                for birth_date in choices(&self.birth_date) {
                    for postal_code in choices(&self.postal_code) {
                        let person = Person {
                            last: last.map(|name| self.name(name)),
                            first: first.map(|name| self.name(name)),
                            birth_date: birth_date.map(|date| self.bytes(&date.place)),
                            postal_code: postal_code.map(|code| self.bytes(&code.place)),
                        };
                        let suspect = last.is_some_and(|name| name.suspect)
                            || first.is_some_and(|name| name.suspect)
                            || birth_date.is_some_and(|date| date.suspect)
                            || postal_code.is_some_and(|code| code.suspect);
                        each(&person, suspect);
                    }
                }
            }
        }
    }

    fn name(&self, name: &NamePart) -> Name<'_> {
        Name {
            words: self.bytes(&name.words),
            letters: self.bytes(&name.letters),
            sound: self.bytes(&name.sound),
        }
    }

    fn bytes(&self, place: &Range<usize>) -> &[u8] {
        &self.text[place.clone()]
    }
}

impl Zeroize for Parts {
    fn zeroize(&mut self) {
        self.text.zeroize();
        self.sound.zeroize();
    }
}

/// Each of the values, or once nothing where there are none.
fn choices<T>(parts: &[T]) -> impl Iterator<Item = Option<&T>> {
    parts.iter().map(Some).chain(parts.is_empty().then_some(None))
}
