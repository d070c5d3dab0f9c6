//! Where the bytes of an index are: in memory, or in a mapped file.

use std::{fs::File, ops::Deref};

use memmap2::Mmap;

pub(super) enum Storage {
    Memory(Vec<u8>),
    Mapped(Mmap),
}

impl Storage {
    /// Maps a file read-only, shared with every process that maps it.
    ///
    /// # Safety
    ///
    /// While the storage lives, the file must be neither changed nor truncated, by this process or
    /// another.
    #[expect(unsafe_code, reason = "the one place that maps a file")]
    pub unsafe fn map(file: &File) -> Result<Self, std::io::Error> {
        // SAFETY: the caller promises that the mapped bytes do not change, which is all that
        // `Mmap::map` asks for. An empty file gives an empty mapping.
        unsafe { Mmap::map(file) }.map(Self::Mapped)
    }
}

impl Deref for Storage {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Memory(bytes) => bytes,
            Self::Mapped(map) => map,
        }
    }
}

impl From<Vec<u8>> for Storage {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Memory(bytes)
    }
}
