//! The statements of a dump that hold rows, or name the columns of a table.

use std::io::{self, Read};

use leakdex::Reason;

use super::{
    Columns, MOST_DEFINED, MOST_NAMES, SqlCutter, State, TableName, Target,
    lexer::{LONGEST_NAME, Token},
};
use crate::split::{Cut, How};

impl<R: Read> SqlCutter<R> {
    /// Reads the begin of a statement; up to its first row, if it has rows that can be read.
    pub(super) fn statement(&mut self, cut: &mut Cut) -> io::Result<()> {
        self.state = State::Statement;
        let token = self.lexer.token()?;
        if token.is_one_of("INSERT REPLACE") {
            self.insert(cut)
        } else if token.is("COPY") {
            self.copy()
        } else if token.is("CREATE") {
            self.create()
        } else if token.is("DELIMITER") || token == Token::Sign(b'\\') {
            // Words for the client.
            self.lexer.feed.skip_past(b"\n")?;
            Ok(())
        } else if token == Token::End {
            self.state = State::Ended;
            if self.lexer.is_cut {
                cut.push_missing(How::Missing(Reason::InvalidSql));
            }
            Ok(())
        } else if token == Token::Sign(b';') || token.is("GO") {
            Ok(())
        } else {
            self.lexer.skip_statement()
        }
    }

    /// Reads the begin of an `INSERT` up to its first row.
    fn insert(&mut self, cut: &mut Cut) -> io::Result<()> {
        const MODIFIERS: &str =
            "LOW_PRIORITY DELAYED HIGH_PRIORITY IGNORE OR REPLACE ABORT FAIL ROLLBACK INTO";
        let first = self.lexer.token_after(MODIFIERS)?;
        let Some(table) = self.lexer.qualified_name(first)? else {
            return self.lexer.skip_statement();
        };
        let mut names = None;
        let is_well_formed = loop {
            if names.is_none() && self.lexer.skip(b'(')? {
                names = self.lexer.names()?;
                if names.is_none() {
                    break false;
                }
                continue;
            }
            let token = self.lexer.token()?;
            if !token.is("OVERRIDING") {
                break token.is_one_of("VALUES VALUE");
            }
            self.lexer.token()?;
            self.lexer.token()?;
        };
        let target = self.target(table, names.as_deref());
        if is_well_formed && self.lexer.peek()? == Some(b'(') {
            self.state = State::Rows(target);
            return Ok(());
        }
        if !matches!(target, Target::Other(_)) {
            cut.push_missing(How::Missing(Reason::InvalidSql));
        }
        self.lexer.skip_statement()
    }

    /// Reads the begin of a `COPY` up to its first line.
    fn copy(&mut self) -> io::Result<()> {
        let first = self.lexer.token()?;
        let Some(table) = self.lexer.qualified_name(first)? else {
            return self.lexer.skip_statement();
        };
        let names = if self.lexer.skip(b'(')? { self.lexer.names()? } else { None };
        let is_from = self.lexer.token()?.is("FROM");
        let is_inline = is_from && self.lexer.token()?.is("STDIN");
        if !is_inline {
            return self.lexer.skip_statement();
        }
        let mut is_text = true;
        loop {
            match self.lexer.token()? {
                Token::End | Token::Sign(b';') => break,
                token => is_text &= !token.is_one_of("CSV BINARY FORMAT DELIMITER"),
            }
        }
        self.lexer.feed.skip_past(b"\n")?;
        let target = match self.target(table, names.as_deref()) {
            Target::Taken(_) if !is_text => Target::Malformed,
            target => target,
        };
        self.state = State::Lines(target);
        Ok(())
    }

    /// Reads the names of the columns in `CREATE TABLE`.
    fn create(&mut self) -> io::Result<()> {
        const NO_COLUMNS: &str = "PRIMARY KEY UNIQUE INDEX FULLTEXT SPATIAL CONSTRAINT CHECK \
                                  FOREIGN EXCLUDE LIKE";
        const MODIFIERS: &str = "GLOBAL LOCAL TEMP TEMPORARY UNLOGGED FOREIGN";
        let mut token = self.lexer.token_after(MODIFIERS)?;
        if !token.is("TABLE") {
            return self.lexer.skip_statement();
        }
        token = self.lexer.token()?;
        if token.is("IF") {
            self.lexer.token()?;
            self.lexer.token()?;
            token = self.lexer.token()?;
        }
        let Some(table) = self.lexer.qualified_name(token)? else {
            return self.lexer.skip_statement();
        };
        if !self.lexer.skip(b'(')? {
            return self.lexer.skip_statement();
        }
        let mut columns = Vec::new();
        let (mut depth, mut begins) = (1_usize, true);
        while depth > 0 {
            let token = self.lexer.token()?;
            let is_column = begins && depth == 1 && !token.is_one_of(NO_COLUMNS);
            begins = false;
            match token {
                // A definition that is not closed must not swallow the rows after it.
                Token::End | Token::Sign(b';') => return Ok(()),
                Token::Sign(b'(') => depth += 1,
                Token::Sign(b')') => depth -= 1,
                Token::Sign(b',') if depth == 1 => begins = true,
                // A column keeps its place, whatever its name is.
                token if is_column && columns.len() < MOST_NAMES => {
                    columns.extend(token.name().map(|mut name| {
                        name.truncate(LONGEST_NAME);
                        name.shrink_to_fit();
                        name
                    }));
                }
                _ => {}
            }
        }
        let size: usize =
            columns.iter().chain(&table).map(|name| size_of_val(name) + name.len()).sum();
        let left = MOST_DEFINED - self.defined_size;
        if self.defined.len() < MOST_NAMES && !columns.is_empty() && size <= left {
            self.defined_size += size;
            self.defined.push((table, columns));
        }
        self.lexer.skip_statement()
    }

    /// Where the rows of a statement for this table go, with these columns.
    fn target(&mut self, table: TableName, names: Option<&[Vec<u8>]>) -> Target {
        if self.table.is_none() {
            self.table = Some(table.clone());
        }
        if !self.table.as_ref().is_some_and(|taken| is_same_table(taken, &table)) {
            return Target::Other(table);
        }
        if self.columns.is_none() {
            let defined = self.defined.iter().find(|(other, _)| is_same_table(other, &table));
            let defined = defined.map(|(_, columns)| columns);
            let is_known = |names: &[Vec<u8>]| {
                let mut columns = names.iter();
                defined.is_some_and(|defined| columns.all(|name| place(name, defined).is_some()))
            };
            let columns = match names {
                Some(names) if !is_known(names) => Some(names),
                _ => defined.map(Vec::as_slice),
            };
            self.columns = columns.map(|columns| Columns::Named(columns.to_vec()));
        }
        match (&self.columns, names) {
            (_, None) => Target::Taken(None),
            (Some(Columns::Named(columns)), Some(names)) => {
                if names == columns {
                    return Target::Taken(None);
                }
                if names.iter().any(|name| place(name, columns).is_none()) {
                    return Target::Malformed;
                }
                Target::Taken(Some(columns.iter().map(|column| place(column, names)).collect()))
            }
            (_, Some(_)) => Target::Malformed,
        }
    }
}

/// Whether two names mean one table; a schema counts only if both name it.
fn is_same_table(one: &TableName, other: &TableName) -> bool {
    let pairs = one.iter().rev().zip(other.iter().rev());
    pairs.into_iter().all(|(one, other)| one.eq_ignore_ascii_case(other))
}

fn place(name: &[u8], names: &[Vec<u8>]) -> Option<usize> {
    names.iter().position(|other| other.eq_ignore_ascii_case(name))
}
