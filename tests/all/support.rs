//! Helpers that several tests share.

use std::{fs, path::Path};

use leakdex::{
    Breach, BuildFault, DistributedFault, Error, Index, IndexBuilder, IndexFault, Key, Record,
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
pub fn built(mut builder: IndexBuilder<'_>, leak: &[Record]) -> Index {
    for record in leak {
        let _ = builder.add(record).expect("there are few classes");
    }
    builder.build().expect("the index fits the format")
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
