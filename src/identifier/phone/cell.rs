//! The numbers in a cell, without the words that people write beside them.

use crate::identifier::{Reason, cell::MASKS};

/// The numbers of a cell in NFKC, as written, without labels, remarks, times of day and extensions.
/// Letters are never read as the keys of a telephone.
///
/// A slash separates nothing here, because it can also be within a number.
pub(super) fn numbers(text: &str) -> Result<Vec<String>, Reason> {
    if text.contains(MASKS) || ["*", "...", "##", "__"].iter().any(|mask| text.contains(mask)) {
        return Err(Reason::Masked);
    }
    let mut scan =
        Scan { rest: text, number: String::new(), after_words: false, numbers: Vec::new() };
    while let Some(character) = scan.rest.chars().next() {
        match character {
            '(' | '[' if scan.skip_remark(character) => scan.end_number()?,
            '(' if scan.has_second_number_next() => {
                scan.end_number()?;
                scan.skip(1);
            }
            '#' => scan.skip_extension()?,
            ';' | ',' if scan.has_extension_next() => scan.skip(1),
            ';' | ',' | '|' | '&' | '\n' | '\r' => {
                scan.end_number()?;
                scan.skip(1);
            }
            '+' => {
                if scan.has_number() {
                    scan.end_number()?;
                }
                scan.take(1);
            }
            _ if character.is_alphabetic() => scan.read_word()?,
            _ => scan.take(character.len_utf8()),
        }
    }
    scan.end_number()?;
    Ok(scan.numbers)
}

/// The number of a link, `tel:331-6005;phone-context=+64-3` (RFC 3966), with the digits of its
/// context first.
pub(super) fn number_of_link(text: &str) -> Option<String> {
    const SCHEME: &str = "tel:";
    let (scheme, rest) = text.split_at_checked(SCHEME.len())?;
    let (number, parameters) = rest.split_once(';')?;
    // In `Tel: 030 123456; Mobil: 0171 1234567`, another number follows.
    let is_parameter = |text: &str| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        matches!(name, "ext" | "isub" | "phone-context") && !value.contains(char::is_whitespace)
    };
    if !scheme.eq_ignore_ascii_case(SCHEME) || !parameters.split(';').all(is_parameter) {
        return None;
    }
    let mut contexts =
        parameters.split(';').filter_map(|parameter| parameter.strip_prefix("phone-context="));
    let context = contexts.next().filter(|context| context.starts_with('+')).unwrap_or("");
    Some(format!("{context}{number}"))
}

/// The digits of a number that a program stored as a number and wrote with a decimal zero:
/// `1711234567.0`. Somebody may have added the lost zero or the country code: `01711234567.0`,
/// `+491711234567.0`.
pub(super) fn before_decimal_zero(text: &str) -> Option<&str> {
    let (whole, fraction) = text.rsplit_once(['.', ','])?;
    let is_whole = matches!(fraction, "0" | "00")
        && whole.len() > 4
        && whole.strip_prefix('+').unwrap_or(whole).bytes().all(|byte| byte.is_ascii_digit());
    is_whole.then_some(whole)
}

/// A notation with at least this many digits after the point shows all digits except trailing
/// zeros.
const MIN_EXACT: usize = 7;

/// The digits of a number in scientific notation: `1.711234567E9`. `None` for other text.
///
/// # Errors
///
/// If the notation does not show all digits of the whole number.
pub(super) fn from_scientific(text: &str) -> Option<Result<String, Reason>> {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = text.split_once(['E', 'e'])?;
    let (first, others) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if first.len() != 1
        || exponent.is_empty()
        || ![first, others, exponent].iter().all(|part| is_digits(part))
    {
        return None;
    }
    let places = exponent.parse().unwrap_or(usize::MAX);
    // Spreadsheets, and tables for people, show fewer digits. Programs that show more omit only
    // zeros.
    let zeros = places.saturating_sub(others.len());
    let is_whole = !text.contains('-') && (zeros == 0 || zeros <= 4 && others.len() >= MIN_EXACT);
    let (others, fraction) = others.split_at(places.min(others.len()));
    if is_whole && fraction.bytes().all(|byte| byte == b'0') {
        Some(Ok(format!("{first}{others}{}", "0".repeat(zeros))))
    } else {
        Some(Err(Reason::ScientificNotation))
    }
}

struct Scan<'a> {
    rest: &'a str,
    /// The current number, as far as it has been read.
    number: String,
    /// Whether words other than labels precede it.
    after_words: bool,
    numbers: Vec<String>,
}

impl Scan<'_> {
    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn take(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at(bytes);
        self.number.push_str(taken);
        self.rest = rest;
    }

    fn has_number(&self) -> bool {
        self.number.contains(char::is_numeric)
    }

    /// Ends the current number. After words other than labels, only a number with its country code
    /// is certain to be complete: `My number is +49 30 123456`.
    fn end_number(&mut self) -> Result<(), Reason> {
        if self.after_words && !self.number.trim_start_matches([' ', ':', '(']).starts_with('+') {
            return Err(Reason::WrongCharacter);
        }
        if self.has_number() {
            let is_sign = |sign: char| sign.is_whitespace() || ".:-–—=,/~)]".contains(sign);
            let number = self.number.trim_start_matches(is_sign);
            let number =
                number.trim_end_matches(|sign: char| sign != ')' && is_sign(sign) || sign == '(');
            self.numbers.push(number.to_owned());
            self.after_words = false;
        }
        self.number.clear();
        Ok(())
    }

    /// Whether another number with its area code follows in parentheses after a complete one: `(030
    /// 123456)`.
    fn has_second_number_next(&self) -> bool {
        const MIN_DIGITS: usize = 6;
        let mut next = self.rest[1..].chars();
        let begins_area_code =
            next.next() == Some('0') && next.next().is_some_and(char::is_numeric);
        begins_area_code
            && self.number.chars().filter(|character| character.is_numeric()).count() >= MIN_DIGITS
    }

    /// Whether the word after this sign marks an extension.
    fn has_extension_next(&self) -> bool {
        let rest = self.rest[1..].trim_start();
        let end = rest.find(|character: char| !character.is_alphabetic()).unwrap_or(rest.len());
        EXTENSIONS.contains(&&*rest[..end].to_lowercase())
    }

    /// Skips text in brackets that has letters and no digits: `(privat)`.
    fn skip_remark(&mut self, open: char) -> bool {
        let close = if open == '(' { ')' } else { ']' };
        let Some(end) = self.rest.find(close) else { return false };
        let inner = &self.rest[1..end];
        let is_remark = inner.contains(char::is_alphabetic)
            && !inner.contains(char::is_numeric)
            && !has_mask_word(inner);
        if is_remark {
            self.skip(end + 1);
        }
        is_remark
    }

    /// Handles a word beside a number.
    fn read_word(&mut self) -> Result<(), Reason> {
        let end = self.rest.find(|character: char| !character.is_alphabetic());
        let (word, after) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let word = word.to_lowercase();
        if has_mask_word(&word) {
            return Err(Reason::Masked);
        }
        let is_time = is_time(&self.number);
        self.rest = after;
        match &*word {
            "uhr" | "h" if is_time => self.number.clear(),
            // `9 bis 17 Uhr` is a range of times.
            "bis" if is_time => self.number.push('-'),
            word if EXTENSIONS.contains(&word) => return self.skip_extension(),
            word if LABELS.contains(&word) && self.has_number() => self.end_number()?,
            word if LABELS.contains(&word) => self.number.clear(),
            _ if !self.has_number() => self.after_words = true,
            _ => return Err(Reason::WrongCharacter),
        }
        Ok(())
    }

    /// Skips the digits of an extension. Seven digits or more with a 0 in front are no extension, but
    /// another number with its area code.
    fn skip_extension(&mut self) -> Result<(), Reason> {
        const MAX_LENGTH: usize = 9;
        const SHORTEST_NUMBER: usize = 7;
        let digits = self.rest.trim_start_matches(['.', ':', '=', '#', '-', ' ', '\u{A0}']);
        let end =
            digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
        if self.has_number() && digits.starts_with('0') && end >= SHORTEST_NUMBER {
            self.rest = digits;
            return self.end_number();
        }
        if !self.has_number() || !(1..=MAX_LENGTH).contains(&end) {
            return Err(Reason::WrongCharacter);
        }
        self.rest = digits[end..].trim_start_matches('#');
        self.end_number()
    }
}

/// Whether a word made of the letter X hides digits.
fn has_mask_word(text: &str) -> bool {
    text.split(|character: char| !character.is_alphabetic())
        .any(|word| word.len() > 1 && word.bytes().all(|byte| matches!(byte, b'x' | b'X')))
}

/// Whether this is a time of day, or two: `18`, `9-17`, `17:30`.
fn is_time(text: &str) -> bool {
    let is_of_a_time = |character: char| {
        character.is_ascii_digit() || matches!(character, ':' | '.' | '-' | '–' | ' ')
    };
    let is_short = |digits: &str| digits.len() <= 2;
    let mut runs =
        text.split(|character: char| !character.is_ascii_digit()).filter(|run| !run.is_empty());
    text.chars().all(is_of_a_time)
        && runs.clone().count() <= 4
        && runs.next().is_some_and(is_short)
        && runs.all(is_short)
}

/// Words before the digits of an extension.
#[rustfmt::skip]
const EXTENSIONS: &[&str] = &[
    "app", "appar", "apparat", "durchwahl", "durchw", "dw", "nebenstelle", "nst", "klappe", "kl", "extension",
    "extn", "ext", "int", "x", "poste",
];

/// Words that may be beside a number, in lower case. No other words may, except in brackets.
#[rustfmt::skip]
const LABELS: &[&str] = &[
    // Kinds of numbers.
    "tel", "telefon", "telefonnummer", "telefonnr", "telnr", "telephone", "phone", "fon", "fone", "ruf",
    "rufnummer", "nr", "nummer", "no", "number", "mobil", "mobile", "mob", "mobiltelefon", "mobilnummer",
    "mobilfunk", "mobilnr", "handy", "handynummer", "handynr", "cell", "cellphone", "funk", "natel", "fax",
    "telefax", "faxnummer", "telefaxnummer", "festnetz", "festnetznummer", "festnetznr", "whatsapp", "sms",
    "signal", "notfall", "notfallnummer", "zentrale", "hotline", "ab", "anrufbeantworter", "t", "m", "f", "p",
    "h", "w", "c", "d", "g", "v",
    // Owners and places.
    "privat", "priv", "private", "dienstlich", "dienstl", "dienst", "geschäftlich", "geschäftl", "gesch",
    "beruflich", "berufl", "arbeit", "firma", "büro", "work", "office", "home", "main", "haus", "zuhause", "zu",
    "hause", "mutter", "vater", "eltern", "ehefrau", "ehemann", "frau", "mann", "sohn", "tochter", "partner",
    "betreuer", "betreuerin", "pflegedienst", "nachbar", "nachbarin",
    // Times and manners.
    "nach", "bis", "von", "vor", "nur", "auch", "bitte", "immer", "tagsüber", "morgens", "vormittags", "mittags",
    "nachmittags", "abends", "nachts", "werktags", "wochentags", "wochenende", "am", "we", "mo", "di", "mi", "do",
    "fr", "sa", "so", "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "neu",
    "alt", "aktuell", "neue", "alte",
    // Between numbers.
    "und", "u", "oder", "bzw", "and", "or", "sowie",
];
