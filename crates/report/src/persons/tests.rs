//! Persons are counted once, leaked rows once, and decisions matter.

use leakdex::{Breach, FieldSet, Index, IndexBuilder, Key, KindSet, Record};

use super::*;
use crate::decision::Decision;

fn person(first: &str, last: &str) -> Record {
    let named = Record::new().last_name(last).first_name(first);
    named.birth_date("17.11.1983").postal_code("50667")
}

fn index(leaked: &[Record]) -> Index {
    let key = Key::from_bytes(&[6; 32]).expect("a key");
    let mut builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
    for record in leaked {
        let _ = builder.add(record).expect("there are few classes");
    }
    builder.has_no_more_columns(FieldSet::EMPTY);
    builder.build().expect("it fits the format")
}

/// The counts for members with references and decisions, checked in blocks of this many rows.
fn counted(
    index: &Index,
    members: &[(Record, u64, Option<Decision>)],
    block: usize,
) -> PersonCounts {
    let mut all = PersonFacts::default();
    for members in members.chunks(block) {
        let mut person_facts = PersonFacts::default();
        for (member, _, decision) in members {
            person_facts.note(&index.check(member), None, |_| *decision);
        }
        all.append(person_facts);
        // As stored in a checkpoint.
        let kept = serde_json::to_string(&all).expect("to memory");
        all = serde_json::from_str(&kept).expect("it was just written");
    }
    all.end_list(KindSet::EMPTY);
    let references: Vec<u64> = members.iter().map(|(_, reference, _)| *reference).collect();
    all.count(&references).counts
}

#[test]
fn rows_of_one_reference_are_one_person_with_their_best_outcome() {
    let index = index(&[person("Johanna", "Weidenbach").kvnr("A123456780")]);
    let certain = || Record::new().kvnr("A123456780");
    let twin = || person("Friedrich", "Weidenbach");
    let clear = || Record::new().kvnr("B123456782");
    let broken = || Record::new().kvnr("4711");
    let members = [
        (certain(), 7, None),
        (twin(), 7, None),
        (clear(), 7, None),
        (twin(), 8, None),
        (broken(), 8, None),
        (clear(), 9, None),
        (broken(), 9, None),
        (broken(), 10, None),
        (broken(), 0, None),
        (clear(), 0, None),
        (clear(), 0, None),
    ];
    for block in [1, 2, 100] {
        let counts = counted(&index, &members, block);
        let persons = &counts.persons;
        let states = [
            persons.confirmed,
            persons.to_decide,
            persons.open,
            persons.dismissed,
            persons.not_affected,
        ];
        assert_eq!((persons.checked, states), (7, [1, 1, 2, 0, 3]));
        // The unaffected person with a damaged row.
        assert_eq!(persons.partially_checked, 1);
        assert_eq!((counts.partial.defective, counts.partial.caveats), (1, 0));
        let cause = counts.partial.largest_cause.expect("there is one");
        assert_eq!((cause.field.as_deref(), cause.persons), (Some("kvnr"), 1));
        assert_eq!(persons.by.by_strength["certain"], 1);
        assert_eq!(persons.by.by_strength["candidate"], 1);
        // One leaked row matches two persons.
        assert_eq!((counts.records.concerned, counts.records.confirmed), (1, 1));
        assert_eq!(counts.records.by.by_strength["certain"], 1);
        let relatives = counts.relatives;
        assert_eq!((relatives.look_like_relatives, relatives.of_affected), (1, 1));
    }
}

#[test]
fn decisions_change_outcomes_and_records_of_dismissed_persons_do_not_count() {
    let index = index(&[person("Johanna", "Weidenbach")]);
    let twin = || person("Friedrich", "Weidenbach");
    let sure = || person("Johanna", "Weidenbach");
    let outcome = |member: Record, decision: Option<Decision>| {
        let counts = counted(&index, &[(member, 1, decision)], 1);
        let persons = &counts.persons;
        let state = [persons.confirmed, persons.to_decide, persons.dismissed, persons.not_affected];
        (state, counts.records.concerned, counts.records.confirmed)
    };
    assert_eq!(outcome(twin(), None), ([0, 1, 0, 0], 1, 0));
    assert_eq!(outcome(twin(), Some(Decision::Later)), ([0, 1, 0, 0], 1, 0));
    assert_eq!(outcome(twin(), Some(Decision::Affected)), ([1, 0, 0, 0], 1, 1));
    assert_eq!(outcome(twin(), Some(Decision::NotAffected)), ([0, 0, 1, 0], 0, 0));
    // People can decide about a probable match, but not about a certain one.
    assert_eq!(outcome(sure(), Some(Decision::NotAffected)), ([0, 0, 1, 0], 0, 0));
    let certain = self::index(&[Record::new().kvnr("A123456780")]);
    let members = [(Record::new().kvnr("A123456780"), 1, Some(Decision::NotAffected))];
    assert_eq!(counted(&certain, &members, 1).persons.confirmed, 1);
}

#[test]
fn a_twin_counts_as_a_relative_of_an_affected_person_in_any_order_of_rows() {
    let index = index(&[person("Johanna", "Weidenbach")]);
    let (johanna, twin) = (person("Johanna", "Weidenbach"), person("Friedrich", "Weidenbach"));
    let of = |members: &[&Record]| {
        let members = members.iter().map(|member| ((*member).clone(), 0, None)).collect::<Vec<_>>();
        counted(&index, &members, 1).relatives.of_affected
    };
    assert_eq!((of(&[&johanna, &twin]), of(&[&twin, &johanna])), (1, 1));
    // Nobody in the list is a relative of the twin.
    assert_eq!((of(&[&twin]), of(&[&twin, &twin])), (0, 0));
}

#[test]
fn fields_that_a_leak_lacks_are_counted_and_make_nobody_partial() {
    let index = index(&[Record::new().kvnr("A123456780")]);
    let member = || Record::new().kvnr("B123456782").iban("DE89370400440532013000");
    let counts =
        counted(&index, &[(member(), 1, None), (member(), 1, None), (member(), 2, None)], 2);
    assert_eq!((counts.persons.not_affected, counts.persons.partially_checked), (2, 0));
    let fields: Vec<_> =
        counts.not_in_leak.iter().map(|entry| (&*entry.field, entry.persons)).collect();
    assert_eq!(fields, [("iban", 2)]);
}

#[test]
fn a_caveat_of_a_list_applies_only_to_its_rows() {
    let index = index(&[Record::new().kvnr("A123456780")]);
    let mut facts = PersonFacts::default();
    let verdict = index.check(&Record::new().kvnr("B123456782"));
    facts.note(&verdict, None, |_| None);
    facts.end_list(KindSet::EMPTY);
    facts.note(&verdict, None, |_| None);
    facts.note(&verdict, None, |_| None);
    facts.end_list(KindSet::all());
    let counts = facts.count(&[]).counts;
    assert_eq!((counts.persons.not_affected, counts.persons.partially_checked), (3, 2));
    assert_eq!((counts.partial.defective, counts.partial.caveats), (0, 2));
}
