//! Examples of every command, for its help and its man page.

use clap::Command;

/// A command, the purpose of an example, and its command line. A long line continues after a backslash.
const EXAMPLES: [(&str, &str, &str); 39] = [
    (
        "leakdex",
        "Which members are in a leak, without an index",
        "leakdex check --leak leak.csv members.csv",
    ),
    ("leakdex", "Before that: how the files would be read", EXPLAIN),
    ("leakdex", "All options of a command, with examples", "leakdex check --help"),
    ("keygen", "Make a key for the indexes of a breach", "leakdex keygen breach.key"),
    (
        "build",
        "Index a leaked file",
        "leakdex build --key breach.key --output breach.leakdex leak.csv",
    ),
    (
        "build",
        "One breach in several files, with its description and a file of rejects",
        "leakdex build --key breach.key --output breach.leakdex \\\n      \
                 --breach breach.toml --rejects rejects.csv part1.csv part2.csv.gz",
    ),
    (
        "build",
        "A column with a meaningless name, in a file that is not UTF-8",
        "leakdex build --key breach.key --output breach.leakdex \\\n      \
                 --column 'Feld 7=kvnr' --encoding cp850 leak.csv",
    ),
    (
        "check",
        "Check a member list against a leak, without an index",
        "leakdex check --leak leak.csv members.csv",
    ),
    ("check", "A dry run: how the files are read, and the result for the first rows", EXPLAIN),
    (
        "check",
        "Check against an index, with all results in files",
        "leakdex check --key breach.key --index breach.leakdex \\\n      \
                 --output findings.csv --rejects rejects.csv --summary summary.json \\\n      \
                 members.csv",
    ),
    (
        "check",
        "The same as a nightly job, with its options in a settings file",
        "leakdex check --config nightly.toml members.csv",
    ),
    (
        "check",
        "A leak in another format than the member list",
        "leakdex check --leak leak.csv --for 'leak.csv:delimiter=|' \\\n      \
                 --for 'leak.csv:column=Feld 7=kvnr' members.csv",
    ),
    (
        "check",
        "Why a member is affected or not, for a case officer",
        "leakdex check --key breach.key --index breach.leakdex \\\n      \
                 --explain-match 4711 members.csv",
    ),
    (
        "check",
        "Write the matches that case officers can decide on, as a workbook",
        "leakdex check --key breach.key --index breach.leakdex \\\n      \
                 --output findings.csv --worklist worklist.xlsx members.csv",
    ),
    (
        "decide",
        "Record the decisions from the filled-in workbook",
        "leakdex decide --decisions decisions.csv --from worklist.xlsx",
    ),
    (
        "decide",
        "Decide on one member",
        "leakdex decide --decisions decisions.csv --by 'E. Muster' \\\n      \
                 --worklist worklist.xlsx --reference 4711 \\\n      \
                 --decision not-affected --reason relative",
    ),
    (
        "lookup",
        "Check addresses from a file, one per line",
        "leakdex lookup --key breach.key --index breach.leakdex email < addresses.txt",
    ),
    ("columns", "See the profile of a member list", "leakdex columns members.csv"),
    ("normalize", "See how dates of birth are read", "leakdex normalize birth-date < dates.txt"),
    (
        "normalize",
        "Phone numbers of Austria, as JSON",
        "leakdex normalize --region AT --json phone < numbers.txt",
    ),
    ("inspect", "Show the metadata of an index", "leakdex inspect breach.leakdex"),
    (
        "verify",
        "Verify that an index is unchanged",
        "leakdex verify --key breach.key breach.leakdex",
    ),
    (
        "verify",
        "Also require the latest generation",
        "leakdex verify --key breach.key --min-generation 7 breach.leakdex",
    ),
    (
        "merge",
        "Merge two indexes",
        "leakdex merge --key breach.key --output all.leakdex \\\n      \
                 part1.leakdex part2.leakdex",
    ),
    (
        "merge",
        "Erase the records in a file from an index",
        "leakdex merge --key breach.key --output breach.leakdex --without erase.csv \\\n      \
                 breach.leakdex",
    ),
    (
        "private",
        "The steps of a check against a leak that another party holds",
        "leakdex private --help",
    ),
    ("signer", "Make a signing key, or show its fingerprint", "leakdex private signer insurer.key"),
    (
        "epoch",
        "Make the secret keys of an epoch",
        "leakdex private epoch epoch.seed --name bitmarck-2023-01",
    ),
    (
        "table",
        "Make the table of a leak",
        "leakdex private table --epoch epoch.seed --signer provider.key \\\n      \
                 --output leak.table leak.csv",
    ),
    (
        "grant",
        "See what an insurer was granted and has used",
        "leakdex private grant --ledger ledger.jsonl --epoch epoch.seed \\\n      \
                 --insurer FINGERPRINT",
    ),
    (
        "answer",
        "Answer a request",
        "leakdex private answer --epoch epoch.seed --signer provider.key \\\n      \
                 --ledger ledger.jsonl --output response request",
    ),
    (
        "ask",
        "Ask for the members of a list",
        "leakdex private ask --leak-table leak.table --provider FINGERPRINT \\\n      \
                 --signer insurer.key --state state --output request members.csv",
    ),
    (
        "finish",
        "Check the members with the response",
        "leakdex private finish --leak-table leak.table --state state \\\n      \
                 --request request --response response --output findings.csv members.csv",
    ),
    (
        "open",
        "Open 300 elements of a request for an auditor",
        "leakdex private open --leak-table leak.table --state state \\\n      \
                 --signer insurer.key --request request \\\n      \
                 --challenge CHALLENGE --output openings members.csv",
    ),
    (
        "audit",
        "Check what an insurer opened, and compare it with its books",
        "leakdex private audit --request request --openings openings \\\n      \
                 --challenge CHALLENGE --output strangers.csv books.csv",
    ),
    ("demo", "See what leakdex finds in made-up data", "leakdex demo"),
    (
        "completions",
        "Complete command lines in bash, for one user",
        "leakdex completions bash > ~/.local/share/bash-completion/completions/leakdex",
    ),
    ("completions", "In zsh, in a folder of fpath", "leakdex completions zsh > ~/.zfunc/_leakdex"),
    ("man", "Write the man pages to a folder", "leakdex man ~/.local/share/man/man1"),
];

const EXPLAIN: &str = "leakdex check --explain --leak leak.csv members.csv";

/// The examples of a command: purpose and command line.
pub fn of(command: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let examples = EXAMPLES.iter().filter(move |(name, ..)| *name == command);
    examples.map(|&(_, purpose, line)| (purpose, line))
}

/// Adds the examples after the help of the command and of each subcommand.
pub fn add_to(command: Command) -> Command {
    let mut text = String::from("Examples:");
    for (purpose, line) in of(command.get_name()) {
        text += &format!("\n  {purpose}:\n    {line}");
    }
    let names: Vec<String> =
        command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let with_subcommands =
        names.into_iter().fold(command, |all, name| all.mut_subcommand(name, add_to));
    with_subcommands.after_help(text)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Arguments;

    /// The words of a command line as a shell would pass them, without its redirections.
    fn words(line: &str) -> Vec<String> {
        let line = line.replace("\\\n", " ");
        let command = line.split([' ']).take_while(|word| !matches!(*word, "<" | ">"));
        let command = command.collect::<Vec<_>>().join(" ");
        let mut words = Vec::new();
        for (number, part) in command.split('\'').enumerate() {
            if number % 2 == 1 {
                words.push(part.to_owned());
            } else {
                words.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        words
    }

    #[test]
    fn every_command_has_an_example_and_every_example_is_of_a_command() {
        let command = Arguments::command();
        let mut names = vec![command.get_name()];
        for subcommand in command.get_subcommands() {
            names.push(subcommand.get_name());
            names.extend(subcommand.get_subcommands().map(Command::get_name));
        }
        for name in &names {
            assert!(of(name).next().is_some(), "leakdex {name} has no example");
        }
        for (name, ..) in EXAMPLES {
            assert!(names.contains(&name), "there is no command '{name}'");
        }
    }

    #[test]
    fn every_example_is_a_command_line_of_its_command() {
        for (name, _, line) in EXAMPLES {
            let mut words = words(line);
            let is_of_command = words[1] == name || words[1] == "private" && words[2] == name;
            assert!(name == "leakdex" || is_of_command, "{line}");
            for word in &mut words {
                if ["FINGERPRINT", "CHALLENGE"].contains(&&**word) {
                    *word = "07".repeat(32);
                }
            }
            let outcome = add_to(Arguments::command()).try_get_matches_from(&words);
            // The parser returns `--help` as an error. A settings file supplies missing arguments.
            if let Err(error) = outcome {
                let is_in_file = error.kind() == clap::error::ErrorKind::MissingRequiredArgument
                    && words.iter().any(|word| word == "--config");
                if is_in_file {
                    continue;
                }
                assert_eq!(error.kind(), clap::error::ErrorKind::DisplayHelp, "{line}: {error}");
            }
        }
    }

    #[test]
    fn examples_are_at_most_84_columns_wide() {
        for line in EXAMPLES.iter().flat_map(|(_, purpose, line)| {
            std::iter::once(format!("  {purpose}:"))
                .chain(line.lines().map(|line| format!("    {line}")))
        }) {
            assert!(line.trim_end().chars().count() <= 84, "{line}");
        }
    }
}
