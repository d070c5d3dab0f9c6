//! Streams of record batches that a caller hands over.

use leakdex_arrow::{Batches, arrow_array::ffi_stream::FFI_ArrowArrayStream};

use crate::guard::{self, Outcome};

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
    Ok(leakdex_arrow::batches(stream)?)
}
