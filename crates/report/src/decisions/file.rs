//! The decisions file: an append-only CSV file.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use csv::ByteRecord;
use leakdex_staging::{Journal, lacks_sectors};

use super::{
    Decisions,
    line::{DecisionLine, HEADER},
};
use crate::error::Error;

/// A decisions file that is open for writing. Other processes wait until it is dropped.
pub struct DecisionFile {
    journal: Journal,
    path: PathBuf,
    decisions: Decisions,
}

impl Decisions {
    /// Reads a decisions file. Waits while another process writes to it.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or a line is not as it was written. An incomplete last line is not an
    /// error and not a decision ([`cut_off`](Self::cut_off)).
    pub fn read(path: &Path) -> Result<Self, Error> {
        let unreadable = || format!("{}: the decisions cannot be read", path.display());
        let read = || {
            let mut file = File::open(path)?;
            if !file.metadata()?.is_file() {
                return Err(io::Error::other("it is not a regular file"));
            }
            // Some file systems do not support locks. There, a line that is being written counts as
            // incomplete.
            let _ = file.lock_shared();
            let mut content = Vec::new();
            file.read_to_end(&mut content)?;
            Ok(content)
        };
        let content = read().map_err(|error| Error::failed(unreadable())(error))?;
        Self::of_bytes(&content).map_err(|why| damaged(path, &why))
    }

    /// Parses a file with this content. The error names the damaged line.
    pub(super) fn of_bytes(content: &[u8]) -> Result<Self, String> {
        let mut decisions = Self::default();
        let mut rows =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(content);
        let mut row = ByteRecord::new();
        loop {
            let more = rows.read_byte_record(&mut row).map_err(|error| error.to_string())?;
            if !more {
                break;
            }
            let end = usize::try_from(rows.position().byte()).unwrap_or(content.len());
            let number = row.position().map_or(0, csv::Position::line);
            let is_last = end >= content.len();
            let is_ended = content[..end.min(content.len())].ends_with(b"\n");
            let is_header = decisions.length == 0;
            if decisions.is_torn_append(end, content) {
                decisions.cut_off = content.len() as u64 - decisions.length;
                return Ok(decisions);
            }
            let line = if is_header {
                row.iter().eq(HEADER.iter().map(|name| name.as_bytes())).then_some(None)
            } else {
                DecisionLine::of_row(&row).map(Some)
            };
            match line.filter(|_| is_ended) {
                Some(line) => line.into_iter().for_each(|line| decisions.push(line)),
                // A process that dies while writing leaves an incomplete line.
                None if is_last && (!is_ended || row.len() < HEADER.len()) => {
                    if is_header && !is_beginning_of_header(content) {
                        return Err("it does not begin with the header of such a file".to_owned());
                    }
                    decisions.cut_off = content.len() as u64 - decisions.length;
                    return Ok(decisions);
                }
                None if is_header => {
                    return Err("it does not begin with the header of such a file".to_owned());
                }
                None => return Err(format!("line {number} is not as it was written")),
            }
            decisions.length = end as u64;
        }
        Ok(decisions)
    }
}

/// The longest remains of an append that a power failure interrupted, in bytes.
const LONGEST_END: usize = 1 << 20;

/// About how many bytes one append writes, far fewer than [`LONGEST_END`].
const BYTES_AT_ONCE: usize = LONGEST_END / 16;

impl Decisions {
    /// Whether everything from the next line on is the remains of an append that a power failure interrupted.
    /// `end` is the end of that line.
    fn is_torn_append(&self, end: usize, content: &[u8]) -> bool {
        let start = usize::try_from(self.length).unwrap_or(content.len());
        let line = &content[start..end.clamp(start, content.len())];
        let rest = &content[start..];
        line.contains(&0) && rest.len() <= LONGEST_END && lacks_sectors(rest, self.length)
    }
}

fn is_beginning_of_header(content: &[u8]) -> bool {
    format!("{}\n", HEADER.join(",")).as_bytes().starts_with(content)
}

fn damaged(path: &Path, why: &str) -> Error {
    Error::new(format!(
        "{}: the decisions cannot be used: {why}; give a file that 'leakdex decide' wrote, or restore the \
         last good copy; its lines must not be edited",
        path.display()
    ))
}

impl DecisionFile {
    /// Opens a file, or creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// If it cannot be opened or read, or if a line is not as it was written.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = || format!("{}: the decisions cannot be opened", path.display());
        let mut journal =
            Journal::open_or_create(path).map_err(|error| Error::failed(failed())(error))?;
        let mut content = Vec::new();
        let read = journal.reader().and_then(|mut reader| reader.read_to_end(&mut content));
        read.map_err(|error| Error::failed(failed())(error))?;
        let decisions = Decisions::of_bytes(&content).map_err(|why| damaged(path, &why))?;
        Ok(Self { journal, path: path.to_owned(), decisions })
    }

    /// The decisions in the file.
    #[must_use]
    pub const fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// Appends lines, and waits until they are on disk. Removes an incomplete last line first.
    ///
    /// # Errors
    ///
    /// If they cannot be written.
    pub fn append(&mut self, mut lines: Vec<DecisionLine>) -> Result<(), Error> {
        while !lines.is_empty() {
            let (text, count) = self.text_of_next(&lines)?;
            let appended = self.journal.append(self.decisions.length, &text);
            appended.map_err(|error| self.cannot_be_written(error))?;
            self.decisions.length += text.len() as u64;
            self.decisions.cut_off = 0;
            lines.drain(..count).for_each(|line| self.decisions.push(line));
        }
        Ok(())
    }

    /// The next lines as text, and their number. Stops after about [`BYTES_AT_ONCE`] bytes.
    fn text_of_next(&self, lines: &[DecisionLine]) -> Result<(Vec<u8>, usize), Error> {
        let (mut text, mut count) = (Vec::new(), 0);
        for line in lines {
            let mut rows = csv::Writer::from_writer(Vec::new());
            let header = (self.decisions.length == 0 && count == 0).then_some(HEADER);
            let header = header.iter().try_for_each(|header| rows.write_record(header));
            header
                .and_then(|()| line.write(&mut rows))
                .map_err(|error| self.cannot_be_written(error))?;
            text.append(&mut rows.into_inner().expect("memory takes everything"));
            count += 1;
            if text.len() >= BYTES_AT_ONCE {
                break;
            }
        }
        Ok((text, count))
    }

    fn cannot_be_written(
        &self,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        Error::failed(format!("{}: the decisions cannot be written", self.path.display()))(error)
    }
}
