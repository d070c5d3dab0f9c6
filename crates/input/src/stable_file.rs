//! Detects changes to a file while it is read. A file that is cut short while it is read would yield an
//! incomplete list.

use std::{
    fs::{self, File, Metadata},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::error::InputProblem;

/// An open regular file, and its state when it was opened.
pub(crate) struct StableFile {
    path: PathBuf,
    file: File,
    opened: FileState,
}

/// The identity and the content of a file, as far as the system's metadata show them.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct FileState {
    length: u64,
    modified: Option<SystemTime>,
    /// The device and the inode, on Unix.
    number: Option<(u64, u64)>,
    /// The time of the last change of content or status, on Unix.
    changed: Option<(i64, i64)>,
    /// The mode, the owner, the group and the number of links, on Unix.
    status: Option<(u32, u32, u32, u64)>,
}

impl FileState {
    pub fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let (number, changed, status) = {
            use std::os::unix::fs::MetadataExt as _;
            let status = (metadata.mode(), metadata.uid(), metadata.gid(), metadata.nlink());
            let changed = (metadata.ctime(), metadata.ctime_nsec());
            (Some((metadata.dev(), metadata.ino())), Some(changed), Some(status))
        };
        #[cfg(not(unix))]
        let (number, changed, status) = (None, None, None);
        Self { length: metadata.len(), modified: metadata.modified().ok(), number, changed, status }
    }

    /// Refuses a different file, or one that was written to since this state. New permissions, a new owner or
    /// a new number of links are allowed. If none of these explains a new change time, the file was written
    /// to or its times were set. `MappedFile` in the library has the same rule.
    pub fn refuse_change(&self, now: &Self) -> Result<(), InputProblem> {
        let is_explained = now.changed == self.changed || now.status != self.status;
        if self.is_like(now) && is_explained { Ok(()) } else { Err(InputProblem::Changed) }
    }

    /// Whether both are the same file, with the same length and modification time.
    fn is_like(&self, other: &Self) -> bool {
        (self.length, self.modified, self.number) == (other.length, other.modified, other.number)
    }
}

impl StableFile {
    /// Opens a regular file; `None` for a pipe or a device, which can be read only once.
    pub fn open(path: &Path) -> Result<Option<Self>, InputProblem> {
        if !fs::metadata(path).map_err(InputProblem::Open)?.is_file() {
            return Ok(None);
        }
        let file = File::open(path).map_err(InputProblem::Open)?;
        let opened = FileState::of(&file.metadata().map_err(InputProblem::Open)?);
        Ok(Some(Self { path: path.to_owned(), file, opened }))
    }

    /// The size of the file when it was opened, in bytes.
    pub const fn size(&self) -> u64 {
        self.opened.length
    }

    /// A reader of this file, even if the path leads to another file by now.
    pub fn reader(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Refuses a file that was written to since it was opened. A file is still intact if it was renamed, or
    /// if another file took its name.
    pub fn refuse_changed(&self) -> Result<(), InputProblem> {
        let now = FileState::of(&self.file.metadata().map_err(InputProblem::Open)?);
        let at_path = fs::metadata(&self.path).map(|file| FileState::of(&file));
        // Renaming also changes the change time.
        if self.opened.is_like(&now) && !at_path.is_ok_and(|file| file.number == now.number) {
            return Ok(());
        }
        self.opened.refuse_change(&now)
    }

    /// Refuses a different file at the path. A reader that opened the path later may have read that file.
    pub fn refuse_other(&self, path: &Path) -> Result<(), InputProblem> {
        let other = fs::metadata(path).map_err(InputProblem::Open)?;
        self.opened.refuse_change(&FileState::of(&other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_is_detected() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [path, other] = ["list.db", "other.db"].map(|name| folder.path().join(name));
        for path in [&path, &other] {
            fs::write(path, "the same").expect("written");
        }
        let stable = StableFile::open(&path).expect("it is there").expect("it is a file");
        stable.refuse_other(&path).expect("it is this one");
        assert!(matches!(stable.refuse_other(&other), Err(InputProblem::Changed)));
        fs::rename(&other, &path).expect("renamed");
        assert!(matches!(stable.refuse_other(&path), Err(InputProblem::Changed)));
        stable.refuse_changed().expect("the file itself is whole");
        assert!(StableFile::open(folder.path()).expect("it is there").is_none());
    }
}
