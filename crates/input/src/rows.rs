//! The rows of a block, by column.

#[cfg(feature = "arrow")]
mod batch;
mod csv;
mod examine;
mod jsonl;
mod plain;
mod selection;
mod share;

use std::{collections::HashMap, fmt, ops::ControlFlow};

use leakdex::{FieldSet, Normaliser};
use sha2::{Digest as _, Sha256};
use twox_hash::XxHash3_128;

#[cfg(feature = "arrow")]
pub(crate) use batch::beyond_ascii;
pub(crate) use jsonl::keys_of;
pub(crate) use selection::ColumnSelection;
pub(crate) use share::Parsed;

#[cfg(feature = "arrow")]
use crate::batch::Batch;
use crate::{
    charset::Charset,
    columns::{Column, Columns, Names},
    error::InputError,
    gaps::{self, Gaps},
    grammar::Grammar,
    header::{Header, NO_HEADER},
    options::{Format, Options, Shape, Target},
    split::{CELLS, Cut},
    unused::{UnusedColumn, UnusedCounts},
};
use share::{Cells, Sink};

/// Whole rows that are not parsed yet, about 256 KiB. `Debug` shows only the size.
pub struct Block {
    pub(crate) content: Content,
    pub(crate) charset: Charset,
    /// Whether text beyond ASCII seems to be decoded wrongly.
    pub(crate) garbled: bool,
    /// The number of the block in its input, from 0.
    pub(crate) number: u64,
}

/// The rows of a block.
pub(crate) enum Content {
    /// Text, or concatenated cells.
    Cut(Cut),
    /// Arrays.
    #[cfg(feature = "arrow")]
    Batch(Batch),
}

impl Content {
    /// The approximate size of the text in the block, in bytes.
    pub fn size(&self) -> usize {
        match self {
            Self::Cut(cut) => cut.size(),
            #[cfg(feature = "arrow")]
            Self::Batch(batch) => batch.size,
        }
    }
}

impl Block {
    /// The bytes of the block; empty for arrays.
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Cut(cut) => &cut.bytes,
            #[cfg(feature = "arrow")]
            Content::Batch(_) => &[],
        }
    }

    /// The rows as received, if the input is a stream of record batches. This includes unused columns.
    /// Columns that are read have been validated.
    #[cfg(feature = "arrow")]
    #[must_use]
    pub const fn batch(&self) -> Option<&arrow_array::RecordBatch> {
        match &self.content {
            Content::Batch(batch) => Some(&batch.rows),
            Content::Cut(_) => None,
        }
    }

    /// The number of the block in its input, from 0.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// A fast hash of the rows and of the way they are read. It detects equal blocks in honest files, but
    /// does not resist deliberately forged rows.
    #[must_use]
    pub fn digest(&self) -> u128 {
        let mut hash = XxHash3_128::new();
        self.feed(&mut |bytes| hash.write(bytes));
        hash.finish_128()
    }

    /// The SHA-256 of the same data. It resists forged rows, and takes about ten times as long.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        self.feed(&mut |bytes| hash.update(bytes));
        hash.finalize().into()
    }

    /// Feeds a hash function with everything that distinguishes this block from others.
    fn feed(&self, hash: &mut dyn FnMut(&[u8])) {
        match &self.content {
            Content::Cut(cut) => feed(cut, hash),
            #[cfg(feature = "arrow")]
            Content::Batch(batch) => batch::feed(batch, hash),
        }
    }
}

fn feed(cut: &Cut, hash: &mut dyn FnMut(&[u8])) {
    // With the numbers of parts as a prefix, different blocks never give the same bytes.
    for parts in [cut.runs.len(), cut.ends.len(), cut.unusable.len()] {
        hash(&parts.to_le_bytes());
    }
    for run in &cut.runs {
        hash(format!("{:?}", run.form).as_bytes());
        hash(&run.end.to_le_bytes());
    }
    for end in &cut.ends {
        hash(&end.to_le_bytes());
    }
    for (number, reason) in &cut.unusable {
        hash(&number.to_le_bytes());
        hash(reason.code().as_bytes());
    }
    hash(&cut.bytes);
}

impl fmt::Debug for Block {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = match &self.content {
            Content::Cut(cut) => cut.bytes.len(),
            #[cfg(feature = "arrow")]
            Content::Batch(batch) => batch.size,
        };
        write!(formatter, "Block({size} bytes)")
    }
}

/// The columns of an input and the way its rows are read: everything that is needed to parse a block. `Debug`
/// shows no header, since a header may be a person's value.
pub struct Layout {
    pub(crate) format: Format,
    pub(crate) grammar: Grammar,
    pub(crate) columns: Columns,
    /// Whether the file may have rows or values that are not read: other tables or sheets, skipped rows, or parts that
    /// the reader of the format does not know.
    pub(crate) leaves_out_rows: bool,
    /// The rules for judging columns.
    pub(crate) normaliser: Normaliser,
    /// The types of the columns of record batches.
    #[cfg(feature = "arrow")]
    pub(crate) types: Vec<arrow_schema::DataType>,
    /// The number of rows, if the file states it; otherwise 0.
    #[cfg(feature = "arrow")]
    pub(crate) total_rows: u64,
    /// The index of the column for each JSON key.
    by_key: HashMap<String, usize>,
}

impl fmt::Debug for Layout {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Layout({}, {} columns)", self.format, self.columns.list.len())
    }
}

/// Rows of an input, column by column. `Debug` shows no value and no header.
pub struct Rows<'a> {
    columns: leakdex::Columns<'a>,
    /// The cells for each of these columns, and the column of the input.
    origins: Vec<(&'a Cells, &'a Column)>,
    /// The columns of the caller's own references.
    ids: Vec<leakdex::Column<'a>>,
}

impl<'a> Rows<'a> {
    fn of(parsed: Parsed<'a>) -> Self {
        let Parsed { share, bytes, .. } = parsed;
        let (mut columns, mut origins) = (leakdex::Columns::new(share.rows), Vec::new());
        let mut ids = Vec::new();
        share.doubts.iter().for_each(|&(row, reason)| columns.doubt(row, reason));
        share.notes.iter().for_each(|&(row, reason)| columns.note(row, reason));
        for cells in &share.columns {
            let values = cells.values(bytes);
            let column = parsed.column(cells.origin);
            if let Some(field) = column.field() {
                let values = cells.column(field, bytes);
                columns.push(match column.date_order {
                    Some(order) => values.with_date_order(order),
                    None => values,
                });
                origins.push((cells, column));
            }
            match &column.target {
                Target::Class(class) => {
                    let is_filled = |&row: &usize| {
                        cells.has(row) && !values.text(row).is_ok_and(leakdex::is_placeholder)
                    };
                    let filled = (0..share.rows).filter(is_filled);
                    filled.for_each(|row| columns.push_data_class(row, class.clone()));
                }
                Target::Id => {
                    // Nearly all references are ASCII, which is faster to check.
                    let is_ascii = |row| values.value(row).is_ok_and(<[u8]>::is_ascii);
                    for row in (0..share.rows).filter(|&row| !is_ascii(row)) {
                        values.text(row).err().into_iter().for_each(|why| columns.note(row, why));
                    }
                    ids.push(values);
                }
                Target::Field(_) | Target::Ignore => {}
            }
        }
        Self { columns, origins, ids }
    }

    /// The values: one column for each input column that is mapped to a field, in order.
    ///
    /// For JSON Lines, the columns keep the values of each row in their order in the row. So a key has
    /// several columns if it has several values in a row, or if its position among the keys varies. A key
    /// that occurs in no row has no column.
    #[must_use]
    pub const fn columns(&self) -> &leakdex::Columns<'a> {
        &self.columns
    }

    /// The number of rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// The caller's own reference to the person in a row; empty if there is none. A placeholder for "nothing"
    /// ([`is_placeholder`](leakdex::is_placeholder)) counts as none, since many rows have it.
    ///
    /// # Panics
    ///
    /// If the row does not exist.
    #[must_use]
    pub fn id(&self, row: usize) -> &'a str {
        let mut ids = self.ids.iter().map(|ids| ids.text(row).unwrap_or_default().trim());
        ids.find(|id| !leakdex::is_placeholder(id)).unwrap_or_default()
    }

    /// The header of the column with this number, from 0 in the order of [`columns`](Self::columns). Empty if
    /// there is no such column.
    #[must_use]
    pub fn header(&self, column: usize) -> &'a Header {
        self.origins.get(column).map_or(&NO_HEADER, |(_, column)| &column.header)
    }

    /// Whether a row has a cell in this column, possibly empty. A short row of delimited text lacks its last
    /// columns, and a JSON line need not have all keys.
    #[must_use]
    pub fn has(&self, row: usize, column: usize) -> bool {
        self.origins.get(column).is_some_and(|(cells, _)| cells.has(row))
    }
}

impl fmt::Debug for Rows<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Rows({} rows, {} columns)", self.len(), self.columns.columns().len())
    }
}

impl Layout {
    pub(crate) fn new(format: Format, grammar: Grammar, columns: Columns) -> Self {
        let mut by_key = HashMap::new();
        if format.shape() == Shape::Records {
            for (number, column) in columns.list.iter().enumerate() {
                by_key.entry(column.header.as_written().to_owned()).or_insert(number);
            }
        }
        Self {
            format,
            grammar,
            columns,
            normaliser: Normaliser::new(),
            leaves_out_rows: false,
            #[cfg(feature = "arrow")]
            types: Vec::new(),
            #[cfg(feature = "arrow")]
            total_rows: 0,
            by_key,
        }
    }

    /// The layout of a table with these column names, as far as names and mappings determine it. With it, a process
    /// that reads no part of a table can evaluate the counts of all parts and report the unused columns.
    ///
    /// # Errors
    ///
    /// If a mapping names no column, two mappings name one column, or two columns are the reference.
    pub fn of_names(headers: Vec<String>, options: &Options) -> Result<Self, InputError> {
        let columns = Columns::of_header(headers, Names::Keys, options)
            .map_err(|problem| InputError { file: "the columns".to_owned(), problem })?;
        let mut layout = Self::new(Format::Batches, CELLS, columns);
        if layout.columns.are_credible() {
            layout.columns.show_names(|_| true);
        }
        layout.normaliser = options.normaliser;
        Ok(layout)
    }

    /// The fields that the columns are mapped to.
    #[must_use]
    pub fn fields(&self) -> FieldSet {
        self.columns.list.iter().filter_map(Column::field).collect()
    }

    /// Describes the column with this number, from 0, for people.
    pub(crate) fn place(&self, number: usize) -> String {
        let header = &self.columns.list[number].header;
        match self.format.shape() {
            _ if !header.is_shown() => header.to_string(),
            Shape::Records => format!("'{header}'"),
            Shape::Delimited | Shape::Cells => format!("'{header}' (column {})", number + 1),
        }
    }

    /// Parses a block and calls `each` with its rows in order, about a thousand at a time, including unusable
    /// rows. Returns the number of rows.
    ///
    /// Values are slices of the block. They are copied only if they had to be decoded.
    pub fn rows(&self, block: &Block, mut each: impl FnMut(&Rows<'_>)) -> u64 {
        let Sink { count, .. } = self.parse(block, ColumnSelection::Mapped, &mut |parsed| {
            each(&Rows::of(*parsed));
            ControlFlow::Continue(())
        });
        count
    }

    /// Parses a block like [`rows`](Self::rows), and also counts the values in unused columns: in all rows of
    /// the first eight blocks, and in one row out of 16 after that.
    pub fn rows_and_unused(
        &self,
        block: &Block,
        unused: &mut UnusedCounts,
        each: impl FnMut(&Rows<'_>),
    ) -> u64 {
        self.rows_and_judged(block, ColumnSelection::sample_of(block), unused, each)
    }

    /// Like [`rows_and_unused`](Self::rows_and_unused), but counts in all rows. This takes longer.
    pub fn rows_and_all_unused(
        &self,
        block: &Block,
        unused: &mut UnusedCounts,
        each: impl FnMut(&Rows<'_>),
    ) -> u64 {
        self.rows_and_judged(block, ColumnSelection::Judged(1), unused, each)
    }

    /// Like [`rows_and_unused`](Self::rows_and_unused), for a leak: also notes the further fields that any cell
    /// may hold. [`possible_fields`](Self::possible_fields) needs this.
    pub fn rows_of_leak(
        &self,
        block: &Block,
        unused: &mut UnusedCounts,
        each: impl FnMut(&Rows<'_>),
    ) -> u64 {
        self.rows_and_judged(block, ColumnSelection::All, unused, each)
    }

    fn rows_and_judged(
        &self,
        block: &Block,
        selection: ColumnSelection,
        unused: &mut UnusedCounts,
        mut each: impl FnMut(&Rows<'_>),
    ) -> u64 {
        let sample = match selection {
            ColumnSelection::All => ColumnSelection::sample_of(block),
            selection => selection,
        };
        let mut rows_before = 0;
        let Sink { count, .. } = self.parse(block, selection, &mut |parsed| {
            self.examine(parsed, selection, |row| sample.judges(rows_before + row), unused);
            rows_before += parsed.share.rows as u64;
            each(&Rows::of(*parsed));
            ControlFlow::Continue(())
        });
        #[cfg(feature = "arrow")]
        self.count_nested(block, selection, sample, unused);
        unused.end_block();
        count
    }

    /// The blank rows between the rows of a block, for delimited text and workbooks. In other formats, no
    /// program numbers blank rows.
    #[must_use]
    pub fn gaps(&self, block: &Block) -> Gaps {
        let may_be_blank = || gaps::may_have_blank_lines(block.bytes(), self.grammar.line_end());
        match (&block.content, self.format.shape()) {
            (Content::Cut(cut), Shape::Cells) => cut.gaps.clone(),
            (Content::Cut(_), Shape::Delimited) if may_be_blank() => {
                // Only the blank lines matter here, so as few columns as possible are parsed.
                let each = &mut |_: &Parsed<'_>| ControlFlow::Continue(());
                self.parse(block, ColumnSelection::BirthDates, each).gaps
            }
            _ => Gaps::default(),
        }
    }

    /// The unused columns, in order, and their likely content according to the counts of the blocks.
    #[must_use]
    pub fn unused_columns(&self, counts: &UnusedCounts) -> Vec<UnusedColumn> {
        counts.judged(&self.columns)
    }

    /// The fields that the input may hold, by the counts of all its blocks, from
    /// [`rows_of_leak`](Self::rows_of_leak). They are the fields of its columns, and every field that a column
    /// may hold by its name or by some cell. A field that is not in the set is certainly not in these blocks.
    #[must_use]
    pub fn possible_fields(&self, counts: &UnusedCounts) -> FieldSet {
        if self.leaves_out_rows { FieldSet::all() } else { counts.may_hold(&self.columns) }
    }

    /// Parses a block until the callback stops it. Returns the number of rows that were parsed, and the blank
    /// lines between them.
    pub(crate) fn parse<'e>(
        &self,
        block: &Block,
        selection: ColumnSelection,
        each: &'e mut dyn FnMut(&Parsed<'_>) -> ControlFlow<()>,
    ) -> Sink<'e> {
        let mut sink = Sink::new(each);
        let _flow = match (&block.content, self.format.shape()) {
            #[cfg(feature = "arrow")]
            (Content::Batch(batch), _) => batch::rows(self, batch, selection, &mut sink),
            (Content::Cut(cut), Shape::Records) => {
                jsonl::rows(self, block, cut, selection, &mut sink)
            }
            (Content::Cut(cut), Shape::Delimited | Shape::Cells) => {
                csv::rows(self, block, cut, selection, &mut sink)
            }
        };
        sink
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_with_different_cell_boundaries_have_different_digests() {
        let digest = |cells: &[&str]| {
            let mut cut = Cut::default();
            cut.push_row(cells.iter().map(|cell| cell.as_bytes()));
            Block { content: Content::Cut(cut), charset: Charset::Utf8, garbled: false, number: 0 }
                .digest()
        };
        assert_eq!(digest(&["a", "b"]), digest(&["a", "b"]));
        assert_ne!(digest(&["a", "b"]), digest(&["a,b"]));
    }
}
