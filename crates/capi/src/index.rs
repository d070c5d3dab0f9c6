//! Indexes, and checks of one member.

use std::{
    ffi::{CString, c_char},
    path::Path,
    sync::{Arc, OnceLock},
};

use leakdex::{DateOrder, Error, Field, Index, IndexFault, IndexSet, Key, Record};
use leakdex_arrow::{id_of, on_threads, refuse_open_date, rules};

use crate::{
    error::{LeakdexCode, LeakdexError, c_text},
    guard::{self, Outcome},
    handle,
    key::LeakdexKey,
    verdict::LeakdexVerdict,
};

/// One or more indexes, checked as one. Several threads may use it at once. Running checks keep what they need, so
/// you may free it before they end.
pub struct LeakdexIndex {
    pub(crate) set: Arc<IndexSet>,
    ids: CString,
    metadata: OnceLock<CString>,
}

/// How the files of an index are used.
#[derive(Clone, Copy)]
pub enum Access {
    /// As a private copy in memory.
    Copied,
    /// Mapped. A check verifies each part when it first reads it.
    Mapped,
}

impl LeakdexIndex {
    /// Opens files and folders of shards, each with the key that it names.
    pub(crate) fn open(paths: &[&str], keys: &[&Key], access: Access) -> Outcome<Self> {
        let opened = on_threads(None, || {
            let mut indexes = Vec::new();
            for path in paths {
                indexes.extend(open_path(Path::new(path), keys, access)?);
            }
            IndexSet::new(indexes)
        });
        let set = opened?.with_normaliser(rules());
        let mut ids: Vec<String> = Vec::new();
        for index in set.indexes() {
            let id = id_of(index).to_string();
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(Self { set: Arc::new(set), ids: c_text(ids.join(" ")), metadata: OnceLock::new() })
    }

    /// Another handle to the same indexes.
    pub(crate) fn shared(&self) -> Self {
        let (set, ids) = (Arc::clone(&self.set), self.ids.clone());
        Self { set, ids, metadata: OnceLock::new() }
    }

    /// The ids of the indexes, separated by one space. All shards of an index have its id.
    pub(crate) const fn ids(&self) -> &CString {
        &self.ids
    }

    /// The metadata of each file, as a list in JSON.
    pub(crate) fn metadata(&self) -> &CString {
        self.metadata.get_or_init(|| {
            let entry = |index: &Arc<Index>| {
                serde_json::json!({"id": index.id(), "metadata": index.metadata()})
            };
            let entries: Vec<_> = self.set.indexes().iter().map(entry).collect();
            c_text(serde_json::Value::from(entries).to_string())
        })
    }

    /// Checks one member.
    pub(crate) fn check_one<'v>(
        &self,
        values: impl IntoIterator<Item = Outcome<(Field, &'v str)>>,
        order: Option<DateOrder>,
    ) -> Outcome<LeakdexVerdict> {
        let mut record = Record::new();
        for value in values {
            match (value?, order) {
                ((Field::BirthDate, value), Some(order)) => record.push_birth_date(value, order),
                ((field @ Field::BirthDate, value), None) => {
                    refuse_open_date(value)
                        .map_err(|error| LeakdexError::argument(error.to_string()))?;
                    record.push(field, value);
                }
                ((field, value), _) => record.push(field, value),
            }
        }
        let verdict = self.set.check(&record);
        // A result from a damaged or changed mapped file does not count.
        self.set.verify_unchanged()?;
        Ok(LeakdexVerdict::new(verdict))
    }

    pub(crate) fn verify_touched(&self) -> Outcome<()> {
        Ok(on_threads(None, || self.set.verify_touched())?)
    }
}

/// The index in a file, or all shards in a folder.
fn open_path(path: &Path, keys: &[&Key], access: Access) -> Result<Vec<Arc<Index>>, Error> {
    if path.is_dir() {
        let first = IndexSet::shard_files(path)?;
        let key = key_of(&first[0], keys)?;
        let set = match access {
            Access::Copied => IndexSet::open_shards(path, key)?,
            // SAFETY: the caller of `leakdex_index_map` promises that nobody changes the files.
            Access::Mapped => unsafe { IndexSet::map_shards(path, key)? },
        };
        return Ok(set.into_indexes());
    }
    let key = key_of(path, keys)?;
    let index = match access {
        Access::Copied => Index::open(path, key)?,
        // SAFETY: as above.
        Access::Mapped => unsafe { Index::map(path, key)? },
    };
    if index.shard().is_some() {
        return Err(Error::Index { path: Some(path.to_owned()), fault: IndexFault::IsAShard });
    }
    Ok(vec![Arc::new(index)])
}

/// The key that an index names. If none of several keys is the right one, returns the first: opening the index then
/// reports the error.
fn key_of<'k>(path: &Path, keys: &[&'k Key]) -> Result<&'k Key, Error> {
    if keys.len() == 1 {
        return Ok(keys[0]);
    }
    let id = Index::read_unverified(path)?.metadata.key_id;
    Ok(keys.iter().find(|key| key.id() == id).unwrap_or(&keys[0]))
}

/// A field from its name. The error does not repeat the name, which may be a value in the wrong place.
pub fn field_of(name: &str, place: usize) -> Outcome<Field> {
    name.parse().map_err(|_| {
        let names: Vec<_> = Field::ALL.iter().map(|field| field.slug()).collect();
        let names = names.join(" ");
        LeakdexError::argument(format!("fields[{place}] is not a field; the fields are: {names}"))
    })
}

/// Opens indexes into memory and verifies them. A path is an index file, or a folder with all shards of an index.
/// Each index uses the key that it names. It is an error if that key is not among `keys`. You may free the keys
/// afterwards.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_index_open(
    paths: *const *const c_char,
    path_count: usize,
    keys: *const *const LeakdexKey,
    key_count: usize,
    index: *mut *mut LeakdexIndex,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        guard::create_object(index, "index", error, || {
            open_from_c(paths, path_count, keys, key_count, Access::Copied)
        })
    }
}

/// Maps indexes that `leakdex_index_open` would copy into memory. Use it for indexes that are larger than the
/// memory, or that several processes share. It reads only the heads. A check verifies each part of a file when it
/// first reads it, and fails if the part is damaged.
///
/// While the index lives, nobody may change the files in place or truncate them: the process may then get
/// `SIGBUS`. leakdex itself never changes a file in place: it replaces the old file with a new one. A check fails if
/// somebody changed a file.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_index_map(
    paths: *const *const c_char,
    path_count: usize,
    keys: *const *const LeakdexKey,
    key_count: usize,
    index: *mut *mut LeakdexIndex,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        guard::create_object(index, "index", error, || {
            open_from_c(paths, path_count, keys, key_count, Access::Mapped)
        })
    }
}

unsafe fn open_from_c(
    paths: *const *const c_char,
    path_count: usize,
    keys: *const *const LeakdexKey,
    key_count: usize,
    access: Access,
) -> Outcome<LeakdexIndex> {
    // SAFETY: as the caller promises.
    let (paths, keys) = unsafe {
        let paths = guard::items(paths, path_count, "paths")?.iter();
        let keys = guard::items(keys, key_count, "keys")?.iter();
        let paths = paths.map(|&path| guard::text(path, "a path")).collect::<Outcome<Vec<_>>>()?;
        let key = |&key| Ok(&guard::object::<LeakdexKey>(key, "a key")?.key);
        (paths, keys.map(key).collect::<Outcome<Vec<_>>>()?)
    };
    LeakdexIndex::open(&paths, &keys, access)
}

/// The ids of the indexes, separated by one space. The text lives as long as the index; null for a null pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_index_id(index: *const LeakdexIndex) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { handle::text_of(index, LeakdexIndex::ids) }
}

/// The metadata of the indexes as JSON: a list with an object for each file, which has its `id` and its
/// `metadata`. The text lives as long as the index; null for a null pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_index_metadata_json(index: *const LeakdexIndex) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { handle::text_of(index, LeakdexIndex::metadata) }
}

/// Checks one member, given by `count` fields (such as "kvnr", "email", "birth-date") and their values. A field
/// may occur several times. An empty value counts as missing. A null pointer is an error. `date_order` is the
/// order of day and month in a date of birth: `LEAKDEX_DATE_ORDER_UNKNOWN` unless you know it. Dates such as
/// 1980-04-03 need no order. A date such as 03/04/1980 without an order is an error, since it has two meanings.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_index_check_one(
    index: *const LeakdexIndex,
    fields: *const *const c_char,
    values: *const *const c_char,
    count: usize,
    date_order: u32,
    verdict: *mut *mut LeakdexVerdict,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        guard::create_object(verdict, "verdict", error, || {
            let index = guard::object(index, "index")?;
            let fields = guard::items(fields, count, "fields")?;
            let values = guard::items(values, count, "values")?;
            let pair = |(place, (&field, &value))| {
                let field = guard::text(field, &format!("fields[{place}]"))?;
                let value = guard::text(value, &format!("values[{place}]"))?;
                Ok((field_of(field, place)?, value))
            };
            let order = crate::options::date_order(date_order)?;
            index.check_one(fields.iter().zip(values).enumerate().map(pair), order)
        })
    }
}

/// Verifies once more, on all threads, the parts of mapped files that checks have read: it reads these parts again, and
/// compares them with their digests. Call it after the last `leakdex_index_check_one` and before you use the verdicts.
/// A run of `leakdex_index_check` does this automatically. The call takes no time for an index in memory.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_index_verify_touched(
    index: *const LeakdexIndex,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe { guard::guarded(error, || guard::object(index, "index")?.verify_touched()) }
}

/// Frees an index, and sets the pointer to null. Running checks continue.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_index_free(index: *mut *mut LeakdexIndex) {
    // SAFETY: as the caller promises.
    unsafe { handle::free(index) }
}
