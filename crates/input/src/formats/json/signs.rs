//! Finds the next record after a malformed one.

use memchr::{memchr, memchr2, memrchr};

use crate::feed::LOOK_BEHIND;

/// The number of bytes after a bracket that decide whether it begins a record. Before it, those that the feed
/// keeps decide.
pub(super) const LOOK_AHEAD: usize = 256;

/// The signs that a record begins.
pub(super) struct RecordSigns<'a> {
    pub opening: u8,
    pub is_scalar: bool,
    /// The first key of other records; empty if unknown.
    pub first_key: &'a [u8],
    /// Whether a record is the member of an object.
    pub is_member: bool,
    /// The white space before a record, if it begins a line.
    pub indentation: Option<Vec<u8>>,
}

impl RecordSigns<'_> {
    /// The position where a record, or its key, seems to begin. The error is the position where the search
    /// ended.
    pub fn find(&self, bytes: &[u8], start: usize, is_all: bool) -> Result<usize, usize> {
        let last = bytes.len() - if is_all { 0 } else { LOOK_AHEAD + self.first_key.len() };
        let mut at = start;
        while at < last {
            let found = if self.is_scalar {
                memchr2(b'\n', b',', &bytes[at..last]).map(|found| found + 1)
            } else {
                memchr(self.opening, &bytes[at..last])
            };
            let Some(found) = found else { return Err(last) };
            let place = at + found;
            let preceding = &bytes[place.saturating_sub(LOOK_BEHIND)..place];
            if self.is_scalar {
                return Ok(place);
            }
            if self.begins(preceding, &bytes[place + 1..]) {
                if !self.is_member {
                    return Ok(place);
                }
                if let Some(length) = length_of_key(preceding) {
                    // This excludes the key of the malformed record itself.
                    if place - length >= start {
                        return Ok(place - length);
                    }
                }
            }
            at = place + 1;
        }
        Err(last.max(start))
    }

    /// Whether the bracket between these bytes seems to begin a record.
    fn begins(&self, preceding: &[u8], ahead: &[u8]) -> bool {
        if !self.first_key.is_empty() && ahead.trim_ascii_start().starts_with(self.first_key) {
            return true;
        }
        if let Some(indentation) = &self.indentation {
            return indentation_of(preceding, self.is_member)
                .is_some_and(|found| found == &indentation[..]);
        }
        let before = if self.is_member { without_key(preceding) } else { preceding };
        let before = before.trim_ascii_end();
        let before = before.strip_suffix(b",").unwrap_or(before).trim_ascii_end();
        before.ends_with(b"}") || before.ends_with(b"]")
    }
}

fn without_key(preceding: &[u8]) -> &[u8] {
    &preceding[..preceding.len() - length_of_key(preceding).unwrap_or(0)]
}

/// The length of a key and its colon at the end of these bytes.
fn length_of_key(preceding: &[u8]) -> Option<usize> {
    let key =
        preceding.trim_ascii_end().strip_suffix(b":")?.trim_ascii_end().strip_suffix(b"\"")?;
    let begin = memrchr(b'"', key)?;
    (!key[..begin].ends_with(b"\\")).then_some(preceding.len() - begin)
}

/// The indentation at the end of these bytes. In an object, the key follows the indentation.
pub(super) fn indentation_of(preceding: &[u8], is_member: bool) -> Option<&[u8]> {
    let preceding = if is_member { without_key(preceding) } else { preceding };
    let indentation = &preceding[memrchr(b'\n', preceding)? + 1..];
    indentation.iter().all(u8::is_ascii_whitespace).then_some(indentation)
}
