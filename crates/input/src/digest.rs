//! The SHA-256 of a file, computed while the file is read.

use std::{
    io::{self, Read},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The hash and size of a file as it is on disk, compressed or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileDigest {
    /// The SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// The size of the file in bytes.
    pub bytes: u64,
}

/// A reader that hashes all bytes it returns. Clones share one position and one hash.
#[derive(Clone)]
pub struct HashingReader(Arc<Mutex<HashState>>);

struct HashState {
    source: Box<dyn Read + Send>,
    hasher: Sha256,
    bytes: u64,
}

impl HashingReader {
    /// Returns the reader unchanged, or a hashing reader and a handle that computes the digest.
    pub(crate) fn optional(
        source: Box<dyn Read + Send>,
        is_requested: bool,
    ) -> (Box<dyn Read + Send>, Option<Self>) {
        if !is_requested {
            return (source, None);
        }
        let state = HashState { source, hasher: Sha256::new(), bytes: 0 };
        let hashed = Self(Arc::new(Mutex::new(state)));
        (Box::new(hashed.clone()), Some(hashed))
    }

    /// The digest of the whole file. Reads the rest of the file first.
    ///
    /// # Errors
    ///
    /// If the rest of the file cannot be read.
    pub fn finish(&self) -> io::Result<FileDigest> {
        let mut state = self.state();
        io::copy(&mut *state, &mut io::sink())?;
        let sha256 = hex::encode(state.hasher.clone().finalize());
        Ok(FileDigest { sha256, bytes: state.bytes })
    }

    fn state(&self) -> MutexGuard<'_, HashState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for HashingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.state().read(buffer)
    }
}

impl Read for HashState {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        self.bytes += u64::try_from(read).unwrap_or(u64::MAX);
        if read == 0 && !buffer.is_empty() {
            // A terminal would wait for a second end of input. The file also need not stay open.
            self.source = Box::new(io::empty());
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_covers_the_whole_file() {
        // FIPS 180-2, appendix B.1.
        const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for length in 0..=3 {
            let (mut reader, hashed) = HashingReader::optional(Box::new(&b"abc"[..]), true);
            let mut start = vec![0; length];
            reader.read_exact(&mut start).expect("from memory");
            assert_eq!(start, b"abc"[..length]);
            let digest = hashed.expect("it was asked for").finish().expect("from memory");
            assert_eq!((&*digest.sha256, digest.bytes), (OF_ABC, 3));
        }
    }

    #[test]
    fn no_hash_is_computed_without_a_request() {
        assert!(HashingReader::optional(Box::new(io::empty()), false).1.is_none());
    }
}
