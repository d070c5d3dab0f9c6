//! The common form of all files that parties exchange: a head, metadata as JSON, a body, and a signature.
//! `docs/PRIVATE-CHECK.md` shows it.

use std::{
    io::{self, Read, Seek, SeekFrom, Write},
    str::FromStr,
};

use serde::{Serialize, de};
use sha2::{Digest, Sha256, Sha512};

use crate::{
    error::Error,
    json::canonical_form,
    names::{FileId, FileType, Fingerprint},
    signer::{SIGNATURE_LENGTH, Signer},
};

const MAGIC: [u8; 8] = *b"\x89LDP\r\n\x1A\n";
const VERSION: u16 = 1;
const HEAD_LENGTH: usize = 64;
/// The length limit of metadata, in bytes. The metadata of a table lists all sets of data classes that leaked together.
pub(crate) const LONGEST_METADATA: u32 = 1 << 24;

impl FromStr for FileId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::from_hex(text).ok_or(Error::NotAFileId)
    }
}

/// Reads a file, for example one that was just written, and verifies its signature. Returns its id.
///
/// # Errors
///
/// If it is not a file of this type, was changed, or cannot be read.
pub fn verify_file(file: FileType, source: impl Read + Seek) -> Result<FileId, Error> {
    SignedFile::open(file, source).map(|signed| signed.id())
}

/// Writes one file.
pub(crate) struct FileWriter<'a, W> {
    file: FileType,
    signer: &'a Signer,
    sink: W,
    /// The signature covers a SHA-512, and the id comes from SHA-256.
    covered: Sha512,
    all: Sha256,
    /// The number of bytes of the body that are not written yet.
    left: u64,
}

impl<'a, W: Write> FileWriter<'a, W> {
    /// Begins a file with a body of this length.
    pub fn begin(
        file: FileType,
        signer: &'a Signer,
        metadata: &impl Serialize,
        body_length: u64,
        sink: W,
    ) -> Result<Self, Error> {
        let metadata = serde_json::to_vec(metadata).expect("metadata has string keys only");
        Self::begin_with(file, signer, &metadata, body_length, sink)
    }

    /// Begins a file with these bytes as its metadata.
    pub fn begin_with(
        file: FileType,
        signer: &'a Signer,
        metadata: &[u8],
        body_length: u64,
        sink: W,
    ) -> Result<Self, Error> {
        let length = u32::try_from(metadata.len()).ok().filter(|&bytes| bytes <= LONGEST_METADATA);
        let length = length.ok_or(Error::Malformed { file, part: "metadata" })?;
        let mut head = [0; HEAD_LENGTH];
        head[..8].copy_from_slice(&MAGIC);
        head[8..10].copy_from_slice(&file.number().to_le_bytes());
        head[10..12].copy_from_slice(&VERSION.to_le_bytes());
        head[12..16].copy_from_slice(&length.to_le_bytes());
        head[16..24].copy_from_slice(&body_length.to_le_bytes());
        head[24..56].copy_from_slice(signer.fingerprint().as_bytes());
        let (covered, all) = (Sha512::new(), Sha256::new());
        let mut writer = Self { file, signer, sink, covered, all, left: 0 };
        writer.put(&head)?;
        writer.put(metadata)?;
        writer.left = body_length;
        Ok(writer)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.covered.update(bytes);
        self.all.update(bytes);
        self.sink.write_all(bytes).map_err(Error::io(self.file.writing()))
    }

    /// Writes the next bytes of the body.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.left =
            self.left.checked_sub(bytes.len() as u64).expect("the body has the announced length");
        self.put(bytes)
    }

    /// Signs the file.
    pub fn finish(mut self) -> Result<FileId, Error> {
        assert_eq!(self.left, 0, "the announced and the written bytes must agree");
        let digest: [u8; 64] = self.covered.clone().finalize().into();
        let signature = self.signer.sign(&self.file.message(&digest));
        self.put(&signature)?;
        self.sink.flush().map_err(Error::io(self.file.writing()))?;
        Ok(FileId::of_digest(&self.all.finalize()))
    }
}

/// A file with a verified signature. It is read once to verify it, and again to use it.
pub(crate) struct SignedFile<R> {
    file: FileType,
    source: R,
    signer: Fingerprint,
    metadata: Vec<u8>,
    body_length: u64,
    id: FileId,
    digest: [u8; 64],
}

impl<R: Read + Seek> SignedFile<R> {
    /// Reads the whole file and verifies its signature. Memory is bounded for any file.
    pub fn open(file: FileType, mut source: R) -> Result<Self, Error> {
        let reading = file.reading();
        let length = source.seek(SeekFrom::End(0)).map_err(Error::io(reading))?;
        source.rewind().map_err(Error::io(reading))?;
        let mut head = [0; HEAD_LENGTH];
        if length < HEAD_LENGTH as u64 {
            return Err(Error::NotThisFile(file));
        }
        source.read_exact(&mut head).map_err(Error::io(reading))?;
        let number = |range: std::ops::Range<usize>| {
            u16::from_le_bytes([head[range.start], head[range.start + 1]])
        };
        if head[..8] != MAGIC || number(8..10) != file.number() {
            return Err(Error::NotThisFile(file));
        }
        let version = number(10..12);
        if version != VERSION {
            return Err(Error::UnknownVersion { file, version });
        }
        let metadata_length = u32::from_le_bytes(head[12..16].try_into().expect("four bytes"));
        let body_length = u64::from_le_bytes(head[16..24].try_into().expect("eight bytes"));
        let expected = body_length
            .checked_add(HEAD_LENGTH as u64 + u64::from(metadata_length) + SIGNATURE_LENGTH as u64);
        if metadata_length > LONGEST_METADATA || expected != Some(length) {
            return Err(Error::WrongLength(file));
        }
        let signer = Fingerprint::from_bytes(head[24..56].try_into().expect("32 bytes"));
        let mut metadata = vec![0; metadata_length as usize];
        source.read_exact(&mut metadata).map_err(Error::io(reading))?;

        let (mut covered, mut all) = (Sha512::new(), Sha256::new());
        for bytes in [&head[..], &metadata] {
            covered.update(bytes);
            all.update(bytes);
        }
        let mut buffer = vec![0; 1 << 16];
        let mut left = body_length;
        while left > 0 {
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            source.read_exact(&mut buffer[..count]).map_err(Error::io(reading))?;
            covered.update(&buffer[..count]);
            all.update(&buffer[..count]);
            left -= count as u64;
        }
        let mut signature = [0; SIGNATURE_LENGTH];
        source.read_exact(&mut signature).map_err(Error::io(reading))?;
        all.update(signature);
        let digest: [u8; 64] = covered.finalize().into();
        if head[56..].iter().any(|&byte| byte != 0)
            || !signer.has_signed(&file.message(&digest), &signature)
        {
            return Err(Error::BadSignature(file));
        }
        let id = FileId::of_digest(&all.finalize());
        Ok(Self { file, source, signer, metadata, body_length, id, digest })
    }

    pub const fn id(&self) -> FileId {
        self.id
    }

    pub const fn signer(&self) -> Fingerprint {
        self.signer
    }

    pub const fn body_length(&self) -> u64 {
        self.body_length
    }

    /// The metadata. An unknown field is an error, since it might matter. So is a value that is not in the form
    /// that a writer uses, since a reader in another language could understand it differently.
    pub fn metadata<T: de::DeserializeOwned + Serialize>(&self) -> Result<T, Error> {
        let read = || {
            let metadata: T = serde_json::from_slice(&self.metadata)?;
            let written = canonical_form(&serde_json::to_vec(&metadata)?)?;
            Ok((canonical_form(&self.metadata)? == written).then_some(metadata))
        };
        let metadata = read().unwrap_or_else(|_: serde_json::Error| None);
        metadata.ok_or(Error::Malformed { file: self.file, part: "metadata" })
    }

    /// Reads the body again, from its start.
    pub fn body(&mut self) -> Result<Body<'_, R>, Error> {
        let reading = self.file.reading();
        self.source.rewind().map_err(Error::io(reading))?;
        let mut hashed = Sha512::new();
        let mut before = vec![0; HEAD_LENGTH + self.metadata.len()];
        self.source.read_exact(&mut before).map_err(Error::io(reading))?;
        hashed.update(&before);
        Ok(Body { hashed, left: self.body_length, file: self })
    }
}

/// The body of a file while it is read a second time.
pub(crate) struct Body<'f, R> {
    file: &'f mut SignedFile<R>,
    hashed: Sha512,
    left: u64,
}

impl<R: Read> Body<'_, R> {
    /// Fills the buffer.
    ///
    /// # Panics
    ///
    /// If fewer bytes are left.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self.left = self.left.checked_sub(buffer.len() as u64).expect("the body is that long");
        let file = self.file.file;
        self.file.source.read_exact(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Error::ChangedWhileRead(file),
            _ => Error::Io { action: file.reading(), source: error },
        })?;
        self.hashed.update(&buffer);
        Ok(())
    }

    /// Fills the buffer. `false` if fewer bytes are left.
    pub fn read_if_left(&mut self, buffer: &mut [u8]) -> Result<bool, Error> {
        let is_left = buffer.len() as u64 <= self.left;
        if is_left {
            self.read(buffer)?;
        }
        Ok(is_left)
    }

    /// The number of bytes left.
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// Checks that the body is the same as at the first reading. Publish nothing from it before this succeeds.
    pub fn finish(self) -> Result<(), Error> {
        assert_eq!(self.left, 0, "the whole body was read");
        let digest: [u8; 64] = self.hashed.finalize().into();
        if digest == self.file.digest {
            Ok(())
        } else {
            Err(Error::ChangedWhileRead(self.file.file))
        }
    }
}
