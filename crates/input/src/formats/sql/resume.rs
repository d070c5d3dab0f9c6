//! Finds the next row or statement after malformed input.

use std::io::{self, Read};

use super::{SqlCutter, State, Target, lexer::begins_statement};

impl<R: Read> SqlCutter<R> {
    /// Moves to the next row or statement after the malformed row that begins here.
    pub(super) fn resume(&mut self, after: MalformedPart) -> io::Result<()> {
        // Longer than any text that the search looks for.
        const OVERLAP: usize = 256;
        if !matches!(after, MalformedPart::Part(_)) {
            self.lexer.take(1);
        }
        loop {
            let (window, last) = self.lexer.window()?;
            let length = window.len();
            if let Some((position, is_row)) = after.resume_point(window) {
                self.lexer.take(position);
                self.lexer.begins_line = !is_row;
                self.state = match after {
                    MalformedPart::Row(target) | MalformedPart::Part(target) if is_row => {
                        State::Rows(target)
                    }
                    MalformedPart::Selected(target) if is_row => State::Selected(target),
                    _ => State::Statement,
                };
                return Ok(());
            }
            if last {
                self.lexer.feed.advance(length);
                self.state = State::Statement;
                return Ok(());
            }
            self.lexer.feed.advance(length.saturating_sub(OVERLAP).max(1));
        }
    }
}

/// The malformed part.
pub(super) enum MalformedPart {
    /// A row in parentheses.
    Row(Target),
    /// A part between rows that is not a row.
    Part(Target),
    /// Selected values.
    Selected(Target),
    /// The only row of a statement.
    Statement,
}

impl MalformedPart {
    /// The position where the next row or statement seems to begin, and whether it is a row.
    fn resume_point(&self, bytes: &[u8]) -> Option<(usize, bool)> {
        match self {
            Self::Row(_) => next_row(bytes),
            Self::Part(_) => next_part(bytes),
            Self::Selected(_) => next_statement(bytes, true),
            Self::Statement => next_statement(bytes, false),
        }
    }
}

/// The position where the next statement or the next row of selected values seems to begin. True if it is a
/// row.
fn next_statement(bytes: &[u8], is_selected: bool) -> Option<(usize, bool)> {
    let word = |from: usize, word: &str| {
        let found = bytes.get(from..from + word.len())?;
        found
            .eq_ignore_ascii_case(word.as_bytes())
            .then_some(after_blanks(bytes, from + word.len()))
    };
    for (found, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' if begins_statement(&bytes[found + 1..]) => return Some((found + 1, false)),
            b';' => {
                let next = after_blanks(bytes, found + 1);
                let is_end = next == bytes.len() || bytes[found + 1..next].contains(&b'\n');
                if is_end || begins_statement(&bytes[next..]) {
                    return Some((next, false));
                }
            }
            b'U' | b'u' if is_selected => {
                let union = word(found, "UNION").and_then(|all| word(all, "ALL").or(Some(all)));
                if let Some(next) = union.and_then(|select| word(select, "SELECT")) {
                    return Some((next, true));
                }
            }
            _ => {}
        }
    }
    None
}

/// The position where the next row or statement seems to begin after a part that is not a row, and whether it
/// is a row.
fn next_part(bytes: &[u8]) -> Option<(usize, bool)> {
    for found in memchr::memchr3_iter(b',', b';', b'\n', bytes) {
        match bytes[found] {
            b';' => return Some((found + 1, false)),
            b'\n' if begins_statement(&bytes[found + 1..]) => return Some((found + 1, false)),
            b',' => {
                let next = after_blanks(bytes, found + 1);
                if bytes.get(next) == Some(&b'(') {
                    return Some((next, true));
                }
            }
            _ => {}
        }
    }
    None
}

/// The position after up to eight blanks.
fn after_blanks(bytes: &[u8], from: usize) -> usize {
    let blanks = bytes[from..].iter().take(8).take_while(|byte| byte.is_ascii_whitespace());
    from + blanks.count()
}

/// The position where the next row or statement seems to begin after a row in parentheses, and whether it is
/// a row.
///
/// A string may also look like a row. Then it results in another malformed row, or in one extra row.
pub(super) fn next_row(bytes: &[u8]) -> Option<(usize, bool)> {
    for found in memchr::memchr2_iter(b')', b'\n', bytes) {
        if bytes[found] == b'\n' {
            if begins_statement(&bytes[found + 1..]) {
                return Some((found + 1, false));
            }
            continue;
        }
        let next = after_blanks(bytes, found + 1);
        match bytes.get(next) {
            Some(b';') => return Some((next + 1, false)),
            Some(b',') => {
                let next = after_blanks(bytes, next + 1);
                if bytes.get(next) == Some(&b'(') {
                    return Some((next, true));
                }
            }
            _ => {}
        }
    }
    None
}
