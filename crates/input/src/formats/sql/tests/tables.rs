//! Which table a row belongs to, and which column a value belongs to.

use super::*;

fn rows(dialect: Dialect, dump: &str, table: Option<&str>) -> Result<Vec<String>, String> {
    let mut cutter = SqlCutter::new(dump.as_bytes(), dialect, table, 1 << 20);
    let rows = cutter.columns().and_then(|_| rows_of(&mut cutter, 1 << 20));
    rows.map(spelt_out).map_err(|problem| problem.to_string())
}

fn columns_of(dialect: Dialect, dump: &str, table: &str) -> Columns {
    SqlCutter::new(dump.as_bytes(), dialect, Some(table), 1 << 20).columns().expect("rows")
}

/// The same table in two databases, with different columns.
const TWO: &str = "CREATE DATABASE a;\nUSE a;\nCREATE TABLE m (id int, name text);\n\
                   INSERT INTO m VALUES (1,'a');\nUSE b;\nCREATE TABLE m (name text, id int);\n\
                   INSERT INTO m VALUES ('b',2);\n";

#[test]
fn a_table_in_two_databases_must_be_chosen_with_its_database() {
    for table in [None, Some("m")] {
        let message = rows(MYSQL, TWO, table).expect_err("two tables");
        assert!(message.contains("'a.m' (id, name), 'b.m' (name, id)"), "{message}");
    }
    assert_eq!(rows(MYSQL, TWO, Some("a.m")), Ok(vec!["1|a".to_owned()]));
    assert_eq!(rows(MYSQL, TWO, Some("B.m")), Ok(vec!["b|2".to_owned()]));
    assert_eq!(columns_of(MYSQL, TWO, "b.m"), named(&["name", "id"]));
    assert!(rows(MYSQL, TWO, Some("c.m")).is_err());
}

#[test]
fn the_current_database_is_known_in_every_dialect() {
    let postgres = TWO.replace("USE ", "\\connect ").replace("INTO m", "INTO public.m");
    assert_eq!(rows(POSTGRES, &postgres, Some("b.public.m")), Ok(vec!["b|2".to_owned()]));
    let postgres = TWO
        .replace("USE a", "SET search_path = a, pg_catalog")
        .replace("USE b", "SET search_path TO b");
    assert_eq!(rows(POSTGRES, &postgres, Some("b.m")), Ok(vec!["b|2".to_owned()]));
    let server = TWO
        .replace("USE a;", "USE [a]\nGO")
        .replace("USE b;", "USE [b]\nGO")
        .replace("INTO m", "INTO [dbo].[m]");
    assert_eq!(rows(STANDARD, &server, Some("b.dbo.m")), Ok(vec!["b|2".to_owned()]));
    let dumped = "SELECT pg_catalog.set_config('search_path', '', false);\n\\connect -reuse-previous=on \"dbname='a'\"\n\
                  INSERT INTO public.m (id) VALUES (1);\n\\c \"b\"\nINSERT INTO public.m (id) VALUES (2);\n";
    let message = rows(POSTGRES, dumped, None).expect_err("two tables");
    assert!(message.contains("'a.public.m' (id), 'b.public.m' (id)"), "{message}");
}

#[test]
fn names_with_and_without_a_schema_are_one_table() {
    let dump = "INSERT INTO m (id) VALUES (1);\nINSERT INTO public.m (id) VALUES (2);\n";
    assert_eq!(rows(POSTGRES, dump, None), Ok(vec!["1".to_owned(), "2".to_owned()]));
    let third = format!("{dump}INSERT INTO other.m (id) VALUES (3);\n");
    assert!(rows(POSTGRES, &third, None).is_err());
}

#[test]
fn a_recreated_table_has_its_new_columns() {
    let dump = "CREATE TABLE m (id int, name text);\nINSERT INTO m VALUES (1,'a');\n\
                DROP TABLE m;\nCREATE TABLE m (name text, id int);\nINSERT INTO m VALUES ('b',2);\n\
                DROP TABLE IF EXISTS m;\nCREATE TABLE IF NOT EXISTS m (id int, name text);\n\
                CREATE TABLE IF NOT EXISTS m (name text, id int);\nINSERT INTO m VALUES (3,'c');\n\
                DROP TABLE m;\nCREATE TABLE m (id int, phone text);\nINSERT INTO m VALUES (4,'d');\n";
    assert_eq!(rows(MYSQL, dump, None).expect("readable"), ["1|a", "2|b", "3|c", "invalid-sql"]);
}

#[test]
fn alter_table_before_the_rows_changes_the_columns() {
    for (change, expected) in [
        ("ALTER TABLE m ADD COLUMN c text", "a b c"),
        ("ALTER TABLE m ADD c text FIRST", "c a b"),
        ("ALTER TABLE `m` ADD `c` varchar(20) DEFAULT 'x,y' AFTER `a`, ADD KEY `k` (`c`)", "a c b"),
        ("ALTER TABLE m ADD (c text, d numeric(5,2))", "a b c d"),
        ("ALTER TABLE m ADD c text, d text", "a b c d"),
        ("ALTER TABLE ONLY public.m ADD COLUMN IF NOT EXISTS c text, DROP COLUMN a", "b c"),
        ("ALTER TABLE m DROP b", "a"),
        ("ALTER TABLE m DROP COLUMN a", "b"),
        ("ALTER TABLE m RENAME COLUMN a TO c", "c b"),
        ("ALTER TABLE m CHANGE a c int NOT NULL, MODIFY b text FIRST", "b c"),
        (
            "ALTER TABLE m ADD CONSTRAINT x PRIMARY KEY (a), ADD PRIMARY KEY (a), ADD UNIQUE KEY y (a,b)",
            "a b",
        ),
        ("ALTER TABLE m ALTER COLUMN a SET DEFAULT 1", "a b"),
        ("ALTER TABLE other ADD c text", "a b"),
        ("ALTER TABLE m WITH CHECK ADD CONSTRAINT x FOREIGN KEY(a) REFERENCES y (a)", "a b"),
        ("ALTER TABLE x RENAME TO m", "z"),
    ] {
        let dump = format!(
            "CREATE TABLE m (a int, b text);\nCREATE TABLE x (z int);\n{change};\nINSERT INTO m VALUES (1);\n"
        );
        let expected: Vec<_> = expected.split(' ').collect();
        assert_eq!(columns_of(POSTGRES, &dump, "m"), named(&expected), "{change}");
    }
}

#[test]
fn the_tables_of_an_error_have_their_columns_unless_these_look_like_values() {
    let many: Vec<_> = (0..30).map(|number| format!("c{number} int")).collect();
    let dump = format!(
        "CREATE TABLE a (id int, `max@example.de` text);\nCREATE TABLE b ({});\nCREATE TABLE empty (id int);\n\
         INSERT INTO a VALUES (1,'x');\nINSERT INTO b VALUES (2);\nINSERT INTO c (x, y) VALUES (3, 4);\n\
         INSERT INTO c (z) VALUES (5);\nINSERT INTO d VALUES (6);\n",
        many.join(", ")
    );
    let message = rows(MYSQL, &dump, None).expect_err("several tables");
    assert!(message.contains("'a' (id, and 1 more), 'b' (c0, "), "{message}");
    assert!(message.contains("c19, and 10 more), 'c' (x, y, z), 'd'"), "{message}");
    assert!(!message.contains("example") && !message.contains("empty"), "{message}");
}

#[test]
fn a_table_with_only_malformed_rows_is_a_table_with_rows() {
    let dump = "INSERT INTO a VALUES (1);\nINSERT INTO b VALUES (,);\n";
    let message = rows(MYSQL, dump, None).expect_err("two tables");
    assert!(message.ends_with("'a', 'b'"), "{message}");
}

#[test]
fn internal_tables_of_sqlite_are_skipped() {
    let dump = "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE m (id INTEGER PRIMARY KEY, name TEXT);\n\
                INSERT INTO m VALUES(1,'O''Neil');\nINSERT INTO m VALUES(2,replace('a\\nb','\\n',char(10)));\n\
                DELETE FROM sqlite_sequence;\nINSERT INTO sqlite_sequence VALUES('m',2);\nCOMMIT;\n";
    assert_eq!(rows(STANDARD, dump, None).expect("one table"), ["1|O'Neil", "2|a\nb"]);
}

#[test]
fn an_unusable_value_goes_to_its_column_in_any_order_of_columns() {
    let dump = "CREATE TABLE m (a int, b text, c text);\nINSERT INTO m (c, a) VALUES (NOW(), 1), ('x', 2);\n";
    assert_eq!(rows(MYSQL, dump, None).expect("readable"), ["1||<invalid-sql>", "2||x"]);
}
