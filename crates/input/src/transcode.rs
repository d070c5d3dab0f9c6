//! Converts a stream from any encoding to UTF-8.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, UTF_8, UTF_16BE, UTF_16LE};

use crate::{
    charset::{Charset, Decision, EncodingReason},
    code_page::CodePage,
};

/// The number of source bytes that are decoded at once.
const CHUNK: usize = 1 << 16;

/// Decodes while reading.
pub(crate) struct Transcoder {
    source: Box<dyn Read + Send>,
    decoding: Decoding,
    decision: Decision,
    /// Whether the encoding was decided since the last note.
    has_news: bool,
    /// The bytes to decode.
    raw: Vec<u8>,
    text: Vec<u8>,
    returned: usize,
    ended: bool,
}

enum Decoding {
    /// A decoder, and the replacement for invalid bytes.
    Standard(Box<Decoder>, &'static [u8]),
    /// An encoding that `encoding_rs` lacks, with one byte for each character.
    ByCharacter(CodePage),
}

impl Transcoder {
    /// Decodes this encoding. If only ASCII was seen so far, the first byte beyond ASCII decides. Invalid
    /// bytes become U+FFFD, which makes their value invalid.
    pub fn new(source: Box<dyn Read + Send>, decision: Decision) -> Self {
        Self::with(source, Decoding::of(decision.charset), decision)
    }

    /// Decodes UTF-16, with or without a byte order mark. A lone surrogate becomes the byte `FF`. UTF-8 never
    /// has this byte, so only the field with the surrogate is reported.
    pub fn of_utf_16(source: Box<dyn Read + Send>, big_endian: bool) -> Self {
        let encoding = if big_endian { UTF_16BE } else { UTF_16LE };
        let decoder = Box::new(encoding.new_decoder_with_bom_removal());
        let decision = Decision::settled(EncodingReason::Unicode);
        Self::with(source, Decoding::Standard(decoder, b"\xFF"), decision)
    }

    fn with(source: Box<dyn Read + Send>, decoding: Decoding, decision: Decision) -> Self {
        Self {
            source,
            decoding,
            decision,
            has_news: false,
            raw: Vec::new(),
            text: Vec::new(),
            returned: 0,
            ended: false,
        }
    }

    /// A note about the encoding, if bytes decided it since the last call.
    pub fn take_note(&mut self) -> Option<String> {
        std::mem::take(&mut self.has_news).then(|| format!("encoding {}", self.decision))
    }

    /// Whether the source has ended.
    pub const fn is_at_end(&self) -> bool {
        self.ended && self.returned == self.text.len()
    }

    fn refill(&mut self) -> io::Result<()> {
        // The source may return fewer bytes at a time. Full chunks make the decision independent of that.
        let chunk = (&mut self.source).take(CHUNK as u64).read_to_end(&mut self.raw)?;
        self.ended = chunk == 0;
        let length = self.decide();
        let mut rest = &self.raw[..length];
        self.returned = 0;
        match &mut self.decoding {
            Decoding::Standard(decoder, replacement) => {
                // Each byte yields at most three bytes of UTF-8. The extra space is for bytes that the decoder
                // held back.
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
        self.raw.drain(..length);
        Ok(())
    }

    /// Decides the encoding if it is still open. Returns the number of bytes to decode. An incomplete
    /// character after ASCII waits for more bytes, since it may belong to another encoding.
    fn decide(&mut self) -> usize {
        let all = self.raw.len();
        if self.decision.why != EncodingReason::AsciiSoFar {
            return all;
        }
        let whole = if self.ended { all } else { all - incomplete(&self.raw) };
        if !self.decision.by_block(&self.raw[..whole]) {
            return whole;
        }
        self.decoding = Decoding::of(self.decision.charset);
        self.has_news = true;
        all
    }
}

impl Decoding {
    fn of(charset: Charset) -> Self {
        let standard = |decoder| Self::Standard(Box::new(decoder), "\u{FFFD}".as_bytes());
        match charset {
            Charset::Utf8 => standard(UTF_8.new_decoder_without_bom_handling()),
            Charset::SingleByte(CodePage::Standard(encoding)) => {
                standard(encoding.new_decoder_without_bom_handling())
            }
            Charset::SingleByte(code_page) => Self::ByCharacter(code_page),
        }
    }
}

/// The length of an incomplete UTF-8 character at the end.
fn incomplete(bytes: &[u8]) -> usize {
    const MAX_LENGTH: usize = 3;
    let is_begin = |length: &usize| {
        let end = &bytes[bytes.len() - length..];
        let error = str::from_utf8(end).err();
        error.is_some_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    };
    (1..=MAX_LENGTH.min(bytes.len())).find(is_begin).unwrap_or(0)
}

impl BufRead for Transcoder {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.returned == self.text.len() && !self.ended {
            self.refill()?;
        }
        Ok(&self.text[self.returned..])
    }

    fn consume(&mut self, length: usize) {
        self.returned += length;
    }
}

impl Read for Transcoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A reader that returns one byte at a time.
    struct OneByteReader(io::Cursor<Vec<u8>>);

    impl Read for OneByteReader {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(1);
            self.0.read(&mut buffer[..length])
        }
    }

    fn read(bytes: &[u8], charset: Charset) -> String {
        let mut text = String::new();
        let source = Box::new(OneByteReader(io::Cursor::new(bytes.to_vec())));
        let decision = Decision::of(charset, EncodingReason::AsGiven);
        Transcoder::new(source, decision).read_to_string(&mut text).expect("from memory");
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

    /// The text, and the note about its encoding.
    fn read_undecided(bytes: &[u8]) -> (String, Option<String>) {
        let mut text = String::new();
        let source = Box::new(OneByteReader(io::Cursor::new(bytes.to_vec())));
        let mut reader = Transcoder::new(source, Decision::by_sample(b"", None));
        reader.read_to_string(&mut text).expect("from memory");
        let note = reader.take_note();
        assert_eq!(reader.take_note(), None, "a note is given once");
        (text, note)
    }

    #[test]
    fn after_ascii_the_first_chunk_with_another_byte_decides() {
        let ascii = "x".repeat(2 * CHUNK);
        assert_eq!(read_undecided(ascii.as_bytes()), (ascii.clone(), None));
        // The chunk may end within a character, or after a letter that looks like the start of one.
        for before in [CHUNK - 1, CHUNK - 2, CHUNK - 3, 2 * CHUNK - 1, 5] {
            let ascii = &ascii[..before];
            for character in ["ä", "€", "😀"] {
                let text = format!("{ascii}{character} Müller");
                let (found, note) = read_undecided(text.as_bytes());
                assert!(found == text, "{character} after {before} bytes");
                assert_eq!(note.as_deref(), Some("encoding UTF-8 (valid UTF-8)"));
            }
            let bytes = [ascii.as_bytes(), b"\xE4ger M\xFCller"].concat();
            let (found, note) = read_undecided(&bytes);
            assert!(found == format!("{ascii}äger Müller"), "after {before} bytes");
            assert_eq!(note.as_deref(), Some("encoding windows-1252 (not UTF-8)"));
        }
    }

    #[test]
    fn an_incomplete_character_at_the_end_is_not_lost() {
        let (text, note) = read_undecided(b"Muster \xE2\x82");
        assert_eq!((text.as_str(), note.is_some()), ("Muster \u{FFFD}", true));
    }

    #[test]
    fn lone_surrogates_in_utf_16_become_bytes_that_are_not_text() {
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
