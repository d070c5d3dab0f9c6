//! Finds the end of one JSON value without parsing it into memory.

use std::ops::Range;

use memchr::memchr3;

/// The number of levels at which the kind of a bracket is checked. Deeper brackets are only counted.
const MAX_LEVELS: u32 = 128;

/// The state of a scan for the end of a value. The scan can continue when more bytes are available.
///
/// It checks the grammar of RFC 8259 between tokens, so it finds a fault where it is and not at the end of
/// the file. The parser checks escapes and numbers.
#[derive(Default)]
pub(super) struct Value {
    /// The number of scanned bytes of the value that the caller still holds.
    at: usize,
    /// The position of the last token.
    token: usize,
    /// The position of the token before it.
    previous: usize,
    within: ScanState,
    expected: Expected,
    /// One bit for each open bracket, the innermost in the lowest bit: 1 for an object, 0 for an array.
    kinds: u128,
    levels: u32,
    /// The number of open brackets at deeper levels.
    deeper: u64,
    first_key: Option<Range<usize>>,
    has_line_end: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum ScanState {
    #[default]
    Nothing,
    String,
    Scalar,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Expected {
    #[default]
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    /// Too deep to check.
    Anything,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The value ends before this byte.
    End(usize),
    /// More bytes are needed.
    More,
    /// The value is malformed. The last valid token begins at this byte. The bytes from there on may belong
    /// to the next value, since the end of a string may be missing.
    Fault(usize),
}

impl Value {
    /// Continues the scan. The bytes must begin with the value, less the bytes that [`forget`](Self::forget) dropped.
    pub fn scan(&mut self, bytes: &[u8]) -> Outcome {
        loop {
            match self.within {
                ScanState::Nothing => {}
                ScanState::String => {
                    if let Some(outcome) = self.string(bytes) {
                        return outcome;
                    }
                }
                ScanState::Scalar => {
                    let rest = bytes[self.at..].iter();
                    self.at += rest.take_while(|byte| is_of_scalar(**byte)).count();
                    if self.at == bytes.len() {
                        return Outcome::More;
                    }
                    self.within = ScanState::Nothing;
                    if self.end_value() {
                        return Outcome::End(self.at);
                    }
                }
            }
            let Some(&byte) = bytes.get(self.at) else { return Outcome::More };
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => {
                    self.has_line_end |= byte == b'\n';
                    self.at += 1;
                    let rest = bytes[self.at..].iter();
                    self.at += rest.take_while(|&&byte| byte == b' ').count();
                    continue;
                }
                _ => {
                    self.previous = self.token;
                    self.token = self.at;
                }
            }
            if !self.take(byte) {
                return Outcome::Fault(self.previous);
            }
            if self.levels == 0 && self.within == ScanState::Nothing {
                return Outcome::End(self.at);
            }
        }
    }

    /// Whether the value is complete if no byte follows.
    pub fn is_complete(&self) -> bool {
        self.levels == 0 && self.within == ScanState::Scalar
    }

    /// The first key of an object, with its quotation marks.
    pub const fn first_key(&self) -> Option<&Range<usize>> {
        self.first_key.as_ref()
    }

    /// Whether a line ends within the value.
    pub const fn has_line_end(&self) -> bool {
        self.has_line_end
    }

    /// The position of the last token. It may be incomplete.
    pub const fn token(&self) -> usize {
        self.token
    }

    /// The number of scanned bytes that are no longer needed.
    pub const fn scanned(&self) -> usize {
        self.at
    }

    /// Subtracts this many scanned bytes, which the caller drops.
    pub fn forget(&mut self, length: usize) {
        self.at -= length;
        self.token = self.token.saturating_sub(length);
        self.previous = self.previous.saturating_sub(length);
        self.first_key = None;
    }

    /// Continues within a string. `None` if the string ends and the value goes on.
    fn string(&mut self, bytes: &[u8]) -> Option<Outcome> {
        loop {
            let Some(found) = memchr3(b'"', b'\\', b'\n', &bytes[self.at..]) else {
                self.at = bytes.len();
                return Some(Outcome::More);
            };
            let place = self.at + found;
            match bytes[place] {
                b'"' => {
                    self.at = place + 1;
                    self.within = ScanState::Nothing;
                    return self.end_string().then_some(Outcome::End(self.at));
                }
                b'\\' if place + 1 == bytes.len() => {
                    self.at = place;
                    return Some(Outcome::More);
                }
                b'\\' => self.at = place + 2,
                // A string never contains a line end, so the closing quotation mark is missing.
                _ => return Some(Outcome::Fault(self.token)),
            }
        }
    }

    /// Handles the end of a string. Returns true if the value also ends.
    fn end_string(&mut self) -> bool {
        match self.expected {
            Expected::Key | Expected::KeyOrEnd => {
                if self.levels == 1 && self.first_key.is_none() {
                    self.first_key = Some(self.token..self.at);
                }
                self.expected = Expected::Colon;
                false
            }
            Expected::Anything => false,
            _ => self.end_value(),
        }
    }

    /// Handles the end of a value. Returns true if it is the outermost one.
    fn end_value(&mut self) -> bool {
        if self.expected != Expected::Anything {
            self.expected = Expected::CommaOrEnd;
        }
        self.levels == 0
    }

    /// Handles the first byte of a token. Returns false if the grammar does not allow it.
    fn take(&mut self, byte: u8) -> bool {
        use Expected::{Anything, Colon, CommaOrEnd, Key, KeyOrEnd, Value, ValueOrEnd};
        self.at += 1;
        match (byte, self.expected) {
            (b'"', Value | ValueOrEnd | Key | KeyOrEnd | Anything) => {
                self.within = ScanState::String;
            }
            (b'{' | b'[', Value | ValueOrEnd) if self.levels == MAX_LEVELS => {
                self.deeper = 1;
                self.expected = Anything;
            }
            (b'{', Value | ValueOrEnd) => self.open(true),
            (b'[', Value | ValueOrEnd) => self.open(false),
            (b'{' | b'[', Anything) => self.deeper += 1,
            (b'}' | b']', Anything) => {
                self.deeper -= 1;
                if self.deeper == 0 {
                    self.expected = CommaOrEnd;
                }
            }
            (_, Anything) => {}
            (b'}', KeyOrEnd | CommaOrEnd) if self.is_in_object() => self.close(),
            (b']', ValueOrEnd | CommaOrEnd) if self.levels > 0 && !self.is_in_object() => {
                self.close();
            }
            (b',', CommaOrEnd) => self.expected = if self.is_in_object() { Key } else { Value },
            (b':', Colon) => self.expected = Value,
            (byte, Value | ValueOrEnd) if is_of_scalar(byte) => self.within = ScanState::Scalar,
            _ => return false,
        }
        true
    }

    fn open(&mut self, is_object: bool) {
        self.kinds = self.kinds << 1 | u128::from(is_object);
        self.levels += 1;
        self.expected = if is_object { Expected::KeyOrEnd } else { Expected::ValueOrEnd };
    }

    fn close(&mut self) {
        self.kinds >>= 1;
        self.levels -= 1;
        self.expected = Expected::CommaOrEnd;
    }

    const fn is_in_object(&self) -> bool {
        self.levels > 0 && self.kinds & 1 == 1
    }
}

/// Whether this byte may occur in a number or a literal such as `true`.
pub(super) const fn is_of_scalar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}
