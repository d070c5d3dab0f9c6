//! The storage of an index: private memory, or a mapped file.

use std::{
    io::{self, Read},
    ops::Deref,
};

use memmap2::{Mmap, MmapMut};

use super::mapped_file::MappedFile;

pub(super) enum Storage {
    Memory(Vec<u8>),
    /// Pages of a file, or anonymous pages.
    Mapped(Mmap, Option<MappedFile>),
}

impl Storage {
    /// Reads a file of this length into private memory. The caller has read its `first` bytes already. Uses
    /// huge pages if the system has them: lookups access random positions, and with small pages
    /// they wait for the page table as long as for the memory itself.
    pub fn read(first: &[u8], mut rest: impl Read, length: u64) -> io::Result<Self> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let mut memory = MmapMut::map_anon(length)?;
        #[cfg(target_os = "linux")]
        let _ = memory.advise(HUGE_PAGES);
        let (begin, end) = memory.split_at_mut(first.len().min(length));
        begin.copy_from_slice(&first[..begin.len()]);
        // Fails if the file was truncated in the meantime. Bytes that were appended in the meantime
        // are not part of the index.
        rest.read_exact(end)?;
        Ok(Self::Mapped(memory.make_read_only()?, None))
    }

    /// Maps a file read-only, shared with every process that maps it.
    ///
    /// # Safety
    ///
    /// While the storage exists, the file must be neither changed nor truncated, by this process or
    /// another.
    #[expect(unsafe_code, reason = "the one place that maps a file")]
    pub unsafe fn map(file: MappedFile) -> io::Result<Self> {
        // SAFETY: the caller promises that the mapped bytes do not change, which is all that
        // `Mmap::map` requires. An empty file gives an empty mapping.
        let map = unsafe { Mmap::map(file.file()) }?;
        #[cfg(target_os = "linux")]
        let _ = map.advise(HUGE_PAGES);
        Ok(Self::Mapped(map, Some(file)))
    }

    /// The mapped file, if there is one that another program could change.
    pub const fn file(&self) -> Option<&MappedFile> {
        match self {
            Self::Mapped(_, file) => file.as_ref(),
            Self::Memory(_) => None,
        }
    }
}

/// Only a hint: without huge pages, everything works, but more slowly.
#[cfg(target_os = "linux")]
const HUGE_PAGES: memmap2::Advice = memmap2::Advice::HugePage;

/// Prefetches the cache line where an element begins, without waiting for it. Does nothing if there
/// is no such element, or on an architecture other than x86-64.
#[inline]
#[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "takes a pointer"))]
pub(super) fn prefetch<T>(elements: &[T], place: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(element) = elements.get(place) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the pointer comes from a reference. A prefetch would not even need that: it
        // changes nothing but the cache. The instruction is part of every x86-64 processor.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(element).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (elements, place);
}

impl Deref for Storage {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Memory(bytes) => bytes,
            Self::Mapped(map, _) => map,
        }
    }
}

impl From<Vec<u8>> for Storage {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Memory(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_whole() {
        for length in [1, 4096, 4097, 5_000_001] {
            let bytes: Vec<u8> = (0..=250).cycle().take(length).collect();
            let (first, rest) = bytes.split_at(length.min(4096));
            let storage = Storage::read(first, rest, length as u64).expect("it is read");
            assert!(*storage == bytes[..], "{length} bytes");
            assert!(Storage::read(first, rest, length as u64 + 1).is_err(), "one is missing");
        }
    }
}
