//! `check --explain-match`: why a member is affected or not, record by record, without values.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::support::{Site, json as parsed};

const HEADER: &str = "Mitglied;Nachname;Vorname;Geburtsdatum;PLZ;KVNR\n";

/// A folder with a leak of two persons in one breach, and four members.
fn site() -> Site {
    let site = Site::new();
    site.write(
        "leak.csv",
        "Nachname;Vorname;Geburtsdatum;PLZ;KVNR;Passwort\n\
         Weidenbach;Johanna;05.02.1983;50667;;geheim\n\
         Stamitz;Susanne;5.6.1977;20095;A123456780;\n",
    );
    let members = "j;Weidenbach;Johanna;02.05.1983;56067;\n\
                   t;Weidenbach;Friedrich;5.2.1983;50667;\n\
                   r;Weidenbach;Johanna;17.9.1931;50667;\n\
                   =x;Oberländer;Xaver;3.4.1951;01067;\n";
    site.write("m.csv", HEADER.to_owned() + members);
    site.write("n.csv", HEADER.to_owned() + "y;;;;;\nj;Abel;Ute;;;A123456780\n");
    site.run("keygen key").expect(0);
    site.run("build --key key --output i --name portal-2024 leak.csv").expect(0);
    site
}

const INDEX: &str = "check --quiet --key key --index i --explain-match";

#[test]
fn explain_match_uses_the_language_and_writes_nothing() {
    let site = site();
    let before = site.names(".");
    let run = site.run(&format!("{INDEX} t m.csv")).expect(0);
    assert_eq!(site.names("."), before, "something was written");
    assert_eq!(run.stderr, "");
    let (id, rest) = run
        .stdout
        .split_once("Datensatz ")
        .and_then(|(_, rest)| rest.split_once(' '))
        .expect("it names the record");
    let digits = id.strip_prefix('R').expect("no spreadsheet takes it for a number");
    assert!(digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert!(rest.starts_with("im Datenleck portal-2024\n"), "{rest}");
    for words in [
        "m.csv, Zeile 2 der Daten (in Excel Zeile 3)\n  Ergebnis        von Hand zu prüfen; Treffer: möglich\n",
        "    Nachname      gleich\n    Vorname       verschieden\n    Geburtsdatum  gleich\n    \
         Postleitzahl  gleich\n    Gewicht       ",
        " Bit; möglich ab ",
        "    Einstufung    möglich. Es könnte ein Angehöriger sein,",
        "    offengelegt   ",
        "Passwörter",
    ] {
        assert!(run.stdout.contains(words), "'{words}' is not in:\n{}", run.stdout);
    }
    assert!(run.stdout.lines().all(|line| line.chars().count() <= 80), "{}", run.stdout);
    assert!(run.stdout.contains("\nJe höher das Gewicht, "), "{}", run.stdout);
    // There is no weight without names.
    let number = site.run(&format!("{INDEX} j n.csv")).expect(0).stdout;
    assert!(!number.contains("Gewicht") && number.contains("werden nicht gezeigt."), "{number}");
    let english = site.run(&format!("{INDEX} t --lang en m.csv")).expect(0);
    english.prints_all(&[
        "result          to be decided by a person; match: possible",
        "first name    different",
    ]);
}

#[test]
fn all_rows_with_the_reference_are_explained_in_all_lists_for_people_and_programs() {
    let site = site();
    let run = site.run(&format!("{INDEX} j m.csv n.csv")).expect(0);
    for words in [
        "m.csv, Zeile 1 der Daten (in Excel Zeile 2)\n  Ergebnis        bestätigt betroffen; Treffer: ",
        "    Geburtsdatum  Tag und Monat vertauscht\n    Postleitzahl  zwei Ziffern vertauscht\n",
        "n.csv, Zeile 2 der Daten (in Excel Zeile 3)\n  Ergebnis        bestätigt betroffen; Treffer: sicher\n",
        "    Namen, Geburtsdatum und Postleitzahl wurden nicht verglichen. Das geht nur,",
        "    Einstufung    sicher. Die Angabe gehört nur einer Person",
    ] {
        assert!(run.stdout.contains(words), "'{words}' is not in:\n{}", run.stdout);
    }
    let run = site.run(&format!("{INDEX} j --format-out jsonl m.csv n.csv")).expect(0);
    let lines: Vec<Value> = run.stdout.lines().map(parsed).collect();
    let place = |line: &Value| (line["file"].clone(), line["row"].clone());
    let places: Vec<_> = lines.iter().map(place).collect();
    assert_eq!(places, [(json!("m.csv"), json!(1)), (json!("n.csv"), json!(2))]);
    let record = &lines[0]["records"][0];
    assert_eq!(record["agreement"]["birth_date"], "swapped");
    assert_eq!(record["agreement"]["postal_code"], "transposed");
    assert_eq!(record["strength"], lines[0]["strength"]);
    let bits = |name: &str| record[name].as_f64().expect("a number of bits");
    assert!(bits("bits") > bits("candidate_from"), "{record}");
    let is_probable = bits("bits") >= bits("probable_from");
    assert_eq!(record["reason"], if is_probable { "agreement" } else { "below-probable" });
    assert_eq!(lines[1]["records"][0]["agreement"], Value::Null);
    assert_eq!(lines[1]["records"][0]["kinds"], json!(["kvnr"]));
    // The order of threads changes nothing.
    for threads in 1..4 {
        let again = format!("{INDEX} j --format-out jsonl --threads {threads} m.csv n.csv");
        site.run(&again).expect(0).prints(&run.stdout);
    }
}

#[test]
fn an_unaffected_member_is_also_explained() {
    let site = site();
    site.run(&format!("{INDEX} r m.csv")).expect(0).prints_all(&[
        "  Ergebnis        nicht betroffen, nur teilweise geprüft\n",
        "gemeinsame Angabe, aber anscheinend eine andere",
        "    Einstufung    kein Treffer. Die übereinstimmenden Angaben",
    ]);
    // The reference as the list has it, as findings write it, and with blanks.
    for reference in ["=x", "'=x", " =x "] {
        let run = site
            .run_with(&[INDEX.split(' ').collect::<Vec<_>>(), vec![reference, "m.csv"]].concat());
        run.expect(0).prints_all(&["nicht betroffen, vollständig", "Kein offengelegter Datensatz"]);
    }
    site.run(&format!("{INDEX} y n.csv")).expect(0).prints_all(&["offen, nicht prüfbar"]);
}

#[test]
fn a_leak_with_many_unusable_rows_is_explained() {
    let site = Site::with_files();
    site.write("leak.csv", "KVNR\nA123456780\nA12345\nA12345\n");
    site.write("m.csv", "Mitglied;KVNR\nj;A123456780\n");
    site.run("check --leak leak.csv m.csv").expect(4);
    site.run("check --leak leak.csv --explain-match j m.csv")
        .expect(0)
        .prints_all(&["bestätigt betroffen; Treffer: sicher"]);
}

#[test]
fn an_explained_verdict_equals_the_verdict_of_a_check() {
    let site = site();
    let check = "check --quiet --key key --index i --all --allow-indeterminate --format-out jsonl";
    let findings = site.run(&format!("{check} m.csv")).expect(0).stdout;
    for finding in findings.lines().map(parsed) {
        let reference = finding["member"].as_str().expect("a reference");
        let run = site.run(&format!("{INDEX} {reference} --format-out jsonl m.csv")).expect(0);
        let explained = parsed(&run.stdout);
        for field in ["file", "row", "verdict", "strength"] {
            assert_eq!(explained[field], finding[field], "{reference}: {field}");
        }
    }
}

#[test]
fn an_explained_record_has_its_id_and_location_from_the_leaked_rows() {
    let site = site();
    site.run("build --key key --output i --name portal-2024 --leaked-rows rows.csv leak.csv")
        .expect(0);
    let listed = site.read("rows.csv");
    let (id, _) = listed.lines().nth(1).and_then(|row| row.split_once(',')).expect("an id");
    let run = site.run(&format!("{INDEX} t m.csv")).expect(0);
    assert!(run.stdout.contains(&format!("Datensatz {id} im Datenleck")), "{}", run.stdout);
    assert!(!run.stdout.contains("Fundstelle"), "{}", run.stdout);
    let placed = format!("{INDEX} t --leaked-rows rows.csv m.csv");
    site.run(&placed)
        .expect(0)
        .prints_all(&["    Fundstelle    leak.csv, Zeile 1 der Daten (in Excel Zeile 2)\n"]);
    site.run(&format!("{placed} --lang en"))
        .expect(0)
        .prints_all(&["place         leak.csv, data row 1 (row 2 in Excel)"]);
    let run = site.run(&format!("{placed} --format-out jsonl")).expect(0);
    let record = &parsed(&run.stdout)["records"][0];
    assert_eq!(record["record"], *id);
    assert_eq!(record["place"], json!({ "file": "leak.csv", "row": 1, "spreadsheet_row": 2 }));

    // Another build has other records.
    site.write("other.csv", "KVNR\nZ123456783\n");
    site.run("build --key key --output o --leaked-rows others.csv other.csv").expect(0);
    let run = site.run(&format!("{INDEX} t --leaked-rows others.csv m.csv")).expect(0);
    let run = run.says("warning: 1 leaked record is in no file of --leaked-rows");
    assert!(run.stdout.contains(id) && !run.stdout.contains("Fundstelle"), "{}", run.stdout);
    site.run(&format!("{INDEX} t --leaked-rows leak.csv m.csv"))
        .expect_error(&["leak.csv", "build --leaked-rows"]);
    site.write("leakdex.toml", "[check]\nleaked-rows = ['rows.csv']\n");
    site.run(&format!("{INDEX} t m.csv")).expect(0).prints_all(&["leak.csv, Zeile 1"]);
}

#[test]
fn explain_match_refuses_unknown_references_and_result_options() {
    let site = site();
    site.run(&format!("{INDEX} nobody m.csv n.csv"))
        .expect_error(&["no member has the reference", "--column 'HEADER=id'"])
        .prints("");
    site.write("without.csv", "KVNR\nA123456780\n");
    site.run(&format!("{INDEX} j without.csv"))
        .expect_error(&["without.csv", "no column holds references"]);
    site.write("findings", "earlier");
    for results in
        ["--output findings", "--rejects r", "--summary s", "--all", "--explain", "--strict"]
    {
        site.run(&format!("{INDEX} j {results} m.csv")).expect(2).says("cannot be used with");
    }
    assert_eq!(site.read("findings"), "earlier");
    site.run_with(&[INDEX.split(' ').collect::<Vec<_>>(), vec!["", "m.csv"]].concat()).expect(2);
    // In a settings file, it would apply to every run.
    site.write("leakdex.toml", "[check]\nexplain-match = \"j\"\n");
    site.run("check --leak leak.csv m.csv").expect(2).says("is for the command line only");
}

#[test]
fn a_reference_that_looks_like_a_value_must_come_from_standard_input() {
    let site = site();
    site.write("k.csv", "KVNR;Nachname\nA123456780;Stamitz\n");
    let run = site.run(&format!("{INDEX} A123456780 k.csv")).expect(2).says("standard input");
    assert!(!run.stderr.contains("A123456780"), "{}", run.stderr);
    let command = format!("{INDEX} - --column KVNR=id k.csv");
    site.write("k2.csv", "Nr;KVNR\nA123456780;A123456780\n");
    site.feed(&command, "A123456780\r\n")
        .expect(0)
        .prints_all(&["k.csv, Zeile 1 der Daten (in Excel Zeile 2)\n"]);
    let command = format!("{INDEX} - --column Nr=id k2.csv");
    site.feed(&command, "A123456780")
        .expect(0)
        .prints_all(&["bestätigt betroffen; Treffer: sicher"]);
    for wrong in [&b""[..], b" \n", b"a\nb\n", b"\xFF"] {
        site.feed(&command, wrong).expect_error(&["standard input"]);
    }
    site.feed(&format!("{INDEX} - -"), "j").expect(2).says("standard input");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn no_value_appears_in_an_explanation(
        last in "[b-df-hj-np-tv-xz][aeiou]xq[a-z]{6}",
        first in "[b-df-hj-np-tv-xz][aeiou]qz[a-z]{6}",
        year in 1930_u32..2005,
        postcode in 10_000_u32..99_998,
        change in 0_u32..4,
    ) {
        let site = Site::new();
        let row = |day: u32, postcode: u32, first: &str| {
            format!("zauberref;{last};{first};{day:02}.11.{year};{postcode};{last}@{first}.de;0170 8675309\n")
        };
        let header = "Mitglied;Nachname;Vorname;Geburtsdatum;PLZ;E-Mail;Telefon\n";
        let leaked = row(17, postcode, &first);
        site.write("leak.csv", header.replace("Mitglied", "Nr") + &leaked);
        let other = if change & 1 == 0 { first.clone() } else { "qoxzabrakadabra".to_owned() };
        let member = row(17, postcode + change / 2, &other);
        site.write("m.csv", header.to_owned() + &member);
        let postcodes = [postcode, postcode + 1].map(|number| number.to_string());
        for options in ["", "--lang en", "--format-out jsonl"] {
            let check = "check --leak leak.csv --explain-match zauberref";
            let run = site.run(&format!("{check} {options} m.csv")).expect(0);
            let shown = (run.stdout.clone() + &run.stderr).to_lowercase();
            let date = format!("11.{year}");
            // The random id of a record can contain "0170" by chance.
            let values = [&*last, &first, &other, "zauberref", &date, "8675309"];
            for value in values.into_iter().chain(postcodes.iter().map(String::as_str)) {
                prop_assert!(!shown.contains(value), "'{value}' shows in:\n{shown}");
            }
            prop_assert!(!shown.contains(&format!("{year}-11")), "the date shows in:\n{shown}");
        }
    }
}

#[test]
fn references_that_differ_in_an_apostrophe_are_never_mistaken_for_each_other() {
    let site = Site::with_files();
    let explain = |list: &str, reference: &str| {
        site.write("m.csv", format!("Mitglied;KVNR\n{list}"));
        site.run_with(&["check", "--leak", "leak.csv", "--explain-match", reference, "m.csv"])
    };
    let (formula, quoted) = ("=m1;A123456780\n", "'=m1;Z123456783\n");
    // The reference as the list has it, and as findings write it.
    for reference in ["=m1", "'=m1"] {
        explain(formula, reference)
            .expect(0)
            .prints_all(&["m.csv, Zeile 1 der Daten (in Excel Zeile 2)"]);
    }
    let both = format!("{formula}{quoted}");
    explain(&both, "=m1").expect(0).prints_all(&["m.csv, Zeile 1 der Daten (in Excel Zeile 2)"]);
    let refused = explain(&both, "'=m1").expect_error(&["two references match", "apostrophe"]);
    assert!(!refused.stderr.contains("=m1"), "{}", refused.stderr);
    explain(&both, "''=m1").expect(0).prints_all(&["m.csv, Zeile 2 der Daten (in Excel Zeile 3)"]);
}
