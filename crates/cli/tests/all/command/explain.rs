//! `check --explain`: shows how files are read and what their first rows yield, without values.

use std::collections::BTreeSet;

use super::support::{LEAK, Site};

#[test]
fn explain_shows_detection_mapping_and_verdicts_and_writes_nothing() {
    let site = Site::with_index();
    site.write(
        "m.csv",
        "Nr;E-Mail;KVNR;Farbe\n1;max@example.de;;rot\n2;kaputt;Z123456784;\n3;;Z123456783;\n4;;;\n",
    );
    let before = site.names(".");
    let run = site.run("check --explain --key key --index leak.leakdex --column Nr=id m.csv");
    let run = run.expect(0);
    assert_eq!(site.names("."), before, "something was written");
    assert!(!run.stdout.contains("file,row,member"), "{}", run.stdout);
    for words in [
        "leak.leakdex: 2 rows: 2 indexed, 0 duplicate, 0 rejected; it holds:\n",
        "    kvnr         2 identifiers\n",
        "m.csv: CSV, delimiter ';', encoding ",
        "  format: the file name extension shows it\n",
        "  delimiter: it splits most of the first rows",
        "  header: the first row\n",
        "    id           <- 'Nr' (column 1): given with --column\n",
        "    kvnr         <- 'KVNR' (column 3): by its name\n",
        "    ignored      <- 'Farbe' (column 4): no usual name\n",
        "    email        ok aaa@aaa.aaa, from 'E-Mail'\n    kvnr         absent, from 'KVNR'\n",
        "    verdict      affected, strong: email email-alias found in leak\n",
        "    email        invalid: no-at-sign, from 'E-Mail'\n",
        "    kvnr         suspect: wrong-check-digit A999999999, from 'KVNR'\n",
        "    verdict      indeterminate: nothing could be checked: no-at-sign\n",
        "    suspect      kvnr\n",
        "    verdict      not_affected: no checked value is in the leak\n    checked      kvnr\n",
        "    makes        nothing that can be checked\n",
        "a dry run: no more rows than these were checked, and nothing was written\n",
    ] {
        assert!(run.stdout.contains(words), "'{words}' is not in:\n{}", run.stdout);
    }
}

#[test]
fn explain_shows_both_files_and_the_requested_number_of_rows() {
    let site = Site::with_files();
    let rows = |run: &str| run.matches("\n  row ").count();
    let run = site.run("check --explain --leak leak.csv members.csv").expect(0);
    assert_eq!(rows(&run.stdout), 2 + 4);
    for words in ["birth-date   ok 9999-99-99, from 'Geburtsdatum'", "makes        email kvnr"] {
        assert!(run.stdout.contains(words), "{}", run.stdout);
    }
    let run = site.run("check --explain=1 --leak leak.csv members.csv").expect(0);
    assert_eq!(rows(&run.stdout), 1 + 1);
    // Options that are given are shown as given.
    let given = "check --explain=1 --leak leak.csv --format csv --delimiter ; members.csv";
    let run = site.run(given).expect(0);
    assert!(run.stdout.contains("format: given with --format"), "{}", run.stdout);
    assert!(run.stdout.contains("delimiter: given with --delimiter"), "{}", run.stdout);
    site.feed("check --explain --leak leak.csv -", "{\"KVNR\":\"A1\"}\n{\"KVNR\":\"A2\"}\n")
        .expect(0)
        .prints_all(&[
            "format: the first line is an object",
            "header: the names of the values",
            "wrong-length",
        ]);
    site.write("m.csv", "max@example.de;x\n");
    site.write("leak2.csv", "max@example.de;x\n");
    site.run("check --explain --leak leak2.csv --no-header --column 1=email m.csv")
        .expect(0)
        .prints_all(&[
            "header: none, because of --no-header",
            "'1' (column 1): given with --column",
        ]);
}

#[test]
fn explain_shows_the_faults_of_a_row_as_a_whole() {
    let site = Site::with_files();
    site.write("m.csv", "E-Mail;KVNR;Passwort\nmax@example.de\n;Z123456783;x;y\n");
    let run = site.run("check --explain --leak leak.csv m.csv").expect(0);
    for words in [
        "    row          too-few-fields\n",
        "too-many-fields\n",
        "class        passwords: the cell",
    ] {
        assert!(run.stdout.contains(words), "'{words}' is not in:\n{}", run.stdout);
    }
}

#[test]
fn no_value_appears_in_any_spelling() {
    // Each value, with the parts of it that must not appear.
    let values = [
        ("E-Mail", "Zauberwort.A@Geheim-a.de", &["zauber", "geheim"][..]),
        ("E-Mail", "zauberwort-b.geheim.de", &["zauber", "geheim"]),
        ("KVNR", "q 123 456 784", &["q123", "123456", "q 123"]),
        ("KVNR", "M123456780", &["m123", "123456"]),
        ("IBAN", "DE02 1203 0000 0000 2020 51", &["1203", "2020", "de02"]),
        ("Benutzername", "Hokuspokus_77", &["hokus", "77"]),
        ("Nachname", "Zauberwörtchen-Geheim", &["zauber", "geheim"]),
        ("Vorname", "Abrakadabra", &["abraka"]),
        ("Geburtsdatum", "17.11.1923", &["1923", "17.11", "11-17"]),
        ("PLZ", "98765", &["98765"]),
        ("Telefon", "0170 8675309", &["8675309", "0170", "+49"]),
        ("email_sha256", &"0d1e2f3a".repeat(8), &["0d1e", "9a9a", "2f3a"]),
        ("Mitglied", "Referenz-4711", &["referenz", "4711"]),
        ("Diagnose", "Schnupfen-geheim", &["schnupfen"]),
    ];
    let columns: BTreeSet<&str> = values.iter().map(|(column, _, _)| *column).collect();
    let columns: Vec<&str> = columns.into_iter().collect();
    let mut rows = columns.join(";") + "\n";
    for (column, value, _) in values {
        let cell = |text: &&str| if *text == column { value } else { "" };
        rows += &(columns.iter().map(cell).collect::<Vec<_>>().join(";") + "\n");
    }
    let all = |text: &&str| values.iter().find(|(column, _, _)| column == text).map_or("", |v| v.1);
    rows += &(columns.iter().map(all).collect::<Vec<_>>().join(";") + "\n");
    rows += "\"Zauberwort\"x;M123456780\nZauberwort;a;b;c;d;e;f;g;h;i;j;k;l;m;Abrakadabra\n";
    let site = Site::new();
    site.write("leak.csv", &rows);
    site.write("members.csv", &rows);
    site.run("keygen key").expect(0);
    site.run("build --quiet --key key --output i --max-rejects 99 leak.csv").expect(0);
    let mut shown = String::new();
    for source in ["--leak leak.csv", "--key key --index i"] {
        for mapping in ["", "--column Diagnose=class:personal-health-data --column PLZ=ignore"] {
            let mapping = format!("--column Benutzername=username {mapping}");
            let run = site.run(&format!("check --explain=99 {source} {mapping} members.csv"));
            let run = run.expect(0);
            assert!(run.stdout.contains("verdict      affected, certain"), "{}", run.stdout);
            shown += &run.stdout.to_lowercase();
            shown += &run.stderr.to_lowercase();
        }
    }
    assert!(shown.contains("  row 17\n"), "all rows are shown:\n{shown}");
    for (column, _, marks) in values {
        for mark in marks {
            assert!(!shown.contains(mark), "'{mark}' of {column} shows in:\n{shown}");
        }
    }
}

#[test]
fn explain_refuses_result_options_and_bad_inputs() {
    let site = Site::with_files();
    site.write("findings", "earlier");
    for results in ["--output findings", "--rejects r", "--summary s", "--all", "--max-rejects 1"] {
        site.run(&format!("check --explain --leak leak.csv {results} members.csv"))
            .expect(2)
            .says("cannot be used with")
            .prints("");
    }
    assert_eq!(site.read("findings"), "earlier");
    site.write("bad.csv", LEAK.replace("E-Mail;KVNR;Nachname;Vorname;Geburtsdatum", "a;b;c;d;e"));
    site.run("check --explain --leak leak.csv bad.csv").expect_error(&["bad.csv"]);
}
