//! Which days exist, and the serial dates of spreadsheets.

use crate::identifier::{DateEvidence, DateOrder, Reason};

/// No current register contains anybody who was born earlier.
pub(super) const EARLIEST_YEAR: u32 = 1850;

/// A date as written; zero means unknown.
#[derive(Clone, Copy)]
pub(super) struct Date {
    pub year: u32,
    pub month: u32,
    pub day: u32,
}

impl Date {
    /// This date, if there is such a day; `None` if all of it is zeros.
    pub fn checked(self, current_year: u32) -> Result<Option<Self>, Reason> {
        let Self { year, month, day } = self;
        if (year, month, day) == (0, 0, 0) {
            return Ok(None);
        }
        if !(EARLIEST_YEAR..=current_year).contains(&year) {
            return Err(Reason::YearOutOfRange);
        }
        let days = match month {
            // A day without a month is not a date.
            0 => 0,
            2 if is_leap_year(year) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return Err(Reason::ImpossibleDate),
        };
        if day > days { Err(Reason::ImpossibleDate) } else { Ok(Some(self)) }
    }

    pub const fn is_placeholder(&self) -> bool {
        is_placeholder(self.year, self.month, self.day)
    }

    pub fn push_to(&self, text: &mut String) {
        let digit = |number: u32| char::from_digit(number % 10, 10).unwrap_or('0');
        let Self { year, month, day } = *self;
        text.extend([year / 1000, year / 100, year / 10, year].map(digit));
        for number in [month, day] {
            text.push('-');
            text.push(digit(number / 10));
            text.push(digit(number));
        }
    }

    /// The date of a serial number in Excel's 1900 system: the days since 1899-12-30.
    ///
    /// Excel counts a 29 February 1900, which did not exist. Its numbers agree with other
    /// spreadsheets from March 1900 on, so earlier dates are ambiguous.
    pub fn of_serial_number(serial: u32) -> Result<Self, Reason> {
        const FIRST_OF_MARCH_1900: u32 = 61;
        const DAYS_BEFORE_1970: i64 = 25_569;
        match serial {
            0 => return Ok(Self { year: 0, month: 0, day: 0 }),
            1..FIRST_OF_MARCH_1900 => return Err(Reason::SerialNumber),
            _ => {}
        }
        let (year, month, day) = civil_from_days(i64::from(serial) - DAYS_BEFORE_1970);
        let number = |part: i64| u32::try_from(part).map_err(|_| Reason::YearOutOfRange);
        Ok(Self { year: number(year)?, month: number(month)?, day: number(day)? })
    }
}

/// The year, month and day of the month in the Gregorian calendar. Day 0 is 1 January 1970.
#[must_use]
pub const fn civil_from_days(day: i64) -> (i64, i64, i64) {
    // Years begin in March here, so that a leap day ends the year.
    const DAYS_IN_ERA: i64 = 146_097;
    let day = day.saturating_add(719_468);
    let (era, day) = (day.div_euclid(DAYS_IN_ERA), day.rem_euclid(DAYS_IN_ERA));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = (year + era * 400, month + 3);
    if month > 12 { (year + 1, month - 12, day) } else { (year, month, day) }
}

/// Whether databases or spreadsheets write this date, which is their earliest, for an unknown one.
pub(in crate::identifier) const fn is_placeholder(year: u32, month: u32, day: u32) -> bool {
    matches!((year, month, day), (1900, 1, 1) | (1899, 12, 30 | 31))
}

const fn is_leap_year(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Day and month in the order of their column, and the year.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub first: u32,
    pub second: u32,
    pub year: u32,
    /// Whether the date has dots, as is usual in Germany.
    pub has_dots: bool,
}

impl Pair {
    pub const fn in_order(&self, order: DateOrder) -> Date {
        let Self { first, second, year, .. } = *self;
        match order {
            DateOrder::DayFirst => Date { year, month: second, day: first },
            DateOrder::MonthFirst => Date { year, month: first, day: second },
        }
    }

    pub fn evidence(&self, current_year: u32) -> DateEvidence {
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

/// A date, as far as its form determines it.
pub(super) enum ParsedDate {
    Date(Date),
    Pair(Pair),
}

impl ParsedDate {
    pub const fn in_order(self, order: DateOrder) -> Date {
        match self {
            Self::Date(date) => date,
            Self::Pair(pair) => pair.in_order(order),
        }
    }
}
