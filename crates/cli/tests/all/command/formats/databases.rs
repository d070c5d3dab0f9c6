//! Leaks in `SQLite` databases.

use rusqlite::Connection;

use super::super::support::{Site, gzip, zip};

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

/// A copy of a database in use often lacks its log, which may have the latest rows.
#[test]
fn a_database_without_its_log_is_read_with_a_warning() {
    const WARNING: &str = "warning: the database is in WAL mode, and no -wal file was read";
    let site = Site::with_files();
    let live = Connection::open(site.path("live.db")).expect("it can be written");
    live.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; {USERS} PRAGMA wal_checkpoint(TRUNCATE);
         INSERT INTO users VALUES (3, 'late@example.de', NULL);"
    ))
    .expect("the statements are sound");
    let bytes = site.bytes("live.db");
    site.write("leak.db", &bytes);
    site.write("leak.gz", gzip(&bytes));
    site.write("leak.zip", zip(&[("leak.db", &bytes)]));
    site.write("late.csv", "Mitglied;E-Mail\nm1;late@example.de\n");
    for leak in ["leak.db", "leak.gz", "leak.zip"] {
        let check = format!("check --all --leak {leak} late.csv");
        site.run(&check).expect(0).says(WARNING).verdicts("not_affected");
    }
    site.feed("check --all --leak - late.csv", bytes).expect(0).says(WARNING);
    site.run("columns leak.db").expect(0).says(WARNING);
    site.run("check --leak live.db late.csv").expect_error(&["live.db", "wal_checkpoint"]);
    live.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("the log is empty");
    site.run("check --all --leak live.db late.csv").expect(0).verdicts("affected");
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
