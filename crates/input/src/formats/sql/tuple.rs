//! One row of values in parentheses: `(1, 'Müller', NULL)`.

use memchr::{memchr, memchr2};

use crate::fields::Fields;

/// How strings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// A backslash escapes, as in `MySQL` and `MariaDB`.
    MySql,
    /// Only two quotation marks are special, as the SQL standard has it and `PostgreSQL` and
    /// `SQLite` do; a backslash escapes in `E'…'`.
    Standard,
}

/// Why a row could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The bytes end before the row does.
    Open,
    /// The row is no list of literals.
    Malformed,
}

/// Reads the row that begins with the parenthesis at the begin of `bytes`, and gives its length.
pub(super) fn read(bytes: &[u8], dialect: Dialect, fields: &mut Fields) -> Result<usize, Fault> {
    fields.clear();
    let mut reader = Reader { bytes, at: 1, dialect };
    loop {
        reader.value(fields)?;
        fields.end_field();
        reader.skip_blanks();
        if reader.bytes[reader.at..].starts_with(b"::") {
            reader.skip_type();
        }
        match reader.peek()? {
            b',' => reader.at += 1,
            b')' => return Ok(reader.at + 1),
            _ => return Err(Fault::Malformed),
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    dialect: Dialect,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    None,
    MySql,
    Postgres,
}

impl Reader<'_> {
    fn peek(&self) -> Result<u8, Fault> {
        self.bytes.get(self.at).copied().ok_or(Fault::Open)
    }

    fn skip_blanks(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    /// Passes over the type of a cast such as `::character varying(20)[]`.
    fn skip_type(&mut self) {
        let mut depth = 0_usize;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\'' => return,
                b')' | b',' if depth == 0 => return,
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn value(&mut self, fields: &mut Fields) -> Result<(), Fault> {
        self.skip_blanks();
        let escapes = match self.dialect {
            Dialect::MySql => Escapes::MySql,
            Dialect::Standard => Escapes::None,
        };
        match self.peek()? {
            quote @ (b'\'' | b'"') => {
                self.at += 1;
                self.string(quote, escapes, fields)
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' => self.number(fields),
            byte if byte.is_ascii_alphabetic() || byte == b'_' => self.word(escapes, fields),
            _ => Err(Fault::Malformed),
        }
    }

    fn number(&mut self, fields: &mut Fields) -> Result<(), Fault> {
        if let [b'0', b'x' | b'X', ..] = self.bytes[self.at..] {
            self.at += 2;
            return self.hex(fields);
        }
        let is_of_number =
            |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| !is_of_number(byte)).ok_or(Fault::Open)?;
        fields.bytes.extend_from_slice(&rest[..length]);
        self.at += length;
        Ok(())
    }

    /// Reads digits of hexadecimal bytes, as far as they go.
    fn hex(&mut self, fields: &mut Fields) -> Result<(), Fault> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|byte| !byte.is_ascii_hexdigit());
        let length = end.ok_or(Fault::Open)?;
        let bytes = hex::decode(&rest[..length]).map_err(|_| Fault::Malformed)?;
        fields.bytes.extend_from_slice(&bytes);
        self.at += length;
        Ok(())
    }

    /// Reads `NULL` and the like, or a string after the letter or name that says what it is.
    fn word(&mut self, escapes: Escapes, fields: &mut Fields) -> Result<(), Fault> {
        let rest = &self.bytes[self.at..];
        let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let length = rest.iter().position(|byte| !is_of_word(byte)).ok_or(Fault::Open)?;
        let word = &rest[..length];
        let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
        self.at += length;
        let quoted = rest[length] == b'\'';
        if quoted && (is("e") || is("n") || is("b") || is("x")) {
            self.at += 1;
            if is("x") {
                self.hex(fields)?;
                let closing = self.peek()?;
                self.at += 1;
                return if closing == b'\'' { Ok(()) } else { Err(Fault::Malformed) };
            }
            let escapes = if is("e") { Escapes::Postgres } else { escapes };
            return self.string(b'\'', escapes, fields);
        }
        if is("null") || is("default") {
            return Ok(());
        }
        if is("true") || is("false") {
            fields.bytes.extend_from_slice(word);
            return Ok(());
        }
        // A character set before the string, as in `_binary 'x'`; it cannot stand twice.
        self.skip_blanks();
        match (word[0], self.peek()?) {
            (b'_', quote @ (b'\'' | b'"')) => {
                self.at += 1;
                self.string(quote, escapes, fields)
            }
            (b'_', b'0') => self.number(fields),
            (b'_', b'x' | b'X') if self.bytes.get(self.at + 1) == Some(&b'\'') => {
                self.word(escapes, fields)
            }
            _ => Err(Fault::Malformed),
        }
    }

    /// Reads on within a string up to its closing quotation mark.
    fn string(&mut self, quote: u8, escapes: Escapes, fields: &mut Fields) -> Result<(), Fault> {
        loop {
            let rest = &self.bytes[self.at..];
            let found = match escapes {
                Escapes::None => memchr(quote, rest),
                Escapes::MySql | Escapes::Postgres => memchr2(quote, b'\\', rest),
            };
            let found = found.ok_or(Fault::Open)?;
            fields.bytes.extend_from_slice(&rest[..found]);
            let next = *rest.get(found + 1).ok_or(Fault::Open)?;
            self.at += found + 1;
            if rest[found] == b'\\' {
                self.at += 1;
                self.escape(next, escapes, fields)?;
            } else if next == quote {
                fields.bytes.push(quote);
                self.at += 1;
            } else {
                return Ok(());
            }
        }
    }

    /// Reads on after a backslash and the character behind it.
    fn escape(&mut self, code: u8, escapes: Escapes, fields: &mut Fields) -> Result<(), Fault> {
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
                fields.bytes.push(b'\\');
                code
            }
            b'0'..=b'7' if !is_mysql => {
                self.at -= 1;
                return self.code(8, 3, fields);
            }
            b'x' if !is_mysql => return self.code(16, 2, fields),
            b'u' if !is_mysql => return self.code_point(4, fields),
            b'U' if !is_mysql => return self.code_point(8, fields),
            other => other,
        };
        fields.bytes.push(byte);
        Ok(())
    }

    /// Reads the number of a byte.
    fn code(&mut self, radix: u32, most: usize, fields: &mut Fields) -> Result<(), Fault> {
        let value = self.digits(radix, most)?;
        fields.bytes.push(u8::try_from(value).map_err(|_| Fault::Malformed)?);
        Ok(())
    }

    fn code_point(&mut self, length: usize, fields: &mut Fields) -> Result<(), Fault> {
        let character = char::from_u32(self.digits(16, length)?).ok_or(Fault::Malformed)?;
        fields.bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn digits(&mut self, radix: u32, most: usize) -> Result<u32, Fault> {
        let rest = &self.bytes[self.at..];
        let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
        let length = rest.iter().take(most).take_while(is_digit).count();
        let text = str::from_utf8(&rest[..length]).map_err(|_| Fault::Malformed)?;
        self.at += length;
        u32::from_str_radix(text, radix).map_err(|_| Fault::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(row: &str, dialect: Dialect) -> Result<Vec<String>, Fault> {
        let mut fields = Fields::default();
        let length = read(row.as_bytes(), dialect, &mut fields)?;
        assert_eq!(length, row.len(), "{row}");
        Ok(fields.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect())
    }

    #[track_caller]
    fn assert_values(row: &str, dialect: Dialect, expected: &[&str]) {
        assert_eq!(
            values(row, dialect).as_deref(),
            Ok(&*expected.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()),
            "{row}"
        );
    }

    #[test]
    fn mysql_strings_escape_with_a_backslash() {
        let row = r#"('O\'Neil', 'a''b', "c\"d", 'C:\\x', '\0\n\Z\%\q')"#;
        let last = "\0\n\u{1A}\\%q";
        assert_values(row, Dialect::MySql, &["O'Neil", "a'b", "c\"d", "C:\\x", last]);
    }

    #[test]
    fn standard_strings_escape_after_an_e_only() {
        let row = r"('C:\', 'a''b', E'O\'Neil\n\101\x42\u00fc')";
        assert_values(row, Dialect::Standard, &["C:\\", "a'b", "O'Neil\nABü"]);
    }

    #[test]
    fn other_literals_are_read() {
        let row = "(NULL, -1.5e3, 0x4D61, x'4d61', _binary 'a', _utf8mb4 0x61, TRUE, N'b', \
                   'c'::character varying(20), default)";
        let expected = ["", "-1.5e3", "Ma", "Ma", "a", "a", "TRUE", "b", "c", ""];
        assert_values(row, Dialect::MySql, &expected);
    }

    #[test]
    fn what_is_no_literal_is_malformed_and_what_has_no_end_is_open() {
        for row in ["()", "(1,)", "(NOW())", "('a' 'b')", "(0x123)", "(x'1g')", "(E'\\x')", "(a)"] {
            assert_eq!(values(row, Dialect::Standard), Err(Fault::Malformed), "{row}");
        }
        for row in
            ["(", "(1", "('a", "('a'", "(1,", "(NULL", "(_utf8 ", "(0x", "('a'::text", "(E'\\"]
        {
            assert_eq!(values(row, Dialect::Standard), Err(Fault::Open), "{row}");
        }
    }
}
