//! Erasures: a person's records are removed from every breach, and the records of others stay.

use std::{collections::BTreeSet, mem, slice};

use leakdex::{
    Caveat, DataClass, ErasedRecords, Index, IndexBuilder, Kind, KindSet, MergeStats, Record, Side,
    Sign, StayingRecords,
};

use crate::support::{breach, built, key, merge, without};

fn build(name: &str, records: &[Record]) -> Index {
    built(IndexBuilder::new(&key(), breach(name)), records)
}

/// A person who shares an address with somebody else.
fn person(name: &str) -> Record {
    Record::new().email("family@example.de").username(name)
}

fn with_class(record: Record, class: DataClass) -> Record {
    let mut record = record;
    record.push_data_class(class);
    record
}

/// The breaches with a record of a member, and how many records each has.
fn found(index: &Index, member: &Record) -> Vec<(String, u64)> {
    let verdict = index.check(member);
    let exposure = verdict.finding().map(|finding| finding.exposure().by_breach().to_vec());
    let named = |part: &leakdex::BreachExposure| (part.breach.name().to_string(), part.records);
    exposure.unwrap_or_default().iter().map(named).collect()
}

fn kinds(index: &Index) -> Vec<String> {
    index.metadata().kinds.iter().map(|count| count.kind.clone()).collect()
}

#[test]
fn erasing_one_of_two_people_who_share_an_address_keeps_the_other() {
    let (eva, max) = (person("eva"), person("max"));
    let often = |one: &Record, other: &Record| {
        let classes = [DataClass::PASSWORDS, DataClass::NAMES];
        let mut all = vec![one.clone(), one.clone(), other.clone(), other.clone()];
        all.extend(classes.iter().map(|class| with_class(one.clone(), class.clone())));
        all.extend(classes.iter().map(|class| with_class(other.clone(), class.clone())));
        all
    };
    let indexes = vec![
        build("a", &often(&eva, &max)),
        build("b", &[eva.clone(), max.clone()]),
        build("b", &[eva.clone(), eva.clone(), max.clone()]),
        build("c", &often(&max, &eva)),
    ];
    // A row that is given twice counts once.
    let (left, merged) = without(indexes, &[eva, person("eva")]);
    let of_max = [("a".to_owned(), 3), ("b".to_owned(), 1), ("c".to_owned(), 3)];
    assert_eq!(found(&left, &Record::new().username("max")), of_max);
    assert_eq!(found(&left, &Record::new().email("family@example.de")), of_max);
    assert_eq!(found(&left, &Record::new().username("eva")), []);
    assert_eq!((merged.erased_records, merged.records), (7, 7));
    assert_eq!((left.metadata().records, merged.not_found), (7, 0));
    // Only the username is gone; the address and its alias lost records.
    assert_eq!((merged.erased, merged.reduced), (1, 2));
}

#[test]
fn all_records_of_a_person_are_erased_whatever_leaked_with_them() {
    let eva = person("eva");
    let with_password = with_class(eva.clone(), DataClass::PASSWORDS);
    let less = Record::new().username("eva");
    let leak = [eva.clone(), with_password, less, person("max")];
    let (left, merged) = without(vec![build("a", &leak)], &[eva]);
    assert_eq!(found(&left, &Record::new().username("eva")), []);
    assert_eq!((merged.erased_records, merged.records), (3, 1));
    // A class that leaked about nobody else is no longer listed.
    assert!(!left.metadata().data_classes.contains(&DataClass::PASSWORDS));
}

#[test]
fn a_record_in_two_parts_is_erased_from_both() {
    let parts = || vec![build("a", &[person("eva"), person("max")]), build("a", &[person("eva")])];
    let (left, merged) = without(parts(), &[person("eva")]);
    assert_eq!(found(&left, &Record::new().username("eva")), []);
    assert_eq!((merged.erased_records, merged.records), (1, 1));
    // An erasure after the merge leaves the same records. Only the builds that the index lists
    // differ.
    let (both, _) = without(parts(), &[Record::new().username("nobody")]);
    let (later, _) = without(vec![both], &[person("eva")]);
    let known = |index: &Index| {
        let mut metadata = index.metadata().clone();
        let builds: usize = mem::take(&mut metadata.builds).values().map(BTreeSet::len).sum();
        (metadata, builds)
    };
    let ((of_left, two), (of_later, one)) = (known(&left), known(&later));
    assert_eq!((of_left, two, one), (of_later, 2, 1));
}

#[test]
fn a_record_of_more_identifiers_than_the_row_stays() {
    let leaked = person("eva").kvnr("A123456780");
    for row in [person("eva"), Record::new().kvnr("A123456780"), person("eva").kvnr("B123456782")] {
        let (left, merged) = without(vec![build("a", slice::from_ref(&leaked))], &[row]);
        assert_eq!((merged.erased_records, merged.erased, merged.reduced), (0, 0, 0));
        assert_eq!(found(&left, &leaked), [("a".to_owned(), 1)]);
    }
    // One row must have all identifiers: two rows that have them together erase nothing.
    let rows = [person("eva"), Record::new().kvnr("A123456780")];
    let (left, _) = without(vec![build("a", slice::from_ref(&leaked))], &rows);
    assert_eq!(found(&left, &leaked), [("a".to_owned(), 1)]);
}

/// The index holds only the identifiers of a record, so it cannot distinguish these two.
#[test]
fn a_record_with_only_identifiers_of_the_row_is_erased_and_the_index_counts_it() {
    let person = |name: &str| Record::new().email("office@example.de").last_name(name);
    let leak = [person("Meier"), person("Huber"), Record::new().email("max@example.de")];
    let (left, merged) = without(vec![build("a", &leak)], &[person("Meier")]);
    assert_eq!(merged.erased_records, 2);
    let caveat = left.erasure_caveat().expect("records were erased");
    assert_eq!((caveat.sign, caveat.side), (Sign::ErasedRecords, Side::Leak));
    assert_eq!((caveat.count, caveat.of, caveat.kinds()), (2, 3, KindSet::EMPTY));
    assert_eq!(left.leak_caveats(), [caveat]);
    assert_eq!(left.check(&person("Huber")).slug(), "not_affected");
}

#[test]
fn an_all_clear_after_an_erasure_is_complete() {
    let (left, _) = without(vec![build("a", &[person("eva"), person("max")])], &[person("eva")]);
    let verdict = left.check(&Record::new().username("nobody"));
    assert!(verdict.slug() == "not_affected" && !verdict.is_partially_checked(), "{verdict:?}");
}

#[test]
fn a_kind_without_identifiers_after_an_erasure_is_still_held() {
    let eva = Record::new().username("eva").kvnr("A123456780");
    let max = Record::new().username("max");
    let (left, _) = without(vec![build("a", &[eva.clone(), max.clone()])], slice::from_ref(&eva));
    assert_eq!(kinds(&left), ["kvnr", "username"]);
    assert_eq!(left.metadata().kinds[0].identifiers, 0);
    let verdict = left.check(&Record::new().kvnr("A123456780"));
    assert_eq!(verdict.slug(), "not_affected");
    let out_of_reach = [Caveat::OutOfReach].into_iter().collect();
    assert_eq!(verdict.coverage().caveats(), out_of_reach, "no record is left with a number");

    // In a merged index of two breaches, one loses the kind and the other keeps it.
    let other = Record::new().username("ida").kvnr("B123456782");
    let indexes = vec![build("a", &[eva.clone(), max]), build("b", &[other])];
    let (left, _) = without(indexes, &[eva]);
    assert_eq!(kinds(&left), ["kvnr", "username"]);
    let parts: Vec<Vec<&str>> = left
        .metadata()
        .parts
        .iter()
        .map(|part| part.kinds.iter().map(|kind| &*kind.kind).collect())
        .collect();
    assert_eq!(parts, [["kvnr", "username"]; 2]);
    let verdict = left.check(&Record::new().kvnr("C123456784").username("nobody"));
    assert!(!verdict.is_partially_checked(), "{verdict:?}");
}

#[test]
fn a_breach_without_records_after_an_erasure_makes_no_all_clear_partial() {
    let eva = Record::new().username("eva");
    let indexes =
        vec![build("a", slice::from_ref(&eva)), build("b", &[Record::new().username("max")])];
    let (left, merged) = without(indexes, &[eva]);
    assert_eq!((merged.records, left.metadata().records), (1, 1));
    let verdict = left.check(&Record::new().username("nobody"));
    assert!(verdict.slug() == "not_affected" && !verdict.is_partially_checked(), "{verdict:?}");
    let caveat = left.erasure_caveat().expect("one record was erased");
    assert_eq!((caveat.count, caveat.of), (1, 2));
    let held: KindSet = [Kind::Username].into_iter().collect();
    assert_eq!(left.kinds(), held);
}

/// All records of the person are erased from both breaches, and no others, however often the rows
/// are given.
#[test]
fn a_person_is_erased_from_two_breaches_once_and_for_all() {
    let (eva, max) = (person("eva"), person("max"));
    let leak = [eva.clone(), max.clone(), Record::new().email("eva@example.de").username("eva")];
    let indexes = || vec![build("a", &leak), build("b", &leak)];
    let rows = [eva, leak[2].clone()];
    let (left, merged) = without(indexes(), &rows);
    assert_eq!((merged.erased_records, merged.records), (4, 2));
    let of_max = [("a".to_owned(), 1), ("b".to_owned(), 1)];
    assert_eq!(found(&left, &max), of_max);
    assert_eq!(found(&left, &Record::new().username("eva")), []);
    assert_eq!(found(&left, &Record::new().email("eva@example.de")), []);

    let twice = [&rows[..], &rows].concat();
    let (again, _) = without(indexes(), &twice);
    assert!(again.as_bytes() == left.as_bytes(), "the same rows twice in one run");
    let bytes = left.as_bytes().to_vec();
    let (again, merged) = without(vec![left], &rows);
    assert_eq!((merged.erased_records, merged.erased, merged.reduced), (0, 0, 0));
    assert!(again.as_bytes() == bytes, "the same rows in two runs");
}

/// The index holds only addresses, so Eva's two rows are one record.
#[test]
fn rows_that_differ_only_in_a_kind_that_is_not_held_erase_nobody_else() {
    let key = key();
    let emails: KindSet = [Kind::Email, Kind::EmailAlias].into_iter().collect();
    let rows = ["030 1234567", "030 7654321"].map(|phone| person("eva").phone(phone));
    let max = person("max").email("max@example.de");
    let leak = [&rows[..], slice::from_ref(&max)].concat();
    let index = built(IndexBuilder::new(&key, breach("a")).kinds(emails), &leak);
    let (left, merged) = without(vec![index], &rows);
    assert_eq!((merged.erased_records, merged.records), (1, 1));
    assert_eq!(found(&left, &max), [("a".to_owned(), 1)]);
    assert_eq!(found(&left, &rows[0]), [("a".to_owned(), 1)], "the address is Max's, too");
}

#[test]
fn each_row_lists_the_erased_records_and_those_that_stay_with_the_reason() {
    let (eva, max) = (person("eva"), person("max"));
    let with_number = person("eva").kvnr("A123456780");
    let leak = [eva.clone(), with_class(eva.clone(), DataClass::PASSWORDS), max, with_number];
    let kinds = |kinds: &[Kind]| kinds.iter().copied().collect::<KindSet>();
    let (address, username) = ([Kind::Email, Kind::EmailAlias], Kind::Username);
    let of_eva = kinds(&[address[0], address[1], username]);
    let rows = [
        Record::new().username("nobody"),
        eva.clone(),
        Record::new(),
        Record::new().username("eva"),
    ];
    let given = [&rows[..], slice::from_ref(&eva)].concat();
    let (_, merged) = without(vec![build("a", &leak), build("b", &[eva])], &given);

    assert_eq!(merged.rows.len(), 5);
    for number in [0, 2] {
        let row = &merged.rows[number];
        assert!(row.erased.is_empty() && row.stays.is_empty() && row.erased_by_others == 0);
    }
    let erased = |item: &ErasedRecords| (item.breach.to_string(), item.records, item.kinds);
    let stays =
        |item: &StayingRecords| (item.breach.to_string(), item.records, item.shared, item.lacking);
    let of_eva_in = |breach: &str, records| (breach.to_owned(), records, of_eva);
    let row = &merged.rows[1];
    let all: Vec<_> = row.erased.iter().map(erased).collect();
    assert_eq!(all, [of_eva_in("a", 2), of_eva_in("b", 1)]);
    let all: Vec<_> = row.stays.iter().map(stays).collect();
    let of_max = ("a".to_owned(), 1, kinds(&address), kinds(&[username]));
    let numbered = ("a".to_owned(), 1, of_eva, kinds(&[Kind::Kvnr]));
    assert_eq!(all.len(), 2);
    assert!(all.contains(&of_max) && all.contains(&numbered), "{all:?}");
    // An equal row has its own account.
    assert_eq!(merged.rows[4], *row);

    // This row erases no record. Another row erases three of the records that share an identifier
    // with it.
    let row = &merged.rows[3];
    assert_eq!((row.erased.len(), row.erased_by_others), (0, 3));
    let all: Vec<_> = row.stays.iter().map(stays).collect();
    let lacking = kinds(&[address[0], address[1], Kind::Kvnr]);
    assert_eq!(all, [("a".to_owned(), 1, kinds(&[username]), lacking)]);
}

#[test]
fn a_record_with_two_values_of_a_kind_stays_for_a_row_with_one() {
    let two = Record::new().username("eva").username("e.muster");
    let (_, merged) = without(vec![build("a", &[two])], &[Record::new().username("eva")]);
    let [row] = &merged.rows[..] else { panic!("one row was given") };
    let kinds: KindSet = [Kind::Username].into_iter().collect();
    assert_eq!((row.stays[0].shared, row.stays[0].lacking), (kinds, kinds));
}

#[test]
fn the_number_of_erased_records_adds_up_and_goes_with_its_breach() {
    let leak = ["eva", "max", "ida"].map(person);
    let (left, _) = without(vec![build("a", &leak), build("b", &leak)], &leak[..1]);
    let (left, _) = without(vec![left], &leak[1..2]);
    let erased = |index: &Index| {
        let all = &index.metadata().erased_records;
        all.iter().map(|(breach, records)| format!("{breach} {records}")).collect::<Vec<_>>()
    };
    assert_eq!(erased(&left), ["a 2", "b 2"]);
    assert_eq!((left.metadata().records, left.metadata().all_erased_records()), (2, 4));
    let rows = &left.metadata().rows;
    assert_eq!((rows.read, rows.indexed, rows.duplicate), (6, 6, 0));

    let a = "a".parse().expect("a name");
    let left = merge([left], |merger| merger.without_breach(&a).expect("it is there"));
    let (left, _) = left.expect("a breach is left");
    assert_eq!(erased(&left), ["b 2"]);
}

/// Shared match keys only select the records to compare.
#[test]
fn people_with_similar_names_stay_when_one_of_them_is_erased() {
    let named = |last: &str, first: &str| Record::new().last_name(last).first_name(first);
    let postcode = |last, first| named(last, first).postal_code("50667");
    let date = |last, first, date: &str| named(last, first).birth_date(date);
    // For each person, how many of the others share a key.
    for (people, others) in [
        (
            [("Meier", "Anna"), ("Maier", "Hanna"), ("Mayer", "Johanna"), ("Meyer", "Jan")]
                .map(|(last, first)| postcode(last, first)),
            [3, 3, 3, 3],
        ),
        // Names that begin alike, the same birthday in several years, and one name in two years.
        (
            [
                date("Muster", "Eva", "5.2.1970"),
                date("Musterer", "Eva", "5.2.1970"),
                date("Muster", "Eva", "5.2.1955"),
                date("Muster", "Evelyn", "5.2.1970"),
            ],
            [2, 1, 1, 0],
        ),
        (
            ["Muster", "Klein", "Lange", "Kurz"].map(|last| {
                Record::new().last_name(last).birth_date("5.2.1970").postal_code("50667")
            }),
            [3, 3, 3, 3],
        ),
    ] {
        for (person, others) in others.into_iter().enumerate() {
            let (left, merged) = without(vec![build("a", &people)], &people[person..=person]);
            assert_eq!((merged.erased_records, merged.records), (1, 3), "{person}");
            let stays: u64 = merged.rows[0].stays.iter().map(|records| records.records).sum();
            let differing = |records: &StayingRecords| !records.differing.is_empty();
            assert_eq!(stays, others, "{person}: {merged:?}");
            assert!(merged.rows[0].stays.iter().all(differing), "{merged:?}");
            for other in (0..people.len()).filter(|other| *other != person) {
                assert!(left.check(&people[other]).finding().is_some(), "{person} {other}");
            }
        }
    }
}

#[test]
fn a_record_that_lacks_a_value_of_the_row_or_has_one_of_several_is_erased() {
    let eva = || Record::new().last_name("Muster").first_name("Eva").birth_date("5.2.1970");
    let row = eva().postal_code("50667").postal_code("10115").last_name("Beispiel");
    let leak = [
        eva(),
        eva().postal_code("10115"),
        eva().postal_code("80331"),
        Record::new().username("max"),
    ];
    let (_, merged) = without(vec![build("a", &leak)], &[row]);
    assert_eq!((merged.erased_records, merged.records), (2, 2), "{merged:?}");
}

/// Merges an index after an erasure with its sources and its results.
#[test]
fn an_erasure_counts_once_where_one_index_came_from_another() {
    let nobody = || [Record::new().username("nobody")];
    let counts = |(index, _): (Index, MergeStats)| {
        let metadata = index.metadata();
        (metadata.records, metadata.all_erased_records(), metadata.rows.indexed, metadata.rows.read)
    };
    let all = || build("a", &["eva", "max", "ida"].map(person));
    let fewer = || without(vec![all()], &[person("eva")]).0;
    for breach in ["a", "b"] {
        let other = || build(breach, &[person("tom")]);
        let (both, _) = without(vec![fewer(), other()], &nobody());
        // Both lack the erased record.
        assert_eq!(counts(without(vec![fewer(), both], &nobody())), (3, 1, 4, 4), "{breach}");
        // The record is back. But a merge without an erasure does not name its sources.
        let (whole, _) = without(vec![all(), other()], &nobody());
        assert_eq!(without(vec![fewer(), whole], &nobody()).0.metadata().all_erased_records(), 1);
    }
    assert_eq!(counts(without(vec![all(), fewer()], &nobody())), (3, 0, 3, 3));
    // Another index with the remaining records never had the erased one.
    let (left, _) = without(vec![fewer(), build("a", &["max", "ida"].map(person))], &nobody());
    assert_eq!(left.metadata().all_erased_records(), 1);
    // Each index has a record that the other lacks, so it is not known whether both lack the same
    // erased record.
    let with = |name: &str| without(vec![fewer(), build("a", &[person(name)])], &nobody()).0;
    let (left, _) = without(vec![with("tom"), with("lea")], &nobody());
    assert_eq!(left.metadata().all_erased_records(), 2);
}

/// Names with several parts make several match keys.
#[test]
fn a_person_with_names_of_several_parts_is_erased_by_the_same_row() {
    let named = |last: &str, first: &str| Record::new().last_name(last).first_name(first);
    let twice = |one: Record| one.postal_code("50667").postal_code("10115");
    let people = [
        named("Müller-Lüdenscheidt", "Anna Maria"),
        named("Müller Lüdenscheidt", "Hans-Peter"),
        named("von der Heide geb. Klein", "Anna Maria"),
        twice(named("Muster", "Eva").last_name("Beispiel").first_name("Maria")),
    ];
    for person in people.map(|person| person.birth_date("5.2.1970")) {
        let leak = [person.clone(), Record::new().username("max")];
        let (_, merged) = without(vec![build("a", &leak)], slice::from_ref(&person));
        assert_eq!((merged.erased_records, merged.records), (1, 1), "{merged:?}");
    }
}
