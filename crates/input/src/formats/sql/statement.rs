//! The statements with rows in a dump.

use std::io::Read;

use leakdex::Reason;

use super::{
    Columns, Places, SqlCutter, State, Target,
    catalogue::{TableName, make_precise, order_of},
    copy::{CopyFormat, Style},
    lexer::{Next, STATEMENTS, Token, closing},
    resume::MalformedPart,
    values::{self, Fault},
};
use crate::{
    error::InputProblem,
    split::{Cut, RowForm},
};

impl<R: Read> SqlCutter<R> {
    /// Reads the beginning of a statement, up to its first row if it has readable rows.
    pub(super) fn statement(&mut self, cut: &mut Cut) -> Result<(), InputProblem> {
        self.state = State::Statement;
        let token = self.lexer.token()?;
        if token.is_one_of("INSERT REPLACE UPSERT") {
            let second = self.lexer.token()?;
            return self.insert(second, cut);
        }
        if token.is("COPY") {
            return self.copy(cut);
        }
        if token.is("DO") {
            self.anonymous_block(cut)?;
            return self.skip_statement(cut);
        }
        if token == Token::End {
            self.state = State::Ended;
            // The table that is read may become known after a query filled it.
            let is_filled = self.filled.iter().any(|table| self.is_taken(table));
            if self.lexer.may_miss_rows || is_filled && !self.is_cut_off {
                self.is_cut_off = true;
                cut.push_missing(RowForm::Missing(Reason::InvalidSql));
            }
            return Ok(());
        }
        if token.is_one_of("UPDATE DELETE TRUNCATE MERGE LOAD BULK") {
            self.change(&token, cut)
        } else if self.define(&token)? {
            Ok(())
        } else {
            self.skip_statement(cut)
        }
    }

    /// Skips the text of `DO $$ … $$` or `DO '…'`. If it inserts rows, they count as one unreadable row.
    fn anonymous_block(&mut self, cut: &mut Cut) -> Result<(), InputProblem> {
        if self.lexer.next_word_is("LANGUAGE")? {
            self.lexer.token()?;
            self.lexer.token()?;
        }
        self.lexer.skip_blanks()?;
        let has_escapes = self.lexer.dialect.has_escapes;
        let (window, is_last) = self.lexer.window()?;
        let (start, end) = match window {
            [b'$', after @ ..] => {
                let Some(tag) = memchr::memchr(b'$', after) else { return Ok(()) };
                let (quote, text) = window.split_at(tag + 2);
                let end = memchr::memmem::find(text, quote);
                (quote.len(), end.map(|end| quote.len() + end))
            }
            [b'\'', ..] => (1, closing(window, b'\'', has_escapes)),
            [b'E' | b'e', b'\'', ..] => (2, closing(&window[1..], b'\'', true).map(|end| end + 1)),
            _ => return Ok(()),
        };
        let inserts = match end {
            Some(end) => inserts_rows(&window[start..end]),
            None if is_last => false,
            // The text is too long to examine. A text that is never closed counts as a row anyway.
            None => {
                let did_miss_rows = self.lexer.may_miss_rows;
                self.lexer.token()?;
                did_miss_rows || !self.lexer.may_miss_rows
            }
        };
        if inserts {
            self.is_cut_off = true;
            cut.push_missing(RowForm::Missing(Reason::InvalidSql));
        }
        Ok(())
    }

    /// Skips to the next statement, or to an `INSERT` within this one.
    pub(super) fn skip_statement(&mut self, cut: &mut Cut) -> Result<(), InputProblem> {
        let mut created = self.created.take();
        loop {
            match self.lexer.skip_statement()? {
                Next::Statement => return Ok(()),
                Next::Insert(second) => return self.insert(second, cut),
                Next::Query => {
                    if let Some(table) = created.take() {
                        self.note_filled(table);
                    }
                }
                Next::Into(first) => {
                    if let Some(table) = self.lexer.qualified_name(first)? {
                        let table = self.qualified(table);
                        self.note_filled(table);
                    }
                }
            }
        }
    }

    /// Reads the beginning of an `INSERT` after its first two words, up to its first row.
    pub(super) fn insert(&mut self, second: Token, cut: &mut Cut) -> Result<(), InputProblem> {
        const MODIFIERS: &str = "LOW_PRIORITY DELAYED HIGH_PRIORITY IGNORE OR REPLACE ABORT FAIL ROLLBACK \
                                 INTO OVERWRITE TABLE ALL FIRST";
        let is_modifier = second.is_one_of(MODIFIERS);
        let first = if is_modifier { self.lexer.token_after(MODIFIERS)? } else { second };
        // `INSERT ALL WHEN …` puts each row into a table that depends on its values.
        if first.is("WHEN") {
            return self.skip_unknown(cut);
        }
        let Some(table) = self.lexer.qualified_name(first)? else {
            return self.skip_unknown(cut);
        };
        let mut names = None;
        let word = loop {
            if names.is_none() && self.lexer.skip(b'(')? {
                names = self.lexer.names()?;
                if names.is_none() {
                    break Token::End;
                }
                continue;
            }
            let token = self.lexer.token()?;
            if token.is("OVERRIDING") {
                self.lexer.token()?;
                self.lexer.token()?;
            } else if token.is("AS") {
                self.lexer.token()?;
            } else if token.is_one_of("PARTITION WITH") {
                if !self.lexer.skip(b'(')? || self.lexer.names()?.is_none() {
                    break Token::End;
                }
            } else {
                break token;
            }
        };
        if word.is("SET") && names.is_none() {
            return self.assignments(table, cut);
        }
        let target = self.target(table, names.as_deref());
        if word.is_one_of("VALUES VALUE") {
            return self.next_part(target, cut);
        } else if word.is("SELECT") {
            self.state = State::Selected(target);
            return Ok(());
        }
        self.add_unreadable_statement(&target, Reason::InvalidSql, cut)?;
        self.skip_statement(cut)
    }

    /// Counts a statement as one unusable row. It may insert many rows.
    fn add_unreadable_statement(
        &mut self,
        target: &Target,
        reason: Reason,
        cut: &mut Cut,
    ) -> Result<(), InputProblem> {
        self.is_cut_off |= !matches!(target, Target::Other(_));
        self.add_unreadable_row(target, reason, cut)
    }

    /// Skips a statement with rows whose table is unknown. It counts as an unusable row, since the table may
    /// be the one that is read.
    fn skip_unknown(&mut self, cut: &mut Cut) -> Result<(), InputProblem> {
        self.is_cut_off = true;
        cut.push_missing(RowForm::Missing(Reason::InvalidSql));
        self.skip_statement(cut)
    }

    /// Reads up to the row after `VALUES` or a comma. Anything else there counts as an unusable row.
    pub(super) fn next_part(&mut self, target: Target, cut: &mut Cut) -> Result<(), InputProblem> {
        let did_miss_rows = self.lexer.may_miss_rows;
        let is_row = self.lexer.peek()? == Some(b'(');
        if !is_row && self.lexer.next_word_is("ROW")? {
            self.lexer.token()?;
        }
        if is_row || self.lexer.peek()? == Some(b'(') {
            self.state = State::Rows(target);
            return Ok(());
        }
        self.is_cut_off |= self.lexer.peek()?.is_none();
        if !did_miss_rows && self.lexer.may_miss_rows && self.lexer.peek()?.is_none() {
            // An unclosed comment consumed the rest of the dump. It counts as a row at the end of the dump.
            self.state = State::Statement;
            return Ok(());
        }
        self.skip_part_of_rows(target, cut)
    }

    /// Reads the clause or the statement after the rows of an `INSERT`.
    pub(super) fn after_rows(&mut self, target: Target, cut: &mut Cut) -> Result<(), InputProblem> {
        self.state = State::Statement;
        let begins_line = self.lexer.skip_blanks()?;
        let delimiter = self.lexer.delimiter.clone();
        let (window, _) = self.lexer.window()?;
        if window.starts_with(&delimiter) {
            self.lexer.take(delimiter.len());
            return Ok(());
        }
        let Some(&first) = window.first() else { return Ok(()) };
        if let Some(length) = terminator(window) {
            self.lexer.take(length);
            return Ok(());
        }
        if first == b';' || begins_line && matches!(first, b'/' | b'\\' | b'@' | b'.') {
            return Ok(());
        }
        let length = window.iter().position(|&byte| !values::is_of_word(byte));
        let word = Token::Word(window[..length.unwrap_or(window.len())].to_vec());
        if word.is("INTO") {
            // Another table of `INSERT ALL`.
            let second = self.lexer.token()?;
            return self.insert(second, cut);
        }
        if word.is_one_of("ON RETURNING AS LOG OPTION") {
            return self.skip_statement(cut);
        }
        if word.is_one_of(STATEMENTS) {
            return Ok(());
        }
        self.skip_part_of_rows(target, cut)
    }

    /// Skips a part between rows that is not a row.
    fn skip_part_of_rows(&mut self, target: Target, cut: &mut Cut) -> Result<(), InputProblem> {
        self.add_unreadable_row(&target, Reason::InvalidSql, cut)?;
        Ok(self.resume(MalformedPart::Part(target))?)
    }

    /// Skips the clauses after selected or assigned values, if there are any.
    fn skip_clauses(&mut self, cut: &mut Cut) -> Result<(), InputProblem> {
        self.state = State::Statement;
        for clause in ["ON", "RETURNING", "AS"] {
            if self.lexer.next_word_is(clause)? {
                return self.skip_statement(cut);
            }
        }
        Ok(())
    }

    /// Reads the row of `INSERT … SET a = 1`.
    fn assignments(&mut self, table: TableName, cut: &mut Cut) -> Result<(), InputProblem> {
        let dialect = self.lexer.dialect;
        let (window, is_last) = self.lexer.window()?;
        match values::read_set(window, dialect, is_last, &mut self.fields) {
            Ok((length, names)) => {
                self.lexer.take(length);
                let target = self.target(table, Some(&names));
                self.add_row(&target, cut)?;
            }
            Err(fault) => {
                let reason = reason_of(fault, is_last);
                let target = self.target(table, None);
                self.add_unreadable_row(&target, reason, cut)?;
                return Ok(self.resume(MalformedPart::Statement)?);
            }
        }
        self.skip_clauses(cut)
    }

    /// Reads a row of `INSERT … SELECT 1, 'a' UNION ALL SELECT …`.
    pub(super) fn selected(&mut self, target: Target, cut: &mut Cut) -> Result<(), InputProblem> {
        let dialect = self.lexer.dialect;
        let (window, is_last) = self.lexer.window()?;
        match values::read_selected(window, dialect, is_last, &mut self.fields) {
            Ok((length, has_more)) => {
                self.lexer.take(length);
                self.add_row(&target, cut)?;
                if has_more {
                    self.state = State::Selected(target);
                    return Ok(());
                }
            }
            // The rows may come from another table.
            Err(fault) => {
                self.add_unreadable_statement(&target, reason_of(fault, is_last), cut)?;
                return Ok(self.resume(MalformedPart::Selected(target))?);
            }
        }
        self.skip_clauses(cut)
    }

    /// Reads the beginning of a `COPY`, up to its first line.
    fn copy(&mut self, cut: &mut Cut) -> Result<(), InputProblem> {
        let first = self.lexer.token()?;
        if first == Token::Sign(b'(') {
            // `COPY (SELECT …) TO …` exports rows.
            return self.skip_statement(cut);
        }
        let Some(table) = self.lexer.qualified_name(first)? else {
            return self.skip_unknown(cut);
        };
        let has_names = self.lexer.skip(b'(')?;
        let names = if has_names { self.lexer.names()? } else { None };
        let mut is_known = !has_names || names.is_some();
        if !is_known {
            // The rows count as unusable, so the position where they begin must be found.
            while !matches!(self.lexer.token()?, Token::End | Token::Sign(b')' | b';')) {}
        }
        let is_from = self.lexer.token()?.is("FROM");
        let is_inline = is_from && self.lexer.token()?.is("STDIN");
        if !is_inline {
            if is_from {
                self.note_other_file(&table);
            }
            return self.skip_statement(cut);
        }
        let mut format = CopyFormat::default();
        loop {
            let token = self.lexer.token()?;
            match token {
                Token::End | Token::Sign(b';') => break,
                _ if token.is("CSV") => format.set_style(Style::Csv),
                // `FORMAT 'csv'`.
                Token::Text(format_name) if format_name.eq_ignore_ascii_case(b"csv") => {
                    format.set_style(Style::Csv);
                }
                // `ENCODING`, or an option that may change values.
                Token::Text(text) => {
                    let is_utf8 =
                        [&b"utf8"[..], b"utf-8"].iter().any(|name| text.eq_ignore_ascii_case(name));
                    is_known &= is_utf8 && self.lexer.dialect.is_utf8;
                }
                _ if token.is("BINARY") => is_known = false,
                _ if token.is_one_of("DELIMITER DELIMITERS NULL QUOTE ESCAPE") => {
                    let mut value = self.lexer.token_after("AS")?;
                    if value.is("E") {
                        value = self.lexer.token()?;
                    }
                    let Token::Text(text) = value else {
                        is_known = false;
                        continue;
                    };
                    is_known &= format.set(&token, &text);
                }
                _ if token.is("HEADER") => {
                    let is_off = ["FALSE", "OFF", "0"];
                    format.has_header = true;
                    for word in is_off {
                        if self.lexer.next_word_is(word)? {
                            format.has_header = false;
                        }
                    }
                }
                _ => {}
            }
        }
        self.lexer.feed.skip_past(b"\n")?;
        let target = match self.target(table, names.as_deref()) {
            Target::Taken(_) if !is_known => Target::Malformed,
            target => target,
        };
        self.state = State::Lines(target, format);
        Ok(())
    }

    /// Warns about a statement that changes rows or loads them from another file.
    fn change(&mut self, word: &Token, cut: &mut Cut) -> Result<(), InputProblem> {
        let mut token = self.lexer.token_after(
            "LOW_PRIORITY CONCURRENT IGNORE FROM INTO ONLY TABLE INSERT DATA LOCAL INFILE REPLACE TOP QUICK",
        )?;
        if word.is("LOAD") {
            // The name of the file.
            token = self.lexer.token_after("REPLACE IGNORE INTO TABLE")?;
        }
        let Some(table) = self.lexer.qualified_name(token)? else {
            let may_have_rows = word.is("MERGE");
            return if may_have_rows { self.skip_unknown(cut) } else { self.skip_statement(cut) };
        };
        if word.is_one_of("LOAD BULK") {
            self.note_other_file(&table);
        } else if word.is("MERGE") {
            let target = self.target(table, None);
            self.add_unreadable_statement(&target, Reason::InvalidSql, cut)?;
        } else {
            let table = self.qualified(table);
            if self.is_taken(&table) {
                self.note(
                    "the dump changes rows of the table by UPDATE, DELETE or TRUNCATE; all rows are read as \
                     they were inserted",
                );
            }
        }
        self.skip_statement(cut)
    }

    fn note_other_file(&mut self, table: &TableName) {
        let table = self.qualified(table.clone());
        if self.is_taken(&table) || self.table.is_none() && self.requested.is_none() {
            self.note_rows_elsewhere();
        }
    }

    /// Notes that the dump takes rows from another file.
    pub(super) fn note_rows_elsewhere(&mut self) {
        self.is_cut_off = true;
        self.note(OTHER_FILE);
    }

    /// Where rows with this table and these columns belong.
    pub(super) fn target(&mut self, table: TableName, names: Option<&[Vec<u8>]>) -> Target {
        let table = self.qualified(table);
        if let Some(names) = names {
            self.catalogue.add_named_columns(&table, names);
        }
        if self.table.is_none() && self.may_be_requested(&table) {
            self.catalogue.note_rows(&table);
            self.table = Some(table.clone());
        }
        if !self.is_taken(&table) {
            return Target::Other(table);
        }
        if let Some(taken) = &mut self.table {
            make_precise(taken, &table);
        }
        let defined = self.catalogue.columns(&table);
        if self.columns.is_none() {
            let is_known = |names: &[Vec<u8>]| {
                defined.is_some_and(|defined| order_of(defined, names).is_some())
            };
            let columns = match names {
                Some(names) if !is_known(names) => {
                    self.catalogue.named_columns(&table).map_or(names, |all| all)
                }
                _ => defined.map_or(&[][..], Vec::as_slice),
            };
            self.columns = (!columns.is_empty()).then(|| Columns::Named(columns.to_vec()));
        }
        // Without names, the values have the order of the definition, which may have changed.
        let names = names.or(defined.map(Vec::as_slice));
        match (&self.columns, names) {
            // The catalogue may have been too full to keep the definition.
            (_, None) if self.catalogue.is_full() => Target::Malformed,
            (Some(Columns::Named(columns)), None) => {
                Target::Taken(Places { width: Some(columns.len()), order: None })
            }
            (_, None) => Target::Taken(Places::default()),
            (Some(Columns::Named(columns)), Some(names)) => {
                let width = Some(names.len());
                if names == columns {
                    return Target::Taken(Places { width, order: None });
                }
                match order_of(columns, names) {
                    Some(order) => Target::Taken(Places { width, order: Some(order) }),
                    None => Target::Malformed,
                }
            }
            (_, Some(_)) => Target::Malformed,
        }
    }
}

/// Whether a text has the words `INSERT INTO` or `MERGE INTO`.
fn inserts_rows(text: &[u8]) -> bool {
    let mut words = text.split(|&byte| !values::is_of_word(byte)).filter(|word| !word.is_empty());
    let mut before = &b""[..];
    words.any(|word| {
        let verb = std::mem::replace(&mut before, word);
        let is_verb = [&b"INSERT"[..], b"MERGE"].iter().any(|item| verb.eq_ignore_ascii_case(item));
        is_verb && word.eq_ignore_ascii_case(b"INTO")
    })
}

/// The length of punctuation at the end of a line that terminates a statement, such as `@` in Db2.
fn terminator(bytes: &[u8]) -> Option<usize> {
    const MAX_LENGTH: usize = 8;
    let prefix = &bytes[..bytes.len().min(MAX_LENGTH)];
    let end =
        memchr::memchr(b'\n', prefix).or((prefix.len() < MAX_LENGTH).then_some(prefix.len()))?;
    let line = prefix[..end].trim_ascii_end();
    let is_sign = |byte: &u8| byte.is_ascii_punctuation() && !b"(),;'\"`".contains(byte);
    (!line.is_empty() && line.iter().all(is_sign)).then_some(line.len())
}

/// The warning for a dump that loads rows from another file.
pub(super) const OTHER_FILE: &str =
    "the dump takes rows from another file, which is not read: give that file, too";

pub(super) fn reason_of(fault: Fault, is_last: bool) -> Reason {
    if fault == Fault::Open && !is_last { Reason::RowTooLong } else { Reason::InvalidSql }
}
