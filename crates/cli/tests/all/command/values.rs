//! `lookup` and `normalize`: values from standard input, one per line.

use serde_json::json;

use super::support::{EVA, MAX, NOBODY, Site, json};

#[test]
fn normalize_prints_one_line_for_each_value_with_its_outcome() {
    let site = Site::new();
    let input = format!(" a 123 456 780\r\n{MAX}\nA123456781\nA12\n\nNULL\nx\0y\n");
    let run = site.feed("normalize kvnr", input).expect(0);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(
        lines[..6],
        [
            "ok\tA123456780",
            "ok\tA123456780",
            "suspect\tA123456781\twrong-check-digit",
            "invalid\t\twrong-length",
            "invalid\t\tabsent",
            "invalid\t\tabsent",
        ]
    );
    assert!(lines[6].starts_with("invalid\t\t"), "{}", run.stdout);
    assert_eq!(lines.len(), 7);
    assert_eq!(run.stderr, "");
}

#[test]
fn normalize_takes_every_field_and_gives_json() {
    let site = Site::new();
    for (field, input, expected) in [
        ("email", "Max@STRASSE.de", "max@strasse.de"),
        ("birth-date", "1.2.1970", "1970-02-01"),
        ("postal-code", "4109", "04109"),
        ("last-name", "Dr. von Müller", "mueller"),
        ("username", " Max70 ", "max70"),
        ("phone", "0171 1234567", "+491711234567"),
        ("--region AT phone", "01 234567", "+431234567"),
        ("kvnr20", "A0005000151042120590", "A000500015|104212059"),
        ("ik", "10 4212 059", "104212059"),
        ("koelner_phonetik", "Müller", "657"),
        ("person_full", "von Fasan|Frank Florian|19.1.1983", "fasan|frankflorian|1983-01-19"),
        ("person_first", "von Fasan|Frank Florian|19.1.1983", "fasan|frank|1983-01-19"),
    ] {
        let run = site.feed(&format!("normalize {field}"), format!("{input}\n")).expect(0);
        assert_eq!(run.stdout, format!("ok\t{expected}\n"));
    }
    let run = site.feed("normalize --json kvnr", format!("{MAX}\nA12\n")).expect(0);
    let lines: Vec<_> = run.stdout.lines().map(json).collect();
    assert_eq!(lines[0], json!({ "outcome": "ok", "value": MAX, "reason": null }));
    assert_eq!(lines[1]["reason"], "wrong-length");
}

#[test]
fn normalize_shows_the_form_of_a_suspect_person_and_not_of_the_line_before() {
    let site = Site::new();
    let input = "Huber|Ida|3.2.1970\nvon Muster|Eva|1.1.1900\nXXX|Eva|1.1.1970\n";
    for form in ["person_full", "person_first"] {
        let run = site.feed(&format!("normalize {form}"), input).expect(0);
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert_eq!(
            lines[..2],
            ["ok\thuber|ida|1970-02-03", "suspect\tmuster|eva|1900-01-01\tplaceholder",]
        );
        assert!(!lines[2].contains("huber") && !lines[2].contains("muster"), "{}", lines[2]);
    }
}

#[test]
fn a_line_that_is_not_utf_8_or_too_long_still_has_its_answer() {
    let site = Site::new();
    let mut input = b"m\xE4x@example.de\n".to_vec();
    input.extend(vec![b'x'; 1 << 20]);
    input.extend(b"\nmax@example.de");
    let run = site.feed("normalize email", input).expect(0);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{}", run.stdout);
    assert_eq!(lines[0], "invalid\t\tinvalid-encoding");
    assert_eq!(lines[1], "invalid\t\ttoo-long");
    assert_eq!(lines[2], "ok\tmax@example.de");
}

#[test]
fn lookup_prints_verdicts_without_values() {
    let site = Site::with_index();
    let input = format!("{MAX}\n{NOBODY}\nA12\nA123456781\n");
    let run = site.feed("lookup --key key --index leak.leakdex kvnr", input).expect(3);
    let words: Vec<&str> = run.stdout.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(words, ["affected", "not_affected", "indeterminate", "indeterminate"]);
    let reasons: Vec<&str> =
        run.stdout.lines().filter_map(|line| line.split('\t').nth(6)).collect();
    assert_eq!(reasons, ["", "", "wrong-length", "wrong-check-digit"]);
    assert!(!run.stdout.contains("A12"), "{}", run.stdout);
    let run = site.feed("lookup --key key --index leak.leakdex --json kvnr", EVA).expect(0);
    let verdict = json(&run.stdout);
    assert_eq!(verdict["verdict"], "affected");
    assert_eq!(verdict["strength"], "certain");
    assert_eq!(verdict["exposure"][0]["breach"], "leak");
    site.feed("lookup --key key --index leak.leakdex email", "max@example.de\n").expect(0);
    let run = site.feed("lookup --key key --index leak.leakdex username", "max\n").expect(3);
    run.prints("indeterminate\t\t\t\t\t\tkind-not-indexed\n");
    site.feed("lookup --key key --index leak.leakdex --allow-indeterminate username", "max\n")
        .expect(0);
}

#[test]
fn lookup_offers_no_option_for_dates_since_no_kind_that_it_takes_is_a_date() {
    let site = Site::with_index();
    let help = site.run("lookup --help").expect(0).stdout;
    assert!(help.contains("--region") && !help.contains("--date"), "{help}");
    site.feed("lookup --key key --index leak.leakdex --date-order month-first kvnr", EVA).expect(2);
    // A command without this option ignores a shared setting for it.
    site.write("leakdex.toml", "date-order = 'month-first'\n");
    site.feed("lookup --key key --index leak.leakdex kvnr", EVA).expect(0);
}

#[test]
fn lookup_names_the_kinds_that_it_takes_and_no_others() {
    let site = Site::with_index();
    let help = site.run("lookup --help").expect(0).stdout;
    let wrong = site.run("lookup --key key --index leak.leakdex shoe-size").expect(2).stderr;
    for text in [&help, &wrong] {
        let takes = |kind: &str| text.contains(kind);
        assert!(takes("kvnr") && takes("email-alias") && takes("sha256-email"), "{text}");
        assert!(!takes("starts-birth") && !takes("birth-date") && !takes("kvnr20"), "{text}");
    }
}
