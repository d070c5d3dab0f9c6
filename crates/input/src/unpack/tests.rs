//! Tests with streams of each compression: concatenated, truncated and damaged ones.

use std::{io::Write as _, num::NonZeroU64};

use bzip2::write::BzEncoder;
use flate2::write::GzEncoder;
use lzma_rust2::{CheckType, XzOptions, XzWriter};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory")
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

pub fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = BzEncoder::new(Vec::new(), bzip2::Compression::default());
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory")
}

fn xz_with(bytes: &[u8], options: XzOptions) -> Vec<u8> {
    let mut encoder = XzWriter::new(Vec::new(), options).expect("the options are sound");
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory")
}

pub fn xz(bytes: &[u8]) -> Vec<u8> {
    xz_with(bytes, XzOptions::with_preset(0))
}

type Packer = fn(&[u8]) -> Vec<u8>;

const ALL: [(Packing, Packer); 4] =
    [(Packing::Gzip, gzip), (Packing::Zstd, zstd), (Packing::Bzip2, bzip2), (Packing::Xz, xz)];

fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    let packing = Packing::of(packed).ok_or(ErrorKind::Unsupported)?;
    let mut unpacked = Vec::new();
    let packed = Cursor::new(packed.to_vec());
    packing.unpack(packed).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

/// Text with several blocks in each compression.
fn text() -> Vec<u8> {
    (0..30_000u32)
        .flat_map(|number| format!("{:x}\n", number.wrapping_mul(2_654_435_761)).into_bytes())
        .collect()
}

#[test]
fn each_compression_is_detected_and_decompressed() {
    let text = text();
    for (packing, pack) in ALL {
        let packed = pack(&text);
        assert!(Packing::of(&packed[..MAGIC_LENGTH]) == Some(packing), "{}", packing.name());
        assert!(unpack(&packed).expect("it is sound") == text, "{}", packing.name());
    }
}

#[test]
fn concatenated_streams_are_all_read() {
    for (packing, pack) in ALL {
        let packed = [pack(b"E-Mail\n"), pack(b""), pack(b"a@example.org\n")].concat();
        let unpacked = unpack(&packed).expect("they are sound");
        assert_eq!(unpacked, b"E-Mail\na@example.org\n", "{}", packing.name());
    }
}

/// Stream padding is a multiple of four bytes.
#[test]
fn xz_streams_may_have_padding_between_and_after_them() {
    let packed = [&xz(b"E-Mail\n")[..], &[0; 8], &xz(b"a@example.org\n"), &[0; 4]].concat();
    assert_eq!(unpack(&packed).expect("sound"), b"E-Mail\na@example.org\n");
    let misaligned = [&xz(b"E-Mail\n")[..], &[0; 3]].concat();
    assert!(unpack(&misaligned).is_err());
}

#[test]
fn xz_streams_of_several_blocks_and_with_each_checksum_are_read() {
    let text = text();
    for check in [CheckType::None, CheckType::Crc32, CheckType::Crc64, CheckType::Sha256] {
        let mut options = XzOptions::with_preset(1);
        options.set_check_sum_type(check);
        options.set_block_size(NonZeroU64::new(10_000));
        assert!(unpack(&xz_with(&text, options)).expect("it is sound") == text);
    }
}

#[test]
fn a_truncated_stream_is_an_error_and_not_a_shorter_list() {
    let text = text();
    for (packing, pack) in ALL {
        let packed = pack(&text);
        let tail = packed.len() - 40..packed.len();
        for length in (MAGIC_LENGTH..packed.len()).step_by(4001).chain(tail) {
            assert!(unpack(&packed[..length]).is_err(), "{} cut to {length}", packing.name());
        }
        // The second of two streams is cut off within its first bytes.
        for length in 1..MAGIC_LENGTH {
            let both = [&packed[..], &packed[..length]].concat();
            assert!(unpack(&both).is_err(), "{} with {length} bytes more", packing.name());
        }
    }
}

#[test]
fn a_changed_byte_is_an_error_or_makes_no_difference() {
    let text = text();
    for (packing, pack) in ALL {
        let packed = pack(&text);
        for place in (MAGIC_LENGTH..packed.len()).step_by(4001) {
            let mut damaged = packed.clone();
            damaged[place] ^= 0x10;
            if let Ok(unpacked) = unpack(&damaged) {
                assert!(unpacked == text, "{} changed at {place}", packing.name());
            }
        }
    }
}

#[test]
fn an_xz_stream_beyond_the_memory_limit_is_refused() {
    for (dictionary, is_read) in [(128 << 20, true), (192 << 20, false)] {
        // A stream of one byte. Its header states the size of the dictionary.
        let outcome = unpack(&with_dictionary(xz(b"x"), dictionary));
        match outcome {
            Ok(text) => assert!(is_read && text == b"x"),
            Err(error) => assert!(!is_read && error.to_string().contains("128 MiB"), "{error}"),
        }
    }
}

/// Changes the dictionary size of a stream. In the xz file format, the stream header has 12 bytes. The block
/// header follows: its size, its flags, the filter 0x21, the size of its properties, the property, and a
/// CRC32 at the end.
fn with_dictionary(mut stream: Vec<u8>, size: u32) -> Vec<u8> {
    let exponent = size.ilog2();
    let is_half = size != 1 << exponent;
    stream[16] = u8::try_from((exponent - 12) * 2 + u32::from(is_half)).expect("it is small");
    let length = (usize::from(stream[12]) + 1) * 4;
    let mut crc = flate2::Crc::new();
    crc.update(&stream[12..12 + length - 4]);
    stream[12 + length - 4..12 + length].copy_from_slice(&crc.sum().to_le_bytes());
    stream
}

#[test]
fn text_that_begins_like_bzip2_is_text() {
    assert!(Packing::of(b"BZh9;Name;Ort\n").is_none());
    assert!(Packing::of(b"").is_none());
}

#[test]
fn the_ending_of_a_name_shows_the_compression() {
    for (name, packing) in [
        ("a.csv.gz", Some(Packing::Gzip)),
        ("a.TGZ", Some(Packing::Gzip)),
        ("a.csv.bz2", Some(Packing::Bzip2)),
        ("a.tar.xz", Some(Packing::Xz)),
        ("a.csv.zst", Some(Packing::Zstd)),
        ("a.csv", None),
        ("bz2", None),
    ] {
        assert!(Packing::named(Path::new(name)) == packing, "{name}");
    }
}
