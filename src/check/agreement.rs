//! How far a leaked record and a member agree, in Fellegi-Sunter weights.
//!
//! A weight is the logarithm of a likelihood ratio, in eighths of a bit: how often two records of one person agree in
//! this way, compared with two records of strangers. Weights of different fields add up.

use crate::{
    identifier::{Common, Date, Decade, NameCodes, PersonCodes, PostalCode, RecordCodes},
    profile::{NameCounts, Rarity},
};

/// How two names compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NameAgreement {
    /// One side has no name.
    Unknown,
    /// They have nothing in common.
    ///
    /// First names that share one feature also count as different if the last names agree and the record and the
    /// member share no match key with the first name: the feature can be equal by chance.
    Differs,
    /// They share one of these: beginning, end, consonants, set of letters.
    Remote,
    /// They share two or three of these.
    Similar,
    /// They are the same.
    Same,
}

/// How two dates of birth compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DateAgreement {
    /// One side has no date, or a placeholder for an unknown one, such as 1900-01-01.
    Unknown,
    /// Two or all of year, month and day differ.
    Differs,
    /// Only the year, only the month or only the day differs.
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
    /// One side has no postcode.
    Unknown,
    /// They differ.
    Differs,
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
    /// Whether the record's last name was compared with the member's first name, and vice versa.
    pub names_swapped: bool,
    /// The dates of birth.
    pub birth_date: DateAgreement,
    /// The postcodes.
    pub postal_code: PostalCodeAgreement,
    /// The sum of the weights, in eighths of a bit.
    pub weight: i32,
    /// The sum of the positive weights.
    #[serde(skip)]
    pub(super) supporting: i32,
    #[serde(skip)]
    pub(super) is_without_difference: bool,
}

/// A level and its weight.
type WeightedLevel<T> = (T, i32);

/// The weights that depend on the leak, in eighths of a bit: those of equal names and of missing values.
pub(super) struct Weights<'a> {
    names: &'a NameCounts,
    missing_date: i32,
    missing_postal_code: i32,
}

impl<'a> Weights<'a> {
    pub fn of(names: &'a NameCounts) -> Self {
        let date = names.rarity_of_missing_dates();
        let postal_code = names.rarity_of_missing_postal_codes();
        Self {
            names,
            missing_date: weight_of_missing(date, -12, -48),
            missing_postal_code: weight_of_missing(postal_code, -8, -30),
        }
    }

    fn last(&self, common: Common, name: &NameCodes) -> i32 {
        const SAME: SameName = SameName {
            first: 8,
            by_bits: &[31, 48, 57, 67, 75, 83, 91, 99],
            rare: 86,
            unknown: 62,
        };
        /// The weights of similar names, by [`Common::number`].
        const SIMILAR: [i32; 15] = [-19, 7, 5, 27, 18, 32, 28, 46, 20, 28, 34, 53, 48, 53, 57];
        let same = || SAME.weight(self.names.last_name(name));
        SIMILAR.get(common.number()).copied().unwrap_or_else(same)
    }

    fn first(&self, common: Common, name: &NameCodes, decade: Decade) -> i32 {
        const SAME: SameName =
            SameName { first: 6, by_bits: &[35, 40, 48, 53, 61, 69, 72], rare: 69, unknown: 45 };
        const SIMILAR: [i32; 15] = [-20, 11, 12, 39, 16, 20, 38, 43, 31, 43, 49, 40, 39, 33, 51];
        let same = || SAME.weight(self.names.first_name(name, decade));
        SIMILAR.get(common.number()).copied().unwrap_or_else(same)
    }
}

/// The weights of names that are the same.
struct SameName {
    /// The first weight is for up to this many bits of rarity, each further weight for one bit
    /// more.
    first: u32,
    by_bits: &'static [i32],
    /// The minimum weight of a name without a stored count.
    rare: i32,
    /// The weight in a leak that is too small for counts.
    unknown: i32,
}

impl SameName {
    fn weight(&self, rarity: Rarity) -> i32 {
        let weight = |bits: u32| {
            let place = bits.saturating_sub(self.first) as usize;
            self.by_bits[place.min(self.by_bits.len() - 1)]
        };
        match rarity {
            Rarity::Bits(bits) => weight(bits),
            Rarity::Rare(bits) => weight(bits).max(self.rare),
            Rarity::Unknown => self.unknown,
        }
    }
}

/// The weight of a value that a record lacks. `halvings` is the negative binary logarithm of the share of records
/// that lack it. The more records lack the value, the more strangers match although their values differ. `if_all` is
/// the weight if all records lack the value, and `if_few` if one in 16 does. The weight is linear in the halvings
/// between these two, and from one in 16 down to 0 at one in 64.
#[expect(clippy::cast_possible_truncation, reason = "a weight is small")]
fn weight_of_missing(halvings: Option<f64>, if_few: i32, if_all: i32) -> i32 {
    let Some(halvings) = halvings else { return 0 };
    let (few, all) = (f64::from(if_few), f64::from(if_all));
    let weight = if halvings < 4.0 {
        all + (few - all) * halvings / 4.0
    } else {
        few * ((6.0 - halvings) / 2.0).max(0.0)
    };
    weight.round() as i32
}

/// The weight of exchanged last and first names.
const NAMES_SWAPPED: i32 = -2;

impl Agreement {
    /// Compares a record with the values of a member. If a field has several values, the best one
    /// counts.
    pub(super) fn of(record: &RecordCodes, member: &PersonCodes, weights: &Weights<'_>) -> Self {
        let decade = member.decade();
        let straight = [
            best(&member.last, |name| {
                record.last_like(name).map(|common| (common, weights.last(common, name)))
            }),
            best(&member.first, |name| {
                record.first_like(name).map(|common| (common, weights.first(common, name, decade)))
            }),
        ];
        let swapped = [
            best(&member.last, |name| {
                record.first_like(name).map(|common| (common, weights.last(common, name)))
            }),
            best(&member.first, |name| {
                record.last_like(name).map(|common| (common, weights.first(common, name, decade)))
            }),
        ];
        let total = |[last, first]: [Name; 2]| last.weight + first.weight;
        let names_swapped = total(swapped) + NAMES_SWAPPED > total(straight);
        let [last, first] = if names_swapped { swapped } else { straight };
        let swap_weight = if names_swapped { NAMES_SWAPPED } else { 0 };
        let date = match record.date {
            _ if member.dates.is_empty() => {
                (DateAgreement::Unknown, weight_of_missing(Some(0.0), -12, -48))
            }
            None => (DateAgreement::Unknown, weights.missing_date),
            Some(record_date) => {
                let all = member.dates.iter().map(|date| dates(*date, record_date));
                all.max_by_key(|level| level.1).unwrap_or((DateAgreement::Unknown, 0))
            }
        };
        let postal_code = match record.postal_code {
            _ if member.postal_codes.is_empty() => {
                (PostalCodeAgreement::Unknown, weight_of_missing(Some(0.0), -8, -30))
            }
            None => (PostalCodeAgreement::Unknown, weights.missing_postal_code),
            Some(record_code) => {
                let all = member
                    .postal_codes
                    .iter()
                    .map(|postal_code| postal_codes(*postal_code, record_code));
                all.max_by_key(|level| level.1).unwrap_or((PostalCodeAgreement::Unknown, 0))
            }
        };
        let parts = [last.weight, first.weight, swap_weight, date.1, postal_code.1];
        let has_same_postal_code =
            matches!(postal_code.0, PostalCodeAgreement::Same | PostalCodeAgreement::Unknown);
        let is_without_difference =
            has_same_names(record, member) && date.0 == DateAgreement::Same && has_same_postal_code;
        Self {
            is_without_difference,
            last_name: last.agreement(),
            first_name: first.agreement(),
            names_swapped,
            birth_date: date.0,
            postal_code: postal_code.0,
            weight: parts.iter().sum(),
            supporting: parts.iter().filter(|&&weight| weight > 0).sum(),
        }
    }

    /// Of two agreements with the same record, the one that weighs more. It is without difference if one of them is,
    /// because a similar name can weigh more than an equal one.
    pub(super) fn best_of(self, other: Self) -> Self {
        let is_without_difference = self.is_without_difference || other.is_without_difference;
        let best = std::cmp::max_by_key(self, other, |item| (item.weight, item.supporting));
        Self { is_without_difference, ..best }
    }

    /// Counts first names with only one feature in common as different, if the last names agree. The codes of
    /// features are short: twins share a feature more often by chance than because their names are similar.
    ///
    /// If the last names differ, the feature remains evidence that the record may be the member's.
    pub(super) fn without_remote_first_name(mut self) -> Self {
        if self.first_name == NameAgreement::Remote && self.last_name >= NameAgreement::Similar {
            self.first_name = NameAgreement::Differs;
        }
        self
    }

    /// Whether at least one name agrees. A neighbour can have the same date and postcode.
    pub(super) fn has_a_name(&self) -> bool {
        [self.last_name, self.first_name].iter().any(|name| *name >= NameAgreement::Similar)
    }

    /// Whether the last names or the first names share a feature, or are missing on one side.
    pub(super) fn may_have_a_name(&self) -> bool {
        [self.last_name, self.first_name].iter().any(|name| *name != NameAgreement::Differs)
    }

    /// Whether names and date of birth are the same, and the postcode does not differ. For each of them, one equal
    /// value of the member is enough, even if another value weighs more.
    ///
    /// If the postcode is missing, common names do not weigh enough for a candidate. But no detail contradicts the
    /// match, so a person has to review it.
    #[must_use]
    pub const fn is_without_difference(&self) -> bool {
        self.is_without_difference
    }

    /// Whether the record looks like a relative's: the last name and the place agree, the first name differs.
    #[must_use]
    pub fn is_like_a_relative(&self) -> bool {
        self.first_name == NameAgreement::Differs && self.is_of_a_family()
    }

    /// Whether the record may be a relative's: it looks like a relative's, or the first names share only one feature.
    /// Most of these first names are typing errors or short names, so the match can be *probable*.
    #[must_use]
    pub fn may_be_relative(&self) -> bool {
        let has_other_first_name =
            matches!(self.first_name, NameAgreement::Differs | NameAgreement::Remote);
        has_other_first_name && self.is_of_a_family()
    }

    /// Whether the last name and the place agree, and the first name differs or is missing. Nothing distinguishes the
    /// member from a relative.
    pub(super) fn is_of_any_relative(&self) -> bool {
        self.is_of_a_family() && self.first_name < NameAgreement::Remote
    }

    /// Whether the last name and the place agree.
    fn is_of_a_family(&self) -> bool {
        let near_levels = [
            PostalCodeAgreement::Same,
            PostalCodeAgreement::Transposed,
            PostalCodeAgreement::OneDigitDiffers,
        ];
        self.last_name >= NameAgreement::Similar && near_levels.contains(&self.postal_code)
    }
}

/// Whether a last and a first name of the member equal those of the record, in this order or exchanged.
fn has_same_names(record: &RecordCodes, member: &PersonCodes) -> bool {
    let is_same = |common: Option<Common>| common.is_some_and(Common::is_all);
    let last = |names: &[NameCodes]| names.iter().any(|name| is_same(record.last_like(name)));
    let first = |names: &[NameCodes]| names.iter().any(|name| is_same(record.first_like(name)));
    last(&member.last) && first(&member.first) || first(&member.last) && last(&member.first)
}

/// How two names compare.
#[derive(Clone, Copy)]
struct Name {
    /// Their common features; `None` if one side has no name.
    common: Option<Common>,
    weight: i32,
}

impl Name {
    fn agreement(self) -> NameAgreement {
        match self.common {
            None => NameAgreement::Unknown,
            Some(common) if common.is_all() => NameAgreement::Same,
            Some(common) if common.count() >= 2 => NameAgreement::Similar,
            Some(common) if common.count() == 1 => NameAgreement::Remote,
            Some(_) => NameAgreement::Differs,
        }
    }
}

/// The best of the member's names.
fn best(names: &[NameCodes], weigh: impl Fn(&NameCodes) -> Option<(Common, i32)>) -> Name {
    let weighed = names.iter().filter_map(weigh);
    let best = weighed.max_by_key(|&(common, weight)| (weight, common.count()));
    best.map_or(Name { common: None, weight: 0 }, |(common, weight)| Name {
        common: Some(common),
        weight,
    })
}

fn dates(one: Date, record_date: Date) -> WeightedLevel<DateAgreement> {
    let other = Date { year: record_date.year_near(one.year), ..record_date };
    let same = (one.year == other.year, one.month == other.month, one.day == other.day);
    match same {
        (true, true, true) => (DateAgreement::Same, 61),
        (true, false, false) if one.month == other.day && one.day == other.month => {
            (DateAgreement::Swapped, 29)
        }
        (false, true, true) if is_near(one.year, other.year) => (DateAgreement::OnePartDiffers, 10),
        (true, false, true) if is_near(one.month, other.month) => {
            (DateAgreement::OnePartDiffers, 10)
        }
        (true, true, false) if is_near(one.day, other.day) => (DateAgreement::OnePartDiffers, 10),
        (false, true, true) => (DateAgreement::OnePartDiffers, -40),
        (true, false, true) => (DateAgreement::OnePartDiffers, -29),
        (true, true, false) => (DateAgreement::OnePartDiffers, -36),
        (true, false, false) => (DateAgreement::Differs, -57),
        (false, true, false) => (DateAgreement::Differs, -77),
        (false, false, true) => (DateAgreement::Differs, -65),
        (false, false, false) => (DateAgreement::Differs, -102),
    }
}

/// Whether one digit differs, or two digits are exchanged. Compared years are less than 64 years apart. So if their
/// centuries differ, more differs than that.
fn is_near(one: u32, other: u32) -> bool {
    let digits = |number: u32| [number / 100, number / 10 % 10, number % 10];
    let (mut one, mut other) = (digits(one), digits(other));
    let differing = one.iter().zip(other).filter(|(one, other)| *one != other).count();
    one.sort_unstable();
    other.sort_unstable();
    differing == 1 || differing == 2 && one == other
}

fn postal_codes(one: PostalCode, other: PostalCode) -> WeightedLevel<PostalCodeAgreement> {
    use PostalCodeAgreement::{Differs, OneDigitDiffers, Same, Transposed};
    if one == other {
        return (Same, 56);
    }
    let (Some(one), Some(other)) = (one.digits(), other.digits()) else { return (Differs, -35) };
    let is_transposed = (0..4).any(|place| {
        let mut swapped = one;
        swapped.swap(place, place + 1);
        swapped == other
    });
    let same = one.iter().zip(other).filter(|(one, other)| *one == other).count();
    match one.iter().zip(other).take_while(|(one, other)| *one == other).count() {
        _ if is_transposed => (Transposed, 50),
        // A difference in the last two digits is typical of a neighbouring place.
        3.. if same == 4 => (OneDigitDiffers, -1),
        _ if same == 4 => (OneDigitDiffers, 24),
        _ => (Differs, -35),
    }
}

#[cfg(test)]
mod tests;
