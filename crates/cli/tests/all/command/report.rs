//! The report of a check: its contents, which are the same in all formats.

mod caveats;
mod schema;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::support::{EVA, LEAK, MAX, MEMBERS, NOBODY, Site, gzip};

const ALL: &str = "--report r.html --report r.md --report r.json";

/// Two insured numbers with an institution code (IK).
const LONG_NUMBERS: &str = "A0005000151042120590\nB2345678951032158574\n";

/// The text of a figure on the page.
#[track_caller]
fn figure(page: &str, name: &str) -> String {
    let start = format!("data-figure=\"{name}\">");
    let (_, rest) = page.split_once(&start).unwrap_or_else(|| panic!("{name} is not on the page"));
    rest.split('<').next().expect("it ends").to_owned()
}

/// The first row of a Markdown table that begins with this label.
#[track_caller]
fn row(markdown: &str, label: &str) -> Vec<String> {
    let begin = format!("| {label} |");
    let row = markdown.lines().find(|line| line.starts_with(&begin));
    let row = row.unwrap_or_else(|| panic!("no row {label} in {markdown}"));
    row.trim_matches(['|', ' ']).split('|').map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn the_numbers_of_all_reports_are_those_of_the_summary() {
    let site = Site::with_index();
    site.write("members.csv", format!("{MEMBERS}m5;no address;{NOBODY}\nm6;;B234567890\n"));
    let check = "check --key key --index leak.leakdex --lang en --summary s members.csv";
    site.run(&format!("{check} {ALL}")).expect(3);
    let (summary, report) = (site.json("s"), site.json("r.json"));
    let (persons, records) = (&report["persons"], &report["records"]);
    assert_eq!(persons["checked"], summary["rows"]);
    for name in ["affected", "not_affected", "indeterminate", "partially_checked"] {
        assert_eq!(report["rows"][name], summary[name], "{name}");
    }
    for name in ["by_strength", "by_kind", "by_breach", "by_data_class", "by_institution"] {
        assert_eq!(persons[name], summary[name], "{name}");
    }
    assert_eq!(records["concerned"], summary["matched_records"]);
    for name in ["by_strength", "by_kind", "by_breach", "by_data_class", "by_institution"] {
        assert_eq!(records[name], summary["records"][name], "{name}");
    }
    for name in ["indeterminate_by_reason", "partially_checked_by_reason", "rejects_by_field"] {
        assert_eq!(report["not_checked"][name], summary[name], "{name}");
    }

    let (page, markdown) = (site.read("r.html"), site.read("r.md"));
    // Rows with a match are not affected persons: people decide about some of them.
    let rows = format!("{} rows with a match (certain to possible, ", summary["affected"]);
    assert!(page.contains(&rows) && markdown.contains(&rows), "{markdown}");
    for (name, number) in [
        ("confirmed", 2),
        ("partially-checked", 1),
        ("open", 2),
        ("not-affected", 1),
        ("checked", 6),
    ] {
        assert_eq!(figure(&page, name), number.to_string(), "{name}");
    }
    assert_eq!(row(&markdown, "confirmed as affected")[1..], ["2", "33.3%"]);
    assert_eq!(row(&markdown, "open, could not be checked")[1..], ["2", "33.3%"]);
    assert_eq!(row(&markdown, "Email addresses")[1..], ["1", "50.0%", "1"]);
    assert_eq!(row(&markdown, "wrong check digit")[1..], ["1"]);
}

#[test]
fn the_page_and_the_markdown_are_in_the_requested_language_and_json_has_none() {
    let site = Site::with_files();
    let check = format!("check --leak leak.csv {ALL} members.csv");
    let mut jsons = Vec::new();
    for (options, html, words, foreign) in [
        ("", "<html lang=\"de\">", "Betroffene Personen und Datensätze", "Next steps"),
        ("--lang de", "<html lang=\"de\">", "Vertraulich", "Confidential"),
        ("--lang en", "<html lang=\"en\">", "Persons and records concerned", "Nächste Schritte"),
    ] {
        site.run(&format!("{check} {options}")).expect(3);
        let (page, markdown) = (site.read("r.html"), site.read("r.md"));
        assert!(page.contains(html), "{options}");
        for text in [&page, &markdown] {
            assert!(text.contains(words) && !text.contains(foreign), "{options}: {text}");
        }
        assert!(page.ends_with("</html>\n"), "a page is whole");
        let mut json = site.json("r.json");
        json.as_object_mut().expect("an object").remove("run");
        jsons.push(json);
    }
    assert!(jsons.iter().all(|json| *json == jsons[0]), "a language changes JSON");
}

#[test]
fn a_page_needs_no_script_and_no_network() {
    let site = Site::with_files();
    site.run(&format!("check --leak leak.csv {ALL} members.csv")).expect(3);
    let page = site.read("r.html");
    assert!(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'\""));
    for forbidden in ["<script", "<img", "<link", "<iframe", "http:", "https:", "@import", " on"] {
        let tags = page.split('<').filter_map(|part| part.split_once('>').map(|(tag, _)| tag));
        let is_in_a_tag = tags.into_iter().any(|tag| format!("<{tag}").contains(forbidden));
        assert!(!is_in_a_tag, "{forbidden}");
    }
    assert!(!page.contains("@import") && page.matches("url(").count() == 2);
    assert!(page.contains("url(#stripes)") && page.contains("url(#dots)"));
}

#[test]
#[cfg(unix)]
fn names_that_look_like_markup_are_text() {
    const FILE: &str = "<img src=x onerror=alert(1)>&amp;\"'|`*_[a](b).csv";
    const TITLE: &str = "</title><script>alert(2)</script>{{ 7 * 7 }}|`x`";
    let site = Site::with_index();
    site.write(FILE, MEMBERS);
    let breach = format!("Name = 'leak'\nTitle = '''{TITLE}'''\nDescription = '<b>|x'");
    site.write("b.toml", breach);
    site.run("build --key key --output leak.leakdex --breach b.toml leak.csv").expect(0);
    let mut arguments = vec!["check", "--key", "key", "--index", "leak.leakdex", FILE];
    arguments.extend(ALL.split(' '));
    site.run_with(&arguments).expect(3);

    let page = site.read("r.html");
    for markup in ["<img", "<script", "<b>", "onerror=alert(1)>"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("&lt;img src=x") && page.contains("{{ 7 * 7 }}"));
    let markdown = site.read("r.md");
    for markup in ["<img", "<script", "<b>", "[a]"] {
        assert!(!markdown.contains(markup), "{markup}");
    }
    // A name cannot add a cell to a table.
    let breach = markdown.lines().find(|line| line.contains("script") && line.starts_with("| "));
    let cells = breach.expect("a table by breach").replace("\\|", "").matches('|').count();
    assert_eq!(cells, 5);
    let report = site.json("r.json");
    assert_eq!(report["member_lists"][0]["file"], FILE);
    assert_eq!(report["checked_against"][0]["breaches"][0]["Title"], TITLE);
}

#[test]
fn no_finding_is_not_an_all_clear_while_persons_are_open() {
    let site = Site::with_index();
    let check = format!("check --key key --index leak.leakdex {ALL}");
    let header = "Mitglied;E-Mail;KVNR;Nachname;Vorname;Geburtsdatum\n";
    let clear = format!("{header}m1;zoe@example.de;{NOBODY};Klar;Zoe;05.06.1990\n");
    for (more, status, caveat) in [
        ("", 0, None),
        ("m2;;;;;\n", 3, Some("members-not-checked")),
        ("m2;no address;Z123456783;Klar;Zoe;05.06.1990\n", 0, Some("members-partially-checked")),
    ] {
        site.write("members.csv", format!("{clear}{more}"));
        site.run(&format!("{check} members.csv")).expect(status);
        let (page, markdown) = (site.read("r.html"), site.read("r.md"));
        let report = site.json("r.json");
        assert_eq!(report["persons"]["confirmed"], 0);
        assert_eq!(report["complete"], caveat.is_none(), "{report}");
        for text in [page, markdown] {
            let (_, result) = text
                .split_once("Ergebnis\n")
                .or(text.split_once("Ergebnis</h2>"))
                .expect("the result comes first");
            // The explanation of open persons also has these words, but without the colon.
            let warning = result.find("Das ist keine Entwarnung: ");
            let reasons = result.find("Die Prüfung ist unvollständig");
            assert_eq!(
                (warning.is_some(), reasons.is_some()),
                (caveat.is_some(), caveat.is_some())
            );
            assert!(warning.is_none_or(|place| place < 400), "the warning comes first");
        }
        if let Some(id) = caveat {
            assert_eq!(report["caveats"], json!([{ "id": id, "count": 1 }]));
            assert_eq!(report["next_steps"][0]["id"], "complete-the-check");
        }
    }
}

#[test]
fn a_list_without_names_is_partial_for_a_leak_with_name_only_rows() {
    let site = Site::with_files();
    site.write(
        "leak.csv",
        "KVNR;Nachname;Vorname;Geburtsdatum\n;Muster;Max;1.2.1970\nA123456780;;;\n",
    );
    site.write("numbers.csv", format!("KVNR\n{NOBODY}\n"));
    site.run(&format!("check --leak leak.csv {ALL} numbers.csv")).expect(0);
    let report = site.json("r.json");
    assert_eq!(report["complete"], false);
    let caveats = json!([
        { "id": "members-partially-checked", "count": 1 },
        { "id": "kinds-not-given", "count": 1 },
    ]);
    assert_eq!(report["caveats"], caveats);
    let missing = report["member_lists"][0]["kinds_not_given"].to_string();
    assert!(missing.contains("starts-birth"), "{missing}");

    site.write("names.csv", format!("KVNR;Nachname;Vorname;Geburtsdatum\n{NOBODY};A;B;1.1.1960\n"));
    site.run(&format!("check --leak leak.csv {ALL} names.csv")).expect(0);
    assert_eq!(site.json("r.json")["complete"], true);

    // Names with a date of birth do not find rows that have names with a postcode.
    site.write("leak.csv", "KVNR;Nachname;Vorname;PLZ\n;Muster;Max;24103\nA123456780;;;\n");
    site.run(&format!("check --leak leak.csv {ALL} names.csv")).expect(0);
    let report = site.json("r.json");
    assert_eq!(report["member_lists"][0]["kinds_not_given"], json!(["sound-postcode"]));
}

#[test]
fn a_report_counts_unusable_leaked_values_and_kinds_that_lists_lack() {
    let site = Site::with_files();
    site.write("leak.csv", "E-Mail;KVNR\nmax@example.de;\nno address;\n;B234567890\n");
    site.write("m.csv", format!("KVNR;IBAN\n{NOBODY};\n"));
    site.run(&format!("check --leak leak.csv {ALL} --max-rejects 1 m.csv")).expect(0);
    let report = site.json("r.json");
    let caveats = json!([
        { "id": "members-partially-checked", "count": 1 },
        { "id": "leaked-values-not-used", "count": 1 },
        { "id": "leaked-values-suspect", "count": 1 },
        { "id": "kinds-not-given", "count": 1 },
    ]);
    assert_eq!(report["caveats"], caveats);
    let list = &report["member_lists"][0];
    assert_eq!(list["fields"], json!(["kvnr", "iban"]));
    assert_eq!(
        (&list["fields_not_indexed"], &list["fields_not_in_leak"]),
        (&json!([]), &json!(["iban"]))
    );
    assert_eq!(list["kinds_not_given"], json!(["email", "email-alias"]));
    let rows = &report["checked_against"][0]["rows"];
    assert_eq!((&rows["read"], &rows["rejected"]), (&json!(3), &json!(1)));
    assert_eq!(rows["suspects_by_reason"], json!({ "wrong-check-digit": 1 }));
    let markdown = site.read("r.md");
    assert_eq!(row(&markdown, "leak.csv")[1..], ["nicht verwertbar: @-Zeichen fehlt", "1"]);
}

#[test]
fn causes_of_a_partial_check_are_counted_once_for_each_member() {
    let site = Site::with_index();
    site.write(
        "m.csv",
        format!("KVNR;E-Mail;Zweitmail;IBAN\n{NOBODY};no address;nope;\n{NOBODY};;;DE89370400440532013000\n"),
    );
    site.run("build --key key --output leak.leakdex --kinds kvnr,email leak.csv").expect(0);
    site.run(&format!("check --key key --index leak.leakdex --column Zweitmail=email {ALL} m.csv"))
        .expect(0);
    let not_checked = &site.json("r.json")["not_checked"];
    let causes = json!({ "field-not-compared": 1, "no-at-sign": 1 });
    assert_eq!(not_checked["partially_checked_by_reason"], causes);
    assert_eq!(not_checked["rejects_by_field"], json!({ "email": { "no-at-sign": 2 } }));
}

#[test]
fn erased_records_are_a_caveat_of_the_report_and_make_no_check_partial() {
    let site = Site::with_index();
    let rows: Vec<&str> = LEAK.lines().collect();
    site.write("erase.csv", [rows[0], rows[2]].join("\n"));
    site.run("merge --key key --output m.leakdex --without erase.csv leak.leakdex").expect(0);
    site.write("m.csv", format!("KVNR;E-Mail\n{NOBODY};nobody@example.de\n"));
    site.run(&format!("check --key key --index m.leakdex {ALL} m.csv")).expect(0);
    let report = site.json("r.json");
    assert_eq!(report["not_checked"]["partially_checked_by_reason"], json!({}));
    assert_eq!(report["checked_against"][0]["erased_records"], 1);
    let caveats = report["caveats"].as_array().expect("a list");
    assert!(caveats.contains(&json!({ "id": "records-erased", "count": 1 })), "{report}");
    assert_eq!(report["column_caveats"], json!([]), "no file is damaged");
    assert_eq!(report["complete"], false);
    let markdown = site.read("r.md");
    assert!(markdown.contains("1 Datensatz wurde aus dem Index gelöscht."), "{markdown}");
}

#[test]
fn records_are_counted_by_breach_strength_kind_and_data_class() {
    let site = Site::new();
    site.run("keygen key").expect(0);
    // Max has three records in one breach, one of them with a password, and one record in another.
    site.write(
        "one.csv",
        format!("KVNR;E-Mail;Passwort\n{MAX};;\n{MAX};;geheim1\n{MAX};max@example.de;\n{EVA};;\n"),
    );
    site.write("two.csv", format!("KVNR;Telefon\n{MAX};0171 2345678\n"));
    for name in ["one", "two"] {
        site.run(&format!("build --key key --output {name}.leakdex {name}.csv")).expect(0);
    }
    site.write("m.csv", format!("KVNR;E-Mail\n{MAX};max@example.de\n{EVA};\n"));
    let indexes = "--index one.leakdex --index two.leakdex";
    site.run(&format!("check --key key {indexes} {ALL} m.csv")).expect(0);
    let report = site.json("r.json");
    let (persons, records) = (&report["persons"], &report["records"]);
    assert_eq!((&persons["confirmed"], &records["concerned"]), (&json!(2), &json!(5)));
    assert_eq!(persons["by_breach"], json!({ "one": 2, "two": 1 }));
    assert_eq!(records["by_breach"], json!({ "one": 4, "two": 1 }));
    assert_eq!(records["by_strength"], json!({ "certain": 5 }));
    assert_eq!(records["by_kind"], json!({ "email": 1, "email-alias": 1, "kvnr": 5 }));
    let by_class = json!({
        "email-addresses": 1,
        "health-insurance-information": 5,
        "passwords": 1,
        "phone-numbers": 1,
    });
    assert_eq!(records["by_data_class"], by_class);
    assert_eq!(report["checked_against"].as_array().map(Vec::len), Some(2));
}

#[test]
fn members_without_insurer_code_are_counted_separately() {
    let site = Site::new();
    site.write("leak.csv", format!("KVNR\n{MAX}\n{LONG_NUMBERS}"));
    site.write("m.csv", format!("KVNR\n{MAX}\n{LONG_NUMBERS}"));
    site.run(&format!("check --leak leak.csv {ALL} m.csv")).expect(0);
    let report = site.json("r.json");
    let (persons, records) = (&report["persons"], &report["records"]);
    for counts in [persons, records] {
        assert_eq!(counts["by_institution"], json!({ "103215857": 1, "104212059": 1 }));
        assert_eq!(counts["without_institution"], 1);
    }
    assert_eq!(row(&site.read("r.md"), "IK 104212059")[1..], ["1", "33,3\u{a0}%", "1"]);
}

#[test]
fn the_report_identifies_files_and_index_by_digest_and_id() {
    let site = Site::with_index();
    site.write("m.csv.gz", gzip(MEMBERS));
    let check = format!("check --key key --index leak.leakdex {ALL} m.csv.gz -");
    let others = MEMBERS.replace("m4", "m5");
    site.feed(&check, others.clone()).expect(3);
    let report = site.json("r.json");
    let lists = &report["member_lists"];
    let packed = site.bytes("m.csv.gz");
    assert_eq!(
        (&lists[0]["bytes"], &lists[1]["bytes"]),
        (&json!(packed.len()), &json!(others.len()))
    );
    assert_eq!((&lists[0]["file"], &lists[1]["file"]), (&json!("m.csv.gz"), &json!("-")));
    let inspected = site.json_of("inspect --json leak.leakdex");
    let base = &report["checked_against"][0];
    for name in ["index_id", "key_id", "normaliser", "unicode", "scheme"] {
        assert_eq!(base[name], inspected[name], "{name}");
    }
    assert_eq!((&base["source"], &base["generation"]), (&json!("index"), &json!(0)));
    for name in ["normaliser", "unicode", "scheme"] {
        assert_eq!(report["software"][name], inspected[name], "{name}");
    }

    site.run(&format!("check --leak leak.csv {ALL} members.csv")).expect(3);
    let base = &site.json("r.json")["checked_against"][0];
    assert_eq!(base["sha256"], digest(&site.bytes("leak.csv")));
    assert_eq!((&base["source"], &base["index_id"]), (&json!("leak"), &Value::Null));
}

#[test]
fn the_digest_of_a_member_list_depends_only_on_list_and_key() {
    let site = Site::with_index();
    let digest_of = |site: &Site, list: &str| {
        site.run(&format!("check --key key --index leak.leakdex {ALL} {list}")).expect(3);
        site.json("r.json")["member_lists"][0]["hmac_sha256"].as_str().map(str::to_owned)
    };
    let first = digest_of(&site, "members.csv").expect("there is a key");
    site.write("copy.csv", site.read("members.csv"));
    assert_eq!(digest_of(&site, "copy.csv").as_ref(), Some(&first));
    site.write("other.csv", site.read("members.csv").replace("m4", "m5"));
    assert_ne!(digest_of(&site, "other.csv").as_ref(), Some(&first));
    assert_ne!(digest_of(&Site::with_index(), "members.csv").as_ref(), Some(&first), "another key");
    for report in [site.read("r.json"), site.read("r.html"), site.read("r.md")] {
        let plain = hex::encode(Sha256::digest(site.bytes("other.csv")));
        assert!(!report.contains(&plain));
    }
    // This run kept no key, so its report has no digest.
    site.run(&format!("check --leak leak.csv {ALL} members.csv")).expect(3);
    assert_eq!(site.json("r.json")["member_lists"][0]["hmac_sha256"], Value::Null);
}

fn digest(bytes: &[u8]) -> Value {
    json!(hex::encode(Sha256::digest(bytes)))
}

#[test]
fn the_time_of_the_run_is_in_utc_with_its_zone() {
    let site = Site::with_files();
    site.run(&format!("check --leak leak.csv {ALL} members.csv")).expect(3);
    let report = site.json("r.json");
    let time = |name: &str| -> jiff::Timestamp {
        let text = report["run"][name].as_str().expect("a text");
        assert!(text.len() == 20 && text.ends_with('Z'), "{text}");
        text.parse().expect("RFC 3339")
    };
    let (started, finished, now) = (time("started"), time("finished"), jiff::Timestamp::now());
    assert!(started <= finished && finished <= now);
    assert!(now.as_second() - started.as_second() < 600, "{started}");
    assert!(site.read("r.html").contains(" Uhr "));
}

#[test]
fn the_report_has_new_members_if_requested() {
    let site = Site::with_files();
    site.run(&format!("check --leak leak.csv --output first.csv {ALL} members.csv")).expect(3);
    assert!(site.json("r.json")["persons"].get("new").is_none());
    site.write("first.csv", site.read("first.csv").replace("m4", "somebody"));
    site.run(&format!("check --leak leak.csv --previous first.csv {ALL} members.csv")).expect(3);
    assert_eq!(site.json("r.json")["persons"]["new"], 1);
    assert!(site.read("r.md").contains("1 Person bestätigt betroffen, 0 von Hand zu prüfen."));
}

#[test]
fn an_unknown_file_extension_is_wrong_usage() {
    let site = Site::with_files();
    for file in ["r.pdf", "report", "-", ".html", "r.html.gz"] {
        let run = site.run(&format!("check --leak leak.csv --report {file} members.csv"));
        run.expect(2).says_all(&["--report", ".html, .md or .json"]).prints("");
        assert!(!site.exists(file), "{file}");
    }
    site.run("check --leak leak.csv --report R.HTML members.csv").expect(3);
    assert!(site.read("R.HTML").starts_with("<!DOCTYPE html>"));
}

#[test]
fn a_report_cannot_replace_an_input_or_another_result() {
    let site = Site::with_files();
    site.write("members.json", MEMBERS);
    for results in [
        "--report r.html --report r.html",
        "--report r.json --summary r.json",
        "--report r.md --rejects ./r.md",
        "--output r.html --report r.html",
        "--report members.json",
    ] {
        let check = format!("check --leak leak.csv --format csv {results} members.json");
        site.run(&check).expect(2);
    }
    assert_eq!(site.read("members.json"), MEMBERS);
}

#[test]
fn a_failed_run_keeps_the_earlier_report_and_a_missing_folder_fails_early() {
    let site = Site::with_files();
    site.write("r.html", "earlier");
    site.write("bad.csv", "Farbe\nrot\n");
    site.run("check --leak leak.csv --report r.html members.csv bad.csv").expect(1);
    site.run("check --leak leak.csv --report r.html --max-rejects 0 members.csv").expect(4);
    assert_eq!(site.read("r.html"), "earlier");
    let run = site.run("check --leak leak.csv --report no/r.html members.csv");
    let run = run.expect_error(&["no/r.html"]);
    assert!(!run.stderr.contains("rows:"), "it worked first");
}

#[test]
#[cfg(unix)]
fn only_its_owner_can_read_a_report() {
    let site = Site::with_files();
    site.run(&format!("check --leak leak.csv {ALL} members.csv")).expect(3);
    for name in ["r.html", "r.md", "r.json"] {
        assert_eq!(site.mode(name), 0o600, "{name}");
    }
}
