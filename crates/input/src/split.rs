//! Cuts a stream into blocks of whole rows, in one forward scan.

use std::{
    fmt,
    io::{self, Read},
    slice,
};

use leakdex::Reason;
use memchr::{memchr, memrchr};

use crate::feed::Feed;
use crate::gaps::Gaps;
use crate::grammar::{Cell, Form, Grammar, QUOTE, Resume, Scan};

/// The usual size of a block: large enough to make overheads negligible, small enough that many can be in
/// flight.
pub(crate) const BLOCK_SIZE: usize = 1 << 18;

/// The size limit of a row, including its line end. A longer row is not read.
pub(crate) const ROW_LIMIT: usize = 1 << 20;

/// The size limit of the blocks that are read ahead.
pub(crate) const AHEAD_LIMIT: usize = 64 << 20;

/// Whole rows, and how to read them.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct Cut {
    pub bytes: Vec<u8>,
    /// Runs of rows that are read in the same way. Together they cover the bytes.
    pub runs: Vec<Run>,
    /// The end of each cell, for rows of cells rather than delimited text. A comma follows each cell, and a
    /// line end follows the last cell of a row.
    pub ends: Vec<u32>,
    /// The numbers of the unreadable cells in the cut, in ascending order.
    pub unusable: Vec<(usize, Reason)>,
    /// The blank rows between these rows, if the reader knows them.
    pub gaps: Gaps,
    /// The number of rows that a reader added.
    rows: u64,
}

impl Cut {
    /// The approximate size in memory, in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len() + size_of_val(&self.ends[..]) + size_of_val(&self.unusable[..])
    }

    /// Whether the rows fill a block of about this many bytes.
    pub fn fills(&self, size: usize) -> bool {
        // The number of runs also counts, since an unreadable row has no bytes.
        const MAX_RUNS: usize = 1 << 16;
        self.bytes.len() >= size || self.runs.len() >= MAX_RUNS
    }

    /// The rows, if there are any.
    pub fn non_empty(self) -> Option<Self> {
        if self.runs.is_empty() { None } else { Some(self) }
    }
}

/// The grammar for judging rows of cells.
pub(crate) const CELLS: Grammar = Grammar::csv(Some(b','), b'\n');

/// Rows are personal data and are never shown.
impl fmt::Debug for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Cut({} bytes, {:?})", self.bytes.len(), self.runs)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub form: RowForm,
    /// The end of the run in the block. It begins at the end of the previous run.
    pub end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowForm {
    /// Well-formed rows.
    Rows,
    /// Lines of malformed rows, to be read without quoting.
    Lines,
    /// Rows with values that may be wrong, for this reason.
    Doubtful(Reason),
    /// One row that could not be read. It has no bytes.
    Missing(Reason),
}

/// Cuts a stream into blocks.
///
/// The splitter looks ahead by the size limit of one row. So it can make each decision at once, and block and
/// read boundaries do not affect the result. It holds one block plus this look-ahead in memory.
pub(crate) struct Splitter<R> {
    feed: Feed<R>,
    grammar: Grammar,
    row_limit: usize,
    /// Whether the rest of the current line belongs to a row that is too long.
    skipping: bool,
    failed_scan: Option<FailedScan>,
}

/// How the scan of an earlier row failed.
///
/// That scan was inside quotation marks at every line end before `end`. If a later row begins before `end`,
/// and its scan is also inside quotation marks at the end of its first line, then it continues in the same
/// way. This keeps the work linear even if every line has a stray quotation mark.
#[derive(Clone, Copy)]
struct FailedScan {
    /// The position of the failure, relative to the rest of the feed.
    end: usize,
    /// How to resume from there; `None` if the row is malformed.
    within_quotes: Option<bool>,
}

impl Cut {
    /// Ends rows at this position. They join the previous run if they are read in the same way.
    pub fn end_rows(&mut self, form: RowForm, end: usize) {
        match self.runs.last_mut() {
            Some(run) if run.form == form => run.end = end,
            _ => self.runs.push(Run { form, end }),
        }
    }

    /// Adds a row that could not be read.
    pub fn push_missing(&mut self, form: RowForm) {
        self.runs.push(Run { form, end: self.bytes.len() });
        self.rows += 1;
    }

    /// Adds blank rows before the next row.
    pub fn push_gap(&mut self, count: u64) {
        self.gaps.push(self.rows, count);
    }

    /// Adds a row of at least one cell.
    pub fn push_row<'c>(&mut self, cells: impl Iterator<Item = &'c [u8]>) {
        self.push_row_as(RowForm::Rows, cells);
    }

    /// Adds a row of at least one cell. `form` determines how it is read.
    pub fn push_row_as<'c>(&mut self, form: RowForm, cells: impl Iterator<Item = &'c [u8]>) {
        let mut cells = cells.peekable();
        assert!(cells.peek().is_some(), "a row has at least one cell");
        for cell in cells {
            self.bytes.extend_from_slice(cell);
            let end = u32::try_from(self.bytes.len());
            self.ends.push(end.expect("rows are cut into blocks long before 4 GiB"));
            self.bytes.push(b',');
        }
        self.bytes.pop();
        self.bytes.push(b'\n');
        self.rows += 1;
        self.end_rows(form, self.bytes.len());
    }

    /// Yields the cells of the row that begins at `start`, and returns the start of the next row. `ends`
    /// begins with the cells of this row, which are removed from it.
    pub fn cells(
        &self,
        start: usize,
        ends: &mut slice::Iter<'_, u32>,
        cells: &mut Vec<Cell>,
    ) -> usize {
        cells.clear();
        let mut start = start;
        let first = self.ends.len() - ends.len();
        let unusable = self.unusable.partition_point(|&(number, _)| number < first);
        let mut unusable = self.unusable[unusable..].iter().peekable();
        for (number, &end) in ends.enumerate() {
            let end = end as usize;
            let form = match unusable.next_if(|(cell, _)| *cell == first + number) {
                Some(&(_, reason)) => Form::Unusable(reason),
                None => Form::Plain,
            };
            cells.push(Cell { range: start..end, form });
            start = end + 1;
            if self.bytes[end] == b'\n' {
                break;
            }
        }
        start
    }
}

impl<R: Read> Splitter<R> {
    pub(crate) fn with_row_limit(source: R, grammar: Grammar, row_limit: usize) -> Self {
        Self { feed: Feed::new(source), grammar, row_limit, skipping: false, failed_scan: None }
    }

    /// The next rows, of about `size` bytes and at least one; `None` at the end.
    pub fn next_cut(&mut self, size: usize) -> io::Result<Option<Cut>> {
        if self.skipping {
            self.feed.skip_past(&[self.grammar.line_end()])?;
            self.skipping = false;
            self.failed_scan = None;
        }
        self.feed.fill_to(size + self.row_limit)?;
        let rest = self.feed.rest().len();
        let mut cut = Cut::default();
        let mut at = 0;
        while at < size && at < rest {
            let window_end = rest.min(at + self.row_limit);
            let window = &self.feed.rest()[at..window_end];
            let prefix = &window[..window.len().min(size - at)];

            // Lines before the first quotation mark are rows and need no closer inspection.
            let quote = if self.grammar.has_quotes() { memchr(QUOTE, prefix) } else { None };
            let plain = &prefix[..quote.unwrap_or(prefix.len())];
            if let Some(line_end) = memrchr(self.grammar.line_end(), plain) {
                at += line_end + 1;
                cut.end_rows(RowForm::Rows, at);
                continue;
            }
            if quote.is_none() && at > 0 && prefix.len() < window.len() {
                // This row exceeds the size of the block, so it begins the next block.
                break;
            }
            let (form, length) = self.next_row(at, window_end);
            at += length;
            if form == RowForm::Missing(Reason::RowTooLong) {
                cut.runs.push(Run { form, end: at });
                self.skipping = true;
                break;
            }
            cut.end_rows(form, at);
        }
        if cut.runs.is_empty() {
            return Ok(None);
        }
        cut.bytes.try_reserve_exact(at)?;
        cut.bytes.extend_from_slice(&self.feed.rest()[..at]);
        self.feed.advance(at);
        self.failed_scan = self.failed_scan.and_then(|failed_scan| {
            failed_scan.end.checked_sub(at).map(|end| FailedScan { end, ..failed_scan })
        });
        Ok(Some(cut))
    }

    /// How to read the row at `at`, and its length in bytes.
    fn next_row(&mut self, at: usize, window_end: usize) -> (RowForm, usize) {
        let window = &self.feed.rest()[at..window_end];
        // The window is shorter than the row limit only at the end of the file.
        let last = window.len() < self.row_limit;
        let line = || memchr(self.grammar.line_end(), window).map(|line_end| line_end + 1);

        let scan = match self.failed_scan.and_then(|failed_scan| Some((failed_scan, line()?))) {
            Some((failed_scan, line)) if at + line <= failed_scan.end => {
                let position = failed_scan.end - at;
                match (self.grammar.scan(&window[..line], false), failed_scan.within_quotes) {
                    (Scan::Open(_), None) => Scan::Malformed(position),
                    (Scan::Open(_), Some(quoted)) => {
                        self.grammar.resume(window, Resume { position, quoted }, last)
                    }
                    (scan, _) => scan,
                }
            }
            _ => self.grammar.scan(window, last),
        };
        let (failed, within_quotes) = match scan {
            Scan::Row(end) => return (RowForm::Rows, end),
            Scan::Malformed(position) => (position, None),
            Scan::Open(resume) => (resume.position, Some(resume.quoted)),
        };
        let failed_scan = FailedScan { end: at + failed, within_quotes };
        if self.failed_scan.is_none_or(|other| other.end < failed_scan.end) {
            self.failed_scan = Some(failed_scan);
        }
        match line() {
            Some(line) => (RowForm::Lines, line),
            None if last => (RowForm::Lines, window_end - at),
            None => (RowForm::Missing(Reason::RowTooLong), 0),
        }
    }
}

#[cfg(test)]
mod tests;
