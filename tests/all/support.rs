//! Helpers that several tests share.

use std::{borrow::Borrow, fs, path::Path};

use leakdex::{
    Breach, BuildFault, DistributedFault, Error, Index, IndexBuilder, IndexFault, IndexMerger, Key,
    MergeStats, Publication, Record, ShardCount, Verdict,
};
use tempfile::TempDir;

pub fn key() -> Key {
    Key::from_bytes(&[6; 32]).expect("a key")
}

pub fn breach(name: &str) -> Breach {
    Breach::named(name).expect("well formed")
}

/// An index of a breach named `leak`.
pub fn index_of(key: &Key, leak: &[Record]) -> Index {
    built(IndexBuilder::new(key, breach("leak")), leak)
}

/// The index of a builder that gets these records.
pub fn built(builder: IndexBuilder<'_>, leak: &[Record]) -> Index {
    filled(builder, leak).build().expect("the index fits the format")
}

/// The builder with these records added.
pub fn filled(
    mut builder: IndexBuilder<'_>,
    leak: impl IntoIterator<Item: Borrow<Record>>,
) -> IndexBuilder<'_> {
    for record in leak {
        let _ = builder.add(record.borrow()).expect("there are few classes");
    }
    builder
}

/// Publishes the index of a builder as this number of shards.
pub fn publish_shards(builder: IndexBuilder<'_>, folder: impl AsRef<Path>, shards: u32) {
    let count = ShardCount::try_from(shards).expect("a power of two");
    builder.prepare_shards(folder, count).and_then(Publication::publish).expect("there is room");
}

/// The merged index, and the account of the merge.
pub fn merge(
    indexes: impl IntoIterator<Item = Index>,
    change: impl FnOnce(&mut IndexMerger<'_>),
) -> Result<(Index, MergeStats), Error> {
    let (key, folder) = (key(), folder());
    let target = folder.path().join("merged.leakdex");
    let mut merger = IndexMerger::new(&key);
    indexes.into_iter().try_for_each(|index| merger.add(index))?;
    change(&mut merger);
    let account = merger.publish(&target)?;
    assert_eq!(count_in(&folder), 1);
    Ok((Index::open(&target, &key)?, account))
}

/// The index merged from these.
pub fn merged(indexes: impl IntoIterator<Item = Index>) -> Index {
    merge(indexes, |_| {}).expect("they go together").0
}

/// The merged index without the records of these rows, and the account of the merge.
pub fn without(indexes: impl IntoIterator<Item = Index>, rows: &[Record]) -> (Index, MergeStats) {
    merge(indexes, |merger| erase(merger, rows)).expect("something is left")
}

/// Erases the records of these rows.
pub fn erase(merger: &mut IndexMerger<'_>, rows: &[Record]) {
    let mut batch = merger.batch();
    rows.iter().for_each(|row| batch.push(row));
    merger.erase(&batch);
}

/// Whether the verdict is an all-clear without a caveat.
pub fn is_sure_all_clear(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::NotAffected(coverage) if coverage.is_whole())
}

/// The verdicts as JSON, with all that they say.
pub fn shown(verdicts: &[Verdict]) -> Vec<String> {
    verdicts.iter().map(|verdict| serde_json::to_string(verdict).expect("to memory")).collect()
}

pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The number of files and folders in a folder.
pub fn count_in(folder: impl AsRef<Path>) -> usize {
    fs::read_dir(folder).expect("it is there").count()
}

/// The fault of a refused index.
#[track_caller]
pub fn fault<T>(outcome: Result<T, Error>) -> IndexFault {
    match outcome {
        Err(Error::Index { fault, .. }) => fault,
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("the index was accepted"),
    }
}

/// Maps a file that belongs to this process. Some tests change such a file on purpose.
#[expect(unsafe_code, reason = "mapping a file is unsafe by nature")]
pub fn map(path: &Path, key: &Key) -> Result<Index, Error> {
    // SAFETY: no other process changes the file. A test changes it only between its lookups.
    unsafe { Index::map(path, key) }
}

/// The fault of a refused build or merge.
#[track_caller]
pub fn build_fault<T>(outcome: Result<T, Error>) -> BuildFault {
    match outcome {
        Err(Error::Build(fault)) => fault,
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("it was taken"),
    }
}

/// The fault of inconsistent parts of a distributed build or check.
#[track_caller]
pub fn distributed_fault<T>(outcome: Result<T, Error>) -> DistributedFault {
    match build_fault(outcome) {
        BuildFault::Distributed(fault) => fault,
        other => panic!("another fault: {other}"),
    }
}
