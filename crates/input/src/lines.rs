//! Reads lines of a stream in bounded memory.

use std::io::{self, Read};

use memchr::memchr;

/// Splits a stream into lines.
pub(crate) struct Lines<R> {
    source: R,
    line_end: u8,
    /// The size limit of a line, in bytes.
    longest: usize,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
}

/// A line without its line end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    pub bytes: &'a [u8],
    /// Whether the line was cut off at the limit.
    pub is_cut: bool,
}

impl<R: Read> Lines<R> {
    /// Splits a stream into lines. A longer line is cut off at this many bytes.
    pub const fn new(source: R, line_end: u8, longest: usize) -> Self {
        Self { source, line_end, longest, buffer: Vec::new(), start: 0, ended: false }
    }

    /// The next line, which may be blank; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut seen = 0;
        let (length, is_cut) = loop {
            let rest = &self.buffer[self.start..];
            if let Some(found) = memchr(self.line_end, &rest[seen..]) {
                break (seen + found, false);
            }
            seen = rest.len();
            if seen > self.longest {
                break (self.longest, true);
            }
            if self.ended {
                if rest.is_empty() {
                    return Ok(None);
                }
                break (seen, false);
            }
            self.fill()?;
        };
        let begin = self.start;
        if is_cut {
            self.skip_line(begin + length)?;
        } else {
            self.start = (begin + length + 1).min(self.buffer.len());
        }
        let bytes = &self.buffer[begin..begin + length];
        let is_return = self.line_end != b'\r' && !is_cut;
        let bytes = if is_return { bytes.strip_suffix(b"\r").unwrap_or(bytes) } else { bytes };
        let is_cut = is_cut || length > self.longest;
        Ok(Some(Line { bytes: &bytes[..bytes.len().min(self.longest)], is_cut }))
    }

    /// The next bytes, at most this many, without consuming them.
    pub fn peek(&mut self, length: usize) -> io::Result<&[u8]> {
        while !self.ended && self.buffer.len() - self.start < length {
            self.fill()?;
        }
        let rest = &self.buffer[self.start..];
        Ok(&rest[..rest.len().min(length)])
    }

    /// Consumes this many bytes, or the rest, as a line; `None` at the end.
    pub fn take(&mut self, length: usize) -> io::Result<Option<&[u8]>> {
        let taken = self.peek(length)?.len();
        self.start += taken;
        Ok((taken > 0).then(|| &self.buffer[self.start - taken..self.start]))
    }

    fn fill(&mut self) -> io::Result<()> {
        const CHUNK: u64 = 1 << 16;
        // Bytes are moved only after this much was consumed, so the cost per line is small.
        if self.start >= self.longest.max(1 << 16) || self.start == self.buffer.len() {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let read = self.source.by_ref().take(CHUNK).read_to_end(&mut self.buffer)?;
        self.ended = read == 0;
        Ok(())
    }

    /// Skips the rest of a line, and keeps the bytes before `place` in the buffer.
    fn skip_line(&mut self, place: usize) -> io::Result<()> {
        loop {
            if let Some(found) = memchr(self.line_end, &self.buffer[place..]) {
                self.start = place + found + 1;
                return Ok(());
            }
            self.buffer.truncate(place);
            self.start = place;
            if self.ended {
                return Ok(());
            }
            let read = self.source.by_ref().take(1 << 16).read_to_end(&mut self.buffer)?;
            self.ended = read == 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(bytes: &[u8], longest: usize) -> Vec<(Vec<u8>, bool)> {
        let mut reader = Lines::new(bytes, b'\n', longest);
        let mut lines = Vec::new();
        while let Some(line) = reader.next().expect("from memory") {
            lines.push((line.bytes.to_vec(), line.is_cut));
        }
        lines
    }

    #[test]
    fn lines_come_without_their_ends() {
        let whole = |text: &str| (text.as_bytes().to_vec(), false);
        assert_eq!(
            lines(b"a\r\n\nb\rc\nd", 10),
            [whole("a"), whole(""), whole("b\rc"), whole("d")]
        );
    }

    #[test]
    fn a_line_of_100_mb_is_cut_in_bounded_memory() {
        let long = io::repeat(b'x').take(100_000_000).chain(&b"\nnext\n"[..]);
        let mut reader = Lines::new(long, b'\n', 1000);
        let line = reader.next().expect("readable").expect("a line");
        assert!(line.is_cut && line.bytes.len() == 1000);
        assert!(reader.next().expect("readable").is_some_and(|line| line.bytes == b"next"));
        assert!(reader.next().expect("readable").is_none());
        assert!(reader.buffer.capacity() < 1 << 20);
    }

    proptest! {
        #[test]
        fn lines_are_those_of_the_text(
            pieces in prop::collection::vec(
                prop::sample::select(vec!["a", "bcd", "\n", "\r\n", "0123456789"]), 0..40,
            ),
            longest in 5_usize..40,
        ) {
            let text = pieces.concat();
            let expected: Vec<(Vec<u8>, bool)> = text
                .split_inclusive('\n')
                .map(|line| {
                    let line = line.strip_suffix('\n').unwrap_or(line);
                    let is_cut = line.len() > longest;
                    let line = if is_cut { line } else { line.strip_suffix('\r').unwrap_or(line) };
                    (line.as_bytes()[..line.len().min(longest)].to_vec(), is_cut)
                })
                .collect();
            let found: Vec<_> = lines(text.as_bytes(), longest);
            let plain = |lines: &[(Vec<u8>, bool)]| -> Vec<(Vec<u8>, bool)> {
                let trimmed = |bytes: &Vec<u8>| bytes.strip_suffix(b"\r").unwrap_or(bytes).to_vec();
                lines.iter().map(|(bytes, is_cut)| (trimmed(bytes), *is_cut)).collect()
            };
            prop_assert_eq!(plain(&found), plain(&expected));
        }
    }
}
