//! Compares batches with the slow way, which hashes and looks up each identifier individually.

use std::slice;

use proptest::prelude::*;

use super::*;
use crate::{Breach, Field, IndexBuilder, Key, Record, Verdict};

fn key() -> Key {
    Key::from_bytes(&[3; 32]).expect("a key")
}

fn index(leak: &[Record], kinds: KindSet) -> Index {
    let key = key();
    let breach = Breach::named("test").expect("well formed");
    let mut builder = IndexBuilder::new(&key, breach).kinds(kinds);
    for record in leak {
        let _ = builder.add(record).expect("there are few classes");
    }
    builder.build().expect("it fits the format")
}

/// The verdicts without batches and shortcuts: each identifier is hashed and looked up
/// individually.
fn one_by_one(indexes: &[&Index], batch: &Batch) -> Vec<String> {
    let lookups = indexes.iter().map(|&index| {
        let mut of_source = LookupResults::absent(batch.identifier_count());
        for (number, &identifier) in (0..).zip(batch.identifiers()) {
            let (kind, bytes) = (identifier.kind, batch.canonical(identifier));
            let (pseudonym, code_key) = index.pseudonymiser().with_code_key(kind, bytes);
            if !index.kinds().contains(kind) {
                continue;
            }
            let result = index.look_up(pseudonym);
            of_source.results[number as usize] = result;
            if let LookupResult::Found(entry) = result {
                of_source.found.push(FoundIdentifier { number, index, entry, pseudonym, code_key });
            }
        }
        of_source
    });
    let lookups: Vec<LookupResults<'_>> = lookups.collect();
    shown(&verdicts(&Sources::of(indexes), batch, &lookups).to_vec())
}

fn shown(verdicts: &[Verdict]) -> Vec<String> {
    verdicts.iter().map(|verdict| serde_json::to_string(verdict).expect("to memory")).collect()
}

/// Records with values from a short list, so that they agree in some values and differ in others.
fn record() -> impl Strategy<Value = Record> {
    let value = prop::sample::select(vec![
        (Field::Email, "a@example.de"),
        (Field::Email, "a+1@example.de"),
        (Field::Email, "b@example.de"),
        (Field::EmailAlias, "b+2@example.de"),
        (Field::Sha256Email, "ba4a2bd34c3a2f4b2c7eb95f8e0b1d9a9bfb3f2a6f1a0c5a8b9d5f4c3e2d1c0b"),
        (Field::Kvnr, "A123456780"),
        (Field::Kvnr, "A123456787"),
        (Field::LastName, "Meyer"),
        (Field::LastName, "Maier"),
        (Field::LastName, "Meyer-Müller"),
        (Field::LastName, "mey er"),
        (Field::LastName, "王"),
        (Field::FirstName, "Eva Maria"),
        (Field::FirstName, "Efa"),
        (Field::Name, "Meyer, Eva"),
        (Field::BirthDate, "1.2.1970"),
        (Field::BirthDate, "2.2.1970"),
        (Field::BirthDate, "1970-02-01T23:00:00Z"),
        (Field::PostalCode, "12345"),
        (Field::Username, "eva"),
        (Field::Iban, "DE00"),
    ]);
    prop::collection::vec(value, 0..7).prop_map(|values| {
        values.into_iter().fold(Record::new(), |record, (field, value)| record.with(field, value))
    })
}

fn kinds() -> impl Strategy<Value = KindSet> {
    let some = prop::sample::subsequence(Kind::ALL.to_vec(), 1..Kind::ALL.len());
    prop_oneof![Just(KindSet::all()), some.prop_map(|kinds| kinds.into_iter().collect())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn batches_single_checks_and_threads_agree_with_the_slow_way(
        leaks in prop::collection::vec((prop::collection::vec(record(), 0..8), kinds()), 1..3),
        members in prop::collection::vec(record(), 0..12),
    ) {
        let indexes: Vec<Index> = leaks.iter().map(|(leak, kinds)| index(leak, *kinds)).collect();
        let all: Vec<&Index> = indexes.iter().collect();
        let held = all.iter().fold(KindSet::EMPTY, |held, index| held.union(index.kinds()));
        let mut batch = Batch::new(Normaliser::new(), held);
        members.iter().for_each(|member| batch.push(member));
        prop_assert_eq!(shown(&check_batch(&all, Normaliser::new(), &batch).to_vec()), one_by_one(&all, &batch));

        let mut one_index_batch = indexes[0].batch();
        members.iter().for_each(|member| one_index_batch.push(member));
        let expected = one_by_one(&all[..1], &one_index_batch);
        prop_assert_eq!(&shown(&indexes[0].check_batch(&one_index_batch).to_vec()), &expected);
        prop_assert_eq!(&shown(&indexes[0].check_all(&members).to_vec()), &expected);
        let singles: Vec<Verdict> =
            members.iter().map(|member| indexes[0].check(member)).collect();
        prop_assert_eq!(&shown(&singles), &expected);
    }
}

#[test]
fn an_identifier_that_waits_for_its_coarser_kind_is_found() {
    let leak = Record::new().email("a+1@example.de").last_name("Meyer").first_name("Eva");
    let index = index(&[leak.birth_date("1.2.1970")], KindSet::all());
    assert!(index.holds_coarser_than(Kind::Email));
    let person = Record::new().email("a+1@example.de").last_name("Eva").first_name("Meyer");
    let verdict = index.check(&person.birth_date("1970-02-01"));
    let matched = verdict.finding().expect("affected").matched();
    for kind in [Kind::Email, Kind::EmailAlias, Kind::StartsBirth, Kind::NameBirthday] {
        assert!(matched.contains(kind), "{kind}");
    }
}

#[test]
fn without_the_coarser_kind_every_identifier_is_looked_up() {
    let leak = Record::new().email("a@example.de").last_name("Meyer").first_name("Eva");
    let record = leak.birth_date("1.2.1970");
    let without = [Kind::EmailAlias].into_iter().collect();
    let index = index(slice::from_ref(&record), KindSet::all().difference(without));
    assert!(!index.holds_coarser_than(Kind::Email));
    let matched = index.check(&record).finding().expect("affected").matched();
    assert!(matched.contains(Kind::Email) && matched.contains(Kind::StartsBirth));
}
