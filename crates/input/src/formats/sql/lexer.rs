//! The words of a dump outside of its rows.

use std::io::{self, Read};

use memchr::{memchr, memchr2};

use super::{MOST_NAMES, TableName, feed::Feed, tuple::Dialect};

/// A word of a statement. Strings have no part in what is looked for, and are passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword, a name or a number, as it is written.
    Word(Vec<u8>),
    /// A name in quotation marks of any sort, without them.
    Name(Vec<u8>),
    Text,
    Sign(u8),
    End,
}

impl Token {
    pub fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword.as_bytes()))
    }

    /// Whether it is one of these keywords, which have spaces between.
    pub fn is_one_of(&self, keywords: &str) -> bool {
        keywords.split(' ').any(|keyword| self.is(keyword))
    }

    /// The name that this is.
    pub fn name(self) -> Option<Vec<u8>> {
        match self {
            Self::Word(name) | Self::Name(name) => Some(name),
            _ => None,
        }
    }
}

/// Longer names, or names of more parts, are none.
pub(super) const LONGEST_NAME: usize = 1024;
const MOST_PARTS: usize = 8;

/// Reads a dump word by word. Each needs no more than the window in memory.
pub(super) struct Lexer<R> {
    pub feed: Feed<R>,
    pub dialect: Dialect,
    /// Set if a comment or a text is not closed, so that rows may have been passed over in it.
    pub is_cut: bool,
}

impl<R: Read> Lexer<R> {
    /// Passes over blanks and comments; true if the next character begins a line.
    pub fn skip_blanks(&mut self) -> io::Result<bool> {
        let mut begins_line = false;
        loop {
            let rest = self.feed.window()?;
            let blank = rest.iter().position(|byte| !byte.is_ascii_whitespace());
            let blank = blank.unwrap_or(rest.len());
            if blank > 0 {
                begins_line = rest[blank - 1] == b'\n';
                self.feed.advance(blank);
                continue;
            }
            match rest {
                [b'-', b'-', ..] | [b'#', ..] => {
                    self.feed.skip_past(b"\n")?;
                    begins_line = true;
                }
                [b'/', b'*', ..] => {
                    self.feed.advance(2);
                    self.is_cut |= !self.feed.skip_past(b"*/")?;
                    begins_line = false;
                }
                _ => return Ok(begins_line),
            }
        }
    }

    /// The next character that is no blank, without taking it.
    pub fn peek(&mut self) -> io::Result<Option<u8>> {
        self.skip_blanks()?;
        Ok(self.feed.window()?.first().copied())
    }

    /// Takes the next character if it is this one.
    pub fn skip(&mut self, sign: u8) -> io::Result<bool> {
        let found = self.peek()? == Some(sign);
        if found {
            self.feed.advance(1);
        }
        Ok(found)
    }

    pub fn token(&mut self) -> io::Result<Token> {
        self.skip_blanks()?;
        let dialect = self.dialect;
        let (rest, _) = self.feed.window_and_end()?;
        let (token, length) = match rest {
            [] => (Token::End, 0),
            [byte, ..] if is_of_word(*byte) => {
                let length = rest.iter().position(|&byte| !is_of_word(byte)).unwrap_or(rest.len());
                (Token::Word(rest[..length].to_vec()), length)
            }
            [quote @ (b'`' | b'"'), ..] => match closing(rest, *quote, false) {
                Some(end) => (Token::Name(name(&rest[1..end], *quote)), end + 1),
                None => return self.skip_open_string(),
            },
            [b'[', ..] => match memchr(b']', &rest[..rest.len().min(LONGEST_NAME)]) {
                Some(end) => (Token::Name(rest[1..end].to_vec()), end + 1),
                None => (Token::Sign(b'['), 1),
            },
            [b'\'', ..] => match closing(rest, b'\'', dialect == Dialect::MySql) {
                Some(end) => (Token::Text, end + 1),
                None => return self.skip_open_string(),
            },
            [b'$', after @ ..] if dialect == Dialect::Standard => {
                let tag = after.iter().position(|&byte| !is_of_word(byte)).unwrap_or(0);
                if after.get(tag) == Some(&b'$') {
                    let quote = rest[..tag + 2].to_vec();
                    self.feed.advance(quote.len());
                    self.is_cut |= !self.feed.skip_past(&quote)?;
                    return Ok(Token::Text);
                }
                (Token::Sign(b'$'), 1)
            }
            [sign, ..] => (Token::Sign(*sign), 1),
        };
        self.feed.advance(length);
        Ok(token)
    }

    /// Goes on, from a string that does not end within the window, to the next line beyond it that
    /// begins a statement with rows.
    fn skip_open_string(&mut self) -> io::Result<Token> {
        let (window, _) = self.feed.window_and_end()?;
        let length = window.len();
        self.feed.advance(length);
        loop {
            self.feed.skip_past(b"\n")?;
            let rest = self.feed.window()?;
            if rest.is_empty() || begins_rows(rest) {
                // The broken statement ends here.
                return Ok(Token::Sign(b';'));
            }
        }
    }

    /// Goes on to what comes after the statement's semicolon; or to the next line that begins with
    /// the keyword of a statement with rows, where the semicolon is missing.
    pub fn skip_statement(&mut self) -> io::Result<()> {
        loop {
            if self.skip_blanks()? && begins_rows(self.feed.window()?) {
                return Ok(());
            }
            match self.token()? {
                Token::End | Token::Sign(b';') => return Ok(()),
                _ => {}
            }
        }
    }

    /// The next token that is none of these keywords.
    pub fn token_after(&mut self, keywords: &str) -> io::Result<Token> {
        loop {
            let token = self.token()?;
            if !token.is_one_of(keywords) {
                return Ok(token);
            }
        }
    }

    /// A name such as `public.members`, in its parts, of which the first was taken.
    pub fn qualified_name(&mut self, first: Token) -> io::Result<Option<TableName>> {
        let Some(first) = first.name() else { return Ok(None) };
        let mut parts = vec![first];
        while self.skip(b'.')? {
            match self.token()?.name() {
                Some(part) if parts.len() < MOST_PARTS => parts.push(part),
                _ => return Ok(None),
            }
        }
        let is_short = parts.iter().all(|part| part.len() <= LONGEST_NAME);
        Ok(is_short.then_some(parts))
    }

    /// A list of names in parentheses, of which the first was taken.
    pub fn names(&mut self) -> io::Result<Option<Vec<Vec<u8>>>> {
        let mut names = Vec::new();
        loop {
            match self.token()?.name() {
                Some(name) if names.len() < MOST_NAMES && name.len() <= LONGEST_NAME => {
                    names.push(name);
                }
                _ => return Ok(None),
            }
            match self.token()? {
                Token::Sign(b',') => {}
                Token::Sign(b')') => return Ok(Some(names)),
                _ => return Ok(None),
            }
        }
    }
}

/// Whether a statement with rows begins here.
pub(super) fn begins_rows(bytes: &[u8]) -> bool {
    ["INSERT ", "REPLACE ", "COPY ", "CREATE TABLE "].iter().any(|keyword| {
        let begin = bytes.get(..keyword.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(keyword.as_bytes()))
    })
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Where the quotation mark at the begin of the bytes is closed.
fn closing(bytes: &[u8], quote: u8, backslash: bool) -> Option<usize> {
    let mut at = 1;
    loop {
        let rest = bytes.get(at..)?;
        let found = at + if backslash { memchr2(quote, b'\\', rest) } else { memchr(quote, rest) }?;
        match (bytes[found], bytes.get(found + 1)) {
            (b'\\', _) if backslash => at = found + 2,
            (_, Some(&next)) if next == quote => at = found + 2,
            _ => return Some(found),
        }
    }
}

fn name(quoted: &[u8], quote: u8) -> Vec<u8> {
    let mut name = quoted.to_vec();
    name.dedup_by(|next, before| *next == quote && *before == quote);
    name
}
