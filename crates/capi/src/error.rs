//! Errors as objects, without any person's value.

use std::{
    ffi::{CString, c_char},
    ptr,
};

use leakdex::{Error as Library, IndexFault};

use crate::handle;

/// The kind of an error. The numbers never change; later versions may add some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum LeakdexCode {
    /// Success.
    Ok = 0,
    /// An argument is wrong: a null pointer, text that is not UTF-8, a count of zero, an unknown name or number.
    Argument = 1,
    /// The object cannot do this now: the stream has not ended, or an earlier call failed.
    State = 2,
    /// The system refused an operation, usually reading or writing a file.
    Io = 3,
    /// A key is not valid, or other users may read its file.
    Key = 4,
    /// The index was built with another key.
    WrongKey = 5,
    /// The file is not an index, is damaged or incomplete, or somebody changed it while it was in use.
    Index = 6,
    /// The index is sound, but another version of leakdex made it: build it again from the leak.
    OtherVersion = 7,
    /// The columns cannot be used as they are.
    Columns = 8,
    /// The stream of record batches ended with an error, or contains an invalid batch.
    Stream = 9,
    /// The index cannot be built from these rows.
    Build = 10,
    /// A bug in leakdex. Earlier results do not count.
    Internal = 11,
}

/// An error: a code for programs, and a message for people that says what to do. It contains no person's value.
/// Free it with `leakdex_error_free`.
pub struct LeakdexError {
    code: LeakdexCode,
    message: CString,
}

impl LeakdexError {
    pub(crate) fn new(code: LeakdexCode, message: impl Into<String>) -> Self {
        Self { code, message: c_text(message) }
    }

    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::new(LeakdexCode::Argument, message)
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            LeakdexCode::Internal,
            "a bug in leakdex; there is no result; please report it with the version of leakdex",
        )
    }

    pub(crate) const fn code(&self) -> LeakdexCode {
        self.code
    }

    pub(crate) fn message(&self) -> &[u8] {
        self.message.as_bytes()
    }
}

impl From<Library> for LeakdexError {
    fn from(error: Library) -> Self {
        use LeakdexCode as Code;
        let code = match &error {
            Library::Io { .. } | Library::NoRandomness(_) => Code::Io,
            Library::Index { fault, .. } => match fault {
                IndexFault::WrongKey { .. } => Code::WrongKey,
                IndexFault::UnknownVersion { .. }
                | IndexFault::UnknownScheme { .. }
                | IndexFault::OtherNormaliser { .. }
                | IndexFault::Drifted { .. }
                | IndexFault::DifferentRules => Code::OtherVersion,
                _ => Code::Index,
            },
            Library::Build(_) => Code::Build,
            _ => Code::Key,
        };
        Self::new(code, error.to_string())
    }
}

impl From<leakdex_arrow::Error> for LeakdexError {
    fn from(error: leakdex_arrow::Error) -> Self {
        use leakdex_arrow::Error;
        match error {
            Error::Library(error) => error.into(),
            Error::Columns(text) => Self::new(LeakdexCode::Columns, text),
            Error::Stream(text) => Self::new(LeakdexCode::Stream, text),
            Error::WrongKey(text) => Self::new(LeakdexCode::WrongKey, text),
            Error::Index(text) => Self::new(LeakdexCode::Index, text),
            Error::Unusable(_) => Self::new(LeakdexCode::Build, error.to_string()),
            Error::Argument(text) | Error::Counts(text) => Self::argument(text),
            _ => Self::internal(),
        }
    }
}

/// Text for C. A zero byte would truncate it.
pub(crate) fn c_text(text: impl Into<String>) -> CString {
    let mut bytes = text.into().into_bytes();
    bytes.retain(|&byte| byte != 0);
    CString::new(bytes).expect("no byte is zero")
}

/// The code of an error; `LEAKDEX_CODE_OK` for a null pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_error_code(error: *const LeakdexError) -> LeakdexCode {
    // SAFETY: the caller passes null or a live error.
    unsafe { error.as_ref() }.map_or(LeakdexCode::Ok, |error| error.code)
}

/// The message of an error, in UTF-8. It lives as long as the error; null for a null pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_error_message(error: *const LeakdexError) -> *const c_char {
    // SAFETY: the caller passes null or a live error.
    unsafe { error.as_ref() }.map_or(ptr::null(), |error| error.message.as_ptr())
}

/// Frees an error, and sets the pointer to null. Does nothing for a null pointer, or a pointer to one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leakdex_error_free(error: *mut *mut LeakdexError) {
    // SAFETY: as the caller promises.
    unsafe { handle::free(error) }
}
