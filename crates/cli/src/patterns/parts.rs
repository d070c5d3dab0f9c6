//! Folders that hold one table in parts, as Spark, Dask and `DuckDB` write them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use leakdex_input::has_no_rows;

use crate::status::inform;

/// The files in a folder whose files are all Parquet or Arrow by their names, sorted; `None` for anything else,
/// which is an error once it is opened. Files whose names begin with `.` or `_` are beside the table.
///
/// Writers leave parts without rows, which are passed over.
pub fn of_folder(path: &Path) -> anyhow::Result<Option<Vec<PathBuf>>> {
    if !cfg!(feature = "parquet") || !path.is_dir() {
        return Ok(None);
    }
    let at = || path.display().to_string();
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(at)? {
        let entry = entry.with_context(at)?;
        let (file, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if name.starts_with(['.', '_']) {
            continue;
        }
        // Spark and Hive may write a folder for each value of a column, which is in no file then.
        anyhow::ensure!(
            !file.is_dir() || !name.contains('='),
            "{}: is split into folders by the values of a column, which are in none of the files; write it again \
             without such folders",
            path.display()
        );
        if !file.is_file() || !is_columnar(&name) {
            return Ok(None);
        }
        files.push(file);
    }
    if files.is_empty() {
        return Ok(None);
    }
    files.sort();
    let count = files.len();
    let (empty, mut filled): (Vec<PathBuf>, Vec<PathBuf>) =
        files.into_iter().partition(|file| has_no_rows(file));
    // The error of a file without rows says what is wrong with the whole.
    if filled.is_empty() {
        filled.extend(empty.into_iter().take(1));
    }
    let without = count - filled.len();
    let also = if without > 0 {
        format!("; {without} without rows are passed over")
    } else {
        String::new()
    };
    inform(format_args!("{}: files in the folder: {count}{also}\n", path.display()));
    Ok(Some(filled))
}

fn is_columnar(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    ["parquet", "arrow", "arrows", "feather", "ipc"].contains(&&*ending)
}
