//! Files that somebody changes while they are read.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{Cursor, Write as _},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use leakdex_input::{Archive, Input, InputProblem, Options, open_raw};
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

/// More rows than an input reads when it is opened.
const ROWS: usize = 24_000;

fn list() -> String {
    let mut list = String::from("E-Mail;Bemerkung\n");
    for number in 0..ROWS {
        // No two rows are alike, so that a compressed list is long, too.
        let filling = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        writeln!(list, "person{number:06}@example.de;{filling:032x}{filling:032X}")
            .expect("to memory");
    }
    list
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(text.as_bytes()).expect("to memory");
    encoder.finish().expect("to memory")
}

fn zip(text: &str) -> Vec<u8> {
    zip_of(&[("list.csv", text)])
}

fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, text) in files {
        archive.start_file(*name, plain).expect("to memory");
        archive.write_all(text.as_bytes()).expect("to memory");
    }
    archive.finish().expect("to memory").into_inner()
}

/// A tar archive of one file (POSIX.1-1988, ustar).
fn tar(text: &str) -> Vec<u8> {
    let mut header = [0; 512];
    header[..8].copy_from_slice(b"list.csv");
    header[100..108].copy_from_slice(b"0000600\0");
    header[124..136].copy_from_slice(format!("{:011o}\0", text.len()).as_bytes());
    header[136..148].copy_from_slice(b"00000000000\0");
    header[148..156].fill(b' ');
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut archive = [&header[..], text.as_bytes()].concat();
    archive.resize(archive.len().next_multiple_of(512) + 1024, 0);
    archive
}

fn sqlite(text: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.db");
    let mut database = rusqlite::Connection::open(&path).expect("made");
    let transaction = database.transaction().expect("begun");
    transaction.execute_batch("CREATE TABLE list (\"E-Mail\" TEXT, Bemerkung TEXT)").expect("made");
    for row in text.lines().skip(1) {
        let (mail, filling) = row.split_once(';').expect("two cells");
        transaction.execute("INSERT INTO list VALUES (?, ?)", [mail, filling]).expect("added");
    }
    transaction.commit().expect("written");
    database.close().expect("written");
    fs::read(path).expect("it is there")
}

type Maker = fn(&str) -> Vec<u8>;

const MAKERS: [(&str, Maker); 5] = [
    ("list.csv", |text| text.as_bytes().to_vec()),
    ("list.csv.gz", gzip),
    ("list.zip", zip),
    ("list.tar", tar),
    ("list.db", sqlite),
];

/// The number of rows, if the file is changed after the first block.
fn rows(path: &Path, change: impl FnOnce(&Path)) -> Result<u64, InputProblem> {
    let mut input = Input::open(path, &Options::default()).map_err(|error| error.problem)?;
    let layout = input.layout();
    let (mut change, mut rows) = (Some(change), 0);
    while let Some(block) = input.next_block().map_err(|error| error.problem)? {
        rows += layout.rows(&block, |_| {});
        if let Some(change) = change.take() {
            change(path);
        }
    }
    assert!(change.is_none(), "it had no block");
    Ok(rows)
}

fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("written");
    (folder, path)
}

fn writable(path: &Path) -> File {
    File::options().write(true).open(path).expect("it is ours")
}

#[track_caller]
fn is_refused(name: &str, outcome: Result<u64, InputProblem>) {
    match outcome {
        Err(InputProblem::Changed) => {}
        Err(other) => panic!("{name}: another error: {other}"),
        Ok(rows) => panic!("{name}: taken as a list of {rows} rows"),
    }
}

#[test]
fn a_file_that_is_cut_extended_or_overwritten_while_it_is_read_is_an_error() {
    let text = list();
    for (name, make) in MAKERS {
        let bytes = make(&text);
        let (_folder, path) = file(name, &bytes);
        assert_eq!(rows(&path, |_| {}).expect("nobody changes it"), ROWS as u64, "{name}");
        for length in [bytes.len() / 2, bytes.len() - 1, bytes.len() + 10_000] {
            fs::write(&path, &bytes).expect("written");
            let cut = |path: &Path| writable(path).set_len(length as u64).expect("set");
            is_refused(name, rows(&path, cut));
        }
        fs::write(&path, &bytes).expect("written");
        is_refused(name, rows(&path, |path| fs::write(path, &bytes).expect("written")));
    }
}

#[test]
fn a_list_that_is_cut_between_two_rows_while_it_is_read_is_an_error() {
    let text = list();
    let (_folder, path) = file("list.csv", text.as_bytes());
    // A program that rewrites the list has written it up to the end of a row.
    let end = text[..text.len() / 4 * 3].rfind('\n').expect("there are rows") + 1;
    let cut = |path: &Path| writable(path).set_len(end as u64).expect("set");
    is_refused("list.csv", rows(&path, cut));
}

#[test]
fn a_file_that_is_replaced_by_renaming_while_it_is_read_is_read_whole() {
    let text = list();
    for (name, make) in MAKERS {
        let (folder, path) = file(name, &make(&text));
        let other = folder.path().join("other");
        fs::write(&other, "E-Mail\nnobody@example.de\n").expect("written");
        let replace = |path: &Path| fs::rename(&other, path).expect("renamed");
        assert_eq!(rows(&path, replace).expect("it is whole"), ROWS as u64, "{name}");
        let removed = file(name, &make(&text));
        let remove = |path: &Path| fs::remove_file(path).expect("removed");
        assert_eq!(rows(&removed.1, remove).expect("it is whole"), ROWS as u64, "{name}");
    }
}

#[test]
fn a_short_file_that_grows_after_it_was_read_is_an_error() {
    let (_folder, path) = file("list.csv", b"E-Mail\na@example.de\n");
    let grow = |path: &Path| writable(path).set_len(100).expect("set");
    is_refused("list.csv", rows(&path, grow));
}

#[test]
fn a_file_that_is_overwritten_but_keeps_its_length_and_time_is_an_error() {
    let text = list();
    for (name, make) in MAKERS {
        let (_folder, path) = file(name, &make(&text));
        let overwrite = |path: &Path| {
            // File times are coarse: some milliseconds on many systems.
            thread::sleep(Duration::from_millis(50));
            let modified = path.metadata().and_then(|file| file.modified()).expect("it has one");
            let mut file = writable(path);
            let bytes = make(&text.replace("person0", "fremde0"));
            assert_eq!(bytes.len() as u64, path.metadata().expect("it is there").len(), "{name}");
            file.write_all(&bytes).expect("written");
            file.set_modified(modified).expect("set");
        };
        is_refused(name, rows(&path, overwrite));
    }
}

#[test]
fn the_permissions_and_names_of_a_file_may_change_while_it_is_read() {
    let text = list();
    let protect: fn(&Path) = |path| {
        fs::set_permissions(path, fs::Permissions::from_mode(0o400)).expect("it is ours");
    };
    let link: fn(&Path) = |path| fs::hard_link(path, path.with_extension("2")).expect("linked");
    let rename: fn(&Path) = |path| fs::rename(path, path.with_extension("2")).expect("renamed");
    for change in [protect, link, rename] {
        let (_folder, path) = file("list.csv", text.as_bytes());
        let change = |path: &Path| {
            thread::sleep(Duration::from_millis(50));
            change(path);
        };
        assert_eq!(rows(&path, change).expect("it is whole"), ROWS as u64);
    }
}

const MOVED: &str = "E-Mail\nmoved@example.de\n";
const OTHERS: &str = "E-Mail\na@example.de\nb@example.de\n";

/// A folder with two versions of an archive: `list.zip` and `new.zip`. A row moved from the second file to the
/// first.
fn versions() -> (TempDir, PathBuf, PathBuf) {
    let (folder, path) = file("list.zip", &zip_of(&[("1.csv", OTHERS), ("2.csv", MOVED)]));
    let new = folder.path().join("new.zip");
    fs::write(&new, zip_of(&[("1.csv", MOVED), ("2.csv", OTHERS)])).expect("written");
    (folder, path, new)
}

fn listed(path: &Path) -> Vec<PathBuf> {
    let archive = Archive::open(path).expect("it can be read").expect("it is an archive");
    archive.files().collect()
}

fn opened(path: &Path) -> Result<Input, InputProblem> {
    Input::open(path, &Options::default()).map_err(|error| error.problem)
}

#[test]
fn files_are_read_only_from_the_archive_that_was_listed() {
    let rename: fn(&Path, &Path) = |new, path| fs::rename(new, path).expect("renamed");
    let unpack: fn(&Path, &Path) = |_, path| {
        fs::remove_file(path).expect("removed");
        fs::create_dir(path).expect("made");
        for (name, text) in [("1.csv", MOVED), ("2.csv", OTHERS)] {
            fs::write(path.join(name), text).expect("written");
        }
    };
    let overwrite: fn(&Path, &Path) = |new, path| {
        fs::copy(new, path).expect("copied");
    };
    for replace in [rename, unpack, overwrite] {
        let (_folder, path, new) = versions();
        let files = listed(&path);
        opened(&files[0]).map(drop).expect("it is as listed");
        thread::sleep(Duration::from_millis(50));
        replace(&new, &path);
        assert!(matches!(opened(&files[1]), Err(InputProblem::Changed)));
        let raw = open_raw(&files[1]).map(drop).expect_err("it is another archive");
        assert!(matches!(raw.problem, InputProblem::Changed), "{raw}");
        if path.is_file() {
            let again = Archive::open(&path).expect("it can be read").expect("it is an archive");
            let refusal = again.refuse_other_version().expect_err("it is another one");
            assert!(matches!(refusal.problem, InputProblem::Changed), "{refusal}");
            opened(&files[1]).map(drop).expect("it was listed again");
        }
    }
}

#[test]
fn an_archive_whose_link_now_leads_elsewhere_is_another_archive() {
    let (folder, path, new) = versions();
    let link = folder.path().join("link.zip");
    symlink(&path, &link).expect("linked");
    let files = listed(&link);
    fs::remove_file(&link).expect("removed");
    symlink(&new, &link).expect("linked");
    assert!(matches!(opened(&files[1]), Err(InputProblem::Changed)));
}

#[test]
fn an_archive_may_be_replaced_before_it_is_listed_and_change_its_permissions_later() {
    let (folder, path, new) = versions();
    fs::rename(new, &path).expect("renamed");
    let files = listed(&path);
    let archive = Archive::open(&path).expect("it can be read").expect("it is an archive");
    thread::sleep(Duration::from_millis(50));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("it is ours");
    fs::hard_link(&path, folder.path().join("link.zip")).expect("linked");
    archive.refuse_other_version().expect("it is the same one");
    files.iter().for_each(|file| drop(opened(file).expect("it is as listed")));
}
