//! Leaks in `SQLite` databases.

use rusqlite::Connection;

use super::super::support::{Site, gzip};

const USERS: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, kvnr TEXT);
    INSERT INTO users VALUES (1, 'max@example.de', 'A123456780'), (2, NULL, 'Q123456784');";

fn database(site: &Site, statements: &str) {
    let connection = Connection::open(site.path("leak.db")).expect("it can be written");
    connection.execute_batch(statements).expect("the statements are sound");
}

#[test]
fn a_leak_in_a_database_is_read_from_a_file_compressed_and_from_standard_input() {
    let site = Site::with_files();
    database(&site, USERS);
    let affected = "affected not_affected indeterminate affected";
    let run = site.run("check --all --leak leak.db members.csv").expect(3).verdicts(affected);
    run.says_all(&["leak.db: SQLite, table 'users'", "kvnr         <- 'kvnr' (column 3)"]);
    let bytes = site.bytes("leak.db");
    site.write("leak.gz", gzip(&bytes));
    site.run("check --all --leak leak.gz members.csv").expect(3).verdicts(affected);
    site.feed("check --all --leak - members.csv", bytes).expect(3).verdicts(affected);
}

#[test]
fn a_database_with_several_tables_is_refused_until_one_is_chosen() {
    let site = Site::with_files();
    database(&site, USERS);
    database(&site, "CREATE TABLE log (at, text); INSERT INTO log VALUES (1, 'x');");
    site.run("check --leak leak.db members.csv").expect_error(&[
        "'users' (id, email, kvnr), 'log' (at, text)",
        "choose one with --table NAME",
    ]);
    site.run("check --leak leak.db --for leak.db:table=users members.csv")
        .expect(3)
        .verdicts("affected affected");
    site.run("check --leak leak.db --for leak.db:table=nobody members.csv")
        .expect_error(&["no rows of table 'nobody'"]);
}

#[test]
fn a_damaged_database_is_an_error_and_publishes_nothing() {
    let site = Site::with_files();
    database(&site, USERS);
    let bytes = site.bytes("leak.db");
    site.write("leak.db", &bytes[..bytes.len() - 100]);
    site.run("check --leak leak.db --output o members.csv").expect_error(&["leak.db", "damaged"]);
    assert!(!site.exists("o"));
}
