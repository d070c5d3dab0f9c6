//! Indexes and key files on a simulated disk that loses power.

use std::{collections::BTreeSet, fs, path::Path};

use leakdex::{Index, IndexBuilder, IndexSet, Key, Publication, Record};
use leakdex_staging::disk::{ExploredStates, explore_all, mark_durable, record};

use crate::{
    in_campaign,
    support::{breach, filled, folder, index_of, key, map},
};

fn print_and_check(what: &str, explored: ExploredStates) {
    println!("{what}: {} moments, {} states", explored.moments, explored.images);
    assert!(explored.images > 20, "{explored:?}");
}

fn records(name: &str) -> Vec<Record> {
    (0..300).map(|number| Record::new().username(&format!("{name}{number}"))).collect()
}

fn builder<'key>(key: &'key Key, name: &str) -> IndexBuilder<'key> {
    filled(IndexBuilder::new(key, breach("leak")), records(name))
}

#[test]
fn after_a_power_failure_an_index_is_the_whole_old_one_or_the_whole_new_one() {
    let (key, folder) = (key(), folder());
    let old = index_of(&key, &records("old"));
    let target = |folder: &Path| folder.join("leak.leakdex");
    old.publish(target(folder.path())).expect("there is room");
    let (id, moments) = record(folder.path(), || {
        let publication = builder(&key, "new").prepare(target(folder.path())).expect("built");
        let id = publication.id();
        publication.publish().expect("there is room");
        mark_durable();
        id
    });
    let mut seen = BTreeSet::new();
    let explored = explore_all(&moments, in_campaign(5_000, 100), |folder, durable| {
        let index = Index::open(target(folder), &key).expect("one of the two is there");
        assert!([old.id(), id].contains(&index.id()));
        assert_eq!(map(&target(folder), &key).expect("it is sound").id(), index.id());
        seen.insert((durable, index.id() == id));
    });
    assert_eq!(seen, [(0, false), (0, true), (1, true)].into());
    print_and_check("index", explored);
}

#[test]
fn after_a_power_failure_all_shards_are_there_or_none() {
    let (key, folder) = (key(), folder());
    let count = "4".parse().expect("a number of shards");
    let target = |folder: &Path| folder.join("shards");
    let ((), moments) = record(folder.path(), || {
        let publication = builder(&key, "new").prepare_shards(target(folder.path()), count);
        publication.and_then(Publication::publish).expect("there is room");
        mark_durable();
    });
    let mut seen = BTreeSet::new();
    let explored = explore_all(&moments, in_campaign(5_000, 100), |folder, durable| {
        let is_there = target(folder).exists();
        seen.insert((durable, is_there));
        if is_there {
            let shards = IndexSet::open_shards(target(folder), &key).expect("all are there");
            let entries: u64 = shards.indexes().iter().map(|index| index.len()).sum();
            assert_eq!(entries, 300);
            shards.indexes().iter().for_each(|index| index.verify().expect("it is sound"));
        } else {
            let again = builder(&key, "new").prepare_shards(target(folder), count);
            drop(again.expect("nothing is in the way"));
        }
    });
    assert_eq!(seen, [(0, false), (0, true), (1, true)].into());
    print_and_check("shards", explored);
}

#[test]
fn after_a_power_failure_a_key_file_is_there_as_a_whole_or_not_at_all() {
    let (key, folder) = (key(), folder());
    let path = |folder: &Path| folder.join("breach.key");
    let ((), moments) = record(folder.path(), || {
        key.save(path(folder.path())).expect("there is room");
        mark_durable();
    });
    let mut seen = BTreeSet::new();
    let explored = explore_all(&moments, in_campaign(5_000, 100), |folder, durable| {
        let is_there = path(folder).exists();
        seen.insert((durable, is_there));
        if !is_there {
            key.save(path(folder)).expect("nothing is in the way");
        }
        let read = Key::load(path(folder)).expect("it is whole");
        assert_eq!(read.id(), key.id());
        assert!(durable == 0 || fs::read_dir(folder).expect("it is there").count() == 1);
    });
    assert_eq!(seen, [(0, false), (0, true), (1, true)].into());
    println!("key file: {} moments, {} states", explored.moments, explored.images);
}
