//! A folder that takes its name only when everything in it is finished.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

#[cfg(not(unix))]
use crate::part::LOCK;
#[cfg(target_os = "linux")]
use crate::step::sync_file_system;
use crate::{
    part::{create_locked, discard, give_name, new_file, open_folder, pending},
    path::{PART, no_file, resolved, sibling_path, sync_name},
    step::step,
};

/// A folder that does not have its name yet. Dropping it removes the folder and everything in it.
///
/// Only its owner can enter it and read its files (modes 0700 and 0600 on Unix).
#[derive(Debug)]
pub struct StagedFolder {
    /// The folder itself, opened and locked (on systems other than Unix, a lock file in it).
    lock: File,
    path: PathBuf,
    target: PathBuf,
    is_published: bool,
}

impl StagedFolder {
    /// Begins a folder for `target`, which must not exist or must be an empty folder. Removes the
    /// remains of a dead writer of the same target.
    ///
    /// # Errors
    ///
    /// `ResourceBusy` if another writer is writing the same folder, or if a file system is mounted
    /// at the target; `DirectoryNotEmpty` if the target is not empty; `AlreadyExists` if the target
    /// is not a folder; and the errors of the operating system.
    pub fn create(target: &Path) -> io::Result<Self> {
        let target = resolved(target);
        refuse_unless_empty(&target)?;
        let path = sibling_path(&target, PART)?;
        let mut pending = pending();
        let lock = create_locked(&path, |path| {
            create_folder(path)?;
            open_folder(path)
        })?;
        pending.insert(path.clone());
        Ok(Self { lock, path, target, is_published: false })
    }

    /// Creates a folder in this one.
    ///
    /// # Errors
    ///
    /// The errors of the operating system.
    pub fn create_folder(&self, name: impl AsRef<Path>) -> io::Result<()> {
        // Waits while `abandon_all` removes everything, so nothing new is created.
        let _pending = pending();
        step()?;
        create_folder(&self.path.join(name))
    }

    /// Creates a file in this folder for writing. Its name may contain a folder that was created
    /// here.
    ///
    /// # Errors
    ///
    /// The errors of the operating system, for example if the file already exists.
    pub fn create_file(&self, name: impl AsRef<Path>) -> io::Result<File> {
        let _pending = pending();
        step()?;
        new_file().open(self.path.join(name))
    }

    /// The path that the folder will have, with links resolved.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Opens a file of this folder for reading, from its beginning.
    ///
    /// # Errors
    ///
    /// The errors of the operating system.
    pub fn open_file(&self, name: impl AsRef<Path>) -> io::Result<File> {
        step()?;
        File::open(self.path.join(name))
    }

    /// Removes a file of this folder.
    ///
    /// # Errors
    ///
    /// The errors of the operating system.
    pub fn remove_file(&self, name: impl AsRef<Path>) -> io::Result<()> {
        let _pending = pending();
        step()?;
        fs::remove_file(self.path.join(name))
    }

    /// Removes an empty folder of this one.
    ///
    /// # Errors
    ///
    /// The errors of the operating system.
    pub fn remove_folder(&self, name: impl AsRef<Path>) -> io::Result<()> {
        let _pending = pending();
        step()?;
        fs::remove_dir(self.path.join(name))
    }

    /// Syncs everything in the folder to the disk.
    ///
    /// # Errors
    ///
    /// The errors of the operating system.
    pub fn sync(&self) -> io::Result<()> {
        // One call syncs the whole file system: syncing file by file would wait for each of several
        // hundred thousand files.
        #[cfg(target_os = "linux")]
        return sync_file_system(&self.lock);
        #[cfg(not(target_os = "linux"))]
        sync_all_in(&self.path)
    }

    /// Gives the folder its name, and syncs the name to the disk. Call [`sync`](Self::sync) first.
    ///
    /// # Errors
    ///
    /// The errors of the operating system. The target is then unchanged, unless only the sync of
    /// the name failed.
    pub fn publish(mut self) -> io::Result<()> {
        give_name(&self.lock, &self.path, |path| rename(path, &self.target))?;
        self.is_published = true;
        sync_name(&self.target)
    }
}

impl Drop for StagedFolder {
    fn drop(&mut self) {
        if !self.is_published {
            discard(&self.lock, &self.path);
        }
    }
}

fn refuse_unless_empty(target: &Path) -> io::Result<()> {
    let metadata = match fs::metadata(target) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !metadata.is_dir() {
        return Err(not_a_folder());
    }
    if fs::read_dir(target)?.next().is_some() {
        return Err(io::Error::new(io::ErrorKind::DirectoryNotEmpty, "the folder is not empty"));
    }
    if is_mounted(target)? {
        return Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            "the folder is the root of a file system and cannot be replaced; name one within it",
        ));
    }
    Ok(())
}

fn not_a_folder() -> io::Error {
    io::Error::new(no_file().kind(), "the path exists and is not a folder")
}

fn create_folder(path: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "it has a mode on Unix"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Also replaces an empty folder.
#[cfg(unix)]
fn rename(path: &Path, target: &Path) -> io::Result<()> {
    fs::rename(path, target)
}

#[cfg(not(unix))]
fn rename(path: &Path, target: &Path) -> io::Result<()> {
    fs::remove_file(path.join(LOCK))?;
    if target.try_exists()? {
        fs::remove_dir(target)?;
    }
    fs::rename(path, target)
}

#[cfg(unix)]
fn is_mounted(folder: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let above = fs::metadata(folder.join(".."))?;
    let metadata = fs::metadata(folder)?;
    Ok(metadata.dev() != above.dev() || metadata.ino() == above.ino())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
fn is_mounted(_: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(any(test, not(target_os = "linux")))]
fn sync_all_in(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_all_in(&entry.path())?;
        } else {
            crate::step::sync(&File::options().write(true).open(entry.path())?)?;
        }
    }
    crate::path::sync_folder(folder)
}

#[cfg(test)]
mod tests;
