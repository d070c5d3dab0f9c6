//! Delimited text (RFC 4180).

use std::io::Read;

use crate::{
    charset::Charset,
    code_page,
    columns::Columns,
    error::InputProblem,
    grammar::{Cell, Form, Grammar, Scan},
    heading::{self, Heading},
    opening::{Cutter, Opened, Opening, names_of, numbers},
    options::{Delimiter, Format, Options},
    rows::Layout,
    sniff,
    split::{Cut, How, Splitter},
};

pub(super) fn open(opened: Opened, options: &Options) -> Result<Opening, InputProblem> {
    let (sample, decision) = (&opened.sample, opened.decision);
    let line_end = sniff::line_end(sample);
    // In DIN 66003, some of the usual delimiters are letters.
    let is_din = decision.charset == Charset::DIN_66003;
    let is_letter = |delimiter: &Delimiter| is_din && code_page::is_german_letter(delimiter.byte());
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
        None if options.header => header_below_titles(opened.text(), first, grammar_of, options),
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
    Ok(Opening { layout, decision, cutter, manner, delimiter_from, heading })
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
                Form::Plain | Form::Stray | Form::Unusable(_) => text.into_owned(),
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
            How::Missing(_) => {
                problem = problem.or(Some(InputProblem::HeaderTooLong));
            }
        }
        if !pass_over {
            break;
        }
    }
    problem.map_or(Ok(None), Err)
}
