//! The rows of a sheet.

use std::{collections::HashMap, ops::ControlFlow};

use leakdex::Reason;

use super::{Content, Merge, ReadContext, WorkbookReader};
use crate::{
    error::InputProblem,
    fields::Fields,
    header::{of_sheets, one_line},
    heading,
    opening::numbers,
    options::{Options, Sizes},
    split::{Cut, RowForm},
};

/// The maximum number of columns in an Excel sheet.
pub(super) const MAX_COLUMNS: u32 = 1 << 14;

/// A sheet.
pub(super) struct Sheet {
    pub name: String,
    rows: Rows,
}

impl Sheet {
    /// The index of the header among the filled rows.
    pub fn header(&self, options: &Options) -> usize {
        let cells = |row: &Row| {
            let is_short = row.fields.bytes.len() <= heading::LONGEST_ROW;
            if is_short { row.texts() } else { Vec::new() }
        };
        let rows: Vec<Vec<String>> = self.rows.head.iter().map(cells).collect();
        let is_heading = |&row: &usize| heading::is_heading(&rows[row], &rows[..row], options);
        let found = (0..rows.len()).find(is_heading);
        found.filter(|_| options.header && options.skip_rows.is_none()).unwrap_or_default()
    }

    /// The row number in the sheet, from 0, of a filled row.
    pub fn number(&self, row: usize) -> usize {
        let number = self.rows.head.get(row).map(|row| row.number);
        number.and_then(|number| usize::try_from(number).ok()).unwrap_or(row)
    }

    /// The columns, and the rows in blocks. Without a header, the columns are numbered.
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
            Some(_) if row.fields.has_unusable() => return Err(InputProblem::HeaderFormula),
            Some(header) => (row.texts(), header + 1),
            None => (numbers(width), 0),
        };
        let next = header.map_or(0, |_| row.number.saturating_add(1));
        let mut begin = Rows { width, next, ..Rows::new(sizes) };
        head.into_iter().skip(skipped).for_each(|mut row| begin.cut(row.number, &mut row.fields));
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

/// Reads a sheet. Reads it twice if some cells span others, or if there is no header and a late row is longer
/// than the first ones.
pub(super) fn read(
    book: &mut dyn WorkbookReader,
    sheet: usize,
    reading: ReadContext,
    options: &Options,
) -> Result<Sheet, InputProblem> {
    let (rows, merges) = read_rows(book, sheet, &[], 0, reading, options)?;
    let merges: Vec<_> = merges.into_iter().filter(Merge::is_wide).collect();
    // Without a header, the widest row determines the number of columns. It may come late.
    let width = if options.header { 0 } else { rows.widest };
    let rows = if merges.is_empty() && width <= rows.width {
        rows
    } else {
        drop(rows);
        book.reset_limits();
        read_rows(book, sheet, &merges, width, reading, options)?.0
    };
    let name = &book.sheets()[sheet];
    let name = match &options.sheet {
        Some(_) => one_line(name),
        None => of_sheets([name.clone()])[0].to_string(),
    };
    Ok(Sheet { name, rows })
}

fn read_rows(
    book: &mut dyn WorkbookReader,
    sheet: usize,
    merges: &[Merge],
    width: usize,
    reading: ReadContext,
    options: &Options,
) -> Result<(Rows, Vec<Merge>), InputProblem> {
    let mut builder = Builder {
        rows: Rows { width, ..Rows::new(options.sizes) },
        fields: Fields::default(),
        row: None,
        skipped: Fields::default(),
        spans: Spans::new(merges),
        reading,
    };
    let is_skipped = |number: u32| {
        options.skip_rows.is_some_and(|rows| usize::try_from(number).is_ok_and(|item| item < rows))
    };
    let merges = book.read(sheet, &mut |row, column, content| {
        if is_skipped(row) {
            builder.skip(content)?;
        } else {
            builder.push(row, column, content)?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    builder.end_row()?;
    Ok((builder.rows, merges))
}

/// Builds rows from cells.
struct Builder {
    rows: Rows,
    /// The row that is being read.
    fields: Fields,
    row: Option<u32>,
    /// The last skipped cell.
    skipped: Fields,
    spans: Spans,
    reading: ReadContext,
}

impl Builder {
    fn push(&mut self, row: u32, column: u32, content: Content<'_>) -> Result<(), InputProblem> {
        if self.row != Some(row) {
            self.end_row()?;
            self.row = Some(row);
        }
        // A cell to the left of the previous one would end up in the wrong column.
        if column >= MAX_COLUMNS || self.column() > column {
            return Err(self.reading.unreadable());
        }
        // The file omits empty cells.
        self.fill_up_to(row, column);
        self.spans.begin(row, column, content);
        push(content, &mut self.fields);
        // Many cells can share one long text, so a small workbook can yield a large sheet.
        self.check_size()
    }

    /// Counts the size of a skipped cell, since a small workbook can repeat one very often.
    fn skip(&mut self, content: Content<'_>) -> Result<(), InputProblem> {
        push(content, &mut self.skipped);
        self.rows.size += self.skipped.size();
        self.skipped.clear();
        self.check_size()
    }

    fn end_row(&mut self) -> Result<(), InputProblem> {
        if let Some(row) = self.row.take() {
            self.fill_up_to(row, self.spans.width(row));
            self.rows.push(row, &mut self.fields);
        }
        self.check_size()
    }

    /// Adds cells up to a column: empty cells, or values of merged cells above.
    fn fill_up_to(&mut self, row: u32, column: u32) {
        while self.column() < column {
            match self.spans.content(row, self.column()) {
                Some(content) => push(content, &mut self.fields),
                None => self.fields.end_field(),
            }
        }
    }

    /// The column of the next cell.
    fn column(&self) -> u32 {
        u32::try_from(self.fields.len()).unwrap_or(MAX_COLUMNS)
    }

    fn check_size(&self) -> Result<(), InputProblem> {
        let size = u64::try_from(self.rows.size + self.fields.size());
        if size.is_ok_and(|size| size <= self.reading.limits.content) {
            Ok(())
        } else {
            Err(self.reading.limits.exceeded())
        }
    }
}

fn push(content: Content<'_>, fields: &mut Fields) {
    match content {
        Content::Text(text) => {
            fields.bytes.extend_from_slice(text.as_bytes());
            fields.end_field();
        }
        Content::Unusable(reason) => fields.push_unusable(reason),
    }
}

/// Cells that span others. Each spanned cell without its own value gets the spanning value.
struct Spans {
    /// By their first row and column.
    merges: HashMap<(u32, u32), Merge>,
    /// For each column, a value and the last row that it spans.
    open: Vec<Option<(u32, Result<String, Reason>)>>,
}

impl Spans {
    fn new(merges: &[Merge]) -> Self {
        let merges = merges.iter().map(|merge| ((merge.row, merge.column), *merge));
        Self { merges: merges.collect(), open: Vec::new() }
    }

    /// Keeps the value of a cell if it spans others.
    fn begin(&mut self, row: u32, column: u32, content: Content<'_>) {
        let Some(&merge) = self.merges.get(&(row, column)) else { return };
        let (Ok(first), Ok(last)) = (usize::try_from(column), usize::try_from(merge.last_column))
        else {
            return;
        };
        if self.open.len() <= last {
            self.open.resize(last + 1, None);
        }
        let value = match content {
            Content::Text(text) => Ok(text.to_owned()),
            Content::Unusable(reason) => Err(reason),
        };
        for place in first..=last {
            self.open[place] = Some((merge.last_row, value.clone()));
        }
    }

    /// The value that spans this cell.
    fn content(&self, row: u32, column: u32) -> Option<Content<'_>> {
        let (last_row, value) = self.open.get(usize::try_from(column).ok()?)?.as_ref()?;
        let content = match value {
            Ok(text) => Content::Text(text),
            Err(reason) => Content::Unusable(*reason),
        };
        (row <= *last_row).then_some(content)
    }

    /// The number of columns up to the last spanning value in this row.
    fn width(&self, row: u32) -> u32 {
        let spans = |open: &Option<(u32, _)>| open.as_ref().is_some_and(|(last, _)| row <= *last);
        let width = self.open.iter().rposition(spans).map_or(0, |place| place + 1);
        u32::try_from(width).unwrap_or(0)
    }
}

/// The rows of a sheet so far.
struct Rows {
    sizes: Sizes,
    /// The first rows, to find the header.
    head: Vec<Row>,
    cuts: Vec<Cut>,
    /// The number of columns: the cells in the longest of the first rows, or more if that is already known.
    width: usize,
    /// The number of cells in the longest row.
    widest: usize,
    /// The approximate size of all rows, in bytes.
    size: usize,
    /// The number of the row after the last one.
    next: u32,
}

impl Rows {
    const fn new(sizes: Sizes) -> Self {
        Self { sizes, head: Vec::new(), cuts: Vec::new(), width: 0, widest: 0, size: 0, next: 0 }
    }

    /// Adds the row with this number, and clears the fields.
    fn push(&mut self, number: u32, fields: &mut Fields) {
        self.size += fields.size();
        self.widest = self.widest.max(fields.len());
        if self.head.len() < heading::MAX_ROWS {
            self.width = self.width.max(fields.len());
            self.head.push(Row { number, fields: std::mem::take(fields) });
            self.next = number.saturating_add(1);
        } else {
            self.cut(number, fields);
        }
    }

    /// Adds the row with this number to the blocks, padded with empty cells to the width of the first rows.
    fn cut(&mut self, number: u32, fields: &mut Fields) {
        while fields.len() < self.width {
            fields.end_field();
        }
        let is_full = |cut: &Cut| cut.bytes.len() >= self.sizes.block;
        if self.cuts.last().is_none_or(is_full) {
            self.cuts.push(Cut::default());
        }
        let Some(cut) = self.cuts.last_mut() else { return };
        cut.push_gap(number.saturating_sub(self.next).into());
        self.next = number.saturating_add(1);
        if is_too_long(fields, self.sizes) {
            cut.push_missing(RowForm::Missing(Reason::RowTooLong));
        } else {
            fields.write(None, cut);
        }
        fields.clear();
    }
}
