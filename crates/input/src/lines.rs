//! Reads lines of a stream in bounded memory.

use std::io::{self, Read};

use memchr::memchr;

use crate::feed::Feed;

/// Splits a stream into lines.
pub(crate) struct Lines<R> {
    feed: Feed<R>,
    line_end: u8,
    /// The size limit of a line, in bytes.
    longest: usize,
    /// Whether the rest of the current line was cut off.
    skipping: bool,
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
        Self { feed: Feed::new(source), line_end, longest, skipping: false }
    }

    /// The next line, which may be blank; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        if self.skipping {
            self.feed.skip_past(&[self.line_end])?;
        }
        let mut seen = 0;
        let (length, is_cut) = loop {
            let rest = self.feed.rest();
            if let Some(found) = memchr(self.line_end, &rest[seen..]) {
                break (seen + found, false);
            }
            seen = rest.len();
            if seen > self.longest {
                break (self.longest, true);
            }
            if !self.feed.fill()? {
                if seen == 0 {
                    return Ok(None);
                }
                break (seen, false);
            }
        };
        let begin = self.feed.start;
        self.feed.advance(length + usize::from(!is_cut));
        self.skipping = is_cut;
        let bytes = &self.feed.buffer[begin..begin + length];
        let is_return = self.line_end != b'\r' && !is_cut;
        let bytes = if is_return { bytes.strip_suffix(b"\r").unwrap_or(bytes) } else { bytes };
        let is_cut = is_cut || length > self.longest;
        Ok(Some(Line { bytes: &bytes[..bytes.len().min(self.longest)], is_cut }))
    }

    /// The next bytes, at most this many, without consuming them.
    pub fn peek(&mut self, length: usize) -> io::Result<&[u8]> {
        Ok(self.feed.window(length)?.0)
    }

    /// Consumes this many bytes, or the rest, as a line; `None` at the end.
    pub fn take(&mut self, length: usize) -> io::Result<Option<&[u8]>> {
        let taken = self.peek(length)?.len();
        self.feed.advance(taken);
        Ok((taken > 0).then(|| self.feed.preceding(taken)))
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
        assert!(reader.feed.buffer.capacity() < 1 << 20);
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
