//! A field that the leak does not hold leaves no gap in an all-clear, unless the leak may hold it after all.

use std::fmt::Write as _;

use leakdex_synthetic::numbers::kvnr;
use serde_json::{Value, json};

use super::support::{NOBODY, Site};

/// A folder with a leak of insured numbers and further columns, and a member list with phone numbers.
fn site(header: &str, cells: impl Fn(usize) -> String) -> Site {
    let site = Site::new();
    let mut leak = format!("KVNR{header}\n");
    for number in 0..60 {
        let insured = kvnr(u32::try_from(number).expect("a small number"));
        writeln!(leak, "{insured}{}", cells(number)).expect("to memory");
    }
    site.write("leak.csv", leak);
    site.write("members.csv", format!("Mitglied;KVNR;Telefon\nm1;{NOBODY};0221 4710815\n"));
    site
}

/// The number of partial all-clears of a check, and the fields that are not in the leak.
fn checked(site: &Site, options: &str) -> (Value, Value) {
    let check = "--output findings --summary summary members.csv";
    site.run(&format!("check {options} {check}")).expect(0);
    let summary = site.json("summary");
    let persons = &summary["persons"];
    assert_eq!((&persons["checked"], &persons["not_affected"]), (&json!(1), &json!(1)));
    (persons["partially_checked"].clone(), summary["not_in_leak"].clone())
}

fn not_in_leak() -> (Value, Value) {
    (json!(0), json!([{"field": "phone", "persons": 1}]))
}

#[test]
fn a_phone_number_leaves_no_gap_if_the_leak_has_none() {
    let site = site("", |_| String::new());
    assert_eq!(checked(&site, "--leak leak.csv"), not_in_leak());
    site.run("keygen key").expect(0);
    site.run("build --key key --output a.leakdex --name a leak.csv").expect(0);
    assert_eq!(checked(&site, "--key key --index a.leakdex"), not_in_leak());
    site.run("build --key key --shards 4 --output shards --name a leak.csv").expect(0);
    assert_eq!(checked(&site, "--key key --index shards"), not_in_leak());
    // The same with a merged index, and with two indexes.
    site.run("build --key key --output b.leakdex --name b leak.csv").expect(0);
    site.run("merge --key key --output all.leakdex a.leakdex b.leakdex").expect(0);
    assert_eq!(checked(&site, "--key key --index all.leakdex"), not_in_leak());
    assert_eq!(checked(&site, "--key key --index a.leakdex --index b.leakdex"), not_in_leak());
}

/// Correcting the value would change no result.
#[test]
fn nobody_is_asked_to_correct_a_value_that_no_leak_has() {
    let check = "check --leak leak.csv --output f.csv --format-out excel --rejects r.csv \
                 --report r.md members.csv";
    let members = format!("Mitglied;KVNR;Telefon\nm1;{NOBODY};4710815\n");
    let run_with = |header: &str, cell: &'static str| {
        let site = site(header, |_| cell.to_owned());
        site.write("members.csv", &members);
        site.run(check).expect(0);
        let reject = site.read("r.csv");
        (reject.lines().nth(1).expect("a reject").to_owned(), site.read("r.md"))
    };
    let nothing = leakdex_report::Language::De.remedy("not-leaked", false);
    let (reject, report) = run_with("", "");
    assert!(reject.starts_with("m1;members.csv;2;Telefon;"), "{reject}");
    assert!(reject.contains(nothing), "{reject}");
    assert!(!report.contains("Nicht verwertbare Werte der Mitgliederlisten"), "{report}");
    // A leak with phone numbers could have the corrected value.
    let (reject, report) = run_with(";Telefon", ";0171 4000000");
    assert!(!reject.contains(nothing), "{reject}");
    assert!(report.contains("Nicht verwertbare Werte der Mitgliederlisten"), "{report}");
}

/// The leak with phone numbers could have the corrected value.
#[test]
fn a_value_that_one_of_two_leaks_may_have_is_to_be_corrected() {
    let site = site(";Telefon", |_| ";0171 4000000".to_owned());
    site.write("other.csv", "KVNR\nA123456780\n");
    let member = format!("m1;{NOBODY};0221 4710815;4710815");
    site.write("members.csv", format!("Mitglied;KVNR;Telefon;Mobil\n{member}\n"));
    site.run("keygen key").expect(0);
    site.run("build --key key --output a.leakdex --name a leak.csv").expect(0);
    site.run("build --key key --output b.leakdex --name b other.csv").expect(0);
    let indexes = "--key key --index a.leakdex --index b.leakdex";
    let (partial, _) = checked(&site, &format!("{indexes} --format-out excel --rejects r.csv"));
    assert_eq!(partial, json!(1));
    let (rejects, nothing) =
        (site.read("r.csv"), leakdex_report::Language::De.remedy("not-leaked", false));
    assert!(rejects.contains(";Mobil;") && !rejects.contains(nothing), "{rejects}");
}

/// The header does not show that the column holds usernames, and the usernames look like names.
#[test]
fn every_leak_may_hold_usernames() {
    let site = Site::new();
    let mut leak = String::from("Vorname;Nachname;Geburtsdatum;xq\n");
    for year in 1950..2000 {
        writeln!(leak, "Eva;Muster;{year}-05-03;evamuster{year}").expect("to memory");
    }
    site.write("leak.csv", leak);
    let member = "m1;Max;Beispiel;1960-01-02;evamuster1950";
    site.write("members.csv", format!("Mitglied;Vorname;Nachname;Geburtsdatum;Login\n{member}\n"));
    let options = "--leak leak.csv --for members.csv:column=Login=username";
    assert_eq!(checked(&site, options), (json!(1), json!([])));
}

/// The same cells in all rows but one.
fn in_one_row(usual: &'static str, other: &'static str) -> impl Fn(usize) -> String {
    move |row| if row == 7 { other } else { usual }.to_owned()
}

#[test]
fn a_column_that_may_hold_phone_numbers_keeps_the_gap() {
    let sites = [
        ("used", site(";Telefon", |_| ";ungültig".to_owned()), ""),
        ("placeholders", site(";Telefon", |_| ";-".to_owned()), ""),
        ("empty", site(";Telefon", |_| ";".to_owned()), ""),
        (
            "ignored",
            site(";Telefon", |_| ";030 1234567".to_owned()),
            "--for 'leak.csv:column=Telefon=ignore'",
        ),
        (
            "ignored, of an unknown name",
            site(";Feld", |_| ";x".to_owned()),
            "--for 'leak.csv:column=Feld=ignore'",
        ),
        ("of some values", site(";Notiz", in_one_row(";ruft zurück", ";0221 4711")), ""),
        (
            "usernames",
            site(";Benutzername", |row| format!(";eva{row}")),
            "--column 'Benutzername=username'",
        ),
        (
            "ignored, with text",
            site(";Bemerkung", in_one_row(";ja", ";Tel. 0171 4711001")),
            "--for 'leak.csv:column=Bemerkung=ignore'",
        ),
        (
            "a class, with text",
            site(";Bemerkung", in_one_row(";ja", ";Tel. 0171 4711001")),
            "--for 'leak.csv:column=Bemerkung=class:genders'",
        ),
        (
            "addresses and a number",
            site(";E-Mail", |row| {
                if row == 7 { ";0171 4711001".to_owned() } else { format!(";eva{row}@example.de") }
            }),
            "",
        ),
        (
            "an address with more",
            site(";E-Mail", |row| format!(";Eva Muster (0171 47110{row:02}) <e{row}@example.de>")),
            "",
        ),
        (
            "names with a number",
            site(";Nachname;Vorname", in_one_row(";Muster;Eva", ";Muster (0171 4711001);Eva")),
            "",
        ),
        (
            "references, and a number",
            site(";Kundennummer", |row| {
                if row == 7 { ";01714711001".to_owned() } else { format!(";{row}") }
            }),
            "",
        ),
    ];
    for (name, site, options) in sites {
        let (partial, not_in_leak) =
            checked(&site, &format!("--leak leak.csv --max-rejects 100% {options}"));
        assert_eq!((partial, not_in_leak), (json!(1), json!([])), "{name}");
    }
    // A column of other data does not count.
    let site = site(";Notiz", |_| ";ruft zurück".to_owned());
    assert_eq!(checked(&site, "--leak leak.csv"), not_in_leak());
}

#[test]
fn a_kind_that_was_not_indexed_keeps_the_gap() {
    let site = site("", |_| String::new());
    site.run("keygen key").expect(0);
    site.run("build --key key --kinds kvnr --output a.leakdex --name a leak.csv").expect(0);
    assert_eq!(checked(&site, "--key key --index a.leakdex"), (json!(1), json!([])));
    // A second index with all kinds does not close the gap.
    site.run("build --key key --output b.leakdex --name b leak.csv").expect(0);
    let both = "--key key --index a.leakdex --index b.leakdex";
    assert_eq!(checked(&site, both), (json!(1), json!([])));
    site.run("merge --key key --output all.leakdex a.leakdex b.leakdex").expect(0);
    assert_eq!(checked(&site, "--key key --index all.leakdex"), (json!(1), json!([])));
}

#[test]
fn the_largest_cause_is_shown_with_its_remedy() {
    let site = site(";Telefon", |_| ";-".to_owned());
    let run = site.run("check --leak leak.csv --output findings members.csv").expect(0);
    run.says_all(&[
        "1 person: 0 confirmed, 0 to decide, 0 open, 1 not affected",
        "1 of those not affected; 1 by field-not-compared (phone): index",
    ]);
}

/// A column with an unknown name leaves the gap if the form of a value allows a phone number, even if nobody
/// would recognise one in it.
#[test]
fn values_of_unknown_columns_leave_the_gap_if_one_may_be_a_phone_number() {
    let values = [
        "1714000000",
        "49171400000",
        "4.9171E+11",
        "privat 0171 4000000",
        "m@x.de, 0171 4000000",
        "<tel>1</tel>",
        "bS5tdXN0ZXJAZXhhbXBsZS5kZQ==",
        "ruft gern am Abend zurück, wenn es eilt, auch mittags",
    ];
    for value in values {
        let site = site(";x7", |row| format!(";{}", if row == 9 { value } else { "ja" }));
        let (partial, not_in_leak) = checked(&site, "--leak leak.csv");
        assert_eq!((partial, not_in_leak), (json!(1), json!([])), "{value}");
    }
    for value in [
        "ja",
        "F32.1",
        "2022-11-03",
        "18.01.2023 10:00",
        "50667",
        "0cc175b9c0f1b6a831c399e269772661",
    ] {
        let site = site(";x7", |_| format!(";{value}"));
        assert_eq!(checked(&site, "--leak leak.csv"), not_in_leak(), "{value}");
    }
}

#[test]
fn a_data_class_or_lost_cells_leave_the_gap() {
    let gap = (json!(1), json!([]));
    let mapped = site(";x7", |_| ";1".to_owned());
    let options = "--leak leak.csv --for 'leak.csv:column=x7=class:phone-numbers'";
    assert_eq!(checked(&mapped, options), gap);
    let declared = site("", |_| String::new());
    declared.write("breach.toml", "Name = 'a'\nDataClasses = ['Phone numbers']\n");
    assert_eq!(checked(&declared, "--leak leak.csv --breach breach.toml"), gap);
    let lost = site(";Ort", |row| if row == 3 { ";Ulm;1".to_owned() } else { ";Ulm".to_owned() });
    assert_eq!(checked(&lost, "--leak leak.csv"), gap);
    let skipped = site("", |_| String::new());
    assert_eq!(
        checked(
            &skipped,
            "--leak leak.csv --for 'leak.csv:skip-rows=1' --for 'leak.csv:no-header' --for 'leak.csv:column=1=kvnr'"
        ),
        gap
    );
}

#[test]
fn an_invalid_value_of_an_unleaked_field_is_not_a_defect() {
    let site = site("", |_| String::new());
    site.write("members.csv", format!("Mitglied;KVNR;Telefon\nm1;{NOBODY};kaputt\n"));
    assert_eq!(checked(&site, "--leak leak.csv"), not_in_leak());
}

#[test]
fn the_screen_names_a_field_only_if_no_leak_holds_it() {
    let site = site("", |_| String::new());
    site.run("keygen key").expect(0);
    site.run("build --key key --output a.leakdex --name a leak.csv").expect(0);
    site.write("phones.csv", "Telefon;KVNR\n0221 4712345;B123456782\n0221 4712346;C123456784\n");
    site.run("build --key key --output b.leakdex --name b phones.csv").expect(0);
    let check = "check --key key --output findings --no-decoys members.csv --index a.leakdex";
    let one = site.run(check).expect(0);
    assert!(one.stderr.contains("  not leaked    phone 1\n"), "{}", one.stderr);
    let both = site.run(&format!("{check} --index b.leakdex")).expect(0);
    assert!(!both.stderr.contains("not leaked"), "{}", both.stderr);
}

/// The command judges what a column holds by a sample of its rows. But it looks for possible phone numbers in all
/// rows.
#[test]
fn a_number_in_a_row_beyond_the_sample_keeps_the_gap() {
    let site = Site::new();
    let mut leak = String::from("KVNR;Zusatz\n");
    for number in 0..200_000 {
        let insured = kvnr(number);
        let extra = if number == 199_001 { "0171 4711001" } else { "" };
        writeln!(leak, "{insured};{extra}").expect("to memory");
    }
    site.write("leak.csv", leak);
    site.write("members.csv", format!("Mitglied;KVNR;Telefon\nm1;{NOBODY};0221 4710815\n"));
    assert_eq!(checked(&site, "--leak leak.csv"), (json!(1), json!([])));
}

/// The reader warns about statements that it does not execute.
#[test]
fn a_skipped_part_of_a_dump_keeps_the_gap() {
    let site = Site::new();
    let mut dump = String::from("CREATE TABLE people (kvnr varchar(10));\n");
    for number in 0..60 {
        writeln!(dump, "INSERT INTO people VALUES ('{}');", kvnr(number)).expect("to memory");
    }
    site.write("leak.sql", &dump);
    site.write("members.csv", format!("Mitglied;KVNR;Telefon\nm1;{NOBODY};0221 4710815\n"));
    assert_eq!(checked(&site, "--leak leak.sql"), not_in_leak());
    dump += "ALTER TABLE people ADD telefon text;\nUPDATE people SET telefon = '0171 4711001';\n";
    site.write("leak.sql", dump);
    assert_eq!(checked(&site, "--leak leak.sql"), (json!(1), json!([])));
}
