//! Steps in the file system, which a test can let fail.

use std::io;

#[cfg(any(test, feature = "faults"))]
use crate::faults;

/// Stands before everything that is asked of the file system, so that tests can let it fail.
#[cfg_attr(
    not(any(test, feature = "faults")),
    expect(clippy::unnecessary_wraps, reason = "it fails in tests")
)]
pub(crate) fn step() -> io::Result<()> {
    #[cfg(any(test, feature = "faults"))]
    faults::count_down()?;
    Ok(())
}

/// How many bytes one write may take. Under a test's faults they are few, so that writes are many.
pub(crate) fn longest_write() -> usize {
    #[cfg(any(test, feature = "faults"))]
    if faults::are_planned() {
        return 4096;
    }
    1 << 30
}
