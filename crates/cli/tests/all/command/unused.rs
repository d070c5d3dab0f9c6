//! Unused columns: summaries and reports name them.

use std::fmt::Write as _;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::support::{MAX, NOBODY, Site, kvnr};

/// Rows with a large column of free text, and with a column of addresses that is filled only in the later
/// blocks of the file.
fn rows_with_late_addresses(rows: u32) -> String {
    let mut text = String::from("KVNR;Kontakt;Notiz\n");
    for number in 0..rows {
        let note = "x".repeat(1000);
        let address = if number < 600 { String::new() } else { format!("p{number}@example.de") };
        writeln!(text, "{};{address};{note}", kvnr(number)).expect("to memory");
    }
    text
}

fn unused(column: &str, filled: u64, looks_like: Option<&str>, fitting: u64) -> Value {
    json!({
        "column": column,
        "filled": filled,
        "looks_like": looks_like,
        "fitting": fitting,
        "otherwise_given": false,
        "nested": false,
    })
}

#[test]
fn unused_columns_of_both_sides_are_named_wherever_in_the_file_they_are_filled() {
    let site = Site::new();
    site.write("leak.csv", rows_with_late_addresses(1500));
    site.write("m.csv", format!("KVNR;Farbe\n{NOBODY};Essen\n{MAX};Ulm\n"));
    let reports = "--report r.html --report r.md --report r.json --lang en";
    let run = site.run(&format!("check --leak leak.csv --summary s {reports} m.csv")).expect(0);
    run.says_all(&["unused        'Kontakt' like email, 'Notiz', 'Farbe'"]);
    let of_leak =
        json!([unused("Kontakt", 900, Some("email"), 900), unused("Notiz", 1500, None, 0),]);
    let of_list = json!([unused("Farbe", 2, None, 0)]);
    let (summary, report) = (site.json("s"), site.json("r.json"));
    assert_eq!(summary["indexes"][0]["unused_columns"], of_leak);
    assert_eq!(summary["files"][0]["unused_columns"], of_list);
    assert_eq!(report["checked_against"][0]["unused_columns"], of_leak);
    assert_eq!(report["member_lists"][0]["unused_columns"], of_list);
    let expected = "email address (900 of 900 values); no used column of the file has this detail";
    assert!(
        site.read("r.html")
            .contains(&format!("<td class=\"name\">Kontakt</td><td>{expected}</td>"))
    );
    assert!(site.read("r.md").contains(&format!("| leak.csv | Kontakt | {expected} |")));
    site.run(&format!("check --leak leak.csv {} m.csv", reports.replace("en", "de"))).expect(0);
    let expected = "E-Mail-Adresse (900 von 900 Werten); keine verwendete Spalte";
    assert!(site.read("r.md").contains(expected), "{}", site.read("r.md"));
}

#[test]
fn quiet_does_not_hide_an_unused_identifying_column() {
    let site = Site::new();
    site.run("keygen key").expect(0);
    site.write("leak.csv", rows_with_late_addresses(700));
    site.write("m.csv", "KVNR;Mail privat\n".to_owned() + &format!("{MAX};x\n").repeat(20));
    let line = "caveat: leak.csv, 'Kontakt' (email): A column that is not used seems to hold values \
                of this field. 100 of 100, 100 %: map it with --column 'HEADER=FIELD' (first move \
                values beside other text to a column of their own), or ignore it with \
                'HEADER=ignore'.\n";
    for command in ["build --key key --output i leak.csv", "check --leak leak.csv --output f m.csv"]
    {
        let run = site.run(&format!("{command} --quiet")).expect(0);
        assert!(run.stderr.contains(line), "{command}: {}", run.stderr);
        let run = site.run(&format!("{command} --quiet --column Kontakt=ignore")).expect(0);
        assert!(!run.stderr.contains("Kontakt"), "{command}: {}", run.stderr);
    }
    site.run("build --key key --output i leak.csv").expect(0);
    let run = site.run("check --quiet --key key --index i --output f m.csv").expect(0);
    let line = "caveat: i (email): A column that is not used seems to hold values of this field.";
    assert!(run.stderr.contains(line), "{}", run.stderr);
}

#[test]
fn the_summary_of_a_build_names_unused_columns_with_their_files() {
    let site = Site::new();
    site.run("keygen key").expect(0);
    let dates =
        |header: &str| format!("KVNR;{header}\n") + &format!("{MAX};01.02.1970\n").repeat(10);
    site.write("a.csv", dates("Stichtag"));
    site.write("b.csv", dates("Merktag"));
    site.run("build --key key --output i --summary s a.csv b.csv").expect(0);
    let unused = |file: &str, column: &str| {
        let mut unused = unused(column, 10, Some("birth-date"), 10);
        unused["file"] = json!(file);
        unused
    };
    let expected = json!([unused("a.csv", "Stichtag"), unused("b.csv", "Merktag")]);
    assert_eq!(site.json("s")["unused_columns"], expected);
}

#[test]
fn threads_do_not_change_the_counts_of_unused_columns() {
    let site = Site::new();
    // Twelve blocks or more, so only some rows of the last blocks are judged.
    site.write("leak.csv", rows_with_late_addresses(3500));
    site.write("m.csv", rows_with_late_addresses(3500));
    let summary = |threads: u32| {
        let check = "check --leak leak.csv --output f --summary s";
        site.run(&format!("{check} --threads {threads} m.csv")).expect(0);
        site.read("s")
    };
    let one = summary(1);
    assert_eq!(summary(3), one);
    let counted = site.json("s")["files"][0]["unused_columns"][1]["filled"].as_u64();
    assert!(counted.is_some_and(|counted| (2000..3000).contains(&counted)), "{counted:?}");
}

#[test]
fn no_header_that_looks_like_a_value_is_shown_among_unused_columns() {
    let site = Site::new();
    site.write("leak.csv", format!("Versicherung;max@example.de;x\u{1}y\n{MAX};1;1\n"));
    site.write("m.csv", format!("KVNR;0171 1234567\n{NOBODY};Essen\n"));
    let reports = "--report r.html --report r.md --report r.json";
    let columns = "--column Versicherung=kvnr --column KVNR=kvnr";
    let run = site.run(&format!("check --leak leak.csv --summary s {columns} {reports} m.csv"));
    let run = run.expect(0);
    for text in ["s", "r.html", "r.md", "r.json"].map(|name| site.read(name)) {
        assert!(!text.contains("max@") && !text.contains("0171") && !text.contains('\u{1}'));
        assert!(text.contains("(column 2, name not shown)"), "{text}");
    }
    run.says("(column 2, name not shown)");
}

#[test]
fn deep_nesting_and_late_keys_in_json_lines_are_reported() {
    let site = Site::new();
    let deep = "[".repeat(40) + &"]".repeat(40);
    let early = format!("{{\"kvnr\":\"{MAX}\",\"kontakt\":{{\"rest\":{deep}}}}}\n");
    let late = format!("{{\"kvnr\":\"{MAX}\",\"spaet\":\"p@example.de\"}}\n");
    site.write("leak.jsonl", early.repeat(25_000) + &late.repeat(1000));
    site.write("m.csv", format!("KVNR\n{NOBODY}\n"));
    site.run("check --leak leak.jsonl --output f --summary s m.csv").expect(0);
    let summary = site.json("s");
    let columns = summary["indexes"][0]["unused_columns"].as_array().expect("a list");
    let [nested, late] = &columns[..] else { panic!("{columns:?}") };
    assert_eq!((&nested["column"], &nested["nested"]), (&json!("kontakt.rest"), &json!(true)));
    assert_eq!(
        (&late["column"], &late["looks_like"]),
        (&json!("(late keys with values like email, names not shown)"), &json!("email"))
    );
}

/// Checks a member list with these cells under this header. The leak has a column of addresses.
fn check_under(header: &str, cells: &[String]) -> (Site, super::support::Run) {
    let site = Site::new();
    let rows = |name: &str, cells: &[String]| {
        let row = |(number, cell): (usize, &String)| {
            format!("{name};Eva;{:02}.02.{};{cell}\n", number % 28 + 1, 1950 + number / 28)
        };
        cells.iter().enumerate().map(row).collect::<String>()
    };
    site.write(
        "leak.csv",
        "Name;Vorname;Geburtsdatum;E-Mail\n".to_owned() + &rows("Muster", &addresses(30)),
    );
    site.write("m.csv", format!("Name;Vorname;Geburtsdatum;{header}\n{}", rows("Zirkel", cells)));
    let run = site.run("check --leak leak.csv --output f --summary s m.csv").expect(0);
    (site, run)
}

fn addresses(number: usize) -> Vec<String> {
    (0..number).map(|index| format!("p{index}@example.de")).collect()
}

#[test]
fn addresses_in_a_misnamed_column_make_all_clears_partial() {
    for header in ["Adresse", "Straße", "Wohnort"] {
        let (site, run) = check_under(header, &addresses(20));
        run.says_all(&[
            &format!("question: m.csv: '{header}' (column 4) is not used, but 20 of its"),
            &format!("caveat: m.csv, '{header}' (email)"),
        ]);
        assert_eq!(site.json("s")["partially_checked"], 20, "{header}");
    }
    let (site, run) = check_under("Wohnort", &["Essen".to_owned(), "Ulm".to_owned()]);
    assert!(!run.stderr.contains("question"), "{}", run.stderr);
    assert_eq!(site.json("s")["files"][0]["unused_columns"], json!([]));
}

#[test]
fn a_column_with_few_possible_identifiers_makes_all_clears_partial() {
    for number in [1, 3, 9] {
        let (site, run) = check_under("Kontakt", &addresses(number));
        run.says_all(&[
            "question: m.csv: 'Kontakt' (column 4) is not used",
            "caveat: m.csv, 'Kontakt' (email)",
        ]);
        assert_eq!(site.json("s")["partially_checked"], number);
    }
    let (_, run) = check_under("Kontakt", &["Essen".to_owned()]);
    assert!(!run.stderr.contains("question"), "{}", run.stderr);
}

#[test]
fn references_that_look_like_phone_numbers_make_all_clears_partial() {
    let site = Site::new();
    let rows = |name: &str| -> String {
        let row = |number| format!("{name};Eva;{:02}.02.1970;0171 23456{number}\n", number - 9);
        (10..30).map(row).collect()
    };
    site.write("leak.csv", "Name;Vorname;Geburtsdatum;Telefon\n".to_owned() + &rows("Muster"));
    site.write("m.csv", "Name;Vorname;Geburtsdatum;Mitgliedsnummer\n".to_owned() + &rows("Zirkel"));
    let run = site.run("check --leak leak.csv --output f --summary s m.csv").expect(0);
    // With `ignore`, the column would no longer be the reference.
    run.says_all(&[
        "question: m.csv: 'Mitgliedsnummer' (column 4) is the reference only, but 20 of its",
        "else 'Mitgliedsnummer=id'",
    ]);
    assert_eq!(site.json("s")["partially_checked"], 20);
    let run =
        site.run("check --leak leak.csv --column Mitgliedsnummer=id --output f --summary s m.csv");
    let run = run.expect(0);
    assert!(!run.stderr.contains("question"), "{}", run.stderr);
    assert_eq!(site.json("s")["partially_checked"], 0);
}

#[test]
fn a_column_named_like_an_unknown_hash_raises_a_question() {
    for header in ["SHA1", "md5", "Hash"] {
        let (_, run) = check_under(header, &["0123456789abcdef".repeat(2)]);
        run.says_all(&[
            &format!("question: m.csv: '{header}' (column 4) is not used"),
            &format!("'{header}=sha1-email'"),
        ]);
    }
    let (_, run) = check_under("password_hash", &["0123456789abcdef".repeat(2)]);
    assert!(!run.stderr.contains("question"), "{}", run.stderr);
}

#[test]
fn late_addresses_in_a_misnamed_column_make_all_clears_partial() {
    let site = Site::new();
    site.write("leak.csv", format!("KVNR;E-Mail\n{MAX};max@example.de\n"));
    let note = "x".repeat(1000);
    let row = |number: u32| {
        let address = if number < 600 { String::new() } else { format!("p{number}@example.de") };
        format!("{};{address};{note}\n", kvnr(number + 1000))
    };
    let list: String = (0..1200).map(row).collect();
    site.write("m.csv", "KVNR;Anschrift;Notiz\n".to_owned() + &list);
    let check = "check --leak leak.csv --allow-indeterminate --output f --summary s m.csv";
    site.run(check).expect(0).says("caveat: m.csv, 'Anschrift' (email)");
}

#[test]
fn a_column_with_five_percent_addresses_raises_a_question() {
    let cells = |share: usize| -> Vec<String> {
        let cell = |number: usize| match number % share {
            0 => format!("p{number}@example.de"),
            _ => "am Abend".to_owned(),
        };
        (0..100).map(cell).collect()
    };
    let (_, run) = check_under("Kontakt", &cells(20));
    run.says("'Kontakt' (column 4) is not used, but 5 of its first 100 values look like email");
    let (_, run) = check_under("Kontakt", &cells(25));
    assert!(!run.stderr.contains("question"), "{}", run.stderr);
}

/// The texts of many programs that keep several values in one column.
const TEXTS: [&str; 5] = [
    r#"{"email": "*", "ok": true}"#,
    "email=*&ok=1",
    r#"a:1:{s:5:"email";s:13:"*";}"#,
    "<kontakt>*</kontakt>",
    "Frau Maier schreibt von * aus",
];

#[test]
fn addresses_beside_other_text_make_all_clears_partial() {
    let check = |site: &Site, leak: &str| {
        site.write("m.csv", "id;E-Mail\n1;a1@example.de\n");
        let check = format!("check --leak {leak} --output f --summary s m.csv");
        site.run(&check).expect(0).says_all(&[
            &format!("question: {leak}: 'meta'"),
            "is not used, but 100 of its first 100 values contain email beside other text",
            &format!("caveat: {leak}, 'meta' (email)"),
        ]);
        assert_eq!(site.json("s")["partially_checked"], 1, "{leak}");
    };
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    for text in TEXTS {
        let site = Site::new();
        let table = "CREATE TABLE users (email text, meta text);\n".to_owned();
        let (mut csv, mut jsonl, mut sql) = ("email;meta\n".to_owned(), String::new(), table);
        let mut of_members = Vec::new();
        for number in 0..200 {
            let email = format!("b{number}@example.de");
            let meta = text.replace('*', &format!("a{number}@example.de"));
            csv += &format!("{email};{}\n", quoted(&meta));
            jsonl += &format!("{}\n", json!({"email": email, "meta": meta}));
            sql += &format!("INSERT INTO users VALUES ('{email}', '{meta}');\n");
            of_members.push(quoted(&meta));
        }
        site.write("leak.csv", csv);
        site.write("leak.jsonl", jsonl);
        site.write("leak.sql", &sql);
        let database = Connection::open(site.path("leak.db")).expect("it can be written");
        database.execute_batch(&format!("BEGIN; {sql} COMMIT;")).expect("sound statements");
        drop(database);
        for leak in ["leak.csv", "leak.jsonl", "leak.sql", "leak.db"] {
            check(&site, leak);
        }
        let (site, run) = check_under("meta", &of_members[..20]);
        run.says_all(&[
            "question: m.csv: 'meta' (column 4) is not used, but 20 of its first 20 values contain \
             email beside other text",
            "caveat: m.csv, 'meta' (email)",
        ]);
        assert_eq!(site.json("s")["partially_checked"], 20, "{text}");
    }
}

#[test]
fn a_remark_with_the_address_of_an_office_raises_no_question() {
    let site = Site::new();
    let mut leak = String::from("E-Mail;Bemerkung\n");
    for number in 0..200 {
        let remark = match number % 8 {
            0 => "Bitte an support@example.de wenden",
            1 => "Kollegin eva.muster@example.de fragen",
            _ => "ruft am Abend an",
        };
        writeln!(leak, "b{number}@example.de;{remark}").expect("to memory");
    }
    site.write("leak.csv", leak);
    site.write("m.csv", "id;E-Mail\n1;a1@example.de\n");
    let run = site.run("check --leak leak.csv --output f --summary s m.csv").expect(0);
    assert!(!run.stderr.contains("question:"), "{}", run.stderr);
    assert_eq!(site.json("s")["partially_checked"], 0);
}
