//! The profile of a leak in its description: without the counts of names.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{LeakProfile, Profile, RunCaveat, Side, sign::kinds_of};
use crate::identifier::{Field, KindSet};

/// The profile of the columns that make some kinds of identifier. It has no counts below ten.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DescribedProfile {
    fields: BTreeMap<Field, Profile>,
    rows_by_kinds: BTreeMap<u32, u64>,
    #[serde(rename = "told")]
    reader_caveats: BTreeSet<RunCaveat>,
}

impl DescribedProfile {
    /// The largest number of values or rows that a description may claim. The product of such a
    /// number and the size of a member list fits into 64 bits.
    pub const MAX_COUNT: u64 = 1 << 36;

    /// The largest number of reasons in one profile.
    const MAX_REASONS: usize = 256;

    /// The profile without the columns and caveats of other kinds than these.
    pub fn of(profile: &LeakProfile, kinds: KindSet) -> Self {
        let LeakProfile { fields, rows_by_kinds, reader_caveats, .. } =
            profile.without_small_counts();
        let overlaps = |others: KindSet| !others.intersection(kinds).is_empty();
        Self {
            fields: fields.into_iter().filter(|(field, _)| overlaps(kinds_of(*field))).collect(),
            rows_by_kinds,
            reader_caveats: reader_caveats
                .into_iter()
                .filter(|caveat| overlaps(caveat.kinds()))
                .collect(),
        }
    }

    /// The same profile, with rounded counts of rows. Counters of columns stay exact, because
    /// rounding could look like damage to the column.
    pub fn rounded(self) -> Self {
        let rows = self.rows_by_kinds.into_iter();
        let caveats = self.reader_caveats.into_iter().map(|mut caveat| {
            (caveat.count, caveat.of) = (rounded(caveat.count), rounded(caveat.of));
            caveat
        });
        Self {
            rows_by_kinds: rows.map(|(kinds, count)| (kinds, rounded(count))).collect(),
            reader_caveats: caveats.collect(),
            fields: self.fields,
        }
    }

    /// Whether all counts are small enough not to overflow, all caveats are about the leak, and all
    /// kinds are known.
    pub fn is_sound(&self) -> bool {
        let fits = |count: &u64| *count <= Self::MAX_COUNT;
        let column = |profile: &Profile| {
            let reasons = profile.suspect.values().chain(profile.invalid.values());
            fits(&profile.used)
                && profile.suspect.len() + profile.invalid.len() <= Self::MAX_REASONS
                && reasons.clone().all(fits)
        };
        let is_sound_caveat = |caveat: &RunCaveat| {
            caveat.side == Side::Leak && fits(&caveat.count) && fits(&caveat.of)
        };
        self.fields.values().all(column)
            && self.rows_by_kinds.values().all(fits)
            && self.rows_by_kinds.keys().all(|&bits| KindSet::from_bits(bits).bits() == bits)
            && self.reader_caveats.iter().all(is_sound_caveat)
    }

    /// The same profile in the form that an index seals.
    pub fn to_profile(&self) -> LeakProfile {
        LeakProfile {
            fields: self.fields.clone(),
            rows_by_kinds: self.rows_by_kinds.clone(),
            reader_caveats: self.reader_caveats.clone(),
            ..LeakProfile::default()
        }
    }
}

/// A count, rounded to two digits.
pub(crate) fn rounded(count: u64) -> u64 {
    let mut unit = 1;
    while count / unit >= 100 {
        unit *= 10;
    }
    count.saturating_add(unit / 2) / unit * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_rounded_to_two_digits() {
        let counts = [0, 7, 99, 100, 104, 105, 994, 995, 123_456];
        let expected = [0, 7, 99, 100, 100, 110, 990, 1000, 120_000];
        assert_eq!(counts.map(rounded), expected);
        assert_eq!(rounded(u64::MAX), 18_000_000_000_000_000_000);
    }
}
