//! `build`: makes an index from leaked files.

use serde_json::{Value, json};

use super::support::{EVA, LEAK, MAX, REJECTS, Site, lines};

#[test]
fn the_summary_and_the_rejects_of_a_build_add_up() {
    let site = Site::new();
    site.run("keygen key").expect(0);
    site.write(
        "leak.csv",
        format!(
            "KVNR;E-Mail\n{MAX};max@example.de\n{MAX};MAX@example.de\n{EVA};bad\nA12;bad\n;\n\
             B234567890;\n"
        ),
    );
    let run =
        site.run("build --key key --output i --max-rejects 9 --rejects r --summary s leak.csv");
    let run = run.expect(0);
    run.says("6 rows: 3 indexed, 1 duplicate, 2 rejected");
    let summary = site.json("s");
    let number = |name: &str| summary[name].as_u64().unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(number("rows"), 6);
    assert_eq!(number("rows"), number("indexed") + number("duplicate") + number("rejected"));
    assert_eq!(
        summary["rejects_by_reason"],
        json!({ "no-at-sign": 2, "no-identifier": 1, "wrong-length": 1 })
    );
    let rejects = site.read("r");
    assert_eq!(
        rejects,
        lines(
            REJECTS,
            &[
                "leak.csv,3,E-Mail,no-at-sign",
                "leak.csv,4,KVNR,wrong-length",
                "leak.csv,4,E-Mail,no-at-sign",
                "leak.csv,5,,no-identifier",
            ]
        )
    );
    let rows = site.json_of("inspect --json i")["rows"].clone();
    assert_eq!(rows["read"], summary["rows"]);
    assert_eq!(rows["rejects_by_reason"], summary["rejects_by_reason"]);
}

#[test]
fn several_leaked_files_make_one_index() {
    let site = Site::with_index();
    site.write("more.csv", "IBAN\nDE89370400440532013000\n");
    site.run("build --key key --output both --summary s leak.csv more.csv").expect(0);
    assert_eq!(site.json("s")["rows"], json!(3));
    site.feed("lookup --key key --index both iban", "DE89370400440532013000\n").expect(0);
    site.feed("lookup --key key --index both kvnr", MAX).expect(0);
}

#[test]
fn the_breach_name_comes_from_file_option_or_description() {
    let site = Site::with_index();
    site.write(
        "b.toml",
        "Name = 'bitmarck-2023-01'\nTitle = 'Bitmarck'\nDataClasses = ['Passwords']\n",
    );
    site.write("Datei mit Leer.zeichen.csv", format!("KVNR\n{MAX}\n"));
    let breach = |arguments: &str| {
        site.run(&format!("build --key key --output i {arguments}")).expect(0);
        let metadata = site.json_of("inspect --json i");
        metadata["breaches"][0]["Name"].clone()
    };
    assert_eq!(breach("leak.csv"), json!("leak"));
    assert_eq!(breach("'Datei mit Leer.zeichen.csv'"), json!("Datei-mit-Leer"));
    assert_eq!(breach("--name x_1.2-3 leak.csv"), json!("x_1.2-3"));
    assert_eq!(breach("--breach b.toml leak.csv"), json!("bitmarck-2023-01"));
    site.write("m.csv", format!("KVNR\n{MAX}\n"));
    let run = site.run("check --key key --index i m.csv").expect(0);
    assert!(run.stdout.trim_end().ends_with(" passwords"), "{}", run.stdout);
}

#[test]
fn build_and_check_warn_of_a_data_class_without_wording() {
    let site = Site::with_files();
    site.write("b.toml", "Name = 'b'\nDataClasses = ['Beitragsdaten', 'Pasword', 'Names']\n");
    site.run("keygen key").expect(0);
    for arguments in [
        "build --key key --output i --breach b.toml --quiet leak.csv",
        "check --leak leak.csv --breach b.toml --quiet --allow-indeterminate members.csv",
    ] {
        site.run(arguments).expect(0).says_all(&[
            "warning: b.toml: DataClasses: leakdex has no words of its own for 'beitragsdaten', 'pasword' (did you \
             mean 'passwords'?). ",
            "docs/IDENTIFIERS.md lists them",
        ]);
    }
    site.write("b.toml", "Name = 'b'\nDataClasses = ['Passwords', 'names']\n");
    let run = site.run("build --key key --output i2 --breach b.toml --quiet leak.csv").expect(0);
    assert_eq!(run.stderr, "");
}

#[test]
fn a_class_declared_for_everybody_gives_a_warning_if_some_rows_lack_it() {
    let site = Site::with_files();
    site.run("keygen key").expect(0);
    // Nobody has a password here, and everybody has a name.
    site.write(
        "b.toml",
        "Name = 'b'\nDataClasses = ['email-addresses', 'names', 'passwords', 'bank-account-numbers']\n",
    );
    let leak = LEAK.replace("Geburtsdatum\n", "Geburtsdatum;IBAN;BLZ\n");
    site.write("leak.csv", leak.replace("1970\n", "1970;;x\n").replace("1980\n", "1980;;\n"));
    site.write("other.csv", format!("KVNR;Nachname\n{MAX};Muster\n"));
    for arguments in [
        "build --key key --output i --breach b.toml --quiet leak.csv other.csv",
        "check --leak leak.csv --breach b.toml --quiet --allow-indeterminate members.csv",
    ] {
        let run = site.run(arguments).expect(0).says_all(&[
            "warning: leak.csv: DataClasses names 'email-addresses', so notice and letters say that it leaked for \
             everybody. But the leak has columns of this class (E-Mail), and only 1 of 2 rows fill them. Leave the \
             word out: ",
            "warning: leak.csv: DataClasses names 'bank-account-numbers'",
            "(IBAN, BLZ)",
        ]);
        assert_eq!(run.stderr.matches("DataClasses names").count(), 2, "{}", run.stderr);
    }
}

#[test]
fn a_mapped_class_without_wording_or_with_a_second_column_gives_a_warning() {
    let site = Site::with_files();
    site.run("keygen key").expect(0);
    let leak = LEAK.replace("Geburtsdatum\n", "Geburtsdatum;seit;Vertrag\n");
    site.write("leak.csv", leak.replace("1970\n", "1970;1990;x\n").replace("1980\n", "1980;;\n"));
    let columns = "--column seit=class:email-addresses --column Vertrag=class:vertragsdaten";
    let run = site.run(&format!("build --key key --output i --quiet {columns} leak.csv")).expect(0).says_all(&[
        "warning: leak.csv: column 'seit': 'E-Mail' has the class 'email-addresses', too. Notice and letters then \
         count everybody with a filled cell in any of these columns",
        "warning: leak.csv: column 'Vertrag': leakdex has no words of its own for 'vertragsdaten'",
    ]);
    assert_eq!(run.stderr.matches("warning: ").count(), 2, "{}", run.stderr);
}

#[test]
fn a_build_takes_the_input_options() {
    let site = Site::new();
    site.run("keygen key").expect(0);
    site.write("leak.txt", format!("x#{MAX}#secret\ny#{EVA}#\n"));
    let columns = "--no-header --column 2=kvnr --column 3=class:passwords --delimiter #";
    site.run(&format!("build --key key --output i {columns} leak.txt")).expect(0);
    let run = site.feed("lookup --key key --index i kvnr", format!("{MAX}\n{EVA}\n")).expect(0);
    let classes: Vec<&str> =
        run.stdout.lines().filter_map(|line| line.split('\t').nth(3)).collect();
    assert_eq!(classes, ["health-insurance-information passwords", "health-insurance-information"]);
}

#[test]
fn a_build_can_be_limited_to_kinds() {
    let site = Site::with_index();
    site.run("build --key key --output i --kinds email,starts-birth leak.csv").expect(0);
    let metadata = site.json_of("inspect --json i");
    let kinds: Vec<&Value> =
        metadata["kinds"].as_array().expect("a list").iter().map(|count| &count["kind"]).collect();
    assert_eq!(kinds, ["email", "starts-birth"]);
    site.feed("lookup --key key --index i kvnr", MAX).expect(3);
}

#[test]
fn too_many_rejects_publish_no_index() {
    let site = Site::with_index();
    let before = site.bytes("leak.leakdex");
    site.write("bad.csv", format!("KVNR;E-Mail\n{MAX};bad\n"));
    let run = site.run("build --key key --output leak.leakdex --max-rejects 0 bad.csv");
    run.expect(4).says("--max-rejects");
    assert!(site.bytes("leak.leakdex") == before, "the index differs");
    site.run("build --key key --output i --max-rejects 1 bad.csv").expect(0);
}

#[test]
fn each_leak_that_is_mostly_unreadable_makes_no_index() {
    let site = Site::with_index();
    let before = site.bytes("leak.leakdex");
    site.write("good.csv", format!("KVNR\n{}", format!("{MAX}\n").repeat(100)));
    site.write("bad.csv", "KVNR;E-Mail\nA12;\nA13;bad\n");
    for leaks in ["good.csv bad.csv", "bad.csv good.csv"] {
        let run = site.run(&format!("build --key key --output leak.leakdex {leaks}"));
        if leaks.starts_with("good") {
            run.expect(4).says_all(&["bad.csv: 2 of its 2 rows could not be used", "no-at-sign 1"]);
        } else {
            run.expect_error(&["usable"]);
        }
        assert!(site.bytes("leak.leakdex") == before, "the index differs");
        site.run(&format!("build --key key --output i --max-rejects 3 {leaks}")).expect(0);
    }
}

#[test]
fn rows_that_the_chosen_kinds_leave_out_are_not_unreadable() {
    let site = Site::with_index();
    site.write("one.csv", format!("KVNR;E-Mail\n{MAX};max@example.de\n{EVA};\n"));
    site.run("build --key key --output i --kinds email one.csv").expect(0);
}

#[test]
fn a_leak_without_usable_rows_makes_no_index_and_the_error_has_the_reasons() {
    let site = Site::with_index();
    let before = site.bytes("leak.leakdex");
    site.write("bad.csv", "KVNR\nA12\nA13\n");
    site.run("build --key key --output leak.leakdex bad.csv")
        .expect_error(&["usable", "wrong-length"]);
    assert!(site.bytes("leak.leakdex") == before, "the index differs");
    site.run("check --leak bad.csv members.csv").expect_error(&["usable", "wrong-length"]);
}

#[test]
fn rejects_of_a_directly_checked_leak_are_reported() {
    let site = Site::with_files();
    site.write("leak.csv", format!("KVNR;E-Mail\n{MAX};bad\n"));
    site.run("check --leak leak.csv members.csv").expect(3).says("no-at-sign");
}

#[test]
fn memory_below_the_minimum_of_a_build_is_wrong_usage() {
    let site = Site::with_index();
    let earlier = site.bytes("leak.leakdex");
    site.write("s.json", "earlier");
    for memory in ["1", "63MiB", "67108863"] {
        let build = "build --key key --output leak.leakdex --summary s.json";
        site.run(&format!("{build} --memory {memory} leak.csv"))
            .expect(2)
            .says("--memory must be at least 64 MiB")
            .prints("");
    }
    site.run("build --key key --output leak.leakdex --memory 0 leak.csv").expect(2);
    assert!(site.bytes("leak.leakdex") == earlier, "the index was replaced");
    assert_eq!(site.read("s.json"), "earlier");
    site.run("build --key key --output leak.leakdex --memory 64MiB leak.csv").expect(0);
    assert!(site.bytes("leak.leakdex") == earlier, "the index differs");
}
