//! Tables that people open: CSV for programs, CSV as a German Excel opens it, and workbooks.

mod workbook;

use std::{
    borrow::Cow,
    io::{self, Write},
    path::Path,
};

use self::workbook::Workbook;
use crate::cell::inert;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetFormat {
    /// Delimited by commas, as programs read it.
    Csv,
    /// As a spreadsheet program opens it by a double click: with a byte-order mark, since it takes the text for
    /// Windows-1252 otherwise; delimited by semicolons, since a German Excel takes commas for decimal points;
    /// and with the ends of lines of Windows.
    Excel,
    /// A workbook. All texts stay texts in it, also those that look like a number or a formula.
    Xlsx,
}

impl SheetFormat {
    /// Whether a file of this name has to be a workbook: programs open it by its ending.
    #[must_use]
    pub fn is_workbook(path: &Path) -> bool {
        path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"))
    }
}

/// The content of a cell. Without `Debug`, since texts are of persons.
#[derive(Clone, Copy)]
pub enum Cell<'a> {
    /// A text, which stays one if it looks like a number, a date or a formula.
    Text(&'a str),
    /// A whole number.
    Number(u64),
    /// A day as `2023-01-18`. Whatever is of another form is a text.
    Date(&'a str),
    /// Nothing.
    Empty,
}

/// Writes a table row by row. The text formats hold no more than a row in memory, and a workbook no more
/// than its first rows, which its columns are made to fit.
pub struct SheetWriter<W: Write> {
    table: Table<W>,
}

#[expect(clippy::large_enum_variant, reason = "there are few in a run")]
enum Table<W: Write> {
    Text(csv::Writer<W>),
    Workbook(Workbook<W>),
}

impl<W: Write> SheetWriter<W> {
    /// Begins a table with this header. The name of the sheet shows in a workbook only.
    ///
    /// # Errors
    ///
    /// The errors of the output.
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

    /// Goes on with a table that was begun in one of the text formats.
    ///
    /// # Panics
    ///
    /// If the format is a workbook, because a workbook has its directory at its end.
    #[must_use]
    pub fn resumed(output: W, format: SheetFormat) -> Self {
        assert_ne!(format, SheetFormat::Xlsx, "a workbook cannot be gone on with");
        Self::text(output, format)
    }

    fn text(output: W, format: SheetFormat) -> Self {
        let mut writer = csv::WriterBuilder::new();
        if format == SheetFormat::Excel {
            writer.delimiter(b';').terminator(csv::Terminator::CRLF);
        }
        Self { table: Table::Text(writer.from_writer(output)) }
    }

    /// Offers these words, and no others, in the cells of a column below the header, as a list to choose from.
    /// Only a workbook can. The words have no commas, and no more than 255 signs together, as Excel wants it.
    #[must_use]
    pub fn with_choices(mut self, column: usize, words: &[&str]) -> Self {
        if let Table::Workbook(workbook) = &mut self.table {
            workbook.offer(column, words);
        }
        self
    }

    /// Keeps the header and so many columns of a workbook in sight, or the first column only if they are too wide
    /// together. Other formats cannot.
    #[must_use]
    pub fn with_frozen_columns(mut self, columns: usize) -> Self {
        if let Table::Workbook(workbook) = &mut self.table {
            workbook.freeze(columns);
        }
        self
    }

    /// Writes the next row.
    ///
    /// # Errors
    ///
    /// The errors of the output; and `InvalidInput` if a text is longer than a cell of a workbook takes.
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
    /// The errors of the output; and `Unsupported` for a workbook, because it cannot be read before its end.
    pub fn flushed(&mut self) -> io::Result<&W> {
        match &mut self.table {
            Table::Text(writer) => {
                writer.flush()?;
                Ok(writer.get_ref())
            }
            Table::Workbook(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// The output, with the whole table.
    ///
    /// # Errors
    ///
    /// The errors of the output.
    pub fn finish(self) -> io::Result<W> {
        match self.table {
            Table::Text(writer) => writer.into_inner().map_err(csv::IntoInnerError::into_error),
            Table::Workbook(workbook) => workbook.finish(),
        }
    }
}

/// The error of the output, taken out of the error of the CSV writer.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests;
