//! Reads leaked files and member lists: rows of CSV or JSON lines, as records.
//!
//! An [`Input`] finds out how a file is written, then gives it out in [`Block`]s of whole rows.
//! Reading and cutting is one quick forward scan; the costly part, parsing, is done by the
//! [`Layout`], on any number of blocks at once. Memory does not grow with the file.
//!
//! Whatever is wrong within a row is reported with that row, and the next one begins at the next
//! line: a row that exists is counted exactly once.

mod charset;
mod columns;
mod csv;
mod error;
mod grammar;
mod jsonl;
mod names;
mod options;
mod rows;
mod sniff;
mod source;
mod split;
mod zstd;

use std::{
    io::{Cursor, Read},
    path::Path,
    sync::{Arc, atomic::AtomicU64},
};

pub use error::{InputError, InputProblem};
pub use options::{Delimiter, Encoding, Format, Mapping, Options, Target};
pub use rows::{Block, Layout, Row};

use charset::{Charset, Decision, Utf16Reader, Why};
use columns::{Columns, shown};
use grammar::{Cell, Form, Grammar};
use source::Source;
use split::{BLOCK_SIZE, Cut, How, Splitter};

/// An input whose format, encoding and columns are known, and whose rows are to be read.
pub struct Input {
    name: String,
    size: Option<u64>,
    position: Arc<AtomicU64>,
    layout: Arc<Layout>,
    delimiter: Option<Delimiter>,
    decision: Decision,
    splitter: Splitter<Box<dyn Read + Send>>,
    /// The first block, read to see that there are rows.
    first: Option<Block>,
    description: Vec<String>,
    notes: Vec<String>,
}

impl Input {
    /// Opens a file, or standard input for `-`, and reads its first mebibyte and a block.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is no CSV or JSONL, has no rows, or has no column of use.
    pub fn open(path: &Path, options: &Options) -> Result<Self, InputError> {
        let name = path.display().to_string();
        Self::try_open(path, options).map_err(|problem| InputError { file: name, problem })
    }

    /// The input's name as the caller gave it; `-` for standard input.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The size of the file as it is on disk, compressed or not, in bytes, if it has one.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// How many bytes of the file have been read; goes on while blocks are read.
    pub fn position(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.position)
    }

    /// What parses blocks.
    pub fn layout(&self) -> Arc<Layout> {
        Arc::clone(&self.layout)
    }

    /// The mapped headers that are not in this input, or not among its first rows.
    pub fn missing_columns(&self) -> &[String] {
        &self.layout.columns.unseen
    }

    /// What was taken, for people, one line each: format, delimiter, encoding, and the columns.
    pub fn describe(&self) -> &[String] {
        &self.description
    }

    /// What turned out while reading, for people, one line each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The next rows, about a mebibyte of them; `None` at the end.
    ///
    /// # Errors
    ///
    /// If the file cannot be read on.
    pub fn next_block(&mut self) -> Result<Option<Block>, InputError> {
        match self.first.take() {
            Some(block) => Ok(Some(block)),
            None => {
                self.read_block().map_err(|problem| InputError { file: self.name.clone(), problem })
            }
        }
    }

    fn try_open(path: &Path, options: &Options) -> Result<Self, InputProblem> {
        let Source { reader, size, position } = Source::open(path)?;
        let Opened { sample, rest, whole, decision } = Opened::new(reader, options)?;

        let line_end = sniff::line_end(&sample);
        let format = options.format.unwrap_or_else(|| sniff::format(path, &sample));
        let stated = match format {
            Format::Csv => sniff::stated_delimiter(&sample),
            Format::Jsonl => None,
        };
        let table = &sample[stated.map_or(0, |_| line_length(&sample, line_end))..];
        let (delimiter, grammar) = match format {
            Format::Csv => {
                let delimiter = options.delimiter.or(stated);
                let delimiter = delimiter.or_else(|| sniff::delimiter(table, line_end));
                (delimiter, Grammar::csv(delimiter.map(Delimiter::byte), line_end))
            }
            Format::Jsonl => (None, Grammar::lines(line_end)),
        };
        let columns = match format {
            Format::Csv => csv_columns(table, grammar, decision.charset, options)?,
            Format::Jsonl => {
                let keys = jsonl::keys_of(table, line_end, decision.charset);
                Columns::of_keys(keys, whole, options)?
            }
        };

        let skipped = sample.len() - table.len();
        let mut all = Cursor::new(sample);
        all.set_position(u64::try_from(skipped).unwrap_or(u64::MAX));
        let source: Box<dyn Read + Send> = Box::new(all.chain(rest));
        let mut input = Self {
            name: path.display().to_string(),
            size,
            position,
            layout: Arc::new(Layout::new(format, grammar, columns)),
            delimiter,
            decision,
            splitter: Splitter::new(source, grammar),
            first: None,
            description: Vec::new(),
            notes: Vec::new(),
        };
        let has_header = format == Format::Csv && options.header;
        if has_header {
            first_row(&mut input.splitter, grammar, false)?;
        }
        input.description = input.description();
        input.first = input.first_block()?;
        match input.first {
            Some(_) => Ok(input),
            None if has_header => Err(InputProblem::HeaderOnly),
            None => Err(InputProblem::Empty),
        }
    }

    /// The first block that holds more than blank lines.
    fn first_block(&mut self) -> Result<Option<Block>, InputProblem> {
        while let Some(block) = self.read_block()? {
            let is_blank = block.cut.bytes.iter().all(u8::is_ascii_whitespace);
            if !is_blank || self.layout.rows(&block, |_| {}) > 0 {
                return Ok(Some(block));
            }
        }
        Ok(None)
    }

    fn read_block(&mut self) -> Result<Option<Block>, InputProblem> {
        let Some(cut) = self.splitter.next_cut(BLOCK_SIZE).map_err(InputProblem::Read)? else {
            return Ok(None);
        };
        if self.decision.by_block(&cut.bytes) {
            self.notes.push(format!("{}: encoding {}", self.name, self.decision));
        }
        Ok(Some(Block { cut, charset: self.decision.charset }))
    }

    fn description(&self) -> Vec<String> {
        let Layout { format, columns, .. } = &*self.layout;
        let mut lines = vec![match (format, self.delimiter) {
            (Format::Jsonl, _) => format!("{}: JSONL, encoding {}", self.name, self.decision),
            (Format::Csv, Some(delimiter)) => {
                format!("{}: CSV, delimiter {delimiter}, encoding {}", self.name, self.decision)
            }
            (Format::Csv, None) => {
                format!("{}: CSV, one column, encoding {}", self.name, self.decision)
            }
        }];
        let mut ignored = Vec::new();
        for (position, column) in columns.list.iter().enumerate() {
            let mut place = format!("'{}'", shown(&column.header));
            if *format == Format::Csv {
                place = format!("{place} (column {})", position + 1);
            }
            match (&column.target, column.remark) {
                (Target::Ignore, Some(remark)) => {
                    lines.push(format!("  {:<12} <- {place}: {remark}", column.target));
                }
                (Target::Ignore, None) => ignored.push(place),
                (target, _) => lines.push(format!("  {target:<12} <- {place}")),
            }
        }
        if !ignored.is_empty() {
            let more = ignored.len().saturating_sub(50);
            ignored.truncate(50);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            lines.push(format!("  {:<12} <- {}{more}", "ignored", ignored.join(", ")));
        }
        for header in &columns.unseen {
            lines.push(format!("  '{}' is not in the first lines", shown(header)));
        }
        lines
    }
}

/// The begin of an input as UTF-8 or something with ASCII in it, without a byte order mark.
struct Opened {
    sample: Vec<u8>,
    rest: Box<dyn Read + Send>,
    /// Whether nothing comes after the sample.
    whole: bool,
    decision: Decision,
}

impl Opened {
    fn new(mut reader: Box<dyn Read + Send>, options: &Options) -> Result<Self, InputProblem> {
        let (mut sample, mut whole) = read_sample(&mut reader)?;
        sniff::refuse_binary(&sample)?;

        let has_utf8_mark = sample.starts_with(b"\xEF\xBB\xBF");
        let utf_16 = match (&sample[..], options.encoding) {
            ([0xFF, 0xFE, ..], _) => Some((false, "UTF-16LE (byte order mark)")),
            ([0xFE, 0xFF, ..], _) => Some((true, "UTF-16BE (byte order mark)")),
            (_, Some(Encoding::Utf16Le)) if !has_utf8_mark => Some((false, "UTF-16LE (as given)")),
            (_, Some(Encoding::Utf16Be)) if !has_utf8_mark => Some((true, "UTF-16BE (as given)")),
            _ => None,
        };
        let mut settled = None;
        if let Some((big_endian, label)) = utf_16 {
            reader = Box::new(Utf16Reader::new(Cursor::new(sample).chain(reader), big_endian));
            (sample, whole) = read_sample(&mut reader)?;
            settled = Some(Why::Utf16(label));
        } else if has_utf8_mark {
            sample.drain(..3);
            settled = Some(Why::ByteOrderMark);
        } else {
            sniff::refuse_nuls(&sample)?;
        }
        if whole && sample.iter().all(u8::is_ascii_whitespace) {
            return Err(InputProblem::Empty);
        }
        let decision = match settled {
            Some(why) => Decision::settled(why),
            None => Decision::by_sample(&sample, options.encoding),
        };
        Ok(Self { sample, rest: reader, whole, decision })
    }
}

fn read_sample(reader: &mut dyn Read) -> Result<(Vec<u8>, bool), InputProblem> {
    let mut sample = Vec::new();
    let limit = u64::try_from(sniff::SAMPLE_SIZE).unwrap_or(u64::MAX);
    let length = reader.take(limit).read_to_end(&mut sample).map_err(InputProblem::Read)?;
    Ok((sample, length < sniff::SAMPLE_SIZE))
}

fn line_length(sample: &[u8], line_end: u8) -> usize {
    memchr::memchr(line_end, sample).map_or(sample.len(), |position| position + 1)
}

fn csv_columns(
    table: &[u8],
    grammar: Grammar,
    charset: Charset,
    options: &Options,
) -> Result<Columns, InputProblem> {
    let mut splitter = Splitter::new(table, grammar);
    let (cut, cells) =
        first_row(&mut splitter, grammar, !options.header)?.ok_or(InputProblem::Empty)?;
    let headers = if options.header {
        let header = |cell: &Cell| {
            let text = charset.decode(&cut.bytes[cell.range.clone()]);
            let text = text.ok_or(InputProblem::HeaderEncoding)?;
            Ok(match cell.form {
                Form::Escaped => text.replace("\"\"", "\""),
                Form::Plain | Form::Stray => text.into_owned(),
            })
        };
        cells.iter().map(header).collect::<Result<Vec<_>, _>>()?
    } else {
        (1..=cells.len()).map(|number| number.to_string()).collect()
    };
    Columns::of_header(headers, !options.header, options)
}

/// The first row that is not blank; or, if others are to be passed over, the first well-formed one.
fn first_row<R: Read>(
    splitter: &mut Splitter<R>,
    grammar: Grammar,
    pass_over: bool,
) -> Result<Option<(Cut, Vec<Cell>)>, InputProblem> {
    let mut cells = Vec::new();
    let mut problem = None;
    while let Some(cut) = splitter.next_cut(1).map_err(InputProblem::Read)? {
        let how = cut.runs.first().map_or(How::Rows, |run| run.how);
        match how {
            How::Rows => {
                grammar.cells(&cut.bytes, 0, false, &mut cells);
                if !cells.is_empty() {
                    return Ok(Some((cut, cells)));
                }
                continue;
            }
            How::Lines => problem = problem.or(Some(InputProblem::HeaderQuotes)),
            How::TooLong => problem = problem.or(Some(InputProblem::HeaderTooLong)),
        }
        if !pass_over {
            break;
        }
    }
    problem.map_or(Ok(None), Err)
}

#[cfg(test)]
mod tests;
