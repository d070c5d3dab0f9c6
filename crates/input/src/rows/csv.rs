//! Rows of delimited text.

use std::{borrow::Cow, ops::Range};

use leakdex::{Field, Reason};
use memchr::memchr2;

use super::{Block, Counted, Layout, Row, Values};
use crate::{
    charset::Charset,
    grammar::{Cell, Form, QUOTE},
    options::Target,
    split::How,
};

/// Hands over the rows of a block of delimited text.
pub(super) fn rows(layout: &Layout, block: &Block, taker: &mut Counted<impl FnMut(Row<'_>)>) {
    let parser = Parser {
        layout,
        text: Text {
            bytes: &block.cut.bytes,
            whole: block.charset.borrow(&block.cut.bytes),
            charset: block.charset,
            garbled: block.garbled,
        },
        mapped: layout
            .columns
            .list
            .iter()
            .enumerate()
            .filter(|(_, column)| column.target != Target::Ignore)
            .map(|(number, column)| (number, &column.target))
            .collect(),
    };
    let columns = &layout.columns.list;
    let (mut values, mut cells) = (Values::default(), Vec::new());
    let mut start = 0;
    for run in &block.cut.runs {
        let missing = match run.how {
            How::TooLong => Some(Reason::RowTooLong),
            How::NotSql => Some(Reason::InvalidSql),
            How::Rows | How::Lines => None,
        };
        if let Some(reason) = missing {
            values.clear();
            values.doubt(reason);
            taker.take(&values, columns, &[]);
        }
        let literal = run.how == How::Lines;
        let rows = &block.cut.bytes[..run.end];
        // Without these, each line is a row, whatever is in it.
        let may_run_together = memchr2(b'\r', QUOTE, &rows[start..]).is_some();
        while start < run.end {
            let begin = start;
            start = layout.grammar.cells(rows, start, literal, &mut cells);
            if !cells.is_empty() {
                values.clear();
                if may_run_together
                    && layout.grammar.may_be_several(rows, begin..start, &cells, columns.len())
                {
                    values.doubt(Reason::StrayLineEnd);
                }
                parser.fill(&cells, literal, &mut values);
                taker.take(&values, columns, &[]);
            }
        }
    }
}

struct Parser<'a> {
    layout: &'a Layout,
    text: Text<'a>,
    /// The columns that hold something of use, with their numbers.
    mapped: Vec<(usize, &'a Target)>,
}

impl Parser<'_> {
    /// Puts the fields of one row where the columns say.
    fn fill(&self, cells: &[Cell], literal: bool, values: &mut Values) {
        let width = self.layout.columns.list.len();
        if cells.len() < width {
            values.note(Reason::TooFewFields);
        }
        // Some exports end every row with a delimiter.
        let extra = cells.iter().skip(width).any(|cell| !cell.range.is_empty());
        if extra {
            values.doubt(Reason::TooManyFields);
        }
        // Where a quotation mark went astray and the number of fields does not fit, a delimiter
        // may have been text: then only the fields before it are sure to be in their columns.
        let first_unsure = if literal && (extra || cells.len() < width) {
            cells.iter().position(|cell| cell.form == Form::Stray).unwrap_or(usize::MAX)
        } else {
            usize::MAX
        };
        for &(number, target) in &self.mapped {
            if number >= first_unsure {
                values.push_unusable(number, target, Reason::StrayQuote);
            } else if let Some(cell) = cells.get(number) {
                if let Some(value) = self.text.plain(cell) {
                    values.push(number, target, value);
                    continue;
                }
                match self.text.value(cell).map(|value| self.text.with_at_sign(value, target)) {
                    Ok(value) => values.push(number, target, &value),
                    Err(reason) => values.push_unusable(number, target, reason),
                }
            }
        }
    }
}

/// The bytes of a block and what they mean.
pub(super) struct Text<'a> {
    pub bytes: &'a [u8],
    /// The same as text, where that is known without decoding.
    pub whole: Option<&'a str>,
    pub charset: Charset,
    /// Whether what is not ASCII was decoded wrongly, as it seems.
    pub garbled: bool,
}

impl<'a> Text<'a> {
    /// The value of a cell, where it is the bytes of the cell: in most files all are.
    fn plain(&self, cell: &Cell) -> Option<&'a str> {
        let is_plain = cell.form == Form::Plain && !self.garbled;
        self.whole.filter(|_| is_plain).and_then(|whole| whole.get(cell.range.clone()))
    }

    pub fn value(&self, cell: &Cell) -> Result<Cow<'a, str>, Reason> {
        if cell.form == Form::Stray {
            return Err(Reason::StrayQuote);
        }
        let value = self.slice(cell.range.clone()).ok_or(Reason::InvalidEncoding)?;
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

    fn slice(&self, range: Range<usize>) -> Option<Cow<'a, str>> {
        match self.whole {
            // Fields begin and end at ASCII characters.
            Some(whole) => whole.get(range).map(Cow::Borrowed),
            None => self.charset.decode(&self.bytes[range]),
        }
    }
}
