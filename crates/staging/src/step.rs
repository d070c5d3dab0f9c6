//! File system operations, which tests can make fail.

use std::io;

#[cfg(any(test, feature = "faults"))]
use crate::faults;

/// Called before every file system operation, so that tests can make it fail.
#[cfg_attr(
    not(any(test, feature = "faults")),
    expect(clippy::unnecessary_wraps, reason = "it fails in tests")
)]
pub(crate) fn step() -> io::Result<()> {
    #[cfg(any(test, feature = "faults"))]
    faults::count_down()?;
    Ok(())
}

/// The largest number of bytes of one write. It is small in tests with faults, so that there are
/// many writes.
pub(crate) fn longest_write() -> usize {
    #[cfg(any(test, feature = "faults"))]
    if faults::are_planned() {
        return 4096;
    }
    1 << 30
}
