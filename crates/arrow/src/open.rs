//! Opens indexes, each with the key that it names.

use std::{path::Path, sync::Arc};

use leakdex::{Index, IndexFault, IndexSet, Key, Requirements};

use crate::{error::Error, rules::rules, threads::on_threads};

type Open<T> = fn(&Path, &Key) -> Result<T, leakdex::Error>;

/// Reads indexes into memory, and verifies all of them. A path is a file, or a folder with all shards of an index. The
/// set normalises members by the [rules of the command](rules).
///
/// # Errors
///
/// [`Error::Argument`] if there is no path or no key, or if an index comes twice. [`Error::WrongKey`] if none of
/// several keys is the one that an index names. [`Error::Index`] for a single shard, or for a generation below
/// `min_generation`. [`Error::Library`] if an index cannot be read, is damaged, or has another key than the only one
/// given.
pub fn open_indexes(
    paths: &[impl AsRef<Path> + Sync],
    keys: &[&Key],
    min_generation: u64,
) -> Result<IndexSet, Error> {
    let file = |path: &Path, key: &Key| Index::open(path, key);
    let folder = |path: &Path, key: &Key| IndexSet::open_shards(path, key);
    on_threads(None, || open_all(paths, keys, min_generation, file, folder))
}

/// Maps indexes that [`open_indexes`] would read into memory. It reads only their heads. A check verifies each part of
/// a file when it first reads it.
///
/// # Safety
///
/// As for [`Index::map`]: while the set lives, nobody may change or truncate the files.
///
/// # Errors
///
/// As [`open_indexes`], as far as the heads of the files show it.
#[expect(unsafe_code, reason = "mapping a file is unsafe by nature")]
pub unsafe fn map_indexes(
    paths: &[impl AsRef<Path> + Sync],
    keys: &[&Key],
    min_generation: u64,
) -> Result<IndexSet, Error> {
    // SAFETY: the caller promises that none of the files changes.
    let file = |path: &Path, key: &Key| unsafe { Index::map(path, key) };
    // SAFETY: as above.
    let folder = |path: &Path, key: &Key| unsafe { IndexSet::map_shards(path, key) };
    on_threads(None, || open_all(paths, keys, min_generation, file, folder))
}

fn open_all(
    paths: &[impl AsRef<Path>],
    keys: &[&Key],
    min_generation: u64,
    file: Open<Index>,
    folder: Open<IndexSet>,
) -> Result<IndexSet, Error> {
    let wanted = Requirements::new().min_generation(min_generation);
    let mut all = Vec::<Arc<Index>>::new();
    for path in paths.iter().map(AsRef::as_ref) {
        let name = path.display();
        let opened = if path.is_dir() {
            folder(path, key_of(&IndexSet::shard_files(path)?[0], keys)?)?.into_indexes()
        } else {
            let index = file(path, key_of(path, keys)?)?;
            if index.shard().is_some() {
                let fault = IndexFault::IsAShard;
                return Err(Error::Index(format!(
                    "{name}: {fault}; give the folder of all shards"
                )));
            }
            vec![Arc::new(index)]
        };
        for index in &opened {
            // This is a mistake: the path was meant for another index, whose leak would not be checked.
            if all.iter().any(|other| other.id() == index.id()) {
                let message = format!("{name}: this index was given twice; give each index once");
                return Err(Error::Argument(message));
            }
            wanted.check(index).map_err(|fault| Error::Index(format!("{name}: {fault}")))?;
        }
        all.extend(opened);
    }
    if all.is_empty() {
        return Err(Error::Argument("no index was given; give at least one".to_owned()));
    }
    Ok(IndexSet::new(all)?.with_normaliser(rules()))
}

/// The key that an index names. A single key is returned without a check, since opening the index reports a mismatch.
fn key_of<'k>(path: &Path, keys: &[&'k Key]) -> Result<&'k Key, Error> {
    match keys {
        [] => {
            return Err(Error::Argument("no key was given; give the key of each index".to_owned()));
        }
        [key] => return Ok(key),
        _ => {}
    }
    let id = Index::read_unverified(path)?.metadata.key_id;
    keys.iter().copied().find(|key| key.id() == id).ok_or_else(|| {
        let given: Vec<String> = keys.iter().map(|key| key.id().to_string()).collect();
        let (path, given) = (path.display(), given.join(" "));
        Error::WrongKey(format!(
            "{path}: built with key {id}, and the keys given are: {given}; give the key it was built with"
        ))
    })
}
