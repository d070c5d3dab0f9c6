//! Dates of birth whose day and month are in a different order than on the other side.

use std::fmt::Write as _;

use serde_json::json;

use super::support::{Run, Site, letters};

/// Formats a date, given year, month and day.
type Form = fn(u32, u32, u32) -> String;

const ISO: Form = |year, month, day| format!("{year}-{month:02}-{day:02}");
const GERMAN: Form = |year, month, day| format!("{day:02}.{month:02}.{year}");
const SLASHES: Form = |year, month, day| format!("{day:02}/{month:02}/{year}");
const AMERICAN: Form = |year, month, day| format!("{month}/{day}/{year}");

/// The person with this number: a unique name, and a date.
fn row(number: u32, days: u32, form: Form) -> String {
    let name = letters(number, [1, 26, 676, 17_576]);
    let date = form(1940 + number % 60, 1 + number % 12, 1 + number * 5 % days);
    format!("Ba{name};Eva;{date}\n")
}

/// This many persons, all born in the first `days` days of a month.
fn list(count: u32, days: u32, form: Form) -> String {
    let header = "Nachname;Vorname;Geburtsdatum\n".to_owned();
    (0..count).fold(header, |list, number| list + &row(number, days, form))
}

/// Asserts that all members have this verdict.
#[track_caller]
fn assert_all(run: Run, verdict: &str, count: usize) {
    run.verdicts(&vec![verdict; count].join(" "));
}

#[test]
fn a_leak_in_month_first_order_finds_members_in_any_order() {
    let site = Site::new();
    site.write("leak.csv", list(60, 28, AMERICAN));
    for form in [ISO, GERMAN, SLASHES, AMERICAN] {
        site.write("m.csv", list(60, 28, form));
        let run = site.run("check --leak leak.csv --all m.csv").expect(0);
        assert_all(run.says("'Geburtsdatum': the month comes first, shown by "), "affected", 60);
    }
    let leak = list(60, 28, ISO);
    site.write("leak.csv", leak);
    let run = site.run("check --leak leak.csv --all m.csv").expect(0);
    assert_all(run.says("'Geburtsdatum': the month comes first, shown by "), "affected", 60);
}

#[test]
fn standard_input_keeps_its_american_date_order() {
    let site = Site::new();
    let (american, german) = (list(60, 28, AMERICAN), list(60, 28, GERMAN));
    site.write("german.csv", &german);
    site.write("american.csv", &american);
    let run = site.feed("check --leak german.csv --all -", american).expect(0);
    assert_all(run, "affected", 60);
    let run = site.feed("check --leak - --all american.csv", german).expect(0);
    assert_all(run, "affected", 60);
}

#[test]
fn dates_before_the_first_proof_in_the_third_block_are_read_in_its_order() {
    let site = Site::new();
    // Long rows, so a few of them make three blocks.
    let note = format!(";{}\n", "x".repeat(400));
    let mut american =
        list(1_500, 12, AMERICAN).replace('\n', &note).replacen(&note, ";Notiz\n", 1);
    assert!(american.len() > 2 << 18, "{} bytes", american.len());
    american += "Zuletzt;Max;12/31/1958;\n";
    let german = list(20, 12, GERMAN) + "Zuletzt;Max;31.12.1958\n";
    site.write("american.csv", &american);
    site.write("german.csv", german);
    for threads in [1, 3] {
        let check = format!("--threads {threads} check --all");
        let run = site.run(&format!("{check} --leak american.csv german.csv")).expect(0);
        assert_all(run, "affected", 21);
        let run = site.feed(&format!("{check} --leak - german.csv"), american.clone()).expect(0);
        assert_all(run, "affected", 21);
    }
}

#[test]
fn a_column_with_both_date_orders_is_reported_and_the_rarer_order_is_invalid() {
    let site = Site::new();
    site.write("leak.csv", list(60, 28, AMERICAN) + "Anders;Max;31/12/1958\n");
    site.write("m.csv", list(60, 28, ISO));
    let run = site.run("check --leak leak.csv --all m.csv").expect(0);
    let run =
        run.says("warning: 'Geburtsdatum': the day comes first in 1 of its dates and the month");
    let run = run.says_all(&["all are read with the month first", "impossible-date"]);
    assert_all(run, "affected", 60);
}

#[test]
fn an_unproven_date_order_is_reported_and_can_be_set() {
    let site = Site::new();
    site.write("leak.csv", list(60, 12, AMERICAN));
    site.write("m.csv", list(60, 12, ISO));
    let run = site.run("check --leak leak.csv --all m.csv").expect(0);
    let run = run.says("warning: 'Geburtsdatum': the day or the month may come first in ");
    assert!(run.stdout.contains("not_affected"), "{}", run.stdout);
    let given = "--date-order month-first";
    let run = site.run(&format!("check --leak leak.csv --all {given} m.csv")).expect(0);
    assert_all(run.says("the month comes first, as --date-order says"), "affected", 60);
    site.write("leakdex.toml", "date-order = 'month-first'\n");
    let run = site.run("check --leak leak.csv --all m.csv").expect(0);
    assert_all(run.says("settings used: date-order"), "affected", 60);
    // An explicit order overrides all evidence.
    site.write("leak.csv", list(60, 28, AMERICAN));
    let run = site
        .run("check --leak leak.csv --all --max-rejects 100% --date-order day-first m.csv")
        .expect(0);
    assert!(run.stdout.contains("not_affected"), "{}", run.stdout);
}

#[test]
fn a_report_names_the_order_that_was_given() {
    let site = Site::new();
    site.write("leak.csv", list(60, 12, AMERICAN));
    site.write("m.csv", list(60, 12, ISO));
    let check = "check --leak leak.csv --report r.md --report r.html --report r.json m.csv";
    for (given, order, words) in [
        ("", json!(null), None),
        ("--date-order month-first", json!("month-first"), Some("zuerst der Monat")),
        ("--date-order day-first --lang en", json!("day-first"), Some("The day comes first")),
    ] {
        site.run(&format!("{check} {given}")).expect(0);
        assert_eq!(site.json("r.json")["rules"]["date_order"], order);
        for page in ["r.md", "r.html"] {
            let page = site.read(page);
            assert!(words.is_none_or(|words| page.contains(words)), "{page}");
            assert_eq!(
                page.contains("vorgegeben") || page.contains("comes first"),
                words.is_some()
            );
        }
    }
}

#[test]
fn an_index_holds_dates_in_the_order_of_their_file() {
    let site = Site::new();
    site.write("leak.csv", list(60, 28, AMERICAN));
    site.write("m.csv", list(60, 28, SLASHES));
    site.run("keygen key").expect(0);
    site.run("build --key key --output i leak.csv").expect(0).says("the month comes first");
    let run = site.run("check --key key --index i --all m.csv").expect(0);
    assert_all(run, "affected", 60);
    site.run("merge --key key --output left --without m.csv i").expect_error(&["nothing"]);
}

#[test]
fn a_dry_run_reads_dates_in_the_order_of_their_column() {
    let site = Site::new();
    let leak = "Nachname;Vorname;Geburtsdatum\nMuster;Max;12/31/1958\n";
    site.write("leak.csv", leak);
    site.write("m.csv", leak.replace("12/31/1958", "1958-12-31"));
    let run = site.run("check --explain --leak leak.csv m.csv").expect(0);
    let run = run.prints_all(&["the month comes first, shown by 1 of its dates"]);
    assert!(!run.stdout.contains("impossible-date"), "{}", run.stdout);
    assert_eq!(run.stdout.matches("ok 9999-99-99").count(), 2, "{}", run.stdout);
}

#[test]
fn a_typed_date_is_normalised_in_the_given_order() {
    let site = Site::new();
    let mut typed = String::new();
    for date in ["12/31/1958", "03/04/1970", "31.12.1958"] {
        writeln!(typed, "{date}").expect("to memory");
    }
    let run = site.feed("normalize --date-order month-first birth-date", typed.clone()).expect(0);
    run.prints("ok\t1958-12-31\nok\t1970-03-04\ninvalid\t\timpossible-date\n");
    let run = site.feed("normalize birth-date", typed).expect(0);
    run.prints("invalid\t\timpossible-date\nok\t1970-04-03\nok\t1958-12-31\n");
    site.run("check --date-order us --leak a b")
        .expect(2)
        .says("[possible values: day-first, month-first]");
}
