//! Arbitrary bytes as an SQL dump: the same rows for every block size, and what is written as a row is
//! read as it was, in every way to write it.
//!
//! The first three bytes of an input say how the file is read; see `choices`.

use leakdex_input::Format;

use super::text::{
    ENCODINGS, OF_ASCII, Reading, assert_gives, choices, plainly, rows_of_any_block_size, texts,
};

const SQL: Format = Format::Sql;

/// Lines after which arbitrary bytes are values, in the dialects.
const BEGINS: [&str; 8] = [
    "INSERT INTO t (id, email, x) VALUES (",
    "-- PostgreSQL\nINSERT INTO t (id, email, x) VALUES (",
    "-- MySQL dump\nINSERT INTO t (id, email, x) VALUES ('1','",
    "COPY t (id, email, x) FROM stdin;\n",
    "PRAGMA x;\nINSERT INTO t (id, email, x) VALUES (CAST(",
    "PRAGMA x;\nINSERT INTO t (id, email, x) SELECT ",
    "-- MySQL dump\nINSERT INTO t SET email=",
    "COPY t (id, email, x) FROM stdin CSV;\n",
];

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
            let file = [BEGINS[choice >> 3 & 7].as_bytes(), data].concat();
            let reading = Reading { encoding: ENCODINGS[choice % OF_ASCII], ..reading };
            let _ = rows_of_any_block_size(&file, reading, block_size);
        }
        _ => assert_what_is_written_is_read(&texts(data), choice),
    }
}

fn assert_what_is_written_is_read(texts: &[String], choice: usize) {
    let backslash_escapes = choice & 1 == 1;
    let quoted = |text: &String| {
        let text = if backslash_escapes { text.replace('\\', "\\\\") } else { text.clone() };
        text.replace('\'', "''")
    };
    let begin = if backslash_escapes { "-- MySQL dump" } else { "-- PostgreSQL" };
    let values = texts.iter().map(quoted);
    let file = match choice >> 1 & 7 {
        0 => rows(values.map(|text| format!("'{text}'"))),
        1 => rows(values.map(|text| format!("CAST(N'{text}' AS varchar(max))"))),
        2 => rows(values.map(|text| format!("/* a */ ('' || '{text}' || CONCAT('')) :: text"))),
        3 => rows(texts.iter().map(|text| format!("UNHEX('{}')", hex(text)))),
        4 => rows(values.map(|text| format!("to_clob('{text}'), -1, f('{text}', (2))"))),
        5 => {
            let set = values.map(|text| format!("INSERT INTO t SET email = '{text}', id=1;\n"));
            set.collect()
        }
        6 => {
            let selects: Vec<_> = values.map(|text| format!("SELECT 1, '{text}'")).collect();
            format!("INSERT INTO t (id, email) {};\n", selects.join(" UNION ALL\n"))
        }
        _ => {
            let row = |text: &String| format!("1,\"{}\"\n", text.replace('"', "\"\""));
            let rows: String = texts.iter().map(row).collect();
            format!("COPY t (id, email) FROM stdin WITH (FORMAT csv);\n{rows}\\.\n")
        }
    };
    // The definition puts the address last.
    let define = "CREATE TABLE t (id int, a int, b int, email text)";
    let file = if choice >> 1 & 7 == 4 {
        let file = file.replace("(id, email)", "(id, email, a, b)");
        format!("{begin}\n{define};\n{file}")
    } else {
        format!("{begin}\n{file}")
    };
    if choice >> 1 & 7 == 5 {
        let define = "CREATE TABLE t (id int, email text)";
        return assert_gives(format!("{begin}\n{define};\n{file}").as_bytes(), plainly(SQL), texts);
    }
    assert_gives(file.as_bytes(), plainly(SQL), texts);
}

fn rows(values: impl Iterator<Item = String>) -> String {
    let tuples: Vec<_> = values.map(|value| format!("(1, {value})")).collect();
    format!("INSERT INTO t (id, email) VALUES {};\n", tuples.join(",\n"))
}

fn hex(text: &str) -> String {
    use std::fmt::Write as _;
    let mut hex = String::new();
    text.bytes().for_each(|byte| write!(hex, "{byte:02x}").expect("to memory"));
    hex
}
