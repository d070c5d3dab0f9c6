//! Checks of many members: a stream of record batches in, a stream of verdicts out.

use std::{
    ffi::{CString, c_char},
    ptr,
    sync::{Arc, OnceLock},
};

use leakdex::IndexSet;
use leakdex_arrow::{
    Batches, Options, RunCaveat, RunCounts, Verdicts,
    arrow_array::{RecordBatch, RecordBatchReader, ffi_stream::FFI_ArrowArrayStream},
    arrow_schema::{ArrowError, SchemaRef},
};

use crate::{
    error::{LeakdexCode, LeakdexError, c_text},
    guard::{self, Outcome},
    index::LeakdexIndex,
    options::{self, LeakdexOptions},
};

/// A check of many members, beside its stream of verdicts. It knows the caveats of the run once the stream
/// has come to its end. Several threads may use it at once, also while another reads the stream.
pub struct LeakdexCheck {
    columns: CString,
    end: Arc<OnceLock<Option<End>>>,
    counts: OnceLock<CString>,
    caveats: OnceLock<CString>,
}

/// What is known at the end of a stream.
pub struct End {
    pub counts: RunCounts,
    pub caveats: Vec<RunCaveat>,
}

impl LeakdexCheck {
    /// Begins a check. The verdicts come as the returned batches are read.
    pub(crate) fn begin(
        index: &LeakdexIndex,
        members: Batches,
        options: &Options,
    ) -> Outcome<(Self, Reader)> {
        let indexes = Arc::clone(&index.set);
        let verdicts = leakdex_arrow::check(Arc::clone(&indexes), members, options)?;
        let columns = columns(&verdicts.columns_used(), &verdicts.columns_ignored());
        let end = Arc::new(OnceLock::new());
        let check = Self {
            columns: c_text(columns.to_string()),
            end: Arc::clone(&end),
            counts: OnceLock::new(),
            caveats: OnceLock::new(),
        };
        Ok((check, Reader { verdicts, indexes, end }))
    }

    pub(crate) const fn columns(&self) -> &CString {
        &self.columns
    }

    /// The counts and the caveats, once the stream has come to its end.
    pub(crate) fn end(&self) -> Outcome<&End> {
        let message = match self.end.get() {
            Some(Some(end)) => return Ok(end),
            Some(None) => "the check failed, so it has no result; do not use its verdicts",
            None => "read the stream of verdicts to its end first",
        };
        Err(LeakdexError::new(LeakdexCode::State, message))
    }
}

/// Which columns are used, and which are not, as JSON.
pub fn columns(used: &[(String, String)], ignored: &[String]) -> serde_json::Value {
    let pair =
        |(name, content): &(String, String)| serde_json::json!({"name": name, "content": content});
    serde_json::json!({"used": used.iter().map(pair).collect::<Vec<_>>(), "ignored": ignored})
}

/// Reads verdicts. After an error, it gives nothing but errors.
pub struct Reader {
    verdicts: Verdicts,
    indexes: Arc<IndexSet>,
    end: Arc<OnceLock<Option<End>>>,
}

impl Reader {
    /// The next verdicts; none at the end.
    pub(crate) fn read(&mut self) -> Outcome<Option<RecordBatch>> {
        match self.end.get() {
            Some(Some(_)) => return Ok(None),
            Some(None) => {
                let message = "the check failed before, so it has no result";
                return Err(LeakdexError::new(LeakdexCode::State, message));
            }
            None => {}
        }
        let next = guard::caught(|| {
            if let Some(batch) = self.verdicts.next_batch()? {
                return Ok(Some(batch));
            }
            // Verdicts from a mapped file that somebody changes are none.
            self.indexes.verify_unchanged()?;
            let end = self.verdicts.counts().cloned().zip(self.verdicts.caveats());
            let (counts, caveats) = end.ok_or_else(LeakdexError::internal)?;
            // Nobody else sets it: there is one reader.
            let _ = self.end.set(Some(End { counts, caveats }));
            Ok(None)
        });
        if next.is_err() {
            let _ = self.end.set(None);
        }
        next
    }
}

impl Iterator for Reader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.read();
        // Arrow hands the text to C.
        let text = |error: LeakdexError| String::from_utf8_lossy(error.message()).into_owned();
        next.map_err(|error| ArrowError::CDataInterface(text(error))).transpose()
    }
}

impl RecordBatchReader for Reader {
    fn schema(&self) -> SchemaRef {
        self.verdicts.schema()
    }
}

/// Takes over a stream: it is released in every case, also by an error that comes later.
///
/// # Safety
///
/// The pointer is null, or points to a stream as the C stream interface describes it.
pub unsafe fn take(stream: *mut FFI_ArrowArrayStream) -> Option<FFI_ArrowArrayStream> {
    // SAFETY: as the caller promises. It leaves a released stream.
    (!stream.is_null()).then(|| unsafe { FFI_ArrowArrayStream::from_raw(stream) })
}

/// The batches of a stream that was taken over.
pub fn batches(stream: Option<FFI_ArrowArrayStream>, name: &str) -> Outcome<Batches> {
    let stream = stream.ok_or_else(|| guard::null(name))?;
    foreign(stream)
}

fn foreign(stream: FFI_ArrowArrayStream) -> Outcome<Batches> {
    use leakdex_arrow::arrow_array::ffi_stream::RecordBatchStreamReader;
    struct Guarded(RecordBatchStreamReader);
    impl Iterator for Guarded {
        type Item = Result<RecordBatch, ArrowError>;
        fn next(&mut self) -> Option<Self::Item> {
            let next = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.0.next()));
            next.unwrap_or_else(|_| {
                Some(Err(ArrowError::CDataInterface("invalid batch".to_owned())))
            })
        }
    }
    impl RecordBatchReader for Guarded {
        fn schema(&self) -> SchemaRef {
            self.0.schema()
        }
    }
    let reader = std::panic::catch_unwind(|| RecordBatchStreamReader::try_new(stream));
    let reader = reader.ok().and_then(Result::ok).ok_or_else(|| {
        LeakdexError::new(
            LeakdexCode::Stream,
            "this is no stream of record batches: it has no schema, or was released",
        )
    })?;
    Ok(Box::new(Guarded(reader)))
}

/// Writes a stream of verdicts where the caller wants it.
///
/// # Safety
///
/// The pointer is null, or may be written to.
pub unsafe fn give(place: *mut FFI_ArrowArrayStream, reader: Reader) -> Outcome<()> {
    if place.is_null() {
        return Err(guard::null("verdicts"));
    }
    // SAFETY: as the caller promises.
    unsafe { place.write(FFI_ArrowArrayStream::new(Box::new(reader))) };
    Ok(())
}

/// Begins a check of many members. `members` gives their record batches; `verdicts` gets a stream that gives
/// a row for each member, in their order: the columns to keep, then `verdict`, `strength`, `matched`,
/// `breaches`, `breach_strengths`, `data_classes`, `records`, `partial` and `reasons`. It is lazy: reading a
/// batch of verdicts reads batches of members, in bounded memory.
///
/// `members` is taken over in every case, also by an error: it is released, or will be with `verdicts`, and
/// its `release` is null afterwards. `verdicts` need not be initialised; after an error its `release` is null.
/// Release it when you have read it; it may outlive `index` and `check`. One thread at a time reads it.
///
/// The verdicts are a result only if the stream comes to its end without an error. Then ask `check` for the
/// caveats of the run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_index_check(
    index: *const LeakdexIndex,
    members: *mut FFI_ArrowArrayStream,
    options: *const LeakdexOptions,
    verdicts: *mut FFI_ArrowArrayStream,
    check: *mut *mut LeakdexCheck,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        let members = take(members);
        if !verdicts.is_null() {
            verdicts.write(FFI_ArrowArrayStream::empty());
        }
        guard::made(check, "check", error, || {
            if verdicts.is_null() {
                return Err(guard::null("verdicts"));
            }
            let index = guard::object(index, "index")?;
            let members = batches(members, "members")?;
            let (check, reader) = LeakdexCheck::begin(index, members, &options::read(options)?)?;
            give(verdicts, reader)?;
            Ok(check)
        })
    }
}

/// The columns as JSON: {"used": [{"name", "content"}], "ignored": [name]}. It lives as long as the check;
/// null for a null pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_check_columns_json(check: *const LeakdexCheck) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { guard::text_of(check, LeakdexCheck::columns) }
}

/// The caveats of the run as JSON, a list, once the stream of verdicts has come to its end. A caveat with a
/// column that is damaged means that all-clears which rely on it may be wrong. `json` lives as long as the
/// check.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_check_caveats_json(
    check: *const LeakdexCheck,
    json: *mut *const c_char,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        at_end(check, json, error, |check, end| check.caveats.get_or_init(|| as_json(&end.caveats)))
    }
}

/// The counts of the run as JSON, once the stream of verdicts has come to its end. `json` lives as long as
/// the check.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_check_counts_json(
    check: *const LeakdexCheck,
    json: *mut *const c_char,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        at_end(check, json, error, |check, end| check.counts.get_or_init(|| as_json(&end.counts)))
    }
}

unsafe fn at_end(
    check: *const LeakdexCheck,
    json: *mut *const c_char,
    error: *mut *mut LeakdexError,
    text: impl FnOnce(&'static LeakdexCheck, &'static End) -> &'static CString,
) -> LeakdexCode {
    // SAFETY: as the caller promises. The text lives as long as the check does.
    unsafe {
        guard::guarded(error, || {
            if json.is_null() {
                return Err(guard::null("json"));
            }
            json.write(ptr::null());
            let check: &'static LeakdexCheck = guard::object(check, "check")?;
            json.write(text(check, check.end()?).as_ptr());
            Ok(())
        })
    }
}

fn as_json<T: serde::Serialize>(value: &T) -> CString {
    c_text(serde_json::to_string(value).expect("it has string keys only"))
}

/// Frees a check, and sets the pointer to null. Its stream of verdicts stays as it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_check_free(check: *mut *mut LeakdexCheck) {
    // SAFETY: as the caller promises.
    unsafe { guard::free(check) }
}
