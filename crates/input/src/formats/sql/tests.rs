//! Whole dumps, valid and invalid.

mod definitions;
mod dialects;
mod losses;
mod statement_ends;
mod statements;
mod tables;

use proptest::prelude::*;

use leakdex::Reason;

use super::*;
use crate::{formats::testing::rows_of_cut, options::SqlDialect};

const MYSQL: Dialect = Dialect::new(SqlDialect::MySql);
const POSTGRES: Dialect = Dialect::new(SqlDialect::PostgreSql);
const STANDARD: Dialect = Dialect::new(SqlDialect::Standard);

/// The fields of a row, or why it is missing.
type Row = Result<Vec<String>, Reason>;

fn cutter(dump: &[u8], limit: usize) -> SqlCutter<&[u8]> {
    SqlCutter::new(dump, MYSQL, None, limit)
}

fn rows_of(cutter: &mut SqlCutter<&[u8]>, size: usize) -> Result<Vec<Row>, InputProblem> {
    let shown = |cell: Result<String, Reason>| cell.unwrap_or_else(|reason| format!("<{reason}>"));
    let mut rows = Vec::new();
    while let Some(cut) = cutter.next_cut(size)? {
        let cells = rows_of_cut(&cut).into_iter();
        rows.extend(cells.map(|row| row.map(|row| row.into_iter().map(shown).collect())));
    }
    Ok(rows)
}

fn read(dump: &str) -> Vec<String> {
    spelt_out(rows_of(&mut cutter(dump.as_bytes(), 1 << 20), 1 << 20).expect("readable"))
}

/// The rows of a dump in this dialect.
#[track_caller]
fn read_as(dialect: Dialect, table: Option<&str>, dump: &str) -> Vec<String> {
    let mut cutter = SqlCutter::new(dump.as_bytes(), dialect, table, 1 << 20);
    let rows = rows_of(&mut cutter, 1 << 20).unwrap_or_else(|problem| panic!("{dump}: {problem}"));
    spelt_out(rows)
}

#[track_caller]
fn assert_rows(dialect: Dialect, dump: &str, expected: &[&str]) {
    assert_eq!(read_as(dialect, None, dump), expected, "{dump}");
}

fn spelt_out(rows: Vec<Row>) -> Vec<String> {
    rows.into_iter()
        .map(|row| row.map_or_else(|reason| reason.to_string(), |fields| fields.join("|")))
        .collect()
}

fn columns(dump: &str) -> Columns {
    cutter(dump.as_bytes(), 1 << 20).columns().expect("there are rows")
}

fn named(names: &[&str]) -> Columns {
    Columns::Named(names.iter().map(|name| name.as_bytes().to_vec()).collect())
}

const DUMP: &str = "\
-- MySQL dump 10.13; it's 'quoted
/*!40101 SET NAMES utf8 */;
DROP TABLE IF EXISTS `users`;
CREATE TABLE `users` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `e``mail` varchar(255) DEFAULT ';(' COMMENT 'it\\'s',
  kind enum('a','b,c'),
  PRIMARY KEY (`id`), KEY `x` (`e``mail`)
) ENGINE=InnoDB;
LOCK TABLES `users` WRITE;
INSERT INTO `users` VALUES (1,'a\\'b@c.de','a'),(2,NULL,'b,c') , /* x */
  (3, 'x),(y', \"z\");
insert ignore into users (kind, id) values ('k', 4);
UNLOCK TABLES;
";

#[test]
fn rows_of_insert_statements_come_in_the_order_of_the_definition() {
    assert_eq!(columns(DUMP), named(&["id", "e`mail", "kind"]));
    assert_eq!(read(DUMP), ["1|a'b@c.de|a", "2||b,c", "3|x),(y|z", "4||k"]);
}

#[test]
fn rows_of_copy_blocks_are_read_and_other_blocks_are_not() {
    let dump = "SET standard_conforming_strings = on;\n\
                CREATE FUNCTION f() AS $x$ it's; INSERT INTO a VALUES (1); $x$;\n\
                COPY public.\"users\" (id, \"e-mail\") FROM stdin;\n\
                1\ta@b.de\n2\t\\N\n3\tx\\ty\n\\.\n\n\
                INSERT INTO users VALUES (4, 'z');\n";
    let mut cutter = SqlCutter::new(dump.as_bytes(), POSTGRES, None, 1 << 20);
    assert_eq!(cutter.columns().expect("rows"), named(&["id", "e-mail"]));
    assert_eq!(cutter.table(), "public.users");
    let rows = rows_of(&mut cutter, 1).expect("readable");
    assert_eq!(spelt_out(rows), ["1|a@b.de", "2|", "3|x\ty", "4|z"]);
}

#[test]
fn columns_that_nothing_names_are_numbered() {
    assert_eq!(columns("INSERT INTO t VALUES (1,'a',2);"), Columns::Numbered(3));
    let dump = b"INSERT INTO [dbo].[t] ([a b], c) VALUES (1, N'x')\nGO\n";
    let mut cutter = SqlCutter::new(&dump[..], STANDARD, None, 1 << 20);
    assert_eq!(cutter.columns().expect("rows"), named(&["a b", "c"]));
}

#[test]
fn several_tables_require_a_choice() {
    let dump = "INSERT INTO a VALUES (1);INSERT INTO b VALUES (2);\nINSERT INTO s.c VALUES (3);\
                INSERT INTO a VALUES (4);";
    let problem = rows_of(&mut cutter(dump.as_bytes(), 100), 1).expect_err("three tables");
    assert!(problem.to_string().ends_with("'a', 'b', 's.c'"), "{problem}");
    for (requested, expected) in [("a", vec!["1", "4"]), ("B", vec!["2"]), ("s.c", vec!["3"])] {
        let mut cutter = SqlCutter::new(dump.as_bytes(), MYSQL, Some(requested), 100);
        assert_eq!(spelt_out(rows_of(&mut cutter, 1).expect("readable")), expected);
    }
    let mut cutter = SqlCutter::new(dump.as_bytes(), MYSQL, Some("x"), 100);
    let problem = cutter.columns().expect_err("no such table").to_string();
    assert!(problem.contains("'x'; tables with rows: 'a', 'b', 's.c'"), "{problem}");
}

#[test]
fn a_malformed_row_is_one_row_and_the_next_is_whole() {
    assert_eq!(
        read("INSERT INTO t VALUES (1,NOW(),'x'),(2,'b'),(,),(3,'c');INSERT INTO t VALUES (4);"),
        ["1|<invalid-sql>|x", "2|b", "invalid-sql", "3|c", "4"]
    );
    assert_eq!(
        read(
            "INSERT INTO t VALUES (1,'open);\nINSERT INTO t VALUES (2,x);INSERT INTO t VALUES (3)"
        ),
        ["invalid-sql", "2|<invalid-sql>", "3"]
    );
    assert_eq!(
        read(
            "INSERT INTO t (a) VALUES (1);INSERT INTO t SELECT x FROM y;INSERT INTO t (b) VALUES (2);"
        ),
        ["1", "invalid-sql", "invalid-sql"]
    );
}

#[test]
fn a_row_beyond_the_limit_is_one_row_and_the_next_is_whole() {
    let long = "x".repeat(10_000_000);
    let dump =
        format!("INSERT INTO t VALUES (1,'{long}'),(2,'a');\nCOPY t FROM stdin;\n{long}\nb\n");
    assert_eq!(read(&dump), ["row-too-long", "2|a", "row-too-long", "b"]);
}

#[test]
fn a_comment_that_does_not_end_costs_no_more_than_reading() {
    let dump = "INSERT INTO t VALUES (/*),".to_owned() + &"(/*),".repeat(500_000);
    assert!(read(&dump).len() > 400_000);
}

#[test]
fn an_open_string_on_every_line_costs_no_more_than_reading() {
    for unit in ["\nINSERT \\'", "[", "'\\'", "\nINSERT INTO t VALUES (\"\\\"),(", "a."] {
        let dump = unit.repeat(2_000_000 / unit.len());
        let mut cutter = cutter(dump.as_bytes(), 1 << 20);
        // If each one caused a scan to the end of the window, this would take hours.
        assert!(rows_of(&mut cutter, 1 << 20).is_ok(), "{unit}");
    }
}

fn dense_sql() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "INSERT INTO t VALUES ",
        "INSERT INTO t (a,b) VALUES ",
        "\nINSERT INTO t VALUES (",
        "COPY t (b,a) FROM stdin;\n",
        "\\.\n",
        "\n",
        "(1,'a')",
        "('",
        "'",
        "\\",
        ")",
        "(",
        ",",
        ";",
        "/*",
        "*/",
        "--",
        "`",
        "\"",
        "E'",
        "0x",
        "NULL",
        "\t",
        "x",
        "$$",
        "[",
        "]",
        "::",
        "CREATE TABLE t (a int, b int);",
        "ALTER TABLE t ADD c int FIRST, DROP a",
        "INSERT INTO t SET a=",
        "INSERT INTO t (a,b) SELECT ",
        " UNION ALL SELECT ",
        " FROM dual",
        "COPY t (a,b) FROM stdin CSV;\n",
        "CAST(",
        " AS date)",
        "concat(",
        "replace('a','a',",
        "to_date('1','DD')",
        "||",
        "+",
        "f(",
        "CASE ",
        "END",
        "q'[",
        "U&'",
        "{d ",
        "}",
        "NOW()",
        "-- ",
        "MERGE INTO t ",
        "UPDATE t ",
        "USE a;",
        "\nGO\n",
        "SET sql_mode='NO_BACKSLASH_ESCAPES';",
        "CREATE PROCEDURE p AS BEGIN ",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat().into_bytes())
}

#[test]
fn a_string_that_ends_after_a_backslash_is_one_unreadable_row() {
    assert_eq!(read("INSERT INTO t VALUES ('a'), ('b\\"), ["a", "invalid-sql"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_dump_gives_the_same_rows_for_every_block_size(
        dump in dense_sql(), limit in 70_usize..200, size in 1_usize..300, kind in 0_usize..3,
    ) {
        let dialect = [MYSQL, POSTGRES, STANDARD][kind];
        let rows = |size| {
            let mut cutter = SqlCutter::new(&dump[..], dialect, None, limit);
            // Two databases may have this table.
            rows_of(&mut cutter, size).map_err(|problem| problem.to_string())
        };
        prop_assert_eq!(rows(size), rows(1 << 20));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let dump = [&b"INSERT INTO t VALUES ("[..], &bytes].concat();
        for dump in [&bytes[..], &dump] {
            // The bytes may name another table, which is an error.
            let _ = rows_of(&mut cutter(dump, 100), 50);
        }
    }

    #[test]
    fn written_rows_are_read_as_they_were(
        rows in prop::collection::vec(prop::collection::vec("[a'\\\\\"(),;\n\r\t ü]{0,8}", 1..4), 1..8),
        standard: bool,
    ) {
        let quoted = |text: &String| {
            let text = if standard { text.clone() } else { text.replace('\\', "\\\\") };
            format!("'{}'", text.replace('\'', "''"))
        };
        let tuple = |row: &Vec<String>| {
            format!("({})", row.iter().map(quoted).collect::<Vec<_>>().join(","))
        };
        let tuples = rows.iter().map(tuple).collect::<Vec<_>>().join(",\n");
        let dump = format!("INSERT INTO t VALUES {tuples};\n");
        let dialect = if standard { STANDARD } else { MYSQL };
        let mut cutter = SqlCutter::new(dump.as_bytes(), dialect, None, 1 << 20);
        let read = rows_of(&mut cutter, 64).expect("readable");
        prop_assert_eq!(read, rows.into_iter().map(Ok).collect::<Vec<_>>());
    }
}

#[test]
fn a_comment_or_text_that_is_never_closed_is_one_row_since_rows_may_be_in_it() {
    let dump = "INSERT INTO a VALUES (1);\n/* INSERT INTO a VALUES (2);\n";
    assert_eq!(read(dump), ["1", "invalid-sql"]);
    assert_eq!(read(&dump.replace("/*", "/* */")), ["1", "2"]);
    let dump = b"INSERT INTO a VALUES (1);\nDO $x$ INSERT INTO a VALUES (2);\n";
    let mut cutter = SqlCutter::new(&dump[..], POSTGRES, None, 1 << 20);
    let rows = rows_of(&mut cutter, 1 << 20).expect("readable");
    assert_eq!(spelt_out(rows), ["1", "invalid-sql"]);
    // After a comma, the comment is in the place of a row, and still counts once.
    assert_eq!(read("INSERT INTO a VALUES (1), /* (2);\n"), ["1", "invalid-sql"]);
    assert_eq!(read("INSERT INTO a VALUES (1), /* */ (2);\n"), ["1", "2"]);
    assert_eq!(read("INSERT INTO a VALUES (1), /* */"), ["1", "invalid-sql"]);
}

#[test]
fn a_column_with_an_endless_name_keeps_its_place() {
    let name = "x".repeat(5000);
    let dump = format!("CREATE TABLE a ({name} text, b text);\nINSERT INTO a VALUES (1, 2);\n");
    assert_eq!(columns(&dump), named(&[&name[..1024], "b"]));
}

#[test]
fn an_insert_without_into_is_read_anywhere() {
    let first = "INSERT INTO a VALUES (1);\n";
    for (dump, rows) in [
        ("IF NOT EXISTS (SELECT 1 FROM a) INSERT a (x) VALUES (2);", &["1", "2"][..]),
        ("BEGIN TRAN INSERT [a] VALUES (2) COMMIT", &["1", "2"]),
        (
            "BEGIN TRAN\n  INSERT INTO [a] VALUES (2)\n\tINSERT [a] VALUES (3)\nCOMMIT",
            &["1", "2", "3"],
        ),
        ("SET IDENTITY_INSERT a ON INSERT a VALUES (2)", &["1", "2"]),
        ("UPSERT INTO a VALUES (2);", &["1", "2"]),
        ("INSERT INTO a WITH (TABLOCK) (x) VALUES (2), (3);", &["1", "2", "3"]),
        ("INSERT INTO a PARTITION (p0, p1) VALUES (2), (3);", &["1", "2", "3"]),
        ("WITH x AS (SELECT 2) INSERT a SELECT * FROM x;", &["1", "invalid-sql"]),
        ("GRANT SELECT, INSERT ON a TO b; GRANT INSERT, UPDATE ON a TO b;", &["1"]),
        ("CREATE POLICY p ON a FOR INSERT WITH CHECK (true);", &["1"]),
        ("SELECT INSERT('a', 1, 1, 'b'); SELECT REPLACE('a', 'b', 'c');", &["1"]),
    ] {
        let dump = format!("CREATE TABLE a (x int);\n{first}{dump}\n");
        let dialect = if dump.contains('[') { STANDARD } else { MYSQL };
        assert_rows(dialect, &dump, rows);
    }
}

#[test]
fn rows_in_an_executed_text_or_comment_are_one_unreadable_row() {
    for hidden in [
        "/*!50000 INSERT INTO a VALUES (2) */;",
        "EXEC('INSERT INTO a VALUES (2)');",
        "\\copy a from stdin\n2\n\\.\n",
    ] {
        assert_eq!(
            read(&format!("INSERT INTO a VALUES (1);\n{hidden}\n")),
            ["1", "invalid-sql"],
            "{hidden}"
        );
    }
    let trigger = "/*!50003 TRIGGER t AFTER INSERT ON a FOR EACH ROW INSERT INTO b VALUES (2) */;";
    assert_eq!(read(&format!("INSERT INTO a VALUES (1);\n/*!50003 CREATE*/ {trigger}\n")), ["1"]);
    for (body, rows) in [
        ("$x$ BEGIN INSERT INTO a VALUES (2); END $x$", &["1", "invalid-sql"][..]),
        ("LANGUAGE plpgsql $$ BEGIN INSERT INTO a VALUES (2); END $$", &["1", "invalid-sql"]),
        ("$$ BEGIN INSERT  INTO a VALUES (2); END $$", &["1", "invalid-sql"]),
        ("$$ BEGIN insert\n into a VALUES (2); END $$ LANGUAGE plpgsql", &["1", "invalid-sql"]),
        ("'BEGIN INSERT INTO a VALUES (2); END'", &["1", "invalid-sql"]),
        ("'BEGIN IF x = ''y'' THEN INSERT INTO a VALUES (2); END IF; END'", &["1", "invalid-sql"]),
        (
            "E'BEGIN IF x = \\'y\\' THEN INSERT INTO a VALUES (2); END IF; END'",
            &["1", "invalid-sql"],
        ),
        ("$x$ BEGIN CREATE TYPE t AS ENUM (); END $x$", &["1"]),
        ("$x$ BEGIN GRANT INSERT ON a TO b; END $x$", &["1"]),
    ] {
        let dump = format!("INSERT INTO a VALUES (1);\nDO {body};\n");
        assert_rows(POSTGRES, &dump, rows);
    }
}

#[test]
fn a_command_that_reads_another_file_gives_a_warning() {
    for command in ["\\i b.sql", "\\copy a from 'b.csv'", "SOURCE b.sql;", "@b.sql", ".read b.sql"]
    {
        let dump = format!("INSERT INTO a VALUES (1);\n{command}\nINSERT INTO a VALUES (2);\n");
        let mut cutter = cutter(dump.as_bytes(), 1 << 20);
        let rows = rows_of(&mut cutter, 1 << 20).expect("readable");
        assert_eq!(spelt_out(rows), ["1", "2"], "{command}");
        let notes = cutter.take_notes();
        assert!(notes.len() == 1 && notes[0].contains("another file"), "{command}: {notes:?}");
    }
}

#[test]
fn the_statement_right_after_a_routine_is_read() {
    for end in ["END\nGO", "END -- x\nGO", "END;\nGO", "END\n/"] {
        let dump = format!(
            "CREATE TABLE [a] (x int)\nGO\nCREATE TRIGGER t ON [a] AFTER INSERT AS BEGIN INSERT INTO b VALUES (9) \
             {end}\nINSERT [a] VALUES (1)\nGO\nINSERT [a] VALUES (2)\nGO\n"
        );
        assert_eq!(read_as(STANDARD, None, &dump), ["1", "2"], "{dump}");
    }
}

#[test]
fn a_case_in_a_routine_and_an_escaped_string_end_where_they_should() {
    let routine = "CREATE PROCEDURE p() BEGIN CASE x WHEN 1 THEN SELECT 1; END CASE; END;";
    for (statement, dialect) in
        [(routine, MYSQL), ("COMMENT ON TABLE a IS E'it\\'s; a';", POSTGRES)]
    {
        let dump = format!("INSERT INTO a VALUES (1);\n{statement}\nINSERT INTO a VALUES (2);\n");
        assert_rows(dialect, &dump, &["1", "2"]);
    }
}
