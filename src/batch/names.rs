//! Names that were normalised lately.
//!
//! A few thousand names are those of most people, so that most names of a list were met a moment ago.
//! Looking one up costs a third of making its normal form and its sound.

use zeroize::Zeroize;

use crate::identifier::{Field, Normaliser, Outcome, push_sound};

/// Bytes of the longest name that is kept, and of its normal form and its sound.
const LENGTH: usize = 24;

/// How many names are kept: what is in the cache anyway.
const SLOTS: usize = 1024;

/// A batch with fewer names, as that of a single member, keeps none.
const WORTHWHILE: usize = 64;

/// Names whose normal form is one word. A name has one place, where the next one takes it.
#[derive(Clone, Default)]
pub(super) struct KnownNames {
    slots: Vec<KnownName>,
    /// How many names were asked for before there were slots.
    asked: usize,
    normal_form: String,
    sound: String,
}

/// A name of one word.
#[derive(Clone, Copy, Default)]
pub(super) struct KnownName {
    raw: Short,
    word: Short,
    sound: Short,
}

/// A short text, with zeros behind it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Short {
    bytes: [u8; LENGTH],
    length: u8,
}

impl KnownNames {
    /// The name as the field of a last name or of given names takes it; `None` for one that is not
    /// that simple.
    pub fn get(&mut self, raw: &str, normaliser: Normaliser) -> Option<&KnownName> {
        let raw_name = Short::new(raw)?;
        if self.slots.is_empty() {
            self.asked += 1;
            if self.asked < WORTHWHILE {
                return None;
            }
            self.slots = vec![KnownName::default(); SLOTS];
        }
        let place = raw_name.place();
        if self.slots[place].raw != raw_name || raw.is_empty() {
            // Both fields follow the same rule.
            let outcome = normaliser.normalise(Field::LastName, raw, &mut self.normal_form);
            if outcome != Outcome::Ok || self.normal_form.contains(' ') {
                return None;
            }
            self.sound.clear();
            push_sound(self.normal_form.as_bytes(), &mut self.sound);
            let (word, sound) = (Short::new(&self.normal_form)?, Short::new(&self.sound)?);
            self.slots[place] = KnownName { raw: raw_name, word, sound };
        }
        Some(&self.slots[place])
    }
}

impl Zeroize for KnownNames {
    fn zeroize(&mut self) {
        for name in &mut self.slots {
            name.raw.bytes.zeroize();
            name.word.bytes.zeroize();
            name.sound.bytes.zeroize();
        }
        self.normal_form.zeroize();
        self.sound.zeroize();
    }
}

impl KnownName {
    pub fn word(&self) -> &[u8] {
        self.word.text()
    }

    /// How it sounds; empty for a name without a sound.
    pub fn sound(&self) -> &[u8] {
        self.sound.text()
    }
}

impl Short {
    fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; LENGTH];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { bytes, length: u8::try_from(text.len()).ok()? })
    }

    fn text(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// Which slot is this text's: the multiplication spreads all its bits over the highest ones.
    fn place(&self) -> usize {
        const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
        let (words, _) = self.bytes.as_chunks::<8>();
        let mixed = words.iter().fold(u64::from(self.length), |mixed, word| {
            (mixed.rotate_left(23) ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR)
        });
        // Ten bits.
        (mixed >> 54) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warm() -> KnownNames {
        KnownNames { asked: WORTHWHILE, ..KnownNames::default() }
    }

    #[test]
    fn for_a_few_names_no_memory_is_taken() {
        let mut names = KnownNames::default();
        assert!((1..WORTHWHILE).all(|_| names.get("Muster", Normaliser::new()).is_none()));
        assert!(names.slots.is_empty());
        assert!(names.get("Muster", Normaliser::new()).is_some());
    }

    #[test]
    fn a_known_name_is_what_the_rules_make_of_it() {
        let mut names = warm();
        let normaliser = Normaliser::new();
        for raw in ["Müller", "müller", "王小明", "Dr. Weiß", "O'Neill", "Xx", "Müller"] {
            let (mut word, mut sound) = (String::new(), String::new());
            normaliser.normalise(Field::FirstName, raw, &mut word);
            push_sound(word.as_bytes(), &mut sound);
            let name = names.get(raw, normaliser).expect("one word");
            assert_eq!((name.word(), name.sound()), (word.as_bytes(), sound.as_bytes()), "{raw}");
        }
    }

    #[test]
    fn what_is_not_one_valid_word_is_left_to_the_rules() {
        let mut names = warm();
        let long = "x".repeat(LENGTH + 1);
        for raw in ["", "Karl Heinz", "4711", "M?ller", "null", "-", &long] {
            assert!(names.get(raw, Normaliser::new()).is_none(), "{raw}");
        }
    }

    #[test]
    fn a_name_that_takes_anothers_place_is_not_taken_for_it() {
        let mut names = warm();
        for number in 0..20_000 {
            let letter = |place: u32| char::from(b'a' + (number / 10_u32.pow(place) % 10) as u8);
            let raw: String = (0..5).map(letter).collect();
            let name = names.get(&raw, Normaliser::new());
            assert_eq!(name.map(KnownName::word), Some(raw.as_bytes()));
        }
    }

    #[test]
    fn nothing_remains_of_them() {
        let mut names = warm();
        names.get("Muster", Normaliser::new());
        names.zeroize();
        assert!(names.slots.iter().all(|name| name.raw.bytes == [0; LENGTH]));
        assert!(names.normal_form.is_empty() && names.sound.is_empty());
    }
}
