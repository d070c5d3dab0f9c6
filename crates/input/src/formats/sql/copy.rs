//! One line of `COPY … FROM stdin`, in the text format of `PostgreSQL`.

use crate::fields::Fields;

/// Reads a line without its end: fields between tabs, `\N` for none, a backslash before what is
/// not itself.
pub(super) fn read(line: &[u8], fields: &mut Fields) {
    fields.clear();
    for field in line.split(|&byte| byte == b'\t') {
        if field != b"\\N" {
            unescape(field, &mut fields.bytes);
        }
        fields.end_field();
    }
}

fn unescape(field: &[u8], text: &mut Vec<u8>) {
    let mut rest = field;
    while let Some(backslash) = memchr::memchr(b'\\', rest) {
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

/// The byte of this number, which begins after so many bytes, and the length of it all.
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

    #[test]
    fn fields_are_unescaped() {
        let mut fields = Fields::default();
        read(b"a\\tb\t\\N\t\t\\\\N\t\\101\\x42\\q\\", &mut fields);
        let read: Vec<_> = fields.iter().map(String::from_utf8_lossy).collect();
        assert_eq!(read, ["a\tb", "", "", "\\N", "ABq\\"]);
    }
}
