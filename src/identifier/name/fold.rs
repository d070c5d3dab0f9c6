//! The folded spelling of a name: its words in lower case, and the separators that show how
//! they belong together.

use unicode_normalization::{
    UnicodeNormalization,
    char::{decompose_canonical, is_combining_mark},
};

use super::super::Reason;
use crate::text::ROOM;

/// Writes the folded name to `folded`, which is cleared first and stays empty if the name has no
/// letters.
///
/// Umlauts and Nordic letters are spelled with ASCII letters, and accents are dropped. Letters that
/// are not Latin stay, with their marks. Apostrophes join words. All other characters separate
/// them.
///
/// Two words have one separator between them, the first of these that applies:
///
/// - `,`
/// - the last `(`, `)` or `&` between the words; `/` and `+` count as `&`, and square brackets and
///   quotation marks count as parentheses
/// - `-`, if it touches both words
/// - `_`, for another character that touches both words
/// - a space
///
/// The dot of an abbreviation stays, but becomes `:` after a word in lower case.
///
/// # Errors
///
/// The name contains a control character.
pub(super) fn write(name: &str, folded: &mut String) -> Result<(), Reason> {
    folded.clear();
    let name = name.trim();
    if name.is_ascii() {
        push_ascii(name, folded)?;
    } else if name.chars().all(is_plain) {
        push_characters(name.chars(), Parts::new(folded))?;
    } else {
        *folded = fold_until_stable(name)?;
    }
    Ok(())
}

/// Folds a usual name into `room` and returns its length. A usual name consists of words of
/// letters, including umlauts, with single spaces or hyphens between them. Returns 0 for other
/// names.
#[inline]
pub(super) fn write_words(name: &[u8], room: &mut [u8; ROOM]) -> usize {
    // A block of fixed length needs no branch for the length of the name, which is hard to predict.
    // Letters pad it.
    let mut block = [b'a'; WORD];
    let Some(start) = block.get_mut(..name.len()) else {
        // Folding a letter never makes it longer.
        return if name.len() > ROOM { 0 } else { write_with_umlauts(name, room) };
    };
    start.copy_from_slice(name);
    let mut others = 0;
    for (folded, byte) in room.iter_mut().zip(block) {
        let letter = byte | 0x20;
        others |= u8::from(!letter.is_ascii_lowercase());
        *folded = letter;
    }
    if others == 0 { name.len() } else { write_with_umlauts(name, room) }
}

/// The length of the longest name that is folded as a block, in bytes.
const WORD: usize = 32;

fn write_with_umlauts(name: &[u8], room: &mut [u8; ROOM]) -> usize {
    let mut bytes = name.iter();
    let mut length = 0;
    let mut after_letter = false;
    while let Some(&byte) = bytes.next() {
        let folded = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => byte | 0x20,
            b' ' | b'-' if after_letter => b' ',
            // The letters from U+00C0 to U+00FF.
            0xC3 => {
                let (one, other) = match bytes.next() {
                    Some(0xA4 | 0x84) => (b'a', b'e'),
                    Some(0xB6 | 0x96) => (b'o', b'e'),
                    Some(0xBC | 0x9C) => (b'u', b'e'),
                    Some(0x9F) => (b's', b's'),
                    _ => return 0,
                };
                room[length] = one;
                length += 1;
                other
            }
            _ => return 0,
        };
        room[length] = folded;
        length += 1;
        after_letter = folded != b' ';
    }
    if after_letter { length } else { 0 }
}

fn push_ascii(name: &str, folded: &mut String) -> Result<(), Reason> {
    let mut parts = Parts::new(folded);
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {
                parts.has_upper |= byte.is_ascii_uppercase();
                parts.push(byte.to_ascii_lowercase().into());
            }
            b'\'' | b'`' => {}
            0..=0x1F | 0x7F => return Err(Reason::ControlCharacter),
            _ => parts.separate(byte.into()),
        }
    }
    Ok(())
}

/// Whether this is ASCII or a letter of ISO 8859-1, such as an umlaut. NFKC leaves a text of such
/// characters unchanged.
const fn is_plain(character: char) -> bool {
    character.is_ascii() || matches!(character, 'À'..='ÿ')
}

/// Folds a name until nothing changes. ASCII text is stable after one round. Other characters can
/// become neighbours, and combine, when a character between them is dropped.
fn fold_until_stable(name: &str) -> Result<String, Reason> {
    let mut folded = fold(name, false)?;
    // In practice, two rounds are enough. The limit only makes sure that the loop ends.
    for _ in 0..8 {
        if folded.is_ascii() {
            break;
        }
        let again = fold(&folded, true)?;
        if again == folded {
            break;
        }
        folded = again;
    }
    Ok(folded)
}

fn fold(name: &str, is_folded: bool) -> Result<String, Reason> {
    let mut folded = String::with_capacity(name.len());
    // Drop the acute accent that is used as an apostrophe first: NFKC turns it into a space and a
    // mark.
    let composed = name.chars().filter(|&character| !is_ignored(character)).nfkc();
    push_characters(composed, Parts { is_folded, ..Parts::new(&mut folded) })?;
    Ok(folded)
}

fn push_characters(
    characters: impl Iterator<Item = char>,
    mut parts: Parts<'_>,
) -> Result<(), Reason> {
    // Convert each character separately: `str::to_lowercase` converts a sigma at the end of a word
    // differently.
    let lower_case = characters.flat_map(|character| {
        let is_upper = character.is_uppercase();
        character.to_lowercase().map(move |letter| (letter, is_upper))
    });
    for (character, is_upper) in lower_case {
        parts.has_upper |= is_upper;
        if character.is_ascii_lowercase() {
            parts.push(character);
        } else if is_ignored(character) {
            // Ignore it.
        } else if is_combining_mark(character) {
            parts.push_mark(character);
        } else if character.is_alphabetic() {
            push_letter(character, &mut parts);
        } else if character.is_control() {
            return Err(Reason::ControlCharacter);
        } else {
            parts.separate(character);
        }
    }
    Ok(())
}

fn push_letter(letter: char, parts: &mut Parts<'_>) {
    let mut base = None;
    if ascii_spelling(letter).is_none() {
        decompose_canonical(letter, |part| {
            base.get_or_insert(part);
        });
    }
    let base = base.unwrap_or(letter);
    match ascii_spelling(base) {
        Some(two) => two.chars().for_each(|letter| parts.push(letter)),
        None => parts.push(if base.is_ascii() { base } else { letter }),
    }
}

/// How a letter is spelled on a keyboard that lacks it.
const fn ascii_spelling(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ä' | 'æ' => "ae",
        'ö' | 'ø' | 'œ' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'å' => "aa",
        'þ' => "th",
        'ð' | 'đ' => "d",
        'ł' => "l",
        'ı' => "i",
        _ => return None,
    })
}

/// Whether this is an apostrophe in any spelling, or an invisible character.
pub(super) const fn is_ignored(character: char) -> bool {
    matches!(
        character,
        '\'' | '`' | '´' | '‘' | '’' | '‛' | '′' | '＇'
            | '\u{2B9}'..='\u{2BF}' // modifier letters such as the Ukrainian apostrophe
            | '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{FEFF}'
    )
}

/// Appends the words of a name to a text, which is empty before the first one.
struct Parts<'a> {
    text: &'a mut String,
    /// The sign before the next word, if the last word has ended.
    sign: Option<char>,
    /// Whether the word contains a capital letter.
    has_upper: bool,
    /// Whether a quotation mark is open.
    is_quoted: bool,
    /// Whether the name is folded already.
    is_folded: bool,
}

impl<'a> Parts<'a> {
    const fn new(text: &'a mut String) -> Self {
        Self { text, sign: None, has_upper: false, is_quoted: false, is_folded: false }
    }

    fn push(&mut self, letter: char) {
        if let Some(sign) = self.sign.take()
            && !self.text.is_empty()
        {
            self.text.push(sign);
        }
        self.text.push(letter);
    }

    /// Marks on Latin letters are dropped. On other letters, they can be vowels.
    fn push_mark(&mut self, mark: char) {
        let after_kept_letter = self.text.ends_with(|letter: char| !letter.is_ascii());
        if after_kept_letter && self.sign.is_none() {
            self.text.push(mark);
        }
    }

    fn separate(&mut self, character: char) {
        let is_within = !self.text.is_empty() && self.sign.is_none();
        let has_upper = std::mem::take(&mut self.has_upper);
        self.sign = Some(match character {
            ':' if self.is_folded && is_within => return self.text.push(':'),
            // No separator is set, so the hyphen in `Dipl.-Ing.` joins the words.
            '.' if is_within => {
                return self.text.push(if has_upper || self.is_folded { '.' } else { ':' });
            }
            '-' | '‐' | '‑' if is_within => '-',
            _ if self.sign == Some(',') => ',',
            ',' => ',',
            '(' | '[' => '(',
            ')' | ']' => ')',
            '"' | '“' | '”' | '„' | '«' | '»' => {
                self.is_quoted = !self.is_quoted;
                if self.is_quoted { '(' } else { ')' }
            }
            '&' | '+' | '/' => '&',
            _ => match self.sign {
                None if !character.is_whitespace() => '_',
                None | Some('-' | '_') => ' ',
                Some(sign) => sign,
            },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(name: &str) -> Result<String, Reason> {
        let mut text = String::new();
        write(name, &mut text).map(|()| text)
    }

    #[test]
    fn every_character_is_stable_after_folding() {
        for character in crate::identifier::testing::characters() {
            let Ok(once) = folded(&format!("a{character}и{character}")) else {
                continue;
            };
            assert_eq!(fold(&once, true).as_ref(), Ok(&once), "{character:?}");
        }
    }
}
