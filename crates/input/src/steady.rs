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
    opened: State,
}

/// The length of a file, and the time when it was last written to.
type State = (u64, Option<SystemTime>);

fn state_of(metadata: &Metadata) -> State {
    (metadata.len(), metadata.modified().ok())
}

impl Steady {
    /// Opens a regular file; `None` for a pipe or a device, which can be read only once.
    pub fn open(path: &Path) -> Result<Option<Self>, InputProblem> {
        if !fs::metadata(path).map_err(InputProblem::Open)?.is_file() {
            return Ok(None);
        }
        let file = File::open(path).map_err(InputProblem::Open)?;
        let opened = state_of(&file.metadata().map_err(InputProblem::Open)?);
        Ok(Some(Self { file, opened }))
    }

    /// The size when it was opened.
    pub const fn size(&self) -> u64 {
        self.opened.0
    }

    /// Reads this file, whatever its path leads to by now.
    pub fn reader(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Refuses a file that was written to since it was opened. One whose name another file took is whole.
    pub fn refuse_changed(&self) -> Result<(), InputProblem> {
        let now = state_of(&self.file.metadata().map_err(InputProblem::Open)?);
        if now == self.opened { Ok(()) } else { Err(InputProblem::Changed) }
    }

    /// Refuses another file at the path: a reader that opened the path since then may read that one.
    pub fn refuse_other(&self, path: &Path) -> Result<(), InputProblem> {
        let there = fs::metadata(path).map_err(InputProblem::Open)?;
        let own = self.file.metadata().map_err(InputProblem::Open)?;
        if is_same(&own, &there) { Ok(()) } else { Err(InputProblem::Changed) }
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Elsewhere the state has to do.
#[cfg(not(unix))]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    state_of(one) == state_of(other)
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
