//! Statements with rows, as the tools of the databases write them.

use super::*;

#[test]
fn a_script_of_sql_server_is_read_with_its_casts() {
    let dump = "USE [crm]\r\nGO\r\nSET ANSI_NULLS ON\r\nGO\r\nCREATE TABLE [dbo].[Member](\r\n\
                \t[Id] [int] IDENTITY(1,1) NOT NULL,\r\n\t[Last Name] [nvarchar](80) NULL,\r\n\
                \t[Born] [date] NULL,\r\n CONSTRAINT [PK] PRIMARY KEY CLUSTERED ([Id] ASC)\r\n\
                ) ON [PRIMARY]\r\nGO\r\nSET IDENTITY_INSERT [dbo].[Member] ON \r\n\r\n\
                INSERT [dbo].[Member] ([Id], [Last Name], [Born]) VALUES (1, N'O''Neil', CAST(N'1970-02-01' AS Date))\r\n\
                INSERT [dbo].[Member] ([Id], [Last Name], [Born]) VALUES (2, N'M'+NCHAR(252)+N'ller', CAST(0x5B950A00 AS Date))\r\n\
                GO\r\nSET IDENTITY_INSERT [dbo].[Member] OFF\r\nGO\r\n";
    assert_rows(STANDARD, dump, &["1|O'Neil|1970-02-01", "2|Müller|1900-01-01"]);
    let mut cutter = SqlCutter::new(dump.as_bytes(), STANDARD, None, 1 << 20);
    assert_eq!(cutter.columns().expect("rows"), named(&["Id", "Last Name", "Born"]));
    assert_eq!(cutter.table(), "crm.dbo.Member");
}

#[test]
fn an_export_of_sql_developer_is_read_with_its_dates() {
    let dump = "REM INSERTING into HR.MEMBERS it's\nSET DEFINE OFF;\n\
                Insert into HR.MEMBERS (ID,NAME,BORN) values (1,'O''Neil',to_date('01.02.70','DD.MM.RR'));\n\
                Insert into HR.MEMBERS (ID,NAME,BORN) values (2,q'[it's]',to_date('1970-02-01','YYYY-MM-DD'));\n\
                Insert into HR.MEMBERS (ID,NAME,BORN) values (3,'a'||chr(39)||'b',null);\n/\n";
    assert_rows(STANDARD, dump, &["1|O'Neil|01.02.70", "2|it's|1970-02-01", "3|a'b|"]);
}

#[test]
fn each_table_of_insert_all_is_a_row() {
    let dump = "INSERT ALL\n  INTO m (id, name) VALUES (1, 'a')\n  INTO m (name, id) VALUES ('b', 2)\n\
                SELECT * FROM dual;\nINSERT INTO m (id, name) VALUES (3, 'c');\n";
    assert_rows(STANDARD, dump, &["1|a", "2|b", "3|c"]);
}

#[test]
fn the_assignments_of_insert_set_are_a_row() {
    let dump = "INSERT INTO `m` SET `id`=1, `name`='a, b';\nREPLACE INTO m SET name=CONCAT('c',CHAR(39)), id=2;\n\
                INSERT IGNORE INTO m SET id=3, name=NOW() ON DUPLICATE KEY UPDATE name='x';\n\
                INSERT INTO m SET id=4, name='O'Neil';\nINSERT INTO m SET id=5";
    assert_rows(MYSQL, dump, &["1|a, b", "2|c'", "3|<invalid-sql>", "invalid-sql", "5|"]);
}

#[test]
fn selected_constants_are_rows_and_a_select_from_a_table_is_an_unreadable_row() {
    let dump = "INSERT INTO [m] ([id], [name])\nSELECT 1, N'a' UNION ALL\nSELECT 2, N'b' AS x\nGO\n\
                INSERT m (id, name) SELECT 3, 'c' FROM dual UNION SELECT 4, 'd' FROM dual;\n\
                INSERT m SELECT id, name FROM other;\nINSERT INTO m (id, name) VALUES (5, 'e')";
    assert_rows(STANDARD, dump, &["1|a", "2|b", "3|c", "4|d", "invalid-sql", "5|e"]);
}

#[test]
fn clauses_after_the_rows_of_an_insert_are_skipped() {
    let dump = "INSERT INTO m (id, a) VALUES (1,'a') ON DUPLICATE KEY UPDATE a=VALUES(a), id=(2);\n\
                INSERT INTO m (id, a) VALUES (2,'b') ON CONFLICT (id) DO UPDATE SET a='it''s (3)';\n\
                INSERT INTO m (id, a) VALUES (3,'c') RETURNING id;\nINSERT INTO m VALUES ROW(4,'d'), (5,'e');\n";
    assert_rows(POSTGRES, &dump.replace("ROW(4,'d'), ", ""), &["1|a", "2|b", "3|c", "5|e"]);
    assert_rows(MYSQL, dump, &["1|a", "2|b", "3|c", "4|d", "5|e"]);
}

#[test]
fn statements_in_a_routine_are_not_rows() {
    let mysql = "DELIMITER ;;\nCREATE TRIGGER t AFTER INSERT ON m FOR EACH ROW BEGIN\n\
                 INSERT INTO m VALUES (new.a); INSERT INTO log VALUES (1);\nEND;;\nDELIMITER ;\n\
                 INSERT INTO m VALUES (1);\n";
    assert_rows(MYSQL, mysql, &["1"]);
    let sqlite = "CREATE TRIGGER t AFTER INSERT ON m BEGIN INSERT INTO log VALUES (new.a); END;\n\
                  INSERT INTO m VALUES (1);\n";
    assert_rows(STANDARD, sqlite, &["1"]);
    let oracle = "CREATE OR REPLACE PROCEDURE p IS v NUMBER;\nBEGIN\n  IF v = 1 THEN\n\
                  INSERT INTO log VALUES (v);\n  END IF;\n  INSERT INTO log VALUES (2);\nEND;\n/\n\
                  INSERT INTO m VALUES (1);\n";
    assert_rows(STANDARD, oracle, &["1"]);
    let server = "CREATE PROCEDURE p AS\nINSERT INTO log VALUES (1); SELECT 1;\nGO\n\
                  INSERT INTO m VALUES (1)\n";
    assert_rows(STANDARD, server, &["1"]);
    let open = "INSERT INTO m VALUES (1);\nCREATE TRIGGER t BEFORE INSERT ON m BEGIN\n\
                INSERT INTO m VALUES (2);\n";
    assert_rows(STANDARD, open, &["1", "invalid-sql"]);
}

#[test]
fn copy_blocks_in_csv_are_read_with_their_options() {
    let rows = "id;name\n1;\"a;\"\"b\"\"\nc\"\n2;\n3;\"\"\n\\.\n";
    let options = "FROM stdin WITH (FORMAT csv, HEADER, DELIMITER ';', NULL '')";
    let expected = ["1|a;\"b\"\nc", "2|", "3|"];
    assert_rows(POSTGRES, &format!("COPY m (id, name) {options};\n{rows}"), &expected);
    let options = "FROM STDIN CSV HEADER DELIMITER AS ';' NULL AS '' QUOTE '\"' ESCAPE '\"'";
    assert_rows(POSTGRES, &format!("COPY m (id, name) {options};\n{rows}"), &expected);
    let dump = "COPY m (id, name) FROM stdin WITH (DELIMITER '|', NULL 'none');\n1|a\\|b\n2|none\n\\.\n\
                COPY m (id, name) FROM stdin (FORMAT binary);\nxyz\n";
    assert_rows(POSTGRES, dump, &["1|a|b", "2|", "invalid-sql"]);
}

#[test]
fn an_unclosed_quotation_mark_in_csv_costs_one_line() {
    let dump = "COPY m (id, name) FROM stdin CSV;\n1,\"a\n2,b\n3,c\n";
    assert_rows(POSTGRES, dump, &["invalid-sql", "2|b", "3|c"]);
}

#[test]
fn rows_that_statements_change_or_load_are_reported() {
    let notes = |dump: &str| {
        let mut cutter = SqlCutter::new(dump.as_bytes(), MYSQL, None, 1 << 20);
        let rows = rows_of(&mut cutter, 1 << 20).map(spelt_out);
        (rows.unwrap_or_default(), cutter.take_notes().join("; "))
    };
    for change in [
        "UPDATE m SET a=2",
        "DELETE FROM m WHERE a=1",
        "TRUNCATE TABLE m",
        "UPDATE `x`.`m` SET a=1",
    ] {
        let (rows, message) = notes(&format!("INSERT INTO m VALUES (1);\n{change};\n"));
        assert!(
            rows == ["1"] && message.contains("UPDATE, DELETE or TRUNCATE"),
            "{change}: {message}"
        );
    }
    // A change before the first row, or of another table, gives no warning.
    let (_, message) = notes("DELETE FROM m;\nINSERT INTO m VALUES (1);\nDELETE FROM other;\n");
    assert_eq!(message, "");
    for elsewhere in [
        "LOAD DATA LOCAL INFILE 'm.csv' INTO TABLE m",
        "BULK INSERT m FROM 'm.csv'",
        "COPY m FROM '/m'",
    ] {
        let (rows, message) = notes(&format!("INSERT INTO m VALUES (1);\n{elsewhere};\n"));
        assert!(rows == ["1"] && message.contains("another file"), "{elsewhere}: {message}");
    }
    let merge = "INSERT INTO m VALUES (1);\nMERGE INTO m USING x ON (m.a = x.a) WHEN NOT MATCHED THEN \
                 INSERT (a) VALUES (x.a);\nINSERT INTO m VALUES (2);\n";
    assert_eq!(notes(merge).0, ["1", "invalid-sql", "2"]);
}

#[test]
fn a_malformed_row_among_selected_ones_is_one_row() {
    let dump = "INSERT INTO m (id, name) SELECT 1, 'a' UNION ALL SELECT 2, 'O'Neil' UNION ALL\n\
                SELECT 3, 'c';\nINSERT INTO m (id, name) SELECT 4, 'd' WHERE 1 = 1;\n\
                INSERT INTO m (id, name) VALUES (5, 'e');\n";
    assert_rows(MYSQL, dump, &["1|a", "invalid-sql", "3|c", "invalid-sql", "5|e"]);
}

#[test]
fn rows_hidden_by_a_stray_quotation_mark_are_reported() {
    let dump = "INSERT INTO m VALUES (1,'a');\nCOMMENT ON TABLE m IS 'it's';\nINSERT INTO m VALUES (2,'b');\n\
                INSERT INTO m VALUES (3,'c');\n";
    let mut cutter = SqlCutter::new(dump.as_bytes(), STANDARD, None, 1 << 20);
    let rows = spelt_out(rows_of(&mut cutter, 1 << 20).expect("readable"));
    assert_eq!(rows.last().map(String::as_str), Some("invalid-sql"), "{rows:?}");
}
