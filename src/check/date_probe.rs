//! Repeats checks with dates of birth that are changed as faulty programs change them.
//!
//! A date that is off by a day looks like any other, so counts of values do not show the error. But
//! if members are found only with the next day, the dates of one side are off.
//!
//! A check also finds members without their exact date: by names and postcode, or with day and
//! month exchanged. So the probe covers two groups: members who were not found, and members who
//! were found only by match keys that do not need the exact date.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::{IndexSet, date::Date, verdict::State, verdicts::Verdicts};
use crate::{
    batch::Batch,
    identifier::{Field, Kind, KindSet},
    profile::{RunCaveat, Side, Sign},
};

/// The ways to change a date. The last one measures chance: no program makes this error.
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

/// The difference between the two date systems of spreadsheets, in days.
const DAYS_OF_1904: i32 = 1462;

/// A change is a sign only if it finds at least this many members.
const MIN_COUNT: u64 = 3;

/// Up to one date in this many has a typing error, so a change that finds as few members is no sign.
const TYPING_ERRORS: u64 = 50;

/// How many members are found with changed dates of birth, for each change. The counts add up over
/// blocks, threads, files and tasks.
///
/// A probe takes about as long as a check of the same rows. For a long list, probe a part of the rows.
/// Choose them by their position in the list, so that the result does not depend on threads.
///
/// ```
/// use leakdex::{Breach, Column, Columns, DateProbe, Field, IndexBuilder, IndexSet, Key, Record, Sign};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// for day in 1..=9 {
///     // The leak has the dates from 1 to 9 March 1970.
///     let date = format!("1970-03-0{day}");
///     builder.add(&Record::new().last_name("Muster").first_name("Eva").birth_date(&date))?;
/// }
/// let set = IndexSet::new([builder.build()?])?;
///
/// let mut rows = Columns::new(3);
/// rows.push(Column::new(Field::LastName, b"MusterMusterMuster", &[0, 6, 12, 18]));
/// rows.push(Column::new(Field::FirstName, b"EvaEvaEva", &[0, 3, 6, 9]));
/// rows.push(Column::new(Field::BirthDate, b"10.03.197028.02.197001.04.1970", &[0, 10, 20, 30]));
/// let mut batch = set.batch();
/// batch.push_columns(&rows);
/// let verdicts = set.check_batch(&batch);
///
/// let mut probe = DateProbe::default();
/// probe += set.probe_dates(&batch, &verdicts);
/// // One member is found a day earlier, one a day later, and one a month earlier.
/// assert!(probe.caveat().is_none(), "one of each shows nothing");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateProbe {
    /// How many members with a date of birth were not found by it, and were probed.
    #[serde(rename = "asked")]
    probed: u64,
    /// How many members were found by their date of birth as it is.
    #[serde(rename = "found_as_they_are")]
    found_unchanged: u64,
    /// How many were found with each of the [`CHANGES`].
    found: [u64; CHANGES.len()],
}

impl DateProbe {
    /// The caveat that the dates of one side were changed, if the counts show this.
    #[must_use]
    pub fn caveat(&self) -> Option<RunCaveat> {
        let (by_chance, changes) = self.found.split_last()?;
        let most = changes.iter().copied().max().unwrap_or(0);
        let is_sign =
            most >= MIN_COUNT + 3 * by_chance && most * TYPING_ERRORS >= self.found_unchanged;
        let (side, field) = (Side::Members, Field::BirthDate);
        is_sign.then(|| RunCaveat::new(side, field, Sign::ShiftedDates, most, self.probed))
    }
}

impl AddAssign for DateProbe {
    fn add_assign(&mut self, more: Self) {
        self.probed += more.probed;
        self.found_unchanged += more.found_unchanged;
        self.found.iter_mut().zip(more.found).for_each(|(sum, count)| *sum += count);
    }
}

impl IndexSet {
    /// Repeats the check of rows in this batch with changed dates of birth. It covers members who
    /// are not affected according to `verdicts`, and members who were found only by match keys that
    /// do not need the exact date. It takes about as long as the check itself.
    ///
    /// # Panics
    ///
    /// If there are not as many verdicts as rows.
    #[must_use]
    pub fn probe_dates(&self, batch: &Batch, verdicts: &Verdicts) -> DateProbe {
        assert!(batch.len() == verdicts.len(), "the verdicts must be those of the batch");
        let mut probe = DateProbe::default();
        let with_date = kinds_that_show_the_date(self.kinds());
        if with_date.is_empty() {
            return probe;
        }
        let has_date = |matched: &KindSet| !matched.intersection(with_date).is_empty();
        probe.found_unchanged =
            verdicts.matched().iter().filter(|matched| has_date(matched)).count() as u64;
        let is_probed = |row: usize| match verdicts.state(row) {
            State::NotAffected => true,
            State::Affected => {
                let matched = verdicts.matched()[row];
                matched.iter().all(Kind::is_match_key) && !has_date(&matched)
            }
            State::Indeterminate => false,
        };
        let (mut changes, mut dates) = (Vec::new(), Vec::new());
        for row in (0..batch.len()).filter(|row| is_probed(*row)) {
            if let Some(date) = batch.first_birth_date(row).and_then(Date::read) {
                probe.probed += 1;
                for (number, change) in CHANGES.iter().enumerate() {
                    changes.extend(change(date).map(|_| number));
                    dates.extend(change(date).map(|date| (row, date)));
                }
            }
        }
        let checked = self.check_with_dates(batch, &dates, with_date);
        for (number, matched) in checked.found.iter().zip(checked.verdicts.matched()) {
            probe.found[changes[*number]] += u64::from(has_date(matched));
        }
        probe
    }
}

/// The match keys that find a record only by the exact date. If a check also tries a key with day and month
/// exchanged, a hit does not show which of the two dates found the record.
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

    /// Probes a list of the leaked people with changed dates of birth. Returns the counts of the caveat.
    fn probe(with_postcode: bool, change: impl Fn(&str) -> String) -> Option<(u64, u64)> {
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
            let mut batch = set.batch();
            batch.push(member);
            all += set.probe_dates(&batch, &set.check_batch(&batch));
        }
        all.caveat().map(|caveat| (caveat.count, caveat.of))
    }

    #[test]
    fn changed_dates_are_noticed_even_if_names_and_postcode_find_the_members() {
        let changed = |change: fn(Date) -> Option<Date>| {
            move |text: &str| {
                let date = Date::read(text).and_then(change).expect("a day of the calendar");
                String::from_utf8(date.written().to_vec()).expect("digits")
            }
        };
        for with_postcode in [false, true] {
            let swapped = probe(with_postcode, changed(|date| date.swapped().or(Some(date))));
            assert_eq!(swapped, Some((9, 9)), "day and month, with postcode: {with_postcode}");
            let earlier = probe(with_postcode, changed(|date| date.moved(-1)));
            assert_eq!(earlier, Some((9, 9)), "a day, with postcode: {with_postcode}");
            let other_calendar = probe(with_postcode, changed(|date| date.moved(DAYS_OF_1904)));
            assert_eq!(other_calendar, Some((9, 9)), "four years, with postcode: {with_postcode}");
            assert_eq!(probe(with_postcode, str::to_owned), None, "the dates are right");
        }
    }

    #[test]
    fn a_change_that_finds_many_is_a_sign_unless_chance_finds_as_many() {
        let probe = |found| {
            DateProbe { probed: 1000, found_unchanged: 100, found }
                .caveat()
                .map(|caveat| caveat.count)
        };
        assert_eq!(probe([0, 3, 0, 0, 0, 0, 0, 0]), Some(3));
        let errors = DateProbe { probed: 9, found_unchanged: 500, found: [9, 0, 0, 0, 0, 0, 0, 0] };
        assert_eq!(errors.caveat(), None, "some typing errors are to be expected");
        assert_eq!(probe([0, 2, 2, 0, 0, 0, 0, 0]), None);
        assert_eq!(probe([9, 8, 9, 8, 9, 8, 9, 7]), None);
        assert_eq!(probe([0, 0, 0, 0, 0, 0, 0, 50]), None);
    }
}
