//! How common names are in a leak: two records that have a rare name in common are more likely of one
//! person than two that have a common one.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::counters::Counters;
use crate::identifier::PersonCodes;

/// Names with this counter number share a counter.
const COUNTERS: usize = 1 << 16;

/// Smaller counts are not stored.
const FEWEST: u32 = 10;

/// How often names occur in a leak, and how many of its records lack a date of birth or a postcode. It
/// adds up over builds. All numbers are of rows that have a match key.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NameCounts {
    rows: u64,
    without_date: u64,
    without_postal_code: u64,
    last: Counters<COUNTERS>,
    first: Counters<COUNTERS>,
}

/// The names of some rows, to be counted.
#[derive(Default)]
pub(crate) struct CountedNames {
    rows: u64,
    without_date: u64,
    without_postal_code: u64,
    /// The numbers of their counters.
    last: Vec<u16>,
    first: Vec<u16>,
}

impl CountedNames {
    pub fn count(&mut self, row: &PersonCodes) {
        self.rows += 1;
        self.without_date += u64::from(row.dates.is_empty());
        self.without_postal_code += u64::from(row.postal_codes.is_empty());
        self.last.extend(row.last.iter().map(|name| name.counter));
        self.first.extend(row.first.iter().map(|name| name.counter));
    }
}

impl NameCounts {
    pub fn add(&mut self, names: &CountedNames) {
        self.rows += names.rows;
        self.without_date += names.without_date;
        self.without_postal_code += names.without_postal_code;
        for (own, counters) in [(&names.last, &mut self.last), (&names.first, &mut self.first)] {
            for &number in own {
                let counter = &mut counters.all()[usize::from(number)];
                *counter = counter.saturating_add(1);
            }
        }
    }

    /// The information in two records having this last name in common, in bits.
    pub fn last_name_bits(&self, counter: u16) -> u32 {
        /// A leak of few records is taken to be one of so many names.
        const NAMES: u64 = 2048;
        bits(self.rows, self.last.get(counter.into()), NAMES)
    }

    /// The information in two records having this first name in common, in bits.
    pub fn first_name_bits(&self, counter: u16) -> u32 {
        const NAMES: u64 = 200;
        bits(self.rows, self.first.get(counter.into()), NAMES)
    }

    /// How many halvings make the share of rows without a date of birth; none if all have one.
    pub fn rarity_of_missing_dates(&self) -> Option<f64> {
        rarity(self.without_date, self.rows)
    }

    /// How many halvings make the share of rows without a postcode; none if all have one.
    pub fn rarity_of_missing_postal_codes(&self) -> Option<f64> {
        rarity(self.without_postal_code, self.rows)
    }

    pub(super) fn without_small_counts(&self) -> Self {
        let (last, first) =
            (self.last.without_below(FEWEST.into()), self.first.without_below(FEWEST.into()));
        Self { last, first, ..*self }
    }
}

/// Of a name that few rows have, the index does not say how many. Then it is taken to be three.
fn bits(rows: u64, count: u32, names: u64) -> u32 {
    let count = if count < FEWEST { FEWEST / 3 } else { count };
    // Two more records for each side keep a name that nobody has from being infinitely rare.
    ((rows + 2 * names) / (u64::from(count) + 2)).checked_ilog2().unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
fn rarity(part: u64, all: u64) -> Option<f64> {
    (part > 0).then(|| (all as f64 / part as f64).log2())
}

impl AddAssign<&NameCounts> for NameCounts {
    fn add_assign(&mut self, other: &Self) {
        self.rows = self.rows.saturating_add(other.rows);
        self.without_date = self.without_date.saturating_add(other.without_date);
        let more = other.without_postal_code;
        self.without_postal_code = self.without_postal_code.saturating_add(more);
        self.last += &other.last;
        self.first += &other.first;
    }
}
