//! Tests of the values that options may take.

use clap::CommandFactory as _;

use super::*;

/// Every user of a machine can see a command line, and the shell keeps it in its history. This list makes
/// the author of an option think about each new sort of value.
#[test]
fn no_option_takes_a_key_or_a_value_of_a_person() {
    const HARMLESS: &[&str] = &[
        "FILE",
        "FILE.toml",
        "FILE:OPTION=VALUE",
        "FINDINGS",
        "FOLDER",
        "FORMAT",
        "HASHES",
        "DIALECT",
        "HEADER=FIELD",
        "INDEX",
        "KEYFILE",
        "KIND",
        "KINDS",
        "LANGUAGE",
        "LEAK",
        "MEMBERS",
        "N",
        "N|P%",
        "NAME",
        "ORDER",
        // A decision and its reason are words from a list.
        "CODE",
        "DECISION",
        // The command refuses a reference that looks like an insured number, an account or an address.
        "REF",
        // The auditor draws the challenge and sends it to the insurer.
        "HEX",
        "ID",
        // Public keys, and files of a private check. Secrets are given as files only.
        "BOOKS",
        "FINGERPRINT",
        "KIND=F",
        "LEDGER",
        "OPENINGS",
        "REQUEST",
        "RESPONSE",
        "SEED",
        "STATE",
        "TABLE",
        "FILES",
        "SHELL",
        "SIZE",
        "TEXT",
        "TIME",
        "XX",
    ];
    let mut commands = vec![Arguments::command()];
    commands[0].build();
    let mut seen = 0;
    while let Some(command) = commands.pop() {
        for argument in command.get_arguments() {
            if !argument.get_action().takes_values() {
                continue;
            }
            for name in argument.get_value_names().expect("a command that is built has them") {
                assert!(HARMLESS.contains(&name.as_str()), "{argument} takes a {name}");
                seen += 1;
            }
        }
        commands.extend(command.get_subcommands().cloned());
    }
    assert!(seen > 30, "only {seen} values were seen");
}

/// A user could mistake a dry run for a check, and its result for an all-clear. Each new option belongs in
/// this list, or among the options that conflict with `--explain`.
#[test]
fn options_for_results_conflict_with_explain() {
    const COMPATIBLE: &[&str] = &[
        "key",
        "index",
        "min_generation",
        "leak",
        "name",
        "columns",
        "delimiter",
        "encoding",
        "no_header",
        "skip_rows",
        "format",
        "layout",
        "table",
        "breach",
        "sql_dialect",
        "sheet",
        "max_input_bytes",
        "for_files",
        "for_settings",
        "date_format",
        "date_order",
        "region",
        "members",
        "threads",
        "quiet",
        "verbose",
        "passphrase_file",
        "config",
        "no_config",
        "help",
        "lang",
    ];
    let mut command = Arguments::command();
    command.build();
    let check = command.find_subcommand("check").expect("there is such a command");
    // `--explain-match` also accepts a format, decisions and leaked rows.
    let others: [(&str, &[&str]); 2] =
        [("explain", &[]), ("explain_match", &["format_out", "decisions", "leaked_rows"])];
    for (option, others) in others {
        let explain = check.get_arguments().find(|argument| argument.get_id() == option);
        let conflicts = check.get_arg_conflicts_with(explain.expect("there is such an option"));
        for argument in check.get_arguments() {
            let id = argument.get_id().as_str();
            let is_conflict = conflicts.iter().any(|other| other.get_id() == id);
            let is_compatible = COMPATIBLE.contains(&id) || others.contains(&id) || id == option;
            assert!(is_conflict != is_compatible, "--{option} and {id}");
        }
    }
}

/// If a setting needs an option that is not given, every run would be a usage error. So the list must be complete.
#[test]
fn dependent_options_are_those_that_the_parser_refuses_alone() {
    use clap::{builder::OsStringValueParser, error::ErrorKind};

    let mut definition = Arguments::command().mut_subcommand("check", |check| {
        check.mut_args(|argument| {
            let takes_text = argument.get_num_args().is_none_or(|range| range.max_values() > 0);
            if argument.get_action().takes_values() && takes_text {
                argument.value_parser(OsStringValueParser::new())
            } else {
                argument
            }
        })
    });
    let check = definition.find_subcommand("check").expect("there is one").clone();
    let mut dependent = Vec::new();
    for argument in check.get_arguments().filter(|argument| argument.get_long().is_some()) {
        // The key and the index need each other. Without an index, the parser requires a leak.
        if ["key", "index", "leak", "name", "breach", "checkpoint_every"]
            .contains(&argument.get_id().as_str())
        {
            continue;
        }
        let long = argument.get_long().expect("it was looked at");
        let takes_value = argument.get_action().takes_values();
        let possible = argument.get_possible_values();
        let value = possible.first().map_or("x", |value| value.get_name());
        let word = if takes_value { format!("--{long}={value}") } else { format!("--{long}") };
        let words = ["leakdex", "check", "members", "--leak=x", &word];
        let refused = definition.try_get_matches_from_mut(words);
        if refused.is_err_and(|error| error.kind() == ErrorKind::MissingRequiredArgument) {
            dependent.push(argument.get_id().as_str());
        }
    }
    dependent.sort_unstable();
    let mut known: Vec<&str> = DEPENDENT.iter().map(|(option, _)| *option).collect();
    // `--leaked-rows` conflicts with `--leak`, which all these command lines have.
    known.retain(|option| !["name", "breach", "leaked_rows"].contains(option));
    known.sort_unstable();
    assert_eq!(dependent, known);
    for source in ["--index=x", "--leak=x"] {
        let words = ["leakdex", "check", "members", "--key=x", source, "--name=x"];
        assert!(definition.try_get_matches_from_mut(words).is_err(), "{source}");
    }
    assert!(
        definition.try_get_matches_from_mut(["leakdex", "check", "members", "--name=x"]).is_err()
    );
}
