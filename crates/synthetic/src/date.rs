//! Days of the calendar.

use std::ops::RangeInclusive;

use rand::RngExt;

use crate::random::Random;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Date {
    /// With its century.
    pub year: u16,
    /// From 1 to 12.
    pub month: u8,
    /// From 1 to 31.
    pub day: u8,
}

impl Date {
    /// Any day of these years, but for leap days.
    pub fn random(years: RangeInclusive<u16>, random: &mut Random) -> Self {
        const DAYS: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let month = random.random_range(1..=12);
        Self {
            year: random.random_range(years),
            month,
            day: random.random_range(1..=DAYS[usize::from(month) - 1]),
        }
    }
}
