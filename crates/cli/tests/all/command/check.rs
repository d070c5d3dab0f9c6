//! `check`: verdicts, findings, rejects, summary and exit status.

use serde_json::{Value, json};

use super::support::{
    EVA, FINDINGS, LEAK, MAX, MEMBERS, NOBODY, REJECTS, Site, json, lines, records,
};

const ALL_CLASSES: &str = "dates-of-birth email-addresses health-insurance-information names";

#[test]
fn check_with_leak_gives_the_results_of_an_index() {
    let site = Site::with_index();
    let arguments = "--all --rejects r --summary s members.csv";
    let by_index = site.run(&format!("check --key key --index leak.leakdex {arguments}"));
    // The summary names the index or the leak. Everything else is the same.
    let summary = || {
        let mut summary = site.json("s");
        let index = summary["indexes"][0].as_object_mut().expect("an object");
        for name in ["file", "index_id", "key_id", "generation", "unused_columns"] {
            index.remove(name);
        }
        summary
    };
    let by_index = (by_index.expect(3).stdout, site.read("r"), summary());
    let by_leak = site.run(&format!("check --leak leak.csv {arguments}")).expect(3).stdout;
    assert_eq!((by_leak, site.read("r"), summary()), by_index);
}

#[test]
fn all_writes_a_row_for_every_member() {
    let site = Site::with_index();
    site.run("check --key key --index leak.leakdex --all members.csv").expect(3).finds(&[
        &format!("members.csv,1,m1,affected,strong,email email-alias,leak,{ALL_CLASSES}"),
        "members.csv,2,m2,not_affected,,,,",
        "members.csv,3,m3,indeterminate,,,,",
        "members.csv,4,m4,affected,certain,kvnr,leak,\
         dates-of-birth health-insurance-information names",
    ]);
}

#[test]
fn several_matches_are_listed_and_the_strongest_decides() {
    let site = Site::with_index();
    let row = format!("max@example.de;{MAX};Müster;;\n;;Muster;Max;1970-02-01\n");
    site.write("m.csv", format!("E-Mail;KVNR;Nachname;Vorname;Geburtsdatum\n{row}"));
    site.run("check --key key --index leak.leakdex m.csv").expect(0).finds(&[
        &format!("m.csv,1,,affected,certain,email kvnr email-alias,leak,{ALL_CLASSES}"),
        &format!(
            "m.csv,2,,affected,candidate,starts-birth ends-birth name-birthday,leak,{ALL_CLASSES}"
        ),
    ]);
}

#[test]
fn indeterminate_members_make_status_3_unless_they_are_allowed() {
    let site = Site::with_files();
    site.run("check --leak leak.csv members.csv").expect(3);
    site.run("check --leak leak.csv --allow-indeterminate members.csv").expect(0);
    site.write("whole.csv", format!("KVNR\n{NOBODY}\n"));
    site.run("check --leak leak.csv whole.csv").expect(0).prints(FINDINGS);
}

#[test]
fn a_kind_that_the_index_does_not_hold_is_indeterminate() {
    let site = Site::with_index();
    site.write("m.csv", "Benutzername\nmax\n");
    let check = "check --key key --index leak.leakdex --all --rejects r";
    let run = site.run(&format!("{check} --column Benutzername=username m.csv"));
    run.expect(3).finds(&["m.csv,1,,indeterminate,,,,"]);
    assert_eq!(site.read("r"), lines(REJECTS, &["m.csv,1,,kind-not-indexed"]));
}

#[test]
fn a_suspect_number_can_match_but_never_clears_a_member() {
    let site = Site::new();
    site.write("leak.csv", format!("KVNR\nB234567890\n{MAX}\n"));
    site.write("m.csv", "KVNR\nB234567890\nA123456781\n");
    site.run("check --leak leak.csv --all --rejects r m.csv").expect(3).finds(&[
        "m.csv,1,,affected,certain,kvnr,leak,health-insurance-information",
        "m.csv,2,,indeterminate,,,,",
    ]);
    assert_eq!(site.read("r"), lines(REJECTS, &["m.csv,2,KVNR,wrong-check-digit"]), "and why");
}

#[test]
fn data_classes_come_from_the_class_columns_of_the_matching_row() {
    let site = Site::new();
    site.write("leak.csv", format!("KVNR;Diagnose\n{MAX};J45\n{EVA};\n"));
    site.write("m.csv", format!("KVNR\n{MAX}\n{EVA}\n"));
    let run = site.run("check --leak leak.csv --column Diagnose=class:personal-health-data m.csv");
    run.expect(0).finds(&[
        "m.csv,1,,affected,certain,kvnr,leak,health-insurance-information personal-health-data",
        "m.csv,2,,affected,certain,kvnr,leak,health-insurance-information",
    ]);
}

#[test]
fn several_member_lists_are_checked_in_their_order_and_counted_together() {
    let site = Site::with_files();
    site.write("more.csv", format!("KVNR,Mitglied\n{NOBODY},x\n{MAX},y\n"));
    let run = site.run("check --leak leak.csv --summary s members.csv more.csv").expect(3);
    let run = run.says_all(&[
        "members.csv: 4 members: 2 affected, 1 not affected, 1 indeterminate",
        "more.csv: 2 members: 1 affected, 1 not affected, 0 indeterminate",
    ]);
    run.finds(&[
        &format!("members.csv,1,m1,affected,strong,email email-alias,leak,{ALL_CLASSES}"),
        "members.csv,4,m4,affected,certain,kvnr,leak,\
         dates-of-birth health-insurance-information names",
        &format!("more.csv,2,y,affected,certain,kvnr,leak,{ALL_CLASSES}"),
    ]);
    let summary = site.json("s");
    assert_eq!((&summary["rows"], &summary["affected"]), (&json!(6), &json!(3)));
    let of_file = |number: usize, name: &str| summary["files"][number][name].clone();
    assert_eq!([0, 1].map(|number| of_file(number, "file")), ["members.csv", "more.csv"]);
    assert_eq!([0, 1].map(|number| of_file(number, "rows")), [4, 2]);
}

#[test]
fn several_indexes_are_checked_as_one_and_a_finding_names_each_breach() {
    let site = Site::with_index();
    site.write("portal.csv", format!("Benutzername,KVNR\neva80,{EVA}\n"));
    let mapping = "--column Benutzername=username";
    site.run(&format!(
        "build --key key --output p.leakdex --name portal-2024 {mapping} portal.csv"
    ))
    .expect(0);
    site.write("m.csv", format!("KVNR,Benutzername\n{EVA},\n,EVA80\n{MAX},\n"));
    let check = "check --key key --index leak.leakdex --index p.leakdex --summary s";
    let run = site.run(&format!("{check} {mapping} m.csv"));
    run.expect(0).expect_findings_in_breaches(&[
        "m.csv,1,,affected,certain,kvnr,leak portal-2024,\
         dates-of-birth health-insurance-information names usernames,certain certain",
        "m.csv,2,,affected,strong,username,portal-2024,health-insurance-information usernames,strong",
        &format!("m.csv,3,,affected,certain,kvnr,leak,{ALL_CLASSES},certain"),
    ]);
    assert_eq!(site.json("s")["by_breach"], json!({ "leak": 2, "portal-2024": 2 }));
}

#[test]
fn a_kind_that_one_index_lacks_leaves_the_all_clear_incomplete() {
    let site = Site::with_index();
    site.write("portal.csv", "Benutzername\neva80\n");
    let mapping = "--column Benutzername=username";
    site.run(&format!("build --key key --output p.leakdex {mapping} portal.csv")).expect(0);
    // Only one index can look up the username. The other one cannot check this member.
    site.write("m.csv", "Benutzername\nsomebody\n");
    let check = "check --key key --index leak.leakdex --index p.leakdex --all --summary s";
    let run = site.run(&format!("{check} {mapping} m.csv")).expect(0).verdicts("not_affected");
    assert!(run.stdout.contains(",username,field-not-compared:username"), "{}", run.stdout);
    assert_eq!(site.json("s")["partially_checked"], 1);
}

/// The numbers of persons and records in the next test.
fn persons_and_records() -> (Value, Value) {
    let by = json!({
        "by_strength": { "certain": 1, "strong": 1 },
        "by_kind": { "email": 1, "email-alias": 1, "kvnr": 1 },
        "by_breach": { "leak": 2 },
        "by_data_class": {
            "dates-of-birth": 2,
            "email-addresses": 1,
            "health-insurance-information": 2,
            "names": 2,
        },
        "by_institution": {},
        "without_institution": 2,
    });
    let mut persons = json!({
        "checked": 6,
        "confirmed": 2,
        "to_decide": 0,
        "open": 2,
        "dismissed": 0,
        "not_affected": 2,
        "partially_checked": 1,
        "confirmed_by_breach": { "leak": 2 },
        "confirmed_by_data_class": by["by_data_class"],
        "open_by_reason": { "no-identifier": 1, "wrong-check-digit": 1 },
        "partially_checked_by_reason": { "no-at-sign": 1 },
    });
    let mut records = json!({ "concerned": 2, "confirmed": 2 });
    for counts in [&mut persons, &mut records] {
        let counts = counts.as_object_mut().expect("an object");
        counts.extend(by.as_object().expect("an object").clone());
    }
    (persons, records)
}

#[test]
fn the_summary_has_every_key_and_its_rows_add_up() {
    let site = Site::with_index();
    let bad = format!("{MEMBERS}m5;no address;{NOBODY}\nm6;;B234567890\n");
    site.write("members.csv", bad);
    site.run("check --key key --index leak.leakdex --summary s members.csv").expect(3);
    let mut summary = site.json("s");
    let agreement = |field: &str| {
        json!({
            "breach": "leak", "field": field, "anchors": 0, "agreed": 0, "one_in": 1,
            "measurable": false,
        })
    };
    let indexes = summary.as_object_mut().expect("an object").remove("indexes");
    let index = &indexes.expect("what was checked against")[0];
    let (persons, records) = persons_and_records();
    let cause = json!({ "reason": "no-at-sign", "field": "email", "persons": 1 });
    assert_eq!((&index["file"], &index["rows"]["read"]), (&json!("leak.leakdex"), &json!(2)));
    // No member has a date of birth.
    let accidents = json!({
        "matches": 0, "not_measurable": 0, "decoys_matched": 0, "expected": null, "low": null,
        "high": null, "limit": 1.0, "is_above_limit": false,
    });
    assert_eq!(
        summary,
        json!({
            "rows": 6,
            "affected": 2,
            "not_affected": 2,
            "indeterminate": 2,
            "partially_checked": 1,
            "without_reference": 0,
            "repeated_references": 0,
            "matched_records": 2,
            "by_strength": { "certain": 1, "strong": 1 },
            "by_kind": { "email": 1, "email-alias": 1, "kvnr": 1 },
            "by_breach": { "leak": 2 },
            "caveats": [],
            "coincidences": {
                "decoys_per_million_members": 8_000_000,
                "members": 0,
                "asked": 0,
                "matched_by_strength": {},
                "matched_by_kind": {},
                "not_measurable": {},
                "by_strength": { "probable": &accidents, "candidate": &accidents },
                "by_kind": {},
            },
            "files": [{
                "file": "members.csv",
                "rows": 6,
                "affected": 2,
                "not_affected": 2,
                "indeterminate": 2,
                "partially_checked": 1,
                "without_reference": 0,
                "unused_columns": [],
                "concordance": [agreement("email"), agreement("kvnr")],
            }],
            "by_data_class": {
                "dates-of-birth": 2,
                "email-addresses": 1,
                "health-insurance-information": 2,
                "names": 2,
            },
            "by_institution": {},
            "persons": persons,
            "records": records,
            "partial": {
                "defective": 1,
                "caveats": 0,
                "largest_cause": cause,
                "by_cause": [cause],
            },
            "not_in_leak": [],
            "relatives": { "look_like_relatives": 0, "of_affected": 0 },
            "refuted": 0,
            "indeterminate_by_reason": { "no-identifier": 1, "wrong-check-digit": 1 },
            "partially_checked_by_reason": { "no-at-sign": 1 },
            "rejects_by_field": {
                "email": { "no-at-sign": 1 },
                "kvnr": { "wrong-check-digit": 1 },
                "row": { "no-identifier": 1 },
            },
            "rejects_by_reason": { "no-at-sign": 1, "no-identifier": 1, "wrong-check-digit": 1 },
            "suspects_by_field": {},
        })
    );
}

#[test]
fn the_rejects_name_file_row_column_and_reason_and_add_up_to_the_summary() {
    let site = Site::with_files();
    site.write("m.csv", "E-Mail;KVNR;Geburtsdatum\nno address;A12;\na@b@c.de;;31.02.1970\n;;\n");
    site.run("check --leak leak.csv --rejects r --summary s m.csv").expect(3);
    let expected = [
        "m.csv,1,E-Mail,no-at-sign",
        "m.csv,1,KVNR,wrong-length",
        "m.csv,2,E-Mail,several-at-signs",
        "m.csv,2,Geburtsdatum,impossible-date",
        "m.csv,3,,no-identifier",
    ];
    assert_eq!(site.read("r"), lines(REJECTS, &expected));
    let by_reason = site.json("s")["rejects_by_reason"].clone();
    let counts = by_reason.as_object().expect("a map").values();
    assert_eq!(counts.filter_map(Value::as_u64).sum::<u64>(), 5);
}

#[test]
fn jsonl_findings_hold_the_exact_values() {
    let site = Site::with_files();
    let members = format!("Mitglied,KVNR\n=1+1,{MAX}\nm2,{NOBODY}\n");
    site.write("m.csv", members);
    let run = site.run("check --leak leak.csv --format-out jsonl --all m.csv").expect(0);
    let rows: Vec<_> = run.stdout.lines().map(json).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        rows[0],
        json!({
            "file": "m.csv", "row": 1, "member": "=1+1", "verdict": "affected",
            "strength": "certain", "matched": ["kvnr"], "breaches": ["leak"],
            "data_classes": ALL_CLASSES.split(' ').collect::<Vec<_>>(), "records": 1,
            "checked": ["kvnr"], "gaps": [],
        })
    );
    assert_eq!((&rows[1]["verdict"], &rows[1]["strength"]), (&json!("not_affected"), &json!(null)));
}

#[test]
fn no_cell_of_findings_or_rejects_starts_a_formula() {
    let site = Site::new();
    site.write("leak.csv", LEAK);
    let rows = ["=1+1", "+49", "-1", "@SUM(A1)", "a=b", "'=1"]
        .map(|id| format!("{id};{MAX};no address\n"))
        .concat();
    site.write("=m.csv", format!("id;KVNR;+mail\n{rows}"));
    let run = site.run("check --leak leak.csv --column +mail=email --rejects r =m.csv").expect(0);
    let rows = records(&run.stdout);
    let members: Vec<&str> = rows.iter().map(|row| &row[2]).collect();
    assert_eq!(members, ["'=1+1", "'+49", "'-1", "'@SUM(A1)", "a=b", "''=1"]);
    assert!(rows.iter().all(|row| &row[0] == "'=m.csv"), "{rows:?}");
    assert!(site.read("r").contains("\n'=m.csv,1,'+mail,no-at-sign\n"), "{}", site.read("r"));
}

#[test]
fn a_reference_with_delimiters_quotes_and_umlauts_stays_one_cell() {
    let site = Site::with_files();
    site.write("m.csv", format!("id;KVNR\n\"Ä, \"\"1\"\"; 2\";{MAX}\n"));
    let run = site.run("check --leak leak.csv m.csv").expect(0);
    assert_eq!(&records(&run.stdout)[0][2], "Ä, \"1\"; 2");
}

#[test]
fn too_many_rejects_make_status_4_and_publish_nothing() {
    let site = Site::with_files();
    site.write("m.csv", format!("E-Mail;KVNR\nbad;{MAX}\nbad;{NOBODY}\n;{EVA}\n;{EVA}\n"));
    let outputs = "--output f --rejects r --summary s";
    for (limit, status) in
        [("0", 4), ("1", 4), ("2", 0), ("0%", 4), ("49.9%", 4), ("50%", 0), ("100%", 0)]
    {
        ["f", "r", "s"].iter().for_each(|name| site.write(name, "earlier"));
        let run = site.run(&format!("check --leak leak.csv --max-rejects {limit} {outputs} m.csv"));
        let run = run.expect(status);
        let kept = ["f", "r", "s"].map(|name| site.read(name) == "earlier");
        assert_eq!(kept, [status == 4; 3], "--max-rejects {limit}");
        if status == 4 {
            run.says("--max-rejects").says("no-at-sign");
        }
    }
    site.run("check --leak leak.csv --max-rejects 1 m.csv").expect(4).prints("");
}

/// A leak with `bad` unreadable rows and one good row.
fn leak_with_bad_rows(bad: usize) -> String {
    format!("KVNR;E-Mail\n{}{MAX};max@example.de\n", "unreadable;bad\n".repeat(bad))
}

#[test]
fn a_leak_that_is_mostly_unreadable_gives_no_verdicts() {
    let site = Site::with_files();
    site.write("leak.csv", leak_with_bad_rows(121));
    site.write("m.csv", format!("KVNR\n{EVA}\n"));
    ["f", "s"].iter().for_each(|name| site.write(name, "earlier"));
    let check = "check --leak leak.csv --output f --summary s";
    let run = site.run(&format!("{check} m.csv")).expect(4);
    run.prints("").says_all(&[
        "leak.csv: 121 of its 122 rows could not be used",
        "wrong-character 121",
        "--explain",
        "--max-rejects",
    ]);
    assert_eq!(["f", "s"].map(|name| site.read(name)), ["earlier", "earlier"]);
    site.run("check --explain --leak leak.csv m.csv").expect(0);
    site.run(&format!("{check} --max-rejects 300 m.csv")).expect(0);
}

#[test]
fn a_tenth_of_the_rows_of_a_leak_may_be_rejected() {
    let site = Site::with_files();
    let good = format!("{MAX};max@example.de\n").repeat(8);
    for (bad, status) in [(1, 0), (2, 4)] {
        site.write("leak.csv", leak_with_bad_rows(bad) + &good);
        site.write("m.csv", format!("KVNR\n{EVA}\n"));
        site.run("check --leak leak.csv m.csv").expect(status);
    }
}

#[test]
fn the_limit_of_rejects_holds_for_the_leak_too() {
    let site = Site::with_files();
    site.write("leak.csv", leak_with_bad_rows(2));
    site.write("m.csv", format!("KVNR\n{EVA}\n"));
    // Each of the two rows has two rejects.
    for (limit, status) in [("3", 4), ("4", 0), ("133%", 2), ("100%", 4)] {
        let run = site.run(&format!("check --leak leak.csv --max-rejects {limit} m.csv"));
        let run = run.expect(status);
        if status == 4 {
            run.prints("").says_all(&["the leak leak.csv: 4 rejects", "--max-rejects"]);
        }
    }
    site.write("leakdex.toml", "max-rejects = '3'\n");
    site.run("check --leak leak.csv m.csv").expect(4);
    site.write("leakdex.toml", "max-rejects = '4'\n");
    site.run("check --leak leak.csv m.csv").expect(0);
}

#[test]
fn too_many_rejects_take_precedence_over_indeterminate_members() {
    let site = Site::with_files();
    site.run("check --leak leak.csv --max-rejects 0 members.csv").expect(4);
}

#[test]
fn a_column_that_no_index_can_answer_for_is_named() {
    let site = Site::with_files();
    site.write("leak.csv", "E-Mail\nsomebody@example.de\n");
    let run = site.run("check --leak leak.csv members.csv");
    run.says("members.csv: no kvnr leaked; that column is not compared, and this is not a gap");
    site.run("keygen key").expect(0);
    site.run("build --key key --kinds email --output i leak.csv").expect(0);
    let run = site.run("check --key key --index i members.csv");
    run.says("members.csv: no kvnr is indexed; that column cannot be checked");
}
