//! Detects the encoding of an input, and decodes its cells.

use std::{borrow::Cow, fmt};

use crate::{code_page::CodePage, options::Encoding};

/// The encoding of a block. In every one except DIN 66003, ASCII bytes are ASCII characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    Utf8,
    SingleByte(CodePage),
}

/// The default encoding for text that is not UTF-8.
const WINDOWS_1252: CodePage = CodePage::Standard(encoding_rs::WINDOWS_1252);

impl Charset {
    pub const DIN_66003: Self = Self::SingleByte(CodePage::Din66003);

    /// Decodes bytes. Returns `None` if they are invalid in this encoding.
    ///
    /// Allocates only for bytes that are neither ASCII nor UTF-8.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::SingleByte(code_page) => code_page.decode(bytes),
        }
    }

    /// Decodes bytes, with U+FFFD in place of invalid ones.
    pub fn decode_lossily(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            Self::SingleByte(code_page) => code_page.decode_lossily(bytes),
        }
    }

    /// Encodes a text. Returns `None` if this encoding lacks a character.
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        let Self::SingleByte(code_page) = self else { return Some(text.as_bytes().to_vec()) };
        let byte_of = |character: char| {
            let encodes_it = |byte: &u8| {
                let text = code_page.decode(std::slice::from_ref(byte));
                text.is_some_and(|text| text.chars().eq([character]))
            };
            (0..=u8::MAX).find(encodes_it)
        };
        text.chars().map(byte_of).collect()
    }

    /// Whether decoding these bytes as UTF-8 gives the same result, valid or not.
    pub fn is_identity_for(self, bytes: &[u8]) -> bool {
        self == Self::Utf8 || (self != Self::DIN_66003 && bytes.is_ascii())
    }
}

/// The encoding of an input and the reason for it. If only ASCII was seen so far, a later byte may decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub charset: Charset,
    pub why: EncodingReason,
    /// The encoding that applies if the text is not UTF-8.
    fallback: CodePage,
    /// Whether the caller gave that encoding.
    given: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EncodingReason {
    ByteOrderMark,
    /// The format prescribes it.
    Unicode,
    Utf16(&'static str),
    /// The reader of the format decodes the text from this encoding.
    Decoded(&'static str),
    AsGiven,
    AsciiSoFar,
    Utf8,
    /// UTF-8 with a few invalid bytes. The fields with these bytes are reported.
    MostlyUtf8,
    NotUtf8,
}

impl Decision {
    /// UTF-8, known from a byte order mark or because a reader transcodes to it.
    pub fn settled(why: EncodingReason) -> Self {
        Self { charset: Charset::Utf8, why, fallback: WINDOWS_1252, given: false }
    }

    /// A given encoding and its reason.
    pub fn of(charset: Charset, why: EncodingReason) -> Self {
        Self { charset, ..Self::settled(why) }
    }

    /// Whether the bytes themselves show that it is UTF-8 or UTF-16.
    pub const fn is_unicode(&self) -> bool {
        matches!(
            self.why,
            EncodingReason::ByteOrderMark | EncodingReason::Utf16(_) | EncodingReason::Utf8
        )
    }

    /// Decides by a sample. The sample may end within a character.
    pub fn by_sample(sample: &[u8], given: Option<Encoding>) -> Self {
        let (fallback, given) = match given {
            Some(Encoding::Utf8) => return Self::settled(EncodingReason::AsGiven),
            Some(Encoding::SingleByte(code_page)) => (code_page, true),
            _ => (WINDOWS_1252, false),
        };
        // All bytes of DIN 66003 are ASCII, so the bytes cannot show it.
        let why =
            if fallback == CodePage::Din66003 { EncodingReason::AsGiven } else { judge(sample) };
        let charset = match why {
            EncodingReason::NotUtf8 | EncodingReason::AsGiven => Charset::SingleByte(fallback),
            _ => Charset::Utf8,
        };
        Self { charset, why, fallback, given }
    }

    /// Decodes bytes; `None` if they are invalid. For readers that produce UTF-8.
    pub fn decode<'a>(&mut self, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
        self.by_block(bytes);
        self.charset.decode(bytes)
    }

    /// Decodes the content of base64; `None` if it is invalid. It may be binary, so it decides nothing about other
    /// text. Without a given encoding or text that decided, only UTF-8 is valid.
    pub fn decode_base64<'a>(&self, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
        match str::from_utf8(bytes) {
            // Programs write UTF-8 as base64 even beside text in another encoding.
            Ok(text) if !bytes.is_ascii() => Some(Cow::Borrowed(text)),
            _ if self.given => self.fallback.decode(bytes),
            _ => self.charset.decode(bytes),
        }
    }

    /// The same decision, for a reader that decodes the text itself and produces UTF-8.
    pub fn decoded(&self) -> Self {
        let label = match (self.why, self.charset) {
            (EncodingReason::Utf16(label), _) => label,
            (EncodingReason::AsciiSoFar, _) => "ASCII so far",
            (_, Charset::Utf8) => "UTF-8",
            (_, Charset::SingleByte(code_page)) => code_page.name(),
        };
        Self::settled(EncodingReason::Decoded(label))
    }

    /// Whether the encoding is only the default.
    pub fn is_guess(&self) -> bool {
        self.why == EncodingReason::NotUtf8 && !self.given
    }

    /// Decides by a block if no block before it had a byte beyond ASCII. Returns true if this block decided.
    pub fn by_block(&mut self, block: &[u8]) -> bool {
        if self.why != EncodingReason::AsciiSoFar || block.is_ascii() {
            return false;
        }
        let fallback = self.given.then_some(Encoding::SingleByte(self.fallback));
        *self = Self::by_sample(block, fallback);
        true
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.charset {
            Charset::Utf8 => "UTF-8",
            Charset::SingleByte(code_page) => code_page.name(),
        };
        let why = match self.why {
            EncodingReason::ByteOrderMark => "byte order mark",
            EncodingReason::Unicode => "always",
            EncodingReason::Utf16(label) | EncodingReason::Decoded(label) => {
                return formatter.write_str(label);
            }
            EncodingReason::AsGiven => "as given",
            EncodingReason::AsciiSoFar => {
                let fallback = self.fallback.name();
                return write!(
                    formatter,
                    "ASCII so far (further on UTF-8 if valid, else {fallback})"
                );
            }
            EncodingReason::Utf8 => "valid UTF-8",
            EncodingReason::MostlyUtf8 => "except for a few bytes",
            EncodingReason::NotUtf8 => "not UTF-8",
        };
        write!(formatter, "{name} ({why})")
    }
}

/// Judges whether bytes are UTF-8. They may end within a character.
///
/// A few invalid sequences are allowed: at most one for every ten multi-byte characters. Text in another
/// encoding has more of them. Reading UTF-8 with a few invalid bytes as windows-1252 would save a few fields and
/// garble all other umlauts.
fn judge(bytes: &[u8]) -> EncodingReason {
    if bytes.is_ascii() {
        return EncodingReason::AsciiSoFar;
    }
    let (mut right, mut wrong) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        right += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        let rest = chunk.invalid();
        let is_cut = bytes.ends_with(rest)
            && matches!(str::from_utf8(rest), Err(error) if error.error_len().is_none());
        if !rest.is_empty() && !is_cut {
            wrong += 1;
        }
    }
    match wrong {
        0 => EncodingReason::Utf8,
        _ if right / 10 >= wrong => EncodingReason::MostlyUtf8,
        _ => EncodingReason::NotUtf8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(bytes: &[u8]) -> Charset {
        Decision::by_sample(bytes, None).charset
    }

    #[test]
    fn other_text_than_utf_8_is_windows_1252_or_in_the_given_encoding() {
        assert_eq!(decide("Müller".as_bytes()), Charset::Utf8);
        assert_eq!(decide(b"M\xFCller"), Charset::SingleByte(WINDOWS_1252));
        let latin_9 = CodePage::Standard(encoding_rs::ISO_8859_15);
        let given = Some(Encoding::SingleByte(latin_9));
        let taken = Decision::by_sample(b"\xA4 M\xFCller", given).charset;
        assert_eq!(taken.decode(b"\xA4").as_deref(), Some("€"));
    }

    #[test]
    fn a_sample_that_ends_amid_a_character_is_still_utf_8() {
        let text = "Müllerstraße €".as_bytes();
        for end in 2..text.len() {
            assert_eq!(decide(&text[..end]), Charset::Utf8, "cut at {end}");
        }
    }

    #[test]
    fn a_few_wrong_bytes_among_many_umlauts_do_not_garble_the_umlauts() {
        let bytes = [&b"M\xFCller;"[..], "Jäger;".repeat(10).as_bytes()].concat();
        assert_eq!(Decision::by_sample(&bytes, None).why, EncodingReason::MostlyUtf8);
        let fewer = [&b"M\xFCller;"[..], "Jäger;".as_bytes()].concat();
        assert_eq!(decide(&fewer), Charset::SingleByte(WINDOWS_1252));
    }

    #[test]
    fn after_ascii_the_first_other_byte_decides_once() {
        let mut decision = Decision::by_sample(b"Muster", None);
        assert!(!decision.by_block(b"still ASCII"));
        assert!(decision.by_block(b"M\xFCller"));
        assert_eq!(decision.charset, Charset::SingleByte(WINDOWS_1252));
        assert!(!decision.by_block("Müller".as_bytes()), "decided already");
    }

    #[test]
    fn base64_decides_nothing() {
        let undecided = Decision::by_sample(b"Muster", None);
        let latin = Decision::by_sample(b"M\xFCller", None);
        let given = Some(Encoding::SingleByte(CodePage::Cp850));
        let given = Decision::by_sample(b"Muster", given);
        for decision in [undecided, latin, given] {
            assert_eq!(decision.decode_base64("Müller".as_bytes()).as_deref(), Some("Müller"));
            assert_eq!(decision.decode_base64(b"Muster").as_deref(), Some("Muster"));
        }
        assert_eq!(undecided.decode_base64(b"M\xFCller"), None);
        assert_eq!(latin.decode_base64(b"M\xFCller").as_deref(), Some("Müller"));
        assert_eq!(given.decode_base64(b"M\x81ller").as_deref(), Some("Müller"));
    }
}
