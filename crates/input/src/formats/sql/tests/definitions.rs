//! The columns of a definition, and its parts that are not columns.

use super::*;

fn columns_of(dump: &str) -> Columns {
    SqlCutter::new(dump.as_bytes(), STANDARD, None, 1 << 20).columns().expect("rows")
}

#[test]
fn a_keyword_can_be_the_name_of_a_column() {
    for part in [
        "key text",
        "key varchar(20)",
        "key varchar (20) NOT NULL",
        "key nvarchar(max)",
        "key [int]",
        "key enum('a','b')",
        "key public.kind",
        "key",
        "key int PRIMARY KEY",
        "key character varying(20)",
        "key text UNIQUE",
        "key numeric(5,2) DEFAULT (1)",
        "index int",
        "period text",
        "period tsrange NOT NULL",
        "primary boolean",
        "unique int",
        "check text",
        "exclude boolean",
        "foreign varchar(3)",
        "fulltext text",
        "spatial geometry",
        "like text NOT NULL",
        "family varchar(3)",
        "\"primary\" text",
        "[key] int",
    ] {
        let name = part.split([' ', '[', ']', '"']).find(|word| !word.is_empty()).expect("a word");
        let dump =
            format!("CREATE TABLE m (a int, {part}, z int);\nINSERT INTO m VALUES (1,2,3);\n");
        assert_eq!(columns_of(&dump), named(&["a", name, "z"]), "{part}");
        if part != "key" {
            let dump = format!(
                "CREATE TABLE m (a int);\nALTER TABLE m ADD {part}, ADD COLUMN z int;\nINSERT INTO m VALUES (1,2,3);\n"
            );
            assert_eq!(columns_of(&dump), named(&["a", name, "z"]), "{part}");
        }
    }
}

#[test]
fn a_key_or_a_check_is_not_a_column() {
    for part in [
        "PRIMARY KEY (a)",
        "PRIMARY KEY CLUSTERED ([a] ASC)",
        "KEY k (a)",
        "KEY k (a(10))",
        "KEY (a)",
        "KEY `k` USING BTREE (a)",
        "INDEX [i] NONCLUSTERED (a)",
        "INDEX i UNIQUE (a)",
        "INDEX i ((lower(a)))",
        "UNIQUE (a)",
        "UNIQUE KEY k (a)",
        "UNIQUE k (a)",
        "UNIQUE NULLS NOT DISTINCT (a)",
        "UNIQUE CLUSTERED (a)",
        "FULLTEXT KEY k (a)",
        "FULLTEXT k (a)",
        "SPATIAL INDEX (a)",
        "CONSTRAINT c CHECK (a > 1)",
        "CONSTRAINT PRIMARY KEY (a)",
        "CONSTRAINT [c] UNIQUE (a)",
        "CHECK (a > 1)",
        "FOREIGN KEY (a) REFERENCES x (y)",
        "FOREIGN KEY k (a) REFERENCES x (y)",
        "EXCLUDE USING gist (a WITH &&)",
        "LIKE other INCLUDING ALL",
        "LIKE other",
        "PERIOD FOR SYSTEM_TIME (a, z)",
        "SUPPLEMENTAL LOG DATA (ALL) COLUMNS",
        "FAMILY f (a)",
    ] {
        let dump = format!("CREATE TABLE m (a int, z int, {part});\nINSERT INTO m VALUES (1,2);\n");
        let dump = dump.replace('`', "\"");
        assert_eq!(columns_of(&dump), named(&["a", "z"]), "{part}");
        let dump = format!("CREATE TABLE m (a int, {part}, z int);\nINSERT INTO m VALUES (1,2);\n");
        assert_eq!(columns_of(&dump.replace('`', "\"")), named(&["a", "z"]), "{part}");
    }
}

#[test]
fn alter_table_distinguishes_columns_from_keys() {
    for (change, expected) in [
        ("DROP KEY k", "a key z"),
        ("DROP PRIMARY KEY, ADD c int", "a key z c"),
        ("DROP key", "a z"),
        ("DROP COLUMN key", "a z"),
        ("DROP CONSTRAINT c CASCADE, DROP COLUMN a", "key z"),
        ("RENAME COLUMN key TO c", "a c z"),
        ("RENAME key TO c", "a c z"),
        ("RENAME INDEX i TO j, ADD c int", "a key z c"),
        ("ADD KEY k (a), ADD c int", "a key z c"),
        ("ADD period text, ADD PERIOD FOR SYSTEM_TIME (a, z)", "a key z period"),
        ("CHANGE key c int", "a c z"),
    ] {
        let dump = format!(
            "CREATE TABLE m (a int, key int, z int);\nALTER TABLE m {change};\nINSERT INTO m VALUES (1);\n"
        );
        let expected: Vec<_> = expected.split(' ').collect();
        assert_eq!(columns_of(&dump), named(&expected), "{change}");
    }
}
