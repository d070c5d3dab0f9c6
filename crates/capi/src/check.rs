//! Checks of many members: a stream of record batches in, a stream of verdicts out.

use std::{
    ffi::{CString, c_char},
    ptr,
    sync::{Arc, OnceLock},
};

use leakdex_arrow::{
    Batches, ColumnUse, Options, RunOutcome, Verdicts,
    arrow_array::{RecordBatch, RecordBatchReader, ffi_stream::FFI_ArrowArrayStream},
    arrow_schema::{ArrowError, SchemaRef},
};

use crate::{
    error::{LeakdexCode, LeakdexError, c_text},
    foreign,
    guard::{self, Outcome},
    handle,
    index::LeakdexIndex,
    options::{self, LeakdexOptions},
};

/// A check of many members, beside its stream of verdicts. It has the caveats of the run once the stream has
/// ended. Several threads may use it at once, even while another thread reads the stream.
pub struct LeakdexCheck {
    columns: CString,
    end: SharedOutcome,
    outcome: OnceLock<CString>,
}

/// The outcome of a run, once its stream has ended; `None` after an error.
type SharedOutcome = Arc<OnceLock<Option<RunOutcome>>>;

impl LeakdexCheck {
    /// Begins a check. Reading the returned batches drives it.
    pub(crate) fn begin(
        index: &LeakdexIndex,
        members: Batches,
        options: &Options,
    ) -> Outcome<(Self, Reader)> {
        let verdicts = leakdex_arrow::check(Arc::clone(&index.set), members, options)?;
        let columns = columns(&verdicts.columns_used(), &verdicts.columns_ignored());
        let end = Arc::new(OnceLock::new());
        let check = Self {
            columns: c_text(columns.to_string()),
            end: Arc::clone(&end),
            outcome: OnceLock::new(),
        };
        Ok((check, Reader { verdicts, end }))
    }

    pub(crate) const fn columns(&self) -> &CString {
        &self.columns
    }

    /// The counts and the caveats, once the stream has ended.
    pub(crate) fn outcome(&self) -> Outcome<&RunOutcome> {
        let message = match self.end.get() {
            Some(Some(end)) => return Ok(end),
            Some(None) => "the check failed, so it has no result; do not use its verdicts",
            None => "read the stream of verdicts to its end first",
        };
        Err(LeakdexError::new(LeakdexCode::State, message))
    }
}

/// The used and unused columns, as JSON.
pub fn columns(used: &[ColumnUse], ignored: &[String]) -> serde_json::Value {
    serde_json::json!({"used": used, "ignored": ignored})
}

/// Reads verdicts. After an error, it returns only errors.
pub struct Reader {
    verdicts: Verdicts,
    end: SharedOutcome,
}

impl Reader {
    /// The next verdicts; `None` at the end.
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
            let outcome = self.verdicts.outcome().ok_or_else(LeakdexError::internal)??;
            // This is the only writer: there is one reader.
            let _ = self.end.set(Some(outcome));
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
        // Arrow passes the text to C.
        let text = |error: LeakdexError| String::from_utf8_lossy(error.message()).into_owned();
        next.map_err(|error| ArrowError::CDataInterface(text(error))).transpose()
    }
}

impl RecordBatchReader for Reader {
    fn schema(&self) -> SchemaRef {
        self.verdicts.schema()
    }
}

/// Writes a stream of verdicts to the caller's place.
///
/// # Safety
///
/// The pointer is null, or may be written to.
pub unsafe fn write_stream(place: *mut FFI_ArrowArrayStream, reader: Reader) -> Outcome<()> {
    if place.is_null() {
        return Err(guard::null("verdicts"));
    }
    // SAFETY: as the caller promises.
    unsafe { place.write(FFI_ArrowArrayStream::new(Box::new(reader))) };
    Ok(())
}

/// Begins a check of many members. `members` contains their record batches. `verdicts` receives a stream with a
/// row for each member, in their order: the columns to keep, then `verdict`, `strength`, `matched`, `breaches`,
/// `breach_strengths`, `data_classes`, `records`, `partial`, `checked` and `reasons`. The check is lazy: reading a
/// batch of verdicts reads batches of members, in bounded memory.
///
/// This always takes over `members`, even after an error: it is released now or together with `verdicts`, and its
/// `release` is null afterwards. `verdicts` need not be initialised. After an error its `release` is null. Release
/// it after you have read it. It may outlive `index` and `check`. Only one thread at a time may read it.
///
/// The verdicts are a result only if the stream ends without an error. Then read the caveats of the run from
/// `check`.
#[unsafe(no_mangle)]
#[must_use]
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
        let members = foreign::take(members);
        if !verdicts.is_null() {
            verdicts.write(FFI_ArrowArrayStream::empty());
        }
        guard::create_object(check, "check", error, || {
            if verdicts.is_null() {
                return Err(guard::null("verdicts"));
            }
            let index = guard::object(index, "index")?;
            let members = foreign::batches(members, "members")?;
            let (check, reader) = LeakdexCheck::begin(index, members, &options::read(options)?)?;
            write_stream(verdicts, reader)?;
            Ok(check)
        })
    }
}

/// The columns as JSON: {"used": [{"column", "content"}], "ignored": [column]}. The text lives as long as the
/// check; null for a null pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_check_columns_json(check: *const LeakdexCheck) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { handle::text_of(check, LeakdexCheck::columns) }
}

/// The outcome of the run as JSON, once the stream of verdicts has ended: the counts `rows`, `affected`,
/// `not_affected`, `indeterminate` and `partially_checked`, and the list `caveats`. A caveat describes a doubt
/// about the run as a whole: an all-clear may be wrong if its column `checked` has one of the `kinds` of the caveat.
/// `json` lives as long as the check.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_check_outcome_json(
    check: *const LeakdexCheck,
    json: *mut *const c_char,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises. The text lives as long as the check.
    unsafe {
        guard::guarded(error, || {
            if json.is_null() {
                return Err(guard::null("json"));
            }
            json.write(ptr::null());
            let check = guard::object(check, "check")?;
            let outcome = check.outcome()?;
            json.write(check.outcome.get_or_init(|| as_json(outcome)).as_ptr());
            Ok(())
        })
    }
}

/// The number of caveats of the run, once the stream of verdicts has ended.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_check_caveat_count(
    check: *const LeakdexCheck,
    count: *mut usize,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        guard::guarded(error, || {
            let count = count.as_mut().ok_or_else(|| guard::null("count"))?;
            *count = guard::object(check, "check")?.outcome()?.caveats.len();
            Ok(())
        })
    }
}

fn as_json<T: serde::Serialize>(value: &T) -> CString {
    c_text(serde_json::to_string(value).expect("it has string keys only"))
}

/// Frees a check, and sets the pointer to null. Its stream of verdicts stays valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_check_free(check: *mut *mut LeakdexCheck) {
    // SAFETY: as the caller promises.
    unsafe { handle::free(check) }
}
