//! The parts of an index file that can be read without a key: its start, id and metadata.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    ops::Range,
    path::Path,
};

use super::{
    format::{FIRST_READ, Layout, Section},
    metadata::Metadata,
    open::Index,
};
use crate::{error::Error, id::IndexId, memory::zeros};

/// The id and metadata of an index file, read without a key. Nothing proves that they are true.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnverifiedIndex {
    /// The id of the index.
    pub id: IndexId,
    /// The metadata of the index.
    pub metadata: Metadata,
}

impl Index {
    /// Reads the id and the metadata of an index file without a key, so nothing proves that they
    /// are true. This takes a few reads of the head and at most 32 MiB of memory.
    ///
    /// ```
    /// use leakdex::{Breach, Index, IndexBuilder, Key, Record};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("bitmarck.leakdex");
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # builder.publish(&path)?;
    ///
    /// // Which key does this file need?
    /// let unverified = Index::read_unverified(&path)?;
    /// assert_eq!(unverified.metadata.key_id, key.id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be read, [`Error::Index`] if it is not an index of this
    /// version.
    pub fn read_unverified(path: impl AsRef<Path>) -> Result<UnverifiedIndex, Error> {
        let path = path.as_ref();
        let mut head = UnreadIndex::open(path)?;
        // Reads only these parts, because the rest may be larger than memory.
        let metadata = head.read(path, head.layout.range(Section::Metadata))?;
        let metadata = Metadata::decode(&metadata);
        let metadata = metadata.map_err(|fault| Error::from(fault).in_file(path))?;
        let id = IndexId::of_digest(&head.read(path, head.layout.mac())?);
        Ok(UnverifiedIndex { id, metadata })
    }
}

impl Layout {
    /// The layout that a file claims to have.
    pub(crate) fn of_file(path: &Path) -> Result<Self, Error> {
        UnreadIndex::open(path).map(|file| file.layout)
    }
}

/// The start of an index file. The rest was not read, and nothing was checked with a key.
pub(super) struct UnreadIndex {
    /// The file, positioned after `first`.
    pub file: File,
    /// The start of the file.
    pub first: Vec<u8>,
    pub length: u64,
    pub layout: Layout,
}

impl UnreadIndex {
    /// Reads the start of a file.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |error| Error::io("read the index", path, error);
        let mut file = File::open(path).map_err(failed)?;
        let mut first = Vec::with_capacity(FIRST_READ);
        (&mut file).take(FIRST_READ as u64).read_to_end(&mut first).map_err(failed)?;
        let length = match file.metadata().map_err(failed)?.len() {
            // A pipe has no length, but can have content.
            0 => Layout::claimed_length(&first),
            length => length,
        };
        let layout = Layout::decode(&first, length);
        let layout = layout.map_err(|fault| Error::from(fault).in_file(path))?;
        Ok(Self { file, first, length, layout })
    }

    /// Reads a part of the file. The range comes from the layout.
    pub fn read(&mut self, path: &Path, range: Range<usize>) -> Result<Vec<u8>, Error> {
        let mut read = || {
            let mut bytes = zeros(range.len())?;
            self.file.seek(SeekFrom::Start(range.start as u64))?;
            self.file.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        read().map_err(|error| Error::io("read the index", path, error))
    }

    /// Reads the MAC over the head, which identifies the index.
    pub fn read_mac(path: &Path) -> Result<Vec<u8>, Error> {
        let mut head = Self::open(path)?;
        head.read(path, head.layout.mac())
    }
}
