//! Help for people at the command line: examples, completions, man pages, suggestions.

use std::collections::BTreeSet;

use super::support::Site;

const COMMANDS: [&str; 14] = [
    "keygen",
    "build",
    "check",
    "decide",
    "lookup",
    "normalize",
    "columns",
    "inspect",
    "verify",
    "merge",
    "private",
    "demo",
    "completions",
    "man",
];

const PRIVATE_COMMANDS: [&str; 9] =
    ["signer", "epoch", "table", "grant", "answer", "ask", "finish", "open", "audit"];

#[test]
fn the_help_of_every_command_ends_with_examples_of_it() {
    let site = Site::new();
    for command in COMMANDS {
        let help = site.run(&format!("{command} --help")).expect(0).stdout;
        let (_, examples) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{help}"));
        assert!(examples.contains(&format!("\n    leakdex {command}")), "{examples}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
    let help = site.run("--help").expect(0).stdout;
    assert!(help.contains("\nExamples:\n"), "{help}");
    assert!(COMMANDS.iter().all(|command| help.contains(&format!("\n  {command} "))), "{help}");
}

#[test]
fn the_version_is_printed() {
    let version = format!("leakdex {}\n", env!("CARGO_PKG_VERSION"));
    Site::new().run("--version").expect(0).prints(&version);
}

#[test]
fn completions_of_every_shell_know_the_commands_and_their_options() {
    let site = Site::new();
    for (shell, before, after) in [
        ("bash", "leakdex,", ")"),
        ("elvish", "cand ", " '"),
        ("fish", "-a \"", "\""),
        ("powershell", "::new('", "'"),
        ("zsh", "\n'", ":"),
    ] {
        let script = site.run(&format!("completions {shell}")).expect(0).stdout;
        for command in COMMANDS {
            assert!(script.contains(&format!("{before}{command}{after}")), "{shell}: {command}");
        }
        let words = script.split(|letter: char| !letter.is_alphanumeric() && letter != '-');
        let words: BTreeSet<&str> = words.map(|word| word.trim_start_matches('-')).collect();
        for option in ["max-rejects", "explain", "explain-match", "without-breach"] {
            assert!(words.contains(option), "{shell}: {option}");
        }
    }
    site.run("completions zhs").expect(2).says("zsh");
}

#[test]
fn a_man_page_of_every_command_is_written_with_its_options_and_examples() {
    let site = Site::new();
    let run = site.run("man .").expect(0);
    assert_eq!(run.stdout.lines().count(), COMMANDS.len() + 1 + PRIVATE_COMMANDS.len());
    for command in PRIVATE_COMMANDS {
        let page = site.read(&format!("leakdex-private-{command}.1"));
        assert!(page.contains("leakdex private"), "{page}");
    }
    for command in COMMANDS {
        let page = site.read(&format!("leakdex-{command}.1"));
        for words in [".SH OPTIONS", ".SH EXAMPLES", ".SH \"EXIT STATUS\"", "leakdex "] {
            assert!(page.contains(words), "'{words}' is not in the page of {command}:\n{page}");
        }
    }
    assert!(site.read("leakdex-check.1").contains("max\\-rejects"));
    assert!(site.read("leakdex.1").contains("leakdex\\-check(1)"));
    site.run("man nowhere").expect_error(&["nowhere", "make it first"]);
}

#[test]
fn a_mistyped_word_gets_a_suggestion() {
    let site = Site::with_index();
    let check = "check --key key --index leak.leakdex";
    for (arguments, status, nearest) in [
        ("chekc --leak leak.csv members.csv".to_owned(), 2, "'check'"),
        (format!("{check} --rejcets r members.csv"), 2, "'--rejects'"),
        (format!("{check} --format-out jsnol members.csv"), 2, "'jsonl'"),
        (format!("{check} --date-format exel members.csv"), 2, "'excel'"),
        (format!("{check} --format cvs members.csv"), 2, "did you mean 'csv'?"),
        (format!("{check} --encoding iso-8859-51 members.csv"), 2, "did you mean 'iso-8859-15'?"),
        (format!("{check} --column KVNR=kvrn members.csv"), 2, "did you mean 'kvnr'?"),
        (format!("{check} --column KVRN=kvnr members.csv"), 1, "did you mean 'KVNR'?"),
        ("build --key key --output i --kinds emial leak.csv".into(), 2, "did you mean 'email'?"),
        ("normalize birthdate".into(), 2, "did you mean 'birth-date'?"),
        ("lookup --key key --index leak.leakdex emial".into(), 2, "did you mean 'email'?"),
    ] {
        site.run(&arguments).expect(status).says(nearest);
    }
    site.write("breach.toml", "Name = 'a'\nDomian = 'example.de'\n");
    site.run("build --key key --output i --breach breach.toml leak.csv")
        .expect_error(&["did you mean 'Domain'?"]);
    // A first row that may be a person is not suggested as a column.
    site.write("headless.csv", "Muster;Max;max@example.de\nBeispiel;Eva;eva@example.de\n");
    let run = site.run(&format!("{check} --column Muser=last-name headless.csv")).expect(1);
    assert!(!run.stderr.contains("Muster"), "{}", run.stderr);
}
