//! Days of the calendar, to change dates of birth by days and months.

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub year: i32,
    pub month: i32,
    pub day: i32,
}

impl Date {
    /// Reads a normal form; none if the day is unknown.
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

    pub fn in_month(self, month: i32) -> Option<Self> {
        let (year, month) = match month {
            0 => (self.year - 1, 12),
            13 => (self.year + 1, 1),
            month => (self.year, month),
        };
        Self { year, month, ..self }.checked()
    }

    pub fn moved(mut self, days: i32) -> Option<Self> {
        self.day += days;
        while self.day < 1 {
            self.month -= 1;
            if self.month == 0 {
                (self.year, self.month) = (self.year - 1, 12);
            }
            self.day += self.days_of_month();
        }
        while self.day > self.days_of_month() {
            self.day -= self.days_of_month();
            self.month += 1;
            if self.month == 13 {
                (self.year, self.month) = (self.year + 1, 1);
            }
        }
        self.checked()
    }

    pub fn push_to(self, text: &mut String) {
        let Self { year, month, day } = self;
        for (number, ten) in [(year, 1000), (month, 10), (day, 10)] {
            if ten == 10 {
                text.push('-');
            }
            let mut ten = ten;
            while ten > 0 {
                let digit = u8::try_from(number / ten % 10).unwrap_or(0);
                text.push(char::from(b'0' + digit));
                ten /= 10;
            }
        }
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
        assert_eq!(date("1970-01-31").in_month(2), None);
        assert_eq!(date("1970-12-05").in_month(13), Some(date("1971-01-05")));
        assert_eq!(date("1970-05-05").swapped(), None);
        assert_eq!(date("1970-05-13").swapped(), None);
        assert_eq!(date("1970-05-12").swapped(), Some(date("1970-12-05")));
    }
}
