//! Exit statuses and the way errors are told.

use std::{
    fmt,
    io::{self, Write as _},
    process::ExitCode,
};

/// What came of a command that ran to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All is done.
    Done,
    /// Some inputs were refused; standard error says which.
    Failed,
    /// Done, but some members could not be checked.
    Indeterminate,
    /// More rejects than allowed; nothing was published.
    TooManyRejects,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Done => 0,
            Status::Failed => FAILED,
            Status::Indeterminate => 3,
            Status::TooManyRejects => 4,
        })
    }
}

const FAILED: u8 = 1;
const WRONG_USAGE: u8 = 2;

/// A command line that the parser takes and that makes no sense.
#[derive(Debug)]
pub struct WrongUsage(pub String);

impl fmt::Display for WrongUsage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for WrongUsage {}

/// Tells an error and gives its exit status.
pub fn report(error: &anyhow::Error) -> ExitCode {
    tell(format_args!("error: {error:#}\n"));
    let usage = error.downcast_ref::<WrongUsage>().is_some();
    ExitCode::from(if usage { WRONG_USAGE } else { FAILED })
}

/// Tells something to people, on standard error. A run goes on if nobody can hear it.
pub fn tell(text: fmt::Arguments<'_>) {
    let _ = io::stderr().lock().write_fmt(text);
}

/// An error of writing to standard output, told so that one knows that something is missing.
pub fn standard_output(error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        anyhow::anyhow!("standard output was closed before everything was written")
    } else {
        anyhow::Error::new(error).context("cannot write to standard output")
    }
}
