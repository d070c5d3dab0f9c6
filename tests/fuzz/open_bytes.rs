//! Arbitrary bytes as an index file: an error or a usable index, never a panic, a hang or an access
//! out of bounds.

use super::ask::open_and_ask;

/// Asserts all promises for these bytes.
pub fn check(data: &[u8]) {
    open_and_ask(data);
}
