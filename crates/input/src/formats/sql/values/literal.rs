//! Literals of the dialects: strings and numbers.

use memchr::{memchr, memchr2, memmem};

use super::{Fault, Reader, Value};

/// The length limit of a dollar-quoted or `q`-quoted string. It keeps a failing search cheap.
const LONGEST_QUOTED: usize = 1 << 15;

/// The length limit of a comment within a row.
const LONGEST_COMMENT: usize = 1 << 10;

/// The meaning of a backslash in a string.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    None,
    MySql,
    Postgres,
}

impl Reader<'_> {
    /// The escapes of a string without a prefix.
    pub(super) fn escapes(&self) -> Escapes {
        match (self.dialect.has_escapes, self.dialect.is_mysql()) {
            (false, _) => Escapes::None,
            (true, true) => Escapes::MySql,
            (true, false) => Escapes::Postgres,
        }
    }

    /// Skips white space and short comments.
    pub(super) fn skip_blanks(&mut self) -> Result<(), Fault> {
        loop {
            while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
                self.at += 1;
            }
            let end: &[u8] = match self.bytes[self.at..] {
                [b'/', b'*', ..] => b"*/",
                [b'-', b'-', b' ' | b'\t', ..] => b"\n",
                _ => return Ok(()),
            };
            let rest = &self.bytes[self.at + 2..];
            let prefix = &rest[..rest.len().min(LONGEST_COMMENT)];
            match memmem::find(prefix, end) {
                Some(found) => self.at += 2 + found + end.len(),
                None if prefix.len() < LONGEST_COMMENT => return Err(Fault::Open),
                None => return Err(Fault::Malformed),
            }
        }
    }

    /// Reads a string up to its closing quotation mark. The value is unknown if an escape is invalid.
    pub(super) fn string(
        &mut self,
        quote: u8,
        escapes: Escapes,
        text: &mut Vec<u8>,
    ) -> Result<Value, Fault> {
        let mut is_known = true;
        loop {
            let rest = &self.bytes[self.at..];
            let found = match escapes {
                Escapes::None => memchr(quote, rest),
                Escapes::MySql | Escapes::Postgres => memchr2(quote, b'\\', rest),
            };
            let found = found.ok_or(Fault::Open)?;
            text.extend_from_slice(&rest[..found]);
            let after = self.at + found + 1;
            // A backslash at the end of the dump escapes nothing, and the string is not closed.
            let next = match rest[found] {
                b'\\' => self.bytes.get(after).copied().ok_or(Fault::Open)?,
                _ => self.byte_or_end(after)?,
            };
            self.at = after;
            if rest[found] == b'\\' {
                self.at += 1;
                is_known &= self.escape(next, escapes, text);
            } else if next == quote {
                text.push(quote);
                self.at += 1;
            } else {
                return Ok(if is_known { Value::Text } else { Value::Unknown });
            }
        }
    }

    /// Reads the rest of an escape after its first two characters. Returns false if it is invalid.
    fn escape(&mut self, code: u8, escapes: Escapes, text: &mut Vec<u8>) -> bool {
        let is_mysql = escapes == Escapes::MySql;
        let byte = match code {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' if !is_mysql => 12,
            b'0' if is_mysql => 0,
            b'Z' if is_mysql => 26,
            // In MySQL these keep their backslash.
            b'%' | b'_' if is_mysql => {
                text.push(b'\\');
                code
            }
            b'0'..=b'7' if !is_mysql => {
                self.at -= 1;
                let Some(byte) = self.digits(8, 3).and_then(|byte| u8::try_from(byte).ok()) else {
                    return false;
                };
                byte
            }
            b'x' if !is_mysql => {
                let Some(byte) = self.digits(16, 2).and_then(|byte| u8::try_from(byte).ok()) else {
                    return false;
                };
                byte
            }
            b'u' if !is_mysql => {
                let code = self.digits(16, 4);
                return self.push_character(code, text);
            }
            b'U' if !is_mysql => {
                let code = self.digits(16, 8);
                return self.push_character(code, text);
            }
            other => other,
        };
        text.push(byte);
        true
    }

    /// Adds the character with this number. Returns false if there is none, or if the encoding of the file
    /// may lack it.
    pub(super) fn push_character(&self, code: Option<u32>, text: &mut Vec<u8>) -> bool {
        let Some(character) = code.and_then(char::from_u32) else { return false };
        if !character.is_ascii() && !self.dialect.is_utf8 {
            return false;
        }
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        true
    }

    fn digits(&mut self, radix: u32, most: usize) -> Option<u32> {
        let rest = &self.bytes[self.at..];
        let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
        let length = rest.iter().take(most).take_while(is_digit).count();
        let text = str::from_utf8(&rest[..length]).ok()?;
        self.at += length;
        u32::from_str_radix(text, radix).ok()
    }

    /// Reads a number, with its sign.
    pub(super) fn number(&mut self, text: &mut Vec<u8>) -> Result<Value, Fault> {
        if let [b'0', b'x' | b'X', ..] = self.bytes[self.at..] {
            self.at += 2;
            return self.hex(text);
        }
        let rest = &self.bytes[self.at..];
        let mut length = usize::from(matches!(rest, [b'+' | b'-', ..]));
        length += rest[length..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        loop {
            match rest.get(length) {
                Some(b'0'..=b'9' | b'.') => length += 1,
                Some(b'e' | b'E') => {
                    length += 1;
                    length += usize::from(matches!(rest.get(length), Some(b'+' | b'-')));
                }
                Some(_) => break,
                None => {
                    self.byte_or_end(self.at + length)?;
                    break;
                }
            }
        }
        text.extend_from_slice(&rest[..length]);
        self.at += length;
        Ok(Value::Number)
    }

    /// Reads hexadecimal digits as bytes.
    fn hex(&mut self, text: &mut Vec<u8>) -> Result<Value, Fault> {
        let rest = &self.bytes[self.at..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit());
        let length = digits.count();
        self.byte_or_end(self.at + length)?;
        self.at += length;
        Ok(match hex::decode(&rest[..length]) {
            Ok(bytes) => {
                text.extend_from_slice(&bytes);
                Value::Bytes
            }
            Err(_) => Value::Unknown,
        })
    }

    /// Reads a string after its prefix of letters. `None` if there is no string with such a prefix.
    pub(super) fn prefixed(
        &mut self,
        prefix: &[u8],
        text: &mut Vec<u8>,
    ) -> Result<Option<Value>, Fault> {
        let is = |name: &str| prefix.eq_ignore_ascii_case(name.as_bytes());
        if is("q") || is("nq") {
            self.at += 1;
            return self.q_quoted(text).map(Some);
        }
        if is("x") {
            self.at += 1;
            let value = self.hex(text)?;
            let closing = self.peek()?;
            if closing == b'\'' {
                self.at += 1;
                return Ok(Some(value));
            }
            // The value is still a string, although it does not consist of hexadecimal digits.
            self.string(b'\'', Escapes::None, text)?;
            return Ok(Some(Value::Unknown));
        }
        let escapes = if is("e") {
            Escapes::Postgres
        } else if is("n") || is("b") {
            self.escapes()
        } else {
            return Ok(None);
        };
        self.at += 1;
        self.string(b'\'', escapes, text).map(Some)
    }

    /// Reads the rest of `q'[…]'`, after the quotation mark.
    fn q_quoted(&mut self, text: &mut Vec<u8>) -> Result<Value, Fault> {
        let end = match *self.bytes.get(self.at).ok_or(Fault::Open)? {
            b'[' => b']',
            b'(' => b')',
            b'{' => b'}',
            b'<' => b'>',
            other => other,
        };
        self.at += 1;
        self.read_until(&[end, b'\''], text)
    }

    /// Reads `$tag$…$tag$`; `None` if it is something else.
    pub(super) fn dollars(&mut self, text: &mut Vec<u8>) -> Result<Option<Value>, Fault> {
        let rest = &self.bytes[self.at..];
        let tag = rest.iter().skip(1).take(64).position(|byte| !is_of_word(*byte)).unwrap_or(0);
        if rest.get(tag + 1) != Some(&b'$') {
            return Ok(None);
        }
        let quote = &rest[..tag + 2];
        self.at += quote.len();
        self.read_until(quote, text).map(Some)
    }

    fn read_until(&mut self, end: &[u8], text: &mut Vec<u8>) -> Result<Value, Fault> {
        let rest = &self.bytes[self.at..];
        let prefix = &rest[..rest.len().min(LONGEST_QUOTED)];
        let found = memmem::find(prefix, end);
        let found = found.ok_or(if prefix.len() < LONGEST_QUOTED {
            Fault::Open
        } else {
            Fault::Malformed
        })?;
        text.extend_from_slice(&prefix[..found]);
        self.at += found + end.len();
        Ok(Value::Text)
    }

    /// Reads the rest of `U&'…'`, after the quotation mark.
    pub(super) fn unicode_string(&mut self, text: &mut Vec<u8>) -> Result<Value, Fault> {
        let start = text.len();
        self.string(b'\'', Escapes::None, text)?;
        let raw = text.split_off(start);
        Ok(if self.push_numbered(&raw, text) { Value::Text } else { Value::Unknown })
    }

    /// Adds a text with the escapes `\00fc` and `\+0000fc`. Returns false if one is invalid.
    pub(super) fn push_numbered(&self, raw: &[u8], text: &mut Vec<u8>) -> bool {
        let mut rest = raw;
        let mut high = None;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            if byte != b'\\' {
                text.push(byte);
                continue;
            }
            if high.is_some() && rest.first() == Some(&b'\\') {
                return false;
            }
            if let [b'\\', after @ ..] = rest {
                text.push(b'\\');
                rest = after;
                continue;
            }
            let (from, digits) = match rest.first() {
                Some(b'+') => (1, 6),
                // The shell of SQLite writes these escapes.
                Some(b'u') => (1, 4),
                Some(b'U') => (1, 8),
                _ => (0, 4),
            };
            let Some(digits) = rest.get(from..from + digits) else { return false };
            let code = str::from_utf8(digits).ok();
            let Some(code) = code.and_then(|code| u32::from_str_radix(code, 16).ok()) else {
                return false;
            };
            rest = &rest[from + digits.len()..];
            // A surrogate pair, as in UTF-16.
            let code = match (high.take(), code) {
                (None, 0xD800..=0xDBFF) if rest.first() == Some(&b'\\') => {
                    high = Some(code);
                    continue;
                }
                (Some(high), 0xDC00..=0xDFFF) => {
                    0x1_0000 + ((high - 0xD800) << 10) + (code - 0xDC00)
                }
                (Some(_), _) => return false,
                (None, code) => code,
            };
            if !self.push_character(Some(code), text) {
                return false;
            }
        }
        high.is_none()
    }
}

/// Whether a name or a keyword can have this byte.
pub(in crate::formats::sql) const fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
