//! Reads the sheets of an Office Open XML workbook (`.xlsx`; ECMA-376, part 1, clause 18), transitional or
//! strict.

mod strings;

use std::collections::HashMap;

use quick_xml::events::{BytesStart, Event};

use self::strings::{push_rich_text, read_texts, unescape};
use super::{
    CellHandler, Content, MAX_MERGES, Merge, ReadContext, WorkbookReader,
    number::{Epoch, NumberFormat, push_iso_date},
    package::{Package, Part, Xml, attribute},
    parts::{Parts, Relations, SharedStrings},
    sheet::MAX_COLUMNS,
};
use crate::error::InputProblem;

pub(super) struct Xlsx {
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
    /// Whether the workbook requests a full calculation when it is opened.
    is_stale: bool,
}

impl Xlsx {
    pub fn new(main: &str, mut package: Package) -> Result<Self, InputProblem> {
        let reading = package.reading;
        let relations = Relations::of(main, &mut package)?;
        let mut context = Context {
            reading,
            texts: SharedStrings::default(),
            formats: Vec::new(),
            epoch: Epoch::Of1900,
            is_stale: false,
        };
        let xml = package.xml(main)?.ok_or_else(|| reading.unreadable())?;
        let sheets = read_workbook(xml, &mut context)?;
        let parts = Parts::new(sheets, &relations, &package)?;
        if let Some(part) = &parts.styles
            && let Some(xml) = package.xml(part)?
        {
            context.formats = read_styles(xml)?;
        }
        if let Some(part) = &parts.texts
            && let Some(xml) = package.xml(part)?
        {
            context.texts = read_texts(xml)?;
        }
        Ok(Self { names: parts.names(), package, parts, context })
    }
}

impl WorkbookReader for Xlsx {
    fn sheets(&self) -> &[String] {
        &self.names
    }

    fn read(
        &mut self,
        sheet: usize,
        take: &mut CellHandler<'_>,
    ) -> Result<Vec<Merge>, InputProblem> {
        let (_, part) = &self.parts.sheets[sheet];
        let xml = self.package.xml(part)?.ok_or_else(|| self.context.reading.unreadable())?;
        let cells = Cells {
            xml,
            context: &self.context,
            value: String::new(),
            shown: String::new(),
            array: None,
        };
        cells.read(take)
    }

    fn reset_limits(&mut self) {
        self.package.reset_limits();
    }
}

/// Reads the names and the relationship ids of the sheets. Sets the date system and `is_stale` in `context`.
fn read_workbook(
    mut xml: Xml<Part<'_>>,
    context: &mut Context,
) -> Result<Vec<(String, String)>, InputProblem> {
    let mut sheets = Vec::new();
    let is_set = |value: &str| value == "1" || value == "true";
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "sheet" => {
                    let name = attribute(&element, "name").unwrap_or_default();
                    let id = attribute(&element, "id").unwrap_or_default();
                    sheets.push((name.into_owned(), id.into_owned()));
                }
                "workbookPr"
                    if attribute(&element, "date1904").is_some_and(|value| is_set(&value)) =>
                {
                    context.epoch = Epoch::Of1904;
                }
                "calcPr" => {
                    let value = attribute(&element, "fullCalcOnLoad");
                    context.is_stale = value.is_some_and(|value| is_set(&value));
                }
                _ => {}
            },
            Event::Eof => return Ok(sheets),
            _ => {}
        }
    }
}

fn read_styles(mut xml: Xml<Part<'_>>) -> Result<Vec<NumberFormat>, InputProblem> {
    let (mut custom, mut formats) = (HashMap::new(), Vec::new());
    let mut in_cell_styles = false;
    loop {
        match xml.next()? {
            Event::Start(element) => {
                let number = || attribute(&element, "numFmtId")?.trim().parse::<u32>().ok();
                match element.local_name().as_ref() {
                    "numFmt" => {
                        if let (Some(number), Some(code)) =
                            (number(), attribute(&element, "formatCode"))
                        {
                            custom.insert(number, NumberFormat::of_code(&code));
                        }
                    }
                    "cellXfs" => in_cell_styles = true,
                    "xf" if in_cell_styles => {
                        formats.push(NumberFormat::of_number(number().unwrap_or(0), &custom));
                    }
                    _ => {}
                }
            }
            Event::End(element) if element.local_name().as_ref() == "cellXfs" => {
                in_cell_styles = false;
            }
            Event::Eof => return Ok(formats),
            _ => {}
        }
    }
}

/// Reads the cells of a sheet one by one.
struct Cells<'b, 'p> {
    xml: Xml<Part<'p>>,
    context: &'b Context,
    /// The raw value of the current cell.
    value: String,
    /// The formatted value of the current cell.
    shown: String,
    /// The range of the array formula in the last cell.
    array: Option<Merge>,
}

/// The attributes of a cell.
#[derive(Default)]
struct Tag {
    position: Option<(u32, u32)>,
    style: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Number,
    Shared,
    Inline,
    Formula,
    Boolean,
    Date,
    Error,
}

impl Cells<'_, '_> {
    fn read(mut self, take: &mut CellHandler<'_>) -> Result<Vec<Merge>, InputProblem> {
        let (mut row, mut column) = (0_u32, 0_u32);
        let (mut merges, mut after_sheet_data) = (Vec::new(), false);
        // The number of columns that array formulas cover beyond their own cells.
        let mut columns = 0_u64;
        let reading = self.context.reading;
        let next = |number: u32| number.checked_add(1).ok_or_else(|| reading.unreadable());
        loop {
            let tag = match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "row" if !after_sheet_data => {
                        if let Some(number) = attribute(&element, "r") {
                            let number = number.trim().parse::<u32>().ok();
                            let number = number.and_then(|number| number.checked_sub(1));
                            row = number.ok_or_else(|| reading.unreadable())?;
                        }
                        column = 0;
                        continue;
                    }
                    "c" if !after_sheet_data => {
                        tag(&element).ok_or_else(|| reading.unreadable())?
                    }
                    "mergeCell" => {
                        let cells = attribute(&element, "ref");
                        let cells = cells.as_deref().and_then(range);
                        merges.extend(cells.map(|Merge { row, column, last_row, .. }| {
                            Merge::of_rows(row, column, last_row)
                        }));
                        if merges.len() > MAX_MERGES {
                            return Err(reading.limits.exceeded());
                        }
                        continue;
                    }
                    _ => continue,
                },
                Event::End(element) => {
                    match element.local_name().as_ref() {
                        "row" => row = next(row)?,
                        "sheetData" => after_sheet_data = true,
                        _ => {}
                    }
                    continue;
                }
                Event::Eof => return Ok(merges),
                _ => continue,
            };
            if let Some(position) = tag.position {
                (row, column) = position;
            }
            let content = self.content(&tag)?;
            let has_value = !matches!(content, Content::Unusable(_));
            if content.is_filled() && take(row, column, content)?.is_break() {
                return Ok(Vec::new());
            }
            // The other cells of the range have no value either, and may be missing.
            if let Some(array) = self.array.take().filter(|_| !has_value) {
                let last_column = array.last_column.min(MAX_COLUMNS - 1);
                columns += u64::from(last_column.saturating_sub(array.column));
                merges.push(Merge { last_column, ..array });
                if columns > MAX_MERGES as u64 || merges.len() > MAX_MERGES {
                    return Err(reading.limits.exceeded());
                }
            }
            column = next(column)?;
        }
    }

    /// Reads the content of a cell after its start tag.
    fn content(&mut self, tag: &Tag) -> Result<Content<'_>, InputProblem> {
        enum Child {
            Value,
            Inline,
            Formula,
            Other,
        }
        let Self { xml, context, value, shown, array } = self;
        let Context { reading, texts, formats, epoch, is_stale } = context;
        value.clear();
        shown.clear();
        let (mut has_value, mut has_formula, mut is_inline) = (false, false, false);
        loop {
            let child = match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "v" => Child::Value,
                    "is" => Child::Inline,
                    "f" => {
                        let kind = attribute(&element, "t");
                        let is_array =
                            kind.is_some_and(|kind| matches!(&*kind, "array" | "dataTable"));
                        *array =
                            attribute(&element, "ref").filter(|_| is_array).and_then(|r| range(&r));
                        Child::Formula
                    }
                    _ => Child::Other,
                },
                // The end of the cell. Each nested element was read with its own end tag.
                Event::End(_) => break,
                Event::Eof => return Err(reading.unreadable()),
                _ => continue,
            };
            match child {
                Child::Value => {
                    has_value = true;
                    xml.push_text(value)?;
                }
                Child::Inline => {
                    is_inline = true;
                    push_rich_text(xml, shown)?;
                }
                Child::Formula => {
                    has_formula = true;
                    xml.skip_element()?;
                }
                Child::Other => xml.skip_element()?,
            }
        }
        let is_text = tag.kind == Kind::Formula && has_value;
        if has_formula && value.is_empty() && shown.is_empty() && !is_text {
            return Ok(Content::WITHOUT_VALUE);
        }
        Ok(Content::Text(match tag.kind {
            Kind::Error => return Ok(Content::WITHOUT_VALUE),
            _ if value.is_empty() => shown.trim_ascii(),
            Kind::Shared => {
                let number = value.trim().parse().ok();
                let text = number.and_then(|number| texts.get(number));
                text.ok_or_else(|| reading.unreadable())?.trim_ascii()
            }
            // Some programs repeat the text of an inline cell as its value, and some write only the value.
            Kind::Inline if is_inline => shown.trim_ascii(),
            Kind::Inline | Kind::Formula => {
                unescape(value, 0);
                value.trim_ascii()
            }
            Kind::Boolean => match value.trim() {
                "0" => "false",
                "1" => "true",
                other => other,
            },
            Kind::Date => {
                push_iso_date(value, shown);
                shown
            }
            Kind::Number => match value.trim().parse::<f64>() {
                // Programs that do not calculate formulas write `0.0` or `0` as a result. Excel writes a true
                // zero as `0`.
                Ok(0.0) if has_formula && (*is_stale || value.trim() != "0") => {
                    return Ok(Content::WITHOUT_VALUE);
                }
                Ok(number) => {
                    let format = formats.get(tag.style);
                    format.unwrap_or(&NumberFormat::Plain).write(number, *epoch, shown);
                    shown
                }
                Err(_) => value.trim_ascii(),
            },
        }))
    }
}

/// The attributes of a cell; `None` if they are invalid.
fn tag(element: &BytesStart<'_>) -> Option<Tag> {
    let mut tag = Tag::default();
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.ok()?;
        let value = &*attribute.value;
        match attribute.key.as_ref() {
            "r" => tag.position = Some(position(value)?),
            // An invalid style counts as the first style, which is the default.
            "s" => tag.style = value.trim().parse().unwrap_or(0),
            "t" => {
                tag.kind = match value {
                    "n" => Kind::Number,
                    "s" => Kind::Shared,
                    "inlineStr" | "is" => Kind::Inline,
                    "str" => Kind::Formula,
                    "b" => Kind::Boolean,
                    "d" => Kind::Date,
                    "e" => Kind::Error,
                    _ => return None,
                };
            }
            _ => {}
        }
    }
    Some(tag)
}

/// Row and column, from 0, of a reference such as `B12`.
fn position(name: &str) -> Option<(u32, u32)> {
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (column, row) = name.split_at(letters);
    let column = column.bytes().try_fold(0_u32, |column, letter| {
        let letter = u32::from(letter.to_ascii_uppercase() - b'A') + 1;
        column.checked_mul(26)?.checked_add(letter)
    })?;
    let row = row.parse::<u32>().ok()?;
    Some((row.checked_sub(1)?, column.checked_sub(1)?))
}

fn range(name: &str) -> Option<Merge> {
    let (first, last) = name.split_once(':')?;
    let (first, last) = (position(first)?, position(last)?);
    Some(Merge { row: first.0, column: first.1, last_row: last.0, last_column: last.1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_reference_gives_row_and_column() {
        for (name, expected) in [
            ("A1", Some((0, 0))),
            ("b12", Some((11, 1))),
            ("XFD1048576", Some((1_048_575, 16_383))),
            ("A0", None),
            ("A", None),
            ("1", None),
            ("A-1", None),
            ("ZZZZZZZZ1", None),
            ("A99999999999", None),
        ] {
            assert_eq!(position(name), expected, "{name}");
        }
    }
}
