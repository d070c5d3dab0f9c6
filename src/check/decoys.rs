//! Decoys: people who do not exist. Their matches show how many matches of members are accidental.
//!
//! A decoy has a member's names and postcode, with another date of birth. Its names are as frequent as
//! those of the members, but no such person exists. So each match of a decoy is accidental.

mod estimate;

use std::{borrow::Cow, collections::BTreeMap, ops::AddAssign};

use serde::{Deserialize, Serialize};

pub use estimate::Estimate;

use super::{IndexSet, date::Date, evidence::Proof, verdicts::Verdicts};
use crate::{
    batch::{Batch, Identifier},
    identifier::{Kind, KindSet, Strength},
};

/// The range by which a decoy's date of birth is moved, in days. The popularity of first names changes
/// over the years, so a decoy must be about as old as its member.
const MIN_DAYS: i32 = 5;
const MAX_DAYS: i32 = 40;

/// How many shifts there are, in both directions.
const SHIFTS: u32 = 2 * (MAX_DAYS - MIN_DAYS + 1).unsigned_abs();

/// The average number of decoys for each member.
///
/// The rate and a hash of a row determine the row's number of decoys. So the rate must be the same
/// for all blocks, threads and tasks of a run.
///
/// ```
/// use leakdex::DecoyRate;
///
/// assert_eq!(DecoyRate::for_members(1_000), DecoyRate::per_million(8_000_000));
/// assert_eq!(DecoyRate::for_members(20_000_000), DecoyRate::per_million(100_000));
/// assert_eq!(DecoyRate::for_members(1_000_000_000), DecoyRate::per_million(50_000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DecoyRate(u32);

impl DecoyRate {
    const MILLION: u32 = 1_000_000;

    /// The highest rate: eight decoys for each member.
    const MAX_RATE: u32 = 8 * Self::MILLION;

    /// A run with enough members has at least this many decoys.
    const MIN_DECOYS_PER_RUN: u64 = 2_000_000;

    /// The rates that `for_members` chooses from, in ascending order.
    const STEPS: [u32; 13] = [
        50_000,
        70_000,
        100_000,
        150_000,
        200_000,
        300_000,
        500_000,
        700_000,
        1_000_000,
        2_000_000,
        3_000_000,
        5_000_000,
        Self::MAX_RATE,
    ];

    /// A rate in decoys for each million members. One member has at most eight decoys.
    #[must_use]
    pub const fn per_million(decoys: u32) -> Self {
        Self(if decoys < Self::MAX_RATE { decoys } else { Self::MAX_RATE })
    }

    /// The rate for a run with about this many members. It gives at least two million decoys, and at least
    /// one decoy for every 20 members, but at most eight for one member.
    #[must_use]
    pub fn for_members(members: u64) -> Self {
        let wanted = Self::MIN_DECOYS_PER_RUN * u64::from(Self::MILLION) / members.max(1);
        let step = Self::STEPS.into_iter().find(|step| u64::from(*step) >= wanted);
        Self::per_million(step.unwrap_or(Self::MAX_RATE))
    }

    /// Draws the number of decoys of a row.
    fn decoys_of(self, random: &mut Random) -> usize {
        let is_one_more = random.below(Self::MILLION) < self.0 % Self::MILLION;
        (self.0 / Self::MILLION) as usize + usize::from(is_one_more)
    }
}

/// How many decoys matched, by strength and by kind. The counts add up over blocks, threads, files and
/// tasks.
///
/// Accidental matches with twins and relatives, and by numbers and e-mail addresses, are not
/// included.
///
/// ```
/// use leakdex::{Breach, DecoyRate, Decoys, IndexBuilder, IndexSet, Key, Record, Strength};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// let leaked = Record::new().last_name("Muster").first_name("Eva").birth_date("1970-05-17");
/// builder.add(&leaked)?;
/// let set = IndexSet::new([builder.build()?])?;
///
/// let mut batch = set.batch();
/// let member = Record::new().last_name("Beispiel").first_name("Max").birth_date("1980-01-31");
/// batch.push(&member);
/// let verdicts = set.check_batch(&batch);
///
/// let mut decoys = Decoys::default();
/// decoys += set.check_decoys(&batch, &verdicts, DecoyRate::per_million(8_000_000));
/// assert_eq!((decoys.members(), decoys.checked()), (1, 8));
/// let probable = decoys.estimate(Strength::Probable).expect("decoys were checked");
/// assert_eq!(probable.hits, 0);
/// assert!(probable.low == 0.0 && probable.high < 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decoys {
    /// How many members the decoys represent.
    members: u64,
    /// How many decoys were checked.
    #[serde(rename = "asked")]
    checked: u64,
    matched_by_strength: Counts,
    matched_by_kind: Counts,
    /// Members with matches that decoys cannot test, by strength.
    not_measurable: Counts,
}

/// Counts by the slug of a strength or a kind.
type Counts = BTreeMap<Cow<'static, str>, u64>;

impl Decoys {
    /// How many members the decoys represent: those who have a match key with a date of birth and are not
    /// affected. An accidental match would change nothing for an affected member.
    #[must_use]
    pub const fn members(&self) -> u64 {
        self.members
    }

    /// How many decoys were checked.
    #[must_use]
    pub const fn checked(&self) -> u64 {
        self.checked
    }

    /// How many members have a match of this strength that decoys cannot test, because no matched
    /// kind has a date of birth.
    #[must_use]
    pub fn not_measurable(&self, strength: Strength) -> u64 {
        self.not_measurable.get(strength.slug()).copied().unwrap_or(0)
    }

    /// The expected number of members who match with this strength by accident. `None` if no decoy
    /// was checked, and for strengths that names, dates and postcodes never give.
    #[must_use]
    pub fn estimate(&self, strength: Strength) -> Option<Estimate> {
        self.scaled(&self.matched_by_strength, strength.slug()).filter(|_| is_measured(strength))
    }

    /// The expected number of members who match by this kind by accident. `None` if no decoy was checked,
    /// and for kinds without a date of birth.
    #[must_use]
    pub fn estimate_of_kind(&self, kind: Kind) -> Option<Estimate> {
        let is_measured = measured_kinds().contains(kind);
        self.scaled(&self.matched_by_kind, kind.slug()).filter(|_| is_measured)
    }

    fn scaled(&self, matched: &Counts, slug: &str) -> Option<Estimate> {
        let hits = matched.get(slug).copied().unwrap_or(0);
        (self.checked > 0).then(|| Estimate::new(hits, self.checked, self.members))
    }
}

impl AddAssign for Decoys {
    fn add_assign(&mut self, more: Self) {
        self.members += more.members;
        self.checked += more.checked;
        for (counts, more) in [
            (&mut self.matched_by_strength, more.matched_by_strength),
            (&mut self.matched_by_kind, more.matched_by_kind),
            (&mut self.not_measurable, more.not_measurable),
        ] {
            more.into_iter().for_each(|(slug, count)| *counts.entry(slug).or_default() += count);
        }
    }
}

impl IndexSet {
    /// Checks decoys of the members in this batch, given their verdicts. Decoys never change a verdict.
    ///
    /// The choice of the decoys depends only on the rows of the batch, the keys and the rate.
    ///
    /// # Panics
    ///
    /// If there are not as many verdicts as rows.
    #[must_use]
    pub fn check_decoys(&self, batch: &Batch, verdicts: &Verdicts, rate: DecoyRate) -> Decoys {
        assert!(batch.len() == verdicts.len(), "the verdicts must be those of the batch");
        let mut decoys = Decoys::default();
        decoys.count_not_measurable(verdicts);
        let identifiers = self.identifiers_with_date(batch, verdicts);
        decoys.members = identifiers.len() as u64;
        let dates = self.dates_of_decoys(&identifiers, batch, rate);
        let checked =
            self.check_with_dates(batch, &dates, measured_kinds().intersection(self.kinds()));
        decoys.checked = checked.usable;
        decoys.count_matched(&checked.verdicts);
        decoys
    }

    /// For each row that is not affected, its first identifier of the first kind with a date of birth.
    fn identifiers_with_date(&self, batch: &Batch, verdicts: &Verdicts) -> Vec<(u32, Identifier)> {
        let kinds = measured_kinds().intersection(self.kinds());
        let mut of_rows: Vec<Option<(u32, Identifier)>> = vec![None; batch.len()];
        for (number, &identifier) in (0..).zip(batch.identifiers()) {
            let row = identifier.row as usize;
            if kinds.contains(identifier.kind) && verdicts.matched()[row].is_empty() {
                let is_first = of_rows[row].is_none_or(|(_, other)| identifier.kind < other.kind);
                if is_first {
                    of_rows[row] = Some((number, identifier));
                }
            }
        }
        of_rows.into_iter().flatten().collect()
    }

    /// The decoys of these rows: each is a row with another date of birth.
    fn dates_of_decoys(
        &self,
        identifiers: &[(u32, Identifier)],
        batch: &Batch,
        rate: DecoyRate,
    ) -> Vec<(usize, Date)> {
        // The result must not depend on the order of the indexes.
        let index = self.indexes().iter().min_by_key(|index| index.key_id());
        let Some(index) = index else { return Vec::new() };
        let numbers: Vec<u32> = identifiers.iter().map(|(number, _)| *number).collect();
        let hashes = batch.first_halves(&numbers, index.pseudonymiser());
        let mut decoys = Vec::new();
        for ((_, identifier), hash) in identifiers.iter().zip(hashes) {
            let mut random = Random(hash);
            let count = rate.decoys_of(&mut random);
            let row = identifier.row as usize;
            if count > 0
                && let Some(date) = batch.first_birth_date(row).and_then(Date::read)
            {
                let moved = shifts(date, count, &mut random).into_iter();
                decoys.extend(moved.filter_map(|days| date.moved(days)).map(|date| (row, date)));
            }
        }
        decoys
    }
}

impl Decoys {
    fn count_not_measurable(&mut self, verdicts: &Verdicts) {
        let measured = measured_kinds();
        for (row, matched) in verdicts.matched().iter().enumerate() {
            if !matched.is_empty() && matched.intersection(measured).is_empty() {
                let proof = verdicts.proofs.of(row).first();
                let strength = proof.and_then(|proof| proof.strength);
                let strength = strength.filter(|strength| is_measured(*strength));
                strength
                    .into_iter()
                    .for_each(|strength| add(&mut self.not_measurable, strength.slug()));
            }
        }
    }

    fn count_matched(&mut self, verdicts: &Verdicts) {
        let measured = measured_kinds();
        for row in 0..verdicts.len() {
            // A match by other kinds counts as not measurable, as it does for members.
            let is_measured = |proof: &&Proof| !proof.matched.intersection(measured).is_empty();
            if let Some(proof) = verdicts.proofs.of(row).first().filter(is_measured) {
                let strength = proof.strength.into_iter();
                strength.for_each(|strength| add(&mut self.matched_by_strength, strength.slug()));
                proof.matched.iter().for_each(|kind| add(&mut self.matched_by_kind, kind.slug()));
            }
        }
    }
}

fn add(counts: &mut Counts, slug: &'static str) {
    *counts.entry(Cow::Borrowed(slug)).or_default() += 1;
}

/// Whether names, dates and postcodes can give this strength.
fn is_measured(strength: Strength) -> bool {
    strength <= Strength::Probable
}

/// The kinds by which decoys can match: match keys with a date of birth.
///
/// A key of names and postcode alone also finds the member behind a decoy, and would count a true match
/// as an accident.
fn measured_kinds() -> KindSet {
    Kind::ALL.iter().copied().filter(|kind| kind.has_date()).collect()
}

/// `count` distinct numbers of days to move a date by.
///
/// A moved date differs in day and in month. So it does not look like a typing error, and a decoy
/// does not find its own member.
fn shifts(date: Date, count: usize, random: &mut Random) -> Vec<i32> {
    /// More than half of all shifts are suitable, so this many trials are enough.
    const MAX_TRIALS: usize = 200;
    let mut shifts = Vec::with_capacity(count);
    for _ in 0..MAX_TRIALS {
        if shifts.len() == count {
            break;
        }
        let place = i32::try_from(random.below(SHIFTS)).unwrap_or(0);
        let days = place / 2 + MIN_DAYS;
        let days = if place % 2 == 0 { days } else { -days };
        let moved = date.moved(days);
        let differs = moved.is_some_and(|moved| moved.month != date.month && moved.day != date.day);
        if differs && !shifts.contains(&days) {
            shifts.push(days);
        }
    }
    shifts
}

/// Pseudorandom numbers (`SplitMix64`). The seed is a hash.
struct Random(u64);

impl Random {
    /// A number below `end`.
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        u32::try_from((u128::from(mixed) * u128::from(end)) >> 64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
