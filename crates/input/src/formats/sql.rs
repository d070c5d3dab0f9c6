//! Rows of one table in an SQL dump, from `INSERT` and `COPY … FROM stdin`.
//!
//! A dump is read once, sequentially. The size of the window in memory is the size limit of a row. A
//! malformed row counts as one row, and reading resumes where the next row or statement seems to begin.

mod catalogue;
mod copy;
mod definition;
mod dialect;
mod lexer;
mod resume;
mod statement;
mod values;

use std::io::Read;

use leakdex::Reason;

use crate::{
    charset::Charset,
    columns::Names,
    error::InputProblem,
    feed::Feed,
    fields::Fields,
    header::{of_tables, one_line},
    opening::{Cutter, InputStart, OpenInput, RowSource, numbers},
    options::{Format, Options},
    split::{Cut, RowForm},
};
use catalogue::{Catalogue, TableName, is_same_table, joined, parse_table_name};
use copy::{CopyFormat, Line};
use dialect::Dialect;
use lexer::Lexer;
use resume::{MalformedPart, next_row};
use values::Fault;

pub(super) fn open(opened: InputStart, options: &Options) -> Result<OpenInput, InputProblem> {
    let decision = opened.decision;
    let (found, is_sure) = Dialect::of_sample(&opened.sample);
    let dialect = options.sql_dialect.map_or(found, Dialect::new);
    let dialect = Dialect { is_utf8: decision.charset == Charset::Utf8, ..dialect };
    let why = match (options.sql_dialect, is_sure) {
        (Some(_), _) => "as given",
        (None, true) => "detected",
        (None, false) => "assumed",
    };
    let table = options.table.as_deref();
    let mut survey = SqlCutter::new(&opened.sample[..], dialect, table, options.sizes.row);
    // If the sample causes an error, reading it again below reports the error.
    let _ = survey.survey();
    let known = survey.catalogue.into_named();
    let mut cutter = SqlCutter::new(opened.from(0), dialect, table, options.sizes.row);
    cutter.catalogue = known;
    let (headers, names) = match cutter.columns()? {
        Columns::Named(names) if options.header => {
            let name = |name: &Vec<u8>| decision.charset.decode_lossily(name).into_owned();
            (names.iter().map(name).collect(), Names::Keys)
        }
        Columns::Named(names) => (numbers(names.len()), Names::Numbers),
        Columns::Numbered(count) => (numbers(count), Names::Numbers),
    };
    let reading_mode =
        format!("SQL, table '{}', dialect {} ({why})", cutter.table(), cutter.dialect());
    let rows = Cutter::Rows(Box::new(cutter));
    let opening = OpenInput::of_table(Format::Sql, headers, names, rows, reading_mode, options)?;
    Ok(OpenInput { decision, ..opening })
}

/// Cuts the rows of one table out of a dump.
pub(crate) struct SqlCutter<R> {
    lexer: Lexer<R>,
    state: State,
    /// The table that is read: the requested one, or the first with rows.
    table: Option<TableName>,
    /// The requested table. Its name may lack the schema or the database.
    requested: Option<TableName>,
    /// The requested table, as the caller gave it.
    given: String,
    /// The columns of the table that is read.
    columns: Option<Columns>,
    catalogue: Catalogue,
    /// The table of the current `CREATE TABLE`.
    created: Option<TableName>,
    /// Tables that queries fill. Their rows are not in the dump.
    filled: Vec<TableName>,
    /// Whether to collect only the names of all tables, without their rows.
    is_survey: bool,
    fields: Fields,
    /// Rows that were read before the columns were known.
    pending: Cut,
    notes: Notes,
    /// Whether the dump ends within rows.
    is_cut_off: bool,
    /// How many more malformed rows to try in the other dialect.
    tries_left: usize,
}

/// Warnings. Each is issued once.
#[derive(Default)]
struct Notes {
    texts: Vec<&'static str>,
    /// The number of warnings that the caller has taken.
    taken: usize,
}

/// The columns of a dump's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Columns {
    Named(Vec<Vec<u8>>),
    /// The columns have no names. This is their number.
    Numbered(usize),
}

enum State {
    Statement,
    /// In the rows of an `INSERT`.
    Rows(Target),
    /// In the values of an `INSERT … SELECT`.
    Selected(Target),
    /// In the lines of a `COPY`.
    Lines(Target, CopyFormat),
    Ended,
}

/// Where the rows of a statement belong.
#[derive(Clone)]
enum Target {
    /// They belong to the table that is read.
    Taken(Places),
    /// They belong to the table that is read, but the columns of the values are unknown.
    Malformed,
    /// They belong to another table.
    Other(TableName),
}

/// The columns of a row's values.
#[derive(Clone, Default)]
struct Places {
    /// The number of values, if the columns have names.
    width: Option<usize>,
    /// For each column, the index of its value. `None` if columns and values have the same order.
    order: Option<Vec<Option<usize>>>,
}

impl<R: Read> SqlCutter<R> {
    /// Reads the rows of this table, or of the first table with rows if `table` is `None`. `row_limit` is in
    /// bytes.
    pub fn new(source: R, dialect: Dialect, table: Option<&str>, row_limit: usize) -> Self {
        let requested = table.map(parse_table_name);
        let lexer = Lexer {
            feed: Feed::new(source),
            row_limit,
            dialect,
            delimiter: b";".to_vec(),
            mode_before: dialect,
            may_miss_rows: false,
            begins_line: true,
        };
        Self {
            lexer,
            state: State::Statement,
            requested,
            given: table.unwrap_or_default().to_owned(),
            table: None,
            columns: None,
            catalogue: Catalogue::default(),
            created: None,
            filled: Vec::new(),
            is_survey: false,
            fields: Fields::default(),
            pending: Cut::default(),
            notes: Notes::default(),
            is_cut_off: false,
            tries_left: 100,
        }
    }

    /// The columns of the table. Reads the dump until they are known.
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

    /// The table that is read, for a message.
    pub fn table(&self) -> String {
        match &self.table {
            // A name in the dump may be a person's value. The caller already knows the requested name.
            _ if self.requested.is_some() => one_line(&self.given),
            Some(table) => of_tables([joined(table)])[0].to_string(),
            None => String::new(),
        }
    }

    /// The current dialect of the dump, for a message.
    fn dialect(&self) -> &'static str {
        self.lexer.dialect.description()
    }

    fn qualified(&self, table: TableName) -> TableName {
        self.catalogue.qualified(table, self.lexer.dialect.is_mysql())
    }

    fn is_taken(&self, table: &TableName) -> bool {
        self.table.as_ref().is_some_and(|taken| is_same_table(taken, table))
            && self.may_be_requested(table)
    }

    fn may_be_requested(&self, table: &TableName) -> bool {
        self.requested.as_ref().is_none_or(|requested| is_same_table(requested, table))
    }

    fn note(&mut self, finding: &'static str) {
        if !self.notes.texts.contains(&finding) {
            self.notes.texts.push(finding);
        }
    }

    /// Reads the beginning of a statement, or one row. Returns false at the end.
    fn step(&mut self, cut: &mut Cut) -> Result<bool, InputProblem> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Statement => self.statement(cut)?,
            State::Rows(target) => self.row(target, cut)?,
            State::Selected(target) => self.selected(target, cut)?,
            State::Lines(target, format) => self.line(target, format, cut)?,
            State::Ended => return Ok(false),
        }
        Ok(true)
    }

    /// Reads the next row of an `INSERT`, or the end of its rows.
    fn row(&mut self, target: Target, cut: &mut Cut) -> Result<(), InputProblem> {
        self.lexer.skip_blanks()?;
        let dialect = self.lexer.dialect;
        let (window, last) = self.lexer.window()?;
        match window.first() {
            Some(b'(') => {}
            Some(b',') => {
                self.lexer.take(1);
                return self.next_part(target, cut);
            }
            _ => return self.after_rows(target, cut),
        }
        match values::read(window, dialect, &mut self.fields) {
            Ok(length) => {
                self.lexer.take(length);
                self.add_row(&target, cut)?;
                self.state = State::Rows(target);
                Ok(())
            }
            Err(fault) => {
                let resume = next_row(&window[1..]);
                let is_open = fault == Fault::Open && resume.is_none();
                self.is_cut_off |= is_open && last;
                let reason = if is_open && !last { Reason::RowTooLong } else { Reason::InvalidSql };
                if self.tries_left > 0 {
                    self.tries_left -= 1;
                    let other = dialect.with_other_escapes();
                    if values::read(window, other, &mut self.fields).is_ok() {
                        self.tries_left = 0;
                        self.note(OTHER_ESCAPES);
                    }
                }
                self.add_unreadable_row(&target, reason, cut)?;
                Ok(self.resume(MalformedPart::Row(target))?)
            }
        }
    }

    /// Reads one line of a `COPY`, or one row of its CSV.
    fn line(
        &mut self,
        target: Target,
        mut format: CopyFormat,
        cut: &mut Cut,
    ) -> Result<(), InputProblem> {
        let (window, last) = self.lexer.window()?;
        if window.is_empty() {
            // In a complete dump, `\.` ends the lines.
            self.is_cut_off = true;
            self.state = State::Statement;
            return Ok(());
        }
        let Some((line, length)) = format.read(window, last, &mut self.fields) else {
            // In CSV, a closing quotation mark may be missing.
            let has_line = memchr::memchr(b'\n', window).is_some() || last;
            let reason = if has_line { Reason::InvalidSql } else { Reason::RowTooLong };
            self.add_unreadable_row(&target, reason, cut)?;
            self.state = State::Lines(target, format);
            self.lexer.feed.skip_past(b"\n")?;
            return Ok(());
        };
        self.lexer.feed.advance(length);
        if line == Line::End {
            self.state = State::Statement;
            return Ok(());
        }
        if !std::mem::take(&mut format.has_header) {
            self.add_row(&target, cut)?;
        }
        self.state = State::Lines(target, format);
        Ok(())
    }

    /// Adds the current row if it belongs to the table.
    fn add_row(&mut self, target: &Target, cut: &mut Cut) -> Result<(), InputProblem> {
        match target {
            Target::Taken(Places { width, order }) => {
                let found = self.fields.len();
                self.columns.get_or_insert(Columns::Numbered(found));
                // If values are missing, the columns of the others are uncertain.
                if width.is_none_or(|width| width == found) {
                    self.fields.write(order.as_deref(), cut);
                } else {
                    cut.push_missing(RowForm::Missing(Reason::InvalidSql));
                }
            }
            Target::Malformed => cut.push_missing(RowForm::Missing(Reason::InvalidSql)),
            Target::Other(table) => self.pass_over(table)?,
        }
        Ok(())
    }

    /// Adds an unreadable row if the rows belong to the table.
    fn add_unreadable_row(
        &mut self,
        target: &Target,
        reason: Reason,
        cut: &mut Cut,
    ) -> Result<(), InputProblem> {
        match target {
            Target::Other(table) => self.pass_over(table),
            Target::Taken(_) | Target::Malformed => {
                cut.push_missing(RowForm::Missing(reason));
                Ok(())
            }
        }
    }

    /// Skips a row of another table. Returns an error if the caller may want that table.
    fn pass_over(&mut self, table: &TableName) -> Result<(), InputProblem> {
        let is_internal = table.last().is_some_and(|name| name.starts_with(b"sqlite_"));
        if is_internal {
            return Ok(());
        }
        self.catalogue.note_rows(table);
        if self.is_survey || self.table.is_none() {
            return Ok(());
        }
        match &self.requested {
            Some(requested) if !is_same_table(requested, table) => Ok(()),
            _ => Err(self.several_tables()),
        }
    }

    /// The error for rows of several tables. Reads to the end to list them all.
    fn several_tables(&mut self) -> InputProblem {
        match self.survey() {
            Ok(()) => InputProblem::SeveralTables(self.catalogue.list()),
            Err(problem) => problem,
        }
    }

    /// Reads to the end to collect the names of all tables.
    fn survey(&mut self) -> Result<(), InputProblem> {
        self.is_survey = true;
        self.state = State::Statement;
        while self.step(&mut Cut::default())? {}
        Ok(())
    }

    fn no_rows(&self) -> InputProblem {
        match &self.requested {
            Some(_) => {
                let requested = one_line(&self.given);
                InputProblem::NoSuchTable { requested, found: self.catalogue.list() }
            }
            None => InputProblem::NoTable,
        }
    }
}

/// The warning for a dump that has rows in the other dialect.
const OTHER_ESCAPES: &str = "some rows are valid only in the other dialect: give the dialect \
                             with --sql-dialect";

impl<R: Read + Send> RowSource for SqlCutter<R> {
    fn next_cut(&mut self, size: usize) -> Result<Option<Cut>, InputProblem> {
        let mut cut = std::mem::take(&mut self.pending);
        while !cut.fills(size) && self.step(&mut cut)? {}
        Ok(cut.non_empty())
    }

    fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }

    fn take_notes(&mut self) -> Vec<String> {
        let new = self.notes.texts[self.notes.taken..].iter();
        let new = new.map(|note| format!("warning: {note}")).collect();
        self.notes.taken = self.notes.texts.len();
        new
    }
}

#[cfg(test)]
mod tests;
