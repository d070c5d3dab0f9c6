//! Patterns that stand for files, where no shell has resolved them: a job's command line has none.

use std::path::PathBuf;

/// Puts the files that fit a pattern, in the order of their names, in its place. What exists under its
/// own name is no pattern.
pub fn expand(paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let mut expanded = Vec::new();
    for path in paths.drain(..) {
        let text = path.to_string_lossy();
        if !text.contains(['*', '?', '[']) || path.symlink_metadata().is_ok() {
            expanded.push(path);
            continue;
        }
        let fitting: Result<Vec<PathBuf>, _> = match glob::glob(&text) {
            Ok(fitting) => fitting.collect(),
            Err(error) => {
                anyhow::bail!("{text}: not a pattern: {error}; a bracket is written as [[]")
            }
        };
        let fitting = fitting
            .map_err(|error| anyhow::Error::from(error).context(text.clone().into_owned()))?;
        anyhow::ensure!(
            !fitting.is_empty(),
            "{text}: no file fits this pattern; look at the spelling, and at the folder that this runs in"
        );
        expanded.extend(fitting);
    }
    *paths = expanded;
    Ok(())
}
