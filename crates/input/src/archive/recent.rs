//! Keeps the archive that was used last.
//!
//! Files of an archive are opened one by one, usually in order. So the list of files is kept, and the
//! stream of a compressed tar archive stays open at the end of a file. The next file continues there, and the
//! archive is decompressed only once.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Listing, checked::ExactReader};
use crate::{error::InputProblem, stable_file::FileState, unpack::unpacked};

/// The archive that was used last.
static LAST: Mutex<Option<CachedArchive>> = Mutex::new(None);

struct CachedArchive {
    file: Identity,
    listing: Arc<Listing>,
    /// The stream of a compressed tar archive.
    stream: Option<Stream>,
}

/// A decompressed stream and the position in it.
struct Stream {
    reader: Box<dyn Read + Send>,
    position: u64,
}

/// Identifies the version of a file that was read.
#[derive(Clone, PartialEq)]
struct Identity {
    path: PathBuf,
    state: FileState,
}

impl Identity {
    fn of(path: &Path) -> Result<Self, InputProblem> {
        let state = FileState::of(&fs::metadata(path).map_err(InputProblem::Open)?);
        let path = fs::canonicalize(path).map_err(InputProblem::Open)?;
        Ok(Self { path, state })
    }
}

fn last() -> MutexGuard<'static, Option<CachedArchive>> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The files of the archive. Calls `list` only if they are not known yet.
pub(super) fn list(
    path: &Path,
    list: impl FnOnce() -> Result<Option<Listing>, InputProblem>,
) -> Result<Option<Arc<Listing>>, InputProblem> {
    let file = Identity::of(path)?;
    if let Some(known) = last().as_ref().filter(|known| known.file == file) {
        return Ok(Some(Arc::clone(&known.listing)));
    }
    let Some(listing) = list()?.map(Arc::new) else { return Ok(None) };
    *last() = Some(CachedArchive { file, listing: Arc::clone(&listing), stream: None });
    Ok(Some(listing))
}

/// The file of this size at this offset in the decompressed archive.
pub(super) fn open(
    path: &Path,
    start: u64,
    size: u64,
) -> Result<Box<dyn Read + Send>, InputProblem> {
    let file = Identity::of(path)?;
    let left =
        last().as_mut().filter(|known| known.file == file).and_then(|known| known.stream.take());
    let mut stream = if let Some(stream) = left.filter(|stream| stream.position <= start) {
        stream
    } else {
        let (packing, reader) = unpacked(fs::File::open(path).map_err(InputProblem::Open)?)?;
        // An archive that is no longer compressed has changed since it was listed.
        packing.ok_or(InputProblem::Missing)?;
        Stream { reader, position: 0 }
    };
    let wanted = start - stream.position;
    let skipped = io::copy(&mut stream.by_ref().take(wanted), &mut io::sink())?;
    if skipped < wanted {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok(Box::new(ExactReader::new(ReusableStream { file, stream: Some(stream) }, size)))
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

/// A stream that is kept for the next file when the reader is dropped.
struct ReusableStream {
    file: Identity,
    stream: Option<Stream>,
}

impl Read for ReusableStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(stream) = &mut self.stream else { return Ok(0) };
        let outcome = stream.read(buffer);
        // A stream that failed cannot be used again.
        if outcome.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted) {
            self.stream = None;
        }
        outcome
    }
}

impl Drop for ReusableStream {
    fn drop(&mut self) {
        let mut last = last();
        if let Some(known) = last.as_mut().filter(|known| known.file == self.file) {
            known.stream = self.stream.take();
        }
    }
}
