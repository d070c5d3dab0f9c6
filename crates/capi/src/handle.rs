//! The objects that C holds by pointers.

use std::{
    ffi::{CString, c_char},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr,
};

/// Frees an object, and sets the pointer to null, so that a second call does nothing.
///
/// # Safety
///
/// The pointer is null, or points to null or to a live object from `guard::create_object`.
pub unsafe fn free<T>(object: *mut *mut T) {
    // SAFETY: the caller promises that the pointer is null or may be read and written to.
    let Some(place) = (unsafe { object.as_mut() }) else { return };
    let object = std::mem::replace(place, ptr::null_mut());
    if !object.is_null() {
        // SAFETY: it is live, and boxed by `guard::create_object` or `guard::guarded`.
        let object = unsafe { Box::from_raw(object) };
        let _ = catch_unwind(AssertUnwindSafe(move || drop(object)));
    }
}

/// A text that belongs to an object, or null.
///
/// # Safety
///
/// The pointer is null, or points to a live object.
pub unsafe fn text_of<T>(object: *const T, text: impl FnOnce(&T) -> &CString) -> *const c_char {
    // SAFETY: as the caller promises.
    let object = unsafe { object.as_ref() };
    let found = object.map(|object| catch_unwind(AssertUnwindSafe(|| text(object).as_ptr())));
    found.and_then(Result::ok).unwrap_or(ptr::null())
}
