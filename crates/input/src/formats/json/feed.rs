//! A stream with a window in memory.

use std::io::{self, Read};

use super::signs::LOOK_BEHIND;

/// The bytes per read. Tests use a small number, so values often cross chunk boundaries.
const CHUNK: usize = if cfg!(test) { 61 } else { 1 << 18 };

/// The rest of a stream, and some bytes before it.
pub(super) struct Feed<R> {
    source: R,
    buffer: Vec<u8>,
    /// The beginning of the rest in the buffer.
    pub start: usize,
    ended: bool,
}

impl<R: Read> Feed<R> {
    pub const fn new(source: R) -> Self {
        Self { source, buffer: Vec::new(), start: 0, ended: false }
    }

    pub fn buffer(&self) -> &[u8] {
        &self.buffer
    }

    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// This many bytes before the rest.
    pub fn preceding(&self, length: usize) -> &[u8] {
        &self.buffer[self.start - length..self.start]
    }

    pub fn advance(&mut self, length: usize) {
        self.start = (self.start + length).min(self.buffer.len());
    }

    /// The last bytes before the rest, at most `LOOK_BEHIND`.
    pub fn look_behind(&self) -> &[u8] {
        &self.buffer[self.start.saturating_sub(LOOK_BEHIND)..self.start]
    }

    /// Reads more; false at the end.
    pub fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let consumed = self.start.saturating_sub(LOOK_BEHIND);
        self.buffer.drain(..consumed);
        self.start -= consumed;
        self.buffer.reserve(CHUNK);
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
}
