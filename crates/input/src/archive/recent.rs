//! The archive that was used last.
//!
//! Each file of an archive is opened on its own, in their order as a rule. So the list of files is kept, and the
//! stream of a compressed tar archive stays where a file in it ends: the next file is read from there, and
//! the archive is not unpacked anew for each.

use std::{
    fs,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use super::{Listing, checked::Exactly};
use crate::{
    error::InputProblem,
    unpack::{MAGIC_LENGTH, Packing},
};

/// The archive that was used last.
static LAST: Mutex<Option<Known>> = Mutex::new(None);

struct Known {
    file: Identity,
    listing: Arc<Listing>,
    /// Of a compressed tar archive.
    stream: Option<Stream>,
}

/// An unpacked stream, and how far it was read.
struct Stream {
    reader: Box<dyn Read + Send>,
    position: u64,
}

/// A file as it was when it was read.
#[derive(Clone, PartialEq)]
struct Identity {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

impl Identity {
    fn of(path: &Path) -> Result<Self, InputProblem> {
        let metadata = fs::metadata(path).map_err(InputProblem::Open)?;
        let path = fs::canonicalize(path).map_err(InputProblem::Open)?;
        Ok(Self { path, length: metadata.len(), modified: metadata.modified().ok() })
    }
}

fn last() -> MutexGuard<'static, Option<Known>> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The files of the archive: as they are known, or as `list` finds them.
pub(super) fn list(
    path: &Path,
    list: impl FnOnce() -> Result<Option<Listing>, InputProblem>,
) -> Result<Option<Arc<Listing>>, InputProblem> {
    let file = Identity::of(path)?;
    if let Some(known) = last().as_ref().filter(|known| known.file == file) {
        return Ok(Some(Arc::clone(&known.listing)));
    }
    let Some(listing) = list()?.map(Arc::new) else { return Ok(None) };
    *last() = Some(Known { file, listing: Arc::clone(&listing), stream: None });
    Ok(Some(listing))
}

/// The file of this size from this byte of the unpacked archive on.
pub(super) fn open(
    path: &Path,
    start: u64,
    size: u64,
) -> Result<Box<dyn Read + Send>, InputProblem> {
    let file = Identity::of(path)?;
    let left =
        last().as_mut().filter(|known| known.file == file).and_then(|known| known.stream.take());
    let mut stream = match left.filter(|stream| stream.position <= start) {
        Some(stream) => stream,
        None => Stream { reader: unpacked(path)?, position: 0 },
    };
    let wanted = start - stream.position;
    let skipped = io::copy(&mut stream.by_ref().take(wanted), &mut io::sink())?;
    if skipped < wanted {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok(Box::new(Exactly::new(Lent { file, stream: Some(stream) }, size)))
}

fn unpacked(path: &Path) -> Result<Box<dyn Read + Send>, InputProblem> {
    let mut file = fs::File::open(path).map_err(InputProblem::Open)?;
    let mut magic = Vec::new();
    file.by_ref().take(MAGIC_LENGTH as u64).read_to_end(&mut magic)?;
    let packing = Packing::of(&magic).ok_or(InputProblem::Missing)?;
    let whole = io::Cursor::new(magic).chain(file);
    Ok(packing.unpack(BufReader::with_capacity(1 << 17, whole)))
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

/// A stream that goes back to the archive that is known when it is no longer read.
struct Lent {
    file: Identity,
    stream: Option<Stream>,
}

impl Read for Lent {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(stream) = &mut self.stream else { return Ok(0) };
        let outcome = stream.read(buffer);
        // A stream that failed is of no more use.
        if outcome.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted) {
            self.stream = None;
        }
        outcome
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut last = last();
        if let Some(known) = last.as_mut().filter(|known| known.file == self.file) {
            known.stream = self.stream.take();
        }
    }
}
