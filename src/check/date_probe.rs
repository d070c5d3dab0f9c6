//! Asks again with dates of birth that are changed in the ways in which programs change them.
//!
//! A date that is off by a day looks like any other, so no count of values shows the error. But if
//! members who were not found are found with the next day, the dates of one side are off.
//!
//! Names and a postcode find a member whose date is a little wrong, too, and a check also asks with day
//! and month exchanged. So the probe asks for members who are not found, and for those whom only match
//! keys found, but no key with the date as it is.

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
    /// How many members with a date of birth were not found by it, and were asked for again.
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
    /// Asks again for members in these rows, with dates of birth that are changed as programs change them:
    /// for those who are not affected, and for those whom only match keys without the exact date found. It
    /// takes eight more checks of these rows.
    #[must_use]
    pub fn probe_dates(&self, rows: &Columns<'_>, verdicts: &Verdicts) -> DateProbe {
        let mut probe = DateProbe::default();
        let with_date = kinds_that_show_the_date(self.kinds());
        if with_date.is_empty() {
            return probe;
        }
        let has_date = |matched: &&KindSet| !matched.intersection(with_date).is_empty();
        let matched = verdicts.matched();
        let is_asked = |row: usize| match verdicts.state(row) {
            State::NotAffected => true,
            State::Affected => {
                matched[row].iter().all(Kind::is_match_key) && !has_date(&&matched[row])
            }
            State::Indeterminate => false,
        };
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

/// The match keys that find a record only by the whole date as it is. If a check also asks by a key with day
/// and month exchanged, the key does not show which of the two dates found the record.
fn kinds_that_show_the_date(held: KindSet) -> KindSet {
    let exact: KindSet = [Kind::EndsBirth, Kind::FirstBirthRegion].into_iter().collect();
    let exact = exact.intersection(held);
    // A leak without first names has no such key.
    if exact.is_empty() { held.iter().filter(|kind| kind.has_date()).collect() } else { exact }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Breach, Index, IndexBuilder, Key, Record};

    /// Probes a list of the leaked people with changed dates of birth. Gives the count of the caveat.
    fn probe(with_postcode: bool, change: impl Fn(&str) -> String) -> Option<u64> {
        let key = Key::from_bytes(&[7; 32]).expect("a key");
        let breach = Breach::named("leak").expect("well formed");
        let mut builder = IndexBuilder::new(&key, breach);
        let names = ["Abel", "Berg", "Cruz", "Dorn", "Esch", "Funk", "Gold", "Horn", "Imhof"];
        let mut members = Vec::new();
        for (number, last) in names.iter().enumerate() {
            let date = format!("1970-{:02}-{:02}", number + 1, 12 - number);
            let person = |date: &str| {
                let person = Record::new().last_name(last).first_name("Eva").birth_date(date);
                if with_postcode { person.postal_code("50667") } else { person }
            };
            let _ = builder.add(&person(&date)).expect("there are few classes");
            members.push(person(&change(&date)));
        }
        let index: Index = builder.build().expect("it fits the format");
        let set = IndexSet::new([index]).expect("one index");
        let mut all = DateProbe::default();
        for member in &members {
            let rows = member.columns();
            all += set.probe_dates(&rows, &set.check_columns(&rows));
        }
        all.caveat().map(|caveat| caveat.count)
    }

    #[test]
    fn changed_dates_show_though_names_and_postcode_find_the_members() {
        let changed = |change: fn(Date) -> Option<Date>| {
            move |text: &str| {
                let date = Date::read(text).and_then(change).expect("a day of the calendar");
                let mut text = String::new();
                date.push_to(&mut text);
                text
            }
        };
        for with_postcode in [false, true] {
            let swapped = probe(with_postcode, changed(|date| date.swapped().or(Some(date))));
            assert_eq!(swapped, Some(9), "day and month, with postcode: {with_postcode}");
            let earlier = probe(with_postcode, changed(|date| date.moved(-1)));
            assert_eq!(earlier, Some(9), "a day, with postcode: {with_postcode}");
            let other_calendar = probe(with_postcode, changed(|date| date.moved(DAYS_OF_1904)));
            assert_eq!(other_calendar, Some(9), "four years, with postcode: {with_postcode}");
            assert_eq!(probe(with_postcode, str::to_owned), None, "the dates are right");
        }
    }

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
