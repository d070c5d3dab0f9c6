//! `columns`: what is in the columns of a file, without a value.

use super::support::Site;

const LIST: &str = "\
Mitglied;E-Mail;Geburtsdatum;Mobil-Notiz
m1;max@example.de;01.02.1970;0170 1234567
m2;eva@example.org;31.02.1980;0171 1234567
m3;kein Wert;;0172 1234567
m4;;3.4.1980;
";

#[test]
fn columns_show_what_is_in_a_file_and_no_value() {
    let site = Site::new();
    site.write("list.csv", LIST);
    let run = site.run("columns list.csv").expect(0);
    let line = |name: &str| -> Vec<String> {
        let line = run.stdout.lines().find(|line| line.trim_start().starts_with(name));
        let line = line.unwrap_or_else(|| panic!("{name} is not in {}", run.stdout));
        line.split_whitespace().map(str::to_owned).collect()
    };
    assert_eq!(line("column"), ["column", "field", "filled", "ok", "suspect", "invalid"]);
    assert_eq!(line("Mitglied"), ["Mitglied", "id", "4", "4", "0", "0"]);
    assert_eq!(line("E-Mail"), ["E-Mail", "email", "3", "2", "0", "1"]);
    assert_eq!(line("Geburtsdatum"), ["Geburtsdatum", "birth-date", "3", "2", "0", "1"]);
    for words in [
        "list.csv: CSV, delimiter ';'",
        "  4 rows\n",
        "no-at-sign 1",
        "impossible-date 1",
        "aaa@aaa.aaa 2",
        "9999-99-99 2",
    ] {
        assert!(run.stdout.contains(words), "'{words}' is not in {}", run.stdout);
    }
    for value in ["max", "eva", "1970", "1234567", "kein"] {
        assert!(!run.stdout.contains(value), "{value} is in {}", run.stdout);
    }
}

#[test]
fn columns_as_json_are_one_object_for_each_file() {
    let site = Site::new();
    site.write("list.csv", LIST);
    site.write("more.csv", "Feld;KVNR\nx;A123456780\n");
    let run = site.run("columns --json list.csv more.csv").expect(0);
    let files: Vec<serde_json::Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(files.len(), 2);
    assert_eq!((&files[0]["file"], &files[0]["rows"]), (&"list.csv".into(), &4.into()));
    let email = &files[0]["columns"][1];
    assert_eq!(
        (&email["field"], &email["filled"], &email["invalid"]),
        (&"email".into(), &3.into(), &1.into())
    );
    assert_eq!(email["reasons"]["no-at-sign"], 1);
    assert_eq!(email["shapes"][0]["shape"], "aaa@aaa.aaa");
    assert_eq!(files[1]["columns"][0]["field"], "kvnr");
}

#[test]
fn columns_are_read_with_the_settings_of_a_check() {
    let site = Site::new();
    site.write("list.csv", "Feld 1;Feld 2\nm1;A123456780\n");
    let settings = "[columns]\n'Feld 2' = 'kvnr'\n[check]\nmembers = 'list.csv'\n\
                    [check.columns]\n'Feld 1' = 'id'\n";
    site.write("leakdex.toml", settings);
    let run = site.run("columns list.csv").expect(0);
    for words in ["Feld 1", "id", "kvnr"] {
        assert!(run.stdout.contains(words), "{}", run.stdout);
    }
}
