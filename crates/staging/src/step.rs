//! File system operations, which tests can record and make fail.

use std::{fs::File, io};

#[cfg(all(unix, any(test, feature = "faults")))]
use crate::disk;
#[cfg(any(test, feature = "faults"))]
use crate::faults;

/// Called before every file system operation. Tests can make it fail.
#[cfg_attr(
    not(any(test, feature = "faults")),
    expect(clippy::unnecessary_wraps, reason = "it fails in tests")
)]
pub(crate) fn step() -> io::Result<()> {
    #[cfg(all(unix, any(test, feature = "faults")))]
    disk::observe();
    #[cfg(any(test, feature = "faults"))]
    faults::count_down()?;
    Ok(())
}

/// Syncs a file, or the names in a folder, to the disk.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    step()?;
    file.sync_all()?;
    #[cfg(all(unix, any(test, feature = "faults")))]
    disk::synced(file);
    Ok(())
}

/// Syncs everything in a file system to the disk.
#[cfg(target_os = "linux")]
pub(crate) fn sync_file_system(file: &File) -> io::Result<()> {
    step()?;
    rustix::fs::syncfs(file)?;
    #[cfg(any(test, feature = "faults"))]
    disk::all_synced();
    Ok(())
}

/// The largest number of bytes of one write. It is small in tests with faults, to get many writes.
pub(crate) fn longest_write() -> usize {
    #[cfg(any(test, feature = "faults"))]
    if faults::are_planned() {
        return 4096;
    }
    #[cfg(all(unix, any(test, feature = "faults")))]
    if disk::is_recorded() {
        return 4096;
    }
    1 << 30
}
