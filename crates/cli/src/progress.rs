//! A progress bar on standard error, if that is a terminal, and notes for people beside it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use leakdex::BuildProgress;
use leakdex_input::Input;

use crate::status::{inform_of_lines, is_quiet};

/// How far a file has been read. Shows nothing if it is to be quiet or there is no terminal.
pub struct Progress {
    bar: ProgressBar,
    position: Arc<AtomicU64>,
}

/// Tells people how an input is read and how far it is, while `read` reads it.
pub fn show<T>(
    input: &mut Input,
    read: impl FnOnce(&mut Input, &Progress) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    inform_of_lines(input.describe());
    let progress = Progress::new(input);
    let outcome = read(input, &progress)?;
    drop(progress);
    inform_of_lines(input.notes());
    Ok(outcome)
}

impl Progress {
    pub fn new(input: &Input) -> Self {
        const TEMPLATE: &str = "{msg} {bar:30} {percent}% {binary_bytes_per_sec}, {eta} left";
        const UNKNOWN_END: &str = "{spinner} {msg} {binary_bytes}, {binary_bytes_per_sec}";
        let size = input.size();
        let bar = bar(size, if size.is_some() { TEMPLATE } else { UNKNOWN_END });
        bar.set_message(input.name().to_owned());
        Self { bar, position: input.position() }
    }

    /// Of what comes after an input was read.
    pub fn of_build() -> Self {
        const TEMPLATE: &str = "{msg} {bar:30} {percent}% {per_sec}, {eta} left";
        Self { bar: bar(Some(0), TEMPLATE), position: Arc::default() }
    }

    /// Shows how far a build is.
    pub fn show(&self, progress: BuildProgress) {
        let (phase, done, total) = match progress {
            BuildProgress::Counting { done, total } => ("counting identifiers", done, total),
            BuildProgress::Writing { done, total } => ("writing identifiers", done, total),
            _ => return,
        };
        self.show_of(phase, done, total);
    }

    /// Shows how many things are done.
    pub fn show_of(&self, things: &'static str, done: u64, total: u64) {
        if done == total || self.bar.position() > done {
            self.bar.reset();
        }
        self.bar.set_message(things);
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

/// A bar on standard error, which shows nothing where that is no terminal. It is hidden from the beginning if
/// all is to be quiet: each change of it may draw it.
fn bar(length: Option<u64>, template: &str) -> ProgressBar {
    let target =
        if is_quiet() { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template(template).expect("it is a template");
    ProgressBar::with_draw_target(length, target).with_style(style)
}
