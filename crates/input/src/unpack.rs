//! Decompresses streams: gzip, zstd, bzip2 and xz.

use std::{
    io::{self, BufRead, BufReader, Cursor, ErrorKind, Read},
    path::Path,
};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;

use crate::zstd::Zstd;

/// The number of bytes that identify the compression.
const MAGIC_LENGTH: usize = 10;

/// The memory limit of an xz stream, in KiB: a dictionary of 128 MiB, and a little for the decoder. Under
/// fuzzing, only 64 MiB may be allocated at once.
const MAX_MEMORY_OF_XZ: u32 = if cfg!(fuzzing) { 60 << 10 } else { (128 << 10) + (1 << 10) };

/// The compression of a stream.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Zstd,
    Bzip2,
    Xz,
}

impl Packing {
    /// The compression that the first bytes of a stream show.
    pub fn of(magic: &[u8]) -> Option<Self> {
        match magic {
            // The method is Deflate, and the three reserved flags are 0. The first two bytes alone could be text.
            [0x1F, 0x8B, 8, 0..=0x1F, ..] => Some(Self::Gzip),
            // A frame, or a skippable frame.
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Self::Zstd),
            // A block, or the end of an empty stream. The first three bytes alone could be text.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => {
                Some(Self::Bzip2)
            }
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            _ => None,
        }
    }

    /// The compression that the file name shows.
    pub fn named(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match &*extension {
            "gz" | "tgz" => Some(Self::Gzip),
            "zst" | "tzst" => Some(Self::Zstd),
            "bz2" | "tbz2" | "tbz" => Some(Self::Bzip2),
            "xz" | "txz" => Some(Self::Xz),
            _ => None,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
        }
    }

    /// Decompresses all concatenated streams. A truncated stream or a wrong checksum is an error.
    pub fn unpack(self, packed: impl BufRead + Send + 'static) -> Box<dyn Read + Send> {
        match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Self::Zstd => Box::new(Zstd::new(packed)),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(packed)),
            Self::Xz => {
                let reader = XzReader::new_mem_limit(packed, true, MAX_MEMORY_OF_XZ);
                Box::new(Xz { reader, has_failed: false })
            }
        }
    }
}

/// Decompresses a stream and returns its compression. Returns uncompressed bytes unchanged.
pub(crate) fn unpacked(
    mut raw: impl Read + Send + 'static,
) -> io::Result<(Option<Packing>, Box<dyn Read + Send>)> {
    let mut magic = Vec::with_capacity(MAGIC_LENGTH);
    raw.by_ref().take(MAGIC_LENGTH as u64).read_to_end(&mut magic)?;
    let packing = Packing::of(&magic);
    let whole = BufReader::with_capacity(1 << 17, Cursor::new(magic).chain(raw));
    let reader = match packing {
        Some(packing) => packing.unpack(whole),
        None => Box::new(whole),
    };
    Ok((packing, reader))
}

/// An xz stream. After an error it returns no more bytes.
struct Xz<R: Read> {
    reader: XzReader<R>,
    has_failed: bool,
}

impl<R: Read> Read for Xz<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.has_failed {
            return Err(ErrorKind::InvalidData.into());
        }
        // The decoder would mistake an empty read for the end of a block.
        if buffer.is_empty() {
            return Ok(0);
        }
        self.reader.read(buffer).map_err(|error| {
            self.has_failed = true;
            match error.kind() {
                ErrorKind::OutOfMemory => io::Error::new(
                    ErrorKind::InvalidData,
                    "it takes more than 128 MiB of memory to unpack; unpack it first",
                ),
                _ => error,
            }
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
