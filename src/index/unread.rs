//! An index file before it is taken for one: its beginning, and the parts that need no key.

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
use crate::{error::Error, id::IndexId};

/// What an index file says of itself, read without a key: nothing shows that it is true.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unverified {
    /// Which index it is.
    pub id: IndexId,
    /// What it holds.
    pub metadata: Metadata,
}

impl Index {
    /// Reads the id and the metadata of an index file without a key, and so without a check that they
    /// are true. Takes a few reads of the head, and at most 32 MiB of memory.
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
    /// [`Error::Io`] if the file cannot be read, [`Error::Index`] if it is no index of this version.
    pub fn read_unverified(path: impl AsRef<Path>) -> Result<Unverified, Error> {
        let path = path.as_ref();
        let mut head = UnreadIndex::open(path)?;
        // Only these parts: the rest may be larger than memory.
        let metadata = head.read(path, head.layout.range(Section::Metadata))?;
        let metadata = Metadata::decode(&metadata);
        let metadata = metadata.map_err(|fault| Error::from(fault).in_file(path))?;
        let id = IndexId::of_digest(&head.read(path, head.layout.mac())?);
        Ok(Unverified { id, metadata })
    }
}

/// An index file of which no more than the beginning was read, and nothing was checked by a key.
pub(super) struct UnreadIndex {
    /// Stands behind what was read.
    pub file: File,
    /// What was read.
    pub first: Vec<u8>,
    pub length: u64,
    pub layout: Layout,
}

impl UnreadIndex {
    /// Reads the beginning of a file.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |error| Error::io("read the index", path, error);
        let mut file = File::open(path).map_err(failed)?;
        let mut first = Vec::with_capacity(FIRST_READ);
        (&mut file).take(FIRST_READ as u64).read_to_end(&mut first).map_err(failed)?;
        let length = match file.metadata().map_err(failed)?.len() {
            // What has no length may have contents nevertheless: a pipe.
            0 => Layout::claimed_length(&first),
            length => length,
        };
        let layout = Layout::decode(&first, length);
        let layout = layout.map_err(|fault| Error::from(fault).in_file(path))?;
        Ok(Self { file, first, length, layout })
    }

    /// Reads a part of the file that the layout names.
    pub fn read(&mut self, path: &Path, range: Range<usize>) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; range.len()];
        let found = self.file.seek(SeekFrom::Start(range.start as u64));
        let read = found.and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|error| Error::io("read the index", path, error))?;
        Ok(bytes)
    }

    /// Reads the MAC over the head, which tells one index from another.
    pub fn read_mac(path: &Path) -> Result<Vec<u8>, Error> {
        let mut head = Self::open(path)?;
        head.read(path, head.layout.mac())
    }
}
