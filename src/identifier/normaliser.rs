//! The rules of normalising that a caller can set.

use super::{DateOrder, Field, Outcome, Reason, Region, is_placeholder, placeholder};

/// The rules that the caller can set, for both sides alike.
///
/// ```
/// use leakdex::{Field, Normaliser, Outcome};
///
/// let normaliser = Normaliser::new().current_year(2026);
/// let mut normal_form = String::new();
/// let outcome = normaliser.normalise(Field::Kvnr, " a 123 456 780", &mut normal_form);
/// assert_eq!((outcome, normal_form.as_str()), (Outcome::Ok, "A123456780"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Normaliser {
    pub(super) current_year: u16,
    pub(super) excel_dates: bool,
    pub(super) date_order: DateOrder,
    pub(super) region: Region,
}

impl Normaliser {
    /// The default rules: any birth year from 1850 on is taken, since the library has no clock, the
    /// day comes first in `03/04/1970`, and phone numbers without a country code are German.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            current_year: 9999,
            excel_dates: false,
            date_order: DateOrder::DayFirst,
            region: Region::DE,
        }
    }

    /// Sets the current year, after which nobody was born.
    #[must_use]
    pub const fn current_year(mut self, year: u16) -> Self {
        self.current_year = year;
        self
    }

    /// Declares whether bare numbers in dates are a spreadsheet's serial numbers: days since
    /// 1899-12-30, as in Excel's 1900 system. Without this they are invalid, never guessed.
    ///
    /// ```
    /// use leakdex::{Field, Normaliser};
    ///
    /// let mut date = String::new();
    /// let normaliser = Normaliser::new().excel_dates(true);
    /// normaliser.normalise(Field::BirthDate, "25600", &mut date);
    /// assert_eq!(date, "1970-02-01");
    /// ```
    #[must_use]
    pub const fn excel_dates(mut self, declared: bool) -> Self {
        self.excel_dates = declared;
        self
    }

    /// Sets the country of phone numbers without a country code.
    #[cfg_attr(docsrs, doc(cfg(feature = "phone")))]
    #[must_use]
    pub const fn region(mut self, region: Region) -> Self {
        self.region = region;
        self
    }

    /// Brings `raw` into the normal form of `field`, in `normal_form`, which is cleared first.
    ///
    /// The normal form is empty unless the outcome is [`Outcome::Ok`] or [`Outcome::Suspect`].
    /// Normalising a normal form gives it again. A name's normal form is its parts, separated by
    /// single spaces. A cell may hold several e-mail addresses, phone numbers or names of one person;
    /// its normal form has `"; "` between them. Costs one pass over the value for plain ASCII.
    pub fn normalise(self, field: Field, raw: &str, normal_form: &mut String) -> Outcome {
        normal_form.clear();
        // Among names, what may be initials is left to their rules.
        if is_placeholder(raw) && !(field.is_name() && placeholder::are_initials(raw)) {
            return Outcome::Absent;
        }
        let outcome = if raw.len() > LONGEST_VALUE {
            Outcome::Invalid(Reason::TooLong)
        } else {
            field.rule()(raw, self, normal_form)
        };
        if matches!(outcome, Outcome::Invalid(_) | Outcome::Absent) {
            normal_form.clear();
        }
        outcome
    }
}

impl Default for Normaliser {
    fn default() -> Self {
        Self::new()
    }
}

/// Longer values are invalid, in bytes: no identifier comes near.
pub(super) const LONGEST_VALUE: usize = 4096;
