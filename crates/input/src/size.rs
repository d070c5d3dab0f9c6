//! Sizes in bytes, as people write them.

use std::{fmt, str::FromStr};

use crate::option_error::OptionError;

/// A size in bytes, at least one: `500MB`, `2GiB` or `1000000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteCount(pub u64);

const UNITS: [(&str, u64); 10] = [
    ("", 1),
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

impl FromStr for ByteCount {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let wrong = || {
            OptionError::new(
                "expected a whole number of bytes, at least 1, such as 500000000, 500MB or 2GiB",
            )
        };
        let text = text.trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let unit = unit.trim_start();
        let (_, factor) =
            UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or_else(wrong)?;
        let number: u64 = number.parse().map_err(|_| wrong())?;
        number.checked_mul(*factor).filter(|&bytes| bytes > 0).map(Self).ok_or_else(wrong)
    }
}

/// Uses the largest unit that gives a whole number.
impl fmt::Display for ByteCount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fitting = UNITS.iter().skip(2).filter(|(_, factor)| self.0.is_multiple_of(*factor));
        match fitting.max_by_key(|(_, factor)| factor) {
            Some((unit, factor)) if self.0 > 0 => {
                write!(formatter, "{} {unit}", self.0 / factor)
            }
            _ => write!(formatter, "{} bytes", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bytes_or_have_a_decimal_or_binary_unit_in_any_case() {
        for (text, bytes) in [
            ("1", 1),
            ("1000000", 1_000_000),
            ("17B", 17),
            ("3kB", 3_000),
            ("3KB", 3_000),
            ("500MB", 500_000_000),
            ("500 mb", 500_000_000),
            ("2GB", 2_000_000_000),
            ("1TB", 1_000_000_000_000),
            ("1KiB", 1_024),
            ("1mib", 1_048_576),
            (" 2GiB ", 2_147_483_648),
            ("1TiB", 1_099_511_627_776),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(text.parse(), Ok(ByteCount(bytes)), "{text}");
        }
    }

    #[test]
    fn other_text_than_a_size_is_refused() {
        for text in [
            "",
            "0",
            "0MB",
            "MB",
            "-1",
            "+1",
            "1.5GB",
            "1,000",
            "1_000",
            "1M",
            "1Mbit",
            "1 M B",
            "1e9",
            "0x10",
            "\u{663}",
            "18446744073709551616",
            "18446744073709551615kB",
            "17000000TiB",
        ] {
            assert!(text.parse::<ByteCount>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_size_is_shown_with_the_largest_unit_that_fits() {
        for (bytes, shown) in [
            (0, "0 bytes"),
            (1_001, "1001 bytes"),
            (1_000, "1 kB"),
            (1_024_000, "1000 KiB"),
            (500_000_000, "500 MB"),
            (1 << 30, "1 GiB"),
            (3 << 29, "1536 MiB"),
        ] {
            assert_eq!(ByteCount(bytes).to_string(), shown);
        }
    }
}
