//! Gives a finished index its name: atomically, and only once it is on the disk and read back.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use tempfile::TempPath;

use crate::error::Error;

/// An index that is on the disk, beside its target and verified, and does not have its name yet.
/// Dropping it removes the file.
#[derive(Debug)]
#[must_use = "the index has no name before it is published"]
pub struct Publication {
    temporary: TempPath,
    target: PathBuf,
}

impl Publication {
    /// Writes `bytes` beside `target`, brings them to the disk and reads them back.
    pub(super) fn prepare(bytes: &[u8], target: &Path) -> Result<Self, Error> {
        // A link stays, and the file that it names is replaced.
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let failed = |action| {
            let target = target.clone();
            move |source| Error::io(action, target, source)
        };
        refuse_other_than_files(&target).map_err(failed("replace it by an index"))?;
        // Removed when dropped, unless it got the target's name; only its owner can read it.
        let mut temporary = tempfile::Builder::new()
            .prefix(".leakdex-")
            .tempfile_in(folder_of(&target))
            .map_err(failed("create the index"))?;
        temporary.write_all(bytes).map_err(failed("write the index"))?;
        temporary.as_file().sync_all().map_err(failed("bring the index to the disk"))?;
        let written = File::open(temporary.path()).and_then(|file| holds(file, bytes));
        if !written.map_err(failed("read the index back"))? {
            let other =
                io::Error::new(io::ErrorKind::InvalidData, "it differs from what was written");
            return Err(failed("read the index back")(other));
        }
        Ok(Self { temporary: temporary.into_temp_path(), target })
    }

    /// Gives the index its name, in place of an earlier file. Whoever opens the target sees the
    /// whole old index or the whole new one.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; the target is then as it was, unless only the folder could not be brought to
    /// the disk after the renaming.
    pub fn publish(self) -> Result<(), Error> {
        let Self { temporary, target } = self;
        temporary
            .persist(&target)
            .map_err(|error| Error::io("name the index", &target, error.error))?;
        sync(folder_of(&target))
            .map_err(|source| Error::io("bring the index's name to the disk", &target, source))
    }
}

fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A device, a pipe or a folder must not be replaced by a file.
fn refuse_other_than_files(target: &Path) -> io::Result<()> {
    match fs::metadata(target) {
        Ok(metadata) if !metadata.is_file() => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "something stands there that is no file",
        )),
        _ => Ok(()),
    }
}

/// Whether a file holds these bytes and no more.
fn holds(mut file: File, bytes: &[u8]) -> io::Result<bool> {
    let mut buffer = vec![0; 1 << 20];
    for expected in bytes.chunks(buffer.len()) {
        let part = &mut buffer[..expected.len()];
        file.read_exact(part)?;
        if part != expected {
            return Ok(false);
        }
    }
    Ok(file.read(&mut buffer)? == 0)
}

/// A rename lasts once the folder is on the disk; not every system can do that.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
