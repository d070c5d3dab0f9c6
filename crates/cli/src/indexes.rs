//! Opens indexes for commands.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use leakdex::{
    Field, Index, IndexFault, IndexSet, Key, Metadata, Normaliser, Requirements, RowAccount,
};
use leakdex_screening::given_indexes;

use crate::{
    cut_short, human,
    screen::list,
    status::{is_verbose, print_info},
};

/// Maps indexes, each with the key that it was built with. Lookups verify the parts that they touch.
/// Members are normalised by these rules.
pub fn open(
    paths: &[PathBuf],
    keys: &[Key],
    min_generation: u64,
    rules: Normaliser,
) -> anyhow::Result<IndexSet> {
    let mut indexes = Vec::<Arc<Index>>::new();
    for path in paths {
        if path.is_dir() {
            indexes.extend(map_shards(path, keys, min_generation)?.into_indexes());
            continue;
        }
        let index = map(path, key_of(path, keys)?, min_generation)?;
        if index.shard().is_some() {
            let fault = leakdex::Error::from(IndexFault::IsAShard);
            return Err(anyhow::Error::new(fault).context(path.display().to_string()));
        }
        indexes.push(Arc::new(index));
    }
    Ok(IndexSet::new(indexes)?.with_normaliser(rules))
}

/// The key that an index names. If only one key is given, returns it unchecked: opening the index then reports a
/// mismatch.
fn key_of<'k>(path: &Path, keys: &'k [Key]) -> anyhow::Result<&'k Key> {
    if let [key] = keys {
        return Ok(key);
    }
    let id = Index::read_unverified(path)?.metadata.key_id;
    let given = || keys.iter().map(|key| key.id().to_string()).collect::<Vec<_>>().join(" ");
    keys.iter().find(|key| key.id() == id).with_context(|| {
        format!(
            "{}: built with key {id}, you gave {}; give the key it was built with",
            path.display(),
            given()
        )
    })
}

/// Maps all shards of an index in a folder.
#[expect(unsafe_code, reason = "the command maps its indexes")]
pub fn map_shards(folder: &Path, keys: &[Key], min_generation: u64) -> anyhow::Result<IndexSet> {
    let files = IndexSet::shard_files(folder)?;
    // SAFETY: as below.
    let set = unsafe { IndexSet::map_shards(folder, key_of(&files[0], keys)?) }?;
    for (file, index) in files.iter().zip(set.indexes()) {
        cut_short::watch(file, index.as_bytes().len());
    }
    let in_folder = || folder.display().to_string();
    let wanted = Requirements::new().min_generation(min_generation);
    for index in set.indexes() {
        wanted.check(index).with_context(in_folder)?;
    }
    Ok(set)
}

#[expect(unsafe_code, reason = "the command maps its indexes")]
pub fn map(path: &Path, key: &Key, min_generation: u64) -> anyhow::Result<Index> {
    // The system's own message for this does not help.
    anyhow::ensure!(!path.is_dir(), "{}: is a folder; name the index in it", path.display());
    // SAFETY: leakdex replaces an index by renaming and never changes one in place; `docs` and `--help`
    // forbid others to change it while it is in use. Callers call `verify_touched` before they use a
    // result, and `cut_short` ends the command if a file was cut short.
    let index = unsafe { Index::map(path, key) }?;
    cut_short::watch(path, index.as_bytes().len());
    let in_file = || path.display().to_string();
    index.require(&Requirements::new().min_generation(min_generation)).with_context(in_file)
}

/// Prints one line per index with its contents, before any lookup: they limit what *not affected* can mean.
/// With `--verbose`, also prints why something was not used, and the number of identifiers of each kind.
pub fn announce(paths: &[PathBuf], indexes: &IndexSet) {
    for (path, index) in paths.iter().zip(given_indexes(indexes)) {
        let (metadata, path) = (index.metadata(), path.display());
        let rows = &metadata.rows;
        let suspect = match rows.suspects_by_reason.values().sum() {
            0 => String::new(),
            suspect => format!(", {}", human::counted(suspect, "suspect value")),
        };
        let identifiers = metadata.kinds.iter().map(|kind| kind.identifiers).sum();
        let identifiers = human::counted(identifiers, "identifier");
        let kinds = match &metadata.kinds[..] {
            [one] => format!("kind {}", one.kind),
            kinds => format!("{} kinds", kinds.len()),
        };
        print_info(format_args!(
            "{path}: {}{suspect}; {identifiers} of {kinds}\n",
            rows_in_words(rows)
        ));
        if !is_verbose() {
            continue;
        }
        print_counts("not used", &rows.rejects_by_reason);
        print_counts("suspect", &rows.suspects_by_reason);
        for count in &metadata.kinds {
            let identifiers = human::counted(count.identifiers, "identifier");
            print_info(format_args!("  {identifiers} of kind {}\n", count.kind));
        }
    }
}

/// Whether no leak of the indexes can hold this field.
pub fn is_absent_from_leaks(field: Field, indexes: &IndexSet) -> bool {
    let absent = |metadata: &Metadata| {
        metadata.absent_fields.iter().any(|absent_field| absent_field == field.slug())
    };
    indexes.indexes().iter().all(|index| absent(index.metadata()))
}

/// The rows of a leak in words: indexed, duplicate and rejected.
pub fn rows_in_words(rows: &RowAccount) -> String {
    let RowAccount { read, indexed, duplicate, rejected, .. } = rows;
    let [indexed, duplicate, rejected] =
        [indexed, duplicate, rejected].map(|number| human::count(*number));
    let read = human::counted(*read, "row");
    format!("{read}: {indexed} indexed, {duplicate} duplicate, {rejected} rejected")
}

/// Prints counts by reason, if there are any.
pub fn print_counts(what: &str, by_reason: &BTreeMap<String, u64>) {
    if !by_reason.is_empty() {
        print_info(format_args!("  {what}: {}\n", list(by_reason)));
    }
}
