//! A date of birth, as `YYYY-MM-DD`; an unknown day or month, legal in German registers, is `00`.

mod cursor;

use cursor::{Cursor, Number};

use super::{
    DateEvidence, DateOrder, LONGEST_VALUE, Normaliser, Outcome, Reason, number::composed,
};
use crate::text::ROOM;

/// A time of day after the date is dropped. Where it stands with a time zone and is not midnight,
/// or is what midnight in Germany is in UTC, the date is suspect: a program in Germany writes the
/// 1 February as `1970-01-31T23:00:00Z`. So is a date that programs write for an unknown one.
pub(super) fn normalise(raw: &str, normaliser: Normaliser, normal_form: &mut String) -> Outcome {
    let text = composed(raw);
    let text = text.trim();
    let is_shifted = may_be_shifted(text);
    let written = read(text.as_bytes(), normaliser.excel_dates);
    let date = written.map(|written| written.in_order(normaliser.date_order));
    match date.and_then(|date| date.checked(normaliser.current_year.into())) {
        Ok(Some(date)) => {
            date.push_to(normal_form);
            if is_shifted {
                Outcome::Suspect(Reason::TimeZone)
            } else if date.stands_for_nothing() {
                Outcome::Suspect(Reason::Placeholder)
            } else {
                Outcome::Ok
            }
        }
        Ok(None) => Outcome::Absent,
        Err(reason) => Outcome::Invalid(reason),
    }
}

/// Whether a time of day other than midnight stands with a time zone after the date, or one that is
/// midnight in Germany, in UTC.
fn may_be_shifted(text: &str) -> bool {
    // The hour begins two characters before the first colon, or after the T of a date without any.
    let is_digit = |character: char| character.is_ascii_digit();
    let before_colon = text.find(':').and_then(|colon| colon.checked_sub(2));
    let after_t = || text.find('T').filter(|&t| text[..t].ends_with(is_digit)).map(|t| t + 1);
    let hour = before_colon.or_else(after_t);
    let Some(time) = hour.and_then(|hour| text.get(hour..)) else { return false };
    let clock = time.split(['Z', 'z', '+', '-', 'U', 'u']).next().unwrap_or("");
    if clock.len() < time.len() {
        return clock.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    }
    is_late(clock)
}

/// Whether a time of day is 22:00 or 23:00, midnight in Germany's summer and winter, or 21:00, midnight
/// in the double summer time of 1945 and 1947; up to a fraction of a second.
fn is_late(clock: &str) -> bool {
    let is_pm = clock.contains(['P', 'p']);
    let clock = clock.trim_start().split(['.', ',']).next().unwrap_or("");
    let digits = clock.bytes().take_while(u8::is_ascii_digit).count();
    let (hour, rest) = clock.split_at(digits.min(2));
    let hour = hour.parse().map_or(0, |hour: u8| if is_pm && hour < 12 { hour + 12 } else { hour });
    (21..=23).contains(&hour) && !rest.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
}

/// Nobody born earlier is in a register of today.
const EARLIEST_YEAR: u32 = 1850;

/// A date as written; zero is unknown.
struct Date {
    year: u32,
    month: u32,
    day: u32,
}

impl Date {
    /// This date if there is such a day, `None` if all of it is zeros.
    fn checked(self, current_year: u32) -> Result<Option<Self>, Reason> {
        let Self { year, month, day } = self;
        if (year, month, day) == (0, 0, 0) {
            return Ok(None);
        }
        if !(EARLIEST_YEAR..=current_year).contains(&year) {
            return Err(Reason::YearOutOfRange);
        }
        let days = match month {
            // A day without its month is no date.
            0 => 0,
            2 if is_leap_year(year) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return Err(Reason::ImpossibleDate),
        };
        if day > days { Err(Reason::ImpossibleDate) } else { Ok(Some(self)) }
    }

    /// Whether this is the first day of databases or of spreadsheets, which stands for an unknown one.
    const fn stands_for_nothing(&self) -> bool {
        matches!((self.year, self.month, self.day), (1900, 1, 1) | (1899, 12, 30 | 31))
    }

    fn push_to(&self, text: &mut String) {
        let digit = |number: u32| char::from_digit(number % 10, 10).unwrap_or('0');
        let Self { year, month, day } = *self;
        text.extend([year / 1000, year / 100, year / 10, year].map(digit));
        for number in [month, day] {
            text.push('-');
            text.push(digit(number / 10));
            text.push(digit(number));
        }
    }
}

/// Day and month in the order of their column, and the year.
struct Pair {
    first: u32,
    second: u32,
    year: u32,
    /// Whether they are written with dots, and not with slashes.
    has_dots: bool,
}

impl Pair {
    /// The numbers of a whole date that is given as `31.12.1958` or `31/12/1958`, with nothing around
    /// it.
    fn usual(raw: &[u8]) -> Option<Self> {
        let [f1, f2, separator @ (b'.' | b'/'), s1, s2, other, y1, y2, y3, y4] = *raw else {
            return None;
        };
        if other != separator || ![f1, f2, s1, s2, y1, y2, y3, y4].iter().all(u8::is_ascii_digit) {
            return None;
        }
        let year = 100 * number(y1, y2) + number(y3, y4);
        let has_dots = separator == b'.';
        Some(Self { first: number(f1, f2), second: number(s1, s2), year, has_dots })
    }

    const fn in_order(&self, order: DateOrder) -> Date {
        let Self { first, second, year, .. } = *self;
        match order {
            DateOrder::DayFirst => Date { year, month: second, day: first },
            DateOrder::MonthFirst => Date { year, month: first, day: second },
        }
    }

    fn evidence(&self, current_year: u32) -> DateEvidence {
        let [day_first, month_first] = DateOrder::ALL
            .map(|order| matches!(self.in_order(order).checked(current_year), Ok(Some(_))));
        match (day_first, month_first) {
            (false, false) => DateEvidence::NoDate,
            (true, false) => DateEvidence::Proves(DateOrder::DayFirst),
            (false, true) => DateEvidence::Proves(DateOrder::MonthFirst),
            _ if self.first == self.second => DateEvidence::Same,
            _ if self.has_dots => DateEvidence::OpenWithDots,
            _ => DateEvidence::Open,
        }
    }
}

/// A date as its form gives it.
enum Written {
    Date(Date),
    Pair(Pair),
}

impl Written {
    const fn in_order(self, order: DateOrder) -> Date {
        match self {
            Self::Date(date) => date,
            Self::Pair(pair) => pair.in_order(order),
        }
    }
}

/// What a value shows of the order of day and month in its column.
pub(super) fn evidence(raw: &[u8], normaliser: Normaliser) -> DateEvidence {
    let current_year = normaliser.current_year.into();
    if let Some(pair) = Pair::usual(raw) {
        return pair.evidence(current_year);
    }
    let Ok(text) = str::from_utf8(raw) else { return DateEvidence::NoDate };
    if text.len() > LONGEST_VALUE {
        return DateEvidence::NoDate;
    }
    match read(composed(text).trim().as_bytes(), normaliser.excel_dates) {
        Ok(Written::Pair(pair)) => pair.evidence(current_year),
        Ok(Written::Date(date)) => match date.checked(current_year) {
            Ok(Some(_)) => DateEvidence::OneForm,
            _ => DateEvidence::NoDate,
        },
        Err(_) => DateEvidence::NoDate,
    }
}

/// The number of two digits.
fn number(tens: u8, ones: u8) -> u32 {
    10 * u32::from(tens - b'0') + u32::from(ones - b'0')
}

/// Writes a whole date that is given as `31.12.1958`, `31/12/1958` or `1958-12-31`, with nothing around
/// it, to `room`, and gives its length; 0 for others.
#[inline]
pub(super) fn write_usual(raw: &[u8], rules: Normaliser, room: &mut [u8; ROOM]) -> usize {
    let digits = match *raw {
        [f1, f2, b'.', s1, s2, b'.', y1, y2, y3, y4]
        | [f1, f2, b'/', s1, s2, b'/', y1, y2, y3, y4] => match rules.date_order {
            DateOrder::DayFirst => [y1, y2, y3, y4, s1, s2, f1, f2],
            DateOrder::MonthFirst => [y1, y2, y3, y4, f1, f2, s1, s2],
        },
        [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] => [y1, y2, y3, y4, m1, m2, d1, d2],
        _ => return 0,
    };
    let mut are_digits = true;
    for digit in digits {
        are_digits &= digit.is_ascii_digit();
    }
    if !are_digits {
        return 0;
    }
    let [y1, y2, y3, y4, m1, m2, d1, d2] = digits;
    let year = 100 * number(y1, y2) + number(y3, y4);
    let date = Date { year, month: number(m1, m2), day: number(d1, d2) };
    if date.day == 0
        || date.stands_for_nothing()
        || !matches!(date.checked(rules.current_year.into()), Ok(Some(_)))
    {
        return 0;
    }
    room[..10].copy_from_slice(&[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2]);
    10
}

/// Reads a date in any of the known forms, with nothing but a time of day after it.
fn read(text: &[u8], excel_dates: bool) -> Result<Written, Reason> {
    let mut text = Cursor::new(text);
    let first = text.number().ok_or(Reason::UnknownDateFormat)?;
    if excel_dates && first.digits < 8 && (text.is_at_end() || text.is_fraction()) {
        return excel_date(first.value).map(Written::Date);
    }
    let written = match (first.digits, text.peek()) {
        (8, None | Some(b'T' | b' ')) => Written::Date(Date {
            year: first.value / 10_000,
            month: first.value / 100 % 100,
            day: first.value % 100,
        }),
        (4, None) => Written::Date(Date { year: first.value, month: 0, day: 0 }),
        (4, Some(b'-')) => Written::Date(year_first(first.value, &mut text)?),
        (1 | 2, Some(b'/')) => year_last(first.value, b'/', &mut text)?,
        (1 | 2, Some(b'.' | b' ')) => year_last(first.value, b'.', &mut text)?,
        (2, Some(b'-')) => return Err(two_digit_year(&mut text)),
        // A spreadsheet's count of days, perhaps with the time of day as a fraction.
        (_, None) => return Err(Reason::SerialNumber),
        (3.., Some(b'.' | b',')) if text.is_fraction() => return Err(Reason::SerialNumber),
        _ => return Err(Reason::UnknownDateFormat),
    };
    if text.is_time_or_end() { Ok(written) } else { Err(Reason::UnknownDateFormat) }
}

/// The date of a serial number in Excel's 1900 system: the days since 1899-12-30.
///
/// Excel counts a 29 February 1900, which never was, so that only from March 1900 on is its count
/// that of other spreadsheets. What is before is ambiguous.
fn excel_date(serial: u32) -> Result<Date, Reason> {
    const FIRST_OF_MARCH_1900: u32 = 61;
    if serial == 0 {
        return Ok(Date { year: 0, month: 0, day: 0 });
    }
    // Years and months begin in March, so that a leap day is the last day of its year.
    let mut day = serial.checked_sub(FIRST_OF_MARCH_1900).ok_or(Reason::SerialNumber)?;
    let mut year = 1900;
    loop {
        let length = if is_leap_year(year + 1) { 366 } else { 365 };
        if day < length {
            break;
        }
        (year, day) = (year + 1, day - length);
        // Far beyond any date of birth; the caller says what is in the future.
        if year > 9999 {
            return Err(Reason::YearOutOfRange);
        }
    }
    let mut month = 3;
    for length in [31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31] {
        if day < length {
            break;
        }
        (month, day) = (month + 1, day - length);
    }
    if month > 12 {
        (year, month) = (year + 1, month - 12);
    }
    Ok(Date { year, month, day: day + 1 })
}

const fn is_leap_year(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Reads on after the year of `1958-12` or `1958-12-31`.
fn year_first(year: u32, text: &mut Cursor<'_>) -> Result<Date, Reason> {
    text.skip(b'-');
    let month = text.two_digits().ok_or(Reason::UnknownDateFormat)?;
    let day =
        if text.skip(b'-') { text.two_digits().ok_or(Reason::UnknownDateFormat)? } else { 0 };
    Ok(Date { year, month, day })
}

/// Reads on after the first number of `31.12.1958`, `31. 12. 1958`, `31. Dezember 1958` or `31/12/1958`.
fn year_last(first: u32, separator: u8, text: &mut Cursor<'_>) -> Result<Written, Reason> {
    let separated = text.skip(separator);
    text.skip_spaces();
    let month = if separator == b'.' { text.month_name() } else { None };
    let second = if month.is_some() {
        text.skip(b'.');
        0
    } else {
        let second = text.two_digits().ok_or(Reason::UnknownDateFormat)?;
        if !separated || !text.skip(separator) {
            return Err(Reason::UnknownDateFormat);
        }
        second
    };
    text.skip_spaces();
    let year = match text.number() {
        Some(Number { digits: 4, value: year }) => year,
        Some(Number { digits: 2, .. }) => return Err(Reason::TwoDigitYear),
        _ => return Err(Reason::UnknownDateFormat),
    };
    Ok(match month {
        Some(month) => Written::Date(Date { year, month, day: first }),
        None => Written::Pair(Pair { first, second, year, has_dots: separator == b'.' }),
    })
}

/// Tells `28-12-97` and `97-12-28`, of which no part is surely the year, from what is no date.
fn two_digit_year(text: &mut Cursor<'_>) -> Reason {
    let pairs = (0..2).all(|_| text.skip(b'-') && text.two_digits().is_some());
    if pairs && text.is_time_or_end() { Reason::TwoDigitYear } else { Reason::UnknownDateFormat }
}
