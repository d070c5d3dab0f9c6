//! Rows of a block, as records.

mod csv;
mod jsonl;

use std::{collections::HashMap, fmt};

use leakdex::{Reason, Record};
use twox_hash::XxHash3_128;

pub(crate) use jsonl::keys_of;

use crate::{
    charset::Charset,
    columns::{Column, Columns, shown},
    grammar::Grammar,
    options::{Format, Target},
    split::Cut,
};

/// A run of whole rows, about 256 KiB, not parsed yet. `Debug` shows its size only.
pub struct Block {
    pub(crate) cut: Cut,
    pub(crate) charset: Charset,
    /// Whether what is not ASCII was decoded wrongly, as it seems.
    pub(crate) garbled: bool,
}

impl Block {
    /// A digest of the rows and of how they are read, by which blocks that are not the same are told
    /// apart. It is a quick one, and no proof against somebody who forges rows.
    #[must_use]
    pub fn digest(&self) -> u128 {
        let mut hash = XxHash3_128::new();
        for run in &self.cut.runs {
            hash.write(&[run.how as u8]);
            hash.write(&run.end.to_le_bytes());
        }
        hash.write(&self.cut.bytes);
        hash.finish_128()
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Block({} bytes)", self.cut.bytes.len())
    }
}

/// The content of an input's columns, and how its rows are read: all that parsing a block takes.
/// `Debug` shows no header, since a header may be a person's value.
pub struct Layout {
    pub(crate) format: Format,
    pub(crate) grammar: Grammar,
    pub(crate) columns: Columns,
    /// Where in the columns a JSON key stands.
    by_key: HashMap<String, usize>,
}

impl fmt::Debug for Layout {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Layout({}, {} columns)", self.format, self.columns.list.len())
    }
}

/// One row of an input.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// The row's fields.
    pub record: &'a Record,
    /// The caller's own reference, empty if there is none.
    pub id: &'a str,
    /// For each value of the record, the number of its column from 0.
    origins: &'a [usize],
    columns: &'a [Column],
    /// JSON keys of this block that were not in the sample.
    late: &'a [Column],
}

impl<'a> Row<'a> {
    /// The name of the column that the record's value of this number comes from, counted from 0
    /// in the order in which values were added; empty if there is no such value.
    #[must_use]
    pub fn column(&self, value: usize) -> &'a str {
        let column = self.origins.get(value).and_then(|&origin| {
            self.columns.get(origin).or_else(|| self.late.get(origin - self.columns.len()))
        });
        column.map_or("", |column| &column.header)
    }

    /// The number of the column that the record's value of this number comes from.
    pub(crate) fn origin(&self, value: usize) -> Option<usize> {
        self.origins.get(value).copied()
    }
}

impl Layout {
    pub(crate) fn new(format: Format, grammar: Grammar, columns: Columns) -> Self {
        let mut by_key = HashMap::new();
        if format == Format::Jsonl {
            for (number, column) in columns.list.iter().enumerate() {
                by_key.entry(column.header.clone()).or_insert(number);
            }
        }
        Self { format, grammar, columns, by_key }
    }

    /// The column with this number, from 0, for people.
    pub(crate) fn place(&self, number: usize) -> String {
        let header = shown(&self.columns.list[number].header);
        match self.format {
            Format::Jsonl => format!("'{header}'"),
            _ => format!("'{header}' (column {})", number + 1),
        }
    }

    /// Parses a block and calls back for each of its rows in order, also for those that cannot be
    /// used; returns how many there are.
    ///
    /// One record serves all rows: nothing is allocated for a row of plain values.
    pub fn rows(&self, block: &Block, each: impl FnMut(Row<'_>)) -> u64 {
        let mut counted = Counted { each, count: 0 };
        match self.format {
            Format::Jsonl => jsonl::rows(self, block, &mut counted),
            // The rows of the others are written out as delimited text.
            Format::Csv | Format::Sql | Format::Xlsx => csv::rows(self, block, &mut counted),
        }
        counted.count
    }
}

/// Takes rows, and counts them.
struct Counted<F> {
    each: F,
    count: u64,
}

impl<F: FnMut(Row<'_>)> Counted<F> {
    pub fn take(&mut self, values: &Values, columns: &[Column], late: &[Column]) {
        self.count += 1;
        (self.each)(Row {
            record: &values.record,
            id: &values.id,
            origins: &values.origins,
            columns,
            late,
        });
    }
}

/// The values of one row as they are collected.
#[derive(Default)]
struct Values {
    record: Record,
    id: String,
    origins: Vec<usize>,
}

impl Values {
    pub fn clear(&mut self) {
        self.record.clear();
        self.id.clear();
        self.origins.clear();
    }

    /// Adds what a cell of the column with this number holds.
    pub fn push(&mut self, origin: usize, target: &Target, value: &str) {
        match target {
            Target::Field(field) => {
                self.record.push(*field, value);
                self.origins.push(origin);
            }
            Target::Class(class) => {
                if !leakdex::is_placeholder(value) {
                    self.record.push_data_class(class.clone());
                }
            }
            Target::Id => {
                if self.id.is_empty() {
                    self.id.push_str(value.trim());
                }
            }
            Target::Ignore => {}
        }
    }

    /// Adds that a cell is filled with something that cannot be read.
    pub fn push_unusable(&mut self, origin: usize, target: &Target, reason: Reason) {
        match target {
            Target::Field(field) => {
                self.record.push_unusable(*field, reason);
                self.origins.push(origin);
            }
            Target::Class(class) => self.record.push_data_class(class.clone()),
            Target::Id => self.record.note(reason),
            Target::Ignore => {}
        }
    }

    /// Says that something is wrong with the row, though its values are in their columns.
    pub fn note(&mut self, reason: Reason) {
        self.record.note(reason);
    }

    /// Says that something is wrong with the row, so that none of its values is sure.
    pub fn doubt(&mut self, reason: Reason) {
        self.record.doubt(reason);
    }
}
