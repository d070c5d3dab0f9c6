//! The command `leakdex`: which of an insurer's members are in a leak.
//!
//! [`run`] reads the command line and turns what came of the command into an exit status; each
//! command is a file in `commands/`. This is a library only so that `main.rs` and the fuzz targets
//! can share it: it has no public interface but the command itself.

mod args;
mod batches;
mod breach_file;
mod clock;
mod commands;
mod demo;
mod findings;
#[doc(hidden)]
pub mod fuzzing;
mod input;
mod language;
mod machine;
mod output;
mod patterns;
mod pipeline;
mod previous;
mod process;
mod progress;
mod rejects;
mod signals;
mod status;
mod summary;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use args::{Arguments, Command};
use status::Status;

/// Runs the command as the command line of this process says.
#[must_use]
pub fn run() -> ExitCode {
    process::silence_panics();
    if let Err(error) = process::forbid_core_dumps() {
        let error = anyhow::Error::new(error).context("cannot switch off core dumps");
        return status::report(&error);
    }
    let mut arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return args::report(&error),
    };
    match run_command(&mut arguments) {
        Ok(status) => status.into(),
        Err(error) => status::report(&error),
    }
}

fn run_command(arguments: &mut Arguments) -> anyhow::Result<Status> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.global.threads.map_or(0, usize::from))
        .build_global()
        .context("cannot start the threads")?;
    signals::clean_up_when_told_to_stop().context("cannot wait for signals")?;
    let quiet = arguments.global.quiet;
    match &mut arguments.command {
        Command::Build(arguments) => patterns::expand(&mut arguments.leaks)?,
        Command::Check(arguments) => patterns::expand(&mut arguments.members)?,
        Command::Merge(arguments) => patterns::expand(&mut arguments.without)?,
        _ => {}
    }
    match &arguments.command {
        Command::Keygen(arguments) => commands::keygen::run(arguments),
        Command::Build(arguments) => commands::build::run(arguments, quiet),
        Command::Check(arguments) => commands::check::run(arguments, quiet),
        Command::Lookup(arguments) => commands::lookup::run(arguments),
        Command::Normalize(arguments) => commands::normalize::run(arguments),
        Command::Inspect(arguments) => commands::inspect::run(arguments),
        Command::Verify(arguments) => commands::verify::run(arguments),
        Command::Merge(arguments) => commands::merge::run(arguments, quiet),
        Command::Demo => commands::demo::run(),
    }
}
