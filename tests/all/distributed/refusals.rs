//! Inconsistent parts of a distributed build are refused, and repeated ones do no harm.

use std::{fs, path::Path};

use leakdex::{
    DistributedFault, Error, IndexBuilder, IndexFault, IndexSet, Key, Kind, KindSet,
    LeakedIdentifier, Normaliser, Record, ShardBuilder, ShardContent, ShardCount, ShardPlan,
    ShardSummary, TaskAccount,
};

use super::{
    BuildSetup, Carried, PLAIN, collected, count, files, hash, leak, plain, sum, summaries,
};
use crate::support::{
    breach, count_in, distributed_fault, fault, filled, folder, key, publish_shards,
};

/// A build of two tasks and four shards whose parts a test tampers with.
struct Parts {
    by_shard: Vec<Vec<Carried>>,
    accounts: Vec<TaskAccount>,
}

fn four_shards() -> ShardCount {
    count(4)
}

fn parts(key: &Key) -> Parts {
    let setup = BuildSetup { tasks: 2, ..PLAIN };
    let (by_shard, accounts) = hash(|| plain(key), &leak(), four_shards(), setup);
    Parts { by_shard, accounts }
}

impl Parts {
    fn summaries(&self) -> Vec<ShardSummary> {
        summaries(&self.by_shard, four_shards(), PLAIN)
    }

    fn plan(&self, key: &Key) -> ShardPlan {
        self.try_plan(key).expect("all fits together")
    }

    fn try_plan(&self, key: &Key) -> Result<ShardPlan, Error> {
        plain(key).plan_shards(sum(&self.accounts), self.summaries())
    }

    fn content(&self, number: u32) -> ShardContent {
        collected(&self.by_shard[number as usize], number, four_shards(), PLAIN)
    }

    fn write(&self, folder: &Path, number: u32, plan: &ShardPlan, key: &Key) -> Result<(), Error> {
        self.content(number).prepare(folder, plan, key)?.publish()
    }
}

#[test]
fn a_lost_duplicated_or_changed_identifier_is_refused() {
    let key = key();
    let sound = parts(&key);
    sound.plan(&key);
    let tampered = |tamper: &dyn Fn(&mut Vec<Carried>)| {
        let mut parts =
            Parts { by_shard: sound.by_shard.clone(), accounts: sound.accounts.clone() };
        tamper(&mut parts.by_shard[2]);
        distributed_fault(parts.try_plan(&key))
    };
    let lost = DistributedFault::LostIdentifiers;
    assert_eq!(tampered(&|carried| drop(carried.pop())), lost);
    assert_eq!(tampered(&|carried| carried.push(carried[0].clone())), lost);
    // Every byte counts: those of the pseudonym, the tag, the codes, the kind and the first mark.
    for byte in 0..LeakedIdentifier::LENGTH {
        assert_eq!(tampered(&|carried| carried[7].0[byte] ^= 1), lost, "byte {byte}");
    }
    assert_eq!(tampered(&|carried| carried[7].1 = "names".to_owned()), lost);
    // One lost and one duplicated identifier give the right count.
    assert_eq!(tampered(&|carried| carried[3] = carried[4].clone()), lost);
}

#[test]
fn malformed_identifiers_and_those_of_another_shard_are_refused() {
    let key = key();
    let parts = parts(&key);
    let (bytes, set) = &parts.by_shard[2][0];
    let malformed = DistributedFault::MalformedIdentifier;
    let of_bytes = |bytes: &[u8]| distributed_fault(LeakedIdentifier::from_bytes(bytes));
    assert_eq!(of_bytes(&bytes[1..]), malformed);
    assert_eq!(of_bytes(&[&bytes[..], &[0]].concat()), malformed);
    for (place, value) in [(32, Kind::ALL.len()), (32, 255), (33, 2)] {
        let mut bytes = bytes.clone();
        bytes[place] = u8::try_from(value).expect("small");
        assert_eq!(of_bytes(&bytes), malformed, "{value} at {place}");
    }
    let identifier = LeakedIdentifier::from_bytes(bytes).expect("as it was sent");
    let mut other = ShardBuilder::new(1, four_shards()).expect("there is one");
    let foreign = DistributedFault::ForeignIdentifier { number: 1 };
    assert_eq!(distributed_fault(other.add(identifier, set)), foreign);
    let mut right = ShardBuilder::new(2, four_shards()).expect("there is one");
    assert_eq!(distributed_fault(right.add(identifier, "names;e-mail")), malformed);
    let unknown = DistributedFault::UnknownShard { number: 4, count: 4 };
    assert_eq!(distributed_fault(ShardBuilder::new(4, four_shards())), unknown);
}

#[test]
fn a_missing_repeated_or_foreign_summary_is_refused() {
    let key = key();
    let parts = parts(&key);
    let plan = |tamper: &dyn Fn(&mut Vec<ShardSummary>)| {
        let mut summaries = parts.summaries();
        tamper(&mut summaries);
        distributed_fault(plain(&key).plan_shards(sum(&parts.accounts), summaries))
    };
    for number in 0..4 {
        let missing = DistributedFault::MissingSummary { number, count: 4 };
        assert_eq!(plan(&|all| drop(all.remove(number as usize))), missing);
        let repeated = DistributedFault::RepeatedSummary { number };
        assert_eq!(plan(&|all| all.push(all[number as usize].clone())), repeated);
    }
    assert_eq!(plan(&Vec::clear), DistributedFault::MissingSummary { number: 0, count: 1 });
    let unknown = DistributedFault::UnknownShard { number: 4, count: 4 };
    assert_eq!(
        plan(&|all| {
            let mut beyond = serde_json::to_value(&all[3]).expect("to memory");
            beyond["number"] = 4.into();
            all.push(serde_json::from_value(beyond).expect("JSON"));
        }),
        unknown
    );
    let of_eight = collected(&[], 7, count(8), PLAIN);
    let different = DistributedFault::DifferentShardCounts;
    assert_eq!(plan(&|all| all.push(of_eight.summary().clone())), different);
}

#[test]
fn accounts_that_do_not_fit_are_refused() {
    let key = key();
    let parts = parts(&key);
    let plan = |account: TaskAccount| {
        distributed_fault(plain(&key).plan_shards(account, parts.summaries()))
    };
    // Accounts of a repeated task and of a missing one.
    let [one, other] = &parts.accounts[..] else { panic!("two tasks") };
    let mut thrice = sum(&parts.accounts);
    thrice.add(one).expect("of one build");
    assert_eq!(plan(thrice), DistributedFault::LostIdentifiers);
    assert_eq!(plan(other.clone()), DistributedFault::LostIdentifiers);

    let sealed = one.seal(&key);
    assert!(TaskAccount::open(&sealed, &key).expect("as it was sealed") == *one);
    for place in [0, 30, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        let opened = TaskAccount::open(&changed, &key);
        assert_eq!(distributed_fault(opened), DistributedFault::UnreadableAccount, "byte {place}");
    }
    assert_eq!(
        distributed_fault(TaskAccount::open(&[], &key)),
        DistributedFault::UnreadableAccount
    );
    let other_key = Key::from_bytes(&[7; 32]).expect("a key");
    let opened = TaskAccount::open(&sealed, &other_key);
    assert_eq!(distributed_fault(opened), DistributedFault::UnreadableAccount);
}

#[test]
fn an_account_shows_nothing_without_the_key() {
    let key = key();
    let sealed = parts(&key).accounts[0].seal(&key);
    for word in ["rows", "leak", "email", "kvnr"] {
        assert!(!sealed.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}

#[test]
fn a_changed_summary_is_refused_without_a_panic() {
    let key = key();
    let parts = parts(&key);
    let sound = serde_json::to_value(parts.summaries()).expect("to memory");
    let plan = |summaries: &serde_json::Value| {
        let summaries: Vec<ShardSummary> = serde_json::from_value(summaries.clone()).expect("JSON");
        plain(&key).plan_shards(sum(&parts.accounts), summaries)
    };
    plan(&sound).expect("all fits together");
    let wrong = DistributedFault::WrongSummary { number: 1 };
    for value in [1_u64, u64::MAX] {
        for place in ["/1/entries", "/1/kinds/email/0", "/1/kinds/email/1"] {
            let mut changed = sound.clone();
            *changed.pointer_mut(place).expect("it is there") = value.into();
            assert_eq!(distributed_fault(plan(&changed)), wrong, "{value} in {place}");
        }
    }
    for (place, value) in [("identifiers", u64::MAX), ("records", 0), ("sum", 5)] {
        let mut changed = sound.clone();
        changed[1]["tally"][place] = value.into();
        let fault = distributed_fault(plan(&changed));
        let is_refused = fault == wrong || fault == DistributedFault::LostIdentifiers;
        assert!(is_refused, "{place}: {fault}");
    }
}

#[test]
fn a_plan_with_a_forged_number_of_entries_is_refused_without_a_panic() {
    let (key, folder) = (key(), folder());
    let parts = parts(&key);
    let mut forged = serde_json::to_value(parts.plan(&key)).expect("to memory");
    for number in 1..4 {
        forged["summaries"][number]["entries"] = u64::MAX.into();
    }
    let forged: ShardPlan = serde_json::from_value(forged).expect("JSON");
    assert_eq!(forged.entries(), u64::MAX);
    let target = folder.path().join("index");
    let changed = DistributedFault::ChangedShard { number: 1 };
    assert_eq!(distributed_fault(parts.write(&target, 1, &forged, &key)), changed);
    assert!(forged.verify(&target, &key).is_err(), "no shard was written");
}

#[test]
fn tasks_with_other_settings_are_refused() {
    let (key, other_key) = (key(), Key::from_bytes(&[7; 32]).expect("a key"));
    let parts = parts(&key);
    let builders: [(&str, IndexBuilder<'_>); 5] = [
        ("the key", plain(&other_key)),
        ("the breach", IndexBuilder::new(&key, breach("other"))),
        ("the indexed kinds", plain(&key).kinds([Kind::Email].into_iter().collect())),
        ("the hashes of addresses", plain(&key).email_hashes(KindSet::EMAIL_HASHES)),
        ("the rules of normalising", plain(&key).normaliser(Normaliser::new().excel_dates(true))),
    ];
    for (part, builder) in builders {
        let different = DistributedFault::DifferentTasks { part };
        let planned = builder.plan_shards(sum(&parts.accounts), parts.summaries());
        assert_eq!(distributed_fault(planned), different);
        let (_, account) = builder.into_task_account().expect("nothing was added");
        assert_eq!(distributed_fault(sum(&parts.accounts).add(&account)), different);
    }
}

#[test]
fn a_shard_that_differs_from_its_plan_is_not_written() {
    let (key, folder) = (key(), folder());
    let mut parts = parts(&key);
    let plan = parts.plan(&key);
    let target = folder.path().join("index");
    // The upstream stage ran again and delivered one identifier less.
    parts.by_shard[1].pop();
    let changed = DistributedFault::ChangedShard { number: 1 };
    assert_eq!(distributed_fault(parts.write(&target, 1, &plan, &key)), changed);
    assert!(!target.exists());
    let other_key = Key::from_bytes(&[7; 32]).expect("a key");
    let wrong_key = fault(parts.write(&target, 0, &plan, &other_key));
    assert!(matches!(wrong_key, IndexFault::WrongKey { .. }), "{wrong_key}");
    assert!(!target.exists());
}

#[test]
fn repeated_writers_of_a_shard_end_with_the_same_bytes() {
    let (key, folder) = (key(), folder());
    let (parts, target) = (parts(&key), folder.path().join("index"));
    let plan = parts.plan(&key);
    std::thread::scope(|threads| {
        for number in [0, 1, 2, 3, 2, 2] {
            let (parts, target, plan, key) = (&parts, &target, &plan, &key);
            threads.spawn(move || {
                parts.write(target, number, plan, key).expect("one waits for the other");
            });
        }
    });
    plan.verify(&target, &key).expect("all are there");
    let first = files(&target);
    assert_eq!(count_in(&target), 4, "nothing else is left");
    parts.write(&target, 3, &plan, &key).expect("a later attempt");
    assert!(files(&target) == first);
    let set = IndexSet::open_shards(&target, &key).expect("of one build");
    assert_eq!(set.check(&Record::new().email("person7@example.de")).slug(), "affected");
}

#[test]
fn a_writer_waits_for_another_writer_of_the_same_shard() {
    let (key, folder) = (key(), folder());
    let (parts, target) = (parts(&key), folder.path().join("index"));
    let plan = parts.plan(&key);
    let first = parts.content(1).prepare(&target, &plan, &key).expect("there is room");
    std::thread::scope(|threads| {
        let second = threads.spawn(|| parts.write(&target, 1, &plan, &key));
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(!second.is_finished());
        first.publish().expect("there is room");
        second.join().expect("no panic").expect("it writes the same again");
    });
    assert_eq!(count_in(&target), 1);
}

#[test]
fn an_unfinished_folder_is_not_an_index() {
    let (key, folder) = (key(), folder());
    let (parts, target) = (parts(&key), folder.path().join("index"));
    let plan = parts.plan(&key);
    for number in [0, 1, 3] {
        parts.write(&target, number, &plan, &key).expect("there is room");
    }
    // The last writer dies before it names its file.
    drop(parts.content(2).prepare(&target, &plan, &key).expect("there is room"));
    let is_missing = |fault| matches!(fault, IndexFault::MissingShard { number: 2, count: 4, .. });
    assert!(is_missing(fault(plan.verify(&target, &key))));
    assert!(is_missing(fault(IndexSet::open_shards(&target, &key))));
    assert_eq!(count_in(&target), 3);
}

#[test]
fn a_folder_with_another_index_is_refused_and_stays_as_it_is() {
    let (key, folder) = (key(), folder());
    let (parts, target) = (parts(&key), folder.path().join("index"));
    let plan = parts.plan(&key);
    let others: [(&str, u32); 3] = [("same-count", 4), ("other-count", 2), ("whole", 1)];
    for (name, shards) in others {
        let target = folder.path().join(name);
        let builder = IndexBuilder::new(&key, breach("earlier"));
        publish_shards(filled(builder, &leak()[..1]), &target, shards);
        let before = files(&target);
        for number in 0..4 {
            let refused = fault(parts.write(&target, number, &plan, &key));
            assert_eq!(refused, IndexFault::NotOfTheseShards, "{name}");
        }
        assert_eq!(fault(plan.verify(&target, &key)), IndexFault::NotOfTheseShards, "{name}");
        assert!(files(&target) == before, "{name}");
    }
    for number in 0..4 {
        parts.write(&target, number, &plan, &key).expect("a new folder");
    }
    fs::write(target.join("other.leakdex"), b"anything").expect("there is room");
    assert_eq!(fault(plan.verify(&target, &key)), IndexFault::NotOfTheseShards);
}

#[test]
fn a_shard_that_was_changed_after_it_was_written_is_noticed() {
    let (key, folder) = (key(), folder());
    let (parts, target) = (parts(&key), folder.path().join("index"));
    let plan = parts.plan(&key);
    for number in 0..4 {
        parts.write(&target, number, &plan, &key).expect("there is room");
    }
    let path = target.join("shard-001-of-004.leakdex");
    let sound = fs::read(&path).expect("it is there");
    for place in [sound.len() - 1, sound.len() / 2] {
        let mut damaged = sound.clone();
        damaged[place] ^= 1;
        fs::write(&path, damaged).expect("there is room");
        let error = plan.verify(&target, &key).expect_err("it was changed");
        assert!(error.to_string().contains("shard-001-of-004"), "{error}");
    }
}

#[test]
fn a_plan_that_was_changed_is_refused() {
    let (key, folder) = (key(), folder());
    let parts = parts(&key);
    let text = serde_json::to_string(&parts.plan(&key)).expect("to memory");
    let (start, end) = text.split_once("\"sealed_profiles\":\"").expect("it has some");
    let without_digits = format!("{start}\"sealed_profiles\":\"no digits{end}");
    let plan = serde_json::from_str(&without_digits).expect("JSON");
    let outcome = parts.write(&folder.path().join("index"), 0, &plan, &key);
    let fault = distributed_fault(outcome);
    assert_eq!(fault, DistributedFault::DamagedPlan);
    assert!(fault.to_string().starts_with("the plan is not as the driver made it"), "{fault}");
    assert_eq!(plan.build(), None);
}
