use std::io::{Cursor, Write as _};

use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::formats::testing::rows_of_cut;

mod ods;
mod other;
mod xls;
mod xlsb;
mod xlsx;

/// A ZIP archive of these parts.
fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).expect("to memory");
        archive.write_all(content).expect("to memory");
    }
    archive.finish().expect("to memory").into_inner()
}

/// The cells of a row, or why there are none.
type Cells = Result<Vec<Result<String, Reason>>, Reason>;

/// The name of the sheet that is read, and its rows including the first.
fn read_rows(file: &[u8], options: &Options) -> Result<(String, Vec<Cells>), InputProblem> {
    let reading = ReadContext::new(Format::Xlsx, options.max_bytes);
    let (_, sheet) = read(file, reading, options)?;
    let name = sheet.name.clone();
    let (_, cuts) = sheet.split(None)?;
    Ok((name, cuts.iter().flat_map(rows_of_cut).collect()))
}

/// The rows of a readable workbook. An unreadable cell is shown as its reason in brackets.
#[track_caller]
fn rows(file: &[u8]) -> Vec<String> {
    rows_with(file, &Options::default())
}

#[track_caller]
fn rows_with(file: &[u8], options: &Options) -> Vec<String> {
    let (_, rows) = read_rows(file, options).expect("a workbook that can be read");
    let text = |cell: &Result<String, Reason>| match cell {
        Ok(text) => text.clone(),
        Err(reason) => format!("[{reason}]"),
    };
    let row = |row: &Cells| match row {
        Ok(cells) => cells.iter().map(text).collect::<Vec<_>>().join("|"),
        Err(reason) => format!("[[{reason}]]"),
    };
    rows.iter().map(row).collect()
}

#[track_caller]
fn problem(file: &[u8]) -> String {
    read_rows(file, &Options::default()).expect_err("no workbook that can be read").to_string()
}

fn reading(file: usize, content: usize) -> ReadContext {
    let bytes = |number| u64::try_from(number).expect("fits");
    let limits = Limits { file: bytes(file), content: bytes(content), given: None };
    ReadContext { format: Format::Xlsx, limits }
}

#[test]
fn a_lower_limit_from_the_caller_replaces_the_documented_limit() {
    let Limits { file, content, .. } = Limits::new(Some(ByteCount(1 << 40)));
    assert_eq!((file, content), (256 << 20, 1 << 30));
    assert_eq!(Limits::new(Some(ByteCount(1000))).content, 1000);
}
