//! Cells as people and programs write them. Each test covers one cause of missed persons, or of
//! matches between strangers.

use leakdex::{
    Breach, DateEvidence, DateOrder, Field, IndexBuilder, Key, Normaliser, Outcome, Reason, Record,
};

fn rules() -> Normaliser {
    Normaliser::new().current_year(2026)
}

fn of(field: Field, raw: &str) -> (Outcome, String) {
    let mut normal_form = String::new();
    let outcome = rules().normalise(field, raw, &mut normal_form);
    (outcome, normal_form)
}

#[track_caller]
fn assert_all(field: Field, cells: &[&str], normal_form: &str) {
    for raw in cells {
        assert_eq!(of(field, raw), (Outcome::Ok, normal_form.to_owned()), "{raw:?}");
    }
}

#[track_caller]
fn assert_none(field: Field, cells: &[&str], reason: Reason) {
    for raw in cells {
        assert_eq!(of(field, raw), (Outcome::Invalid(reason), String::new()), "{raw:?}");
    }
}

/// Whether a member with one cell is found in a leak with the other.
#[track_caller]
fn assert_found(field: Field, leaked: &str, members: &[&str]) {
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    let breach = Breach::named("leak").expect("well formed");
    let mut builder = IndexBuilder::new(&key, breach);
    let record = |raw: &str| {
        let mut record = Record::new();
        record.push(field, raw);
        record
    };
    let _added = builder.add(&record(leaked)).expect("there are few classes");
    let index = builder.build().expect("the index fits the format");
    for member in members {
        assert_eq!(index.check(&record(member)).slug(), "affected", "{leaked:?} {member:?}");
    }
}

#[cfg(feature = "phone")]
mod phones {
    use super::*;

    #[test]
    fn a_phone_number_that_a_program_wrote_as_a_float_is_the_same_number() {
        let cells = ["1711234567.0", "1.711234567E9", "4.91711234567E11", "0171 1234567"];
        assert_all(Field::Phone, &cells, "+491711234567");
    }

    #[test]
    fn a_float_with_its_zero_or_code_put_before_it_is_the_same_number() {
        let cells = ["01711234567.0", "01711234567,0", "+491711234567.0", "00491711234567.00"];
        assert_all(Field::Phone, &cells, "+491711234567");
    }

    #[test]
    fn a_phone_number_that_lost_digits_to_scientific_notation_is_invalid() {
        assert_none(Field::Phone, &["1.71E9", "4.91711E+11"], Reason::ScientificNotation);
    }

    #[test]
    fn a_mobile_number_that_lost_its_plus_is_the_same_number() {
        assert_all(Field::Phone, &["491711234567", "+491711234567"], "+491711234567");
    }

    #[test]
    fn words_in_a_phone_number_are_not_digits() {
        let cells = [
            "030 123456 App. 12",
            "030 123456 Durchwahl 12",
            "030 123456 (Fax)",
            "030 123456 (privat)",
            "Tel.: 030 123456",
            "030 123456 nach 18 Uhr",
        ];
        assert_all(Field::Phone, &cells, "+4930123456");
        assert_none(Field::Phone, &["0800 FLOWERS", "030 12EINS"], Reason::WrongCharacter);
    }

    #[test]
    fn two_phone_numbers_in_a_cell_are_both_found() {
        for separator in [" / ", "; ", ", ", " oder ", " und ", "\n"] {
            let cell = format!("030 123456{separator}0171 1234567");
            assert_found(Field::Phone, &cell, &["030 123456", "0171 1234567"]);
            assert_found(Field::Phone, "0171 1234567", &[&cell]);
        }
        assert_all(Field::Phone, &["030/123456", "030 / 123456"], "+4930123456");
    }

    #[test]
    fn masked_digits_of_a_phone_number_are_invalid() {
        assert_none(Field::Phone, &["0171****567", "0171 XXXX567"], Reason::Masked);
    }

    #[test]
    fn a_phone_number_without_its_area_code_is_invalid() {
        assert_none(Field::Phone, &["234567", "4922579"], Reason::AmbiguousNumber);
    }

    #[test]
    fn a_placeholder_phone_number_is_absent() {
        for raw in ["0123456789", "111111", "+49 000 000"] {
            assert_eq!(of(Field::Phone, raw).0, Outcome::Absent, "{raw}");
        }
    }
}

#[test]
fn a_card_number_that_a_spreadsheet_cut_to_fifteen_digits_is_invalid() {
    let cut = ["80276883110000100000", "80276 88311 00001 00000"];
    assert_none(Field::Iccsn, &cut, Reason::LostDigits);
    assert_none(Field::Ehic, &cut, Reason::LostDigits);
}

/// Such a program gave one number to two strangers whose numbers differ in the last digits.
#[test]
fn a_card_number_that_a_program_held_as_a_float_is_invalid() {
    let mut neighbours = Vec::new();
    for serial in (80_276_883_110_000_100_001_u128..).step_by(1777).take(2000) {
        #[expect(clippy::cast_precision_loss, reason = "digits are lost, as in such a program")]
        let double = serial as f64;
        let in_full = format!("{double:.0}");
        assert_ne!(in_full, serial.to_string());
        assert_none(Field::Iccsn, &[&in_full, &double.to_string()], Reason::LostDigits);
        neighbours.push(of(Field::Iccsn, &serial.to_string()).0);
    }
    let read = neighbours.iter().filter(|outcome| **outcome == Outcome::Ok).count();
    assert!(read > 1990, "{read} of 2000 right numbers");
}

#[test]
fn an_address_between_marks_is_the_same_address() {
    let cells = [
        "'a@b.de",
        "„a@b.de“",
        "«a@b.de»",
        "‚a@b.de‘",
        "Name <a@b.de>",
        "\"Name\" <a@b.de>",
        "=\"a@b.de\"",
        "mailto:a@b.de",
        "a@b.de;",
        "a@b.de,",
        "a@b.de.",
        "a＠b.de",
    ];
    assert_all(Field::Email, &cells, "a@b.de");
}

#[test]
fn a_masked_address_is_invalid() {
    assert_none(Field::Email, &["ab***@x.de", "a…@x.de", "ab•••@x.de"], Reason::Masked);
}

#[test]
fn two_addresses_in_a_cell_are_both_found() {
    for separator in ["; ", ", ", " / ", " ", "\n", " oder "] {
        let cell = format!("a@b.de{separator}c@d.de");
        assert_found(Field::Email, &cell, &["a@b.de", "c@d.de"]);
        assert_found(Field::Email, "c@d.de", &[&cell]);
    }
}

#[test]
fn an_address_that_belongs_to_nobody_affects_no_member() {
    for raw in ["keine@keine.de", "noreply@example.de", "test@test.de", "unbekannt@example.de"] {
        assert_eq!(of(Field::Email, raw).0, Outcome::Absent, "{raw}");
    }
    assert_all(Field::Email, &["info@firma.de"], "info@firma.de");
}

#[test]
fn a_postcode_has_one_form_with_its_countrys_sign_and_without() {
    assert_all(Field::PostalCode, &["A-1010", "A1010", "AT-1010", "AT 1010", "1010"], "01010");
    assert_all(Field::PostalCode, &["CH 8000", "CH-8000", "8000"], "08000");
    assert_all(Field::PostalCode, &["PLZ 10115", "D-10115", "10115"], "10115");
}

#[test]
fn a_date_is_read_as_people_and_programs_write_it() {
    let cells = [
        "1970/02/01",
        "1970.02.01",
        "01-02-1970",
        "01-FEB-1970",
        "Feb 1 1970 12:00AM",
        "01021970",
        "Sonntag, 1. Februar 1970",
        "1 February 1970",
        "February 1, 1970",
    ];
    assert_all(Field::BirthDate, &cells, "1970-02-01");
}

/// The normal form of the date, read with the day first and with the month first.
#[test]
fn every_form_of_two_numbers_follows_the_order_of_its_column() {
    for raw in ["02/01/1970", "02.01.1970", "02-01-1970", "02 01 1970", "02011970", "2011970"] {
        let read = DateOrder::ALL.map(|order| {
            let mut date = String::new();
            assert_eq!(
                rules().date_order(order).normalise(Field::BirthDate, raw, &mut date),
                Outcome::Ok
            );
            date
        });
        assert_eq!(read, ["1970-01-02", "1970-02-01"], "{raw}");
        let evidence = rules().date_evidence(raw.as_bytes());
        assert!(
            matches!(evidence, DateEvidence::Open | DateEvidence::OpenWithDots),
            "{raw}: {evidence:?}"
        );
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

/// The domain that shops write over the address of a deleted customer.
#[test]
fn an_address_in_a_domain_that_never_exists_is_nobodys() {
    for raw in ["deleted@example.invalid", "Kunde.12@GELOESCHT.invalid", "a@b.invalid; c@d.invalid"]
    {
        assert_eq!(of(Field::Email, raw).0, Outcome::Absent, "{raw}");
    }
    assert_all(Field::Email, &["a@b.invalid; max@example.de"], "max@example.de");
    assert_all(Field::Email, &["max@invalid.de"], "max@invalid.de");
}

#[test]
fn a_placeholder_in_a_leak_shows_no_date_of_birth() {
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    let mut builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    for (address, date) in [("a@example.de", "1900-01-01"), ("b@example.de", "1970-02-01")] {
        let record = Record::new().email(address).birth_date(date);
        let _added = builder.add(&record).expect("there are few classes");
    }
    let index = builder.build().expect("the index fits the format");
    let classes = |address: &str| {
        let verdict = index.check(&Record::new().email(address));
        let exposure = verdict.finding().expect("it leaked").exposure();
        exposure.data_classes().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(classes("a@example.de"), ["email-addresses"]);
    assert_eq!(classes("b@example.de"), ["dates-of-birth", "email-addresses"]);
}
