//! ZIP archives.

use super::*;
use crate::{
    Input, Options,
    unpack::tests::{bzip2, xz, zstd},
};

const TEXT: &[u8] = b"E-Mail\na@example.org\nb@example.org\n";

/// A final stored block. Its form is the same in Deflate and Deflate64 (RFC 1951, 3.2.4).
fn deflate64(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("short");
    [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes].concat()
}

#[test]
fn files_in_a_zip_archive_are_read_with_all_usual_methods() {
    let mut large = Entry::new("zip64.csv", TEXT);
    large.is_zip64 = true;
    let mut streamed = Entry::new("descriptor.csv", TEXT);
    streamed.flags = 8;
    let test_archive = TestArchive::new(
        "a.zip",
        &zip(&[
            Entry::packed("stored.csv", 0, TEXT, TEXT.to_vec()),
            Entry::new("deflate.csv", TEXT),
            Entry::packed("deflate64.csv", 9, TEXT, deflate64(TEXT)),
            Entry::packed("bzip2.csv", 12, TEXT, bzip2(TEXT)),
            Entry::packed("zstd.csv", 93, TEXT, zstd(TEXT)),
            Entry::packed("xz.csv", 95, TEXT, xz(TEXT)),
            large,
            streamed,
            Entry::packed("empty.csv", 0, b"", Vec::new()),
        ]),
    );
    let names = test_archive.names();
    assert_eq!(names.len(), 9);
    for name in &names {
        let expected = if name == "empty.csv" { b"" } else { TEXT };
        assert_eq!(test_archive.read(name).as_deref(), Ok(expected), "{name}");
    }
}

#[test]
fn an_encrypted_file_and_an_unknown_method_are_refused_by_name() {
    let mut encrypted = Entry::new("a.csv", TEXT);
    encrypted.flags = 1;
    let mut aes = Entry::new("a.csv", TEXT);
    (aes.flags, aes.method) = (1, 99);
    for (entry, words) in [
        (encrypted, "is encrypted"),
        (aes, "is encrypted"),
        (Entry::packed("a.csv", 14, TEXT, vec![0; 9]), "LZMA"),
        (Entry::packed("a.csv", 98, TEXT, vec![0; 9]), "PPMd"),
        (Entry::packed("a.csv", 6, TEXT, vec![0; 9]), "Implode"),
        (Entry::packed("a.csv", 77, TEXT, vec![0; 9]), "a method that is not read"),
    ] {
        let test_archive = TestArchive::new("a.zip", &zip(&[entry, Entry::new("b.csv", TEXT)]));
        let message = test_archive.read("a.csv").expect_err("refused");
        assert!(message.contains(words) && message.contains("a.csv"), "{message}");
        let archive = Archive::open(&test_archive.path).expect("readable").expect("an archive");
        assert!(archive.refuse_unreadable(&test_archive.path.join("a.csv")).is_err());
        assert!(archive.refuse_unreadable(&test_archive.path.join("b.csv")).is_ok());
        assert_eq!(test_archive.read("b.csv").as_deref(), Ok(TEXT), "the other is read");
    }
}

#[test]
fn a_wrong_checksum_or_size_is_an_error_at_the_end() {
    let change: [fn(&mut Entry); 4] = [
        |entry| entry.crc ^= 1,
        |entry| entry.size += 1,
        |entry| entry.size -= 1,
        |entry| entry.packed.truncate(entry.packed.len() - 2),
    ];
    for (number, change) in change.into_iter().enumerate() {
        for mut entry in [Entry::new("a.csv", TEXT), Entry::packed("a.csv", 0, TEXT, TEXT.to_vec())]
        {
            change(&mut entry);
            let test_archive = TestArchive::new("a.zip", &zip(&[entry]));
            assert!(test_archive.read("a.csv").is_err(), "change {number}");
        }
    }
}

#[test]
fn a_truncated_zip_archive_is_an_error() {
    let whole = zip(&[Entry::new("a.csv", TEXT), Entry::new("b.csv", TEXT)]);
    for length in 4..whole.len() {
        let message = TestArchive::new("a.zip", &whole[..length]).refusal();
        assert!(message.contains("list of files"), "cut to {length}: {message}");
    }
    // The reader of workbooks refuses this damaged workbook.
    assert_eq!(TestArchive::new("a.xlsx", &whole[..whole.len() - 9]).refusal(), "no archive");
}

#[test]
fn several_files_of_the_same_name_are_refused() {
    let twice = zip(&[Entry::new("a.csv", TEXT), Entry::new("a.csv", b"x")]);
    let message = TestArchive::new("a.zip", &twice).refusal();
    assert!(message.contains("several files of the same name"), "{message}");
    // These names differ, but result in the same path.
    let alike = zip(&[Entry::new("a.csv", TEXT), Entry::new("./a.csv", b"x")]);
    let message = TestArchive::new("a.zip", &alike).read("a.csv").expect_err("refused");
    assert!(message.contains("one of several files of this name"), "{message}");
}

#[test]
fn names_are_decoded_as_utf_8_or_code_page_437() {
    let mut old = Entry::new("", TEXT);
    old.name = b"M\x81ller.csv".to_vec();
    let mut flagged = Entry::new("Jörg.csv", TEXT);
    flagged.flags = 1 << 11;
    let test_archive =
        TestArchive::new("a.zip", &zip(&[old, flagged, Entry::new("Zoë.csv", TEXT)]));
    assert_eq!(test_archive.names(), ["Müller.csv", "Jörg.csv", "Zoë.csv"]);
    for name in test_archive.names() {
        assert_eq!(test_archive.read(&name).as_deref(), Ok(TEXT), "{name}");
    }
}

#[test]
fn a_name_that_leads_out_of_the_archive_does_no_harm() {
    let test_archive = TestArchive::new(
        "a.zip",
        &zip(&[
            Entry::new("../../x.csv", TEXT),
            Entry::new("/etc/y.csv", TEXT),
            Entry::new("c:\\z.csv", TEXT),
        ]),
    );
    assert_eq!(test_archive.names(), ["__/__/x.csv", "etc/y.csv", "c:/z.csv"]);
    assert_eq!(test_archive.read("__/__/x.csv").as_deref(), Ok(TEXT));
}

#[test]
fn folders_links_and_system_files_are_not_inputs() {
    let mut link = Entry::packed("link.csv", 0, b"a.csv", b"a.csv".to_vec());
    link.mode = 0o120_777;
    let test_archive = TestArchive::new(
        "a.zip",
        &zip(&[
            Entry::packed("folder/", 0, b"", Vec::new()),
            Entry::new("folder/a.csv", TEXT),
            Entry::new("__MACOSX/folder/._a.csv", b"x"),
            Entry::new("folder/._a.csv", b"x"),
            Entry::new("folder/._b.csv", TEXT),
            Entry::new(".DS_Store", b"x"),
            link,
        ]),
    );
    assert_eq!(test_archive.names(), ["folder/a.csv", "folder/._b.csv"]);
    assert_eq!(
        test_archive.passed_over(),
        ["__MACOSX/folder/._a.csv", ".DS_Store", "link.csv (link)", "folder/._a.csv"]
    );
}

#[test]
fn a_database_with_a_log_beside_it_in_the_archive_is_refused() {
    let files = [Entry::new("a.db", b"x"), Entry::new("a.db-wal", b"x"), Entry::new("b.db", b"x")];
    let test_archive = TestArchive::new("a.zip", &zip(&files));
    let message = test_archive.read("a.db").expect_err("refused");
    assert!(message.contains("changes in a log beside it"), "{message}");
    assert!(test_archive.read("b.db").is_ok());
    let empty = Entry::packed("b.db-wal", 0, b"", Vec::new());
    assert!(
        TestArchive::new("a.zip", &zip(&[Entry::new("b.db", b"x"), empty])).read("b.db").is_ok()
    );
}

#[test]
fn a_workbook_does_not_count_as_an_archive() {
    for name in
        ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/workbook.bin", "mimetype"]
    {
        let test_archive =
            TestArchive::new("a", &zip(&[Entry::new(name, b"x"), Entry::new("a.xml", b"x")]));
        assert!(Archive::open(&test_archive.path).expect("it can be read").is_none(), "{name}");
    }
    let test_archive =
        TestArchive::new("a", &zip(&[Entry::new("a.xml", b"x"), Entry::new("mimetype", b"x")]));
    assert_eq!(test_archive.names(), ["a.xml", "mimetype"]);
}

#[test]
fn only_an_archive_with_one_file_is_an_input() {
    let open = |test_archive: &TestArchive| Input::open(&test_archive.path, &Options::default());
    let test_archive = TestArchive::new(
        "a.zip",
        &zip(&[Entry::new("b.jsonl", b"{\"email\":\"a@example.org\"}\n")]),
    );
    let input = open(&test_archive).expect("it is an input");
    assert!(input.describe()[0].contains("JSONL"), "the inner name tells the format");
    let test_archive =
        TestArchive::new("a.zip", &zip(&[Entry::new("b.csv", TEXT), Entry::new("c.csv", TEXT)]));
    let message = open(&test_archive).err().expect("several").to_string();
    assert!(message.contains("several files: 'b.csv', 'c.csv'"), "{message}");
    let message = open(&TestArchive::new("a.zip", &zip(&[]))).err().expect("none").to_string();
    assert!(message.contains("without a file to read"), "{message}");
}

#[test]
fn an_archive_within_an_archive_is_refused_and_a_compressed_file_is_read() {
    let inner = tar(&[tar_entry("x.csv", b'0', TEXT)]);
    let test_archive = TestArchive::new(
        "a.zip",
        &zip(&[
            Entry::new("b.zip", &zip(&[Entry::new("x.csv", TEXT)])),
            Entry::new("c.tar", &inner),
            Entry::new("d.tar.gz", &gzip(&inner)),
            Entry::new("e.csv.gz", &gzip(TEXT)),
        ]),
    );
    let open = |name: &str| Input::open(&test_archive.path.join(name), &Options::default());
    for name in ["b.zip", "c.tar", "d.tar.gz"] {
        let message = open(name).err().expect("refused").to_string();
        assert!(message.contains("archive") && message.contains(name), "{message}");
    }
    assert!(open("e.csv.gz").is_ok());
}

#[test]
fn the_digest_of_a_file_in_an_archive_is_that_of_the_file_itself() {
    let test_archive =
        TestArchive::new("a.zip", &zip(&[Entry::new("b.csv", TEXT), Entry::new("c.csv", TEXT)]));
    let plain = TestArchive::new("b.csv", TEXT);
    let options = Options { digest: true, ..Options::default() };
    let digest = |path: &Path| {
        let input = Input::open(path, &options).expect("it is an input");
        assert_eq!(input.size(), Some(TEXT.len() as u64));
        input.hashed().expect("it was asked for").finish().expect("it can be read")
    };
    assert_eq!(digest(&test_archive.path.join("b.csv")), digest(&plain.path));
}

#[test]
fn two_zip_archives_in_one_file_are_refused_since_the_list_has_the_files_of_one() {
    let one = zip(&[Entry::new("a.csv", TEXT)]);
    let test_archive = TestArchive::new("a.zip", &[&one[..], &one].concat());
    let error = Archive::open(&test_archive.path).err().expect("refused").to_string();
    assert!(error.contains("other data before it"), "{error}");
}
