//! Arbitrary bytes as a JSON document: the same rows for every block size, and written records are read back.
//!
//! The first three bytes of an input choose the options; see `choices`.

use leakdex::Field;
use leakdex_input::Format;

use super::text::{
    ASCII_COMPATIBLE, ENCODINGS, Reading, asks_about, assert_addresses_are_read, choices,
    default_reading, rows_of_any_block_size, texts,
};

const JSON: Format = Format::Json;

/// Beginnings of documents, each with at least one record. Bytes that follow are further records.
const BEGINS: [&str; 4] = [
    "[{\"email\":\"a@b.de\"},",
    "{\"a\":1,\"users\":[{\"email\":\"a@b.de\"},{\"email\":\"c@d.de\"},",
    "{\"M-1\":{\"email\":\"a@b.de\"},\"M-2\":{\"email\":\"c@d.de\"},",
    "[[\"email\",\"plz\"],[\"a@b.de\",1],",
];

/// Checks the promises for the file in these bytes.
pub fn check(data: &[u8]) {
    let Some((mode, block_size, row_limit, data)) = choices(data) else { return };
    let choice = usize::from(mode >> 2);
    // Errors are fine as long as they are the same.
    match mode & 3 {
        0 => {
            let table = [None, Some("a"), Some("a.b"), Some("*"), Some("a.*")][choice % 5];
            let encoding = ENCODINGS[choice % ENCODINGS.len()];
            let columns: &[&str] = if choice & 8 == 0 { &[] } else { &["a=email"] };
            let reading = Reading { encoding, table, columns, row_limit, ..default_reading(JSON) };
            let _ = rows_of_any_block_size(data, reading, block_size);
        }
        1 => {
            let begin = BEGINS[choice >> 3 & 3];
            let encoding = ENCODINGS[choice % ASCII_COMPATIBLE];
            let reading = Reading { encoding, row_limit, ..default_reading(JSON) };
            assert_begins_with_records(&[begin.as_bytes(), data].concat(), reading, block_size);
        }
        2 => {
            let record = |text: &String| format!("{{\"email\":{}}}", serde_json::json!(text));
            let records: Vec<String> = texts(data).iter().map(record).collect();
            let (begin, between, end) = [
                ("[", ",", "]"),
                ("[\n  ", ",\n  ", "\n]\n"),
                ("", "\n", ""),
                ("", "", ""),
                ("{\"page\":1,\"users\":[", ",", "],\"next\":{}}"),
                ("[[", "],[", "]]"),
            ][choice % 6];
            let file = format!("{begin}{}{end}", records.join(between));
            assert_addresses_are_read(file.as_bytes(), default_reading(JSON), &texts(data));
            assert_nothing_beside_records_is_dropped(&records.join(","), choice, block_size);
        }
        _ => {
            let cell = |text: &String| format!("[1,{}]", serde_json::json!(text));
            let cells: Vec<String> = texts(data).iter().map(cell).collect();
            let file = format!("[[\"id\",\"email\"],{}]", cells.join(","));
            assert_addresses_are_read(file.as_bytes(), default_reading(JSON), &texts(data));
        }
    }
}

/// Asserts that an identifier beside the records is in a row, a reject or a question, or that the file is refused.
fn assert_nothing_beside_records_is_dropped(records: &str, choice: usize, block_size: usize) {
    let aside = [
        r#""x":{"B123456782":{"y":1},"C123456784":{"y":2}}"#,
        r#""x":{"B123456782":true}"#,
        r#""x":{"B123456782":null,"y":{}}"#,
        r#""x":["y","z",["B123456782"]]"#,
        r#""x":"B123456782, C123456784""#,
        r#""B123456782":[]"#,
        r#""x":{"y":{"kvnr":"B123456782"}}"#,
    ];
    let aside = aside[choice % aside.len()];
    for file in
        [format!("{{\"users\":[{records}],{aside}}}"), format!("{{{aside},\"users\":[{records}]}}")]
    {
        let (bytes, reading) = (file.as_bytes(), default_reading(JSON));
        let is_there = |row: &String| row.contains("B123456782") || row.contains("doubt=");
        if let Ok(rows) = rows_of_any_block_size(bytes, reading, block_size) {
            let is_noticed = rows.iter().any(is_there) || asks_about(bytes, reading, Field::Kvnr);
            assert!(is_noticed, "{file}");
        }
    }
}

/// Asserts that the first records are read in spite of the bytes after them. Returns whether the file is read at all:
/// it may be refused, for example since it has records at two places.
fn assert_begins_with_records(file: &[u8], reading: Reading<'_>, block_size: usize) -> bool {
    let Ok(rows) = rows_of_any_block_size(file, reading, block_size) else { return false };
    // Later text can change the path of the records. Then the first records are rejects.
    let is_there = |row: &String| row.contains("a@b.de") || row.contains("doubt=");
    assert!(rows.iter().any(is_there), "{rows:?}");
    true
}

#[test]
fn records_before_malformed_or_missing_text_are_read() {
    for begin in BEGINS {
        for end in ["", "x", "}", "{\"email\":"] {
            let file = format!("{begin}{end}");
            let is_read = assert_begins_with_records(file.as_bytes(), default_reading(JSON), 100);
            assert!(is_read, "{file}");
        }
    }
}
