//! The 72-hour period for a notice.

use jiff::{
    SignedDuration, Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};

use crate::error::Error;

/// The period of Art. 33(1) GDPR. It is elapsed time, even when clocks are changed.
const PERIOD: SignedDuration = SignedDuration::from_hours(72);

/// The end of the period that begins at this time.
pub fn deadline(aware: Timestamp) -> Timestamp {
    aware.saturating_add(PERIOD).unwrap_or(Timestamp::MAX)
}

/// Parses the time at which a breach became known: RFC 3339, or a local time in this zone, such as
/// `2026-01-19 08:00` or `19.01.2026 08:00`. If the clocks show a time twice, it is the first one, since then
/// the period ends earlier.
///
/// # Errors
///
/// If the text is not a time, or the clocks of the zone skip that time.
pub fn parse_time(text: &str, zone: &TimeZone) -> Result<Timestamp, Error> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    // A date without a time would start the period at midnight.
    let local = text.contains(':').then(|| text.parse::<DateTime>()).and_then(Result::ok);
    let german = || DateTime::strptime("%d.%m.%Y %H:%M", text).ok();
    let local = local.or_else(german).ok_or_else(|| {
        Error::new(
            "it is not a time; write it as 2026-01-19 08:00 in local time, or as 2026-01-19T08:00:00+01:00"
                .to_owned(),
        )
    })?;
    let ambiguous = zone.to_ambiguous_timestamp(local);
    if matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
        return Err(Error::new(
            "the clocks skip this time; write it with its offset, as in 2026-03-29T03:30:00+02:00"
                .to_owned(),
        ));
    }
    ambiguous.earlier().map_err(Error::failed("it is not a time of this calendar"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("it is a zone")
    }

    fn instant(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn local(instant: Timestamp) -> String {
        instant.to_zoned_datetime(berlin()).strftime("%Y-%m-%d %H:%M %Z").to_string()
    }

    #[test]
    fn the_period_is_72_hours_also_when_clocks_change() {
        for (aware, ends) in [
            ("2026-01-19 08:00", "2026-01-22 08:00 CET"),
            // Clocks go forward on 29 March 2026 and back on 25 October 2026.
            ("2026-03-27 08:00", "2026-03-30 09:00 CEST"),
            ("2026-10-23 08:00", "2026-10-26 07:00 CET"),
            ("2026-12-30 23:59", "2027-01-02 23:59 CET"),
            ("2028-02-27 12:00", "2028-03-01 12:00 CET"),
        ] {
            let aware = parse_time(aware, &berlin()).expect("a time");
            assert_eq!(local(deadline(aware)), ends);
        }
        assert_eq!(deadline(Timestamp::MAX), Timestamp::MAX);
    }

    #[test]
    fn a_time_is_local_unless_it_has_an_offset() {
        for (text, expected) in [
            ("2026-01-19 08:00", "2026-01-19T07:00:00Z"),
            ("2026-01-19T08:00", "2026-01-19T07:00:00Z"),
            (" 19.01.2026 08:00 ", "2026-01-19T07:00:00Z"),
            ("2026-07-19 08:00:30", "2026-07-19T06:00:30Z"),
            ("2026-01-19T08:00:00Z", "2026-01-19T08:00:00Z"),
            ("2026-01-19T08:00:00+02:00", "2026-01-19T06:00:00Z"),
            // This time occurs twice on that day. The first counts.
            ("2026-10-25 02:30", "2026-10-25T00:30:00Z"),
        ] {
            assert_eq!(parse_time(text, &berlin()).expect("a time"), instant(expected), "{text}");
        }
    }

    #[test]
    fn invalid_and_skipped_times_are_refused() {
        for text in ["", "yesterday", "2026-01-19", "08:00", "2026-02-30 08:00", "19.01.2026"] {
            let error = parse_time(text, &berlin()).expect_err(text);
            assert!(error.to_string().contains("2026-01-19 08:00"), "{text}: {error}");
        }
        let error = parse_time("2026-03-29 02:30", &berlin()).expect_err("it is skipped");
        assert!(error.to_string().contains("skip"), "{error}");
    }
}
