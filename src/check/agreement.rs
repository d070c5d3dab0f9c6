//! How far a leaked record and a member agree, in weights after Fellegi and Sunter.
//!
//! A weight is a logarithm: how much more often two records of one person agree so than two of
//! strangers, in quarters of a bit. Weights of different fields add up.

use crate::identifier::{Common, Date, NameCodes, PersonCodes, PostalCode, RecordCodes};

/// How two names compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NameAgreement {
    /// One side does not say.
    Unknown,
    /// They have little in common.
    Differs,
    /// They begin, end or sound alike, or have the same letters.
    Similar,
    /// They are the same.
    Same,
}

/// How two dates of birth compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DateAgreement {
    /// One side does not say.
    Unknown,
    /// Two or all of year, month and day differ.
    Differs,
    /// Year, month or day differs.
    OnePartDiffers,
    /// Day and month are exchanged.
    Swapped,
    /// They are the same.
    Same,
}

/// How two postcodes compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PostalCodeAgreement {
    /// One side does not say.
    Unknown,
    /// They differ.
    Differs,
    /// They begin with the same three digits.
    SameRegion,
    /// One digit differs.
    OneDigitDiffers,
    /// Two neighbouring digits are exchanged.
    Transposed,
    /// They are the same.
    Same,
}

/// How far a leaked record and a member agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Agreement {
    /// The last names.
    pub last_name: NameAgreement,
    /// The first names.
    pub first_name: NameAgreement,
    /// Whether the record's last name is compared with the member's first name, and the other way
    /// round.
    pub names_swapped: bool,
    /// The dates of birth.
    pub birth_date: DateAgreement,
    /// The postcodes.
    pub postal_code: PostalCodeAgreement,
    /// The sum of the weights, in quarters of a bit.
    pub weight: i32,
    /// The sum of the weights that speak for the member.
    #[serde(skip)]
    pub(super) supporting: i32,
}

/// A level and its weight.
type Weighed<T> = (T, i32);

const NAMES_SWAPPED: i32 = -8;

impl Agreement {
    /// Compares a record with the values of a member. Of several values, the best one of each field
    /// counts.
    pub(super) fn of(record: &RecordCodes, member: &PersonCodes) -> Self {
        let straight = names(
            &member.last,
            &member.first,
            |name| record.last_like(name),
            |name| record.first_like(name),
        );
        let swapped = names(
            &member.last,
            &member.first,
            |name| record.first_like(name),
            |name| record.last_like(name),
        );
        let names_swapped = total(swapped) + NAMES_SWAPPED > total(straight);
        let (last, first) = if names_swapped { swapped } else { straight };
        let swap_weight = if names_swapped { NAMES_SWAPPED } else { 0 };
        let dates = member.dates.iter().filter_map(|date| Some(dates(record.date?, *date)));
        let date = dates.max_by_key(|own| own.1).unwrap_or((DateAgreement::Unknown, 0));
        let codes = member.postal_codes.iter();
        let codes = codes.filter_map(|code| Some(postal_codes(record.postal_code?, *code)));
        let code = codes.max_by_key(|own| own.1).unwrap_or((PostalCodeAgreement::Unknown, 0));
        let weights = [last.1, first.1, swap_weight, date.1, code.1];
        Self {
            last_name: last.0,
            first_name: first.0,
            names_swapped,
            birth_date: date.0,
            postal_code: code.0,
            weight: weights.iter().sum(),
            supporting: weights.iter().filter(|&&weight| weight > 0).sum(),
        }
    }
}

fn total((last, first): (Weighed<NameAgreement>, Weighed<NameAgreement>)) -> i32 {
    last.1 + first.1
}

/// The best agreement of the member's last names and of its first names.
fn names(
    last: &[NameCodes],
    first: &[NameCodes],
    last_common: impl Fn(&NameCodes) -> Option<Common>,
    first_common: impl Fn(&NameCodes) -> Option<Common>,
) -> (Weighed<NameAgreement>, Weighed<NameAgreement>) {
    let last = last.iter().filter_map(last_common).map(|common| name(common, &LAST));
    let first = first.iter().filter_map(first_common).map(|common| name(common, &FIRST));
    let unknown = (NameAgreement::Unknown, 0);
    let best = |own: &Weighed<NameAgreement>| own.1;
    (last.max_by_key(best).unwrap_or(unknown), first.max_by_key(best).unwrap_or(unknown))
}

/// The weights of a name.
struct NameWeights {
    same: i32,
    differs: i32,
    start: i32,
    end: i32,
    skeleton: i32,
    sound: i32,
    letters: i32,
    /// Names that are similar weigh at most this.
    similar: i32,
}

const LAST: NameWeights = NameWeights {
    same: 42,
    differs: -14,
    start: 16,
    end: 16,
    skeleton: 10,
    sound: 10,
    letters: 14,
    similar: 36,
};

const FIRST: NameWeights = NameWeights {
    same: 25,
    differs: -14,
    start: 16,
    end: 16,
    skeleton: 8,
    sound: 6,
    letters: 12,
    similar: 26,
};

fn name(common: Common, weights: &NameWeights) -> Weighed<NameAgreement> {
    if common.exact {
        return (NameAgreement::Same, weights.same);
    }
    let features = [
        (common.start, weights.start),
        (common.end, weights.end),
        (common.skeleton, weights.skeleton),
        (common.sound, weights.sound),
        (common.letters, weights.letters),
    ];
    let sum: i32 = features.iter().filter(|(has, _)| *has).map(|(_, weight)| weight).sum();
    let weight = (weights.differs + sum).min(weights.similar).min(weights.same);
    let level = if weight > 0 { NameAgreement::Similar } else { NameAgreement::Differs };
    (level, weight)
}

fn dates(one: Date, other: Date) -> Weighed<DateAgreement> {
    let parts = [(one.year, other.year), (one.month, other.month), (one.day, other.day)];
    let differing: Vec<(u32, u32)> =
        parts.into_iter().filter(|(one, other)| one != other).collect();
    match differing[..] {
        [] => (DateAgreement::Same, 57),
        [(one, other)] => {
            let weight = if is_near(one, other) { 18 } else { 0 };
            (DateAgreement::OnePartDiffers, weight)
        }
        _ if one.year == other.year && one.month == other.day && one.day == other.month => {
            (DateAgreement::Swapped, 40)
        }
        [_, _] => (DateAgreement::Differs, -16),
        _ => (DateAgreement::Differs, -24),
    }
}

/// Whether one digit differs, or two are exchanged.
fn is_near(one: u32, other: u32) -> bool {
    let digits = |number: u32| [number / 100, number / 10 % 10, number % 10];
    let (one, other) = (digits(one), digits(other));
    let differing = one.iter().zip(other).filter(|(one, other)| *one != other).count();
    differing == 1 || (one[1], one[2]) == (other[2], other[1]) && one[0] == other[0]
}

fn postal_codes(one: PostalCode, other: PostalCode) -> Weighed<PostalCodeAgreement> {
    use PostalCodeAgreement::{Differs, OneDigitDiffers, Same, SameRegion, Transposed};
    if one == other {
        return (Same, 44);
    }
    let (Some(one), Some(other)) = (one.digits(), other.digits()) else { return (Differs, -16) };
    let is_transposed = (0..4).any(|place| {
        let mut moved = one;
        moved.swap(place, place + 1);
        moved == other
    });
    let same = one.iter().zip(other).filter(|(one, other)| *one == other).count();
    match one.iter().zip(other).take_while(|(one, other)| *one == other).count() {
        _ if is_transposed => (Transposed, 32),
        _ if same == 4 => (OneDigitDiffers, 24),
        3.. => (SameRegion, 20),
        2 => (Differs, -4),
        1 => (Differs, -12),
        _ => (Differs, -16),
    }
}
