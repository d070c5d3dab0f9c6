//! Words and names within values.

use super::{Fault, Reader, Value, literal::is_of_word};

impl<'a> Reader<'a> {
    /// Skips a quoted name. It is not a value.
    pub(super) fn quoted_name(&mut self, end: u8) -> Result<Value, Fault> {
        const MAX_LENGTH: usize = 1024;
        let rest = &self.bytes[self.at + 1..];
        let prefix = &rest[..rest.len().min(MAX_LENGTH)];
        let open = if prefix.len() < MAX_LENGTH { Fault::Open } else { Fault::Malformed };
        self.at += 2 + memchr::memchr(end, prefix).ok_or(open)?;
        Ok(Value::Unknown)
    }

    /// Reads a word, which may be empty.
    pub(super) fn word(&mut self) -> Result<&'a [u8], Fault> {
        let word = self.peek_word();
        self.at += word.len();
        self.peek()?;
        if word.is_empty() { Err(Fault::Malformed) } else { Ok(word) }
    }

    pub(super) fn peek_word(&self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        let is_inner = |byte: &u8| is_of_word(*byte) || *byte == b'$';
        if !rest.first().is_some_and(|byte| is_of_word(*byte)) {
            return &[];
        }
        let length = rest.iter().position(|byte| !is_inner(byte)).unwrap_or(rest.len());
        &rest[..length]
    }

    /// Skips a name of one or more parts.
    pub(super) fn skip_name(&mut self) -> Result<(), Fault> {
        loop {
            self.skip_blanks()?;
            match self.peek()? {
                quote @ (b'"' | b'`') => {
                    self.quoted_name(quote)?;
                }
                b'[' => {
                    self.quoted_name(b']')?;
                }
                _ => {
                    self.word()?;
                }
            }
            if self.peek()? != b'.' {
                return Ok(());
            }
            self.at += 1;
        }
    }

    /// Reads the type of a cast, such as `character varying(20)[]`, in lower case.
    pub(super) fn type_name(&mut self) -> Result<Vec<u8>, Fault> {
        const MAX_LENGTH: usize = 256;
        const MORE: &str = "VARYING PRECISION WITH WITHOUT TIME ZONE UNSIGNED SIGNED LARGE OBJECT INTEGER \
                            CHARACTER SET CHARSET";
        let mut name = Vec::new();
        loop {
            self.skip_blanks()?;
            let next = self.peek()?;
            let from = self.at;
            match next {
                b'[' if name.is_empty() => {
                    self.quoted_name(b']')?;
                    name.extend(self.bytes[from + 1..self.at - 1].to_ascii_lowercase());
                    continue;
                }
                b'"' | b'`' if name.is_empty() || name.ends_with(b".") => {
                    self.quoted_name(next)?;
                    name.extend(self.bytes[from + 1..self.at - 1].to_ascii_lowercase());
                    continue;
                }
                b'(' | b'[' => {
                    self.at += 1;
                    self.group()?;
                }
                b'.' => {
                    self.at += 1;
                    // The schema of a type is dropped.
                    name.clear();
                    continue;
                }
                _ if is_of_word(next) => {
                    let word = self.peek_word();
                    if !name.is_empty() && !is_one_of(word, MORE) {
                        return Ok(name);
                    }
                    if !name.is_empty() {
                        name.push(b' ');
                    }
                    self.word()?;
                }
                _ if name.is_empty() => return Err(Fault::Malformed),
                _ => return Ok(name),
            }
            name.extend(self.bytes[from..self.at].to_ascii_lowercase());
            if name.len() > MAX_LENGTH {
                return Err(Fault::Malformed);
            }
        }
    }
}

pub(super) fn is(word: &[u8], keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword.as_bytes())
}

/// Whether it is one of these keywords, which are separated by spaces.
pub(super) fn is_one_of(word: &[u8], keywords: &str) -> bool {
    keywords.split(' ').any(|keyword| is(word, keyword))
}
