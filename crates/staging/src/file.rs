//! A file that takes its name only when it is finished.

use std::{
    fs::{self, File},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use crate::{
    part::{busy, create_locked, is_at, lock_left_over, pending, remove_dead},
    path::{PART, folder_of, no_file, note_of, path_beside, resolved, sync_folder},
    step::{longest_write, step},
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

/// A device, a pipe or a folder must not be replaced by a file.
fn refuse_other_than_files(target: &Path) -> io::Result<()> {
    // Of links, only those are left here that lead to each other.
    match fs::symlink_metadata(target) {
        Ok(metadata) if !metadata.is_file() => Err(no_file()),
        _ => Ok(()),
    }
}

pub(crate) fn new_file() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests;
