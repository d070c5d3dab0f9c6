//! The date of birth of a row, and match keys with dates other than the row's own.

use super::{Batch, Identifier, Row};
use crate::{
    identifier::{Field, KindSet, Outcome},
    text::ROOM,
};

/// A day of the calendar as `YYYY-MM-DD`.
type IsoDate = [u8; 10];

impl Batch {
    /// The date of birth of row `row`, counted from 0, as year, month and day. An unknown day or
    /// month is 0. `None` if the row has no valid date, a suspect date, or several dates.
    ///
    /// Use it to find out whether a member is of age.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[must_use]
    pub fn date_of_birth(&self, row: usize) -> Option<(u16, u8, u8)> {
        self.require(row);
        let date = self.parts.date_of_birth(row)?;
        let mut parts = str::from_utf8(date).ok()?.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
    }

    /// The first complete date of birth of a row, in normal form.
    pub(crate) fn first_birth_date(&self, row: usize) -> Option<&str> {
        str::from_utf8(self.parts.first_value(row, Field::BirthDate)).ok()
    }

    /// A batch without rows. It can make match keys for the rows of `self` with other dates of
    /// birth.
    pub(crate) fn for_other_dates(&self) -> Self {
        let mut batch = Self::new(self.normaliser, self.derived);
        batch.parts = self.parts.clone();
        batch
    }

    /// Adds the match keys of these kinds for the member in a row, with this date of birth in place
    /// of the row's own. The keys get `number` as their row. Returns false, and adds none, if the
    /// date is invalid.
    pub(crate) fn push_keys_with_date(
        &mut self,
        row: usize,
        (number, date): (usize, IsoDate),
        kinds: KindSet,
    ) -> bool {
        if self.date_is_suspect(&date).is_none() {
            return false;
        }
        let Self { parts, text, identifiers, .. } = self;
        parts.for_each_person_born_on(row, &date, |person| {
            person.push_match_keys_of(kinds, text, |kind, place, _| {
                identifiers.push(Identifier::new(number, kind, place, false, true));
            });
        });
        true
    }

    /// Removes the keys and keeps the parts, from which more keys can be made.
    pub(crate) fn clear_keys(&mut self) {
        self.text.clear();
        self.identifiers.clear();
    }

    /// Makes a batch with one row for each of `dates`: a copy of that row, with this date of birth
    /// in place of its own, and with all its match keys.
    pub(crate) fn with_dates(mut self, dates: &[(usize, IsoDate)]) -> Self {
        self.clear_keys();
        let rows: Vec<usize> = dates.iter().map(|&(row, _)| row).collect();
        self.parts.select(&rows);
        self.rows = vec![Row::default(); dates.len()];
        for (number, (_, date)) in dates.iter().enumerate() {
            if let Some(suspect) = self.date_is_suspect(date) {
                self.parts.set_birth_date(number, date, suspect);
            }
        }
        self.push_match_keys(0);
        self
    }

    /// Whether a date of birth is suspect; `None` if it is not valid.
    fn date_is_suspect(&mut self, date: &IsoDate) -> Option<bool> {
        let mut room = [0; ROOM];
        if Field::BirthDate.write_usual(date, self.normaliser, &mut room) > 0 {
            return Some(false);
        }
        let date = str::from_utf8(date).ok()?;
        match self.normaliser.normalise(Field::BirthDate, date, &mut self.normal_form) {
            Outcome::Ok => Some(false),
            Outcome::Suspect(_) => Some(true),
            Outcome::Absent | Outcome::Invalid(_) => None,
        }
    }
}
