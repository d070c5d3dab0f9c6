//! No value of a leak or of a member list appears anywhere, except in the caller's own reference.

use super::support::Site;

/// Fields that are usable, suspect or broken. Each comes with the texts that must not appear: the value as
/// written, and its normal form.
const MARKERS: [(&str, &str, &[&str]); 22] = [
    ("E-Mail", "Zauberwort.A@Geheim-a.de", &["zauberwort", "geheim"]),
    ("E-Mail", "zauberwort.b.geheim-b.de", &["zauberwort", "geheim"]),
    ("E-Mail", "zauberwort@c@geheim-c.de", &["zauberwort", "geheim"]),
    ("E-Mail", "zauberwort..d@-geheim-d.d", &["zauberwort", "geheim"]),
    ("KVNR", "q 123 456 784", &["q123456784", "q 123 456", "123456784"]),
    ("KVNR", "M123456780", &["m123456780", "123456780"]),
    ("KVNR", "M12345678", &["12345678"]),
    ("KVNR", "1,23457E+09", &["23457e", "23457"]),
    ("ICCSN", "80276 00101 16999 10102", &["80276", "16999"]),
    ("ICCSN", "70276001011699910102", &["70276", "16999"]),
    ("Benutzername", "Zauberwort77", &["zauberwort"]),
    ("Benutzername", "zauber\u{1}wort78", &["zauber", "wort78"]),
    ("Nachname", "Zauberwörtchen", &["zauberw"]),
    ("Nachname", "Zauberw?rtchen", &["zauberw"]),
    ("Nachname", "ZauberwÃ¶rtchen", &["zauberw"]),
    ("Vorname", "Abrakadabra", &["abrakadabra"]),
    ("Vorname", "Abrakadabra\u{FFFD}", &["abrakadabra"]),
    ("Geburtsdatum", "17.11.1923", &["17.11.1923", "1923-11-17", "1923"]),
    ("Geburtsdatum", "37.11.1924", &["37.11.1924", "1924"]),
    ("PLZ", "98765", &["98765"]),
    ("Diagnose", "Schnupfen-geheim", &["schnupfen", "geheim"]),
    ("Notiz", "Hokuspokus", &["hokuspokus"]),
];

const COLUMNS: [&str; 9] = [
    "E-Mail",
    "KVNR",
    "ICCSN",
    "Benutzername",
    "Nachname",
    "Vorname",
    "Geburtsdatum",
    "PLZ",
    "Diagnose",
];

/// Each marker in its own row. Then a row with the first marker of each column, a row with the last ones, and
/// malformed rows.
fn rows() -> String {
    let header = format!("Nr;{};Notiz\n", COLUMNS.join(";"));
    let mut rows = header;
    let mut add = |id: usize, filled: &[(&str, &str)]| {
        let cell =
            |column: &&str| filled.iter().find(|(name, _)| name == column).map(|cell| cell.1);
        let cells: Vec<&str> =
            COLUMNS.iter().chain(&["Notiz"]).map(|column| cell(column).unwrap_or("")).collect();
        rows += &format!("ref-{id};{}\n", cells.join(";"));
    };
    for (id, (column, value, _)) in MARKERS.iter().enumerate() {
        add(id, &[(column, value)]);
    }
    let together: Vec<(&str, &str)> =
        MARKERS.iter().map(|&(column, value, _)| (column, value)).collect();
    add(50, &together);
    let reversed: Vec<(&str, &str)> = together.iter().rev().copied().collect();
    add(51, &reversed);
    rows += "ref-52;\"zauberwort@geheim.de\"x;M123456785;Zauberwort\n";
    rows += "ref-53;\"zauberwort@geheim.de;M123456785;Zauberwort\n";
    rows += "ref-54;;;;;;;;;;;Zauberwort;Hokuspokus\n";
    rows
}

#[test]
fn no_value_shows_in_findings_messages_rejects_summaries_or_indexes() {
    let site = Site::new();
    site.write_fixed_key("key");
    site.write("leak.csv", rows());
    site.write("members.csv", rows());
    site.write("nobody.csv", "KVNR;E-Mail\nB234567893;somebody@example.de\n");
    let mapping = "--column Diagnose=class:personal-health-data --column Nr=id \
                   --column Benutzername=username";
    let results = "--rejects r --summary s --max-rejects 99";
    let mut shown = String::new();
    let mut run = |arguments: &str, status: i32| {
        let run = site.run(arguments).expect(status);
        for name in ["r", "s"] {
            if site.exists(name) {
                shown += &site.read(name);
            }
        }
        shown += &run.stdout;
        shown += &run.stderr;
    };
    run(&format!("build --key key --output i {mapping} {results} leak.csv"), 0);
    run(&format!("check --key key --index i {mapping} {results} --all members.csv"), 3);
    run(&format!("check --leak leak.csv {mapping} {results} --all members.csv"), 3);
    run(
        &format!(
            "check --leak leak.csv {mapping} --max-rejects 99 --format-out jsonl --all members.csv"
        ),
        3,
    );
    run(&format!("check --leak nobody.csv {mapping} {results} --all members.csv"), 3);
    run(&format!("check --leak leak.csv {mapping} --max-rejects 3 members.csv"), 4);
    run("inspect i", 0);
    run("inspect i --json", 0);
    run("verify --key key i", 0);
    run("verify --key key --json i", 0);
    assert!(shown.contains("ref-50,affected,certain"), "the run found nothing:\n{shown}");

    // The errors of inputs that are refused as a whole do not quote their content either.
    let body = rows().lines().skip(1).collect::<Vec<_>>().join("\n");
    site.write("headless.csv", &body);
    site.write("row.csv", format!("\"{body}"));
    site.write("bad.jsonl", "{\"KVNR\":\"Zauberwort\"\nHokuspokus\n");
    for input in ["headless.csv", "row.csv", "bad.jsonl"] {
        let arguments = format!("check --key key --index i --all {input}");
        let run = site.run(&arguments);
        shown += &run.stdout;
        shown += &run.stderr;
    }

    // The references belong to the caller and may be printed. Nothing else of a row may.
    let shown = shown.to_lowercase();
    for (column, _, marks) in MARKERS {
        for mark in marks {
            let place = shown.find(mark);
            let near = place.map(|place| {
                let before = &shown[..place];
                let start = before.char_indices().rev().nth(59).map_or(0, |(start, _)| start);
                &before[start..]
            });
            assert!(place.is_none(), "'{mark}' of {column} shows after {near:?}");
        }
    }
    let index = site.bytes("i").to_ascii_lowercase();
    for (column, _, marks) in MARKERS {
        for mark in marks.iter().filter(|mark| mark.len() > 4) {
            let found = index.windows(mark.len()).any(|window| window == mark.as_bytes());
            assert!(!found, "'{mark}' of {column} is in the index");
        }
    }
}
