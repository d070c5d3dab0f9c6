//! Refuses a file that is given twice, by its path or by its content.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Read as _},
    path::PathBuf,
};

use anyhow::Context as _;

use crate::status::wrong_usage;

/// The number of first bytes that are compared; they differ in most files.
const BEGINNING: u64 = 4096;

/// Refuses two files that are the same: each of their rows would count twice.
///
/// Only regular files of equal size and beginning are read and compared.
pub fn refuse_repeated(files: &[PathBuf]) -> anyhow::Result<()> {
    let mut alike = HashMap::<(u64, Vec<u8>), Vec<&PathBuf>>::new();
    let mut places = HashMap::new();
    for file in files {
        let Ok(metadata) = fs::metadata(file) else { continue };
        if !metadata.is_file() || metadata.len() == 0 {
            continue;
        }
        let failed = || format!("{}: cannot be read", file.display());
        let place = fs::canonicalize(file).with_context(failed)?;
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
        let read =
            File::open(file).and_then(|file| file.take(BEGINNING).read_to_end(&mut beginning));
        read.with_context(failed)?;
        let others = alike.entry((metadata.len(), beginning)).or_default();
        for other in &*others {
            let is_same = has_same_bytes(other, file).with_context(failed)?;
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

fn has_same_bytes(one: &PathBuf, other: &PathBuf) -> io::Result<bool> {
    let open = |path| Ok::<_, io::Error>(BufReader::with_capacity(1 << 17, File::open(path)?));
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
    fn files_that_differ_in_their_last_byte_alone_are_two_files() {
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
    fn empty_files_and_missing_ones_are_no_copies_of_each_other() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let paths = ["one", "other"].map(|name| folder.path().join(name));
        assert!(refuse_repeated(&paths).is_ok(), "there are none");
        paths.iter().for_each(|path| fs::write(path, "").expect("written"));
        assert!(refuse_repeated(&paths).is_ok());
    }
}
