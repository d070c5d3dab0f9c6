//! The only look at the clock: the library has none.

use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};

/// The time, in whole seconds.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// The current year in UTC.
pub fn current_year() -> u16 {
    u16::try_from(Offset::UTC.to_datetime(now()).year()).unwrap_or(u16::MAX)
}

/// The machine's time zone, for times that people read; UTC if the machine does not say.
pub fn zone() -> TimeZone {
    TimeZone::try_system().unwrap_or(TimeZone::UTC)
}
