//! Merges of indexes, with and without erasures.

use leakdex::{
    BreachName, BuildFault, DataClass, Error, Evidence, Index, IndexBuilder, IndexFault,
    IndexMerger, IndexSet, Key, Kind, KindSet, MergeStats, Pseudonymiser, Record,
};
use proptest::prelude::*;

use crate::support::{
    breach, build_fault, built, count_in, folder, key, merge, merged, shown, without,
};

fn name(name: &str) -> BreachName {
    name.parse().expect("well formed")
}

fn build(breach: &str, records: &[Record]) -> Index {
    build_kinds(breach, KindSet::all(), records)
}

fn build_kinds(name: &str, kinds: KindSet, records: &[Record]) -> Index {
    built(IndexBuilder::new(&key(), breach(name)).kinds(kinds), records)
}

/// The bytes after the head.
fn body(index: &Index) -> &[u8] {
    let head_length = index.as_bytes()[24..].first_chunk().expect("it has fixed fields");
    let head_length = usize::try_from(u64::from_le_bytes(*head_length));
    &index.as_bytes()[head_length.expect("it is in memory")..]
}

/// The salt that the key of the postings is derived from.
fn salt(index: &Index) -> &[u8] {
    &index.as_bytes()[64..80]
}

fn person(number: u16, variant: u8) -> Record {
    let mut record = Record::new()
        .username(&format!("user{number}"))
        .email(&format!("user{}+{variant}@example.de", number % 9))
        .last_name(["Muster", "Meier", "Mayer"][usize::from(number % 3)])
        .first_name("Eva")
        .birth_date(&format!("19{:02}-01-01", number % 20 + 40));
    if variant & 1 == 1 {
        record.push_data_class(DataClass::PASSWORDS);
    }
    record
}

fn persons(numbers: &[(u16, u8)]) -> Vec<Record> {
    numbers.iter().map(|&(number, variant)| person(number, variant)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_merge_of_different_breaches_gives_the_verdicts_of_all_its_indexes(
        one in prop::collection::vec((0..40_u16, 0..3_u8), 1..60),
        other in prop::collection::vec((0..40_u16, 0..3_u8), 1..60),
    ) {
        let members = persons(&(0..60).map(|number| (number, 0)).collect::<Vec<_>>());
        let indexes = || vec![build("one", &persons(&one)), build("two", &persons(&other))];
        let set = IndexSet::new(indexes()).expect("one key");
        let expected = shown(&set.check_all(&members).to_vec());
        let (merged, merged_counts) = merge(indexes(), |_| {}).expect("they go together");
        prop_assert_eq!(shown(&merged.check_all(&members).to_vec()), expected);
        prop_assert_eq!(merged_counts.read, indexes().iter().map(Index::len).sum::<u64>());
        prop_assert_eq!((merged_counts.written, merged_counts.erased), (merged.len(), 0));
    }

    /// Rows are repeated within a part and in both parts. Nothing shows that there were two parts.
    #[test]
    fn a_merge_of_parts_of_one_breach_has_the_bytes_of_one_build(
        one in prop::collection::vec((0..40_u16, 0..3_u8), 1..60),
        other in prop::collection::vec((0..40_u16, 0..3_u8), 1..60),
    ) {
        let (one, other) = (persons(&one), persons(&other));
        let whole = build("leak", &[&one[..], &other].concat());
        for parts in [[&one, &other], [&other, &one]] {
            let parts = parts.map(|part| build("leak", part));
            let (merged, merged_counts) = merge(parts, |_| {}).expect("they go together");
            // Each part omits small counts of its profile, so only the profile may differ.
            prop_assert_eq!(merged.metadata().clone(), whole.metadata().clone());
            prop_assert_eq!(merged_counts.records, whole.metadata().records);
            prop_assert!(body(&merged) == body(&whole));
            prop_assert!(salt(&merged) == salt(&whole));
        }
    }

    /// Only the account of rows shows that they were read twice.
    #[test]
    fn a_merge_with_records_that_an_index_already_has_adds_nothing(
        all in prop::collection::vec((0..40_u16, 0..3_u8), 2..60),
        some in 1..30_usize,
    ) {
        let all = persons(&all);
        let part = &all[..some.min(all.len())];
        let whole = || build("leak", &all);
        for again in [part, &all[..]] {
            let again = vec![whole(), build("leak", again), whole()];
            let (merged, merged_counts) = merge(again, |_| {}).expect("they go together");
            let (found, of_whole) = (merged.metadata(), whole());
            let of_whole = of_whole.metadata();
            prop_assert_eq!(&found.kinds, &of_whole.kinds);
            let records = of_whole.records;
            prop_assert_eq!((found.records, merged_counts.records), (records, records));
            prop_assert_eq!(found.rows.indexed, of_whole.rows.indexed);
            let rows = &found.rows;
            prop_assert_eq!(rows.read, rows.indexed + rows.duplicate + rows.rejected);
            prop_assert!(body(&merged) == body(&whole()) && salt(&merged) == salt(&whole()));
        }
    }

    #[test]
    fn erasing_a_breach_gives_the_bytes_of_an_index_without_it(
        one in prop::collection::vec((0..40_u16, 0..3_u8), 1..60),
        other in prop::collection::vec((0..40_u16, 0..3_u8), 1..60),
    ) {
        let members = persons(&(0..60).map(|number| (number, 0)).collect::<Vec<_>>());
        let alone = build("one", &persons(&one));
        let both = merged([build("one", &persons(&one)), build("two", &persons(&other))]);
        let before = both.len();
        let (left, merged_counts) = merge(vec![both], |merger| {
            merger.without_breach(&name("two")).expect("it is there");
        })
        .expect("something is left");
        prop_assert_eq!(
            shown(&left.check_all(&members).to_vec()),
            shown(&alone.check_all(&members).to_vec())
        );
        prop_assert!(left.as_bytes() == alone.as_bytes(), "nothing shows that it was there");
        prop_assert_eq!(merged_counts.erased, before - alone.len());
    }
}

#[test]
fn parts_of_one_breach_add_up_their_records_and_classes() {
    let with_password = {
        let mut record = Record::new().username("eva");
        record.push_data_class(DataClass::PASSWORDS);
        record
    };
    let indexes =
        vec![build("leak", &[Record::new().username("eva")]), build("leak", &[with_password])];
    let (merged, merged_counts) = merge(indexes, |_| {}).expect("they go together");
    assert_eq!((merged_counts.read, merged_counts.written), (2, 1));
    let verdict = merged.check(&Record::new().username("eva"));
    let exposure = verdict.finding().expect("it is there").exposure();
    assert_eq!((exposure.by_breach().len(), exposure.records()), (1, 2));
    assert!(exposure.data_classes().contains(&&DataClass::PASSWORDS));
    assert_eq!(merged.metadata().rows.indexed, 2);
}

/// Two breaches, and a breach of two parts with different kinds.
#[test]
fn an_index_merged_with_itself_or_with_one_that_contains_it_counts_once() {
    let emails: KindSet = [Kind::Email, Kind::EmailAlias].into_iter().collect();
    let record = |name: &str| Record::new().email(&format!("{name}@example.de"));
    let parts = || {
        vec![
            build("one", &[record("a").username("a"), record("b"), record("c")]),
            build_kinds("one", emails, &[record("b"), record("d")]),
            build("two", &[record("a"), record("e")]),
        ]
    };
    let all = || merged(parts());
    let expected = all().metadata().clone();
    // The record of b is in two parts.
    assert_eq!((expected.records, expected.rows.indexed), (6, 6));
    let (twice, merged_counts) = merge(vec![all(), all()], |_| {}).expect("they go together");
    assert!(twice.as_bytes() == all().as_bytes() && merged_counts.records == 6);
    for order in [[0, 1, 2], [0, 2, 1], [1, 2, 0]] {
        let [first, second, third] = order.map(|number| parts().remove(number));
        let merged = merged([merged([first, second]), third]);
        let found = merged.metadata();
        assert_eq!((&found.rows, found.records), (&expected.rows, 6));
        assert!(body(&merged) == body(&all()));
    }
    for part in parts() {
        let (merged, merged_counts) = merge(vec![all(), part], |_| {}).expect("they go together");
        let found = merged.metadata();
        assert_eq!((found.records, found.rows.indexed, merged_counts.records), (6, 6, 6));
        assert_eq!(found.kinds, expected.kinds);
        let rows = &found.rows;
        assert_eq!(rows.read, rows.indexed + rows.duplicate + rows.rejected);
    }
}

#[test]
fn two_rows_with_one_number_in_two_parts_are_two_records_merged_or_side_by_side() {
    let number = || Record::new().kvnr("A123456780");
    let parts = || {
        vec![
            build("leak", &[number().username("eva")]),
            build("leak", &[number().username("e.m.")]),
        ]
    };
    let once_more = merged([parts().remove(0), parts().remove(0)]);
    let set = |indexes| IndexSet::new(indexes).expect("one key");
    for (indexes, records) in [
        (set(vec![merged(parts())]), 2),
        (set(parts()), 2),
        (set(vec![once_more]), 1),
        (set(vec![parts().remove(0), parts().remove(0)]), 1),
    ] {
        let verdict = indexes.check(&number());
        assert_eq!(verdict.finding().expect("it is there").exposure().records(), records);
    }
}

#[test]
fn a_merge_has_the_postings_of_both_and_each_once() {
    let record = |name: &str| Record::new().email("office@example.de").username(name);
    let one: Vec<Record> = (0..70).map(|number| record(&format!("user{number}"))).collect();
    let other: Vec<Record> = (40..110).map(|number| record(&format!("user{number}"))).collect();
    let office = Pseudonymiser::new(&key()).pseudonym(Kind::Email, b"office@example.de");
    let indexes = vec![build("leak", &one), build("leak", &other), build("other", &other)];
    let (merged, merged_counts) = merge(indexes, |_| {}).expect("they go together");
    let of_breaches = merged.exposure(office).expect("it is not damaged");
    let of_breaches: Vec<u64> =
        of_breaches.by_breach().iter().map(|breach| breach.records).collect();
    assert_eq!(of_breaches, [110, 70]);
    assert_eq!((merged.metadata().records, merged_counts.records), (180, 180));
    let emails = merged.metadata().kinds.iter().find(|count| count.kind == "email");
    let emails = emails.expect("the kind is held");
    assert_eq!((emails.identifiers, emails.records), (1, 180));
}

#[test]
fn a_kind_that_one_part_lacks_is_reported_and_makes_no_false_all_clear() {
    let emails: KindSet = [Kind::Email].into_iter().collect();
    let member = Record::new().email("eva@example.de").username("eva");
    let indexes = vec![
        build("one", &[Record::new().username("max").email("max@example.de")]),
        build_kinds("two", emails, &[Record::new().email("eva@example.de")]),
    ];
    let merged = merged(indexes);
    // The second part has addresses without aliases.
    assert_eq!(merged.check(&member).slug(), "affected");
    let stranger = Record::new().email("nobody@example.de").username("nobody");
    let verdict = merged.check(&stranger);
    assert_eq!(verdict.slug(), "not_affected");
    assert!(verdict.is_partially_checked(), "the second leak has no usernames to compare");
    assert!(verdict.coverage().not_held.contains(Kind::Username));
}

#[test]
fn erased_records_are_gone_and_those_of_others_stay() {
    let (max, eva) = (person(1, 0), person(2, 0));
    // A namesake with the same date, and an address that differs only in its tag.
    let namesake = person(61, 1).email("user1+9@example.de");
    let all = [max.clone(), eva.clone(), namesake.clone()];
    let (left, merged_counts) = without([build("leak", &all)], &[max]);
    for user in ["user1", "user2"] {
        let expected = if user == "user1" { "not_affected" } else { "affected" };
        assert_eq!(left.check(&Record::new().username(user)).slug(), expected);
    }
    let verdict = left.check(&Record::new().email("user1+0@example.de"));
    let matched = verdict.finding().expect("the alias is hers, too").matched();
    assert_eq!(matched, [Kind::EmailAlias].into_iter().collect());
    // Both addresses have one alias.
    assert_eq!(left.check(&Record::new().email("user1+9@example.de")).slug(), "affected");
    assert_eq!(left.check(&eva).slug(), "affected");
    let record = Record::new().last_name("Meier").first_name("Eva").birth_date("1941-01-01");
    assert_eq!(left.check(&record).slug(), "affected", "the name and the date are hers, too");
    assert!(merged_counts.erased > 0 && merged_counts.reduced > 0, "{merged_counts:?}");
    assert_eq!(left.metadata().all_erased_records(), 1);
}

#[test]
fn a_merge_that_nobody_could_open_is_not_published() {
    let (key, folder) = (key(), folder());
    let mut merger = IndexMerger::new(&key);
    for name in ["one", "two"] {
        // The metadata of an index has at most 1 MiB.
        let mut titled = breach(name);
        titled.title = Some("a".repeat(600_000));
        merger.add(built(IndexBuilder::new(&key, titled), &[person(1, 0)])).expect("one key");
    }
    let fault = build_fault(merger.publish(folder.path().join("merged.leakdex")));
    assert!(matches!(fault, BuildFault::MetadataTooLong), "{fault}");
    assert_eq!(count_in(folder.path()), 0);
}

#[test]
fn indexes_that_do_not_go_together_are_refused() {
    let other_key = Key::from_bytes(&[7; 32]).expect("a key");
    let mut merger = IndexMerger::new(&other_key);
    let wrong_key = merger.add(build("leak", &[person(1, 0)])).expect_err("another key");
    assert!(matches!(wrong_key, Error::Index { fault: IndexFault::WrongKey { .. }, .. }));

    let key = key();
    let mut described = breach("leak");
    described.title = Some("Another".into());
    let described = built(IndexBuilder::new(&key, described), &[person(1, 0)]);
    let plain = || build("leak", &[person(1, 0)]);
    let message_of =
        |outcome: Result<(Index, MergeStats), Error>| outcome.expect_err("refused").to_string();
    let two_names = message_of(merge(vec![plain(), described], |_| {}));
    assert!(two_names.contains("a breach of the same name"), "{two_names}");
    let nothing = message_of(merge(vec![plain()], |merger| {
        merger.without_breach(&name("leak")).expect("it is there");
    }));
    assert!(nothing.contains("nothing would be left"), "{nothing}");
    let none = message_of(merge(Vec::new(), |_| {}));
    assert!(none.contains("nothing would be left"), "{none}");
    let mut merger = IndexMerger::new(&key);
    merger.add(plain()).expect("the right key");
    assert!(merger.without_breach(&name("typo")).is_err());
}

/// A missing postcode says more in a leak in which nearly all records have one.
#[test]
fn a_merge_weighs_each_record_by_the_leak_that_has_it() {
    let eva = || Record::new().last_name("Weidenbach").first_name("Eva").birth_date("3.4.1951");
    let leak = |name: &str, rest: &dyn Fn(Record) -> Record| {
        let others = (0..40).map(|number| rest(person(number, 0)));
        build(name, &others.chain([eva().username(name)]).collect::<Vec<_>>())
    };
    let leaks =
        || [leak("one", &|record| record), leak("two", &|record| record.postal_code("50667"))];
    let weights = |set: IndexSet| {
        let evidence = set.explain(&eva().postal_code("20095")).into_iter();
        let weight = |record: Evidence| {
            (record.breach.name().clone(), record.agreement.map(|agreement| agreement.weight))
        };
        let mut weights: Vec<_> = evidence.map(weight).collect();
        weights.sort();
        weights
    };
    let apart = weights(IndexSet::new(leaks()).expect("one key"));
    assert!(apart.len() == 2 && apart[0].1 != apart[1].1, "{apart:?}");
    assert_eq!(weights(IndexSet::new([merged(leaks())]).expect("one index")), apart);
}

#[test]
fn merged_indexes_can_be_merged_again() {
    let index = |breach: &str, number| build(breach, &[person(number, 0)]);
    let first = merged([index("a", 1), index("b", 2)]);
    let all = merged([first, index("c", 3), index("a", 4)]);
    let at_once = merged([index("a", 1), index("a", 4), index("b", 2), index("c", 3)]);
    assert!(all.as_bytes() == at_once.as_bytes());
    let breaches: Vec<_> = all.metadata().breaches.iter().map(|breach| breach.name()).collect();
    assert_eq!(breaches, [&name("a"), &name("b"), &name("c")]);
}

/// The `DataClasses` of a breach change between the parts of its leak.
#[test]
fn a_record_in_two_indexes_of_a_breach_has_the_classes_of_both_descriptions() {
    let key = key();
    let build = |classes: &[DataClass]| {
        let mut breach = breach("leak");
        breach.data_classes = classes.to_vec();
        built(IndexBuilder::new(&key, breach), &[Record::new().username("eva")])
    };
    for classes in
        [[DataClass::NAMES, DataClass::PASSWORDS], [DataClass::PASSWORDS, DataClass::NAMES]]
    {
        let indexes = classes.map(|class| build(&[class]));
        let indexes = IndexSet::new(indexes).expect("they go together");
        let eva = Record::new().username("eva");
        let expected = [DataClass::NAMES, DataClass::PASSWORDS, DataClass::USERNAMES];
        let verdict = indexes.check(&eva);
        let finding = verdict.finding().expect("it is there");
        assert!(finding.exposure().data_classes().into_iter().eq(&expected), "{finding:?}");
        assert_eq!(finding.exposure().records(), 1);
        assert_eq!(finding.records()[0].data_classes, expected);
        let evidence = indexes.explain(&eva);
        assert_eq!((evidence.len(), &evidence[0].data_classes[..]), (1, &expected[..]));
    }
}
