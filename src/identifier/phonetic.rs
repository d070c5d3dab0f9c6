//! Kölner Phonetik: how a German name sounds, as digits, so that *Meyer* and *Mair* are the same.
//!
//! Postel's method of 1969 with the details of Apache commons-codec's `ColognePhonetic` (1.11 and
//! later), which others compare themselves with. Letters become digits by the table
//! [`SOUNDS`]; a digit that repeats the one before is dropped, and so is `0`, a vowel, but at the
//! beginning. Whatever is no letter from A to Z has no sound, yet keeps the letters beside it from
//! changing each other's: of `Stadt-Schmidt`, the first `t` is no part of a `tsch`.

use std::ops::Range;

/// Writes the code of `text` to `code`, which is cleared first.
///
/// `Ä`, `Ö`, `Ü` count as their vowels and `ß` as `ss`. Other accented letters have no sound here,
/// as in commons-codec; match keys take the code of the folded name instead, in which each has its
/// plain letter (`é` is `e`). For umlauts both ways give the same code. It is empty for a text
/// without letters from A to Z, or with no other than `h`.
pub fn koelner_phonetik(text: &str, code: &mut String) {
    code.clear();
    let letters = text.chars().flat_map(char::to_uppercase).map(|character| match character {
        'Ä' => b'a',
        'Ö' => b'o',
        'Ü' => b'u',
        'A'..='Z' => u8::try_from(character).unwrap_or(NO_LETTER).to_ascii_lowercase(),
        _ => NO_LETTER,
    });
    let mut text: Vec<u8> = letters.collect();
    let end = text.len();
    push_sound(&mut text, 0..end);
    code.extend(text[end..].iter().copied().map(char::from));
}

/// Stands where no letter is.
const NO_LETTER: u8 = b' ';

/// Appends to a text the code of letters in lower case at a place in it; any other byte is no letter.
/// Appends nothing for a name without a sound.
pub(crate) fn push_sound(text: &mut Vec<u8>, letters: Range<usize>) {
    let start = text.len();
    let mut before = NO_LETTER;
    // The last sound, whether or not it became a digit of the code.
    let mut last = SILENT;
    for place in letters.clone() {
        let letter = text[place];
        let at_start = text.len() == start;
        let after = if place + 1 < letters.end { text[place + 1] } else { NO_LETTER };
        let digit = match SOUNDS[usize::from(letter)] {
            NOTHING => continue,
            IN_CONTEXT => sound_in_context(before, letter, after, at_start),
            digit => digit,
        };
        if digit != last && digit != SILENT && (digit != VOWEL || at_start) {
            text.push(digit);
        }
        last = digit;
        // A lone `x` has two digits.
        if letter == b'x' && digit == b'4' {
            text.push(b'8');
            last = b'8';
        }
        before = letter;
    }
}

const VOWEL: u8 = b'0';
/// Stands for no digit that keeps the digits around it apart.
const SILENT: u8 = b' ';
/// Stands for no sound at all.
const NOTHING: u8 = 0;
/// Stands for a letter whose sound its neighbours decide.
const IN_CONTEXT: u8 = 1;

/// The digit of each letter.
const SOUNDS: [u8; 256] = {
    let mut sounds = [NOTHING; 256];
    let letters = b"aeijouybfvwgkqlmnrszhpdtxc";
    let digits = *b"00000001333444566788 \x01\x01\x01\x01\x01";
    let mut place = 0;
    while place < letters.len() {
        sounds[letters[place] as usize] = digits[place];
        place += 1;
    }
    sounds
};

/// The digit of a letter between its neighbours; `at_start` says that the code is still empty.
const fn sound_in_context(before: u8, letter: u8, after: u8, at_start: bool) -> u8 {
    match letter {
        b'p' if after == b'h' => b'3',
        b'p' => b'1',
        b'd' | b't' if matches!(after, b'c' | b's' | b'z') => b'8',
        b'd' | b't' => b'2',
        b'x' if matches!(before, b'c' | b'k' | b'q') => b'8',
        b'x' => b'4',
        _ if is_hard_c(before, after, at_start) => b'4',
        _ => b'8',
    }
}

/// Whether a `c` sounds like `k`.
const fn is_hard_c(before: u8, after: u8, at_start: bool) -> bool {
    match after {
        b'l' | b'r' => at_start,
        b'a' | b'h' | b'k' | b'o' | b'q' | b'u' | b'x' => {
            at_start || !matches!(before, b's' | b'z')
        }
        _ => false,
    }
}
