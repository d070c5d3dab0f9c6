//! The places of staged files: beside their targets, in the same folder.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::step::step;

/// The folder that a file is in.
#[must_use]
pub fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Where the note of a file that will take the place of this target stands, links resolved.
///
/// # Errors
///
/// If the target can be no file.
pub fn note_of(target: &Path) -> io::Result<PathBuf> {
    path_beside(&resolved(target), NOTE)
}

/// Where a file is, links resolved, also those that name what is not there yet.
#[must_use]
pub fn resolved(path: &Path) -> PathBuf {
    /// As many as usual systems follow.
    const MOST_LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
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

/// Brings the names in a folder to the disk, as far as the system can do that. A new or renamed file
/// lasts only then.
///
/// # Errors
///
/// What the system says.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    step()?;
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// How the name of a file ends that does not have its own yet.
pub(crate) const PART: &str = ".leakdex-part";

/// How the name of its note ends.
pub(crate) const NOTE: &str = ".leakdex-checkpoint";

/// `.NAME` and an ending, in the target's folder.
pub(crate) fn path_beside(target: &Path, ending: &str) -> io::Result<PathBuf> {
    /// Names of files have at most 255 bytes on usual systems.
    const LONGEST_NAME: usize = 200;
    let name = target.file_name().ok_or_else(no_file)?;
    let mut own = OsString::from(".");
    if name.len() <= LONGEST_NAME {
        own.push(name);
    } else {
        // Two targets that begin alike would have to wait for each other, and nothing worse.
        own.push(name.to_string_lossy().chars().take(LONGEST_NAME / 4).collect::<String>());
    }
    own.push(ending);
    Ok(folder_of(target).join(own))
}

pub(crate) fn no_file() -> io::Error {
    io::Error::new(
        io::ErrorKind::AlreadyExists,
        "something stands there that is no file; name a file",
    )
}
