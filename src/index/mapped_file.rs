//! The file of a mapping, and whether it has changed since it was opened.

use std::{
    fs::{self, File, Metadata},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

/// A mapped file. It stays open, so that the system can report on this file even if another one has
/// its name.
pub(super) struct MappedFile {
    file: File,
    path: PathBuf,
    known: Mutex<State>,
}

/// How a file differs from its known state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    None,
    /// Its permissions, its owner or its names. A rename over its name removes one of them.
    Status(State),
    /// Its length or a time of its content. Even if somebody restored the content and its
    /// modification time, the change time shows it.
    Content,
}

/// The metadata of an open file. Its device and inode stay the same as long as it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    length: u64,
    modified: Option<SystemTime>,
    /// The time of the last change of the content or of the status, on Unix.
    changed: Option<(i64, i64)>,
    /// The mode, the owner, the group and the number of names, on Unix.
    status: Option<(u32, u32, u32, u64)>,
    /// Whether the path leads to this file.
    is_at_path: bool,
}

impl State {
    fn of(file: &File, path: &Path) -> io::Result<Self> {
        let metadata = file.metadata()?;
        #[cfg(unix)]
        let (changed, status, identity) = {
            use std::os::unix::fs::MetadataExt as _;
            let status = (metadata.mode(), metadata.uid(), metadata.gid(), metadata.nlink());
            let identity = |file: &Metadata| (file.dev(), file.ino());
            (Some((metadata.ctime(), metadata.ctime_nsec())), Some(status), identity)
        };
        #[cfg(not(unix))]
        let (changed, status, identity) = (None, None, |_: &Metadata| ());
        let is_at_path =
            fs::metadata(path).is_ok_and(|other| identity(&other) == identity(&metadata));
        let (length, modified) = (metadata.len(), metadata.modified().ok());
        Ok(Self { length, modified, changed, status, is_at_path })
    }
}

impl MappedFile {
    /// Call this before anything is read from the file, so that every later change is noticed.
    pub fn new(file: File, path: &Path) -> io::Result<Self> {
        let known = State::of(&file, path)?.into();
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
        let now = State::of(&self.file, &self.path)?;
        let known = *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(if (now.length, now.modified) != (known.length, known.modified) {
            Change::Content
        } else if now.changed == known.changed {
            Change::None
        } else if (now.status, now.is_at_path) == (known.status, known.is_at_path) {
            Change::Content
        } else {
            Change::Status(now)
        })
    }

    /// Accepts a state as the known one. Call it after the content was found unchanged.
    pub fn accept(&self, state: State) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}
