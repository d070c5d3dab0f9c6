//! Traces of text that was decoded wrongly on its way. Such a name would silently never match.

use super::super::Reason;

/// # Errors
///
/// What happened to the name, if its characters show it.
pub(super) fn check(name: &str) -> Result<(), Reason> {
    if name.contains('?') && lost_a_letter(name) {
        return Err(Reason::LostCharacter);
    }
    if name.contains(['&', '%', '=', '\\']) && has_escape(name) {
        return Err(Reason::EscapedText);
    }
    if name.is_ascii() {
        return Ok(());
    }
    if name.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Reason::ReplacementCharacter);
    }
    if is_mojibake(name) { Err(Reason::Mojibake) } else { Ok(()) }
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
        ];
        for name in names {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn a_question_mark_beside_a_letter_is_a_lost_character() {
        for name in ["M?ller", "M??ller", "Fran?ois", "Ä?ä", "?zlem", "Ren?", "Meier ?Karl"] {
            assert_eq!(check(name), Err(Reason::LostCharacter), "{name}");
        }
        for name in ["Meier (?)", "? Meier", "?", "Meier ? Karl"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn an_escape_of_another_format_is_told() {
        for name in ["M&uuml;ller", "M&#252;ller", "M%C3%BCller", "M=FCller", "M\\u00fcller"] {
            assert_eq!(check(name), Err(Reason::EscapedText), "{name}");
        }
        for name in ["Müller & Sohn", "Müller & Söhne; Erben", "50 % Meier", "A=B", "A\\B", "&"]
        {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn the_replacement_character_is_told() {
        assert_eq!(check("M\u{FFFD}ller"), Err(Reason::ReplacementCharacter));
    }
}
