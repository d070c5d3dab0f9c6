//! Replaces patterns and archives with files. A job may run without a shell that expands patterns.

mod parts;

use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use glob::{MatchOptions, Pattern};
use leakdex_input::{Archive, file_of};

use crate::status::{WrongUsage, print_info, wrong_usage};

/// Replaces each pattern with the matching files, sorted by name, and each archive and each folder of parts
/// with the files in it. A path that exists is not a pattern.
pub fn expand(paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let mut expanded = Vec::new();
    for path in paths.drain(..) {
        if let Some(files) = of_archive(&path)? {
            expanded.extend(files);
            continue;
        }
        if let Some(files) = parts::of_folder(&path)? {
            expanded.extend(files);
            continue;
        }
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
            "{text}: no file fits this pattern; check the spelling and the current folder"
        );
        for path in parts::without_side_files(fitting)? {
            match (of_archive(&path)?, parts::of_folder(&path)?) {
                (Some(files), _) | (None, Some(files)) => expanded.extend(files),
                (None, None) => expanded.push(path),
            }
        }
    }
    *paths = expanded;
    Ok(())
}

/// Replaces an archive or a folder of parts with the only file in it.
pub fn expand_one(path: &mut PathBuf) -> anyhow::Result<()> {
    let files = of_archive(path)?;
    let files = if files.is_some() { files } else { parts::of_folder(path)? };
    match files.as_deref() {
        None => {}
        Some([only]) => only.clone_into(path),
        Some(files) => {
            let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            return wrong_usage(format!(
                "{}: has {} files, and --leak takes one: {}; make an index of them with 'leakdex build', or \
                 name one",
                path.display(),
                files.len(),
                abbreviated_list(&names)
            ));
        }
    }
    Ok(())
}

/// The files in an archive that a path or a pattern selects; `None` if the path does not lead into an
/// archive.
fn of_archive(path: &Path) -> anyhow::Result<Option<Vec<PathBuf>>> {
    let file = file_of(path);
    if !file.is_file() {
        return Ok(None);
    }
    let Some(archive) = Archive::open(file)? else { return Ok(None) };
    // Another pattern may have selected files of this archive.
    archive.refuse_other_version()?;
    let mut files: Vec<PathBuf> = archive.files().collect();
    if file != path && !files.iter().any(|file| file == path) {
        let wanted = path.strip_prefix(file)?.to_string_lossy().into_owned();
        let pattern = Pattern::new(&wanted);
        let fits = |path: &Path| {
            let path = path.strip_prefix(file).unwrap_or(path);
            pattern.as_ref().is_ok_and(|pattern| pattern.matches_path_with(path, matching()))
        };
        let fitting: Vec<PathBuf> = files.iter().filter(|file| fits(file)).cloned().collect();
        if fitting.is_empty() {
            let name = |path: &PathBuf| Some(path.strip_prefix(file).ok()?.display().to_string());
            let names: Vec<String> = files.iter().filter_map(name).collect();
            anyhow::bail!(
                "{}: no file in the archive matches; it has: {}",
                path.display(),
                abbreviated_list(&names)
            );
        }
        let others = files.len() - fitting.len();
        if others > 0 {
            let path = path.display();
            print_info(format_args!(
                "{path}: not read, since their names do not fit: {others} of its files\n"
            ));
        }
        files = fitting;
    } else if file != path {
        files = vec![path.to_owned()];
    } else if !archive.passed_over().is_empty() {
        let names = abbreviated_list(archive.passed_over());
        print_info(format_args!("{}: skipped entries without data: {names}\n", path.display()));
    }
    anyhow::ensure!(!files.is_empty(), "{}: is an archive without a file to read", path.display());
    files.iter().try_for_each(|file| archive.refuse_unreadable(file))?;
    Ok(Some(files))
}

/// The first names of a list.
pub fn abbreviated_list(names: &[String]) -> String {
    const MAX_COUNT: usize = 10;
    let shown = names.iter().take(MAX_COUNT).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MAX_COUNT { format!("{shown} …") } else { shown }
}

const fn matching() -> MatchOptions {
    MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: false,
    }
}

/// Whether a text is a pattern, and not the name of an existing file.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[']) && Path::new(text).symlink_metadata().is_err()
}

/// Whether a name or a pattern matches this input, its archive, or its folder of parts.
pub fn selects(name: &str, input: &Path) -> bool {
    let archive = file_of(input);
    selects_path(name, input) || archive != input && selects_path(name, archive)
}

fn selects_path(name: &str, input: &Path) -> bool {
    let plain = |path: &Path| -> PathBuf {
        path.components().filter(|part| *part != Component::CurDir).collect()
    };
    let (wanted, input) = (plain(Path::new(name)), plain(input));
    wanted == input || parts::is_part_of(&input, &wanted) || fits(&wanted.to_string_lossy(), &input)
}

/// Whether a text is a pattern that matches this path.
fn fits(text: &str, path: &Path) -> bool {
    is_pattern(text)
        && Pattern::new(text).is_ok_and(|pattern| pattern.matches_path_with(path, matching()))
}

/// Refuses a text that is meant as a pattern but malformed.
pub fn refuse_wrong(text: &str) -> anyhow::Result<()> {
    if !is_pattern(text) {
        return Ok(());
    }
    let refuse =
        |error| WrongUsage(format!("{text}: not a pattern: {error}; a bracket is written as [[]"));
    Pattern::new(text).map(|_| ()).map_err(refuse).map_err(Into::into)
}
