//! ZIP archives.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use deflate64::Deflate64Decoder;
use flate2::bufread::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::{EntryList, Listing, Refusal, checked::ChecksumReader, damaged};
use crate::{error::InputProblem, unpack::Packing};

/// The place of a file in a ZIP archive, and its compression method.
pub(super) struct Place {
    header: u64,
    packed: u64,
    crc: u32,
    method: Method,
}

enum Method {
    Stored,
    Deflate,
    Deflate64,
    Stream(Packing),
}

/// The size limit of the central directory, in bytes.
const MAX_DIRECTORY_SIZE: u64 = 32 << 20;

/// The files in a ZIP archive; `None` if it is a document in the form of a ZIP file, such as a workbook.
pub(super) fn list(file: File, path: &Path) -> Result<Option<Listing>, InputProblem> {
    let file = LimitedFile { file, left: MAX_DIRECTORY_SIZE };
    let Ok(archive) = ZipArchive::new(BufReader::new(file)) else { return no_archive(path) };
    let mut found = EntryList::new();
    for number in 0..archive.len() {
        let Ok(entry) = archive.by_index_data(number) else { return no_archive(path) };
        let raw = entry.name_raw();
        if is_of_document(raw, number) {
            return Ok(None);
        }
        // Programs for macOS and Linux write UTF-8, often without the flag for it.
        let name = match std::str::from_utf8(raw) {
            Ok(name) => name.into(),
            Err(_) => entry.name().unwrap_or_else(|_| String::from_utf8_lossy(raw)),
        };
        if entry.is_symlink() {
            found.pass_over(name.as_bytes(), "link")?;
        } else if !entry.is_dir() {
            let method = method_of(entry.encrypted(), entry.compression());
            let place = method.map(|method| Place {
                header: entry.header_start(),
                packed: entry.compressed_size(),
                crc: entry.crc32(),
                method,
            });
            found.push(name.as_bytes(), entry.size(), place)?;
        } else if entry.size() > 0 {
            return Err(damaged("a folder in it has content"));
        }
    }
    // Two concatenated archives have one list, which belongs to the second.
    if archive.offset() > 0 {
        return Err(InputProblem::Refused(
            "a ZIP archive with other data before it",
            "see whether two archives were put together, and give each of them",
        ));
    }
    // The crate lists only the last of several files with the same name.
    if archive.has_duplicate_names() {
        return Err(InputProblem::Refused(
            "a ZIP archive with several files of the same name",
            "unpack it, and give the files to read",
        ));
    }
    Ok(Some(found.into_listing(super::Place::Zip)))
}

/// A file with a limit on the number of bytes that are read.
struct LimitedFile {
    file: File,
    left: u64,
}

impl Read for LimitedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        let left = self.left.checked_sub(read as u64);
        self.left = left.ok_or_else(|| io::Error::other("the list of files is too long"))?;
        Ok(read)
    }
}

impl Seek for LimitedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Returns `None` for a damaged document, since the reader of its format refuses it.
fn no_archive(path: &Path) -> Result<Option<Listing>, InputProblem> {
    const DOCUMENTS: [&str; 6] = ["xlsx", "xlsm", "xlsb", "ods", "docx", "odt"];
    let extension = path.extension().unwrap_or_default();
    if DOCUMENTS.iter().any(|known| extension.eq_ignore_ascii_case(known)) {
        return Ok(None);
    }
    Err(damaged("the list of files at its end is missing, damaged or too long"))
}

/// Whether a file of this name shows that the ZIP file is a document, such as an Excel or `OpenDocument`
/// workbook.
fn is_of_document(name: &[u8], number: usize) -> bool {
    name == b"[Content_Types].xml"
        || name == b"_rels/.rels"
        || name.starts_with(b"xl/workbook.")
        || (number == 0 && name == b"mimetype")
}

/// How to read the file, or why it cannot be read.
fn method_of(is_encrypted: bool, method: CompressionMethod) -> Result<Method, Refusal> {
    const UNPACK: &str = "unpack it with another program";
    if is_encrypted {
        return Err(("encrypted", "unpack the archive with its password"));
    }
    Err(match method {
        CompressionMethod::Stored => return Ok(Method::Stored),
        CompressionMethod::Deflated => return Ok(Method::Deflate),
        CompressionMethod::DEFLATE64 => return Ok(Method::Deflate64),
        CompressionMethod::BZIP2 => return Ok(Method::Stream(Packing::Bzip2)),
        CompressionMethod::ZSTD => return Ok(Method::Stream(Packing::Zstd)),
        CompressionMethod::XZ => return Ok(Method::Stream(Packing::Xz)),
        CompressionMethod::LZMA => ("compressed with LZMA in the archive", UNPACK),
        CompressionMethod::PPMD => ("compressed with PPMd in the archive", UNPACK),
        CompressionMethod::SHRINK => ("compressed with Shrink in the archive", UNPACK),
        CompressionMethod::IMPLODE => ("compressed with Implode in the archive", UNPACK),
        _ => ("compressed in the archive with a method that is not read", UNPACK),
    })
}

impl Place {
    pub fn open(&self, mut file: File, size: u64) -> Result<Box<dyn Read + Send>, InputProblem> {
        // The name and the extra fields are between the header and the content.
        let mut header = [0; 30];
        file.seek(SeekFrom::Start(self.header))?;
        file.read_exact(&mut header)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(damaged("a file in it is not where its list of files says"));
        }
        let length = |at: usize| i64::from(u16::from_le_bytes([header[at], header[at + 1]]));
        file.seek_relative(length(26) + length(28))?;
        let packed = BufReader::with_capacity(1 << 17, file.take(self.packed));
        let (size, crc) = (size, self.crc);
        Ok(match &self.method {
            Method::Stored => Box::new(ChecksumReader::new(packed, size, crc)),
            Method::Deflate => {
                Box::new(ChecksumReader::new(DeflateDecoder::new(packed), size, crc))
            }
            Method::Deflate64 => {
                Box::new(ChecksumReader::new(Deflate64Decoder::with_buffer(packed), size, crc))
            }
            Method::Stream(packing) => {
                Box::new(ChecksumReader::new(packing.unpack(packed), size, crc))
            }
        })
    }
}
