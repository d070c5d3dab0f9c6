//! Arbitrary bytes as a CSV file: every row is counted once, whatever is wrong in it. Fuzzing enables debug
//! assertions, so the reader itself compares its fast scan with the full grammar, for every row that the scan
//! accepts.
//!
//! The first three bytes of an input choose the options; see `choices`.

use leakdex_input::Format;

use super::text::{
    ASCII_COMPATIBLE, ENCODINGS, Reading, assert_addresses_are_read, choices, default_reading,
    has_many_nuls, rows_of_any_block_size, texts,
};

const CSV: Format = Format::Csv;

/// Checks the promises for the file in these bytes.
pub fn check(data: &[u8]) {
    let Some((mode, block_size, row_limit, data)) = choices(data) else { return };
    let choice = usize::from(mode >> 2);
    match mode & 3 {
        0 | 1 => {
            let reading = Reading {
                encoding: ENCODINGS[choice % ENCODINGS.len()],
                delimiter: [None, Some(";"), Some(","), Some("tab")][choice >> 3 & 3],
                columns: if mode & 1 == 0 { &[] } else { &["1=email", "2=id"] },
                header: mode & 1 == 0,
                row_limit,
                ..default_reading(CSV)
            };
            // An error is fine as long as it is the same.
            let _ = rows_of_any_block_size(data, reading, block_size);
        }
        2 => {
            let encoding = ENCODINGS[choice % ASCII_COMPATIBLE];
            // The mapping proves that the first row is a header.
            let columns = &["id=id", "email=email"];
            let delimiter = Some(";");
            let reading =
                Reading { encoding, delimiter, columns, row_limit, ..default_reading(CSV) };
            assert_last_row_is_whole(data, reading, block_size);
        }
        _ => assert_written_records_are_read_back(&texts(data)),
    }
}

/// Asserts that a good row without quotation marks is a separate row, whatever comes before it.
fn assert_last_row_is_whole(bytes: &[u8], reading: Reading<'_>, block_size: usize) {
    let file = [b"id;email;vorname\n", bytes, b"\nlast;good@example.de;name\n"].concat();
    let rows = match rows_of_any_block_size(&file, reading, block_size) {
        Ok(rows) => rows,
        Err(message) => return assert!(has_many_nuls(&file), "{message}"),
    };
    let values = "\"email\":email=Ok(\"good@example.de\") \"vorname\":first-name=Ok(\"name\")";
    // There may be further values in between: references that look like addresses also count as addresses.
    let is_whole = |row: &String| row.starts_with("id=\"last\" ") && row.ends_with(values);
    assert!(rows.last().is_some_and(is_whole), "{:?}", rows.last());
    if !bytes.contains(&b'"') {
        let lines = bytes.split(|&byte| byte == b'\n');
        let filled = lines.filter(|line| !matches!(line, [] | [b'\r'])).count();
        assert_eq!(rows.len(), filled + 1, "a line without quotation marks is a row");
    }
}

fn assert_written_records_are_read_back(texts: &[String]) {
    let cell = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
    let rows = texts.iter().map(|text| format!("1,{}\r\n", cell(text)));
    let file = format!("id,email\r\n{}", rows.collect::<String>());
    // A value may be the name of its column. The mapping still proves that the first row is a header.
    let columns = &["email=email"];
    let reading = Reading { delimiter: Some(","), columns, ..default_reading(CSV) };
    assert_addresses_are_read(file.as_bytes(), reading, texts);
}
