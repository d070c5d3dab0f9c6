//! Folders that hold one table in parts, as Spark, Dask and `DuckDB` write them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use leakdex_input::parquet_rows;

use crate::{
    human::by_number,
    status::{print_info, print_warning},
};

/// The sorted files of a folder whose files are all Parquet or Arrow by name. Returns `None` for anything
/// else, which fails when it is opened. Files whose names begin with `.` or `_` do not belong to the table.
///
/// Writers leave parts without rows. They are skipped.
pub fn of_folder(path: &Path) -> anyhow::Result<Option<Vec<PathBuf>>> {
    if !cfg!(feature = "parquet") || !path.is_dir() {
        return Ok(None);
    }
    let at = || path.display().to_string();
    refuse_managed(path)?;
    let (mut files, mut side_files) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(path).with_context(at)? {
        let entry = entry.with_context(at)?;
        let (file, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if is_hidden(&name) {
            if is_columnar(&name) || file.is_dir() {
                side_files.push(name);
            }
            continue;
        }
        // Spark and Hive may write a folder per value of a column. The files then lack that column.
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
        files.into_iter().partition(|file| parquet_rows(file) == Some(0));
    // If all parts are empty, the error of the first one describes the fault.
    if filled.is_empty() {
        filled.extend(empty.into_iter().take(1));
    }
    let without = count - filled.len();
    let also = if without > 0 {
        format!("; {without} without rows {} passed over", by_number(without as u64, "is", "are"))
    } else {
        String::new()
    };
    print_info(format_args!("{}: files in the folder: {count}{also}\n", path.display()));
    if !side_files.is_empty() {
        // These files may hold rows.
        side_files.sort();
        print_warning(format_args!(
            "{}: not read, since their names begin with '.' or '_': {}",
            path.display(),
            super::abbreviated_list(&side_files)
        ));
    }
    Ok(Some(filled))
}

/// Refuses a folder whose rows only a table format can determine, and a folder whose write is incomplete.
pub fn refuse_managed(path: &Path) -> anyhow::Result<()> {
    const MARKERS: [(&str, &str); 4] = [
        ("_delta_log", "a Delta table"),
        (".hoodie", "a Hudi table"),
        ("_spark_metadata", "the output of a Spark stream"),
        ("metadata", "an Iceberg table"),
    ];
    const UNFINISHED: [&str; 3] = ["_temporary", ".spark-staging", ".hive-staging"];
    let at = || path.display().to_string();
    let mut names = Vec::new();
    for entry in fs::read_dir(path).with_context(at)? {
        names.push(entry.with_context(at)?.file_name().to_string_lossy().into_owned());
    }
    for (marker, format) in MARKERS {
        let is_table = names.iter().any(|name| name == marker)
            && fs::metadata(path.join(marker)).with_context(at)?.is_dir();
        anyhow::ensure!(
            !is_table,
            "{}: is {format}, in which only the folder '{marker}' records which files are current; write its \
             current state to a separate folder, or read it in Python or Spark",
            path.display()
        );
    }
    // Databricks marks a write at its start and at its end.
    let is_uncommitted = |name: &str| {
        let run = name.strip_prefix("_started_");
        run.is_some_and(|run| !names.contains(&format!("_committed_{run}")))
    };
    let unfinished = names.iter().find(|name| {
        UNFINISHED.iter().any(|start| name.starts_with(start)) || is_uncommitted(name)
    });
    if let Some(name) = unfinished {
        anyhow::bail!(
            "{}: has '{name}': a program is still writing the folder, or has failed; wait until it has ended, or \
             write the folder again",
            path.display()
        );
    }
    Ok(())
}

/// Removes files that writers leave beside a table, such as checksums, from the matches of a pattern.
pub fn without_side_files(files: Vec<PathBuf>) -> anyhow::Result<Vec<PathBuf>> {
    if !cfg!(feature = "parquet") {
        return Ok(files);
    }
    let is_part = |path: &PathBuf| !is_hidden(&name_of(path)) && is_columnar(&name_of(path));
    let parts = files.iter().filter(|path| is_part(path));
    let folders: BTreeSet<PathBuf> =
        parts.filter_map(|path| Some(path.parent()?.to_owned())).collect();
    for folder in &folders {
        refuse_managed(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?;
    }
    let is_beside = |path: &PathBuf| {
        let name = name_of(path);
        let is_of_writer = name.starts_with('.') && name.rsplit('.').next() == Some("crc")
            || ["_SUCCESS", "_started_", "_committed_"].iter().any(|start| name.starts_with(start));
        is_of_writer && path.parent().is_some_and(|folder| folders.contains(folder))
    };
    Ok(files.into_iter().filter(|path| !is_beside(path)).collect())
}

/// Whether a file is one of the parts in this folder.
pub fn is_part_of(file: &Path, folder: &Path) -> bool {
    file.parent() == Some(folder) && is_columnar(&name_of(file))
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn is_hidden(name: &str) -> bool {
    name.starts_with(['.', '_'])
}

fn is_columnar(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    ["parquet", "arrow", "arrows", "feather", "ipc"].contains(&&*ending)
}
