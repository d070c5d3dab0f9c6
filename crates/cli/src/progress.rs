//! A progress bar on standard error, if that is a terminal, and the messages about an input.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use leakdex::BuildProgress;
use leakdex_input::Input;

use crate::status::{is_quiet, print_lines};

const OF_FILE: &str = "{msg} {bar:30} {percent}% {binary_bytes_per_sec}, {eta} left";

/// Without the remaining time: rows that an earlier run checked are read much faster than others.
const SKIPPING: &str = "{msg} {bar:30} {percent}% skipping finished rows";

/// The progress through a file. Shows nothing with `--quiet` or without a terminal.
pub struct Progress {
    bar: ProgressBar,
    position: Arc<AtomicU64>,
}

/// Prints how an input is read, and shows the progress while `read` reads it.
pub fn show<T>(
    input: &mut Input,
    read: impl FnOnce(&mut Input, &Progress) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    print_lines(input.describe());
    let progress = Progress::new(input);
    let outcome = read(input, &progress)?;
    drop(progress);
    print_lines(input.notes());
    Ok(outcome)
}

impl Progress {
    pub fn new(input: &Input) -> Self {
        const UNKNOWN_END: &str = "{spinner} {msg} {binary_bytes}, {binary_bytes_per_sec}";
        let size = input.size();
        let bar = bar(size, if size.is_some() { OF_FILE } else { UNKNOWN_END });
        bar.set_message(input.name().to_owned());
        Self { bar, position: input.position() }
    }

    /// A bar for the work after an input was read.
    pub fn of_build() -> Self {
        const TEMPLATE: &str = "{msg} {bar:30} {percent}% {per_sec}, {eta} left";
        Self { bar: bar(Some(0), TEMPLATE), position: Arc::default() }
    }

    /// Shows the progress of a build.
    pub fn show(&self, progress: BuildProgress) {
        let (phase, done, total) = match progress {
            BuildProgress::Counting { done, total } => ("counting identifiers", done, total),
            BuildProgress::Writing { done, total } => ("writing identifiers", done, total),
            _ => return,
        };
        self.show_count(phase, done, total);
    }

    /// Shows how many of these items are done.
    pub fn show_count(&self, items: &'static str, done: u64, total: u64) {
        if done == total || self.bar.position() > done {
            self.bar.reset();
        }
        self.bar.set_message(items);
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    /// Call this when the following rows were checked by an earlier run.
    pub fn begin_skipping(&self) {
        if self.bar.length().is_some() {
            self.bar.set_style(style(SKIPPING));
        }
    }

    /// Call this when the following rows are checked by this run. The remaining time follows from their speed alone.
    pub fn end_skipping(&self) {
        if self.bar.length().is_some() {
            self.update();
            // The estimate must begin at the current position.
            self.bar.tick();
            self.bar.reset_eta();
            self.bar.set_style(style(OF_FILE));
        }
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

/// With `--quiet`, the bar is hidden from the beginning, since each change may draw it.
fn bar(length: Option<u64>, template: &str) -> ProgressBar {
    let target =
        if is_quiet() { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    ProgressBar::with_draw_target(length, target).with_style(style(template))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("it is a template")
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use super::*;

    #[test]
    fn skipped_rows_do_not_shorten_the_estimate() {
        let bar = ProgressBar::with_draw_target(Some(1_000), ProgressDrawTarget::hidden());
        let progress = Progress { bar: bar.with_style(style(OF_FILE)), position: Arc::default() };
        progress.begin_skipping();
        for done in 1..=500 {
            progress.position.store(done, Ordering::Relaxed);
            progress.update();
            thread::sleep(Duration::from_micros(50));
        }
        progress.end_skipping();
        for done in 501..=505 {
            thread::sleep(Duration::from_millis(20));
            progress.position.store(done, Ordering::Relaxed);
            progress.update();
        }
        // Five take a tenth of a second, and 495 are left.
        let left = progress.bar.eta();
        assert!(left > Duration::from_secs(5), "{left:?}");
    }
}
