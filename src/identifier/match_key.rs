//! Match keys: combinations of several fields, modelled on the hashed match keys of the Office for
//! National Statistics. Each one leaves out some values or letters, so that errors in them do no
//! harm. A match key only finds records; the codes of a record show whether it is the member's.
//!
//! The parts are joined by U+001F, which no normal form contains. So two different persons never
//! get the same key by concatenation. Names are sorted first, so swapped names still match.

use super::Kind;
use crate::text::{Place, Text};

/// One value of each part of a match key, as places of normal forms in a text.
#[derive(Clone, Copy)]
pub(crate) struct Person<'a> {
    pub text: &'a Text,
    pub last: Option<Name>,
    pub first: Option<Name>,
    /// A whole date. A partial date makes no key.
    pub birth_date: Option<Place>,
    pub postal_code: Option<Place>,
    /// Whether the person is a member to look up. A member's keys include variants with common
    /// errors, so an index needs no keys for those.
    pub is_member: bool,
}

/// A name, with the forms of it that match keys use.
#[derive(Clone, Copy)]
pub(crate) struct Name {
    /// The parts of the name, separated by single spaces.
    pub words: Place,
    /// For a last name, all parts joined, so that *Müller-Lüdenscheidt* and *Müller Lüdenscheidt*
    /// match. For given names, the first one.
    pub letters: Place,
    /// All parts joined.
    pub joined: Place,
    /// How the letters sound (Kölner Phonetik); empty for a name without a sound, such as one in
    /// another script.
    pub sound: Place,
    /// How all parts joined sound.
    pub joined_sound: Place,
}

impl Name {
    /// The sound of the letters, and the sound of all parts joined if that differs. For a name
    /// without a sound, its letters.
    fn sounds(self) -> impl Iterator<Item = Place> {
        let sound_or = |sound: Place, letters| if sound.is_empty() { letters } else { sound };
        let all = (self.joined != self.letters).then(|| sound_or(self.joined_sound, self.joined));
        std::iter::once(sound_or(self.sound, self.letters)).chain(all)
    }

    /// The letters, and each part if there are several.
    fn with_parts(self, text: &Text) -> impl Iterator<Item = Place> {
        let mut start = self.words.range().start;
        let has_one_part = self.words == self.letters;
        let words = text.get(self.words).split(|&byte| byte == b' ');
        let parts = words.take(if has_one_part { 0 } else { MAX_PARTS }).map(move |word| {
            let part = Place::new(start..start + word.len());
            start += word.len() + 1;
            part
        });
        std::iter::once(self.letters).chain(parts)
    }
}

/// How many parts of one last name make keys. Few real names have more. Without the limit, a cell
/// full of single letters would make thousands of keys.
const MAX_PARTS: usize = 3;

/// How many letters a key keeps of the start or the end of a name.
const KEPT: usize = 3;

pub(super) const SEPARATOR: u8 = 0x1F;

/// Builds match keys part by part, and appends them to a text.
pub(crate) struct KeyWriter<'a, F> {
    parts: &'a Text,
    text: &'a mut Text,
    /// Called with each key: its kind, its place in the text, and the text.
    each: F,
    kind: Kind,
    /// The start of the current key.
    start: usize,
}

impl<'a, F: FnMut(Kind, Place, &Text)> KeyWriter<'a, F> {
    pub(super) fn new(parts: &'a Text, text: &'a mut Text, each: F) -> Self {
        let start = text.len();
        Self { parts, text, each, kind: Kind::BirthPostcode, start }
    }

    /// Sets the kind of the next keys.
    pub(super) const fn begin(&mut self, kind: Kind) {
        self.kind = kind;
    }

    /// Adds two parts made of names, the smaller one first, so their order does not matter.
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

    /// Adds a part. Parts are never empty, so a key without bytes has no parts yet.
    #[inline]
    fn part(&mut self, part: Place) -> &mut Self {
        if self.text.len() > self.start {
            self.text.push_byte(SEPARATOR);
        }
        self.text.push_from(self.parts, part);
        self
    }

    /// Adds a part that is not in the person's text.
    fn bytes(&mut self, part: &[u8]) -> &mut Self {
        if self.text.len() > self.start {
            self.text.push_byte(SEPARATOR);
        }
        self.text.push(part);
        self
    }

    /// Ends the current key.
    #[inline]
    fn end(&mut self) {
        let place = self.text.place_from(self.start);
        self.start = self.text.len();
        (self.each)(self.kind, place, self.text);
    }

    /// The first letters of a name.
    #[inline]
    fn start_of(&self, name: Place) -> Place {
        let letters = self.parts.get(name);
        let starts_character = |place: &usize| letters[*place] & 0xC0 != 0x80;
        let end = (0..letters.len()).filter(starts_character).nth(KEPT).unwrap_or(letters.len());
        let start = name.range().start;
        Place::new(start..start + end)
    }

    /// The last letters of a name.
    #[inline]
    fn end_of(&self, name: Place) -> Place {
        let letters = self.parts.get(name);
        let starts_character = |place: &usize| letters[*place] & 0xC0 != 0x80;
        let begin = (0..letters.len()).rev().filter(starts_character).nth(KEPT - 1).unwrap_or(0);
        let range = name.range();
        Place::new(range.start + begin..range.end)
    }

    /// Date of birth and postcode, without a name. A member's keys include one with day and month
    /// swapped.
    pub fn birth_postcode(&mut self, person: &Person<'_>) {
        // Without a name, nobody could decide whose record it is.
        let has_name = person.last.or(person.first).is_some();
        if let (true, Some(birth_date), Some(postal_code)) =
            (has_name, person.birth_date, person.postal_code)
        {
            self.part(birth_date).part(postal_code).end();
            if let Some(swapped) = self.swapped_date(person, birth_date) {
                self.bytes(&swapped).part(postal_code).end();
            }
        }
    }

    /// The first letters of both names, and the date of birth. A member's keys include one with day
    /// and month swapped.
    pub fn starts_birth(&mut self, person: &Person<'_>) {
        let Some(birth_date) = person.birth_date else { return };
        let swapped = self.swapped_date(person, birth_date);
        self.for_each_pair(person, Self::start_of, |keys, last, first| {
            keys.sorted(last, first).part(birth_date).end();
            if let Some(swapped) = &swapped {
                keys.sorted(last, first).bytes(swapped).end();
            }
        });
    }

    /// The last letters of both names, and the date of birth.
    pub fn ends_birth(&mut self, person: &Person<'_>) {
        let Some(birth_date) = person.birth_date else { return };
        self.for_each_pair(person, Self::end_of, |keys, last, first| {
            keys.sorted(last, first).part(birth_date).end();
        });
    }

    /// Both names, and month and day of birth.
    pub fn name_birthday(&mut self, person: &Person<'_>) {
        let Some(birth_date) = person.birth_date else { return };
        let range = birth_date.range();
        let day = Place::new(range.start + MONTH_AT..range.end);
        self.for_each_pair(
            person,
            |_, name| name,
            |keys, last, first| {
                keys.sorted(last, first).part(day).end();
            },
        );
    }

    /// How both names sound, and the postcode. A name without a sound, such as one in another
    /// script, counts with its letters.
    pub fn sound_postcode(&mut self, person: &Person<'_>) {
        let (Some(last), Some(first), Some(postal_code)) =
            (person.last, person.first, person.postal_code)
        else {
            return;
        };
        for last in last.sounds() {
            for first in first.sounds() {
                self.sorted(last, first).part(postal_code).end();
            }
        }
    }

    /// The first letters of the first name, the date of birth, and the beginning of the postcode.
    pub fn first_birth_region(&mut self, person: &Person<'_>) {
        if let (Some(first), Some(birth_date), Some(postal_code)) =
            (person.first, person.birth_date, person.postal_code)
        {
            let (first, region) = (self.start_of(first.letters), self.start_of(postal_code));
            self.part(first).part(birth_date).part(region).end();
        }
    }

    /// Calls `each` for every spelling of the last name with every spelling of the first name, each
    /// shortened by `shorten`. If both spellings of the first name are then equal, it calls `each`
    /// once.
    #[inline]
    fn for_each_pair(
        &mut self,
        person: &Person<'_>,
        shorten: impl Fn(&Self, Place) -> Place,
        mut each: impl FnMut(&mut Self, Place, Place),
    ) {
        let (Some(last), Some(first)) = (person.last, person.first) else { return };
        let letters = shorten(self, first.letters);
        let joined = shorten(self, first.joined);
        let has_two = self.parts.get(letters) != self.parts.get(joined);
        for last in last.with_parts(self.parts) {
            let last = shorten(self, last);
            each(self, last, letters);
            if has_two {
                each(self, last, joined);
            }
        }
    }

    /// The date with day and month swapped, if the person is a member and this gives another date.
    fn swapped_date(&self, person: &Person<'_>, birth_date: Place) -> Option<[u8; 10]> {
        if person.is_member { swapped(self.parts.get(birth_date)) } else { None }
    }
}

/// The start of month and day in the normal form of a date.
const MONTH_AT: usize = "1970-".len();

/// A date in normal form with day and month swapped, if this gives another date.
fn swapped(date: &[u8]) -> Option<[u8; 10]> {
    let mut swapped: [u8; 10] = date.try_into().ok()?;
    let [_, _, _, _, _, month_high, month_low, _, day_high, day_low] = swapped;
    let (month, day) = ([month_high, month_low], [day_high, day_low]);
    swapped[5..7].copy_from_slice(&day);
    swapped[8..].copy_from_slice(&month);
    (month != day && day <= *b"12").then_some(swapped)
}
