//! The model keeps its shares, and each number always gives the same person.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use leakdex::{Field, Normaliser, Outcome};

use super::{Inhabitant, MODEL, household, person};
use crate::names::letters;

const PEOPLE: u32 = 50_000;

static SAMPLE: LazyLock<Vec<Inhabitant>> = LazyLock::new(|| (0..PEOPLE).map(person).collect());

#[track_caller]
fn assert_share(expected: f64, tolerance: f64, has: impl Fn(&Inhabitant) -> bool) {
    let count = SAMPLE.iter().filter(|person| has(person)).count();
    let share = f64::from(u32::try_from(count).expect("it is small")) / f64::from(PEOPLE);
    assert!((share - expected).abs() < tolerance, "{share} instead of {expected}");
}

fn has_umlaut(name: &str) -> bool {
    name.contains(['ä', 'ö', 'ü', 'ß', 'Ä', 'Ö', 'Ü'])
}

fn last_names() -> HashMap<&'static str, f64> {
    let mut counts = HashMap::new();
    for person in SAMPLE.iter() {
        *counts.entry(person.last_name.as_str()).or_default() += 1.0 / f64::from(PEOPLE);
    }
    counts
}

/// The pairs of neighbours in the list who share surname and postcode.
fn relatives() -> Vec<&'static [Inhabitant]> {
    let is_home = |pair: &&[Inhabitant]| {
        let surname = |person: &Inhabitant| person.last_name.split('-').next().map(str::to_owned);
        pair[0].postal_code == pair[1].postal_code && surname(&pair[0]) == surname(&pair[1])
    };
    SAMPLE.windows(2).filter(is_home).collect()
}

#[test]
fn equal_numbers_give_equal_persons() {
    let rows = [0, 1, 40_000].map(|number| {
        let Inhabitant { first_name, last_name, birth_date, postal_code, .. } = person(number);
        format!("{first_name} {last_name} {} {postal_code}", birth_date.year)
    });
    assert_eq!(
        rows,
        ["Olaf Becker 2022 2747", "Jürgen Becker 2019 2747", "Lukas-Luis Schmidt 2012 81758"]
    );
    assert_eq!(SAMPLE[40_000], person(40_000));
}

#[test]
fn frequent_surnames_have_their_published_shares() {
    let counts = last_names();
    // Households make these counts a little more variable than independent draws.
    for (name, share, tolerance) in
        [("Müller", 0.0086, 0.0012), ("Schmidt", 0.0064, 0.0011), ("Schneider", 0.0039, 0.0008)]
    {
        // Three in a hundred have a double name instead.
        let counted = counts[name] / 0.97;
        assert!((counted - share).abs() < tolerance, "{name} {counted}");
    }
}

#[test]
fn surnames_have_a_long_tail() {
    let different: HashSet<&str> =
        (0..super::surnames::SURNAMES).map(|rank| MODEL.surnames.name(rank)).collect();
    assert_eq!(different.len(), 400_000);
    let counts = last_names();
    assert!((18_000..28_000).contains(&counts.len()), "{}", counts.len());
    let once = counts.values().filter(|&&share| share < 1.5 / f64::from(PEOPLE)).count();
    assert!(once > counts.len() / 3, "{once} of {}", counts.len());
}

#[test]
fn a_surname_belongs_to_regions() {
    // How often strangers from the same region share a surname, and strangers from different regions.
    let mut regions = HashMap::<(u32, &str), f64>::new();
    let mut people = HashMap::<u32, f64>::new();
    // One person per household, since relatives share a name anyway.
    let strangers = SAMPLE.windows(2).filter(|pair| pair[0].postal_code != pair[1].postal_code);
    for person in strangers.map(|pair| &pair[1]) {
        let region = person.postal_code / 1000;
        *regions.entry((region, person.last_name.as_str())).or_default() += 1.0;
        *people.entry(region).or_default() += 1.0;
    }
    let mut names = HashMap::<&str, f64>::new();
    regions.iter().for_each(|((_, name), count)| *names.entry(name).or_default() += count);
    let all: f64 = people.values().sum();
    let pairs = |count: &f64| count * (count - 1.0);
    let within = regions.values().map(pairs).sum::<f64>() / people.values().map(pairs).sum::<f64>();
    let anywhere = names.values().map(pairs).sum::<f64>() / pairs(&all);
    assert!(within > 2.0 * anywhere, "{within} within a region, {anywhere} anywhere");
}

#[test]
fn names_have_their_shares_of_umlauts_and_second_names() {
    assert_share(1.0 / 7.0, 0.02, |person| {
        !person.last_name.contains('-') && has_umlaut(&person.last_name)
    });
    assert_share(0.03, 0.003, |person| person.last_name.contains('-'));
    // Names such as Karl-Heinz are in the list of given names.
    assert_share(0.165, 0.01, |person| person.first_name.contains([' ', '-']));
    assert_share(0.08, 0.01, |person| person.first_name.contains(' '));
}

#[test]
fn given_names_depend_on_the_year_of_birth() {
    let share = |name: &str, years: std::ops::Range<u16>| {
        let born: Vec<_> =
            SAMPLE.iter().filter(|person| years.contains(&person.birth_date.year)).collect();
        let named = born.iter().filter(|person| person.first_name == name).count();
        named * 10_000 / born.len()
    };
    for (name, years, others) in [
        ("Helga", 1944..1950, 2000..2024),
        ("Nicole", 1970..1980, 2010..2024),
        ("Mia", 2008..2018, 1944..1980),
    ] {
        assert!(share(name, years) > 5 * share(name, others), "{name}");
    }
}

#[test]
fn households_share_surname_and_postcode_and_some_are_twins() {
    let relatives = relatives();
    let share = relatives.len() * 1000 / SAMPLE.len();
    // Double names differ from the name of the household only after the hyphen.
    assert!((440..460).contains(&share), "{share}");
    let twins = relatives.iter().filter(|pair| pair[0].birth_date == pair[1].birth_date).count();
    let per_mille = twins * 1000 / relatives.len();
    assert!((30..42).contains(&per_mille), "{per_mille}");
}

#[test]
fn a_household_is_identified_by_its_first_person() {
    let surname = |person: &Inhabitant| person.last_name.split('-').next().map(str::to_owned);
    let mut largest = 0;
    for (number, person) in (0..).zip(SAMPLE.iter().take(5_000)) {
        let first = household(number);
        assert!(first <= number && household(first) == first);
        let head = &SAMPLE[first as usize];
        assert_eq!(
            (surname(head), head.postal_code),
            (surname(person), person.postal_code),
            "{number} lives with {first}"
        );
        largest = largest.max(number - first + 1);
    }
    assert!((5..20).contains(&largest), "{largest}");
}

#[test]
fn some_fields_are_missing() {
    assert_share(0.8, 0.005, |person| person.email.is_some());
    assert_share(0.6, 0.006, |person| person.phone.is_some());
    assert_share(0.0127, 0.002, |person| {
        (person.birth_date.month, person.birth_date.day) == (1, 1)
    });
    assert!(SAMPLE.iter().all(|person| (1944..=2023).contains(&person.birth_date.year)));
}

#[test]
fn places_differ_in_size() {
    let mut people = HashMap::<u32, u32>::new();
    SAMPLE.iter().for_each(|person| *people.entry(person.postal_code).or_default() += 1);
    assert!((6_500..7_500).contains(&people.len()), "{}", people.len());
    let most = people.values().max().copied().unwrap_or_default();
    assert!((40..300).contains(&most), "{most}");
}

#[test]
fn every_value_is_valid() {
    let normaliser = Normaliser::new();
    let mut normal_form = String::new();
    for person in SAMPLE.iter().take(20_000) {
        let record = person.wide_record();
        for (field, value) in record.values() {
            if field == Field::Phone {
                continue;
            }
            let value = value.expect("it can be read");
            let outcome = normaliser.normalise(field, value, &mut normal_form);
            assert_eq!(outcome, Outcome::Ok, "{field} {value}");
            assert!(!value.contains([';', '"', '\n']), "{value}");
        }
    }
}

#[test]
fn an_address_has_the_letters_of_the_name() {
    for person in SAMPLE.iter().take(1000) {
        let Some(email) = &person.email else { continue };
        let (local, _) = email.split_once('@').expect("an address has one");
        assert!(local.contains(&letters(&person.last_name)), "{email} {}", person.last_name);
    }
}
