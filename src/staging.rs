//! Files and folders that take their name only when they are finished.
//!
//! A file is written under a name beside its target, brought to the disk, and renamed. Whoever opens
//! the target sees the whole old file or the whole new one, whatever fails and whenever the process
//! dies. The name beside the target follows from the target's, and the file is locked while its
//! writer lives: so a second writer is told, and the next one removes what a dead one left behind.

mod folder;

pub use folder::StagedFolder;

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{self, File, TryLockError},
    io::{self, Seek, SeekFrom, Write},
    mem,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A file that does not have its name yet. Dropping it removes the file.
///
/// Only its owner can read it (mode 0600 on Unix).
#[derive(Debug)]
pub struct Staged {
    file: File,
    path: PathBuf,
    target: PathBuf,
    /// Whether it has the target's name. What stands beside the target is then another's.
    is_published: bool,
}

impl Staged {
    /// Begins a file that will take the place of `target`. A link stays, and the file that it names
    /// is replaced. What a writer that died left of an earlier one is removed.
    ///
    /// # Errors
    ///
    /// Of the kind `ResourceBusy` if somebody else is writing the same file; of the kind
    /// `AlreadyExists` if the target is a folder, a pipe or a device; and what the system says.
    pub fn create(target: &Path) -> io::Result<Self> {
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        refuse_other_than_files(&target)?;
        let path = path_beside(&target)?;
        let mut pending = pending();
        let file = create_locked(&path, |path| new_file().open(path))?;
        pending.insert(path.clone());
        Ok(Self { file, path, target, is_published: false })
    }

    /// Where the file will be, links resolved.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Opens the file once more, from its beginning, to read what was written.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn reopen(&self) -> io::Result<File> {
        step()?;
        File::open(&self.path)
    }

    /// Brings all that was written to the disk.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn sync(&self) -> io::Result<()> {
        step()?;
        self.file.sync_all()
    }

    /// Gives the file its name, in place of an earlier one, and brings the name to the disk.
    /// [`sync`](Self::sync) comes before.
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
        // Where locks do not hold between machines, or somebody removed the file by hand, what stands
        // there by now can be another's, half written.
        if !is_at(&self.file, &self.path)? {
            return Err(busy());
        }
        fs::rename(&self.path, &self.target)?;
        pending.remove(&self.path);
        self.is_published = true;
        Ok(())
    }
}

impl Write for Staged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        step()?;
        self.file.write(&bytes[..bytes.len().min(LONGEST_WRITE)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Staged {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.file.seek(place)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.is_published {
            let mut pending = pending();
            pending.remove(&self.path);
            if step().is_ok() && is_at(&self.file, &self.path).unwrap_or(false) {
                let _ = fs::remove_file(&self.path);
            }
        }
    }
}

/// Creates a file without a name in a folder, for what need not outlive the process. Only its owner can
/// read it (mode 0600 on Unix), should somebody find a way to it.
///
/// # Errors
///
/// What the system says.
pub fn unnamed_in(folder: &Path) -> io::Result<File> {
    let file = tempfile::tempfile_in(folder)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Removes all files and folders of this process that do not have their names yet, and lets none be
/// begun or named from now on: threads that try wait for ever. For a process that is about to end.
pub fn abandon_all() {
    let pending = pending();
    for path in &*pending {
        let _ = remove(path);
    }
    mem::forget(pending);
}

/// The folder that a file is in.
#[must_use]
pub fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The files and folders of this process that do not have their names yet.
fn pending() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    static PENDING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A device, a pipe or a folder must not be replaced by a file.
fn refuse_other_than_files(target: &Path) -> io::Result<()> {
    match fs::metadata(target) {
        Ok(metadata) if !metadata.is_file() => Err(no_file()),
        _ => Ok(()),
    }
}

fn no_file() -> io::Error {
    io::Error::new(io::ErrorKind::AlreadyExists, "something stands there that is no file")
}

/// `.NAME.leakdex-part`, in the target's folder.
fn path_beside(target: &Path) -> io::Result<PathBuf> {
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
    own.push(".leakdex-part");
    Ok(folder_of(target).join(own))
}

/// Creates a file or a folder that is locked as long as it is open. One whose writer died, so that
/// nobody holds its lock, is removed before.
fn create_locked(path: &Path, create: impl Fn(&Path) -> io::Result<File>) -> io::Result<File> {
    /// Others may come and go meanwhile, though hardly as often as this.
    const ATTEMPTS: usize = 100;
    for _ in 0..ATTEMPTS {
        step()?;
        match create(path) {
            Ok(file) => {
                lock(&file)?;
                // Another may have taken it for a dead one's before it was locked.
                if is_at(&file, path)? {
                    return Ok(file);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => remove_dead(path)?,
            Err(error) => return Err(error),
        }
    }
    Err(busy())
}

/// Removes the file or the folder of a writer that died.
fn remove_dead(path: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => File::options().read(true).write(true).open(path),
        Ok(metadata) if metadata.is_dir() => folder::open(path),
        Ok(_) => return Err(no_file()),
        Err(error) => Err(error),
    };
    let file = match found {
        Ok(file) => file,
        // It got its name, or another removed it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    lock(&file)?;
    // Only the holder of the lock of the file that stands there renames or removes it. So what is
    // compared here stays; without the comparison, this could be a published file by now.
    if is_at(&file, path)? {
        step()?;
        remove(path)?;
    }
    Ok(())
}

/// Removes a file, or a folder with all that is in it.
fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(busy()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn busy() -> io::Error {
    io::Error::new(
        io::ErrorKind::ResourceBusy,
        "another run is writing it; wait for that, or name another place",
    )
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let own = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (own.dev(), own.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Without a number by which files can be told, the window between opening and locking stays.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

fn new_file() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A rename lasts once the folder is on the disk; not every system can do that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    step()?;
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// In tests, writes are cut short, so that there are many.
const LONGEST_WRITE: usize = if cfg!(test) { 4096 } else { 1 << 30 };

/// Stands before everything that is asked of the file system, so that tests can let it fail.
#[cfg_attr(not(test), expect(clippy::unnecessary_wraps, reason = "it fails in tests"))]
fn step() -> io::Result<()> {
    #[cfg(test)]
    faults::count_down()?;
    Ok(())
}

#[cfg(test)]
pub(crate) mod faults;
#[cfg(test)]
mod tests;
