//! One sheet of an Excel workbook (ECMA-376), as rows of cells.
//!
//! A workbook is a ZIP archive whose table of contents stands at its end, and whose texts stand
//! apart from the cells: so all of it must be in memory, and there are limits to its size.

use std::{
    io::{self, Cursor, Read},
    vec,
};

use calamine::{DataRef, Reader as _, SheetType, Xlsx};
use leakdex::Reason;
use zip::ZipArchive;

use crate::{
    charset::{Decision, Why},
    columns::Columns,
    error::InputProblem,
    fields::Fields,
    header::{self, of_sheets, one_line},
    heading::{self, Heading},
    opening::{Cutter, Opening, RowSource, names_of},
    options::{Format, Options, Sizes},
    rows::Layout,
    size::ByteCount,
    split::{CELLS, Cut, How},
};

/// A larger workbook is not read, in bytes.
const LARGEST_FILE: u64 = 256 << 20;

/// A workbook that unpacks to more is not read, nor a sheet whose cells take more, in bytes.
const LARGEST_CONTENT: u64 = 1 << 30;

/// No sheet of Excel has more columns.
const MOST_COLUMNS: usize = 1 << 14;

pub(super) fn open(source: impl Read, options: &Options) -> Result<Opening, InputProblem> {
    let sheet = read(source, options)?;
    let decision = Decision::settled(Why::Unicode);
    let row = sheet.header(options);
    let below = Heading::below(sheet.number(row), row);
    let heading = options.skip_rows.map_or(below, Heading::Given);
    let name = sheet.name.clone();
    let (headers, cuts) = sheet.split(options.header.then_some(row))?;
    let columns = Columns::of_header(headers, names_of(options), options)?;
    let manner = format!("XLSX, sheet '{name}'{}", heading.told());
    let layout = Layout::new(Format::Xlsx, CELLS, columns);
    let cutter = Cutter::Rows(Box::new(cuts.into_iter()));
    Ok(Opening { layout, decision, cutter, manner, delimiter_from: "", heading })
}

impl RowSource for vec::IntoIter<Cut> {
    fn next_cut(&mut self, _size: usize) -> Result<Option<Cut>, InputProblem> {
        Ok(self.next())
    }
}

/// A sheet.
pub(crate) struct Sheet {
    pub name: String,
    rows: Rows,
}

impl Sheet {
    /// The place of the header among the filled rows.
    pub fn header(&self, options: &Options) -> usize {
        let rows: Vec<Vec<String>> = self.rows.head.iter().map(Row::texts).collect();
        let is_heading = |&row: &usize| heading::is_heading(&rows[row], &rows[..row], options);
        let found = (0..rows.len()).find(is_heading);
        found.filter(|_| options.header && options.skip_rows.is_none()).unwrap_or_default()
    }

    /// The number of a filled row in the sheet, from 0.
    pub fn number(&self, row: usize) -> usize {
        let number = self.rows.head.get(row).map(|row| row.number);
        number.and_then(|number| usize::try_from(number).ok()).unwrap_or(row)
    }

    /// The names of the columns, and the rows, cut into blocks. Without a header the names are numbers.
    pub fn split(self, header: Option<usize>) -> Result<(Vec<String>, Vec<Cut>), InputProblem> {
        let Rows { sizes, head, cuts, width, .. } = self.rows;
        let first = header.unwrap_or_else(|| {
            head.iter().position(|row| !row.is_too_long(sizes)).unwrap_or_default()
        });
        let Some(row) = head.get(first) else { return Err(InputProblem::Empty) };
        if row.is_too_long(sizes) {
            return Err(InputProblem::HeaderTooLong);
        }
        let (names, skipped) = match header {
            Some(header) => {
                // An error in a cell is not a name.
                let name = |cell: &[u8]| String::from_utf8(cell.to_vec()).ok();
                let names: Option<Vec<String>> = row.fields.iter().map(name).collect();
                (names.ok_or(InputProblem::HeaderEncoding)?, header + 1)
            }
            None => ((1..=row.fields.len()).map(|number| number.to_string()).collect(), 0),
        };
        let mut begin = Rows { width, ..Rows::new(sizes) };
        head.into_iter().skip(skipped).for_each(|mut row| begin.cut(&mut row.fields));
        begin.cuts.extend(cuts);
        Ok((names, begin.cuts))
    }
}

/// A filled row of a sheet.
struct Row {
    /// Its number in the sheet, from 0.
    number: u32,
    fields: Fields,
}

impl Row {
    fn texts(&self) -> Vec<String> {
        self.fields.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
    }

    fn is_too_long(&self, sizes: Sizes) -> bool {
        is_too_long(&self.fields, sizes)
    }
}

fn is_too_long(fields: &Fields, sizes: Sizes) -> bool {
    fields.bytes.len() + fields.len() > sizes.row
}

/// Reads the sheet that was asked for, or else the only one that is not empty. The workbook may unpack to so
/// many bytes, if the caller has a limit, and in any case to no more than fit into memory.
pub(crate) fn read(source: impl Read, options: &Options) -> Result<Sheet, InputProblem> {
    read_within(source, Limits::new(options.max_bytes), options)
}

/// How large a workbook may be, in bytes.
#[derive(Clone, Copy)]
struct Limits {
    file: u64,
    content: u64,
    /// Set if the caller's limit is the lower one.
    given: Option<ByteCount>,
}

impl Limits {
    fn new(given: Option<ByteCount>) -> Self {
        let given = given.filter(|given| given.0 < LARGEST_CONTENT);
        let content = given.map_or(LARGEST_CONTENT, |given| given.0);
        Self { file: LARGEST_FILE, content, given }
    }

    fn exceeded(self) -> InputProblem {
        self.given.map_or(InputProblem::LargeWorkbook, InputProblem::TooLong)
    }
}

fn read_within(
    source: impl Read,
    limits: Limits,
    options: &Options,
) -> Result<Sheet, InputProblem> {
    let mut file = Vec::new();
    source.take(limits.file + 1).read_to_end(&mut file)?;
    let is_small = |length: usize, limit| u64::try_from(length).is_ok_and(|length| length <= limit);
    if !is_small(file.len(), limits.file) {
        return Err(InputProblem::LargeWorkbook);
    }
    if !unpacks_to(&file, limits.content)? {
        return Err(limits.exceeded());
    }
    let mut workbook: Workbook = Xlsx::new(Cursor::new(file)).map_err(unreadable)?;
    let name = match options.sheet.as_deref() {
        Some(asked) => sheet_named(asked, &workbook)?,
        None => only_sheet(&mut workbook)?,
    };

    let mut cells = workbook.worksheet_cells_reader(&name).map_err(unreadable)?;
    let (mut fields, mut rows) = (Fields::default(), Rows::new(options.sizes));
    let mut row = None;
    let is_passed_over = |number: u32| {
        options.skip_rows.is_some_and(|rows| usize::try_from(number).is_ok_and(|own| own < rows))
    };
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        let (number, column) = cell.get_position();
        if matches!(cell.get_value(), DataRef::Empty) || is_passed_over(number) {
            continue;
        }
        if row != Some(number) {
            rows.push(row, &mut fields);
            row = Some(number);
        }
        if usize::try_from(column).is_ok_and(|column| column >= MOST_COLUMNS)
            || fields.len() >= MOST_COLUMNS
        {
            return Err(unreadable(()));
        }
        // Cells that are empty are not there.
        while u32::try_from(fields.len()).is_ok_and(|length| length < column) {
            fields.end_field();
        }
        push_text(cell.get_value(), &mut fields.bytes);
        fields.end_field();
        // Many cells can share one long text, so that a small workbook has a large one.
        if !is_small(rows.size + fields.size(), limits.content) {
            return Err(limits.exceeded());
        }
    }
    rows.push(row, &mut fields);
    let name = match &options.sheet {
        Some(_) => one_line(&name),
        None => of_sheets([name])[0].to_string(),
    };
    Ok(Sheet { name, rows })
}

type Workbook = Xlsx<Cursor<Vec<u8>>>;

fn sheet_named(asked: &str, workbook: &Workbook) -> Result<String, InputProblem> {
    let names = workbook.sheet_names();
    let found = names.iter().find(|name| name.eq_ignore_ascii_case(asked));
    found
        .cloned()
        .ok_or_else(|| InputProblem::NoSuchSheet { asked: asked.to_owned(), found: list(&names) })
}

/// The only sheet with a filled cell, hidden ones among them; the first sheet if none has one.
///
/// Of several, nobody would miss the members on those that are not read.
fn only_sheet(workbook: &mut Workbook) -> Result<String, InputProblem> {
    let sheets = workbook.sheets_metadata().iter();
    let of_cells = sheets.filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let names: Vec<String> = of_cells.map(|sheet| sheet.name.clone()).collect();
    let mut filled = Vec::new();
    for name in &names {
        if is_filled(workbook, name)? {
            filled.push(name.clone());
        }
    }
    if filled.len() > 1 {
        return Err(InputProblem::SeveralSheets(list(&filled)));
    }
    filled.pop().or_else(|| names.into_iter().next()).ok_or_else(|| unreadable(()))
}

fn is_filled(workbook: &mut Workbook, name: &str) -> Result<bool, InputProblem> {
    let mut cells = workbook.worksheet_cells_reader(name).map_err(unreadable)?;
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        if !matches!(cell.get_value(), DataRef::Empty) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn list(names: &[String]) -> String {
    header::list(&of_sheets(names.iter().cloned()))
}

/// The rows of a sheet so far.
struct Rows {
    sizes: Sizes,
    /// The first rows, among which the header is.
    head: Vec<Row>,
    cuts: Vec<Cut>,
    /// How many cells the longest of the first rows has.
    width: usize,
    /// About how many bytes all rows take.
    size: usize,
}

impl Rows {
    const fn new(sizes: Sizes) -> Self {
        Self { sizes, head: Vec::new(), cuts: Vec::new(), width: 0, size: 0 }
    }

    /// Adds the row of this number, and clears the fields.
    fn push(&mut self, number: Option<u32>, fields: &mut Fields) {
        let Some(number) = number else { return };
        self.size += fields.size();
        if self.head.len() < heading::MOST_ROWS {
            self.width = self.width.max(fields.len());
            self.head.push(Row { number, fields: std::mem::take(fields) });
        } else {
            self.cut(fields);
        }
    }

    /// Adds a row to the cuts, with empty cells up to the width of the first rows.
    fn cut(&mut self, fields: &mut Fields) {
        while fields.len() < self.width {
            fields.end_field();
        }
        let is_full = |cut: &Cut| cut.bytes.len() >= self.sizes.block;
        if self.cuts.last().is_none_or(is_full) {
            self.cuts.push(Cut::default());
        }
        let Some(cut) = self.cuts.last_mut() else { return };
        if is_too_long(fields, self.sizes) {
            cut.push_missing(How::Missing(Reason::RowTooLong));
        } else {
            cut.push_row(fields.iter());
        }
        fields.clear();
    }
}

/// A cell as a person would write it.
fn push_text(value: &DataRef<'_>, text: &mut Vec<u8>) {
    match value {
        DataRef::String(string) | DataRef::DateTimeIso(string) | DataRef::DurationIso(string) => {
            text.extend_from_slice(string.as_bytes());
        }
        DataRef::SharedString(string) => text.extend_from_slice(string.as_bytes()),
        DataRef::Int(number) => text.extend_from_slice(number.to_string().as_bytes()),
        DataRef::Float(number) => text.extend_from_slice(decimal(*number).as_bytes()),
        DataRef::Bool(truth) => text.extend_from_slice(truth.to_string().as_bytes()),
        DataRef::DateTime(date) if date.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
            text.extend_from_slice(format!("{year:04}-{month:02}-{day:02}").as_bytes());
            // A time zone may have shifted a date with a time of day.
            if (hour, minute, second) != (0, 0, 0) {
                text.extend_from_slice(format!(" {hour:02}:{minute:02}:{second:02}").as_bytes());
            }
        }
        DataRef::DateTime(date) => text.extend_from_slice(decimal(date.as_f64()).as_bytes()),
        // A byte that is no text, so that the field is reported.
        DataRef::Error(_) => text.push(0xFF),
        DataRef::Empty => {}
    }
}

/// A number without an exponent, but for those that have lost digits: a cell holds fifteen.
fn decimal(number: f64) -> String {
    if number.abs() < 1e15 { number.to_string() } else { format!("{number:E}") }
}

/// Whether a workbook unpacks to no more than so many bytes. Unpacks it into nowhere to see that:
/// what its entries say of their sizes need not be true.
fn unpacks_to(file: &[u8], limit: u64) -> Result<bool, InputProblem> {
    let mut archive = ZipArchive::new(Cursor::new(file)).map_err(unreadable)?;
    let mut left = limit;
    for number in 0..archive.len() {
        let entry = archive.by_index(number).map_err(unreadable)?;
        let unpacked = io::copy(&mut entry.take(left + 1), &mut io::sink())?;
        match left.checked_sub(unpacked) {
            Some(rest) => left = rest,
            None => return Ok(false),
        }
    }
    Ok(true)
}

/// The error's own message is dropped, since it may show what is in a cell.
fn unreadable<E>(_: E) -> InputProblem {
    InputProblem::Refused(
        "no Excel workbook (XLSX) that can be read",
        "save the sheet as CSV (UTF-8)",
    )
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

    /// A workbook with one text, and these cells in the sheet's first row.
    fn workbook(text: &str, cells: &str) -> Vec<u8> {
        const RELATIONS: &str =
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
        let relation = |id: &str, sort: &str, target: &str| {
            format!("<Relationship Id=\"{id}\" Type=\"{RELATIONS}/{sort}\" Target=\"{target}\"/>")
        };
        let relations =
            |list: &str| format!("<Relationships xmlns=\"{PACKAGE}\">{list}</Relationships>");
        let book = format!(
            "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets>\
             <sheet name=\"A\" sheetId=\"1\" r:id=\"a\"/></sheets></workbook>"
        );
        let parts = relation("a", "worksheet", "a.xml")
            + &relation("t", "sharedStrings", "sharedStrings.xml");
        let sheet = format!(
            "<worksheet xmlns=\"{MAIN}\"><sheetData><row>{cells}</row></sheetData></worksheet>"
        );
        let texts = format!("<sst xmlns=\"{MAIN}\"><si><t>{text}</t></si></sst>");
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in [
            ("_rels/.rels", relations(&relation("w", "officeDocument", "xl/workbook.xml"))),
            ("xl/workbook.xml", book),
            ("xl/_rels/workbook.xml.rels", relations(&parts)),
            ("xl/a.xml", sheet),
            ("xl/sharedStrings.xml", texts),
        ] {
            archive.start_file(name, SimpleFileOptions::default()).expect("to memory");
            archive.write_all(content.as_bytes()).expect("to memory");
        }
        archive.finish().expect("to memory").into_inner()
    }

    fn limits(file: usize, content: usize) -> Limits {
        let bytes = |number| u64::try_from(number).expect("fits");
        Limits { file: bytes(file), content: bytes(content), given: None }
    }

    #[test]
    fn a_workbook_is_read_up_to_the_limits_and_no_further() {
        let book = workbook(&"x".repeat(50_000), "<c r=\"A1\" t=\"s\"><v>0</v></c>");
        assert!(book.len() < 5_000, "{} bytes", book.len());
        let mut archive = ZipArchive::new(Cursor::new(&book)).expect("just written");
        let unpacked: u64 = (0..archive.len())
            .map(|number| archive.by_index(number).expect("just written").size())
            .sum();
        let unpacked = usize::try_from(unpacked).expect("fits");
        let read = |limits| read_within(&book[..], limits, &Options::default());
        let sheet = read(limits(book.len(), unpacked)).expect("it just fits");
        assert_eq!(sheet.rows.head[0].fields.bytes.len(), 50_000);
        for limits in [limits(book.len() - 1, unpacked), limits(book.len(), unpacked - 1)] {
            assert!(matches!(read(limits), Err(InputProblem::LargeWorkbook)));
        }
        let given = ByteCount(u64::try_from(unpacked).expect("fits") - 1);
        let outcome =
            super::read(&book[..], &Options { max_bytes: Some(given), ..Options::default() });
        assert!(matches!(outcome, Err(InputProblem::TooLong(told)) if told == given));
    }

    #[test]
    fn a_text_that_many_cells_share_counts_for_each_of_them() {
        let cells = "<c t=\"s\"><v>0</v></c>".repeat(100);
        let book = workbook(&"x".repeat(50_000), &cells);
        let read =
            |content| read_within(&book[..], limits(book.len(), content), &Options::default());
        assert!(matches!(read(1_000_000), Err(InputProblem::LargeWorkbook)));
        assert!(read(10_000_000).is_ok());
    }

    #[test]
    fn a_row_of_more_columns_than_excel_has_is_no_workbook() {
        let cell = "<c><v>1</v></c>";
        for (count, is_read) in [(MOST_COLUMNS, true), (MOST_COLUMNS + 1, false)] {
            let book = workbook("x", &cell.repeat(count));
            let outcome = read(&book[..], &Options::default());
            assert_eq!(outcome.is_ok(), is_read, "{count} columns");
        }
        for name in ["XFD1", "XFE1", "ZZZ1", "ZZZZZZ1"] {
            let book = workbook("x", &format!("<c r=\"{name}\"><v>1</v></c>"));
            assert_eq!(read(&book[..], &Options::default()).is_ok(), name == "XFD1", "{name}");
        }
    }

    #[test]
    fn the_limits_are_those_of_the_manual_unless_the_caller_has_a_lower_one() {
        let Limits { file, content, .. } = Limits::new(Some(ByteCount(1 << 40)));
        assert_eq!((file, content), (256 << 20, 1 << 30));
        assert_eq!(Limits::new(Some(ByteCount(1000))).content, 1000);
    }

    #[test]
    fn numbers_have_no_exponent_unless_digits_are_lost() {
        for (number, text) in [
            (12345.0, "12345"),
            (1067.5, "1067.5"),
            (-3.0, "-3"),
            (123_456_789_012_345.0, "123456789012345"),
            (8.027_688_311e19, "8.027688311E19"),
        ] {
            assert_eq!(decimal(number), text);
        }
    }
}
