//! Cuts a stream into blocks of whole rows, in one forward scan.

use std::{
    fmt,
    io::{self, Read},
    slice,
};

use leakdex::Reason;
use memchr::{memchr, memrchr};

use crate::gaps::Gaps;
use crate::grammar::{Cell, Form, Grammar, QUOTE, Resume, Scan};

/// The usual size of a block: large enough that its overheads vanish, small enough that many
/// are in flight.
pub(crate) const BLOCK_SIZE: usize = 1 << 18;

/// A row that is longer, line end included, is not read.
pub(crate) const ROW_LIMIT: usize = 1 << 20;

/// No more blocks are read ahead than make up so much.
pub(crate) const AHEAD_LIMIT: usize = 64 << 20;

/// Whole rows, and how to read them.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct Cut {
    pub bytes: Vec<u8>,
    /// Runs of rows that are read in the same way; together they cover the bytes.
    pub runs: Vec<Run>,
    /// Where each cell ends, if these are rows of cells and no delimited text. Then a comma comes
    /// after each cell, and after the last one of a row a line end.
    pub ends: Vec<u32>,
    /// The unreadable cells, by their number in the cut, in ascending order.
    pub unusable: Vec<(usize, Reason)>,
    /// The rows without content between these rows, if a reader that converts them knows them.
    pub gaps: Gaps,
    /// How many rows a reader added.
    rows: u64,
}

impl Cut {
    /// No rows yet.
    pub const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            runs: Vec::new(),
            ends: Vec::new(),
            unusable: Vec::new(),
            gaps: Gaps::new(),
            rows: 0,
        }
    }

    /// How many bytes it takes in memory, about.
    pub fn size(&self) -> usize {
        self.bytes.len() + size_of_val(&self.ends[..]) + size_of_val(&self.unusable[..])
    }

    /// Whether the rows fill a block of about this many bytes.
    pub fn fills(&self, size: usize) -> bool {
        // An unreadable row has no bytes.
        const MOST_RUNS: usize = 1 << 16;
        self.bytes.len() >= size || self.runs.len() >= MOST_RUNS
    }

    /// The rows, if there are any.
    pub fn if_any(self) -> Option<Self> {
        if self.runs.is_empty() { None } else { Some(self) }
    }
}

/// The grammar by which rows of cells are judged.
pub(crate) const CELLS: Grammar = Grammar::csv(Some(b','), b'\n');

/// The rows themselves are personal data, and never shown.
impl fmt::Debug for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Cut({} bytes, {:?})", self.bytes.len(), self.runs)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub how: How,
    /// Where the run ends in the block; it begins where the one before it ends.
    pub end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Well-formed rows.
    Rows,
    /// Lines of malformed rows, to be read with quoting off.
    Lines,
    /// Rows with values that may be wrong, for this reason.
    Doubtful(Reason),
    /// One row without bytes, because it could not be read.
    Missing(Reason),
}

/// Cuts what it reads into blocks.
///
/// It looks ahead by one row's limit, so that every decision falls at once and does not depend on
/// where blocks or reads end. It holds a block and that much beyond.
pub(crate) struct Splitter<R> {
    source: R,
    grammar: Grammar,
    row_limit: usize,
    buffer: Vec<u8>,
    /// All before this in the buffer was given out.
    start: usize,
    ended: bool,
    /// The rest of the current line belongs to a row that is too long.
    skipping: bool,
    doom: Option<Doom>,
}

/// How the scan of an earlier row failed.
///
/// That scan was within quotation marks at every line end before `end`. A row that begins in
/// between, and is within quotation marks at such a line end too, fares the same from there on.
/// Knowing this keeps the work linear where each line has a stray quotation mark.
#[derive(Clone, Copy)]
struct Doom {
    /// Where the scan failed, from the splitter's `start` on.
    end: usize,
    /// How to go on from there; `None` if the row is malformed.
    within_quotes: Option<bool>,
}

impl Cut {
    /// Adds rows that end here, to the run before if they are read like it.
    pub fn end_rows(&mut self, how: How, end: usize) {
        match self.runs.last_mut() {
            Some(run) if run.how == how => run.end = end,
            _ => self.runs.push(Run { how, end }),
        }
    }

    /// Says that a row was here that is not read.
    pub fn push_missing(&mut self, how: How) {
        self.runs.push(Run { how, end: self.bytes.len() });
        self.rows += 1;
    }

    /// Says that so many rows without content stand before the next row.
    pub fn push_gap(&mut self, count: u64) {
        self.gaps.push(self.rows, count);
    }

    /// Adds a row of at least one cell.
    pub fn push_row<'c>(&mut self, cells: impl Iterator<Item = &'c [u8]>) {
        self.push_row_as(How::Rows, cells);
    }

    /// Adds a row. `how` says how to read it.
    pub fn push_row_as<'c>(&mut self, how: How, cells: impl Iterator<Item = &'c [u8]>) {
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
        self.end_rows(how, self.bytes.len());
    }

    /// Gives the cells of the row that begins at `start`, and the begin of the next. The ends are
    /// those from this row on; those of the row are taken.
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
        Self {
            source,
            grammar,
            row_limit,
            buffer: Vec::new(),
            start: 0,
            ended: false,
            skipping: false,
            doom: None,
        }
    }

    /// The next rows, of about `size` bytes and at least one; `None` at the end.
    pub fn next_cut(&mut self, size: usize) -> io::Result<Option<Cut>> {
        self.fill(size)?;
        let rest = self.buffer.len() - self.start;
        let mut cut = Cut::default();
        let mut at = 0;
        while at < size && at < rest {
            let window_end = rest.min(at + self.row_limit);
            let window = &self.buffer[self.start + at..self.start + window_end];
            let near = &window[..window.len().min(size - at)];

            // Lines before the first quotation mark are rows and need no closer look.
            let quote = if self.grammar.has_quotes() { memchr(QUOTE, near) } else { None };
            let plain = &near[..quote.unwrap_or(near.len())];
            if let Some(line_end) = memrchr(self.grammar.line_end(), plain) {
                at += line_end + 1;
                cut.end_rows(How::Rows, at);
                continue;
            }
            if quote.is_none() && at > 0 && near.len() < window.len() {
                // This row goes beyond the block's size; it begins the next block.
                break;
            }
            let (how, length) = self.next_row(at, window_end);
            at += length;
            if how == How::Missing(Reason::RowTooLong) {
                cut.runs.push(Run { how, end: at });
                self.skipping = true;
                break;
            }
            cut.end_rows(how, at);
        }
        if cut.runs.is_empty() {
            return Ok(None);
        }
        cut.bytes.try_reserve_exact(at).map_err(|_| too_little_memory())?;
        cut.bytes.extend_from_slice(&self.buffer[self.start..self.start + at]);
        self.start += at;
        self.doom =
            self.doom.and_then(|doom| doom.end.checked_sub(at).map(|end| Doom { end, ..doom }));
        Ok(Some(cut))
    }

    /// How to read the row at `at`, and its length.
    fn next_row(&mut self, at: usize, window_end: usize) -> (How, usize) {
        let window = &self.buffer[self.start + at..self.start + window_end];
        // The look-ahead is shorter than a row may be only where the file ends.
        let last = window.len() < self.row_limit;
        let line = || memchr(self.grammar.line_end(), window).map(|line_end| line_end + 1);

        let scan = match self.doom.and_then(|doom| Some((doom, line()?))) {
            Some((doom, line)) if at + line <= doom.end => {
                let position = doom.end - at;
                match (self.grammar.scan(&window[..line], false), doom.within_quotes) {
                    (Scan::Open(_), None) => Scan::Malformed(position),
                    (Scan::Open(_), Some(quoted)) => {
                        self.grammar.scan_on(window, Resume { position, quoted }, last)
                    }
                    (scan, _) => scan,
                }
            }
            _ => self.grammar.scan(window, last),
        };
        let (failed, within_quotes) = match scan {
            Scan::Row(end) => return (How::Rows, end),
            Scan::Malformed(position) => (position, None),
            Scan::Open(resume) => (resume.position, Some(resume.quoted)),
        };
        let doom = Doom { end: at + failed, within_quotes };
        if self.doom.is_none_or(|other| other.end < doom.end) {
            self.doom = Some(doom);
        }
        match line() {
            Some(line) => (How::Lines, line),
            None if last => (How::Lines, window_end - at),
            None => (How::Missing(Reason::RowTooLong), 0),
        }
    }

    /// Reads until a block and a row beyond it are there, or the end.
    fn fill(&mut self, size: usize) -> io::Result<()> {
        loop {
            if self.skipping {
                match memchr(self.grammar.line_end(), &self.buffer[self.start..]) {
                    Some(line_end) => {
                        self.start += line_end + 1;
                        self.skipping = false;
                    }
                    None => self.start = self.buffer.len(),
                }
                self.doom = None;
            }
            let wanted = size + self.row_limit;
            let rest = self.buffer.len() - self.start;
            if self.ended || rest >= wanted {
                return Ok(());
            }
            // Moved only once that much is behind, so that a call for a few bytes costs little.
            if self.start >= self.row_limit || self.start == self.buffer.len() {
                self.buffer.drain(..self.start);
                self.start = 0;
            }
            let missing = wanted - rest;
            self.buffer.try_reserve_exact(missing).map_err(|_| too_little_memory())?;
            let read = self.source.by_ref().take(missing as u64).read_to_end(&mut self.buffer)?;
            self.ended = read < missing;
        }
    }
}

/// A row can be as long as its limit. Then too little memory is an error, where a vector would end the process.
fn too_little_memory() -> io::Error {
    io::ErrorKind::OutOfMemory.into()
}

#[cfg(test)]
mod tests;
