//! The command's only access to the system clock. The library has none.

use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};

/// The current time, in whole seconds.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// The current year in UTC.
pub fn current_year() -> u16 {
    u16::try_from(Offset::UTC.to_datetime(now()).year()).unwrap_or(u16::MAX)
}

/// Today's local date, as year, month and day.
pub fn today() -> (u16, u8, u8) {
    let date = now().to_zoned_datetime(zone()).date();
    let part = |part: i8| part.unsigned_abs();
    (date.year().unsigned_abs(), part(date.month()), part(date.day()))
}

/// A date in the form `2026-01-18`.
pub fn date_of((year, month, day): (u16, u8, u8)) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

/// The machine's time zone, for times that people read. UTC if it is unknown.
pub fn zone() -> TimeZone {
    TimeZone::try_system().unwrap_or(TimeZone::UTC)
}
