//! Index files that somebody changes while they are mapped.

use std::{
    fs::{self, File},
    os::unix::fs::{FileExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use leakdex::{Error, Index, IndexFault, IndexMerger, IndexSet, Record};
use tempfile::TempDir;

use crate::support::{count_in, fault, folder, index_of, key, map};

/// A folder with an index of a hundred people.
fn folder_with_index() -> (TempDir, PathBuf) {
    let folder = folder();
    let path = folder.path().join("a.leakdex");
    index("old").publish(&path).expect("published");
    (folder, path)
}

fn index(names: &str) -> Index {
    let people = (0..100).map(|number| Record::new().username(&format!("{names}{number}")));
    index_of(&key(), &people.collect::<Vec<_>>())
}

fn mapped(path: &Path) -> Index {
    let index = map(path, &key()).expect("it is an index");
    index.verify().expect("it is whole");
    index.verify_unchanged().expect("nobody changed it");
    index
}

fn writable(path: &Path) -> File {
    File::options().write(true).open(path).expect("it is ours")
}

/// Asserts the fault, and the file's name in the message.
#[track_caller]
fn is_noticed(index: &Index, path: &Path) {
    let error = index.verify_unchanged().expect_err("it was changed");
    assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
    assert!(matches!(error, Error::Index { fault: IndexFault::ChangedInUse, .. }), "{error}");
}

#[test]
fn an_index_that_is_overwritten_in_place_is_noticed() {
    let (_folder, path) = folder_with_index();
    let index = mapped(&path);
    let other = self::index("new");
    assert_eq!(
        other.as_bytes().len(),
        index.as_bytes().len(),
        "the length must not show the change"
    );
    writable(&path).write_all_at(other.as_bytes(), 0).expect("written");
    is_noticed(&index, &path);
    is_noticed(&index, &path);
}

#[test]
fn another_index_is_noticed_even_if_the_file_has_its_old_times() {
    let (_folder, path) = folder_with_index();
    let modified = path.metadata().and_then(|file| file.modified()).expect("it has one");
    let index = mapped(&path);
    let file = writable(&path);
    file.write_all_at(self::index("new").as_bytes(), 0).expect("written");
    file.set_modified(modified).expect("set");
    is_noticed(&index, &path);
}

#[test]
fn one_changed_byte_is_noticed_even_if_the_file_has_its_old_times() {
    let (_folder, path) = folder_with_index();
    let modified = path.metadata().and_then(|file| file.modified()).expect("it has one");
    let index = mapped(&path);
    // File times are coarse: some milliseconds on many systems.
    thread::sleep(Duration::from_millis(50));
    let last = index.as_bytes().len() - 1;
    let changed = [index.as_bytes()[last] ^ 1];
    let file = writable(&path);
    file.write_all_at(&changed, last as u64).expect("written");
    file.set_modified(modified).expect("set");
    is_noticed(&index, &path);
}

/// A member may have been checked against the other index in between.
#[test]
fn an_index_that_was_overwritten_and_put_back_with_its_time_is_noticed() {
    let (_folder, path) = folder_with_index();
    let modified = path.metadata().and_then(|file| file.modified()).expect("it has one");
    let index = mapped(&path);
    let whole = index.as_bytes().to_vec();
    thread::sleep(Duration::from_millis(50));
    let file = writable(&path);
    file.write_all_at(self::index("new").as_bytes(), 0).expect("written");
    file.write_all_at(&whole, 0).expect("written");
    file.set_modified(modified).expect("set");
    is_noticed(&index, &path);
    is_noticed(&index, &path);
}

#[test]
fn an_index_that_is_cut_short_or_appended_to_is_noticed() {
    for by in [-1, 1] {
        let (_folder, path) = folder_with_index();
        let index = mapped(&path);
        let length = path.metadata().expect("it is there").len();
        writable(&path).set_len(length.saturating_add_signed(by)).expect("set");
        is_noticed(&index, &path);
    }
}

#[test]
fn an_index_that_is_replaced_by_renaming_is_unchanged() {
    let (folder, path) = folder_with_index();
    let index = mapped(&path);
    self::index("new").publish(&path).expect("published");
    for _ in 0..2 {
        index.verify_unchanged().expect("the mapped file has lost its name and nothing else");
    }
    let member = Record::new().username("old7");
    assert_eq!(index.check(&member).slug(), "affected");
    fs::remove_file(&path).expect("removed");
    index.verify_unchanged().expect("nor does it matter that the file is gone");
    assert_eq!(count_in(&folder), 0);
}

#[test]
fn an_index_whose_permissions_or_names_change_counts_as_unchanged() {
    let (folder, path) = folder_with_index();
    let index = mapped(&path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("set");
    index.verify_unchanged().expect("every byte is as before");
    fs::hard_link(&path, folder.path().join("link")).expect("linked");
    index.verify_unchanged().expect("every byte is as before");
    // File times are coarse: some milliseconds on many systems.
    thread::sleep(Duration::from_millis(50));
    fs::rename(&path, folder.path().join("earlier")).expect("renamed");
    index.verify_unchanged().expect("every byte is as before");
}

#[test]
fn a_change_after_an_accepted_change_of_permissions_is_noticed() {
    let (_folder, path) = folder_with_index();
    let index = mapped(&path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
    index.verify_unchanged().expect("every byte is as before");
    writable(&path).write_all_at(self::index("new").as_bytes(), 0).expect("written");
    is_noticed(&index, &path);
}

#[test]
fn an_index_in_memory_does_not_depend_on_its_file() {
    let (_folder, path) = folder_with_index();
    let index = Index::open(&path, &key()).expect("it is whole");
    fs::write(&path, "").expect("written");
    index.verify_unchanged().expect("it is a copy");
    self::index("old").verify_unchanged().expect("it has no file");
}

#[test]
fn every_index_of_a_set_is_checked() {
    let (folder, path) = folder_with_index();
    let other = folder.path().join("b.leakdex");
    index("other").publish(&other).expect("published");
    let set = IndexSet::new(vec![mapped(&path), mapped(&other)]).expect("they go together");
    set.verify_unchanged().expect("nobody changed them");
    writable(&other).write_all_at(index("newer").as_bytes(), 0).expect("written");
    let error = set.verify_unchanged().expect_err("the second was changed");
    assert!(error.to_string().contains("b.leakdex"), "{error}");
}

#[test]
fn a_merge_of_an_index_that_is_changed_meanwhile_publishes_nothing() {
    let (folder, path) = folder_with_index();
    let (key, target) = (key(), folder.path().join("merged"));
    let mut merger = IndexMerger::new(&key);
    merger.add(mapped(&path)).expect("it fits");
    merger.add(index("other")).expect("it fits");
    writable(&path).write_all_at(index("new").as_bytes(), 0).expect("written");
    assert_eq!(fault(merger.prepare(&target).map(drop)), IndexFault::ChangedInUse);
    assert_eq!(count_in(&folder), 1, "only the old index is left");
}
