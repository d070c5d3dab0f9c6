//! A date of birth, as `YYYY-MM-DD`. An unknown day or month, which German registers allow, is
//! `00`.

mod calendar;
mod read;
mod words;

pub use calendar::civil_from_days;
pub(super) use calendar::is_placeholder;
use calendar::{Date, Pair, ParsedDate};
use read::read;

use super::{
    DateEvidence, DateOrder, LONGEST_VALUE, Normaliser, Outcome, Reason, cell::unmarked,
    number::composed,
};
use crate::text::ROOM;

/// A time of day after the date is dropped. The date is suspect if a time zone may have shifted it:
/// if the time has a zone and is not midnight, or if it is a UTC time of midnight in Germany. A
/// program in Germany may write 1 February as `1970-01-31T23:00:00Z`. A date that programs write
/// for an unknown one is suspect, too.
pub(super) fn normalise(raw: &str, normaliser: Normaliser, normal_form: &mut String) -> Outcome {
    let text = composed(raw);
    let text = unmarked(&text);
    let is_shifted = may_be_shifted(text) || normaliser.excel_dates && has_late_fraction(text);
    let written = read(text, normaliser.excel_dates);
    let date = written.map(|written| written.in_order(normaliser.date_order));
    match date.and_then(|date| date.checked(normaliser.current_year.into())) {
        Ok(Some(date)) => {
            date.push_to(normal_form);
            if is_shifted {
                Outcome::Suspect(Reason::TimeZone)
            } else if date.is_placeholder() {
                Outcome::Suspect(Reason::Placeholder)
            } else {
                Outcome::Ok
            }
        }
        Ok(None) => Outcome::Absent,
        Err(reason) => Outcome::Invalid(reason),
    }
}

/// Whether the time of day after the date has a time zone and is not midnight, or has no zone and
/// is a UTC time of midnight in Germany.
fn may_be_shifted(text: &str) -> bool {
    // The hour begins after a T between digits. Without one, it begins two characters before the
    // first colon. In `T230000+01:00`, the first colon is that of the zone.
    let is_digit = |character: char| character.is_ascii_digit();
    let is_between =
        |t: usize| text[..t].ends_with(is_digit) && text[t + 1..].starts_with(is_digit);
    let after_t = text.find('T').filter(|&t| is_between(t)).map(|t| t + 1);
    let before_colon = || text.find(':').and_then(|colon| colon.checked_sub(2));
    let hour = after_t.or_else(before_colon);
    let Some(time) = hour.and_then(|hour| text.get(hour..)) else { return false };
    let time = time.trim_start_matches(|character: char| !is_digit(character));
    let is_clock = |character: char| is_digit(character) || matches!(character, ':' | '.' | ',');
    let end = time.find(|character: char| !is_clock(character)).unwrap_or(time.len());
    // `p.m.`, a zone, and the year can follow: `23:00:00 GMT 1970`, as Java writes it.
    let (clock, rest) = time.split_at(end);
    let rest = rest.replace(['.', ' '], "").to_ascii_lowercase();
    // `12:00:00 AM` is midnight.
    let clock = clock.strip_prefix("12").filter(|_| rest.starts_with("am")).unwrap_or(clock);
    let zone = rest.strip_prefix("am").or_else(|| rest.strip_prefix("pm")).unwrap_or(&rest);
    if zone.contains(|character: char| character.is_alphabetic() || "+-".contains(character)) {
        return clock.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    }
    is_late(clock, rest.starts_with("pm"))
}

/// Whether a time of day can be midnight in Germany, written in UTC. It is 22:00 in summer, 23:00
/// in winter, and 21:00 in the double summer time of 1945 and 1947. A fraction of a second may
/// follow.
fn is_late(clock: &str, is_pm: bool) -> bool {
    let clock = clock.split(['.', ',']).next().unwrap_or("");
    let digits = clock.bytes().take_while(u8::is_ascii_digit).count();
    let (hour, rest) = clock.split_at(digits.min(2));
    let is_late_hour = |hour: u8| matches!(hour, 21..=23) || is_pm && matches!(hour, 9..=11);
    hour.parse::<u8>().is_ok_and(is_late_hour)
        && !rest.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
}

/// Whether the fraction of a spreadsheet's count of days is such a time of day, to the minute.
fn has_late_fraction(text: &str) -> bool {
    let Some((_, digits)) = text.split_once(['.', ',']) else { return false };
    let hours = format!("0.{digits}").parse().map_or(0.0, |fraction: f64| 24.0 * fraction);
    [21.0_f64, 22.0, 23.0].into_iter().any(|hour| (hours - hour).abs() * 60.0 < 0.5)
}

/// The numbers of a whole date written as `31.12.1958`, `31/12/1958` or `31-12-1958`, with nothing
/// around it.
fn usual_pair(raw: &[u8]) -> Option<Pair> {
    let [f1, f2, separator @ (b'.' | b'/' | b'-'), s1, s2, other, y1, y2, y3, y4] = *raw else {
        return None;
    };
    if other != separator || ![f1, f2, s1, s2, y1, y2, y3, y4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let year = 100 * number(y1, y2) + number(y3, y4);
    let has_dots = separator == b'.';
    Some(Pair { first: number(f1, f2), second: number(s1, s2), year, has_dots })
}

/// The evidence of a value about the order of day and month in its column.
pub(super) fn evidence(raw: &[u8], normaliser: Normaliser) -> DateEvidence {
    let current_year = normaliser.current_year.into();
    if let Some(pair) = usual_pair(raw) {
        return pair.evidence(current_year);
    }
    let Ok(text) = str::from_utf8(raw) else { return DateEvidence::NoDate };
    if text.len() > LONGEST_VALUE {
        return DateEvidence::NoDate;
    }
    match read(unmarked(&composed(text)), normaliser.excel_dates) {
        Ok(ParsedDate::Pair(pair)) => pair.evidence(current_year),
        Ok(ParsedDate::Date(date)) => match date.checked(current_year) {
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

/// Writes a whole date to `room` and returns its length, if it is written as `31.12.1958`,
/// `31/12/1958`, `31-12-1958` or `1958-12-31`, with nothing around it. Returns 0 otherwise.
#[inline]
pub(super) fn write_usual(raw: &[u8], rules: Normaliser, room: &mut [u8; ROOM]) -> usize {
    let digits = match *raw {
        [f1, f2, b'.', s1, s2, b'.', y1, y2, y3, y4]
        | [f1, f2, b'/', s1, s2, b'/', y1, y2, y3, y4]
        | [f1, f2, b'-', s1, s2, b'-', y1, y2, y3, y4] => match rules.date_order {
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
        || date.is_placeholder()
        || !matches!(date.checked(rules.current_year.into()), Ok(Some(_)))
    {
        return 0;
    }
    room[..10].copy_from_slice(&[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2]);
    10
}
