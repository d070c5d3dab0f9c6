//! Features of normal forms. A profile counts the classes of each feature.

use std::ops::Range;

use crate::identifier::Field;

/// A property of a normal form. Each value counts in at most one class of a feature, but a whole
/// name in up to two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    /// The number of bytes.
    Length,
    /// The class of the first character. Each letter and each digit has a class of its own.
    First,
    /// The class of the last character.
    Last,
    /// A hash of the first four bytes.
    Head,
    /// A hash of the last four bytes.
    Tail,
    /// A hash of the whole value.
    Value,
    /// How many words, digits and signs there are.
    Shape,
    /// A hash of the first word, if there are several.
    Word,
    /// Whether the value is odd for its field: it has several words and one is a single letter, or
    /// it is a postcode in a zone that does not exist.
    Odd,
    /// The number of trailing zeros.
    TrailingZeros,
    /// A hash of the top-level domain of an address.
    TopLevelDomain,
    /// The day of a date.
    Day,
    /// The month of a date.
    Month,
    /// How a date is written, and whether its day is above 12.
    DateForm,
}

impl Feature {
    /// The first counter of each feature, and the end of the last feature's.
    const STARTS: [usize; 15] =
        [0, 48, 88, 128, 384, 640, 1152, 1216, 1472, 1474, 1490, 1554, 1586, 1599, 1611];

    /// The number of counters of all features.
    pub const END: usize = Self::STARTS[14];

    pub const fn range(self) -> Range<usize> {
        Self::STARTS[self as usize]..Self::STARTS[self as usize + 1]
    }
}

/// How a date is written, and whether its day is above 12, so that it cannot be a month. A form has
/// an even number, for days up to 12. The odd number after it counts the later days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateForm {
    /// `1958-12-01`
    YearFirst = 0,
    /// `01.12.1958`
    Dots = 2,
    /// `01/12/1958`
    Slashes = 4,
    /// `01-12-1958`
    Hyphens = 6,
    /// `1. Dezember 1958`, a serial number
    Other = 8,
    /// Any form: the date exists only in the other order of day and month.
    OtherOrder = 10,
}

impl DateForm {
    #[inline]
    fn of(raw: &[u8]) -> Self {
        let raw = raw.trim_ascii_start();
        let digits = raw.iter().take_while(|byte| byte.is_ascii_digit()).count();
        match (digits, raw.get(digits)) {
            (4, Some(b'-' | b'/' | b'.')) => Self::YearFirst,
            (1 | 2, Some(b'.')) => Self::Dots,
            (1 | 2, Some(b'/')) => Self::Slashes,
            (1 | 2, Some(b'-')) => Self::Hyphens,
            _ => Self::Other,
        }
    }
}

/// 2^64 divided by the golden ratio, an odd number. It spreads bits well enough for this.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

type FeatureCounts = [u32; Feature::END];

#[expect(clippy::inline_always, reason = "each field has a loop of its own")]
#[inline(always)]
fn add(all: &mut FeatureCounts, feature: Feature, class: usize) {
    let range = feature.range();
    let class = class.min(range.len() - 1);
    all[range.start + class] = all[range.start + class].wrapping_add(1);
}

/// Counts a normal form of this field.
#[expect(clippy::inline_always, reason = "each field has a loop of its own")]
#[inline(always)]
pub(super) fn count(field: Field, value: &[u8], all: &mut FeatureCounts) {
    match field {
        Field::Email | Field::EmailAlias => count_email(value, all),
        // Match keys use the first given name only, and the number of given names varies between
        // exports.
        Field::FirstName => {
            let first = value.split(|&byte| byte == b' ').next().unwrap_or_default();
            count_ends(first, all);
            count_name(first, all);
            return add(all, Feature::Value, hash_of(first, 9));
        }
        Field::LastName => {
            count_ends(value, all);
            count_name(value, all);
        }
        Field::Name => return count_both_names(value, all),
        Field::BirthDate => count_date(value, all),
        Field::Phone => count_phone(value, all),
        Field::PostalCode => {
            count_ends(value, all);
            add(all, Feature::Shape, Census::of(value).class());
            add(all, Feature::TrailingZeros, trailing_zeros(value));
            if has_no_zone(value) {
                add(all, Feature::Odd, 1);
            }
        }
        Field::Username => {
            count_ends(value, all);
            add(all, Feature::Shape, user_class(value));
        }
        _ => {
            count_ends(value, all);
            add(all, Feature::Shape, Census::of(value).class());
            add(all, Feature::TrailingZeros, trailing_zeros(value));
        }
    }
    add(all, Feature::Value, hash_of(value, 9));
}

/// Counts length, beginning and end.
#[inline]
fn count_ends(value: &[u8], all: &mut FeatureCounts) {
    let [first, .., last] = value else {
        if let [one] = value {
            count_ends(&[*one, *one], all);
        }
        return;
    };
    add(all, Feature::Length, value.len());
    add(all, Feature::First, character_class(*first));
    add(all, Feature::Last, character_class(*last));
    let head = value
        .first_chunk()
        .map_or_else(|| bytes_to_number(value), |head| u32::from_le_bytes(*head));
    let tail =
        value.last_chunk().map_or_else(|| bytes_to_number(value), |tail| u32::from_le_bytes(*tail));
    add(all, Feature::Head, spread(head.into(), 8));
    add(all, Feature::Tail, spread(tail.into(), 8));
}

/// Counts `m.muster@example.de`: its local part, and the end of its domain.
fn count_email(value: &[u8], all: &mut FeatureCounts) {
    let at = value.iter().rposition(|&byte| byte == b'@').unwrap_or(value.len());
    let (local, domain) = value.split_at(at);
    count_ends(local, all);
    add(all, Feature::Shape, user_class(local));
    let dot = domain.iter().rposition(|&byte| byte == b'.').unwrap_or(0);
    add(all, Feature::TopLevelDomain, hash_of(&domain[dot..], 6));
}

/// Counts `muster, max`. Each of the two names counts separately, so a class can count one value
/// twice.
fn count_both_names(value: &[u8], all: &mut FeatureCounts) {
    let mut names = value.splitn(2, |&byte| byte == b',').map(<[u8]>::trim_ascii);
    let (last, given) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    let first = given.split(|&byte| byte == b' ').next().unwrap_or_default();
    for name in [last, first].into_iter().filter(|name| !name.is_empty()) {
        count_ends(name, all);
        add(all, Feature::Value, hash_of(name, 9));
    }
    count_name(value, all);
}

/// The class of a local part or a username: how many digits it has, and which signs.
fn user_class(value: &[u8]) -> usize {
    let Census { digits, others, .. } = Census::of(value);
    let digits = match digits {
        0 => 0,
        1..=2 => 1,
        3..=4 => 2,
        _ => 3,
    };
    let has = |sign: u8| usize::from(value.contains(&sign));
    digits + 4 * has(b'.') + 8 * has(b'_') + 16 * has(b'-') + 32 * usize::from(others > 0)
}

fn count_name(value: &[u8], all: &mut FeatureCounts) {
    let census = Census::of(value);
    let words = census.separators.min(3) + 1;
    let others = usize::from(census.digits > 0) + 2 * usize::from(census.others > 0);
    add(all, Feature::Shape, 16 * (words - 1) + others);
    if words > 1 {
        let end = value.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(0);
        add(all, Feature::Word, hash_of(&value[..end], 8));
        let mut parts = value.split(|&byte| matches!(byte, b' ' | b','));
        if parts.any(|part| part.len() == 1) {
            add(all, Feature::Odd, 1);
        }
    }
}

/// Counts `1958-12-31`.
fn count_date(value: &[u8], all: &mut FeatureCounts) {
    let &[.., m1, m2, b'-', d1, d2] = value else { return };
    let number = |tens: u8, ones: u8| {
        10 * usize::from(tens.wrapping_sub(b'0')) + usize::from(ones.wrapping_sub(b'0'))
    };
    add(all, Feature::Day, number(d1, d2));
    add(all, Feature::Month, number(m1, m2));
}

/// Counts `+491711234567`. The three groups are German mobile numbers, other German numbers, and
/// foreign numbers.
fn count_phone(value: &[u8], all: &mut FeatureCounts) {
    count_ends(value, all);
    let class = match value {
        [b'+', b'4', b'9', b'1', b'5'..=b'7', ..] => 0,
        [b'+', b'4', b'9', ..] => 1,
        _ => 2,
    };
    add(all, Feature::Shape, 16 * class + value.len().min(15));
    add(all, Feature::TrailingZeros, trailing_zeros(value));
}

/// Counts how the date with this normal form is written.
#[inline]
pub(super) fn count_date_form(raw: &[u8], normal_form: &[u8], all: &mut FeatureCounts) {
    let has_late_day = matches!(normal_form, [.., tens, ones]
        if 10 * u32::from(tens.wrapping_sub(b'0')) + u32::from(ones.wrapping_sub(b'0')) > 12);
    add(all, Feature::DateForm, DateForm::of(raw) as usize + usize::from(has_late_day));
}

pub(super) fn count_other_order(all: &mut FeatureCounts) {
    add(all, Feature::DateForm, DateForm::OtherOrder as usize);
}

/// Whether this looks like a German postcode, but its first two digits are not in use.
fn has_no_zone(value: &[u8]) -> bool {
    matches!(value, [b'0', b'0' | b'5', _, _, _] | [b'4', b'3', _, _, _] | [b'6', b'2', _, _, _])
        && value.iter().all(u8::is_ascii_digit)
}

fn trailing_zeros(value: &[u8]) -> usize {
    value.iter().rev().take_while(|&&byte| byte == b'0').count()
}

const fn character_class(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => (byte - b'a') as usize,
        b'A'..=b'Z' => (byte - b'A') as usize,
        b'0'..=b'9' => 26 + (byte - b'0') as usize,
        0..=0x7F => 36,
        0x80.. => 37,
    }
}

/// How many characters of each class a value has.
struct Census {
    digits: usize,
    /// Dots, hyphens, underscores, spaces and commas.
    separators: usize,
    /// Neither letters nor digits nor separators.
    others: usize,
}

impl Census {
    #[inline]
    fn of(value: &[u8]) -> Self {
        let mut sum = 0;
        for &byte in value {
            sum += CLASSES[byte as usize];
        }
        Self { digits: sum & 0x1FFF, separators: sum >> 13 & 0x1FFF, others: sum >> 26 }
    }

    /// The class of a value of letters and digits.
    fn class(&self) -> usize {
        let digits = match self.digits {
            digits @ 0..=4 => digits,
            5..=9 => 5,
            10..=11 => 6,
            _ => 7,
        };
        digits + 8 * self.separators.min(3) + 32 * usize::from(self.others > 0)
    }
}

/// For each byte, a 1 in the bits that count its class. Letters are not counted.
const CLASSES: [usize; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "it is less than 256")]
        let character = byte as u8;
        classes[byte] = match character {
            b'a'..=b'z' | b'A'..=b'Z' => 0,
            b'0'..=b'9' => 1,
            b'.' | b'-' | b'_' | b' ' | b',' => 1 << 13,
            _ => 1 << 26,
        };
        byte += 1;
    }
    classes
};

fn bytes_to_number(value: &[u8]) -> u32 {
    value.iter().fold(0, |number, &byte| number << 8 | u32::from(byte))
}

/// The hash of a value, in `bits` bits. It has no key, because nothing here is secret.
#[inline]
fn hash_of(value: &[u8], bits: u32) -> usize {
    let (chunks, rest) = value.as_chunks::<8>();
    let mut hash = rest.iter().fold(0, |number: u64, &byte| number << 8 | u64::from(byte));
    for &chunk in chunks {
        hash = (hash.rotate_left(29) ^ u64::from_le_bytes(chunk)).wrapping_mul(FACTOR);
    }
    spread(hash ^ hash >> 32, bits)
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "so few bits are left")]
const fn spread(number: u64, bits: u32) -> usize {
    (number.wrapping_mul(FACTOR) >> (64 - bits)) as usize
}
