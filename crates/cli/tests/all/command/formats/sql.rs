//! Leaks and member lists as SQL dumps, in the form that database tools write.

use super::super::support::{EVA, MAX, NOBODY, Site};

/// Two members: one is in the leaks below, one is not.
const LIST: &str = "Nachname;Vorname;Geburtsdatum\nO'Neil;Max;1.2.1970\nMuster;Eva;1.2.1970\n";

/// Checks the list against a leak, and asserts that exactly its first member is found.
#[track_caller]
fn assert_finds_the_first(leak: impl AsRef<[u8]>, options: &str) {
    let site = Site::new();
    site.write("leak.sql", leak);
    site.write("m.csv", LIST);
    let check = format!("check --all --leak leak.sql {options} m.csv");
    site.run(&check).expect(0).verdicts("affected not_affected");
}

#[test]
fn an_sql_server_script_with_casts_is_read_in_utf_8_and_utf_16() {
    let script = "USE [crm]\r\nGO\r\nCREATE TABLE [dbo].[Member]([Id] [int], [LastName] [nvarchar](80), \
                  [FirstName] [nvarchar](80), [BirthDate] [date])\r\nGO\r\n\
                  INSERT [dbo].[Member] ([Id], [LastName], [FirstName], [BirthDate]) VALUES \
                  (1, N'O''Neil', N'Max', CAST(N'1970-02-01' AS Date))\r\nGO\r\n";
    assert_finds_the_first(script, "");
    let wide: Vec<u8> =
        "\u{FEFF}".encode_utf16().chain(script.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_finds_the_first(wide, "");
}

#[test]
fn an_oracle_export_with_formatted_dates_is_read() {
    let export = "REM INSERTING into MEMBERS\nSET DEFINE OFF;\n\
                  Insert into MEMBERS (ID,LAST_NAME,FIRST_NAME,BIRTH_DATE) values \
                  (1,'O'||chr(39)||'Neil','Max',to_date('02-01-1970','MM-DD-YYYY'));\n";
    assert_finds_the_first(export, "");
}

#[test]
fn an_sqlite_dump_with_line_ends_in_values_is_read() {
    let dump = "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n\
                CREATE TABLE members (last_name TEXT, first_name TEXT, birth_date TEXT, note TEXT);\n\
                INSERT INTO members VALUES('O''Neil','Max','1970-02-01',replace('a\\nb','\\n',char(10)));\n\
                INSERT INTO sqlite_sequence VALUES('members',1);\nCOMMIT;\n";
    assert_finds_the_first(dump, "");
}

#[test]
fn copy_in_csv_format_is_read() {
    let dump = "COPY members (last_name, first_name, birth_date) FROM stdin WITH (FORMAT csv, HEADER, DELIMITER ';');\n\
                last_name;first_name;birth_date\n\"O'Neil\";Max;1970-02-01\n\\.\n";
    assert_finds_the_first(dump, "");
}

#[test]
fn the_dialect_is_shown_and_can_be_set_for_all_files_one_file_or_in_the_settings() {
    let site = Site::new();
    // Nothing in the dump shows its dialect, and both dialects yield a row.
    let dump = "INSERT INTO m (last_name, first_name, birth_date, note) VALUES ('O''Neil','Max','1970-02-01','C:\\');\n\
                INSERT INTO m (last_name, first_name, birth_date, note) VALUES ('x','y','1971-02-01','z');\n";
    site.write("leak.sql", dump);
    site.write("m.csv", LIST);
    let check = "check --all --leak leak.sql --max-rejects 5";
    let expected = ["mysql: a backslash escapes (detected)", "--sql-dialect"];
    site.run(&format!("{check} m.csv")).says_all(&expected);
    for options in ["--sql-dialect standard", "--for leak.sql:sql-dialect=postgresql"] {
        let run = site.run(&format!("{check} {options} m.csv")).expect(0);
        run.says("a backslash is text (as given)").verdicts("affected not_affected");
    }
    site.write("leakdex.toml", "sql-dialect = \"standard\"\n");
    site.run(&format!("{check} --config leakdex.toml m.csv"))
        .expect(0)
        .verdicts("affected not_affected");
    site.run(&format!("{check} --sql-dialect mysq m.csv")).expect(2).says("did you mean 'mysql'?");
}

#[test]
fn a_value_missing_from_the_dump_is_one_reject_and_the_row_is_used() {
    let site = Site::with_index();
    site.write(
        "m.sql",
        format!(
            "INSERT INTO m (id, email, kvnr) VALUES (1,NOW(),'{MAX}'),(2,'eva@example.de',DEFAULT),\
             (3,NULL,(SELECT '{EVA}')),(4,'x@example.de','{NOBODY}');\n"
        ),
    );
    let check = "check --key key --index leak.leakdex --all --max-rejects 5 --rejects r m.sql";
    site.run(check).expect(3).verdicts("affected not_affected indeterminate not_affected");
    let rejects = "file,row,column,reason\nm.sql,1,email,invalid-sql\nm.sql,2,kvnr,invalid-sql\n\
                   m.sql,3,kvnr,invalid-sql\n";
    assert_eq!(site.read("r"), rejects);
}

#[test]
fn a_table_in_two_databases_is_chosen_with_its_database() {
    let site = Site::new();
    let table = "CREATE TABLE `m` (`last_name` text, `first_name` text, `birth_date` date);\n";
    let other = "CREATE TABLE `m` (`birth_date` date, `first_name` text, `last_name` text);\n";
    site.write(
        "leak.sql",
        format!(
            "CREATE DATABASE `a`;\nUSE `a`;\n{table}INSERT INTO `m` VALUES ('Muster','Eva','1970-02-01');\n\
             CREATE DATABASE `b`;\nUSE `b`;\n{other}INSERT INTO `m` VALUES ('1970-02-01','Max','O\\'Neil');\n"
        ),
    );
    site.write("m.csv", LIST);
    let check = "check --all --leak leak.sql";
    let tables =
        "'a.m' (last_name, first_name, birth_date), 'b.m' (birth_date, first_name, last_name)";
    for table in ["", "--for leak.sql:table=m"] {
        site.run(&format!("{check} {table} m.csv")).expect_error(&[tables, "--table NAME"]);
    }
    let choose =
        |table: &str| site.run(&format!("{check} --for leak.sql:table={table} m.csv")).expect(0);
    choose("a.m").verdicts("not_affected affected");
    choose("b.m").verdicts("affected not_affected");
}

#[test]
fn statements_that_change_or_load_rows_give_a_warning() {
    let site = Site::new();
    site.write(
        "leak.sql",
        "INSERT INTO m (last_name, first_name, birth_date) VALUES ('O''Neil','Max','1970-02-01');\n\
         UPDATE m SET first_name = 'Eva';\nLOAD DATA INFILE 'm.csv' INTO TABLE m;\n",
    );
    site.write("m.csv", LIST);
    site.run("check --all --leak leak.sql m.csv")
        .says_all(&[
            "warning: the dump changes rows",
            "warning: the dump takes rows from another file",
        ])
        .verdicts("affected not_affected");
}
