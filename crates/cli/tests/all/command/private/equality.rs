//! The private check gives the same verdicts as `check`.

use std::fmt::Write as _;

use leakdex::{Breach, Field, IndexBuilder, Key, Kind, Record};
use leakdex_synthetic::{
    leak::{Fragments, LeakTruth},
    members::members,
};
use serde_json::Value;

use super::{ANSWER, FINISH, ask, begin};
use crate::command::support::{Site, in_campaign};

/// The columns of the lists.
const FIELDS: [(Field, &str); 8] = [
    (Field::Kvnr, "KVNR"),
    (Field::Email, "E-Mail"),
    (Field::LastName, "Nachname"),
    (Field::FirstName, "Vorname"),
    (Field::BirthDate, "Geburtsdatum"),
    (Field::PostalCode, "PLZ"),
    (Field::Iccsn, "Kartennummer"),
    (Field::Username, "Benutzername"),
];

/// The text of a list. A field that a record repeats has only its first usable value.
fn list<'r>(records: impl Iterator<Item = &'r Record>) -> String {
    let headers = FIELDS.map(|(_, header)| header);
    let mut text = format!("Mitglied;{}\n", headers.join(";"));
    for (number, record) in records.enumerate() {
        let value = |field: Field| {
            let first = record.values().find(|(name, value)| *name == field && value.is_ok());
            let value = first.and_then(|(_, value)| value.ok()).unwrap_or_default();
            format!("\"{}\"", value.replace('"', "\"\""))
        };
        let values = FIELDS.map(|(field, _)| value(field));
        writeln!(text, "m{number};{}", values.join(";")).expect("text takes it");
    }
    text
}

#[test]
fn the_verdicts_are_those_of_an_index_of_the_same_leak() {
    let people = in_campaign(100_000, 20_000);
    let accounts = people / 4;
    let mut truth = LeakTruth::default();
    let leaked = truth.take(Fragments::of(0..accounts));
    let members = members((accounts / 5)..(accounts / 5 + people));
    let site = Site::new();
    site.write("leak.csv", list(leaked.iter()));
    site.write("members.csv", list(members.iter().map(|member| &member.record)));

    // The index that the command would build, but without codes.
    let key = Key::from_bytes(&[7; 32]).expect("a key");
    key.save(site.path("key")).expect("written");
    let breach = Breach::named("leak-2026").expect("a name");
    let kinds = [Kind::Kvnr, Kind::Email, Kind::StartsBirth].into_iter().collect();
    let mut builder = IndexBuilder::new(&key, breach).kinds(kinds).without_codes();
    let options = leakdex_input::Options::default();
    let mut input = leakdex_input::Input::open(&site.path("leak.csv"), &options).expect("a leak");
    let added = leakdex_screening::add_leak::<Box<dyn std::error::Error + Send + Sync>>(
        &mut input,
        &mut builder,
        || (),
        |_| Ok(true),
    );
    added.expect("it is read").usable().expect("it is usable");
    builder.publish(site.path("leak.leakdex")).expect("it is written");
    let results = |name: &str| {
        format!(
            "--all --output {name}.csv --rejects {name}-rejects.csv --summary {name}.json members.csv"
        )
    };
    site.run(&format!("check --key key --index leak.leakdex --no-decoys {}", results("check")))
        .expect(3);

    let parties = begin(&site, people);
    ask(&site, &parties, "members.csv").expect(0);
    site.run(ANSWER).expect(0);
    site.run(&format!("{FINISH} {}", results("private"))).expect(3);
    assert!(site.read("private.csv") == site.read("check.csv"), "the findings differ");
    assert!(site.read("private-rejects.csv") == site.read("check-rejects.csv"));
    let (mut actual, mut expected) = (site.json("private.json"), site.json("check.json"));
    // The anchors are sampled by their tags, which depend on the key.
    for summary in [&mut actual, &mut expected] {
        summary["files"][0]["concordance"] = Value::Null;
    }
    assert!(actual["affected"].as_u64() > Some(u64::from(accounts) / 4), "{}", actual["affected"]);
    // A table has other names, rounds its counts, and has no profiles of columns that its kinds do not need.
    expected["indexes"].clone_from(&actual["indexes"]);
    let of_members = |summary: &Value| {
        let caveats = summary["caveats"].as_array().expect("a list").iter();
        caveats.filter(|caveat| caveat["side"] == "members").cloned().collect::<Vec<_>>()
    };
    assert_eq!(of_members(&actual), of_members(&expected));
    let signs_of_leak = |summary: &Value| {
        let caveats = summary["caveats"].as_array().expect("a list").iter();
        let of_leak =
            caveats.filter(|caveat| caveat["side"] == "leak" && caveat["field"].is_null());
        of_leak.map(|caveat| caveat["sign"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(signs_of_leak(&actual), signs_of_leak(&expected));
    assert!(
        !signs_of_leak(&actual).is_empty(),
        "a tenth of the leaked rows has nothing of these kinds"
    );
    expected["caveats"].clone_from(&actual["caveats"]);
    assert_eq!(actual, expected);
}
