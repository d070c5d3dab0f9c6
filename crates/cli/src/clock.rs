//! The only look at the clock: the library has none.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use leakdex::Normaliser;

/// The rules of normalising, with the current year after which nobody was born.
pub fn normaliser() -> Normaliser {
    Normaliser::new().current_year(current_year())
}

/// The time, in whole seconds.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// The current year in UTC, within a day at its turn: by the mean length of a Gregorian year.
pub fn current_year() -> u16 {
    const SECONDS_A_YEAR: u64 = 31_556_952;
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u16::try_from(1970 + since_1970.as_secs() / SECONDS_A_YEAR).unwrap_or(u16::MAX)
}
