//! Traces of text that was decoded wrongly on its way. Such a name would silently never match.

use unicode_normalization::char::is_combining_mark;

use super::{super::Reason, Doubt, fold::joins};

/// Why the name is suspect, if it is: a sign or a digit stands where a letter may have been lost.
///
/// # Errors
///
/// What happened to the name, if its characters show it.
pub(super) fn check(name: &str) -> Result<Doubt, Reason> {
    let is_plain = name.bytes().all(|byte| PLAIN[usize::from(byte)]);
    if !is_plain {
        if name.contains('?') && lost_a_letter(name) {
            return Err(Reason::LostCharacter);
        }
        if name.contains(['&', '%', '=', '\\']) && has_escape(name) {
            return Err(Reason::EscapedText);
        }
    }
    if !name.is_ascii() {
        if name.contains(char::REPLACEMENT_CHARACTER) {
            return Err(Reason::ReplacementCharacter);
        }
        if is_mojibake(name) {
            return Err(Reason::Mojibake);
        }
    }
    let is_doubtful = !is_plain && may_lack_a_letter(name);
    Ok(is_doubtful.then_some(Reason::LostCharacter))
}

/// The bytes of texts that hold nothing but letters up to U+017F and signs that stand beside letters
/// in any name: one pass tells that of most names.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "it is below 256")]
        let is_plain = match byte as u8 {
            b' ' | b'-' | b'.' | b',' | b'\'' | b'(' | b')' | b'/' => true,
            // The signs of multiplication and division end with these two; letters do, too.
            0x97 | 0xB7 => false,
            // The first byte of U+00C0 to U+017F, and all second ones.
            byte => byte.is_ascii_alphabetic() || matches!(byte, 0xC3..=0xC5 | 0x80..=0xBF),
        };
        plain[byte] = is_plain;
        byte += 1;
    }
    plain
};

/// Whether a sign or a digit touches a letter that has no place beside one in a name. ISO 8859-15 and
/// 8859-2 that were read as windows-1252 give `¦ahin` and `Pawe³`; programs write `M_ller` or `M*ller`
/// for a letter that they lack.
fn may_lack_a_letter(name: &str) -> bool {
    let mut before_is_letter = false;
    let mut characters = name.chars().map(plain_width).peekable();
    while let Some(character) = characters.next() {
        // It belongs to the letter before it.
        if is_combining_mark(character) {
            continue;
        }
        let after_is_letter = characters.peek().copied().is_some_and(is_letter);
        let is_letter = is_letter(character);
        let is_doubtful = !is_letter
            && match sort(character) {
                Sort::Usual => false,
                Sort::Acute => !before_is_letter && after_is_letter,
                Sort::Opening => before_is_letter,
                Sort::Quote => before_is_letter && after_is_letter,
                Sort::Other => before_is_letter || after_is_letter,
            };
        if is_doubtful {
            return true;
        }
        before_is_letter = is_letter;
    }
    false
}

/// How usual a character that is no letter is beside one.
enum Sort {
    /// On either side.
    Usual,
    /// After a letter, as an apostrophe; before one it is the Ž of ISO 8859-15.
    Acute,
    /// Before a letter; after one it is the ä or é of code page 850.
    Opening,
    /// On one side; between letters it is the ö of code page 850 or the ť of ISO 8859-2.
    Quote,
    /// On none.
    Other,
}

fn sort(character: char) -> Sort {
    match character {
        '´' => Sort::Acute,
        '„' | '‚' => Sort::Opening,
        '"' | '“' | '”' | '‟' | '«' | '»' | '‹' | '›' => Sort::Quote,
        '-' | '.' | ',' | ';' | ':' | '/' | '(' | ')' => Sort::Usual,
        // Dashes, the signs between the parts of Catalan and Japanese names, and those of Armenian,
        // Hebrew and Arabic.
        '‐'..='―' | '−' | '·' | '‧' | '・' | '･' | '゠' | '՚' | '֊' | '־' | '׳' | '״' | '،' => {
            Sort::Usual
        }
        _ if joins(character) || character.is_whitespace() => Sort::Usual,
        _ => Sort::Other,
    }
}

/// Whether it is a letter as names have them: Unicode counts signs among the letters, too.
fn is_letter(character: char) -> bool {
    character.is_alphabetic() && !matches!(character, 'ª' | 'º' | 'µ' | 'ƒ' | 'ⁿ' | 'ˆ' | 'ˇ')
}

/// The ASCII character of which this is the full-width form, or the character itself.
fn plain_width(character: char) -> char {
    match character {
        '！'..='～' => char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character),
        _ => character,
    }
}

/// Whether a question mark touches a letter: the umlaut that it stands for may be the first or the
/// last of the name.
fn lost_a_letter(name: &str) -> bool {
    let mut before = ' ';
    name.chars().any(|character| {
        let (one, other) = (before, character);
        before = character;
        (one == '?' && other.is_alphabetic()) || (one.is_alphabetic() && other == '?')
    })
}

/// Whether a character is written as in another format: `&uuml;`, `&#252;`, `%C3%BC`, `=FC` or
/// `\u00fc`.
fn has_escape(name: &str) -> bool {
    let is_hex =
        |text: Option<&[u8]>| text.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    name.bytes().enumerate().any(|(place, byte)| {
        let rest = &name.as_bytes()[place + 1..];
        match byte {
            b'%' | b'=' => is_hex(rest.get(..2)),
            b'\\' => rest.first() == Some(&b'u') && is_hex(rest.get(1..5)),
            b'&' => {
                let word =
                    rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#');
                let length = word.count();
                (2..=8).contains(&length) && rest.get(length) == Some(&b';')
            }
            _ => false,
        }
    })
}

/// Whether a character was two or three bytes of UTF-8, each read as one of windows-1252 or
/// ISO 8859-1: `MÃ¼ller`.
///
/// The first byte gives an accented letter. In the second place are symbols and a few letters,
/// which follow no such letter in a real name; quotation marks, dashes and spaces may.
fn is_mojibake(name: &str) -> bool {
    let mut before = ' ';
    let mut rest = name.chars();
    while let Some(first) = rest.next() {
        let mut ahead = rest.clone();
        let (second, third) = (ahead.next().unwrap_or(' '), ahead.next().unwrap_or(' '));
        let damaged = match first {
            // Upper-case Finnish and Swedish names end so: `MÄÄTTÄ–VIRTANEN`.
            'Ä' | 'Å' if matches!(second, '\u{A0}' | '–' | '—') => {
                third.is_lowercase() || !before.is_uppercase()
            }
            'Â'..='Å' => was_later_byte(second),
            // Two bytes in upper case, or the four letters above after lower-casing.
            'Æ'..='ß' | 'â'..='å' if is_symbol(second) => true,
            'à'..='ï' if matches!(second, 'š' | 'œ' | 'ž') => false,
            'à'..='ï' => was_later_byte(second) && was_later_byte(third),
            _ => false,
        };
        if damaged {
            return true;
        }
        before = first;
    }
    false
}

/// Whether the character is that of a byte from 80 to BF, in either encoding.
fn was_later_byte(character: char) -> bool {
    matches!(character, '\u{80}'..='\u{BF}')
        || !character.is_ascii() && "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ".contains(character)
}

/// Whether it is, and has no place in a name at all: no letter, quotation mark, dash or space.
fn is_symbol(character: char) -> bool {
    was_later_byte(character) && !"ŠŒŽšœžŸ‘’‚“”„«»‹›´·–—\u{A0}\u{AD}".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_8_read_as_another_encoding_is_mojibake() {
        let names = [
            "MÃ¼ller",
            "JÃ¶rg",
            "GÃ¤rtner",
            "StrauÃŸ",
            "Ã–zlem",
            "SÃ–REN",
            "Ã„nne",
            "RenÃ©",
            "MÃ\u{A0}rius",
            "Ã\u{81}lvaro",
            "BjÃ¸rn",
            "DvoÅ™Ã¡k",
            "KovaÄ\u{8D}",
            "Å\u{A0}imunek",
            "ErdÅ‘s",
            "Ä°brahim",
            "ÅžimÅŸek",
            "OÂ´Neill",
            "Oâ€™Neill",
            "Ð˜Ð²Ð°Ð½",
            "Nguyá»…n",
            "mã¼ller",
            "Tráº§n",
            "ï»¿Anna",
            "M\u{C3}\u{9C}LLER",
            "Å\u{A0}KODA",
            "HÅ\u{A0}ek",
        ];
        for name in names {
            assert_eq!(check(name), Err(Reason::Mojibake), "{name}");
        }
    }

    #[test]
    fn real_names_are_no_mojibake() {
        let names = [
            "Åsa",
            "ÅSA",
            "Ærø",
            "SÃO",
            "JOÃO",
            "São João",
            "GONÇALVES",
            "Ängström",
            "ÄRGER",
            "Âpre",
            "MÄÄTTÄ–VIRTANEN",
            "MÄÄTTÄ\u{A0}JUHA",
            "JOSÉ\u{A0}MARIA",
            "RENÉ–MARIE",
            "MÍŠEK",
            "KRÁĽ",
            "LÝŽA",
            "Éžen",
            "Renée",
            "D’Ágostino",
            "José ’",
            "Nguyễn",
            "Çelik",
            "Ñúñez",
            "Šimůnek",
            "Tomáš–Jan",
            "Lukáš\u{A0}Novák",
        ];
        for name in names {
            assert_eq!(check(name), Ok(None), "{name}");
        }
    }

    #[test]
    fn a_question_mark_beside_a_letter_is_a_lost_character() {
        for name in ["M?ller", "M??ller", "Fran?ois", "Ä?ä", "?zlem", "Ren?", "Meier ?Karl"] {
            assert_eq!(check(name), Err(Reason::LostCharacter), "{name}");
        }
        for name in ["Meier (?)", "? Meier", "?", "Meier ? Karl"] {
            assert_eq!(check(name), Ok(None), "{name}");
        }
    }

    #[test]
    fn an_escape_of_another_format_is_told() {
        for name in ["M&uuml;ller", "M&#252;ller", "M%C3%BCller", "M=FCller", "M\\u00fcller"] {
            assert_eq!(check(name), Err(Reason::EscapedText), "{name}");
        }
        for name in ["Müller & Sohn", "Müller & Söhne; Erben", "50 % Meier", "&"] {
            assert_eq!(check(name), Ok(None), "{name}");
        }
        for name in ["A=B", "A\\B", "A\\und", "A\\1234", "Müller &Sohn"] {
            assert_eq!(check(name), Ok(Some(Reason::LostCharacter)), "{name}");
        }
    }

    #[test]
    fn the_replacement_character_is_told() {
        assert_eq!(check("M\u{FFFD}ller"), Err(Reason::ReplacementCharacter));
    }

    #[test]
    fn a_sign_or_a_digit_beside_a_letter_may_be_a_lost_one() {
        let names = [
            // ISO 8859-15 and 8859-2, read as windows-1252.
            "¦ahin",
            "Ko¨ut",
            "´ivkovic",
            "´i¸ka",
            "C½ur",
            "£ukasz",
            "Pawe³",
            "Ga³¹zka",
            "K±t",
            "¯ukowski",
            "Ba»a",
            "µudovít",
            "Kov¿",
            "Mªek",
            "©imon",
            // Code page 850, windows-1252 and Mac, each read as another.
            "J”rg",
            "B„r",
            "Ren‚",
            "Chƒteau",
            "M³ller",
            "J÷rg",
            "Stra▀e",
            "Jˆrg",
            "B‰r",
            "M¸ller",
            "M†ller",
            "™zlem",
            // What programs write for a letter that they lack, and DIN 66003.
            "M_ller",
            "M*ller",
            "M#ller",
            "M□ller",
            "M¿ller",
            "M}ller",
            "J|rg",
            "[zdemir",
            "Wei~",
            "M^uller",
            "M¨uller",
            "M$ller",
            "M!ller",
            "Weiß@",
            // Digits.
            "M3ller",
            "Müller2",
            "2Müller",
            "Karl١",
            "O0tto",
            "Weiß3",
            "Ｍ３ller",
            "M²",
            "Karl😀",
        ];
        for name in names {
            assert_eq!(check(name), Ok(Some(Reason::LostCharacter)), "{name}");
        }
    }

    #[test]
    fn usual_signs_are_no_lost_letters() {
        let names = [
            "O'Neill",
            "O’Neill",
            "O´Neill",
            "O`Neill",
            "Oʼ\u{200B}Neill",
            "d‘Alembert",
            "'t Hooft",
            "Müller-Lüdenscheidt",
            "Müller‐Lüdenscheidt",
            "Karl–Heinz",
            "Karl—Heinz",
            "Prof. Dr.med. Frank",
            "v.d.Berg",
            "Müller,Karl",
            "Müller/Meier",
            "Müller;Meier",
            "Müller (Meier)",
            "Anna(Anni)",
            "Müller (2. Ehe)",
            "Karl (2)",
            "Müller 2",
            "Karl 2.",
            "Hans \"Jogi\" Löw",
            "Hans „Jogi“ Löw",
            "Hans ‚Jogi‘ Löw",
            "Hans »Jogi« Löw",
            "Hans «Jogi» Löw",
            "Hans “Jogi” Löw",
            "(\"Jogi\")",
            "geb.:Meier",
            "Gal·la",
            "ジョン・スミス",
            "王小明",
            "Йо\u{301}",
            "हिन्दी",
            "ליאור־כהן",
            "Mu\u{308}ller",
            "Ｍüller",
            "Ｏ＇Neill",
            "Müller－Meier",
            "Karl\u{A0}Heinz",
            "Karl \u{3000}Heinz",
            "Oŷ Ėva ķ",
            "Nguyễn",
            "Müller + Sohn",
        ];
        for name in names {
            assert_eq!(check(name), Ok(None), "{name}");
        }
    }

    #[test]
    fn names_of_plain_bytes_lack_no_letter() {
        let letters = ('\u{C0}'..='\u{17F}').filter(|letter| letter.is_alphabetic());
        for letter in letters.chain("azAZ -.,'()/".chars()) {
            let name = format!("a{letter}b{letter}");
            assert!(!may_lack_a_letter(&name), "{name}");
        }
        for sign in ['×', '÷'] {
            assert!(
                may_lack_a_letter(&format!("a{sign}")) && check(&format!("x{sign}")) != Ok(None)
            );
        }
    }
}
