//! The numbers are valid and unique.

use std::collections::HashSet;

use leakdex::{Field, Normaliser, Outcome};

use crate::{
    date::Date,
    members::list_order,
    names::letters,
    numbers::{check_digit, iban, steuer_id},
    person::Person,
};

#[test]
fn generated_numbers_are_valid() {
    let normaliser = Normaliser::new();
    let mut normal_form = String::new();
    for number in (0..20_000).chain(1_299_000..1_300_000) {
        let person = Person::new(number);
        for (field, value) in [
            (Field::Kvnr, &person.kvnr),
            (Field::Iccsn, &person.iccsn),
            (Field::Email, &person.email),
            (Field::Username, &person.username),
            (Field::Iban, &iban(number)),
            (Field::SteuerId, &steuer_id(number)),
        ] {
            let outcome = normaliser.normalise(field, value, &mut normal_form);
            assert_eq!(outcome, Outcome::Ok, "{field} {value}");
            assert_eq!(&normal_form, value);
        }
    }
}

#[test]
fn the_check_digit_matches_the_published_example() {
    assert_eq!(check_digit("A12345678"), '0');
}

#[test]
fn no_two_persons_have_a_number_or_address_in_common() {
    let mut seen = HashSet::new();
    for number in 0..50_000 {
        let Person { kvnr, iccsn, email, username, .. } = Person::new(number);
        let numbers = [kvnr, iccsn, email, username, iban(number), steuer_id(number)];
        assert!(numbers.into_iter().all(|value| seen.insert(value)));
    }
}

#[test]
fn days_are_counted_as_spreadsheets_count_them() {
    assert_eq!(Date { year: 1970, month: 2, day: 1 }.serial(), 25_600);
    assert_eq!(Date { year: 2000, month: 2, day: 29 }.serial(), 36_585);
    for serial in 61..60_000 {
        let date = Date::from_serial(serial);
        assert_eq!(date.serial(), serial);
        assert!((1..=31).contains(&date.day) && (1..=12).contains(&date.month), "{date:?}");
    }
}

#[test]
fn the_member_list_has_each_person_once() {
    let mut persons: Vec<u32> = list_order(600, 10_000, 0..10_000).collect();
    assert_ne!(persons[1], persons[0] + 1);
    persons.sort_unstable();
    assert!(persons.into_iter().eq(600..10_600));
}

#[test]
fn names_are_written_out_in_ascii() {
    assert_eq!(letters("Müller-Weiß"), "muellerweiss");
    for number in 0..5_000 {
        let name = Person::new(number).last_name;
        let expected = name.chars().filter(|letter| letter.is_alphabetic()).count();
        assert!(letters(&name).len() >= expected, "{name}");
    }
}
