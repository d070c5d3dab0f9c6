//! Numbers in the form that people read. Never used in a result for programs.

use std::{fmt::Display, time::Duration};

use indicatif::{BinaryBytes, HumanCount, HumanDuration};

/// A number with thousands separators.
pub fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// A number with its noun, which is given in the singular: `1 row`, `1,234 rows`.
pub fn counted(number: u64, noun: &str) -> String {
    let ending = by_number(number, "", if noun.ends_with("ch") { "es" } else { "s" });
    format!("{} {noun}{ending}", count(number))
}

/// A number with its noun and the verb after it: `1 row is`, `1,234 rows are`.
pub fn counted_with(number: u64, noun: &str, [one, other]: [&str; 2]) -> String {
    format!("{} {}", counted(number, noun), by_number(number, one, other))
}

/// The singular or the plural, depending on the number.
pub const fn by_number<'a>(number: u64, one: &'a str, other: &'a str) -> &'a str {
    if number == 1 { one } else { other }
}

/// A number of bytes with a binary unit: `1.46 KiB`.
pub fn bytes(number: u64) -> String {
    BinaryBytes(number).to_string()
}

/// A percentage: `20 %`, `0.4 %`.
#[expect(clippy::cast_precision_loss, reason = "a share need not be exact")]
pub fn percentage(count: u64, of: u64) -> String {
    let percent = 100.0 * count as f64 / of.max(1) as f64;
    if percent < 10.0 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// A duration: `0.4 seconds`, `89 seconds`, `12 minutes`.
pub fn duration(time: Duration) -> String {
    if time < Duration::from_secs(10) {
        format!("{:.1} seconds", time.as_secs_f64())
    } else {
        HumanDuration(time).to_string()
    }
}

/// The time for a number of things, and the rate per second if it took at least a second.
pub fn pace(number: u64, things: impl Display, time: Duration) -> String {
    if time < Duration::from_secs(1) {
        return duration(time);
    }
    let a_second = u128::from(number) * 1_000_000 / time.as_micros().max(1);
    let a_second = u64::try_from(a_second).unwrap_or(u64::MAX);
    format!("{}, {} {things} a second", duration(time), count(a_second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noun_is_singular_only_after_one() {
        assert_eq!(
            [0, 1, 1_234].map(|number| counted(number, "row")),
            ["0 rows", "1 row", "1,234 rows"]
        );
        assert_eq!([1, 2].map(|number| counted(number, "match")), ["1 match", "2 matches"]);
        assert_eq!([0, 1, 2].map(|number| by_number(number, "is", "are")), ["are", "is", "are"]);
    }

    #[test]
    fn numbers_have_commas_and_sizes_and_times_have_units() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(bytes(1_500), "1.46 KiB");
        assert_eq!(duration(Duration::from_millis(400)), "0.4 seconds");
        assert_eq!(duration(Duration::from_secs(89)), "89 seconds");
        assert_eq!(duration(Duration::from_secs(720)), "12 minutes");
        let of_two_seconds = pace(3_000_000, "rows", Duration::from_secs(2));
        assert_eq!(of_two_seconds, "2.0 seconds, 1,500,000 rows a second");
        assert_eq!(pace(7, "rows", Duration::ZERO), "0.0 seconds");
    }
}
