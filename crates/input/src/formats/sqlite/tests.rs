//! Tests with databases that `SQLite` itself writes, and with damaged and malicious ones.

use std::{collections::BTreeSet, fs, path::PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::{Input, split::RowForm};

/// A folder with a database.
struct TestDatabase {
    folder: TempDir,
    path: PathBuf,
}

impl TestDatabase {
    fn new(statements: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.db");
        let database = Self { folder, path };
        database.change(statements);
        database
    }

    fn change(&self, statements: &str) {
        let connection = Connection::open(&self.path).expect("it can be written");
        connection.execute_batch(statements).expect("the statements are sound");
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).expect("it is there")
    }

    fn write(&self, bytes: &[u8]) {
        fs::write(&self.path, bytes).expect("written");
    }

    /// The names in the folder.
    fn names(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.folder.path()).expect("it is there");
        entries
            .map(|entry| entry.expect("readable").file_name().into_string().expect("UTF-8"))
            .collect()
    }

    /// The rows of a table, from the file.
    fn rows(&self, table: &str) -> Result<Vec<Vec<Vec<u8>>>, String> {
        rows(&self.bytes(), Some(&self.path), &options(table))
    }

    /// The rows of a table as text.
    fn texts(&self, table: &str) -> Vec<String> {
        let rows = self.rows(table).expect("it is sound");
        let text = |cell: &Vec<u8>| String::from_utf8_lossy(cell).into_owned();
        rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join("|")).collect()
    }
}

fn options(table: &str) -> Options {
    Options { table: (!table.is_empty()).then(|| table.to_owned()), ..Options::default() }
}

/// All rows. An unreadable row has no cells.
fn rows(bytes: &[u8], file: Option<&Path>, options: &Options) -> Result<Vec<Vec<Vec<u8>>>, String> {
    let run = || {
        let mut cutter = open(bytes, file, options)?.cutter;
        let mut rows = Vec::new();
        while let Some(cut) = cutter.next_cut(options.sizes.block)? {
            let (mut start, mut row) = (0, Vec::new());
            for &end in &cut.ends {
                let end = end as usize;
                row.push(cut.bytes[start..end].to_vec());
                start = end + 1;
                if cut.bytes[end] == b'\n' {
                    rows.push(std::mem::take(&mut row));
                }
            }
            let missing = cut.runs.iter().filter(|run| run.form != RowForm::Rows);
            rows.extend(missing.map(|_| Vec::new()));
        }
        Ok::<_, InputProblem>(rows)
    };
    run().map_err(|problem| problem.to_string())
}

const PEOPLE: &str = "CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, name TEXT);
    INSERT INTO people VALUES (1, 'a@example.org', 'Müller'), (2, NULL, 'O''Neil');";

#[test]
fn values_become_plain_text() {
    let database = TestDatabase::new(
        "CREATE TABLE t (id, email);
         INSERT INTO t VALUES (1, 'Jörg'), (NULL, ''), (-5, 1067.5), (4915112345678.0, 7.0),
           (9223372036854775807, 8e19), (X'4A6F72672E', X'00FF'), ('a,b;\"c\"', 'x' || char(10) || 'y');",
    );
    assert_eq!(
        database.texts(""),
        [
            "1|Jörg",
            "|",
            "-5|1067.5",
            "4915112345678|7",
            "9223372036854775807|8E19",
            "Jorg.|\u{FFFD}",
            "a,b;\"c\"|x\ny"
        ]
    );
}

#[test]
fn text_in_another_encoding_is_not_changed() {
    let database = TestDatabase::new(
        "CREATE TABLE t (id, email); INSERT INTO t VALUES (1, CAST(X'4DFC' AS TEXT));",
    );
    assert_eq!(database.rows("").expect("sound"), [[b"1".to_vec(), b"M\xFC".to_vec()]]);
}

#[test]
fn ordinary_tables_of_every_kind_are_read() {
    let database = TestDatabase::new(
        "PRAGMA encoding = 'UTF-16le';
         CREATE TABLE \"select \"\"x\" (\"group\" TEXT, email TEXT);
         INSERT INTO \"select \"\"x\" VALUES ('ä', 'a@example.org');
         CREATE TABLE no_rowid (email TEXT PRIMARY KEY, id INT) WITHOUT ROWID;
         INSERT INTO no_rowid VALUES ('b', 2), ('a', 1);
         CREATE TABLE computed (a INT, b INT AS (a * 2) VIRTUAL, email AS (a * 3) STORED);
         INSERT INTO computed (a) VALUES (5);
         CREATE TABLE added (email TEXT); INSERT INTO added VALUES ('a');
         ALTER TABLE added ADD COLUMN name TEXT DEFAULT 'none'; INSERT INTO added VALUES ('b', 'c');
         CREATE TABLE indexed (email TEXT, id INT); CREATE INDEX i ON indexed (id, email);
         INSERT INTO indexed VALUES ('z', 9), ('y', 1);
         CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, email); INSERT INTO counted (email) VALUES ('k');
         ANALYZE;",
    );
    assert_eq!(database.texts("select \"x"), ["ä|a@example.org"]);
    assert_eq!(database.texts("NO_ROWID"), ["a|1", "b|2"]);
    assert_eq!(database.texts("computed"), ["5|15"], "a virtual column is not stored");
    assert_eq!(database.texts("added"), ["a|none", "b|c"]);
    assert_eq!(database.texts("indexed"), ["z|9", "y|1"], "in the order of the table");
    assert_eq!(database.texts("counted"), ["1|k"]);
}

#[test]
fn several_tables_with_rows_are_an_error() {
    let database = TestDatabase::new(PEOPLE);
    database.change("CREATE TABLE empty (x); CREATE VIEW seen AS SELECT * FROM people;");
    assert_eq!(database.texts(""), ["1|a@example.org|Müller", "2||O'Neil"], "one has rows");
    database.change("CREATE TABLE log (\"when\", what); INSERT INTO log VALUES (1, 2);");
    let message = database.rows("").expect_err("several");
    assert!(
        message.contains("'people' (id, email, name), 'log' (2 columns, not shown)"),
        "{message}"
    );
    let message = database.rows("nobody").expect_err("no such table");
    assert!(
        message.contains("'nobody'") && message.contains("'people' (id, email, name)"),
        "{message}"
    );
    assert!(database.rows("seen").expect_err("a view").contains("no rows of table 'seen'"));
    assert_eq!(database.texts("PEOPLE").len(), 2);
    let message = TestDatabase::new("CREATE TABLE t (a)").rows("").expect_err("no rows");
    assert!(message.contains("without rows"), "{message}");
}

/// People in a full-text table are found in its content table.
#[test]
fn virtual_tables_are_not_used_but_their_content_tables_are_read() {
    let database = TestDatabase::new(
        "CREATE VIRTUAL TABLE people USING fts5(email, name);
         INSERT INTO people VALUES ('a@example.org', 'x');",
    );
    let message = database.rows("").expect_err("several");
    assert!(
        message.contains("'people_content' (id, c0, c1)") && !message.contains("'people' "),
        "{message}"
    );
    assert!(database.rows("people").is_err());
    let mapped = Options {
        columns: vec!["c0=email".parse().expect("a mapping")],
        ..options("people_content")
    };
    let found = rows(&database.bytes(), Some(&database.path), &mapped).expect("sound");
    assert_eq!(found, [[b"1".to_vec(), b"a@example.org".to_vec(), b"x".to_vec()]]);
}

#[test]
fn a_table_made_by_a_forged_statement_is_refused() {
    let database = TestDatabase::new(PEOPLE);
    database.change(
        "PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = 'CREATE/**/VIRTUAL TABLE people USING fts5(a)';",
    );
    assert!(database.rows("").is_err());
    assert!(database.rows("people").is_err());
}

#[test]
fn a_database_in_memory_gives_the_same_rows_as_its_file() {
    let database = TestDatabase::new(PEOPLE);
    database.change("PRAGMA journal_mode = WAL");
    let bytes = database.bytes();
    assert_eq!(&bytes[18..20], [2, 2], "the file needs a write-ahead log");
    assert_eq!(rows(&bytes, None, &options("")), database.rows(""));
}

#[test]
fn pending_changes_beside_a_database_are_refused() {
    let database = TestDatabase::new(PEOPLE);
    let open = Connection::open(&database.path).expect("readable");
    open.execute_batch("PRAGMA journal_mode = WAL; DELETE FROM people WHERE id = 1;")
        .expect("sound");
    let message = database.rows("").expect_err("refused");
    assert!(
        message.contains("-wal file beside it") && message.contains("wal_checkpoint"),
        "{message}"
    );
    drop(open);
    assert_eq!(database.texts("").len(), 1, "SQLite has written the changes into the database");

    database.change("PRAGMA journal_mode = DELETE");
    let open = Connection::open(&database.path).expect("readable");
    // The journal reaches the disk before the first changed page.
    open.execute_batch(
        "PRAGMA journal_mode = PERSIST; PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN;
         WITH RECURSIVE n(x) AS (SELECT 10 UNION ALL SELECT x + 1 FROM n WHERE x < 20000)
         INSERT INTO people SELECT x, hex(randomblob(50)), x FROM n;",
    )
    .expect("sound");
    let message = database.rows("").expect_err("refused");
    assert!(message.contains("-journal file beside it"), "{message}");
    open.execute_batch("ROLLBACK").expect("sound");
    drop(open);
    assert!(database.folder.path().join("a.db-journal").exists(), "the journal stays");
    assert_eq!(database.texts("").len(), 1);
}

/// The header does not show whether a log is missing, so the missing log cannot be an error.
#[test]
fn a_warning_says_that_a_log_may_be_missing() {
    let database = TestDatabase::new(PEOPLE);
    let has_warning = || {
        let bytes = Input::of_bytes(database.bytes(), &Options::default());
        [Input::open(&database.path, &Options::default()), bytes].map(|input| {
            let description = input.expect("readable").describe().join("\n");
            description.contains("  warning: the database is in WAL mode")
                && description.contains("wal_checkpoint")
        })
    };
    assert_eq!(has_warning(), [false, false]);
    database.change("PRAGMA journal_mode = WAL");
    assert_eq!(has_warning(), [true, true]);
    fs::write(database.folder.path().join("a.db-wal"), "").expect("written");
    assert_eq!(has_warning(), [false, true], "the log beside the file is empty");
}

#[test]
fn nothing_is_written_beside_a_database_or_into_it() {
    let database = TestDatabase::new(PEOPLE);
    database.change("PRAGMA journal_mode = WAL");
    let (before, bytes) = (database.names(), database.bytes());
    assert_eq!(database.texts("").len(), 2);
    assert_eq!(database.names(), before);
    assert!(database.bytes() == bytes);
}

#[test]
fn a_database_with_an_odd_path_is_opened() {
    let database = TestDatabase::new(PEOPLE);
    let odd = database.folder.path().join("a b?c#d%41&mode=rwc.db");
    fs::rename(&database.path, &odd).expect("renamed");
    let rows = rows(&fs::read(&odd).expect("there"), Some(&odd), &options(""));
    assert_eq!(rows.expect("it is read").len(), 2);
}

/// A table of several hundred pages.
fn large() -> TestDatabase {
    TestDatabase::new(
        "PRAGMA page_size = 512;
         CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT);
         WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5000)
         INSERT INTO people SELECT x, 'member' || x || '@example.org' FROM n;",
    )
}

#[test]
fn a_damaged_page_is_an_error_and_not_a_shorter_list() {
    let database = large();
    let bytes = database.bytes();
    assert_eq!(database.texts("").len(), 5000);
    let pages = bytes.len() / 512;
    for page in (1..pages).step_by(pages / 40) {
        let place = page * 512..(page + 1) * 512;
        let mut zeroed = bytes.clone();
        zeroed[place.clone()].fill(0);
        let mut copied = bytes.clone();
        copied.copy_within(3 * 512..4 * 512, place.start);
        for damaged in [zeroed, copied] {
            if damaged == bytes {
                continue;
            }
            database.write(&damaged);
            assert!(database.rows("").is_err(), "page {page}");
            assert!(rows(&damaged, None, &options("")).is_err(), "page {page}, in memory");
        }
    }
}

#[test]
fn free_pages_and_auto_vacuum_do_not_count_as_damage() {
    for statements in ["PRAGMA auto_vacuum = FULL", "PRAGMA auto_vacuum = INCREMENTAL", ""] {
        let database = TestDatabase::new(&format!(
            "PRAGMA page_size = 512; {statements};
             CREATE TABLE gone (x, y); CREATE TABLE t (email, picture);
             WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 3000)
             INSERT INTO t SELECT x, zeroblob(x) FROM n;
             INSERT INTO gone SELECT * FROM t; DROP TABLE gone; CREATE INDEX i ON t (picture);"
        ));
        assert_eq!(database.rows("").expect("sound").len(), 3000, "{statements}");
    }
}

#[test]
fn a_question_names_computed_columns() {
    let database = TestDatabase::new(
        "CREATE TABLE t (id INT, data TEXT, email TEXT AS (data || '@example.org'), x2 AS (id) VIRTUAL);
         INSERT INTO t (id, data) VALUES (1, 'max');",
    );
    let columns = vec!["data=kvnr".parse().expect("a mapping")];
    let options = Options { columns, ..options("") };
    for input in
        [Input::open(&database.path, &options), Input::of_bytes(database.bytes(), &options)]
    {
        let description = input.expect("readable").describe().join("\n");
        assert!(
            description.contains("question: ") && description.contains("not read: 'email', 'x2'"),
            "{description}"
        );
    }
}

#[test]
fn a_very_large_schema_is_not_damage() {
    let comment = "x".repeat(3 << 20);
    let many = (0..1900).map(|number| format!("c{number} TEXT")).collect::<Vec<_>>().join(", ");
    let deep = (0..400).map(|number| format!("id <> {number}")).collect::<Vec<_>>().join(" OR ");
    let union = vec!["SELECT 1"; 400].join(" UNION ALL ");
    for statements in [
        format!("CREATE TABLE t (email /* {comment} */, id)"),
        format!("CREATE TABLE t (email, id, {many})"),
        format!("CREATE TABLE t (email, id, CHECK ({deep}))"),
        format!("CREATE VIEW v AS {union}; CREATE TABLE t (email, id)"),
        format!("CREATE VIEW v AS SELECT '{comment}'; CREATE TABLE t (email, id)"),
    ] {
        let database = TestDatabase::new(&format!(
            "{statements}; INSERT INTO t (email, id) VALUES ('a@example.org', -1);"
        ));
        let texts = database.texts("");
        assert!(texts[0].starts_with("a@example.org|-1"), "{}", &statements[..40]);
    }
}

/// Android's contacts have a collation that other programs do not know.
#[test]
fn an_unknown_collation_does_no_harm() {
    let database = TestDatabase::new(
        "CREATE TABLE t (email TEXT COLLATE NOCASE); CREATE INDEX i ON t (email);
         INSERT INTO t VALUES ('a');
         CREATE TABLE u (email TEXT PRIMARY KEY COLLATE NOCASE) WITHOUT ROWID;
         INSERT INTO u VALUES ('a'), ('B');",
    );
    database.change(
        "PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = replace(sql, 'NOCASE', 'LOCALIZED');",
    );
    assert_eq!(database.texts("t"), ["a"]);
    assert_eq!(database.texts("u"), ["a", "B"]);
}

#[test]
fn a_truncated_database_is_an_error() {
    let database = large();
    let bytes = database.bytes();
    for length in (16..bytes.len()).step_by(bytes.len() / 40) {
        database.write(&bytes[..length]);
        assert!(database.rows("").is_err(), "cut to {length}");
        assert!(rows(&bytes[..length], None, &options("")).is_err(), "cut to {length}, in memory");
    }
}

#[test]
fn blocks_of_any_size_have_the_same_rows() {
    let database = large();
    let whole = database.rows("").expect("sound");
    for block in [1, 1000, 100_000] {
        let mut options = options("");
        options.sizes.block = block;
        assert!(
            rows(&database.bytes(), Some(&database.path), &options).expect("sound") == whole,
            "{block}"
        );
    }
}

#[test]
fn a_reader_can_be_dropped_before_the_end_of_the_database() {
    let database = large();
    let mut options = options("");
    options.sizes.block = 10;
    let mut opening = open(&database.bytes()[..], Some(&database.path), &options).expect("sound");
    assert!(opening.cutter.next_cut(10).expect("sound").is_some());
    drop(opening);
}

#[test]
fn a_long_value_makes_its_field_invalid_and_a_long_row_is_unreadable() {
    let database = TestDatabase::new(
        "CREATE TABLE t (email, a, b);
         INSERT INTO t VALUES ('a', zeroblob(3000000), 'x'), ('b', 'y', 'z'),
           ('c', hex(zeroblob(400000)), hex(zeroblob(400000)));",
    );
    let rows = database.rows("").expect("sound");
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0], [b"a".to_vec(), vec![0xFF], b"x".to_vec()]);
    assert_eq!(rows[1], [b"b", b"y", b"z"].map(|text| text.to_vec()));
    assert!(rows[2].is_empty(), "the row is unreadable");
}

#[test]
fn the_byte_limit_applies_to_a_database() {
    let database = large();
    let limit = Some(crate::ByteCount(1000));
    let opened = Input::open(&database.path, &Options { max_bytes: limit, ..Options::default() });
    assert!(opened.err().expect("refused").to_string().contains("longer"));
}

#[test]
fn other_files_are_refused_as_databases() {
    let message = rows(b"E-Mail\nx\n", None, &options("")).expect_err("refused");
    assert!(message.contains("not an SQLite database"), "{message}");
    assert!(rows(MAGIC, None, &options("")).is_err());
    assert!(rows(&[MAGIC, &[0; 2000]].concat(), None, &options("")).is_err());
    assert!(rows(&[MAGIC, &[0xFF; 2000]].concat(), None, &options("")).is_err());
}
