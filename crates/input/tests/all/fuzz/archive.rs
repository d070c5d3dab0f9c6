//! Arbitrary bytes as an archive or a compressed file: its files are the same in any order of reading, and no
//! name leads out of the archive.
//!
//! The first byte of an input decides how the file is made from the other bytes.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Component, Path},
};

use flate2::{Compression, write::GzEncoder};
use leakdex_input::{Archive, ByteCount, Input, Options, file_of, open_raw};

/// The maximum number of files of an archive that are read, and of bytes of each file.
const MAX_FILES: usize = 20;
const MAX_BYTES: u64 = 1 << 16;

/// Checks the promises for the file in these bytes.
pub fn check(data: &[u8]) {
    let Some((mode, data)) = data.split_first() else { return };
    let bytes = match mode % 4 {
        0 => data.to_vec(),
        1 => with_checksums(data),
        2 => gzip(&with_checksums(data)),
        // Two streams, one after the other.
        _ => [gzip(data), gzip(data)].concat(),
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(if mode & 4 == 0 { "a" } else { "a.zip" });
    fs::write(&path, bytes).expect("written");
    let options =
        Options { max_bytes: Some(ByteCount(MAX_BYTES)), digest: true, ..Options::default() };
    if let Ok(mut input) = Input::open(&path, &options) {
        while let Ok(Some(_)) = input.next_block() {}
    }
    let Ok(Some(archive)) = Archive::open(&path) else { return };
    let files: Vec<_> = archive.files().take(MAX_FILES).collect();
    let forwards: Vec<_> = files.iter().map(|file| content(file)).collect();
    let backwards: Vec<_> = files.iter().rev().map(|file| content(file)).collect();
    assert!(forwards.iter().eq(backwards.iter().rev()), "the order of reading changes a file");
    for (file, content) in files.iter().zip(&forwards) {
        assert_eq!(file_of(file), path);
        let name = file.strip_prefix(&path).expect("it is in the archive");
        let is_within = name.components().all(|part| matches!(part, Component::Normal(_)));
        assert!(is_within, "{}", name.display());
        assert!(archive.refuse_unreadable(file).is_ok() || content.is_err());
    }
}

/// The content of a file, or the message of the error.
fn content(file: &Path) -> Result<Vec<u8>, String> {
    let (reader, size) = open_raw(file).map_err(|error| error.to_string())?;
    let mut content = Vec::new();
    let read = reader.take(MAX_BYTES).read_to_end(&mut content);
    read.map_err(|error| error.to_string())?;
    if size < MAX_BYTES {
        assert_eq!(content.len() as u64, size, "a file has the size that its archive states");
    }
    Ok(content)
}

/// Puts the right checksum into each block that could be the header of a tar archive.
fn with_checksums(data: &[u8]) -> Vec<u8> {
    let mut bytes = data.to_vec();
    for block in bytes.chunks_exact_mut(512).filter(|block| block[257..].starts_with(b"ustar")) {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    }
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory")
}
