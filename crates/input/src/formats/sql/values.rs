//! The values of a row: `(1, 'Müller', CAST(N'1970-02-01' AS Date), NULL)`.
//!
//! An unreadable value makes only its field unusable. A row that is not a list of values is malformed, since
//! the ends of its values are unknown.

mod cast;
mod date;
mod expression;
mod function;
mod literal;
mod words;

use leakdex::Reason;

use super::dialect::Dialect;
use crate::fields::Fields;
pub(in crate::formats::sql) use literal::is_of_word;
use words::{is, is_one_of};

/// Why a row could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The bytes end within the row.
    Open,
    /// The row is not a list of values.
    Malformed,
}

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Null,
    Number,
    Text,
    /// Bytes, written as hexadecimal digits.
    Bytes,
    /// The dump does not contain the value, or the expression is not supported.
    Unknown,
}

impl Value {
    /// The kind of two concatenated values. `||` treats a number as text.
    fn joined(self, other: Self, has_numbers: bool) -> Self {
        let is_part = |value| match value {
            Self::Text => true,
            Self::Number | Self::Bytes => has_numbers,
            Self::Null | Self::Unknown => false,
        };
        if is_part(self) && is_part(other) { Self::Text } else { Self::Unknown }
    }
}

/// Reads the row in parentheses at the start of `bytes`, and returns its length.
pub(super) fn read(bytes: &[u8], dialect: Dialect, fields: &mut Fields) -> Result<usize, Fault> {
    fields.clear();
    let mut reader = Reader { bytes, at: 1, dialect, is_last: false };
    loop {
        reader.field(fields)?;
        match reader.peek()? {
            b',' => reader.at += 1,
            b')' => return Ok(reader.at + 1),
            _ => return Err(Fault::Malformed),
        }
    }
}

/// Reads the values of `SELECT 1, 'Müller' UNION ALL …`, after its first word. Returns the length, and
/// whether another `SELECT` follows.
///
/// `is_last` means that the dump ends with these bytes.
pub(super) fn read_selected(
    bytes: &[u8],
    dialect: Dialect,
    is_last: bool,
    fields: &mut Fields,
) -> Result<(usize, bool), Fault> {
    fields.clear();
    let mut reader = Reader { bytes, at: 0, dialect, is_last };
    loop {
        reader.field(fields)?;
        reader.alias()?;
        if reader.peek()? != b',' {
            break;
        }
        reader.at += 1;
    }
    if is(reader.peek_word(), "FROM") {
        reader.word()?;
        reader.skip_blanks()?;
        let table = reader.word()?;
        if is(table, "SYSIBM") && reader.peek()? == b'.' {
            reader.at += 1;
            reader.word()?;
        } else if !is_one_of(table, "DUAL SYSDUMMY1") {
            return Err(Fault::Malformed);
        }
        reader.skip_blanks()?;
    }
    if !is(reader.peek_word(), "UNION") {
        // Any other clause may remove rows.
        let next = reader.peek_word();
        let is_end = reader.peek()? == b';'
            || is_one_of(next, "GO INSERT ON RETURNING SET COMMIT")
            || reader.begins_statement();
        return if is_end { Ok((reader.at, false)) } else { Err(Fault::Malformed) };
    }
    for expected in ["UNION", "ALL SELECT", "SELECT"] {
        reader.skip_blanks()?;
        let word = reader.word()?;
        if !is_one_of(word, expected) {
            return Err(Fault::Malformed);
        }
        if is(word, "SELECT") {
            break;
        }
    }
    Ok((reader.at, true))
}

/// Reads the names and values of `SET a = 1, b = 'Müller'`, after its first word, and returns the length.
pub(super) fn read_set(
    bytes: &[u8],
    dialect: Dialect,
    is_last: bool,
    fields: &mut Fields,
) -> Result<(usize, Vec<Vec<u8>>), Fault> {
    fields.clear();
    let mut names = Vec::new();
    let mut reader = Reader { bytes, at: 0, dialect, is_last };
    loop {
        let mut name = reader.column()?;
        while reader.peek()? == b'.' {
            reader.at += 1;
            name = reader.column()?;
        }
        names.push(name);
        reader.skip_blanks()?;
        if reader.peek()? == b':' {
            reader.at += 1;
        }
        if reader.peek()? != b'=' {
            return Err(Fault::Malformed);
        }
        reader.at += 1;
        reader.field(fields)?;
        match reader.peek()? {
            b',' => reader.at += 1,
            b';' => return Ok((reader.at, names)),
            _ if is_one_of(reader.peek_word(), "ON AS INSERT") || reader.begins_statement() => {
                return Ok((reader.at, names));
            }
            _ => return Err(Fault::Malformed),
        }
    }
}

/// Reads values from bytes.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    dialect: Dialect,
    /// Whether the dump, and so a statement, ends with these bytes.
    is_last: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Result<u8, Fault> {
        self.byte_or_end(self.at)
    }

    /// The byte at this position, or a semicolon at the end of the dump.
    fn byte_or_end(&self, at: usize) -> Result<u8, Fault> {
        self.bytes.get(at).copied().or(self.is_last.then_some(b';')).ok_or(Fault::Open)
    }

    /// Reads a value as a field, and the blanks after it.
    fn field(&mut self, fields: &mut Fields) -> Result<(), Fault> {
        let start = fields.bytes.len();
        // Nearly all values are plain strings and numbers.
        if !matches!(self.bytes.get(self.at), Some(b'\'' | b'0'..=b'9')) {
            self.skip_blanks()?;
        }
        let value = match self.peek()? {
            b'\'' => {
                self.at += 1;
                self.string(b'\'', self.escapes(), &mut fields.bytes)?
            }
            b'0'..=b'9' => self.number(&mut fields.bytes)?,
            _ => self.term(0, &mut fields.bytes)?,
        };
        let value = match self.peek()? {
            b',' | b')' => value,
            _ => self.read_operators(value, start, 0, &mut fields.bytes)?,
        };
        if value == Value::Unknown {
            fields.bytes.truncate(start);
            fields.push_unusable(Reason::InvalidSql);
        } else {
            fields.end_field();
        }
        Ok(())
    }

    /// Whether a statement begins here, on a line of its own.
    fn begins_statement(&self) -> bool {
        const WORDS: &str = "ALTER BEGIN COMMIT COPY CREATE DECLARE DELETE DROP END EXEC EXECUTE GO IF INSERT MERGE PRINT REPLACE ROLLBACK TRUNCATE UPDATE \
                             USE";
        let (before, rest) = self.bytes.split_at(self.at.min(self.bytes.len()));
        let blanks = before.iter().rev().take_while(|byte| byte.is_ascii_whitespace());
        let begins_line = blanks.into_iter().any(|byte| *byte == b'\n');
        let is_slash = matches!(rest, [b'/'] | [b'/', b'\n' | b'\r', ..]);
        begins_line && (is_slash || is_one_of(self.peek_word(), WORDS))
    }

    /// Skips the alias of a selected value.
    fn alias(&mut self) -> Result<(), Fault> {
        let word = self.peek_word();
        if is(word, "AS") {
            self.word()?;
            self.skip_blanks()?;
        } else if is_one_of(word, "FROM UNION GO INSERT ON RETURNING SET COMMIT")
            || self.begins_statement()
        {
            return Ok(());
        }
        if matches!(self.peek()?, b'`' | b'"' | b'[' | b'\'') || is_of_word(self.peek()?) {
            self.column()?;
        }
        self.skip_blanks()
    }

    /// Reads a name, in quotation marks or not.
    fn column(&mut self) -> Result<Vec<u8>, Fault> {
        self.skip_blanks()?;
        let end = match self.peek()? {
            quote @ (b'`' | b'"' | b'\'') => quote,
            b'[' => b']',
            _ => return Ok(self.word()?.to_vec()),
        };
        let rest = &self.bytes[self.at + 1..];
        let prefix = &rest[..rest.len().min(super::lexer::LONGEST_NAME)];
        let length = memchr::memchr(end, prefix).ok_or(Fault::Malformed)?;
        self.at += length + 2;
        Ok(prefix[..length].to_vec())
    }
}

#[cfg(test)]
mod tests;
