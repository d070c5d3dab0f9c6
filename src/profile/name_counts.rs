//! How common names are in a leak. Two records with the same rare name are more likely to belong to
//! one person than two records with the same common name.

use std::{fmt, ops::AddAssign};

use serde::{Deserialize, Serialize};

use super::counters::Counters;
use crate::identifier::{Date, Decade, NameCodes, PersonCodes};

/// The number of counters. Different names can share one.
const COUNTERS: usize = 1 << 16;

/// Smaller counts are not stored.
const MIN_COUNT: u32 = 10;

/// How often names occur in a leak, and how many of its records lack a date of birth or a postcode.
/// Only rows with a match key count. The counts of several builds can be added.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NameCounts {
    rows: u64,
    without_date: u64,
    without_postal_code: u64,
    /// The number of rows by decade of birth.
    decades: Counters<{ Decade::COUNT }>,
    last: Counters<COUNTERS>,
    /// By first name and decade of birth.
    first: Counters<COUNTERS>,
}

/// Names of some rows that are still to be added to the counts.
#[derive(Default)]
pub(crate) struct CountedNames {
    rows: u64,
    without_date: u64,
    without_postal_code: u64,
    decades: Vec<Decade>,
    /// The indexes of their counters.
    last: Vec<u16>,
    first: Vec<u16>,
}

impl CountedNames {
    pub fn count(&mut self, row: &PersonCodes) {
        self.rows += 1;
        self.without_date += u64::from(!row.dates.iter().any(Date::is_known));
        self.without_postal_code += u64::from(row.postal_codes.is_empty());
        let decade = row.decade();
        self.decades.push(decade);
        self.last.extend(row.last.iter().map(NameCodes::counter));
        self.first.extend(row.first.iter().map(|name| name.counter_in(decade)));
    }
}

impl NameCounts {
    pub fn add(&mut self, names: &CountedNames) {
        self.rows += names.rows;
        self.without_date += names.without_date;
        self.without_postal_code += names.without_postal_code;
        for decade in &names.decades {
            let counter = &mut self.decades.all()[decade.number()];
            *counter = counter.saturating_add(1);
        }
        for (numbers, counters) in [(&names.last, &mut self.last), (&names.first, &mut self.first)]
        {
            for &number in numbers {
                let counter = &mut counters.all()[usize::from(number)];
                *counter = counter.saturating_add(1);
            }
        }
    }

    /// How rare this last name is.
    pub fn last_name(&self, name: &NameCodes) -> Rarity {
        /// Additive smoothing: each of this many names counts twice before any row, so that no name
        /// is too rare.
        const NAMES: u64 = 2048;
        /// From this many rows on, the counters show which names are common.
        const ENOUGH: u64 = 10_000;
        let count = self.last.get(name.counter().into());
        Rarity::new((self.rows, ENOUGH), count, NAMES)
    }

    /// How rare this first name is among people who were born in this decade.
    pub fn first_name(&self, name: &NameCodes, decade: Decade) -> Rarity {
        const NAMES: u64 = 200;
        const ENOUGH: u64 = 1_000;
        let rows = self.decades.get(decade.number()).into();
        Rarity::new((rows, ENOUGH), self.first.get(name.counter_in(decade).into()), NAMES)
    }

    /// How rare rows without a date of birth are, in bits: 2 if a quarter of the rows has none.
    /// `None` if all rows have one.
    pub fn rarity_of_missing_dates(&self) -> Option<f64> {
        rarity(self.without_date, self.rows)
    }

    /// How rare rows without a postcode are, in bits. `None` if all rows have one.
    pub fn rarity_of_missing_postal_codes(&self) -> Option<f64> {
        rarity(self.without_postal_code, self.rows)
    }

    pub(super) fn without_small_counts(&self) -> Self {
        let decades = self.decades.without_below(MIN_COUNT.into());
        let (last, first) =
            (self.last.without_below(MIN_COUNT.into()), self.first.without_below(MIN_COUNT.into()));
        Self { decades, last, first, ..*self }
    }
}

/// How rare a name is in a leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rarity {
    /// Its share of the rows is about 1 / 2^bits.
    Bits(u32),
    /// Its count is too small to be stored in the index. Its share is about 1 / 2^bits, or less.
    Rare(u32),
    /// The leak is too small to show it.
    Unknown,
}

impl Rarity {
    fn new((rows, enough): (u64, u64), count: u32, names: u64) -> Self {
        let is_counted = count >= MIN_COUNT;
        let count = if is_counted { count } else { MIN_COUNT / 3 };
        // The added numbers limit the rarity of a name that nobody has.
        let share = (rows + 2 * names) / (u64::from(count) + 2);
        let bits = share.checked_ilog2().unwrap_or(0);
        match is_counted {
            // In a small leak, a count of ten does not prove that a name is common.
            _ if rows < enough => Self::Unknown,
            true => Self::Bits(bits),
            false => Self::Rare(bits),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
fn rarity(part: u64, all: u64) -> Option<f64> {
    (part > 0).then(|| (all as f64 / part as f64).log2())
}

impl fmt::Debug for NameCounts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "NameCounts({} rows)", self.rows)
    }
}

impl AddAssign<&NameCounts> for NameCounts {
    fn add_assign(&mut self, other: &Self) {
        self.rows = self.rows.saturating_add(other.rows);
        self.without_date = self.without_date.saturating_add(other.without_date);
        let more = other.without_postal_code;
        self.without_postal_code = self.without_postal_code.saturating_add(more);
        self.decades += &other.decades;
        self.last += &other.last;
        self.first += &other.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(last: &str, first: &str, date: &str) -> PersonCodes {
        let name = |name: &str| vec![NameCodes::of(name.as_bytes())];
        let dates = Date::of(date.as_bytes()).into_iter().collect();
        PersonCodes { last: name(last), first: name(first), dates, ..PersonCodes::default() }
    }

    fn counts(rows: &[(PersonCodes, u32)]) -> NameCounts {
        let mut counted = CountedNames::default();
        for (row, times) in rows {
            (0..*times).for_each(|_| counted.count(row));
        }
        let mut names = NameCounts::default();
        names.add(&counted);
        names
    }

    #[test]
    fn a_placeholder_date_counts_as_missing() {
        let names = |date| counts(&[(row("abel", "eva", date), 20)]);
        assert!(names("1900-01-01") == names(""));
        assert!(names("1900-01-02") != names(""));
        assert_eq!(format!("{:?}", names("")), "NameCounts(20 rows)");
    }

    #[test]
    fn a_small_leak_does_not_show_common_names() {
        let names = counts(&[(row("abel", "eva", "1970-01-01"), 10), (row("berg", "max", ""), 9)]);
        let last = |name: &str| names.last_name(&NameCodes::of(name.as_bytes()));
        assert!(["abel", "berg", "cruz"].map(last).iter().all(|found| *found == Rarity::Unknown));
    }

    #[test]
    fn a_large_leak_shows_rare_names() {
        let names = counts(&[(row("abel", "eva", "1970-01-01"), 10_000)]);
        let last = |name: &str| names.last_name(&NameCodes::of(name.as_bytes()));
        assert_eq!(last("abel"), Rarity::Bits(0));
        assert!(matches!(last("cruz"), Rarity::Rare(11)), "14,096 / 5");
    }

    #[test]
    fn first_names_depend_on_the_decade() {
        let names = counts(&[
            (row("abel", "kevin", "1991-05-01"), 1500),
            (row("abel", "horst", "1941-05-01"), 1500),
        ]);
        let first = |name: &str, date: &str| {
            names.first_name(&NameCodes::of(name.as_bytes()), row("", "", date).decade())
        };
        assert_eq!(first("kevin", "1995-01-01"), Rarity::Bits(0));
        assert!(matches!(first("kevin", "1941-01-01"), Rarity::Rare(_)));
        assert_eq!(first("kevin", "1961-01-01"), Rarity::Unknown, "nobody is born then");
    }

    #[test]
    fn the_rarity_of_missing_values_is_in_bits_and_builds_add_up() {
        let mut names = counts(&[(row("abel", "eva", "1970-01-01"), 12)]);
        assert_eq!(names.rarity_of_missing_dates(), None);
        assert_eq!(names.rarity_of_missing_postal_codes(), Some(0.0));
        names += &counts(&[(row("abel", "eva", ""), 4)]);
        assert_eq!(names.rarity_of_missing_dates(), Some(2.0));
        assert!(
            names == counts(&[(row("abel", "eva", "1970-01-01"), 12), (row("abel", "eva", ""), 4)])
        );
    }

    #[test]
    fn omitted_small_counts_still_count_as_small() {
        let rows = [(row("abel", "eva", "1970-01-01"), 10), (row("berg", "max", "1970-01-01"), 9)];
        let (all, stored) = (counts(&rows), counts(&rows).without_small_counts());
        assert!(all != stored);
        for name in ["abel", "berg", "cruz"] {
            let name = NameCodes::of(name.as_bytes());
            assert_eq!(all.last_name(&name), stored.last_name(&name));
        }
    }
}
