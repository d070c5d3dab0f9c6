//! Arbitrary bytes as an SQL dump: the same rows for every block size, and what is written as a row is
//! read as it was.
//!
//! The first three bytes of an input say how the file is read; see `choices`.

use leakdex_input::Format;

use super::text::{
    ENCODINGS, OF_ASCII, Reading, assert_gives, choices, plainly, rows_of_any_block_size, texts,
};

const SQL: Format = Format::Sql;

/// Breaks no promise for the file in these bytes.
pub fn check(data: &[u8]) {
    let Some((how, block_size, row_limit, data)) = choices(data) else { return };
    let choice = usize::from(how >> 2);
    let reading = Reading { table: (how & 1 == 1).then_some("t"), row_limit, ..plainly(SQL) };
    // Errors are fine as long as they are the same.
    match how & 3 {
        0 | 1 => {
            let encoding = ENCODINGS[choice % ENCODINGS.len()];
            let reading = Reading { encoding, ..reading };
            let _ = rows_of_any_block_size(data, reading, block_size);
        }
        2 => {
            let begin = [
                "INSERT INTO t (id, email, x) VALUES (",
                "-- PostgreSQL\nINSERT INTO t (id, email, x) VALUES (",
                "-- MySQL dump\nINSERT INTO t (id, email, x) VALUES ('1','",
                "COPY t (id, email, x) FROM stdin;\n",
            ];
            let file = [begin[choice >> 3 & 3].as_bytes(), data].concat();
            let reading = Reading { encoding: ENCODINGS[choice % OF_ASCII], ..reading };
            let _ = rows_of_any_block_size(&file, reading, block_size);
        }
        _ => assert_what_is_written_is_read(&texts(data), choice & 1 == 1),
    }
}

fn assert_what_is_written_is_read(texts: &[String], backslash_escapes: bool) {
    let quoted = |text: &String| {
        let text = if backslash_escapes { text.replace('\\', "\\\\") } else { text.clone() };
        text.replace('\'', "''")
    };
    let begin = if backslash_escapes { "-- MySQL dump" } else { "-- PostgreSQL" };
    let tuples: Vec<_> = texts.iter().map(|text| format!("(1, '{}')", quoted(text))).collect();
    let file = format!("{begin}\nINSERT INTO t (id, email) VALUES {};\n", tuples.join(",\n"));
    assert_gives(file.as_bytes(), plainly(SQL), texts);
}
