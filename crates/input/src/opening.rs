//! The beginning of an input in a uniform form: its columns, and the source of its rows.

use std::{
    collections::VecDeque,
    io::{Cursor, Read},
};

#[cfg(feature = "arrow")]
use crate::batch::Batch;
use crate::{
    charset::{Charset, Decision, EncodingReason},
    columns::{Columns, Names},
    doubt::DelimiterDoubt,
    error::InputProblem,
    grammar::Grammar,
    heading::HeaderPosition,
    options::{Encoding, Format, Options},
    rows::{self, Content, Layout},
    signatures, sniff,
    split::{CELLS, Cut, Splitter},
    transcode::Transcoder,
};

/// Everything that is known about an input before its rows are read.
pub(crate) struct OpenInput {
    pub layout: Layout,
    pub decision: Decision,
    pub cutter: Cutter,
    /// A description of the form of the rows, for people.
    pub reading_mode: String,
    /// How the delimiter was determined; empty if there is none.
    pub delimiter_from: &'static str,
    /// The doubt about the given delimiter, if it seems wrong.
    pub doubt: Option<DelimiterDoubt>,
    /// A warning that only the reader of the format can give.
    pub warning: Option<&'static str>,
    pub heading: HeaderPosition,
    /// The number of rows that a spreadsheet program shows above the first: titles and the header.
    pub rows_above: u64,
}

/// Cuts an input into blocks of rows.
pub(crate) enum Cutter {
    /// Delimited text and JSON Lines, unchanged.
    Text(Splitter<Box<dyn Read + Send>>),
    /// Rows that a reader converts from another format.
    Rows(Box<dyn RowSource>),
    /// Record batches.
    #[cfg(feature = "arrow")]
    Batches(Box<dyn BatchSource>),
}

/// A reader that yields record batches.
#[cfg(feature = "arrow")]
pub(crate) trait BatchSource: Send {
    /// The next rows, about `size` bytes but at least one row; `None` at the end.
    fn next_batch(&mut self, size: usize) -> Result<Option<Batch>, InputProblem>;
}

/// A reader of a format that yields rows of cells, or records.
pub(crate) trait RowSource: Send {
    /// The next rows, about `size` bytes but at least one row; `None` at the end.
    fn next_cut(&mut self, size: usize) -> Result<Option<Cut>, InputProblem>;

    /// Whether the input is cut off. Valid after the end.
    fn is_cut_off(&self) -> bool {
        false
    }

    /// New warnings since the last call. A question begins with [`QUESTION`].
    fn take_notes(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// The prefix of a note that is a question.
pub(crate) const QUESTION: &str = "question: ";

impl Cutter {
    /// The next rows, about `size` bytes but at least one row; `None` at the end.
    pub fn next(&mut self, size: usize) -> Result<Option<Content>, InputProblem> {
        let cut = match self {
            Self::Text(splitter) => splitter.next_cut(size)?,
            Self::Rows(rows) => rows.next_cut(size)?,
            #[cfg(feature = "arrow")]
            Self::Batches(batches) => return Ok(batches.next_batch(size)?.map(Content::Batch)),
        };
        Ok(cut.map(Content::Cut))
    }
}

#[cfg(test)]
impl Cutter {
    /// The next rows of an input without arrays.
    pub fn next_cut(&mut self, size: usize) -> Result<Option<Cut>, InputProblem> {
        match self.next(size)? {
            Some(Content::Cut(cut)) => Ok(Some(cut)),
            _ => Ok(None),
        }
    }
}

impl OpenInput {
    /// An input without a delimiter, and with nothing above its header.
    pub const fn new(
        layout: Layout,
        decision: Decision,
        cutter: Cutter,
        reading_mode: String,
    ) -> Self {
        Self {
            layout,
            decision,
            cutter,
            reading_mode,
            delimiter_from: "",
            doubt: None,
            warning: None,
            heading: HeaderPosition::First,
            rows_above: 0,
        }
    }

    /// An input whose rows have one cell for each header. The cells are in UTF-8 or in record batches.
    pub fn of_table(
        format: Format,
        headers: Vec<String>,
        names: Names,
        cutter: Cutter,
        reading_mode: String,
        options: &Options,
    ) -> Result<Self, InputProblem> {
        let columns = Columns::of_header(headers, names, options)?;
        let decision = Decision::settled(EncodingReason::Unicode);
        Ok(Self::new(Layout::new(format, CELLS, columns), decision, cutter, reading_mode))
    }

    /// An input with records in this encoding, as [`Records`](crate::records::Records) writes them. The
    /// records in the first mebibyte determine the columns.
    pub fn of_records(
        format: Format,
        mut rows: impl RowSource + 'static,
        reading_mode: impl Into<String>,
        decision: Decision,
        options: &Options,
    ) -> Result<Self, InputProblem> {
        let (mut ahead, mut sample) = (VecDeque::new(), Vec::new());
        let mut whole = false;
        while sample.len() < sniff::SAMPLE_SIZE && !whole {
            let cut = rows.next_cut(options.sizes.block)?;
            whole = cut.is_none();
            sample.extend(cut.iter().flat_map(|cut| &cut.bytes));
            ahead.extend(cut);
        }
        if ahead.is_empty() {
            return Err(match format {
                Format::Xdt | Format::Vcard | Format::Ldif => InputProblem::NoPerson(format),
                _ => InputProblem::Empty,
            });
        }
        let keys = rows::keys_of(&sample, b'\n', decision.charset);
        let mut columns = Columns::of_keys(keys, whole, options)?;
        // These readers choose the names themselves, so the names are shown.
        columns.show_names(|_| matches!(format, Format::Fhir | Format::Vsd));
        let layout = Layout::new(format, Grammar::lines(b'\n'), columns);
        let cutter = Cutter::Rows(Box::new(ReadAhead { ahead, rows: Box::new(rows) }));
        Ok(Self::new(layout, decision, cutter, reading_mode.into()))
    }
}

/// Rows that were read to find the columns, followed by the remaining ones.
struct ReadAhead {
    ahead: VecDeque<Cut>,
    rows: Box<dyn RowSource>,
}

impl RowSource for ReadAhead {
    fn next_cut(&mut self, size: usize) -> Result<Option<Cut>, InputProblem> {
        match self.ahead.pop_front() {
            Some(cut) => Ok(Some(cut)),
            None => self.rows.next_cut(size),
        }
    }

    fn is_cut_off(&self) -> bool {
        self.rows.is_cut_off()
    }

    fn take_notes(&mut self) -> Vec<String> {
        self.rows.take_notes()
    }
}

/// The start of an input, in UTF-8 or an ASCII-compatible encoding, without a byte order mark.
pub(crate) struct InputStart {
    pub sample: Vec<u8>,
    pub rest: Box<dyn Read + Send>,
    /// Whether the sample is the whole input.
    pub whole: bool,
    pub decision: Decision,
}

impl InputStart {
    pub fn new(
        mut sample: Vec<u8>,
        mut whole: bool,
        mut reader: Box<dyn Read + Send>,
        options: &Options,
    ) -> Result<Self, InputProblem> {
        signatures::refuse_binary(&sample)?;

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
            let source = Box::new(Cursor::new(sample).chain(reader));
            reader = Box::new(Transcoder::of_utf_16(source, big_endian));
            (sample, whole) = read_sample(&mut reader)?;
            settled = Some(EncodingReason::Utf16(label));
        } else if has_utf8_mark {
            sample.drain(..3);
            settled = Some(EncodingReason::ByteOrderMark);
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

    pub fn text(&self) -> (&[u8], Charset) {
        (&self.sample, self.decision.charset)
    }

    /// All bytes from this position of the sample on.
    pub fn from(self, position: usize) -> Box<dyn Read + Send> {
        let mut sample = Cursor::new(self.sample);
        sample.set_position(position as u64);
        Box::new(sample.chain(self.rest))
    }
}

pub(crate) fn read_sample(reader: &mut dyn Read) -> Result<(Vec<u8>, bool), InputProblem> {
    let mut sample = Vec::new();
    let length = reader.take(sniff::SAMPLE_SIZE as u64).read_to_end(&mut sample)?;
    Ok((sample, length < sniff::SAMPLE_SIZE))
}

/// The source of column names, for formats without keys.
pub(crate) const fn names_of(options: &Options) -> Names {
    if options.header { Names::Row } else { Names::Numbers }
}

/// Numbers as the names of unnamed columns.
pub(crate) fn numbers(count: usize) -> Vec<String> {
    (1..=count).map(|number| number.to_string()).collect()
}
