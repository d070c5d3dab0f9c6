//! Tables that people open: CSV for programs, CSV for a German Excel, and workbooks.

mod workbook;

use std::{
    borrow::Cow,
    io::{self, Write},
    path::Path,
};

use self::workbook::Workbook;
use crate::cell::inert;

/// The format of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetFormat {
    /// With commas, for programs.
    Csv,
    /// For a spreadsheet program that opens the file by a double click. It has a byte order mark, since the program
    /// otherwise assumes Windows-1252; semicolons, since a German Excel takes commas for decimal separators; and
    /// Windows line ends.
    Excel,
    /// A workbook. All texts remain texts, even if they look like numbers or formulas.
    Xlsx,
}

impl SheetFormat {
    /// Whether a file of this name must be a workbook, since programs choose by the extension.
    #[must_use]
    pub fn is_workbook(path: &Path) -> bool {
        path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"))
    }
}

/// The content of a cell. There is no `Debug`, since texts may be personal data.
#[derive(Clone, Copy)]
pub enum Cell<'a> {
    /// A text. It remains a text even if it looks like a number, a date or a formula.
    Text(&'a str),
    /// A whole number.
    Number(u64),
    /// A day such as `2023-01-18`. A text of another form remains a text.
    Date(&'a str),
    /// An empty cell.
    Empty,
}

/// Writes a table row by row. Text formats keep at most one row in memory. A workbook keeps its first rows,
/// from which the column widths are determined.
pub struct SheetWriter<W: Write> {
    table: Table<W>,
}

#[expect(clippy::large_enum_variant, reason = "there are few in a run")]
enum Table<W: Write> {
    Text(csv::Writer<W>),
    Workbook(Workbook<W>),
}

impl<W: Write> SheetWriter<W> {
    /// Begins a table with this header. Only a workbook shows the name of the sheet.
    ///
    /// # Errors
    ///
    /// Errors of the output.
    pub fn new(
        mut output: W,
        format: SheetFormat,
        sheet_name: &str,
        header: &[&str],
    ) -> io::Result<Self> {
        if format == SheetFormat::Xlsx {
            let table = Table::Workbook(Workbook::new(output, sheet_name, header)?);
            return Ok(Self { table });
        }
        if format == SheetFormat::Excel {
            output.write_all("\u{feff}".as_bytes())?;
        }
        let mut writer = Self::text(output, format);
        let header: Vec<_> = header.iter().map(|name| Cell::Text(name)).collect();
        writer.row(&header)?;
        Ok(writer)
    }

    /// Continues a table that was begun in a text format.
    ///
    /// # Panics
    ///
    /// If the format is a workbook, because a workbook has its directory at its end.
    #[must_use]
    pub fn resumed(output: W, format: SheetFormat) -> Self {
        assert_ne!(format, SheetFormat::Xlsx, "a workbook cannot be continued");
        Self::text(output, format)
    }

    fn text(output: W, format: SheetFormat) -> Self {
        let mut writer = csv::WriterBuilder::new();
        if format == SheetFormat::Excel {
            writer.delimiter(b';').terminator(csv::Terminator::CRLF);
        }
        Self { table: Table::Text(writer.from_writer(output)) }
    }

    /// Offers these words, and no others, as a list to choose from in the cells of a column below the header.
    /// Only a workbook supports this. Excel requires that the words have no commas and together at most 255
    /// characters.
    pub(crate) fn with_choices(mut self, column: usize, words: &[&str]) -> Self {
        if let Table::Workbook(workbook) = &mut self.table {
            workbook.add_dropdown(column, words);
        }
        self
    }

    /// Freezes the header and this many columns of a workbook, or only the first column if they are too wide
    /// together. Other formats do not support this.
    pub(crate) fn with_frozen_columns(mut self, columns: usize) -> Self {
        if let Table::Workbook(workbook) = &mut self.table {
            workbook.freeze(columns);
        }
        self
    }

    /// Writes the next row.
    ///
    /// # Errors
    ///
    /// Errors of the output, and `InvalidInput` if a text exceeds the length limit of a workbook cell.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        match &mut self.table {
            Table::Workbook(workbook) => workbook.row(cells),
            Table::Text(writer) => {
                let texts = cells.iter().map(|cell| match *cell {
                    Cell::Text(text) | Cell::Date(text) => inert(text),
                    Cell::Number(number) => Cow::Owned(number.to_string()),
                    Cell::Empty => Cow::Borrowed(""),
                });
                for text in texts {
                    writer.write_field(&*text).map_err(io_error)?;
                }
                writer.write_record(None::<&[u8]>).map_err(io_error)
            }
        }
    }

    /// The output, with all rows so far.
    ///
    /// # Errors
    ///
    /// Errors of the output, and `Unsupported` for a workbook, which cannot be read before its end.
    pub fn flushed(&mut self) -> io::Result<&W> {
        match &mut self.table {
            Table::Text(writer) => {
                writer.flush()?;
                Ok(writer.get_ref())
            }
            Table::Workbook(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Ends the table and returns the output.
    ///
    /// # Errors
    ///
    /// Errors of the output.
    pub fn finish(self) -> io::Result<W> {
        match self.table {
            Table::Text(writer) => writer.into_inner().map_err(csv::IntoInnerError::into_error),
            Table::Workbook(workbook) => workbook.finish(),
        }
    }
}

/// Extracts the error of the output from the error of the CSV writer.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests;
