//! Bad input gets a clear error and destroys nothing.

use super::support::{EVA, LEAK, MAX, NOBODY, REJECTS, Site, gzip, lines, verdicts};

/// A site with an earlier result of each type. A refused run must leave them unchanged.
fn with_earlier_results() -> Site {
    let site = Site::with_index();
    RESULTS.iter().for_each(|name| site.write(name, "earlier"));
    site
}

const RESULTS: [&str; 3] = ["findings", "rejects", "summary"];
const CHECK: &str = "check --key key --index leak.leakdex --output findings --rejects rejects \
                     --summary summary";

/// Asserts that a check and a build of this input are refused with these words, and that nothing is
/// published.
#[track_caller]
fn refused(site: &Site, input: &str, words: &[&str]) {
    let index = site.bytes("leak.leakdex");
    let outputs = "--output leak.leakdex --rejects rejects --summary summary";
    site.run(&format!("{CHECK} {input}")).expect_error(words).prints("");
    site.run(&format!("build --key key {outputs} {input}")).expect_error(words).prints("");
    site.run(&format!("check --leak {input} --output findings members.csv")).expect_error(words);
    assert!(site.bytes("leak.leakdex") == index, "the index was replaced");
    for name in RESULTS {
        assert_eq!(site.read(name), "earlier", "{name}");
    }
}

#[test]
fn a_missing_file_is_named() {
    refused(&with_earlier_results(), "nobody.csv", &["nobody.csv", "no such file"]);
}

#[test]
fn a_missing_file_among_several_is_found_before_the_work_begins() {
    let site = with_earlier_results();
    let run = site.run(&format!("{CHECK} members.csv nobody.csv"));
    let run = run.expect_error(&["nobody.csv", "no such file"]);
    assert!(!run.stderr.contains("affected"), "{}", run.stderr);
    assert_eq!(site.read("findings"), "earlier");
}

#[test]
fn an_empty_file_is_refused() {
    let site = with_earlier_results();
    site.write("m.csv", "");
    refused(&site, "m.csv", &["m.csv", "empty"]);
    site.write("m.csv", "\n \r\n\n");
    refused(&site, "m.csv", &["m.csv", "empty"]);
    site.feed(&format!("{CHECK} -"), "").expect_error(&["standard input", "empty"]);
}

#[test]
fn a_header_without_rows_is_refused() {
    let site = with_earlier_results();
    for header in ["KVNR;E-Mail\n", "KVNR;E-Mail", "KVNR;E-Mail\r\n\r\n"] {
        site.write("m.csv", header);
        refused(&site, "m.csv", &["m.csv", "header", "no rows"]);
    }
}

#[test]
fn no_usable_column_is_an_error_that_lists_the_headers() {
    let site = with_earlier_results();
    site.write("m.csv", "Nachname;Farbe;Vorname\nMeier;rot;Max\n");
    refused(&site, "m.csv", &["m.csv", "'Nachname', 'Farbe', 'Vorname'", "--column"]);
    site.write("m.jsonl", "{\"status\":1,\"colour\":\"red\"}\n");
    refused(&site, "m.jsonl", &["m.jsonl", "'status', and 1 more, not shown", "--column"]);
}

#[test]
fn a_first_row_of_data_is_not_listed_as_headers() {
    let site = with_earlier_results();
    site.write("m.csv", format!("Zauberwort;{MAX}\nX;{EVA}\n"));
    let run = site.run(&format!("{CHECK} m.csv")).expect_error(&["--no-header"]);
    assert!(!run.stderr.contains(MAX) && !run.stderr.contains("Zauberwort"), "{}", run.stderr);
}

#[test]
fn a_mapping_to_a_missing_header_is_an_error_that_lists_the_headers() {
    let site = with_earlier_results();
    let words = ["members.csv", "'Mail'", "'Mitglied', 'E-Mail', 'KVNR'"];
    site.run(&format!("{CHECK} --column Mail=email members.csv")).expect_error(&words);
    site.run("build --key key --output leak.leakdex --column Mail=email members.csv")
        .expect_error(&words);
    assert_eq!(site.read("findings"), "earlier");
    // With `--leak`, one of the two files must have the column.
    site.run("check --leak leak.csv --column Mail=email members.csv").expect_error(&words);
}

#[test]
fn a_mapping_to_a_missing_key_of_json_lines_is_an_error_too() {
    let site = with_earlier_results();
    site.write("m.jsonl", format!("{{\"KVNR\":\"{MAX}\"}}\n"));
    site.run(&format!("{CHECK} --column Mail=email m.jsonl")).expect_error(&["'Mail'", "'KVNR'"]);
}

/// Checks this member list, and asserts the exit status, the verdicts and the rejects.
#[track_caller]
fn gives(members: impl AsRef<[u8]>, status: i32, verdicts: &str, rejects: &[&str]) -> Site {
    let site = Site::with_files();
    site.write("m.csv", members);
    let check = "check --leak leak.csv --all --rejects r --summary s m.csv";
    site.run(check).expect(status).verdicts(verdicts);
    assert_eq!(site.read("r"), lines(REJECTS, rejects));
    site
}

#[test]
fn each_column_with_a_duplicate_header_is_used() {
    let members = "E-Mail;E-Mail\nx@example.de;max@example.de\nmax@example.de;bad\n";
    let site = gives(members, 0, "affected affected", &["m.csv,2,E-Mail,no-at-sign"]);
    site.run("check --leak leak.csv --column E-Mail=email --all m.csv")
        .expect(0)
        .says_all(&["(column 1)", "(column 2)"]);
}

#[test]
fn a_row_with_too_few_fields_keeps_its_fields() {
    let members = format!("KVNR;E-Mail;PLZ\n{MAX}\n{NOBODY};x@example.de\n{EVA};;1\n");
    let rejects =
        ["m.csv,1,,too-few-fields", "m.csv,2,,too-few-fields", "m.csv,3,PLZ,wrong-length"];
    let site = gives(members, 0, "affected not_affected affected", &rejects);
    assert_eq!(site.json("s")["partially_checked"], 1);
}

#[test]
fn a_row_with_too_many_fields_can_be_affected_but_gets_no_all_clear() {
    // Empty trailing fields do not count.
    let members = format!("KVNR;E-Mail\n{MAX};;x\n{NOBODY};;x\n{EVA};\n{NOBODY};;;\n");
    let rejects = ["m.csv,1,,too-many-fields", "m.csv,2,,too-many-fields"];
    gives(members, 3, "affected indeterminate affected not_affected", &rejects);
}

#[test]
fn a_stray_quote_damages_only_its_field() {
    let members = format!("E-Mail;KVNR\n\"x\"y@example.de;{MAX}\n;{EVA}\n");
    gives(members, 0, "affected affected", &["m.csv,1,E-Mail,stray-quote"]);
}

#[test]
fn an_unclosed_quote_swallows_no_row() {
    let members =
        format!("E-Mail;KVNR\n\"x@example.de;{EVA}\n{}", format!(";{MAX}\n").repeat(1000));
    let verdicts = ["affected"; 1001].join(" ");
    gives(members, 0, &verdicts, &["m.csv,1,E-Mail,stray-quote"]);
}

#[test]
fn an_unclosed_quote_before_a_quoted_field_swallows_no_row() {
    let rest = format!("\"max@example.de\";{NOBODY}\n").repeat(3);
    let members = format!("E-Mail;KVNR\n\"x@example.de;{EVA}\n{rest}");
    gives(members, 0, &["affected"; 4].join(" "), &["m.csv,1,E-Mail,stray-quote"]);
}

#[test]
fn quotes_within_a_field_are_text() {
    let members = format!("Ort;KVNR\nHaus \"Sonne\";{MAX}\n5\" Rohr;{EVA}\n");
    gives(members, 0, "affected affected", &[]);
}

#[test]
fn a_nul_byte_damages_only_its_field() {
    let members = format!("E-Mail;KVNR\nma\0x@example.de;{MAX}\n;{NOBODY}\0\n;{EVA}\n");
    let rejects = ["m.csv,1,E-Mail,invalid-local-part", "m.csv,2,KVNR,control-character"];
    gives(members, 3, "affected indeterminate affected", &rejects);
}

#[test]
fn invalid_utf_8_spoils_its_field_only() {
    let good = format!(";{MAX};Köln äöü ÄÖÜ ß äöü ÄÖÜ ß\n").repeat(5);
    let bad = [b"m\xE4x@example.de;", format!("{MAX};\nmax@example.de;;\n").as_bytes()].concat();
    let members = [b"E-Mail;KVNR;Ort\n", good.as_bytes(), &bad].concat();
    gives(members, 0, &["affected"; 7].join(" "), &["m.csv,6,E-Mail,invalid-encoding"]);
}

#[test]
fn an_invalid_byte_in_declared_utf_8_never_changes_the_encoding() {
    let site = Site::with_files();
    let mut members = b"Ort;E-Mail;KVNR\nK\xF6ln;m\xE4x@example.de;".to_vec();
    members.extend(format!("{MAX}\n").bytes());
    site.write("m.csv", members);
    site.run("check --leak leak.csv --encoding utf-8 --rejects r m.csv").expect(0);
    assert_eq!(site.read("r"), lines(REJECTS, &["m.csv,1,E-Mail,invalid-encoding"]));
}

#[test]
fn one_bad_field_does_not_drop_its_row() {
    let site = Site::new();
    let header = "E-Mail;KVNR;ICCSN;Benutzername;Nachname;Vorname;Geburtsdatum;PLZ";
    site.write(
        "leak.csv",
        format!(
            "{header}\nmax@example.de;{MAX};80276001011699910102;max70;Muster;Max;1.2.1970;04109\n"
        ),
    );
    let good = [
        "max@example.de",
        MAX,
        "80276001011699910102",
        "max70",
        "Muster",
        "Max",
        "1.2.1970",
        "04109",
    ];
    let bad = ["max", "A12", "123", "x\u{1}y", "M\u{FFFD}ller", "M?x", "31.2.1970", "!"];
    // Each field is bad once while all others are good, and good once while all others are bad.
    let mut rows = String::new();
    for number in 0..good.len() {
        let (mut one_bad, mut one_good) = (good, bad);
        (one_bad[number], one_good[number]) = (bad[number], good[number]);
        rows += &format!("{}\n{}\n", one_bad.join(";"), one_good.join(";"));
    }
    site.write("m.csv", format!("{header}\n{rows}"));
    let run = site.run(
        "check --leak leak.csv --column Benutzername=username --all --rejects r --summary s m.csv",
    );
    let run = run.expect(3);
    let verdicts = verdicts(&run.stdout);
    for (number, name) in header.split(';').enumerate() {
        assert_eq!(verdicts[2 * number], "affected", "all but {name}\n{}", run.stdout);
        let alone = if number < 4 { "affected" } else { "indeterminate" };
        assert_eq!(verdicts[2 * number + 1], alone, "only {name}\n{}", run.stdout);
    }
    let rejects = site.read("r");
    assert_eq!(rejects.lines().count(), 1 + 8 * 8, "each bad field is reported:\n{rejects}");
    for (number, name) in header.split(';').enumerate() {
        let place = format!("m.csv,{},{name},", 2 * number + 1);
        assert!(rejects.contains(&place), "{place} is not in\n{rejects}");
    }
}

#[test]
fn a_damaged_compressed_list_is_an_error_and_not_a_shorter_list() {
    let site = with_earlier_results();
    let packed = gzip("KVNR\n".to_owned() + &"Z123456783\n".repeat(20_000));
    site.write("m.csv.gz", &packed[..packed.len() - 5]);
    refused(&site, "m.csv.gz", &["m.csv.gz", "cannot be read"]);
    site.write("m.csv.gz", LEAK);
    refused(&site, "m.csv.gz", &["m.csv.gz", "gzip"]);
}

#[test]
fn a_folder_a_workbook_and_an_index_are_named_in_the_error() {
    let site = with_earlier_results();
    site.write("m.xlsx", b"PK\x03\x04 and so on");
    refused(&site, ".", &["folder"]);
    refused(&site, "m.xlsx", &["m.xlsx", "XLSX"]);
    site.write("other.leakdex", site.bytes("leak.leakdex"));
    refused(&site, "other.leakdex", &["other.leakdex", "--index"]);
}
