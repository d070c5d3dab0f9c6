//! Sheets of an `OpenDocument` spreadsheet (ISO/IEC 26300).

use std::ops::ControlFlow;

use leakdex::Reason;
use quick_xml::events::{BytesStart, Event};

use super::{
    CellHandler, Content, MAX_MERGES, Merge, ReadContext, WorkbookReader,
    number::push_iso_date,
    package::{Package, Part, Xml, attribute, push},
    sheet::MAX_COLUMNS,
};
use crate::{error::InputProblem, formats::decimal};

/// The part with all sheets.
const CONTENT: &str = "content.xml";

/// The maximum number of rows in a sheet.
const MAX_ROWS: u32 = 1 << 24;

pub(super) struct Ods {
    package: Package,
    names: Vec<String>,
    /// For each sheet, its position among the tables, and whether it has a filled cell.
    sheets: Vec<(usize, bool)>,
}

impl Ods {
    pub fn new(package: Package) -> Result<Self, InputProblem> {
        let mut book = Self { package, names: Vec::new(), sheets: Vec::new() };
        let reading = book.package.reading;
        let (mut names, mut sheets) = (Vec::new(), Vec::new());
        let mut table = 0;
        let xml = book.package.xml(CONTENT)?.ok_or_else(|| reading.unreadable())?;
        each_table(xml, |xml, name| {
            let mut is_filled = false;
            Table { xml, reading }.read(&mut |_, _, _| {
                is_filled = true;
                Ok(ControlFlow::Break(()))
            })?;
            // A table that caches cells of another file is not a sheet.
            if !(name.starts_with("'file:") && name.contains("#$")) {
                names.push(name);
                sheets.push((table, is_filled));
            }
            table += 1;
            Ok(ControlFlow::Continue(()))
        })?;
        book.reset_limits();
        Ok(Self { names, sheets, ..book })
    }
}

impl WorkbookReader for Ods {
    fn sheets(&self) -> &[String] {
        &self.names
    }

    fn is_filled(&mut self, sheet: usize) -> Result<bool, InputProblem> {
        Ok(self.sheets[sheet].1)
    }

    fn read(
        &mut self,
        sheet: usize,
        take: &mut CellHandler<'_>,
    ) -> Result<Vec<Merge>, InputProblem> {
        let (place, _) = self.sheets[sheet];
        let reading = self.package.reading;
        let (mut table, mut merges) = (0, Vec::new());
        let xml = self.package.xml(CONTENT)?.ok_or_else(|| reading.unreadable())?;
        each_table(xml, |xml, _| {
            if table == place {
                merges = Table { xml, reading }.read(take)?;
                return Ok(ControlFlow::Break(()));
            }
            table += 1;
            xml.skip_element()?;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(merges)
    }

    fn reset_limits(&mut self) {
        self.package.reset_limits();
    }
}

/// Calls `each` with every table. `each` must read it to its end.
fn each_table(
    mut xml: Xml<Part<'_>>,
    mut each: impl FnMut(&mut Xml<Part<'_>>, String) -> Result<ControlFlow<()>, InputProblem>,
) -> Result<(), InputProblem> {
    loop {
        let name = match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "table" => Some(attribute(&element, "name").unwrap_or_default().into_owned()),
                // Cached tables of other files, and deleted rows.
                "dde-links" | "tracked-changes" => None,
                _ => continue,
            },
            Event::Eof => return Ok(()),
            _ => continue,
        };
        match name {
            Some(name) => {
                if each(&mut xml, name)?.is_break() {
                    return Ok(());
                }
            }
            None => xml.skip_element()?,
        }
    }
}

/// A table after its start tag.
struct Table<'x, 'p> {
    xml: &'x mut Xml<Part<'p>>,
    reading: ReadContext,
}

/// The filled cells of a row, each with its column and the number of repetitions.
#[derive(Default)]
struct Row {
    cells: Vec<(u32, u32, Result<String, Reason>)>,
    /// The cells that span further rows: their column and the number of rows.
    spans: Vec<(u32, u32)>,
}

impl Table<'_, '_> {
    /// Passes on the filled cells, and returns the cells that span rows. Reads to the end even if the caller
    /// needs no more cells.
    fn read(mut self, take: &mut CellHandler<'_>) -> Result<Vec<Merge>, InputProblem> {
        let (mut number, mut depth, mut is_taken) = (0_u32, 0_u64, true);
        let (mut merges, mut row) = (Vec::new(), Row::default());
        loop {
            let repeated = match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "table-row" => Some(count(&element, "number-rows-repeated")),
                    "table-header-rows" | "table-rows" | "table-row-group" => {
                        depth += 1;
                        continue;
                    }
                    _ => None,
                },
                Event::End(_) if depth == 0 => return Ok(merges),
                Event::End(_) => {
                    depth -= 1;
                    continue;
                }
                Event::Eof => return Err(self.reading.unreadable()),
                _ => continue,
            };
            let Some(repeated) = repeated else {
                self.xml.skip_element()?;
                continue;
            };
            self.read_row(&mut row)?;
            let is_empty = row.cells.is_empty();
            let end = number.checked_add(repeated).filter(|&end| is_empty || end <= MAX_ROWS);
            let end = end.ok_or_else(|| self.reading.unreadable())?;
            for &(column, rows) in &row.spans {
                let last_row = number.saturating_add(rows - 1);
                merges.push(Merge::of_rows(number, column, last_row));
            }
            if merges.len() > MAX_MERGES {
                return Err(self.reading.limits.exceeded());
            }
            while is_taken && !is_empty && number < end {
                is_taken = row.emit_cells(number, take)?.is_continue();
                number += 1;
            }
            number = end;
        }
    }

    fn read_row(&mut self, row: &mut Row) -> Result<(), InputProblem> {
        row.cells.clear();
        row.spans.clear();
        let mut column = 0_u32;
        loop {
            let cell = match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "table-cell" | "covered-table-cell" => Some(Cell::of(&element)),
                    _ => None,
                },
                Event::End(_) => return Ok(()),
                Event::Eof => return Err(self.reading.unreadable()),
                _ => continue,
            };
            let Some(cell) = cell else {
                self.xml.skip_element()?;
                continue;
            };
            let (repeated, rows) = (cell.repeated, cell.rows);
            let content = cell.content(self.xml)?;
            let end = column.checked_add(repeated).ok_or_else(|| self.reading.unreadable())?;
            if content != Ok(String::new()) {
                if end > MAX_COLUMNS {
                    return Err(self.reading.unreadable());
                }
                row.cells.push((column, repeated, content));
                if rows > 1 {
                    row.spans.push((column, rows));
                }
            }
            column = end;
        }
    }
}

impl Row {
    fn emit_cells(
        &self,
        number: u32,
        take: &mut CellHandler<'_>,
    ) -> Result<ControlFlow<()>, InputProblem> {
        for (column, repeated, content) in &self.cells {
            let content = match content {
                Ok(text) => Content::Text(text),
                Err(reason) => Content::Unusable(*reason),
            };
            for column in *column..column + repeated {
                if take(number, column, content)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// The number of repetitions, or of spanned rows or columns.
fn count(element: &BytesStart<'_>, name: &str) -> u32 {
    let count = attribute(element, name).and_then(|count| count.trim().parse().ok());
    count.unwrap_or(1).max(1)
}

/// The attributes of a cell.
struct Cell {
    repeated: u32,
    rows: u32,
    kind: Option<String>,
    value: Option<String>,
    has_formula: bool,
    is_error: bool,
}

impl Cell {
    fn of(element: &BytesStart<'_>) -> Self {
        let mut cell = Self {
            repeated: count(element, "number-columns-repeated"),
            rows: count(element, "number-rows-spanned"),
            kind: None,
            value: None,
            has_formula: false,
            is_error: false,
        };
        for attribute in element.attributes().with_checks(false).filter_map(Result::ok) {
            let value = || attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok();
            let is_extension = attribute.key.prefix().is_some_and(|p| p.as_ref() == "calcext");
            match attribute.key.local_name().as_ref() {
                "value-type" if is_extension => cell.is_error = &*attribute.value == "error",
                "value-type" => cell.kind = value().map(Into::into),
                "value" | "date-value" | "time-value" | "boolean-value" | "string-value" => {
                    cell.value = value().map(Into::into);
                }
                "formula" => cell.has_formula = true,
                _ => {}
            }
        }
        cell
    }

    /// Reads the content of the cell, up to its end tag.
    fn content(self, xml: &mut Xml<Part<'_>>) -> Result<Result<String, Reason>, InputProblem> {
        let Self { kind, value, has_formula, is_error, .. } = self;
        let (mut text, mut has_text) = (String::new(), false);
        let (mut depth, mut has_table) = (0_u64, false);
        loop {
            let is_paragraph = match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "p" | "h" => true,
                    "list" | "list-item" | "list-header" | "section" => {
                        depth += 1;
                        continue;
                    }
                    name => {
                        has_table |= name == "table";
                        false
                    }
                },
                Event::End(_) if depth > 0 => {
                    depth -= 1;
                    continue;
                }
                Event::End(_) => break,
                Event::Eof => return Err(xml.reading.unreadable()),
                _ => continue,
            };
            // Comments and drawings are not part of the text.
            if !is_paragraph {
                xml.skip_element()?;
                continue;
            }
            if has_text {
                text.push('\n');
            }
            has_text = true;
            push_paragraph(xml, &mut text)?;
        }
        if has_table {
            return Ok(Err(Reason::InvalidRecord));
        }
        let text = text.trim();
        let is_error =
            is_error || (has_formula && (text.starts_with('#') || text.starts_with("Err:")));
        if is_error || (has_formula && value.is_none() && !has_text) {
            return Ok(Err(Reason::FormulaWithoutValue));
        }
        let value = value.as_deref().map(str::trim);
        Ok(Ok(match (kind.as_deref(), value) {
            (Some("float" | "percentage" | "currency"), Some(value)) => {
                match value.parse::<f64>() {
                    Ok(number) if shows_more(text, number) => text.to_owned(),
                    Ok(number) => decimal(number),
                    Err(_) => value.to_owned(),
                }
            }
            (Some("date"), Some(value)) => {
                let mut date = String::new();
                push_iso_date(value, &mut date);
                date
            }
            (Some("boolean" | "string"), Some(value)) => value.to_owned(),
            (Some("time"), Some(value)) if text.is_empty() => value.to_owned(),
            _ => text.to_owned(),
        }))
    }
}

/// Whether a text is a number with leading zeros, such as a postcode, or after a country code or a letter.
fn shows_more(text: &str, number: f64) -> bool {
    let rest = text.strip_prefix(|first: char| first.is_ascii_uppercase());
    let rest = rest.filter(|rest| rest.starts_with(|next: char| next.is_ascii_digit()));
    let has_letter = rest.is_some();
    let rest = rest.unwrap_or(text);
    let is_separator = |char: char| char.is_whitespace() || "+-./()".contains(char);
    let is_number = rest.chars().all(|char| char.is_ascii_digit() || is_separator(char));
    let shown: String = rest.chars().filter(char::is_ascii_digit).collect();
    let whole = decimal(number.round());
    let has_more = has_letter || rest.contains('+') || shown.len() > whole.len();
    is_number && has_more && shown.ends_with(&whole) && !has_decimals(rest, number)
}

/// Whether a text is the number with a decimal point and decimals, such as `100.00`.
fn has_decimals(text: &str, number: f64) -> bool {
    let is_kept = |char: &char| char.is_ascii_digit() || *char == '.';
    let plain: String = text.chars().filter(is_kept).collect();
    // Two points are no decimal points, and such a text is not read as a number.
    let shown = plain.parse::<f64>().ok().filter(|_| plain.contains('.'));
    shown.is_some_and(|shown| (shown - number).abs() < 1.0)
}

/// Adds the text of a paragraph after its start tag.
fn push_paragraph(xml: &mut Xml<Part<'_>>, text: &mut String) -> Result<(), InputProblem> {
    let reading = xml.reading;
    let mut depth = 1_u64;
    let mut piece = String::new();
    while depth > 0 {
        let is_skipped = match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "s" => {
                    let spaces = count(&element, "c").min(1 << 10);
                    (0..spaces).for_each(|_| text.push(' '));
                    true
                }
                "tab" => {
                    text.push('\t');
                    true
                }
                "line-break" => {
                    text.push('\n');
                    true
                }
                "annotation" | "annotation-end" | "note" | "ruby-text" | "frame" => true,
                _ => {
                    depth += 1;
                    false
                }
            },
            Event::End(_) => {
                depth -= 1;
                false
            }
            Event::Eof => return Err(reading.unreadable()),
            event => {
                piece.clear();
                push(&event, &mut piece).ok_or_else(|| reading.unreadable())?;
                push_collapsed(&piece, text);
                false
            }
        };
        if is_skipped {
            xml.skip_element()?;
        }
    }
    Ok(())
}

/// Adds a text with white space collapsed to single spaces.
fn push_collapsed(piece: &str, text: &mut String) {
    for char in piece.chars() {
        match char {
            ' ' | '\t' | '\r' | '\n' => {
                if !text.ends_with(' ') {
                    text.push(' ');
                }
            }
            char => text.push(char),
        }
    }
}
