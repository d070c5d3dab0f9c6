//! Calendar days.

use std::ops::RangeInclusive;

use rand::RngExt;

use crate::random::Random;

/// A calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Date {
    /// With the century.
    pub year: u16,
    /// From 1 to 12.
    pub month: u8,
    /// From 1 to 31.
    pub day: u8,
}

impl Date {
    /// Any day of these years, except leap days.
    pub fn random(years: RangeInclusive<u16>, random: &mut Random) -> Self {
        const DAYS: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let month = random.random_range(1..=12);
        Self {
            year: random.random_range(years),
            month,
            day: random.random_range(1..=DAYS[usize::from(month) - 1]),
        }
    }

    /// In the German form: `05.02.1970`.
    pub fn day_first(self) -> String {
        format!("{:02}.{:02}.{}", self.day, self.month, self.year)
    }

    /// The days since 1899-12-30, as spreadsheets count them from March 1900 on.
    pub fn serial(self) -> i32 {
        let (year, month) = (i32::from(self.year), i32::from(self.month));
        // The year begins in March, so the leap day is its last day.
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let day_of_year = (153 * month + 2) / 5 + i32::from(self.day) - 1;
        365 * year + year / 4 - year / 100 + year / 400 + day_of_year - BEFORE
    }

    /// The day with this [`serial`](Self::serial).
    pub fn from_serial(serial: i32) -> Self {
        let (cycle, rest) = ((serial + BEFORE) / 146_097, (serial + BEFORE) % 146_097);
        let year = (rest - rest / 1_460 + rest / 36_524 - rest / 146_096) / 365;
        let day_of_year = rest - (365 * year + year / 4 - year / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let year = 400 * cycle + year + i32::from(month >= 10);
        let small = |number: i32| u8::try_from(number).expect("it is below 32");
        Self {
            year: u16::try_from(year).expect("it is a year of our time"),
            month: small(if month < 10 { month + 3 } else { month - 9 }),
            day: small(day),
        }
    }
}

/// The days from the first of March of the year 0 to 1899-12-30.
const BEFORE: i32 = 693_899;
