//! Keys.

use std::ffi::{CString, c_char};

use leakdex::Key;

use crate::{
    error::{LeakdexCode, LeakdexError, c_text},
    guard, handle,
};

/// A key: the secret that is needed to build and to read an index. Its bytes are overwritten when the key and all
/// builders that use it are freed. Several threads may use it at once.
pub struct LeakdexKey {
    pub(crate) key: Key,
    id: CString,
}

impl From<Key> for LeakdexKey {
    fn from(key: Key) -> Self {
        Self { id: c_text(key.id().to_string()), key }
    }
}

/// Reads a key file. Only its owner may have read access (mode 0600).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_key_load(
    path: *const c_char,
    key: *mut *mut LeakdexKey,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        guard::create_object(
            key,
            "key",
            error,
            || Ok(Key::load(guard::text(path, "path")?)?.into()),
        )
    }
}

/// Reads a key file that a container runtime mounts as a secret. Everybody in the container can read such a file,
/// so use this only in a container that nobody else can enter.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_key_load_mounted_secret(
    path: *const c_char,
    key: *mut *mut LeakdexKey,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        guard::create_object(key, "key", error, || {
            Ok(Key::load_mounted_secret(guard::text(path, "path")?)?.into())
        })
    }
}

/// A key from a secret store: its 32 bytes, or the text of a key file. Overwrite your copy afterwards.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_key_from_bytes(
    bytes: *const u8,
    count: usize,
    key: *mut *mut LeakdexKey,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        guard::create_object(key, "key", error, || {
            Ok(Key::from_bytes(guard::items(bytes, count, "bytes")?)?.into())
        })
    }
}

/// Creates a new key from random bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_key_generate(
    key: *mut *mut LeakdexKey,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe { guard::create_object(key, "key", error, || Ok(Key::generate()?.into())) }
}

/// Writes a key to a new file that only its owner can read. It never overwrites a file.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn leakdex_key_save(
    key: *const LeakdexKey,
    path: *const c_char,
    error: *mut *mut LeakdexError,
) -> LeakdexCode {
    // SAFETY: as the caller promises.
    unsafe {
        guard::guarded(error, || {
            let key = guard::object(key, "key")?;
            Ok(key.key.save(guard::text(path, "path")?)?)
        })
    }
}

/// The id of a key, which is not secret: an index names the key that it was built with. It lives as long as the
/// key; null for a null pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_key_id(key: *const LeakdexKey) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { handle::text_of(key, |key| &key.id) }
}

/// Frees a key, and sets the pointer to null. Its bytes are overwritten when no builder uses the key any more. An index
/// stays open without its key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_key_free(key: *mut *mut LeakdexKey) {
    // SAFETY: as the caller promises.
    unsafe { handle::free(key) }
}
