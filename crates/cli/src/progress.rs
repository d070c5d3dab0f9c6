//! A progress bar on standard error, if that is a terminal, and notes for people beside it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use indicatif::{ProgressBar, ProgressStyle};
use leakdex::BuildProgress;
use leakdex_input::Input;

use crate::status::tell_line;

/// How far a file has been read. Shows nothing if it is to be quiet or there is no terminal.
pub struct Progress {
    bar: ProgressBar,
    position: Arc<AtomicU64>,
}

impl Progress {
    pub fn new(input: &Input, quiet: bool) -> Self {
        let bar = match (quiet, input.size()) {
            (true, _) => ProgressBar::hidden(),
            // Draws to standard error, and not at all where that is no terminal.
            (false, Some(size)) => ProgressBar::new(size).with_style(
                ProgressStyle::with_template(
                    "{msg} {bar:30} {percent}% {binary_bytes_per_sec}, {eta} left",
                )
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
            ),
            (false, None) => ProgressBar::new_spinner().with_style(
                ProgressStyle::with_template(
                    "{spinner} {msg} {binary_bytes}, {binary_bytes_per_sec}",
                )
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
            ),
        };
        bar.set_message(input.name().to_owned());
        Self { bar, position: input.position() }
    }

    /// Of what comes after an input was read.
    pub fn of_build(quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
        let style = ProgressStyle::with_template("{msg} {bar:30} {percent}% {per_sec}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, position: Arc::default() }
    }

    /// Shows how far a build is.
    pub fn show(&self, progress: BuildProgress) {
        let (phase, done, total) = match progress {
            BuildProgress::Counting { done, total } => ("counting", done, total),
            BuildProgress::Writing { done, total } => ("writing", done, total),
            _ => return,
        };
        if done == total || self.bar.position() > done {
            self.bar.reset();
        }
        self.bar.set_message(format!("{phase} identifiers"));
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    pub fn update(&self) {
        self.bar.set_position(self.position.load(Ordering::Relaxed));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Says what was taken of an input and what is mapped to what, before the work starts.
pub fn announce(input: &Input, quiet: bool) {
    if !quiet {
        input.describe().iter().for_each(|line| tell_line(line));
    }
}

/// Says what turned out while reading.
pub fn announce_notes(input: &Input, quiet: bool) {
    if !quiet {
        input.notes().iter().for_each(|line| tell_line(line));
    }
}
