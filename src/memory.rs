//! Memory whose size depends on a file. Too little memory is an error here. An ordinary vector would
//! end the process.

use std::{collections::TryReserveError, io};

/// A vector of this many zeros.
///
/// # Errors
///
/// `OutOfMemory`.
pub(crate) fn zeros(length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = with_capacity(length)?;
    bytes.resize(length, 0);
    Ok(bytes)
}

/// An empty vector with room for this many elements.
///
/// # Errors
///
/// `OutOfMemory`.
pub(crate) fn with_capacity<T>(capacity: usize) -> io::Result<Vec<T>> {
    let mut elements = Vec::new();
    elements.try_reserve_exact(capacity).map_err(out_of_memory)?;
    Ok(elements)
}

/// The error for too little memory.
pub(crate) fn out_of_memory(_: TryReserveError) -> io::Error {
    io::ErrorKind::OutOfMemory.into()
}
