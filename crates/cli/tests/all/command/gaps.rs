//! The kinds that were checked for each member, and the gaps: in the findings of all members, and in the
//! rejects.

use serde_json::{Value, json};

use super::support::{
    EVA, MAX, NOBODY, REJECTS, Site, columns, json as parsed, lines, without_gaps,
};

/// Five members: affected; fully checked; with a defective address; with a suspect number and a valid
/// address; with nothing to check.
fn site() -> Site {
    let site = Site::with_index();
    let members = format!(
        "Mitglied;E-Mail;KVNR\n\
         m1;;{MAX}\n\
         m2;;{NOBODY}\n\
         m3;no address;{NOBODY}\n\
         m4;zoe@example.de;A123456781\n\
         m5;;A123456781\n"
    );
    site.write("members.csv", members);
    site
}

const CHECK: &str = "check --key key --index leak.leakdex members.csv --allow-indeterminate";

/// The references and two columns of findings.
const COLUMNS: [&str; 3] = ["member", "checked", "gaps"];

#[test]
fn findings_of_all_members_have_the_kinds_checked_and_the_gaps() {
    let site = site();
    let found = site.run(&format!("{CHECK} --all")).expect(0).stdout;
    assert!(found.starts_with(
        "file,row,member,verdict,strength,matched,breaches,data_classes,checked,gaps\n"
    ));
    let expected = [
        ["m1", "kvnr", ""],
        ["m2", "kvnr", ""],
        ["m3", "kvnr", "no-at-sign:email"],
        ["m4", "email email-alias", "suspect-value:kvnr"],
        ["m5", "", "wrong-check-digit:kvnr"],
    ];
    assert_eq!(columns(&found, COLUMNS), expected.map(|row| row.map(str::to_owned)));
    // Programs that read only affected members see no new column.
    let affected = site.run(CHECK).expect(0).stdout;
    assert_eq!(affected, lines("", &without_gaps(&found).lines().take(2).collect::<Vec<_>>()));

    let run = site.run(&format!("{CHECK} --all --format-out jsonl")).expect(0);
    let rows: Vec<Value> = run.stdout.lines().map(parsed).collect();
    assert_eq!(rows[2]["gaps"], json!([{ "reason": "no-at-sign", "field": "email" }]));
    assert_eq!(rows[3]["checked"], json!(["email", "email-alias"]));
    assert_eq!((&rows[1]["gaps"], &rows[1]["checked"]), (&json!([]), &json!(["kvnr"])));
    assert_eq!(
        parsed(site.run(&format!("{CHECK} --format-out jsonl")).stdout.trim()).get("gaps"),
        None
    );

    let excel = site.run(&format!("{CHECK} --all --format-out excel")).expect(0);
    excel.prints_all(&[
        ";Geprüft anhand;Lücken der Prüfung\r\n",
        ";m2;nicht betroffen;;;;;Krankenversichertennummer (KVNR);\r\n",
        ";m3;nicht betroffen, nur teilweise geprüft;;;;;Krankenversichertennummer (KVNR);\
         E-Mail-Adresse: @-Zeichen fehlt\r\n",
        ";Krankenversichertennummer: zweifelhafter Wert\r\n",
        ";m5;offen, nicht prüfbar;;;;;;Krankenversichertennummer: falsche Prüfziffer\r\n",
    ]);
}

#[test]
fn the_summary_counts_the_members_with_gaps() {
    let site = site();
    site.run(&format!("{CHECK} --all --output f --summary s")).expect(0);
    let found = site.read("f");
    let (columns, verdicts) = (columns(&found, COLUMNS), super::support::verdicts(&found));
    let partial = columns
        .iter()
        .zip(&verdicts)
        .filter(|(row, verdict)| !row[2].is_empty() && *verdict == "not_affected");
    assert_eq!(partial.count(), 2);
    assert_eq!(site.json("s")["partially_checked"], 2);
}

#[test]
fn a_suspect_value_that_makes_a_check_partial_is_in_the_rejects_and_does_not_count_for_the_limit() {
    let site = site();
    // The suspect number of an affected member makes no check partial.
    let members =
        site.read("members.csv") + "m6;max@example.de;A123456781\n" + &format!("m7;;{EVA}\n");
    site.write("members.csv", members);
    let check = format!("{CHECK} --output f --rejects r --summary s");
    site.run(&check).expect(0);
    let expected = [
        "members.csv,3,E-Mail,no-at-sign",
        "members.csv,4,KVNR,wrong-check-digit",
        "members.csv,5,KVNR,wrong-check-digit",
    ];
    assert_eq!(site.read("r"), lines(REJECTS, &expected));
    let summary = site.json("s");
    assert_eq!(summary["rejects_by_reason"], json!({ "no-at-sign": 1, "wrong-check-digit": 1 }));
    assert_eq!(
        summary["rejects_by_field"],
        json!({ "email": { "no-at-sign": 1 }, "kvnr": { "wrong-check-digit": 1 } })
    );
    assert_eq!(summary["suspects_by_field"], json!({ "kvnr": { "wrong-check-digit": 1 } }));
    // A suspect value is used, so it does not count for the limit.
    site.run(&format!("{check} --max-rejects 2")).expect(0);
    site.run(&format!("{check} --max-rejects 1")).expect(4);

    site.run(&format!("{CHECK} --output f --rejects r.csv --format-out excel")).expect(0);
    let rejected_row = "members.csv;5;KVNR;falsche Prüfziffer;Die Nummer enthält einen Tippfehler.";
    assert!(site.read("r.csv").contains(rejected_row), "{}", site.read("r.csv"));
    site.run(&format!("{check} --resume")).expect(0);
    assert_eq!(site.read("r"), lines(REJECTS, &expected));
}

#[test]
fn rejects_have_suspect_names_and_dates_but_no_unleaked_fields() {
    let site = Site::new();
    site.write(
        "leak.csv",
        "Nachname;Vorname;Geburtsdatum\nMuster;Max;01.02.1970\nKlein;Eva;03.04.1980\n",
    );
    let members = format!(
        "Mitglied;KVNR;E-Mail;Nachname;Vorname;Geburtsdatum\n\
         m1;A123456781;;Huber;Ute;03.05.1971\n\
         m2;{NOBODY};;Huber;Uta;1971-05-03T23:00:00Z\n"
    );
    site.write("members.csv", members);
    site.run("check --leak leak.csv --output f --rejects r --all members.csv").expect(3);
    assert_eq!(site.read("r"), lines(REJECTS, &["members.csv,2,Geburtsdatum,time-zone"]));
}

/// Three members are in the leak with another spelling of their address.
#[test]
fn an_address_in_a_spelling_that_the_index_cannot_find_is_a_gap() {
    const HINT: &str = "addresses are indexed without email-alias";
    let site = Site::new();
    site.run("keygen key").expect(0);
    let leak = "maxmus@gmail.com\neva@x.de\nb@x.de\nute+shop@x.de\n";
    site.write("leak.csv", format!("E-Mail\n{leak}"));
    let members = "m1;max.mus@googlemail.com\nm2;eva+news@x.de\nm3;ute@x.de\nm4;b@x.de\n";
    site.write("members.csv", format!("Mitglied;E-Mail\n{members}"));
    let build = "build --quiet --key key leak.csv --output";
    let check = "check --key key members.csv --all --index";

    site.run(&format!("{build} addresses --kinds email")).expect(0).says(HINT);
    let found = site.run(&format!("{check} addresses")).expect(0).stdout;
    let not_compared = "field-not-compared:email";
    // No check can see that Ute's leaked address has a tag, so the hint of the build says it.
    let expected = [
        ["m1", "not_affected", not_compared],
        ["m2", "not_affected", not_compared],
        ["m3", "not_affected", ""],
        ["m4", "affected", ""],
    ];
    let shown = ["member", "verdict", "gaps"];
    assert_eq!(columns(&found, shown), expected.map(|row| row.map(str::to_owned)));
    let answers =
        site.feed("lookup --key key --index addresses email", "eva+news@x.de\neva1@x.de\n");
    answers.expect(0).prints(
        "not_affected\t\t\t\t\tpartially_checked\tfield-not-compared\nnot_affected\t\t\t\t\t\t\n",
    );

    let run = site.run(&format!("{build} aliases --kinds email,email-alias")).expect(0);
    assert!(!run.stderr.contains(HINT), "{}", run.stderr);
    let found = site.run(&format!("{check} aliases")).expect(0).stdout;
    let affected = ["m1", "m2", "m3", "m4"].map(|member| [member, "affected", ""]);
    assert_eq!(columns(&found, shown), affected.map(|row| row.map(str::to_owned)));
}
