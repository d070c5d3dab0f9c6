//! Rows of delimited text, and of cells that others have cut.

use std::{
    borrow::Cow,
    ops::{ControlFlow, Range},
};

use leakdex::{Field, Reason};

use super::{
    Block, Layout, Wanted,
    plain::PlainRows,
    share::{Cells, Sink},
};
use crate::{
    charset::Charset,
    columns::Column,
    grammar::{Cell, Form},
    options::{Format, Target},
    split::How,
};

/// Hands over the rows of a block.
pub(super) fn rows(
    layout: &Layout,
    block: &Block,
    wanted: Wanted,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    let mut parser = Parser::new(layout, block, wanted, sink);
    let (cut, grammar) = (&block.cut, layout.grammar);
    let are_cells = layout.format != Format::Csv;
    let width = parser.columns.len();
    let (mut ends, mut cells) = (vec![0; width], Vec::new());
    let (mut start, mut next_cell) = (0, cut.ends.iter());
    for run in &cut.runs {
        let missing = match run.how {
            How::TooLong => Some(Reason::RowTooLong),
            How::NotSql => Some(Reason::InvalidSql),
            How::Rows | How::Lines => None,
        };
        if let Some(reason) = missing {
            parser.sink.doubt(reason);
            parser.end_row()?;
        }
        let literal = run.how == How::Lines;
        let rows = &cut.bytes[..run.end];
        let has_plain = !literal && !are_cells;
        let mut plain = PlainRows::new(grammar, if has_plain { rows } else { &[] }, start);
        while start < run.end {
            let begin = start;
            if let Some(end) = plain.next(begin, &mut ends) {
                debug_assert!(plain.agrees(begin, &ends, end), "a plain row is read by all rules");
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
            if !cells.is_empty() {
                if grammar.may_be_several(rows, begin..start, &cells, width, are_cells) {
                    parser.sink.doubt(Reason::StrayLineEnd);
                }
                parser.fill(&cells, literal);
                parser.end_row()?;
            }
        }
    }
    parser.hand_over()
}

struct Parser<'a, 's, 'e> {
    text: Text<'a>,
    columns: &'a [Column],
    /// The columns that hold something of use, with their numbers.
    taken: Vec<(usize, Taken)>,
    sink: &'s mut Sink<'e>,
}

/// Where the cells of a column go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// To the column of this number in a share.
    Cells(usize),
    Class,
    Id,
}

impl<'a, 's, 'e> Parser<'a, 's, 'e> {
    fn new(layout: &'a Layout, block: &'a Block, wanted: Wanted, sink: &'s mut Sink<'e>) -> Self {
        let columns = &layout.columns.list;
        let mut taken = Vec::new();
        for (number, column) in columns.iter().enumerate() {
            let to = match column.target {
                Target::Class(_) => Taken::Class,
                Target::Id => Taken::Id,
                _ if wanted.takes(column) => {
                    sink.share.columns.push(Cells::of(number));
                    Taken::Cells(sink.share.columns.len() - 1)
                }
                _ => continue,
            };
            taken.push((number, to));
        }
        Self { text: Text::of(block), columns, taken, sink }
    }

    fn end_row(&mut self) -> ControlFlow<()> {
        if self.sink.end_row() { self.hand_over() } else { ControlFlow::Continue(()) }
    }

    fn hand_over(&mut self) -> ControlFlow<()> {
        self.sink.hand_over(self.text.bytes, self.columns, &[])
    }

    /// Takes the cells of a row that has one for each column, given where each ends.
    fn fill_plain(&mut self, start: usize, ends: &[usize]) {
        for place in 0..self.taken.len() {
            let (number, taken) = self.taken[place];
            let start = number.checked_sub(1).map_or(start, |before| ends[before] + 1);
            let range = start..ends[number];
            match taken {
                Taken::Cells(place) if self.text.is_plain => {
                    let share = &mut self.sink.share;
                    share.columns[place].push(share.rows, range, self.text.bytes);
                }
                _ => self.take_plain(number, taken, range),
            }
        }
    }

    /// Takes the cells of any row.
    fn fill(&mut self, cells: &[Cell], literal: bool) {
        let width = self.columns.len();
        if cells.len() < width {
            self.sink.note(Reason::TooFewFields);
        }
        // Some exports end every row with a delimiter.
        let extra = cells.iter().skip(width).any(|cell| !cell.range.is_empty());
        if extra {
            self.sink.doubt(Reason::TooManyFields);
        }
        // Where a quotation mark went astray and the number of fields does not fit, a delimiter
        // may have been text: then only the fields before it are sure to be in their columns.
        let first_unsure = if literal && (extra || cells.len() < width) {
            cells.iter().position(|cell| cell.form == Form::Stray).unwrap_or(usize::MAX)
        } else {
            usize::MAX
        };
        for place in 0..self.taken.len() {
            let (number, taken) = self.taken[place];
            if number >= first_unsure {
                self.take_unusable(number, taken, Reason::StrayQuote);
            } else if let Some(cell) = cells.get(number) {
                match cell.form {
                    Form::Plain => self.take_plain(number, taken, cell.range.clone()),
                    _ => self.take_changed(number, taken, cell),
                }
            }
        }
    }

    /// Takes a cell whose bytes are its value, if they are so in the block's encoding.
    #[inline]
    fn take_plain(&mut self, number: usize, taken: Taken, range: Range<usize>) {
        let bytes = &self.text.bytes[range.clone()];
        if !self.text.is_plain(bytes) {
            return self.take_changed(number, taken, &Cell { range, form: Form::Plain });
        }
        let share = &mut self.sink.share;
        if let Taken::Cells(place) = taken {
            // Whether it is UTF-8 shows when it is normalised.
            return share.columns[place].push(share.rows, range, self.text.bytes);
        }
        match str::from_utf8(bytes) {
            Ok(_) if taken == Taken::Id => share.ids.push(share.rows, range, self.text.bytes),
            Ok(value) if leakdex::is_placeholder(value) => {}
            Ok(_) => share.classes.push((share.rows, number)),
            Err(_) => self.take_unusable(number, taken, Reason::InvalidEncoding),
        }
    }

    /// Takes a cell that has to be decoded or unescaped.
    fn take_changed(&mut self, number: usize, taken: Taken, cell: &Cell) {
        let value = match self.text.value(cell) {
            Ok(value) => self.text.with_at_sign(value, &self.columns[number].target),
            Err(reason) => return self.take_unusable(number, taken, reason),
        };
        let share = &mut self.sink.share;
        match taken {
            Taken::Cells(place) => {
                share.columns[place].push_changed(share.rows, &value, self.text.bytes);
            }
            Taken::Id => share.ids.push_changed(share.rows, &value, self.text.bytes),
            Taken::Class if leakdex::is_placeholder(&value) => {}
            Taken::Class => share.classes.push((share.rows, number)),
        }
    }

    /// Takes a cell that is filled with something that cannot be read.
    fn take_unusable(&mut self, number: usize, taken: Taken, reason: Reason) {
        let share = &mut self.sink.share;
        match taken {
            Taken::Cells(place) => share.columns[place].push_unusable(share.rows, reason),
            Taken::Class => share.classes.push((share.rows, number)),
            Taken::Id => self.sink.note(reason),
        }
    }
}

/// The bytes of a block and what they mean.
struct Text<'a> {
    bytes: &'a [u8],
    charset: Charset,
    /// Whether what is not ASCII was decoded wrongly, as it seems.
    garbled: bool,
    /// Whether all bytes are the same in UTF-8.
    is_plain: bool,
}

impl<'a> Text<'a> {
    fn of(block: &'a Block) -> Self {
        let Block { cut, charset, garbled } = block;
        let (bytes, charset, garbled) = (&cut.bytes[..], *charset, *garbled);
        Self { bytes, charset, garbled, is_plain: !garbled && charset.keeps(bytes) }
    }

    /// Whether these bytes of it are the same in UTF-8.
    #[inline]
    fn is_plain(&self, bytes: &[u8]) -> bool {
        self.is_plain || (bytes.is_ascii() && self.charset.keeps(bytes))
    }

    fn value(&self, cell: &Cell) -> Result<Cow<'a, str>, Reason> {
        if cell.form == Form::Stray {
            return Err(Reason::StrayQuote);
        }
        let bytes = &self.bytes[cell.range.clone()];
        let value = self.charset.decode(bytes).ok_or(Reason::InvalidEncoding)?;
        if self.garbled && !value.is_ascii() {
            return Err(Reason::Mojibake);
        }
        Ok(match cell.form {
            Form::Escaped => Cow::Owned(value.replace("\"\"", "\"")),
            Form::Plain | Form::Stray => value,
        })
    }

    /// The byte of `@` is `§` in DIN 66003, which those who had it wrote in addresses.
    fn with_at_sign<'v>(&self, value: Cow<'v, str>, target: &Target) -> Cow<'v, str> {
        let is_address = *target == Target::Field(Field::Email);
        if is_address && self.charset == Charset::DIN_66003 {
            Cow::Owned(value.replace('§', "@"))
        } else {
            value
        }
    }
}
