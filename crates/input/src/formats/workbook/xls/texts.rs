//! Strings of an Excel workbook of 1993 to 2003. A string may continue in the next record.

use encoding_rs::Encoding;

use super::Version;
use crate::formats::workbook::{
    bytes::{Fields, push_utf16},
    parts::SharedStrings,
};

/// The data of a record and of its continuations.
pub(super) struct Texts<'s> {
    segments: std::slice::Iter<'s, &'s [u8]>,
    /// The rest of the current segment.
    rest: Fields<'s>,
    version: Version,
}

/// The encoding of a string.
struct Header {
    is_wide: bool,
    /// The number of bytes after the characters.
    extra: usize,
}

impl<'s> Texts<'s> {
    pub fn new(segments: &'s [&'s [u8]], version: Version) -> Self {
        Self { segments: segments.iter(), rest: Fields(&[]), version }
    }

    /// Reads the shared strings.
    pub fn table(&mut self) -> Option<SharedStrings> {
        self.read(Fields::u32)?;
        let count = self.read(Fields::u32)?;
        let (mut texts, mut text) = (SharedStrings::default(), String::new());
        for _ in 0..count {
            text.clear();
            // Some programs write a count that is too high. A cell that refers to a missing string is an error.
            if self.push_long(&mut text).is_none() {
                break;
            }
            texts.push(&text);
        }
        Some(texts)
    }

    /// Adds a string with a two-byte length. Returns false if its encoding is unknown.
    pub fn push_long(&mut self, text: &mut String) -> Option<bool> {
        let chars = usize::from(self.read(Fields::u16)?);
        self.push(chars, text)
    }

    /// A string with a one-byte length.
    pub fn short(&mut self) -> Option<String> {
        let mut text = String::new();
        let chars = usize::from(self.read(Fields::u8)?);
        self.push(chars, &mut text)?;
        Some(text)
    }

    /// The code of a number format.
    pub fn format_code(&mut self) -> Option<String> {
        match self.version {
            Version::Biff5(_) => self.short(),
            Version::Biff8 => {
                let mut text = String::new();
                self.push_long(&mut text)?;
                Some(text)
            }
        }
    }

    fn push(&mut self, chars: usize, text: &mut String) -> Option<bool> {
        match self.version {
            Version::Biff5(encoding) => self.push_bytes(chars, encoding, text),
            Version::Biff8 => self.push_chars(chars, text).map(|()| true),
        }
    }

    fn push_bytes(
        &mut self,
        chars: usize,
        encoding: Option<&'static Encoding>,
        text: &mut String,
    ) -> Option<bool> {
        let mut bytes = Vec::with_capacity(chars);
        while bytes.len() < chars {
            self.fill()?;
            let next = self.rest.0.len().min(chars - bytes.len());
            bytes.extend_from_slice(self.rest.bytes(next)?);
        }
        let decoded = match encoding {
            None if bytes.is_ascii() => String::from_utf8(bytes).ok(),
            None => None,
            Some(encoding) => {
                let decoded = encoding.decode_without_bom_handling_and_without_replacement(&bytes);
                decoded.map(Into::into)
            }
        };
        text.push_str(decoded.as_deref().unwrap_or_default());
        Some(decoded.is_some())
    }

    fn push_chars(&mut self, chars: usize, text: &mut String) -> Option<()> {
        let Header { mut is_wide, mut extra } = self.header()?;
        let (mut left, mut wide) = (chars, Vec::new());
        while left > 0 {
            if self.rest.0.is_empty() {
                self.fill()?;
                // A continuation may change the width of characters.
                is_wide = self.rest.u8()? & 1 == 1;
                continue;
            }
            let width = if is_wide { 2 } else { 1 };
            // Characters are never split.
            let count = (self.rest.0.len() / width).min(left);
            let bytes = self.rest.bytes(count * width).filter(|_| count > 0)?;
            if is_wide {
                wide.extend_from_slice(bytes);
            } else {
                wide.extend(bytes.iter().flat_map(|&byte| [byte, 0]));
            }
            left -= count;
        }
        push_utf16(&wide, text);
        while extra > 0 {
            self.fill()?;
            let next = self.rest.0.len().min(extra);
            self.rest.skip(next)?;
            extra -= next;
        }
        Some(())
    }

    fn header(&mut self) -> Option<Header> {
        let options = self.read(Fields::u8)?;
        let runs = if options & 8 == 0 { 0 } else { self.read(Fields::u16)?.into() };
        let phonetic = if options & 4 == 0 { 0 } else { self.read(Fields::u32)? };
        let extra = usize::try_from(phonetic).ok()?.checked_add(runs * 4)?;
        Some(Header { is_wide: options & 1 == 1, extra })
    }

    /// Reads a number. Numbers are never split.
    fn read<N>(&mut self, number: impl FnOnce(&mut Fields<'s>) -> Option<N>) -> Option<N> {
        self.fill()?;
        number(&mut self.rest)
    }

    /// Continues in the next segment at the end of this one.
    fn fill(&mut self) -> Option<()> {
        while self.rest.0.is_empty() {
            self.rest = Fields(self.segments.next()?);
        }
        Some(())
    }
}

/// The encoding of a Windows code page; `None` if it is unknown.
pub(super) fn encoding_of(page: u16) -> Option<&'static Encoding> {
    Some(match page {
        // Windows-1252 includes ASCII.
        367 | 1252 | 0x8001 => encoding_rs::WINDOWS_1252,
        866 => encoding_rs::IBM866,
        874 => encoding_rs::WINDOWS_874,
        932 => encoding_rs::SHIFT_JIS,
        936 => encoding_rs::GBK,
        949 => encoding_rs::EUC_KR,
        950 => encoding_rs::BIG5,
        1250 => encoding_rs::WINDOWS_1250,
        1251 => encoding_rs::WINDOWS_1251,
        1253 => encoding_rs::WINDOWS_1253,
        1254 => encoding_rs::WINDOWS_1254,
        1255 => encoding_rs::WINDOWS_1255,
        1256 => encoding_rs::WINDOWS_1256,
        1257 => encoding_rs::WINDOWS_1257,
        1258 => encoding_rs::WINDOWS_1258,
        10_000 | 0x8000 => encoding_rs::MACINTOSH,
        _ => return None,
    })
}
