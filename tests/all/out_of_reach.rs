//! An all-clear is partial if too many leaked records have none of the kinds that were checked.

use leakdex::{Caveat, Field, FieldSet, IndexBuilder, IndexSet, Kind, Record};
use leakdex_synthetic::numbers::{iban, kvnr};

use crate::support::{breach, built, filled, index_of, is_sure_all_clear, key, merged};

/// Any of the records without a checked kind may be the member's.
#[test]
fn an_all_clear_is_partial_if_leaked_records_have_none_of_the_checked_kinds() {
    let email = |number: usize| Record::new().email(&format!("m{number}@example.de"));
    let number =
        |number: usize| Record::new().kvnr(&kvnr(u32::try_from(number).expect("it is small")));
    let leak = |numbers: usize| -> Vec<Record> {
        let others = (numbers..1000).map(email);
        (0..numbers).map(number).chain(others).collect()
    };
    let member = email(5000);
    for (numbers, is_partial) in [(0, false), (10, false), (11, true), (500, true)] {
        let set = IndexSet::new([index_of(&key(), &leak(numbers))]).expect("one index");
        let verdict = set.check(&member);
        let caveats = verdict.coverage().caveats();
        assert_eq!(verdict.coverage().out_of_reach, is_partial, "{numbers} records");
        assert_eq!(caveats.contains(Caveat::OutOfReach), is_partial, "{numbers} records");
        assert_eq!(is_sure_all_clear(&verdict), !is_partial, "{numbers} records");
        let with_both = member.clone().kvnr("Z123456783");
        assert!(numbers == 0 || is_sure_all_clear(&set.check(&with_both)), "{numbers} records");
    }
}

/// The profile of an index has no counts below ten, and counts equal rows.
#[test]
fn an_all_clear_is_partial_if_few_or_repeated_records_hide_the_others() {
    let email = |number: usize| Record::new().email(&format!("m{number}@example.de"));
    let small = |number: usize| match number % 8 {
        0 => Record::new().username(&format!("user{number}")),
        1 => Record::new().iban("DE89370400440532013000"),
        2 => Record::new()
            .last_name("Muster")
            .first_name("Eva")
            .birth_date("1.2.1970")
            .postal_code(&format!("{}", 10_000 + number)),
        _ => Record::new().kvnr("A123456780"),
    };
    let few: Vec<Record> = (0..100).map(email).chain((0..9).map(small)).collect();
    let repeated = (0..20_000).map(|number| email(number % 2_000));
    let repeated: Vec<Record> = repeated.chain((0..190).map(small)).collect();
    for leak in [&few, &repeated] {
        let verdict = index_of(&key(), leak).check(&email(50_000));
        assert_eq!(verdict.slug(), "not_affected");
        assert!(verdict.coverage().out_of_reach, "{} rows: {verdict:?}", leak.len());
    }
    // An index of addresses alone does not have the other records.
    let kinds = [Kind::Email].into_iter().collect();
    let key = key();
    let addresses = built(IndexBuilder::new(&key, breach("leak")).kinds(kinds), &few);
    let verdict = addresses.check(&email(50_000));
    assert!(verdict.coverage().out_of_reach, "{verdict:?}");
}

/// The sum over the kinds counts a record with two kinds twice.
#[test]
fn records_with_two_kinds_do_not_hide_those_with_none() {
    let person = |number: u32| {
        Record::new().email(&format!("m{number}@example.de")).username(&format!("user-{number}"))
    };
    let insured = |number: u32| Record::new().kvnr(&kvnr(number));
    // The log has ten equal rows of each person.
    let log = (0..20_000).map(|number| person(number % 2_000)).chain((0..190).map(insured));
    let few = (0..200).map(person).chain((0..9).map(insured));
    for leak in [log.collect::<Vec<_>>(), few.collect()] {
        let verdict = index_of(&key(), &leak).check(&person(50_000));
        assert_eq!(verdict.slug(), "not_affected");
        assert!(verdict.coverage().out_of_reach, "{} rows: {verdict:?}", leak.len());
    }
    // If some records have further kinds, or rows are repeated, there is no caveat.
    let with_number = |number: u32| person(number).kvnr(&kvnr(number));
    let messy: Vec<Record> = (0..500).map(person).chain((500..509).map(with_number)).collect();
    let with_iban =
        |number: u32| Record::new().username(&format!("user-{number}")).iban(&iban(number));
    let rows = (0..900).map(person).chain((0..20).map(person));
    let repeated: Vec<Record> =
        rows.chain((1000..1009).map(with_number)).chain((2000..2009).map(with_iban)).collect();
    for leak in [messy, repeated] {
        let verdict = index_of(&key(), &leak).check(&person(50_000));
        assert!(!verdict.coverage().out_of_reach, "{verdict:?}");
    }
}

/// The member's number surely did not leak in the second leak. But nothing else was compared with it.
#[test]
fn an_all_clear_is_partial_if_nothing_was_compared_with_one_of_the_leaks() {
    let build = |name, leak: &mut dyn Iterator<Item = Record>| {
        let mut builder = filled(IndexBuilder::new(&key(), breach(name)), leak);
        builder.has_no_more_columns(FieldSet::EMPTY);
        builder.build().expect("it fits the format")
    };
    let both = || {
        let mut numbers = (0..10_000).map(|number| Record::new().kvnr(&kvnr(number)));
        let mut addresses =
            (0..9).map(|number| Record::new().email(&format!("m{number}@example.de")));
        [build("numbers", &mut numbers), build("addresses", &mut addresses)]
    };
    for indexes in [Vec::from(both()), vec![merged(both())]] {
        let set = IndexSet::new(indexes).expect("one or two indexes");
        let verdict = set.check(&Record::new().kvnr("B123456782"));
        assert!(verdict.coverage().not_leaked.contains(Field::Kvnr), "{verdict:?}");
        assert!(verdict.is_partially_checked(), "{verdict:?}");
    }
}
