//! Files and folders that take their name only when they are finished.
//!
//! A file is written under a name beside its target, brought to the disk, and renamed. Whoever opens
//! the target sees the whole old file or the whole new one, whatever fails and whenever the process
//! dies. The name beside the target follows from the target's, and the file is locked while its
//! writer lives: so a second writer is told, and the next one removes what a dead one left behind.
//!
//! A writer may [keep](Staged::keep) what it has, with a note of how to go on. The note stands in a
//! file of its own, and is removed before the file gets its name and before another is begun in its
//! place. So a note that stands beside a file was written of that file, or the file is empty; and a
//! note without a file says nothing.

mod folder;

pub use folder::StagedFolder;

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{self, File, TryLockError},
    io::{self, Seek, SeekFrom, Write},
    mem,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// A file that does not have its name yet. Dropping it removes the file, unless it is kept.
///
/// Only its owner can read it (mode 0600 on Unix).
#[derive(Debug)]
pub struct Staged {
    file: File,
    path: PathBuf,
    target: PathBuf,
    /// Whether it has the target's name. What stands beside the target is then another's.
    is_published: bool,
    /// Whether it stays, with its note, if it never gets its name.
    is_kept: AtomicBool,
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
        let target = resolved(target);
        refuse_other_than_files(&target)?;
        let path = path_beside(&target, PART)?;
        let mut pending = pending();
        let file = create_locked(&path, |path| new_file().open(path))?;
        pending.insert(path.clone());
        drop(pending);
        let staged = Self { file, path, target, is_published: false, is_kept: false.into() };
        // Whatever note is there was written of another file.
        staged.remove_note()?;
        Ok(staged)
    }

    /// Takes up a file that its writer [kept](Self::keep), as it is, with its note; `None` if there is
    /// none. It stays kept.
    ///
    /// # Errors
    ///
    /// As of [`create`](Self::create). What is there stays.
    pub fn resume(target: &Path) -> io::Result<Option<(Self, Vec<u8>)>> {
        let target = resolved(target);
        refuse_other_than_files(&target)?;
        let path = path_beside(&target, PART)?;
        let Some(mut file) = lock_left_over(&path)? else { return Ok(None) };
        step()?;
        let note = match fs::read(note_of(&target)?) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            note => note?,
        };
        file.seek(SeekFrom::End(0))?;
        let staged = Self { file, path, target, is_published: false, is_kept: true.into() };
        Ok(Some((staged, note)))
    }

    /// Brings all that was written to the disk, and lets it stay there if the writer ends before its
    /// time, with a note beside it that says how to go on. The note replaces an earlier one, whole or
    /// not at all. Only the file's owner can read it (mode 0600 on Unix).
    ///
    /// # Errors
    ///
    /// What the system says. The file is then kept if it was before, with the earlier note or this
    /// one.
    pub fn keep(&self, note: &[u8]) -> io::Result<()> {
        self.sync()?;
        // First: a file without a note is removed by the next writer, a note without a file is in vain.
        let was_kept = self.set_kept(true);
        let written = self.write_note(note);
        if written.is_err() && !was_kept {
            self.set_kept(false);
        }
        written
    }

    /// Cuts the file to a length that it had, and goes on there.
    ///
    /// # Errors
    ///
    /// Of the kind `UnexpectedEof` if it is shorter, and is then left as it is; and what the system
    /// says.
    pub fn cut(&mut self, length: u64) -> io::Result<()> {
        let found = self.length()?;
        if found < length {
            let message = format!("{found} bytes are left of {length}");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
        }
        step()?;
        self.file.set_len(length)?;
        self.file.seek(SeekFrom::Start(length)).map(drop)
    }

    /// How many bytes were written.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn length(&self) -> io::Result<u64> {
        step()?;
        Ok(self.file.metadata()?.len())
    }

    /// Removes the file, also if it was kept.
    ///
    /// # Errors
    ///
    /// What the system says. The file is then kept if it was before.
    pub fn abandon(self) -> io::Result<()> {
        self.forget_note()
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
        self.forget_note()?;
        self.rename()?;
        sync_folder(folder_of(&self.target))
    }

    /// Removes the note, if the file is kept, and keeps it no longer.
    fn forget_note(&self) -> io::Result<()> {
        if self.is_kept.load(Ordering::Relaxed) {
            self.remove_note()?;
            self.set_kept(false);
        }
        Ok(())
    }

    /// Gives whether it was kept before.
    fn set_kept(&self, is_kept: bool) -> bool {
        let mut pending = pending();
        if is_kept {
            pending.remove(&self.path);
        } else {
            pending.insert(self.path.clone());
        }
        self.is_kept.swap(is_kept, Ordering::Relaxed)
    }

    fn write_note(&self, note: &[u8]) -> io::Result<()> {
        let mut staged = Self::create(&note_of(&self.target)?)?;
        staged.write_all(note)?;
        staged.sync()?;
        staged.publish()
    }

    /// Removes the note, and what a writer that died in the middle left of one. Nobody else writes it
    /// while this file is locked.
    fn remove_note(&self) -> io::Result<()> {
        let note = note_of(&self.target)?;
        remove_dead(&path_beside(&note, PART)?)?;
        step()?;
        match fs::remove_file(note) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.and_then(|()| sync_folder(folder_of(&self.target))),
        }
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
        self.file.write(&bytes[..bytes.len().min(longest_write())])
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
        if !self.is_published && !*self.is_kept.get_mut() {
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

/// Removes all files and folders of this process that do not have their names yet and are not kept, and
/// lets none be begun or named from now on: threads that try wait for ever. For a process that is about
/// to end.
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

/// The files and folders of this process that do not have their names yet and are not kept.
fn pending() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    static PENDING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A device, a pipe or a folder must not be replaced by a file.
fn refuse_other_than_files(target: &Path) -> io::Result<()> {
    // Of links, only those are left here that lead to each other.
    match fs::symlink_metadata(target) {
        Ok(metadata) if !metadata.is_file() => Err(no_file()),
        _ => Ok(()),
    }
}

fn no_file() -> io::Error {
    io::Error::new(
        io::ErrorKind::AlreadyExists,
        "something stands there that is no file; name a file",
    )
}

/// How the name of a file ends that does not have its own yet.
const PART: &str = ".leakdex-part";

/// How the name of its note ends.
const NOTE: &str = ".leakdex-checkpoint";

/// `.NAME` and an ending, in the target's folder.
fn path_beside(target: &Path, ending: &str) -> io::Result<PathBuf> {
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
    // Only the holder of the lock of the file that stands there renames or removes it, so that it
    // is still there.
    if let Some(_locked) = lock_left_over(path)? {
        step()?;
        remove(path)?;
    }
    Ok(())
}

/// Opens and locks the file or the folder of a writer that died; `None` if there is none by now.
fn lock_left_over(path: &Path) -> io::Result<Option<File>> {
    step()?;
    let found = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => File::options().read(true).write(true).open(path),
        Ok(metadata) if metadata.is_dir() => folder::open(path),
        Ok(_) => return Err(no_file()),
        Err(error) => Err(error),
    };
    let file = match found {
        Ok(file) => file,
        // It got its name, or another removed it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    lock(&file)?;
    // Without the comparison, this could be a published file by now.
    Ok(is_at(&file, path)?.then_some(file))
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

/// How many bytes one write may take. Under a test's faults they are few, so that writes are many.
fn longest_write() -> usize {
    #[cfg(any(test, feature = "faults"))]
    if faults::are_planned() {
        return 4096;
    }
    1 << 30
}

/// Stands before everything that is asked of the file system, so that tests can let it fail.
#[cfg_attr(
    not(any(test, feature = "faults")),
    expect(clippy::unnecessary_wraps, reason = "it fails in tests")
)]
fn step() -> io::Result<()> {
    #[cfg(any(test, feature = "faults"))]
    faults::count_down()?;
    Ok(())
}

#[cfg(any(test, feature = "faults"))]
pub mod faults;
#[cfg(test)]
mod tests;
