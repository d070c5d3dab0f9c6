//! The statements that define tables and columns, or select a database.

use std::io::{self, Read};

use super::{
    SqlCutter,
    catalogue::{MAX_NAMES, TableName, place},
    lexer::{LONGEST_NAME, Token, begins_statement},
};

/// Words that may begin a part of a table definition other than a column.
const KEYS: &str = "PRIMARY KEY UNIQUE INDEX FULLTEXT SPATIAL CONSTRAINT CHECK FOREIGN EXCLUDE LIKE PERIOD \
                    SUPPLEMENTAL FAMILY";

/// The number of words, after the first one, that show whether a part is a column.
const MAX_WORDS: usize = 4;

/// The place of a column that is changed or added.
#[derive(PartialEq, Eq)]
enum Place {
    /// The previous position, or the end for a new column.
    AsBefore,
    First,
    After(Vec<u8>),
}

impl<R: Read> SqlCutter<R> {
    /// Reads a statement that defines tables or selects a database. Returns false if the rest of the
    /// statement must be skipped.
    pub(super) fn define(&mut self, first: &Token) -> io::Result<bool> {
        if first.is("CREATE") {
            return self.create();
        } else if first.is("ALTER") {
            return self.alter();
        } else if first.is("DROP") {
            return self.drop();
        } else if first.is("USE") {
            if let Some(name) = self.lexer.token()?.name() {
                self.catalogue.use_database(name);
            }
        } else if first.is("SET") {
            return self.set();
        } else if first.is("SELECT") {
            return self.select();
        } else if first.is("DELIMITER") {
            let line = self.lexer.line()?;
            let delimiter = line.split(u8::is_ascii_whitespace).next().unwrap_or_default().to_vec();
            self.lexer.delimiter = if delimiter.is_empty() { b";".to_vec() } else { delimiter };
        } else if *first == Token::Sign(b'\\') {
            let line = self.lexer.line()?;
            self.client_command(&line);
        } else if first.is("SOURCE") || *first == Token::Sign(b'@') {
            self.lexer.line()?;
            self.note_rows_elsewhere();
        } else if *first == Token::Sign(b'.') {
            let line = self.lexer.line()?;
            if line.starts_with(b"import") || line.starts_with(b"read") {
                self.note_rows_elsewhere();
            }
        } else if first.is_one_of("REM REMARK PROMPT CONNECT CONN") {
            // Client commands. An apostrophe in them is not a quotation mark.
            self.lexer.line()?;
        } else {
            if first.is("GO") && self.lexer.peek()?.is_some_and(|next| next.is_ascii_digit()) {
                // The number of times that the statements before `GO` run.
                self.lexer.token()?;
            }
            return Ok(matches!(first, Token::Sign(b';' | b'/')) || first.is("GO"));
        }
        Ok(true)
    }

    /// Reads `\connect name` of `psql`, and commands that load rows.
    fn client_command(&mut self, line: &[u8]) {
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        match words.next() {
            Some(b"connect" | b"c") => {}
            Some(b"copy") => {
                let line = line.to_ascii_lowercase();
                let has = |word: &[u8]| memchr::memmem::find(&line, word).is_some();
                if has(b"stdin") {
                    // The following lines are data, but are read as statements.
                    self.lexer.may_miss_rows = true;
                } else if has(b"from") {
                    self.note_rows_elsewhere();
                }
                return;
            }
            Some(b"i" | b"ir" | b"include" | b"include_relative" | b".") => {
                self.note_rows_elsewhere();
                return;
            }
            _ => return,
        }
        let name = words.find(|word| !word.starts_with(b"-"));
        let Some(name) = name else { return };
        let is_mark = |byte: &u8| matches!(byte, b'"' | b'\'' | b';');
        let trimmed =
            |name: &[u8]| -> Vec<u8> { name.iter().copied().filter(|b| !is_mark(b)).collect() };
        let name = trimmed(name);
        self.catalogue.use_database(name.strip_prefix(b"dbname=").unwrap_or(&name).to_vec());
    }

    /// Reads `SET search_path = name` and `SET sql_mode = '…'`.
    fn set(&mut self) -> io::Result<bool> {
        let (window, _) = self.lexer.window()?;
        let prefix = &window[..window.len().min(LONGEST_NAME)];
        let begin = prefix.split(|&byte| byte == b';').next().unwrap_or(prefix).to_vec();
        self.lexer.set_mode(&begin);
        let mut token = self.lexer.token_after("SESSION LOCAL GLOBAL")?;
        if token.is("search_path") {
            self.lexer.token()?;
            let schema = self.lexer.token()?;
            let schema = match schema {
                Token::Text(name) => Some(name),
                other => other.name(),
            };
            self.catalogue
                .use_schema(schema.filter(|name| !name.is_empty() && name != b"pg_catalog"));
        } else if token.is("standard_conforming_strings") {
            self.lexer.token()?;
            token = self.lexer.token()?;
            self.lexer.dialect.has_escapes = token.is_one_of("OFF FALSE 0");
        } else if token.is("SCHEMA") {
            self.lexer.skip(b'=')?;
            let schema = self.lexer.token()?.name();
            self.catalogue.use_schema(schema);
        }
        Ok(false)
    }

    /// Reads `SELECT pg_catalog.set_config('search_path', '', false)`.
    fn select(&mut self) -> io::Result<bool> {
        let first = self.lexer.token()?;
        let function = self.lexer.qualified_name(first)?.unwrap_or_default();
        if function.last().is_some_and(|name| name == b"set_config") && self.lexer.skip(b'(')? {
            let is_path = self.lexer.token()? == Token::Text(b"search_path".to_vec());
            self.lexer.skip(b',')?;
            if let (true, Token::Text(path)) = (is_path, self.lexer.token()?) {
                let first = path.split(|&byte| byte == b',').next().unwrap_or_default().to_vec();
                self.catalogue.use_schema((!first.is_empty()).then_some(first));
            }
        }
        Ok(false)
    }

    fn create(&mut self) -> io::Result<bool> {
        const MODIFIERS: &str = "GLOBAL LOCAL TEMP TEMPORARY UNLOGGED FOREIGN OR REPLACE EDITIONABLE \
                                 NONEDITIONABLE CONSTRAINT ROW COLUMN MULTISET SET VOLATILE PRIVATE EXTERNAL";
        let mut token = self.lexer.token_after(MODIFIERS)?;
        if token.is("DEFINER") {
            // As in `DEFINER = name@host`.
            while !matches!(token, Token::End | Token::Sign(b';'))
                && !token.is_one_of("PROCEDURE FUNCTION TRIGGER EVENT VIEW SQL")
            {
                token = self.lexer.token()?;
            }
        }
        if token.is_one_of("PROCEDURE PROC FUNCTION TRIGGER EVENT PACKAGE RULE") {
            self.lexer.skip_routine()?;
            return Ok(true);
        }
        if !token.is("TABLE") {
            return Ok(false);
        }
        token = self.lexer.token()?;
        let if_absent = token.is("IF");
        if if_absent {
            self.lexer.token()?;
            self.lexer.token()?;
            token = self.lexer.token()?;
        }
        let Some(table) = self.lexer.qualified_name(token)? else {
            return Ok(false);
        };
        let table = self.qualified(table);
        let (mut columns, mut part) = (Vec::new(), Vec::new());
        let mut is_query = false;
        let mut depth = usize::from(self.lexer.skip(b'(')?);
        while depth > 0 {
            let token = self.lexer.token()?;
            match token {
                // An unclosed definition must not swallow the rows after it.
                Token::End | Token::Sign(b';') => return Ok(true),
                Token::Sign(b'(') => depth += 1,
                Token::Sign(b')') => depth -= 1,
                _ => is_query |= part.is_empty() && token.is_one_of("SELECT WITH"),
            }
            if depth == 0 || depth == 1 && token == Token::Sign(b',') {
                // A column keeps its place even if its name is malformed.
                let part = std::mem::take(&mut part);
                if columns.len() < MAX_NAMES && !is_key(&part) {
                    columns
                        .extend(part.into_iter().next().and_then(Token::name).map(truncated_name));
                }
            } else if part.len() <= MAX_WORDS {
                part.push(token);
            }
        }
        if is_query {
            self.note_filled(table);
            return Ok(false);
        }
        if !columns.is_empty() {
            self.catalogue.define(&table, columns, if_absent);
        }
        // A query may follow.
        self.created = Some(table);
        Ok(false)
    }

    /// Notes that the rows of a query go into this table, as in `CREATE TABLE … AS SELECT`.
    pub(super) fn note_filled(&mut self, table: TableName) {
        const MAX_COUNT: usize = 1000;
        let may_be_read = match self.table {
            Some(_) => self.is_taken(&table),
            None => self.may_be_requested(&table),
        };
        if !may_be_read || self.filled.contains(&table) {
            return;
        }
        self.lexer.may_miss_rows |= self.filled.len() >= MAX_COUNT;
        if self.filled.len() < MAX_COUNT {
            self.filled.push(table);
        }
    }

    fn drop(&mut self) -> io::Result<bool> {
        if self.lexer.token_after("TEMPORARY")?.is("TABLE") {
            let first = self.lexer.token_after("IF EXISTS")?;
            if let Some(table) = self.lexer.qualified_name(first)? {
                let table = self.qualified(table);
                self.catalogue.drop(&table);
            }
        }
        Ok(false)
    }

    /// Reads the column changes of an `ALTER TABLE`.
    fn alter(&mut self) -> io::Result<bool> {
        if !self.lexer.token_after("IGNORE ONLINE FOREIGN")?.is("TABLE") {
            return Ok(false);
        }
        let first = self.lexer.token_after("IF EXISTS ONLY")?;
        let Some(table) = self.lexer.qualified_name(first)? else {
            return Ok(false);
        };
        let table = self.qualified(table);
        if self.catalogue.columns(&table).is_none() {
            return Ok(false);
        }
        // In SQL Server's `ADD a int, b int`, the comma is followed by a name.
        let mut verb = Token::End;
        loop {
            let token = self.lexer.token()?;
            let name = if token.is_one_of("ADD DROP RENAME CHANGE MODIFY ALTER") {
                verb = token;
                self.lexer.token()?
            } else if verb.is("ADD") && !token.is_one_of("CONSTRAINT CHECK") {
                token
            } else {
                return Ok(false);
            };
            let has_parentheses = verb.is("ADD") && name == Token::Sign(b'(');
            loop {
                if !self.alter_column(&table, &verb, name.clone(), has_parentheses)? {
                    return Ok(false);
                }
                if !has_parentheses || !self.lexer.skip(b',')? {
                    break;
                }
            }
            if has_parentheses {
                self.lexer.skip(b')')?;
            }
            if !self.lexer.skip(b',')? {
                // The next statement may begin here, without a semicolon before it.
                return Ok(begins_statement(self.lexer.window()?.0));
            }
        }
    }

    /// Reads a change of one column, up to the comma. Returns false if the rest of the statement can be
    /// skipped.
    fn alter_column(
        &mut self,
        table: &TableName,
        verb: &Token,
        first: Token,
        has_parentheses: bool,
    ) -> io::Result<bool> {
        let mut name = if has_parentheses { self.lexer.token()? } else { first };
        // After `CHANGE` and `COLUMN`, even a keyword is the name of a column.
        let mut is_column = verb.is("CHANGE");
        while name.is_one_of("COLUMN IF NOT EXISTS") {
            is_column |= name.is("COLUMN");
            name = self.lexer.token()?;
        }
        if verb.is("RENAME") {
            if name.is_one_of("TO AS") {
                let to = self.lexer.token()?;
                if let Some(to) = self.lexer.qualified_name(to)? {
                    let to = self.qualified(to);
                    self.catalogue.rename(table, &to);
                }
                return Ok(false);
            }
            is_column |= self.lexer.next_word_is("TO")?;
            if !is_column && name.is_one_of("INDEX KEY CONSTRAINT") {
                return self.skip_part().map(|_| true);
            }
            let to = self.lexer.token_after("TO")?;
            self.rename_column(table, name.name(), to.name());
            return Ok(true);
        }
        let first = name.clone();
        let Some(name) = name.name().map(truncated_name) else { return Ok(false) };
        let mut added = name.clone();
        if verb.is("CHANGE") {
            added = self.lexer.token()?.name().map_or(added, truncated_name);
            self.rename_column(table, Some(name.clone()), Some(added.clone()));
        }
        let (position, after) = self.skip_part()?;
        let is_key = if verb.is("DROP") {
            // `DROP key` drops a column, and `DROP KEY k` drops an index.
            first.is_one_of(KEYS)
                && !after.first().is_none_or(|next| next.is_one_of("CASCADE RESTRICT"))
        } else {
            is_key(&[vec![first], after].concat())
        };
        if is_key && !is_column {
            return Ok(true);
        }
        let Some(columns) = self.catalogue.columns_mut(table) else { return Ok(false) };
        let old = place(&added, columns);
        if verb.is("DROP") {
            old.map(|old| columns.remove(old));
            return Ok(true);
        }
        if verb.is("ALTER")
            || (position == Place::AsBefore && old.is_some())
            || columns.len() >= MAX_NAMES
        {
            return Ok(true);
        }
        old.map(|old| columns.remove(old));
        let at = match position {
            Place::First => 0,
            Place::After(before) => place(&before, columns).map_or(columns.len(), |at| at + 1),
            Place::AsBefore => columns.len(),
        };
        columns.insert(at, added);
        Ok(true)
    }

    fn rename_column(&mut self, table: &TableName, from: Option<Vec<u8>>, to: Option<Vec<u8>>) {
        if let (Some(columns), Some(from), Some(to)) = (self.catalogue.columns_mut(table), from, to)
            && let Some(place) = place(&from, columns)
        {
            columns[place] = truncated_name(to);
        }
    }

    /// Skips the rest of a column definition, up to its comma. Returns the position that it states, and its
    /// first words.
    fn skip_part(&mut self) -> io::Result<(Place, Vec<Token>)> {
        let mut depth = 0_usize;
        let (mut position, mut words) = (Place::AsBefore, Vec::new());
        loop {
            match self.lexer.peek()? {
                None | Some(b';') => return Ok((position, words)),
                Some(b',' | b')') if depth == 0 => return Ok((position, words)),
                _ => {}
            }
            let begins_line = self.lexer.begins_line;
            if begins_line && begins_statement(self.lexer.window()?.0)
                || depth == 0 && self.lexer.next_word_is("GO")?
            {
                return Ok((position, words));
            }
            let token = self.lexer.token()?;
            if words.len() < MAX_WORDS {
                words.push(token.clone());
            }
            match token {
                Token::Sign(b'(') => depth += 1,
                Token::Sign(b')') => depth = depth.saturating_sub(1),
                _ if depth == 0 && token.is("FIRST") => position = Place::First,
                _ if depth == 0 && token.is("AFTER") => {
                    position = self.lexer.token()?.name().map_or(Place::AsBefore, Place::After);
                }
                _ => {}
            }
        }
    }
}

/// Whether a part of a definition, given by its first words, is a key or a condition rather than a column. In
/// a column definition, a type follows the name.
fn is_key(part: &[Token]) -> bool {
    const MORE: &str = "KEY INDEX FOR LOG USING NULLS CLUSTERED NONCLUSTERED";
    let [first, after @ ..] = part else { return false };
    if !first.is_one_of(KEYS) {
        return false;
    }
    let is_end = |place: usize| after.get(place).is_none_or(|token| *token == Token::Sign(b')'));
    // For example, the length in `varchar(20)` or a value in `enum('a')`.
    let has_size = |place: usize| match (after.get(place), after.get(place + 1)) {
        (Some(Token::Sign(b'(')), Some(Token::Text(_))) => true,
        (Some(Token::Sign(b'(')), Some(Token::Word(word))) => {
            word.iter().all(u8::is_ascii_digit) || word.eq_ignore_ascii_case(b"max")
        }
        _ => false,
    };
    let Some(next) = after.first() else { return false };
    match next {
        Token::Sign(b'(') => return true,
        Token::Word(_) if next.is_one_of(MORE) => return true,
        Token::Word(_) | Token::Name(_) => {}
        _ => return false,
    }
    if first.is("LIKE") {
        // `LIKE t` names a table. A column named `like` has a size or one of these words after its type.
        let is_of_column =
            |token: &Token| token.is_one_of("NOT NULL DEFAULT COLLATE PRIMARY UNIQUE");
        return !(has_size(1) || after.get(1).is_some_and(is_of_column));
    }
    if first.is("CONSTRAINT") {
        return !(is_end(1) || has_size(1));
    }
    match after.get(1) {
        Some(Token::Sign(b'(')) => !has_size(1),
        Some(token) if token.is("UNIQUE") => {
            after.get(2) == Some(&Token::Sign(b'('))
                || after.get(2).is_some_and(|token| token.is_one_of(MORE))
        }
        Some(token) => token.is_one_of("USING CLUSTERED NONCLUSTERED"),
        None => false,
    }
}

/// The name of a column, truncated to the length limit.
fn truncated_name(mut name: Vec<u8>) -> Vec<u8> {
    name.truncate(LONGEST_NAME);
    name.shrink_to_fit();
    name
}
