//! All `unsafe` code: foreign memory through the Arrow PyCapsule interface, and mapped files.

#![expect(unsafe_code, reason = "capsules are C's, and a file is mapped")]

use std::{ffi::CStr, path::PathBuf};

use leakdex::{IndexSet, Key};
use leakdex_arrow::{
    Error,
    arrow_array::{RecordBatchReader, ffi::FFI_ArrowArray, ffi_stream::FFI_ArrowArrayStream},
    arrow_schema::ffi::FFI_ArrowSchema,
};
use pyo3::{prelude::*, types::PyCapsule};

const STREAM: &CStr = c"arrow_array_stream";
const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";

/// Takes the stream out of a capsule, which then holds a released one.
pub fn stream_in(capsule: &Bound<'_, PyCapsule>) -> PyResult<FFI_ArrowArrayStream> {
    let pointer = capsule.pointer_checked(Some(STREAM))?.cast::<FFI_ArrowArrayStream>();
    // SAFETY: by the interface, a capsule of this name points to a stream, and its consumer owns it. This
    // thread is attached to Python, so nobody else takes it meanwhile.
    Ok(unsafe { FFI_ArrowArrayStream::from_raw(pointer.as_ptr()) })
}

/// A capsule that holds a stream.
pub fn stream_out(
    py: Python<'_>,
    reader: Box<dyn RecordBatchReader + Send>,
) -> PyResult<Bound<'_, PyCapsule>> {
    // A consumer leaves a released stream behind, and dropping that does nothing.
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(reader), STREAM)
}

/// Takes an array and its type out of their capsules, which then hold released ones.
pub fn array_in(
    schema: &Bound<'_, PyCapsule>,
    array: &Bound<'_, PyCapsule>,
) -> PyResult<(FFI_ArrowArray, FFI_ArrowSchema)> {
    let schema = schema.pointer_checked(Some(SCHEMA))?.cast::<FFI_ArrowSchema>();
    let array = array.pointer_checked(Some(ARRAY))?.cast::<FFI_ArrowArray>();
    // SAFETY: as in `stream_in`.
    let array = unsafe { FFI_ArrowArray::from_raw(array.as_ptr()) };
    // SAFETY: as in `stream_in`.
    let schema = unsafe { FFI_ArrowSchema::from_raw(schema.as_ptr()) };
    Ok((array, schema))
}

/// Maps indexes, each with the key that it names.
pub fn map_indexes(
    paths: &[PathBuf],
    keys: &[&Key],
    min_generation: u64,
) -> Result<IndexSet, Error> {
    // SAFETY: leakdex replaces an index by renaming and never changes one in place. The documentation of
    // `Index.map` forbids others to change it while it is in use.
    unsafe { leakdex_arrow::map_indexes(paths, keys, min_generation) }
}
