//! The command `leakdex`: which of an insurer's members are in a leak.
//!
//! `main` reads the command line and turns what came of the command into an exit status; each
//! command is a file in `commands/`.

mod args;
mod breach_file;
mod clock;
mod commands;
mod demo;
mod findings;
mod input;
mod output;
mod pipeline;
mod progress;
mod rejects;
mod status;
mod summary;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use args::{Arguments, Command};
use status::Status;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return args::report(&error),
    };
    match run(&arguments) {
        Ok(status) => status.into(),
        Err(error) => status::report(&error),
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.global.threads.map_or(0, usize::from))
        .build_global()
        .context("cannot start the threads")?;
    let quiet = arguments.global.quiet;
    match &arguments.command {
        Command::Keygen(arguments) => commands::keygen::run(arguments),
        Command::Build(arguments) => commands::build::run(arguments, quiet),
        Command::Check(arguments) => commands::check::run(arguments, quiet),
        Command::Lookup(arguments) => commands::lookup::run(arguments),
        Command::Normalize(arguments) => commands::normalize::run(arguments),
        Command::Inspect(arguments) => commands::inspect::run(arguments),
        Command::Verify(arguments) => commands::verify::run(arguments),
        Command::Demo => commands::demo::run(),
    }
}
