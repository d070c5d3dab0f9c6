//! Arbitrary bytes as an SQL dump: the same rows for every block size. Written rows are read back, in every form
//! in which dumps have them. No row vanishes among statements of any kind: it is read, or an unusable row is
//! counted.
//!
//! The first three bytes of an input choose the options; see `choices`.

use leakdex_input::Format;

use super::text::{
    ASCII_COMPATIBLE, ENCODINGS, Reading, assert_addresses_are_read, choices, default_reading,
    rows_of_any_block_size, texts,
};

const SQL: Format = Format::Sql;

/// Beginnings of dumps in several dialects. Bytes that follow are values.
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

/// Checks the promises for the file in these bytes.
pub fn check(data: &[u8]) {
    let Some((mode, block_size, row_limit, data)) = choices(data) else { return };
    let choice = usize::from(mode >> 2);
    let reading = Reading { row_limit, ..default_reading(SQL) };
    let table = (choice >> 3 & 1 == 1).then_some("t");
    // Errors are fine as long as they are the same.
    match mode & 3 {
        0 => {
            let encoding = ENCODINGS[choice % ENCODINGS.len()];
            let reading = Reading { encoding, table, ..reading };
            let _ = rows_of_any_block_size(data, reading, block_size);
        }
        1 => {
            assert_no_row_vanishes(data, choice, table, block_size);
        }
        2 => {
            let file = [BEGINS[choice >> 3 & 7].as_bytes(), data].concat();
            let reading = Reading { encoding: ENCODINGS[choice % ASCII_COMPATIBLE], ..reading };
            let _ = rows_of_any_block_size(&file, reading, block_size);
        }
        _ => assert_written_rows_are_read(&texts(data), choice),
    }
}

fn assert_written_rows_are_read(texts: &[String], choice: usize) {
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
        // Only the names of the columns: a value may look like them.
        let file = file.replacen("(id, email)", "(id, email, a, b)", 1);
        format!("{begin}\n{define};\n{file}")
    } else {
        format!("{begin}\n{file}")
    };
    if choice >> 1 & 7 == 5 {
        let define = "CREATE TABLE t (id int, email text)";
        return assert_addresses_are_read(
            format!("{begin}\n{define};\n{file}").as_bytes(),
            default_reading(SQL),
            texts,
        );
    }
    assert_addresses_are_read(file.as_bytes(), default_reading(SQL), texts);
}

/// Text that dumps have between the statements with rows: separators, and statements without rows of the table. If
/// the reader misses the end of such a statement, it may swallow rows.
const BETWEEN: [&str; 22] = [
    " ",
    ";",
    ";\n",
    "\n",
    "\r\n",
    "\nGO\n",
    "\n/\n",
    "\r\n/\r\n",
    "\nUSE a\n",
    ";\nUSE b;\n",
    "\nALTER TABLE t ADD c int\n",
    "\nDELETE FROM t WHERE id = 0\n",
    "\nUPDATE t SET id = 0\n",
    "\nMERGE INTO t USING x ON (t.id = x.id) WHEN NOT MATCHED THEN\nINSERT (id) VALUES (x.id)\n",
    "\nDROP TABLE IF EXISTS x\n",
    " ON CONFLICT DO NOTHING;\n",
    " RETURNING id;\n",
    "\nCOMMIT\n",
    "\n  PRINT 'x'\n",
    ";\nCOMMENT ON TABLE t IS 'it's';\n",
    ";\nINSERT INTO @x VALUES (1)\n",
    " /* a */ -- it's\n",
];

/// Writes a dump of statements that the bytes choose, with an address in each row. Each address is read, or
/// an unusable row shows that one is missing. Returns whether the dump is read at all.
fn assert_no_row_vanishes(
    data: &[u8],
    choice: usize,
    table: Option<&str>,
    block_size: usize,
) -> bool {
    const MAX_COUNT: usize = 40;
    let begin = ["-- MySQL dump", "-- PostgreSQL", "PRAGMA x;"][choice % 3];
    let mut file = format!("{begin}\nCREATE TABLE t (id int, email text);\n");
    let mut written = 0;
    let mut address = || {
        written += 1;
        format!("a{written}@example.de")
    };
    for &byte in data.iter().take(MAX_COUNT) {
        let form = usize::from(byte) / BETWEEN.len();
        let (one, two) = (address(), address());
        file += &match form {
            0 => format!("INSERT INTO t (id, email) VALUES (1,'{one}'),(2, '{two}')"),
            1 => format!("INSERT t VALUES (1,'{one}'), NULL, (2,'{two}')"),
            2 => format!("INSERT INTO t (email, id) VALUES ('{one}',1),\n('{two}',2,3)"),
            3 => format!("INSERT INTO t SELECT 1, '{one}' UNION ALL SELECT 2, '{two}'"),
            4 => format!(
                "INSERT INTO t (email, id) SELECT '{one}', 1 FROM dual;\nINSERT INTO t VALUES (2,'{two}')"
            ),
            5 => format!(
                "INSERT ALL INTO t VALUES (1,'{one}') INTO t VALUES (2,'{two}') SELECT 1 FROM dual"
            ),
            6 => {
                format!("INSERT INTO t SET id=1, email='{one}';\nREPLACE INTO t SET email='{two}'")
            }
            7 => format!(";\nCOPY t (id, email) FROM stdin;\n1\t{one}\n2\t{two}\n\\.\n"),
            8 => format!(";\nCOPY t FROM stdin CSV;\n1,{one}\n2,\"{two}\"\n\\.\n"),
            9 => format!("  INSERT INTO t VALUES ROW(1,'{one}'), ROW (2,'{two}')"),
            10 => format!("INSERT INTO t VALUES (1,'{one}') (2,'{two}'), x"),
            _ => format!("INSERT INTO t VALUES (1,'{one}'),(2,'it's'),(3,'{two}')"),
        };
        file += BETWEEN[usize::from(byte) % BETWEEN.len()];
    }
    let reading = Reading { table, ..default_reading(SQL) };
    // An error loses no row unnoticed. For example, the table may be in two databases.
    let Ok(rows) = rows_of_any_block_size(file.as_bytes(), reading, block_size) else {
        return false;
    };
    let is_read = |number: usize| {
        let value = format!(" \"email\":email=Ok(\"a{number}@example.de\")");
        rows.iter().any(|row| row.contains(&value))
    };
    let lost = (1..=written).filter(|&number| !is_read(number)).count();
    let unusable = rows.iter().filter(|row| row.contains("invalid-sql")).count();
    assert!(lost == 0 || unusable > 0, "{lost} of {written} rows vanished: {file}");
    // One malformed part may hide several rows.
    let may_hide = ["it's'", "), x"].iter().any(|part| file.contains(part));
    assert!(lost <= unusable || may_hide, "{lost} rows lost, {unusable} counted: {file}");
    true
}

#[test]
fn no_row_vanishes_between_any_two_statements() {
    for choice in [0, 1, 8] {
        for first in 0..=u8::MAX {
            // The row after a statement must be valid, so that only the statement can lose it.
            let table = (choice == 8).then_some("t");
            let is_read = assert_no_row_vanishes(&[0, first, 2, first, 70], choice, table, 100);
            assert!(is_read, "{choice} {first}");
        }
    }
    // Longer dumps, in an order without a pattern. Some have the table in two databases.
    let (mut state, mut refused) = (1_u32, 0);
    for case in 0..150 {
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_le_bytes()[3]
        };
        let bytes: Vec<u8> = (0..8).map(|_| next()).collect();
        let table = (case % 2 == 0).then_some("t");
        refused += usize::from(!assert_no_row_vanishes(&bytes, case, table, 100));
    }
    assert!(refused < 15, "{refused} of 150 dumps are refused");
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
