//! Codes: what a posting of a match key says of the names, the date of birth and the postcode of its
//! record, in 64 bits.
//!
//! A match key finds records that may be a member's. The codes then tell how far the rest agrees. They
//! are short hashes, so that they confirm a guess and tell little beyond it.

use super::{Kind, match_key::SEPARATOR};

/// Short hashes of what a name can have in common with another spelling of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct NameCodes {
    /// Of the name, its first and last three letters, its first letter with the consonants, its sound,
    /// and its letters in alphabetical order.
    features: [u64; FEATURES],
}

const FEATURES: usize = 6;

/// How many bits each feature has.
type Widths = [u32; FEATURES];

impl NameCodes {
    /// The codes of a name, given by its letters and their sound.
    pub fn of(letters: &[u8], sound: &[u8]) -> Self {
        let text = String::from_utf8_lossy(letters);
        let characters: Vec<char> = text.chars().collect();
        let count = characters.len();
        let (start, end) = (&characters[..count.min(3)], &characters[count.saturating_sub(3)..]);
        let mut skeleton: Vec<char> = characters.iter().take(1).copied().collect();
        let consonants = characters.iter().skip(1).filter(|letter| !"aeiouyh".contains(**letter));
        skeleton.extend(consonants);
        skeleton.dedup();
        let mut sorted = characters.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let hash_of =
            |letters: &[char], salt| hash(letters.iter().collect::<String>().as_bytes(), salt);
        let sound = if sound.is_empty() { letters } else { sound };
        Self {
            features: [
                hash(letters, 0),
                hash_of(start, 1),
                hash_of(end, 2),
                hash_of(&skeleton, 3),
                hash(sound, 4),
                hash_of(&sorted, 5),
            ],
        }
    }

    /// The leading bits of each feature, the first one highest. Never 0, which stands for no name.
    fn packed(&self, widths: Widths) -> u64 {
        let packed = self.features.iter().zip(widths).fold(0, |packed, (feature, width)| {
            packed << width | feature.checked_shr(64 - width).unwrap_or(0)
        });
        packed.max(1)
    }
}

/// What is known of the person of a leaked record.
#[derive(Clone, Copy, Default)]
pub(crate) struct RecordCodes {
    last: PackedName,
    first: PackedName,
    pub date: Option<Date>,
    pub postal_code: Option<PostalCode>,
}

/// A name in as many bits as the posting had room for.
#[derive(Clone, Copy, Default)]
struct PackedName {
    packed: u64,
    widths: Widths,
}

/// The features that two names have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Common {
    pub exact: bool,
    pub start: bool,
    pub end: bool,
    pub skeleton: bool,
    pub sound: bool,
    pub letters: bool,
}

impl PackedName {
    fn common(self, name: &NameCodes) -> Option<Common> {
        if self.packed == 0 {
            return None;
        }
        let differing = self.packed ^ name.packed(self.widths);
        let mut place = sum(self.widths);
        let mut is_equal = self.widths.map(|width| {
            place -= width;
            width > 0 && differing >> place & ((1 << width) - 1) == 0
        });
        // A name whose letters are the same has all in common, whatever was cut.
        if is_equal[0] {
            is_equal = [true; FEATURES];
        }
        let [exact, start, end, skeleton, sound, letters] = is_equal;
        Some(Common { exact, start, end, skeleton, sound, letters })
    }
}

/// A date of birth. Of a posting, the year is known but for multiples of [`YEARS`](Self::YEARS).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    pub year: u32,
    pub month: u32,
    pub day: u32,
}

/// A postcode: a German one, or a hash of another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct PostalCode(u32);

/// What a record or a member gives to be compared; a record gives one value of each.
#[derive(Clone, Default)]
pub(crate) struct PersonCodes {
    pub last: Vec<NameCodes>,
    pub first: Vec<NameCodes>,
    pub dates: Vec<Date>,
    pub postal_codes: Vec<PostalCode>,
}

const DATE_BITS: u32 = 16;
const POSTAL_CODE_BITS: u32 = 17;

/// How a posting of a kind divides its bits. What the match key itself says needs none.
#[derive(Clone, Copy)]
struct Layout {
    has_date: bool,
    has_postal_code: bool,
    last: Widths,
    first: Widths,
}

impl Layout {
    fn of(kind: Kind) -> Self {
        let (has_date, has_postal_code) = (!kind.has_date(), !kind.has_postal_code());
        let (last, first) = match (has_date, has_postal_code) {
            (false, false) => ([12, 4, 4, 4, 4, 4], [12, 4, 4, 4, 4, 4]),
            (false, true) => ([8, 4, 4, 3, 2, 3], [8, 4, 4, 3, 2, 2]),
            (true, false) => ([8, 4, 4, 3, 2, 3], [8, 4, 4, 3, 2, 3]),
            (true, true) => ([8, 4, 0, 4, 0, 0], [8, 4, 0, 3, 0, 0]),
        };
        Self { has_date, has_postal_code, last, first }
    }
}

const fn sum(widths: Widths) -> u32 {
    let [a, b, c, d, e, f] = widths;
    a + b + c + d + e + f
}

impl PersonCodes {
    /// The codes for a posting of this kind. Of a field with several values nothing is known: what one
    /// of them says may be wrong for another.
    pub fn content(&self, kind: Kind) -> u64 {
        let layout = Layout::of(kind);
        let name = |names: &[NameCodes], widths| match names {
            [name] => name.packed(widths),
            _ => 0,
        };
        let mut content = name(&self.last, layout.last);
        content = content << sum(layout.first) | name(&self.first, layout.first);
        if layout.has_date {
            let date = only(&self.dates).map_or(0, Date::packed);
            content = content << DATE_BITS | u64::from(date);
        }
        if layout.has_postal_code {
            let code = only(&self.postal_codes).map_or(0, |code| code.0);
            content = content << POSTAL_CODE_BITS | u64::from(code);
        }
        content
    }
}

fn only<T: Copy>(values: &[T]) -> Option<T> {
    if let [value] = values { Some(*value) } else { None }
}

impl RecordCodes {
    /// What is known of a record that a match key hit, given by its canonical bytes: what the key says,
    /// and what the content of the posting adds.
    pub fn of(kind: Kind, canonical: &[u8], mut content: u64) -> Self {
        let layout = Layout::of(kind);
        let mut parts = canonical.rsplit(|&byte| byte == SEPARATOR);
        let mut take = |bits: u32| {
            let taken = content & ((1 << bits) - 1);
            content >>= bits;
            taken
        };
        let postal_code = if layout.has_postal_code {
            PostalCode::unpacked(take(POSTAL_CODE_BITS))
        } else {
            parts.next().and_then(PostalCode::of)
        };
        let date = if layout.has_date {
            Date::unpacked(take(DATE_BITS))
        } else {
            parts.next().and_then(Date::of)
        };
        let first = PackedName { packed: take(sum(layout.first)), widths: layout.first };
        let last = PackedName { packed: take(sum(layout.last)), widths: layout.last };
        Self { last, first, date, postal_code }
    }

    /// What the record's last name has in common with a name; `None` if it is not known.
    pub fn last_like(&self, name: &NameCodes) -> Option<Common> {
        self.last.common(name)
    }

    /// What the record's first name has in common with a name; `None` if it is not known.
    pub fn first_like(&self, name: &NameCodes) -> Option<Common> {
        self.first.common(name)
    }

    /// How many bits tell the names apart.
    pub fn name_bits(&self) -> u32 {
        sum(self.last.widths)
    }
}

impl Date {
    const YEARS: u32 = 127;

    /// Reads a normal form; none if the day is unknown.
    pub fn of(normal_form: &[u8]) -> Option<Self> {
        let text = str::from_utf8(normal_form).ok()?;
        let mut parts = text.split('-').map(|part| part.parse::<u32>().ok());
        let [year, month, day] = [parts.next()??, parts.next()??, parts.next()??];
        let is_whole = (1..=12).contains(&month) && (1..=31).contains(&day);
        is_whole.then_some(Self { year: year % Self::YEARS, month, day })
    }

    fn packed(self) -> u32 {
        (self.year << 4 | self.month) << 5 | self.day
    }

    fn unpacked(packed: u64) -> Option<Self> {
        let packed = u32::try_from(packed).ok()?;
        let (year, month, day) = (packed >> 9, packed >> 5 & 0xF, packed & 0x1F);
        (month > 0).then_some(Self { year, month, day })
    }
}

impl PostalCode {
    /// Numbers from here on are hashes of postcodes of other countries.
    const OTHERS: u32 = 100_001;

    pub fn of(normal_form: &[u8]) -> Option<Self> {
        let text = str::from_utf8(normal_form).ok()?;
        let number = text.parse::<u32>().ok().filter(|_| text.len() == 5);
        let others = u64::from((1 << POSTAL_CODE_BITS) - Self::OTHERS);
        let other = || Self::OTHERS + u32::try_from(hash(normal_form, 6) % others).unwrap_or(0);
        Some(Self(number.map_or_else(other, |number| number + 1)))
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

/// A hash without a key: an index seals the codes.
fn hash(bytes: &[u8], salt: u64) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let mixed = |hash: u64, word: u64| (hash.rotate_left(29) ^ word).wrapping_mul(FACTOR);
    let (chunks, rest) = bytes.as_chunks::<8>();
    let rest = rest.iter().fold(bytes.len() as u64, |word, &byte| word << 8 | u64::from(byte));
    let words = chunks.iter().map(|chunk| u64::from_le_bytes(*chunk)).chain([rest, 0]);
    words.fold(salt, mixed)
}
