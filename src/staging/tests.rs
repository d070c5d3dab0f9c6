use std::collections::BTreeSet;

use tempfile::TempDir;

use super::{
    faults::{Fault, with_fault},
    *,
};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("it is there");
    entries.map(|entry| entry.expect("read").file_name().to_string_lossy().into_owned()).collect()
}

fn write(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut staged = Staged::create(target)?;
    staged.write_all(bytes)?;
    staged.sync()?;
    staged.publish()
}

#[test]
fn whatever_step_fails_the_target_is_the_whole_old_file_or_the_whole_new_one() {
    let (old, new) = (vec![1; 10_000], vec![2; 20_000]);
    for fault in [Fault::Once, Fault::ForEver] {
        let mut failures = 0;
        for step in 0.. {
            let folder = folder();
            let target = folder.path().join("a.leakdex");
            fs::write(&target, &old).expect("written");
            let (outcome, has_struck) = with_fault(step, fault, || write(&target, &new));
            let content = fs::read(&target).expect("it is there");
            if !has_struck {
                outcome.expect("nothing failed");
                assert!(content == new);
                break;
            }
            failures += 1;
            let error = outcome.expect_err("a step failed");
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
            assert!(content == old || content == new, "{fault:?} at {step}");

            let names = names_in(folder.path());
            if fault == Fault::Once {
                assert_eq!(names, BTreeSet::from(["a.leakdex".into()]), "at {step}");
            }
            write(&target, &new).expect("the next run finds nothing in its way");
            assert!(fs::read(&target).expect("it is there") == new);
            let names = names_in(folder.path());
            assert_eq!(names, BTreeSet::from(["a.leakdex".into()]), "{fault:?} at {step}");
        }
        assert!(failures >= 8, "create, five writes, sync, rename and the folder: {failures}");
    }
}

#[test]
fn a_second_writer_is_told_and_the_first_one_is_not_disturbed() {
    let folder = folder();
    let target = folder.path().join("a.leakdex");
    let mut first = Staged::create(&target).expect("nobody else writes");
    first.write_all(b"first").expect("there is room");
    let error = write(&target, b"second").expect_err("the first one is not done");
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
    first.publish().expect("it is finished");
    assert_eq!(fs::read(&target).expect("it is there"), b"first");
    write(&target, b"second").expect("now it is free");
    assert_eq!(fs::read(&target).expect("it is there"), b"second");
}

#[test]
fn of_many_writers_at_once_each_is_told_or_publishes_all_of_its_own() {
    let folder = folder();
    let target = folder.path().join("a.leakdex");
    let writers: Vec<_> = (1..=4_u8)
        .map(|writer| {
            let target = target.clone();
            std::thread::spawn(move || {
                let outcomes = (0..200).map(|_| write(&target, &[writer; 5000]));
                outcomes.fold((0, 0), |(published, told), outcome| match outcome {
                    Ok(()) => {
                        let bytes = fs::read(&target).expect("somebody published");
                        assert!(bytes.len() == 5000 && bytes.iter().all(|&b| b == bytes[0]));
                        (published + 1, told)
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
                        (published, told + 1)
                    }
                })
            })
        })
        .collect();
    let counts = writers.into_iter().map(|writer| writer.join().expect("no assertion failed"));
    let (published, told) = counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    assert_eq!(published + told, 800);
    assert!(published > 0);
    assert_eq!(names_in(folder.path()), BTreeSet::from(["a.leakdex".into()]));
}

#[test]
fn what_a_dead_writer_left_is_removed_and_never_read() {
    let folder = folder();
    let target = folder.path().join("a.leakdex");
    fs::write(folder.path().join(".a.leakdex.leakdex-part"), b"half an index").expect("written");
    write(&target, b"whole").expect("the leftover is in nobody's use");
    assert_eq!(fs::read(&target).expect("it is there"), b"whole");
    assert_eq!(names_in(folder.path()), BTreeSet::from(["a.leakdex".into()]));
}

#[test]
fn a_name_of_the_greatest_length_can_be_written() {
    let folder = folder();
    let name = "ü".repeat(127);
    write(&folder.path().join(&name), b"whole").expect("the other name is shorter");
    assert_eq!(names_in(folder.path()), BTreeSet::from([name]));
}

#[cfg(unix)]
#[test]
fn a_link_in_the_staged_files_place_is_neither_followed_nor_removed() {
    let folder = folder();
    let (target, other) = (folder.path().join("a.leakdex"), folder.path().join("other"));
    fs::write(&other, b"precious").expect("written");
    let link = folder.path().join(".a.leakdex.leakdex-part");
    std::os::unix::fs::symlink(&other, &link).expect("linked");
    let error = write(&target, b"whole").expect_err("somebody else put that there");
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&other).expect("it is there"), b"precious");
    assert!(link.is_symlink());
}

#[cfg(unix)]
#[test]
fn a_link_to_the_target_stays() {
    let folder = folder();
    let (target, link) = (folder.path().join("a.leakdex"), folder.path().join("link"));
    fs::write(&target, b"old").expect("written");
    std::os::unix::fs::symlink(&target, &link).expect("linked");
    write(&link, b"new").expect("the link names a file");
    assert!(link.is_symlink());
    assert_eq!(fs::read(&target).expect("it is there"), b"new");
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_it_from_the_beginning() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let staged = Staged::create(&folder.path().join("a.leakdex")).expect("nobody else writes");
    let unnamed = unnamed_in(folder.path()).expect("there is room");
    for file in [&staged.file, &unnamed] {
        let mode = file.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn what_is_no_file_is_not_replaced() {
    let folder = folder();
    let error = Staged::create(folder.path()).expect_err("a folder stands there");
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
}

#[test]
fn a_file_that_was_removed_by_hand_gives_nobody_elses_its_name() {
    let folder = folder();
    let target = folder.path().join("findings.csv");
    let mut first = Staged::create(&target).expect("nobody else writes");
    first.write_all(b"whole").expect("there is room");
    fs::remove_file(folder.path().join(".findings.csv.leakdex-part")).expect("it was there");
    let mut second = Staged::create(&target).expect("nobody holds that name");
    second.write_all(b"half").expect("there is room");
    let error = first.publish().expect_err("what stands there is another's");
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
    assert!(!target.exists());
    second.publish().expect("it is its own");
    assert_eq!(fs::read(&target).expect("it is there"), b"half");
}
