//! Fills in a work list as a case officer does in a spreadsheet.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::Path,
};

use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

const SHEET: &str = "xl/worksheets/sheet1.xml";

/// Writes these texts under these headers in each row of a workbook, and returns the number of rows.
pub fn fill_in(path: &Path, filled: &[(&str, &str)]) -> usize {
    let file = File::open(path).expect("the guide made the work list before");
    let mut archive = ZipArchive::new(file).expect("a workbook is an archive");
    let mut parts = Vec::new();
    for number in 0..archive.len() {
        let mut part = archive.by_index(number).expect("it has this part");
        let mut text = String::new();
        part.read_to_string(&mut text).expect("a part is text");
        parts.push((part.name().expect("a part has a name").into_owned(), text));
    }
    let sheet = parts.iter_mut().find(|(name, _)| name == SHEET);
    let (_, sheet) = sheet.expect("a workbook has a sheet");
    let (written, rows) = with_cells(sheet, filled);
    *sheet = written;
    let mut archive = ZipWriter::new(File::create(path).expect("the work list can be saved"));
    for (name, text) in parts {
        archive.start_file(name, SimpleFileOptions::default()).expect("a part can begin");
        archive.write_all(text.as_bytes()).expect("a part can be written");
    }
    archive.finish().expect("the work list can be saved");
    rows
}

/// The sheet with these cells, and the number of rows below the header.
fn with_cells(sheet: &str, filled: &[(&str, &str)]) -> (String, usize) {
    let (before, rest) = sheet.split_once("<row ").expect("a sheet has rows");
    let (rows, after) = rest.rsplit_once("</row>").expect("a row ends");
    let mut rows = rows.split("</row><row ");
    let header = rows.next().expect("a table has a header");
    let columns = filled.iter().map(|(name, text)| (column_of(header, name), *text));
    let columns: Vec<(&str, &str)> = columns.collect();
    let mut written = format!("{before}<row {header}</row>");
    let mut number = 1;
    for row in rows {
        number += 1;
        let (start, cells) = row.split_once('>').expect("a tag ends");
        let mut cells: Vec<String> = cells.split_inclusive("</c>").map(str::to_owned).collect();
        for (column, text) in &columns {
            let place = format!("{column}{number}");
            cells.retain(|cell| !cell.contains(&format!("\"{place}\"")));
            cells.push(format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"));
        }
        // In the order of the columns: A, …, Z, AA.
        cells.sort_by_key(|cell| {
            let place = cell.split('"').nth(1).unwrap_or_default();
            (place.len(), place.to_owned())
        });
        written += &format!("<row {start}>{}</row>", cells.concat());
    }
    (written + after, number - 1)
}

/// The letters of the column with this header.
fn column_of<'a>(header: &'a str, name: &str) -> &'a str {
    let cell = header.split("</c>").find(|cell| cell.contains(&format!(">{name}<")));
    let cell = cell.unwrap_or_else(|| panic!("the work list has no column {name}"));
    let (_, place) = cell.rsplit_once("<c r=\"").expect("a cell has a place");
    place.split('1').next().expect("letters stand before the number")
}
