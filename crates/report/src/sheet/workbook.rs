//! Workbooks in the format of Excel since 2007 (ECMA-376, Office Open XML), row by row.
//!
//! No crate writes workbooks in little memory and with proper errors. `rust_xlsxwriter` holds all cells in
//! memory or in a temporary file, and panics if there is no space for it. Here, only the first rows, which
//! determine the widths of the columns, are kept in memory. Every other row goes to the output at once.

use std::{
    fmt::Write as _,
    io::{self, Write},
    mem,
};

use zip::{
    CompressionMethod, DateTime, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

use super::Cell;
use crate::templates::is_outside_xml;

/// The maximum number of rows in a sheet, including the header.
const ROWS: u32 = 1 << 20;

/// The length limit of a cell, in UTF-16 units.
const LONGEST_TEXT: usize = 32_767;

/// The length limit of a sheet's name, in characters.
const LONGEST_NAME: usize = 31;

/// The number of rows that determine the widths of columns.
const MEASURED: u32 = 200;

/// The minimum and maximum width of a column, in digits.
const WIDTHS: (usize, usize) = (8, 60);

/// The total width limit of frozen columns, in digits: a little more than half of a small screen.
const WIDEST_FROZEN: usize = 120;

/// The margin of a column around its widest text, in digits.
const MARGIN: usize = 2;

/// Whole numbers up to this limit are exact as a double. All numbers in a workbook are doubles.
const EXACT: u64 = 1 << 53;

/// The number of a style in [`STYLES`].
#[derive(Clone, Copy)]
enum Style {
    Number = 0,
    /// The format "Text", so Excel does not convert the cell into a number or a formula when somebody edits
    /// it.
    Text = 1,
    Header = 2,
    Date = 3,
}

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
"#;

const RELATIONS: &str =
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#;

const TYPE_OF_RELATION: &str =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

const TYPE_OF_PART: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

const SPREADSHEET: &str = r#"xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main""#;

/// Format 49 is "Text". Format 14 is a date in the format of the reader's machine.
const STYLES: &str = r#"<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font><font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFE7ECF1"/><bgColor indexed="64"/></patternFill></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" fillId="2" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"/><xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>"#;

/// A workbook that is written row by row. A table that exceeds one sheet continues in the next one.
pub struct Workbook<W: Write> {
    zip: ZipWriter<StreamWriter<Sink<W>>>,
    name: String,
    header: Vec<String>,
    /// Lists to choose from, by column.
    choices: Vec<(usize, String)>,
    /// The number of frozen columns.
    frozen: usize,
    /// The maximum number of rows in a sheet. Smaller in tests.
    limit: u32,
    /// The numbers of rows in the previous sheets.
    full: Vec<u32>,
    /// The number of rows in this sheet, including the header.
    rows: u32,
    widths: Vec<usize>,
    /// The rows of the first sheet as XML, until the widths are known.
    measured: Option<String>,
    /// The buffer for a row as XML.
    line: String,
}

impl<W: Write> Workbook<W> {
    pub fn new(output: W, name: &str, header: &[&str]) -> io::Result<Self> {
        Self::with_limit(output, name, header, ROWS)
    }

    pub(super) fn with_limit(
        output: W,
        name: &str,
        header: &[&str],
        limit: u32,
    ) -> io::Result<Self> {
        let mut workbook = Self {
            zip: ZipWriter::new_stream(Sink { output, has_failed: false }),
            name: sheet_name(name),
            header: header.iter().map(|&name| name.to_owned()).collect(),
            choices: Vec::new(),
            frozen: 0,
            limit,
            full: Vec::new(),
            rows: 0,
            widths: vec![WIDTHS.0; header.len()],
            measured: Some(String::new()),
            line: String::new(),
        };
        // This part comes first, since programs detect the format of a file by the names of its first parts.
        workbook.part(
            "_rels/.rels",
            &format!(
                r#"{RELATIONS}<Relationship Id="rId1" Type="{TYPE_OF_RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        )?;
        let styles = format!("<styleSheet {SPREADSHEET}>{STYLES}</styleSheet>");
        workbook.part("xl/styles.xml", &styles)?;
        workbook.write_header()?;
        Ok(workbook)
    }

    pub fn add_dropdown(&mut self, column: usize, words: &[&str]) {
        // People will fill the cells with these words.
        let widest = words.iter().map(|word| word.chars().count()).max().unwrap_or_default();
        if let Some(width) = self.widths.get_mut(column) {
            *width = widest.clamp(*width, WIDTHS.1);
        }
        let words = words.join(",");
        assert!(words.chars().count() <= 255, "Excel refuses a longer list");
        self.choices.push((column, words));
    }

    /// Freezes this many columns, or only the first if they are too wide.
    pub const fn freeze(&mut self, columns: usize) {
        self.frozen = columns;
    }

    pub fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        if self.rows == self.limit {
            self.end_sheet()?;
            self.begin_sheet()?;
            self.write_header()?;
        }
        self.write_row(cells, Style::Text)
    }

    pub fn finish(mut self) -> io::Result<W> {
        self.begin_measured()?;
        self.end_sheet()?;
        let (mut sheets, mut names, mut parts) = (String::new(), String::new(), String::new());
        let mut relations = format!(
            r#"{RELATIONS}<Relationship Id="rId0" Type="{TYPE_OF_RELATION}/styles" Target="styles.xml"/>"#
        );
        for (place, rows) in self.full.iter().enumerate() {
            let number = place + 1;
            let mut name = String::new();
            push_escaped(&mut name, &self.name_of(number));
            let quoted = name.replace('\'', "''");
            let range = format!("'{quoted}'!{}", self.range('$', *rows));
            let _ =
                write!(sheets, r#"<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>"#);
            // Excel looks for the filter under one of these names. The other makes it print the header on
            // each page.
            let _ = write!(
                names,
                r#"<definedName name="_xlnm._FilterDatabase" localSheetId="{place}" hidden="1">{range}</definedName><definedName name="_xlnm.Print_Titles" localSheetId="{place}">'{quoted}'!$1:$1</definedName>"#
            );
            let _ = write!(
                relations,
                r#"<Relationship Id="rId{number}" Type="{TYPE_OF_RELATION}/worksheet" Target="worksheets/sheet{number}.xml"/>"#
            );
            let _ = write!(
                parts,
                r#"<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{TYPE_OF_PART}.worksheet+xml"/>"#
            );
        }
        relations.push_str("</Relationships>");
        self.part(
            "xl/workbook.xml",
            &format!(
                r#"<workbook {SPREADSHEET} xmlns:r="{TYPE_OF_RELATION}"><bookViews><workbookView/></bookViews><sheets>{sheets}</sheets><definedNames>{names}</definedNames></workbook>"#
            ),
        )?;
        self.part("xl/_rels/workbook.xml.rels", &relations)?;
        self.part(
            "[Content_Types].xml",
            &format!(
                r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{TYPE_OF_PART}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="{TYPE_OF_PART}.styles+xml"/>{parts}</Types>"#
            ),
        )?;
        let sink = self.zip.finish()?.into_inner();
        if sink.has_failed {
            return Err(io::Error::other("an earlier part of the workbook could not be written"));
        }
        Ok(sink.output)
    }

    fn write_header(&mut self) -> io::Result<()> {
        let header = mem::take(&mut self.header);
        let cells: Vec<_> = header.iter().map(|name| Cell::Text(name)).collect();
        let written = self.write_row(&cells, Style::Header);
        self.header = header;
        written
    }

    fn write_row(&mut self, cells: &[Cell<'_>], texts: Style) -> io::Result<()> {
        let row = self.rows + 1;
        let mut line = mem::take(&mut self.line);
        line.clear();
        let _ = write!(line, r#"<row r="{row}">"#);
        for (column, cell) in cells.iter().enumerate() {
            push_cell(&mut line, column, row, *cell, texts)?;
        }
        line.push_str("</row>");
        if let Some(measured) = &mut self.measured {
            measured.push_str(&line);
            for (width, cell) in self.widths.iter_mut().zip(cells) {
                *width = width_of(*cell, texts).clamp(*width, WIDTHS.1);
            }
        } else {
            self.zip.write_all(line.as_bytes())?;
        }
        self.line = line;
        self.rows = row;
        if row == MEASURED.min(self.limit) {
            self.begin_measured()?;
        }
        Ok(())
    }

    /// Begins the first sheet with the rows that determined its column widths, unless it has begun.
    fn begin_measured(&mut self) -> io::Result<()> {
        let Some(measured) = self.measured.take() else { return Ok(()) };
        self.begin_sheet()?;
        self.zip.write_all(measured.as_bytes())
    }

    fn begin_sheet(&mut self) -> io::Result<()> {
        let number = self.full.len() + 1;
        let mut start = format!(
            r#"<worksheet {SPREADSHEET}><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView workbookViewId="0"{}>{}</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>"#,
            if number == 1 { r#" tabSelected="1""# } else { "" },
            self.pane()
        );
        for (number, width) in (1..).zip(&self.widths) {
            let _ = write!(
                start,
                r#"<col min="{number}" max="{number}" width="{}" customWidth="1"/>"#,
                width + MARGIN
            );
        }
        start.push_str("</cols><sheetData>");
        self.part(&format!("xl/worksheets/sheet{number}.xml"), &start)
    }

    /// The frozen header and columns.
    fn pane(&self) -> String {
        let frozen = self.widths.iter().take(self.frozen).map(|width| width + MARGIN);
        let columns = if frozen.sum::<usize>() <= WIDEST_FROZEN { self.frozen } else { 1 };
        let (split, active) = match columns {
            0 => (String::new(), "bottomLeft"),
            _ => (format!(r#"xSplit="{columns}" "#), "bottomRight"),
        };
        let first = letters(columns);
        format!(
            r#"<pane {split}ySplit="1" topLeftCell="{first}2" activePane="{active}" state="frozen"/>"#
        )
    }

    /// Ends a sheet. The standard prescribes this order of the parts after its rows.
    fn end_sheet(&mut self) -> io::Result<()> {
        let range = self.range(' ', self.rows).replace(' ', "");
        let mut end = format!(r#"</sheetData><autoFilter ref="{range}"/>"#);
        if !self.choices.is_empty() {
            let _ = write!(end, r#"<dataValidations count="{}">"#, self.choices.len());
            for (column, words) in &self.choices {
                let (column, last) = (letters(*column), self.rows.max(2));
                let _ = write!(
                    end,
                    r#"<dataValidation type="list" allowBlank="1" showErrorMessage="1" sqref="{column}2:{column}{last}"><formula1>""#
                );
                push_escaped(&mut end, words);
                end.push_str(r#""</formula1></dataValidation>"#);
            }
            end.push_str("</dataValidations>");
        }
        // Otherwise Excel flags every reference that consists of digits.
        let _ = write!(
            end,
            r#"<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/><pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/><headerFooter><oddFooter>&amp;C&amp;P / &amp;N</oddFooter></headerFooter><ignoredErrors><ignoredError sqref="{range}" numberStoredAsText="1"/></ignoredErrors></worksheet>"#
        );
        self.zip.write_all(end.as_bytes())?;
        self.full.push(mem::take(&mut self.rows));
        Ok(())
    }

    /// Begins a part with its first bytes.
    fn part(&mut self, name: &str, content: &str) -> io::Result<()> {
        // Without the time, equal tables are equal files.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default());
        self.zip.start_file(name, options)?;
        self.zip.write_all(DECLARATION.as_bytes())?;
        self.zip.write_all(content.as_bytes())
    }

    /// The range of cells of a sheet with this many rows. `sign` precedes letters and numbers.
    fn range(&self, sign: char, rows: u32) -> String {
        let last = letters(self.widths.len().saturating_sub(1));
        format!("{sign}A{sign}1:{sign}{last}{sign}{rows}")
    }

    fn name_of(&self, number: usize) -> String {
        if number == 1 { self.name.clone() } else { numbered(&self.name, number) }
    }
}

/// The output. After an error it accepts all bytes and writes none. Otherwise the archive, which finishes
/// itself when dropped, would print an error.
struct Sink<W> {
    output: W,
    has_failed: bool,
}

impl<W: Write> Write for Sink<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.has_failed {
            return Ok(bytes.len());
        }
        let written = self.output.write(bytes);
        let is_retried = |error: &io::Error| error.kind() == io::ErrorKind::Interrupted;
        self.has_failed = written.as_ref().is_err_and(|error| !is_retried(error));
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.has_failed { Ok(()) } else { self.output.flush() }
    }
}

/// Turns a name into one that a sheet can have.
fn sheet_name(name: &str) -> String {
    let allowed = |character: char| {
        let is_refused = "[]:*?/\\".contains(character) || character.is_control();
        if is_refused { ' ' } else { character }
    };
    name.trim_matches('\'').chars().map(allowed).take(LONGEST_NAME).collect()
}

fn numbered(name: &str, number: usize) -> String {
    let number = format!(" ({number})");
    let mut numbered: String = name.chars().take(LONGEST_NAME - number.len()).collect();
    numbered.push_str(&number);
    numbered
}

/// The letters of a column, from 0: `A`, …, `Z`, `AA`.
fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).expect("it is below 26");
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

fn push_cell(
    line: &mut String,
    column: usize,
    row: u32,
    cell: Cell<'_>,
    texts: Style,
) -> io::Result<()> {
    let column = letters(column);
    let mut push = |style: Style, value: &dyn std::fmt::Display| {
        let style = style as u8;
        let _ = write!(line, r#"<c r="{column}{row}" s="{style}"><v>{value}</v></c>"#);
    };
    let text = match cell {
        Cell::Number(number) if number <= EXACT => {
            push(Style::Number, &number);
            return Ok(());
        }
        Cell::Number(number) => &*number.to_string(),
        Cell::Date(date) => match serial(date) {
            Some(serial) => {
                push(Style::Date, &serial);
                return Ok(());
            }
            None => date,
        },
        Cell::Text(text) => text,
        Cell::Empty => "",
    };
    if text.is_empty() {
        return Ok(());
    }
    if text.len() > LONGEST_TEXT && text.encode_utf16().count() > LONGEST_TEXT {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!(
                "cell {column}{row} would have more than {LONGEST_TEXT} characters, which a workbook cannot \
                 hold; write CSV instead"
            ),
        ));
    }
    let style = texts as u8;
    let _ = write!(
        line,
        r#"<c r="{column}{row}" s="{style}" t="inlineStr"><is><t xml:space="preserve">"#
    );
    push_escaped(line, text);
    line.push_str("</t></is></c>");
    Ok(())
}

/// The serial number of a day such as `2023-01-18`. Only for days after February 1900, since Excel counts
/// 29 February 1900, which did not exist.
fn serial(date: &str) -> Option<i32> {
    let day: jiff::civil::Date = (date.len() == 10).then(|| date.parse().ok()).flatten()?;
    let serial = day.since(jiff::civil::date(1899, 12, 30)).ok()?.get_days();
    (61..=2_958_465).contains(&serial).then_some(serial)
}

/// Adds a text as XML. Characters that XML cannot represent are written as in Excel: `_x001B_`. The
/// underscore of a text that looks like such an escape is also written in this way.
fn push_escaped(xml: &mut String, text: &str) {
    for (at, character) in text.char_indices() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            // A reader of XML turns a carriage return into a line feed.
            _ if character == '\r' || is_outside_xml(character) => {
                let _ = write!(xml, "_x{:04X}_", u32::from(character));
            }
            '_' if is_escape(&text.as_bytes()[at..]) => xml.push_str("_x005F_"),
            _ => xml.push(character),
        }
    }
}

/// Whether Excel would take these bytes for an escaped character.
fn is_escape(bytes: &[u8]) -> bool {
    bytes.len() >= 7
        && bytes.starts_with(b"_x")
        && bytes[6] == b'_'
        && bytes[2..6].iter().all(u8::is_ascii_hexdigit)
}

/// The width of a cell, in digits.
fn width_of(cell: Cell<'_>, texts: Style) -> usize {
    let width = match cell {
        Cell::Text(text) | Cell::Date(text) => text.chars().count(),
        Cell::Number(number) => number.checked_ilog10().map_or(1, |log| log as usize + 1),
        Cell::Empty => 0,
    };
    // The header also contains the filter button.
    if matches!(texts, Style::Header) { width + 2 } else { width }
}
