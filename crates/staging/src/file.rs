//! A file that gets its name only when it is finished.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use crate::{
    owner::refuse_shared,
    part::{create_locked, discard, give_name, lock_left_over, new_file, pending, remove_dead},
    path::{PART, folder_of, no_file, note_of, resolved, sibling_path, sync_folder, sync_name},
    step::{longest_write, step, sync},
};

/// A file that does not have its name yet. Dropping it removes the file, unless it is kept.
///
/// Only its owner can read it (mode 0600 on Unix).
#[derive(Debug)]
pub struct Staged {
    file: File,
    path: PathBuf,
    target: PathBuf,
    /// Whether the file has the target's name. A file beside the target then belongs to another
    /// writer.
    is_published: bool,
    /// Whether the file and its note stay if the file never gets its name.
    is_kept: AtomicBool,
}

impl Staged {
    /// Begins a file that will replace `target`. If the target is a link, the link stays and the
    /// file that it points to is replaced. Removes the remains of a dead writer of the same target.
    ///
    /// # Errors
    ///
    /// `ResourceBusy` if another writer is writing the same file; `AlreadyExists` if the target is
    /// a folder, a pipe or a device; and the errors of the operating system.
    pub fn create(target: &Path) -> io::Result<Self> {
        let target = resolved(target);
        refuse_other_than_files(&target)?;
        let path = sibling_path(&target, PART)?;
        let mut pending = pending();
        let file = create_locked(&path, |path| new_file().open(path))?;
        pending.insert(path.clone());
        drop(pending);
        let staged = Self { file, path, target, is_published: false, is_kept: false.into() };
        // A note that is already there belongs to another file.
        staged.remove_note()?;
        Ok(staged)
    }

    /// Reopens a file that its writer [kept](Self::keep), unchanged, with its note. `None` if there
    /// is no such file or no note. The file stays kept.
    ///
    /// # Errors
    ///
    /// `PermissionDenied` if the file or its note belongs to another user, or if others have access to it;
    /// and the errors of [`create`](Self::create). The file and its note stay.
    pub fn resume(target: &Path) -> io::Result<Option<(Self, Vec<u8>)>> {
        let target = resolved(target);
        refuse_other_than_files(&target)?;
        let path = sibling_path(&target, PART)?;
        let Some(mut file) = lock_left_over(&path)? else { return Ok(None) };
        step()?;
        let mut note = Vec::new();
        let mut note_file = match File::open(note_of(&target)?) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        // Somebody else could have written them, or could change them while they are read.
        refuse_shared(&file)?;
        refuse_shared(&note_file)?;
        note_file.read_to_end(&mut note)?;
        file.seek(SeekFrom::End(0))?;
        let staged = Self { file, path, target, is_published: false, is_kept: true.into() };
        Ok(Some((staged, note)))
    }

    /// Syncs the file to the disk, and keeps it even if the writer ends early. A note beside the
    /// file records how to continue. It replaces an earlier note as a whole or not at all. Only
    /// the file's owner can read the note (mode 0600 on Unix).
    ///
    /// # Errors
    ///
    /// The errors of the operating system. The file is then kept if it was kept before, with the
    /// earlier note or this one.
    pub fn keep(&self, note: &[u8]) -> io::Result<()> {
        self.sync()?;
        // This must come first: the next writer removes a file without a note, and a note without a
        // file is useless.
        let was_kept = self.set_kept(true);
        let written = self.write_note(note);
        if written.is_err() && !was_kept {
            self.set_kept(false);
        }
        written
    }

    /// Truncates the file to an earlier length, and continues writing there.
    ///
    /// # Errors
    ///
    /// `UnexpectedEof` if the file is shorter, which then stays unchanged; and the errors of the
    /// operating system.
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

    /// The length of the file in bytes.
    ///
    /// # Errors
    ///
    /// The errors of the operating system.
    pub fn length(&self) -> io::Result<u64> {
        step()?;
        Ok(self.file.metadata()?.len())
    }

    /// Removes the file, even if it was kept.
    ///
    /// # Errors
    ///
    /// The errors of the operating system. The file is then kept if it was kept before.
    pub fn abandon(self) -> io::Result<()> {
        self.forget_note()
    }

    /// The path that the file will have, with links resolved.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Opens the file once more for reading, from its beginning.
    ///
    /// # Errors
    ///
    /// The errors of the operating system.
    pub fn reopen(&self) -> io::Result<File> {
        step()?;
        File::open(&self.path)
    }

    /// Syncs the file to the disk.
    ///
    /// # Errors
    ///
    /// The errors of the operating system.
    pub fn sync(&self) -> io::Result<()> {
        sync(&self.file)
    }

    /// Gives the file its name, in place of an earlier file, and syncs the name to the disk. Call
    /// [`sync`](Self::sync) before.
    ///
    /// # Errors
    ///
    /// The errors of the operating system. The target is then unchanged, unless only the sync of
    /// the name failed.
    pub fn publish(mut self) -> io::Result<()> {
        self.forget_note()?;
        give_name(&self.file, &self.path, |path| fs::rename(path, &self.target))?;
        self.is_published = true;
        sync_name(&self.target)
    }

    /// Gives the file its name unless the name is taken, and syncs the name to the disk. Call
    /// [`sync`](Self::sync) before.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if the name is taken, and the errors of the operating system. The name is then removed
    /// again, if the system allows it.
    pub(crate) fn publish_new(mut self) -> io::Result<()> {
        self.forget_note()?;
        give_name(&self.file, &self.path, |path| rename_new(path, &self.target))?;
        self.is_published = true;
        let synced = sync_folder(folder_of(&self.target));
        if synced.is_err() && step().is_ok() {
            let _ = fs::remove_file(&self.target);
        }
        synced
    }

    /// If the file is kept, removes its note and no longer keeps it.
    fn forget_note(&self) -> io::Result<()> {
        if self.is_kept.load(Ordering::Relaxed) {
            self.remove_note()?;
            self.set_kept(false);
        }
        Ok(())
    }

    /// Sets whether the file is kept, and returns whether it was kept before.
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

    /// Removes the note, and the unfinished note of a dead writer. Nobody else writes the note
    /// while this file is locked.
    fn remove_note(&self) -> io::Result<()> {
        let note = note_of(&self.target)?;
        remove_dead(&sibling_path(&note, PART)?)?;
        step()?;
        match fs::remove_file(note) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.and_then(|()| sync_folder(folder_of(&self.target))),
        }
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
            discard(&self.file, &self.path);
        }
    }
}

/// Creates a file without a name in a folder, for data that need not outlive the process. Only its
/// owner can read it (mode 0600 on Unix), even if somebody else finds a way to open it.
///
/// # Errors
///
/// The errors of the operating system.
pub fn create_unnamed(folder: &Path) -> io::Result<File> {
    let file = tempfile::tempfile_in(folder)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Renames a file and replaces nothing.
fn rename_new(path: &Path, target: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::{
            fs::{CWD, RenameFlags, renameat_with},
            io::Errno,
        };
        match renameat_with(CWD, path, CWD, target, RenameFlags::NOREPLACE) {
            // Some file systems cannot do this in one step.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            renamed => return Ok(renamed?),
        }
    }
    if fs::symlink_metadata(target).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(path, target)
}

/// Refuses a target that is a device, a pipe or a folder: a file must not replace it.
fn refuse_other_than_files(target: &Path) -> io::Result<()> {
    // A link that is still here is part of a loop: `resolved` followed all others.
    match fs::symlink_metadata(target) {
        Ok(metadata) if !metadata.is_file() => Err(no_file()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
