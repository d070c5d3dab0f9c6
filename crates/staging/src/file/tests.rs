use std::collections::BTreeSet;

use tempfile::TempDir;

use super::*;
use crate::faults::{Fault, with_fault};

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
fn if_any_step_fails_the_target_is_the_whole_old_or_the_whole_new_file() {
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
fn a_second_writer_gets_an_error_and_the_first_one_is_not_disturbed() {
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
fn each_of_many_concurrent_writers_gets_an_error_or_publishes_all_of_its_data() {
    let folder = folder();
    let target = folder.path().join("a.leakdex");
    let writers: Vec<_> = (1..=4_u8)
        .map(|writer| {
            let target = target.clone();
            std::thread::spawn(move || {
                let outcomes = (0..200).map(|_| write(&target, &[writer; 5000]));
                outcomes.fold((0, 0), |(published, refused), outcome| match outcome {
                    Ok(()) => {
                        let bytes = fs::read(&target).expect("somebody published");
                        assert!(bytes.len() == 5000 && bytes.iter().all(|&b| b == bytes[0]));
                        (published + 1, refused)
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
                        (published, refused + 1)
                    }
                })
            })
        })
        .collect();
    let counts = writers.into_iter().map(|writer| writer.join().expect("no assertion failed"));
    let (published, refused) = counts.fold((0, 0), |sum, more| (sum.0 + more.0, sum.1 + more.1));
    assert_eq!(published + refused, 800);
    assert!(published > 0);
    assert_eq!(names_in(folder.path()), BTreeSet::from(["a.leakdex".into()]));
}

#[test]
fn the_remains_of_a_dead_writer_are_removed_and_never_read() {
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

#[test]
fn files_with_long_and_similar_names_are_written_at_once_and_keep_notes_of_their_own() {
    let folder = folder();
    let [one, two] = ["1", "2"].map(|end| folder.path().join("ü".repeat(127) + end));
    let mut first = Staged::create(&one).expect("created");
    let mut second = Staged::create(&two).expect("it is another file");
    for (staged, bytes) in [(&mut first, b"1"), (&mut second, b"2")] {
        staged.write_all(bytes).expect("there is room");
        staged.keep(bytes).expect("there is room");
    }
    drop((first, second));
    for (target, note) in [(&one, b"1"), (&two, b"2")] {
        let (staged, found) = Staged::resume(target).expect("opened").expect("it was kept");
        assert_eq!(found, note);
        staged.publish().expect("published");
        assert_eq!(fs::read(target).expect("it is there"), note);
    }
    assert_eq!(names_in(folder.path()).len(), 2, "nothing else is left");
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
fn a_link_to_a_missing_file_stays_and_the_file_is_created() {
    use std::os::unix::fs::symlink;
    let folder = folder();
    fs::create_dir(folder.path().join("inner")).expect("created");
    let (link, other) = (folder.path().join("link"), folder.path().join("other"));
    symlink("other", &link).expect("linked");
    symlink("inner/target", &other).expect("linked");
    write(&link, b"new").expect("the links name a place for a file");
    assert!(link.is_symlink() && other.is_symlink());
    let target = fs::read(folder.path().join("inner/target"));
    assert_eq!(target.expect("it was made"), b"new");

    // Links that point to each other lead nowhere.
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    symlink(&two, &one).expect("linked");
    symlink(&one, &two).expect("linked");
    write(&one, b"new").expect_err("there is no end to them");
    assert!(one.is_symlink() && two.is_symlink());
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_it_from_the_beginning() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let staged = Staged::create(&folder.path().join("a.leakdex")).expect("nobody else writes");
    let unnamed = create_unnamed(folder.path()).expect("there is room");
    for file in [&staged.file, &unnamed] {
        let mode = file.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn only_a_file_is_replaced() {
    let folder = folder();
    let error = Staged::create(folder.path()).expect_err("a folder is there");
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
}

#[test]
fn a_writer_never_publishes_another_writers_file() {
    let folder = folder();
    let target = folder.path().join("findings.csv");
    let mut first = Staged::create(&target).expect("nobody else writes");
    first.write_all(b"whole").expect("there is room");
    fs::remove_file(folder.path().join(".findings.csv.leakdex-part")).expect("it was there");
    let mut second = Staged::create(&target).expect("nobody holds that name");
    second.write_all(b"half").expect("there is room");
    let error = first.publish().expect_err("another writer's file is there");
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
    assert!(!target.exists());
    second.publish().expect("it is its own");
    assert_eq!(fs::read(&target).expect("it is there"), b"half");
}

/// An earlier run: keeps a file with a note, writes further bytes, and dies.
fn keep_and_die(target: &Path, kept: &[u8], note: &[u8], further: &[u8]) {
    let mut staged = Staged::create(target).expect("nobody else writes");
    staged.write_all(kept).expect("there is room");
    staged.keep(note).expect("there is room");
    staged.write_all(further).expect("there is room");
}

#[test]
fn a_kept_file_is_resumed_with_its_note_and_cut_to_its_length() {
    let folder = folder();
    let target = folder.path().join("findings");
    assert!(Staged::resume(&target).expect("nothing is there").is_none());
    keep_and_die(&target, b"kept", b"note", b" and more");
    assert!(!target.exists());
    for _ in 0..2 {
        let (mut staged, note) = Staged::resume(&target).expect("it is free").expect("it was kept");
        assert_eq!(note, b"note");
        let error = staged.cut(100).expect_err("it is shorter");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(staged.length().expect("it is there"), 13, "it is left as it is");
        staged.cut(4).expect("it is longer");
        staged.write_all(b"! and more").expect("there is room");
        assert_eq!(staged.length().expect("it is there"), 14);
        // Dropped, as if the run had failed again.
        drop(staged);
        let path = folder.path().join(".findings.leakdex-part");
        fs::write(path, b"kept and more").expect("written");
    }
    let (mut staged, _) = Staged::resume(&target).expect("it is free").expect("it was kept");
    staged.cut(4).expect("it is longer");
    staged.write_all(b"!").expect("there is room");
    staged.sync().expect("there is a disk");
    staged.publish().expect("nothing is in the way");
    assert_eq!(fs::read(&target).expect("it is there"), b"kept!");
    assert_eq!(names_in(folder.path()), BTreeSet::from(["findings".into()]));
}

#[test]
fn if_any_step_of_keeping_fails_a_resumed_file_was_kept_with_its_note() {
    let run = |target: &Path| -> io::Result<()> {
        let mut staged = Staged::create(target)?;
        for (bytes, note) in [(b"first", b"note of 5"), (b"other", b"noteof 10")] {
            staged.write_all(bytes)?;
            staged.keep(note)?;
        }
        staged.write_all(b"last")?;
        staged.sync()?;
        staged.publish()
    };
    for fault in [Fault::Once, Fault::ForEver] {
        let (mut resumed, mut done) = (BTreeSet::new(), false);
        for step in 0.. {
            let folder = folder();
            let target = folder.path().join("findings");
            let (outcome, has_struck) = with_fault(step, fault, || run(&target));
            if !has_struck {
                outcome.expect("nothing failed");
                assert_eq!(names_in(folder.path()), BTreeSet::from(["findings".into()]));
                break;
            }
            outcome.expect_err("a step failed");
            if target.exists() {
                assert_eq!(fs::read(&target).expect("it is there"), b"firstotherlast");
                assert!(Staged::resume(&target).expect("it is free").is_none());
                done = true;
                continue;
            }
            let whole: &[u8] = b"firstotherlast";
            if let Some((mut staged, note)) = Staged::resume(&target).expect("it is free") {
                let length = if note == b"note of 5" { 5 } else { 10 };
                assert!(length == 5 || note == b"noteof 10", "the note is whole, at {step}");
                staged.cut(length).expect("this many bytes were on the disk before the note");
                let mut bytes = Vec::new();
                let mut file = staged.reopen().expect("it is there");
                io::Read::read_to_end(&mut file, &mut bytes).expect("it can be read");
                assert!(bytes == whole[..bytes.len()], "{fault:?} at {step}");
                resumed.insert(bytes.len());
            } else {
                write(&target, b"anew").expect("the next run finds nothing in its way");
                let names = names_in(folder.path());
                assert_eq!(names, BTreeSet::from(["findings".into()]), "{fault:?} at {step}");
            }
        }
        assert_eq!(resumed, BTreeSet::from([5, 10]), "{fault:?}");
        assert!(done, "the last step, the sync of the name, failed, too: {fault:?}");
    }
}

#[test]
fn a_restarted_or_abandoned_file_loses_its_note() {
    let folder = folder();
    let target = folder.path().join("findings");
    keep_and_die(&target, b"kept", b"note", b"");
    assert_eq!(names_in(folder.path()).len(), 2);
    let restarted = Staged::create(&target).expect("it is free");
    assert_eq!(names_in(folder.path()), BTreeSet::from([".findings.leakdex-part".into()]));
    assert_eq!(restarted.length().expect("it is there"), 0);
    drop(restarted);

    keep_and_die(&target, b"kept", b"note", b"");
    let (staged, _) = Staged::resume(&target).expect("it is free").expect("it was kept");
    staged.abandon().expect("it can be removed");
    assert_eq!(names_in(folder.path()), BTreeSet::new());
}

#[test]
fn a_second_writer_of_a_resumed_file_gets_an_error() {
    let folder = folder();
    let target = folder.path().join("findings");
    keep_and_die(&target, b"kept", b"note", b"");
    let _first = Staged::resume(&target).expect("it is free").expect("it was kept");
    for second in [Staged::resume(&target).map(drop), Staged::create(&target).map(drop)] {
        assert_eq!(second.expect_err("it is taken").kind(), io::ErrorKind::ResourceBusy);
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_note_and_a_link_in_the_files_place_is_not_followed() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder();
    let target = folder.path().join("findings");
    keep_and_die(&target, b"kept", b"note", b"");
    let note = note_of(&target).expect("a file can be there");
    let mode = fs::metadata(&note).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let path = folder.path().join(".findings.leakdex-part");
    fs::rename(&path, folder.path().join("other")).expect("it is there");
    symlink("other", &path).expect("linked");
    let error = Staged::resume(&target).expect_err("somebody else put that there");
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
}

#[cfg(unix)]
#[test]
fn a_kept_file_or_note_that_others_own_or_can_read_is_not_resumed() {
    use std::os::unix::fs::{PermissionsExt, chown};
    let folder = folder();
    let target = folder.path().join("findings");
    keep_and_die(&target, b"kept", b"note", b"");
    let refused = |what: &str| {
        let error = Staged::resume(&target).expect_err(what);
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{what}");
    };
    let part = folder.path().join(".findings.leakdex-part");
    for path in [part, note_of(&target).expect("a file can be there")] {
        for mode in [0o644, 0o660, 0o604, 0o700, 0o4600] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it is ours");
            refused(&format!("{} with mode {mode:o}", path.display()));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
        // Only root can give a file away.
        let nobody = 65534;
        if chown(&path, Some(nobody), None).is_ok() {
            refused(&format!("{} of another user", path.display()));
            chown(&path, Some(0), None).expect("root can take it back");
        }
    }
    assert!(Staged::resume(&target).expect("it is free").is_some());
}
