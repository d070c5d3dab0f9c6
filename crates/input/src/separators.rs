//! Delimiters of several characters, and marks before line ends.
//!
//! The grammar splits delimited text at one byte. So a reader replaces a delimiter of several bytes with one
//! byte, and drops a mark before the line end.

use std::{
    collections::BTreeSet,
    io::{self, Read},
    ops::RangeInclusive,
};

use memchr::memmem;

use crate::{charset::Charset, delimiter::Delimiter, feed::Feed, sniff};

/// The byte that replaces a delimiter of several bytes: the unit separator of ASCII.
pub(crate) const STAND_IN: u8 = 0x1F;

/// The byte that replaces the stand-in byte where it occurs in the text: another ASCII separator.
const NOT_STAND_IN: u8 = 0x1C;

/// Delimiters that are always tried, in addition to single bytes. Runs of punctuation marks in the file are
/// tried as well.
const DETECTED: [&str; 28] = [
    "+|", "||", "|~|", "~|~", "~|", "|;|", ";|;", "|,|", ",|,", "|+|", "+|+", "^|^", "|^|", "#|#",
    "|#|", "$|$", "&|&", "<|>", "\t|\t", ";;", "::", "##", "^^", "~~", "¦", "§", "\u{1F}", "\u{1}",
];

/// The separators of a file, unless they are only a single-byte delimiter and a line end.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Separators {
    /// The delimiter in the file.
    pub written: Option<Delimiter>,
    delimiter: Vec<u8>,
    /// The mark before each line end, such as `&|` in bulk files of SQL Server.
    row_end: Vec<u8>,
    /// The quotation mark, if it is not the usual one.
    quote: Vec<u8>,
}

impl Separators {
    /// The separators of a file with this delimiter.
    pub fn new(
        delimiter: Option<Delimiter>,
        sample: &[u8],
        line_end: u8,
        charset: Charset,
        has_header: bool,
    ) -> Option<Self> {
        let bytes = delimiter.and_then(|delimiter| charset.encode(delimiter.text()));
        let bytes = bytes.unwrap_or_default();
        // In DIN 66003, the characters of such marks are letters.
        let has_marks = charset != Charset::DIN_66003;
        let row_end = if has_marks {
            row_end(&lines(sample, line_end), &bytes, !has_header)
        } else {
            Vec::new()
        };
        let written = delimiter.filter(|delimiter| delimiter.byte().is_none());
        let delimiter = if written.is_some() { bytes } else { Vec::new() };
        let separators = Self { written, delimiter, row_end, quote: Vec::new() };
        (separators != Self::default()).then_some(separators)
    }

    /// The separators of a Concordance file: `þ` as the quotation mark, and the control character 0x14 as the
    /// delimiter.
    pub fn of_concordance(sample: &[u8], charset: Charset) -> Option<Self> {
        let quote = charset.encode("þ")?;
        let between = [&quote[..], b"\x14", &quote].concat();
        let first = sample.split(|&byte| byte == b'\n').next()?;
        let is_concordance = first.starts_with(&quote) && memmem::find(first, &between).is_some();
        let (delimiter, row_end) = (b"\x14".to_vec(), Vec::new());
        is_concordance.then(|| Self { written: Delimiter::new("\x14"), delimiter, row_end, quote })
    }

    /// The mark before line ends, for a message; empty if there is none.
    pub fn row_end_note(&self) -> String {
        if self.row_end.is_empty() {
            return String::new();
        }
        format!(", '{}' before line ends", self.row_end.escape_ascii())
    }

    /// Rewrites the text with one byte for each delimiter and without marks before line ends.
    pub fn rewriting<R: Read>(self, source: R) -> Rewriting<R> {
        let mut may_begin_separator = [false; 256];
        for needle in [&self.delimiter, &self.row_end, &self.quote] {
            needle
                .first()
                .into_iter()
                .for_each(|&byte| may_begin_separator[usize::from(byte)] = true);
        }
        may_begin_separator[usize::from(STAND_IN)] |= self.written.is_some();
        may_begin_separator[usize::from(b'"')] |= !self.quote.is_empty();
        Rewriting {
            feed: Feed::new(source),
            separators: self,
            may_begin_separator,
            text: Vec::new(),
            returned: 0,
        }
    }

    /// The number of bytes that must be visible to recognise a separator: a mark with its line end, or a
    /// delimiter with another delimiter after it.
    fn longest(&self) -> usize {
        (self.delimiter.len() * 2).max(self.row_end.len() + 2).max(self.quote.len())
    }

    /// The replacement for the separator at the start of a text, and the length of the separator.
    fn replacement(&self, rest: &[u8]) -> (&'static [u8], usize) {
        let begins_with = |needle: &[u8]| !needle.is_empty() && rest.starts_with(needle);
        if begins_with(&self.row_end) {
            let after = &rest[self.row_end.len()..];
            if matches!(after, [] | [b'\n', ..] | [b'\r'] | [b'\r', b'\n', ..]) {
                return (b"", self.row_end.len());
            }
        }
        if begins_with(&self.delimiter) {
            let length = self.delimiter.len();
            let is_at = |start: usize| rest[start..].starts_with(&self.delimiter);
            // In `a|||b`, the extra character could belong to either field. A control character makes the second
            // field unusable.
            let is_doubtful = !is_at(length) && (1..length).any(is_at);
            return (if is_doubtful { &[STAND_IN, NOT_STAND_IN] } else { &[STAND_IN] }, length);
        }
        if begins_with(&self.quote) {
            return (b"\"", self.quote.len());
        }
        match rest[0] {
            STAND_IN if self.written.is_some() => (&[NOT_STAND_IN], 1),
            b'"' if !self.quote.is_empty() => (b"\"\"", 1),
            _ => (b"", 0),
        }
    }
}

/// The delimiter, of several characters or beyond ASCII, that splits the rows better than any single byte.
pub(crate) fn detected(sample: &[u8], line_end: u8, charset: Charset) -> Option<Delimiter> {
    let mut lines = lines(sample, line_end);
    let mark = row_end(&lines, b"", false);
    lines.iter_mut().for_each(|line| *line = &line[..line.len() - mark.len()]);
    let candidates = DETECTED.iter().map(|text| (*text).to_owned()).chain(runs(&lines));
    let single = sniff::delimiter(sample, line_end, |_| true);
    let found = candidates.filter_map(|text| {
        let needle = charset.encode(&text)?;
        let finder = memmem::Finder::new(&needle);
        // Titles may precede the rows.
        let rows = lines.iter().skip_while(|line| finder.find(line).is_none());
        let counts = rows.clone().map(|line| finder.find_iter(line).count());
        let first = counts.clone().next()?;
        let alike = counts.clone().filter(|&count| count == first).count();
        let usual = Delimiter::DETECTED.map(|usual| usual.byte().unwrap_or_default());
        // Whether the usual single-byte delimiters that this one contains occur only as parts of it. This is
        // required in the first row. In other rows they may be part of values, if this delimiter splits the
        // rows at least as well.
        let is_whole = |(line, matches): &(&&[u8], usize)| {
            let count_of = |bytes: &[u8], byte: u8| memchr::memchr_iter(byte, bytes).count();
            let mut parts = usual.iter().filter(|byte| needle.contains(byte));
            parts.all(|&byte| count_of(line, byte) == count_of(&needle, byte) * matches)
        };
        let total = counts.clone().count();
        let is_first_whole =
            rows.clone().zip(counts.clone()).next().is_some_and(|item| is_whole(&item));
        let whole = rows.zip(counts).filter(is_whole).count();
        let is_mostly_whole = whole * 10 >= total * 9;
        let is_better = single.is_none_or(|(other, delimiter)| {
            let fit = (alike * 100 / total, first + 1);
            let has_part = text.contains(delimiter.text());
            fit > other || has_part && (is_mostly_whole || fit == other)
        });
        let titles = lines.len() - total;
        let is_part = |byte: &u8| usual.contains(byte) && needle.contains(byte);
        let has_rows =
            titles < total && !lines[..titles].iter().any(|line| line.iter().any(&is_part));
        let is_fitting = has_rows && is_first_whole && alike * 10 >= total * 9 && is_better;
        is_fitting.then_some((alike, needle.len(), text))
    });
    let (.., text) = found.max()?;
    Delimiter::new(&text)
}

/// Runs of punctuation marks in the first lines that may be delimiters. Usual values do not begin or end with
/// these marks.
fn runs(lines: &[&[u8]]) -> BTreeSet<String> {
    const MAX_LINES: usize = 30;
    const LENGTHS: RangeInclusive<usize> = 2..=4;
    let is_mark = |byte: &u8| b"|~^;,:$&\t".contains(byte);
    let runs = lines.iter().take(MAX_LINES).flat_map(|line| line.split(|byte| !is_mark(byte)));
    let runs = runs.filter(|run| LENGTHS.contains(&run.len()));
    runs.map(|run| String::from_utf8_lossy(run).into_owned()).take(1 << 10).collect()
}

/// The first lines that are not blank, without their ends.
fn lines(sample: &[u8], line_end: u8) -> Vec<&[u8]> {
    const MAX_COUNT: usize = 100;
    let prefix = &sample[..sample.len().min(1 << 17)];
    let whole = match memchr::memrchr(line_end, prefix) {
        Some(end) if prefix.len() < sample.len() => &prefix[..end],
        _ => prefix,
    };
    let lines = whole.split(|&byte| byte == line_end);
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.filter(|line| !line.trim_ascii().is_empty()).take(MAX_COUNT).collect()
}

/// The ending that all lines share, other than a delimiter. It has at least two characters, since a single one
/// may be part of the values. `may_be_masks`: signs at its start that mask the values do not count, as in
/// `451**`. A header has no such signs.
fn row_end(lines: &[&[u8]], delimiter: &[u8], may_be_masks: bool) -> Vec<u8> {
    let [first, others @ ..] = lines else { return Vec::new() };
    if others.is_empty() {
        return Vec::new();
    }
    let is_mark = |byte: &&u8| b"&|~^$#@%*+!".contains(byte);
    let of_first = first.iter().rev().take_while(is_mark).count();
    let common = others.iter().fold(of_first, |common, line| {
        let alike = line.iter().rev().zip(first.iter().rev()).take_while(|(a, b)| a == b);
        common.min(alike.count())
    });
    let mut mark = &first[first.len() - common..];
    // The last fields may be empty.
    loop {
        mark = match mark {
            _ if !delimiter.is_empty() && mark.starts_with(delimiter) => &mark[delimiter.len()..],
            [b'#' | b'*', rest @ ..] if may_be_masks => rest,
            _ => break,
        };
    }
    if mark.len() < 2 { Vec::new() } else { mark.to_vec() }
}

/// A reader that replaces the separators of its source.
pub(crate) struct Rewriting<R> {
    feed: Feed<R>,
    separators: Separators,
    /// The bytes that may begin a separator or need a replacement.
    may_begin_separator: [bool; 256],
    text: Vec<u8>,
    returned: usize,
}

impl<R: Read> Rewriting<R> {
    /// Rewrites the next chunk; false at the end.
    fn refill(&mut self) -> io::Result<bool> {
        let has_more = self.feed.fill()?;
        self.text.clear();
        self.returned = 0;
        // A separator near the end may continue in the next chunk.
        let margin = if has_more { self.separators.longest() } else { 0 };
        let raw = self.feed.rest();
        let end = raw.len().saturating_sub(margin);
        let mut position = 0;
        while position < end {
            let plain = raw[position..end].iter();
            let plain =
                plain.take_while(|&&byte| !self.may_begin_separator[usize::from(byte)]).count();
            self.text.extend_from_slice(&raw[position..position + plain]);
            position += plain;
            if position == end {
                break;
            }
            let (replacement, length) = self.separators.replacement(&raw[position..]);
            if length == 0 {
                self.text.push(raw[position]);
                position += 1;
            } else {
                self.text.extend_from_slice(replacement);
                position += length;
            }
        }
        self.feed.advance(position);
        Ok(has_more || position > 0)
    }
}

impl<R: Read> Read for Rewriting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.returned == self.text.len() && self.refill()? {}
        let length = (&self.text[self.returned..]).read(buffer)?;
        self.returned += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests;
