//! The paths of staged files: beside their targets, in the same folder.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::step::sync;

/// The folder that a file is in.
#[must_use]
pub fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The path of the note of a file that will replace this target, with links resolved.
///
/// # Errors
///
/// If the target cannot be a file.
pub fn note_of(target: &Path) -> io::Result<PathBuf> {
    sibling_path(&resolved(target), NOTE)
}

/// The path of a file with links resolved, even links to files that do not exist yet.
#[must_use]
pub fn resolved(path: &Path) -> PathBuf {
    /// The number of links that common systems follow.
    const MAX_LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        if let Ok(found) = fs::canonicalize(&path) {
            return found;
        }
        match fs::read_link(&path) {
            Ok(named) => path = folder_of(&path).join(named),
            Err(_) => break,
        }
    }
    path
}

/// Syncs the names in a folder to the disk, as far as the system can. Only then does a new or
/// renamed file survive a power failure. Some network and FUSE file systems cannot sync folders.
///
/// # Errors
///
/// The I/O error of the system.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    // Other systems cannot sync folders.
    if !cfg!(unix) {
        return Ok(());
    }
    match sync(&File::open(folder)?) {
        Err(error) if is_unsupported(&error) => Ok(()),
        synced => synced,
    }
}

/// Whether a file system cannot sync folders. A failed sync has another error. `PostgreSQL` makes the same exception.
#[cfg(unix)]
fn is_unsupported(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let errno = Errno::from_io_error(error);
    errno.is_some_and(|errno| [Errno::INVAL, Errno::BADF, Errno::NOTSUP].contains(&errno))
}

#[cfg(not(unix))]
const fn is_unsupported(_: &io::Error) -> bool {
    false
}

/// Syncs a new name to the disk. The error message says that the name exists.
pub(crate) fn sync_name(target: &Path) -> io::Result<()> {
    sync_folder(folder_of(target)).map_err(|error| {
        let message = format!("it is in place, but a power failure could undo that: {error}");
        io::Error::new(error.kind(), message)
    })
}

/// The ending of the temporary name of a file.
pub(crate) const PART: &str = ".leakdex-part";

/// The ending of the name of its note.
pub(crate) const NOTE: &str = ".leakdex-checkpoint";

/// `.NAME` and an ending, in the target's folder.
pub(crate) fn sibling_path(target: &Path, ending: &str) -> io::Result<PathBuf> {
    /// File names have at most 255 bytes on common systems, and the staged file of a note has both
    /// endings.
    const LONGEST_NAME: usize = 200;
    let name = target.file_name().ok_or_else(no_file)?;
    let mut file_name = OsString::from(".");
    if name.len() <= LONGEST_NAME {
        file_name.push(name);
    } else {
        // A character has at most four bytes. The digest distinguishes targets that begin alike.
        file_name.push(name.to_string_lossy().chars().take(LONGEST_NAME / 5).collect::<String>());
        file_name.push(format!("-{:016x}", digest(name.as_encoded_bytes())));
    }
    file_name.push(ending);
    Ok(folder_of(target).join(file_name))
}

/// 64-bit FNV-1a. It must never change: the next version must find the files of this one.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |digest, &byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

pub(crate) fn no_file() -> io::Error {
    io::Error::new(io::ErrorKind::AlreadyExists, "the path exists and is not a file; name a file")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{fs::File, path::Path};

    use super::sync_folder;

    #[test]
    fn a_folder_whose_file_system_cannot_sync_folders_is_no_error() {
        let folder = Path::new("/proc");
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.expect_err("the kernel makes up these names");
        sync_folder(folder).expect("there is nothing to do");
        sync_folder(Path::new("/proc/missing")).expect_err("there is no such folder");
    }
}
