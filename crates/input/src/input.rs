//! Opens a file or standard input, and returns it block by block.

mod account;
#[cfg(feature = "arrow")]
mod batches;
mod uses;

use std::{
    collections::VecDeque,
    iter,
    path::Path,
    sync::{Arc, atomic::AtomicU64},
};

use leakdex::{DateOrder, Field, Normaliser, Outcome};

use crate::{
    charset::Decision,
    columns::{Column, Columns, first_fifty},
    date_order::{DateColumn, Evidence},
    digest::HashingReader,
    doubt::{ColumnDoubt, DelimiterDoubt},
    error::{InputError, InputProblem},
    fit::{self, Doubts},
    formats,
    header::one_line,
    heading::HeaderPosition,
    mojibake::{self, Mojibake},
    opening::{Cutter, OpenInput, QUESTION},
    options::{Format, Options, Shape, Target},
    rows::{Block, Content, Layout},
    source::{Source, Underlying},
    split::{BLOCK_SIZE, Cut, RowForm},
};

pub use uses::ColumnUse;

/// An input with known format, encoding and columns, whose rows can be read.
///
/// It keeps the rest of its first mebibyte, the buffer that rows are cut from, and the blocks that it has
/// read ahead. Texts for people refer to options of the command `leakdex`.
pub struct Input {
    name: String,
    file: Underlying,
    layout: Arc<Layout>,
    /// The sheet that the options name.
    sheet: Option<String>,
    decision: Decision,
    cutter: Cutter,
    block_size: usize,
    normaliser: Normaliser,
    is_cut_off: bool,
    /// The number of notes from the reader of the format. It gives one if it skips content.
    reader_notes: usize,
    /// The number of blocks that were read.
    blocks: u64,
    /// Whether the encoding of the first text beyond ASCII was checked.
    is_encoding_checked: bool,
    /// Whether text beyond ASCII seems to be decoded wrongly, in a guessed encoding.
    garbled: bool,
    /// The blocks that were read ahead, to check that there are rows and to find the order of day and month.
    ahead: VecDeque<Block>,
    date_columns: Vec<DateColumn>,
    doubts: Vec<ColumnDoubt>,
    description: Vec<String>,
    /// The number of lines of the description that state decisions. Doubts follow them.
    decision_lines: usize,
    delimiter_from: &'static str,
    heading: HeaderPosition,
    rows_above: u64,
    notes: Vec<String>,
}

impl Input {
    /// Opens a file, or standard input for `-`. Reads the first mebibyte and a block, or all of a workbook.
    /// If a column of dates of birth does not yet show its order of day and month, further blocks are read
    /// and kept in memory, up to 64 MiB.
    ///
    /// # Errors
    ///
    /// If the input cannot be read, has an unsupported format, has no rows, or has no usable column.
    pub fn open(path: &Path, options: &Options) -> Result<Self, InputError> {
        Source::open(path, options.max_bytes, options.digest)
            .and_then(|source| Self::try_new(path, source, options))
            .map_err(|problem| InputError { file: path.display().to_string(), problem })
    }

    /// Opens uncompressed bytes in memory. The name of the input is `memory`.
    ///
    /// # Errors
    ///
    /// The same as [`Input::open`].
    pub fn of_bytes(bytes: Vec<u8>, options: &Options) -> Result<Self, InputError> {
        let name = "memory";
        Self::try_new(Path::new(name), Source::of_bytes(bytes, name), options)
            .map_err(|problem| InputError { file: name.to_owned(), problem })
    }

    /// The input's name as the caller gave it; `-` for standard input.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The size of the file on disk, compressed or not, in bytes. `None` if it has no size.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.file.size
    }

    /// The number of bytes of the file that have been read. It is updated while blocks are read.
    #[must_use]
    pub fn position(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.file.position)
    }

    /// The handle that computes the digest of the file, if the options request it.
    #[must_use]
    pub fn hashed(&self) -> Option<HashingReader> {
        self.file.hashed.clone()
    }

    /// The layout, which parses blocks. It can be shared among threads.
    #[must_use]
    pub fn layout(&self) -> Arc<Layout> {
        Arc::clone(&self.layout)
    }

    /// The number of rows that a spreadsheet program shows above the first row: titles and the header. The
    /// program numbers these rows, and also the [`gaps`](Layout::gaps) between the other rows.
    #[must_use]
    pub const fn rows_above(&self) -> u64 {
        self.rows_above
    }

    /// How the input is read, for people, one line each: format, delimiter, encoding, the columns, and a
    /// `warning:` for each likely mistake. No line shows a cell.
    #[must_use]
    pub fn describe(&self) -> &[String] {
        &self.description
    }

    /// The next block, if it was read ahead. The first block always is.
    #[must_use]
    pub fn peek(&self) -> Option<&Block> {
        self.ahead.front()
    }

    /// A text that states how rows are read. Inputs that are read differently have different texts. It
    /// contains column names as they are, even if they look like values, so do not show it.
    #[must_use]
    pub fn read_config_text(&self) -> String {
        let Columns { list, unseen, .. } = &self.layout.columns;
        let mut text = self.description.join("\n");
        for Column { header, target, identifier, is_explicit, date_order, .. } in list {
            let order = date_order.map_or("", DateOrder::slug);
            let identifier = identifier.map_or("", Field::slug);
            let (header, length) = (header.as_written(), header.as_written().len());
            text += &format!("\n{length}:{header}={target} {identifier} {is_explicit} {order}");
        }
        for header in unseen {
            text += &format!("\n{}:{header}", header.len());
        }
        text
    }

    /// Whether the input ends within a row or a statement, so further rows may be missing. Known after the
    /// last block, and only for delimited text, JSON, XML and SQL dumps.
    #[must_use]
    pub const fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }

    /// Whether the file may hold content that no row has: another table, or a part that the reader of the format
    /// skips. Valid after the last block.
    #[must_use]
    pub fn leaves_out_content(&self) -> bool {
        self.layout.leaves_out_rows || self.reader_notes > 0
    }

    /// Findings that were made while blocks were read, for people, one line each.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The next block, of about 256 KiB and at least one row; `None` at the end.
    ///
    /// # Errors
    ///
    /// If the file cannot be read any further.
    pub fn next_block(&mut self) -> Result<Option<Block>, InputError> {
        match self.ahead.pop_front() {
            Some(block) => Ok(Some(block)),
            None => {
                self.read_block().map_err(|problem| InputError { file: self.name.clone(), problem })
            }
        }
    }

    fn try_new(path: &Path, source: Source, options: &Options) -> Result<Self, InputProblem> {
        let Source { reader, name, is_plain, packing, file } = source;
        let opening =
            formats::open(reader, &name, is_plain, options).map_err(|problem| match packing {
                // A workbook is a ZIP archive, and may be compressed once more. Other ZIP archives may not.
                Some(outer) if matches!(problem, InputProblem::Archive) => {
                    InputProblem::PackedTwice { outer: outer.name(), inner: "ZIP" }
                }
                _ => problem,
            });
        let opening = opening.map_err(|problem| file.changed().unwrap_or(problem))?;
        // These readers have opened the path again.
        if let Some(stable_file) = &file.stable_file
            && matches!(opening.layout.format, Format::Sqlite | Format::Parquet | Format::Arrow)
            && is_plain
        {
            stable_file.refuse_other(path)?;
        }
        Self::begin(path.display().to_string(), opening, file, options)
    }

    /// Reads the beginning of an opened source.
    fn begin(
        name: String,
        opening: OpenInput,
        file: Underlying,
        options: &Options,
    ) -> Result<Self, InputProblem> {
        let OpenInput {
            mut layout,
            decision,
            cutter,
            reading_mode,
            delimiter_from,
            doubt,
            warning,
            heading,
            rows_above,
        } = opening;
        layout.normaliser = options.normaliser;
        layout.leaves_out_rows = options.table.is_some()
            || options.sheet.is_some()
            || options.skip_rows.is_some_and(|rows| rows > 0)
            // These readers take only the parts that they know.
            || matches!(
                layout.format,
                Format::Fixed
                    | Format::Fhir
                    | Format::Vsd
                    | Format::Xdt
                    | Format::Vcard
                    | Format::Ldif
            );
        let is_sheet =
            matches!(layout.format, Format::Xlsx | Format::Xlsb | Format::Xls | Format::Ods);
        let without_rows = match layout.format {
            Format::Batches | Format::Parquet | Format::Arrow => InputProblem::NoRows,
            format if options.header && (format == Format::Csv || is_sheet) => {
                InputProblem::HeaderOnly
            }
            _ => InputProblem::Empty,
        };
        let mut input = Self {
            name,
            file,
            layout: Arc::new(layout),
            sheet: options.sheet.clone().filter(|_| is_sheet),
            decision,
            cutter,
            block_size: options.sizes.block,
            normaliser: options.normaliser,
            is_cut_off: false,
            reader_notes: 0,
            blocks: 0,
            is_encoding_checked: false,
            garbled: false,
            ahead: VecDeque::new(),
            date_columns: Vec::new(),
            doubts: Vec::new(),
            description: Vec::new(),
            decision_lines: 0,
            delimiter_from,
            heading,
            rows_above,
            notes: Vec::new(),
        };
        let Some(first) = input.first_block()? else {
            return Err(without_rows);
        };
        input.read_sample(first.content.size())?;
        let layout = Arc::get_mut(&mut input.layout).expect("nobody else has the layout yet");
        let sample = iter::once(&first).chain(&input.ahead);
        let Doubts { lines: mut doubts, columns } = fit::settle(layout, sample, &input.name)
            .map_err(|problem| DelimiterDoubt::explain(doubt, problem))?;
        input.doubts = columns;
        #[cfg(feature = "arrow")]
        formats::batches::refuse_types(layout)?;
        // The readers of these formats choose the column names, so the caller cannot map others.
        if !matches!(layout.format, Format::Fhir | Format::Vsd) {
            let columns = layout.columns.refuse_unusable();
            columns.map_err(|problem| DelimiterDoubt::explain(doubt, problem))?;
        }
        input.description = input.description(&reading_mode);
        input.decision_lines = input.description.len();
        input.description.append(&mut input.notes);
        input.find_date_order(&first, options)?;
        doubts.extend(doubt.map(DelimiterDoubt::line));
        let is_din = input.layout.format == Format::Csv && mojibake::has_umlauts_of_din(&first);
        let warnings = is_din.then_some(mojibake::DIN_ADVICE).into_iter().chain(warning);
        doubts.extend(warnings.map(|text| format!("  warning: {text}")));
        input.description.append(&mut doubts);
        input.description.extend(input.date_columns.iter().filter_map(DateColumn::line));
        input.ahead.push_front(first);
        Ok(input)
    }

    /// If the use of a column or the header depends on values, reads ahead until the blocks together have the
    /// default size of one block. So a configured block size does not affect decisions.
    fn read_sample(&mut self, mut size: usize) -> Result<(), InputProblem> {
        let columns = &self.layout.columns;
        let is_open = !columns.are_settled() && columns.list.iter().any(fit::is_open);
        if !columns.may_be_data() && !is_open {
            return Ok(());
        }
        while size < BLOCK_SIZE {
            let Some(block) = self.read_block()? else { break };
            size += block.content.size();
            self.ahead.push_back(block);
        }
        Ok(())
    }

    /// Finds the order of day and month in each column of dates of birth. Reads ahead if the first block does
    /// not show it.
    fn find_date_order(&mut self, first: &Block, options: &Options) -> Result<(), InputProblem> {
        let layout = Arc::clone(&self.layout);
        let mut evidence = Evidence::new(&layout, options.normaliser);
        if !evidence.is_given(&layout, options) {
            let read = || iter::once(first).chain(&self.ahead);
            read().for_each(|block| evidence.add(&layout, block));
            let mut size: usize = read().map(|block| block.content.size()).sum();
            while !evidence.is_settled() && size < options.sizes.ahead {
                let Some(block) = self.read_block()? else { break };
                evidence.add(&layout, &block);
                size += block.content.size();
                self.ahead.push_back(block);
            }
        }
        drop(layout);
        let layout = Arc::get_mut(&mut self.layout).expect("nobody else has the layout yet");
        self.date_columns = evidence.settle(options, layout);
        Ok(())
    }

    /// The first block that has a row.
    fn first_block(&mut self) -> Result<Option<Block>, InputProblem> {
        while let Some(block) = self.read_block()? {
            let is_blank = block.bytes().iter().all(u8::is_ascii_whitespace);
            if !is_blank || self.layout.rows(&block, |_| {}) > 0 {
                return Ok(Some(block));
            }
            self.rows_above += self.layout.gaps(&block).total();
        }
        Ok(None)
    }

    fn read_block(&mut self) -> Result<Option<Block>, InputProblem> {
        let content = self.cutter.next(self.block_size);
        // A changed file can cause any other error, so the change takes precedence.
        let content = content.map_err(|problem| self.file.changed().unwrap_or(problem))?;
        if let Cutter::Rows(rows) = &mut self.cutter {
            self.is_cut_off |= content.is_none() && rows.is_cut_off();
            let name = &self.name;
            let labelled = |note: String| match note.strip_prefix(QUESTION) {
                Some(text) => format!("{QUESTION}{name}: {text}"),
                None => format!("{name}: {note}"),
            };
            let notes = rows.take_notes();
            self.reader_notes += notes.len();
            self.notes.extend(notes.into_iter().map(labelled));
        }
        let Some(content) = content else {
            // The content is valid only if the file did not change while it was read.
            return self.file.changed().map_or(Ok(None), Err);
        };
        match &content {
            Content::Cut(cut) => {
                self.is_cut_off |= self.ends_within_a_row(cut);
                if self.decision.by_block(&cut.bytes) {
                    self.notes.push(format!("{}: encoding {}", self.name, self.decision));
                }
                self.check_first_encoding(&cut.bytes);
            }
            #[cfg(feature = "arrow")]
            Content::Batch(batch) => self.note_batch(batch),
        }
        let number = self.blocks;
        self.blocks += 1;
        let (charset, garbled) = (self.decision.charset, self.garbled);
        Ok(Some(Block { content, charset, garbled, number }))
    }

    /// Whether the rows end without a line end, and the last row lacks cells or its last cell is invalid.
    /// Then the rest of the file seems to be missing.
    fn ends_within_a_row(&self, cut: &Cut) -> bool {
        let grammar = self.layout.grammar;
        if !matches!(self.cutter, Cutter::Text(_)) || cut.bytes.ends_with(&[grammar.line_end()]) {
            return false;
        }
        if self.layout.format.shape() == Shape::Records {
            return !cut.bytes.trim_ascii_end().ends_with(b"}");
        }
        let mut starts = cut.runs.iter().rev().skip(1).map(|run| run.end);
        let Some(last) = cut.runs.last().filter(|run| run.form == RowForm::Rows) else {
            return true;
        };
        let (mut start, mut cells) = (starts.next().unwrap_or(0), Vec::new());
        while start < last.end {
            start = grammar.cells(&cut.bytes, start, false, &mut cells);
        }
        let columns = &self.layout.columns.list;
        let (Some(cell), Some(column)) = (cells.last(), columns.last()) else { return false };
        let text = self.decision.charset.decode_lossily(&cut.bytes[cell.range.clone()]);
        let is_sound = match column.field() {
            // The order of the column's dates may not be known yet.
            Some(field) => DateOrder::ALL.iter().any(|&order| {
                let rules = self.normaliser.date_order(order);
                let outcome = rules.normalise(field, &text, &mut String::new());
                matches!(outcome, Outcome::Ok | Outcome::Absent)
            }),
            None => true,
        };
        cells.len() < columns.len() || !is_sound
    }

    /// Checks the encoding of the first text beyond ASCII.
    fn check_first_encoding(&mut self, bytes: &[u8]) {
        if !self.is_encoding_checked && !bytes.is_ascii() {
            self.is_encoding_checked = true;
            self.check_encoding(bytes);
        }
    }

    /// Checks whether text beyond ASCII was decoded in the right encoding.
    fn check_encoding(&mut self, bytes: &[u8]) {
        let Some(mojibake) = Mojibake::of(bytes, self.decision.charset) else { return };
        let mut warning = format!("  warning: {}", mojibake.advice());
        // If the caller chose the encoding, the values are used.
        let has_cells = self.layout.format.shape() != Shape::Records;
        if mojibake != Mojibake::Before && self.decision.is_guess() && has_cells {
            self.garbled = true;
            warning.push_str("; until then, fields with such letters are not used (mojibake)");
        }
        self.notes.push(warning);
    }

    fn description(&self, reading_mode: &str) -> Vec<String> {
        let columns = &self.layout.columns;
        let mut lines = vec![format!("{}: {reading_mode}, encoding {}", self.name, self.decision)];
        let mut ignored = Vec::new();
        for (position, column) in columns.list.iter().enumerate() {
            let place = self.layout.place(position);
            let identifier = column.identifier.map(|field| {
                let slug = field.slug();
                format!("  {slug:<12} <- {place}: the references are also used as this field")
            });
            match (&column.target, column.remark) {
                (Target::Ignore, Some(remark)) => {
                    lines.push(format!("  {:<12} <- {place}: {remark}", column.target));
                }
                (Target::Ignore, None) => ignored.push(place),
                (target, _) => lines.push(format!("  {target:<12} <- {place}")),
            }
            lines.extend(identifier);
        }
        if !ignored.is_empty() {
            lines.push(format!("  {:<12} <- {}", "ignored", first_fifty(ignored)));
        }
        for header in &columns.unseen {
            let place = if self.layout.format.shape() == Shape::Records {
                "the first lines"
            } else {
                "this file"
            };
            lines.push(format!("  '{}' is not in {place}", one_line(header)));
        }
        lines
    }
}

#[cfg(test)]
impl Input {
    /// The number of blocks in memory.
    pub(crate) fn ahead_blocks(&self) -> usize {
        self.ahead.len()
    }
}

#[cfg(test)]
mod tests;
