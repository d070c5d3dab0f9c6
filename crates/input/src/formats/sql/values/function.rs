//! Functions that can be evaluated from the dump alone.

use std::ops::Range;

use super::{
    Fault, Reader, Value, cast, date,
    words::{is, is_one_of},
};
use crate::transfer::base64;

/// The maximum number of arguments of a function.
const MAX_ARGUMENTS: usize = 64;

/// SQL Server types. In `CONVERT` they precede the value.
const TYPES: &str = "CHAR NCHAR VARCHAR NVARCHAR TEXT NTEXT DATE DATETIME DATETIME2 SMALLDATETIME TIME \
                     DATETIMEOFFSET INT BIGINT SMALLINT TINYINT BIT DECIMAL NUMERIC FLOAT REAL MONEY \
                     SMALLMONEY UNIQUEIDENTIFIER XML BINARY VARBINARY IMAGE SYSNAME";

/// An argument of a function, and its place in the text.
struct Argument {
    value: Value,
    range: Range<usize>,
}

impl Reader<'_> {
    /// Reads the arguments of a function, after the parenthesis, and appends its value.
    pub(super) fn function(
        &mut self,
        name: &[u8],
        depth: usize,
        text: &mut Vec<u8>,
    ) -> Result<Value, Fault> {
        let start = text.len();
        let value = match name {
            b"cast" | b"try_cast" | b"safe_cast" => self.cast(depth, text)?,
            b"convert" | b"try_convert" => self.convert(depth, text)?,
            b"concat"
            | b"char"
            | b"chr"
            | b"nchar"
            | b"unichar"
            | b"replace"
            | b"unhex"
            | b"hextoraw"
            | b"from_base64"
            | b"utl_raw.cast_to_varchar2"
            | b"utl_raw.cast_to_raw"
            | b"to_date"
            | b"to_timestamp"
            | b"to_timestamp_tz"
            | b"str_to_date"
            | b"date"
            | b"timestamp"
            | b"datetime"
            | b"to_char"
            | b"to_clob"
            | b"to_nclob"
            | b"to_nchar"
            | b"to_number"
            | b"unistr"
            | b"decode"
            | b"convert_from"
            | b"utl_encode.base64_decode"
            | b"json"
            | b"to_blob"
            | b"rtrim"
            | b"empty_clob"
            | b"empty_blob"
            | b"sys.xmltype.createxml"
            | b"xmltype" => match self.arguments(depth, text)? {
                Some(arguments) => self.value_of(name, start, &arguments, text),
                None => Value::Unknown,
            },
            _ => {
                self.group()?;
                Value::Unknown
            }
        };
        if value == Value::Unknown {
            text.truncate(start);
        }
        Ok(value)
    }

    /// Reads arguments up to the parenthesis. `None` if they are not a list of values.
    fn arguments(
        &mut self,
        depth: usize,
        text: &mut Vec<u8>,
    ) -> Result<Option<Vec<Argument>>, Fault> {
        let mut arguments = Vec::new();
        self.skip_blanks()?;
        if self.peek()? == b')' {
            self.at += 1;
            return Ok(Some(arguments));
        }
        loop {
            let start = text.len();
            let value = self.expression(depth + 1, text)?;
            arguments.push(Argument { value, range: start..text.len() });
            self.skip_blanks()?;
            // A character set, as in `CHAR(65 USING utf8)`.
            if is(self.peek_word(), "USING") {
                self.word()?;
                self.skip_blanks()?;
                self.word()?;
                self.skip_blanks()?;
            }
            let next = self.peek()?;
            if next == b')' {
                self.at += 1;
                return Ok(Some(arguments));
            }
            if next != b',' || arguments.len() == MAX_ARGUMENTS {
                self.group()?;
                return Ok(None);
            }
            self.at += 1;
        }
    }

    /// Reads `value AS type)`.
    fn cast(&mut self, depth: usize, text: &mut Vec<u8>) -> Result<Value, Fault> {
        let start = text.len();
        let value = self.expression(depth + 1, text)?;
        self.skip_blanks()?;
        if !is(self.peek_word(), "AS") {
            self.group()?;
            return Ok(Value::Unknown);
        }
        self.word()?;
        let of_type = self.type_name()?;
        self.close()?;
        Ok(cast::cast(value, &of_type, text, start, self.dialect))
    }

    /// Reads `type, value[, style])` for SQL Server, or `value, type)` and `value USING name)` for `MySQL`.
    fn convert(&mut self, depth: usize, text: &mut Vec<u8>) -> Result<Value, Fault> {
        self.skip_blanks()?;
        let start = text.len();
        if is_one_of(self.peek_word(), TYPES) || self.peek()? == b'[' {
            let of_type = self.type_name()?;
            self.skip_blanks()?;
            if self.peek()? != b',' {
                self.group()?;
                return Ok(Value::Unknown);
            }
            self.at += 1;
            let Some(arguments) = self.arguments(depth, text)? else { return Ok(Value::Unknown) };
            let value = match &arguments[..] {
                [Argument { value, .. }] => *value,
                [Argument { value, range }, Argument { value: Value::Number, range: style }] => {
                    let parts = date::style(&text[style.clone()]);
                    let has_digits = matches!(&text[style.clone()], b"1" | b"2")
                        && (*value == Value::Bytes || is_binary(&of_type));
                    let (is_date, is_text) = (is_date(&of_type), *value == Value::Text);
                    text.truncate(range.end);
                    match parts {
                        // Styles 1 and 2 convert between bytes and their hexadecimal digits.
                        _ if has_digits => Value::Unknown,
                        _ if !is_date || !is_text => *value,
                        Some(parts) if parts.is_empty() => *value,
                        Some(parts) => {
                            replace_by(date_of(&text[range.clone()], &parts), start, text)
                        }
                        None => Value::Unknown,
                    }
                }
                _ => Value::Unknown,
            };
            return Ok(cast::cast(value, &of_type, text, start, self.dialect));
        }
        let value = self.expression(depth + 1, text)?;
        self.skip_blanks()?;
        if is(self.peek_word(), "USING") {
            self.word()?;
            self.skip_blanks()?;
            let encoding = self.word()?;
            self.close()?;
            let is_known = value != Value::Bytes || self.is_in(&text[start..], encoding);
            return Ok(if is_known { value } else { Value::Unknown });
        }
        if self.peek()? != b',' {
            self.group()?;
            return Ok(Value::Unknown);
        }
        self.at += 1;
        let of_type = self.type_name()?;
        self.close()?;
        Ok(cast::cast(value, &of_type, text, start, self.dialect))
    }

    fn close(&mut self) -> Result<(), Fault> {
        self.skip_blanks()?;
        if self.peek()? == b')' {
            self.at += 1;
            Ok(())
        } else {
            self.group()
        }
    }

    /// Replaces the arguments in the text with the value of a function.
    fn value_of(
        &self,
        name: &[u8],
        start: usize,
        arguments: &[Argument],
        text: &mut Vec<u8>,
    ) -> Value {
        use Value::{Bytes, Null, Number, Text, Unknown};
        let part = |number: usize| &text[arguments[number].range.clone()];
        let values: Vec<Value> = arguments.iter().map(|argument| argument.value).collect();
        if values.contains(&Unknown) {
            return Unknown;
        }
        if values.contains(&Null) {
            let is_null = values[0] == Null && name != b"concat";
            text.truncate(start);
            return if is_null { Null } else { Unknown };
        }
        let result = match (name, &values[..]) {
            (
                b"unhex"
                | b"hextoraw"
                | b"from_base64"
                | b"utl_encode.base64_decode"
                | b"decode"
                | b"to_blob"
                | b"utl_raw.cast_to_raw",
                _,
            ) => {
                let parts: Vec<&[u8]> = (0..values.len()).map(part).collect();
                return replace_by_bytes(bytes_of(name, &values, &parts), start, text);
            }
            (b"concat", [_, ..]) => return Text,
            (b"convert_from", [Bytes, Text]) if self.is_in(part(0), part(1)) => {
                Some(part(0).to_vec())
            }
            // A text with a backslash may consist of the hexadecimal digits of its bytes.
            (b"convert_from", [Text, Text])
                if self.is_in(part(0), part(1)) && memchr::memchr(b'\\', part(0)).is_none() =>
            {
                Some(part(0).to_vec())
            }
            (b"empty_clob" | b"empty_blob", []) => return Null,
            (b"char" | b"chr" | b"nchar" | b"unichar", [Number, ..]) => {
                let numbers = arguments.iter().map(|argument| &text[argument.range.clone()]);
                self.characters(numbers, name)
            }
            (b"replace", [Text, Text, Text | Bytes]) => replaced(part(0), part(1), part(2)),
            (
                b"to_char"
                | b"to_clob"
                | b"to_nclob"
                | b"to_nchar"
                | b"to_date"
                | b"to_timestamp"
                | b"to_timestamp_tz"
                | b"json"
                | b"xmltype"
                | b"sys.xmltype.createxml",
                [Text],
            )
            | (b"utl_raw.cast_to_varchar2", [Bytes])
            | (b"to_char" | b"to_number", [Number]) => Some(part(0).to_vec()),
            (b"to_date" | b"to_timestamp", [Text, Text] | [Text, Text, Text]) => {
                date::oracle_format(part(1)).and_then(|parts| date_of(part(0), &parts))
            }
            (b"str_to_date", [Text, Text]) => {
                date::mysql_format(part(1)).and_then(|parts| date_of(part(0), &parts))
            }
            (b"date" | b"timestamp" | b"datetime", [Text]) => {
                let is_iso = part(0).len() >= 10 && part(0)[..4].iter().all(u8::is_ascii_digit);
                is_iso.then(|| part(0).to_vec())
            }
            (b"unistr", [Text]) => {
                let mut result = Vec::new();
                self.push_numbered(part(0), &mut result).then_some(result)
            }
            (b"rtrim", [Text]) => {
                let spaces = part(0).iter().rev().take_while(|byte| **byte == b' ').count();
                Some(part(0)[..part(0).len() - spaces].to_vec())
            }
            _ => None,
        };
        replace_by(result, start, text)
    }

    /// Whether these bytes are the same text in this encoding and in the encoding of the file.
    fn is_in(&self, bytes: &[u8], encoding: &[u8]) -> bool {
        let is_utf8 = is_one_of(encoding, "UTF8 UTF-8 UTF8MB4 UTF8MB3") && self.dialect.is_utf8;
        bytes.is_ascii() || is_utf8
    }

    /// The characters with these numbers. Beyond ASCII, a number is unambiguous only in Unicode.
    fn characters<'a>(
        &self,
        numbers: impl Iterator<Item = &'a [u8]>,
        name: &[u8],
    ) -> Option<Vec<u8>> {
        let mut characters = Vec::new();
        for number in numbers {
            let code = str::from_utf8(number).ok()?.parse::<u32>().ok()?;
            let is_known = code < 0x80 || matches!(name, b"nchar" | b"unichar");
            if !is_known || !self.push_character(Some(code), &mut characters) {
                return None;
            }
        }
        Some(characters)
    }
}

/// The bytes that a function returns. Where an Oracle function expects bytes, the database reads a text as
/// hexadecimal digits. So a text is not accepted there.
fn bytes_of(name: &[u8], values: &[Value], parts: &[&[u8]]) -> Option<Vec<u8>> {
    use Value::{Bytes, Text};
    match (name, values) {
        (b"unhex" | b"hextoraw", [Text]) => hex::decode(parts[0]).ok(),
        (b"from_base64", [Text | Bytes]) | (b"utl_encode.base64_decode", [Bytes]) => {
            base64(parts[0])
        }
        (b"decode", [Text, Text]) => match parts[1].to_ascii_lowercase().as_slice() {
            b"hex" => hex::decode(parts[0]).ok(),
            b"base64" => base64(parts[0]),
            _ => None,
        },
        (b"to_blob", [Bytes]) | (b"utl_raw.cast_to_raw", [Text]) => Some(parts[0].to_vec()),
        _ => None,
    }
}

fn is_binary(of_type: &[u8]) -> bool {
    of_type.starts_with(b"binary") || of_type.starts_with(b"varbinary") || of_type == b"image"
}

fn is_date(of_type: &[u8]) -> bool {
    of_type.starts_with(b"date") || of_type.starts_with(b"smalldatetime")
}

fn date_of(text: &[u8], parts: &[date::Part]) -> Option<Vec<u8>> {
    date::iso(text, parts).map(String::into_bytes)
}

/// Like [`replace_by`], for a function that returns bytes.
fn replace_by_bytes(result: Option<Vec<u8>>, start: usize, text: &mut Vec<u8>) -> Value {
    match replace_by(result, start, text) {
        Value::Text => Value::Bytes,
        other => other,
    }
}

fn replace_by(result: Option<Vec<u8>>, start: usize, text: &mut Vec<u8>) -> Value {
    text.truncate(start);
    match result {
        Some(result) => {
            text.extend_from_slice(&result);
            Value::Text
        }
        None => Value::Unknown,
    }
}

/// Replaces a part of a text, as `.dump` of `SQLite` does for line ends. `None` for a longer replacement, so
/// the text cannot grow.
fn replaced(text: &[u8], part: &[u8], by: &[u8]) -> Option<Vec<u8>> {
    if part.is_empty() || by.len() > part.len() {
        return None;
    }
    let mut result = Vec::with_capacity(text.len());
    let mut at = 0;
    for found in memchr::memmem::find_iter(text, part) {
        result.extend_from_slice(&text[at..found]);
        result.extend_from_slice(by);
        at = found + part.len();
    }
    result.extend_from_slice(&text[at..]);
    Some(result)
}
