//! The shards of an index together answer as the whole index does, and no shard alone calls anybody
//! *not affected*.

use std::{fs, path::Path};

use leakdex::{
    Error, Index, IndexBuilder, IndexFault, IndexMerger, IndexSet, Key, LookupResult, Pseudonym,
    Record, Verdict,
};
use tempfile::TempDir;

use crate::support::{self, breach, count_in, fault, filled, folder, key, publish_shards, shown};

const PERSONS: u32 = 1_000;

fn person(number: u32) -> Record {
    Record::new()
        .username(&format!("user{number}"))
        .email(&format!("person{number}+x@example.de"))
        .last_name(&format!("Meier{}", char::from(b'a' + (number % 26) as u8)))
        .first_name("Eva")
        .birth_date(&format!("19{:02}-01-{:02}", number % 90 + 10, number % 28 + 1))
}

fn builder(leaked: impl Iterator<Item = u32>, name: &str) -> IndexBuilder<'static> {
    filled(IndexBuilder::new(&key(), breach(name)), leaked.map(person))
}

fn even() -> impl Iterator<Item = u32> {
    (0..PERSONS).step_by(2)
}

/// A folder with the shards of an index of every second person.
fn shards(number: u32) -> TempDir {
    let folder = folder();
    publish_shards(builder(even(), "leak"), folder.path().join("index"), number);
    folder
}

fn copy_of(folder: &Path) -> TempDir {
    let copy = support::folder();
    for file in IndexSet::shard_files(folder).expect("they were just published") {
        let name = file.file_name().expect("a file");
        fs::copy(&file, copy.path().join(name)).expect("there is room");
    }
    copy
}

#[test]
fn all_shards_together_give_the_verdicts_of_the_whole_index() {
    let whole = builder(even(), "leak").build().expect("it fits");
    for number in [1, 2, 16, 256] {
        let folder = shards(number);
        let folder = folder.path().join("index");
        assert_eq!(count_in(&folder), number as usize);
        let set = IndexSet::open_shards(&folder, &key()).expect("all shards are there");
        let entries: u64 = set.indexes().iter().map(|index| index.len()).sum();
        assert_eq!(entries, whole.len());

        let mut members: Vec<Record> = (0..PERSONS).map(person).collect();
        // A member with some of a person's values, and a stranger.
        members.push(Record::new().email("PERSON4@example.de"));
        members.push(Record::new().email("nobody@example.de").username("user5"));
        members.push(Record::new());
        let (of_set, of_whole) =
            (set.check_all(&members).to_vec(), whole.check_all(&members).to_vec());
        assert!(shown(&of_set) == shown(&of_whole), "{number} shards");
        let affected = of_set.iter().filter(|verdict| verdict.slug() == "affected").count();
        assert!(affected > PERSONS as usize / 2, "{affected}");
    }
}

#[test]
fn the_same_records_give_the_same_shards_in_any_order() {
    let folder = shards(4);
    let again = support::folder();
    let mut backwards: Vec<u32> = even().collect();
    backwards.reverse();
    let target = again.path().join("index");
    let empty = IndexBuilder::new(&key(), breach("leak")).memory(100_000, again.path());
    publish_shards(filled(empty, backwards.into_iter().map(person)), &target, 4);
    let files = |folder: &Path| IndexSet::shard_files(folder).expect("they are there");
    for (one, other) in files(&folder.path().join("index")).iter().zip(files(&target)) {
        assert_eq!(one.file_name(), other.file_name());
        assert!(fs::read(one).expect("read") == fs::read(other).expect("read"));
    }
}

#[test]
fn neither_threads_nor_memory_change_a_shard() {
    let (key, folder) = (key(), folder());
    // Some values are in many records, and some rows are repeated.
    let records: Vec<Record> = (0..3000)
        .map(|number| person(number % 2000).email(&format!("office{}@example.de", number % 9)))
        .collect();
    let built = |threads: usize, memory: usize| {
        let target = folder.path().join(format!("{threads}-{memory}"));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads can be started").install(|| {
            let mut builder = IndexBuilder::new(&key, breach("leak")).memory(memory, folder.path());
            for part in records.chunks(700) {
                let mut batch = builder.batch();
                part.iter().for_each(|record| batch.push(record));
                builder.add_batch(&batch).expect("there is room");
            }
            publish_shards(builder, &target, 8);
        });
        let files = IndexSet::shard_files(&target).expect("they are there");
        files.iter().map(|file| fs::read(file).expect("it is there")).collect::<Vec<_>>()
    };
    let expected = built(1, 1 << 30);
    for (threads, memory) in [(4, 1 << 30), (1, 100_000), (3, 60_000), (2, 0)] {
        assert!(built(threads, memory) == expected, "{threads} threads, {memory} bytes");
    }
}

#[test]
fn all_shards_together_know_all_records_of_a_value() {
    let (key, folder) = (key(), folder());
    let builder = || {
        let leak = (0..300).map(|number| {
            // One address of 201 records, others of one or two.
            let office = if number < 200 { 0 } else { number % 64 };
            person(number).email(&format!("office{office}@example.de"))
        });
        filled(IndexBuilder::new(&key, breach("leak")), leak)
    };
    let whole = builder().build().expect("it fits");
    let target = folder.path().join("index");
    publish_shards(builder(), &target, 4);
    let set = IndexSet::open_shards(&target, &key).expect("all shards are there");
    let members: Vec<Record> = (0..64)
        .map(|office| Record::new().email(&format!("office{office}@example.de")))
        .chain((0..300).map(person))
        .collect();
    let (of_set, of_whole) = (set.check_all(&members).to_vec(), whole.check_all(&members).to_vec());
    assert!(shown(&of_set) == shown(&of_whole));
    let records = |verdict: &Verdict| verdict.finding().map(|finding| finding.exposure().records());
    assert_eq!((records(&of_set[0]), records(&of_set[63])), (Some(201), Some(1)));
}

#[test]
fn one_shard_alone_gives_no_complete_all_clear_for_identifiers_of_other_shards() {
    let folder = shards(4);
    let files = IndexSet::shard_files(folder.path().join("index")).expect("they are there");
    let (mut by_slug, mut whole) = ([0; 3], 0);
    for file in files {
        let shard = Index::open(file, &key()).expect("each opens on its own");
        for number in 0..PERSONS / 10 {
            let verdict = shard.check(&person(number));
            let place = ["affected", "not_affected", "indeterminate"]
                .iter()
                .position(|slug| *slug == verdict.slug());
            by_slug[place.expect("there are three")] += 1;
            if let Verdict::NotAffected(coverage) = &verdict {
                // Except if all identifiers of the member belong to this shard.
                assert!(verdict.is_partially_checked() || number % 2 == 1, "{number}");
                whole += u32::from(coverage.is_whole());
            }
            let by_name = shard.check(&Record::new().username(&format!("user{number}")));
            assert!(number % 2 != 0 || by_name.slug() != "not_affected", "{number}");
        }
    }
    assert!(by_slug[0] > 100 && by_slug[1] > 100 && whole < 10, "{by_slug:?}, {whole}");
}

#[test]
fn a_shard_gives_no_answer_for_a_pseudonym_of_another() {
    let folder = shards(16);
    let files = IndexSet::shard_files(folder.path().join("index")).expect("they are there");
    let shard = Index::open(&files[10], &key()).expect("it opens on its own");
    assert_eq!(shard.shard().map(|shard| (shard.number(), shard.count().get())), Some((10, 16)));
    let (inside, other) =
        (Pseudonym::from_number(0xA1 << 120), Pseudonym::from_number(0xB1 << 120));
    assert_eq!(
        (shard.look_up(inside), shard.look_up(other)),
        (LookupResult::Absent, LookupResult::OtherShard)
    );
    let mut results = Vec::new();
    shard.look_up_all(&[other, inside, other], &mut results);
    assert_eq!(results, [LookupResult::OtherShard, LookupResult::Absent, LookupResult::OtherShard]);
}

#[test]
fn a_missing_shard_is_named_and_refused() {
    let folder = shards(8);
    let copy = copy_of(&folder.path().join("index"));
    fs::remove_file(copy.path().join("shard-005-of-008.leakdex")).expect("it is there");
    let fault = fault(IndexSet::open_shards(copy.path(), &key()));
    assert!(matches!(fault, IndexFault::MissingShard { number: 5, count: 8, .. }), "{fault}");
    assert!(fault.to_string().contains("shard 5 of the 8"), "{fault}");
}

#[test]
fn a_folder_with_anything_other_than_the_shards_of_one_index_is_refused() {
    let folder = shards(4);
    let shards = folder.path().join("index");
    let other = support::folder();
    let target = other.path().join("index");
    publish_shards(builder(0..50, "leak"), &target, 4);

    // A foreign shard that replaces a shard or is added, a repeated shard, and a whole index.
    let copy = copy_of(&shards);
    let name = "shard-001-of-004.leakdex";
    fs::copy(target.join(name), copy.path().join(name)).expect("there is room");
    assert_eq!(fault(IndexSet::open_shards(copy.path(), &key())), IndexFault::NotOfTheseShards);

    let copy = copy_of(&shards);
    fs::copy(target.join(name), copy.path().join("x.leakdex")).expect("there is room");
    assert_eq!(fault(IndexSet::open_shards(copy.path(), &key())), IndexFault::NotOfTheseShards);

    let copy = copy_of(&shards);
    fs::copy(shards.join(name), copy.path().join("x.leakdex")).expect("there is room");
    let repeated = fault(IndexSet::open_shards(copy.path(), &key()));
    assert_eq!(repeated, IndexFault::RepeatedShard { number: 1 });

    let copy = copy_of(&shards);
    builder(0..50, "leak").publish(copy.path().join("x.leakdex")).expect("there is room");
    assert_eq!(fault(IndexSet::open_shards(copy.path(), &key())), IndexFault::NotOfTheseShards);

    let empty = support::folder();
    assert_eq!(fault(IndexSet::open_shards(empty.path(), &key())), IndexFault::NoShards);
    let wrong = fault(IndexSet::open_shards(&shards, &Key::from_bytes(&[8; 32]).expect("a key")));
    assert!(matches!(wrong, IndexFault::WrongKey { .. }), "{wrong}");
}

#[test]
fn a_manually_assembled_set_also_needs_all_shards() {
    let folder = shards(2);
    let files = IndexSet::shard_files(folder.path().join("index")).expect("they are there");
    let open = |number: usize| Index::open(&files[number], &key()).expect("it opens on its own");
    let missing = fault(IndexSet::new(vec![open(1)]));
    assert!(matches!(missing, IndexFault::MissingShard { number: 0, .. }), "{missing}");
    assert_eq!(
        fault(IndexSet::new(vec![open(1), open(0), open(1)])),
        IndexFault::RepeatedShard { number: 1 }
    );
    // In any order, and beside a whole index.
    let whole = builder((1..PERSONS).step_by(2), "other").build().expect("it fits");
    let set = IndexSet::new(vec![open(1), whole, open(0)]).expect("all are there");
    let verdicts = set.check_all(&(0..100).map(person).collect::<Vec<_>>()).to_vec();
    assert!(verdicts.iter().all(|verdict| verdict.slug() == "affected"));
}

#[test]
fn two_indexes_of_the_same_persons_in_shards_are_distinguished() {
    let folder = folder();
    let mut indexes = Vec::new();
    for breach in ["one", "two"] {
        let target = folder.path().join(breach);
        publish_shards(builder(even(), breach), &target, 4);
        let set = IndexSet::open_shards(&target, &key()).expect("all shards are there");
        indexes.extend(set.into_indexes());
    }
    let set = IndexSet::new(indexes).expect("all shards of both are there");
    let members: Vec<Record> = even().take(50).map(person).collect();
    for verdict in set.check_all(&members).to_vec() {
        let exposure = verdict.finding().expect("they are in both").exposure();
        let names = exposure.by_breach().iter().map(|part| part.breach.name().as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["one", "two"]);
    }
}

#[test]
fn a_changed_shard_is_refused_wherever_it_is_changed() {
    let folder = shards(4);
    let shards = folder.path().join("index");
    let name = "shard-002-of-004.leakdex";
    let bytes = fs::read(shards.join(name)).expect("it is there");
    for at in (0..bytes.len()).step_by(997).chain([50, 51, 52]) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(Index::from_bytes(changed, &key()).is_err(), "byte {at}");
    }
}

#[test]
fn a_shard_is_not_merged() {
    let folder = shards(2);
    let files = IndexSet::shard_files(folder.path().join("index")).expect("they are there");
    let key = key();
    let added = IndexMerger::new(&key).add(Index::open(&files[0], &key).expect("it opens"));
    let error = added.expect_err("it is a part");
    assert!(matches!(error, Error::Index { fault: IndexFault::IsAShard, .. }), "{error}");
}

#[test]
fn shards_never_replace_a_folder_of_other_files() {
    let folder = folder();
    let target = folder.path().join("index");
    fs::create_dir(&target).expect("there is room");
    fs::write(target.join("a"), "mine").expect("there is room");
    let error =
        builder(0..10, "leak").prepare_shards(&target, "2".parse().expect("a power of two"));
    assert!(error.is_err());
    assert_eq!(fs::read(target.join("a")).expect("it is there"), b"mine");
    assert_eq!(count_in(folder.path()), 1, "nothing is left");
}

#[test]
fn a_publication_of_shards_has_the_size_of_all_of_them() {
    let (key, folder) = (key(), folder());
    let target = folder.path().join("index");
    let count = "4".parse().expect("a power of two");
    let publication = builder(even(), "leak").prepare_shards(&target, count).expect("written");
    let size = (publication.len(), publication.byte_length());
    publication.publish().expect("published");
    let set = IndexSet::open_shards(&target, &key).expect("all shards are there");
    let sizes = set.indexes().iter().map(|index| (index.len(), index.as_bytes().len() as u64));
    let sum = sizes.reduce(|sum, size| (sum.0 + size.0, sum.1 + size.1));
    assert_eq!(sum, Some(size));
}

#[test]
fn builds_that_differ_only_in_data_classes_have_different_ids() {
    let folder = folder();
    let shards = |name: &str, classes_of_second: &[&str]| {
        let (path, key) = (folder.path().join(name), key());
        let mut builder = IndexBuilder::new(&key, breach("leak"));
        for (user, classes) in [
            ("one", &["names"][..]),
            ("two", &["names", "passwords"]),
            ("three", classes_of_second),
        ] {
            let mut record = Record::new().username(user);
            for class in classes {
                record.push_data_class(leakdex::DataClass::new(class).expect("well formed"));
            }
            let _ = builder.add(&record).expect("added");
        }
        let count = "2".parse().expect("a power of two");
        let publication = builder.prepare_shards(&path, count).expect("written");
        let id = publication.id();
        publication.publish().expect("published");
        (path, id)
    };
    let (one, one_id) = shards("one", &["names"]);
    let (other, other_id) = shards("other", &["passwords"]);
    assert_ne!(one_id, other_id);
    let file = "shard-001-of-002.leakdex";
    fs::rename(other.join(file), one.join(file)).expect("moved");
    assert!(IndexSet::open_shards(&one, &key()).is_err(), "shards of two builds");
}
