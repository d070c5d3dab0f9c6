//! The text that separates two fields of a row.

use std::{fmt, str::FromStr};

use crate::option_error::OptionError;

/// The delimiter between two fields: one or more characters without another meaning in CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiter {
    /// The text in UTF-8, padded with zeros.
    text: [u8; Self::MAX_LENGTH],
    length: u8,
}

impl Delimiter {
    const MAX_LENGTH: usize = 12;

    /// The single-byte delimiters that are detected, the most likely first.
    pub(crate) const DETECTED: [Self; 4] =
        [Self::of(b';'), Self::of(b','), Self::of(b'\t'), Self::of(b'|')];

    const fn of(byte: u8) -> Self {
        let mut text = [0; Self::MAX_LENGTH];
        text[0] = byte;
        Self { text, length: 1 }
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.text[..usize::from(self.length)]).expect("it was made of text")
    }

    /// The byte, if the delimiter is one ASCII character.
    pub(crate) const fn byte(self) -> Option<u8> {
        if self.length == 1 { Some(self.text[0]) } else { None }
    }

    /// Returns `None` if the text is empty or too long, or contains a quotation mark, a line end or NUL.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let has_forbidden = text.contains(['\0', '"', '\r', '\n']);
        if text.is_empty() || text.len() > Self::MAX_LENGTH || has_forbidden {
            return None;
        }
        let mut bytes = [0; Self::MAX_LENGTH];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Some(Self { text: bytes, length: u8::try_from(text.len()).ok()? })
    }
}

impl FromStr for Delimiter {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let text = if text.eq_ignore_ascii_case("tab") { "\t" } else { text };
        Self::new(&unescaped(text)).ok_or_else(|| {
            OptionError::new(
                "expected one or a few characters, such as ';', '+|', '\\x1f' or 'tab'; \
                 no quotation mark and no line end",
            )
        })
    }
}

/// Replaces the escapes `\t` and `\xHH` (two hexadecimal digits).
fn unescaped(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut unescaped = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.strip_prefix('x').and_then(|rest| rest.get(..2));
        let code = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (part.strip_prefix('t'), code) {
            (Some(rest), _) => unescaped.extend(['\t'].into_iter().chain(rest.chars())),
            (_, Some(code)) => {
                unescaped.push(char::from(code));
                unescaped.push_str(&part[3..]);
            }
            (None, None) => unescaped.extend(['\\'].into_iter().chain(part.chars())),
        }
    }
    unescaped
}

impl fmt::Display for Delimiter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            "\t" => formatter.write_str("tab"),
            text => write!(formatter, "'{}'", text.escape_debug()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_is_one_or_a_few_characters_or_the_word_tab() {
        for (text, delimiter) in [
            (";", ";"),
            ("\\t", "\t"),
            ("tab", "\t"),
            ("\t", "\t"),
            ("+|", "+|"),
            ("~|~", "~|~"),
            (";;", ";;"),
            ("¦", "¦"),
            ("\\x1f", "\u{1F}"),
            ("\\x01|\\t", "\u{1}|\t"),
            ("\\", "\\"),
            ("\\xyz", "\\xyz"),
        ] {
            let parsed: Delimiter = text.parse().expect("a delimiter");
            assert_eq!(parsed.text(), delimiter, "{text}");
            assert_eq!(parsed.byte().is_some(), delimiter.len() == 1, "{text}");
        }
        for text in ["", "\"", "|\"|", "\n", "\r", "\0", "\\x00", "\\x0a", "0123456789abc"] {
            assert!(text.parse::<Delimiter>().is_err(), "{text:?}");
        }
    }
}
