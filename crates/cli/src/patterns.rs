//! Patterns that stand for files, where no shell has resolved them: a job's command line has none.

use std::path::PathBuf;

use anyhow::Context as _;

/// Puts the files that fit a pattern, in the order of their names, in its place. What exists under its
/// own name is no pattern.
pub fn expand(paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let mut expanded = Vec::new();
    for path in paths.drain(..) {
        let text = path.to_string_lossy().into_owned();
        if !text.contains(['*', '?', '[']) || path.symlink_metadata().is_ok() {
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
