//! Arbitrary bytes as JSON lines: every line that is not blank is one row.
//!
//! The first three bytes of an input choose the options; see `choices`.

use leakdex_input::Format;

use super::text::{
    ASCII_COMPATIBLE, ENCODINGS, Reading, assert_addresses_are_read, choices, default_reading,
    has_many_nuls, rows_of_any_block_size, texts,
};

const JSONL: Format = Format::Jsonl;

/// Checks the promises for the file in these bytes.
pub fn check(data: &[u8]) {
    let Some((mode, block_size, row_limit, data)) = choices(data) else { return };
    let choice = usize::from(mode >> 2);
    match mode & 3 {
        0 | 1 => {
            let columns: &[&str] = if mode & 1 == 0 { &[] } else { &["a=email"] };
            let encoding = ENCODINGS[choice % ENCODINGS.len()];
            let reading = Reading { encoding, columns, row_limit, ..default_reading(JSONL) };
            // An error is fine as long as it is the same.
            let _ = rows_of_any_block_size(data, reading, block_size);
        }
        2 => {
            // With mappings, no key is mistaken for a value.
            let columns = &["id=id", "email=email"];
            let encoding = ENCODINGS[choice % ASCII_COMPATIBLE];
            let reading = Reading { encoding, columns, row_limit, ..default_reading(JSONL) };
            assert_each_line_is_a_row(data, reading, block_size);
        }
        _ => assert_written_records_are_read_back(&texts(data)),
    }
}

fn assert_each_line_is_a_row(bytes: &[u8], reading: Reading<'_>, block_size: usize) {
    let (first, last) = ("{\"email\":1}\n", "\n{\"id\":\"last\",\"email\":\"good@example.de\"}");
    let file = [first.as_bytes(), bytes, last.as_bytes()].concat();
    let rows = match rows_of_any_block_size(&file, reading, block_size) {
        Ok(rows) => rows,
        // The bytes may be the signature of another format.
        Err(message) => {
            let is_other = has_many_nuls(&file) || message.contains("export it as CSV");
            return assert!(is_other, "{message}");
        }
    };
    assert_eq!(
        rows.last().map(String::as_str),
        Some("id=\"last\" \"email\":email=Ok(\"good@example.de\")")
    );
    let is_row = |line: &&[u8]| !line.trim_ascii().is_empty() || line.len() >= reading.row_limit;
    let lines = file.split(|&byte| byte == b'\n');
    assert_eq!(rows.len(), lines.filter(is_row).count(), "each line is a row");
}

fn assert_written_records_are_read_back(texts: &[String]) {
    let row = |text: &String| format!("{{\"email\":{}}}\n", serde_json::json!(text));
    let file: String = texts.iter().map(row).collect();
    assert_addresses_are_read(file.as_bytes(), default_reading(JSONL), texts);
}
