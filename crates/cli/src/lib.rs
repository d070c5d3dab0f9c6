//! The command `leakdex`: finds the members of an insurer who are in a leak.
//!
//! [`run`] reads the command line and turns the outcome of the command into an exit status. Each command is
//! a file in `commands/`. This is a library only so that `main.rs` and a fuzz target can share it. Its only
//! public interface is the command itself.

mod args;
mod breach_file;
mod checkpoint;
mod clock;
mod command_line;
mod commands;
mod config;
mod cut_short;
mod decided;
mod demo;
mod examples;
mod false_matches;
mod filled_list;
mod findings;
#[doc(hidden)]
pub mod fuzzing;
mod human;
mod indexes;
mod inputs;
mod keys;
mod leak;
mod leaked_rows;
mod machine;
mod mask;
mod notices;
mod output;
mod patterns;
mod previous;
mod process;
mod progress;
mod references;
mod rejects;
mod remedies;
mod reports;
mod row_numbers;
mod screen;
mod self_check;
mod signals;
mod status;
mod streams;
mod summary;
mod toml_file;
mod unused;
mod worklist;

use std::{env, process::ExitCode};

use anyhow::Context as _;

use args::{Arguments, Command, PrivateCommand};
use status::Status;

/// Runs the command on this process's command line.
#[must_use]
pub fn run() -> ExitCode {
    process::silence_panics();
    run_command_line().unwrap_or_else(|error| status::report(&error))
}

fn run_command_line() -> anyhow::Result<ExitCode> {
    process::forbid_core_dumps().context(
        "cannot switch off core dumps, so nothing was done; run this where setrlimit and prctl are allowed",
    )?;
    let (words, mut settings) = config::complete(env::args_os().collect())?;
    let mut arguments = match command_line::parse(&words) {
        Ok(arguments) => arguments,
        Err(error) => {
            let status = command_line::report(&error)?;
            settings.print_contributing_settings(&error);
            return Ok(status);
        }
    };
    if arguments.global.quiet {
        status::set_quiet();
    }
    if arguments.global.verbose {
        status::set_verbose();
    }
    arguments.global.passphrase_file.clone().into_iter().for_each(keys::set_passphrase_file);
    settings.announce();
    if let Command::Check(check) = &mut arguments.command {
        check.insurer = settings.take_insurer().unwrap_or_default();
    }
    run_command(arguments).map(ExitCode::from)
}

fn run_command(mut arguments: Arguments) -> anyhow::Result<Status> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.global.threads.map_or(0, usize::from))
        .build_global()
        .context("cannot start the threads; give fewer with --threads")?;
    signals::clean_up_on_signal().context("cannot wait for signals")?;
    cut_short::end_cleanly().context("cannot wait for signals")?;
    match &mut arguments.command {
        Command::Build(arguments) => patterns::expand(&mut arguments.leaks)?,
        Command::Check(arguments) => {
            patterns::expand(&mut arguments.members)?;
            arguments.leak.iter_mut().try_for_each(patterns::expand_one)?;
        }
        Command::Merge(arguments) => patterns::expand(&mut arguments.without)?,
        Command::Private(arguments) => match &mut arguments.command {
            PrivateCommand::Table(arguments) => patterns::expand(&mut arguments.leaks)?,
            PrivateCommand::Ask(arguments) => patterns::expand(&mut arguments.members)?,
            PrivateCommand::Finish(arguments) => patterns::expand(&mut arguments.members)?,
            PrivateCommand::Open(arguments) => patterns::expand(&mut arguments.members)?,
            PrivateCommand::Audit(arguments) => patterns::expand(&mut arguments.books)?,
            _ => {}
        },
        _ => {}
    }
    if matches!(arguments.command, Command::Private(_)) && arguments.global.config.is_some() {
        return status::wrong_usage("--config: 'leakdex private' takes no settings from a file");
    }
    if prints(&arguments.command) {
        streams::refuse_unusable_output()?;
    }
    match &arguments.command {
        Command::Keygen(arguments) => commands::keygen::run(arguments),
        Command::Build(arguments) => commands::build::run(arguments),
        Command::Check(arguments) => match arguments.explain {
            Some(rows) => commands::explain::run(arguments, rows.get()),
            None => match &arguments.explain_match {
                Some(reference) => commands::explain_match::run(arguments, reference),
                None => commands::check::run(arguments),
            },
        },
        Command::Decide(arguments) => commands::decide::run(arguments),
        Command::Lookup(arguments) => commands::lookup::run(arguments),
        Command::Columns(arguments) => commands::columns::run(arguments),
        Command::Normalize(arguments) => commands::normalize::run(arguments),
        Command::Inspect(arguments) => commands::inspect::run(arguments),
        Command::Verify(arguments) => commands::verify::run(arguments),
        Command::Merge(arguments) => commands::merge::run(arguments),
        Command::Private(arguments) => commands::private::run(&arguments.command),
        Command::Demo => commands::demo::run(),
        Command::Completions(arguments) => commands::completions::run(arguments),
        Command::Man(arguments) => commands::man::run(arguments),
    }
}

/// Whether a command always prints to standard output. Options of the other commands set the destination of
/// their results.
const fn prints(command: &Command) -> bool {
    match command {
        Command::Build(_) | Command::Decide(_) | Command::Merge(_) => false,
        Command::Private(private) => !matches!(private.command, PrivateCommand::Finish(_)),
        Command::Check(check) => check.explain.is_some() || check.explain_match.is_some(),
        _ => true,
    }
}
