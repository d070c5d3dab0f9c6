//! Indexes that are replaced while others read them.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use leakdex::{
    Error, Index, IndexBuilder, IndexFault, IndexId, IndexSet, IndexSource, LiveSet, Record,
    Requirements,
};

use crate::support::{breach, count_in, fault, filled, folder, key, publish_shards};

const GENERATIONS: u64 = 300;

/// Publishes an index of one generation with unique leaked names.
fn publish(path: &Path, generation: u64) {
    builder(generation, &members(generation)).publish(path).expect("published");
}

fn builder(generation: u64, leak: &[Record]) -> IndexBuilder<'static> {
    filled(IndexBuilder::new(&key(), breach("leak")).generation(generation), leak)
}

fn live(path: &Path) -> LiveSet {
    LiveSet::open([IndexSource::new(path, key())]).expect("it is there")
}

fn generation(live: &LiveSet) -> u64 {
    live.current().indexes()[0].generation()
}

fn members(generation: u64) -> Vec<Record> {
    let name = |number| format!("user{number}-{generation}");
    (0..20).map(|number| Record::new().username(&name(number))).collect()
}

#[test]
fn readers_see_one_whole_generation_each_while_many_are_published() {
    let folder = folder();
    let path = folder.path().join("live.leakdex");
    publish(&path, 1);
    let live = live(&path);
    let (is_over, looks) = (AtomicBool::new(false), AtomicU64::new(0));

    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                let mut last = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let index = live.current();
                    let now = index.indexes()[0].generation();
                    assert!(now >= last, "generation {now} after {last}");
                    last = now;
                    for (generation, expected) in
                        [(now, "affected"), (now - 1, "not_affected"), (now + 1, "not_affected")]
                    {
                        for verdict in index.check_all(&members(generation)).iter() {
                            assert_eq!(verdict.slug(), expected, "{generation} in {now}");
                        }
                    }
                    looks.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        threads.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                live.refresh().expect("a whole index is always there");
            }
        });
        for generation in 2..=GENERATIONS {
            publish(&path, generation);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(looks.into_inner() > 0);
    live.refresh().expect("the last one is there");
    assert_eq!(generation(&live), GENERATIONS);
    assert_eq!(count_in(folder.path()), 1, "nothing is left over");
}

#[test]
fn a_snapshot_does_not_change() {
    let folder = folder();
    let path = folder.path().join("live.leakdex");
    publish(&path, 1);
    let live = live(&path);
    let snapshot = live.current();
    publish(&path, 2);
    assert_eq!(generation(&live), 1, "nobody asked for the new one");
    assert!(live.refresh().expect("it is sound"));
    assert!(!live.refresh().expect("it is sound"), "nothing is new");
    assert_eq!((snapshot.indexes()[0].generation(), generation(&live)), (1, 2));
    assert_eq!(snapshot.check(&members(1)[0]).slug(), "affected");
    fs::remove_file(&path).expect("it was there");
    assert_eq!(live.current().check(&members(2)[0]).slug(), "affected");
}

#[test]
fn a_failed_reload_keeps_the_index_and_is_reported() {
    let folder = folder();
    let path = folder.path().join("live.leakdex");
    publish(&path, 5);
    let live = live(&path);
    let whole = fs::read(&path).expect("it is there");

    // Copied over in place: this does not affect a private copy.
    fs::write(&path, &whole[..whole.len() - 1]).expect("written");
    let cut =
        IndexFault::WrongLength { expected: whole.len() as u64, found: whole.len() as u64 - 1 };
    assert_eq!(fault(live.refresh()), cut);
    let mut damaged = whole.clone();
    *damaged.last_mut().expect("it has bytes") ^= 1;
    fs::write(&path, &damaged).expect("written");
    assert!(!live.refresh().expect("the head is that of the index in use"));
    assert!(matches!(fault(live.reload()), IndexFault::DamagedChunk { .. }));
    fs::remove_file(&path).expect("it was there");
    assert!(matches!(live.refresh(), Err(Error::Io { .. })));
    publish(&path, 4);
    assert_eq!(fault(live.refresh()), IndexFault::TooOld { generation: 4, required: 5 });
    assert_eq!(live.current().check(&members(5)[0]).slug(), "affected");

    publish(&path, 6);
    assert!(live.refresh().expect("a whole one is there again"));
    assert_eq!(generation(&live), 6);
}

#[test]
fn an_index_that_is_too_old_or_not_the_required_one_is_refused() {
    let folder = folder();
    let path = folder.path().join("live.leakdex");
    let other_path = folder.path().join("other.leakdex");
    publish(&path, 7);
    publish(&other_path, 8);
    let id_in = |path| Index::read_unverified(path).expect("it is there").id;
    let (id, other_id) = (id_in(&path), id_in(&other_path));
    assert_ne!(id, other_id);
    assert_eq!(Index::open(&path, &key()).expect("it is sound").id(), id);
    assert_eq!(id.to_string().parse::<IndexId>(), Ok(id));

    let open = |requirements| LiveSet::open([IndexSource::new(&path, key()).require(requirements)]);
    assert!(open(Requirements::new().min_generation(7).id(id)).is_ok());
    let too_old = IndexFault::TooOld { generation: 7, required: 8 };
    assert_eq!(fault(open(Requirements::new().min_generation(8))), too_old);
    let other = IndexFault::OtherIndex { found: id, required: other_id };
    assert_eq!(fault(open(Requirements::new().id(other_id))), other);
    let index = Index::open(&path, &key()).expect("it is sound");
    assert_eq!(fault(index.require(&Requirements::new().min_generation(8))), too_old);

    // All shards of an index share one id, and each has its own.
    let shards = folder.path().join("shards");
    publish_shards(builder(7, &members(7)), &shards, 2);
    let shards = IndexSet::open_shards(&shards, &key()).expect("both are there");
    for shard in shards.indexes() {
        let build = shard.shard().expect("it is a shard").build();
        for of_shard in [build, shard.id()] {
            Requirements::new().id(of_shard).check(shard).expect("it is the required one");
        }
        let other = IndexFault::OtherIndex { found: shard.id(), required: other_id };
        assert_eq!(fault(Requirements::new().id(other_id).check(shard)), other);
    }
}

#[test]
fn a_live_set_normalises_by_the_given_rules_after_each_reload() {
    let folder = folder();
    let path = folder.path().join("live.leakdex");
    let publish_dates = |generation| {
        let person = Record::new().last_name("Muster").first_name("Eva").birth_date("1970-01-01");
        builder(generation, &[person]).publish(&path).expect("published");
    };
    publish_dates(1);
    let member = Record::new().last_name("Muster").first_name("Eva").birth_date("25569");
    let plain = live(&path);
    assert_eq!(plain.current().check(&member).slug(), "indeterminate");
    let rules = leakdex::Normaliser::new().excel_dates(true);
    let live = plain.with_normaliser(rules);
    assert_eq!(live.current().check(&member).slug(), "affected");
    publish_dates(2);
    assert!(live.refresh().expect("it is sound"));
    assert_eq!(live.current().check(&member).slug(), "affected");
}

#[test]
fn a_set_loads_only_the_index_that_changed_and_keeps_the_others() {
    let folder = folder();
    let (one, other) = (folder.path().join("one.leakdex"), folder.path().join("other.leakdex"));
    publish(&one, 1);
    publish(&other, 100);
    let live = LiveSet::open([IndexSource::new(&one, key()), IndexSource::new(&other, key())]);
    let live = live.expect("both are there");
    let before = live.current();
    publish(&one, 2);
    assert!(live.refresh().expect("it is sound"));
    let after = live.current();
    assert!(!Arc::ptr_eq(&before.indexes()[0], &after.indexes()[0]));
    assert!(Arc::ptr_eq(&before.indexes()[1], &after.indexes()[1]));
    for (generation, expected) in [(1, "not_affected"), (2, "affected"), (100, "affected")] {
        assert_eq!(after.check(&members(generation)[0]).slug(), expected, "{generation}");
    }

    // If one index cannot be loaded, the whole set stays.
    publish(&one, 3);
    fs::write(&other, "no index").expect("written");
    assert_eq!(fault(live.refresh()), IndexFault::NotAnIndex);
    assert!(Arc::ptr_eq(&after, &live.current()));
}

#[test]
fn a_set_takes_new_shards_only_when_all_of_them_are_there() {
    let folder = folder();
    let shards = |name: &str, generation: u64| {
        let path = folder.path().join(name);
        publish_shards(builder(generation, &members(generation)), &path, 4);
        path
    };
    let (path, next) = (shards("live", 1), shards("next", 2));
    let live = live(&path);
    assert!(!live.refresh().expect("nothing changed"));
    let file = |folder: &Path, number| folder.join(format!("shard-00{number}-of-004.leakdex"));
    for number in 0..4 {
        assert_eq!(live.current().check(&members(1)[0]).slug(), "affected");
        fs::rename(file(&next, number), file(&path, number)).expect("moved");
        let refreshed = live.refresh();
        assert_eq!(refreshed.is_ok(), number == 3, "shards of two builds");
    }
    assert_eq!(live.current().check(&members(2)[0]).slug(), "affected");
    assert_eq!(live.current().check(&members(1)[0]).slug(), "not_affected");
}
