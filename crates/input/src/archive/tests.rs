//! Tests with archives as common programs write them, and with damaged and malicious ones.

mod build;
mod tars;
mod zips;

use std::{fs, io::Read as _, path::PathBuf};

use tempfile::TempDir;

use super::*;
use crate::unpack::tests::gzip;
use build::{Entry, tar, tar_entry, zip};

/// A folder with an archive.
struct TestArchive {
    folder: TempDir,
    path: PathBuf,
}

impl TestArchive {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        Self { folder, path }
    }

    /// The names of the files in it.
    fn names(&self) -> Vec<String> {
        let archive = Archive::open(&self.path).expect("it can be read").expect("it is an archive");
        let name = |path: PathBuf| {
            let name = path.strip_prefix(&self.path).expect("it is in the archive").to_owned();
            name.to_str().expect("UTF-8").replace('\\', "/")
        };
        archive.files().map(name).collect()
    }

    fn passed_over(&self) -> Vec<String> {
        let archive = Archive::open(&self.path).expect("it can be read").expect("it is an archive");
        archive.passed_over().to_vec()
    }

    /// The content of a file in it.
    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        let (mut reader, size) =
            open_raw(&self.path.join(name)).map_err(|error| error.to_string())?;
        let mut content = Vec::new();
        reader.read_to_end(&mut content).map_err(|error| error.to_string())?;
        assert_eq!(content.len() as u64, size, "{name}");
        Ok(content)
    }

    /// The error when the archive is opened.
    fn refusal(&self) -> String {
        match Archive::open(&self.path) {
            Ok(None) => "no archive".to_owned(),
            Ok(Some(_)) => panic!("it is an archive"),
            Err(error) => error.to_string(),
        }
    }
}

#[test]
fn plain_files_compressed_files_and_folders_are_not_archives() {
    for bytes in
        [&b"E-Mail\na@example.org\n"[..], b"", &gzip(b"E-Mail\na@example.org\n"), b"\x1F\x8B\x08"]
    {
        let test_archive = TestArchive::new("a", bytes);
        assert!(Archive::open(&test_archive.path).expect("it can be read").is_none());
        assert!(Archive::open(test_archive.folder.path()).expect("it can be read").is_none());
    }
}

#[test]
fn an_input_in_an_archive_is_distinguished_from_a_missing_file() {
    let test_archive = TestArchive::new("a.zip", &zip(&[Entry::new("b/c.csv", b"x")]));
    let inner = test_archive.path.join("b/c.csv");
    assert_eq!(file_of(&inner), test_archive.path);
    assert_eq!(file_of(&test_archive.path), test_archive.path);
    let missing = test_archive.folder.path().join("no/such.csv");
    assert_eq!(file_of(&missing), missing);
    assert!(matches!(located(&missing), Err(InputProblem::Missing)));
    let plain = TestArchive::new("a.csv", b"x");
    assert!(open_raw(&plain.path.join("b")).is_err());
    let message = test_archive.read("b/d.csv").expect_err("there is none");
    assert!(message.contains("no such file; files in it: 'b/c.csv'"), "{message}");
}

/// Files of a compressed archive can be read in any order and any number of times.
#[test]
fn files_of_a_compressed_tar_archive_are_read_in_any_order() {
    let content = |number: usize| format!("{number}\n").repeat(number * 700).into_bytes();
    let entry = |number: usize| tar_entry(&format!("{number}.csv"), b'0', &content(number));
    let test_archive = TestArchive::new("a.tar.gz", &gzip(&tar(&[entry(1), entry(2), entry(3)])));
    for number in [1, 2, 3, 3, 1, 2, 2, 1] {
        assert!(
            test_archive.read(&format!("{number}.csv")).expect("sound") == content(number),
            "{number}"
        );
    }
    // Two readers at the same time. One does not read to the end.
    let (mut one, _) = open_raw(&test_archive.path.join("2.csv")).expect("sound");
    let mut start = vec![0; 10];
    one.read_exact(&mut start).expect("sound");
    assert!(test_archive.read("3.csv").expect("sound") == content(3));
    drop(one);
    assert!(test_archive.read("2.csv").expect("sound") == content(2));
}

#[test]
fn a_rewritten_archive_is_listed_again() {
    let test_archive =
        TestArchive::new("a.tar.gz", &gzip(&tar(&[tar_entry("a.csv", b'0', b"one")])));
    assert_eq!(test_archive.read("a.csv").expect("sound"), b"one");
    fs::write(&test_archive.path, gzip(&tar(&[tar_entry("a.csv", b'0', b"another")])))
        .expect("written");
    assert_eq!(test_archive.read("a.csv").expect("sound"), b"another");
}

#[test]
fn an_archive_with_too_many_names_is_refused() {
    let mut found = EntryList::<u64>::new();
    let long = vec![b'x'; 1 << 20];
    let outcome = (0..20).try_for_each(|_| found.push(&long, 1, Ok(0)));
    assert!(matches!(outcome, Err(InputProblem::Refused(..))));
    let mut found = EntryList::<u64>::new();
    let outcome = (0..=MAX_FILES).try_for_each(|_| found.push(b"x", 1, Ok(0)));
    assert!(matches!(outcome, Err(InputProblem::Refused(..))));
}
