//! Reads a date in any of the known forms: numbers, names of months, the signs between them, and a
//! time of day after them.

use super::{
    calendar::{Date, EARLIEST_YEAR, Pair, ParsedDate},
    words,
};
use crate::identifier::Reason;

/// Reads a date, with nothing but a time of day after it.
///
/// The form of the three parts and the signs between them show which part is the day, the month and
/// the year. If day and month are both numbers, the caller decides on their order.
pub(super) fn read(text: &str, excel_dates: bool) -> Result<ParsedDate, Reason> {
    use Part::{Month, Number};
    const UNKNOWN: Reason = Reason::UnknownDateFormat;
    let mut text = Cursor { rest: text, after_dot: false };
    text.skip_weekday();
    let first = text.part().ok_or(UNKNOWN)?;
    if let Number(value, digits) = first
        && let Some(date) = of_one_number(value, digits, &text, excel_dates)
    {
        return date;
    }
    let (first_sign, second) = text.sign_and_part().ok_or(UNKNOWN)?;
    if let (Number(year, 4), Some(b'-'), Number(month, 1 | 2)) = (first, first_sign, second)
        && text.rest.is_empty()
    {
        return Ok(ParsedDate::Date(Date { year, month, day: 0 }));
    }
    // `Sun Feb 01 00:00:00 CET 1970`, as Java writes it.
    let (second_sign, third) = text
        .sign_and_part()
        .or_else(|| text.year_after_time().map(|year| (None, year)))
        .ok_or(UNKNOWN)?;
    let is_numeric = first_sign == second_sign && first_sign != Some(b',');
    let written = match (first, second, third) {
        (Number(year, 4), Number(month, 1 | 2), Number(day, 1 | 2)) if is_numeric => {
            ParsedDate::Date(Date { year, month, day })
        }
        (Number(first, 1 | 2), Number(second, 1 | 2), Number(year, 4)) if is_numeric => {
            ParsedDate::Pair(Pair { first, second, year, has_dots: first_sign == Some(b'.') })
        }
        (Number(day, 1 | 2), Month(month), Number(year, 4))
        | (Month(month), Number(day, 1 | 2), Number(year, 4))
        | (Number(year, 4), Month(month), Number(day, 1 | 2)) => {
            ParsedDate::Date(Date { year, month, day })
        }
        (Number(_, 1 | 2), Number(_, 1 | 2), Number(_, 2)) if is_numeric => {
            return text.two_digit_year();
        }
        (Number(_, 1 | 2), Month(_), Number(_, 2)) | (Month(_), Number(_, 1 | 2), Number(_, 2)) => {
            return text.two_digit_year();
        }
        _ => return Err(UNKNOWN),
    };
    text.skip_weekday();
    if text.is_time_or_end() { Ok(written) } else { Err(UNKNOWN) }
}

/// The date in a number that stands alone or before a time of day; `None` if the date has more
/// parts.
fn of_one_number(
    value: u32,
    digits: usize,
    after: &Cursor<'_>,
    excel_dates: bool,
) -> Option<Result<ParsedDate, Reason>> {
    let is_alone = after.rest.is_empty() || after.is_decimal_zero();
    let is_count = is_alone || after.is_fraction();
    if excel_dates && digits < 8 && is_count {
        return Some(Date::of_serial_number(value).map(ParsedDate::Date));
    }
    match digits {
        8 if is_alone || after.is_time_or_end() => Some(Ok(of_eight_digits(value))),
        // A spreadsheet drops a leading zero.
        7 if is_alone => Some(Ok(of_eight_digits(value))),
        4 if is_alone => Some(Ok(ParsedDate::Date(Date { year: value, month: 0, day: 0 }))),
        // A spreadsheet's serial number, perhaps with the time of day as a fraction.
        _ if after.rest.is_empty() || digits > 2 && is_count => Some(Err(Reason::SerialNumber)),
        _ => None,
    }
}

/// The date of `19700201` or `01021970`. The two digits in the middle are either a month or the
/// start of a year from 1850 on. No number is both.
const fn of_eight_digits(value: u32) -> ParsedDate {
    let (before, middle, after) = (value / 10_000, value / 100 % 100, value % 100);
    if middle < EARLIEST_YEAR / 100 {
        return ParsedDate::Date(Date { year: before, month: middle, day: after });
    }
    let (first, second, year) = (before / 100, before % 100, value % 10_000);
    ParsedDate::Pair(Pair { first, second, year, has_dots: false })
}

/// A part of a date.
#[derive(Clone, Copy)]
enum Part {
    /// A number and how many digits it has. The value is correct for up to nine digits.
    Number(u32, usize),
    Month(u32),
}

/// The text that is not read yet.
struct Cursor<'a> {
    rest: &'a str,
    /// Whether the text follows a dot.
    after_dot: bool,
}

impl<'a> Cursor<'a> {
    /// The letters at the start.
    fn word(&self) -> &'a str {
        let end = self.rest.find(|character: char| !character.is_alphabetic());
        &self.rest[..end.unwrap_or(self.rest.len())]
    }

    /// The number or month name at the start.
    fn part(&mut self) -> Option<Part> {
        let is_digit = |byte: &u8| byte.is_ascii_digit();
        let digits = self.rest.bytes().take_while(is_digit).count();
        let (part, length) = if digits > 0 {
            let value = self.rest[..digits].bytes().fold(0_u32, |value, digit| {
                value.saturating_mul(10).saturating_add(u32::from(digit - b'0'))
            });
            (Part::Number(value, digits), digits)
        } else {
            let word = self.word();
            (Part::Month(words::month(word, self.after_dot)?), word.len())
        };
        self.rest = &self.rest[length..];
        Some(part)
    }

    /// The sign before the next part, and that part. Spaces do not count as a sign. Beside the name
    /// of a month, no sign is needed.
    fn sign_and_part(&mut self) -> Option<(Option<u8>, Part)> {
        let start = self.rest;
        self.skip_ordinal();
        self.rest = self.rest.trim_start_matches(' ');
        let sign =
            self.rest.bytes().next().filter(|sign| matches!(sign, b'.' | b'/' | b'-' | b','));
        if sign.is_some() {
            self.rest = self.rest[1..].trim_start_matches(' ');
        }
        // After the dot of an abbreviation: `Dez., 31`, `Dez.-1958`.
        if sign == Some(b'.') && self.rest.starts_with([',', '-']) {
            self.rest = self.rest[1..].trim_start_matches(' ');
        }
        self.after_dot = sign == Some(b'.');
        if self.word() == "of" {
            self.rest = self.rest[2..].trim_start_matches(' ');
        }
        let part = if self.is_time() { None } else { self.part() };
        if part.is_none() {
            self.rest = start;
        }
        part.map(|part| (sign, part))
    }

    /// Skips the ending of an ordinal number: `1st`, `1er`.
    fn skip_ordinal(&mut self) {
        let word = self.word();
        if ["st", "nd", "rd", "th", "er", "ste"]
            .iter()
            .any(|ending| word.eq_ignore_ascii_case(ending))
        {
            self.rest = &self.rest[word.len()..];
        }
    }

    /// Skips days of the week and articles, with the signs around them.
    fn skip_weekday(&mut self) {
        loop {
            let rest = self.rest.trim_start_matches([' ', ',', '(']);
            let end = rest.find(|character: char| !character.is_alphabetic()).unwrap_or(rest.len());
            if !words::is_ignorable(&rest[..end]) {
                return;
            }
            self.rest = rest[end..].trim_start_matches(['.', ',', ')']).trim_start_matches(' ');
        }
    }

    /// Whether only a point or comma and digits are left.
    fn is_fraction(&self) -> bool {
        let digits = self.rest.strip_prefix(['.', ',']);
        digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// Whether only `.0` is left, which programs write after a whole number.
    fn is_decimal_zero(&self) -> bool {
        matches!(self.rest, ".0" | ",0")
    }

    /// Whether a time of day comes next.
    fn is_time(&self) -> bool {
        matches!(
            self.rest.as_bytes(),
            [b'0'..=b'9', b':', ..] | [b'0'..=b'9', b'0'..=b'9', b':', ..]
        )
    }

    /// Skips a time of day and the name of its zone, and returns the year after them.
    fn year_after_time(&mut self) -> Option<Part> {
        let (time, year) = self.rest.rsplit_once(' ')?;
        let time = time.trim_start_matches(' ');
        let (clock, zone) = time.split_once(' ').unwrap_or((time, ""));
        let is_clock =
            clock.contains(':') && clock.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
        if !is_clock || !zone.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return None;
        }
        self.rest = year;
        self.part()
    }

    /// Distinguishes `28-12-97`, in which any part could be the year, from text that is not a date.
    fn two_digit_year(&mut self) -> Result<ParsedDate, Reason> {
        let is_date = self.is_time_or_end();
        Err(if is_date { Reason::TwoDigitYear } else { Reason::UnknownDateFormat })
    }

    /// Whether nothing is left but a time of day, with or without a zone.
    fn is_time_or_end(&self) -> bool {
        let rest = self.rest.strip_prefix(['.', ',']).unwrap_or(self.rest);
        // `at 6:11`
        let rest = ["at", "um", "alle", "à"]
            .iter()
            .find_map(|word| rest.strip_prefix(' ')?.strip_prefix(word))
            .unwrap_or(rest);
        let time = match rest.as_bytes() {
            [] => return true,
            [b'T', time @ ..] => time,
            [b' ', time @ ..] if time.contains(&b':') => time.trim_ascii_start(),
            _ => return false,
        };
        // JavaScript adds the name of the zone in parentheses.
        let named_zone =
            time.iter().position(|byte| *byte == b'(').filter(|_| time.ends_with(b")"));
        let time = &time[..named_zone.unwrap_or(time.len())];
        let can_be_in_time = |byte: &u8| {
            byte.is_ascii_digit()
                || matches!(byte, b':' | b'.' | b',' | b'+' | b'-' | b' ')
                || b"ZUTCAPMGzutcapmg".contains(byte)
        };
        time.first().is_some_and(u8::is_ascii_digit) && time.iter().all(can_be_in_time)
    }
}
