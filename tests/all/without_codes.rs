//! An index without codes: a hit by a match key alone is a candidate, and nothing refutes it.

use leakdex::{
    BuildFault, Caveat, DistributedFault, Index, IndexBuilder, IndexMerger, IndexSet, Key, Kind,
    KindSet, Record, Strength, TaskAccount, Verdict,
};

use crate::support::{breach, build_fault, built, erase, filled, folder, key, merged};

fn leaked() -> Record {
    let names = Record::new().last_name("Weidenbach").first_name("Johanna");
    names.birth_date("17.11.1983").postal_code("50667")
}

/// Somebody else, such as a mother with the same name and another date of birth.
fn stranger() -> Record {
    let names = Record::new().last_name("Weidenbach").first_name("Johanna");
    names.birth_date("3.5.1951").postal_code("50667")
}

fn builder(key: &Key, with_codes: bool) -> IndexBuilder<'_> {
    let kinds: KindSet = [Kind::Email, Kind::SoundPostcode].into_iter().collect();
    let builder = IndexBuilder::new(key, breach("leak")).kinds(kinds);
    if with_codes { builder } else { builder.without_codes() }
}

fn index(with_codes: bool) -> Index {
    built(builder(&key(), with_codes), &[leaked()])
}

fn strength(verdict: &Verdict) -> Option<Strength> {
    verdict.finding().map(leakdex::Finding::strength)
}

#[test]
fn a_match_key_without_codes_is_a_candidate_and_nothing_refutes_it() {
    let (with, without) = (index(true), index(false));
    assert!(!with.metadata().without_codes && without.metadata().without_codes);
    let refuted = with.check_all(&[stranger()]);
    assert_eq!(refuted.get(0).slug(), "not_affected");
    assert!(refuted.caveats()[0].contains(Caveat::MatchRefuted));
    assert_eq!(strength(&with.check(&leaked())), Some(Strength::Probable));
    for member in [leaked(), stranger()] {
        let verdict = without.check(&member);
        assert_eq!(strength(&verdict), Some(Strength::Candidate));
        assert!(!without.check_all(&[member]).caveats()[0].contains(Caveat::MatchRefuted));
    }
    let set = IndexSet::new(vec![without]).expect("one index");
    let evidence = set.explain(&stranger());
    assert_eq!((evidence[0].agreement, evidence[0].refuted), (None, false));
}

#[test]
fn a_value_beside_a_match_key_is_as_strong_as_with_codes() {
    let key = key();
    let checked = [true, false].map(|with_codes| {
        let index = built(builder(&key, with_codes), &[leaked().email("eva@example.de")]);
        strength(&index.check(&stranger().email("eva@example.de")))
    });
    assert_eq!(checked, [Some(Strength::Strong); 2]);
}

/// Both indexes have the record, and the codes of one show that it is somebody else's.
#[test]
fn the_codes_of_another_index_of_the_leak_still_refute() {
    let set = IndexSet::new(vec![index(false), index(true)]).expect("the same rules");
    assert_eq!(set.check(&stranger()).slug(), "not_affected");
    assert_eq!(strength(&set.check(&leaked())), Some(Strength::Probable));
}

/// A file without the field has codes.
#[test]
fn only_an_index_without_codes_states_it() {
    let json = |index: &Index| serde_json::to_value(index.metadata()).expect("JSON");
    assert_eq!(json(&index(true)).get("without_codes"), None);
    assert_eq!(json(&index(false))["without_codes"], true);
}

#[test]
fn indexes_with_and_without_codes_are_not_merged() {
    let key = key();
    for first in [true, false] {
        let mut merger = IndexMerger::new(&key);
        merger.add(index(first)).expect("the first one");
        assert_eq!(build_fault(merger.add(index(!first))), BuildFault::MixedCodes);
    }
    let other = IndexBuilder::new(&key, breach("other")).without_codes();
    let both = merged([index(false), built(other, &[stranger()])]);
    assert!(both.metadata().without_codes);
    assert_eq!(strength(&both.check(&stranger())), Some(Strength::Candidate));
}

/// Without codes, the row of one person would erase the records of others with the same match key.
#[test]
fn nothing_is_erased_by_match_keys_without_codes() {
    let (key, folder) = (key(), folder());
    let mut merger = IndexMerger::new(&key);
    merger.add(index(false)).expect("the key is right");
    erase(&mut merger, &[stranger()]);
    let fault = build_fault(merger.prepare(folder.path().join("fewer.leakdex")));
    assert_eq!(fault, BuildFault::ErasureWithoutCodes);
}

#[test]
fn tasks_with_and_without_codes_do_not_add_up() {
    let key = key();
    let [mut one, other] = [true, false].map(|with_codes| {
        let builder = filled(builder(&key, with_codes), [leaked()]);
        let (_, account) = builder.into_task_account().expect("it is in memory");
        TaskAccount::open(&account.seal(&key), &key).expect("the same key")
    });
    let fault = build_fault(one.add(&other));
    let expected = DistributedFault::DifferentTasks { part: "the codes" };
    assert_eq!(fault, BuildFault::Distributed(expected));
}

#[test]
#[should_panic(expected = "before the first record")]
fn codes_are_left_out_of_all_records_or_none() {
    let key = key();
    let _ = filled(builder(&key, true), [leaked()]).without_codes();
}
