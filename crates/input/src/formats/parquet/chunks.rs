//! The bytes of a Parquet file, for several threads at once.

use std::{
    fs::File,
    io::{self, ErrorKind, Read},
    sync::Arc,
};

use bytes::Bytes;
use parquet::{
    errors::{ParquetError, Result},
    file::reader::{ChunkReader, Length},
};

/// A file or memory. Nothing beyond its length is read, and memory is taken only for bytes that are there.
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
    pub fn of_file(file: File, length: u64) -> Self {
        Self { source: Source::File(Arc::new(file)), length }
    }

    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        let length = bytes.len() as u64;
        Self { source: Source::Memory(bytes.into()), length }
    }
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Chunks {
    type T = io::BufReader<From>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(io::BufReader::new(From { chunks: self.clone(), position: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let end = start.checked_add(length as u64).filter(|&end| end <= self.length);
        if end.is_none() {
            return Err(ParquetError::EOF("beyond the end of the file".to_owned()));
        }
        match &self.source {
            Source::File(file) => {
                let mut bytes = vec![0; length];
                let mut filled = 0;
                while filled < length {
                    match read_at(file, &mut bytes[filled..], start + filled as u64)? {
                        0 => return Err(io::Error::from(ErrorKind::UnexpectedEof).into()),
                        count => filled += count,
                    }
                }
                Ok(bytes.into())
            }
            Source::Memory(bytes) => {
                let start = usize::try_from(start).unwrap_or(usize::MAX);
                Ok(bytes.slice(start..start + length))
            }
        }
    }
}

/// Reads on from a place.
pub(super) struct From {
    chunks: Chunks,
    position: u64,
}

impl Read for From {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &self.chunks.source {
            Source::File(file) => read_at(file, buffer, self.position)?,
            Source::Memory(bytes) => {
                let start = usize::try_from(self.position).unwrap_or(usize::MAX).min(bytes.len());
                let rest = &bytes[start..];
                let count = rest.len().min(buffer.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                count
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
