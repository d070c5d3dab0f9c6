//! Streams of record batches that a caller passes in.

use leakdex_arrow::{Batches, arrow_array::ffi_stream::FFI_ArrowArrayStream};

use crate::guard::{self, Outcome};

/// Takes over a stream. It is always released, even if a later step fails.
///
/// # Safety
///
/// The pointer is null, or points to a stream that follows the C stream interface.
pub unsafe fn take(stream: *mut FFI_ArrowArrayStream) -> Option<FFI_ArrowArrayStream> {
    // SAFETY: as the caller promises. It leaves a released stream behind.
    (!stream.is_null()).then(|| unsafe { FFI_ArrowArrayStream::from_raw(stream) })
}

/// The batches of a stream that was taken over.
pub fn batches(stream: Option<FFI_ArrowArrayStream>, name: &str) -> Outcome<Batches> {
    let stream = stream.ok_or_else(|| guard::null(name))?;
    Ok(leakdex_arrow::batches(stream)?)
}
