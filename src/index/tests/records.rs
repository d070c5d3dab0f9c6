//! Which rows count as one record, according to the tags in postings.

use std::collections::BTreeSet;

use super::*;
use crate::DataClass;

fn index_of(key: &Key, breach: &str, records: &[Record]) -> Index {
    let breach = Breach::named(breach).expect("well formed");
    let mut builder = IndexBuilder::new(key, breach);
    for record in records {
        let _ = builder.add(record).expect("added");
    }
    builder.build().expect("it fits")
}

/// The tags of all records of a leak of these rows.
fn tags_in(breach: &str, rows: &[Record]) -> BTreeSet<u64> {
    tags_of(&index_of(&key(), breach, rows))
}

fn tags_of(index: &Index) -> BTreeSet<u64> {
    let all = index.entries_in_order();
    let all = all.flat_map(|(_, postings)| postings.iter().collect::<Vec<_>>());
    all.map(|posting| posting.expect("it is sound").tag).collect()
}

fn person() -> Record {
    Record::new().username("eva").email("eva@example.de").last_name("Meier")
}

#[test]
fn equal_records_have_one_tag_in_every_file_of_the_breach() {
    let tag = tags_in("leak", &[person()]);
    assert_eq!(tag.len(), 1);
    // In another spelling, and among other records.
    let spelled = Record::new().username(" EVA ").email("Eva@Example.DE").last_name("MEIER");
    let others: Vec<Record> = (0..50)
        .map(|number| Record::new().username(&format!("user{number}")))
        .chain([spelled])
        .collect();
    let all = tags_in("leak", &others);
    assert!(all.len() == 51 && tag.is_subset(&all));
    assert!(tags_in("leek", &[person()]).is_disjoint(&tag), "another breach");
}

#[test]
fn another_key_gives_another_tag() {
    let other = Key::from_bytes(&[6; 32]).expect("a key");
    let tags = |key: &Key| {
        let index = index_of(key, "leak", &[Record::new().username("eva")]);
        let first = index.entries_in_order().next().and_then(|(_, postings)| postings.get(0));
        first.expect("one posting").tag
    };
    assert_ne!(tags(&key()), tags(&other));
}

#[test]
fn rows_that_differ_are_separate_records() {
    let rows = [
        person(),
        with_class(person(), "passwords"),
        // Names alone make no match key.
        Record::new().username("eva").email("eva@example.de").last_name("Huber"),
        person().first_name("Eva"),
        person().username("eva2"),
        Record::new().username("eva").email("eva+2@example.de").last_name("Meier"),
        Record::new().username("eva").last_name("Meier"),
    ];
    assert_eq!(tags_in("leak", &rows).len(), rows.len());
    let twice = [&rows[..], &rows[..]].concat();
    let index = index_of(&key(), "leak", &twice);
    let (rows, records) = (&index.metadata().rows, index.metadata().records);
    assert_eq!((rows.read, rows.indexed, rows.duplicate, records), (14, 7, 7, 7));
}

#[test]
fn each_record_has_one_first_posting() {
    let rows: Vec<Record> = (0..100)
        .map(|number| person().username(&format!("user{}", number % 30)))
        .chain([Record::new().username("eva"), person()])
        .collect();
    let index = index_of(&key(), "leak", &rows);
    let all = index.entries_in_order();
    let all = all.flat_map(|(_, postings)| postings.iter().collect::<Vec<_>>());
    let all: Vec<Posting> = all.map(|posting| posting.expect("it is sound")).collect();
    let first: Vec<u64> =
        all.iter().filter(|posting| posting.is_first).map(|posting| posting.tag).collect();
    let distinct: BTreeSet<u64> = first.iter().copied().collect();
    assert_eq!((first.len(), distinct.len() as u64), (distinct.len(), index.metadata().records));
    assert_eq!(distinct, all.iter().map(|posting| posting.tag).collect());
}

/// The posting of a value contains the kinds of the record. Only the holder of the identifier can
/// read them.
#[test]
fn codes_open_only_with_their_identifier() {
    let index = index_of(&key(), "leak", &[Record::new().username("eva").kvnr("A123456780")]);
    let pseudonymiser = Pseudonymiser::new(&key());
    let keyed = pseudonymiser.with_code_key(Kind::Username, b"eva");
    let other = pseudonymiser.with_code_key(Kind::Kvnr, b"A123456780");
    let LookupResult::Found(entry) = index.look_up(keyed.0) else { panic!("it is there") };
    let posting = index.postings(entry, keyed.0).and_then(|all| all.get(0)).expect("it is sound");
    let kinds: crate::KindSet = [Kind::Username, Kind::Kvnr].into_iter().collect();
    assert_eq!(keyed.1.apply(posting.tag, posting.sealed_codes), u64::from(kinds.bits()));
    assert_ne!(other.1.apply(posting.tag, posting.sealed_codes), u64::from(kinds.bits()));
    assert_ne!(posting.sealed_codes, u64::from(kinds.bits()));
}

/// People's decisions are stored under tags. The classes that leaked for everyone are often known
/// only later.
#[test]
fn classes_leaked_for_everyone_change_no_tag_and_are_counted_in_rows_that_show_them() {
    let rows = [person(), with_class(person(), "passwords"), Record::new().username("max")];
    let built = |classes: &[DataClass]| {
        let key = key();
        let mut breach = Breach::named("leak").expect("well formed");
        breach.data_classes = classes.to_vec();
        let mut builder = IndexBuilder::new(&key, breach);
        for row in rows.iter().chain(&rows[..1]) {
            let _ = builder.add(row).expect("there are few classes");
        }
        let shown: Vec<u64> = builder.classes_of_everyone().map(|(_, shown)| shown).collect();
        (builder.build().expect("it fits"), shown)
    };
    let (without, _) = built(&[]);
    let of_everyone = [DataClass::PASSWORDS, DataClass::NAMES, DataClass::PHONE_NUMBERS];
    let (with, shown) = built(&of_everyone);
    assert_eq!((tags_of(&with), with.metadata().records), (tags_of(&without), 3));
    // Two rows are equal.
    assert_eq!(shown, [1, 3, 0]);
    let verdict = with.check(&Record::new().username("max"));
    let classes = verdict.finding().expect("it is there").exposure().data_classes();
    assert!(of_everyone.iter().all(|class| classes.contains(class)), "{classes:?}");
}
