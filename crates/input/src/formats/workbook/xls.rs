//! Sheets of an Excel workbook of 1993 to 2003 ([MS-XLS]; BIFF5 and BIFF8).

mod texts;

use std::collections::HashMap;

use encoding_rs::Encoding;
use leakdex::Reason;

use super::{
    CellHandler, Content, MAX_MERGES, Merge, ReadContext, WorkbookReader,
    bytes::{Fields, rk},
    number::{Epoch, NumberFormat},
    other::encrypted,
    parts::SharedStrings,
};
use crate::error::InputProblem;
use texts::Texts;

/// The types of records.
mod record {
    pub const FORMULA: u16 = 0x06;
    pub const END: u16 = 0x0A;
    pub const DATE_MODE: u16 = 0x22;
    pub const FILE_PASS: u16 = 0x2F;
    pub const CONTINUE: u16 = 0x3C;
    pub const CODE_PAGE: u16 = 0x42;
    pub const BOUND_SHEET: u16 = 0x85;
    pub const MUL_RK: u16 = 0xBD;
    pub const RICH_STRING: u16 = 0xD6;
    pub const XF: u16 = 0xE0;
    pub const MERGED_CELLS: u16 = 0xE5;
    pub const SHARED_TEXTS: u16 = 0xFC;
    pub const LABEL_SHARED: u16 = 0xFD;
    pub const NUMBER: u16 = 0x203;
    pub const LABEL: u16 = 0x204;
    pub const BOOL_ERROR: u16 = 0x205;
    pub const STRING: u16 = 0x207;
    pub const ARRAY: u16 = 0x221;
    pub const TABLE: u16 = 0x236;
    pub const RK: u16 = 0x27E;
    pub const FORMAT: u16 = 0x41E;
    pub const SHARED_FORMULA: u16 = 0x4BC;
    pub const BEGIN: u16 = 0x809;
}

pub(super) struct Xls {
    stream: Vec<u8>,
    names: Vec<String>,
    /// The offset of each sheet in the stream.
    starts: Vec<usize>,
    context: Context,
    /// The number of bytes of sheets that may still be searched before a sheet is chosen.
    left: usize,
}

/// The shared data that cells refer to.
struct Context {
    reading: ReadContext,
    version: Version,
    shared: SharedStrings,
    /// The number format of each style.
    formats: Vec<NumberFormat>,
    epoch: Epoch,
}

/// The encoding of strings.
#[derive(Clone, Copy)]
enum Version {
    /// One byte for each character; `None` if the encoding is unknown.
    Biff5(Option<&'static Encoding>),
    /// One or two bytes for each character, in Unicode.
    Biff8,
}

impl Xls {
    /// Reads the global records, before the sheets.
    pub fn new(stream: Vec<u8>, reading: ReadContext) -> Result<Self, InputProblem> {
        let mut context = Context {
            reading,
            version: Version::Biff8,
            shared: SharedStrings::default(),
            formats: Vec::new(),
            epoch: Epoch::Of1900,
        };
        let (mut sheets, mut custom, mut styles) = (Vec::new(), HashMap::new(), Vec::new());
        let unreadable = || reading.unreadable();
        let mut records = Records::new(&stream, 0);
        let first = records.next().filter(|&(number, _)| number == record::BEGIN);
        let (_, data) = first.ok_or_else(unreadable)?;
        match Fields(data).u16() {
            Some(0x600) => {}
            Some(0x500) => context.version = Version::Biff5(Some(encoding_rs::WINDOWS_1252)),
            _ => return Err(unreadable()),
        }
        loop {
            let (number, data) = records.next().ok_or_else(unreadable)?;
            let mut fields = Fields(data);
            match number {
                record::FILE_PASS => return Err(encrypted()),
                record::CODE_PAGE => {
                    if let (Version::Biff5(encoding), Some(page)) =
                        (&mut context.version, fields.u16())
                    {
                        *encoding = texts::encoding_of(page);
                    }
                }
                record::DATE_MODE if fields.u16() == Some(1) => context.epoch = Epoch::Of1904,
                record::FORMAT => {
                    let number = fields.u16();
                    let code = Texts::new(&[fields.0], context.version).format_code();
                    if let (Some(number), Some(code)) = (number, code) {
                        custom.insert(number.into(), NumberFormat::of_code(&code));
                    }
                }
                record::XF => {
                    styles.push(fields.skip(2).and_then(|()| fields.u16()).unwrap_or(0));
                }
                record::BOUND_SHEET => {
                    let start = fields.u32().and_then(|start| usize::try_from(start).ok());
                    let kind = fields.u16().map(|kind| kind >> 8);
                    let name = Texts::new(&[fields.0], context.version).short();
                    let (Some(start), Some(kind), Some(name)) = (start, kind, name) else {
                        return Err(unreadable());
                    };
                    // Worksheets, and macro sheets of Excel 4.
                    if kind < 2 {
                        sheets.push((name, start));
                    }
                }
                record::SHARED_TEXTS => {
                    let segments = records.join_continuations(data);
                    let texts = Texts::new(&segments, context.version).table();
                    context.shared = texts.ok_or_else(unreadable)?;
                }
                record::END => break,
                _ => {}
            }
        }
        let format = |number: u16| NumberFormat::of_number(number.into(), &custom);
        context.formats = styles.into_iter().map(format).collect();
        let (names, starts) = sheets.into_iter().unzip();
        let mut book = Self { stream, names, starts, context, left: 0 };
        book.reset_limits();
        Ok(book)
    }
}

impl WorkbookReader for Xls {
    fn sheets(&self) -> &[String] {
        &self.names
    }

    fn read(
        &mut self,
        sheet: usize,
        take: &mut CellHandler<'_>,
    ) -> Result<Vec<Merge>, InputProblem> {
        let start = self.starts[sheet];
        let Self { stream, context, left, .. } = self;
        let mut sheet = Sheet { stream, context, cells: Vec::new(), is_computed: false };
        let merges = sheet.find(start, left)?;
        sheet.emit_cells(take)?;
        Ok(merges)
    }

    fn reset_limits(&mut self) {
        self.left = usize::try_from(self.context.reading.limits.content).unwrap_or(usize::MAX);
    }
}

/// A cell: its row, its column, and the offset of its record.
#[derive(Clone, Copy)]
struct Place {
    row: u16,
    column: u16,
    /// The offset of the record in the stream, or of the cell in a record of several cells.
    start: u32,
}

impl Place {
    /// Marks a cell in a record of several cells. No offset is this large.
    const OF_SEVERAL: u32 = 1 << 31;
}

/// The cells of a sheet.
struct Sheet<'b> {
    stream: &'b [u8],
    context: &'b Context,
    cells: Vec<Place>,
    /// Whether any formula has a value.
    is_computed: bool,
}

impl Sheet<'_> {
    /// Finds the cells and sorts them by row and column. A workbook may store them in another order.
    fn find(&mut self, start: usize, left: &mut usize) -> Result<Vec<Merge>, InputProblem> {
        let reading = self.context.reading;
        let unreadable = || reading.unreadable();
        let mut records = Records::new(self.stream, start);
        // Charts within a sheet have cells of their own.
        let (mut depth, mut merges) = (0_u32, Vec::new());
        loop {
            let start = records.at;
            // Without a further record, the end of the sheet is missing.
            let (number, data) = records.next().ok_or_else(unreadable)?;
            *left =
                left.checked_sub(records.at - start).ok_or_else(|| reading.limits.exceeded())?;
            let mut fields = Fields(data);
            match number {
                record::BEGIN => depth += 1,
                record::END if depth <= 1 => break,
                record::END => depth -= 1,
                _ if depth != 1 => {}
                record::FORMULA
                | record::RICH_STRING
                | record::LABEL_SHARED
                | record::NUMBER
                | record::LABEL
                | record::BOOL_ERROR
                | record::RK => {
                    let place = fields.u16().zip(fields.u16()).ok_or_else(unreadable)?;
                    self.cells.push(at(place, start, 0).ok_or_else(unreadable)?);
                    if number == record::FORMULA {
                        let result = fields.skip(2).and_then(|()| Computed::of(&mut fields));
                        self.is_computed |= result.is_some_and(Computed::is_value);
                    }
                }
                record::MUL_RK => {
                    let (row, first) = fields.u16().zip(fields.u16()).ok_or_else(unreadable)?;
                    // The last column follows the cells.
                    let count = fields.0.len().saturating_sub(2) / 6;
                    for number in 0..count {
                        let column = u16::try_from(number).ok().and_then(|n| first.checked_add(n));
                        // The header of the record, the row and the column.
                        let start = start + 8 + number * 6;
                        let place = column.and_then(|c| at((row, c), start, Place::OF_SEVERAL));
                        self.cells.push(place.ok_or_else(unreadable)?);
                    }
                }
                record::MERGED_CELLS => {
                    let count = fields.u16().unwrap_or(0);
                    for _ in 0..count {
                        let mut next = || fields.u16().map(u32::from);
                        let (Some(row), Some(last_row), Some(column), Some(_)) =
                            (next(), next(), next(), next())
                        else {
                            break;
                        };
                        merges.push(Merge::of_rows(row, column, last_row));
                    }
                    if merges.len() > MAX_MERGES {
                        return Err(reading.limits.exceeded());
                    }
                }
                _ => {}
            }
        }
        let order = |place: &Place| (place.row, place.column);
        if !self.cells.is_sorted_by_key(order) {
            self.cells.sort_by_key(order);
        }
        Ok(merges)
    }

    fn emit_cells(&self, take: &mut CellHandler<'_>) -> Result<(), InputProblem> {
        let mut text = String::new();
        for &place in &self.cells {
            text.clear();
            let content = self.content(place, &mut text);
            let content = content.ok_or_else(|| self.context.reading.unreadable())?;
            if content.is_filled()
                && take(place.row.into(), place.column.into(), content)?.is_break()
            {
                break;
            }
        }
        Ok(())
    }

    /// The content of a cell; `None` if its record is cut off.
    fn content<'t>(&'t self, place: Place, text: &'t mut String) -> Option<Content<'t>> {
        let start = usize::try_from(place.start & !Place::OF_SEVERAL).ok()?;
        if place.start & Place::OF_SEVERAL != 0 {
            let mut fields = Fields(self.stream.get(start..)?);
            let style = fields.u16()?;
            return Some(self.number(rk(fields.u32()?), style, text));
        }
        let mut records = Records::new(self.stream, start);
        let (number, data) = records.next()?;
        let mut fields = Fields(data);
        fields.skip(4)?;
        let style = fields.u16()?;
        Some(match number {
            record::NUMBER => self.number(fields.f64()?, style, text),
            record::RK => self.number(rk(fields.u32()?), style, text),
            record::BOOL_ERROR => {
                let value = fields.u8()?;
                if fields.u8()? == 0 {
                    Content::of_bool(value != 0)
                } else {
                    Content::WITHOUT_VALUE
                }
            }
            record::LABEL_SHARED => {
                let number = usize::try_from(fields.u32()?).ok()?;
                Content::Text(self.context.shared.get(number)?.trim_ascii())
            }
            record::FORMULA => match Computed::of(&mut fields)? {
                Computed::Number(number) => self.number(number, style, text),
                Computed::Bool(value) => Content::of_bool(value != 0),
                Computed::Text => self.computed_text(&mut records, text)?,
                // A program that calculates nothing writes empty strings for all formulas.
                Computed::Empty if self.is_computed => Content::Text(""),
                Computed::Empty | Computed::NoValue => Content::WITHOUT_VALUE,
            },
            _ => self.text(&records.join_continuations(fields.0), text)?,
        })
    }

    /// The text of a formula, from a record after the formula.
    fn computed_text<'t>(
        &self,
        records: &mut Records<'_>,
        text: &'t mut String,
    ) -> Option<Content<'t>> {
        loop {
            match records.next() {
                Some((record::STRING, data)) => {
                    return self.text(&records.join_continuations(data), text);
                }
                Some((
                    record::ARRAY | record::TABLE | record::SHARED_FORMULA | record::CONTINUE,
                    _,
                )) => {}
                _ => return Some(Content::WITHOUT_VALUE),
            }
        }
    }

    fn text<'t>(&self, segments: &[&[u8]], text: &'t mut String) -> Option<Content<'t>> {
        let is_known = Texts::new(segments, self.context.version).push_long(text)?;
        if !is_known {
            return Some(Content::Unusable(Reason::InvalidEncoding));
        }
        Some(Content::Text(text.trim_ascii()))
    }

    fn number<'t>(&self, number: f64, style: u16, text: &'t mut String) -> Content<'t> {
        let format = self.context.formats.get(usize::from(style));
        format.unwrap_or(&NumberFormat::Plain).write(number, self.context.epoch, text);
        Content::Text(text)
    }
}

/// The place of a cell; `None` if its offset is too large.
fn at((row, column): (u16, u16), start: usize, mark: u32) -> Option<Place> {
    let start = u32::try_from(start).ok().filter(|start| start & Place::OF_SEVERAL == 0)?;
    Some(Place { row, column, start: start | mark })
}

/// The value of a formula.
#[derive(Clone, Copy)]
enum Computed {
    Number(f64),
    /// A text in a record after the formula.
    Text,
    Bool(u8),
    /// An empty string, or a formula that was never calculated.
    Empty,
    /// An error, or a zero from a program that does not calculate.
    NoValue,
}

impl Computed {
    fn of(fields: &mut Fields<'_>) -> Option<Self> {
        let value = fields.bytes(8)?;
        let options = fields.u16()?;
        Some(match value {
            [0, .., 0xFF, 0xFF] => Self::Text,
            [1, _, value, .., 0xFF, 0xFF] => Self::Bool(*value),
            [3, .., 0xFF, 0xFF] => Self::Empty,
            [.., 0xFF, 0xFF] => Self::NoValue,
            // POI sets the flag to recalculate when the workbook is opened.
            _ => match Fields(value).f64()? {
                0.0 if options & 2 != 0 => Self::NoValue,
                number => Self::Number(number),
            },
        })
    }

    const fn is_value(self) -> bool {
        !matches!(self, Self::Empty | Self::NoValue)
    }
}

/// The records of a stream.
#[derive(Clone)]
struct Records<'s> {
    stream: &'s [u8],
    at: usize,
}

impl<'s> Records<'s> {
    const fn new(stream: &'s [u8], at: usize) -> Self {
        Self { stream, at }
    }

    /// The type and the data of the next record; `None` at the end, or if it is cut off.
    fn next(&mut self) -> Option<(u16, &'s [u8])> {
        let mut fields = Fields(self.stream.get(self.at..)?);
        let (number, length) = fields.u16().zip(fields.u16())?;
        let data = fields.bytes(length.into())?;
        self.at += 4 + data.len();
        Some((number, data))
    }

    /// The data of a record and of its continuations.
    fn join_continuations(&mut self, data: &'s [u8]) -> Vec<&'s [u8]> {
        let mut segments = vec![data];
        loop {
            let mut records = self.clone();
            match records.next() {
                Some((record::CONTINUE, data)) => segments.push(data),
                _ => return segments,
            }
            *self = records;
        }
    }
}
