use std::{collections::BTreeSet, io::Write as _};

use tempfile::TempDir;

use super::*;
use crate::faults::{Fault, with_fault};

const NAMES: [&str; 3] = ["a/1", "a/2", "index"];

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Everything in a folder, including subfolders.
fn names_in(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("it is there") {
        let entry = entry.expect("read");
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            names
                .extend(names_in(&entry.path()).into_iter().map(|inner| format!("{name}/{inner}")));
        }
        names.insert(name);
    }
    names
}

fn fill(target: &Path) -> io::Result<StagedFolder> {
    let staged = StagedFolder::create(target)?;
    staged.create_folder("a")?;
    for name in NAMES {
        staged.create_file(name)?.write_all(b"text")?;
    }
    staged.sync()?;
    Ok(staged)
}

fn write(target: &Path) -> io::Result<()> {
    fill(target)?.publish()
}

fn whole() -> BTreeSet<String> {
    NAMES
        .iter()
        .map(|name| format!("letters/{name}"))
        .chain(["letters", "letters/a"].map(Into::into))
        .collect()
}

#[test]
fn if_any_step_fails_the_folder_is_whole_or_absent() {
    for fault in [Fault::Once, Fault::ForEver] {
        let mut failures = 0;
        for step in 0.. {
            let folder = folder();
            let target = folder.path().join("letters");
            let (outcome, has_struck) = with_fault(step, fault, || write(&target));
            if !has_struck {
                outcome.expect("nothing failed");
                assert_eq!(names_in(folder.path()), whole());
                break;
            }
            failures += 1;
            outcome.expect_err("a step failed");
            let names = names_in(folder.path());
            if target.exists() {
                assert_eq!(names, whole(), "{fault:?} at {step}");
                continue;
            }
            if fault == Fault::Once {
                assert_eq!(names, BTreeSet::new(), "at {step}");
            }
            write(&target).expect("the next run finds nothing in its way");
            assert_eq!(names_in(folder.path()), whole(), "{fault:?} at {step}");
        }
        assert!(failures >= 8, "create, a folder, three files, sync, rename, sync: {failures}");
    }
}

#[test]
fn a_second_writer_gets_an_error_and_the_first_one_is_not_disturbed() {
    let folder = folder();
    let target = folder.path().join("letters");
    let first = fill(&target).expect("nobody else writes");
    let error = write(&target).expect_err("the first one is not done");
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
    first.publish().expect("it is finished");
    assert_eq!(names_in(folder.path()), whole());
}

#[test]
fn the_remains_of_a_dead_writer_are_removed_whether_folder_or_file() {
    let folder = folder();
    let left = folder.path().join(".letters.leakdex-part");
    fs::create_dir_all(left.join("0001")).expect("the folder is ours");
    fs::write(left.join("0001/old"), "old").expect("the folder is ours");
    write(&folder.path().join("letters")).expect("nobody holds its lock");
    assert_eq!(names_in(folder.path()), whole());

    fs::write(folder.path().join(".next.leakdex-part"), "old").expect("the folder is ours");
    write(&folder.path().join("next")).expect("nobody holds its lock");
    assert!(!folder.path().join(".next.leakdex-part").exists());
}

#[test]
fn an_empty_folder_is_replaced_and_a_full_one_or_a_file_is_not() {
    let folder = folder();
    let target = folder.path().join("letters");
    fs::create_dir(&target).expect("the folder is ours");
    write(&target).expect("it is empty");
    assert_eq!(names_in(folder.path()), whole());

    let error = write(&target).expect_err("it is not empty");
    assert_eq!(error.kind(), io::ErrorKind::DirectoryNotEmpty);
    let error = write(&target.join("index")).expect_err("a file is there");
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(names_in(folder.path()), whole());
}

#[test]
fn a_folder_that_was_filled_meanwhile_is_not_replaced() {
    let folder = folder();
    let target = folder.path().join("letters");
    let staged = fill(&target).expect("nobody else writes");
    fs::create_dir(&target).expect("the folder is ours");
    fs::write(target.join("own"), "own").expect("the folder is ours");
    staged.publish().expect_err("something is in it");
    let left = ["letters", "letters/own"].map(Into::into);
    assert_eq!(names_in(folder.path()), BTreeSet::from(left));
}

#[test]
#[cfg(unix)]
fn only_the_owner_can_read_the_content_of_a_folder() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let staged = fill(&folder.path().join("letters")).expect("nobody else writes");
    let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    let in_it = |name| mode(&staged.path.join(name));
    assert_eq!((mode(&staged.path), in_it("a")), (0o700, 0o700));
    assert_eq!((in_it("a/1"), in_it("index")), (0o600, 0o600));
}

#[test]
#[cfg(unix)]
fn the_root_of_a_file_system_is_not_a_place_for_a_folder() {
    assert!(is_mounted(Path::new("/")).expect("it is there"));
    assert!(!is_mounted(folder().path()).expect("it is there"));
}

#[test]
fn the_content_of_a_folder_can_be_synced_one_file_after_the_other() {
    let folder = folder();
    let staged = fill(&folder.path().join("letters")).expect("nobody else writes");
    sync_all_in(&staged.path).expect("it can be read");
}
