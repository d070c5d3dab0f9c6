//! Formats numbers, percentages and times for each language.

use jiff::{Timestamp, tz::TimeZone};

use crate::language::Language;

/// A number with its digits in groups of three.
pub fn number(number: u64, language: Language) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join([".", ","][language as usize])
}

/// A percentage with one decimal. Only zero is shown as 0 %, and only the whole as 100 %.
pub fn share(part: u64, whole: u64, language: Language) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let per_mille = (u128::from(part) * 2000 + u128::from(whole)) / (u128::from(whole) * 2);
    let (sign, per_mille) = match per_mille {
        0 if part > 0 => ("<\u{a0}", 1),
        1000 if part < whole => (">\u{a0}", 999),
        exact => ("", exact),
    };
    let (percent, tenth) = (per_mille / 10, per_mille % 10);
    match language {
        Language::De => format!("{sign}{percent},{tenth}\u{a0}%"),
        Language::En => format!("{sign}{percent}.{tenth}%"),
    }
}

/// A time in a zone, to the minute, with the name of the zone.
pub fn time(time: Timestamp, zone: &TimeZone, language: Language) -> String {
    let time = time.to_zoned_datetime(zone.clone());
    let date = language.date(&time.date().to_string()).into_owned();
    let name = time.strftime("%Z").to_string();
    let clock = time.strftime("%H:%M");
    match language {
        Language::De => {
            let german = GERMAN_ZONES.iter().find(|(english, _)| *english == name);
            let name = german.map_or(&*name, |(_, german)| german);
            format!("{date}, {clock} Uhr {name}")
        }
        Language::En => format!("{date}, {clock} {name}"),
    }
}

/// The zones that have other names in German.
const GERMAN_ZONES: [(&str, &str); 2] = [("CET", "MEZ"), ("CEST", "MESZ")];

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{De, En};

    #[test]
    fn digits_are_grouped_as_the_language_does() {
        for (given, german, english) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_000, "1.000", "1,000"),
            (1_234_567, "1.234.567", "1,234,567"),
            (u64::MAX, "18.446.744.073.709.551.615", "18,446,744,073,709,551,615"),
        ] {
            assert_eq!((number(given, De), number(given, En)), (german.into(), english.into()));
        }
    }

    #[test]
    fn a_share_is_never_rounded_to_nothing_or_to_all() {
        for (part, whole, german, english) in [
            (0, 0, "–", "–"),
            (0, 7, "0,0\u{a0}%", "0.0%"),
            (1, 3, "33,3\u{a0}%", "33.3%"),
            (2, 3, "66,7\u{a0}%", "66.7%"),
            (7, 7, "100,0\u{a0}%", "100.0%"),
            (1, 25_000_000, "<\u{a0}0,1\u{a0}%", "<\u{a0}0.1%"),
            (24_999_999, 25_000_000, ">\u{a0}99,9\u{a0}%", ">\u{a0}99.9%"),
            (u64::MAX, u64::MAX, "100,0\u{a0}%", "100.0%"),
        ] {
            assert_eq!(
                (share(part, whole, De), share(part, whole, En)),
                (german.into(), english.into())
            );
        }
    }

    #[test]
    fn a_time_names_its_zone_and_no_seconds() {
        let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("it is a zone");
        for (instant, zone, german, english) in [
            (
                "2023-01-18T00:00:00Z",
                TimeZone::UTC,
                "18. Januar 2023, 00:00 Uhr UTC",
                "18 January 2023, 00:00 UTC",
            ),
            (
                "2023-01-17T23:59:59Z",
                berlin.clone(),
                "18. Januar 2023, 00:59 Uhr MEZ",
                "18 January 2023, 00:59 CET",
            ),
            (
                "2023-07-01T22:05:00Z",
                berlin,
                "2. Juli 2023, 00:05 Uhr MESZ",
                "2 July 2023, 00:05 CEST",
            ),
        ] {
            let instant = instant.parse().expect("a time");
            assert_eq!(time(instant, &zone, De), german);
            assert_eq!(time(instant, &zone, En), english);
        }
    }
}
