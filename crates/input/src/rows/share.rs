//! Parsed rows that are passed on together.

use std::ops::{ControlFlow, Range};

use leakdex::{Field, Reason, Span};

use crate::{columns::Column, gaps::Gaps};

/// The maximum number of rows that are passed on together. With few enough rows, everything derived from them
/// stays in the cache.
pub(super) const MAX_ROWS: usize = 1024;

/// The approximate limit on the places for cells in a share, filled or not. With many columns, a share has
/// fewer rows.
pub(super) const MAX_PLACES: usize = 1 << 18;

/// Some rows, column by column.
#[derive(Default)]
pub(crate) struct Share {
    pub rows: usize,
    pub columns: Vec<Cells>,
    /// The unused columns, with the cells of the rows that are judged.
    pub judged: Vec<Cells>,
    /// The values of unused JSON keys beyond the first in a row, and those of very many late keys, each with its column
    /// and row.
    pub further: Vec<(usize, usize, Span)>,
    /// The row of each doubt, and its reason.
    pub doubts: Vec<(usize, Reason)>,
    pub notes: Vec<(usize, Reason)>,
}

impl Share {
    /// Removes the rows, but keeps the columns and the memory.
    fn clear(&mut self) {
        self.rows = 0;
        self.columns.iter_mut().chain(&mut self.judged).for_each(Cells::clear);
        self.further.clear();
        self.doubts.clear();
        self.notes.clear();
    }
}

/// The cells of one column, for the rows of a share.
#[derive(Default)]
pub(crate) struct Cells {
    /// The number of the column.
    pub origin: usize,
    /// The position of each cell. [`Span::EMPTY`] always means that the row lacks the cell.
    spans: Vec<Span>,
    /// Copies of all cells of the column, once one of them differs from its bytes in the block. The first
    /// byte belongs to no cell.
    decoded: Vec<u8>,
    /// The bytes that the spans refer to, if other than those of the block.
    #[cfg(feature = "arrow")]
    source: Option<arrow_buffer::Buffer>,
}

impl Cells {
    pub fn of(origin: usize) -> Self {
        Self { origin, ..Self::default() }
    }

    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.decoded.clear();
    }

    /// Adds a cell whose value is at this position in the block's bytes.
    #[inline]
    pub fn push(&mut self, row: usize, range: Range<usize>, bytes: &[u8]) {
        if self.decoded.is_empty() {
            self.push_span(row, span(range));
        } else {
            self.push_copied(row, &bytes[range]);
        }
    }

    /// Adds a cell whose value differs from its bytes in the block.
    pub fn push_changed(&mut self, row: usize, value: &str, bytes: &[u8]) {
        if self.decoded.is_empty() {
            self.decoded.push(0);
            let mut spans = std::mem::take(&mut self.spans);
            for place in 0..spans.len() {
                if let (true, Ok(value)) =
                    (spans[place] != Span::EMPTY, values(bytes, &spans).value(place))
                {
                    spans[place] = self.copied(value);
                }
            }
            self.spans = spans;
        }
        self.push_copied(row, value.as_bytes());
    }

    /// Adds cells within these bytes, one for each row of the share.
    #[cfg(feature = "arrow")]
    pub fn extend_of(&mut self, source: arrow_buffer::Buffer, spans: impl Iterator<Item = Span>) {
        self.source = Some(source);
        self.spans.extend(spans);
    }

    /// Adds a cell by copying its value. All other values of the column are also copied.
    #[cfg(feature = "arrow")]
    pub fn push_copy(&mut self, row: usize, value: &[u8]) {
        if self.decoded.is_empty() {
            self.decoded.push(0);
        }
        let span = self.copied(value);
        self.push_span(row, span);
    }

    /// Adds a cell that cannot be read.
    pub fn push_unusable(&mut self, row: usize, reason: Reason) {
        self.push_span(row, Span::unusable(reason));
    }

    #[inline]
    pub fn push_span(&mut self, row: usize, span: Span) {
        if self.spans.len() < row {
            self.end(row);
        }
        self.spans.push(span);
    }

    /// Completes the rows before this one. Rows without a cell get an empty span.
    #[cold]
    fn end(&mut self, row: usize) {
        self.spans.resize(row, Span::EMPTY);
    }

    #[cold]
    fn push_copied(&mut self, row: usize, value: &[u8]) {
        let span = self.copied(value);
        self.push_span(row, span);
    }

    fn copied(&mut self, value: &[u8]) -> Span {
        let start = self.decoded.len();
        self.decoded.extend_from_slice(value);
        Span::new(start..self.decoded.len())
    }

    /// Whether the row has this cell, possibly empty.
    pub fn has(&self, row: usize) -> bool {
        self.spans.get(row).is_some_and(|&span| span != Span::EMPTY)
    }

    /// The cells as a column of a field.
    pub fn column<'a>(&'a self, field: Field, bytes: &'a [u8]) -> leakdex::Column<'a> {
        let bytes = if self.decoded.is_empty() { self.source(bytes) } else { &self.decoded };
        leakdex::Column::of_spans(field, bytes, &self.spans)
    }

    #[cfg(feature = "arrow")]
    fn source<'a>(&'a self, bytes: &'a [u8]) -> &'a [u8] {
        self.source.as_deref().unwrap_or(bytes)
    }

    #[cfg(not(feature = "arrow"))]
    #[expect(clippy::unused_self, reason = "with Arrow, each column has bytes of its own")]
    const fn source<'a>(&'a self, bytes: &'a [u8]) -> &'a [u8] {
        bytes
    }

    /// The cells as a column. Callers read only the bytes, so the field does not matter.
    pub fn values<'a>(&'a self, bytes: &'a [u8]) -> leakdex::Column<'a> {
        self.column(Field::Username, bytes)
    }
}

/// The span of a cell that exists.
#[inline]
pub(super) fn span(range: Range<usize>) -> Span {
    // An empty cell at the very start is moved by one byte, so it differs from a missing cell.
    if range.end == 0 { Span::new(1..1) } else { Span::new(range) }
}

/// Cells as a column. Callers read only the bytes, so the field does not matter.
fn values<'a>(bytes: &'a [u8], spans: &'a [Span]) -> leakdex::Column<'a> {
    leakdex::Column::of_spans(Field::Username, bytes, spans)
}

/// A share, as the callback receives it.
#[derive(Clone, Copy)]
pub(crate) struct Parsed<'a> {
    pub share: &'a Share,
    /// The bytes that contain the cells, for columns without copies.
    pub bytes: &'a [u8],
    pub columns: &'a [Column],
    /// JSON keys of this block that were not in the sample.
    pub late: &'a [Column],
}

impl<'a> Parsed<'a> {
    /// The column with this number, as cells refer to it.
    pub fn column(&self, origin: usize) -> &'a Column {
        self.columns.get(origin).unwrap_or_else(|| &self.late[origin - self.columns.len()])
    }

    /// Further values of unused JSON keys, each with the numbers of its column and row.
    pub fn further(&self) -> impl Iterator<Item = (usize, usize, Result<&'a str, Reason>)> {
        let (bytes, further) = (self.bytes, &self.share.further);
        further.iter().map(move |(origin, row, span)| {
            (*origin, *row, values(bytes, std::slice::from_ref(span)).text(0))
        })
    }

    /// The rows that have a cell in this column, and their values.
    pub fn values<'c>(
        &self,
        cells: &'c Cells,
    ) -> impl Iterator<Item = (usize, Result<&'c str, Reason>)>
    where
        'a: 'c,
    {
        let values = cells.values(self.bytes);
        let rows = (0..self.share.rows).filter(|&row| cells.has(row));
        rows.map(move |row| (row, values.text(row)))
    }
}

/// Collects rows and passes them on, share by share.
pub(crate) struct Sink<'a> {
    pub share: Share,
    pub count: u64,
    /// The blank lines between the rows.
    pub gaps: Gaps,
    each: &'a mut dyn FnMut(&Parsed<'_>) -> ControlFlow<()>,
}

impl<'a> Sink<'a> {
    pub fn new(each: &'a mut dyn FnMut(&Parsed<'_>) -> ControlFlow<()>) -> Self {
        Self { share: Share::default(), count: 0, gaps: Gaps::default(), each }
    }

    /// Records a problem with the row. It makes all values of the row uncertain.
    pub fn doubt(&mut self, reason: Reason) {
        self.share.doubts.push((self.share.rows, reason));
    }

    /// Records a problem with the row. The values of the row are still in their columns.
    pub fn note(&mut self, reason: Reason) {
        self.share.notes.push((self.share.rows, reason));
    }

    /// Records a blank line before the row.
    pub fn skip_blank_line(&mut self) {
        self.gaps.push(self.row(), 1);
    }

    /// Completes the row. Returns whether the share is full.
    #[inline]
    pub const fn end_row(&mut self) -> bool {
        let Share { rows, columns, judged, .. } = &mut self.share;
        *rows += 1;
        *rows == MAX_ROWS || *rows * (columns.len() + judged.len()) >= MAX_PLACES
    }

    /// The number of the row in the block, from 0.
    pub const fn row(&self) -> u64 {
        self.count + self.share.rows as u64
    }

    /// Passes on the rows, if there are any.
    pub fn emit_rows(
        &mut self,
        bytes: &[u8],
        columns: &[Column],
        late: &[Column],
    ) -> ControlFlow<()> {
        let share = &mut self.share;
        if share.rows == 0 {
            return ControlFlow::Continue(());
        }
        let all = share.columns.iter_mut().chain(&mut share.judged);
        all.for_each(|cells| cells.end(share.rows));
        (self.each)(&Parsed { share, bytes, columns, late })?;
        self.count += share.rows as u64;
        share.clear();
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(cells: &Cells, bytes: &[u8], rows: usize) -> Vec<Result<String, Reason>> {
        let column = cells.values(bytes);
        (0..rows).map(|row| column.text(row).map(str::to_owned)).collect()
    }

    #[test]
    fn a_changed_cell_leaves_the_other_cells_of_its_column_as_they_are() {
        let bytes = b";one;two;three";
        let mut cells = Cells::of(0);
        cells.push(0, 0..0, bytes);
        cells.push(1, 1..4, bytes);
        cells.push_unusable(2, Reason::StrayQuote);
        cells.push_changed(4, "zwei", bytes);
        cells.push(5, 9..14, bytes);
        cells.push(6, 8..8, bytes);
        cells.end(8);
        let text = |text: &str| Ok(text.to_owned());
        let expected = [
            text(""),
            text("one"),
            Err(Reason::StrayQuote),
            text(""),
            text("zwei"),
            text("three"),
            text(""),
            text(""),
        ];
        assert_eq!(texts(&cells, bytes, 8), expected);
        let has: Vec<bool> = (0..9).map(|row| cells.has(row)).collect();
        assert_eq!(has, [true, true, true, false, true, true, true, false, false]);
    }

    #[test]
    fn an_empty_first_cell_is_present() {
        let mut cells = Cells::of(0);
        cells.push(0, 0..0, b";");
        assert_eq!(texts(&cells, b";", 1), [Ok(String::new())]);
        assert!(cells.has(0));
    }
}
