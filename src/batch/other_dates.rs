//! The date of birth of a row, and match keys with other dates than the row's own.

use super::{Batch, Identifier, normalise::Normalising};
use crate::{
    columns::Columns,
    identifier::{Field, KindSet, Outcome},
    text::ROOM,
};

impl Batch {
    /// The date of birth of a row, as year, month and day. It shows whether a member is of age. An
    /// unknown day or month is 0. `None` if the row has no valid date, a suspect date, or several
    /// dates. The first row is 0.
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

    /// Adds the parts of match keys, except dates of birth, and makes no identifiers.
    pub(crate) fn push_parts_without_dates(&mut self, columns: &Columns<'_>) {
        Normalising::of(self, columns).run_parts_without_dates();
    }

    /// Adds the match keys of these kinds for the member in a row, with this date of birth in place
    /// of the row's own. `date` is raw, as in a cell. `number` becomes the `person` of the keys.
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
        parts.for_each_person_born_on(row, date, |person| {
            person.push_match_keys_of(kinds, text, |kind, place, _| {
                let identifier = Identifier::new(row, kind, place, false, true);
                identifiers.push(Identifier { person: number, ..identifier });
            });
        });
    }

    /// Removes the keys and keeps the parts, from which more keys can be made.
    pub(crate) fn clear_keys(&mut self) {
        self.text.clear();
        self.identifiers.clear();
    }
}
