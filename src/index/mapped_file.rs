//! The file behind a mapping: whether it is still as it was when it was opened.

use std::{
    fs::{File, Metadata},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

/// A mapped file. It stays open, so that the system can tell of this file even if another one has its name.
pub(super) struct MappedFile {
    file: File,
    path: PathBuf,
    known: Mutex<State>,
}

/// How a file differs from its known state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    None,
    /// Its permissions, its owner or its names. A renaming over its name takes one away.
    Status(State),
    /// Its length, or the time when it was last written to.
    Content,
}

/// What the system says of an open file. The file has one device and inode as long as it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    length: u64,
    modified: Option<SystemTime>,
    /// The time of the last change of the content or of the status, on Unix.
    changed: Option<(i64, i64)>,
}

impl State {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let changed = {
            use std::os::unix::fs::MetadataExt as _;
            Some((metadata.ctime(), metadata.ctime_nsec()))
        };
        #[cfg(not(unix))]
        let changed = None;
        Self { length: metadata.len(), modified: metadata.modified().ok(), changed }
    }
}

impl MappedFile {
    /// Call this before anything is read from the file: later changes then count.
    pub fn new(file: File, path: &Path) -> io::Result<Self> {
        let known = State::of(&file.metadata()?).into();
        Ok(Self { file, path: path.to_owned(), known })
    }

    pub const fn file(&self) -> &File {
        &self.file
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How the file differs from its known state.
    pub fn change(&self) -> io::Result<Change> {
        let now = State::of(&self.file.metadata()?);
        let known = *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(if (now.length, now.modified) != (known.length, known.modified) {
            Change::Content
        } else if now.changed != known.changed {
            Change::Status(now)
        } else {
            Change::None
        })
    }

    /// Takes a state as known after the content was found unchanged.
    pub fn accept(&self, state: State) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}
