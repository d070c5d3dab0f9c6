//! Refuses a file that is given twice, by path or by content. A file in an archive counts as a file.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use leakdex_input::{file_of, open_raw};

use crate::status::wrong_usage;

/// The number of leading bytes to compare. They differ in most files.
const BEGINNING: u64 = 4096;

/// Refuses two identical files, whose rows would count twice.
///
/// Only regular files and files in archives are compared, and only if they agree in size and beginning.
pub fn refuse_repeated(files: &[PathBuf]) -> anyhow::Result<()> {
    let mut alike = HashMap::<(u64, Vec<u8>), Vec<&PathBuf>>::new();
    let mut places = HashMap::new();
    for file in files {
        let on_disk = file_of(file);
        if !on_disk.is_file() {
            continue;
        }
        let failed = || format!("{}: cannot be read", file.display());
        let mut place = fs::canonicalize(on_disk).with_context(failed)?;
        place.extend(file.strip_prefix(on_disk));
        let (mut reader, size) = open_raw(file)?;
        if size == 0 {
            continue;
        }
        if let Some(other) = places.insert(place, file) {
            return wrong_usage(if other == file {
                format!(
                    "{} is given twice, and each of its rows would count twice; give it once",
                    file.display()
                )
            } else {
                format!(
                    "{} and {} are the same file, and each of its rows would count twice; give one of them",
                    other.display(),
                    file.display()
                )
            });
        }
        let mut beginning = Vec::new();
        reader.by_ref().take(BEGINNING).read_to_end(&mut beginning).with_context(failed)?;
        drop(reader);
        let others = alike.entry((size, beginning)).or_default();
        for other in &*others {
            let is_same = has_same_bytes(other, file)?;
            anyhow::ensure!(
                !is_same,
                "{} and {} have the same content, and each of its rows would count twice; give one of them",
                other.display(),
                file.display()
            );
        }
        others.push(file);
    }
    Ok(())
}

fn has_same_bytes(one: &Path, other: &Path) -> anyhow::Result<bool> {
    let open = |path| anyhow::Ok(BufReader::with_capacity(1 << 17, open_raw(path)?.0));
    let (mut one, mut other) = (open(one)?, open(other)?);
    loop {
        let (left, right) = (one.fill_buf()?, other.fill_buf()?);
        let length = left.len().min(right.len());
        if length == 0 {
            return Ok(left.is_empty() && right.is_empty());
        }
        if left[..length] != right[..length] {
            return Ok(false);
        }
        one.consume(length);
        other.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_differ_in_the_last_byte_are_different() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, content).expect("written");
            path
        };
        let content = b"E-Mail\n".repeat(100_000);
        let mut changed = content.clone();
        changed[content.len() - 2] = b'x';
        let (one, other) = (write("one", &content), write("other", &changed));
        assert!(refuse_repeated(&[one.clone(), other.clone()]).is_ok());
        let copy = write("copy", &content);
        let refused = refuse_repeated(&[one, other, copy]).expect_err("two are the same");
        assert!(refused.to_string().contains("copy have the same content"), "{refused}");
    }

    #[test]
    fn empty_and_missing_files_are_not_duplicates() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let paths = ["one", "other"].map(|name| folder.path().join(name));
        assert!(refuse_repeated(&paths).is_ok(), "there are none");
        paths.iter().for_each(|path| fs::write(path, "").expect("written"));
        assert!(refuse_repeated(&paths).is_ok());
    }
}
