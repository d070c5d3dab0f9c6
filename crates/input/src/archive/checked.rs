//! Readers that verify the size and the checksum in an archive.

use std::io::{self, ErrorKind, Read};

use flate2::Crc;

/// A reader of an exact number of bytes. Fewer bytes are an error.
pub(super) struct ExactReader<R> {
    reader: R,
    left: u64,
}

impl<R: Read> ExactReader<R> {
    pub const fn new(reader: R, size: u64) -> Self {
        Self { reader, left: size }
    }
}

impl<R: Read> Read for ExactReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.reader.read(&mut buffer[..most])?;
        if read == 0 && most > 0 {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "the archive is cut off"));
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// A reader that verifies the size and the checksum at the end.
pub(super) struct ChecksumReader<R> {
    reader: R,
    left: u64,
    crc: Crc,
    expected: u32,
}

impl<R: Read> ChecksumReader<R> {
    pub fn new(reader: R, size: u64, crc: u32) -> Self {
        Self { reader, left: size, crc: Crc::new(), expected: crc }
    }
}

impl<R: Read> Read for ChecksumReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wrong = |reason| Err(io::Error::new(ErrorKind::InvalidData, reason));
        let read = self.reader.read(buffer)?;
        self.crc.update(&buffer[..read]);
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => return wrong("the file is longer than the archive states"),
        }
        if read > 0 || buffer.is_empty() {
            return Ok(read);
        }
        if self.left > 0 {
            return wrong("the file is shorter than the archive states");
        }
        if self.crc.sum() != self.expected {
            return wrong("the file's checksum in the archive does not match");
        }
        Ok(0)
    }
}
