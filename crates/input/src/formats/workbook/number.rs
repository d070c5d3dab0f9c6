//! Numbers of cells as a spreadsheet program shows them: dates, and numbers with leading zeros or a country code.

use std::{collections::HashMap, fmt::Write as _, sync::Arc};

use leakdex::internal::civil_from_days;

use crate::formats::decimal;

/// The number format of a cell, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NumberFormat {
    /// As a number.
    Plain,
    /// As a number after this text, such as `+43 `, and with leading zeros, up to this many digits.
    Padded(Arc<str>, u8),
    /// As a date, or a time of day.
    Date,
}

/// The day from which serial numbers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Epoch {
    /// Day 1 is 1 January 1900, and there is a 29 February 1900.
    Of1900,
    /// Day 0 is 1 January 1904.
    Of1904,
}

impl NumberFormat {
    /// The format with this number: one of the workbook, or a built-in one.
    pub fn of_number(number: u32, custom: &HashMap<u32, Self>) -> Self {
        custom.get(&number).cloned().unwrap_or_else(|| Self::builtin(number))
    }

    /// The built-in format with this number (ECMA-376, 18.8.30).
    const fn builtin(number: u32) -> Self {
        match number {
            14..=22 | 27..=36 | 45 | 47 | 50..=58 => Self::Date,
            _ => Self::Plain,
        }
    }

    /// The format of a code such as `DD.MM.YYYY` or `00000` (ECMA-376, 18.8.31).
    pub fn of_code(code: &str) -> Self {
        let mut chars = code.chars();
        // `is_only_zeros`: the code has only zeros and literal text.
        let (mut zeros, mut is_only_zeros) = (0_u8, true);
        let mut is_first_section = true;
        // The literal text, and the length of its part before the number.
        let (mut literal, mut before) = (String::new(), None);
        while let Some(char) = chars.next() {
            match char {
                '"' => literal.extend(chars.by_ref().take_while(|&char| char != '"')),
                '\\' => literal.extend(chars.next()),
                '_' | '*' => drop(chars.next()),
                '[' => {
                    let mut within = chars.by_ref().take_while(|&char| char != ']').peekable();
                    let first = within.peek().map(char::to_ascii_lowercase);
                    let is_unit = |char: char| Some(char.to_ascii_lowercase()) == first;
                    if matches!(first, Some('h' | 'm' | 's')) && within.all(is_unit) {
                        // A duration.
                        return Self::Plain;
                    }
                    if first == Some('$') {
                        // Literal text, then perhaps a language: `[$€-407]`, `[$+43 ]`.
                        let text = within.by_ref().skip(1);
                        literal.extend(text.take_while(|&char| char != '-'));
                    }
                    within.for_each(drop);
                }
                ';' => {
                    is_first_section = false;
                    before = before.or(Some(0));
                }
                'd' | 'm' | 'y' | 'h' | 's' | 'D' | 'M' | 'Y' | 'H' | 'S' => return Self::Date,
                ' ' | '-' | '/' | '(' | ')' => literal.push(char),
                '+' | '1'..='9' if before.is_none() => literal.push(char),
                _ if is_first_section => {
                    before = before.or(Some(literal.len()));
                    if char == '0' {
                        zeros = zeros.saturating_add(1);
                    } else {
                        is_only_zeros = false;
                    }
                }
                _ => {}
            }
        }
        let digits = if is_only_zeros && zeros > 1 { zeros } else { 0 };
        let prefix = literal.get(..before.unwrap_or(0)).filter(|prefix| {
            let has_digits = prefix.contains(|char: char| char == '+' || char.is_ascii_digit());
            // A unit or a currency is not part of a phone number or an identifier.
            let is_letter = digits > 0 && matches!(prefix.as_bytes(), [b'A'..=b'Z']);
            has_digits || is_letter
        });
        match (prefix, digits) {
            (None, 0) => Self::Plain,
            (prefix, digits) => Self::Padded(prefix.unwrap_or_default().into(), digits),
        }
    }

    /// Adds the number in this format.
    pub fn write(&self, number: f64, epoch: Epoch, text: &mut String) {
        match self {
            Self::Date if write_date(number, epoch, text) => {}
            Self::Padded(prefix, digits)
                if number >= 0.0 && number.fract() == 0.0 && number < 1e15 =>
            {
                let _ = write!(text, "{prefix}{number:0width$}", width = usize::from(*digits));
            }
            _ => text.push_str(&decimal(number)),
        }
    }
}

/// Adds the date, and its time of day unless it is midnight; false if the number is not a date.
fn write_date(number: f64, epoch: Epoch, text: &mut String) -> bool {
    const SECONDS: i64 = 86_400;
    // Up to the year 9999.
    if !(0.0..2_958_466.0).contains(&number) {
        return false;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the number is small")]
    let seconds = (number * 86_400.0).round() as i64;
    let (serial, second) = (seconds / SECONDS, seconds % SECONDS);
    let day = match epoch {
        Epoch::Of1904 => serial - 24_107,
        // 29 February 1900 did not exist.
        Epoch::Of1900 if serial == 60 => {
            text.push_str("1900-02-29");
            return true;
        }
        Epoch::Of1900 if serial == 0 => return false,
        Epoch::Of1900 => serial - if serial < 60 { 25_568 } else { 25_569 },
    };
    let (year, month, day) = civil_from_days(day);
    let _ = write!(text, "{year:04}-{month:02}-{day:02}");
    // A date with a time of day may be shifted by a time zone.
    if second != 0 {
        let (hour, minute) = (second / 3600, second / 60 % 60);
        let _ = write!(text, " {hour:02}:{minute:02}:{:02}", second % 60);
    }
    true
}

/// Adds an XML date, without its time of day if that is midnight. Another time of day keeps its zone, which may
/// have shifted the date.
pub(super) fn push_iso_date(date: &str, text: &mut String) {
    let (day, time) = date.trim().split_once(['T', ' ']).unwrap_or((date.trim(), ""));
    text.push_str(day);
    let clock = time.trim_end_matches('Z');
    if clock.bytes().any(|byte| !matches!(byte, b'0' | b':' | b'.')) {
        text.push(' ');
        text.push_str(time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(format: &NumberFormat, number: f64, epoch: Epoch) -> String {
        let mut text = String::new();
        format.write(number, epoch, &mut text);
        text
    }

    #[test]
    fn numbers_have_no_exponent_unless_digits_are_lost() {
        for (number, text) in [
            (12345.0, "12345"),
            (1067.5, "1067.5"),
            (-3.0, "-3"),
            (123_456_789_012_345.0, "123456789012345"),
            (8.027_688_311e19, "8.027688311E19"),
        ] {
            assert_eq!(decimal(number), text);
        }
    }

    #[test]
    fn a_format_code_shows_dates_and_leading_zeros() {
        use NumberFormat::{Date, Padded, Plain};
        let padded = |prefix: &str, digits| Padded(prefix.into(), digits);
        for (code, format) in [
            ("General", Plain),
            ("0", Plain),
            ("0.00", Plain),
            ("0%", Plain),
            ("0.00E+00", Plain),
            ("@", Plain),
            ("#,##0.00\\ \"€\";[Red]\\-#,##0.00\\ \"€\"", Plain),
            ("_-* #,##0.00\\ [$€-407]_-", Plain),
            ("0 \"days\"", Plain),
            ("0*d", Plain),
            ("[h]:mm:ss", Plain),
            ("[SS]", Plain),
            ("DD.MM.YYYY", Date),
            ("[$-407]d/\\ mmmm\\ yyyy;@", Date),
            ("[Red]yyyy-mm-dd", Date),
            ("h:mm AM/PM", Date),
            ("00000", padded("", 5)),
            ("\"D-\"00000", padded("", 5)),
            ("00000;-00000", padded("", 5)),
            ("0000\\ 000000", padded("", 10)),
            ("#00000", Plain),
            ("\"+43 \"0", padded("+43 ", 0)),
            ("\\+\\4\\3\\ #,##0", padded("+43 ", 0)),
            ("+00000", padded("+", 5)),
            ("[$+43 ]0", padded("+43 ", 0)),
            ("[$+43] 0;[$+43] -0", padded("+43 ", 0)),
            ("[$0043-C07]0", padded("0043", 0)),
            ("[$-407]\"+43 \"0", padded("+43 ", 0)),
            ("0[$+43]", Plain),
            ("\"0\"General", padded("0", 0)),
            ("\"A\"000000000", padded("A", 9)),
            ("\"R\" #,##0", Plain),
            ("\"EUR \"0", Plain),
            ("[$EUR] #,##0.00", Plain),
            ("[$€-407] 0", Plain),
            ("[$$-409]#,##0.00;[Red][$$-409]-#,##0.00", Plain),
            ("[$-407]0", Plain),
            ("[$-407]00000", padded("", 5)),
            ("[$€-407]00000", padded("", 5)),
            ("[$", Plain),
            ("0 \"m2\"", Plain),
            ("\"2024\"", Plain),
            ("@;\"2024\"0", Plain),
        ] {
            assert_eq!(NumberFormat::of_code(code), format, "{code}");
        }
        assert_eq!(NumberFormat::builtin(14), Date);
        assert_eq!(NumberFormat::builtin(46), Plain);
    }

    #[test]
    fn a_postcode_keeps_its_leading_zeros() {
        let padded = NumberFormat::Padded("".into(), 5);
        assert_eq!(formatted(&padded, 1067.0, Epoch::Of1900), "01067");
        assert_eq!(formatted(&padded, 123_456.0, Epoch::Of1900), "123456");
        assert_eq!(formatted(&padded, 1067.5, Epoch::Of1900), "1067.5");
        assert_eq!(formatted(&padded, -1.0, Epoch::Of1900), "-1");
    }

    #[test]
    fn a_number_keeps_its_country_code_and_its_letter() {
        for (code, number, shown) in [
            ("\"+43 \"0", 6_641_234_567.0, "+43 6641234567"),
            ("[$+43] 0;[$+43] -0", 6_641_234_567.0, "+43 6641234567"),
            ("\"0\"0000", 1067.0, "01067"),
            ("\"A\"000000000", 23_456_780.0, "A023456780"),
        ] {
            assert_eq!(formatted(&NumberFormat::of_code(code), number, Epoch::Of1900), shown);
        }
    }

    #[test]
    fn serial_numbers_are_dates_in_both_epochs() {
        for (number, of_1900, of_1904) in [
            (0.0, "0", "1904-01-01"),
            (1.0, "1900-01-01", "1904-01-02"),
            (59.0, "1900-02-28", "1904-02-29"),
            (60.0, "1900-02-29", "1904-03-01"),
            (61.0, "1900-03-01", "1904-03-02"),
            (25_600.0, "1970-02-01", "1974-02-02"),
            (25_599.958_333_333_332, "1970-01-31 23:00:00", "1974-02-01 23:00:00"),
            (25_599.999_999_999, "1970-02-01", "1974-02-02"),
            (2_958_465.0, "9999-12-31", "10004-01-01"),
            (-1.0, "-1", "-1"),
            (2_958_466.0, "2958466", "2958466"),
        ] {
            assert_eq!(formatted(&NumberFormat::Date, number, Epoch::Of1900), of_1900);
            assert_eq!(formatted(&NumberFormat::Date, number, Epoch::Of1904), of_1904);
        }
    }

    #[test]
    fn a_date_of_xml_has_no_time_if_it_is_midnight() {
        for (date, text) in [
            ("1970-02-01", "1970-02-01"),
            ("1970-02-01T00:00:00", "1970-02-01"),
            ("1970-02-01T00:00:00.000Z", "1970-02-01"),
            ("1970-01-31T23:00:00Z", "1970-01-31 23:00:00Z"),
            ("1970-01-31T20:00:00.000Z", "1970-01-31 20:00:00.000Z"),
            ("1970-01-31T20:00:00-04:00", "1970-01-31 20:00:00-04:00"),
        ] {
            let mut shown = String::new();
            push_iso_date(date, &mut shown);
            assert_eq!(shown, text);
        }
    }
}
