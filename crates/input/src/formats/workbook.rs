//! One sheet of a workbook, as rows of cells, from `OpenDocument` or from Excel 5 and later.
//!
//! A workbook has its directory at the end, or its texts apart from the cells. So it must be in memory as a
//! whole, and its size is limited.

mod bytes;
mod number;
mod ods;
mod other;
mod package;
mod parts;
mod sheet;
mod xls;
mod xlsb;
mod xlsx;

use std::{io::Read, ops::ControlFlow, path::Path, vec};

use leakdex::Reason;

use crate::{
    error::InputProblem,
    header::{self, of_sheets},
    heading::HeaderPosition,
    opening::{Cutter, OpenInput, RowSource, names_of},
    options::{Format, Options},
    size::ByteCount,
    split::Cut,
};
use ods::Ods;
use package::Package;
use sheet::Sheet;
use xls::Xls;
use xlsb::Xlsb;
use xlsx::Xlsx;

/// The size limit of a workbook, in bytes.
const LARGEST_FILE: u64 = 256 << 20;

/// The limit for all decompressed parts of a workbook, and for the cells of a sheet, in bytes.
const LARGEST_CONTENT: u64 = 1 << 30;

/// The maximum number of merged cells in a sheet.
const MAX_MERGES: usize = 1 << 20;

pub(super) fn open(
    source: impl Read,
    format: Format,
    options: &Options,
) -> Result<OpenInput, InputProblem> {
    let (format, sheet) = read(source, ReadContext::new(format, options.max_bytes), options)?;
    let row = sheet.header(options);
    let below = HeaderPosition::below(sheet.number(row), row);
    let heading = options.skip_rows.map_or(below, HeaderPosition::Given);
    let name = sheet.name.clone();
    let rows_above = if options.header { sheet.number(row) as u64 + 1 } else { 0 };
    let (headers, cuts) = sheet.split(options.header.then_some(row))?;
    let reading_mode = format!("{format}, sheet '{name}'{}", heading.description());
    let (names, rows) = (names_of(options), Cutter::Rows(Box::new(cuts.into_iter())));
    let opening = OpenInput::of_table(format, headers, names, rows, reading_mode, options)?;
    Ok(OpenInput { heading, rows_above, ..opening })
}

impl RowSource for vec::IntoIter<Cut> {
    fn next_cut(&mut self, _size: usize) -> Result<Option<Cut>, InputProblem> {
        Ok(self.next())
    }
}

/// A workbook with readable sheets.
trait WorkbookReader {
    /// The names of the sheets with cells, including hidden ones.
    fn sheets(&self) -> &[String];

    /// Passes the filled cells of a sheet to `take`, row by row and from left to right, until `take` stops.
    /// Returns the merged cells.
    fn read(
        &mut self,
        sheet: usize,
        take: &mut CellHandler<'_>,
    ) -> Result<Vec<Merge>, InputProblem>;

    /// Whether a sheet has a filled cell.
    fn is_filled(&mut self, sheet: usize) -> Result<bool, InputProblem> {
        let mut is_filled = false;
        let merges = self.read(sheet, &mut |_, _, _| {
            is_filled = true;
            Ok(ControlFlow::Break(()))
        });
        merges.map(|_| is_filled)
    }

    /// Resets the limits, because everything read so far was dropped.
    fn reset_limits(&mut self) {}
}

/// Handles the content of the cell in this row and this column, from 0.
type CellHandler<'t> =
    dyn FnMut(u32, u32, Content<'_>) -> Result<ControlFlow<()>, InputProblem> + 't;

/// The content of a cell.
#[derive(Clone, Copy)]
enum Content<'a> {
    /// A value as plain text.
    Text(&'a str),
    /// The value cannot be read.
    Unusable(Reason),
}

impl Content<'_> {
    const WITHOUT_VALUE: Self = Self::Unusable(Reason::FormulaWithoutValue);

    const fn of_bool(is_true: bool) -> Self {
        Self::Text(if is_true { "true" } else { "false" })
    }

    fn is_filled(&self) -> bool {
        !matches!(self, Self::Text(""))
    }
}

/// Merged cells, or the range of a formula. Missing cells in these rows and columns get the value of the
/// first cell.
#[derive(Clone, Copy)]
struct Merge {
    row: u32,
    column: u32,
    last_row: u32,
    last_column: u32,
}

impl Merge {
    /// Merged cells. The value counts only in the first column, since it would be wrong in the others.
    const fn of_rows(row: u32, column: u32, last_row: u32) -> Self {
        Self { row, column, last_row, last_column: column }
    }

    /// Whether it covers more than one cell.
    const fn is_wide(&self) -> bool {
        self.last_row > self.row || self.last_column > self.column
    }
}

/// The format of a workbook and its limits.
#[derive(Clone, Copy, Debug)]
struct ReadContext {
    format: Format,
    limits: Limits,
}

impl ReadContext {
    fn new(format: Format, given: Option<ByteCount>) -> Self {
        Self { format, limits: Limits::new(given) }
    }

    fn unreadable(self) -> InputProblem {
        const REMEDY: &str =
            "get it again, or open it in a spreadsheet program and save the sheet as CSV (UTF-8)";
        InputProblem::Refused(
            match self.format {
                Format::Xls => "not an Excel workbook (XLS) that can be read",
                Format::Xlsb => "not an Excel workbook (XLSB) that can be read",
                Format::Ods => "not an OpenDocument spreadsheet (ODS) that can be read",
                _ => "not an Excel workbook (XLSX) that can be read",
            },
            REMEDY,
        )
    }
}

/// The size limits of a workbook, in bytes.
#[derive(Clone, Copy, Debug)]
struct Limits {
    file: u64,
    content: u64,
    /// The caller's limit, if it is lower.
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

/// Reads the requested sheet, or the only one that is not empty. The memory limit always applies to the
/// decompressed size, and so does the caller's limit, if any.
fn read(
    source: impl Read,
    reading: ReadContext,
    options: &Options,
) -> Result<(Format, Sheet), InputProblem> {
    let mut file = Vec::new();
    source.take(reading.limits.file + 1).read_to_end(&mut file)?;
    if !u64::try_from(file.len()).is_ok_and(|length| length <= reading.limits.file) {
        return Err(InputProblem::LargeWorkbook);
    }
    let (format, mut book) = open_book(file, reading)?;
    let reading = ReadContext { format, ..reading };
    let sheet = match options.sheet.as_deref() {
        Some(requested) => sheet_named(requested, book.sheets())?,
        None => only_sheet(&mut *book, reading)?,
    };
    Ok((format, sheet::read(&mut *book, sheet, reading, options)?))
}

/// The workbook and its format, detected by its content.
fn open_book(
    file: Vec<u8>,
    reading: ReadContext,
) -> Result<(Format, Box<dyn WorkbookReader>), InputProblem> {
    let as_xls = ReadContext { format: Format::Xls, ..reading };
    if let Some(stream) = other::stream_of_workbook(&file, as_xls)? {
        return Ok((Format::Xls, Box::new(Xls::new(stream, as_xls)?)));
    }
    let mut package = Package::new(file, reading)?;
    other::refuse(&mut package)?;
    let main = parts::Relations::of("", &mut package)?.by_kind("officeDocument").map(str::to_owned);
    let is_binary = |main: &String| {
        Path::new(main).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("bin"))
    };
    let format = match &main {
        _ if package.has("content.xml") => Format::Ods,
        Some(main) if is_binary(main) => Format::Xlsb,
        _ => Format::Xlsx,
    };
    package.reading.format = format;
    let book: Box<dyn WorkbookReader> = match (format, main) {
        (Format::Ods, _) => Box::new(Ods::new(package)?),
        (Format::Xlsb, Some(main)) => Box::new(Xlsb::new(&main, package)?),
        (_, Some(main)) => Box::new(Xlsx::new(&main, package)?),
        (_, None) => return Err(package.reading.unreadable()),
    };
    Ok((format, book))
}

fn sheet_named(requested: &str, names: &[String]) -> Result<usize, InputProblem> {
    let is_same = |name: &String| name.to_lowercase() == requested.to_lowercase();
    let exact = names.iter().position(|name| name == requested);
    exact.or_else(|| names.iter().position(is_same)).ok_or_else(|| InputProblem::NoSuchSheet {
        requested: requested.to_owned(),
        found: list(names),
    })
}

/// The only sheet with a filled cell, including hidden sheets. If all are empty, the first one.
///
/// If there are several, the caller must choose. Otherwise members on the other sheets would be lost
/// silently.
fn only_sheet(book: &mut dyn WorkbookReader, reading: ReadContext) -> Result<usize, InputProblem> {
    let names = book.sheets().to_vec();
    if names.is_empty() {
        return Err(reading.unreadable());
    }
    let mut filled = Vec::new();
    // A single sheet is read even if it is empty.
    if names.len() > 1 {
        for sheet in 0..names.len() {
            if book.is_filled(sheet)? {
                filled.push(sheet);
            }
        }
        // The count of decompressed bytes is reset only here, since many sheets may share one part that is
        // searched for each of them.
        book.reset_limits();
    }
    if filled.len() > 1 {
        let names: Vec<_> = filled.iter().map(|&sheet| names[sheet].clone()).collect();
        return Err(InputProblem::SeveralSheets(list(&names)));
    }
    Ok(filled.pop().unwrap_or(0))
}

fn list(names: &[String]) -> String {
    header::list(&of_sheets(names.iter().cloned()))
}

#[cfg(test)]
mod tests;
