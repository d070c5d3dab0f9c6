//! Checks members with dates of birth other than their own.

use super::{IndexSet, date::Date, decide, verdicts::Verdicts};
use crate::{batch::Batch, identifier::KindSet, index::Index};

/// The number of dates in a chunk. The keys of a chunk fit in the cache.
const DATES_TOGETHER: usize = 1024;

/// The result of a check with other dates of birth.
#[derive(Default)]
pub(super) struct CheckedDates {
    /// How many of the dates are valid.
    pub usable: u64,
    /// The positions of the dates for which an index holds such a key.
    pub found: Vec<usize>,
    /// The verdicts on members with these dates, by names, dates and postcodes alone.
    pub verdicts: Verdicts,
}

impl IndexSet {
    /// Checks rows of a batch with these dates of birth in place of their own. A row can have several dates.
    ///
    /// Few dates find anybody. So the function first looks up the match keys of `kinds` for all
    /// dates. Then it gives verdicts only for the dates with a hit: no other date can match by
    /// these kinds.
    pub(super) fn check_with_dates(
        &self,
        batch: &Batch,
        dates: &[(usize, Date)],
        kinds: KindSet,
    ) -> CheckedDates {
        let mut checked = CheckedDates::default();
        if dates.is_empty() {
            return checked;
        }
        let indexes: Vec<&Index> = self.indexes().iter().map(AsRef::as_ref).collect();
        let mut keys = batch.for_other_dates();
        for (chunk, dates) in dates.chunks(DATES_TOGETHER).enumerate() {
            keys.clear_keys();
            for (number, &(row, date)) in dates.iter().enumerate() {
                let is_usable = keys.push_keys_with_date(row, (number, date.written()), kinds);
                checked.usable += u64::from(is_usable);
            }
            let held = decide::held_identifiers(&indexes, &keys).into_iter();
            let number = |key: usize| keys.identifiers()[key].row as usize;
            checked.found.extend(held.map(|key| chunk * DATES_TOGETHER + number(key)));
        }
        // A date can have several of these keys.
        checked.found.dedup();
        if !checked.found.is_empty() {
            let found = checked.found.iter().map(|&number| dates[number]);
            let found: Vec<_> = found.map(|(row, date)| (row, date.written())).collect();
            checked.verdicts = self.check_batch(&keys.with_dates(&found));
        }
        checked
    }
}
