//! leakdex for C, C++ and Java. `include/leakdex.h` is the interface for C and C++, `java/` the one for Java.

#![expect(unsafe_code, reason = "pointers of C have no lifetimes")]

use std::ffi::c_char;

mod builder;
mod check;
mod error;
mod foreign;
mod guard;
mod handle;
mod index;
mod java;
mod key;
mod options;
mod verdict;

/// The header promises that several threads may use these objects at once.
const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<key::LeakdexKey>();
    is_shared::<index::LeakdexIndex>();
    is_shared::<check::LeakdexCheck>();
    is_shared::<verdict::LeakdexVerdict>();
};

/// The version of this interface. It increases when a function changes in a way that breaks old programs. New
/// functions alone do not change it. Compare it with `LEAKDEX_ABI_VERSION` of the header.
pub const LEAKDEX_ABI_VERSION: u32 = 1;

/// The version of the library's interface. See `LEAKDEX_ABI_VERSION`.
#[unsafe(no_mangle)]
pub extern "C" fn leakdex_abi_version() -> u32 {
    LEAKDEX_ABI_VERSION
}

/// The version of leakdex, such as "0.1.0". It lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn leakdex_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}
