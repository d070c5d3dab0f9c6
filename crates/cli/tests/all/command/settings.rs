//! `leakdex.toml`: settings in a file. The command line overrides them, and the run lists them.

use super::support::{FINDINGS, Run, Site};

const SETTINGS: &str = "\
key = 'key'
index = 'leak.leakdex'

[check]
members = ['members.csv']
output = 'findings'
summary = 'summary'
";

fn site() -> Site {
    let site = Site::with_index();
    site.write("leakdex.toml", SETTINGS);
    site
}

#[test]
fn a_check_takes_all_options_from_the_settings_and_lists_them() {
    let site = site();
    let run = site.run("check").expect(3).prints("");
    run.says("leakdex.toml: settings used: index, key, members, output, summary (--no-config");
    assert!(site.read("findings").starts_with(FINDINGS));
    assert_eq!(site.json("summary")["rows"], 4);
    // Other commands use the shared settings.
    site.run("verify leak.leakdex").expect(0).says("leakdex.toml: settings used: key (");
    site.run("build --output i leak.csv").expect(0).says("settings used: key (");
    site.feed("lookup kvnr", "A123456780\n").expect(0).says("settings used: index, key (");
    // Commands without settings do not read the file.
    site.write("leakdex.toml", "nonsense");
    site.run("inspect leak.leakdex").expect(0);
    site.run("check").expect(2).says("leakdex.toml: line 1 is not TOML");
}

#[test]
fn the_command_line_overrides_the_file() {
    let site = site();
    site.write("more.csv", "E-Mail\nmax@example.de\n");
    let run = site.run("check more.csv --output other").expect(0);
    let run = run.says("settings used: index, key, summary (");
    assert!(!run.stderr.contains("members.csv"), "{}", run.stderr);
    assert!(site.exists("other") && !site.exists("findings"));
    // A leak on the command line replaces key and index of the file.
    site.run("check --leak leak.csv more.csv").expect(0).says("settings used: output, summary (");
    // A dry run ignores the settings of results, since it writes none.
    let run = site.run("check --explain").expect(0).says("settings used: index, key, members (");
    assert!(run.stdout.contains("a dry run"), "{}", run.stdout);
    // Columns are overridden one by one.
    site.write("leakdex.toml", format!("{SETTINGS}[columns]\nMitglied = 'id'\nPost = 'kvnr'\n"));
    site.write("post.csv", "Mitglied;Post\nm1;max@example.de\n");
    let check = "check post.csv --column Post=email --output -";
    let run = site.run(check).expect(0).says("column 'Mitglied'");
    assert!(run.stdout.contains("post.csv,1,m1,affected"), "{}", run.stdout);
}

#[test]
fn headers_in_settings_and_options_match_despite_case_and_blanks() {
    let site = site();
    site.write("m.csv", "Nr;KVNR\nm1;A123456780\n");
    let columns = "[columns]\nKVNR = 'ignore'\nNr = 'id'\n";
    site.write("leakdex.toml", format!("{SETTINGS}{columns}"));
    for header in ["kvnr", " Kvnr "] {
        let column = format!("{header}=kvnr");
        let run = site.run_with(&["check", "m.csv", "--output", "-", "--column", &column]);
        let run = run.expect(0).verdicts("affected");
        assert!(!run.stderr.contains("column 'KVNR'"), "{}", run.stderr);
    }
    // The section of the command overrides shared settings, also for one file.
    site.write("leakdex.toml", format!("{SETTINGS}{columns}[check.columns]\nkvnr = 'kvnr'\n"));
    site.run("check m.csv --output -").expect(0).verdicts("affected");
    let of_file = "[for.'m.csv'.columns]\nKVNR = 'ignore'\n\
                   [check.for.'m.csv'.columns]\nkvnr = 'kvnr'\n";
    site.write("leakdex.toml", format!("{SETTINGS}{of_file}"));
    site.run("check m.csv --output -").expect(0).verdicts("affected");
}

#[test]
fn settings_that_conflict_with_the_command_line_are_ignored() {
    let site = site();
    site.write("leakdex.toml", format!("{SETTINGS}resume = true\n"));
    site.run("check").expect(3).says("members, output, resume, summary (");
    let run = site.run("check --leak leak.csv").expect(3);
    run.says("settings used: members, output, summary (");
    site.write("m.csv", "id;E-Mail\nm1;max@example.de\n");
    let run = site.run("check --letters letters --draft m.csv").expect(0);
    run.says("settings used: index, key, output, summary (");
    assert!(site.exists("letters"));
    for streams in ["--output -", "--rejects /dev/null"] {
        let run = site.run(&format!("check {streams} m.csv")).expect(0);
        assert!(!run.stderr.contains("resume"), "{}", run.stderr);
    }
    // The reverse is also true: `--resume` overrides all settings of letters.
    let letters = "letters = 'more'\nletters-candidates = true\nletters-despite-accidents = true\n";
    site.write("leakdex.toml", format!("{SETTINGS}{letters}"));
    let run = site.run("check --resume m.csv").expect(0);
    run.says("settings used: index, key, output, summary (");
    assert!(!site.exists("more"));
    // If both are in the file, the user must correct it.
    site.write("leakdex.toml", format!("{SETTINGS}{letters}resume = true\n"));
    site.run("check m.csv").expect(2).says_all(&["cannot be used with", "correct it there"]);
}

#[test]
fn a_dependent_setting_is_ignored_without_its_option() {
    let site = site();
    let dependent = "letters-candidates = true\nletters-despite-accidents = true\n\
                     template = 'none.txt'\n";
    site.write("leakdex.toml", format!("{SETTINGS}{dependent}"));
    let run = site.run("check").expect(3);
    run.says("leakdex.toml: settings used: index, key, members, output, summary (");
    site.write("m.csv", "id;E-Mail\nm1;max@example.de\n");
    site.run("check --letters letters m.csv").expect_error(&["none.txt"]).says("template (");
    // Here the leak is in the file and the index on the command line.
    site.write("leakdex.toml", "[check]\nleak = 'leak.csv'\nname = 'shop'\n");
    let run = site.run("check m.csv").expect(0).says("settings used: leak, name (");
    assert!(run.stdout.contains(",shop,"), "{}", run.stdout);
    let index = "check --key key --index leak.leakdex m.csv";
    let run = site.run(index).expect(0);
    assert!(
        !run.stderr.contains("settings used") && run.stdout.contains(",leak,"),
        "{}",
        run.stderr
    );
    site.write("leakdex.toml", format!("{SETTINGS}name = 'shop'\n"));
    site.run("check").expect(3).says("index, key, members, output, summary (");
    site.run("check --leak leak.csv").expect(3).says("members, output, summary (");
    // On the command line, a dependent option alone is still wrong usage.
    site.run("check --letters-candidates").expect(2).says("--letters <FOLDER>");
}

#[test]
fn a_file_option_on_the_command_line_is_not_a_reducing_setting() {
    let site = site();
    site.write("m1.csv", "Nr;KVNR\nm1;A123456780\n");
    let column = "--for 'm1.csv:column=kvnr=kvnr'";
    let check = |settings: &str, for_files: &str| {
        site.write("leakdex.toml", format!("{SETTINGS}{settings}"));
        site.run(&format!("check --quiet m1.csv {for_files} --output -"))
            .expect(0)
            .verdicts("affected")
    };
    // The pattern in the file also matches files that the pattern on the command line does not match.
    site.write("m10.csv", "Nr;Nummer\nm1;A123456780\n");
    let settings = "[for.'m1*.csv'.columns]\nNummer = 'kvnr'\n";
    site.write("leakdex.toml", format!("{SETTINGS}{settings}"));
    site.run("check --quiet m10.csv --for 'm1?.csv:column=Nr=id' --for 'm1?.csv:column=Nummer=kvnr' --output -")
        .expect(0)
        .verdicts("affected");
    for (file, for_files) in
        [("m1.csv", column), ("./m1.csv", column), ("m1.csv", "--for 'm*.csv:column=KVNR=kvnr'")]
    {
        let run = check(&format!("[for.'{file}'.columns]\nKVNR = 'ignore'\n"), for_files);
        assert_eq!(run.stderr, "", "{file} {for_files}");
    }
    let skip = "[for.'m1.csv']\nskip-rows = 1\n";
    assert_eq!(check(skip, "--for m1.csv:skip-rows=0").stderr, "");
    // The settings still apply to other files.
    let expected = "column 'KVNR': nobody is checked by it, except for m1.csv\n";
    let run = check("[columns]\nKVNR = 'ignore'\n", column);
    assert_eq!(run.stderr, format!("leakdex.toml: {expected}"));
    let run = check("[for.'m*.csv'.columns]\nKVNR = 'ignore'\n", column);
    assert_eq!(run.stderr, format!("leakdex.toml: m*.csv: {expected}"));
    check("skip-rows = 1\n", "--for m1.csv:skip-rows=0")
        .says("skip-rows: the first row of each file is skipped, except for m1.csv");
    let of_file = "[columns]\nKVNR = 'ignore'\n[for.'m1.csv'.columns]\nkvnr = 'kvnr'\n";
    assert_eq!(check(of_file, "").stderr, format!("leakdex.toml: {expected}"));
    // An option that also checks nobody by the column is not an exception.
    site.write("leakdex.toml", format!("{SETTINGS}[columns]\nKVNR = 'ignore'\n"));
    let ignored = "--for m1.csv:column=KVNR=ignore --for m1.csv:column=Nr=kvnr";
    site.run(&format!("check --quiet m1.csv {ignored}"))
        .expect(3)
        .says("column 'KVNR': nobody is checked by it\n");
}

#[test]
fn a_byte_order_mark_is_ignored_in_settings_and_breach_files() {
    let site = site();
    for before in ["\u{FEFF}", "\u{FEFF}# nightly\r\n\r\n"] {
        site.write("leakdex.toml", format!("{before}{SETTINGS}"));
        site.run("check").expect(3).says("settings used: index, key");
    }
    site.write("leakdex.toml", "\u{FEFF}[check]\nall = true\n");
    site.run("check --leak leak.csv members.csv").expect(3).says("settings used: all (");
    site.write("breach.toml", "\u{FEFF}Name = 'named'\n");
    site.run("build --key key --output i --breach breach.toml leak.csv").expect(0);
    site.run("inspect i").expect(0).prints_all(&["named"]);
}

#[test]
fn with_no_config_the_settings_file_is_ignored() {
    let site = site();
    site.run("check --no-config").expect(2).prints("");
    site.run("check --no-config --leak leak.csv members.csv").expect(3);
    assert!(!site.exists("findings"));
    site.run("check --no-config --config leakdex.toml").expect(2).says("cannot be used with");
}

#[test]
fn paths_are_relative_to_the_settings_file() {
    let site = site();
    site.make_folder("jobs");
    let settings = SETTINGS.replace("= '", "= '../").replace("['", "['../");
    site.write("jobs/nightly.toml", settings);
    site.remove("leakdex.toml");
    site.run("check --config jobs/nightly.toml").expect(3).says("jobs/nightly.toml: settings used");
    assert!(site.read("findings").starts_with(FINDINGS));
    site.run("check --config jobs/none.toml")
        .expect_error(&["jobs/none.toml: cannot read the settings", "check the spelling"]);
}

#[test]
#[cfg(unix)]
fn the_settings_folder_may_have_a_non_text_name() {
    use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt as _};

    let site = site();
    let folder = site.path(".").join(OsStr::from_bytes(b"n\xE4chtlich"));
    fs::create_dir(&folder).expect("the system takes any name");
    for name in ["key", "leak.leakdex", "members.csv", "leakdex.toml"] {
        fs::copy(site.path(name), folder.join(name)).expect("it is there");
    }
    let mut check = site.command("check --config");
    let output = check.arg(folder.join("leakdex.toml")).output().expect("the command starts");
    site.after("check --config".into(), &output).expect(3);
    assert!(folder.join("findings").is_file() && !site.exists("findings"));
}

#[test]
fn sections_override_shared_settings_and_columns_override_detection() {
    let site = site();
    site.write("leakdex.toml", format!("delimiter = ','\n{SETTINGS}delimiter = ';'\n"));
    site.run("check").expect(3).says("settings used: delimiter, index");
    site.write(
        "leakdex.toml",
        format!("{SETTINGS}[columns]\nA = 'email'\n[check.columns]\nA = 'kvnr'\nB = 'id'\n"),
    );
    site.write("m.csv", "A;B\nA123456780;m1\n");
    site.run("check m.csv --output -").expect(0).finds(&["m.csv,1,m1,affected,certain,kvnr,leak,\
         dates-of-birth email-addresses health-insurance-information names"]);
}

#[test]
fn settings_that_reduce_a_check_are_shown_even_with_quiet() {
    let site = site();
    site.write(
        "leakdex.toml",
        format!(
            "{SETTINGS}allow-indeterminate = true\nno-decoys = true\n[columns]\nKVNR = 'ignore'\n"
        ),
    );
    site.run("check --quiet")
        .expect(0)
        .says("leakdex.toml: allow-indeterminate: members who cannot be checked do not")
        .says("leakdex.toml: no-decoys: nothing shows how many matches are accidents")
        .says("leakdex.toml: column 'KVNR': nobody is checked by it");
    site.write("leakdex.toml", "key = 'key'\n[build]\nkinds = ['email']\n");
    let run = site.run("build --quiet --output i leak.csv").expect(0);
    run.says("leakdex.toml: kinds: only [\"email\"] are indexed");
    // A setting that is off is not used, and `--quiet` otherwise holds.
    site.write("leakdex.toml", format!("{SETTINGS}allow-indeterminate = false\n"));
    assert_eq!(site.run("check --quiet").expect(3).stderr, "");
}

/// Asserts status 2 and a message that names the file. Nothing is written.
fn refused(site: &Site, settings: &str, words: &[&str]) -> Run {
    site.write("leakdex.toml", settings);
    let run = site.run("check --leak leak.csv members.csv").expect(2).prints("");
    run.says("error: leakdex.toml: ").says_all(words)
}

#[test]
fn invalid_settings_are_wrong_usage_with_a_suggestion() {
    let site = site();
    refused(&site, "kye = 'key'\n", &["no setting 'kye'", "did you mean 'key'?"]);
    refused(&site, "[check]\nrejcets = 'r'\n", &["in [check]", "did you mean 'rejects'?"]);
    refused(&site, "[build]\nallow-indeterminate = true\n", &["in [build]"]);
    refused(&site, "[insurer]\nname = 'A'\nnmae = 'B'\n", &["[insurer]", "`nmae`", "`name`"]);
    refused(&site, "quiet = true\n", &["command line only"]);
    refused(&site, "[check]\nall = 'yes'\n", &["'all' must be true or false"]);
    refused(&site, "region = ['DE', 'AT']\n", &["'region' has one value"]);
    refused(&site, "region = 1970-01-01\n", &["'region' must be a text"]);
    refused(&site, "[columns]\nKVNR = 1\n", &["a column needs a field"]);
    assert!(!site.exists("r"));
    // The parser judges values as on the command line, and the message names their source.
    for (settings, words) in [
        ("region = 'Germany'\n", "--region"),
        ("[check]\nmax-rejects = 'some'\n", "--max-rejects"),
        ("[columns]\nKVNR = 'kvrn'\n", "did you mean 'kvnr'?"),
    ] {
        site.write("leakdex.toml", settings);
        site.run("check --leak leak.csv members.csv").expect(2).says_all(&[
            words,
            "leakdex.toml sets ",
            "correct it there",
        ]);
    }
}

#[test]
fn an_error_names_a_setting_only_if_it_contributed() {
    let site = site();
    site.write("leakdex.toml", format!("{SETTINGS}all = true\n[insurer]\nname = 'A'\n"));
    for (options, words) in [
        ("--notice n.html --aware-since 2026-11-27", "--aware-since"),
        ("--explain-match m1 --strict", "cannot be used with"),
        ("--allow-indeterminat", "unexpected argument"),
    ] {
        let run = site.run(&format!("check {options} members.csv")).expect(2).says(words);
        assert!(!run.stderr.contains("leakdex.toml sets"), "{options}: {}", run.stderr);
    }
    site.write("leakdex.toml", format!("{SETTINGS}all = true\nstrict = true\nregion = 'x'\n"));
    site.run("check members.csv").expect(2).says("leakdex.toml sets region; correct it there");
}

#[test]
fn an_invalid_settings_file_is_not_quoted_and_a_key_in_it_is_refused() {
    let site = site();
    let run =
        refused(&site, "Name;Vorname\nMuster;Max\n", &["line 1 is not TOML", "a setting as key ="]);
    assert!(!run.stderr.contains("Muster") && !run.stderr.contains("Vorname"), "{}", run.stderr);
    site.write("leakdex.toml", b"[columns]\n'Stra\xDFe' = 'ignore'\n");
    site.run("check").expect_error(&["leakdex.toml: not UTF-8", "save it as UTF-8"]);
    let key = site.read("key");
    site.write("leakdex.toml", format!("key = '{}'\n", key.trim()));
    let run = site
        .run("check --index leak.leakdex members.csv")
        .expect(2)
        .says("the path of this file here");
    let digits = key.trim().rsplit(':').next().expect("a key file has a colon");
    assert!(!run.stderr.contains(&digits[..8]), "{}", run.stderr);
}

#[test]
#[cfg(unix)]
fn a_world_writable_settings_file_is_not_loaded_automatically() {
    let site = site();
    site.set_mode("leakdex.toml", 0o666);
    site.run("check").expect_error(&["leakdex.toml", "chmod o-w", "--no-config"]).prints("");
    assert!(!site.exists("findings"));
    site.run("check --no-config --leak leak.csv members.csv").expect(3);
    // A user who names the file has chosen it.
    site.run("check --config leakdex.toml").expect(3);
    assert!(site.read("findings").starts_with(FINDINGS));
}

#[test]
fn the_example_settings_work_for_every_command() {
    let site = Site::new();
    let example = include_str!("../../../../../examples/leakdex.toml");
    // All settings that are commented out can be enabled, except for conflicting ones.
    let all: Vec<&str> = example
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.contains(" = ") && !setting.contains(',') => setting,
            _ => line,
        })
        .filter(|line| {
            !["leak = ", "name = ", "resume = ", "letter-format = "]
                .iter()
                .any(|start| line.starts_with(start))
        })
        .filter(|line| !line.contains("HEADER = FIELD"))
        .collect();
    for settings in [example.to_owned(), all.join("\n")] {
        site.write("leakdex.toml", settings);
        // The settings are right, but the files that they name are missing.
        for (command, missing) in [
            ("build", "leak-part1.csv"),
            ("check", "members-*.csv"),
            ("lookup kvnr", "breach.key"),
            ("verify", "breach.key"),
            ("merge", "breach.key"),
        ] {
            let run = site.run(command).expect(1).says("leakdex.toml: settings used: ");
            let expected = run.stderr.contains(missing) || run.stderr.contains("breach.key");
            assert!(expected, "leakdex {command}: {}", run.stderr);
        }
        site.feed("normalize phone", "030 123456\n").expect(0).says("settings used: ");
    }
}
