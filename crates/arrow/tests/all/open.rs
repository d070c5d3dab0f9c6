//! Indexes in files and folders, and arguments that are refused.

use std::path::{Path, PathBuf};

use leakdex::{Breach, Error as LibraryError, IndexBuilder, IndexSet, Key, Record, ShardCount};
use leakdex_arrow::{Error, map_indexes, open_indexes};

fn key(byte: u8) -> Key {
    Key::from_bytes(&[byte; 32]).expect("a key")
}

/// Publishes an index of one person, in this many shards.
fn publish(path: &Path, key: &Key, generation: u64, shards: u32) -> PathBuf {
    let breach = Breach::named("portal").expect("a name");
    let mut builder = IndexBuilder::new(key, breach).generation(generation);
    let _ = builder.add(&Record::new().email("m.muster@example.de")).expect("added");
    let shards = ShardCount::try_from(shards).expect("a power of two");
    let prepared = match shards {
        ShardCount::ONE => builder.prepare(path),
        shards => builder.prepare_shards(path, shards),
    };
    prepared.expect("prepared").publish().expect("published");
    path.to_owned()
}

/// The results of both ways to open indexes.
fn both(paths: &[PathBuf], keys: &[&Key], min_generation: u64) -> [Result<IndexSet, Error>; 2] {
    #[expect(unsafe_code, reason = "nobody changes the files")]
    // SAFETY: as above.
    let mapped = unsafe { map_indexes(paths, keys, min_generation) };
    [open_indexes(paths, keys, min_generation), mapped]
}

#[test]
fn each_index_takes_the_key_that_it_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name| folder.path().join(name);
    let (one, other, third) = (key(7), key(8), key(9));
    let paths = [publish(&at("a.leakdex"), &one, 4, 1), publish(&at("shards"), &other, 5, 4)];
    for opened in both(&paths, &[&third, &other, &one], 4) {
        let set = opened.expect("opened");
        assert_eq!(set.indexes().len(), 5);
        assert_eq!(set.check(&Record::new().email("m.muster@example.de")).slug(), "affected");
    }
    for refused in both(&paths, &[&third, &other], 0) {
        let error = refused.expect_err("no key fits");
        assert!(matches!(error, Error::WrongKey(_)), "{error}");
        for id in [one.id(), other.id(), third.id()] {
            assert!(error.to_string().contains(&id.to_string()), "{error}");
        }
    }
    for refused in both(&paths[..1], &[&third], 0) {
        let error = refused.expect_err("the only key does not fit");
        assert!(matches!(error, Error::Library(LibraryError::Index { .. })), "{error}");
    }
}

#[test]
fn a_repeated_index_or_no_index_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = key(7);
    let file = publish(&folder.path().join("a.leakdex"), &key, 0, 1);
    let shards = publish(&folder.path().join("shards"), &key, 0, 2);
    let copy = folder.path().join("b.leakdex");
    std::fs::copy(&file, &copy).expect("copied");
    for paths in [vec![file.clone(), copy], vec![shards.clone(), shards], Vec::new()] {
        for refused in both(&paths, &[&key], 0) {
            let error = refused.expect_err("refused");
            assert!(matches!(error, Error::Argument(_)), "{error}");
        }
    }
    for refused in both(&[file], &[], 0) {
        assert!(matches!(refused.err(), Some(Error::Argument(_))));
    }
}

#[test]
fn an_older_index_and_a_single_shard_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = key(7);
    let file = publish(&folder.path().join("a.leakdex"), &key, 6, 1);
    let shards = publish(&folder.path().join("shards"), &key, 6, 2);
    let shard = IndexSet::shard_files(&shards).expect("two").swap_remove(0);
    for (path, min_generation, words) in [
        (file, 7, "generation 7 or later"),
        (shards, 7, "generation 7 or later"),
        (shard, 0, "folder"),
    ] {
        for refused in both(std::slice::from_ref(&path), &[&key], min_generation) {
            let error = refused.expect_err("refused");
            assert!(matches!(error, Error::Index(_)), "{error}");
            let (text, name) = (error.to_string(), path.display().to_string());
            assert!(text.contains(words) && text.contains(&name), "{text}");
        }
    }
}
