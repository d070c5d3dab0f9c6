//! Rows of one table in an SQL dump: of `INSERT … VALUES` and of `COPY … FROM stdin`.
//!
//! A dump is read once, forwards, with a window of one row's limit in memory. Its rows are rows of
//! cells. A row that is malformed is one row, and reading goes on at what looks like the next row or
//! statement.

mod copy;
mod feed;
mod lexer;
mod statement;
mod tuple;

use std::io::{self, Read};

use leakdex::Reason;

pub(crate) use tuple::Dialect;

use crate::{
    columns::{self, Names},
    error::InputProblem,
    fields::Fields,
    header::{self, of_tables, one_line},
    heading::Heading,
    opening::{Cutter, Opened, Opening, RowSource, numbers},
    options::{Format, Options},
    rows::Layout,
    split::{CELLS, Cut, How},
};
use feed::Feed;
use lexer::{Lexer, begins_rows};
use tuple::Fault;

/// More names of tables and columns are not kept.
const MOST_NAMES: usize = 10_000;

/// Longer definitions of tables, with all their names, are not kept, in bytes.
const MOST_DEFINED: usize = 1 << 26;

pub(super) fn open(opened: Opened, options: &Options) -> Result<Opening, InputProblem> {
    let decision = opened.decision;
    let dialect = dialect_of(&opened.sample);
    let mut cutter =
        SqlCutter::new(opened.from(0), dialect, options.table.as_deref(), options.sizes.row);
    let (headers, names) = match cutter.columns()? {
        Columns::Named(names) if options.header => {
            let name = |name: &Vec<u8>| decision.charset.decode_lossily(name).into_owned();
            (names.iter().map(name).collect(), Names::Keys)
        }
        Columns::Named(names) => (numbers(names.len()), Names::Numbers),
        Columns::Numbered(count) => (numbers(count), Names::Numbers),
    };
    let columns = columns::Columns::of_header(headers, names, options)?;
    let strings = match dialect {
        Dialect::MySql => "a backslash escapes",
        Dialect::Standard => "a backslash is text",
    };
    let manner = format!("SQL, table '{}', {strings}", cutter.table());
    let layout = Layout::new(Format::Sql, CELLS, columns);
    let cutter = Cutter::Rows(Box::new(cutter));
    Ok(Opening { layout, decision, cutter, manner, delimiter_from: "", heading: Heading::First })
}

/// How strings of a dump are written, by the first of its words that tells.
fn dialect_of(sample: &[u8]) -> Dialect {
    const MYSQL: &str = "MySQL dump|MariaDB dump|phpMyAdmin|ENGINE=|AUTO_INCREMENT|`|\\'";
    const STANDARD: &str = "PostgreSQL|standard_conforming_strings = on|SET search_path| FROM stdin\
                            |INTO public.|INTO \"|PRAGMA |INTO [";
    let first = |signs: &str| {
        signs.split('|').filter_map(|sign| memchr::memmem::find(sample, sign.as_bytes())).min()
    };
    match (first(MYSQL), first(STANDARD)) {
        (mysql, Some(standard)) if mysql.is_none_or(|mysql| standard < mysql) => Dialect::Standard,
        _ => Dialect::MySql,
    }
}

/// A name such as `public.members`, in its parts.
type TableName = Vec<Vec<u8>>;

/// Cuts the rows of one table out of a dump.
pub(crate) struct SqlCutter<R> {
    lexer: Lexer<R>,
    state: State,
    /// The table that is read; the first with rows if none was asked for.
    table: Option<TableName>,
    asked: bool,
    /// The columns of that table.
    columns: Option<Columns>,
    /// The columns of tables whose definition was read.
    defined: Vec<(TableName, Vec<Vec<u8>>)>,
    /// About how many bytes those have.
    defined_size: usize,
    /// Tables with rows beside that one.
    others: Vec<TableName>,
    fields: Fields,
    /// Rows that were read while the columns were looked for.
    pending: Cut,
}

/// The columns of a dump's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Columns {
    Named(Vec<Vec<u8>>),
    /// Nothing names the columns; there are so many.
    Numbered(usize),
}

enum State {
    Statement,
    /// Among the rows of an `INSERT`.
    Rows(Target),
    /// Among the lines of a `COPY`.
    Lines(Target),
    Ended,
}

/// Where the rows of a statement go.
#[derive(Clone)]
enum Target {
    /// They are of the table, with their values in this order.
    Taken(Option<Vec<Option<usize>>>),
    /// They are of the table, and nobody knows which value is which.
    Malformed,
    /// They are of this other table.
    Other(TableName),
}

impl<R: Read> SqlCutter<R> {
    /// Reads the rows of this table, and of the first with rows if there is no name. No row is
    /// longer than the limit in bytes.
    pub fn new(source: R, dialect: Dialect, table: Option<&str>, row_limit: usize) -> Self {
        let table = table.map(|name| {
            let parts = name.split('.').map(|part| part.trim_matches(['"', '`']));
            parts.map(|part| part.as_bytes().to_vec()).collect()
        });
        Self {
            lexer: Lexer { feed: Feed::new(source, row_limit), dialect, is_cut: false },
            state: State::Statement,
            asked: table.is_some(),
            table,
            columns: None,
            defined: Vec::new(),
            defined_size: 0,
            others: Vec::new(),
            fields: Fields::default(),
            pending: Cut::default(),
        }
    }

    /// The columns of the table; reads on until they are known.
    pub fn columns(&mut self) -> Result<Columns, InputProblem> {
        let mut cut = Cut::default();
        loop {
            if let Some(columns) = &self.columns {
                self.pending = cut;
                return Ok(columns.clone());
            }
            if !self.step(&mut cut)? {
                return Err(self.no_rows());
            }
        }
    }

    /// The table that is read, for people.
    pub fn table(&self) -> String {
        match &self.table {
            Some(table) if self.asked => one_line(&joined(table)),
            Some(table) => of_tables([joined(table)])[0].to_string(),
            None => String::new(),
        }
    }

    /// Reads a statement's begin, or one row; false at the end.
    fn step(&mut self, cut: &mut Cut) -> Result<bool, InputProblem> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Statement => self.statement(cut)?,
            State::Rows(target) => self.row(target, cut)?,
            State::Lines(target) => self.line(target, cut)?,
            State::Ended => return Ok(false),
        }
        Ok(true)
    }

    /// Reads what comes next among the rows of an `INSERT`.
    fn row(&mut self, target: Target, cut: &mut Cut) -> Result<(), InputProblem> {
        self.lexer.skip_blanks()?;
        let dialect = self.lexer.dialect;
        let (window, last) = self.lexer.feed.window_and_end()?;
        match window.first() {
            Some(b'(') => {}
            Some(b',') => {
                self.lexer.feed.advance(1);
                self.state = State::Rows(target);
                return Ok(());
            }
            _ => {
                self.state = State::Statement;
                let is_next = window.first() == Some(&b';')
                    || begins_rows(window)
                    || window.get(..2).is_some_and(|word| word.eq_ignore_ascii_case(b"GO"));
                if !is_next {
                    self.lexer.skip_statement()?;
                }
                return Ok(());
            }
        }
        match tuple::read(window, dialect, &mut self.fields) {
            Ok(length) => {
                self.lexer.feed.advance(length);
                self.take(&target, cut)?;
                self.state = State::Rows(target);
                Ok(())
            }
            Err(fault) => {
                let resume = resume_point(&window[1..]);
                let how = match (fault, resume, last) {
                    (Fault::Open, None, false) => How::Missing(Reason::RowTooLong),
                    _ => How::Missing(Reason::InvalidSql),
                };
                if !matches!(target, Target::Other(_)) {
                    cut.push_missing(how);
                }
                Ok(self.resume(target)?)
            }
        }
    }

    /// Goes on to the next row or statement after the row that begins here.
    fn resume(&mut self, target: Target) -> io::Result<()> {
        // Longer than what is looked for.
        const OVERLAP: usize = 64;
        self.lexer.feed.advance(1);
        loop {
            let (window, last) = self.lexer.feed.window_and_end()?;
            let length = window.len();
            if let Some((position, is_row)) = resume_point(window) {
                self.lexer.feed.advance(position);
                self.state = if is_row { State::Rows(target) } else { State::Statement };
                return Ok(());
            }
            if last {
                self.lexer.feed.advance(length);
                self.state = State::Statement;
                return Ok(());
            }
            self.lexer.feed.advance(length.saturating_sub(OVERLAP).max(1));
        }
    }

    /// Reads one line of a `COPY`.
    fn line(&mut self, target: Target, cut: &mut Cut) -> Result<(), InputProblem> {
        let (window, last) = self.lexer.feed.window_and_end()?;
        if window.is_empty() {
            self.state = State::Statement;
            return Ok(());
        }
        let end = memchr::memchr(b'\n', window);
        let Some(end) = end.or(last.then_some(window.len())) else {
            if !matches!(target, Target::Other(_)) {
                cut.push_missing(How::Missing(Reason::RowTooLong));
            }
            self.state = State::Lines(target);
            self.lexer.feed.skip_past(b"\n")?;
            return Ok(());
        };
        let line = &window[..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let is_end = line == b"\\.";
        if !is_end {
            copy::read(line, &mut self.fields);
        }
        self.lexer.feed.advance(end + 1);
        if is_end {
            self.state = State::Statement;
        } else {
            self.take(&target, cut)?;
            self.state = State::Lines(target);
        }
        Ok(())
    }

    /// Adds the row that was read, if it is of the table.
    fn take(&mut self, target: &Target, cut: &mut Cut) -> Result<(), InputProblem> {
        match target {
            Target::Taken(order) => {
                let width = self.fields.len();
                self.columns.get_or_insert(Columns::Numbered(width));
                // Only if all values are there, each is sure to be in its place.
                let is_fitting =
                    order.as_ref().is_none_or(|order| order.iter().flatten().count() == width);
                if is_fitting {
                    self.fields.write(order.as_deref(), cut);
                } else {
                    cut.push_missing(How::Missing(Reason::InvalidSql));
                }
            }
            Target::Malformed => cut.push_missing(How::Missing(Reason::InvalidSql)),
            Target::Other(table) => {
                if !self.others.contains(table) && self.others.len() < MOST_NAMES {
                    self.others.push(table.clone());
                    if !self.asked && self.table.is_some() {
                        return Err(self.several_tables());
                    }
                }
            }
        }
        Ok(())
    }

    /// The error that there are rows of several tables; reads on to name them all.
    fn several_tables(&mut self) -> InputProblem {
        self.asked = true;
        self.state = State::Statement;
        let mut cut = Cut::default();
        loop {
            match self.step(&mut cut) {
                Ok(true) => {
                    cut = Cut::default();
                }
                Ok(false) => break,
                Err(problem) => return problem,
            }
        }
        let tables = self.table.iter().chain(&self.others);
        InputProblem::SeveralTables(list(tables))
    }

    fn no_rows(&self) -> InputProblem {
        match &self.table {
            Some(table) if self.asked => {
                let asked = one_line(&joined(table));
                InputProblem::NoSuchTable { asked, found: list(self.others.iter()) }
            }
            _ => InputProblem::NoTable,
        }
    }
}

impl<R: Read + Send> RowSource for SqlCutter<R> {
    fn next_cut(&mut self, size: usize) -> Result<Option<Cut>, InputProblem> {
        // A row that is missing has no bytes.
        const MOST_RUNS: usize = 1 << 16;
        let mut cut = std::mem::take(&mut self.pending);
        while cut.bytes.len() < size && cut.runs.len() < MOST_RUNS && self.step(&mut cut)? {}
        Ok(if cut.runs.is_empty() { None } else { Some(cut) })
    }
}

/// Where the next row or statement seems to begin, and whether it is a row.
///
/// A text can look like that, too; then what comes of it is malformed as well, or one more row.
fn resume_point(bytes: &[u8]) -> Option<(usize, bool)> {
    let after_blanks = |from: usize| {
        let blanks = bytes[from..].iter().take(8).take_while(|byte| byte.is_ascii_whitespace());
        from + blanks.count()
    };
    for found in memchr::memchr2_iter(b')', b'\n', bytes) {
        if bytes[found] == b'\n' {
            if begins_rows(&bytes[found + 1..]) {
                return Some((found + 1, false));
            }
            continue;
        }
        let next = after_blanks(found + 1);
        match bytes.get(next) {
            Some(b';') => return Some((next + 1, false)),
            Some(b',') => {
                let next = after_blanks(next + 1);
                if bytes.get(next) == Some(&b'(') {
                    return Some((next, true));
                }
            }
            _ => {}
        }
    }
    None
}

fn list<'a>(tables: impl Iterator<Item = &'a TableName>) -> String {
    header::list(&of_tables(tables.map(joined)))
}

/// The name of a table, with that of its schema.
fn joined(table: &TableName) -> String {
    let parts = table.iter().map(|part| String::from_utf8_lossy(part));
    parts.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests;
