//! The rows of `COPY … FROM stdin`, in the text format of `PostgreSQL` and in its CSV format.

use memchr::{memchr, memchr2};

use crate::fields::Fields;

/// The format of the rows of a `COPY`.
#[derive(Clone)]
pub(super) struct CopyFormat {
    style: Style,
    /// The delimiter, if the statement gives it.
    delimiter: Option<u8>,
    /// The null text, if the statement gives it.
    null: Option<Vec<u8>>,
    quote: u8,
    escape: Option<u8>,
    pub has_header: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Text,
    Csv,
}

impl Default for CopyFormat {
    fn default() -> Self {
        Self {
            style: Style::Text,
            delimiter: None,
            null: None,
            quote: b'"',
            escape: None,
            has_header: false,
        }
    }
}

/// The next part of a `COPY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Row,
    /// The end of the rows.
    End,
}

impl CopyFormat {
    pub fn set_style(&mut self, style: Style) {
        self.style = style;
    }

    fn delimiter(&self) -> u8 {
        let usual = if self.style == Style::Csv { b',' } else { b'\t' };
        self.delimiter.unwrap_or(usual)
    }

    fn null(&self) -> &[u8] {
        let usual: &[u8] = if self.style == Style::Csv { b"" } else { b"\\N" };
        self.null.as_deref().unwrap_or(usual)
    }

    /// Sets an option. Returns false if the value is not allowed.
    pub fn set(&mut self, option: &super::lexer::Token, text: &[u8]) -> bool {
        let text: &[u8] = if text == b"\\t" { b"\t" } else { text };
        if option.is("NULL") {
            self.null = Some(text.to_vec());
            return true;
        }
        let (b"''" | [_], Some(&byte)) = (text, text.first()) else { return false };
        if option.is_one_of("DELIMITER DELIMITERS") {
            self.delimiter = Some(byte);
        } else if option.is("QUOTE") {
            self.quote = byte;
        } else {
            self.escape = Some(byte);
        }
        true
    }

    /// Reads a row or the end marker, and returns its length. `None` if it is incomplete. `is_last` means
    /// that the input ends with these bytes.
    pub fn read(&self, bytes: &[u8], is_last: bool, fields: &mut Fields) -> Option<(Line, usize)> {
        let end = memchr(b'\n', bytes);
        let line = &bytes[..end.or(is_last.then_some(bytes.len()))?];
        let length = end.map_or(bytes.len(), |end| end + 1);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line == b"\\." {
            return Some((Line::End, length));
        }
        if self.style == Style::Csv {
            return Some((Line::Row, self.read_csv(bytes, is_last, fields)?));
        }
        fields.clear();
        let (delimiter, null) = (self.delimiter(), self.null());
        if memchr(b'\\', line).is_none() {
            // Most lines have no escapes.
            for field in line.split(|&byte| byte == delimiter) {
                if field != null {
                    fields.bytes.extend_from_slice(field);
                }
                fields.end_field();
            }
            return Some((Line::Row, length));
        }
        let mut rest = line;
        loop {
            // A delimiter after a backslash is text.
            let mut at = 0;
            let end = loop {
                match memchr2(delimiter, b'\\', &rest[at..]).map(|found| at + found) {
                    Some(found) if rest[found] == b'\\' => at = rest.len().min(found + 2),
                    end => break end,
                }
            };
            let field = &rest[..end.unwrap_or(rest.len())];
            if field != null {
                unescape(field, &mut fields.bytes);
            }
            fields.end_field();
            let Some(end) = end else { break };
            rest = &rest[end + 1..];
        }
        Some((Line::Row, length))
    }

    fn read_csv(&self, bytes: &[u8], is_last: bool, fields: &mut Fields) -> Option<usize> {
        fields.clear();
        let escape = self.escape.unwrap_or(self.quote);
        let (delimiter, null) = (self.delimiter(), self.null());
        let (mut at, mut start) = (0, 0);
        let (mut is_quoted, mut had_quotes) = (false, false);
        loop {
            let byte = match bytes.get(at) {
                Some(&byte) => byte,
                None if is_last && !is_quoted => b'\n',
                None => return None,
            };
            at += 1;
            if is_quoted {
                if byte == escape
                    && bytes.get(at).is_some_and(|&next| next == self.quote || next == escape)
                {
                    fields.bytes.push(bytes[at]);
                    at += 1;
                } else if byte == self.quote {
                    is_quoted = false;
                } else {
                    fields.bytes.push(byte);
                }
            } else if byte == self.quote {
                (is_quoted, had_quotes) = (true, true);
            } else if byte == delimiter || byte == b'\n' {
                if byte == b'\n'
                    && !had_quotes
                    && fields.bytes.len() > start
                    && fields.bytes.ends_with(b"\r")
                {
                    fields.bytes.pop();
                }
                if !had_quotes && fields.bytes[start..] == *null {
                    fields.bytes.truncate(start);
                }
                fields.end_field();
                (start, had_quotes) = (fields.bytes.len(), false);
                if byte == b'\n' {
                    return Some(at.min(bytes.len()));
                }
            } else if !(byte == b'\r' && had_quotes) {
                fields.bytes.push(byte);
            }
        }
    }
}

fn unescape(field: &[u8], text: &mut Vec<u8>) {
    let mut rest = field;
    while let Some(backslash) = memchr(b'\\', rest) {
        text.extend_from_slice(&rest[..backslash]);
        rest = &rest[backslash + 1..];
        let Some(&code) = rest.first() else { return text.push(b'\\') };
        let (byte, length) = match code {
            b'b' => (8, 1),
            b'f' => (12, 1),
            b'n' => (b'\n', 1),
            b'r' => (b'\r', 1),
            b't' => (b'\t', 1),
            b'v' => (11, 1),
            b'0'..=b'7' => number(rest, 8, 3, 0),
            b'x' if rest.get(1).is_some_and(u8::is_ascii_hexdigit) => number(rest, 16, 2, 1),
            other => (other, 1),
        };
        text.push(byte);
        rest = &rest[length..];
    }
    text.extend_from_slice(rest);
}

/// Decodes the number of a byte after a prefix, and returns the length of the whole escape.
fn number(bytes: &[u8], radix: u32, most: usize, skipped: usize) -> (u8, usize) {
    let digits = bytes[skipped..].iter().take(most);
    let digits = digits.map_while(|&byte| char::from(byte).to_digit(radix));
    let (value, length) =
        digits.fold((0, skipped), |(value, length), digit| (value * radix + digit, length + 1));
    // As in PostgreSQL, only the low eight bits of an octal number count.
    (u8::try_from(value & 0xFF).unwrap_or(u8::MAX), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(format: &CopyFormat, bytes: &[u8]) -> Vec<String> {
        let mut fields = Fields::default();
        let read = format.read(bytes, false, &mut fields);
        assert_eq!(read, Some((Line::Row, bytes.len())));
        fields.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect()
    }

    #[test]
    fn fields_are_unescaped() {
        let read = fields(&CopyFormat::default(), b"a\\tb\t\\N\t\t\\\\N\t\\101\\x42\\q\\\n");
        assert_eq!(read, ["a\tb", "", "", "\\N", "ABq\\"]);
    }

    #[test]
    fn csv_rows_with_quotes_line_ends_and_nulls_are_read() {
        let mut format = CopyFormat::default();
        format.set_style(Style::Csv);
        let read = fields(&format, b"a,\"b,\"\"c\"\"\",,\"\",\"d\ne\"\r\n");
        assert_eq!(read, ["a", "b,\"c\"", "", "", "d\ne"]);
        format.delimiter = Some(b';');
        format.null = Some(b"NULL".to_vec());
        format.escape = Some(b'\\');
        assert_eq!(fields(&format, b"NULL;\"NULL\";\"a\\\"b\"\n"), ["", "NULL", "a\"b"]);
        let mut fields = Fields::default();
        assert_eq!(format.read(b"a;\"open\n", true, &mut fields), None);
        assert_eq!(format.read(b"\\.\n", true, &mut fields), Some((Line::End, 3)));
    }
}
