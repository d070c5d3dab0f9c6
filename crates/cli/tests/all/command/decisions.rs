//! Decisions of people: work lists, recording decisions, and checks that honour them.

mod leaked_rows;
mod taking;
mod waves;
mod worklists;
mod writing;

use std::fs;

use super::support::{Run, Site, columns};

const LEAK: &str = "\
KVNR;E-Mail;Nachname;Vorname;Geburtsdatum;PLZ;Passwort
A123456780;;;;;;geheim
;;Xanderberg;Quirinus;01.02.1970;24103;geheim
;;Weidenbach;Johanna;17.11.1983;50667;
";

const HEADER: &str = "Mitglied;KVNR;E-Mail;Nachname;Vorname;Geburtsdatum;PLZ\n";

/// A certain match.
const SURE: &str = "m1;A123456780;;;;;\n";
/// A candidate who looks like a relative.
const CANDIDATE: &str = "m2;;;Xanderberg;Zacharias;01.02.1970;24103\n";
const OTHER: &str = "m3;;;Weidenbach;Friedrich;17.11.1983;50667\n";
/// A probable match.
const PROBABLE: &str = "m4;;;Weidenbach;Johanna;17.11.1983;50667\n";
const NOBODY: &str = "m5;Z123456783;;;;;\n";

/// The first column of a work list that people fill in.
pub(super) const DECISION: usize = 3;
/// The check code: the last column of a list without shared kinds.
const CODE: usize = 19;

const CHECK: &str = "check --key key --index leak.leakdex --output findings.csv --no-decoys --summary summary.json members.csv";

/// An index of the leak `breach`, and a member list with one person of each sort.
fn site() -> Site {
    let site = Site::new();
    site.write_fixed_key("key");
    build(&site, LEAK);
    write_members(&site, &[SURE, CANDIDATE, OTHER, PROBABLE, NOBODY]);
    site
}

fn build(site: &Site, leak: &str) {
    site.write("leak.csv", leak);
    site.run("build --key key --name breach --output leak.leakdex leak.csv").expect(0);
}

fn write_members(site: &Site, rows: &[&str]) {
    site.write("members.csv", HEADER.to_owned() + &rows.concat());
}

fn check(site: &Site, options: &str) -> Run {
    site.run(&format!("{CHECK} {options}")).expect(0)
}

/// The rows of a German work list as text, with the header first.
fn worklist(site: &Site, name: &str) -> Vec<Vec<String>> {
    let text = site.read(name);
    let text = text.strip_prefix('\u{feff}').expect("it is for a spreadsheet");
    rows_of(text, b';')
}

pub(super) fn rows_of(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.delimiter(delimiter).has_headers(false).from_reader(text.as_bytes());
    let rows = reader.into_records().map(|row| row.expect("well formed"));
    rows.map(|row| row.iter().map(str::to_owned).collect()).collect()
}

pub(super) fn as_text(rows: &[Vec<String>], delimiter: u8) -> String {
    let mut writer = csv::WriterBuilder::new();
    let mut writer = writer.delimiter(delimiter).from_writer(Vec::new());
    rows.iter().for_each(|row| writer.write_record(row).expect("to memory"));
    String::from_utf8(writer.into_inner().expect("to memory")).expect("it is text")
}

/// The cells of a row below these headers.
fn cells<const N: usize>(rows: &[Vec<String>], row: usize, headers: [&str; N]) -> [String; N] {
    headers.map(|name| {
        let column = rows[0].iter().position(|row| row == name);
        rows[row][column.unwrap_or_else(|| panic!("no column {name}"))].clone()
    })
}

/// Fills in the row of a member.
fn fill(rows: &mut [Vec<String>], member: &str, cells: [&str; 3]) {
    let row = rows.iter_mut().find(|row| row[0] == member).expect("the member is in the list");
    for (cell, text) in row[DECISION..].iter_mut().zip(cells) {
        text.clone_into(cell);
    }
}

/// Writes a work list, fills it in, and records the decisions. Each is `(member, decision, reason)`.
fn decide(site: &Site, decisions: &[(&str, &str, &str)]) -> Run {
    check(site, "--worklist work.csv");
    let mut rows = worklist(site, "work.csv");
    for &(member, decision, reason) in decisions {
        fill(&mut rows, member, [decision, reason, "E. Muster"]);
    }
    site.write("work.csv", as_text(&rows, b';'));
    site.run("decide --decisions decisions.csv --from work.csv").expect(0)
}

/// The member and one column of all findings.
fn column(site: &Site, name: &str) -> Vec<String> {
    let rows = columns(&site.read("findings.csv"), ["member", name]);
    rows.iter().map(|row| row.join(" ")).collect()
}

/// The decisions in a summary: affected, not affected, later, lapsed, passed over.
fn counts(site: &Site) -> [u64; 5] {
    let summary = site.json("summary.json");
    let numbers = &summary["decisions"];
    ["affected", "not_affected", "later", "lapsed", "passed_over"]
        .map(|name| numbers[name].as_u64().unwrap_or_else(|| panic!("no {name} in {summary}")))
}

/// The persons in a summary: checked, confirmed, to decide, open, dismissed, not affected.
fn persons(site: &Site) -> [u64; 6] {
    let numbers = &site.json("summary.json")["persons"];
    ["checked", "confirmed", "to_decide", "open", "dismissed", "not_affected"]
        .map(|name| numbers[name].as_u64().unwrap_or_else(|| panic!("no {name} in {numbers}")))
}

#[test]
fn decisions_on_a_work_list_are_honoured_by_the_next_check() {
    let site = site();
    check(&site, "--worklist work.csv").says(
        "work.csv: 3 matches to decide on: 2 count for nobody yet, 1 probable; a person with a probable",
    );
    let rows = worklist(&site, "work.csv");
    let members: Vec<&str> = rows[1..].iter().map(|row| &*row[0]).collect();
    assert_eq!(members, ["m2", "m3", "m4"]);
    assert_eq!(rows[0][DECISION..DECISION + 3], ["Entscheidung", "Begründung", "Bearbeitet von"]);
    let place = ["Datenleck", "Mitgliederliste", "Zeile"];
    assert_eq!(cells(&rows, 1, place), ["breach", "members.csv", "3"]);
    let compared = ["Nachname", "Vorname", "Geburtsdatum", "Postleitzahl", "Angehörige möglich"];
    assert_eq!(cells(&rows, 1, compared), ["gleich", "verschieden", "gleich", "gleich", "ja"]);
    let effect = ["Treffer", "Ohne Entscheidung"];
    assert_eq!(cells(&rows, 1, effect), ["möglich", "bleibt zu prüfen"]);
    assert_eq!(cells(&rows, 3, effect), ["wahrscheinlich", "gilt als betroffen"]);

    decide(
        &site,
        &[
            ("m2", "betroffen", "Stammdaten veraltet"),
            ("m3", "NICHT BETROFFEN", "relative"),
            ("m4", "later", "unclear"),
        ],
    )
    .says("3 decisions taken: 1 affected, 1 not affected, 1 later");
    check(&site, "--decisions decisions.csv --worklist work.csv")
        .says("decided       1 affected, 1 not, 1 later, 0 lapsed")
        // A postponed probable match counts for nobody yet, as in the summary.
        .says("work.csv: 1 match to decide on: 1 counts for nobody yet, 0 probable");
    assert_eq!(
        column(&site, "decision"),
        ["m1 none", "m2 affected", "m3 not_affected", "m4 later"]
    );
    // A finding is never lost.
    let verdicts = ["m1 affected", "m2 affected", "m3 affected", "m4 affected"];
    assert_eq!(column(&site, "verdict"), verdicts);
    assert_eq!(counts(&site), [1, 1, 1, 0, 0]);
    assert_eq!(persons(&site), [5, 2, 1, 0, 1, 1]);
    let rows = worklist(&site, "work.csv");
    assert_eq!(rows.len(), 2);
    let left = ["Kennung", "Ohne Entscheidung", "Frühere Entscheidung"];
    assert_eq!(cells(&rows, 1, left), ["m4", "bleibt zu prüfen", "später"]);
}

#[test]
fn findings_have_no_column_for_decisions_unless_decisions_are_honoured() {
    let site = site();
    check(&site, "");
    assert!(!site.read("findings.csv").contains("decision"));
    assert!(site.json("summary.json").get("decisions").is_none());
    decide(&site, &[("m3", "nicht betroffen", "andere Person")]);
    let header = "file,row,member,verdict,strength,matched,breaches,data_classes,new,decision\n";
    fs::copy(site.path("findings.csv"), site.path("first.csv")).expect("it is there");
    check(&site, "--previous first.csv --decisions decisions.csv");
    assert!(site.read("findings.csv").starts_with(header), "{}", site.read("findings.csv"));
    let run = site.run(
        "check --key key --index leak.leakdex --no-decoys --decisions decisions.csv --format-out jsonl \
         members.csv",
    );
    let lines: Vec<_> = run.expect(0).stdout.lines().map(super::support::json).collect();
    let decisions = lines.iter().map(|line| line["decisions"][0].as_str().expect("a text"));
    assert_eq!(decisions.collect::<Vec<_>>(), ["none", "none", "not_affected", "none"]);
}

#[test]
fn a_decision_lapses_when_the_members_data_or_the_matching_records_change() {
    let site = site();
    let decided = [
        ("m2", "betroffen", "sonstiger Grund"),
        ("m3", "nicht betroffen", "Angehörige"),
        ("m4", "nicht betroffen", "andere Person"),
    ];
    decide(&site, &decided);
    let honour = "--decisions decisions.csv --worklist work.csv";
    // Another spelling of the same data is not a change. Neither is another order of columns.
    let spelt = CANDIDATE.replace("Xanderberg", "XANDERBERG").replace("01.02.1970", "1970-02-01");
    write_members(&site, &[&spelt, OTHER, PROBABLE]);
    check(&site, honour);
    assert_eq!(counts(&site), [1, 2, 0, 0, 0]);

    let with_number = CANDIDATE.replacen(";;", ";Z123456783;", 1);
    write_members(&site, &[&with_number, OTHER, PROBABLE]);
    check(&site, honour).says("1 has lapsed").says("since the member's data changed");
    assert_eq!(column(&site, "decision"), ["m2 lapsed", "m3 not_affected", "m4 not_affected"]);
    let rows = worklist(&site, "work.csv");
    let earlier = cells(&rows, 1, ["Frühere Entscheidung"]);
    assert_eq!(earlier, ["betroffen (hinfällig: Daten der Person geändert)"]);

    write_members(&site, &[CANDIDATE, OTHER, PROBABLE]);
    let twin = ";;Weidenbach;Susanne;17.11.1983;50667;\n";
    build(&site, &format!("{LEAK}{twin}"));
    check(&site, honour).says("1 since the matching leaked records changed");
    assert_eq!(column(&site, "decision"), ["m2 affected", "m3 lapsed", "m4 not_affected"]);

    site.remove("key");
    site.run("keygen key").expect(0);
    build(&site, LEAK);
    check(&site, honour).says("3 have lapsed").says("the index has another key");
    assert_eq!(counts(&site), [0, 0, 0, 3, 0]);
}

/// Often, the classes that leaked for everybody become known only after decisions were made.
#[test]
fn a_decision_holds_if_only_classes_declared_for_everybody_change() {
    let site = site();
    let breach = |classes: &str| site.write("breach.toml", format!("Name = 'breach'\n{classes}"));
    let build = || {
        let build = "build --key key --breach breach.toml --output leak.leakdex leak.csv";
        site.run(build).expect(0);
    };
    breach("DataClasses = ['personal-health-data', 'passwords']");
    build();
    decide(&site, &[("m2", "betroffen", "dieselbe Person"), ("m3", "later", "unclear")]);
    for classes in ["", "DataClasses = ['bank-account-numbers']"] {
        breach(classes);
        build();
        check(&site, "--decisions decisions.csv");
        assert_eq!(counts(&site), [1, 0, 1, 0, 0], "{classes}");
    }
    // The class of a column belongs to the record. If the column is not read, the record changes.
    site.run("build --key key --breach breach.toml --output leak.leakdex --column Passwort=ignore leak.csv")
        .expect(0);
    check(&site, "--decisions decisions.csv").says("1 since the matching leaked records changed");
    assert_eq!(column(&site, "decision"), ["m1 none", "m2 lapsed", "m3 later", "m4 none"]);
}

#[test]
fn an_explanation_has_the_outcome_of_the_decisions() {
    let site = site();
    decide(
        &site,
        &[("m2", "betroffen", "dieselbe Person"), ("m3", "nicht betroffen", "Angehörige")],
    );
    let run_with = |member: &str, options: &str| {
        let arguments = format!("--quiet --key key --index leak.leakdex --explain-match {member}");
        site.run(&format!("check {arguments} {options} members.csv")).expect(0).stdout
    };
    for (member, outcome, decision) in [
        ("m2", "bestätigt betroffen; Treffer: von Hand bestätigt\n", "betroffen\n"),
        ("m3", "nach Prüfung von Hand nicht betroffen; Treffer: möglich\n", "nicht betroffen\n"),
    ] {
        let open = "  Ergebnis        von Hand zu prüfen; Treffer: möglich\n";
        let before = run_with(member, "");
        assert!(before.contains(open) && !before.contains("Entscheidung "), "{before}");
        let after = run_with(member, "--decisions decisions.csv");
        let lines = format!("  Ergebnis        {outcome}  Entscheidung    {decision}");
        assert!(after.contains(&lines), "'{lines}' is not in:\n{after}");
    }
    let line = run_with("m3", "--decisions decisions.csv --format-out jsonl");
    assert!(line.contains("\"outcome\":\"dismissed\",\"decisions\":[\"not_affected\"]"), "{line}");
}

#[test]
fn a_confirmed_member_does_not_disappear_silently() {
    let site = site();
    decide(
        &site,
        &[("m2", "betroffen", "dieselbe Person"), ("m3", "nicht betroffen", "Angehörige")],
    );
    let moved =
        [CANDIDATE, OTHER].map(|row| row.replace("24103", "01067").replace("50667", "01067"));
    write_members(&site, &[&moved[0], &moved[1]]);
    check(&site, "--decisions decisions.csv")
        .says("warning: 1 decision has no match any more. Each says 'affected'");
    assert_eq!(site.json("summary.json")["decisions"]["unmatched"], 1);
    // A message shows no reference: it may be an insured number.
    let quiet = check(&site, "--decisions decisions.csv --quiet")
        .says("members.csv, row 1 (row 2 in Excel)\n");
    assert!(!quiet.stderr.contains("m2"), "{}", quiet.stderr);
    check(&site, "--decisions decisions.csv --all");
    assert_eq!(column(&site, "decision"), ["m2 unmatched", "m3 "]);
    check(&site, "--decisions decisions.csv --all --resume --checkpoint-every 0");
    assert_eq!(column(&site, "decision"), ["m2 unmatched", "m3 "]);
    let earlier = site.read("findings.csv");
    site.write("earlier.csv", earlier);
    check(&site, "--previous earlier.csv --decisions decisions.csv");
    // In another list, the member still matches.
    site.write("second.csv", format!("{HEADER}{CANDIDATE}"));
    site.run(&format!("{CHECK} second.csv --decisions decisions.csv")).expect(0);
    assert_eq!(site.json("summary.json")["decisions"]["unmatched"], 0);
    assert_eq!(counts(&site), [1, 0, 0, 0, 0]);
}

#[test]
fn a_decision_cannot_overrule_a_number() {
    let site = site();
    decide(
        &site,
        &[("m3", "nicht betroffen", "andere Person"), ("m2", "betroffen", "dieselbe Person")],
    );
    let known = [CANDIDATE, OTHER].map(|row| row.replacen(";;;", ";A123456780;;", 1));
    write_members(&site, &[&known[0], &known[1]]);
    check(&site, "--decisions decisions.csv --worklist work.csv")
        .says("warning: 1 decision is passed over")
        .says("0 matches to decide on");
    assert_eq!(column(&site, "decision"), ["m2 affected", "m3 passed_over"]);
    assert_eq!(counts(&site), [1, 0, 0, 0, 1]);
}

#[test]
fn a_member_in_two_lists_needs_one_decision_per_distinct_data() {
    let site = site();
    write_members(&site, &[CANDIDATE, OTHER]);
    let with_number = OTHER.replacen(";;", ";Z123456783;", 1);
    site.write("second.csv", format!("{HEADER}{CANDIDATE}{with_number}{SURE}"));
    let both = format!("{CHECK} second.csv");
    site.run(&format!("{both} --worklist work.csv")).expect(0);
    let mut rows = worklist(&site, "work.csv");
    let place = |row| cells(&rows, row, ["Kennung", "Mitgliederliste", "Zeile"]).join(" ");
    let places: Vec<_> = (1..rows.len()).map(place).collect();
    assert_eq!(places, ["m2 members.csv 2", "m3 members.csv 3", "m3 second.csv 3"]);
    for row in &mut rows[1..] {
        row[DECISION..DECISION + 3]
            .clone_from_slice(&["betroffen", "sonstiger Grund", "A"].map(str::to_owned));
    }
    rows[2][DECISION] = "nicht betroffen".to_owned();
    site.write("work.csv", as_text(&rows, b';'));
    site.run("decide --decisions decisions.csv --from work.csv")
        .expect(0)
        .says("3 decisions taken, on 2 persons: 2 affected, 1 not affected, 0 later");
    site.run(&format!("{both} --decisions decisions.csv")).expect(0);
    let expected = ["m2 affected", "m3 not_affected", "m2 affected", "m3 affected", "m1 none"];
    assert_eq!(column(&site, "decision"), expected);
}

#[test]
fn a_one_time_key_and_a_list_without_references_are_refused_with_advice() {
    let site = site();
    decide(&site, &[]);
    for option in ["--decisions decisions.csv", "--worklist w.xlsx"] {
        site.run(&format!("check --leak leak.csv {option} members.csv"))
            .expect(2)
            .says("cannot be used with")
            .says("one-time key")
            .says("leakdex build");
        site.write("nameless.csv", "KVNR\nA123456780\n");
        site.run(&format!("check --key key --index leak.leakdex {option} nameless.csv"))
            .expect_error(&["nameless.csv", "--column 'HEADER=id'"]);
    }
    site.run("check --leak leak.csv --decisions decisions.csv --worklist w.xlsx members.csv")
        .expect(2)
        .says("one-time key");
    site.run(&format!("{CHECK} --decisions missing.csv")).expect_error(&[
        "missing.csv",
        "leakdex decide",
        "leave it out",
    ]);
    let twice = site.run(&format!("{CHECK} --worklist a.csv --worklist b.csv")).expect(2);
    assert!(!twice.stderr.contains("one-time key"), "{}", twice.stderr);
    site.run(&format!("{CHECK} --worklist work.txt")).expect(2).says(".xlsx").says(".csv");
    site.run(&format!("{CHECK} --resume --worklist work.csv")).expect(2);
    site.run(&format!("{CHECK} --decisions decisions.csv --worklist decisions.csv"))
        .expect(2)
        .says("is an input");
}

#[test]
fn a_resumable_run_honours_decisions() {
    let site = site();
    decide(&site, &[("m2", "betroffen", "sonstiger Grund")]);
    let check = format!("{CHECK} --resume --decisions decisions.csv");
    site.run(&check).expect(0);
    assert_eq!(counts(&site), [1, 0, 0, 0, 0]);
    assert_eq!(column(&site, "decision"), ["m1 none", "m2 affected", "m3 none", "m4 none"]);
}

#[test]
fn a_truncated_line_is_reported_and_ignored() {
    let site = site();
    decide(
        &site,
        &[("m2", "betroffen", "sonstiger Grund"), ("m3", "nicht betroffen", "Angehörige")],
    );
    let whole = site.bytes("decisions.csv");
    site.write("decisions.csv", &whole[..whole.len() - 5]);
    check(&site, "--decisions decisions.csv").says("its last line was cut off and is ignored");
    assert_eq!(counts(&site), [1, 0, 0, 0, 0]);
    site.run("decide --decisions decisions.csv --from work.csv")
        .expect(0)
        .says("its last line was cut off and is removed")
        .says("1 decision taken: 0 affected, 1 not affected")
        .says("1 was there already");
    check(&site, "--decisions decisions.csv");
    assert_eq!(counts(&site), [1, 1, 0, 0, 0]);
}

#[test]
fn a_decision_lapses_even_if_only_a_name_without_identifier_changes() {
    let site = site();
    build(&site, &format!("{LEAK};xaver+alt@example.de;;;;;\n"));
    let member = "m6;;xaver+neu@example.de;Huber;Xaver;;\n";
    write_members(&site, &[member]);
    decide(&site, &[("m6", "nicht betroffen", "andere Person")]);
    let honour = "--decisions decisions.csv";
    write_members(&site, &[&member.replace("Huber", "HUBER")]);
    check(&site, honour);
    assert_eq!(counts(&site), [0, 1, 0, 0, 0]);
    write_members(&site, &[&member.replace("Huber;Xaver", "Schulz;Peter")]);
    check(&site, honour).says("since the member's data changed");
    assert_eq!(counts(&site), [0, 0, 0, 1, 0]);
}

#[test]
fn findings_for_people_and_the_mail_merge_have_the_same_words_for_the_strength() {
    let site = site();
    decide(&site, &[("m2", "betroffen", "dieselbe Person")]);
    for (language, strength, words) in [
        ("de", "Sicherheit", ["sicher", "von Hand bestätigt", "wahrscheinlich"]),
        ("en", "Strength", ["certain", "confirmed by hand", "probable"]),
    ] {
        let options = format!("--lang {language} --mail-merge letters.csv --format-out excel");
        check(&site, &format!("--decisions decisions.csv {options}"));
        let words_in = |name: &str, reference: &str| -> Vec<String> {
            let rows = worklist(&site, name);
            let of_row = |row| cells(&rows, row, [reference, strength]);
            let written = (1..rows.len()).map(of_row).filter(|[member, _]| member != "m3");
            written.map(|[_, strength]| strength).collect()
        };
        let [member, reference] = match language {
            "de" => ["Kennung", "Unser Zeichen"],
            _ => ["Reference", "Our reference"],
        };
        assert_eq!(words_in("findings.csv", member), words);
        assert_eq!(words_in("letters.csv", reference), words);
        // A later run reads these findings.
        site.write("earlier.csv", site.read("findings.csv"));
        check(&site, "--decisions decisions.csv --previous earlier.csv");
        assert_eq!(column(&site, "new"), ["m1 no", "m2 no", "m3 no", "m4 no"]);
    }
    // Findings for programs have the strength of the match itself.
    check(&site, "--decisions decisions.csv");
    assert_eq!(column(&site, "strength")[1], "m2 candidate");
}

#[test]
fn findings_for_people_name_the_outcome_as_the_report_does() {
    let site = site();
    decide(
        &site,
        &[("m2", "betroffen", "dieselbe Person"), ("m4", "nicht betroffen", "andere Person")],
    );
    for (language, confirmed, to_decide, dismissed) in [
        (
            "de",
            "bestätigt betroffen",
            "von Hand zu prüfen",
            "nach Prüfung von Hand nicht betroffen",
        ),
        ("en", "confirmed as affected", "to be decided by a person", "decided as not affected"),
    ] {
        let check = format!("{CHECK} --decisions decisions.csv --lang {language}");
        site.run(&format!("{check} --format-out excel --report r.md")).expect(0);
        let rows = rows_of(site.read("findings.csv").trim_start_matches('\u{feff}'), b';');
        let verdicts: Vec<&str> = rows[1..].iter().map(|row| &*row[3]).collect();
        assert_eq!(verdicts, [confirmed, confirmed, to_decide, dismissed]);
        for words in [confirmed, to_decide, dismissed] {
            assert!(site.read("r.md").contains(words), "not in the report: {words}");
        }
        // `--previous` reads these findings, and those of all members.
        site.write("earlier.csv", site.read("findings.csv"));
        site.run(&format!("{CHECK} --previous earlier.csv")).expect(0);
        site.run(&format!("{check} --format-out excel --all")).expect(0);
        site.write("earlier.csv", site.read("findings.csv"));
        site.run(&format!("{CHECK} --previous earlier.csv")).expect(0);
        assert_eq!(column(&site, "new"), ["m1 no", "m2 no", "m3 no", "m4 yes"]);
    }
}
