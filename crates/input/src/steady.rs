//! A file that must stay as it is while it is read: one that is cut short would be a short list.

use std::{
    fs::{self, File, Metadata},
    io,
    path::Path,
    time::SystemTime,
};

use crate::error::InputProblem;

/// An open regular file, and its state when it was opened.
pub(crate) struct Steady {
    file: File,
    opened: FileState,
}

/// The file that has a name, and its content, as far as the system tells without reading it.
#[derive(Clone, PartialEq)]
pub(crate) struct FileState {
    length: u64,
    modified: Option<SystemTime>,
    /// The device and the inode, on Unix.
    number: Option<(u64, u64)>,
}

impl FileState {
    pub fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let number = {
            use std::os::unix::fs::MetadataExt as _;
            Some((metadata.dev(), metadata.ino()))
        };
        #[cfg(not(unix))]
        let number = None;
        Self { length: metadata.len(), modified: metadata.modified().ok(), number }
    }
}

impl Steady {
    /// Opens a regular file; `None` for a pipe or a device, which can be read only once.
    pub fn open(path: &Path) -> Result<Option<Self>, InputProblem> {
        if !fs::metadata(path).map_err(InputProblem::Open)?.is_file() {
            return Ok(None);
        }
        let file = File::open(path).map_err(InputProblem::Open)?;
        let opened = FileState::of(&file.metadata().map_err(InputProblem::Open)?);
        Ok(Some(Self { file, opened }))
    }

    /// The size when it was opened.
    pub const fn size(&self) -> u64 {
        self.opened.length
    }

    /// Reads this file, whatever its path leads to by now.
    pub fn reader(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Refuses a file that was written to since it was opened. One whose name another file took is whole.
    pub fn refuse_changed(&self) -> Result<(), InputProblem> {
        self.refuse_unlike(&self.file.metadata().map_err(InputProblem::Open)?)
    }

    /// Refuses another file at the path: a reader that opened the path since then may read that one.
    pub fn refuse_other(&self, path: &Path) -> Result<(), InputProblem> {
        self.refuse_unlike(&fs::metadata(path).map_err(InputProblem::Open)?)
    }

    fn refuse_unlike(&self, now: &Metadata) -> Result<(), InputProblem> {
        if FileState::of(now) == self.opened { Ok(()) } else { Err(InputProblem::Changed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_at_the_path_is_told_from_this_one() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [path, other] = ["list.db", "other.db"].map(|name| folder.path().join(name));
        for path in [&path, &other] {
            fs::write(path, "the same").expect("written");
        }
        let steady = Steady::open(&path).expect("it is there").expect("it is a file");
        steady.refuse_other(&path).expect("it is this one");
        assert!(matches!(steady.refuse_other(&other), Err(InputProblem::Changed)));
        fs::rename(&other, &path).expect("renamed");
        assert!(matches!(steady.refuse_other(&path), Err(InputProblem::Changed)));
        steady.refuse_changed().expect("the file itself is whole");
        assert!(Steady::open(folder.path()).expect("it is there").is_none());
    }
}
