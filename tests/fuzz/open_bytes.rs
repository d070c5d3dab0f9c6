//! Arbitrary bytes as an index file: an error or an index that can be asked, never a panic, a hang
//! or an access out of bounds.

use super::ask::open_and_ask;

/// Breaks no promise for these bytes.
pub fn check(data: &[u8]) {
    open_and_ask(data);
}
