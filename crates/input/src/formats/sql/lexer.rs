//! The tokens of a dump outside of its rows.

use std::io::{self, Read};

use memchr::{memchr, memchr2, memchr2_iter};

use super::{
    catalogue::{MAX_NAMES, TableName},
    dialect::Dialect,
    values::is_of_word,
};
use crate::feed::Feed;

/// A token of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword, a name or a number, as written.
    Word(Vec<u8>),
    /// A name without its quotation marks or brackets.
    Name(Vec<u8>),
    /// The beginning of a string without its quotation marks, still escaped.
    Text(Vec<u8>),
    Sign(u8),
    End,
}

impl Token {
    pub fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword.as_bytes()))
    }

    /// Whether it is one of these keywords, which are separated by spaces.
    pub fn is_one_of(&self, keywords: &str) -> bool {
        keywords.split(' ').any(|keyword| self.is(keyword))
    }

    /// The token as a name.
    pub fn name(self) -> Option<Vec<u8>> {
        match self {
            Self::Word(name) | Self::Name(name) => Some(name),
            _ => None,
        }
    }
}

/// The length limit of a name, in bytes.
pub(super) const LONGEST_NAME: usize = 1024;

/// The maximum number of parts of a name.
const MAX_PARTS: usize = 8;

/// Reads a dump token by token, with one window in memory.
pub(super) struct Lexer<R> {
    pub feed: Feed<R>,
    /// The size of the window, in bytes.
    pub row_limit: usize,
    pub dialect: Dialect,
    /// The client's statement terminator. `DELIMITER` changes it.
    pub delimiter: Vec<u8>,
    /// The dialect before the last `SET sql_mode`. A dump restores it.
    pub mode_before: Dialect,
    /// Set if rows may have been skipped: in an unclosed comment or string, or in a text that is executed.
    pub may_miss_rows: bool,
    /// Whether only blanks and comments were read since the last line end.
    pub begins_line: bool,
}

impl<R: Read> Lexer<R> {
    /// The next bytes, as many as the longest row may have, and whether nothing follows.
    pub fn window(&mut self) -> io::Result<(&[u8], bool)> {
        self.feed.window(self.row_limit)
    }

    /// Skips white space and comments. Returns true if the next character begins a line.
    pub fn skip_blanks(&mut self) -> io::Result<bool> {
        loop {
            let has_hash = self.dialect.is_mysql();
            let (rest, _) = self.feed.window(self.row_limit)?;
            let blank = rest.iter().position(|byte| !byte.is_ascii_whitespace());
            let blank = blank.unwrap_or(rest.len());
            if blank > 0 {
                self.begins_line |= rest[..blank].contains(&b'\n');
                self.feed.advance(blank);
                continue;
            }
            match rest {
                _ if rest.starts_with(b"--") || has_hash && rest.starts_with(b"#") => {
                    self.feed.skip_past(b"\n")?;
                    self.begins_line = true;
                }
                [b'/', b'*', b'!' | b'M', ..] if has_hash => {
                    let comment = rest[..rest.len().min(LONGEST_NAME)].to_vec();
                    self.may_miss_rows |= executes_rows(&comment);
                    self.feed.advance(2);
                    self.may_miss_rows |= !self.feed.skip_past(b"*/")?;
                    let end = memchr::memmem::find(&comment, b"*/").unwrap_or(comment.len());
                    self.set_mode(&comment[..end]);
                    self.begins_line = false;
                }
                [b'/', b'*', ..] => {
                    self.feed.advance(2);
                    self.may_miss_rows |= !self.feed.skip_past(b"*/")?;
                    self.begins_line = false;
                }
                _ => return Ok(self.begins_line),
            }
        }
    }

    /// Applies `sql_mode`, which determines whether a backslash is an escape.
    pub fn set_mode(&mut self, statement: &[u8]) {
        let statement = statement.to_ascii_uppercase();
        let Some(mode) = memchr::memmem::rfind(&statement, b"SQL_MODE") else { return };
        let value = statement[mode + 8..].trim_ascii_start();
        let Some(value) = value.strip_prefix(b"=").map(<[u8]>::trim_ascii_start) else { return };
        let now = self.dialect;
        match value.first() {
            Some(b'\'' | b'"') => {
                let is_off = memchr::memmem::find(value, b"NO_BACKSLASH_ESCAPES").is_some();
                self.dialect.has_escapes = !is_off;
            }
            Some(b'@') => self.dialect.has_escapes = self.mode_before.has_escapes,
            _ => return,
        }
        self.mode_before = now;
    }

    /// The next character after white space, without consuming it.
    pub fn peek(&mut self) -> io::Result<Option<u8>> {
        self.skip_blanks()?;
        Ok(self.window()?.0.first().copied())
    }

    /// Consumes the next character if it is this one.
    pub fn skip(&mut self, sign: u8) -> io::Result<bool> {
        let found = self.peek()? == Some(sign);
        if found {
            self.take(1);
        }
        Ok(found)
    }

    /// Consumes bytes that are neither blanks nor comments.
    pub fn take(&mut self, length: usize) {
        self.feed.advance(length);
        self.begins_line = false;
    }

    pub fn token(&mut self) -> io::Result<Token> {
        self.skip_blanks()?;
        self.begins_line = false;
        let dialect = self.dialect;
        let (rest, _) = self.window()?;
        let (token, length) = match rest {
            [] => (Token::End, 0),
            [byte, ..] if is_of_word(*byte) || *byte == b'#' && dialect.has_brackets() => {
                let is_inner = |byte: u8| {
                    is_of_word(byte) || byte == b'$' || byte == b'#' && !dialect.is_mysql()
                };
                let length = rest.iter().position(|&byte| !is_inner(byte)).unwrap_or(rest.len());
                // `E'…'` of PostgreSQL.
                let escapes = dialect.is_postgres() && rest[..length].eq_ignore_ascii_case(b"e");
                let text = &rest[length..];
                match text.first() {
                    Some(b'\'') if escapes => match closing(text, b'\'', true) {
                        Some(end) => {
                            let text = text[1..end.min(LONGEST_NAME)].to_vec();
                            (Token::Text(text), length + end + 1)
                        }
                        None => return self.skip_open_string(),
                    },
                    _ => (Token::Word(rest[..length].to_vec()), length),
                }
            }
            [quote @ (b'`' | b'"'), ..] => match closing(rest, *quote, false) {
                Some(end) => (Token::Name(name(&rest[1..end], *quote)), end + 1),
                None => return self.skip_open_string(),
            },
            [b'[', ..] if dialect.has_brackets() => {
                match memchr(b']', &rest[..rest.len().min(LONGEST_NAME)]) {
                    Some(end) => (Token::Name(rest[1..end].to_vec()), end + 1),
                    None => (Token::Sign(b'['), 1),
                }
            }
            [b'\'', ..] => match closing(rest, b'\'', dialect.has_escapes) {
                Some(end) => (Token::Text(rest[1..end.min(LONGEST_NAME)].to_vec()), end + 1),
                None => return self.skip_open_string(),
            },
            [b'$', after @ ..] if dialect.is_postgres() => {
                let tag = after.iter().position(|&byte| !is_of_word(byte)).unwrap_or(0);
                if after.get(tag) == Some(&b'$') {
                    let quote = rest[..tag + 2].to_vec();
                    self.feed.advance(quote.len());
                    self.may_miss_rows |= !self.feed.skip_past(&quote)?;
                    return Ok(Token::Text(Vec::new()));
                }
                (Token::Sign(b'$'), 1)
            }
            [sign, ..] => (Token::Sign(*sign), 1),
        };
        // Rows may be in a string that a stray quotation mark opened.
        let has_rows = length > 2
            && memchr2_iter(b'\n', b';', &rest[..length])
                .any(|end| begins_rows(after_blanks(&rest[end + 1..])));
        self.may_miss_rows |= has_rows;
        self.feed.advance(length);
        Ok(token)
    }

    /// Skips a string that does not end within the window, up to the next line that begins a statement with
    /// rows.
    fn skip_open_string(&mut self) -> io::Result<Token> {
        let length = self.window()?.0.len();
        self.feed.advance(length);
        self.may_miss_rows = true;
        loop {
            self.feed.skip_past(b"\n")?;
            let (rest, _) = self.window()?;
            if rest.is_empty() || begins_rows(rest) {
                // The broken statement ends here.
                return Ok(Token::Sign(b';'));
            }
        }
    }

    /// Skips the statement, up to its semicolon. If the semicolon is missing, the statement ends before the
    /// next line for which [`begins_statement`] is true. It also ends at an `INSERT` within the statement, as
    /// after `IF …`, and at the words of a query that may fill a table. Then these words are consumed.
    pub fn skip_statement(&mut self) -> io::Result<Next> {
        let mut word = Token::End;
        loop {
            let begins_line = self.skip_blanks()?;
            if begins_line && begins_statement(self.window()?.0) {
                return Ok(Next::Statement);
            }
            let token = self.token()?;
            match token {
                Token::End | Token::Sign(b';') => return Ok(Next::Statement),
                Token::Sign(b'/') if begins_line => return Ok(Next::Statement),
                _ if begins_line && token.is("GO") => return Ok(Next::Statement),
                _ if word.is("INSERT") && names_table(&token) => return Ok(Next::Insert(token)),
                _ if word.is_one_of("INSERT REPLACE UPSERT") && token.is("INTO") => {
                    return Ok(Next::Insert(token));
                }
                _ if word.is("INTO") && token.is_one_of("TABLE TEMP TEMPORARY UNLOGGED") => {}
                _ if word.is("INTO") && names_table(&token) => return Ok(Next::Into(token)),
                _ if word.is("AS") && token.is("SELECT")
                    || (matches!(word, Token::End | Token::Sign(b'(')) || word.is("AS"))
                        && token.is_one_of("VALUES TABLE EXECUTE FROM") =>
                {
                    return Ok(Next::Query);
                }
                _ if token.is("SELECT") => {
                    // In SQL Server, it may begin another statement.
                    let may_be_next = begins_line && self.dialect.has_brackets();
                    if !may_be_next || word == Token::Sign(b'(') {
                        return Ok(Next::Query);
                    }
                    word = token;
                }
                // As in `EXECUTE ('INSERT …')`.
                Token::Text(text) => {
                    self.may_miss_rows |= begins_rows(text.trim_ascii_start());
                    word = Token::End;
                }
                token => word = token,
            }
        }
    }

    /// Skips the definition of a routine or a trigger, since its statements are not data. The client's
    /// terminator ends it, or a semicolon outside of `BEGIN … END`.
    pub fn skip_routine(&mut self) -> io::Result<()> {
        if self.delimiter != b";" {
            let delimiter = self.delimiter.clone();
            self.may_miss_rows |= !self.feed.skip_past(&delimiter)?;
            return Ok(());
        }
        let mut depth = 0_usize;
        // In Oracle and SQL Server declarations come before `BEGIN`.
        let mut is_declaring = false;
        let mut begins_line = false;
        loop {
            begins_line |= self.skip_blanks()?;
            let token = self.token()?;
            let after = self.skip_blanks()?;
            match token {
                Token::End => {
                    self.may_miss_rows |= depth > 0 || is_declaring;
                    return Ok(());
                }
                Token::Sign(b'/') if begins_line => return Ok(()),
                Token::Sign(b';') if depth == 0 && !is_declaring => return Ok(()),
                _ if begins_line && token.is("GO") => return Ok(()),
                _ if token.is_one_of("BEGIN CASE") => {
                    depth += 1;
                    is_declaring = false;
                }
                _ if depth == 0 && token.is_one_of("AS IS DECLARE") => {
                    is_declaring = self.dialect.has_brackets();
                }
                _ if token.is("END") => {
                    // `END IF` and the like close blocks that are not counted.
                    let closes_other = self.next_word_is("IF")?
                        || self.next_word_is("LOOP")?
                        || self.next_word_is("WHILE")?;
                    depth = depth.saturating_sub(usize::from(!closes_other));
                    if self.next_word_is("CASE")? {
                        self.token()?;
                    }
                }
                _ => {}
            }
            begins_line = after;
        }
    }

    /// Whether this word is next, without consuming it.
    pub fn next_word_is(&mut self, word: &str) -> io::Result<bool> {
        self.skip_blanks()?;
        let (rest, _) = self.window()?;
        let begins =
            rest.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word.as_bytes()));
        Ok(begins && !rest.get(word.len()).is_some_and(|&byte| is_of_word(byte)))
    }

    /// Consumes the rest of the line, and returns it up to a maximum length.
    pub fn line(&mut self) -> io::Result<Vec<u8>> {
        let (window, _) = self.window()?;
        let prefix = &window[..window.len().min(LONGEST_NAME)];
        let line =
            prefix.split(|&byte| byte == b'\n').next().unwrap_or(prefix).trim_ascii().to_vec();
        self.feed.skip_past(b"\n")?;
        self.begins_line = true;
        Ok(line)
    }

    /// The next token that is not one of these keywords.
    pub fn token_after(&mut self, keywords: &str) -> io::Result<Token> {
        loop {
            let token = self.token()?;
            if !token.is_one_of(keywords) {
                return Ok(token);
            }
        }
    }

    /// Reads the rest of a name such as `public.members`, after its first part.
    pub fn qualified_name(&mut self, first: Token) -> io::Result<Option<TableName>> {
        let Some(first) = first.name() else { return Ok(None) };
        let mut parts = vec![first];
        while self.skip(b'.')? {
            if self.peek()? == Some(b'.') && parts.len() < MAX_PARTS {
                // In `crm..members`, the schema is left out.
                parts.push(Vec::new());
                continue;
            }
            match self.token()?.name() {
                Some(part) if parts.len() < MAX_PARTS => parts.push(part),
                _ => return Ok(None),
            }
        }
        let is_short = parts.iter().all(|part| part.len() <= LONGEST_NAME);
        Ok(is_short.then_some(parts))
    }

    /// Reads a list of names after its opening parenthesis.
    pub fn names(&mut self) -> io::Result<Option<Vec<Vec<u8>>>> {
        let mut names = Vec::new();
        loop {
            match self.token()?.name() {
                Some(name) if names.len() < MAX_NAMES && name.len() <= LONGEST_NAME => {
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

/// Words that can begin a statement. None of them begins a clause after the rows of an `INSERT`.
pub(super) const STATEMENTS: &str = "ALTER ANALYZE BACKUP BEGIN BULK CALL CHECKPOINT CLOSE COMMENT COMMIT CONN CONNECT COPY CREATE DBCC \
     DEALLOCATE DECLARE DELETE DELIMITER DENY DISABLE DO DROP ELSE ENABLE END EXEC EXECUTE EXIT EXPLAIN FETCH \
     FLUSH GO GRANT IF INSERT KILL LOAD LOCK MERGE OPEN OPTIMIZE PRAGMA PREPARE PRINT PROMPT QUIT RAISERROR \
     REFRESH REINDEX RELEASE REM REMARK REPLACE RESET RESTORE RETURN REVOKE ROLLBACK SAVE SAVEPOINT SELECT SET \
     SHOW SOURCE SPOOL START THROW TRUNCATE UNLOCK UPDATE UPSERT USE VACUUM WAITFOR WHENEVER WHILE WITH";

/// The position after a skipped statement.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Next {
    Statement,
    /// An `INSERT`. Its second word was also consumed.
    Insert(Token),
    /// The first part of a table name after another `INTO`, as in `SELECT … INTO m`.
    Into(Token),
    /// A query within the statement.
    Query,
}

/// Whether the word after an `INSERT` may be a table name. Other words occur in permissions and triggers.
fn names_table(token: &Token) -> bool {
    const OTHERS: &str =
        "ON OR TO WITH AS AND FROM FOR DO UPDATE DELETE SELECT TRUNCATE REFERENCES VALUES DEFAULT";
    matches!(token, Token::Name(_)) || matches!(token, Token::Word(_)) && !token.is_one_of(OTHERS)
}

/// Whether a comment that `MySQL` executes, such as `/*!50000 INSERT … */`, begins a statement with rows.
fn executes_rows(comment: &[u8]) -> bool {
    let text = comment.get(3..).unwrap_or_default();
    let version = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'!' | b'M');
    let begin = text.iter().take_while(|byte| version(byte)).count();
    let text = text[begin..].trim_ascii_start();
    ["INSERT", "REPLACE"].iter().any(|word| {
        let begin = text.get(..word.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(word.as_bytes())) && begins_rows(text)
    })
}

/// Whether a statement begins on this line although the previous one has no semicolon. Only statements that
/// affect how rows are read or counted are recognised.
pub(super) fn begins_statement(bytes: &[u8]) -> bool {
    const LONGEST_LINE: usize = 200;
    let bytes = after_blanks(bytes);
    if !bytes.first().is_some_and(|first| b"ABCDGILMRTU/".contains(&first.to_ascii_uppercase())) {
        return false;
    }
    if begins_rows(bytes) {
        return true;
    }
    let prefix = &bytes[..bytes.len().min(LONGEST_LINE)];
    let Some(end) = memchr(b'\n', prefix).or((prefix.len() < LONGEST_LINE).then_some(prefix.len()))
    else {
        return false;
    };
    let line = prefix[..end].to_ascii_uppercase();
    let mut words = line.split(|byte| byte.is_ascii_whitespace() || *byte == b';');
    let mut next = || words.find(|word| !word.is_empty()).unwrap_or_default();
    match (next(), next(), next()) {
        (b"USE", name, b"") => !name.is_empty(),
        (b"ALTER" | b"DROP" | b"TRUNCATE", b"TABLE", _)
        | (b"DELETE", b"FROM", _)
        | (b"UPDATE", _, b"SET")
        | (b"BULK", b"INSERT", _)
        | (b"LOAD", b"DATA", _)
        | (b"GO" | b"/", b"", _) => true,
        (b"GO", count, b"") => count.iter().all(u8::is_ascii_digit),
        (b"MERGE", name, _) => {
            !matches!(name, b"" | b"PARTITION" | b"PARTITIONS" | b"JOIN" | b"REPLICATION")
        }
        _ => false,
    }
}

/// Whether a statement with rows begins here. An `INSERT` without a table is part of a `MERGE`.
pub(super) fn begins_rows(bytes: &[u8]) -> bool {
    let is_of_merge = |rest: &[u8]| {
        let rest = rest[..rest.len().min(LONGEST_NAME)].trim_ascii_start();
        rest.first() == Some(&b'(')
            || rest.get(..6).is_some_and(|word| word.eq_ignore_ascii_case(b"VALUES"))
    };
    ["INSERT", "REPLACE", "COPY", "CREATE TABLE"].iter().any(|keyword| {
        let begin = bytes.get(..keyword.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(keyword.as_bytes()))
            && bytes.get(keyword.len()).is_some_and(u8::is_ascii_whitespace)
            && !(*keyword == "INSERT" && is_of_merge(&bytes[keyword.len()..]))
    })
}

/// The bytes without leading blanks. Only a few blanks are skipped.
fn after_blanks(bytes: &[u8]) -> &[u8] {
    const MAX_COUNT: usize = 64;
    let blanks = bytes.iter().take(MAX_COUNT).take_while(|byte| byte.is_ascii_whitespace()).count();
    &bytes[blanks..]
}

/// The position of the quotation mark that closes the one at the start.
pub(super) fn closing(bytes: &[u8], quote: u8, backslash: bool) -> Option<usize> {
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
