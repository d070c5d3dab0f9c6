//! The beginning of an input: how it is written, and where its columns are.

use std::{
    io::{Cursor, Read},
    path::Path,
    vec,
};

use crate::{
    charset::{Charset, Decision, Utf16Reader, Why},
    code_page,
    columns::{Columns, Names},
    error::InputProblem,
    grammar::{Cell, Form, Grammar, Scan},
    heading::{self, Heading},
    options::{Delimiter, Encoding, Format, Options},
    rows::{self, Layout},
    sheet, sniff,
    split::{CELLS, Cut, How, Splitter},
    sql::{self, Dialect, SqlCutter},
};

/// All that is known of an input before its rows are read.
pub(crate) struct Opening {
    pub layout: Layout,
    pub decision: Decision,
    pub cutter: Cutter,
    /// How the rows are written, for people.
    pub manner: String,
    /// Where the delimiter is known from; empty if there is none.
    pub delimiter_from: &'static str,
    pub heading: Heading,
}

/// Cuts an input into blocks of rows.
pub(crate) enum Cutter {
    Text(Splitter<Box<dyn Read + Send>>),
    Sql(Box<SqlCutter<Box<dyn Read + Send>>>),
    Sheet(vec::IntoIter<Cut>),
}

impl Cutter {
    /// The next rows, of about `size` bytes and at least one; `None` at the end.
    pub fn next_cut(&mut self, size: usize) -> Result<Option<Cut>, InputProblem> {
        match self {
            Self::Text(splitter) => Ok(splitter.next_cut(size)?),
            Self::Sql(cutter) => cutter.next_cut(size),
            Self::Sheet(cuts) => Ok(cuts.next()),
        }
    }
}

impl Opening {
    pub fn new(
        mut reader: Box<dyn Read + Send>,
        path: &Path,
        options: &Options,
    ) -> Result<Self, InputProblem> {
        let (sample, whole) = read_sample(&mut reader)?;
        if sheet::is_workbook(path, &sample, options.format) {
            return Self::xlsx(Cursor::new(sample).chain(reader), options);
        }
        let opened = Opened::new(sample, whole, reader, options)?;
        let format = options.format.unwrap_or_else(|| sniff::format(path, &opened.sample));
        match format {
            Format::Csv => Self::csv(opened, options),
            _ if opened.decision.charset == Charset::DIN_66003 => {
                Err(InputProblem::NeedsBrackets(format))
            }
            Format::Jsonl => Self::jsonl(opened, options),
            Format::Sql => Self::sql(opened, options),
            Format::Xlsx => unreachable!("a workbook was told by its first bytes"),
        }
    }

    fn csv(opened: Opened, options: &Options) -> Result<Self, InputProblem> {
        let (sample, decision) = (&opened.sample, opened.decision);
        let line_end = sniff::line_end(sample);
        // In DIN 66003, some of the usual delimiters are letters.
        let is_din = decision.charset == Charset::DIN_66003;
        let is_letter =
            |delimiter: &Delimiter| is_din && code_page::is_german_letter(delimiter.byte());
        if let Some(letter) = options.delimiter.filter(is_letter) {
            return Err(InputProblem::LetterAsDelimiter(letter));
        }
        let stated = sniff::stated_delimiter(sample).filter(|stated| !is_letter(stated));
        let delimiter_of = |table: &[u8]| {
            let given = options.delimiter.or(stated);
            given.or_else(|| sniff::delimiter(table, line_end, |d| !is_letter(&d)))
        };
        let grammar_of =
            |table: &[u8]| Grammar::csv(delimiter_of(table).map(Delimiter::byte), line_end);
        let of_line = |from: usize| from + line_length(&sample[from..], line_end);
        let first = stated.map_or(0, |_| of_line(0));
        let (start, heading) = match options.skip_rows {
            Some(rows) => {
                let start = (0..rows).fold(0, |start, _| of_line(start));
                (start.max(first), Heading::Given(rows))
            }
            None if options.header => {
                header_below_titles(opened.text(), first, grammar_of, options)
            }
            None => (first, Heading::First),
        };
        let table = &sample[start..];
        if table.is_empty() {
            return Err(InputProblem::Empty);
        }
        let delimiter = delimiter_of(table);
        let delimiter_from = match (options.delimiter, stated, delimiter) {
            (Some(_), ..) => "given with --delimiter",
            (_, Some(_), _) => "stated by the first line, sep=",
            (.., Some(_)) => "most of the first rows have as many fields by it as the first",
            (.., None) => "no delimiter splits the first row",
        };
        let manner = match delimiter {
            Some(delimiter) => format!("CSV, delimiter {delimiter}"),
            None => "CSV, one column".to_owned(),
        };
        let manner = manner + &heading.told();
        let grammar = grammar_of(table);
        let columns = csv_columns(table, grammar, decision.charset, options)?;
        let cutter = rows_after_header(opened.from(start), grammar, options)?;
        let layout = Layout::new(Format::Csv, grammar, columns);
        Ok(Self { layout, decision, cutter, manner, delimiter_from, heading })
    }

    fn sql(opened: Opened, options: &Options) -> Result<Self, InputProblem> {
        let decision = opened.decision;
        let dialect = sniff::dialect(&opened.sample);
        let mut cutter =
            SqlCutter::new(opened.from(0), dialect, options.table.as_deref(), options.sizes.row);
        let (headers, names) = match cutter.columns()? {
            sql::Columns::Named(names) if options.header => {
                let name = |name: &Vec<u8>| decision.charset.decode_lossily(name).into_owned();
                (names.iter().map(name).collect(), Names::Keys)
            }
            sql::Columns::Named(names) => (numbers(names.len()), Names::Numbers),
            sql::Columns::Numbered(count) => (numbers(count), Names::Numbers),
        };
        let columns = Columns::of_header(headers, names, options)?;
        let strings = match dialect {
            Dialect::MySql => "a backslash escapes",
            Dialect::Standard => "a backslash is text",
        };
        let manner = format!("SQL, table '{}', {strings}", cutter.table());
        let layout = Layout::new(Format::Sql, CELLS, columns);
        let cutter = Cutter::Sql(Box::new(cutter));
        Ok(Self { layout, decision, cutter, manner, delimiter_from: "", heading: Heading::First })
    }

    fn xlsx(source: impl Read, options: &Options) -> Result<Self, InputProblem> {
        let sheet = sheet::read(source, options)?;
        let decision = Decision::settled(Why::Unicode);
        let row = sheet.header(options);
        let below = Heading::below(sheet.number(row), row);
        let heading = options.skip_rows.map_or(below, Heading::Given);
        let name = sheet.name.clone();
        let (headers, cuts) = sheet.split(options.header.then_some(row))?;
        let columns = Columns::of_header(headers, names_of(options), options)?;
        let manner = format!("XLSX, sheet '{name}'{}", heading.told());
        let layout = Layout::new(Format::Xlsx, CELLS, columns);
        let cutter = Cutter::Sheet(cuts.into_iter());
        Ok(Self { layout, decision, cutter, manner, delimiter_from: "", heading })
    }

    fn jsonl(opened: Opened, options: &Options) -> Result<Self, InputProblem> {
        let (decision, line_end) = (opened.decision, sniff::line_end(&opened.sample));
        let grammar = Grammar::lines(line_end);
        let keys = rows::keys_of(&opened.sample, line_end, decision.charset);
        let columns = Columns::of_keys(keys, opened.whole, options)?;
        let layout = Layout::new(Format::Jsonl, grammar, columns);
        let splitter = Splitter::with_row_limit(opened.from(0), grammar, options.sizes.row);
        let cutter = Cutter::Text(splitter);
        Ok(Self {
            layout,
            decision,
            cutter,
            manner: "JSONL".to_owned(),
            delimiter_from: "",
            heading: Heading::First,
        })
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
    fn new(
        mut sample: Vec<u8>,
        mut whole: bool,
        mut reader: Box<dyn Read + Send>,
        options: &Options,
    ) -> Result<Self, InputProblem> {
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

    fn text(&self) -> (&[u8], Charset) {
        (&self.sample, self.decision.charset)
    }

    /// All bytes from this one of the sample on.
    fn from(self, position: usize) -> Box<dyn Read + Send> {
        let mut sample = Cursor::new(self.sample);
        sample.set_position(position as u64);
        Box::new(sample.chain(self.rest))
    }
}

fn read_sample(reader: &mut dyn Read) -> Result<(Vec<u8>, bool), InputProblem> {
    let mut sample = Vec::new();
    let length = reader.take(sniff::SAMPLE_SIZE as u64).read_to_end(&mut sample)?;
    Ok((sample, length < sniff::SAMPLE_SIZE))
}

fn line_length(sample: &[u8], line_end: u8) -> usize {
    memchr::memchr(line_end, sample).map_or(sample.len(), |position| position + 1)
}

/// Where in the sample the header begins, and how it was found: the first row, unless titles stand above the
/// header.
fn header_below_titles(
    (sample, charset): (&[u8], Charset),
    first: usize,
    grammar_of: impl Fn(&[u8]) -> Grammar,
    options: &Options,
) -> (usize, Heading) {
    let near = |start: usize| &sample[start..sample.len().min(start + heading::LONGEST_ROW)];
    let mut starts = Vec::new();
    let mut start = first;
    while start < sample.len() && starts.len() < heading::MOST_ROWS {
        // Titles have another number of fields than the table, so each row may show another delimiter.
        let grammar = grammar_of(near(start));
        let row = cells_of(near(start), grammar, charset);
        if heading::has_names(&row, options) {
            let before: Vec<Vec<String>> =
                starts.iter().map(|&start| cells_of(near(start), grammar, charset)).collect();
            if heading::is_heading(&row, &before, options) {
                let is_filled = |row: &&Vec<String>| row.iter().any(|cell| !cell.trim().is_empty());
                let titles = before.iter().filter(is_filled).count();
                // The line that states the delimiter is a row, too.
                let number = starts.len() + usize::from(first > 0);
                return (start, Heading::below(number, titles));
            }
        }
        starts.push(start);
        start += line_length(&sample[start..], grammar.line_end());
    }
    (first, Heading::First)
}

/// The cells of the row at the beginning of a text; none if the row is malformed or does not end there.
fn cells_of(text: &[u8], grammar: Grammar, charset: Charset) -> Vec<String> {
    let mut cells = Vec::new();
    let is_whole = text.len() < heading::LONGEST_ROW;
    if matches!(grammar.scan(text, is_whole), Scan::Row(_)) {
        grammar.cells(text, 0, false, &mut cells);
    }
    cells
        .iter()
        .map(|cell| charset.decode_lossily(&text[cell.range.clone()]).into_owned())
        .collect()
}

fn csv_columns(
    table: &[u8],
    grammar: Grammar,
    charset: Charset,
    options: &Options,
) -> Result<Columns, InputProblem> {
    let mut splitter = Splitter::with_row_limit(table, grammar, options.sizes.row);
    let (cut, cells) =
        first_row(&mut splitter, grammar, !options.header)?.ok_or(InputProblem::Empty)?;
    columns_of(&cut.bytes, &cells, charset, options)
}

/// The columns that the first row names, or that it has.
fn columns_of(
    bytes: &[u8],
    cells: &[Cell],
    charset: Charset,
    options: &Options,
) -> Result<Columns, InputProblem> {
    let headers = if options.header {
        let header = |cell: &Cell| -> Result<String, InputProblem> {
            let text = charset.decode(&bytes[cell.range.clone()]);
            let text = text.ok_or(InputProblem::HeaderEncoding)?;
            Ok(match cell.form {
                Form::Escaped => text.replace("\"\"", "\""),
                Form::Plain | Form::Stray => text.into_owned(),
            })
        };
        cells.iter().map(header).collect::<Result<Vec<_>, _>>()?
    } else {
        numbers(cells.len())
    };
    Columns::of_header(headers, names_of(options), options)
}

/// Cuts delimited text, from behind its header if it has one.
fn rows_after_header(
    text: Box<dyn Read + Send>,
    grammar: Grammar,
    options: &Options,
) -> Result<Cutter, InputProblem> {
    let mut splitter = Splitter::with_row_limit(text, grammar, options.sizes.row);
    if options.header {
        first_row(&mut splitter, grammar, false)?;
    }
    Ok(Cutter::Text(splitter))
}

/// Where the names of columns come from, if not from keys.
const fn names_of(options: &Options) -> Names {
    if options.header { Names::Row } else { Names::Numbers }
}

/// The names of columns that have none.
fn numbers(count: usize) -> Vec<String> {
    (1..=count).map(|number| number.to_string()).collect()
}

/// The first row that is not blank; or, if others are to be passed over, the first well-formed one.
fn first_row<R: Read>(
    splitter: &mut Splitter<R>,
    grammar: Grammar,
    pass_over: bool,
) -> Result<Option<(Cut, Vec<Cell>)>, InputProblem> {
    let mut cells = Vec::new();
    let mut problem = None;
    while let Some(cut) = splitter.next_cut(1)? {
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
            How::TooLong | How::NotSql => {
                problem = problem.or(Some(InputProblem::HeaderTooLong));
            }
        }
        if !pass_over {
            break;
        }
    }
    problem.map_or(Ok(None), Err)
}
