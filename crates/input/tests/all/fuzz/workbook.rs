//! Arbitrary bytes as a workbook, or as a part of one: the same rows for every block size.
//!
//! An input that begins like a workbook is used as one. In any other input, the first byte chooses the part
//! of a workbook that the other bytes become.

use std::io::{Cursor, Write as _};

use leakdex_input::Format;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::text::{Reading, default_reading, rows_of_any_block_size};

/// Checks the promises for the workbook in these bytes.
pub fn check(data: &[u8]) {
    let begins = |begin: &[u8]| data.starts_with(begin);
    if begins(b"PK\x03\x04") || begins(b"\xD0\xCF\x11\xE0") || begins(b"\x09\x08") {
        return assert_same_rows(data);
    }
    let Some((&choice, part)) = data.split_first() else { return };
    let file = match choice % 8 {
        0 => excel("xl/workbook.xml", &[("xl/sheet", &wrapped("worksheet", "sheetData", part))]),
        1 => excel("xl/workbook.xml", &[("xl/texts", part), ("xl/sheet", SHEET)]),
        2 => excel("xl/workbook.xml", &[("xl/styles", part), ("xl/sheet", SHEET)]),
        3 => excel("xl/workbook.bin", &[("xl/sheet", &[BEGIN, part].concat())]),
        4 => excel("xl/workbook.bin", &[("xl/texts", part), ("xl/styles", part)]),
        5 => archive(&[("content.xml", &wrapped("spreadsheet", "table", part))]),
        6 => archive(&[("content.xml", part)]),
        _ => [&b"\x09\x08\x10\x00\x00\x06\x05\x00"[..], part].concat(),
    };
    assert_same_rows(&file);
}

/// A sheet whose cells refer to the first shared string and the first style.
const SHEET: &[u8] =
    b"<worksheet><sheetData><row><c t=\"str\"><v>email</v></c></row><row><c t=\"s\">\
    <v>0</v></c><c s=\"0\"><v>25600</v></c></row></sheetData></worksheet>";

/// The beginning of the cells of a binary sheet.
const BEGIN: &[u8] = b"\x91\x01\x00";

fn assert_same_rows(file: &[u8]) {
    for header in [true, false] {
        let columns = if header { &[][..] } else { &["1=email"] };
        let reading = Reading {
            encoding: None,
            header,
            columns,
            row_limit: 1 << 12,
            ..default_reading(Format::Xlsx)
        };
        // Errors are fine as long as they are the same.
        let _ = rows_of_any_block_size(file, reading, 7);
    }
}

fn wrapped(outer: &str, inner: &str, part: &[u8]) -> Vec<u8> {
    let begin = format!("<{outer}><{inner}>");
    let end = format!("</{inner}></{outer}>");
    [begin.as_bytes(), part, end.as_bytes()].concat()
}

/// A workbook of Excel with these parts.
fn excel(main: &str, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let relation = |(kind, target): &(&str, &str)| {
        format!("<Relationship Id=\"{kind}\" Type=\"/{kind}\" Target=\"/{target}\"/>")
    };
    let relations = |list: &[(&str, &str)]| {
        let list: String = list.iter().map(relation).collect();
        format!("<Relationships>{list}</Relationships>")
    };
    let root = relations(&[("officeDocument", main)]);
    let workbook_relations = relations(&[
        ("worksheet", "xl/sheet"),
        ("sharedStrings", "xl/texts"),
        ("styles", "xl/styles"),
    ]);
    let relations_part = format!("xl/_rels/{}.rels", &main[3..]);
    let name: Vec<u8> = "worksheet".bytes().flat_map(|byte| [byte, 0]).collect();
    let (book, sheet): (Vec<u8>, &[u8]) = if main.ends_with("bin") {
        let bundle =
            [&[0x9C, 0x01, 36][..], &[0; 8], &[9, 0, 0, 0], &name, &[1, 0, 0, 0, b'A', 0]].concat();
        (bundle, &[0x91, 0x01, 0])
    } else {
        (
            b"<workbook><sheets><sheet name=\"A\" id=\"worksheet\"/></sheets></workbook>".to_vec(),
            SHEET,
        )
    };
    let mut all = vec![
        ("_rels/.rels", root.as_bytes()),
        (main, &book),
        (&relations_part, workbook_relations.as_bytes()),
    ];
    all.extend(parts);
    if !parts.iter().any(|(name, _)| *name == "xl/sheet") {
        all.push(("xl/sheet", sheet));
    }
    archive(&all)
}

/// An archive of parts that are not compressed.
fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in parts {
        archive.start_file(*name, stored).expect("memory takes it");
        archive.write_all(part).expect("memory takes it");
    }
    archive.finish().expect("memory takes it").into_inner()
}
