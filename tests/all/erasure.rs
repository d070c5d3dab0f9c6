//! Erasing persons: their records go in every breach, and those of others stay.

use std::slice;

use leakdex::{
    DataClass, Index, IndexBuilder, IndexMerger, Kind, KindSet, Merged, Record, Verdict,
};

use crate::support::{breach, folder, key};

fn build(name: &str, records: &[Record]) -> Index {
    let key = key();
    let mut builder = IndexBuilder::new(&key, breach(name));
    for record in records {
        let _ = builder.add(record).expect("there are few classes");
    }
    builder.build().expect("it fits")
}

/// The merged index without the records of these rows.
fn without(indexes: Vec<Index>, rows: &[Record]) -> (Index, Merged) {
    let (key, folder) = (key(), folder());
    let path = folder.path().join("fewer.leakdex");
    let mut merger = IndexMerger::new(&key);
    indexes.into_iter().for_each(|index| merger.add(index).expect("the key is right"));
    let mut batch = merger.batch();
    rows.iter().for_each(|row| batch.push(row));
    merger.erase(&batch);
    let account = merger.publish(&path).expect("something is left");
    (Index::open(&path, &key).expect("it was just written"), account)
}

/// A person whose address is somebody else's, too.
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
    let named = |own: &leakdex::BreachExposure| (own.breach.name().to_string(), own.records);
    exposure.unwrap_or_default().iter().map(named).collect()
}

fn kinds(index: &Index) -> Vec<String> {
    index.metadata().kinds.iter().map(|count| count.kind.clone()).collect()
}

#[test]
fn of_two_who_share_an_address_the_other_stays_however_often_each_leaked() {
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
fn all_records_of_a_person_go_whatever_leaked_with_them() {
    let eva = person("eva");
    let with_password = with_class(eva.clone(), DataClass::PASSWORDS);
    let less = Record::new().username("eva");
    let leak = [eva.clone(), with_password, less, person("max")];
    let (left, merged) = without(vec![build("a", &leak)], &[eva]);
    assert_eq!(found(&left, &Record::new().username("eva")), []);
    assert_eq!((merged.erased_records, merged.records), (3, 1));
    // What leaked of nobody else is not told any more.
    assert!(!left.metadata().data_classes.contains(&DataClass::PASSWORDS));
}

#[test]
fn a_record_in_two_parts_goes_from_both() {
    let parts = || vec![build("a", &[person("eva"), person("max")]), build("a", &[person("eva")])];
    let (left, merged) = without(parts(), &[person("eva")]);
    assert_eq!(found(&left, &Record::new().username("eva")), []);
    assert_eq!((merged.erased_records, merged.records), (1, 1));
    // Erasing after the merge gives the same file.
    let (both, _) = without(parts(), &[Record::new().username("nobody")]);
    let (later, _) = without(vec![both], &[person("eva")]);
    assert!(left.as_bytes() == later.as_bytes());
}

#[test]
fn a_record_of_more_identifiers_than_the_row_stays() {
    let leaked = person("eva").kvnr("A123456780");
    for row in [person("eva"), Record::new().kvnr("A123456780"), person("eva").kvnr("B123456782")] {
        let (left, merged) = without(vec![build("a", slice::from_ref(&leaked))], &[row]);
        assert_eq!((merged.erased_records, merged.erased, merged.reduced), (0, 0, 0));
        assert_eq!(found(&left, &leaked), [("a".to_owned(), 1)]);
    }
    // One row has to have them all: two that have them together do not.
    let rows = [person("eva"), Record::new().kvnr("A123456780")];
    let (left, _) = without(vec![build("a", slice::from_ref(&leaked))], &rows);
    assert_eq!(found(&left, &leaked), [("a".to_owned(), 1)]);
}

/// The index has nothing of a record beside its identifiers, so it cannot tell these two apart.
#[test]
fn a_record_of_nothing_but_what_the_row_has_goes_and_no_all_clear_is_whole() {
    let person = |name: &str| Record::new().email("office@example.de").last_name(name);
    let leak = [person("Meier"), person("Huber"), Record::new().email("max@example.de")];
    let (left, merged) = without(vec![build("a", &leak)], &[person("Meier")]);
    assert_eq!(merged.erased_records, 2);
    let verdict = left.check(&person("Huber"));
    assert!(verdict.slug() == "not_affected" && verdict.is_partially_checked());
    assert!(verdict.coverage().erased);
}

#[test]
fn a_kind_of_which_nothing_is_left_is_held_no_more() {
    let eva = Record::new().username("eva").kvnr("A123456780");
    let max = Record::new().username("max");
    let (left, _) = without(vec![build("a", &[eva.clone(), max.clone()])], slice::from_ref(&eva));
    assert_eq!(kinds(&left), ["username"]);
    assert!(!left.kinds().contains(Kind::Kvnr));
    let verdict = left.check(&Record::new().kvnr("A123456780"));
    assert!(matches!(verdict, Verdict::Indeterminate(_)), "nobody can tell: {verdict:?}");

    // In a merged index of two breaches, one loses the kind and the other keeps it.
    let other = Record::new().username("ida").kvnr("B123456782");
    let indexes = vec![build("a", &[eva.clone(), max]), build("b", &[other])];
    let (left, _) = without(indexes, &[eva]);
    assert_eq!(kinds(&left), ["kvnr", "username"]);
    let parts: Vec<Vec<&str>> = left
        .metadata()
        .parts
        .iter()
        .map(|part| part.kinds.iter().map(|own| &*own.kind).collect())
        .collect();
    assert_eq!(parts, [vec!["username"], vec!["kvnr", "username"]]);
    let verdict = left.check(&Record::new().kvnr("C123456784").username("nobody"));
    assert!(verdict.coverage().not_held.contains(Kind::Kvnr), "one breach has none");
}

#[test]
fn a_breach_of_which_nothing_is_left_makes_no_whole_all_clear() {
    let eva = Record::new().username("eva");
    let indexes =
        vec![build("a", slice::from_ref(&eva)), build("b", &[Record::new().username("max")])];
    let (left, merged) = without(indexes, &[eva]);
    assert_eq!((merged.records, left.metadata().records), (1, 1));
    let verdict = left.check(&Record::new().username("nobody"));
    assert!(verdict.slug() != "not_affected" || verdict.is_partially_checked(), "{verdict:?}");
    let held: KindSet = [Kind::Username].into_iter().collect();
    assert_eq!(left.kinds(), held);
}
