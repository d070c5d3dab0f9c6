//! What a date consists of as it is read: digits, signs, names of months, a time of day.

const MONTHS: [&[&str]; 12] = [
    &["januar", "jan", "jänner", "jaenner", "jän"],
    &["februar", "feb", "feber"],
    &["märz", "maerz", "mär", "mrz"],
    &["april", "apr"],
    &["mai"],
    &["juni", "jun"],
    &["juli", "jul"],
    &["august", "aug"],
    &["september", "sept", "sep"],
    &["oktober", "okt"],
    &["november", "nov"],
    &["dezember", "dez"],
];

/// A run of digits; the value is right for up to nine of them.
pub(super) struct Number {
    pub digits: usize,
    pub value: u32,
}

/// The text that is not read yet.
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub const fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }

    pub const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Goes past this byte if it comes next, and says whether it did.
    pub fn skip(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    pub fn skip_spaces(&mut self) {
        while self.skip(b' ') {}
    }

    /// The run of digits that comes next.
    pub fn number(&mut self) -> Option<Number> {
        let mut number = Number { digits: 0, value: 0 };
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            number.digits += 1;
            number.value = number.value.saturating_mul(10).saturating_add((digit - b'0').into());
            self.rest = &self.rest[1..];
        }
        (number.digits > 0).then_some(number)
    }

    pub fn two_digits(&mut self) -> Option<u32> {
        self.number().filter(|number| number.digits <= 2).map(|number| number.value)
    }

    /// The number of a month whose German name or its abbreviation comes next.
    pub fn month_name(&mut self) -> Option<u32> {
        let end = self
            .rest
            .iter()
            .position(|byte| byte.is_ascii() && !byte.is_ascii_alphabetic())
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        let word = str::from_utf8(word).ok()?;
        let is_word = |name: &str| word.chars().flat_map(char::to_lowercase).eq(name.chars());
        let month = (1..).zip(MONTHS).find(|(_, names)| names.iter().any(|name| is_word(name)))?.0;
        self.rest = rest;
        Some(month)
    }

    /// Whether nothing comes next but a point or comma and digits.
    pub fn is_fraction(&self) -> bool {
        matches!(self.rest, [b'.' | b',', digits @ ..] if digits.iter().all(u8::is_ascii_digit))
    }

    /// Whether nothing comes next, or a time of day, with its zone or without.
    pub fn is_time_or_end(&self) -> bool {
        let time = match self.rest {
            [] => return true,
            [b'T', time @ ..] => time,
            [b' ', time @ ..] if time.contains(&b':') => time.trim_ascii_start(),
            _ => return false,
        };
        let is_of_a_time = |byte: &u8| {
            byte.is_ascii_digit()
                || matches!(byte, b':' | b'.' | b',' | b'+' | b'-' | b' ')
                || b"ZUTCAPMzutcapm".contains(byte)
        };
        time.first().is_some_and(u8::is_ascii_digit) && time.iter().all(is_of_a_time)
    }
}
