//! Exit statuses and the reporting of errors.

use std::{
    fmt,
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anstream::{AutoStream, ColorChoice, stream::RawStream};
use clap::builder::styling::{AnsiColor, Style};

use crate::remedies;

/// The exit status of a command that ran to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All is done.
    Done = 0,
    /// Some inputs were refused, and standard error names them; or the demo broke its promise.
    Failed = 1,
    /// Done, but some members could not be checked.
    Indeterminate = 3,
    /// More rejects than allowed. Nothing was published.
    TooManyRejects = 4,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// A command line that the parser accepts but that makes no sense.
#[derive(Debug)]
pub struct WrongUsage(pub String);

impl fmt::Display for WrongUsage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for WrongUsage {}

/// An input has too little usable data, so nothing is published. The text contains the amount and the reasons.
#[derive(Debug)]
pub struct TooManyRejects(pub String);

impl fmt::Display for TooManyRejects {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for TooManyRejects {}

/// [`WrongUsage`] as a result.
pub fn wrong_usage<T>(message: impl Into<String>) -> anyhow::Result<T> {
    Err(WrongUsage(message.into()).into())
}

/// Prints an error and returns its exit status.
pub fn report(error: &anyhow::Error) -> ExitCode {
    let on_archive = error.downcast_ref().map_or_else(String::new, remedies::on_archive);
    print_error(format_args!("{error:#}{}{on_archive}", remedies::of(error)));
    if error.is::<WrongUsage>() {
        ExitCode::from(2)
    } else if error.is::<TooManyRejects>() {
        Status::TooManyRejects.into()
    } else {
        Status::Failed.into()
    }
}

/// Prints an error that does not end the run.
pub fn print_error(text: fmt::Arguments<'_>) {
    let style = AnsiColor::Red.on_default().bold();
    print_message(format_args!("{style}error:{style:#} {text}\n"));
}

/// Prints a warning, even with `--quiet`.
pub fn print_warning(text: fmt::Arguments<'_>) {
    let style = AnsiColor::Yellow.on_default().bold();
    print_message(format_args!("{style}warning:{style:#} {text}\n"));
}

/// Prints a caveat of the run, even with `--quiet`.
pub fn print_caveat(text: fmt::Arguments<'_>) {
    let style = AnsiColor::Yellow.on_default().bold();
    print_message(format_args!("{style}caveat:{style:#} {text}\n"));
}

/// Prints a question about a column, even with `--quiet`: the column may find people.
fn print_question(text: &str) {
    let style = AnsiColor::Yellow.on_default().bold();
    print_message(format_args!("{style}question:{style:#}{text}\n"));
}

/// `--quiet`: hides the output of [`print_info`] and progress bars, but no error, warning or caveat.
static IS_QUIET: AtomicBool = AtomicBool::new(false);

/// From now on, hides the output of [`print_info`] and progress bars.
pub fn set_quiet() {
    IS_QUIET.store(true, Ordering::Relaxed);
}

pub fn is_quiet() -> bool {
    IS_QUIET.load(Ordering::Relaxed)
}

/// `--verbose`: print more.
static IS_VERBOSE: AtomicBool = AtomicBool::new(false);

/// Prints more from now on.
pub fn set_verbose() {
    IS_VERBOSE.store(true, Ordering::Relaxed);
}

pub fn is_verbose() -> bool {
    IS_VERBOSE.load(Ordering::Relaxed)
}

/// Prints lines about an input: questions always, other lines unless `--quiet` is given.
pub fn print_lines(lines: &[String]) {
    for line in lines {
        if let Some(text) = line.strip_prefix("question:") {
            print_question(text);
            continue;
        }
        match line.split_once("warning:") {
            Some((indent, text)) if indent.trim().is_empty() => {
                let style = AnsiColor::Yellow.on_default().bold();
                print_unless_quiet(format_args!("{indent}{style}warning:{style:#}{text}\n"));
            }
            _ => print_info(format_args!("{line}\n")),
        }
    }
}

/// Prints progress information, unless `--quiet` is given. On a terminal it is dimmed, so results, warnings
/// and the summary stand out.
pub fn print_info(text: fmt::Arguments<'_>) {
    let style = Style::new().dimmed();
    print_unless_quiet(format_args!("{style}{text}{style:#}"));
}

/// Prints the end of a run, unless `--quiet` is given. On a terminal, a blank line precedes it.
pub fn conclude(text: fmt::Arguments<'_>) {
    let blank = if io::stderr().is_terminal() { "\n" } else { "" };
    print_unless_quiet(format_args!("{blank}{text}"));
}

/// Prints whether the work of a stopped run is kept. A terminal may show `^C` or a bar in the current line.
#[cfg(unix)]
pub fn print_end(text: &str) {
    if !text.is_empty() {
        let end = if io::stderr().is_terminal() { "\n" } else { "" };
        print_unless_quiet(format_args!("{end}{text}"));
    }
}

fn print_unless_quiet(text: fmt::Arguments<'_>) {
    if !is_quiet() {
        print_message(text);
    }
}

/// Prints to standard error. The run continues if that fails.
pub fn print_message(text: fmt::Arguments<'_>) {
    // In one write, since other programs write there too.
    let text = text.to_string();
    let _ = on_terminal(io::stderr()).write_all(text.as_bytes());
}

/// The elapsed time, if a terminal shows it. Output to a file is the same for each run.
pub fn time_for_people(start: Instant) -> Option<Duration> {
    io::stderr().is_terminal().then(|| start.elapsed())
}

/// Wraps the stream. Colours are written only to a terminal whose user does not object (`NO_COLOR`,
/// `CLICOLOR=0`, `TERM=dumb`), and never to a file or a pipe, whatever `CLICOLOR_FORCE` says.
pub fn on_terminal<S: RawStream>(stream: S) -> AutoStream<S> {
    let choice = if stream.is_terminal() { ColorChoice::Auto } else { ColorChoice::Never };
    AutoStream::new(stream, choice)
}

/// An error of writing to standard output. Its message says that output is missing.
pub fn standard_output(error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        anyhow::anyhow!(
            "standard output was closed before everything was written; name a file with --output, or \
             let the program that reads it read to the end"
        )
    } else {
        anyhow::Error::new(error).context("cannot write to standard output")
    }
}
