//! Fields that the leak does not hold make no all-clear partial, unless the leak may hold them after all.

use std::fmt::Write as _;

use leakdex_synthetic::numbers::kvnr;
use serde_json::{Value, json};

use super::support::{NOBODY, Site};

/// A folder with a leak of insured numbers, with further columns, and a member list with phone numbers.
fn site(header: &str, cells: impl Fn(usize) -> String) -> Site {
    let site = Site::new();
    let mut leak = format!("KVNR{header}\n");
    for number in 0..60 {
        let own = kvnr(u32::try_from(number).expect("a small number"));
        writeln!(leak, "{own}{}", cells(number)).expect("to memory");
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
fn a_phone_number_is_no_gap_if_the_leak_has_none() {
    let site = site("", |_| String::new());
    assert_eq!(checked(&site, "--leak leak.csv"), not_in_leak());
    site.run("keygen key").expect(0);
    site.run("build --key key --output a.leakdex --name a leak.csv").expect(0);
    assert_eq!(checked(&site, "--key key --index a.leakdex"), not_in_leak());
    site.run("build --key key --shards 4 --output shards --name a leak.csv").expect(0);
    assert_eq!(checked(&site, "--key key --index shards"), not_in_leak());
    // The same of a merged index, and of two indexes.
    site.run("build --key key --output b.leakdex --name b leak.csv").expect(0);
    site.run("merge --key key --output all.leakdex a.leakdex b.leakdex").expect(0);
    assert_eq!(checked(&site, "--key key --index all.leakdex"), not_in_leak());
    assert_eq!(checked(&site, "--key key --index a.leakdex --index b.leakdex"), not_in_leak());
}

#[test]
fn a_column_that_may_hold_phone_numbers_leaves_the_gap() {
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
        (
            "of some values",
            site(";Notiz", |row| {
                if row == 7 { ";0221 4711".to_owned() } else { ";ruft zurück".to_owned() }
            }),
            "",
        ),
        (
            "usernames",
            site(";Benutzername", |row| format!(";eva{row}")),
            "--column 'Benutzername=username'",
        ),
    ];
    for (name, site, options) in sites {
        let (partial, not_in_leak) =
            checked(&site, &format!("--leak leak.csv --max-rejects 100% {options}"));
        assert_eq!((partial, not_in_leak), (json!(1), json!([])), "{name}");
    }
    // A column of other data is none.
    let site = site(";Notiz", |_| ";ruft zurück".to_owned());
    assert_eq!(checked(&site, "--leak leak.csv"), not_in_leak());
}

#[test]
fn a_kind_that_was_left_out_leaves_the_gap() {
    let site = site("", |_| String::new());
    site.run("keygen key").expect(0);
    site.run("build --key key --kinds kvnr --output a.leakdex --name a leak.csv").expect(0);
    assert_eq!(checked(&site, "--key key --index a.leakdex"), (json!(1), json!([])));
    // Beside an index that knows, it does not.
    site.run("build --key key --output b.leakdex --name b leak.csv").expect(0);
    let both = "--key key --index a.leakdex --index b.leakdex";
    assert_eq!(checked(&site, both), (json!(1), json!([])));
    site.run("merge --key key --output all.leakdex a.leakdex b.leakdex").expect(0);
    assert_eq!(checked(&site, "--key key --index all.leakdex"), (json!(1), json!([])));
}

#[test]
fn the_largest_cause_is_told_with_its_remedy() {
    let site = site(";Telefon", |_| ";-".to_owned());
    let run = site.run("check --leak leak.csv --output findings members.csv").expect(0);
    run.says_all(&[
        "1 person: 0 confirmed, 0 to decide, 0 open, 1 not affected",
        "1 of the not affected; 1 by field-not-compared (phone): index",
    ]);
}
