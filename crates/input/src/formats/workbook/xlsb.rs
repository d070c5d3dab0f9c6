//! Sheets of an Excel workbook as Office Open XML with binary parts ([MS-XLSB]).

use std::{collections::HashMap, io::Read};

use super::{
    CellHandler, Content, MAX_MERGES, Merge, ReadContext, WorkbookReader,
    bytes::{Fields, rk},
    number::{Epoch, NumberFormat},
    package::{Package, Part},
    parts::{Parts, Relations, SharedStrings},
};
use crate::error::InputProblem;

pub(super) struct Xlsb {
    package: Package,
    parts: Parts,
    names: Vec<String>,
    context: Context,
}

/// The shared data that cells refer to.
struct Context {
    reading: ReadContext,
    texts: SharedStrings,
    /// The number format of each style.
    formats: Vec<NumberFormat>,
    epoch: Epoch,
}

impl Xlsb {
    pub fn new(main: &str, mut package: Package) -> Result<Self, InputProblem> {
        let reading = package.reading;
        let relations = Relations::of(main, &mut package)?;
        let part = package.part(main)?.ok_or_else(|| reading.unreadable())?;
        let (sheets, epoch) = read_workbook(Records::new(part, reading))?;
        let parts = Parts::new(sheets, &relations, &package)?;
        let (mut formats, mut texts) = (Vec::new(), SharedStrings::default());
        if let Some(name) = &parts.styles
            && let Some(part) = package.part(name)?
        {
            formats = read_styles(Records::new(part, reading))?;
        }
        if let Some(name) = &parts.texts
            && let Some(part) = package.part(name)?
        {
            texts = read_texts(Records::new(part, reading))?;
        }
        let context = Context { reading, texts, formats, epoch };
        Ok(Self { names: parts.names(), package, parts, context })
    }
}

impl WorkbookReader for Xlsb {
    fn sheets(&self) -> &[String] {
        &self.names
    }

    fn read(
        &mut self,
        sheet: usize,
        take: &mut CellHandler<'_>,
    ) -> Result<Vec<Merge>, InputProblem> {
        let (_, name) = &self.parts.sheets[sheet];
        let reading = self.context.reading;
        let part = self.package.part(name)?.ok_or_else(|| reading.unreadable())?;
        self.context.read(Records::new(part, reading), take)
    }

    fn reset_limits(&mut self) {
        self.package.reset_limits();
    }
}

/// Reads the names and the relationship ids of the sheets.
fn read_workbook(mut records: Records<'_>) -> Result<(Vec<(String, String)>, Epoch), InputProblem> {
    let (mut sheets, mut epoch) = (Vec::new(), Epoch::Of1900);
    while let Some(record) = records.next()? {
        let mut fields = Fields(&records.data);
        match record {
            // BrtWbProp
            153 if fields.u32().is_some_and(|flags| flags & 1 == 1) => epoch = Epoch::Of1904,
            // BrtBundleSh
            156 => {
                let sheet = fields.skip(8).and_then(|()| {
                    let id = fields.wide_text()?;
                    Some((fields.wide_text()?, id))
                });
                sheets.push(sheet.ok_or_else(|| records.reading.unreadable())?);
            }
            _ => {}
        }
    }
    Ok((sheets, epoch))
}

fn read_styles(mut records: Records<'_>) -> Result<Vec<NumberFormat>, InputProblem> {
    let (mut custom, mut formats) = (HashMap::new(), Vec::new());
    let mut in_cell_styles = false;
    while let Some(record) = records.next()? {
        let mut fields = Fields(&records.data);
        match record {
            // BrtFmt
            44 => {
                if let (Some(number), Some(code)) = (fields.u16(), fields.wide_text()) {
                    custom.insert(number.into(), NumberFormat::of_code(&code));
                }
            }
            // BrtBeginCellXFs and BrtEndCellXFs
            617 => in_cell_styles = true,
            618 => in_cell_styles = false,
            // BrtXF
            47 if in_cell_styles => {
                let number = fields.skip(2).and_then(|()| fields.u16()).unwrap_or(0);
                formats.push(NumberFormat::of_number(number.into(), &custom));
            }
            _ => {}
        }
    }
    Ok(formats)
}

fn read_texts(mut records: Records<'_>) -> Result<SharedStrings, InputProblem> {
    let mut texts = SharedStrings::default();
    while let Some(record) = records.next()? {
        // BrtSSTItem
        if record == 19 {
            let mut fields = Fields(&records.data);
            let text = fields.skip(1).and_then(|()| fields.wide_text());
            texts.push(&text.ok_or_else(|| records.reading.unreadable())?);
        }
    }
    Ok(texts)
}

impl Context {
    fn read(
        &self,
        mut records: Records<'_>,
        take: &mut CellHandler<'_>,
    ) -> Result<Vec<Merge>, InputProblem> {
        let (mut row, mut column, mut is_within) = (0, 0, false);
        let (mut merges, mut text) = (Vec::new(), String::new());
        let unreadable = || self.reading.unreadable();
        while let Some(record) = records.next()? {
            let mut fields = Fields(&records.data);
            match record {
                // BrtBeginSheetData and BrtEndSheetData
                145 => is_within = true,
                146 => is_within = false,
                // BrtRowHdr
                0 if is_within => {
                    row = fields.u32().ok_or_else(unreadable)?;
                    column = 0;
                }
                // Cells. Types from 12 on have no column number and follow the previous cell.
                1..=18 | 62 if is_within => {
                    if !(12..=18).contains(&record) {
                        column = fields.u32().ok_or_else(unreadable)?;
                    }
                    text.clear();
                    let content = self.content(record, fields, &mut text).ok_or_else(unreadable)?;
                    if content.is_filled() && take(row, column, content)?.is_break() {
                        return Ok(Vec::new());
                    }
                    column = column.checked_add(1).ok_or_else(unreadable)?;
                }
                // BrtMergeCell
                176 => {
                    let mut next = || fields.u32();
                    if let (Some(row), Some(last_row), Some(column)) = (next(), next(), next()) {
                        merges.push(Merge::of_rows(row, column, last_row));
                    }
                    if merges.len() > MAX_MERGES {
                        return Err(self.reading.limits.exceeded());
                    }
                }
                _ => {}
            }
        }
        Ok(merges)
    }

    /// The content of a cell, starting at its style. `None` if the record is cut off.
    fn content<'t>(
        &'t self,
        record: u16,
        mut fields: Fields<'_>,
        text: &'t mut String,
    ) -> Option<Content<'t>> {
        let style = fields.u32()? & 0x00FF_FFFF;
        let number = match record {
            // A number, a formula with a number, and a short number.
            5 | 9 | 16 => fields.f64()?,
            2 | 13 => rk(fields.u32()?),
            3 | 11 | 14 => return Some(Content::WITHOUT_VALUE),
            4 | 10 | 15 => return Some(Content::of_bool(fields.u8()? != 0)),
            6 | 8 | 17 => {
                *text = fields.wide_text()?;
                return Some(Content::Text(text.trim_ascii()));
            }
            // A rich text.
            62 => {
                fields.skip(1)?;
                *text = fields.wide_text()?;
                return Some(Content::Text(text.trim_ascii()));
            }
            7 | 18 => {
                let number = usize::try_from(fields.u32()?).ok()?;
                return Some(Content::Text(self.texts.get(number)?.trim_ascii()));
            }
            _ => return Some(Content::Text("")),
        };
        let format = usize::try_from(style).ok().and_then(|style| self.formats.get(style));
        format.unwrap_or(&NumberFormat::Plain).write(number, self.epoch, text);
        Some(Content::Text(text))
    }
}

/// The records of a part.
struct Records<'p> {
    part: Part<'p>,
    /// The data of the last record.
    data: Vec<u8>,
    reading: ReadContext,
}

impl<'p> Records<'p> {
    const fn new(part: Part<'p>, reading: ReadContext) -> Self {
        Self { part, data: Vec::new(), reading }
    }

    /// Reads the next record, and returns its type. `None` at the end.
    fn next(&mut self) -> Result<Option<u16>, InputProblem> {
        let Some(number) = self.number(2)? else { return Ok(None) };
        let length = self.number(4)?.ok_or_else(|| self.reading.unreadable())?;
        self.data.clear();
        let mut data = (&mut self.part).take(length.into());
        let read = data.read_to_end(&mut self.data).map_err(|error| self.reading.fault(&error))?;
        // A type beyond this range is unknown.
        let number = u16::try_from(number).unwrap_or(u16::MAX);
        let is_whole = u32::try_from(read).is_ok_and(|read| read == length);
        if is_whole { Ok(Some(number)) } else { Err(self.reading.unreadable()) }
    }

    /// A number of up to this many bytes, with seven bits in each. `None` at the end.
    fn number(&mut self, longest: u32) -> Result<Option<u32>, InputProblem> {
        let mut number = 0;
        for place in 0..longest {
            let mut byte = [0];
            let read = self.part.read(&mut byte).map_err(|error| self.reading.fault(&error))?;
            if read == 0 {
                return if place == 0 { Ok(None) } else { Err(self.reading.unreadable()) };
            }
            number |= u32::from(byte[0] & 0x7F) << (7 * place);
            if byte[0] < 0x80 {
                break;
            }
        }
        Ok(Some(number))
    }
}
