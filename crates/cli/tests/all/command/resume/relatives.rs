//! A resumed run keeps the relatives that it found before it was cut off.

use std::fmt::Write as _;

use super::{RESUME, expect, packed, resumes, uninterrupted};
use crate::command::support::Site;

/// A list that begins and ends with these rows. A row has two kilobytes, so a few rows make many blocks.
fn list(first: &str, last: &str, name: &str) -> String {
    let mut text = String::from("Mitglied;Nachname;Vorname;Geburtsdatum;PLZ;Notiz\n");
    let note = "x".repeat(2000);
    writeln!(text, "{name}a;{first};{note}").expect("to memory");
    for number in 0..1000 {
        writeln!(text, "{name}{number};Oberländer;Xaver;3.4.1951;01067;{note}").expect("to memory");
    }
    writeln!(text, "{name}z;{last};{note}").expect("to memory");
    text
}

#[test]
fn twins_on_both_sides_of_an_interruption_are_relatives() {
    const STRANGER: &str = "Oberländer;Xaver;3.4.1951;01067";
    const LEAKED: &str = "Weidenbach;Johanna;17.11.1983;50667";
    const TWIN: &str = "Weidenbach;Friedrich;17.11.1983;50667";
    let site = Site::new();
    site.write("leak.csv", format!("Nachname;Vorname;Geburtsdatum;PLZ\n{LEAKED}\n"));
    site.run("keygen key").expect(0);
    site.run("build --key key --output leak.leakdex leak.csv").expect(0);
    for (first, last) in [(TWIN, LEAKED), (LEAKED, TWIN)] {
        site.write("one.csv", list(first, STRANGER, "eins"));
        let whole = packed(list(STRANGER, last, "zwei").as_bytes());
        site.write("two.csv.gz", &whole);
        let expected = uninterrupted(&site, super::BOTH);
        let summary: serde_json::Value = serde_json::from_slice(&expected[2]).expect("it is JSON");
        let counted = serde_json::json!({"look_like_relatives": 1, "of_affected": 1});
        assert_eq!(summary["relatives"], counted);
        site.write("two.csv.gz", &whole[..whole.len() / 2]);
        expect(&site, &format!("{RESUME} {}", super::BOTH), 1, &["the same command continues"]);
        site.write("two.csv.gz", &whole);
        resumes(&site, super::BOTH, &expected);
    }
}
