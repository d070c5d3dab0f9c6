//! The words of a name, and the signs between them.

use super::vocabulary::Class;

/// A word and its use. It has no `Debug`, because it is part of a person's name.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    pub text: &'a str,
    /// Whether it is abbreviated with a dot.
    pub dotted: bool,
    /// Whether it is abbreviated with a dot and in lower case.
    pub lower: bool,
    pub sign: Sign,
    pub class: Class,
    pub usage: Usage,
    pub start: NameBoundary,
}

/// The sign between a word and the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Space,
    Hyphen,
    /// Another sign that touches both words. It may replace a lost letter.
    Other,
    Comma,
    Open,
    Close,
    And,
}

impl Sign {
    /// Whether the words on both sides belong to one part of a name.
    pub(super) const fn is_within(self) -> bool {
        matches!(self, Self::Space | Self::Hyphen | Self::Other)
    }
}

/// How a word is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// It is dropped.
    None,
    /// It is part of the name.
    Name,
    /// It counts only if nothing else does.
    Particle,
    /// It counts only if nothing else does, and may be a family name.
    Rank,
    /// `sen` or `Herr` at the end. It may be a name.
    Doubtful,
}

/// Which other name begins at a word, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameBoundary {
    None,
    /// The birth name, or another former name.
    Former,
    /// The name of somebody else.
    And,
    /// A name in parentheses.
    Open,
    /// After the parentheses, the interrupted name continues.
    Close,
}

impl Word<'_> {
    pub(super) fn is_name(&self) -> bool {
        self.usage == Usage::Name
    }

    pub(super) fn is_affix(&self) -> bool {
        matches!(self.usage, Usage::Particle | Usage::Rank)
    }
}

/// Whether every word is a plain name. Then the grammar changes nothing.
pub(super) fn are_plain(words: &[Word<'_>]) -> bool {
    words.iter().all(|word| {
        word.class == Class::Name && !word.dotted && matches!(word.sign, Sign::Space | Sign::Comma)
    })
}

/// Whether all words of a text of letters and spaces are plain names.
#[inline]
pub(super) fn is_plain(text: &[u8]) -> bool {
    text.split(|&byte| byte == b' ').all(|word| Class::of(word) == Class::Name)
}

/// The words of a folded text. Their use is not decided yet.
pub(super) fn split(text: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let (mut start, mut sign) = (0, Sign::Space);
    for (place, byte) in text.bytes().chain([b' ']).enumerate() {
        let next = match byte {
            b',' => Sign::Comma,
            b'(' => Sign::Open,
            b')' => Sign::Close,
            b'&' => Sign::And,
            b'-' => Sign::Hyphen,
            b'_' => Sign::Other,
            b' ' | b'.' | b':' => Sign::Space,
            _ => continue,
        };
        if start < place {
            let text = &text[start..place];
            let (class, usage, start) =
                (Class::of(text.as_bytes()), Usage::Name, NameBoundary::None);
            let (dotted, lower) = (matches!(byte, b'.' | b':'), byte == b':');
            words.push(Word { text, dotted, lower, sign, class, usage, start });
            sign = next;
        } else if next != Sign::Space {
            sign = next;
        }
        start = place + 1;
    }
    words
}
