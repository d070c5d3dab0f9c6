//! Expressions: casts, functions, concatenated strings.
//!
//! A value is appended to a text while it is read. A dump does not contain the value of `NOW()`, for example,
//! and some functions are not supported. Such a value is unknown and leaves nothing in the text.

use super::{
    Fault, Reader, Value,
    cast::cast,
    literal::{Escapes, is_of_word},
    words::{is, is_one_of},
};

/// The maximum nesting depth of an expression.
pub(super) const MAX_DEPTH: usize = 32;

/// Words that are followed by another value.
const OPERATORS: &str = "AND OR XOR NOT IS IN LIKE ILIKE RLIKE REGEXP BETWEEN DIV MOD ESCAPE AT SIMILAR \
                         OVERLAPS DISTINCT BINARY TIME ZONE LOCAL ANY ALL SOME OF GLOB";

/// The characters of operators that are not evaluated.
const SIGNS: &[u8] = b"-*/%=<>!&|^~#@";

/// Types that may precede a string, as in `DATE '…'`.
const TYPES: &str =
    "DATE TIME TIMESTAMP TIMESTAMPTZ DATETIME JSON JSONB UUID INET TEXT VARCHAR CHAR";

impl<'a> Reader<'a> {
    /// Reads a value up to a comma, a parenthesis, or a word that is not an operator.
    pub(super) fn expression(&mut self, depth: usize, text: &mut Vec<u8>) -> Result<Value, Fault> {
        let start = text.len();
        let value = self.term(depth, text)?;
        self.read_operators(value, start, depth, text)
    }

    /// Reads the operators after a value that begins at `start` in the text.
    pub(super) fn read_operators(
        &mut self,
        mut value: Value,
        start: usize,
        depth: usize,
        text: &mut Vec<u8>,
    ) -> Result<Value, Fault> {
        loop {
            if value == Value::Unknown {
                text.truncate(start);
            }
            let before = self.at;
            self.skip_blanks()?;
            let next = self.peek()?;
            let after = self.bytes.get(self.at + 1).copied();
            match (next, after) {
                (b',' | b')' | b';' | b'}' | b']', _) => return Ok(value),
                (b':', Some(b':')) => {
                    self.at += 2;
                    let of_type = self.type_name()?;
                    value = cast(value, &of_type, text, start, self.dialect);
                }
                (b'|', Some(b'|')) => {
                    self.at += 2;
                    let other = self.term(depth + 1, text)?;
                    value = value.joined(other, true);
                }
                (b'+', _) => {
                    self.at += 1;
                    let other = self.term(depth + 1, text)?;
                    value = value.joined(other, false);
                }
                // MySQL concatenates adjacent strings. Other databases do so only across lines.
                (b'\'', _)
                    if value == Value::Text
                        && self.bytes[before..self.at].iter().any(|byte| {
                            *byte == b'\n' || self.dialect.is_mysql() && byte.is_ascii_whitespace()
                        }) =>
                {
                    self.at += 1;
                    value = self.string(b'\'', self.escapes(), text)?;
                }
                (sign, _) if SIGNS.contains(&sign) => {
                    while SIGNS.contains(&self.peek()?) {
                        self.at += 1;
                    }
                    self.term(depth + 1, text)?;
                    value = Value::Unknown;
                }
                // A name follows the value.
                (b'[', _) if self.dialect.has_brackets() => return Ok(value),
                (b'[', _) => {
                    self.at += 1;
                    self.group()?;
                    value = Value::Unknown;
                }
                // A part of a value, as in `(point).x`.
                (b'.', _) => {
                    self.at += 1;
                    self.skip_name()?;
                    value = Value::Unknown;
                }
                _ if is_of_word(next) => {
                    // A letter right after a string shows that a quotation mark is missing.
                    if before == self.at && self.bytes[before - 1] == b'\'' {
                        return Err(Fault::Malformed);
                    }
                    let word = self.word()?;
                    if is(word, "COLLATE") {
                        self.skip_name()?;
                    } else if is_one_of(word, OPERATORS) {
                        self.after_operator(depth, text)?;
                        value = Value::Unknown;
                    } else {
                        self.at -= word.len();
                        return Ok(value);
                    }
                }
                _ => return Err(Fault::Malformed),
            }
        }
    }

    /// Reads the rest of an operator, and the value after it.
    fn after_operator(&mut self, depth: usize, text: &mut Vec<u8>) -> Result<(), Fault> {
        loop {
            self.skip_blanks()?;
            if !is_of_word(self.peek()?) {
                break;
            }
            let word = self.word()?;
            if !is_one_of(word, OPERATORS) {
                self.at -= word.len();
                break;
            }
        }
        if !matches!(self.peek()?, b',' | b')' | b';') {
            self.term(depth + 1, text)?;
        }
        Ok(())
    }

    /// Reads one value without operators after it.
    pub(super) fn term(&mut self, depth: usize, text: &mut Vec<u8>) -> Result<Value, Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault::Malformed);
        }
        self.skip_blanks()?;
        let next = self.peek()?;
        let after = self.bytes.get(self.at + 1).copied();
        match (next, after) {
            (b'\'' | b'"', _) => {
                self.at += 1;
                self.string(next, self.escapes(), text)
            }
            (b'0'..=b'9', _) | (b'.' | b'-' | b'+', Some(b'0'..=b'9' | b'.')) => self.number(text),
            (b'-' | b'+' | b'~' | b'!', _) => {
                self.at += 1;
                let start = text.len();
                self.term(depth + 1, text)?;
                text.truncate(start);
                Ok(Value::Unknown)
            }
            (b'(', _) => self.parenthesis(depth, text),
            (b'{', _) => self.brace(depth, text),
            (b'$', _) if !self.dialect.is_mysql() => match self.dollars(text)? {
                Some(value) => Ok(value),
                None => Ok(self.variable()),
            },
            (b'@' | b':' | b'$' | b'?', _) => Ok(self.variable()),
            (b'`', _) => self.quoted_name(b'`'),
            (b'[', _) if self.dialect.has_brackets() => self.quoted_name(b']'),
            _ if is_of_word(next) => self.word_value(depth, text),
            _ => Err(Fault::Malformed),
        }
    }

    /// Skips a variable or a parameter. The dump does not contain its value.
    fn variable(&mut self) -> Value {
        self.at += 1;
        let is_of_name = |byte: &u8| is_of_word(*byte) || matches!(byte, b'@' | b'.' | b'$' | b'#');
        while self.bytes.get(self.at).is_some_and(is_of_name) {
            self.at += 1;
        }
        Value::Unknown
    }

    fn parenthesis(&mut self, depth: usize, text: &mut Vec<u8>) -> Result<Value, Fault> {
        self.at += 1;
        self.skip_blanks()?;
        let start = text.len();
        let word = self.peek_word();
        if !is_one_of(word, "SELECT WITH VALUES") {
            let value = self.expression(depth + 1, text)?;
            if self.peek()? == b')' {
                self.at += 1;
                return Ok(value);
            }
        }
        text.truncate(start);
        self.group()?;
        Ok(Value::Unknown)
    }

    /// Reads `{d '…'}`, `{ts '…'}`, `{t '…'}` or `{fn …}`.
    fn brace(&mut self, depth: usize, text: &mut Vec<u8>) -> Result<Value, Fault> {
        self.at += 1;
        self.skip_blanks()?;
        let word = self.word()?;
        if !is_one_of(word, "D T TS FN GUID") {
            return Err(Fault::Malformed);
        }
        let value = self.expression(depth + 1, text)?;
        if self.peek()? != b'}' {
            return Err(Fault::Malformed);
        }
        self.at += 1;
        Ok(value)
    }

    /// Reads a value that begins with a word.
    fn word_value(&mut self, depth: usize, text: &mut Vec<u8>) -> Result<Value, Fault> {
        let word = self.word()?;
        match (self.peek()?, self.bytes.get(self.at + 1)) {
            (b'\'', _) => {
                if let Some(value) = self.prefixed(word, text)? {
                    return Ok(value);
                }
            }
            (b'&', Some(b'\'')) if is(word, "U") => {
                self.at += 2;
                return self.unicode_string(text);
            }
            _ => {}
        }
        if is(word, "NULL") {
            return Ok(Value::Null);
        }
        if is_one_of(word, "TRUE FALSE") {
            text.extend_from_slice(word);
            return Ok(Value::Text);
        }
        if is(word, "NOT") {
            let start = text.len();
            self.term(depth + 1, text)?;
            text.truncate(start);
            return Ok(Value::Unknown);
        }
        if is(word, "CASE") {
            self.case()?;
            return Ok(Value::Unknown);
        }
        self.skip_blanks()?;
        match self.peek()? {
            // A character set, as in `_binary 'x'`. Two in a row are malformed.
            b'\'' | b'"' | b'0'..=b'9' if word[0] == b'_' => return self.term(depth + 1, text),
            b'x' | b'X' if word[0] == b'_' && self.bytes.get(self.at + 1) == Some(&b'\'') => {
                return self.term(depth + 1, text);
            }
            b'\'' if is_one_of(word, TYPES) => return self.term(depth + 1, text),
            b'\'' if is(word, "INTERVAL") => {
                let start = text.len();
                self.term(depth + 1, text)?;
                text.truncate(start);
                // As in `INTERVAL '1' DAY`.
                self.skip_blanks()?;
                if is_of_word(self.peek()?) {
                    self.word()?;
                }
                return Ok(Value::Unknown);
            }
            b'[' if is(word, "ARRAY") => {
                self.at += 1;
                self.group()?;
                return Ok(Value::Unknown);
            }
            b'W' | b'w' if is_one_of(word, "TIME TIMESTAMP") => {
                return self.with_time_zone(depth, text);
            }
            _ => {}
        }
        let mut name = word.to_ascii_lowercase();
        while self.peek()? == b'.' {
            self.at += 1;
            name.push(b'.');
            match self.peek()? {
                quote @ (b'`' | b'"') => {
                    self.quoted_name(quote)?;
                }
                b'[' => {
                    self.quoted_name(b']')?;
                }
                _ => name.extend(self.word()?.to_ascii_lowercase()),
            }
            self.skip_blanks()?;
        }
        if self.peek()? == b'(' {
            self.at += 1;
            return self.function(&name, depth, text);
        }
        Ok(Value::Unknown)
    }

    /// Reads `WITH TIME ZONE '…'` after the type of a string.
    fn with_time_zone(&mut self, depth: usize, text: &mut Vec<u8>) -> Result<Value, Fault> {
        for expected in ["WITH WITHOUT", "TIME", "ZONE"] {
            self.skip_blanks()?;
            if !is_one_of(self.word()?, expected) {
                return Err(Fault::Malformed);
            }
        }
        self.skip_blanks()?;
        if self.peek()? != b'\'' {
            return Err(Fault::Malformed);
        }
        self.term(depth + 1, text)
    }

    /// Skips the rest of `CASE … END`.
    fn case(&mut self) -> Result<(), Fault> {
        let mut depth = 1_usize;
        while depth > 0 {
            let word = self.part(&mut 0)?;
            depth += usize::from(is(word, "CASE"));
            depth -= usize::from(is(word, "END"));
        }
        Ok(())
    }

    /// Skips to the parenthesis or bracket that closes this one.
    pub(super) fn group(&mut self) -> Result<(), Fault> {
        let mut depth = 1;
        while depth > 0 {
            self.part(&mut depth)?;
        }
        Ok(())
    }

    /// Skips a word, a string or a character, and returns the word.
    fn part(&mut self, depth: &mut usize) -> Result<&'a [u8], Fault> {
        self.skip_blanks()?;
        let next = self.peek()?;
        let mut text = Vec::new();
        match next {
            b';' => return Err(Fault::Malformed),
            b'(' | b'[' => {
                *depth += 1;
                if *depth > MAX_DEPTH {
                    return Err(Fault::Malformed);
                }
            }
            b')' | b']' => {
                *depth = depth.checked_sub(1).ok_or(Fault::Malformed)?;
            }
            b'\'' | b'"' => {
                self.at += 1;
                self.string(next, self.escapes(), &mut text)?;
                return self.after_string();
            }
            b'`' => {
                self.quoted_name(b'`')?;
                return Ok(&[]);
            }
            b'$' if !self.dialect.is_mysql() && self.dollars(&mut text)?.is_some() => {
                return self.after_string();
            }
            _ if is_of_word(next) => {
                let word = self.word()?;
                match (self.peek()?, self.bytes.get(self.at + 1)) {
                    (b'\'', _) if self.prefixed(word, &mut text)?.is_some() => {
                        return self.after_string();
                    }
                    (b'\'', _) if word[0] != b'_' && !is_one_of(word, TYPES) => {
                        return Err(Fault::Malformed);
                    }
                    (b'&', Some(b'\'')) if is(word, "U") => {
                        self.at += 2;
                        self.string(b'\'', Escapes::None, &mut text)?;
                        return self.after_string();
                    }
                    _ => {}
                }
                return Ok(word);
            }
            _ => {}
        }
        self.at += 1;
        Ok(&[])
    }

    /// A letter right after a string shows that a quotation mark is missing.
    fn after_string(&self) -> Result<&'a [u8], Fault> {
        if is_of_word(self.peek()?) { Err(Fault::Malformed) } else { Ok(&[]) }
    }
}
