//! Converts a stream from any encoding to UTF-8.

use std::io::{self, BufRead, ErrorKind, Read};

use encoding_rs::{Decoder, DecoderResult, UTF_8, UTF_16BE, UTF_16LE};

use crate::{charset::Charset, code_page::CodePage};

/// The bytes of the source that are decoded at once.
const CHUNK: usize = 1 << 16;

/// Decodes while reading.
pub(crate) struct Transcoder {
    source: Box<dyn Read + Send>,
    decoding: Decoding,
    raw: Vec<u8>,
    text: Vec<u8>,
    given_out: usize,
    ended: bool,
}

enum Decoding {
    /// A decoder, and the replacement for invalid bytes.
    Standard(Box<Decoder>, &'static [u8]),
    /// An encoding that `encoding_rs` lacks, with one byte for each character.
    ByCharacter(CodePage),
}

impl Transcoder {
    /// Reads text in this encoding. Invalid bytes become U+FFFD, which makes their value invalid.
    pub fn new(source: Box<dyn Read + Send>, charset: Charset) -> Self {
        let standard = |decoder| Decoding::Standard(Box::new(decoder), "\u{FFFD}".as_bytes());
        let decoding = match charset {
            Charset::Utf8 => standard(UTF_8.new_decoder_without_bom_handling()),
            Charset::SingleByte(CodePage::Standard(encoding)) => {
                standard(encoding.new_decoder_without_bom_handling())
            }
            Charset::SingleByte(code_page) => Decoding::ByCharacter(code_page),
        };
        Self::with(source, decoding)
    }

    /// Reads UTF-16, with or without a byte order mark. A lone surrogate becomes the byte `FF`. UTF-8 never
    /// has this byte, so the command reports the field with it, and no other field.
    pub fn of_utf_16(source: Box<dyn Read + Send>, big_endian: bool) -> Self {
        let encoding = if big_endian { UTF_16BE } else { UTF_16LE };
        let decoder = Box::new(encoding.new_decoder_with_bom_removal());
        Self::with(source, Decoding::Standard(decoder, b"\xFF"))
    }

    fn with(source: Box<dyn Read + Send>, decoding: Decoding) -> Self {
        Self { source, decoding, raw: vec![0; CHUNK], text: Vec::new(), given_out: 0, ended: false }
    }

    /// Whether the source has ended.
    pub const fn is_at_end(&self) -> bool {
        self.ended && self.given_out == self.text.len()
    }

    fn refill(&mut self) -> io::Result<()> {
        let length = loop {
            match self.source.read(&mut self.raw) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        self.ended = length == 0;
        let mut rest = &self.raw[..length];
        self.given_out = 0;
        match &mut self.decoding {
            Decoding::Standard(decoder, replacement) => {
                // At most three bytes of UTF-8 for each byte, and those that the decoder held back.
                self.text.resize(length * 3 + 64, 0);
                let mut written = 0;
                loop {
                    let (outcome, read, new) = decoder.decode_to_utf8_without_replacement(
                        rest,
                        &mut self.text[written..],
                        self.ended,
                    );
                    rest = &rest[read..];
                    written += new;
                    match outcome {
                        DecoderResult::InputEmpty => break,
                        DecoderResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                        DecoderResult::Malformed(..) => {
                            let end = written + replacement.len();
                            self.text.resize(self.text.len().max(end), 0);
                            self.text[written..end].copy_from_slice(replacement);
                            written = end;
                        }
                    }
                }
                self.text.truncate(written);
            }
            Decoding::ByCharacter(code_page) => {
                self.text.clear();
                self.text.extend_from_slice(code_page.decode_lossily(rest).as_bytes());
            }
        }
        Ok(())
    }
}

impl BufRead for Transcoder {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.given_out == self.text.len() && !self.ended {
            self.refill()?;
        }
        Ok(&self.text[self.given_out..])
    }

    fn consume(&mut self, length: usize) {
        self.given_out += length;
    }
}

impl Read for Transcoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.fill_buf()?;
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.consume(length);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A reader that gives one byte at a time.
    struct Dripping(io::Cursor<Vec<u8>>);

    impl Read for Dripping {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(1);
            self.0.read(&mut buffer[..length])
        }
    }

    fn read(bytes: &[u8], charset: Charset) -> String {
        let mut text = String::new();
        let source = Box::new(Dripping(io::Cursor::new(bytes.to_vec())));
        Transcoder::new(source, charset).read_to_string(&mut text).expect("from memory");
        text
    }

    #[test]
    fn every_encoding_becomes_utf_8_and_invalid_bytes_become_replacement_characters() {
        let latin_9 = Charset::SingleByte(CodePage::Standard(encoding_rs::ISO_8859_15));
        assert_eq!(read(b"\xA4 M\xFCller", latin_9), "€ Müller");
        assert_eq!(read(b"M\x81ller", Charset::SingleByte(CodePage::Cp850)), "Müller");
        assert_eq!(read("€ Müller".as_bytes(), Charset::Utf8), "€ Müller");
        assert_eq!(read(b"M\xFCller \xE2\x82", Charset::Utf8), "M\u{FFFD}ller \u{FFFD}");
    }

    #[test]
    fn lone_surrogates_in_utf_16_become_bytes_that_are_no_text() {
        let units: [u16; 5] = [0xFEFF, 0x41, 0xD800, 0x42, 0xFC];
        for big_endian in [false, true] {
            let bytes: Vec<u8> = units
                .iter()
                .flat_map(|unit| {
                    let [high, low] = [(unit >> 8) & 0xFF, unit & 0xFF]
                        .map(|half| u8::try_from(half).expect("a byte"));
                    if big_endian { [high, low] } else { [low, high] }
                })
                .collect();
            let mut text = Vec::new();
            Transcoder::of_utf_16(Box::new(io::Cursor::new(bytes)), big_endian)
                .read_to_end(&mut text)
                .expect("from memory");
            assert_eq!(text, [b"A\xFFB", "ü".as_bytes()].concat());
        }
    }

    proptest! {
        #[test]
        fn utf_16_comes_out_as_the_same_text(text in ".{0,200}", repeated in 1_usize..400) {
            let text = text.replace('\u{FEFF}', "").repeat(repeated);
            let bytes: Vec<u8> = text
                .encode_utf16()
                .flat_map(|unit| [unit & 0xFF, unit >> 8])
                .map(|half| u8::try_from(half).expect("a byte"))
                .collect();
            let mut read = String::new();
            Transcoder::of_utf_16(Box::new(io::Cursor::new(bytes)), false).read_to_string(&mut read).expect("valid");
            prop_assert_eq!(read, text);
        }
    }
}
