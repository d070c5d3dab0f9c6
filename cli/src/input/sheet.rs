//! One sheet of an Excel workbook (ECMA-376), written out as delimited text.
//!
//! A workbook is a ZIP archive whose table of contents stands at its end, and whose texts stand
//! apart from the cells: so all of it must be in memory, and there are limits to its size.

use std::{
    io::{self, Cursor, Read},
    path::Path,
};

use calamine::{DataRef, Reader as _, Xlsx};
use zip::ZipArchive;

use super::{
    columns::shown,
    error::InputProblem,
    options::Format,
    split::Cut,
    sql::{Fields, write_fields},
};

/// A larger workbook is not read, in bytes.
const LARGEST_FILE: u64 = 256 << 20;

/// A workbook that unpacks to more is not read, nor a sheet whose text is more, in bytes.
const LARGEST_CONTENT: u64 = 1 << 30;

/// A sheet as delimited text.
pub(super) struct Sheet {
    pub name: String,
    pub text: Vec<u8>,
}

/// Whether this is to be read as a workbook: by what the caller says, and else by its first bytes.
pub(super) fn is_workbook(path: &Path, sample: &[u8], asked: Option<Format>) -> bool {
    let is_named = || {
        let extension = path.extension();
        extension.is_some_and(|e| e.eq_ignore_ascii_case("xlsx") || e.eq_ignore_ascii_case("xlsm"))
    };
    match asked {
        Some(format) => format == Format::Xlsx,
        None if sample.starts_with(b"PK\x03\x04") => {
            is_named() || memchr::memmem::find(sample, b"xl/").is_some()
        }
        None => false,
    }
}

/// Reads the sheet of this name, or the first.
pub(super) fn read(source: impl Read, asked: Option<&str>) -> Result<Sheet, InputProblem> {
    let mut file = Vec::new();
    source.take(LARGEST_FILE + 1).read_to_end(&mut file).map_err(InputProblem::Read)?;
    let is_small = |length: usize, limit| u64::try_from(length).is_ok_and(|length| length <= limit);
    if !is_small(file.len(), LARGEST_FILE) || !unpacks_small(&file)? {
        return Err(InputProblem::LargeWorkbook);
    }
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(file)).map_err(unreadable)?;
    let names = workbook.sheet_names();
    let name = match asked {
        Some(asked) => names.iter().find(|name| name.eq_ignore_ascii_case(asked)),
        None => names.first(),
    };
    let Some(name) = name.cloned() else {
        let found: Vec<_> = names.iter().map(|name| format!("'{}'", shown(name))).collect();
        let asked = asked.unwrap_or_default().to_owned();
        return Err(InputProblem::NoSuchSheet { asked, found: found.join(", ") });
    };

    let mut cells = workbook.worksheet_cells_reader(&name).map_err(unreadable)?;
    let (mut fields, mut cut) = (Fields::default(), Cut::default());
    let (mut row, mut width) = (None, 0);
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        let (number, column) = cell.get_position();
        if matches!(cell.get_value(), DataRef::Empty) {
            continue;
        }
        if row != Some(number) {
            end_row(&mut fields, &mut width, &mut cut);
            row = Some(number);
        }
        // Cells that are empty are not there.
        while u32::try_from(fields.len()).is_ok_and(|length| length < column) {
            fields.end_field();
        }
        push_text(cell.get_value(), &mut fields.bytes);
        fields.end_field();
        if !is_small(cut.bytes.len(), LARGEST_CONTENT) {
            return Err(InputProblem::LargeWorkbook);
        }
    }
    end_row(&mut fields, &mut width, &mut cut);
    Ok(Sheet { name: shown(&name), text: cut.bytes })
}

/// Writes a row out, with empty fields up to the width of the first row.
fn end_row(fields: &mut Fields, width: &mut usize, cut: &mut Cut) {
    if fields.len() == 0 {
        return;
    }
    *width = if *width == 0 { fields.len() } else { *width };
    while fields.len() < *width {
        fields.end_field();
    }
    write_fields(fields, cut);
    fields.clear();
}

/// A cell as a person would write it.
fn push_text(value: &DataRef<'_>, text: &mut Vec<u8>) {
    match value {
        DataRef::String(string) | DataRef::DateTimeIso(string) | DataRef::DurationIso(string) => {
            text.extend_from_slice(string.as_bytes());
        }
        DataRef::SharedString(string) => text.extend_from_slice(string.as_bytes()),
        DataRef::Int(number) => text.extend_from_slice(number.to_string().as_bytes()),
        DataRef::Float(number) => text.extend_from_slice(decimal(*number).as_bytes()),
        DataRef::Bool(truth) => text.extend_from_slice(truth.to_string().as_bytes()),
        DataRef::DateTime(date) if date.is_datetime() => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            text.extend_from_slice(format!("{year:04}-{month:02}-{day:02}").as_bytes());
        }
        DataRef::DateTime(date) => text.extend_from_slice(decimal(date.as_f64()).as_bytes()),
        // A byte that is no text, so that the field is reported.
        DataRef::Error(_) => text.push(0xFF),
        DataRef::Empty => {}
    }
}

/// A number without an exponent, but for those that have lost digits: a cell holds fifteen.
fn decimal(number: f64) -> String {
    if number.abs() < 1e15 { number.to_string() } else { format!("{number:E}") }
}

/// Unpacks a workbook into nowhere, to see how large it is: what its entries say of their sizes
/// need not be true.
fn unpacks_small(file: &[u8]) -> Result<bool, InputProblem> {
    let mut archive = ZipArchive::new(Cursor::new(file)).map_err(unreadable)?;
    let mut left = LARGEST_CONTENT;
    for number in 0..archive.len() {
        let entry = archive.by_index(number).map_err(unreadable)?;
        let unpacked = io::copy(&mut entry.take(left + 1), &mut io::sink());
        let unpacked = unpacked.map_err(InputProblem::Read)?;
        match left.checked_sub(unpacked) {
            Some(rest) => left = rest,
            None => return Ok(false),
        }
    }
    Ok(true)
}

/// What went wrong is not told: a message may show what is in a cell.
fn unreadable<E>(_: E) -> InputProblem {
    InputProblem::Refused(
        "no Excel workbook (XLSX) that can be read",
        "save the sheet as CSV (UTF-8)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_exponent_unless_digits_are_lost() {
        for (number, text) in [
            (12345.0, "12345"),
            (1067.5, "1067.5"),
            (-3.0, "-3"),
            (123_456_789_012_345.0, "123456789012345"),
            (8.027_688_311e19, "8.027688311E19"),
        ] {
            assert_eq!(decimal(number), text);
        }
    }
}
