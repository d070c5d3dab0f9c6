//! Asks again with dates of birth that are changed in the ways in which programs change them.
//!
//! A date that is off by a day looks like any other, so no count of values shows the error. But if
//! members who were not found are found with the next day, the dates of one side are off.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::{IndexSet, date::Date, verdict::State, verdicts::Verdicts};
use crate::{
    batch::Batch,
    columns::{Column, Columns},
    identifier::{Field, Kind, KindSet},
    profile::{RunCaveat, Side, Sign},
};

/// The ways to change a date. The last one measures chance: no program makes it.
const CHANGES: [fn(Date) -> Option<Date>; 8] = [
    Date::swapped,
    |date| date.moved(1),
    |date| date.moved(-1),
    |date| date.moved(DAYS_OF_1904),
    |date| date.moved(-DAYS_OF_1904),
    |date| date.in_month(date.month + 1),
    |date| date.in_month(date.month - 1),
    |date| date.moved(17),
];

/// How many days the two calendars of spreadsheets are apart.
const DAYS_OF_1904: i32 = 1462;

/// Fewer members who are found with changed dates tell nothing.
const FEWEST: u64 = 3;

/// One in so many people may have a date with a typing error.
const TYPING_ERRORS: u64 = 50;

/// How many members are found if their dates of birth are changed, for each way to change them. The
/// counts add up over blocks, threads, files and tasks.
///
/// Each way takes another check of the same rows. In a long list, ask for a part of the rows, chosen by
/// their place in the list, so that the result does not depend on threads.
///
/// ```
/// use leakdex::{Breach, Column, Columns, DateProbe, Field, IndexBuilder, IndexSet, Key, Record, Sign};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// for day in 1..=9 {
///     // A program wrote midnight in Germany as a time of the day before.
///     let date = format!("1970-03-0{day}");
///     builder.add(&Record::new().last_name("Muster").first_name("Eva").birth_date(&date))?;
/// }
/// let set = IndexSet::new([builder.build()?])?;
///
/// let mut rows = Columns::new(3);
/// rows.push(Column::new(Field::LastName, b"MusterMusterMuster", &[0, 6, 12, 18]));
/// rows.push(Column::new(Field::FirstName, b"EvaEvaEva", &[0, 3, 6, 9]));
/// rows.push(Column::new(Field::BirthDate, b"10.03.197028.02.197001.04.1970", &[0, 10, 20, 30]));
/// let verdicts = set.check_columns(&rows);
///
/// let mut probe = DateProbe::default();
/// probe += set.probe_dates(&rows, &verdicts);
/// // One member is found a day earlier, one a day later, and one a month earlier.
/// assert!(probe.caveat().is_none(), "one of each tells nothing");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateProbe {
    /// How many members with a date of birth were not found, and were asked for again.
    asked: u64,
    /// How many members were found by their date of birth as it is.
    found_as_they_are: u64,
    /// How many were found with each of the [`CHANGES`].
    found: [u64; CHANGES.len()],
}

impl DateProbe {
    /// The sign that the dates of one side were changed.
    #[must_use]
    pub fn caveat(&self) -> Option<RunCaveat> {
        let (by_chance, changes) = self.found.split_last()?;
        let most = changes.iter().copied().max().unwrap_or(0);
        let is_sign =
            most >= FEWEST + 3 * by_chance && most * TYPING_ERRORS >= self.found_as_they_are;
        let (side, field) = (Side::Members, Field::BirthDate);
        is_sign.then(|| RunCaveat::new(side, field, Sign::ShiftedDates, most, self.asked))
    }
}

impl AddAssign for DateProbe {
    fn add_assign(&mut self, more: Self) {
        self.asked += more.asked;
        self.found_as_they_are += more.found_as_they_are;
        self.found.iter_mut().zip(more.found).for_each(|(own, more)| *own += more);
    }
}

impl IndexSet {
    /// Asks again for the members in these rows who are not affected, with dates of birth that are
    /// changed in the ways in which programs change them. It takes eight more checks of these rows.
    #[must_use]
    pub fn probe_dates(&self, rows: &Columns<'_>, verdicts: &Verdicts) -> DateProbe {
        let is_asked = |row: usize| verdicts.state(row) == State::NotAffected;
        let mut probe = DateProbe::default();
        if self.kinds().intersection(kinds_with_date()).is_empty() {
            return probe;
        }
        let has_date = |matched: &&KindSet| !matched.intersection(kinds_with_date()).is_empty();
        probe.found_as_they_are = verdicts.matched().iter().filter(has_date).count() as u64;
        let is_date = |column: &&Column<'_>| column.field() == Field::BirthDate;
        let Some(dates) = rows.columns().iter().find(is_date) else { return probe };
        let rules = self.normaliser();
        let rules = dates.date_order().map_or(rules, |order| rules.date_order(order));
        let mut normal_form = String::new();
        let dates: Vec<Option<Date>> = (0..rows.len())
            .map(|row| {
                let raw = dates.text(row).ok().filter(|_| is_asked(row))?;
                rules.normalise(Field::BirthDate, raw, &mut normal_form);
                Date::read(&normal_form)
            })
            .collect();
        probe.asked = dates.iter().flatten().count() as u64;
        let mut batch = Batch::new(self.normaliser(), self.kinds());
        for (change, found) in CHANGES.iter().zip(&mut probe.found) {
            let (mut text, mut offsets) = (String::new(), vec![0]);
            for date in &dates {
                date.and_then(change).into_iter().for_each(|date| date.push_to(&mut text));
                offsets.push(i64::try_from(text.len()).unwrap_or(i64::MAX));
            }
            let mut changed = Columns::new(rows.len());
            let is_part = |column: &&Column<'_>| {
                column.field().kind().is_none() && column.field() != Field::BirthDate
            };
            rows.columns().iter().filter(is_part).for_each(|column| changed.push(*column));
            changed.push(Column::of_large_offsets(Field::BirthDate, text.as_bytes(), &offsets));
            batch.clear();
            batch.push_columns(&changed);
            let of_changed = self.check_batch(&batch);
            let matched = of_changed.matched().iter().enumerate();
            let asked = matched.filter(|(row, _)| dates[*row].is_some()).map(|(_, kinds)| kinds);
            *found = asked.filter(has_date).count() as u64;
        }
        probe
    }
}

/// The match keys with a date of birth.
fn kinds_with_date() -> KindSet {
    Kind::ALL.iter().copied().filter(|kind| kind.has_date()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_finds_many_is_a_sign_and_one_that_chance_finds_too_is_none() {
        let probe = |found| {
            DateProbe { asked: 1000, found_as_they_are: 100, found }
                .caveat()
                .map(|caveat| caveat.count)
        };
        assert_eq!(probe([0, 3, 0, 0, 0, 0, 0, 0]), Some(3));
        let errors =
            DateProbe { asked: 9, found_as_they_are: 500, found: [9, 0, 0, 0, 0, 0, 0, 0] };
        assert_eq!(errors.caveat(), None, "some typing errors are to be expected");
        assert_eq!(probe([0, 2, 2, 0, 0, 0, 0, 0]), None);
        assert_eq!(probe([9, 8, 9, 8, 9, 8, 9, 7]), None);
        assert_eq!(probe([0, 0, 0, 0, 0, 0, 0, 50]), None);
    }
}
