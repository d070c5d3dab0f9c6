//! Delimited text (RFC 4180).

use std::{io::Read, iter};

use crate::{
    charset::Charset,
    code_page,
    columns::Columns,
    delimiter::Delimiter,
    doubt::DelimiterDoubt,
    error::InputProblem,
    grammar::{Cell, Form, Grammar, Scan},
    heading::{self, HeaderPosition},
    opening::{Cutter, InputStart, OpenInput, names_of, numbers, read_sample},
    options::{Format, Options},
    rows::Layout,
    separators::{self, STAND_IN, Separators},
    sniff,
    split::{Cut, RowForm, Splitter},
};

pub(super) fn open(mut opened: InputStart, options: &Options) -> Result<OpenInput, InputProblem> {
    let decision = opened.decision;
    let line_end = line_end(&opened.sample);
    // In DIN 66003, some of the usual delimiters are letters.
    let is_din = decision.charset == Charset::DIN_66003;
    let is_letter =
        |delimiter: &Delimiter| is_din && delimiter.text().bytes().any(code_page::is_german_letter);
    if let Some(letter) = options.delimiter.filter(is_letter) {
        return Err(InputProblem::LetterAsDelimiter(letter));
    }
    let stated = sniff::stated_delimiter(&opened.sample).filter(|stated| !is_letter(stated));
    let given = options.delimiter.or(stated);
    let known = given.or_else(|| {
        let (sample, charset) = opened.text();
        if is_din { None } else { separators::detected(sample, line_end, charset) }
    });
    let separators = separators(&opened, known, line_end, options.header);
    let row_end_note = separators.as_ref().map_or_else(String::new, Separators::row_end_note);
    let written = separators.as_ref().and_then(|separators| separators.written);
    if let Some(separators) = separators {
        let (whole, reader) = (opened.whole, opened.from(0));
        let mut rest: Box<dyn Read + Send> = Box::new(separators.rewriting(reader));
        let (sample, _) = read_sample(&mut rest)?;
        opened = InputStart { sample, rest, whole, decision };
    }
    let sample = &opened.sample;
    let delimiter_of = |table: &[u8]| {
        let known = written.or(known);
        known.or_else(|| {
            let best = sniff::delimiter(table, line_end, |delimiter| !is_letter(&delimiter));
            best.map(|(_, delimiter)| delimiter)
        })
    };
    let grammar_of = |table: &[u8]| match written {
        Some(_) => Grammar::csv(Some(STAND_IN), line_end).with_written(written),
        None => Grammar::csv(delimiter_of(table).and_then(Delimiter::byte), line_end),
    };
    let end_of_line = |from: usize| from + line_length(&sample[from..], line_end);
    let first = stated.map_or(0, |_| end_of_line(0));
    let (start, heading) = match options.skip_rows {
        Some(rows) => {
            let ends = iter::successors(Some(0), |&start| Some(end_of_line(start)));
            let end = ends.take_while(|&start| start < sample.len()).nth(rows);
            let start = end.ok_or(InputProblem::TooManySkipped)?;
            (start.max(first), HeaderPosition::Given(rows))
        }
        None if options.header => header_below_titles(opened.text(), first, grammar_of, options),
        None => (first, HeaderPosition::First),
    };
    let table = &sample[start..];
    if table.is_empty() {
        return Err(InputProblem::Empty);
    }
    let delimiter = delimiter_of(table);
    if delimiter.is_none() && options.format.is_none() && sniff::looks_fixed(table, line_end) {
        return Err(InputProblem::NoLayout);
    }
    let doubt = doubt(table, delimiter, (line_end, decision.charset), options);
    let delimiter_from = match (options.delimiter, stated, delimiter) {
        (Some(_), ..) => "given with --delimiter",
        (_, Some(_), _) => "stated by the first line, sep=",
        (.., Some(_)) => "it splits most of the first rows into as many fields as the first row",
        (.., None) => "no delimiter splits the first row",
    };
    let reading_mode = match delimiter {
        Some(delimiter) => format!("CSV, delimiter {delimiter}"),
        None => "CSV, one column".to_owned(),
    };
    let reading_mode = reading_mode + &row_end_note + &heading.description();
    let grammar = grammar_of(table);
    let columns = csv_columns(table, grammar, decision.charset, options);
    let columns = columns.map_err(|problem| DelimiterDoubt::explain(doubt, problem))?;
    // A spreadsheet program does not show the line with the delimiter.
    let titles = memchr::memchr_iter(line_end, &sample[..start]).count() - usize::from(first > 0);
    let (cutter, header) = rows_after_header(opened.from(start), grammar, options)?;
    let rows_above = titles as u64 + header;
    let layout = Layout::new(Format::Csv, grammar, columns);
    let opening = OpenInput::new(layout, decision, cutter, reading_mode);
    Ok(OpenInput { delimiter_from, doubt, heading, rows_above, ..opening })
}

/// The doubt about the given delimiter, if it splits no row and another one fits the first rows.
fn doubt(
    table: &[u8],
    used: Option<Delimiter>,
    (line_end, charset): (u8, Charset),
    options: &Options,
) -> Option<DelimiterDoubt> {
    let given = options.delimiter.filter(|given| used == Some(*given))?;
    let ((consistent, columns), likely) = sniff::delimiter(table, line_end, |_| true)?;
    let prefix = &table[..table.len().min(heading::LONGEST_ROW)];
    // If a delimiter of several characters occurs in the file, it has already been replaced.
    let is_whole = given.byte().is_some_and(|byte| {
        cells_of(prefix, Grammar::csv(Some(byte), line_end), charset).len() == 1
    });
    (is_whole && likely != given && consistent >= 90).then_some(DelimiterDoubt {
        given,
        likely,
        columns,
    })
}

/// The line end. In a sample without line ends, this is the record separator of ASCII if it occurs.
fn line_end(sample: &[u8]) -> u8 {
    const RECORD_SEPARATOR: u8 = 0x1E;
    let has_lines = memchr::memchr2(b'\n', b'\r', sample).is_some();
    if !has_lines && sample.contains(&RECORD_SEPARATOR) {
        RECORD_SEPARATOR
    } else {
        sniff::line_end(sample)
    }
}

/// The separators of the file. `None` if one byte separates its fields and a line end its rows.
fn separators(
    opened: &InputStart,
    known: Option<Delimiter>,
    line_end: u8,
    has_header: bool,
) -> Option<Separators> {
    let (sample, charset) = opened.text();
    if charset == Charset::DIN_66003 && known.is_none() {
        return None;
    }
    if known.is_none()
        && let Some(separators) = Separators::of_concordance(sample, charset)
    {
        return Some(separators);
    }
    let best = || sniff::delimiter(sample, line_end, |_| true).map(|(_, delimiter)| delimiter);
    let delimiter = known.or_else(best);
    Separators::new(delimiter, sample, line_end, charset, has_header)
}

fn line_length(sample: &[u8], line_end: u8) -> usize {
    memchr::memchr(line_end, sample).map_or(sample.len(), |position| position + 1)
}

/// The start of the header in the sample, and how the header was found. It is the first row, unless titles
/// precede it.
fn header_below_titles(
    (sample, charset): (&[u8], Charset),
    first: usize,
    grammar_of: impl Fn(&[u8]) -> Grammar,
    options: &Options,
) -> (usize, HeaderPosition) {
    let prefix = |start: usize| &sample[start..sample.len().min(start + heading::LONGEST_ROW)];
    let mut starts = Vec::new();
    let mut start = first;
    while start < sample.len() && starts.len() < heading::MAX_ROWS {
        // Titles do not have the fields of the table, so each row may suggest another delimiter.
        let grammar = grammar_of(prefix(start));
        let row = cells_of(prefix(start), grammar, charset);
        if heading::has_names(&row, options) {
            let before: Vec<Vec<String>> =
                starts.iter().map(|&start| cells_of(prefix(start), grammar, charset)).collect();
            if heading::is_heading(&row, &before, options) {
                let is_filled = |row: &&Vec<String>| row.iter().any(|cell| !cell.trim().is_empty());
                let titles = before.iter().filter(is_filled).count();
                // The line with the delimiter is a row, too.
                let number = starts.len() + usize::from(first > 0);
                return (start, HeaderPosition::below(number, titles));
            }
        }
        starts.push(start);
        start += line_length(&sample[start..], grammar.line_end());
    }
    (first, HeaderPosition::First)
}

/// The cells of the first row of a text; none if the row is malformed or incomplete.
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
        first_row(&mut splitter, grammar, !options.header, &mut 0)?.ok_or(InputProblem::Empty)?;
    columns_of((&cut.bytes, &cells), grammar, charset, options)
}

/// The columns, named by the first row or numbered.
fn columns_of(
    (bytes, cells): (&[u8], &[Cell]),
    grammar: Grammar,
    charset: Charset,
    options: &Options,
) -> Result<Columns, InputProblem> {
    let headers = if options.header {
        let header = |cell: &Cell| -> Result<String, InputProblem> {
            let text = charset.decode(&bytes[cell.range.clone()]);
            let text = text.ok_or(InputProblem::HeaderEncoding)?;
            Ok(match cell.form {
                Form::Escaped => grammar.unescaped(&text),
                Form::Plain | Form::Stray | Form::Unusable(_) => text.into_owned(),
            })
        };
        cells.iter().map(header).collect::<Result<Vec<_>, _>>()?
    } else {
        numbers(cells.len())
    };
    Columns::of_header(headers, names_of(options), options)
}

/// Cuts delimited text into blocks, starting after the header if there is one. Also returns the number of
/// rows up to the header.
fn rows_after_header(
    text: Box<dyn Read + Send>,
    grammar: Grammar,
    options: &Options,
) -> Result<(Cutter, u64), InputProblem> {
    let mut splitter = Splitter::with_row_limit(text, grammar, options.sizes.row);
    let mut rows = 0;
    if options.header {
        first_row(&mut splitter, grammar, false, &mut rows)?;
    }
    Ok((Cutter::Text(splitter), rows))
}

/// The first row that is not blank, or the first well-formed row if malformed rows are to be skipped. Counts
/// the rows up to it.
fn first_row<R: Read>(
    splitter: &mut Splitter<R>,
    grammar: Grammar,
    pass_over: bool,
    count: &mut u64,
) -> Result<Option<(Cut, Vec<Cell>)>, InputProblem> {
    let mut cells = Vec::new();
    let mut problem = None;
    while let Some(cut) = splitter.next_cut(1)? {
        *count += 1;
        let form = cut.runs.first().map_or(RowForm::Rows, |run| run.form);
        match form {
            RowForm::Rows | RowForm::Doubtful(_) => {
                grammar.cells(&cut.bytes, 0, false, &mut cells);
                if !cells.is_empty() {
                    return Ok(Some((cut, cells)));
                }
                continue;
            }
            RowForm::Lines => problem = problem.or(Some(InputProblem::HeaderQuotes)),
            RowForm::Missing(_) => {
                problem = problem.or(Some(InputProblem::HeaderTooLong));
            }
        }
        if !pass_over {
            break;
        }
    }
    problem.map_or(Ok(None), Err)
}
