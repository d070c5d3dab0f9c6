//! Shared code of the fuzz targets that read files.

use std::fmt::Write as _;

use leakdex::Field;
use leakdex_input::{Format, Input, InputError, Options, Rows, Sizes, UnusedCounts};

/// How an input in memory is read.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    pub format: Format,
    /// The name of its encoding; detected if not given.
    pub encoding: Option<&'a str>,
    /// The delimiter of a CSV file; detected if not given.
    pub delimiter: Option<&'a str>,
    /// The layout of lines of fixed width.
    pub layout: Option<&'a str>,
    /// The table of an SQL dump; the only one with rows if not given.
    pub table: Option<&'a str>,
    /// The fields of columns: `HEADER=FIELD`.
    pub columns: &'a [&'a str],
    /// Whether the first row of a CSV file is a header.
    pub header: bool,
    /// The approximate size of a block, in bytes.
    pub block_size: usize,
    /// The size limit of a row, in bytes.
    pub row_limit: usize,
}

/// The encodings to choose from. With `None`, the encoding is detected.
pub const ENCODINGS: [Option<&str>; 8] = [
    Some("utf-8"),
    None,
    Some("windows-1252"),
    Some("iso-8859-15"),
    Some("cp850"),
    Some("utf-16le"),
    Some("utf-16be"),
    Some("din-66003"),
];

/// The number of encodings above that include ASCII. With these, a target can put lines around the bytes.
pub const ASCII_COMPATIBLE: usize = 5;

/// The usual way to read a file of this format.
pub fn default_reading(format: Format) -> Reading<'static> {
    Reading {
        format,
        encoding: Some("utf-8"),
        delimiter: None,
        layout: None,
        table: None,
        columns: &[],
        header: true,
        block_size: 1 << 12,
        row_limit: 1 << 16,
    }
}

/// Splits off the first three bytes of an input: how a file is read, the size of its blocks, and the size limit
/// of its rows.
pub fn choices(data: &[u8]) -> Option<(u8, usize, usize, &[u8])> {
    let [mode, size, limit, data @ ..] = data else { return None };
    // A limit that is rarely reached, or one not far above the rows that the targets add.
    let row_limit = if *limit < 128 { 1 << 16 } else { (usize::from(*limit) - 128) * 4 + 80 };
    Some((*mode, usize::from(*size) * 5 + 1, row_limit, data))
}

/// Reads the file in blocks of two sizes, asserts that the rows are the same, and returns them. If the encoding is
/// detected, the bytes of a block decide, so only the number of rows must be the same.
pub fn rows_of_any_block_size(
    bytes: &[u8],
    reading: Reading<'_>,
    block_size: usize,
) -> Result<Vec<String>, String> {
    let rows = read(bytes, reading);
    let others = read(bytes, Reading { block_size, ..reading });
    match (&rows, &others) {
        (Ok(rows), Ok(others)) if reading.encoding.is_none() => {
            assert_eq!(rows.len(), others.len());
        }
        // If the detected encodings differ, the values may fit other columns.
        _ if reading.encoding.is_none() => {}
        // A large block may include a second fault of the file, with another error.
        (Err(_), Err(_)) => {}
        _ => assert_eq!(rows, others, "blocks of {block_size} bytes"),
    }
    rows
}

/// The result of each row of an input, written out with its values, or the message of the error.
fn read(bytes: &[u8], reading: Reading<'_>) -> Result<Vec<String>, String> {
    let message = |error: InputError| error.to_string();
    let mut input = Input::of_bytes(bytes.to_vec(), &options(reading)).map_err(message)?;
    let layout = input.layout();
    let mut rows = Vec::new();
    while let Some(block) = input.next_block().map_err(message)? {
        let before = rows.len();
        let count = layout.rows(&block, |share| {
            rows.extend((0..share.len()).map(|row| row_text(share, row)));
        });
        assert_eq!(u64::try_from(rows.len() - before), Ok(count), "each row is counted once");
    }
    Ok(rows)
}

/// Whether leakdex asks about an unused column of a readable file, since its values look like this field.
pub fn asks_about(bytes: &[u8], reading: Reading<'_>, field: Field) -> bool {
    let mut input = Input::of_bytes(bytes.to_vec(), &options(reading)).expect("readable");
    let (layout, mut counts) = (input.layout(), UnusedCounts::default());
    while let Some(block) = input.next_block().expect("readable") {
        layout.rows_and_unused(&block, &mut counts, |_| {});
    }
    layout.unused_columns(&counts).iter().any(|column| column.looks_like == Some(field))
}

fn options(reading: Reading<'_>) -> Options {
    Options {
        format: Some(reading.format),
        encoding: reading.encoding.map(|name| name.parse().expect("an encoding")),
        delimiter: reading.delimiter.map(|text| text.parse().expect("a delimiter")),
        layout: reading.layout.map(|text| text.parse().expect("a layout")),
        columns: reading.columns.iter().map(|text| text.parse().expect("a mapping")).collect(),
        header: reading.header,
        table: reading.table.map(str::to_owned),
        sizes: Sizes { block: reading.block_size, row: reading.row_limit, ..Sizes::default() },
        ..Options::default()
    }
}

fn row_text(rows: &Rows<'_>, row: usize) -> String {
    let record = rows.columns().record(row);
    let mut text = format!("id={:?}", rows.id(row));
    for reason in record.notes() {
        write!(text, " note={reason}").expect("to memory");
    }
    for reason in record.doubts() {
        write!(text, " doubt={reason}").expect("to memory");
    }
    for (number, (field, value)) in record.values().enumerate() {
        if rows.has(row, number) {
            let header = rows.header(number).as_written();
            write!(text, " {header:?}:{field}={value:?}").expect("to memory");
        } else {
            assert_eq!(value, Ok(""), "a row without a cell has no value");
        }
    }
    for class in record.data_classes() {
        write!(text, " class={class}").expect("to memory");
    }
    text
}

/// Whether a file may be refused for its NUL bytes.
pub fn has_many_nuls(bytes: &[u8]) -> bool {
    (bytes.split(|&byte| byte == 0).count() - 1) * 5 >= bytes.len()
}

/// Makes texts out of arbitrary bytes. A byte that UTF-8 never has separates them.
pub fn texts(data: &[u8]) -> Vec<String> {
    let parts = data.split(|&byte| byte == 0xFF);
    parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

/// Asserts that the file has one row for each address, and that each row has its address unchanged.
pub fn assert_addresses_are_read(bytes: &[u8], reading: Reading<'_>, addresses: &[String]) {
    match rows_of_any_block_size(bytes, reading, 100) {
        Ok(rows) => {
            assert_eq!(rows.len(), addresses.len(), "{rows:?}");
            for (row, address) in rows.iter().zip(addresses) {
                let value = format!(" \"email\":email=Ok({address:?})");
                assert!(row.ends_with(&value), "{row} is not {value}");
            }
        }
        Err(message) => assert!(has_many_nuls(bytes), "{message}"),
    }
}
