//! Calendar dates, and dates of birth that are moved by days or months.

use crate::identifier::civil_from_days;

/// A calendar date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub year: i32,
    pub month: i32,
    pub day: i32,
}

impl Date {
    /// Reads a normal form; `None` if the day is unknown.
    pub fn read(normal_form: &str) -> Option<Self> {
        let mut parts = normal_form.split('-').map(|part| part.parse::<i32>().ok());
        let [year, month, day] = [parts.next()??, parts.next()??, parts.next()??];
        Self { year, month, day }.checked()
    }

    fn checked(self) -> Option<Self> {
        ((1..=12).contains(&self.month) && (1..=self.days_of_month()).contains(&self.day))
            .then_some(self)
    }

    const fn days_of_month(self) -> i32 {
        let is_leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        match self.month {
            2 => 28 + is_leap as i32,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// The date with day and month exchanged, if that is another date.
    pub fn swapped(self) -> Option<Self> {
        let Self { year, month, day } = self;
        Self { year, month: day, day: month }.checked().filter(|swapped| *swapped != self)
    }

    /// The same day in another month. Month 0 is December of the previous year, and 13 is January of the next.
    pub fn in_month(self, month: i32) -> Option<Self> {
        let (year, month) = match month {
            0 => (self.year - 1, 12),
            13 => (self.year + 1, 1),
            month => (self.year, month),
        };
        Self { year, month, ..self }.checked()
    }

    pub fn moved(self, days: i32) -> Option<Self> {
        let (year, month, day) = civil_from_days((self.number_of_day() + days).into());
        let [year, month, day] = [year, month, day].map(|part| i32::try_from(part).ok());
        Self { year: year?, month: month?, day: day? }.checked()
    }

    /// The number of days since 1970-01-01. Years begin in March here, so a leap day is the last day.
    const fn number_of_day(self) -> i32 {
        const DAYS_BEFORE_1970: i32 = 719_468;
        let (year, month) = match self.month {
            ..3 => (self.year - 1, self.month + 9),
            _ => (self.year, self.month - 3),
        };
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        365 * year + leap_days + (153 * month + 2) / 5 + self.day - 1 - DAYS_BEFORE_1970
    }

    /// The date in ISO 8601.
    pub fn written(self) -> [u8; 10] {
        let Self { year, month, day } = self;
        let digit = |number: i32| b'0' + u8::try_from(number % 10).unwrap_or(0);
        let [y1, y2, y3, y4] = [year / 1000, year / 100, year / 10, year].map(digit);
        let [m1, m2, d1, d2] = [month / 10, month, day / 10, day].map(digit);
        [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::read(text).expect("a day of the calendar")
    }

    #[test]
    fn dates_move_over_the_ends_of_months_and_years() {
        assert_eq!(date("1999-12-31").moved(1), Some(date("2000-01-01")));
        assert_eq!(date("2000-03-01").moved(-1), Some(date("2000-02-29")));
        assert_eq!(date("1904-01-01").moved(-1462), Some(date("1899-12-30")));
        assert_eq!(date("2100-02-28").moved(1), Some(date("2100-03-01")));
        assert_eq!(date("1970-01-31").in_month(2), None);
        assert_eq!(date("1970-12-05").in_month(13), Some(date("1971-01-05")));
        assert_eq!(date("1970-05-05").swapped(), None);
        assert_eq!(date("1970-05-13").swapped(), None);
        assert_eq!(date("1970-05-12").swapped(), Some(date("1970-12-05")));
    }

    #[test]
    fn each_day_of_four_centuries_comes_after_the_one_before() {
        let mut day = date("1800-01-01");
        while day.year < 2201 {
            let next = if day.day < day.days_of_month() {
                Date { day: day.day + 1, ..day }
            } else {
                Date { day: 1, ..day }.in_month(day.month + 1).expect("each month has a first day")
            };
            assert_eq!((day.moved(1), next.moved(-1)), (Some(next), Some(day)));
            day = next;
        }
    }
}
