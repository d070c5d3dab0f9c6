//! A value that many leaked records share does not prove that a person is in the leak.

use std::sync::Arc;

use leakdex::{Index, IndexBuilder, Key, Kind, Record, Strength, Verdict};

use crate::support::{breach, built, index_of, key, merged};

/// A leak in which this many records have the same address, each with its own username.
fn leak_of(key: &Key, name: &str, records: u32) -> Index {
    let person =
        |number| Record::new().email("office@example.de").username(&format!("user{number}"));
    let leak: Vec<Record> = (0..records).map(person).collect();
    built(IndexBuilder::new(key, breach(name)), &leak)
}

fn strength(verdict: &Verdict) -> Strength {
    verdict.finding().expect("the member is affected").strength()
}

#[test]
fn a_value_of_more_than_64_records_is_at_most_a_candidate() {
    let member = Record::new().email("office@example.de");
    let many = leak_of(&key(), "many", 65).check(&member);
    assert_eq!(strength(&many), Strength::Candidate);
    let finding = many.finding().expect("affected");
    assert!(finding.shared().contains(Kind::Email) && finding.matched().contains(Kind::Email));
    assert!(serde_json::to_string(&many).expect("to memory").contains(r#""shared":["email""#));

    let few = leak_of(&key(), "few", 64).check(&member);
    assert_eq!(strength(&few), Strength::Strong);
    assert!(few.finding().expect("affected").shared().is_empty());
}

#[test]
fn another_value_of_the_member_keeps_its_strength() {
    let index = leak_of(&key(), "many", 150);
    let member = Record::new().email("office@example.de").username("user7");
    assert_eq!(strength(&index.check(&member)), Strength::Strong);
    let member = Record::new().email("office@example.de").username("stranger");
    assert_eq!(strength(&index.check(&member)), Strength::Candidate);
}

#[test]
fn a_value_is_shared_only_if_many_records_of_each_breach_have_it() {
    let indexes = [leak_of(&key(), "many", 150), leak_of(&key(), "one", 1)];
    let set = leakdex::IndexSet::new(indexes).expect("they fit together");
    let verdict = set.check(&Record::new().email("office@example.de"));
    assert_eq!(strength(&verdict), Strength::Strong);
}

/// Two parts of one leak, each with its own records that have the address.
#[test]
fn the_records_of_a_breach_count_over_all_its_indexes() {
    let people = |letter: char, records: u32| {
        let person = Record::new().email("office@example.de");
        let of = |number| person.clone().username(&format!("{letter}{number}"));
        (0..records).map(of).collect::<Vec<_>>()
    };
    let part = |letter, records| Arc::new(index_of(&key(), &people(letter, records)));
    let member = Record::new().email("office@example.de");
    let check = |indexes: &[Arc<Index>]| {
        let set = leakdex::IndexSet::new(indexes.iter().map(Arc::clone)).expect("one key");
        let verdict = set.check(&member);
        let records = verdict.finding().expect("affected").exposure().records();
        (strength(&verdict), records)
    };
    let (one, other, many) = (part('a', 40), part('b', 40), part('c', 100));
    assert_eq!(check(&[Arc::clone(&one), Arc::clone(&other)]), (Strength::Candidate, 80));
    assert_eq!(check(&[Arc::clone(&one), part('d', 24)]), (Strength::Strong, 64));
    assert_eq!(check(&[Arc::clone(&one), part('d', 25)]), (Strength::Candidate, 65));
    assert_eq!(check(&[Arc::clone(&other), Arc::clone(&many)]), (Strength::Candidate, 140));
    // An index with hashes of the addresses holds the same records under different tags.
    let hashed = IndexBuilder::new(&key(), breach("leak"))
        .email_hashes([Kind::Sha256Email].into_iter().collect());
    let hashed = Arc::new(built(hashed, &people('a', 40)));
    assert_eq!(check(&[Arc::clone(&one), hashed]).0, Strength::Strong);
    // The same records in two indexes count once.
    let (few, all) = (part('a', 30), Arc::clone(&one));
    assert_eq!(check(&[few, all]), (Strength::Strong, 40));
}

/// A check reads 64 records of each index, and does not know whether the others are the same.
#[test]
fn records_beyond_64_in_two_indexes_may_count_twice() {
    let member = Record::new().email("office@example.de");
    let records = |indexes: Vec<Arc<Index>>| {
        let set = leakdex::IndexSet::new(indexes).expect("one key");
        set.check(&member).finding().expect("affected").exposure().records()
    };
    let (few, all) =
        (Arc::new(leak_of(&key(), "many", 80)), Arc::new(leak_of(&key(), "many", 100)));
    assert_eq!(records(vec![Arc::clone(&all)]), 100);
    let both = records(vec![Arc::clone(&few), Arc::clone(&all)]);
    assert!((116..=180).contains(&both), "the 16 and 36 beyond 64 are summed: {both}");

    let one = merged([few, all].map(|index| Arc::into_inner(index).expect("no set has it")));
    assert_eq!(records(vec![Arc::new(one)]), 100);
}

/// A check reads 64 of the records with the address. The member's own record may be among them or
/// not.
#[test]
fn a_shared_value_adds_no_record_to_a_member_who_has_a_record_of_their_own() {
    let index = leak_of(&key(), "many", 71);
    for number in 0..71 {
        let member = Record::new().email("office@example.de").username(&format!("user{number}"));
        let verdict = index.check(&member);
        let finding = verdict.finding().expect("affected");
        assert_eq!((finding.strength(), finding.exposure().records()), (Strength::Strong, 1));
        assert!(!finding.matched().contains(Kind::Email) && finding.shared().is_empty());
    }
}

#[test]
fn one_of_two_values_of_a_kind_keeps_its_strength_if_the_other_is_shared() {
    let of = |number: u32| {
        Record::new().email("office@example.de").email(&format!("user{number}@example.de"))
    };
    let index = index_of(&key(), &(0..71).map(of).collect::<Vec<_>>());
    assert!((0..71).all(|number| strength(&index.check(&of(number))) == Strength::Strong));
}

/// A program wrote one number into all rows, or people typed a made-up number with a valid check digit.
#[test]
fn an_insured_number_of_more_than_64_records_is_at_most_a_candidate() {
    let leak = |records: u32| {
        let of = |number| Record::new().kvnr("A123456780").username(&format!("user{number}"));
        index_of(&key(), &(0..records).map(of).collect::<Vec<_>>())
    };
    let member = Record::new().kvnr("A123456780");
    assert_eq!(strength(&leak(64).check(&member)), Strength::Certain);
    let verdict = leak(65).check(&member);
    assert_eq!(strength(&verdict), Strength::Candidate);
    assert!(verdict.finding().expect("affected").shared().contains(Kind::Kvnr));
}

/// Twins, namesakes in one house, or a program that filled the gaps with one person.
#[test]
fn a_match_key_of_more_than_64_records_is_at_most_a_candidate() {
    let person = || {
        let person = Record::new().last_name("Karacruz").first_name("Zoe");
        person.birth_date("1.2.1970").postal_code("50667")
    };
    let leak = |records: u32| {
        let of = |number| person().username(&format!("user{number}"));
        index_of(&key(), &(0..records).map(of).collect::<Vec<_>>())
    };
    assert_eq!(strength(&leak(64).check(&person())), Strength::Probable);
    let verdict = leak(65).check(&person());
    assert_eq!(strength(&verdict), Strength::Candidate);
    assert!(verdict.finding().expect("affected").shared().contains(Kind::BirthPostcode));
}

/// The names alone make no match key. They still show that the records belong to several people.
#[test]
fn an_address_of_many_people_without_a_date_of_birth_is_shared() {
    let of = |number: u32| {
        let letter = char::from(b'a' + u8::try_from(number % 26).expect("a letter"));
        let name = format!("Kar{letter}{}", "o".repeat(1 + number as usize / 26));
        Record::new().email("office@example.de").last_name(&name).first_name("Eva")
    };
    let people: Vec<Record> = (0..150).map(of).collect();
    let member = Record::new().email("office@example.de");
    let verdict = index_of(&key(), &people).check(&member);
    assert_eq!(strength(&verdict), Strength::Candidate);
    assert_eq!(verdict.finding().expect("affected").exposure().records(), 150);

    // The same person many times is one record.
    let repeated: Vec<Record> = (0..150).map(|_| of(7)).collect();
    let verdict = index_of(&key(), &repeated).check(&member);
    assert_eq!(strength(&verdict), Strength::Strong);
    assert_eq!(verdict.finding().expect("affected").exposure().records(), 1);
}

/// A check reads 64 records of each breach, so it also reads the record of the other breach.
#[test]
fn in_a_merged_index_a_value_is_shared_only_in_the_breach_of_the_many() {
    let merged = |many: (&str, u32), other: (&str, u32)| {
        let index = merged([many, other].map(|(name, records)| leak_of(&key(), name, records)));
        index.check(&Record::new().email("office@example.de"))
    };
    for (many, one) in [("a", "b"), ("b", "a")] {
        let verdict = merged((many, 100), (one, 1));
        assert_eq!(strength(&verdict), Strength::Strong);
        let finding = verdict.finding().expect("affected");
        assert!(finding.shared().is_empty(), "of the other breach it is proof");
        let exposure = finding.exposure().by_breach();
        let of = |name: &str| {
            let found = exposure.iter().find(|exposure| exposure.breach.name().as_str() == name);
            let found = found.expect("the member is in this breach");
            (found.records, found.strength)
        };
        assert_eq!(of(one), (1, Strength::Strong));
        assert_eq!(of(many), (100, Strength::Candidate));
    }
    let verdict = merged(("a", 100), ("b", 1000));
    assert_eq!(strength(&verdict), Strength::Candidate);
    let finding = verdict.finding().expect("affected");
    assert!(finding.shared().contains(Kind::Email));
    let records: Vec<u64> =
        finding.exposure().by_breach().iter().map(|breach| breach.records).collect();
    assert_eq!(records, [100, 1000], "all count, though a check reads only 64");
}

#[test]
fn a_check_counts_all_of_very_many_records() {
    for records in [64, 65, 66, 1000] {
        let verdict =
            leak_of(&key(), "many", records).check(&Record::new().email("office@example.de"));
        let exposure = verdict.finding().expect("affected").exposure();
        assert_eq!(exposure.records(), u64::from(records));
        let index = leak_of(&key(), "many", records);
        let pseudonym =
            leakdex::Pseudonymiser::new(&key()).pseudonym(Kind::Email, b"office@example.de");
        assert_eq!(
            index.exposure(pseudonym).map(|exposure| exposure.records()),
            Some(u64::from(records))
        );
    }
}
