//! The boundary between C and the library: no panic crosses it, and every pointer is checked for null.

use std::{
    ffi::{CStr, c_char},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr, slice,
};

use crate::error::{LeakdexCode, LeakdexError};

/// The result of every function that C calls.
pub type Outcome<T> = Result<T, LeakdexError>;

/// Runs work, and turns a panic into an error.
pub fn caught<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        // A payload may panic when it is dropped.
        std::mem::forget(panic);
        Err(LeakdexError::internal())
    })
}

/// Runs work, and writes its error to the caller's place: null if there is none.
///
/// # Safety
///
/// `error` is null, or may be written to.
pub unsafe fn guarded(
    error: *mut *mut LeakdexError,
    work: impl FnOnce() -> Outcome<()>,
) -> LeakdexCode {
    let (code, failure) = match caught(work) {
        Ok(()) => (LeakdexCode::Ok, None),
        Err(failure) => (failure.code(), Some(failure)),
    };
    if !error.is_null() {
        let object = failure.map_or(ptr::null_mut(), |failure| Box::into_raw(Box::new(failure)));
        // SAFETY: the caller promises that it may be written to.
        unsafe { error.write(object) };
    }
    code
}

/// Makes an object and gives it to the caller. The place is null if there is an error.
///
/// # Safety
///
/// `place` and `error` are null, or may be written to.
pub unsafe fn create_object<T>(
    place: *mut *mut T,
    name: &str,
    error: *mut *mut LeakdexError,
    work: impl FnOnce() -> Outcome<T>,
) -> LeakdexCode {
    let work = || {
        if place.is_null() {
            return Err(null(name));
        }
        // SAFETY: the caller promises that it may be written to.
        unsafe { place.write(ptr::null_mut()) };
        let object = Box::into_raw(Box::new(work()?));
        // SAFETY: as above.
        unsafe { place.write(object) };
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { guarded(error, work) }
}

/// The object behind a pointer.
///
/// # Safety
///
/// The pointer is null, or points to a live object.
pub unsafe fn object<'a, T>(pointer: *const T, name: &str) -> Outcome<&'a T> {
    // SAFETY: as the caller promises.
    unsafe { pointer.as_ref() }.ok_or_else(|| null(name))
}

/// The text behind a pointer.
///
/// # Safety
///
/// The pointer is null, or points to bytes that end with a zero.
pub unsafe fn text<'a>(pointer: *const c_char, name: &str) -> Outcome<&'a str> {
    if pointer.is_null() {
        return Err(null(name));
    }
    // SAFETY: as the caller promises.
    let bytes = unsafe { CStr::from_ptr(pointer) };
    bytes.to_str().map_err(|_| {
        LeakdexError::argument(format!("{name} is not UTF-8; convert it to UTF-8 first"))
    })
}

/// The items behind a pointer, at least one.
///
/// # Safety
///
/// The pointer is null, or points to this many items.
pub unsafe fn items<'a, T>(pointer: *const T, count: usize, name: &str) -> Outcome<&'a [T]> {
    if pointer.is_null() {
        return Err(null(name));
    }
    let remedy = if count == 0 {
        Some("pass at least one")
    } else if count > isize::MAX as usize / size_of::<T>().max(1) {
        Some("memory cannot hold so many; pass the number of items behind the pointer")
    } else {
        None
    };
    if let Some(remedy) = remedy {
        let message = format!("the count of {name} is {count}; {remedy}");
        return Err(LeakdexError::argument(message));
    }
    // SAFETY: as the caller promises.
    Ok(unsafe { slice::from_raw_parts(pointer, count) })
}

/// The items behind a pointer. The slice is empty if the count is zero.
///
/// # Safety
///
/// As [`items`].
pub unsafe fn optional<'a, T>(pointer: *const T, count: usize, name: &str) -> Outcome<&'a [T]> {
    // SAFETY: as the caller promises.
    if count == 0 { Ok(&[]) } else { unsafe { items(pointer, count, name) } }
}

pub fn null(name: &str) -> LeakdexError {
    LeakdexError::argument(format!("{name} is a null pointer"))
}
