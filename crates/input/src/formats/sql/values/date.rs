//! Converts dates in a given format to ISO dates.

use std::fmt::Write as _;

use leakdex::internal::civil_from_days;

/// A part of a date format.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A year with four or two digits.
    Year,
    /// A year with two digits.
    ShortYear,
    Month,
    MonthName,
    Day,
    Hour,
    /// An hour of the 12-hour clock.
    Hour12,
    Minute,
    Second,
    Fraction,
    /// `AM` or `PM`.
    AmPm,
    Sign(u8),
}

/// The parts of an Oracle or `PostgreSQL` date format, such as `DD.MM.YYYY HH24:MI:SS`. `None` if a part is
/// unknown.
pub(super) fn oracle_format(format: &[u8]) -> Option<Vec<Part>> {
    const PARTS: [(&str, &[Part]); 25] = [
        ("SYYYY", &[Part::Year]),
        ("YYYY", &[Part::Year]),
        ("RRRR", &[Part::Year]),
        ("YY", &[Part::ShortYear]),
        ("RR", &[Part::ShortYear]),
        ("MONTH", &[Part::MonthName]),
        ("MON", &[Part::MonthName]),
        ("MM", &[Part::Month]),
        ("DD", &[Part::Day]),
        ("HH24", &[Part::Hour]),
        ("HH12", &[Part::Hour12]),
        ("HH", &[Part::Hour12]),
        ("MI", &[Part::Minute]),
        ("SS", &[Part::Second]),
        ("FF1", &[Part::Fraction]),
        ("FF3", &[Part::Fraction]),
        ("FF6", &[Part::Fraction]),
        ("FF9", &[Part::Fraction]),
        ("FF", &[Part::Fraction]),
        ("US", &[Part::Fraction]),
        ("XFF", &[Part::Sign(b'.'), Part::Fraction]),
        ("A.M.", &[Part::AmPm]),
        ("AM", &[Part::AmPm]),
        ("PM", &[Part::AmPm]),
        ("FM", &[]),
    ];
    let mut parts = Vec::new();
    let mut rest = format;
    'parts: while let Some((&first, after)) = rest.split_first() {
        for (name, part) in PARTS {
            if rest.len() >= name.len() && rest[..name.len()].eq_ignore_ascii_case(name.as_bytes())
            {
                parts.extend(part);
                rest = &rest[name.len()..];
                continue 'parts;
            }
        }
        if first == b'"' {
            let end = memchr::memchr(b'"', after)?;
            parts.extend(after[..end].iter().map(|&sign| Part::Sign(sign)));
            rest = &after[end + 1..];
        } else if first.is_ascii_alphanumeric() {
            return None;
        } else {
            parts.push(Part::Sign(first));
            rest = after;
        }
    }
    Some(parts)
}

/// The parts of a `STR_TO_DATE` format, such as `%d.%m.%Y`.
pub(super) fn mysql_format(format: &[u8]) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = format.iter();
    while let Some(&sign) = rest.next() {
        if sign != b'%' {
            parts.push(Part::Sign(sign));
            continue;
        }
        match rest.next()? {
            b'Y' => parts.push(Part::Year),
            b'y' => parts.push(Part::ShortYear),
            b'm' | b'c' => parts.push(Part::Month),
            b'b' | b'M' => parts.push(Part::MonthName),
            b'd' | b'e' => parts.push(Part::Day),
            b'H' | b'k' => parts.push(Part::Hour),
            b'h' | b'I' | b'l' => parts.push(Part::Hour12),
            b'i' => parts.push(Part::Minute),
            b's' | b'S' => parts.push(Part::Second),
            b'f' => parts.push(Part::Fraction),
            b'p' => parts.push(Part::AmPm),
            b'T' => {
                let colon = Part::Sign(b':');
                parts.extend([Part::Hour, colon, Part::Minute, colon, Part::Second]);
            }
            _ => return None,
        }
    }
    Some(parts)
}

/// The parts of a `CONVERT` style in SQL Server. An empty list means ISO 8601.
pub(super) fn style(number: &[u8]) -> Option<Vec<Part>> {
    let format: &[u8] = match number {
        b"101" => b"MM/DD/YYYY",
        b"102" => b"YYYY.MM.DD",
        b"103" => b"DD/MM/YYYY",
        b"104" => b"DD.MM.YYYY",
        b"105" => b"DD-MM-YYYY",
        b"110" => b"MM-DD-YYYY",
        b"111" => b"YYYY/MM/DD",
        b"20" | b"21" | b"23" | b"25" | b"112" | b"120" | b"121" | b"126" | b"127" => b"",
        _ => return None,
    };
    oracle_format(format)
}

/// Converts a date, with its time if the format has one: `1970-12-31 23:59:59`. A date with a two-digit year
/// becomes `31.12.70`, since the century is unknown. `None` if the text does not match.
pub(super) fn iso(text: &[u8], parts: &[Part]) -> Option<String> {
    let mut rest = text.trim_ascii();
    let (mut year, mut month, mut day) = (None, None, None);
    let (mut hour, mut minute, mut second, mut am_pm) = (None, 0, 0, None);
    let mut is_short = false;
    for part in parts {
        // The databases also ignore spaces.
        if *part != Part::Sign(b' ') {
            rest = rest.trim_ascii_start();
        }
        if rest.is_empty() {
            break;
        }
        match part {
            Part::Year => {
                let (value, length) = number(&mut rest, 4)?;
                is_short = length <= 2;
                year = (length == 4 || length == 2).then_some(value);
                year?;
            }
            Part::ShortYear => {
                // Databases disagree about years with more digits.
                let (value, length) = number(&mut rest, 2)?;
                is_short = true;
                year = (length == 2).then_some(value);
                year?;
            }
            Part::Month => month = Some(number(&mut rest, 2)?.0),
            Part::MonthName => month = Some(month_of(&mut rest)?),
            Part::Day => day = Some(number(&mut rest, 2)?.0),
            Part::Hour | Part::Hour12 => hour = Some(number(&mut rest, 2)?.0),
            Part::Minute => minute = number(&mut rest, 2)?.0,
            Part::Second => second = number(&mut rest, 2)?.0,
            Part::Fraction => {
                number(&mut rest, 9)?;
            }
            Part::AmPm => {
                am_pm = Some(rest.first()?.to_ascii_uppercase());
                let length =
                    rest.iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'.');
                rest = &rest[length.count()..];
            }
            Part::Sign(b' ') => rest = rest.trim_ascii_start(),
            // Any punctuation mark matches any other.
            Part::Sign(sign) if sign.is_ascii_punctuation() => {
                let first = rest.first()?;
                if first.is_ascii_punctuation() {
                    rest = &rest[1..];
                } else if !first.is_ascii_digit() {
                    return None;
                }
            }
            Part::Sign(sign) => rest = rest.strip_prefix(&[*sign])?,
        }
    }
    if !rest.trim_ascii().is_empty() {
        return None;
    }
    let (year, month, day) = (year?, month?, day?);
    if parts.contains(&Part::Hour12) {
        hour = match (hour, am_pm?) {
            (Some(12), b'A') => Some(0),
            (Some(hour @ 1..=11), b'P') => Some(hour + 12),
            (hour, _) => hour,
        };
    }
    let is_time = hour.unwrap_or(0) < 24 && minute < 60 && second < 60;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !is_time {
        return None;
    }
    let mut date = if is_short {
        format!("{day:02}.{month:02}.{year:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}")
    };
    if let (Some(hour), true) = (hour, parts.contains(&Part::Minute)) {
        write!(date, " {hour:02}:{minute:02}:{second:02}").ok()?;
    }
    Some(date)
}

fn number(rest: &mut &[u8], most: usize) -> Option<(u32, usize)> {
    let length = rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, after) = rest.split_at(length);
    *rest = after;
    Some((str::from_utf8(digits).ok()?.parse().ok()?, length))
}

/// The month with this English or German name, or with its first three letters.
fn month_of(rest: &mut &[u8]) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "jan",
        "feb",
        "mar m\u{e4}r mrz",
        "apr",
        "may mai",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct okt",
        "nov",
        "dec dez",
    ];
    let is_letter = |byte: &&u8| byte.is_ascii_alphabetic() || **byte >= 0x80;
    let length = rest.iter().take_while(is_letter).count();
    let (name, after) = rest.split_at(length);
    let name = String::from_utf8_lossy(name).to_lowercase();
    let begins = |names: &&str| names.split(' ').any(|known| name.starts_with(known));
    let month = MONTHS.iter().position(begins)?;
    *rest = after.strip_prefix(b".").filter(|_| length == 3).unwrap_or(after);
    u32::try_from(month + 1).ok()
}

/// Decodes the bytes of a date in SQL Server scripts, as in `CAST(0x5B950A00 AS Date)`.
pub(super) fn of_bytes(of_type: &str, bytes: &[u8]) -> Option<String> {
    // The days from 0001-01-01 to 1900-01-01.
    const TO_1900: i64 = 693_595;
    let (days, seconds) = match (of_type, bytes) {
        ("datetime", &[d1, d2, d3, d4, t1, t2, t3, t4]) => {
            let days = i32::from_le_bytes([d4, d3, d2, d1]);
            // The time is in 300ths of a second.
            (TO_1900 + i64::from(days), u32::from_le_bytes([t4, t3, t2, t1]) / 300)
        }
        ("smalldatetime", &[d1, d2, m1, m2]) => {
            let minutes = u32::from(u16::from_le_bytes([m2, m1]));
            (TO_1900 + i64::from(u16::from_le_bytes([d2, d1])), minutes * 60)
        }
        ("date", &[d1, d2, d3] | &[d1, d2, d3, 0]) => {
            (i64::from(u32::from_le_bytes([d1, d2, d3, 0])), 0)
        }
        ("datetime2", &[7, t1, t2, t3, t4, t5, d1, d2, d3]) => {
            let time = u64::from_le_bytes([t1, t2, t3, t4, t5, 0, 0, 0]) / 10_000_000;
            (i64::from(u32::from_le_bytes([d1, d2, d3, 0])), u32::try_from(time).ok()?)
        }
        _ => return None,
    };
    if seconds >= 86_400 {
        return None;
    }
    let (year, month, day) = date_of(days)?;
    let mut date = format!("{year:04}-{month:02}-{day:02}");
    if seconds > 0 {
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        write!(date, " {hours:02}:{minutes:02}:{:02}", seconds % 60).ok()?;
    }
    Some(date)
}

/// The date this many days after 0001-01-01.
fn date_of(days: i64) -> Option<(i64, i64, i64)> {
    const LAST: i64 = 3_652_058;
    /// 0001-01-01, in days from 1970.
    const FIRST: i64 = -719_162;
    (0..=LAST).contains(&days).then(|| civil_from_days(FIRST + days))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oracle(text: &str, format: &str) -> Option<String> {
        iso(text.as_bytes(), &oracle_format(format.as_bytes())?)
    }

    #[test]
    fn the_format_of_to_date_decides_the_date() {
        for (text, format, date) in [
            ("01.02.1970", "DD.MM.YYYY", Some("1970-02-01")),
            ("01.02.1970", "MM.DD.YYYY", Some("1970-01-02")),
            ("1962-2-18 00:00:00", "yyyy-mm-dd hh24:mi:ss", Some("1962-02-18 00:00:00")),
            ("17-JUN-1987", "dd-MON-yyyy", Some("1987-06-17")),
            ("17. Dezember 1987", "DD. MONTH YYYY", Some("1987-12-17")),
            ("19870617", "YYYYMMDD", Some("1987-06-17")),
            ("17-JUN-87", "DD-MON-RR", Some("17.06.87")),
            ("87-06-17", "RR-MM-DD", Some("17.06.87")),
            (
                "01.02.70 11:30:00,000000000 PM",
                "DD.MM.RR HH12:MI:SSXFF AM",
                Some("01.02.70 23:30:00"),
            ),
            ("1987-06-17T08:00:00", "YYYY-MM-DD\"T\"HH24:MI:SS", Some("1987-06-17 08:00:00")),
            ("17.06.1987", "DD.MM.YYYY HH24:MI", Some("1987-06-17")),
            ("17.06.1987 x", "DD.MM.YYYY", None),
            ("32.06.1987", "DD.MM.YYYY", None),
            ("168-1987", "DDD-YYYY", None),
            ("06.1987", "MM.YYYY", None),
            ("", "DD.MM.YYYY", None),
        ] {
            assert_eq!(oracle(text, format).as_deref(), date, "{text} as {format}");
        }
        let german = mysql_format(b"%d.%m.%Y").expect("known");
        assert_eq!(iso(b"1.2.1970", &german).as_deref(), Some("1970-02-01"));
    }

    #[test]
    fn a_year_of_two_digits_takes_two_digits() {
        for (text, format, date) in [
            ("0102701030", "DDMMYYHH24MI", Some("01.02.70 10:30:00")),
            ("700201", "YYMMDD", Some("01.02.70")),
            ("700201", "RRMMDD", Some("01.02.70")),
            ("01.02.1970", "DD.MM.YY", None),
            ("01.02.1970", "DD.MM.RR", None),
            ("1970-02-01", "YY-MM-DD", None),
            ("01.02.7", "DD.MM.YY", None),
            ("01.02.1970", "DD.MM.RRRR", Some("1970-02-01")),
            ("01.02.70", "DD.MM.RRRR", Some("01.02.70")),
            ("01.02.1970 25:00", "DD.MM.YYYY HH24:MI", None),
            ("01.02.1970 10:60", "DD.MM.YYYY HH24:MI", None),
        ] {
            assert_eq!(oracle(text, format).as_deref(), date, "{text} as {format}");
        }
        for (text, format, date) in [
            ("0102701030", "%d%m%y%H%i", Some("01.02.70 10:30:00")),
            ("01.02.1970", "%d.%m.%y", None),
            ("700201", "%y%m%d", Some("01.02.70")),
            ("01.02.1970", "%d.%m.%Y", Some("1970-02-01")),
        ] {
            let parts = mysql_format(format.as_bytes()).expect("known");
            assert_eq!(iso(text.as_bytes(), &parts).as_deref(), date, "{text} as {format}");
        }
    }

    #[test]
    fn the_bytes_of_a_date_in_sql_server_are_a_date() {
        for (of_type, bytes, date) in [
            ("date", "5b950a", "1900-01-01"),
            ("date", "5b950a00", "1900-01-01"),
            ("datetime", "0000000000000000", "1900-01-01"),
            ("datetime", "0000901a00000000", "2001-01-01"),
            ("datetime", "ffffffff00000000", "1899-12-31"),
            ("datetime", "0000901a00c5c100", "2001-01-01 12:00:00"),
            ("smalldatetime", "901a02d0", "2001-01-01 12:00:00"),
            ("datetime2", "0700000000005b950a", "1900-01-01"),
        ] {
            let bytes = hex::decode(bytes).expect("hexadecimal");
            assert_eq!(of_bytes(of_type, &bytes).as_deref(), Some(date), "{of_type}");
        }
    }
}
