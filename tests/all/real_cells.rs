//! Cells as people and programs write them. `tests/data/normal_forms.jsonl` has their normal forms.
//! These tests cover what a table of forms cannot express.

use leakdex::{DateEvidence, DateOrder, Field, Normaliser, Outcome, Reason, Record};

use crate::support::{index_of, key};

fn rules() -> Normaliser {
    Normaliser::new().current_year(2026)
}

fn outcome(field: Field, raw: &str) -> Outcome {
    rules().normalise(field, raw, &mut String::new())
}

/// Whether a member with one cell is found in a leak with the other.
#[track_caller]
fn assert_found(field: Field, leaked: &str, members: &[&str]) {
    let record = |raw: &str| Record::new().with(field, raw);
    let index = index_of(&key(), &[record(leaked)]);
    for member in members {
        assert_eq!(index.check(&record(member)).slug(), "affected", "{leaked:?} {member:?}");
    }
}

#[test]
#[cfg(feature = "phone")]
fn two_phone_numbers_in_a_cell_are_both_found() {
    for separator in [" / ", "; ", ", ", " oder ", " und ", "\n"] {
        let cell = format!("030 123456{separator}0171 1234567");
        assert_found(Field::Phone, &cell, &["030 123456", "0171 1234567"]);
        assert_found(Field::Phone, "0171 1234567", &[&cell]);
    }
}

/// Such a program gives the same number to two strangers whose numbers differ in the last digits.
#[test]
fn a_card_number_that_a_program_held_as_a_float_is_invalid() {
    let mut outcomes = Vec::new();
    for serial in (80_276_883_110_000_100_001_u128..).step_by(1777).take(2000) {
        #[expect(clippy::cast_precision_loss, reason = "digits are lost, as in such a program")]
        let double = serial as f64;
        let in_full = format!("{double:.0}");
        assert_ne!(in_full, serial.to_string());
        for rounded in [in_full, double.to_string()] {
            let lost = Outcome::Invalid(Reason::LostDigits);
            assert_eq!(outcome(Field::Iccsn, &rounded), lost, "{rounded}");
        }
        outcomes.push(outcome(Field::Iccsn, &serial.to_string()));
    }
    let read = outcomes.iter().filter(|outcome| **outcome == Outcome::Ok).count();
    assert!(read > 1990, "{read} of 2000 right numbers");
}

#[test]
fn two_addresses_in_a_cell_are_both_found() {
    for separator in ["; ", ", ", " / ", " ", "\n", " oder "] {
        let cell = format!("a@b.de{separator}c@d.de");
        assert_found(Field::Email, &cell, &["a@b.de", "c@d.de"]);
        assert_found(Field::Email, "c@d.de", &[&cell]);
    }
}

/// Reads each date with the day first and with the month first.
#[test]
fn every_form_of_two_numbers_follows_the_order_of_its_column() {
    for raw in
        ["02/01/1970", "02.01.1970", "2.1.1970", "02-01-1970", "02 01 1970", "02011970", "2011970"]
    {
        let read = DateOrder::ALL.map(|order| {
            let mut date = String::new();
            assert_eq!(
                rules().date_order(order).normalise(Field::BirthDate, raw, &mut date),
                Outcome::Ok
            );
            date
        });
        assert_eq!(read, ["1970-01-02", "1970-02-01"], "{raw}");
        let has_dots = raw.contains('.');
        let open = if has_dots { DateEvidence::OpenWithDots } else { DateEvidence::Open };
        assert_eq!(rules().date_evidence(raw.as_bytes()), open, "{raw}");
    }
    for raw in ["12/31/1958", "12-31-1958", "12 31 1958", "12311958"] {
        let proof = DateEvidence::Proves(DateOrder::MonthFirst);
        assert_eq!(rules().date_evidence(raw.as_bytes()), proof, "{raw}");
    }
}

/// For every date from 1850 on, eight digits with the year first are not a date with the day or
/// month first, and vice versa.
#[test]
fn eight_digits_are_one_date_only() {
    let mut date = String::new();
    for year in 1850..=2030 {
        for (month, day) in (0..=12).flat_map(|month| (0..=31).map(move |day| (month, day))) {
            let iso = format!("{year}-{month:02}-{day:02}");
            let any_year = Normaliser::new();
            if any_year.normalise(Field::BirthDate, &iso, &mut date) != Outcome::Ok {
                continue;
            }
            for order in DateOrder::ALL {
                let (first, second) =
                    if order == DateOrder::DayFirst { (day, month) } else { (month, day) };
                for raw in
                    [format!("{year}{month:02}{day:02}"), format!("{first:02}{second:02}{year}")]
                {
                    any_year.date_order(order).normalise(Field::BirthDate, &raw, &mut date);
                    assert_eq!(date, iso, "{raw}");
                }
            }
        }
    }
}

#[test]
fn a_placeholder_in_a_leak_shows_no_date_of_birth() {
    let leak = [("a@example.de", "1900-01-01"), ("b@example.de", "1970-02-01")]
        .map(|(address, date)| Record::new().email(address).birth_date(date));
    let index = index_of(&key(), &leak);
    let classes = |address: &str| {
        let verdict = index.check(&Record::new().email(address));
        let exposure = verdict.finding().expect("it leaked").exposure();
        exposure.data_classes().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(classes("a@example.de"), ["email-addresses"]);
    assert_eq!(classes("b@example.de"), ["dates-of-birth", "email-addresses"]);
}
