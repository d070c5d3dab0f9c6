//! Traces of text that was decoded wrongly on its way. Such a name would silently never match.

use super::super::Reason;

/// # Errors
///
/// What happened to the name, if its characters show it.
pub(super) fn check(name: &str) -> Result<(), Reason> {
    if name.contains('?') && lost_a_letter(name) {
        return Err(Reason::LostCharacter);
    }
    if name.is_ascii() {
        return Ok(());
    }
    if name.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Reason::ReplacementCharacter);
    }
    if is_mojibake(name) { Err(Reason::Mojibake) } else { Ok(()) }
}

/// Whether one or more question marks stand between two letters.
fn lost_a_letter(name: &str) -> bool {
    let mut pieces = name.split('?').peekable();
    let mut after_letter = false;
    while let Some(piece) = pieces.next() {
        if after_letter && piece.starts_with(char::is_alphabetic) {
            return true;
        }
        // An empty piece lies between two question marks.
        if !piece.is_empty() {
            after_letter = piece.ends_with(char::is_alphabetic) && pieces.peek().is_some();
        }
    }
    false
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
    fn a_question_mark_between_letters_is_a_lost_character() {
        for name in ["M?ller", "M??ller", "Fran?ois", "Ä?ä"] {
            assert_eq!(check(name), Err(Reason::LostCharacter), "{name}");
        }
        for name in ["Meier?", "Meier (?)", "? Meier", "Meier? Karl", "?", "Meier ?Karl"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn the_replacement_character_is_told() {
        assert_eq!(check("M\u{FFFD}ller"), Err(Reason::ReplacementCharacter));
    }
}
