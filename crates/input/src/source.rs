//! The bytes of a file or of standard input, decompressed if necessary.

use std::{
    fs::File,
    io::{self, Cursor, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    archive,
    digest::HashingReader,
    error::{InputProblem, LimitExceeded},
    size::ByteCount,
    stable_file::StableFile,
    unpack::{Packing, unpacked},
};

/// The decompressed bytes of an input, and the underlying file.
pub(crate) struct Source {
    pub reader: Box<dyn Read + Send>,
    /// The name that may decide the format. In an archive, it is the name of the member.
    pub name: PathBuf,
    /// Whether the bytes are exactly those of the file of this name on disk.
    pub is_plain: bool,
    /// The compression of the underlying file.
    pub packing: Option<Packing>,
    pub file: Underlying,
}

/// The file under an input, and the progress in it. For a file in an archive, the size, the progress and the
/// digest are those of that file.
#[derive(Default)]
pub(crate) struct Underlying {
    /// Its size, if it has one.
    pub size: Option<u64>,
    /// The number of its bytes that have been read.
    pub position: Arc<AtomicU64>,
    /// The handle that computes its digest, if requested.
    pub hashed: Option<HashingReader>,
    /// The file on disk, unless the input can be read only once.
    pub stable_file: Option<StableFile>,
}

impl Underlying {
    /// The error if the file was changed since it was opened.
    pub fn changed(&self) -> Option<InputProblem> {
        self.stable_file.as_ref().and_then(|file| file.refuse_changed().err())
    }
}

impl Source {
    /// Opens a file, a file in an archive, or standard input for `-`. Reading beyond the limit is an error.
    pub fn open(path: &Path, limit: Option<ByteCount>, digest: bool) -> Result<Self, InputProblem> {
        let mut source = if path.as_os_str() == "-" {
            Self::unpack(path, Box::new(io::stdin()), None, digest)?
        } else {
            let (file, name) = archive::located(path)?;
            // The file is opened first, so any later change to it is noticed.
            let stable_file = StableFile::open(file)?;
            let listing = archive::list(file)?;
            let source = match (listing, name) {
                (None, Some(_)) => return Err(InputProblem::Missing),
                (None, None) => Self::of_file(path, stable_file.as_ref(), digest)?,
                (Some(listing), name) => {
                    let member = match name {
                        Some(name) => listing.find(&name)?,
                        None => listing.only()?,
                    };
                    let path = file.join(&member.name);
                    let source =
                        Self::unpack(&path, member.open(file)?, Some(member.size), digest)?;
                    // Check that the listing and the member come from the same archive.
                    stable_file
                        .as_ref()
                        .map_or(Ok(()), |stable_file| stable_file.refuse_other(file))?;
                    source
                }
            };
            // If the caller listed the archive before, it must still be that version.
            archive::refuse_replaced(path)?;
            Self { file: Underlying { stable_file, ..source.file }, ..source }
        };
        if let Some(limit) = limit {
            source.reader = Box::new(LimitedReader { source: source.reader, limit, left: limit.0 });
        }
        Ok(source)
    }

    fn of_file(
        path: &Path,
        stable_file: Option<&StableFile>,
        digest: bool,
    ) -> Result<Self, InputProblem> {
        if let Some(stable_file) = stable_file {
            let file = stable_file.reader().map_err(InputProblem::Open)?;
            let source = Self::unpack(path, Box::new(file), Some(stable_file.size()), digest)?;
            return Ok(Self { is_plain: source.packing.is_none(), ..source });
        }
        let file = File::open(path).map_err(InputProblem::Open)?;
        let metadata = file.metadata().map_err(InputProblem::Open)?;
        if metadata.is_dir() {
            return Err(InputProblem::Folder);
        }
        Self::unpack(path, Box::new(file), None, digest)
    }

    /// Bytes in memory, not decompressed.
    pub fn of_bytes(bytes: Vec<u8>, name: &str) -> Self {
        let size = u64::try_from(bytes.len()).ok();
        Self {
            reader: Box::new(Cursor::new(bytes)),
            name: name.into(),
            is_plain: false,
            packing: None,
            file: Underlying { size, ..Underlying::default() },
        }
    }

    /// Decompresses a stream.
    fn unpack(
        path: &Path,
        raw: Box<dyn Read + Send>,
        size: Option<u64>,
        digest: bool,
    ) -> Result<Self, InputProblem> {
        let (raw, hashed) = HashingReader::optional(raw, digest);
        let position = Arc::new(AtomicU64::new(0));
        let raw = CountingReader { source: raw, position: Arc::clone(&position) };
        let (packing, mut reader) = unpacked(raw)?;
        // Archives on disk were handled earlier.
        let mut start = Vec::with_capacity(archive::BLOCK);
        reader.by_ref().take(archive::BLOCK as u64).read_to_end(&mut start)?;
        if packing.is_none()
            && !start.is_empty()
            && let Some(claimed) = Packing::named(path)
        {
            return Err(InputProblem::NotCompressed(claimed.name()));
        }
        if archive::is_header(&start) {
            return Err(InputProblem::Refused(
                "a tar archive from a stream or within another archive",
                "save or unpack it, and give its file",
            ));
        }
        if let (Some(outer), Some(inner)) = (packing, Packing::of(&start)) {
            return Err(InputProblem::PackedTwice { outer: outer.name(), inner: inner.name() });
        }
        let reader = Box::new(Cursor::new(start).chain(reader));
        let (name, file) =
            (path.to_owned(), Underlying { size, position, hashed, stable_file: None });
        Ok(Self { reader, name, is_plain: false, packing, file })
    }
}

/// A reader that fails once it exceeds the limit.
struct LimitedReader {
    source: Box<dyn Read + Send>,
    limit: ByteCount,
    left: u64,
}

impl Read for LimitedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // One byte beyond the limit shows whether the input exceeds it.
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).saturating_add(1);
        let wanted = wanted.min(buffer.len());
        let read = self.source.read(&mut buffer[..wanted])?;
        let left = self.left.checked_sub(read as u64);
        self.left = left.ok_or_else(|| io::Error::other(LimitExceeded(self.limit)))?;
        Ok(read)
    }
}

/// A reader that counts its bytes.
struct CountingReader {
    source: Box<dyn Read + Send>,
    position: Arc<AtomicU64>,
}

impl Read for CountingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.position.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unpack::tests::{gzip, zstd};

    fn read(name: &str, bytes: &[u8]) -> Result<Vec<u8>, InputProblem> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        let mut source = Source::open(&path, None, false)?;
        let mut unpacked = Vec::new();
        source.reader.read_to_end(&mut unpacked)?;
        let size = u64::try_from(bytes.len()).expect("fits");
        assert_eq!(source.file.size, Some(size));
        assert_eq!(source.file.position.load(Ordering::Relaxed), size);
        Ok(unpacked)
    }

    #[test]
    fn the_first_bytes_of_a_file_show_its_compression() {
        let text = b"E-Mail\na@example.org\n".repeat(20_000);
        assert_eq!(read("a.csv", &text).expect("plain"), text);
        assert_eq!(read("a.csv", &gzip(&text)).expect("gzip"), text);
        assert_eq!(read("a.csv", &zstd(&text)).expect("zstd"), text);
    }

    #[test]
    fn skippable_frames_of_zstd_are_skipped() {
        let skippable = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3].to_vec();
        let packed = [skippable.clone(), zstd(b"E-Mail\n"), skippable, zstd(b"a\n")].concat();
        assert_eq!(read("a.zst", &packed).expect("zstd"), b"E-Mail\na\n");
    }

    #[test]
    fn a_cut_or_damaged_compressed_file_is_an_error_and_not_a_shorter_list() {
        let text: Vec<u8> = (0..20_000u32).flat_map(|n| format!("{n:x}\n").into_bytes()).collect();
        for (name, packed) in [("a.gz", gzip(&text)), ("a.zst", zstd(&text))] {
            for length in [5, packed.len() - 1] {
                let outcome = read(name, &packed[..length]);
                assert!(matches!(outcome, Err(InputProblem::Read(_))), "{name} cut to {length}");
            }
            let mut damaged = packed.clone();
            let last = damaged.len() - 5;
            damaged[last] ^= 1;
            assert!(matches!(read(name, &damaged), Err(InputProblem::Read(_))), "{name}");
        }
    }

    #[test]
    fn a_plain_file_with_the_name_of_a_compressed_file_is_an_error() {
        let outcome = read("a.csv.GZ", b"E-Mail\n");
        assert!(matches!(outcome, Err(InputProblem::NotCompressed("gzip"))));
    }

    #[test]
    fn a_file_over_the_limit_is_never_treated_as_complete() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let text = b"E-Mail\na@example.org\n".repeat(10_000);
        let length = u64::try_from(text.len()).expect("fits");
        for (name, packed) in
            [("a.csv", text.clone()), ("a.csv.gz", gzip(&text)), ("a.csv.zst", zstd(&text))]
        {
            let path = folder.path().join(name);
            std::fs::write(&path, packed).expect("written");
            for (limit, fits) in
                [(length + 1, true), (length, true), (length - 1, false), (1, false)]
            {
                let source = Source::open(&path, Some(ByteCount(limit)), false);
                let mut reader = source.expect("the limit counts what is read").reader;
                let mut unpacked = Vec::new();
                let outcome = reader.read_to_end(&mut unpacked).map_err(InputProblem::from);
                match outcome {
                    Ok(_) => assert!(fits && unpacked == text, "{name}, {limit} bytes"),
                    Err(InputProblem::TooLong(ByteCount(reported))) => {
                        assert!(!fits && reported == limit, "{name}, {limit} bytes");
                    }
                    Err(problem) => panic!("{name}: {problem}"),
                }
            }
        }
    }

    #[test]
    fn double_compression_is_named() {
        let text = b"E-Mail\na@example.org\n";
        for (name, packed, words) in [
            ("a.csv.gz.gz", gzip(&gzip(text)), "gzip within gzip"),
            ("a.csv.zst.gz", gzip(&zstd(text)), "zstd within gzip"),
            ("a.csv.gz.zst", zstd(&gzip(text)), "gzip within zstd"),
        ] {
            let message = read(name, &packed).expect_err("compressed twice").to_string();
            assert!(message.contains(words), "{message}");
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.zip.gz");
        let zip = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0a.csv";
        std::fs::write(&path, gzip(zip)).expect("written");
        let error = crate::Input::open(&path, &crate::Options::default()).map(|_| ());
        let message = error.expect_err("compressed twice").to_string();
        assert!(message.contains("ZIP within gzip"), "{message}");
    }

    #[test]
    fn the_errors_for_a_missing_file_and_for_a_folder_differ() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let missing = Source::open(&folder.path().join("members.csv"), None, false);
        assert!(matches!(missing, Err(InputProblem::Missing)));
        assert!(matches!(Source::open(folder.path(), None, false), Err(InputProblem::Folder)));
    }
}
