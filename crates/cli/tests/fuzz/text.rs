//! What the targets that read text files have in common.

use leakdex_cli::fuzzing::{Format, Reading, read};

/// The encodings in which a file is read, by the number of the choice; detected if there is none.
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

/// Encodings in which ASCII is ASCII, so that lines can be put around the bytes.
pub const OF_ASCII: usize = 5;

/// How a file of this format is read, in the command's usual way.
pub fn plainly(format: Format) -> Reading<'static> {
    Reading {
        format,
        encoding: Some("utf-8"),
        delimiter: None,
        table: None,
        columns: &[],
        header: true,
        block_size: 1 << 12,
        row_limit: 1 << 16,
    }
}

/// Takes the first three bytes of an input: how a file is read, the size of its blocks, and the length
/// of its rows.
pub fn choices(data: &[u8]) -> Option<(u8, usize, usize, &[u8])> {
    let [how, size, limit, data @ ..] = data else { return None };
    // Rows of any length in a fuzzed file, or of few bytes more than this program's own.
    let row_limit = if *limit < 128 { 1 << 16 } else { (usize::from(*limit) - 128) * 4 + 80 };
    Some((*how, usize::from(*size) * 5 + 1, row_limit, data))
}

/// Reads the file in blocks of two sizes and gives its rows, which do not depend on the size. Where
/// the encoding is guessed, a block's bytes decide, and only the number of the rows is the same.
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
        _ => assert_eq!(rows, others, "blocks of {block_size} bytes"),
    }
    rows
}

/// Whether a file may be refused for its NUL bytes.
pub fn has_many_nuls(bytes: &[u8]) -> bool {
    (bytes.split(|&byte| byte == 0).count() - 1) * 5 >= bytes.len()
}

/// Texts out of arbitrary bytes: what stands between bytes that are never in UTF-8.
pub fn texts(data: &[u8]) -> Vec<String> {
    let parts = data.split(|&byte| byte == 0xFF);
    parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

/// Asserts that the file has one row for each address and each row gives it as it is.
pub fn assert_gives(bytes: &[u8], reading: Reading<'_>, addresses: &[String]) {
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
