//! Encodings with one byte for each character.

use std::borrow::Cow;

/// An encoding with one byte for each character. Web encodings come from `encoding_rs`. It lacks CP850, CP437
/// and seven-bit encodings, so those are defined here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePage {
    /// An encoding of the WHATWG Encoding Standard; ASCII bytes are ASCII characters.
    Standard(&'static encoding_rs::Encoding),
    /// The Latin code page of DOS; ASCII bytes are ASCII characters.
    Cp850,
    /// The first code page of DOS; ASCII bytes are ASCII characters.
    Cp437,
    /// The German national variant of ISO 646: seven bits, with letters for brackets and braces.
    Din66003,
}

impl CodePage {
    /// The code page with this name, in any case. Also returns encodings of `encoding_rs` that are not
    /// single-byte.
    pub(crate) fn for_label(label: &str) -> Option<Self> {
        match label.trim().to_ascii_lowercase().as_str() {
            "cp850" | "ibm850" | "850" => Some(Self::Cp850),
            "cp437" | "ibm437" | "437" => Some(Self::Cp437),
            // The names in IANA's registry without the short `de`, and common spellings.
            "din-66003" | "din66003" | "din_66003" | "iso646-de" | "iso-ir-21" => {
                Some(Self::Din66003)
            }
            label => encoding_rs::Encoding::for_label(label.as_bytes()).map(Self::Standard),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Standard(encoding) => encoding.name(),
            Self::Cp850 => "CP850",
            Self::Cp437 => "CP437",
            Self::Din66003 => "DIN 66003",
        }
    }

    /// Decodes bytes; `None` if they are invalid in this encoding.
    pub(crate) fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Standard(encoding) => {
                encoding.decode_without_bom_handling_and_without_replacement(bytes)
            }
            Self::Cp850 => Some(by_character(bytes, cp850)),
            Self::Cp437 => Some(by_character(bytes, cp437)),
            Self::Din66003 => bytes.is_ascii().then(|| by_character(bytes, din_66003)),
        }
    }

    /// Decodes bytes, with U+FFFD in place of invalid ones.
    pub(crate) fn decode_lossily(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Standard(encoding) => encoding.decode_without_bom_handling(bytes).0,
            Self::Cp850 => by_character(bytes, cp850),
            Self::Cp437 => by_character(bytes, cp437),
            Self::Din66003 => by_character(bytes, din_66003),
        }
    }
}

/// Whether this ASCII byte is a different character in DIN 66003.
pub(crate) const fn is_german_letter(byte: u8) -> bool {
    matches!(byte, b'@' | b'[' | b'\\' | b']' | b'{' | b'|' | b'}' | b'~')
}

fn by_character(bytes: &[u8], character: fn(u8) -> char) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) if bytes.iter().all(|&byte| character(byte) == char::from(byte)) => {
            Cow::Borrowed(text)
        }
        _ => bytes.iter().copied().map(character).collect(),
    }
}

fn cp850(byte: u8) -> char {
    match byte.checked_sub(128) {
        Some(place) => CP850_UPPER_HALF[usize::from(place)],
        None => char::from(byte),
    }
}

fn cp437(byte: u8) -> char {
    match byte.checked_sub(128) {
        Some(place) => CP437_UPPER_HALF[usize::from(place)],
        None => char::from(byte),
    }
}

/// Unicode's mapping table VENDORS/MICSFT/PC/CP437.TXT, from 0x80 on.
#[rustfmt::skip]
const CP437_UPPER_HALF: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å',
    'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', '¢', '£', '¥', '₧', 'ƒ',
    'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '⌐', '¬', '½', '¼', '¡', '«', '»',
    '░', '▒', '▓', '│', '┤', '╡', '╢', '╖', '╕', '╣', '║', '╗', '╝', '╜', '╛', '┐',
    '└', '┴', '┬', '├', '─', '┼', '╞', '╟', '╚', '╔', '╩', '╦', '╠', '═', '╬', '╧',
    '╨', '╤', '╥', '╙', '╘', '╒', '╓', '╫', '╪', '┘', '┌', '█', '▄', '▌', '▐', '▀',
    'α', 'ß', 'Γ', 'π', 'Σ', 'σ', 'µ', 'τ', 'Φ', 'Θ', 'Ω', 'δ', '∞', 'φ', 'ε', '∩',
    '≡', '±', '≥', '≤', '⌠', '⌡', '÷', '≈', '°', '∙', '·', '√', 'ⁿ', '²', '■', '\u{A0}',
];

/// Unicode's mapping table VENDORS/MICSFT/PC/CP850.TXT, from 0x80 on.
#[rustfmt::skip]
const CP850_UPPER_HALF: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å',
    'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', 'ø', '£', 'Ø', '×', 'ƒ',
    'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '®', '¬', '½', '¼', '¡', '«', '»',
    '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'À', '©', '╣', '║', '╗', '╝', '¢', '¥', '┐',
    '└', '┴', '┬', '├', '─', '┼', 'ã', 'Ã', '╚', '╔', '╩', '╦', '╠', '═', '╬', '¤',
    'ð', 'Ð', 'Ê', 'Ë', 'È', 'ı', 'Í', 'Î', 'Ï', '┘', '┌', '█', '▄', '¦', 'Ì', '▀',
    'Ó', 'ß', 'Ô', 'Ò', 'õ', 'Õ', 'µ', 'þ', 'Þ', 'Ú', 'Û', 'Ù', 'ý', 'Ý', '¯', '´',
    '\u{AD}', '±', '‗', '¾', '¶', '§', '÷', '¸', '°', '¨', '·', '¹', '³', '²', '■', '\u{A0}',
];

/// DIN 66003 (1974), reference version; ISO-IR 21.
fn din_66003(byte: u8) -> char {
    match byte {
        b'@' => '§',
        b'[' => 'Ä',
        b'\\' => 'Ö',
        b']' => 'Ü',
        b'{' => 'ä',
        b'|' => 'ö',
        b'}' => 'ü',
        b'~' => 'ß',
        0x80.. => '\u{FFFD}',
        byte => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn umlauts_of_dos_are_read() {
        for code_page in [CodePage::Cp437, CodePage::Cp850] {
            let text = code_page.decode(b"M\x81ller J\x84ger K\x94nig Gro\xE1 \x8E\x99\x9A");
            assert_eq!(text.as_deref(), Some("Müller Jäger König Groß ÄÖÜ"));
        }
    }

    #[test]
    fn every_byte_of_a_dos_code_page_is_a_different_character() {
        for code_page in [CodePage::Cp437, CodePage::Cp850] {
            let all: Vec<u8> = (0..=255).collect();
            let text = code_page.decode(&all).expect("every byte is text");
            let distinct: std::collections::HashSet<char> = text.chars().collect();
            assert_eq!(distinct.len(), 256);
            assert!(!text.contains('\u{FFFD}'));
        }
    }

    #[test]
    fn umlauts_of_seven_bits_are_read_and_other_bytes_are_not_text() {
        let din = CodePage::Din66003;
        let text = din.decode(b"M}ller J{ger K|nig Gro~ [\\] @ 218");
        assert_eq!(text.as_deref(), Some("Müller Jäger König Groß ÄÖÜ § 218"));
        assert_eq!(din.decode(b"M\xFCller"), None);
        assert_eq!(din.decode_lossily(b"M\xFCller"), "M\u{FFFD}ller");
    }

    #[test]
    fn code_pages_have_their_usual_names() {
        for label in ["cp850", "CP850", "ibm850", "850"] {
            assert_eq!(CodePage::for_label(label), Some(CodePage::Cp850), "{label}");
        }
        for label in ["din-66003", "DIN_66003", "ISO646-DE", "iso-ir-21"] {
            assert_eq!(CodePage::for_label(label), Some(CodePage::Din66003), "{label}");
        }
        let latin_9 = CodePage::Standard(encoding_rs::ISO_8859_15);
        assert_eq!(CodePage::for_label("iso-8859-15"), Some(latin_9));
        assert_eq!(CodePage::for_label("klingon"), None);
    }
}
