//! The ends of statements, and parts of statements that are not rows.

use super::*;

#[test]
fn a_part_among_the_rows_that_is_not_a_row_is_an_unusable_row() {
    for (parts, rows) in [
        ("(1), NULL, (2)", &["1", "invalid-sql", "2"][..]),
        ("(1), x, (2), (3)", &["1", "invalid-sql", "2", "3"]),
        ("(1) x, (2)", &["1", "invalid-sql", "2"]),
        ("(1), 'a', 'b', (2)", &["1", "invalid-sql", "2"]),
        ("(1),, (2)", &["1", "invalid-sql", "2"]),
        ("(1) 'a', (2)", &["1", "invalid-sql", "2"]),
        ("NULL, (2)", &["invalid-sql", "2"]),
        ("(1),", &["1", "invalid-sql"]),
        ("(1), ROW(2), ROW (3)", &["1", "2", "3"]),
        ("(1) (2)", &["1", "2"]),
    ] {
        let dump = format!("INSERT INTO m VALUES {parts};\nINSERT INTO m VALUES (9);\n");
        let rows: Vec<_> = rows.iter().copied().chain(["9"]).collect();
        assert_rows(MYSQL, &dump, &rows);
        let mut cutter = cutter(&dump.as_bytes()[..dump.len() - 27], 1 << 20);
        let cut = spelt_out(rows_of(&mut cutter, 1).expect("readable"));
        assert_eq!(cut, rows[..rows.len() - 1], "{dump}");
    }
}

#[test]
fn an_insert_whose_table_cannot_be_read_is_an_unusable_row() {
    let long = "x".repeat(2000);
    for insert in [
        "INSERT INTO @t VALUES (2)",
        "INSERT INTO (SELECT a FROM m) VALUES (2)",
        "INSERT INTO 'm' VALUES (2)",
        "INSERT INTO a.'m' VALUES (2)",
        &format!("INSERT INTO {long} VALUES (2)"),
        "INSERT ALL WHEN 1 = 1 THEN INTO m VALUES (2) SELECT 1 FROM dual",
        "MERGE INTO (SELECT a FROM m) USING x",
        "COPY 'm' FROM stdin",
    ] {
        let dump = format!("INSERT INTO m VALUES (1);\n{insert};\nINSERT INTO m VALUES (3);\n");
        assert_rows(STANDARD, &dump, &["1", "invalid-sql", "3"]);
    }
    // These statements have no rows of the table.
    for other in [
        "COPY (SELECT a FROM m) TO STDOUT",
        "MERGE INTO other USING m ON (a = b) WHEN NOT MATCHED THEN\nINSERT (a) VALUES (b)",
        "MERGE INTO other USING m ON (a = b) WHEN NOT MATCHED THEN INSERT VALUES (b)",
    ] {
        let dump = format!("INSERT INTO m VALUES (1);\n{other};\nINSERT INTO m VALUES (3);\n");
        assert_eq!(read_as(POSTGRES, Some("m"), &dump), ["1", "3"], "{other}");
    }
}

#[test]
fn a_statement_after_a_row_without_a_semicolon_swallows_no_row() {
    for (between, rows) in [
        ("DELETE FROM m", &["1", "2"][..]),
        ("DELETE m WHERE a = 1", &["1", "2"]),
        ("UPDATE m SET a = 1", &["1", "2"]),
        ("TRUNCATE TABLE other", &["1", "2"]),
        ("SET NOCOUNT ON", &["1", "2"]),
        ("PRINT 'x'", &["1", "2"]),
        ("GO", &["1", "2"]),
        ("GO 1", &["1", "2"]),
        ("COMMIT", &["1", "2"]),
        (
            "MERGE m USING x ON (m.a = x.a) WHEN NOT MATCHED THEN INSERT (a) VALUES (x.a)",
            &["1", "invalid-sql", "2"],
        ),
    ] {
        for insert in ["INSERT m (a) VALUES (2)", "  INSERT INTO m (a) VALUES (2)"] {
            for first in ["INSERT m (a) VALUES (1)", "INSERT INTO m (a) SELECT 1"] {
                for line in ["\n", "\r\n"] {
                    let dump = [first, between, insert, "GO", ""].join(line);
                    assert_rows(STANDARD, &dump, rows);
                }
            }
        }
        assert_rows(
            STANDARD,
            &format!("INSERT m (a) VALUES (1) {between} INSERT INTO m (a) VALUES (2)"),
            rows,
        );
    }
}

#[test]
fn a_change_of_columns_or_database_after_a_row_without_a_semicolon_counts() {
    for after in [
        "INSERT m VALUES (1,'a')",
        "INSERT m SELECT 1, 'a'",
        "DELETE FROM m",
        "INSERT m VALUES ('O'Neil')",
    ] {
        let dump = format!(
            "CREATE TABLE m (id int, name text)\nINSERT m VALUES (0,'z')\n{after}\n\
             ALTER TABLE m ADD age int\nINSERT m (age, id) VALUES (30, 2)\n"
        );
        let rows = spelt_out(
            rows_of(&mut SqlCutter::new(dump.as_bytes(), STANDARD, None, 1 << 20), 1)
                .expect("readable"),
        );
        // The new column is not among the columns of the first row.
        assert_eq!(rows.last().map(String::as_str), Some("invalid-sql"), "{dump}");
        let dump = format!("USE a\nINSERT m VALUES (0)\n{after}\nUSE b\nINSERT m VALUES (2)\n");
        let mut cutter = SqlCutter::new(dump.as_bytes(), STANDARD, None, 1 << 20);
        let problem = rows_of(&mut cutter, 1).expect_err("two databases").to_string();
        assert!(problem.contains("'a..m'") && problem.contains("'b..m'"), "{problem}");
    }
    for change in ["ALTER TABLE m ADD b int", "DROP TABLE m\nCREATE TABLE m (a int, b int)"] {
        let dump = format!("CREATE TABLE m (a int)\n{change}\nINSERT m VALUES (1, 2)\n");
        let mut cutter = SqlCutter::new(dump.as_bytes(), STANDARD, None, 1 << 20);
        assert_eq!(cutter.columns().expect("rows"), named(&["a", "b"]), "{dump}");
        assert_eq!(spelt_out(rows_of(&mut cutter, 1).expect("readable")), ["1|2"], "{dump}");
    }
}

#[test]
fn a_slash_on_its_own_line_ends_a_statement_with_every_line_end() {
    for line in ["\n", "\r\n"] {
        for insert in [
            "INSERT ALL INTO m (a) VALUES (1) SELECT 1 FROM dual",
            "INSERT INTO m (a) SELECT 1 FROM dual",
            "INSERT INTO m (a) VALUES (1)",
            "INSERT ALL\n  INTO m (a) VALUES (1)\nSELECT 1 FROM dual",
        ] {
            let next = "INSERT INTO m (a) VALUES (2)";
            for last in ["", line] {
                let dump =
                    [insert, "/", "ALTER TABLE m ADD b int", "/", next, "/"].join("\n") + last;
                assert_rows(STANDARD, &dump.replace('\n', line), &["1", "2"]);
            }
        }
    }
}

#[test]
fn a_row_in_a_string_that_a_stray_quotation_mark_opened_is_counted() {
    for hidden in ["\n  INSERT INTO m VALUES (2,'b');", "INSERT INTO m VALUES (2,'b');"] {
        let comment = "COMMENT ON TABLE m IS 'it's';";
        let dump = format!(
            "INSERT INTO m VALUES (1,'a');\n{comment}{hidden}\n{comment}\nINSERT INTO m VALUES (3,'c');\n"
        );
        let mut cutter = SqlCutter::new(dump.as_bytes(), STANDARD, None, 1 << 20);
        let rows = spelt_out(rows_of(&mut cutter, 1 << 20).expect("readable"));
        assert!(rows.iter().any(|row| row == "invalid-sql"), "{dump}: {rows:?}");
    }
}

#[test]
fn an_unusual_end_of_a_statement_is_not_part_of_its_rows() {
    for end in ["@", "!", " %", "//", "$$", " /", "\n\\g", ";;"] {
        let dump = format!("INSERT INTO m VALUES (1){end}\nINSERT INTO m VALUES (2){end}\n");
        assert_rows(STANDARD, &dump, &["1", "2"]);
        assert_rows(STANDARD, dump.trim_end(), &["1", "2"]);
    }
}

#[test]
fn a_statement_of_another_table_hides_no_row_of_this_one() {
    for other in [
        "INSERT INTO other VALUES (8), NULL, (9)",
        "INSERT INTO other SELECT a FROM x",
        "INSERT INTO other VALUES (8",
        "INSERT INTO other SET a = 'O'Neil'",
        "INSERT INTO other DEFAULT VALUES",
        "INSERT INTO other (a, 'b') VALUES (1, 2)",
        "MERGE INTO other USING x ON (a = b) WHEN MATCHED THEN\nUPDATE SET a = b",
        "TRUNCATE TABLE other",
        "COPY other FROM stdin;\n1\t2\n\\.\n",
    ] {
        for end in ["\n", ";\n", "\nGO\n"] {
            let dump = format!(
                "INSERT INTO m (a) VALUES (1){end}{other}{end}  INSERT INTO m (a) VALUES (2){end}"
            );
            let mut cutter = SqlCutter::new(dump.as_bytes(), STANDARD, Some("m"), 1 << 20);
            let rows = spelt_out(rows_of(&mut cutter, 1).expect("readable"));
            let is_lost = !rows.iter().any(|row| row == "2");
            assert!(!is_lost || rows.len() > 1, "{dump}: {rows:?}");
        }
    }
}
