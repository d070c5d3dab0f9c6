//! Random access to the bytes of a file, from several threads.

use std::{
    cell::Cell,
    fs::{self, File},
    io::{self, Read},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use bytes::Bytes;
use parquet::{
    errors::ParquetError,
    file::reader::{ChunkReader, Length},
};

use crate::{error::InputProblem, options::Options};

/// The size limit of a file in memory, in bytes.
const LARGEST_IN_MEMORY: u64 = 1 << 30;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is running a decoder whose panics become errors.
pub(super) fn is_guarded() -> bool {
    IS_GUARDED.get()
}

/// Runs a decoder. Turns a panic into an error, since damaged data can cause panics.
pub(super) fn guarded<T>(
    decode: impl FnOnce() -> Result<T, InputProblem>,
    damaged: fn() -> InputProblem,
) -> Result<T, InputProblem> {
    let before = IS_GUARDED.replace(true);
    let decoded = catch_unwind(AssertUnwindSafe(decode));
    IS_GUARDED.set(before);
    decoded.unwrap_or_else(|_| Err(damaged()))
}

/// A file, or bytes in memory. Reads never go beyond its length, and never allocate more than the bytes that
/// exist.
#[derive(Clone)]
pub(super) struct Chunks {
    source: Source,
    length: u64,
}

#[derive(Clone)]
enum Source {
    File(Arc<File>),
    Memory(Bytes),
}

impl Chunks {
    /// Opens a plain file directly, and copies any other input into memory. `too_large` describes an input that
    /// is too large to copy.
    pub fn open(
        source: impl Read,
        file: Option<&Path>,
        too_large: &'static str,
        options: &Options,
    ) -> Result<Self, InputProblem> {
        if let Some(path) = file {
            let length = fs::metadata(path).map_err(InputProblem::Open)?.len();
            if let Some(limit) = options.max_bytes.filter(|limit| length > limit.0) {
                return Err(InputProblem::TooLong(limit));
            }
            let file = File::open(path).map_err(InputProblem::Open)?;
            return Ok(Self { source: Source::File(Arc::new(file)), length });
        }
        let mut bytes = Vec::new();
        source.take(LARGEST_IN_MEMORY + 1).read_to_end(&mut bytes)?;
        let length = bytes.len() as u64;
        if length > LARGEST_IN_MEMORY {
            return Err(InputProblem::Refused(too_large, "unpack it, and give its file"));
        }
        Ok(Self { source: Source::Memory(bytes.into()), length })
    }

    pub const fn length(&self) -> u64 {
        self.length
    }

    /// This many bytes from `start` on; `None` if the file does not contain them all.
    pub fn bytes(&self, start: u64, length: usize) -> io::Result<Option<Bytes>> {
        let end = start.checked_add(length as u64).filter(|&end| end <= self.length);
        if end.is_none() {
            return Ok(None);
        }
        match &self.source {
            Source::File(file) => {
                // The file itself states this length. Without `try_reserve_exact`, too little memory would end the
                // process.
                let mut bytes = Vec::new();
                let room = bytes.try_reserve_exact(length);
                room.map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
                bytes.resize(length, 0);
                let mut filled = 0;
                while filled < length {
                    match read_at(file, &mut bytes[filled..], start + filled as u64)? {
                        0 => return Ok(None),
                        count => filled += count,
                    }
                }
                Ok(Some(bytes.into()))
            }
            Source::Memory(bytes) => {
                let start = usize::try_from(start).unwrap_or(usize::MAX);
                Ok(Some(bytes.slice(start..start + length)))
            }
        }
    }
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Chunks {
    type T = io::BufReader<SequentialReader>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(io::BufReader::new(SequentialReader { chunks: self.clone(), position: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let beyond = || ParquetError::EOF("beyond the end of the file".to_owned());
        self.bytes(start, length)?.ok_or_else(beyond)
    }
}

/// Reads sequentially from a position.
pub(super) struct SequentialReader {
    chunks: Chunks,
    position: u64,
}

impl Read for SequentialReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &self.chunks.source {
            Source::File(file) => read_at(file, buffer, self.position)?,
            Source::Memory(bytes) => {
                let start = usize::try_from(self.position).unwrap_or(usize::MAX).min(bytes.len());
                (&bytes[start..]).read(buffer)?
            }
        };
        self.position += count as u64;
        Ok(count)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], place: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, place)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], place: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, place)
}
