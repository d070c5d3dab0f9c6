//! Cuts resources out of a stream of JSON: single resources, arrays, one per line, or entries of bundles of
//! any size. Only one resource is in memory.

use std::mem;

use memchr::memchr3;

use super::kinds;
use crate::formats::xml::LONGEST_VALUE;

/// The maximum nesting depth of brackets.
const MAX_DEPTH: usize = 256;

/// The length limit of the kept beginning of a string, in bytes. The longest relevant string is the system of an
/// insured number. It is shorter even if each of its characters is an escape.
const LONGEST_TOKEN: usize = 256;

/// A resource that was cut out.
#[derive(Default)]
pub(super) struct FoundResource {
    /// Its text. Long values are shortened, and the entries of a bundle are left out.
    pub text: Vec<u8>,
    /// Its type.
    pub kind: Option<String>,
    /// The number of persons in it, including itself.
    pub persons: usize,
    /// The number of systems and types of insured numbers in it.
    pub numbers: usize,
    /// Whether it exceeds the size limit of a record. Then its text is incomplete.
    pub is_too_long: bool,
    /// Whether an array `entry` was left out of its text. Its type was `Bundle`, or was not known yet.
    pub has_entries: bool,
}

/// The next item of a stream.
pub(super) enum Next {
    Resource(FoundResource),
    /// A line that is not a resource.
    Malformed,
    /// The input is malformed from here on.
    Broken,
}

/// The length of the longest escape, in bytes.
const LONGEST_ESCAPE: usize = 12;

/// The state between two bytes.
pub(super) struct Scanner {
    /// Whether each line has a resource of its own.
    by_line: bool,
    /// The size limit of a resource's text, in bytes.
    longest: usize,
    /// The brackets that are open.
    open: Vec<u8>,
    frames: Vec<Frame>,
    state: State,
    /// Whether a string here is a key.
    expects_key: bool,
    /// The last key, if its value is next.
    key: Option<Vec<u8>>,
    /// The beginning of the current string, up to the length limit. A string that is cut there is longer than
    /// every relevant one.
    token: Vec<u8>,
}

enum State {
    Between,
    /// In a string, with the number of bytes so far.
    Text {
        is_key: bool,
        is_escaped: bool,
        length: usize,
    },
    /// In a line that is malformed.
    Skipping,
}

/// An open resource.
struct Frame {
    /// The number of open brackets, including its own.
    base: usize,
    /// The same number for the array of entries, while that is open.
    entries: Option<usize>,
    found: FoundResource,
}

impl Scanner {
    pub fn new(by_line: bool, longest: usize) -> Self {
        Self {
            by_line,
            longest,
            open: Vec::new(),
            frames: Vec::new(),
            state: State::Between,
            expects_key: false,
            key: None,
            token: Vec::new(),
        }
    }

    /// Scans to the next resource. Returns the number of bytes consumed, and the resource if there is one.
    pub fn next(&mut self, bytes: &[u8]) -> (usize, Option<Next>) {
        let mut at = 0;
        while at < bytes.len() {
            match self.state {
                State::Skipping => match memchr::memchr(b'\n', &bytes[at..]) {
                    Some(end) => {
                        self.state = State::Between;
                        at += end + 1;
                    }
                    None => return (bytes.len(), None),
                },
                State::Text { .. } => {
                    let (taken, is_sound) = self.text(&bytes[at..]);
                    at += taken;
                    if !is_sound {
                        return (at, Some(self.fail(bytes[at - 1])));
                    }
                }
                State::Between => {
                    let byte = bytes[at];
                    at += 1;
                    match self.byte(byte) {
                        Ok(None) => {}
                        Ok(Some(found)) => return (at, Some(Next::Resource(found))),
                        Err(()) => return (at, Some(self.fail(byte))),
                    }
                }
            }
        }
        (at, None)
    }

    /// Whether all values are complete.
    pub fn is_whole(&self) -> bool {
        self.open.is_empty() && matches!(self.state, State::Between)
    }

    /// Whether the position is inside a resource.
    pub fn is_within(&self) -> bool {
        !self.frames.is_empty()
    }

    /// The type of the outermost open resource whose type is known.
    pub fn first_kind(&self) -> Option<&str> {
        self.frames.iter().find_map(|frame| frame.found.kind.as_deref())
    }

    /// Handles malformed input. If each line is a resource, the scan continues with the next line.
    fn fail(&mut self, byte: u8) -> Next {
        let is_new_line = byte == b'\n';
        let by_line = self.by_line;
        *self = Self::new(by_line, self.longest);
        if !by_line {
            return Next::Broken;
        }
        if !is_new_line {
            self.state = State::Skipping;
        }
        Next::Malformed
    }

    /// Handles a byte outside of strings.
    fn byte(&mut self, byte: u8) -> Result<Option<FoundResource>, ()> {
        match byte {
            b'\n' if self.by_line && !self.open.is_empty() => return Err(()),
            b' ' | b'\t' | b'\r' | b'\n' => return Ok(None),
            b'"' => {
                let is_key = self.expects_key;
                if self.frames.is_empty() {
                    return Err(());
                }
                self.expects_key = false;
                self.token.clear();
                self.keep(b'"');
                self.state = State::Text { is_key, is_escaped: false, length: 0 };
            }
            b'{' => self.open_object()?,
            b'[' => {
                if self.by_line && self.open.is_empty() && self.frames.is_empty() {
                    // A line with an array of resources is not read as one resource.
                    return Err(());
                }
                self.keep(byte);
                self.push(byte)?;
                let depth = self.open.len();
                let is_entries = self.key.take().is_some_and(|key| key == b"entry");
                if let Some(frame) = self.frames.last_mut()
                    && is_entries
                    && frame.entries.is_none()
                    && frame.base + 1 == depth
                    && frame.found.kind.as_deref().is_none_or(|kind| kind == "Bundle")
                {
                    frame.entries = Some(depth);
                    frame.found.has_entries = true;
                }
                self.expects_key = false;
            }
            b'}' => {
                self.pop(b'{')?;
                self.keep(byte);
                if let Some(frame) = self.frames.pop_if(|frame| frame.base > self.open.len()) {
                    return Ok(Some(frame.found));
                }
            }
            b']' => {
                if let Some(frame) = self.frames.last_mut()
                    && frame.entries == Some(self.open.len())
                {
                    frame.entries = None;
                }
                self.pop(b'[')?;
                self.keep(byte);
            }
            b',' => {
                self.keep(byte);
                self.expects_key = self.open.last() == Some(&b'{');
                self.key = None;
            }
            _ if self.frames.is_empty() => return Err(()),
            b':' => self.keep(byte),
            _ => {
                self.key = None;
                self.keep(byte);
            }
        }
        Ok(None)
    }

    fn open_object(&mut self) -> Result<(), ()> {
        let depth = self.open.len();
        let is_entry = |frame: &Frame| frame.entries.is_some_and(|entries| entries + 1 == depth);
        let is_resource = self.key.take().is_some_and(|key| key == b"resource");
        let is_new = match self.frames.last() {
            Some(frame) => is_resource && is_entry(frame),
            None => true,
        };
        self.push(b'{')?;
        if is_new {
            let base = self.open.len();
            self.frames.push(Frame { base, entries: None, found: FoundResource::default() });
        }
        self.keep(b'{');
        self.expects_key = true;
        Ok(())
    }

    fn push(&mut self, bracket: u8) -> Result<(), ()> {
        if self.open.len() >= MAX_DEPTH {
            return Err(());
        }
        self.open.push(bracket);
        Ok(())
    }

    fn pop(&mut self, bracket: u8) -> Result<(), ()> {
        self.expects_key = false;
        self.key = None;
        if self.open.pop() == Some(bracket) { Ok(()) } else { Err(()) }
    }

    /// Consumes a string, as far as the bytes go. Returns false if it is malformed.
    fn text(&mut self, bytes: &[u8]) -> (usize, bool) {
        let State::Text { is_key, mut is_escaped, mut length } = self.state else {
            return (0, true);
        };
        let mut at = 0;
        while at < bytes.len() {
            if is_escaped {
                if bytes[at] == b'\n' {
                    return (at + 1, false);
                }
                is_escaped = false;
                self.take(&bytes[at..=at], &mut length);
                at += 1;
                continue;
            }
            let end = memchr3(b'"', b'\\', b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end);
            self.take(&bytes[at..end], &mut length);
            at = end;
            match bytes.get(at) {
                None => break,
                Some(b'"') => {
                    self.keep(b'"');
                    self.end_text(is_key);
                    return (at + 1, true);
                }
                Some(b'\\') => {
                    // Escapes are never cut.
                    if length + LONGEST_ESCAPE > LONGEST_VALUE {
                        length = length.max(LONGEST_VALUE);
                    }
                    self.take(b"\\", &mut length);
                    is_escaped = true;
                    at += 1;
                }
                Some(_) => return (at + 1, false),
            }
        }
        self.state = State::Text { is_key, is_escaped, length };
        (at, true)
    }

    /// Keeps a part of a string, up to the length limit of a value.
    fn take(&mut self, part: &[u8], length: &mut usize) {
        let room = LONGEST_TOKEN - self.token.len();
        self.token.extend_from_slice(&part[..part.len().min(room)]);
        let left = LONGEST_VALUE.saturating_sub(*length);
        *length += part.len();
        let mut end = part.len().min(left);
        let is_within_character =
            |end: usize| part.get(end).is_some_and(|&byte| byte & 0xC0 == 0x80);
        // The part may begin within a character, after an invalid escape or in invalid UTF-8.
        while end > 0 && is_within_character(end) {
            end -= 1;
        }
        if let Some(frame) = self.kept_frame() {
            frame.found.text.extend_from_slice(&part[..end]);
            self.check_length();
        }
    }

    fn end_text(&mut self, is_key: bool) {
        self.state = State::Between;
        let token = mem::take(&mut self.token);
        let is_direct = self.frames.last().is_some_and(|frame| frame.base == self.open.len());
        let Some(frame) = self.frames.last_mut() else { return };
        if is_key {
            let key = unescaped(token);
            // The value is a text in R4, and a list of identifiers in R5.
            frame.found.numbers += usize::from(key == b"subscriberId");
            self.key = Some(key);
            return;
        }
        let Some(key) = self.key.take() else { return };
        match &key[..] {
            b"resourceType" => {
                let kind = String::from_utf8_lossy(&unescaped(token)).into_owned();
                frame.found.persons += usize::from(kinds::is_person(&kind));
                if is_direct && frame.found.kind.is_none() {
                    frame.found.kind = Some(kind);
                }
            }
            b"system" => {
                let system = unescaped(token);
                let system = String::from_utf8_lossy(&system);
                frame.found.numbers += usize::from(kinds::is_insured_number(&system));
            }
            b"code" => {
                let code = unescaped(token);
                let is_type = str::from_utf8(&code).is_ok_and(kinds::is_type_of_insured_number);
                frame.found.numbers += usize::from(is_type);
            }
            _ => {}
        }
    }

    fn keep(&mut self, byte: u8) {
        if let Some(frame) = self.kept_frame() {
            frame.found.text.push(byte);
            self.check_length();
        }
    }

    /// The innermost open resource, unless it is too long or this is its array of entries.
    fn kept_frame(&mut self) -> Option<&mut Frame> {
        let frame = self.frames.last_mut();
        frame.filter(|frame| !frame.found.is_too_long && frame.entries.is_none())
    }

    fn check_length(&mut self) {
        let longest = self.longest;
        let Some(frame) = self.frames.last_mut() else { return };
        if frame.found.text.len() > longest {
            frame.found.is_too_long = true;
            frame.found.text = Vec::new();
        }
    }
}

/// A string with its escapes decoded.
fn unescaped(text: Vec<u8>) -> Vec<u8> {
    if !text.contains(&b'\\') {
        return text;
    }
    let quoted = [b"\"", &text[..], b"\""].concat();
    serde_json::from_slice::<String>(&quoted).map_or(text, String::into_bytes)
}
