//! Indexes, and checks of one member.

use std::{
    ffi::{CString, c_char},
    sync::{Arc, OnceLock},
};

use leakdex::{DateOrder, Field, Index, IndexSet, Key, Record, Requirements};
use leakdex_arrow::{id_of, map_indexes, on_threads, open_indexes, push_birth_date};

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
        let set = match access {
            Access::Copied => open_indexes(paths, keys, 0)?,
            // SAFETY: the caller of `leakdex_index_map` promises that nobody changes the files.
            Access::Mapped => unsafe { map_indexes(paths, keys, 0)? },
        };
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

    /// The lowest generation of the indexes.
    pub(crate) fn generation(&self) -> u64 {
        self.set.indexes().iter().map(|index| index.generation()).min().unwrap_or(0)
    }

    /// Refuses indexes of an earlier generation.
    pub(crate) fn require_generation(&self, minimum: u64) -> Outcome<()> {
        let wanted = Requirements::new().min_generation(minimum);
        self.set.indexes().iter().try_for_each(|index| {
            wanted.check(index).map_err(|fault| {
                let message = format!("the index {}: {fault}", id_of(index));
                LeakdexError::new(LeakdexCode::Index, message)
            })
        })
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
            match value? {
                (Field::BirthDate, value) => push_birth_date(&mut record, value, order)
                    .map_err(|error| LeakdexError::argument(error.to_string()))?,
                (field, value) => record.push(field, value),
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

/// A field from its name. The error does not repeat the name, which may be a value in the wrong place.
pub fn field_of(name: &str, place: usize) -> Outcome<Field> {
    name.parse().map_err(|_| {
        let names: Vec<_> = Field::ALL.iter().map(|field| field.slug()).collect();
        let names = names.join(" ");
        LeakdexError::argument(format!("fields[{place}] is not a field; the fields are: {names}"))
    })
}

/// Opens indexes into memory and verifies them. A path is an index file, or a folder with all shards of an index.
/// Each index uses the key that it names. It is an error if that key is not among `keys`, or if an index comes twice.
/// You may free the keys afterwards.
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

/// The lowest generation of the indexes: the number that `leakdex_builder_set_generation` sets. 0 if the builder set
/// none, and for a null pointer. It does not show that another of several indexes is an older one. To compare each,
/// open it on its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_index_generation(index: *const LeakdexIndex) -> u64 {
    // SAFETY: as the caller promises.
    unsafe { index.as_ref() }.map_or(0, LeakdexIndex::generation)
}

/// Fails with `LEAKDEX_CODE_INDEX` if an index has a lower generation than `minimum`. Call it after you open the
/// indexes. An old copy in the place of an index lacks later leaks, and its members would look not affected.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_index_require_generation(
    index: *const LeakdexIndex,
    minimum: u64,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe { guard::guarded(error, || guard::object(index, "index")?.require_generation(minimum)) }
}

/// The metadata of the indexes as JSON: a list with an object for each file, which has its `id` and its
/// `metadata`. The text lives as long as the index; null for a null pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_index_metadata_json(index: *const LeakdexIndex) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { handle::text_of(index, LeakdexIndex::metadata) }
}

/// Checks one member. It takes a few microseconds if the index was opened. If it was mapped, each call also makes sure
/// that nobody changed the files: it makes two system calls for each file, and hashes its head.
///
/// The member is given by `count` fields (such as "kvnr", "email", "birth-date") and their values. A field
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
