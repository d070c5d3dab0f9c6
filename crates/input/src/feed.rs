//! A stream with a window in memory.

use std::io::{self, Read};

use memchr::memmem;

/// The number of bytes before the rest that stay in memory.
pub(crate) const LOOK_BEHIND: usize = 256;

/// The bytes per read. Unit tests use a small number, so values often cross chunk boundaries.
const CHUNK: usize = if cfg!(test) { 61 } else { 1 << 18 };

/// The rest of a stream, and some bytes before it.
pub(crate) struct Feed<R> {
    source: R,
    pub buffer: Vec<u8>,
    /// The beginning of the rest in the buffer.
    pub start: usize,
    ended: bool,
}

impl<R: Read> Feed<R> {
    pub const fn new(source: R) -> Self {
        Self { source, buffer: Vec::new(), start: 0, ended: false }
    }

    /// The part of the rest that is in memory.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// The next bytes, at most this many, and whether nothing follows.
    pub fn window(&mut self, length: usize) -> io::Result<(&[u8], bool)> {
        let is_last = !self.fill_to(length)?;
        let rest = self.rest();
        Ok((&rest[..rest.len().min(length)], is_last))
    }

    /// This many bytes before the rest.
    pub fn preceding(&self, length: usize) -> &[u8] {
        &self.buffer[self.start - length..self.start]
    }

    /// The last bytes before the rest, at most `LOOK_BEHIND`.
    pub fn look_behind(&self) -> &[u8] {
        &self.buffer[self.start.saturating_sub(LOOK_BEHIND)..self.start]
    }

    pub fn advance(&mut self, length: usize) {
        self.start = (self.start + length).min(self.buffer.len());
    }

    /// Reads more; false at the end.
    pub fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        // Bytes are moved only once as many are consumed as remain, so the cost per byte is constant.
        let consumed = self.start.saturating_sub(LOOK_BEHIND);
        if consumed >= self.rest().len() {
            self.buffer.drain(..consumed);
            self.start -= consumed;
        }
        // Too little memory is an error. A vector that grows by itself would abort the process.
        self.buffer.try_reserve(CHUNK)?;
        let read = self.source.by_ref().take(CHUNK as u64).read_to_end(&mut self.buffer)?;
        self.ended = read < CHUNK;
        Ok(read > 0)
    }

    /// Reads until the rest has more than this many bytes; false at the end.
    pub fn fill_to(&mut self, length: usize) -> io::Result<bool> {
        while self.rest().len() <= length {
            if !self.fill()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Skips to the position after this pattern, or to the end. Returns true if the pattern was found.
    pub fn skip_past(&mut self, pattern: &[u8]) -> io::Result<bool> {
        loop {
            let rest = self.rest();
            if let Some(found) = memmem::find(rest, pattern) {
                self.start += found + pattern.len();
                return Ok(true);
            }
            // The pattern may cross the chunk boundary.
            self.start += rest.len().saturating_sub(pattern.len() - 1);
            if !self.fill()? {
                self.start = self.buffer.len();
                return Ok(false);
            }
        }
    }
}
