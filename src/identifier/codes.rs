//! Codes: the names, date of birth and postcode of a leaked record, in the 64 bits of a match key's
//! posting.
//!
//! A match key finds records that may be a member's. The codes then show how well the other values
//! agree. They are short hashes: they confirm a guess, and reveal little beyond it.

use super::{Kind, birth_date::is_placeholder, match_key::SEPARATOR};

/// Hashes of features of a name. Another spelling of the name can have some of the same features.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct NameCodes {
    /// The hashes of the first three letters, the last three letters, the first letter with the
    /// consonants, and the set of letters.
    features: [u64; FEATURES],
    /// A hash of all letters.
    letters: u64,
}

pub(crate) const FEATURES: usize = 4;

/// How many bits each feature has.
type Widths = [u32; FEATURES];

impl NameCodes {
    /// The codes of a name, from its letters.
    pub fn of(letters: &[u8]) -> Self {
        let text = String::from_utf8_lossy(letters);
        let characters: Vec<char> = text.chars().collect();
        let count = characters.len();
        let (start, end) = (&characters[..count.min(3)], &characters[count.saturating_sub(3)..]);
        let is_consonant = |letter: &&char| !"aeiouyh".contains(**letter);
        let mut skeleton: Vec<char> = characters.iter().take(1).copied().collect();
        skeleton.extend(characters.iter().skip(1).filter(is_consonant));
        skeleton.dedup();
        let mut letter_set = characters.clone();
        letter_set.sort_unstable();
        letter_set.dedup();
        let hash_of = |characters: &[char], salt| {
            hash(characters.iter().collect::<String>().as_bytes(), salt)
        };
        Self {
            features: [
                hash_of(start, 1),
                hash_of(end, 2),
                hash_of(&skeleton, 3),
                hash_of(&letter_set, 4),
            ],
            letters: hash(letters, 5),
        }
    }

    /// The index of the counter of a last name.
    pub fn counter(&self) -> u16 {
        u16::try_from(self.letters >> 48).unwrap_or(0)
    }

    /// The index of the counter of a first name. It depends on the decade of birth, because the
    /// popularity of first names changes.
    pub fn counter_in(&self, decade: Decade) -> u16 {
        let mixed = mixed(self.letters, decade.0.into());
        u16::try_from(mixed >> 48).unwrap_or(0)
    }

    /// The leading bits of each feature, the first feature highest. Never 0, which means that there
    /// is no name.
    fn packed(&self, widths: Widths) -> u64 {
        let packed = self.features.iter().zip(widths);
        packed.fold(0, |packed, (feature, width)| packed << width | feature >> (64 - width)).max(1)
    }
}

/// The values of a leaked record, as far as the match key and the codes contain them.
#[derive(Clone, Copy, Default)]
pub(crate) struct RecordCodes {
    last: PackedName,
    first: PackedName,
    pub date: Option<Date>,
    pub postal_code: Option<PostalCode>,
}

/// A name, in as many bits as the posting has room for.
#[derive(Clone, Copy, Default)]
struct PackedName {
    packed: u64,
    widths: Widths,
}

/// The features of [`NameCodes`] that two names have in common, as bits, the first one lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Common(u8);

impl Common {
    const ALL: u8 = (1 << FEATURES) - 1;

    /// Whether all features are in common.
    pub const fn is_all(self) -> bool {
        self.0 == Self::ALL
    }

    /// How many features are in common.
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// The features as a number.
    pub const fn number(self) -> usize {
        self.0 as usize
    }
}

impl PackedName {
    /// A name whose letters are all known.
    fn of(name: &NameCodes) -> Self {
        let widths = [16; FEATURES];
        Self { packed: name.packed(widths), widths }
    }

    fn common(self, name: &NameCodes) -> Option<Common> {
        if self.packed == 0 {
            return None;
        }
        let differing = self.packed ^ name.packed(self.widths);
        let mut place = sum(self.widths);
        let mut common = 0;
        for (feature, width) in self.widths.iter().enumerate() {
            place -= width;
            let is_equal = differing >> place & ((1 << width) - 1) == 0;
            common |= u8::from(is_equal) << feature;
        }
        Some(Common(common))
    }
}

/// A date of birth. A posting stores the year modulo 127. It is read as a year from 1900 to 2026.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    pub year: u32,
    pub month: u32,
    pub day: u32,
}

/// A decade of birth, or none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decade(u8);

impl Decade {
    pub const COUNT: usize = 32;

    pub fn of(date: Option<Date>) -> Self {
        let decade = date.map_or(0, |date| date.year.saturating_sub(1800) / 10 % 31 + 1);
        Self(u8::try_from(decade).unwrap_or(0))
    }

    pub fn number(self) -> usize {
        self.0.into()
    }
}

/// A German postcode, or a hash of another one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct PostalCode(u32);

/// The values of a record or a member that are compared.
#[derive(Clone, Default)]
pub(crate) struct PersonCodes {
    pub last: Vec<NameCodes>,
    pub first: Vec<NameCodes>,
    pub dates: Vec<Date>,
    pub postal_codes: Vec<PostalCode>,
}

const YEAR_BITS: u32 = 7;
const DATE_BITS: u32 = YEAR_BITS + 4 + 5;
const POSTAL_CODE_BITS: u32 = 17;

/// How the postings of a kind divide their bits. Values that are in the match key take no bits.
#[derive(Clone, Copy)]
struct Layout {
    date_bits: u32,
    has_postal_code: bool,
    last: Widths,
    first: Widths,
}

impl Layout {
    const fn of(kind: Kind) -> Self {
        let (date_bits, has_postal_code, last, first) = match kind {
            Kind::SoundPostcode => (DATE_BITS, false, [6; FEATURES], [6; FEATURES]),
            Kind::NameBirthday => (YEAR_BITS, true, [5; FEATURES], [5; FEATURES]),
            Kind::StartsBirth | Kind::EndsBirth | Kind::FirstBirthRegion => {
                (0, true, [6; FEATURES], [6, 6, 6, 5])
            }
            _ => (0, false, [8; FEATURES], [8; FEATURES]),
        };
        Self { date_bits, has_postal_code, last, first }
    }
}

fn sum(widths: Widths) -> u32 {
    widths.iter().sum()
}

impl PersonCodes {
    /// The decade of birth; none if there are several dates.
    pub fn decade(&self) -> Decade {
        Decade::of(self.only_date())
    }

    /// The date, if there is only one and it does not mean "unknown".
    fn only_date(&self) -> Option<Date> {
        single(&self.dates).filter(Date::is_known)
    }

    /// Whether there is at most one value of each field.
    pub const fn has_single_values(&self) -> bool {
        self.last.len() <= 1
            && self.first.len() <= 1
            && self.dates.len() <= 1
            && self.postal_codes.len() <= 1
    }

    /// The codes for a posting of this kind. A field with several values has the code 0, because no
    /// code fits all of them. A placeholder date also has the code 0.
    pub fn content(&self, kind: Kind) -> u64 {
        let layout = Layout::of(kind);
        let name = |names: &[NameCodes], widths| match names {
            [name] => name.packed(widths),
            _ => 0,
        };
        let mut content = name(&self.last, layout.last);
        content = content << sum(layout.first) | name(&self.first, layout.first);
        if layout.date_bits > 0 {
            let date = self.only_date().map_or(0, Date::packed);
            let date = date >> (DATE_BITS - layout.date_bits);
            content = content << layout.date_bits | u64::from(date);
        }
        if layout.has_postal_code {
            let code = single(&self.postal_codes).map_or(0, |code| code.0);
            content = content << POSTAL_CODE_BITS | u64::from(code);
        }
        content
    }
}

fn single<T: Copy>(values: &[T]) -> Option<T> {
    if let [value] = values { Some(*value) } else { None }
}

impl RecordCodes {
    /// The values of a record that a match key found, from the canonical bytes of the key and the
    /// content of the posting.
    pub fn of(kind: Kind, canonical: &[u8], mut content: u64) -> Self {
        let layout = Layout::of(kind);
        let mut parts = canonical.rsplit(|&byte| byte == SEPARATOR);
        let mut take = |bits: u32| {
            let taken = content & ((1 << bits) - 1);
            content >>= bits;
            taken
        };
        let packed_code = if layout.has_postal_code { take(POSTAL_CODE_BITS) } else { 0 };
        let mut postal_code = PostalCode::unpacked(packed_code);
        let packed_date = take(layout.date_bits);
        let date = match kind {
            Kind::SoundPostcode => {
                postal_code = parts.next().and_then(PostalCode::of);
                Date::unpacked(packed_date)
            }
            Kind::NameBirthday => parts.next().and_then(|day| Date::of_year(packed_date, day)),
            Kind::BirthPostcode => {
                postal_code = parts.next().and_then(PostalCode::of);
                parts.next().and_then(Date::of)
            }
            Kind::FirstBirthRegion => parts.nth(1).and_then(Date::of),
            _ => parts.next().and_then(Date::of),
        };
        // Match keys can contain a placeholder date, and so can the codes of older indexes.
        let date = date.filter(Date::is_known);
        let first = PackedName { packed: take(sum(layout.first)), widths: layout.first };
        let last = PackedName { packed: take(sum(layout.last)), widths: layout.last };
        if kind == Kind::NameBirthday
            && let (Some(high), Some(low)) = (parts.next(), parts.next())
        {
            // This key contains both whole names, in either order.
            let [high, low] = [high, low].map(NameCodes::of);
            let high_is_last =
                high.packed(layout.last) == last.packed || low.packed(layout.first) == first.packed;
            let (last, first) = if high_is_last { (high, low) } else { (low, high) };
            let [last, first] = [last, first].map(|name| PackedName::of(&name));
            return Self { last, first, date, postal_code };
        }
        Self { last, first, date, postal_code }
    }

    /// Whether the last name, first name or date of birth of the record differs from all values in
    /// `given`. The record was found by a match key of this kind. A value that is missing on one
    /// side contradicts nothing. A postcode never does, because people move.
    pub fn contradicts(&self, kind: Kind, given: &PersonCodes) -> bool {
        // This key contains both whole names, but does not show which one is the last name.
        let compares_names = kind != Kind::NameBirthday;
        let is_other = |packed_name: PackedName, given: &[NameCodes]| {
            let is_same = |name| packed_name.common(name).is_none_or(Common::is_all);
            !given.is_empty() && !given.iter().any(is_same)
        };
        let is_same_date = |date: Date, given: &Date| {
            date.year_near(given.year) == given.year
                && (date.month, date.day) == (given.month, given.day)
        };
        compares_names && (is_other(self.last, &given.last) || is_other(self.first, &given.first))
            || self.date.is_some_and(|record_date| {
                !given.dates.is_empty()
                    && !given.dates.iter().any(|date| is_same_date(record_date, date))
            })
    }

    /// The features that the record's last name shares with a name; `None` if the last name is not
    /// known.
    pub fn last_like(&self, name: &NameCodes) -> Option<Common> {
        self.last.common(name)
    }

    /// The features that the record's first name shares with a name; `None` if the first name is
    /// not known.
    pub fn first_like(&self, name: &NameCodes) -> Option<Common> {
        self.first.common(name)
    }
}

impl Date {
    pub const YEARS: u32 = 127;
    const FIRST_YEAR: u32 = 1900;

    /// Whether this can be a real date of birth. Databases and spreadsheets write their first day
    /// for an unknown date, so such dates must not be compared.
    pub const fn is_known(&self) -> bool {
        !is_placeholder(self.year, self.month, self.day)
    }

    /// The year nearest to `other` that a posting stores as it stores this date's year.
    pub const fn year_near(&self, other: u32) -> u32 {
        let ahead = (self.year % Self::YEARS + Self::YEARS - other % Self::YEARS) % Self::YEARS;
        if ahead <= Self::YEARS / 2 { other + ahead } else { other + ahead - Self::YEARS }
    }

    /// Reads a normal form; `None` if the day is unknown.
    pub fn of(normal_form: &[u8]) -> Option<Self> {
        let (year, day) = normal_form.split_at_checked(4)?;
        Self::of_day(number(year)?, day.strip_prefix(b"-")?)
    }

    /// The date in this year, with month and day as `02-05`.
    fn of_day(year: u32, day: &[u8]) -> Option<Self> {
        let (month, day) = (number(day.get(..2)?)?, number(day.get(3..)?)?);
        let is_whole = (1..=12).contains(&month) && (1..=31).contains(&day);
        is_whole.then_some(Self { year, month, day })
    }

    /// The date in a packed year; 0 is an unknown year.
    fn of_year(packed: u64, day: &[u8]) -> Option<Self> {
        Self::of_day(Self::unpacked_year(packed)?, day)
    }

    fn packed(self) -> u32 {
        let year = (self.year + Self::YEARS - Self::FIRST_YEAR % Self::YEARS) % Self::YEARS + 1;
        (year << 4 | self.month) << 5 | self.day
    }

    fn unpacked(packed: u64) -> Option<Self> {
        let year = Self::unpacked_year(packed >> 9)?;
        let rest = u32::try_from(packed & 0x1FF).ok()?;
        Some(Self { year, month: rest >> 5, day: rest & 0x1F })
    }

    fn unpacked_year(packed: u64) -> Option<u32> {
        let year = u32::try_from(packed).ok()?.checked_sub(1)?;
        Some(Self::FIRST_YEAR + year)
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    str::from_utf8(digits).ok()?.parse().ok()
}

impl PostalCode {
    /// From this number on, the numbers are hashes of postcodes of other countries.
    const OTHERS: u32 = 100_001;

    pub fn of(normal_form: &[u8]) -> Option<Self> {
        let text = str::from_utf8(normal_form).ok()?;
        let number = text.parse::<u32>().ok().filter(|_| text.len() == 5);
        let hash_count = u64::from((1 << POSTAL_CODE_BITS) - Self::OTHERS);
        let hashed =
            || Self::OTHERS + u32::try_from(hash(normal_form, 6) % hash_count).unwrap_or(0);
        Some(Self(number.map_or_else(hashed, |number| number + 1)))
    }

    fn unpacked(packed: u64) -> Option<Self> {
        u32::try_from(packed).ok().filter(|&packed| packed > 0).map(Self)
    }

    /// The digits of a German postcode.
    pub fn digits(self) -> Option<[u8; 5]> {
        let number = self.0.checked_sub(1).filter(|_| self.0 < Self::OTHERS)?;
        let digit = |place: u32| u8::try_from(number / 10_u32.pow(4 - place) % 10).unwrap_or(0);
        Some([0, 1, 2, 3, 4].map(digit))
    }
}

/// This hash needs no key, because an index seals the codes.
fn hash(bytes: &[u8], salt: u64) -> u64 {
    let (chunks, rest) = bytes.as_chunks::<8>();
    let rest = rest.iter().fold(bytes.len() as u64, |word, &byte| word << 8 | u64::from(byte));
    let words = chunks.iter().map(|chunk| u64::from_le_bytes(*chunk)).chain([rest, 0]);
    words.fold(salt, mixed)
}

const fn mixed(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(29) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests;
