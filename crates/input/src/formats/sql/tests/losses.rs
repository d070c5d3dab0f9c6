//! Rows that must be read or counted. No row may be lost, and no value may end up in another column.

use std::time::{Duration, Instant};

use super::*;

#[track_caller]
fn assert_several_tables(dialect: Dialect, table: Option<&str>, dump: &str) {
    let mut cutter = SqlCutter::new(dump.as_bytes(), dialect, table, 1 << 20);
    let problem = rows_of(&mut cutter, 1 << 20).expect_err("rows of several tables");
    assert!(matches!(problem, InputProblem::SeveralTables(_)), "{dump}: {problem}");
}

#[test]
fn a_row_without_a_value_for_each_named_column_is_unusable() {
    let defined = "CREATE TABLE m (a int, b text, c text);\n";
    for (insert, row) in [
        ("INSERT INTO m VALUES (1,'b');", "invalid-sql"),
        ("INSERT INTO m VALUES (1,'b','c','d');", "invalid-sql"),
        ("INSERT INTO m VALUES (1,'b','c');", "1|b|c"),
        ("INSERT INTO m (a, b, c) VALUES (1,'b');", "invalid-sql"),
        ("INSERT INTO m (a, b) VALUES (1,'b','c');", "invalid-sql"),
        ("INSERT INTO m (c, a) VALUES ('c',1);", "1||c"),
        ("INSERT INTO m (c, a, c) VALUES ('c',1);", "invalid-sql"),
        ("INSERT INTO m (c, a) SELECT 'c', 1, 2;", "invalid-sql"),
        ("COPY m (a, b, c) FROM stdin;\n1\tb\n\\.\n", "invalid-sql"),
        ("COPY m FROM stdin CSV;\n1,b,c,d\n\\.\n", "invalid-sql"),
    ] {
        assert_rows(POSTGRES, &format!("{defined}{insert}\n"), &[row]);
    }
    // The table has no definition, and an earlier statement named its columns.
    let dump = "INSERT INTO m (a, b) VALUES (1,'b');\nINSERT INTO m VALUES (2);\n";
    assert_rows(MYSQL, dump, &["1|b", "invalid-sql"]);
}

#[test]
fn columns_that_differ_only_in_case_are_separate() {
    for define in ["CREATE TABLE m (\"Name\" text, name text);\n", ""] {
        let dump = format!(
            "{define}INSERT INTO m (\"Name\", name) VALUES ('a','b');\n\
             INSERT INTO m (name, \"Name\") VALUES ('d','c');\nINSERT INTO m (name) VALUES ('e');\n\
             INSERT INTO m (NAME) VALUES ('x');\n"
        );
        assert_rows(POSTGRES, &dump, &["a|b", "c|d", "|e", "invalid-sql"]);
        let mut cutter = SqlCutter::new(dump.as_bytes(), POSTGRES, None, 1 << 20);
        assert_eq!(cutter.columns().expect("rows"), named(&["Name", "name"]));
    }
    // A name that two statements spell differently is one column.
    let dump =
        "INSERT INTO m (ID, Name) VALUES (1,'a');\nINSERT INTO m (name, id) VALUES ('b',2);\n";
    assert_rows(MYSQL, dump, &["1|a", "2|b"]);
}

#[test]
fn a_table_is_found_by_any_part_of_its_name() {
    for (table, dump) in [
        ("dbo.members", "INSERT [members] VALUES (1)\nGO\nINSERT INTO dbo.[members] VALUES (2)\n"),
        ("members", "INSERT [members] VALUES (1)\nGO\nINSERT INTO dbo.[members] VALUES (2)\n"),
        (
            "dbo.members",
            "USE [crm]\nGO\nINSERT [members] VALUES (1)\nGO\nINSERT [dbo].[members] VALUES (2)\n",
        ),
        ("crm.members", "USE crm;\nINSERT members VALUES (1);\nINSERT dbo.members VALUES (2);\n"),
        ("crm.members", "USE crm;\nINSERT dbo.members VALUES (1);\nINSERT members VALUES (2);\n"),
        ("crm..members", "INSERT crm..members VALUES (1);\nINSERT crm.dbo.members VALUES (2);\n"),
        (
            "members",
            "INSERT INTO \"public\".\"members\" VALUES (1);\nINSERT INTO members VALUES (2);\n",
        ),
        (
            "\"public\".\"members\"",
            "INSERT INTO \"public\".\"members\" VALUES (1);\nINSERT INTO members VALUES (2);\n",
        ),
        (
            "[dbo].[my.members]",
            "INSERT [my.members] VALUES (1);\nINSERT dbo.[my.members] VALUES (2);\n",
        ),
    ] {
        assert_eq!(read_as(STANDARD, Some(table), dump), ["1", "2"], "{dump}");
        let others = format!("INSERT x.other VALUES (8);\n{dump};\nINSERT x.other VALUES (9);\n");
        assert_eq!(read_as(STANDARD, Some(table), &others), ["1", "2"], "{dump}");
    }
}

#[test]
fn rows_of_another_schema_are_not_those_of_the_table() {
    let dump = "INSERT members VALUES (1);\nINSERT archive.members VALUES (2);\n\
                INSERT dbo.members VALUES (3);\n";
    assert_eq!(read_as(STANDARD, Some("dbo.members"), dump), ["1", "3"], "{dump}");
    // The first name is short, so the second name decides its schema.
    assert_several_tables(STANDARD, None, dump);
    assert_several_tables(STANDARD, Some("members"), dump);
    let flat =
        "INSERT INTO m VALUES (1);\nINSERT INTO a.m VALUES (2);\nINSERT INTO b.m VALUES (3);\n";
    assert_several_tables(MYSQL, None, flat);
}

#[test]
fn a_dump_of_more_tables_than_are_kept_loses_no_row() {
    let many: Vec<_> = (0..10_000).map(|n| format!("CREATE TABLE t{n} (a int);\n")).collect();
    let many = many.concat();
    let dump = format!("{many}INSERT INTO m VALUES (1);\nINSERT INTO n VALUES (2);\n");
    assert_several_tables(MYSQL, None, &dump);
    // The definition of this table is not kept, so the columns of its values are unknown.
    let dump = format!(
        "{many}CREATE TABLE m (a int, b int);\nINSERT INTO m (b, a) VALUES (1, 2);\nINSERT INTO m VALUES (3, 4);\n"
    );
    assert_rows(MYSQL, &dump, &["1|2", "invalid-sql"]);
}

#[test]
fn many_columns_in_another_order_cost_no_more_than_reading() {
    let names: Vec<String> = (0..10_000).map(|number| format!("c{number}")).collect();
    let reversed: Vec<String> = names.iter().rev().cloned().collect();
    let values = vec!["NOW()"; names.len()].join(",");
    let insert =
        |names: &[String]| format!("INSERT INTO m ({}) VALUES ({values});\n", names.join(","));
    let begin = Instant::now();
    let dump = insert(&names) + &insert(&reversed).repeat(20);
    let rows = rows_of(&mut cutter(dump.as_bytes(), 1 << 20), 1 << 20).expect("readable");
    assert!(rows.len() == 21 && rows.iter().all(Result::is_ok));
    // A search through all columns for each name takes more than a minute.
    assert!(begin.elapsed() < Duration::from_secs(30));
}

#[test]
fn options_of_a_copy_before_its_format_are_kept() {
    for (options, rows) in [
        ("DELIMITER E'\\t' CSV", "1\ta\n2\t\n"),
        ("(DELIMITER E'\\t', FORMAT csv)", "1\ta\n2\t\n"),
        ("DELIMITER E'\\t' NULL '\\N' CSV", "1\ta\n2\t\\N\n"),
        ("(NULL '\\N', FORMAT csv)", "1,a\n2,\\N\n"),
        ("DELIMITER AS ';' NULL AS 'x' CSV", "1;a\n2;x\n"),
        ("CSV NULL '\\N' DELIMITER E'\\t'", "1\ta\n2\t\\N\n"),
    ] {
        let dump = format!("COPY m (id, name) FROM stdin {options};\n{rows}\\.\n");
        assert_rows(POSTGRES, &dump, &["1|a", "2|"]);
        assert_rows(STANDARD, &dump, &["1|a", "2|"]);
    }
}

#[test]
fn a_table_is_shown_as_the_caller_gave_it() {
    let dump = b"USE anna_muster;\nINSERT INTO public.m VALUES (1);\n";
    for (requested, shown) in [("m", "m"), ("public.M", "public.M"), ("\"m\"", "\"m\"")] {
        let mut cutter = SqlCutter::new(&dump[..], STANDARD, Some(requested), 1 << 20);
        cutter.columns().expect("rows");
        assert_eq!(cutter.table(), shown);
    }
    let mut cutter = SqlCutter::new(&dump[..], STANDARD, Some("[x]"), 1 << 20);
    let problem = cutter.columns().expect_err("no such table").to_string();
    assert!(problem.contains("'[x]'"), "{problem}");
}

#[test]
fn a_copy_with_unreadable_columns_or_a_quoted_format_shifts_no_value() {
    let define = "CREATE TABLE m (id int, name text);\n";
    let long = "x".repeat(2000);
    for columns in [format!("name, {long}"), "name, 'id'".to_owned()] {
        let dump = format!("{define}COPY m ({columns}) FROM stdin;\na\t1\n\\.\n");
        assert_eq!(read_as(POSTGRES, Some("m"), &dump), ["invalid-sql"], "{dump}");
    }
    for (options, row) in [
        ("FORMAT 'csv'", "1|a"),
        ("FORMAT csv, ENCODING 'UTF8'", "1|a"),
        ("FORMAT csv, ENCODING 'LATIN1'", "invalid-sql"),
        ("FORMAT csv, DEFAULT 'a'", "invalid-sql"),
    ] {
        let dump = format!("{define}COPY m FROM stdin ({options});\n1,\"a\"\n\\.\n");
        assert_rows(POSTGRES, &dump, &[row]);
    }
}

#[test]
fn a_dump_that_ends_among_rows_is_cut_off() {
    let lines = "COPY m (a, b) FROM stdin;\n1\tb\n";
    let insert = "INSERT INTO m (a, b) VALUES (1,'b')";
    for (dump, is_cut_off) in [
        (lines.to_owned(), true),
        (format!("{lines}\\.\n"), false),
        (
            format!(
                "COPY other (a) FROM stdin;\n1\n\\.\n{insert};\nCOPY other (a) FROM stdin;\n1\n"
            ),
            true,
        ),
        (insert.to_owned(), false),
        (format!("{insert},\n"), true),
        (format!("{insert},\n(2,'c"), true),
        (format!("{insert};\n-- done\n"), false),
    ] {
        let mut cutter = SqlCutter::new(dump.as_bytes(), POSTGRES, Some("m"), 1 << 20);
        rows_of(&mut cutter, 1 << 20).unwrap_or_else(|problem| panic!("{dump}: {problem}"));
        assert_eq!(cutter.is_cut_off(), is_cut_off, "{dump}");
    }
}

#[test]
fn rows_that_a_query_puts_into_the_table_are_one_unreadable_row() {
    let insert = "INSERT INTO m VALUES (1);\n";
    for (dialect, query, fills) in [
        (POSTGRES, "CREATE TABLE m AS SELECT 'eva@example.de' AS email;", true),
        (POSTGRES, "CREATE TABLE IF NOT EXISTS public.m (a) WITH (x = 1) AS\nVALUES (2);", true),
        (MYSQL, "CREATE TABLE m (a int) ENGINE=InnoDB\nSELECT 2 AS a;", true),
        (MYSQL, "CREATE TABLE m (SELECT 2 AS a);", true),
        (STANDARD, "CREATE TABLE m AS\n(SELECT 2 FROM dual);", true),
        (STANDARD, "CREATE TABLE m AS (VALUES (2), (3));", true),
        (STANDARD, "CREATE TABLE m (a) AS (TABLE x);", true),
        (MYSQL, "CREATE TABLE m TABLE x;", true),
        (MYSQL, "CREATE TABLE m VALUES ROW(2);", true),
        (MYSQL, "CREATE TABLE m (WITH x AS (SELECT 2) SELECT * FROM x);", true),
        (
            MYSQL,
            "CREATE TABLE m (a int) PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN (5));",
            false,
        ),
        (STANDARD, "SELECT 'eva@example.de' AS email INTO m;", true),
        (STANDARD, "SET NOCOUNT ON\nSELECT a, b INTO [dbo].[m] FROM x\nGO", true),
        (POSTGRES, "WITH x AS (SELECT 2) SELECT * INTO TEMP TABLE m FROM x;", true),
        (POSTGRES, "CREATE TABLE other AS SELECT * FROM m;", false),
        (MYSQL, "CREATE TABLE m LIKE x;", false),
        (MYSQL, "SELECT 2 INTO @a; SELECT 2 INTO OUTFILE 'm';", false),
        (STANDARD, "CREATE TABLE [m] (a int)\nSELECT 1\nGO", false),
        (STANDARD, "CREATE VIEW m2 AS SELECT * FROM m;", false),
    ] {
        for dump in [format!("{query}\n{insert}"), format!("{insert}{query}\n")] {
            let mut cutter = SqlCutter::new(dump.as_bytes(), dialect, None, 1 << 20);
            let rows = spelt_out(rows_of(&mut cutter, 1 << 20).expect("readable"));
            assert_eq!(rows[0], "1", "{dump}");
            let is_counted = rows[1..] == ["invalid-sql"];
            assert_eq!((is_counted, cutter.is_cut_off()), (fills, fills), "{dump}: {rows:?}");
        }
    }
}
