//! The rules of normalising that a caller can set.

use super::{DateOrder, Field, Outcome, Reason, Region, is_placeholder, placeholder};

/// The rules that a caller can set. They describe how the values of a list are written, so the leak and the members may
/// need different ones.
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
    /// The default rules. Any birth year from 1850 on is accepted, because the library has no
    /// clock. The day comes first in `03/04/1970`. Phone numbers without a country code are German.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            current_year: 9999,
            excel_dates: false,
            date_order: DateOrder::DayFirst,
            region: Region::DE,
        }
    }

    /// Sets the current year. Later birth years are invalid.
    #[must_use]
    pub const fn current_year(mut self, year: u16) -> Self {
        self.current_year = year;
        self
    }

    /// Sets whether a bare number in a date field is a spreadsheet's serial number: the days since
    /// 1899-12-30, as in Excel's 1900 system. By default, such numbers are invalid. The
    /// library never guesses.
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

    /// Writes the normal form of `raw`, a value of `field`, to `normal_form`, which is cleared
    /// first.
    ///
    /// The normal form is empty unless the outcome is [`Outcome::Ok`] or [`Outcome::Suspect`].
    /// Normalising a normal form does not change it. The normal form of a name is its parts,
    /// separated by single spaces. A cell may hold several e-mail addresses, phone numbers or names
    /// of one person; its normal form separates them by `"; "`. For a value in plain ASCII, the
    /// cost is one pass over the value.
    pub fn normalise(self, field: Field, raw: &str, normal_form: &mut String) -> Outcome {
        normal_form.clear();
        // In name fields, the rules for names decide on text that may be initials.
        if is_placeholder(raw) && !(field.is_name() && placeholder::may_be_initials(raw)) {
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
        let is_invalid = matches!(outcome, Outcome::Invalid(_));
        if is_invalid && !field.can_be_a_word() && placeholder::is_word_for_none(raw) {
            return Outcome::Absent;
        }
        outcome
    }
}

impl Default for Normaliser {
    fn default() -> Self {
        Self::new()
    }
}

/// The length of the longest valid value, in bytes. Real identifiers are far shorter.
pub(super) const LONGEST_VALUE: usize = 4096;
