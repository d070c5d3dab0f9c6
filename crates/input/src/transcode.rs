//! Converts a stream from any encoding to UTF-8, for parsers that only read UTF-8.

use std::io::{self, BufRead, ErrorKind, Read};

use encoding_rs::{CoderResult, Decoder, UTF_8};

use crate::{charset::Charset, code_page::CodePage};

/// The bytes of the source that are decoded at once.
const CHUNK: usize = 1 << 16;

/// Decodes while reading. Invalid bytes become U+FFFD, which makes their value invalid.
pub(crate) struct Transcoder {
    source: Box<dyn Read + Send>,
    decoding: Decoding,
    raw: Vec<u8>,
    text: Vec<u8>,
    given_out: usize,
    ended: bool,
}

enum Decoding {
    Standard(Box<Decoder>),
    /// An encoding that `encoding_rs` lacks, with one byte for each character.
    ByCharacter(CodePage),
}

impl Transcoder {
    pub fn new(source: Box<dyn Read + Send>, charset: Charset) -> Self {
        let decoding = match charset {
            Charset::Utf8 => Decoding::Standard(Box::new(UTF_8.new_decoder_without_bom_handling())),
            Charset::SingleByte(CodePage::Standard(encoding)) => {
                Decoding::Standard(Box::new(encoding.new_decoder_without_bom_handling()))
            }
            Charset::SingleByte(code_page) => Decoding::ByCharacter(code_page),
        };
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
            Decoding::Standard(decoder) => {
                // At most three bytes of UTF-8 for each byte, and those that the decoder held back.
                self.text.resize(length * 3 + 64, 0);
                let mut written = 0;
                loop {
                    let (outcome, read, new, _) =
                        decoder.decode_to_utf8(rest, &mut self.text[written..], self.ended);
                    rest = &rest[read..];
                    written += new;
                    match outcome {
                        CoderResult::InputEmpty => break,
                        CoderResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
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
}
