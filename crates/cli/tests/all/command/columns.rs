//! `columns`: the contents of a file's columns, without values.

use super::support::Site;

const LIST: &str = "\
Mitglied;E-Mail;Geburtsdatum;Mobil-Notiz
m1;max@example.de;01.02.1970;0170 1234567
m2;eva@example.org;31.02.1980;0171 1234567
m3;kein Wert;;0172 1234567
m4;;3.4.1980;
";

#[test]
fn columns_describes_a_file_and_shows_no_value() {
    let site = Site::new();
    site.write("list.csv", LIST);
    let run = site.run("columns list.csv").expect(0);
    let line = |name: &str| -> Vec<String> {
        let line = run.stdout.lines().find(|line| line.trim_start().starts_with(name));
        let line = line.unwrap_or_else(|| panic!("{name} is not in {}", run.stdout));
        line.split_whitespace().map(str::to_owned).collect()
    };
    assert_eq!(line("column"), ["column", "read", "as", "filled", "ok", "suspect", "invalid"]);
    assert_eq!(line("Mitglied"), ["Mitglied", "id", "4", "4", "0", "0"]);
    assert_eq!(line("E-Mail"), ["E-Mail", "email", "3", "2", "0", "1"]);
    assert_eq!(line("Geburtsdatum"), ["Geburtsdatum", "birth-date", "3", "2", "0", "1"]);
    for words in [
        "list.csv: CSV, delimiter ';'",
        "  4 rows, 4 columns\n",
        "invalid: no-at-sign 1",
        "invalid: impossible-date 1",
        "'aaa@aaa.aaa' 2",
        "'9999-99-99' 2",
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
    assert_eq!(email["data_class"], "email-addresses");
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

#[test]
fn all_columns_of_a_file_are_listed_in_their_order_each_with_its_use() {
    let site = Site::new();
    // More than eight blocks: a check examines only some of the later rows.
    let row = |row: u32| format!("{row},x@example.de,abc,F32.1,01/01/2026,n\n");
    let rows = (0..60_000).map(row).collect::<Vec<_>>().concat();
    site.write("leak.csv", format!("user_id,mail,password_hash,diagnose,created,xyz\n{rows}"));
    let run = site.run("columns leak.csv").expect(0);
    let table: Vec<Vec<&str>> = run
        .stdout
        .lines()
        .skip(3)
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with("    "))
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert_eq!(
        table,
        [
            vec!["column", "read as", "filled", "ok", "suspect", "invalid"],
            vec!["user_id", "not read", "60,000", "no usual name"],
            vec!["mail", "email", "60,000", "60,000", "0", "0"],
            vec!["password_hash", "data class", "60,000", "passwords"],
            vec!["diagnose", "data class", "60,000", "personal-health-data"],
            vec!["created", "not read", "60,000", "its name means something else"],
            vec!["xyz", "not read", "60,000", "no usual name"],
        ]
    );
    for words in [
        "  data class  in a leak, a filled",
        "    data class: email-addresses\n",
        "  not read    nobody is found",
        "  looks like  the form",
    ] {
        assert!(run.stdout.contains(words), "'{words}' is not in {}", run.stdout);
    }
    // The legend explains no term that the table lacks.
    assert!(!run.stdout.contains("  suspect     "), "{}", run.stdout);
    // The first line says how the file is read, as for a check.
    let mut table_and_legend = run.stdout.lines().skip(1);
    assert!(table_and_legend.all(|line| line.chars().count() <= 80), "{}", run.stdout);

    let quiet = site.run("columns --quiet leak.csv").expect(0);
    assert!(!quiet.stdout.contains("nobody is found"), "{}", quiet.stdout);

    let json = site.run("columns --json --column user_id=ignore leak.csv").expect(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON and nothing below it");
    let others: Vec<String> = json["other_columns"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|column| format!("{} {} {}", column["column"], column["use"], column["filled"]))
        .collect();
    assert_eq!(
        others,
        [
            "\"user_id\" \"ignored\" null",
            "\"password_hash\" \"class:passwords\" 60000",
            "\"diagnose\" \"class:personal-health-data\" 60000",
            "\"created\" \"ignored\" 60000",
            "\"xyz\" \"ignored\" 60000",
        ]
    );
}

#[test]
fn the_table_names_the_option_that_reads_an_unread_column_with_useful_values() {
    let site = Site::new();
    let row = |row: u32| format!("m{row},x{row}@example.de,01.02.1970,y{row}@example.org\n");
    let rows = (0..20).map(row).collect::<Vec<_>>().concat();
    site.write("list.csv", format!("id,mail,dob,zzz\n{rows}"));
    let run = site.run("columns list.csv").expect(0);
    assert!(run.stdout.contains("--column 'zzz=email'"), "{}", run.stdout);
    run.says("question:");
}
