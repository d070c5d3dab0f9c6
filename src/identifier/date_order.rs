//! The order of day and month in dates such as `03/04/1970`: a property of a column.

use std::{fmt, str::FromStr};

use super::{Normaliser, birth_date};
use crate::parse_error::ParseError;

/// The order of day and month in numeric dates that end with the year, such as `03/04/1970`.
///
/// All dates of a column have the same order, and a single date seldom reveals it. So a caller that
/// reads a file first finds the order of a column ([`Normaliser::date_evidence`]) and then sets it
/// ([`Column::with_date_order`](crate::Column::with_date_order)). The order does not affect
/// dates such as `1970-04-03` and `3. April 1970`.
///
/// ```
/// use leakdex::{DateOrder, Field, Normaliser};
///
/// let mut date = String::new();
/// let normaliser = Normaliser::new().date_order(DateOrder::MonthFirst);
/// normaliser.normalise(Field::BirthDate, "03/04/1970", &mut date);
/// assert_eq!(date, "1970-03-04");
/// normaliser.normalise(Field::BirthDate, "1970-04-03", &mut date);
/// assert_eq!(date, "1970-04-03");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// The order in Germany: `31.12.1958`, `31/12/1958`.
    #[default]
    DayFirst,
    /// The order in the United States: `12/31/1958`.
    MonthFirst,
}

impl DateOrder {
    /// Both orders.
    pub const ALL: [Self; 2] = [Self::DayFirst, Self::MonthFirst];

    /// The order's name in options: `month-first`.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::DayFirst => "day-first",
            Self::MonthFirst => "month-first",
        }
    }
}

impl fmt::Display for DateOrder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.slug())
    }
}

impl FromStr for DateOrder {
    type Err = ParseError;

    fn from_str(slug: &str) -> Result<Self, ParseError> {
        let unknown = ParseError::new("an order of dates is day-first or month-first");
        Self::ALL.into_iter().find(|order| order.slug() == slug).ok_or(unknown)
    }
}

/// The evidence of one value about the order of day and month in its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateEvidence {
    /// The value is not a date in either order.
    NoDate,
    /// Its form allows one order only: `1970-04-03`, `3. April 1970`.
    OneForm,
    /// Day and month are the same number: `04/04/1970`.
    Same,
    /// The date exists in this order only: `31/12/1958`, `12/31/1958`.
    Proves(DateOrder),
    /// The value is a different date in each order, written with slashes: `03/04/1970`.
    Open,
    /// The same with dots, the German form: `03.04.1970`. The day is first, unless other dates of
    /// the column prove the opposite.
    OpenWithDots,
}

impl Normaliser {
    /// Sets the order of day and month in dates of birth, for all columns without their own
    /// ([`Column::with_date_order`](crate::Column::with_date_order)).
    #[must_use]
    pub const fn date_order(mut self, order: DateOrder) -> Self {
        self.date_order = order;
        self
    }

    /// The evidence of a raw value about the order of day and month in its column. It does not
    /// depend on the date order of these rules. Costs a few nanoseconds for usual spellings.
    ///
    /// ```
    /// use leakdex::{DateEvidence, DateOrder, Normaliser};
    ///
    /// let rules = Normaliser::new().current_year(2026);
    /// let american = DateEvidence::Proves(DateOrder::MonthFirst);
    /// assert_eq!(rules.date_evidence(b"12/31/1958"), american);
    /// assert_eq!(rules.date_evidence(b"03/04/1970"), DateEvidence::Open);
    /// ```
    #[must_use]
    pub fn date_evidence(self, raw: &[u8]) -> DateEvidence {
        birth_date::evidence(raw, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_shown_and_read_by_its_slug() {
        for (order, slug) in
            [(DateOrder::DayFirst, "day-first"), (DateOrder::MonthFirst, "month-first")]
        {
            assert_eq!((order.slug(), &*order.to_string()), (slug, slug));
            assert_eq!(slug.parse(), Ok(order));
        }
        let error = "year-first".parse::<DateOrder>().expect_err("no such order");
        assert_eq!(format!("{error:?}"), "an order of dates is day-first or month-first");
    }
}
