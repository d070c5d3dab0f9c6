//! Kölner Phonetik: how a German name sounds, as digits, so that *Meyer* and *Mair* are equal.
//!
//! This is Postel's method of 1969 with the details of a common reference, `ColognePhonetic` of
//! Apache commons-codec, versions 1.13 to 1.21. Letters become digits ([`sound`]). A digit equal to
//! the one before is dropped. So is `0`, a vowel, except at the beginning. A vowel or an `h`
//! between two equal digits keeps both: `lal` is `55`. (Since version 1.22, commons-codec drops the
//! second digit in this case. Postel drops vowels last.) A character other than A to Z has no
//! sound, but letters on its two sides do not affect each other: in `Stadt-Schmidt`, the first `t`
//! is not part of a `tsch`.

/// Writes the code of `text` to `code`, which is cleared first.
///
/// `Ä`, `Ö`, `Ü` count as their vowels and `ß` as `ss`. Other accented letters have no sound, as in
/// commons-codec. Match keys use the code of the folded name instead, in which an accented letter
/// is the plain one (`é` is `e`). For umlauts, both ways give the same code. The code is empty for
/// a text without letters from A to Z, or with no letter except `h`.
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

/// Marks a place without a letter.
const NO_LETTER: u8 = b' ';

/// The largest number of digits in the code of this many letters.
pub(crate) const fn most_digits(letters: usize) -> usize {
    // An `x` can have two digits, and one more is written before it is dropped.
    2 * letters + 1
}

/// Writes the code of letters in lower case to `code`, which has room for [`most_digits`], and
/// returns its length. Any other byte counts as no letter. Returns 0 for a name without a sound.
#[inline]
pub(crate) fn write_sound(letters: &[u8], code: &mut [u8]) -> usize {
    let mut length = 0;
    let mut context = START;
    // The last sound, whether or not it became a digit of the code.
    let mut last = SILENT;
    let mut bytes = letters.iter();
    let mut letter = bytes.next().map_or(0, |&byte| LETTERS[usize::from(byte)]);
    for _ in 0..letters.len() {
        let after = bytes.next().map_or(0, |&byte| LETTERS[usize::from(byte)]);
        let sound = SOUNDS[place_of(context, letter, after)];
        if sound != NOTHING {
            code[length] = sound & DIGIT;
            length += usize::from(sound & HEARD != 0 && sound | HEARD != last);
            last = sound | HEARD;
            context = if length == 0 { START } else { CONTEXTS[usize::from(letter)] };
            if letter == X && sound == b'4' | HEARD {
                // A lone `x` has two digits.
                code[length] = b'8';
                length += 1;
                last = b'8' | HEARD;
            }
        }
        letter = after;
    }
    length
}

/// The digit of a sound.
const DIGIT: u8 = 0x7F;
/// Set if the digit enters the code, unless it repeats the one before.
const HEARD: u8 = 0x80;
/// The digit of vowels. It enters the code only at the beginning.
const VOWEL: u8 = b'0';
/// No digit, but it keeps the digits on both sides apart.
const SILENT: u8 = b' ';
/// No sound at all.
const NOTHING: u8 = 0;

/// The position of each letter in the alphabet, from 1; 0 for other bytes.
static LETTERS: [u8; 256] = {
    let mut letters = [0; 256];
    let mut letter = b'a';
    while letter <= b'z' {
        letters[letter as usize] = letter - b'a' + 1;
        letter += 1;
    }
    letters
};

const X: u8 = b'x' - b'a' + 1;

// The context before a letter, as far as it affects the letter's sound. Its value is the start of a
// range in `SOUNDS`.

/// No digit yet.
const START: u16 = 0;
const S_OR_Z: u16 = 1 << 10;
const C_OR_K_OR_Q: u16 = 2 << 10;
const OTHER: u16 = 3 << 10;

/// The context that each letter makes for the next one.
static CONTEXTS: [u16; 256] = {
    let mut contexts = [OTHER; 256];
    contexts[(b's' - b'a' + 1) as usize] = S_OR_Z;
    contexts[(b'z' - b'a' + 1) as usize] = S_OR_Z;
    contexts[(b'c' - b'a' + 1) as usize] = C_OR_K_OR_Q;
    contexts[(b'k' - b'a' + 1) as usize] = C_OR_K_OR_Q;
    contexts[(b'q' - b'a' + 1) as usize] = C_OR_K_OR_Q;
    contexts
};

/// The sound of each letter, by the context before it and the letter after it.
static SOUNDS: [u8; 1 << 12] = {
    let mut sounds = [NOTHING; 1 << 12];
    let mut number = 0_u16;
    while number < 4 {
        let context = number << 10;
        let mut letter = 1;
        while letter <= 26 {
            let mut after = 0;
            while after <= 26 {
                let next = if after == 0 { NO_LETTER } else { after - 1 + b'a' };
                sounds[place_of(context, letter, after)] = sound(context, letter - 1 + b'a', next);
                after += 1;
            }
            letter += 1;
        }
        number += 1;
    }
    sounds
};

#[inline]
const fn place_of(context: u16, letter: u8, after: u8) -> usize {
    // The modulo shows the compiler that the index is within the table.
    (context as usize | (letter as usize) << 5 | after as usize) % (1 << 12)
}

/// The sound of a letter between its neighbours.
const fn sound(context: u16, letter: u8, after: u8) -> u8 {
    let digit = match letter {
        b'a' | b'e' | b'i' | b'j' | b'o' | b'u' | b'y' if context == START => VOWEL,
        b'a' | b'e' | b'i' | b'j' | b'o' | b'u' | b'y' => return VOWEL,
        b'f' | b'v' | b'w' => b'3',
        b'l' => b'5',
        b'm' | b'n' => b'6',
        b'r' => b'7',
        b's' | b'z' => b'8',
        b'h' => return SILENT,
        b'p' if after == b'h' => b'3',
        b'b' | b'p' => b'1',
        b'd' | b't' if matches!(after, b'c' | b's' | b'z') => b'8',
        b'd' | b't' => b'2',
        b'x' if context == C_OR_K_OR_Q => b'8',
        b'g' | b'k' | b'q' | b'x' => b'4',
        _ if is_hard_c(context, after) => b'4',
        _ => b'8',
    };
    digit | HEARD
}

/// Whether a `c` sounds like `k`.
const fn is_hard_c(context: u16, after: u8) -> bool {
    match after {
        b'l' | b'r' => context == START,
        b'a' | b'h' | b'k' | b'o' | b'q' | b'u' | b'x' => context != S_OR_Z,
        _ => false,
    }
}
