//! Rows of delimited text, and of cells that a reader has already cut.

use std::{borrow::Cow, iter, ops::ControlFlow};

use leakdex::{Field, Reason};

use super::{
    Block, ColumnSelection, Layout,
    plain::PlainRows,
    share::{Cells, Share, Sink},
};
use crate::{
    charset::Charset,
    columns::Column,
    grammar::{Cell, Form, Grammar},
    names::{HeaderMeaning, NameMeaning, is_related},
    options::Shape,
    split::{Cut, RowForm},
    vocabulary::has_word,
};

/// Passes the rows of a block to the callback.
pub(super) fn rows(
    layout: &Layout,
    block: &Block,
    cut: &Cut,
    selection: ColumnSelection,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    let mut parser = Parser::new(layout, block, selection, sink);
    let grammar = layout.grammar;
    let are_cells = layout.format.shape() == Shape::Cells;
    let width = parser.columns.len();
    let (mut ends, mut cells) = (vec![0; width], Vec::new());
    let (mut start, mut next_cell) = (0, cut.ends.iter());
    for run in &cut.runs {
        if let RowForm::Missing(reason) = run.form {
            parser.sink.doubt(reason);
            parser.end_row()?;
        }
        let literal = run.form == RowForm::Lines;
        let rows = &cut.bytes[..run.end];
        let has_plain = !literal && !are_cells;
        let mut plain = PlainRows::new(grammar, if has_plain { rows } else { &[] }, start);
        while start < run.end {
            let begin = start;
            if let Some(end) = plain.next(begin, &mut ends) {
                debug_assert!(plain.agrees(begin, &ends, end), "a plain row is read by all rules");
                let starts = iter::once(begin).chain(ends.iter().map(|end| end + 1));
                parser.doubt_other_header(starts.zip(&ends).map(|(start, &end)| &rows[start..end]));
                parser.fill_plain(begin, &ends);
                start = end;
                parser.end_row()?;
                continue;
            }
            start = if are_cells {
                cut.cells(begin, &mut next_cell, &mut cells)
            } else {
                grammar.cells(rows, begin, literal, &mut cells)
            };
            plain.skip_to(start);
            if cells.is_empty() {
                parser.sink.skip_blank_line();
            } else {
                if grammar.may_be_several(rows, begin..start, &cells, width, are_cells) {
                    parser.sink.doubt(Reason::StrayLineEnd);
                }
                if let RowForm::Doubtful(reason) = run.form {
                    parser.sink.doubt(reason);
                }
                parser.doubt_other_header(cells.iter().map(|cell| &rows[cell.range.clone()]));
                parser.fill(&cells, literal);
                parser.end_row()?;
            }
        }
    }
    parser.emit_rows()
}

/// A row with fewer cells beyond the last column is not taken for several rows that lost their line ends.
const MIN_CELLS_OF_A_ROW: usize = 3;

struct Parser<'a, 's, 'e> {
    text: Text<'a>,
    columns: &'a [Column],
    /// The first bytes of the column names.
    initials: [bool; 256],
    selection: ColumnSelection,
    sink: &'s mut Sink<'e>,
}

impl<'a, 's, 'e> Parser<'a, 's, 'e> {
    fn new(
        layout: &'a Layout,
        block: &'a Block,
        selection: ColumnSelection,
        sink: &'s mut Sink<'e>,
    ) -> Self {
        let columns = &layout.columns.list;
        selection.prepare(columns, &mut sink.share);
        let mut initials = [false; 256];
        let names = columns.iter().map(|column| column.header.as_written());
        // Without a header, the names of the columns are numbers. A row may begin with such a number.
        for initial in names.filter(|name| !is_number(name)).filter_map(|name| name.bytes().next())
        {
            initials[usize::from(initial)] = true;
            initials[usize::from(BYTE_ORDER_MARK[0])] = true;
        }
        Self { text: Text::of(block, layout.grammar), columns, initials, selection, sink }
    }

    /// Whether a cell is a column name. Rules out nearly all cells quickly.
    fn is_name(&self, cell: &[u8]) -> bool {
        cell.first().is_some_and(|&initial| self.initials[usize::from(initial)])
            && self.columns.iter().any(|column| is_name(column, without_mark(cell)))
    }

    /// Doubts a row with the column names in another order, or with the usual names of other columns. A few of its names
    /// may be new. Names beyond ASCII are not compared, since they can be in another encoding.
    fn doubt_other_header<'c>(&mut self, cells: impl Iterator<Item = &'c [u8]> + Clone) {
        // A new column may come first.
        let has_own_name = cells.clone().take(2).any(|cell| self.is_name(cell));
        if has_own_name && self.has_own_names(cells.clone()) || self.has_other_names(cells) {
            self.sink.doubt(Reason::OtherHeader);
        }
    }

    fn has_own_names<'c>(&self, cells: impl Iterator<Item = &'c [u8]>) -> bool {
        let (mut known, mut moved, mut new) = (0, 0, 0);
        for (number, cell) in cells.map(without_mark).enumerate() {
            if cell.is_empty() || !cell.is_ascii() {
                continue;
            }
            if self.columns.iter().any(|column| is_name(column, cell)) {
                known += 1;
                moved += usize::from(
                    !self.columns.get(number).is_some_and(|column| is_name(column, cell)),
                );
            } else {
                new += 1;
            }
        }
        moved > 0 && known > 1 && known > new
    }

    /// Whether most cells are usual column names, and at least one of them names another field than its column.
    fn has_other_names<'c>(&self, cells: impl Iterator<Item = &'c [u8]> + Clone) -> bool {
        const LONGEST_NAME: usize = 40;
        let is_value = |cell: &[u8]| {
            cell.len() > LONGEST_NAME
                || cell.contains(&b'@')
                || cell.iter().filter(|byte| byte.is_ascii_digit()).count() > 1
        };
        if cells.clone().any(is_value) {
            return false;
        }
        // Rules out nearly all rows quickly.
        let has_word = |cell: &&[u8]| str::from_utf8(without_mark(cell)).is_ok_and(has_word);
        if cells.clone().filter(has_word).take(2).count() < 2 {
            return false;
        }
        let (mut filled, mut named, mut moved) = (0, 0, 0);
        for (column, cell) in self.columns.iter().zip(cells) {
            let Ok(name) = str::from_utf8(without_mark(cell)) else { continue };
            if name.is_empty() {
                continue;
            }
            filled += 1;
            let (expected, found) = (&column.reading, HeaderMeaning::of(name));
            named += u64::from(!found.fields.is_empty());
            let is_related_to = |field| found.fields.iter().any(|&other| is_related(field, other));
            let is_same = expected.meaning == found.meaning
                && (expected.fields == found.fields
                    || expected.fields.iter().any(|&field| is_related_to(field)));
            let is_field = [expected.meaning, found.meaning].contains(&NameMeaning::Field);
            moved += u64::from(is_field && !is_same);
        }
        moved > 0 && named > 1 && named * 2 >= filled
    }

    fn end_row(&mut self) -> ControlFlow<()> {
        if self.sink.end_row() { self.emit_rows() } else { ControlFlow::Continue(()) }
    }

    fn emit_rows(&mut self) -> ControlFlow<()> {
        self.sink.emit_rows(self.text.bytes, self.columns, &[])
    }

    /// Adds a row with exactly one cell for each column, given the end of each cell.
    fn fill_plain(&mut self, start: usize, ends: &[usize]) {
        let is_judged = self.selection.judges(self.sink.row());
        let Share { rows, columns, judged, .. } = &mut self.sink.share;
        let judged = if is_judged { &mut judged[..] } else { &mut [] };
        for cells in columns.iter_mut().chain(judged) {
            let start = cells.origin.checked_sub(1).map_or(start, |before| ends[before] + 1);
            let range = start..ends[cells.origin];
            if self.text.is_plain {
                cells.push(*rows, range, self.text.bytes);
            } else {
                self.text.take(*rows, &Cell { range, form: Form::Plain }, self.columns, cells);
            }
        }
    }

    /// Whether a cell may hold an address or a number of a person.
    fn may_identify(&self, cell: &Cell) -> bool {
        let bytes = &self.text.bytes[cell.range.clone()];
        bytes.contains(&b'@') || bytes.iter().filter(|byte| byte.is_ascii_digit()).count() >= 5
    }

    /// Adds any row of cells.
    fn fill(&mut self, row: &[Cell], literal: bool) {
        let width = self.columns.len();
        if row.len() < width {
            self.sink.note(Reason::TooFewFields);
        }
        // Some exports end every row with a delimiter.
        let beyond = row.iter().skip(width).filter(|cell| !cell.range.is_empty()).count();
        let extra = beyond > 0;
        if extra {
            self.sink.doubt(Reason::TooManyFields);
            if beyond >= width.max(MIN_CELLS_OF_A_ROW)
                && row.iter().skip(width).any(|cell| self.may_identify(cell))
            {
                self.sink.doubt(Reason::StrayLineEnd);
            }
        }
        // If a quotation mark is stray and the number of fields is wrong, a delimiter may have been text.
        // Then only the fields before the quotation mark are certain to be in their columns.
        let first_unsure = if literal && (extra || row.len() < width) {
            row.iter().position(|cell| cell.form == Form::Stray).unwrap_or(usize::MAX)
        } else {
            usize::MAX
        };
        let is_judged = self.selection.judges(self.sink.row());
        let Share { rows, columns, judged, .. } = &mut self.sink.share;
        let judged = if is_judged { &mut judged[..] } else { &mut [] };
        for cells in columns.iter_mut().chain(judged) {
            if cells.origin >= first_unsure {
                cells.push_unusable(*rows, Reason::StrayQuote);
            } else if let Some(cell) = row.get(cells.origin) {
                self.text.take(*rows, cell, self.columns, cells);
            }
        }
    }
}

/// The byte order mark. A file in UTF-8 may begin with it, and a row may too if files were joined.
const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// The cell without this mark. Quotation marks after it are removed, too: the grammar takes them for text, since
/// they do not begin the cell.
fn without_mark(cell: &[u8]) -> &[u8] {
    let Some(name) = cell.strip_prefix(&BYTE_ORDER_MARK) else { return cell };
    name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name)
}

fn is_name(column: &Column, cell: &[u8]) -> bool {
    column.header.as_written().as_bytes() == cell
}

fn is_number(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

/// The bytes of a block and how to decode them.
struct Text<'a> {
    bytes: &'a [u8],
    grammar: Grammar,
    charset: Charset,
    /// Whether text beyond ASCII seems to be decoded wrongly.
    garbled: bool,
    /// Whether the bytes represent the same text in UTF-8.
    is_plain: bool,
}

impl<'a> Text<'a> {
    fn of(block: &'a Block, grammar: Grammar) -> Self {
        let (bytes, charset, garbled) = (block.bytes(), block.charset, block.garbled);
        Self {
            bytes,
            grammar,
            charset,
            garbled,
            is_plain: !garbled && charset.is_identity_for(bytes),
        }
    }

    /// Adds a cell of a row to those of its column.
    fn take(&self, row: usize, cell: &Cell, columns: &[Column], cells: &mut Cells) {
        let bytes = &self.bytes[cell.range.clone()];
        let is_same = self.is_plain || (bytes.is_ascii() && self.charset.is_identity_for(bytes));
        if cell.form == Form::Plain && is_same {
            // UTF-8 is validated when the value is used.
            return cells.push(row, cell.range.clone(), self.bytes);
        }
        match self.value(cell) {
            Ok(value) => {
                let value = self.with_at_sign(value, columns[cells.origin].field());
                cells.push_changed(row, &value, self.bytes);
            }
            Err(reason) => cells.push_unusable(row, reason),
        }
    }

    fn value(&self, cell: &Cell) -> Result<Cow<'a, str>, Reason> {
        match cell.form {
            Form::Plain | Form::Escaped => {}
            Form::Stray => return Err(Reason::StrayQuote),
            Form::Unusable(reason) => return Err(reason),
        }
        let bytes = &self.bytes[cell.range.clone()];
        let value = self.charset.decode(bytes).ok_or(Reason::InvalidEncoding)?;
        if self.garbled && !value.is_ascii() {
            return Err(Reason::Mojibake);
        }
        Ok(match cell.form {
            Form::Escaped => Cow::Owned(self.grammar.unescaped(&value)),
            Form::Plain | Form::Stray | Form::Unusable(_) => value,
        })
    }

    /// In DIN 66003, `§` has the byte of `@` in ASCII. Users of that encoding wrote `§` for `@` in addresses.
    fn with_at_sign<'v>(&self, value: Cow<'v, str>, field: Option<Field>) -> Cow<'v, str> {
        let is_address = field == Some(Field::Email);
        if is_address && self.charset == Charset::DIN_66003 {
            Cow::Owned(value.replace('§', "@"))
        } else {
            value
        }
    }
}
