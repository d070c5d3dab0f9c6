//! The date of birth of a row, and match keys that rows make with other dates than their own.

use super::{Batch, Identifier, normalise::Normalising};
use crate::{
    columns::Columns,
    identifier::{Field, KindSet, Outcome},
    text::ROOM,
};

impl Batch {
    /// The date of birth of a row, as year, month and day, to tell whether a member is of age. An unknown day or
    /// month is 0. None if the row gives no right date, a suspect date, or several dates. Rows count from 0.
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

    /// Takes in what rows give for match keys, but for dates of birth, and makes no identifier.
    pub(crate) fn push_parts_without_dates(&mut self, columns: &Columns<'_>) {
        Normalising::of(self, columns).run_parts_without_dates();
    }

    /// Adds the match keys of these kinds that a row makes as a member's with this date of birth, as a cell has
    /// it. The number is that of the date; the keys have it in the place of the person's.
    pub(crate) fn push_keys_with_date(
        &mut self,
        row: usize,
        (number, date): (u8, &[u8]),
        kinds: KindSet,
    ) {
        let mut room = [0; ROOM];
        let length = Field::BirthDate.write_usual(date, self.normaliser, &mut room);
        let date = if length > 0 {
            &room[..length]
        } else {
            let text = str::from_utf8(date).unwrap_or_default();
            let outcome = self.normaliser.normalise(Field::BirthDate, text, &mut self.normal_form);
            if matches!(outcome, Outcome::Absent | Outcome::Invalid(_)) {
                return;
            }
            self.normal_form.as_bytes()
        };
        let Self { parts, text, identifiers, .. } = self;
        parts.for_each_born_on(row, date, |person| {
            person.push_match_keys_of(kinds, text, |kind, place, _| {
                let identifier = Identifier::new(row, kind, place, false, true);
                identifiers.push(Identifier { person: number, ..identifier });
            });
        });
    }

    /// Takes the keys out, and keeps what the rows give for more of them.
    pub(crate) fn clear_keys(&mut self) {
        self.text.clear();
        self.identifiers.clear();
    }
}
