//! The parts of match keys in each row, and their combinations.

mod values;

use zeroize::Zeroize;

use self::values::Values;
use super::pseudonyms::Combinations;
use crate::{
    identifier::{
        BETWEEN_VALUES, Date, Field, Name, NameCodes, Normaliser, Person, PersonCodes, PostalCode,
        Reason, most_digits, write_sound,
    },
    text::{Place, Text},
};

/// How many parts of a name are compared, in addition to the whole name.
const MAX_WORDS: usize = 4;

/// The parts of match keys of some rows, in normal form.
#[derive(Clone, Default)]
pub(super) struct Parts {
    text: Text,
    last: Values<NamePart>,
    first: Values<NamePart>,
    birth_date: Values<Part>,
    /// Dates of birth without a day, with their rows. They make no match key.
    without_day: Vec<(usize, Part)>,
    postal_code: Values<Part>,
}

#[derive(Clone, Copy)]
struct Part {
    place: Place,
    suspect: bool,
}

/// A name, with the forms of it that match keys use.
#[derive(Clone, Copy)]
struct NamePart {
    name: Name,
    ascii: bool,
    suspect: bool,
}

impl Parts {
    /// Removes all parts.
    pub fn clear(&mut self) {
        self.text.clear();
        self.last.clear();
        self.first.clear();
        self.birth_date.clear();
        self.without_day.clear();
        self.postal_code.clear();
    }

    /// Makes room for the parts of `rows` further rows.
    pub fn begin(&mut self, rows: usize) {
        self.last.begin(rows);
        self.first.begin(rows);
        self.birth_date.begin(rows);
        self.postal_code.begin(rows);
    }

    /// Sorts the values of these rows. Call it before a row is read.
    pub fn finish(&mut self) {
        self.last.finish();
        self.first.finish();
        self.birth_date.finish();
        self.postal_code.finish();
    }

    /// Adds a value in a usual spelling ([`Field::write_usual`]). Adds nothing and returns false
    /// for other spellings, and if the row already has a value.
    #[expect(clippy::inline_always, reason = "each field has a loop of its own")]
    #[inline(always)]
    pub fn push_usual(
        &mut self,
        row: usize,
        field: Field,
        raw: &[u8],
        suspect: bool,
        rules: Normaliser,
    ) -> bool {
        let is_free = match field {
            Field::LastName => self.last.by_row[row].is_none(),
            Field::FirstName => self.first.by_row[row].is_none(),
            Field::BirthDate => self.birth_date.by_row[row].is_none(),
            _ => self.postal_code.by_row[row].is_none(),
        };
        if !is_free {
            return false;
        }
        let place = self.text.push_written(|room| field.write_usual(raw, rules, room));
        if place.is_empty() {
            return false;
        }
        match field {
            Field::LastName => {
                let name = self.last_name(place);
                self.last.by_row[row] = Some(NamePart { name, ascii: true, suspect });
            }
            Field::FirstName => self.push_usual_first(row, place, suspect),
            Field::BirthDate => self.birth_date.by_row[row] = Some(Part { place, suspect }),
            _ => self.postal_code.by_row[row] = Some(Part { place, suspect }),
        }
        true
    }

    /// Adds the given names of a cell, which may have two spellings: `hans peter; hanspeter`.
    #[inline]
    fn push_usual_first(&mut self, row: usize, place: Place, suspect: bool) {
        let range = place.range();
        let end = self.text.get(place).iter().position(|&byte| byte == b';');
        let usual = Place::new(range.start..end.map_or(range.end, |end| range.start + end));
        let name = self.first_name(usual);
        self.first.by_row[row] = Some(NamePart { name, ascii: true, suspect });
        if let Some(end) = end {
            let other = Place::new(range.start + end + BETWEEN_VALUES.len()..range.end);
            let name = self.first_name(other);
            // `push` cannot fail: a row has room for a second value.
            let _ = self.first.push(row, NamePart { name, ascii: true, suspect });
        }
    }

    /// The normal form of the first value of this field in a row.
    #[expect(clippy::inline_always, reason = "each field has a loop of its own")]
    #[inline(always)]
    pub fn first_value(&self, row: usize, field: Field) -> &[u8] {
        let place = match field {
            Field::LastName => self.last.by_row[row].map(|part| part.name.words),
            Field::FirstName => self.first.by_row[row].map(|part| part.name.words),
            Field::BirthDate => self.birth_date.by_row[row].map(|part| part.place),
            _ => self.postal_code.by_row[row].map(|part| part.place),
        };
        place.map_or(&[], |place| self.text.get(place))
    }

    /// Adds a value of a field that is part of a match key.
    ///
    /// # Errors
    ///
    /// [`Reason::TooManyValues`].
    pub fn push(
        &mut self,
        row: usize,
        field: Field,
        normal_form: &str,
        suspect: bool,
    ) -> Result<(), Reason> {
        match field {
            Field::LastName => self.push_last(row, normal_form, suspect),
            Field::FirstName => self.push_first(row, normal_form, suspect),
            Field::Name => match normal_form.split_once(", ") {
                Some((last, first)) => {
                    self.push_last(row, last, suspect).and(self.push_first(row, first, suspect))
                }
                None => self.push_last(row, normal_form, suspect),
            },
            Field::PostalCode => {
                let place = self.text.push(normal_form.as_bytes());
                self.postal_code.push(row, Part { place, suspect })
            }
            Field::BirthDate => {
                let place = self.text.push(normal_form.as_bytes());
                self.birth_date.push(row, Part { place, suspect })
            }
            // Other fields are identifiers on their own and do not get here.
            _ => Ok(()),
        }
    }

    /// Keeps the values of these rows, in this order, and removes all dates of birth.
    pub fn select(&mut self, rows: &[usize]) {
        self.last = self.last.select(rows);
        self.first = self.first.select(rows);
        self.postal_code = self.postal_code.select(rows);
        self.birth_date.clear();
        self.birth_date.begin(rows.len());
        self.without_day.clear();
    }

    /// Sets the date of birth of a row.
    pub fn set_birth_date(&mut self, row: usize, date: &[u8], suspect: bool) {
        let place = self.text.push(date);
        self.birth_date.by_row[row] = Some(Part { place, suspect });
    }

    /// Adds a date of birth without a day.
    pub fn push_without_day(&mut self, row: usize, date: &str, suspect: bool) {
        let place = self.text.push(date.as_bytes());
        self.without_day.push((row, Part { place, suspect }));
    }

    fn push_last(&mut self, row: usize, words: &str, suspect: bool) -> Result<(), Reason> {
        if self.last.has(row, |part| {
            self.text.get(part.name.words) == words.as_bytes() && part.suspect <= suspect
        }) {
            return Ok(());
        }
        let place = self.text.push(words.as_bytes());
        let name = self.last_name(place);
        self.last.push(row, NamePart { name, ascii: words.is_ascii(), suspect })
    }

    fn push_first(&mut self, row: usize, words: &str, suspect: bool) -> Result<(), Reason> {
        if self.first.has(row, |part| {
            self.text.get(part.name.words) == words.as_bytes() && part.suspect <= suspect
        }) {
            return Ok(());
        }
        let place = self.text.push(words.as_bytes());
        let name = self.first_name(place);
        self.first.push(row, NamePart { name, ascii: words.is_ascii(), suspect })
    }

    /// The last name made of these words: all of them joined.
    #[inline]
    fn last_name(&mut self, words: Place) -> Name {
        let is_word = !self.text.get(words).contains(&b' ');
        let letters = if is_word { words } else { self.join(words) };
        let sound = self.push_sound(letters);
        Name { words, letters, joined: letters, sound, joined_sound: sound }
    }

    /// The given name made of these words: the first one.
    #[inline]
    fn first_name(&mut self, words: Place) -> Name {
        let length = self.text.get(words).iter().position(|&byte| byte == b' ');
        let start = words.range().start;
        let letters = Place::new(start..start + length.unwrap_or(words.len()));
        let sound = self.push_sound(letters);
        if length.is_none() {
            return Name { words, letters, joined: letters, sound, joined_sound: sound };
        }
        let joined = self.join(words);
        Name { words, letters, joined, sound, joined_sound: self.push_sound(joined) }
    }

    fn join(&mut self, words: Place) -> Place {
        self.text.push_derived(words.len(), |text, joined| {
            let letters = text[words.range()].iter().filter(|&&byte| byte != b' ');
            letters.zip(joined).map(|(&letter, place)| *place = letter).count()
        })
    }

    #[inline]
    fn push_sound(&mut self, letters: Place) -> Place {
        let most = most_digits(letters.len());
        self.text.push_derived(most, |text, code| write_sound(&text[letters.range()], code))
    }

    /// Appends all values of a row to a text, part by part; `None` if the row has no values.
    pub fn push_all(&self, row: usize, text: &mut Text) -> Option<Place> {
        let letters = |part: NamePart| part.name.joined;
        let place = |part: Part| part.place;
        let mut all: [Vec<Place>; 4] = [
            self.distinct_spellings(self.last.present(row)).map(letters).collect(),
            self.distinct_spellings(self.first.present(row)).map(letters).collect(),
            self.birth_date.present(row).map(place).collect(),
            self.postal_code.present(row).map(place).collect(),
        ];
        for values in &mut all {
            values.dedup_by_key(|value| self.text.get(*value));
        }
        if all.iter().all(Vec::is_empty) {
            return None;
        }
        let start = text.len();
        for values in all {
            // No match key begins with this byte.
            text.push_byte(0x1F);
            for (number, value) in values.into_iter().enumerate() {
                if number > 0 {
                    text.push_byte(b';');
                }
                text.push_from(&self.text, value);
            }
        }
        Some(text.place_from(start))
    }

    /// The codes of a leaked record: one spelling of each value, without duplicates.
    pub fn record_codes(&self, row: usize) -> PersonCodes {
        let code = |part: NamePart| NameCodes::of(self.text.get(part.name.letters));
        let mut codes = PersonCodes {
            last: self.distinct_spellings(self.last.present(row)).map(code).collect(),
            first: self.distinct_spellings(self.first.present(row)).map(code).collect(),
            ..self.date_and_postal_codes(row)
        };
        codes.dates.dedup();
        codes.postal_codes.dedup();
        codes
    }

    /// The codes of these combinations, numbered in the order of
    /// [`for_each_person`](Self::for_each_person). A value counts once, even if
    /// several of them have it.
    pub fn person_codes(&self, row: usize, persons: Combinations) -> PersonCodes {
        let mut codes = PersonCodes::default();
        let (mut lasts, mut firsts) = (Vec::new(), Vec::new());
        let mut next = 0_u8;
        self.for_each_person(row, false, |person, _, _| {
            if persons.has(next) {
                // `hans peter` and `hanspeter` are one name.
                let names = [
                    (person.last, &mut lasts, &mut codes.last),
                    (person.first, &mut firsts, &mut codes.first),
                ];
                for (name, known, codes) in names {
                    let Some(name) = name else { continue };
                    let joined = self.text.get(name.joined);
                    if !known.contains(&joined) {
                        known.push(joined);
                        push_new(codes, Some(NameCodes::of(self.text.get(name.letters))));
                    }
                }
                let date = person.birth_date.and_then(|date| Date::of(self.text.get(date)));
                push_new(&mut codes.dates, date);
                let code = person.postal_code.and_then(|code| PostalCode::of(self.text.get(code)));
                push_new(&mut codes.postal_codes, code);
            }
            next = next.saturating_add(1);
        });
        codes
    }

    /// The first of these names, and every other one with different letters: `hans peter` and
    /// `hanspeter` are one name.
    fn distinct_spellings(
        &self,
        names: impl Iterator<Item = NamePart>,
    ) -> impl Iterator<Item = NamePart> {
        let mut first = None;
        names.filter(move |part| {
            let letters = self.text.get(part.name.joined);
            let is_first = first.is_none();
            *first.get_or_insert(letters) != letters || is_first
        })
    }

    /// Every code that a leaked record of this member may have.
    pub fn member_codes(&self, row: usize) -> PersonCodes {
        let codes = |part: NamePart| self.codes_of_spellings(part.name);
        let mut codes = PersonCodes {
            last: self.last.present(row).flat_map(codes).collect(),
            first: self.first.present(row).flat_map(codes).collect(),
            ..self.date_and_postal_codes(row)
        };
        codes.dates.retain(Date::is_known);
        codes
    }

    /// The codes of a name: of its letters, of all its parts joined, and of each part.
    fn codes_of_spellings(&self, name: Name) -> Vec<NameCodes> {
        let mut codes = vec![NameCodes::of(self.text.get(name.letters))];
        let words = self.text.get(name.words);
        if words.contains(&b' ') {
            codes.push(NameCodes::of(self.text.get(name.joined)));
            let parts = words.split(|&byte| byte == b' ').take(MAX_WORDS);
            codes.extend(parts.map(NameCodes::of));
        }
        codes
    }

    /// The date of birth of a row, if its valid values are all the same date and none is suspect.
    pub fn date_of_birth(&self, row: usize) -> Option<&[u8]> {
        let without_day = self.without_day.iter().filter(|(other, _)| *other == row);
        let mut given = self.birth_date.present(row).chain(without_day.map(|(_, part)| *part));
        let date = |part: Part| (!part.suspect).then(|| self.text.get(part.place));
        let first = date(given.next()?)?;
        given.all(|other| date(other) == Some(first)).then_some(first)
    }

    /// The codes of the dates of birth and postcodes of a row.
    fn date_and_postal_codes(&self, row: usize) -> PersonCodes {
        let dates =
            self.birth_date.present(row).filter_map(|part| Date::of(self.text.get(part.place)));
        let codes = self.postal_code.present(row);
        let codes = codes.filter_map(|part| PostalCode::of(self.text.get(part.place)));
        PersonCodes {
            dates: dates.collect(),
            postal_codes: codes.collect(),
            ..PersonCodes::default()
        }
    }

    /// Calls `each` with every combination of the values of each part in a row, whether a value in
    /// it is suspect, and whether all are ASCII.
    pub fn for_each_person(
        &self,
        row: usize,
        is_member: bool,
        each: impl FnMut(&Person<'_>, bool, bool),
    ) {
        self.for_each_born(row, || self.birth_date.of(row), is_member, each);
    }

    /// Calls `each` with every combination of the values of a member, with this date of birth in
    /// place of the row's own.
    pub fn for_each_person_born_on(
        &mut self,
        row: usize,
        date: &[u8],
        mut each: impl FnMut(&Person<'_>),
    ) {
        let length = self.text.len();
        let place = self.text.push(date);
        let date = || std::iter::once(Some(Part { place, suspect: false }));
        self.for_each_born(row, date, true, |person, _, _| each(person));
        self.text.truncate(length);
    }

    #[expect(clippy::inline_always, reason = "one of the two has no loop over dates")]
    #[inline(always)]
    fn for_each_born<D: Iterator<Item = Option<Part>>>(
        &self,
        row: usize,
        birth_dates: impl Fn() -> D,
        is_member: bool,
        mut each: impl FnMut(&Person<'_>, bool, bool),
    ) {
        for last in self.last.of(row) {
            for first in self.first.of(row) {
                for birth_date in birth_dates() {
                    for postal_code in self.postal_code.of(row) {
                        let person = Person {
                            text: &self.text,
                            last: last.map(|part| part.name),
                            first: first.map(|part| part.name),
                            birth_date: birth_date.map(|part| part.place),
                            postal_code: postal_code.map(|part| part.place),
                            is_member,
                        };
                        let names = [last, first];
                        let parts = [birth_date, postal_code];
                        let suspect = names.iter().flatten().any(|name| name.suspect)
                            || parts.iter().flatten().any(|part| part.suspect);
                        let ascii = names.iter().flatten().all(|name| name.ascii);
                        each(&person, suspect, ascii);
                    }
                }
            }
        }
    }
}

impl Zeroize for Parts {
    fn zeroize(&mut self) {
        self.text.zeroize();
    }
}

/// Adds a value that the list does not have yet.
fn push_new<T: PartialEq>(values: &mut Vec<T>, value: Option<T>) {
    values.extend(value.filter(|value| !values.contains(value)));
}
