//! A stream with a window in memory.

use std::io::{self, Read};

use memchr::memmem;

/// The number of bytes per read, in addition to the window.
const CHUNK: usize = 1 << 20;

/// The rest of a stream.
pub(super) struct Feed<R> {
    source: R,
    /// The size of the look-ahead, in bytes. It is shorter only at the end.
    window: usize,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
}

impl<R: Read> Feed<R> {
    pub fn new(source: R, window: usize) -> Self {
        Self { source, window, buffer: Vec::new(), start: 0, ended: false }
    }

    /// The next bytes: a whole window, or all that remain.
    pub fn window(&mut self) -> io::Result<&[u8]> {
        if !self.ended && self.buffer.len() - self.start < self.window {
            self.buffer.drain(..self.start);
            self.start = 0;
            let missing = self.window + CHUNK - self.buffer.len();
            self.buffer.reserve_exact(missing);
            let read = self.source.by_ref().take(missing as u64).read_to_end(&mut self.buffer)?;
            self.ended = read < missing;
        }
        Ok(&self.buffer[self.start..])
    }

    /// The same as [`window`](Self::window), and whether nothing follows.
    pub fn window_and_end(&mut self) -> io::Result<(&[u8], bool)> {
        self.window()?;
        let rest = &self.buffer[self.start..];
        let length = rest.len().min(self.window);
        Ok((&rest[..length], self.ended && length == rest.len()))
    }

    pub fn advance(&mut self, length: usize) {
        self.start = (self.start + length).min(self.buffer.len());
    }

    /// Skips to the position after this pattern, or to the end. Returns true if the pattern was found.
    pub fn skip_past(&mut self, pattern: &[u8]) -> io::Result<bool> {
        loop {
            self.window()?;
            let rest = &self.buffer[self.start..];
            if let Some(found) = memmem::find(rest, pattern) {
                self.advance(found + pattern.len());
                return Ok(true);
            }
            let length = rest.len();
            if self.ended {
                self.advance(length);
                return Ok(false);
            }
            self.advance(length.saturating_sub(pattern.len() - 1).max(1));
        }
    }
}
