//! Detects text that was decoded in the wrong encoding. The wrong forms of umlauts are known.

use std::collections::BTreeMap;

use crate::{charset::Charset, code_page::CodePage, rows::Block};

/// The kind of wrong decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mojibake {
    /// The bytes form German words in this encoding, but not in the one that was assumed.
    Other(CodePage),
    /// The text is UTF-8, with some damaged bytes.
    Utf8,
    /// The text was decoded wrongly before it was written. No encoding repairs it.
    Before,
}

impl Mojibake {
    /// Checks rows that are decoded with this encoding, and are not all ASCII. `None` if nothing seems wrong.
    pub fn of(bytes: &[u8], charset: Charset) -> Option<Self> {
        let is_double = looks_double_encoded(&charset.decode_lossily(bytes));
        match charset {
            Charset::Utf8 => is_double.then_some(Self::Before),
            Charset::SingleByte(_) if is_double => Some(Self::Utf8),
            Charset::SingleByte(code_page) => better_code_page(bytes, code_page).map(Self::Other),
        }
    }

    /// The symptom and the remedy, for people.
    pub fn advice(self) -> String {
        match self {
            Self::Other(code_page) => {
                let name = code_page.name();
                let label = name.to_ascii_lowercase();
                format!("the umlauts look like {name}: try --encoding {label}")
            }
            Self::Utf8 => "the text looks like UTF-8: try --encoding utf-8".to_owned(),
            Self::Before => "the text looks like UTF-8 that was read in another encoding and \
                             written again: ask for a new export"
                .to_owned(),
        }
    }
}

/// The code page in which most characters within words are German letters. `None` if at least half of them
/// are letters in the assumed code page.
fn better_code_page(bytes: &[u8], assumed: CodePage) -> Option<CodePage> {
    const CANDIDATES: [CodePage; 3] = [
        CodePage::Standard(encoding_rs::WINDOWS_1252),
        CodePage::Cp850,
        CodePage::Standard(encoding_rs::MACINTOSH),
    ];
    let counts = count_within_words(bytes);
    let total: usize = counts.values().sum();
    let share = |code_page: CodePage, fits: fn(char) -> bool| -> usize {
        let fitting = counts.iter().filter(|((byte, upper), _)| {
            let text = code_page.decode_lossily(std::slice::from_ref(byte)).into_owned();
            let is_case = |c: char| if *upper { c.is_uppercase() } else { c.is_lowercase() };
            text.chars().all(|character| is_case(character) && fits(character))
        });
        fitting.map(|(_, count)| count).sum()
    };
    if share(assumed, char::is_alphabetic) * 2 >= total {
        return None;
    }
    let german = |code_page| share(code_page, |character| "äöüßéÄÖÜÉ".contains(character));
    let best = CANDIDATES.into_iter().max_by_key(|&candidate| german(candidate))?;
    (german(best) * 2 > total).then_some(best)
}

/// Counts the bytes beyond ASCII that are between two ASCII letters of the same case, or between a capital
/// and a small letter. The flag is true if the byte should be a capital.
fn count_within_words(bytes: &[u8]) -> BTreeMap<(u8, bool), usize> {
    let mut counts = BTreeMap::new();
    for window in bytes.windows(3) {
        let &[before, byte, after] = window else { continue };
        if byte.is_ascii() || !before.is_ascii_alphabetic() || !after.is_ascii_alphabetic() {
            continue;
        }
        let upper = before.is_ascii_uppercase() && after.is_ascii_uppercase();
        if upper || after.is_ascii_lowercase() {
            *counts.entry((byte, upper)).or_default() += 1;
        }
    }
    counts
}

/// Whether most characters beyond ASCII are pairs that result from UTF-8 read in a single-byte encoding, such
/// as `Ã¼` in windows-1252 or `├╝` in CP850.
fn looks_double_encoded(text: &str) -> bool {
    let (mut non_ascii, mut paired) = (0_usize, 0_usize);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_ascii() {
            continue;
        }
        non_ascii += 1;
        let is_lead = matches!(character, '\u{C2}'..='\u{C5}' | '├');
        if is_lead && characters.next_if(|&next| is_continuation(next)).is_some() {
            non_ascii += 1;
            paired += 2;
        }
    }
    paired * 2 > non_ascii
}

/// Whether this character is one of the bytes 80 to BF in windows-1252 or CP850.
fn is_continuation(character: char) -> bool {
    matches!(character, '\u{80}'..='\u{BF}')
        || "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ".contains(character)
        || "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø×ØáíóúñÑ░▒▓│┤ÁÂÀ╣║╗╝┐".contains(character)
}

/// The advice if brackets or braces occur within words.
pub(crate) const DIN_ADVICE: &str = "there are brackets or braces within words: \
                                     if they should be umlauts, give --encoding din-66003";

/// Whether brackets or braces occur within words, like the umlauts of DIN 66003: more than twice, plus once
/// for every 200 lines.
pub(crate) fn has_umlauts_of_din(block: &Block) -> bool {
    let bytes = block.bytes();
    if block.charset != Charset::Utf8 || !bytes.is_ascii() {
        return false;
    }
    let within = bytes.windows(3).filter(|window| {
        matches!(window, [before, b'{' | b'}' | b'[' | b']' | b'~', after]
            if before.is_ascii_alphabetic() && after.is_ascii_alphabetic())
    });
    let lines = memchr::memchr_iter(b'\n', bytes).count();
    within.count() > 2 + lines / 200
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATIN: Charset = Charset::SingleByte(CodePage::Standard(encoding_rs::WINDOWS_1252));
    const DOS: Charset = Charset::SingleByte(CodePage::Cp850);

    #[test]
    fn umlauts_of_dos_read_as_windows_1252_are_detected_and_vice_versa() {
        let dos = b"M\x81ller;J\x84ger;K\x94nig;GR\x99\xE1E";
        assert_eq!(Mojibake::of(dos, LATIN), Some(Mojibake::Other(CodePage::Cp850)));
        assert_eq!(Mojibake::of(dos, DOS), None);
        let latin = b"M\xFCller;J\xE4ger;K\xF6nig";
        let windows = CodePage::Standard(encoding_rs::WINDOWS_1252);
        assert_eq!(Mojibake::of(latin, DOS), Some(Mojibake::Other(windows)));
        assert_eq!(Mojibake::of(latin, LATIN), None);
    }

    #[test]
    fn names_of_other_countries_and_quotation_marks_are_not_umlauts_of_dos() {
        for text in [&b"Du\x9Ako;DU\x8EAN;Luk\xE1\x9A"[..], b"\x84Hans\x93 \x84Eva\x94;\x96"] {
            assert_eq!(Mojibake::of(text, LATIN), None, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn utf_8_that_was_read_in_another_encoding_is_detected() {
        for text in ["MÃ¼ller;JÃ¤ger;GroÃŸ", "M├╝ller;J├ñger"] {
            let found = Mojibake::of(text.as_bytes(), Charset::Utf8);
            assert_eq!(found, Some(Mojibake::Before), "{text}");
        }
        assert_eq!(Mojibake::of("Müller;Jäger".as_bytes(), LATIN), Some(Mojibake::Utf8));
        for text in ["Müller;João;Jäger", "Łódź;Đorđe", "Ärzte – „Köln“"] {
            assert_eq!(Mojibake::of(text.as_bytes(), Charset::Utf8), None, "{text}");
        }
    }
}
