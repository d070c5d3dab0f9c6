//! A folder that takes its name only when all that is in it is finished.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

#[cfg(not(unix))]
use crate::part::LOCK;
use crate::{
    file::new_file,
    part::{busy, create_locked, is_at, open_folder, pending},
    path::{PART, folder_of, no_file, path_beside, resolved, sync_folder},
    step::step,
};

/// A folder that does not have its name yet. Dropping it removes it with all that is in it.
///
/// Only its owner can enter it, and read its files (modes 0700 and 0600 on Unix).
#[derive(Debug)]
pub struct StagedFolder {
    lock: File,
    path: PathBuf,
    target: PathBuf,
    is_published: bool,
}

impl StagedFolder {
    /// Begins a folder that will be at `target`, where nothing may be but an empty folder. What a
    /// writer that died left of an earlier one is removed.
    ///
    /// # Errors
    ///
    /// Of the kind `ResourceBusy` if somebody else is writing the same folder, or the target is
    /// where another file system is mounted; of the kind `DirectoryNotEmpty` if there is something
    /// in the target; of the kind `AlreadyExists` if that is no folder; and what the system says.
    pub fn create(target: &Path) -> io::Result<Self> {
        let target = resolved(target);
        refuse_other_than_empty(&target)?;
        let path = path_beside(&target, PART)?;
        let mut pending = pending();
        let lock = create_locked(&path, |path| {
            create_folder(path)?;
            open_folder(path)
        })?;
        pending.insert(path.clone());
        Ok(Self { lock, path, target, is_published: false })
    }

    /// Makes a folder in this one.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn create_folder(&self, name: impl AsRef<Path>) -> io::Result<()> {
        // Nothing is made any more once all is being removed.
        let _pending = pending();
        step()?;
        create_folder(&self.path.join(name))
    }

    /// Makes a file in this folder, to write to; its name may begin with a folder that was made.
    ///
    /// # Errors
    ///
    /// What the system says, also if it is there already.
    pub fn create_file(&self, name: impl AsRef<Path>) -> io::Result<File> {
        let _pending = pending();
        step()?;
        new_file().open(self.path.join(name))
    }

    /// Where the folder will be, links resolved.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Opens a file of this folder, from its beginning, to read what was written.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn open_file(&self, name: impl AsRef<Path>) -> io::Result<File> {
        step()?;
        File::open(self.path.join(name))
    }

    /// Brings all that is in the folder to the disk.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn sync(&self) -> io::Result<()> {
        step()?;
        // At once: the system would wait for each of some hundred thousand files on its own.
        #[cfg(target_os = "linux")]
        return Ok(rustix::fs::syncfs(&self.lock)?);
        #[cfg(not(target_os = "linux"))]
        sync_all_in(&self.path)
    }

    /// Gives the folder its name, and brings the name to the disk. [`sync`](Self::sync) comes before.
    ///
    /// # Errors
    ///
    /// What the system says. The target is then as it was, unless only the name could not be
    /// brought to the disk.
    pub fn publish(mut self) -> io::Result<()> {
        self.rename()?;
        sync_folder(folder_of(&self.target))
    }

    fn rename(&mut self) -> io::Result<()> {
        let mut pending = pending();
        step()?;
        if !is_at(&self.lock, &self.path)? {
            return Err(busy());
        }
        rename(&self.path, &self.target)?;
        pending.remove(&self.path);
        self.is_published = true;
        Ok(())
    }
}

impl Drop for StagedFolder {
    fn drop(&mut self) {
        if !self.is_published {
            let mut pending = pending();
            pending.remove(&self.path);
            if step().is_ok() && is_at(&self.lock, &self.path).unwrap_or(false) {
                let _ = fs::remove_dir_all(&self.path);
            }
        }
    }
}

fn refuse_other_than_empty(target: &Path) -> io::Result<()> {
    let metadata = match fs::metadata(target) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !metadata.is_dir() {
        return Err(no_folder());
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

fn no_folder() -> io::Error {
    io::Error::new(no_file().kind(), "something stands there that is no folder")
}

fn create_folder(path: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "it has a mode on Unix"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Also takes the place of an empty folder.
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
    let own = fs::metadata(folder)?;
    Ok(own.dev() != above.dev() || own.ino() == above.ino())
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
            File::options().write(true).open(entry.path())?.sync_all()?;
        }
    }
    sync_folder(folder)
}

#[cfg(test)]
mod tests;
