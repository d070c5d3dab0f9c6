//! Tar archives.

use super::build::{pax_record, seal};
use super::*;

const TEXT: &[u8] = b"E-Mail\na@example.org\n";

/// A tar archive, uncompressed and compressed.
fn both(entries: &[Vec<u8>]) -> [TestArchive; 2] {
    let bytes = tar(entries);
    [TestArchive::new("a.tar", &bytes), TestArchive::new("a.tar.gz", &gzip(&bytes))]
}

#[test]
fn files_in_a_tar_archive_are_read_in_its_order() {
    let long = TEXT.repeat(100);
    for test_archive in both(&[
        tar_entry("folder/", b'5', b""),
        tar_entry("folder/b.csv", b'0', TEXT),
        tar_entry("./a.csv", b'0', &long),
        tar_entry("old.csv", 0, TEXT),
        tar_entry("old/", 0, b""),
        tar_entry("contiguous.csv", b'7', TEXT),
        tar_entry("empty.csv", b'0', b""),
    ]) {
        assert_eq!(
            test_archive.names(),
            ["folder/b.csv", "a.csv", "old.csv", "contiguous.csv", "empty.csv"]
        );
        assert_eq!(test_archive.read("a.csv").as_deref(), Ok(&*long));
        assert_eq!(test_archive.read("contiguous.csv").as_deref(), Ok(TEXT));
        assert_eq!(test_archive.read("empty.csv").as_deref(), Ok(&b""[..]));
        assert_eq!(test_archive.read("folder/b.csv").as_deref(), Ok(TEXT));
    }
}

#[test]
fn long_names_of_posix_pax_and_gnu_are_read() {
    let long = format!("{}/a.csv", "x".repeat(150));
    let mut posix = tar_entry("a.csv", b'0', TEXT);
    posix[345..345 + 150].fill(b'x');
    seal(&mut posix);
    let pax = [
        tar_entry(
            "PaxHeaders/a.csv",
            b'x',
            &[pax_record("mtime", "1"), pax_record("path", &long)].concat(),
        ),
        tar_entry("cut", b'0', TEXT),
    ];
    let gnu = [
        tar_entry("././@LongLink", b'L', format!("{long}\0").as_bytes()),
        tar_entry("cut", b'0', TEXT),
    ];
    for entries in [&[posix][..], &pax, &gnu] {
        for test_archive in both(entries) {
            assert_eq!(test_archive.names(), [&*long]);
            assert_eq!(test_archive.read(&long).as_deref(), Ok(TEXT));
        }
    }
}

#[test]
fn the_size_may_be_in_a_pax_header_or_in_binary() {
    let mut binary = tar_entry("a.csv", b'0', TEXT);
    binary[124..136].fill(0);
    binary[124] = 0x80;
    binary[135] = u8::try_from(TEXT.len()).expect("it is small");
    seal(&mut binary);
    let mut named = tar_entry("a.csv", b'0', TEXT);
    named[124..136].copy_from_slice(b"00000000000\0");
    seal(&mut named);
    let size = pax_record("size", &TEXT.len().to_string());
    for entries in [vec![binary], vec![tar_entry("x", b'x', &size), named]] {
        for test_archive in both(&entries) {
            assert_eq!(test_archive.read("a.csv").as_deref(), Ok(TEXT));
        }
    }
}

#[test]
fn links_and_devices_are_reported_and_other_files_are_read() {
    let test_archive = both(&[
        tar_entry("a.csv", b'0', TEXT),
        tar_entry("b.csv", b'1', b""),
        tar_entry("c.csv", b'2', b""),
        tar_entry("null", b'3', b""),
        tar_entry("pax_global_header", b'g', &pax_record("comment", "0123")),
    ]);
    for test_archive in test_archive {
        assert_eq!(test_archive.names(), ["a.csv"]);
        assert_eq!(test_archive.passed_over(), ["b.csv (link)", "c.csv (link)", "null (device)"]);
    }
}

#[test]
fn a_sparse_file_is_refused_and_the_others_are_read() {
    let sparse = pax_record("GNU.sparse.major", "1");
    let mut old = tar_entry("old.csv", b'S', TEXT);
    // A further block of the sparse map follows the header.
    old[482] = 1;
    seal(&mut old);
    old.splice(512..512, [0; 512]);
    for test_archive in both(&[
        old,
        tar_entry("x", b'x', &sparse),
        tar_entry("new.csv", b'0', TEXT),
        tar_entry("a.csv", b'0', TEXT),
    ]) {
        assert_eq!(test_archive.names(), ["old.csv", "new.csv", "a.csv"]);
        for name in ["old.csv", "new.csv"] {
            let message = test_archive.read(name).expect_err("refused");
            assert!(message.contains("sparse"), "{message}");
        }
        assert_eq!(test_archive.read("a.csv").as_deref(), Ok(TEXT));
    }
}

#[test]
fn a_truncated_or_damaged_tar_archive_is_an_error() {
    let whole = tar(&[tar_entry("a.csv", b'0', TEXT), tar_entry("b.csv", b'0', TEXT)]);
    let content = 512 + 512 + 512 + 512;
    for length in (512..=content).step_by(64) {
        for test_archive in [
            TestArchive::new("a.tar", &whole[..length]),
            TestArchive::new("a.tgz", &gzip(&whole[..length])),
        ] {
            let message = test_archive.refusal();
            assert!(message.contains("cut off"), "cut to {length}: {message}");
        }
    }
    let mut damaged = whole.clone();
    damaged[1024 + 3] ^= 1;
    assert!(TestArchive::new("a.tar", &damaged).refusal().contains("wrong checksum"));
    // The compressed stream itself is cut off.
    let packed = gzip(&whole);
    TestArchive::new("a.tgz", &packed[..packed.len() - 9]).refusal();
}

#[test]
fn a_second_archive_after_the_end_is_refused() {
    let one = tar(&[tar_entry("a.csv", b'0', TEXT)]);
    let two = [&one[..], &one].concat();
    for test_archive in [TestArchive::new("a.tar", &two), TestArchive::new("a.tgz", &gzip(&two))] {
        let message = test_archive.refusal();
        assert!(message.contains("more data after its end"), "{message}");
    }
}

#[test]
fn long_damaged_and_unknown_properties_are_refused() {
    for (entries, words) in [
        (vec![tar_entry("x", b'x', b"9 path=a\nrest")], "properties"),
        (vec![tar_entry("x", b'x', b"999 path=a\n")], "properties"),
        (vec![tar_entry("x", b'x', b"99999999999999999999 path=a\n")], "properties"),
        (vec![tar_entry("x", b'L', &vec![b'x'; (1 << 20) + 1])], "longer than a mebibyte"),
        (vec![tar_entry("x", b'g', &pax_record("size", "1"))], "properties"),
        (vec![tar_entry("x", b'1', b"x")], "link that has content"),
        (vec![tar_entry("x", b'M', b"x")], "unknown type"),
        (vec![tar_entry("x", b'x', &pax_record("path", "a"))], "cut off"),
    ] {
        let message = TestArchive::new("a.tar", &tar(&entries)).refusal();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_size_beyond_the_end_or_beyond_64_bits_is_an_error() {
    for size in [
        &b"77777777777\0"[..],
        b"\x80\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
        b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
        b"            ",
    ] {
        let mut entry = tar_entry("a.csv", b'0', TEXT);
        entry[124..136].copy_from_slice(size);
        seal(&mut entry);
        for test_archive in both(&[entry]) {
            test_archive.refusal();
        }
    }
}

#[test]
fn text_is_not_a_tar_archive() {
    assert!(!is_header(&b"E-Mail;Name;Ort\n".repeat(40)));
    assert!(!is_header(&[0; 512]));
    assert!(!is_header(b"short"));
}
