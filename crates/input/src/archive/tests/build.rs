//! Archives, built byte by byte as common programs write them.

use flate2::{Compression, Crc, write::DeflateEncoder};
use std::io::Write as _;

/// A file in a ZIP archive, as its headers describe it.
pub struct Entry {
    pub name: Vec<u8>,
    pub method: u16,
    pub flags: u16,
    pub crc: u32,
    pub size: u32,
    pub packed: Vec<u8>,
    /// The file type and permissions of Unix.
    pub mode: u32,
    /// Whether an extra field holds the sizes as 64-bit numbers, as for large files (ZIP64).
    pub is_zip64: bool,
}

impl Entry {
    /// A file that is compressed with Deflate.
    pub fn new(name: &str, content: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).expect("to memory");
        Self::packed(name, 8, content, encoder.finish().expect("to memory"))
    }

    /// A file that is compressed with this method.
    pub fn packed(name: &str, method: u16, content: &[u8], packed: Vec<u8>) -> Self {
        let mut crc = Crc::new();
        crc.update(content);
        let (crc, size) = (crc.sum(), u32::try_from(content.len()).expect("it is small"));
        let (name, mode) = (name.as_bytes().to_vec(), 0o100_644);
        Self { name, method, flags: 0, crc, size, packed, mode, is_zip64: false }
    }

    fn packed_size(&self) -> u32 {
        u32::try_from(self.packed.len()).expect("it is small")
    }

    /// The part of both headers from the flags to the lengths of the name and the extra fields.
    fn common(&self, is_local: bool) -> Vec<u8> {
        // With a data descriptor, the local header has no checksum and no sizes.
        let is_unknown = is_local && self.flags & 8 != 0;
        let known = |number: u32| if is_unknown { 0 } else { number };
        let size = |number: u32| if self.is_zip64 { u32::MAX } else { known(number) };
        let mut bytes = Vec::new();
        for number in [self.flags, self.method, 0, 0x5A21] {
            bytes.extend(number.to_le_bytes());
        }
        for number in [known(self.crc), size(self.packed_size()), size(self.size)] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(u16::try_from(self.name.len()).expect("it is short").to_le_bytes());
        bytes
            .extend((u16::try_from(self.extra_fields().len()).expect("it is short")).to_le_bytes());
        bytes
    }

    fn extra_fields(&self) -> Vec<u8> {
        if !self.is_zip64 {
            return Vec::new();
        }
        let mut bytes = vec![1, 0, 16, 0];
        bytes.extend(u64::from(self.size).to_le_bytes());
        bytes.extend(u64::from(self.packed_size()).to_le_bytes());
        bytes
    }
}

/// A ZIP archive, as APPNOTE 6.3 of PKWARE describes it.
pub fn zip(entries: &[Entry]) -> Vec<u8> {
    let (mut bytes, mut list) = (Vec::new(), Vec::new());
    for entry in entries {
        let start = u32::try_from(bytes.len()).expect("it is small");
        let version = if entry.is_zip64 { 45u16 } else { 20 };
        bytes.extend(b"PK\x03\x04");
        bytes.extend(version.to_le_bytes());
        bytes.extend(entry.common(true));
        bytes.extend(&entry.name);
        bytes.extend(entry.extra_fields());
        bytes.extend(&entry.packed);
        if entry.flags & 8 != 0 {
            bytes.extend(b"PK\x07\x08");
            for number in [entry.crc, entry.packed_size(), entry.size] {
                bytes.extend(number.to_le_bytes());
            }
        }
        list.extend(b"PK\x01\x02");
        // Made on Unix.
        list.extend([20, 3]);
        list.extend(version.to_le_bytes());
        list.extend(entry.common(false));
        // No comment, the first disk, no internal attributes.
        list.extend([0; 6]);
        list.extend((entry.mode << 16).to_le_bytes());
        list.extend(start.to_le_bytes());
        list.extend(&entry.name);
        list.extend(entry.extra_fields());
    }
    let start = u32::try_from(bytes.len()).expect("it is small");
    let (count, length) = (u16::try_from(entries.len()).expect("few"), list.len());
    bytes.extend(list);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(u32::try_from(length).expect("it is small").to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// An entry of a tar archive with its content, without the end of the archive.
pub fn tar_entry(name: &str, flag: u8, content: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\x000001750\x000001750\0");
    put(124, format!("{:011o}\0", content.len()).as_bytes());
    put(136, b"14400000000\0        ");
    put(156, &[flag]);
    put(257, b"ustar\x0000");
    seal(&mut header);
    header.extend(content);
    header.resize(header.len().next_multiple_of(512), 0);
    header
}

/// Writes the right checksum into a header.
pub fn seal(header: &mut [u8]) {
    header[148..156].fill(b' ');
    let sum: u32 = header[..512].iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// A record of a pax header.
pub fn pax_record(key: &str, value: &str) -> Vec<u8> {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}").into_bytes()
}

/// A tar archive with its end: two blocks of zeros, and more zeros up to the end of a record.
pub fn tar(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = entries.concat();
    bytes.resize((bytes.len() + 1024).next_multiple_of(10_240), 0);
    bytes
}
