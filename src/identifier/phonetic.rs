//! Kölner Phonetik: how a German name sounds, as digits, so that *Meyer* and *Mair* are the same.
//!
//! Postel's method of 1969 with the details of Apache commons-codec's `ColognePhonetic` (1.11 and
//! later), which others compare themselves with. Letters become digits ([`sound`]); a digit that repeats the one before is dropped, and so is `0`, a vowel, but at the
//! beginning. Whatever is no letter from A to Z has no sound, yet keeps the letters beside it from
//! changing each other's: of `Stadt-Schmidt`, the first `t` is no part of a `tsch`.

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
    let letters: Vec<u8> = letters.collect();
    let mut digits = vec![0; most_digits(letters.len())];
    let length = write_sound(&letters, &mut digits);
    code.extend(digits[..length].iter().copied().map(char::from));
}

/// Stands where no letter is.
const NO_LETTER: u8 = b' ';

/// How many digits the code of so many letters has at most.
pub(crate) const fn most_digits(letters: usize) -> usize {
    // An `x` can have two, and one more is written before it is dropped.
    2 * letters + 1
}

/// Writes the code of letters in lower case to `code`, which has room for [`most_digits`], and gives its
/// length; any other byte is no letter. Gives 0 for a name without a sound.
pub(crate) fn write_sound(letters: &[u8], code: &mut [u8]) -> usize {
    let mut length = 0;
    let mut before = Before::Other;
    // The last sound, whether or not it became a digit of the code.
    let mut last = SILENT;
    for (place, &byte) in letters.iter().enumerate() {
        let letter = LETTERS[usize::from(byte)];
        let after = letters.get(place + 1).map_or(0, |&after| LETTERS[usize::from(after)]);
        let context = if length == 0 { Before::Start } else { before };
        let digit = SOUNDS[context as usize][usize::from(letter)][usize::from(after)];
        if digit == NOTHING {
            continue;
        }
        let is_heard = digit != last && digit != SILENT && (digit != VOWEL || length == 0);
        code[length] = digit;
        length += usize::from(is_heard);
        last = digit;
        before = Before::of(byte);
        // A lone `x` has two digits.
        if byte == b'x' && digit == b'4' {
            code[length] = b'8';
            length += 1;
            last = b'8';
        }
    }
    length
}

const VOWEL: u8 = b'0';
/// Stands for no digit that keeps the digits around it apart.
const SILENT: u8 = b' ';
/// Stands for no sound at all.
const NOTHING: u8 = 0;

/// The place of each letter in the alphabet, from 1; 0 for other bytes.
const LETTERS: [u8; 256] = {
    let mut letters = [0; 256];
    let mut letter = b'a';
    while letter <= b'z' {
        letters[letter as usize] = letter - b'a' + 1;
        letter += 1;
    }
    letters
};

/// What comes before a letter, as far as it changes the letter's sound.
#[derive(Clone, Copy)]
enum Before {
    /// No digit yet.
    Start,
    SOrZ,
    COrKOrQ,
    Other,
}

impl Before {
    const ALL: [Self; 4] = [Self::Start, Self::SOrZ, Self::COrKOrQ, Self::Other];

    const fn of(letter: u8) -> Self {
        match letter {
            b's' | b'z' => Self::SOrZ,
            b'c' | b'k' | b'q' => Self::COrKOrQ,
            _ => Self::Other,
        }
    }
}

/// The digit of each letter by what comes before it and by the next letter.
const SOUNDS: [[[u8; 27]; 27]; 4] = {
    let mut sounds = [[[NOTHING; 27]; 27]; 4];
    let mut before = 0;
    while before < 4 {
        let mut letter = 1;
        while letter < 27 {
            let mut after = 0;
            while after < 27 {
                sounds[before][letter][after] = sound(
                    Before::ALL[before],
                    (letter as u8) + b'a' - 1,
                    if after == 0 { NO_LETTER } else { (after as u8) + b'a' - 1 },
                );
                after += 1;
            }
            letter += 1;
        }
        before += 1;
    }
    sounds
};

/// The digit of a letter between its neighbours.
const fn sound(before: Before, letter: u8, after: u8) -> u8 {
    match letter {
        b'a' | b'e' | b'i' | b'j' | b'o' | b'u' | b'y' => VOWEL,
        b'b' => b'1',
        b'f' | b'v' | b'w' => b'3',
        b'g' | b'k' | b'q' => b'4',
        b'l' => b'5',
        b'm' | b'n' => b'6',
        b'r' => b'7',
        b's' | b'z' => b'8',
        b'h' => SILENT,
        b'p' if after == b'h' => b'3',
        b'p' => b'1',
        b'd' | b't' if matches!(after, b'c' | b's' | b'z') => b'8',
        b'd' | b't' => b'2',
        b'x' if matches!(before, Before::COrKOrQ) => b'8',
        b'x' => b'4',
        _ if is_hard_c(before, after) => b'4',
        _ => b'8',
    }
}

/// Whether a `c` sounds like `k`.
const fn is_hard_c(before: Before, after: u8) -> bool {
    let at_start = matches!(before, Before::Start);
    match after {
        b'l' | b'r' => at_start,
        b'a' | b'h' | b'k' | b'o' | b'q' | b'u' | b'x' => !matches!(before, Before::SOrZ),
        _ => false,
    }
}
