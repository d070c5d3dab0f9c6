//! Returns the records of a JSON document one by one, as text.
//!
//! The scanner reads a stream of one or more documents. A [`Place`] is the path to the records. The scanner
//! enters lists on the path to that place, and a list at that place. So the place `hits.hits` finds the
//! records in `{"hits":{"hits":[…]}}`, and the empty place finds the records in a top-level list or in
//! concatenated objects. Only one record is in memory.
//!
//! A malformed record is one unreadable row. The scanner continues where the next record seems to begin.

use std::io::{self, Read};

use leakdex::Reason;
use memchr::{memchr, memmem};

use super::{
    signs::{LOOK_AHEAD, RecordSigns, indentation_of},
    value::{Outcome, Value},
};
use crate::feed::Feed;

/// The maximum nesting depth of lists and objects that are entered.
const MAX_LEVELS: usize = 128;

/// Where the records are in a document.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The steps from the whole document to the records.
    pub steps: Vec<Step>,
    pub form: Form,
}

/// A step to the members of an object.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// To the member with this key, still escaped.
    Key(Vec<u8>),
    /// To each member.
    Any,
}

/// The form of a record.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Form {
    #[default]
    Object,
    /// A list of cells, within a list.
    List,
    /// A list of cells, not within a list.
    Line,
    /// A string or a number.
    Scalar,
}

/// A part of a document.
pub(crate) enum Part<'a> {
    /// A value at the place of the records.
    Record(Record<'a>),
    /// A value off the path to that place, and its key. The text is `None` if it exceeds the size limit of a
    /// record.
    Aside { key: Vec<u8>, text: Option<&'a [u8]> },
    /// The keys of an object on the path that lacks the next member of the path. If the object is in a map, its
    /// key there comes last. Its members came before as [`Part::Aside`].
    Astray(Vec<Vec<u8>>),
    /// One unreadable row.
    Missing(Reason),
}

/// A value at the place of the records.
pub(crate) struct Record<'a> {
    pub text: &'a [u8],
    /// The key at the last [`Step::Any`], if the place has one.
    pub key: Option<&'a [u8]>,
    /// Whether a line ends within the text, outside strings.
    pub has_line_end: bool,
}

/// Scans a document.
pub(crate) struct Scanner<R> {
    feed: Feed<R>,
    place: Place,
    /// The size limit of a record, in bytes.
    limit: usize,
    levels: Vec<Level>,
    /// The open levels around the last record.
    around: Option<Vec<Level>>,
    /// The key of the current member at the last [`Step::Any`].
    key: Vec<u8>,
    /// The first key of the last record, with its quotation marks.
    first_key: Vec<u8>,
    is_cut_off: bool,
}

/// An open list or object that was entered.
#[derive(Clone)]
struct Level {
    is_object: bool,
    /// The number of steps to its members or items.
    steps: usize,
    /// Whether it is a list at the place of the records.
    is_at_place: bool,
    /// For an object, whether it has the next member of the path.
    has_next_member: bool,
    /// The keys of an object on the path that lacks the next member of the path.
    keys: Vec<Vec<u8>>,
}

/// A part. Its text ends at the position of the feed.
enum ScannedPart {
    Record {
        length: usize,
        has_line_end: bool,
    },
    /// An empty list or object where a record with a key is expected.
    Nothing,
    Aside(Vec<u8>, Option<usize>),
    Astray(Vec<Vec<u8>>),
    Missing(Reason),
}

/// The end of a value.
enum End {
    /// The value is complete, with this length.
    Whole(usize, Value),
    /// The value is too long and was skipped.
    TooLong,
    /// The value is malformed at this byte.
    Fault(usize),
}

impl<R: Read> Scanner<R> {
    /// Scans for the records at this place. `limit` is the size limit of a record in bytes.
    pub const fn new(source: R, place: Place, limit: usize) -> Self {
        Self {
            feed: Feed::new(source),
            place,
            limit,
            levels: Vec::new(),
            around: None,
            key: Vec::new(),
            first_key: Vec::new(),
            is_cut_off: false,
        }
    }

    /// Whether the document ends within a value. Valid after the end.
    pub const fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }

    /// The next part; `None` at the end.
    pub fn next_part(&mut self) -> io::Result<Option<Part<'_>>> {
        loop {
            let Some(byte) = self.next_token()? else {
                self.is_cut_off |= !self.levels.is_empty();
                return Ok(None);
            };
            let found = match self.levels.last() {
                _ if byte == b',' => {
                    self.feed.start += 1;
                    None
                }
                Some(level) if byte == if level.is_object { b'}' } else { b']' } => {
                    self.feed.start += 1;
                    self.leave_level()
                }
                Some(level) if level.is_object => self.member(byte)?,
                level => {
                    let steps = level.map_or(0, |level| level.steps);
                    self.value(byte, steps)?
                }
            };
            match found {
                None => {}
                Some(ScannedPart::Astray(keys)) => return Ok(Some(Part::Astray(keys))),
                Some(ScannedPart::Missing(reason)) => return Ok(Some(Part::Missing(reason))),
                Some(ScannedPart::Nothing) => {
                    let key = Some(&self.key[..]);
                    let record = Record { text: b"null", key, has_line_end: false };
                    return Ok(Some(Part::Record(record)));
                }
                Some(ScannedPart::Aside(key, length)) => {
                    let text = length.map(|length| self.feed.preceding(length));
                    return Ok(Some(Part::Aside { key, text }));
                }
                Some(ScannedPart::Record { length, has_line_end }) => {
                    let is_by_key = self.place.steps.contains(&Step::Any);
                    let key = is_by_key.then_some(&self.key[..]);
                    let text = self.feed.preceding(length);
                    return Ok(Some(Part::Record(Record { text, key, has_line_end })));
                }
            }
        }
    }

    /// Closes the innermost list or object.
    fn leave_level(&mut self) -> Option<ScannedPart> {
        let mut level = self.levels.pop()?;
        let is_astray = level.is_object && !level.has_next_member;
        let is_of_key = self.place.steps[..level.steps].contains(&Step::Any);
        if is_astray && is_of_key {
            if level.keys.is_empty() {
                return Some(ScannedPart::Nothing);
            }
            level.keys.push(self.key.clone());
        }
        is_astray.then_some(ScannedPart::Astray(level.keys))
    }

    /// Reads a member of an object on the path, including its value unless the scanner enters it.
    fn member(&mut self, byte: u8) -> io::Result<Option<ScannedPart>> {
        if byte != b'"' {
            return self.fault(0).map(Some);
        }
        let length = match self.end_of_value()? {
            End::Whole(length, _) => length,
            End::TooLong => return self.fault(0).map(Some),
            End::Fault(token) => return self.fault(token).map(Some),
        };
        let key = self.feed.rest()[1..length - 1].to_vec();
        self.feed.start += length;
        if self.next_token()? != Some(b':') {
            return self.fault(0).map(Some);
        }
        self.feed.start += 1;
        let Some(byte) = self.next_token()? else {
            self.is_cut_off = true;
            return Ok(Some(ScannedPart::Missing(Reason::InvalidJson)));
        };
        let Some(level) = self.levels.last_mut() else { return Ok(None) };
        let steps = level.steps;
        let is_on_path = match &self.place.steps[steps] {
            Step::Key(step) => *step == key,
            Step::Any => true,
        };
        level.has_next_member |= is_on_path;
        if is_on_path {
            if self.place.steps[steps] == Step::Any {
                self.key = key;
            }
            return self.value(byte, steps + 1);
        }
        if level.keys.len() < MAX_LEVELS {
            level.keys.push(key.clone());
        }
        self.pass_over(key)
    }

    /// Handles a value at this number of steps.
    fn value(&mut self, byte: u8, steps: usize) -> io::Result<Option<ScannedPart>> {
        let is_at_place = steps == self.place.steps.len();
        let is_in_list =
            self.levels.last().is_some_and(|level| !level.is_object && level.is_at_place);
        let is_record = match self.place.form {
            _ if byte != b'[' => true,
            Form::List => is_in_list,
            Form::Line => true,
            Form::Object | Form::Scalar => false,
        };
        if is_at_place && is_record {
            return self.record().map(Some);
        }
        if !matches!(byte, b'[' | b'{') {
            return self.pass_over(Vec::new());
        }
        if self.levels.len() == MAX_LEVELS {
            return self.fault(0).map(Some);
        }
        self.feed.start += 1;
        // The key may be a person's value, so the row must not disappear.
        let is_of_key = is_at_place
            && self.place.steps.contains(&Step::Any)
            && self.levels.last().is_some_and(|level| level.is_object);
        if is_of_key && byte == b'[' && self.next_token()? == Some(b']') {
            self.feed.start += 1;
            return Ok(Some(ScannedPart::Nothing));
        }
        self.levels.push(Level {
            is_object: byte == b'{',
            steps,
            is_at_place,
            has_next_member: false,
            keys: Vec::new(),
        });
        Ok(None)
    }

    fn record(&mut self) -> io::Result<ScannedPart> {
        let found = match self.end_of_value()? {
            End::Whole(length, value) => {
                if let Some(key) = value.first_key() {
                    self.first_key.clear();
                    self.first_key.extend_from_slice(&self.feed.rest()[key.clone()]);
                }
                self.feed.start += length;
                ScannedPart::Record { length, has_line_end: value.has_line_end() }
            }
            End::TooLong => ScannedPart::Missing(Reason::RowTooLong),
            End::Fault(token) => return self.fault(token),
        };
        // The levels are nearly always those of the previous record.
        if self.around.as_ref().is_none_or(|around| around.len() != self.levels.len()) {
            self.around = Some(self.levels.clone());
        }
        Ok(found)
    }

    /// Skips a value off the path.
    fn pass_over(&mut self, key: Vec<u8>) -> io::Result<Option<ScannedPart>> {
        Ok(Some(match self.end_of_value()? {
            End::Whole(length, _) => {
                self.feed.start += length;
                ScannedPart::Aside(key, Some(length))
            }
            End::TooLong => ScannedPart::Aside(key, None),
            End::Fault(token) => self.fault(token)?,
        }))
    }

    /// Finds the end of the value that begins here. Skips a value that is too long.
    fn end_of_value(&mut self) -> io::Result<End> {
        let mut value = Value::default();
        let mut is_too_long = false;
        let outcome = loop {
            match value.scan(self.feed.rest()) {
                Outcome::More => {}
                outcome => break outcome,
            }
            if self.feed.rest().len() > self.limit {
                is_too_long = true;
                let scanned = value.scanned();
                self.feed.start += scanned;
                value.forget(scanned);
            }
            if !self.feed.fill()? {
                if value.is_complete() {
                    break Outcome::End(self.feed.rest().len());
                }
                self.is_cut_off = true;
                break Outcome::Fault(value.token());
            }
        };
        Ok(match outcome {
            Outcome::End(length) if is_too_long || length >= self.limit => {
                self.feed.start += length;
                End::TooLong
            }
            Outcome::End(length) => End::Whole(length, value),
            // The malformed text is one row. The next row may begin after the fault.
            Outcome::Fault(token) if is_too_long => {
                self.feed.start += token;
                self.resume(None)?;
                End::TooLong
            }
            Outcome::Fault(token) => End::Fault(token),
            Outcome::More => unreachable!("the loop goes on"),
        })
    }

    /// Continues where the next record seems to begin, after a fault at this byte.
    fn fault(&mut self, token: usize) -> io::Result<ScannedPart> {
        let is_member = self.levels.last().is_some_and(|level| level.is_object);
        let indentation = indentation_of(self.feed.look_behind(), is_member).map(<[u8]>::to_vec);
        // The input ends where more was expected.
        self.is_cut_off |= self.feed.rest().is_empty();
        self.feed.advance(token.max(1));
        self.resume(indentation)?;
        Ok(ScannedPart::Missing(Reason::InvalidJson))
    }

    /// Moves to the next position that looks like the beginning of a record. `indentation` is the indentation
    /// of the malformed record, if it began a line.
    fn resume(&mut self, indentation: Option<Vec<u8>>) -> io::Result<()> {
        if let Some(around) = &self.around {
            self.levels.clone_from(around);
        }
        let signs = RecordSigns {
            opening: match self.place.form {
                Form::List | Form::Line => b'[',
                Form::Object | Form::Scalar => b'{',
            },
            is_scalar: self.place.form == Form::Scalar,
            first_key: if self.place.form == Form::Object { &self.first_key } else { &[] },
            is_member: self.levels.last().is_some_and(|level| level.is_object),
            indentation,
        };
        loop {
            let is_all = !self.feed.fill_to(LOOK_AHEAD + self.first_key.len())?;
            match signs.find(&self.feed.buffer, self.feed.start, is_all) {
                Ok(place) => {
                    self.feed.start = place;
                    return Ok(());
                }
                Err(place) => self.feed.start = place,
            }
            if is_all {
                self.levels.clear();
                return Ok(());
            }
        }
    }

    /// The next byte outside of white space and comments.
    fn next_token(&mut self) -> io::Result<Option<u8>> {
        loop {
            let rest = self.feed.rest();
            let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
            self.feed.start += blanks;
            let Some(&byte) = self.feed.rest().first() else {
                if self.feed.fill()? {
                    continue;
                }
                return Ok(None);
            };
            if byte != b'/' || !self.skip_comment()? {
                return Ok(Some(byte));
            }
        }
    }

    /// Skips a comment. Returns false if there is no complete comment.
    fn skip_comment(&mut self) -> io::Result<bool> {
        let (rest, _) = self.feed.window(self.limit)?;
        let length = match rest.get(1) {
            Some(b'/') => memchr(b'\n', rest),
            Some(b'*') => memmem::find(&rest[2..], b"*/").map(|end| end + 4),
            _ => None,
        };
        self.feed.start += length.unwrap_or(0);
        Ok(length.is_some())
    }
}

/// Whether this byte may be between values: white space, or the record separator of a JSON text sequence (RFC
/// 7464).
pub(super) const fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x1E
}

#[cfg(test)]
mod tests;
