//! Profiles: statistics of all values in a column. With them, a check detects columns that do not
//! hold the expected values.

mod counters;
mod described;
mod feature;
mod judge;
mod name_counts;
mod sealed;
mod sign;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt, mem,
    ops::AddAssign,
};

use serde::{Deserialize, Serialize};

/// The counters of all features.
pub(crate) type Counters = counters::Counters<{ feature::Feature::END }>;

pub(crate) use described::{DescribedProfile, rounded};
pub(crate) use name_counts::{CountedNames, NameCounts, Rarity};
pub(crate) use sealed::ProfileCipher;
pub use sign::{RunCaveat, Side, Sign};

use crate::identifier::{Field, KindSet, Reason};

/// An index leaves out counts below this, so that a profile reveals nothing about a few people.
const MIN_COUNT: u64 = 10;

/// Statistics of all values in a column: counts that add up over blocks, threads, files and tasks.
/// They contain no values.
///
/// They count normal forms, because a check compares those. A difference in spelling that the
/// normaliser removes does no harm, and does not appear here.
///
/// ```
/// use leakdex::{Breach, Column, Columns, Field, IndexBuilder, Key, Profile, Record};
/// # let key = Key::generate()?;
/// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// # builder.add(&Record::new().kvnr("A123456780"))?;
/// # let index = builder.build()?;
///
/// let mut batch = index.batch().profiled();
/// let mut columns = Columns::new(3);
/// columns.push(Column::new(Field::Kvnr, b"A123456780B1234567824711", &[0, 10, 20, 24]));
/// batch.push_columns(&columns);
///
/// let (column, field, of_batch) = batch.profiles().next().expect("there is a column");
/// assert_eq!((column, field, of_batch.filled(), of_batch.invalid()), (0, Field::Kvnr, 3, 1));
///
/// // The profile of a whole list is the sum of those of its batches.
/// let mut of_list = Profile::default();
/// of_list += of_batch;
/// assert!(of_list.caveats(field).is_empty(), "three values are too few");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// How many values have a normal form.
    used: u64,
    /// How many of these are suspect, by reason.
    suspect: ByReason,
    /// How many values have no normal form, by reason.
    invalid: ByReason,
    counters: Counters,
}

type ByReason = BTreeMap<Cow<'static, str>, u64>;

impl Profile {
    /// The number of values that are not absent.
    #[must_use]
    pub fn filled(&self) -> u64 {
        self.used + self.invalid()
    }

    /// The number of these values that are invalid.
    #[must_use]
    pub fn invalid(&self) -> u64 {
        self.invalid.values().sum()
    }

    /// The number of these values that are used but suspect.
    #[must_use]
    pub fn suspect(&self) -> u64 {
        self.suspect.values().sum()
    }

    /// Signs that this column of the members does not hold the expected values. Call this after the
    /// last row.
    ///
    /// [`Index::difference`](crate::Index::difference) compares the members with the leak.
    #[must_use]
    pub fn caveats(&self, field: Field) -> Vec<RunCaveat> {
        judge::of_column(Side::Members, field, self)
    }

    pub(crate) fn count_suspect(&mut self, reason: Reason) {
        *self.suspect.entry(reason.code().into()).or_default() += 1;
    }

    pub(crate) fn count_invalid(&mut self, reason: Reason) {
        *self.invalid.entry(reason.code().into()).or_default() += 1;
    }

    /// Counts a value by its normal form.
    #[expect(clippy::inline_always, reason = "each field has a loop of its own")]
    #[inline(always)]
    pub(crate) fn count(&mut self, field: Field, normal_form: &[u8]) {
        self.used += 1;
        feature::count(field, normal_form, self.counters.all());
    }

    /// Counts a value by its normal form and, if it is a date, by how it is written.
    #[expect(clippy::inline_always, reason = "each field has a loop of its own")]
    #[inline(always)]
    pub(crate) fn count_written(&mut self, field: Field, raw: &[u8], normal_form: &[u8]) {
        self.count(field, normal_form);
        if field == Field::BirthDate {
            feature::count_date_form(raw, normal_form, self.counters.all());
        }
    }

    /// Counts a date that exists only in the other order of day and month.
    pub(crate) fn count_other_order(&mut self) {
        feature::count_other_order(self.counters.all());
    }

    /// Resets all counts and keeps the memory.
    pub(crate) fn clear(&mut self) {
        if self.filled() > 0 {
            self.used = 0;
            self.suspect.clear();
            self.invalid.clear();
            self.counters.clear();
        }
    }

    /// The profile without counts below [`MIN_COUNT`], which could reveal something about a few
    /// people.
    fn without_small_counts(&self) -> Self {
        let large = |by_reason: &ByReason| {
            let large = by_reason.iter().filter(|&(_, &count)| count >= MIN_COUNT);
            large.map(|(reason, &count)| (reason.clone(), count)).collect()
        };
        Self {
            used: if self.used < MIN_COUNT { 0 } else { self.used },
            suspect: large(&self.suspect),
            invalid: large(&self.invalid),
            counters: self.counters.without_below(MIN_COUNT),
        }
    }
}

impl AddAssign<&Profile> for Profile {
    fn add_assign(&mut self, other: &Self) {
        self.used += other.used;
        for (counts, more) in
            [(&mut self.suspect, &other.suspect), (&mut self.invalid, &other.invalid)]
        {
            for (reason, count) in more {
                *counts.entry(reason.clone()).or_default() += count;
            }
        }
        self.counters += &other.counters;
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (filled, invalid) = (self.filled(), self.invalid());
        write!(formatter, "Profile({filled} filled, {invalid} invalid)")
    }
}

/// The profile of one column.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ColumnProfile {
    /// The number of the column.
    pub column: usize,
    pub field: Field,
    pub profile: Profile,
}

impl ColumnProfile {
    /// The signs in this column of a leak. The sum over the columns of a field would hide a damaged column with few
    /// values.
    pub fn caveats(&self) -> Vec<RunCaveat> {
        judge::of_column(Side::Leak, self.field, &self.profile)
    }
}

/// The profile of a leak: one for each field, and counts of rows. An index stores it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LeakProfile {
    fields: BTreeMap<Field, Profile>,
    /// How many rows have exactly these kinds of identifier. The key is the set as bits.
    rows_by_kinds: BTreeMap<u32, u64>,
    /// The caveats that the reader of the leaked file found.
    #[serde(rename = "told")]
    reader_caveats: BTreeSet<RunCaveat>,
    /// How common names are.
    names: NameCounts,
}

impl LeakProfile {
    pub const fn names(&self) -> &NameCounts {
        &self.names
    }

    pub fn count_names(&mut self, names: &CountedNames) {
        self.names.add(names);
    }

    pub fn add(&mut self, field: Field, profile: &Profile) {
        *self.fields.entry(field).or_default() += profile;
    }

    pub fn count_row(&mut self, kinds: KindSet) {
        *self.rows_by_kinds.entry(kinds.bits()).or_default() += 1;
    }

    /// The combinations of kinds that rows have, and the number of these rows. An index omits those
    /// of fewer than ten rows.
    pub fn rows_by_kinds(&self) -> impl Iterator<Item = (KindSet, u64)> {
        let rows = self.rows_by_kinds.iter().filter(|&(&kinds, _)| kinds != 0);
        rows.map(|(&kinds, &rows)| (KindSet::from_bits(kinds), rows))
    }

    pub fn add_caveat(&mut self, caveat: RunCaveat) {
        self.reader_caveats.insert(caveat);
    }

    /// Keeps one caveat for each sign of each field: the one with the largest share. Otherwise,
    /// every merge with a merged index would add another.
    pub fn keep_worst_caveats(&mut self) {
        self.reader_caveats = worst(mem::take(&mut self.reader_caveats)).into_iter().collect();
    }

    pub fn of(&self, field: Field) -> Option<&Profile> {
        self.fields.get(&field)
    }

    fn without_small_counts(&self) -> Self {
        let fields = self.fields.iter();
        let fields = fields.map(|(&field, profile)| (field, profile.without_small_counts()));
        let fields = fields.filter(|(_, profile)| profile.filled() > 0);
        let rows = self.rows_by_kinds.iter().filter(|&(_, &count)| count >= MIN_COUNT);
        let caveats = self.reader_caveats.iter();
        let caveats = caveats.map(|caveat| caveat.without_small_count(MIN_COUNT));
        Self {
            fields: fields.collect(),
            rows_by_kinds: rows.map(|(&kinds, &count)| (kinds, count)).collect(),
            reader_caveats: caveats.collect(),
            names: self.names.without_small_counts(),
        }
    }
}

/// One caveat for each sign of each field: the one with the largest share.
pub(crate) fn worst(caveats: impl IntoIterator<Item = RunCaveat>) -> Vec<RunCaveat> {
    let mut worst = BTreeMap::new();
    for caveat in caveats {
        let known = worst.entry((caveat.side, caveat.field, caveat.sign)).or_insert(caveat);
        if caveat.has_larger_share_than(known) {
            *known = caveat;
        }
    }
    worst.into_values().collect()
}

/// Looks for signs in profiles; `judge` has the rules.
impl LeakProfile {
    /// The signs in the leak alone. `read` is the number of its rows; `rejected` of them could not
    /// be used.
    pub fn caveats(&self, read: u64, rejected: u64) -> Vec<RunCaveat> {
        let fields = self.fields.iter();
        let caveats =
            fields.flat_map(|(&field, profile)| judge::of_column(Side::Leak, field, profile));
        let caveats = caveats.chain(judge::of_rows(rejected, read));
        worst(caveats.chain(self.reader_caveats.iter().copied()))
    }

    /// The sign that the values of this field differ in form from those of the members.
    pub fn caveat_of_difference(&self, field: Field, members: &Profile) -> Option<RunCaveat> {
        judge::of_difference(field, self.of(field)?, members)
    }

    /// The sign that too many rows have none of these kinds of identifier, which the members have.
    pub fn caveat_of_reach(&self, kinds: KindSet) -> Option<RunCaveat> {
        judge::of_reach(self, kinds)
    }
}

impl AddAssign<&LeakProfile> for LeakProfile {
    fn add_assign(&mut self, other: &Self) {
        other.fields.iter().for_each(|(&field, profile)| self.add(field, profile));
        self.reader_caveats.extend(&other.reader_caveats);
        for (kinds, count) in &other.rows_by_kinds {
            *self.rows_by_kinds.entry(*kinds).or_default() += count;
        }
        self.names += &other.names;
    }
}
