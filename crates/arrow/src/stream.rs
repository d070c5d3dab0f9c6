//! Record batches through Arrow's C stream interface.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::{
    RecordBatch, RecordBatchReader,
    ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader},
};
use arrow_schema::{ArrowError, SchemaRef};

use crate::error::Error;

/// A stream of record batches.
pub type Batches = Box<dyn RecordBatchReader + Send>;

/// The record batches of a C stream. They are validated later, when they are read.
///
/// # Errors
///
/// [`Error::Stream`] if the stream was released, or has no schema of columns.
pub fn batches(stream: FFI_ArrowArrayStream) -> Result<Batches, Error> {
    let reader = guarded(|| RecordBatchStreamReader::try_new(stream));
    let reader = reader.and_then(Result::ok).ok_or_else(|| {
        Error::Stream(
            "this is no stream of record batches: it has no schema, or was released".to_owned(),
        )
    })?;
    Ok(Box::new(Guarded(reader)))
}

/// A reader of foreign memory. Arrow's reader panics at some batches that no producer may give, such as rows
/// that are null as a whole.
struct Guarded(RecordBatchStreamReader);

impl Iterator for Guarded {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = guarded(|| self.0.next());
        next.unwrap_or_else(|| Some(Err(ArrowError::CDataInterface("invalid batch".to_owned()))))
    }
}

impl RecordBatchReader for Guarded {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }
}

/// Runs work, and gives nothing if it panics.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
