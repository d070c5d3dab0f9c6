//! Traces of text that was decoded wrongly. A damaged name would silently never match.

use unicode_normalization::char::is_combining_mark;

use super::{super::Reason, Doubt, fold::is_ignored};

/// Why the name is suspect, if it is: a sign or a digit may replace a lost letter.
///
/// # Errors
///
/// The kind of damage, if the characters show it.
pub(super) fn check(name: &str) -> Result<Doubt, Reason> {
    let is_plain = name.bytes().all(|byte| PLAIN[usize::from(byte)]);
    if !is_plain {
        if name.contains('?') && lost_a_letter(name) {
            return Err(Reason::LostCharacter);
        }
        if name.contains("**") || name.contains('•') {
            return Err(Reason::Masked);
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

/// The bytes of names that contain only letters up to U+017F and signs that any name may have
/// beside letters. One pass clears most names.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "it is below 256")]
        let is_plain = match byte as u8 {
            b' ' | b'-' | b'.' | b',' | b'\'' | b'(' | b')' | b'/' => true,
            // The signs of multiplication and division end with these two bytes. So do some
            // letters.
            0x97 | 0xB7 => false,
            // The first bytes of U+00C0 to U+017F, and all second bytes.
            byte => byte.is_ascii_alphabetic() || matches!(byte, 0xC3..=0xC5 | 0x80..=0xBF),
        };
        plain[byte] = is_plain;
        byte += 1;
    }
    plain
};

/// Whether a sign or a digit touches a letter although names do not have it there. ISO 8859-15 and
/// 8859-2 read as windows-1252 give `¦ahin` and `Pawe³`; programs write `M_ller` or `M*ller` for a
/// letter that they lack.
fn may_lack_a_letter(name: &str) -> bool {
    let mut before_is_letter = false;
    let mut characters = name.chars().map(plain_width).peekable();
    while let Some(character) = characters.next() {
        // A combining mark belongs to the letter before it.
        if is_combining_mark(character) {
            continue;
        }
        let after_is_letter = characters.peek().copied().is_some_and(is_letter);
        let is_letter = is_letter(character);
        let is_doubtful = !is_letter
            && match symbol_use(character) {
                SymbolUse::Usual => false,
                SymbolUse::Acute => !before_is_letter && after_is_letter,
                SymbolUse::Opening => before_is_letter,
                SymbolUse::Quote => before_is_letter && after_is_letter,
                SymbolUse::Other => before_is_letter || after_is_letter,
            };
        if is_doubtful {
            return true;
        }
        before_is_letter = is_letter;
    }
    false
}

/// On which side of a letter a sign may stand in a name.
enum SymbolUse {
    /// On either side.
    Usual,
    /// After a letter, as an apostrophe. Before a letter, it is the Ž of ISO 8859-15.
    Acute,
    /// Before a letter. After one, it is the ä or é of code page 850.
    Opening,
    /// On one side of a letter. Between letters, it is the ö of code page 850 or the ť of ISO
    /// 8859-2.
    Quote,
    /// On neither side.
    Other,
}

fn symbol_use(character: char) -> SymbolUse {
    match character {
        '´' => SymbolUse::Acute,
        '„' | '‚' => SymbolUse::Opening,
        '"' | '“' | '”' | '‟' | '«' | '»' | '‹' | '›' => SymbolUse::Quote,
        '-' | '.' | ',' | ';' | ':' | '/' | '(' | ')' => SymbolUse::Usual,
        // Dashes, the signs between the parts of Catalan and Japanese names, and the signs of
        // Armenian, Hebrew and Arabic names.
        '‐'..='―' | '−' | '·' | '‧' | '・' | '･' | '゠' | '՚' | '֊' | '־' | '׳' | '״' | '،' => {
            SymbolUse::Usual
        }
        _ if is_ignored(character) || character.is_whitespace() => SymbolUse::Usual,
        _ => SymbolUse::Other,
    }
}

/// Whether this is a letter of names. Unicode counts some signs among the letters.
fn is_letter(character: char) -> bool {
    character.is_alphabetic() && !matches!(character, 'ª' | 'º' | 'µ' | 'ƒ' | 'ⁿ' | 'ˆ' | 'ˇ')
}

/// The ASCII character for a full-width form; otherwise the character itself.
fn plain_width(character: char) -> char {
    match character {
        '！'..='～' => char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character),
        _ => character,
    }
}

/// Whether a question mark touches a letter. It may replace an umlaut at the start or the end of
/// the name.
fn lost_a_letter(name: &str) -> bool {
    let mut pairs = name.chars().zip(name.chars().skip(1));
    pairs.any(|pair| matches!(pair, ('?', other) | (other, '?') if other.is_alphabetic()))
}

/// Whether a character is escaped for another format: `&uuml;`, `&#252;`, `%C3%BC`, `=FC` or
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

/// Whether two or three bytes of UTF-8 were each read as one character of windows-1252 or ISO
/// 8859-1: `MÃ¼ller`.
///
/// The first byte becomes an accented letter. The second becomes a symbol, or one of a few letters,
/// which follow no such letter in a real name. Quotation marks, dashes and spaces can follow one.
fn is_mojibake(name: &str) -> bool {
    let mut before = ' ';
    let mut rest = name.chars();
    while let Some(first) = rest.next() {
        let mut ahead = rest.clone();
        let (second, third) = (ahead.next().unwrap_or(' '), ahead.next().unwrap_or(' '));
        let damaged = match first {
            // Upper-case Finnish and Swedish names end like this: `MÄÄTTÄ–VIRTANEN`.
            'Ä' | 'Å' if matches!(second, '\u{A0}' | '–' | '—') => {
                third.is_lowercase() || !before.is_uppercase()
            }
            'Â'..='Å' => is_from_high_byte(second),
            // Two bytes in upper case, or the four letters above after lower-casing.
            'Æ'..='ß' | 'â'..='å' if is_symbol(second) => true,
            'à'..='ï' if matches!(second, 'š' | 'œ' | 'ž') => false,
            'à'..='ï' => is_from_high_byte(second) && is_from_high_byte(third),
            _ => false,
        };
        if damaged {
            return true;
        }
        before = first;
    }
    false
}

/// Whether a byte from 80 to BF gives this character, in either encoding.
fn is_from_high_byte(character: char) -> bool {
    matches!(character, '\u{80}'..='\u{BF}')
        || !character.is_ascii() && "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ".contains(character)
}

/// Whether such a byte gives this character, and it occurs in no name: it is no letter, quotation
/// mark, dash or space.
fn is_symbol(character: char) -> bool {
    is_from_high_byte(character) && !"ŠŒŽšœžŸ‘’‚“”„«»‹›´·–—\u{A0}\u{AD}".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

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
