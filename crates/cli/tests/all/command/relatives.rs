//! Twins and relatives of affected members, and members whose match is refuted.

use serde_json::{Value, json};

use super::support::Site;

const HEADER: &str = "Mitglied;Nachname;Vorname;Geburtsdatum;PLZ\n";

/// A person in the leak. The other constants are members who are not in it.
const JOHANNA: &str = "j;Weidenbach;Johanna;17.11.1983;50667\n";
const TWIN: &str = "t;Weidenbach;Friedrich;17.11.1983;50667\n";
const MARRIED: &str = "m;Abel;Johanna;17.11.1983;50667\n";
/// Agrees with Johanna except for the date.
const REFUTED: &str = "r;Weidenbach;Johanna;3.5.1951;50667\n";
const STRANGER: &str = "s;Oberländer;Xaver;3.4.1951;01067\n";

/// A folder with the leak of two persons.
fn site() -> Site {
    let site = Site::new();
    let second = "z;Stamitz;Susanne;5.6.1977;20095\n";
    site.write("leak.csv", format!("{}{JOHANNA}{second}", HEADER.replace("Mitglied", "Nr")));
    site
}

fn write_list(site: &Site, name: &str, rows: &[&str]) {
    site.write(name, HEADER.to_owned() + &rows.concat());
}

/// The summary of a check of these lists.
fn checked(site: &Site, arguments: &str) -> Value {
    let check = "check --leak leak.csv --output findings --summary summary";
    site.run(&format!("{check} {arguments}")).expect(0);
    site.json("summary")
}

#[test]
fn twins_at_both_ends_of_a_run_are_relatives_of_an_affected_member() {
    let site = site();
    let strangers = STRANGER.repeat(3);
    for (first, last) in [(TWIN, JOHANNA), (JOHANNA, TWIN)] {
        write_list(&site, "one.csv", &[first, &strangers]);
        write_list(&site, "two.csv", &[&strangers, &strangers, MARRIED, last]);
        for options in ["", "--all", "--threads 3"] {
            let summary = checked(&site, &format!("{options} one.csv two.csv"));
            assert_eq!(summary["by_strength"], json!({"candidate": 2, "probable": 1}));
            let expected = json!({"look_like_relatives": 1, "of_affected": 1});
            assert_eq!(summary["relatives"], expected, "{options}");
            assert_eq!(summary["refuted"], 0);
        }
    }
}

#[test]
fn a_twin_without_an_affected_sibling_is_not_reported_as_a_relative() {
    let site = site();
    write_list(&site, "m.csv", &[TWIN, STRANGER, "x;Stamitz;Susanne;5.6.1977;20095\n"]);
    let summary = checked(&site, "m.csv");
    assert_eq!(summary["relatives"], json!({"look_like_relatives": 1, "of_affected": 0}));
}

#[test]
fn refuted_members_are_counted_and_never_fully_cleared() {
    let site = site();
    write_list(&site, "m.csv", &[REFUTED, STRANGER, STRANGER]);
    for options in ["", "--all"] {
        let summary = checked(&site, &format!("{options} m.csv"));
        assert_eq!((&summary["not_affected"], &summary["refuted"]), (&json!(3), &json!(1)));
        assert_eq!(summary["partially_checked"], 1);
        assert_eq!(summary["partially_checked_by_reason"], json!({"match-refuted": 1}));
    }
    site.run("check --leak leak.csv --output findings --strict m.csv")
        .expect(3)
        .says("1 of those not affected; 1 by match-refuted: see --explain-match");
}

#[test]
fn summary_and_report_describe_relatives_and_refuted_matches() {
    let site = site();
    write_list(&site, "m.csv", &[TWIN, JOHANNA, MARRIED, REFUTED, STRANGER]);
    write_list(&site, "others.csv", &["x;Stamitz;Ludwig;5.6.1977;20095\n"]);
    let reports = "--report r.md --report r.html --report r.json";
    let run = "check --leak leak.csv --output findings";
    let outcome = site.run(&format!("{run} {reports} m.csv others.csv")).expect(0);
    outcome.says("relatives     2 candidates may be, 1 of affected members\n");
    let report = site.json("r.json");
    let expected = json!({"look_like_relatives": 2, "of_affected": 1});
    assert_eq!(
        (&report["persons"]["relatives"], &report["persons"]["refuted"]),
        (&expected, &json!(1))
    );
    for name in ["r.md", "r.html"] {
        let text = site.read(name);
        for words in [
            "1 der 3 von Hand zu prüfenden Personen ist anscheinend mit einer betroffenen Person verwandt: Nachname \
             und Ort sind gleich, der Vorname ist ein anderer.",
            "1 weitere ist anscheinend mit einer Person aus dem Datenleck verwandt,",
            "1 Person hat eine Angabe mit dem Datenleck gemeinsam,",
            "gemeinsame Angabe, aber anscheinend eine andere Person",
        ] {
            assert!(text.contains(words), "'{words}' is not in {name}:\n{text}");
        }
    }
    site.run(&format!("{run} --lang en --report e.md m.csv")).expect(0);
    let text = site.read("e.md");
    let words = "1 of the 2 persons to be decided seems to be a relative of an affected person: the last name and \
                 the place are the same, the first name is different.";
    assert!(text.contains(words) && !text.contains("1 more"), "{text}");
    // Without relatives, nothing is printed.
    write_list(&site, "m.csv", &[JOHANNA, STRANGER]);
    site.run(&format!("{run} --report n.md m.csv")).expect(0);
    assert!(!site.read("n.md").contains("verwandt"));
}
