//! Whether people who are certainly in both files agree in their other columns.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::support::{Site, kvnr, letters};

/// The file in which each address comes from the next row.
#[derive(Clone, Copy, PartialEq)]
enum Slipped {
    Neither,
    Leak,
    Members,
}

/// The leak has the first `common` members. Each file also has half as many strangers.
fn site(common: u32, slipped: Slipped) -> Site {
    let site = Site::new();
    let row = |number: u32, is_slipped: bool| {
        let name = letters(number, [1, 26, 7]);
        let (day, month, year) = (1 + number * 5 % 28, 1 + number * 7 % 12, 1940 + number * 3 % 61);
        // Addresses of different people begin and end differently.
        let email = (number + u32::from(is_slipped)).wrapping_mul(2_654_435_761);
        let email: String = (0..7)
            .map(|place| {
                char::from(b'a' + u8::try_from(email / 13_u32.pow(place) % 13).expect("small"))
            })
            .collect();
        let number = kvnr(number);
        format!("{number};{email}@example.org;Ber{name};Ka{name};{year}-{month:02}-{day:02}\n")
    };
    let header = "KVNR;E-Mail;Nachname;Vorname;Geburtsdatum\n";
    let (mut leak, mut members) = (header.to_owned(), format!("Nr;{header}"));
    for number in (0..common).chain(20_000..20_000 + common / 2) {
        leak += &row(number, slipped == Slipped::Leak);
    }
    for number in (0..common).chain(10_000..10_000 + common / 2) {
        write!(members, "m{number};{}", row(number, slipped == Slipped::Members))
            .expect("to memory");
    }
    site.write("leak.csv", leak);
    site.write("members.csv", members);
    site
}

const CHECK: &str = "check --leak leak.csv members.csv --output f.csv --summary s";

/// The agreement of a field in the summary: the values that agree, the values compared, and whether it is
/// measurable.
fn agreement(summary: &Value, field: &str) -> (Value, Value, Value) {
    let all = summary["files"][0]["concordance"].as_array().expect("a list");
    let entry = all.iter().find(|entry| entry["field"] == field).expect("it is measured");
    (entry["agreed"].clone(), entry["anchors"].clone(), entry["measurable"].clone())
}

#[test]
fn an_intact_pair_agrees_and_has_no_caveat() {
    let site = site(200, Slipped::Neither);
    let run = site.run(&format!("{CHECK} --report r.md --lang en --strict")).expect(0);
    let run = run.says("agreement     ");
    assert!(!run.stderr.contains("caveat: "), "{}", run.stderr);
    let summary = site.json("s");
    assert_eq!(summary["caveats"], json!([]));
    for field in ["kvnr", "email", "last-name", "first-name", "birth-date"] {
        assert_eq!(agreement(&summary, field), (json!(200), json!(200), json!(true)), "{field}");
    }
    let row = "| members.csv | leak | email address | 200 | 200 | 100.0% |";
    assert!(site.read("r.md").contains(row), "{}", site.read("r.md"));
}

/// Each value alone is valid, so no profile shows this.
#[test]
fn a_column_shifted_by_a_row_is_a_caveat_on_either_side() {
    for slipped in [Slipped::Leak, Slipped::Members] {
        let site = site(200, slipped);
        let reports = "--report r.html --report r.md --report r.json";
        let run = site.run(&format!("{CHECK} {reports}")).expect(0);
        run.says_all(&[
            "caveat: members.csv, 'E-Mail' (email): Nearly all people who are certainly in both files have",
            "200 of 200, 100 %: look at the column in both files: its rows may have slipped",
            "agreement     email 0.0 %",
        ]);
        let summary = site.json("s");
        assert_eq!(
            summary["caveats"],
            json!([{
                "file": "members.csv", "column": "E-Mail", "side": "members", "field": "email",
                "sign": "disagreement", "count": 200, "of": 200,
            }])
        );
        assert_eq!(agreement(&summary, "email"), (json!(0), json!(200), json!(true)));
        // The address clears none of the other members.
        assert_eq!(summary["partially_checked"], summary["not_affected"]);
        assert_eq!(summary["partially_checked_by_reason"]["run-caveat"], summary["not_affected"]);
        site.run(&format!("{CHECK} --strict")).expect(3);

        assert_eq!(
            site.json("r.json")["member_lists"][0]["concordance"],
            summary["files"][0]["concordance"]
        );
        let row = "| members.csv | leak | E-Mail-Adresse | 200 | 0 | 0,0 % |".replace(' ', "");
        let markdown = site.read("r.md").replace([' ', '\u{a0}', '\u{202f}'], "");
        assert!(markdown.contains(&row), "{markdown}");
        assert!(site.read("r.html").contains("Übereinstimmung der Angaben"));
    }
}

#[test]
fn too_few_people_in_the_leak_are_not_measurable_and_the_report_states_it() {
    let site = site(29, Slipped::Leak);
    let run = site.run(&format!("{CHECK} --report r.md --report r.html")).expect(0);
    assert!(
        !run.stderr.contains("caveat: ") && !run.stderr.contains("agreement"),
        "{}",
        run.stderr
    );
    assert_eq!(agreement(&site.json("s"), "email"), (json!(0), json!(29), json!(false)));
    assert!(site.read("r.md").contains("nicht messbar"));
    assert!(site.read("r.html").contains("Zu selten auf beiden Seiten vorhanden: "));
}

#[test]
fn blocks_and_threads_do_not_change_counts() {
    let site = site(9_000, Slipped::Members);
    site.run("keygen key").expect(0);
    site.run("build --key key --output leak.leakdex --name leak leak.csv").expect(0);
    // A one-time key would give another sample.
    let check = CHECK.replace("--leak leak.csv", "--key key --index leak.leakdex");
    let counted = |threads: u32| {
        site.run(&format!("{check} --threads {threads}")).expect(0);
        let summary = site.json("s");
        (summary["files"][0]["concordance"].clone(), summary["caveats"].clone())
    };
    let one = counted(1);
    assert_eq!(one.0[0]["one_in"], 8, "{}", one.0);
    assert_eq!(one.1[0]["sign"], "disagreement");
    assert_eq!(one, counted(2));
    assert_eq!(one, counted(7));
}

/// Without a postcode, each match key has the name and the date, so either of them may be damaged.
#[test]
fn a_column_of_whole_names_and_one_of_hashed_addresses_are_named() {
    let site = Site::new();
    let letter = |number: u32| char::from(b'a' + u8::try_from(number % 26).expect("small"));
    let person = |number: u32, name: u32, address: u32| {
        let name: String = [name, name / 26, name * 3, name * 7].map(letter).into_iter().collect();
        let (day, month, year) = (1 + number * 5 % 28, 1 + number * 7 % 12, 1940 + number * 3 % 61);
        let address = kvnr(address) + "@example.org";
        let address = hex::encode(Sha256::digest(address.to_lowercase()));
        format!("{};Ka{name} Ber{name};{year}-{month:02}-{day:02};{address}\n", kvnr(number))
    };
    let header = "KVNR;Name;Geburtsdatum;sha256_email\n";
    let (mut leak, mut members) = (header.to_owned(), header.to_owned());
    for number in 0..100 {
        leak += &person(number, number, number);
        members += &person(number, number + 1, number + 5_000);
    }
    site.write("leak.csv", leak);
    site.write("members.csv", members);
    site.run(CHECK);
    let summary = site.json("s");
    let caveats = summary["caveats"].as_array().expect("a list").iter();
    let caveats = caveats.filter(|caveat| caveat["sign"] == "disagreement");
    let caveats: Vec<_> = caveats.map(|caveat| (&caveat["field"], &caveat["column"])).collect();
    let expected = [
        ("email", "sha256_email"),
        ("last-name", "Name"),
        ("first-name", "Name"),
        ("birth-date", "Geburtsdatum"),
    ];
    let expected = expected.map(|(field, column)| (json!(field), json!(column)));
    let expected: Vec<_> = expected.iter().map(|(field, column)| (field, column)).collect();
    assert_eq!(caveats, expected, "{summary}");
}
