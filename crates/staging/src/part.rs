//! Files and folders that do not have their names yet: locked while their writer lives, and removed
//! when it is gone.

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    io, mem,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{path::no_file, step::step};

/// Removes all files and folders of this process that do not have their names yet and are not kept.
/// From then on, no file or folder can be begun or get its name: threads that try block forever.
/// Call this only in a process that is about to end.
pub fn abandon_all() {
    let pending = pending();
    for path in &*pending {
        let _ = remove(path);
    }
    mem::forget(pending);
}

/// The files and folders of this process that do not have their names yet and are not kept.
pub(crate) fn pending() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    static PENDING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The options that create a file that only its owner can read.
pub(crate) fn new_file() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates a file or a folder that is locked as long as it is open. First removes one whose writer
/// died: nobody holds its lock.
pub(crate) fn create_locked(
    path: &Path,
    create: impl Fn(&Path) -> io::Result<File>,
) -> io::Result<File> {
    /// Other writers may come and go meanwhile, but hardly this often.
    const ATTEMPTS: usize = 100;
    for _ in 0..ATTEMPTS {
        step()?;
        match create(path) {
            Ok(file) => match lock(&file).and_then(|()| is_at(&file, path)) {
                Ok(true) => return Ok(file),
                // Before this process took the lock, another writer removed the file as a dead
                // writer's.
                Ok(false) => {}
                // If another writer holds the lock, that writer removes the file.
                Err(error) => {
                    if error.kind() != io::ErrorKind::ResourceBusy
                        && step().is_ok()
                        && is_at(&file, path).unwrap_or(false)
                    {
                        let _ = remove(path);
                    }
                    return Err(error);
                }
            },
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => remove_dead(path)?,
            Err(error) => return Err(error),
        }
    }
    Err(busy_error())
}

/// Removes the file or the folder of a writer that died.
pub(crate) fn remove_dead(path: &Path) -> io::Result<()> {
    // Only the holder of its lock renames or removes the file, so it is still there.
    if let Some(_locked) = lock_left_over(path)? {
        step()?;
        remove(path)?;
    }
    Ok(())
}

/// Opens and locks the file or the folder of a dead writer; `None` if it is gone.
pub(crate) fn lock_left_over(path: &Path) -> io::Result<Option<File>> {
    step()?;
    let found = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => File::options().read(true).write(true).open(path),
        Ok(metadata) if metadata.is_dir() => open_folder(path),
        Ok(_) => return Err(no_file()),
        Err(error) => Err(error),
    };
    let file = match found {
        Ok(file) => file,
        // It was published, or another writer removed it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    lock(&file)?;
    // Without this comparison, the locked file could be a published one.
    Ok(is_at(&file, path)?.then_some(file))
}

/// Gives a file or a folder its name.
pub(crate) fn give_name(
    file: &File,
    path: &Path,
    rename: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let mut pending = pending();
    step()?;
    // If locks do not work between machines, or somebody removed the file by hand, the path can
    // now hold another writer's unfinished file.
    if !is_at(file, path)? {
        return Err(busy_error());
    }
    rename(path)?;
    pending.remove(path);
    Ok(())
}

/// Removes a file or a folder that never got its name.
pub(crate) fn discard(file: &File, path: &Path) {
    let mut pending = pending();
    pending.remove(path);
    if step().is_ok() && is_at(file, path).unwrap_or(false) {
        let _ = remove(path);
    }
}

/// Removes a file, or a folder and everything in it.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

pub(crate) fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(busy_error()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

pub(crate) fn busy_error() -> io::Error {
    io::Error::new(
        io::ErrorKind::ResourceBusy,
        "another run is writing it; wait until that run ends, or name another path",
    )
}

#[cfg(unix)]
pub(crate) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let opened = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(found) => Ok((found.dev(), found.ino()) == (opened.dev(), opened.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// This system has no file number to compare, so a race between opening and locking remains.
#[cfg(not(unix))]
pub(crate) fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

/// Opens the file to lock while a folder is written. On Unix, that is the folder itself.
#[cfg(unix)]
pub(crate) fn open_folder(folder: &Path) -> io::Result<File> {
    File::open(folder)
}

/// Elsewhere folders cannot be locked, so this opens a lock file in the folder.
#[cfg(not(unix))]
pub(crate) fn open_folder(folder: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(folder.join(LOCK))
}

#[cfg(not(unix))]
pub(crate) const LOCK: &str = ".lock";
