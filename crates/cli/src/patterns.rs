//! Patterns that stand for files, where no shell has resolved them: a job's command line has none.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use glob::{MatchOptions, Pattern};

use crate::status::WrongUsage;

/// Puts the files that fit a pattern, in the order of their names, in its place. What exists under its
/// own name is no pattern.
pub fn expand(paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let mut expanded = Vec::new();
    for path in paths.drain(..) {
        let text = path.to_string_lossy().into_owned();
        if !is_pattern(&text) {
            expanded.push(path);
            continue;
        }
        let fitting = glob::glob(&text).map_err(|error| {
            anyhow::anyhow!("{text}: not a pattern: {error}; a bracket is written as [[]")
        })?;
        let fitting: Result<Vec<PathBuf>, _> = fitting.collect();
        let fitting = fitting.with_context(|| text.clone())?;
        anyhow::ensure!(
            !fitting.is_empty(),
            "{text}: no file fits this pattern; look at the spelling, and at the folder that this runs in"
        );
        expanded.extend(fitting);
    }
    *paths = expanded;
    Ok(())
}

/// Whether a text is a pattern, and not the name of a file that exists.
fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[']) && Path::new(text).symlink_metadata().is_err()
}

/// Whether a text is a pattern that fits this path.
pub fn fits(text: &str, path: &Path) -> bool {
    let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
    is_pattern(text)
        && Pattern::new(text).is_ok_and(|pattern| pattern.matches_path_with(path, options))
}

/// Refuses a text that is meant as a pattern, but is malformed.
pub fn refuse_wrong(text: &str) -> anyhow::Result<()> {
    if !is_pattern(text) {
        return Ok(());
    }
    let refuse =
        |error| WrongUsage(format!("{text}: not a pattern: {error}; a bracket is written as [[]"));
    Pattern::new(text).map(|_| ()).map_err(refuse).map_err(Into::into)
}
