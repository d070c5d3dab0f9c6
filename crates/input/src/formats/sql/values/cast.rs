//! Casts of a value to another type.

use super::{Dialect, Value, date};

/// Casts the value that begins at `start` in the text to a type.
pub(super) fn cast(
    value: Value,
    of_type: &[u8],
    text: &mut Vec<u8>,
    start: usize,
    dialect: Dialect,
) -> Value {
    let name = of_type.split(|byte| matches!(byte, b'(' | b' ' | b'[')).next().unwrap_or(of_type);
    let name = str::from_utf8(name).unwrap_or("");
    let is_kept = match (name, value) {
        (_, Value::Null | Value::Unknown) => return value,
        ("nchar" | "nvarchar" | "ntext", Value::Bytes) if !dialect.is_mysql() => {
            push_utf_16(text, start, dialect)
        }
        (
            "char" | "character" | "nchar" | "varchar" | "nvarchar" | "varchar2" | "nvarchar2"
            | "bpchar",
            _,
        ) => fits_length(&text[start..], of_type),
        ("date" | "datetime" | "datetime2" | "smalldatetime", Value::Bytes) => {
            let date = date::of_bytes(name, &text[start..]);
            text.truncate(start);
            text.extend(date.iter().flat_map(|date| date.bytes()));
            date.is_some()
        }
        (
            "date" | "datetime" | "datetime2" | "smalldatetime" | "datetimeoffset" | "timestamp"
            | "timestamptz",
            _,
        ) => value == Value::Text,
        (
            "int" | "integer" | "int2" | "int4" | "int8" | "bigint" | "smallint" | "tinyint"
            | "mediumint" | "signed" | "unsigned" | "serial",
            _,
        ) => is_number(&text[start..], false),
        (
            "decimal" | "numeric" | "number" | "dec" | "float" | "float4" | "float8" | "real"
            | "double" | "money" | "smallmoney",
            _,
        ) => is_number(&text[start..], true),
        _ => true,
    };
    match is_kept {
        false => {
            text.truncate(start);
            Value::Unknown
        }
        true if value == Value::Bytes => Value::Text,
        true => value,
    }
}

/// Whether a text fits into the type. A longer text would be truncated.
fn fits_length(text: &[u8], of_type: &[u8]) -> bool {
    let most = of_type.split(|byte| matches!(byte, b'(' | b')')).nth(1);
    let most = most.and_then(|most| str::from_utf8(most).ok());
    let most = most.and_then(|most| most.split(' ').next()?.trim().parse::<usize>().ok());
    most.is_none_or(|most| String::from_utf8_lossy(text).chars().count() <= most)
}

/// Whether a text is a number without leading zeros. Only types with a fraction allow a point or an exponent.
fn is_number(text: &[u8], has_fraction: bool) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let is_digit = |byte: &u8| {
        byte.is_ascii_digit() || has_fraction && matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-')
    };
    let has_zero = digits.len() > 1 && digits[0] == b'0' && digits[1] != b'.';
    !digits.is_empty() && !has_zero && digits.iter().all(is_digit)
}

/// Decodes UTF-16.
fn push_utf_16(text: &mut Vec<u8>, start: usize, dialect: Dialect) -> bool {
    let (units, rest) = text[start..].as_chunks();
    let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    let is_whole = rest.is_empty();
    let Ok(decoded) = String::from_utf16(&units) else { return false };
    text.truncate(start);
    text.extend_from_slice(decoded.as_bytes());
    is_whole && (dialect.is_utf8 || decoded.is_ascii())
}
