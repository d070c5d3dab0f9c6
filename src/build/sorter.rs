//! Sorts the identifiers of a build, in memory or, beyond a limit, in runs on the disk.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, binary_heap::PeekMut},
    fs::File,
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    ops::Range,
    path::PathBuf,
};

use leakdex_staging::unnamed_in;
use rayon::prelude::*;

use crate::{identifier::Kind, pseudonym::Pseudonym};

/// One identifier of one record. Equal ones are of records that say the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    // A `u128` in one would make it larger, for its alignment.
    high: u64,
    low: u64,
    /// What the record says, as one number: tells records with this pseudonym apart.
    pub record: u64,
    pub class_set: u32,
    pub kind: Kind,
    /// Whether it is the least of its record's pseudonyms, so that records can be counted.
    pub is_first: bool,
}

impl Entry {
    /// Bytes of an entry in a run.
    const LENGTH: usize = 32;

    #[expect(clippy::cast_possible_truncation, reason = "the casts cut a number into halves")]
    pub fn new(pseudonym: Pseudonym, kind: Kind, record: u64, class_set: u32, first: bool) -> Self {
        let number = pseudonym.number();
        Self {
            high: (number >> 64) as u64,
            low: number as u64,
            record,
            class_set,
            kind,
            is_first: first,
        }
    }

    pub fn pseudonym(&self) -> Pseudonym {
        Pseudonym::from_number(u128::from(self.high) << 64 | u128::from(self.low))
    }

    fn encode(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..8].copy_from_slice(&self.high.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.low.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.record.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.class_set.to_le_bytes());
        bytes[28] = self.kind as u8;
        bytes[29] = u8::from(self.is_first);
        bytes
    }

    fn decode(bytes: &[u8; Self::LENGTH]) -> io::Result<Self> {
        let (words, _) = bytes.as_chunks::<8>();
        let [high, low, record, last] = words else { unreachable!("32 bytes are four words") };
        let [set @ .., kind, is_first, _, _] = last;
        let kind = Kind::ALL.get(usize::from(*kind)).ok_or_else(changed)?;
        Ok(Self {
            high: u64::from_le_bytes(*high),
            low: u64::from_le_bytes(*low),
            record: u64::from_le_bytes(*record),
            class_set: u32::from_le_bytes(*set),
            kind: *kind,
            is_first: *is_first == 1,
        })
    }
}

fn changed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a sorted run is not as it was written")
}

/// Takes entries in any order and gives them in ascending order, equal ones once.
pub(super) struct Sorter {
    entries: Vec<Entry>,
    limit: Option<Limit>,
    spill: Option<Spill>,
    /// How many records were found to say the same as another of their run.
    duplicates: u64,
}

/// From how much on entries go to the disk, and where to.
pub(super) struct Limit {
    pub entries: usize,
    pub folder: PathBuf,
}

/// A run cannot be read.
#[derive(Debug)]
pub(super) struct RunError(pub io::Error);

/// Sorted runs of entries, one after the other in a file without a name, which is gone with the
/// process.
struct Spill {
    file: File,
    /// Where in the file each run is.
    runs: Vec<Range<u64>>,
}

impl Sorter {
    pub fn new() -> Self {
        Self { entries: Vec::new(), limit: None, spill: None, duplicates: 0 }
    }

    pub fn set_limit(&mut self, limit: Limit) {
        self.limit = Some(limit);
    }

    pub fn limit(&self) -> Option<&Limit> {
        self.limit.as_ref()
    }

    /// Takes in the entries of one record.
    ///
    /// # Errors
    ///
    /// What the system says of the disk.
    pub fn extend(&mut self, entries: impl Iterator<Item = Entry>) -> io::Result<()> {
        self.entries.extend(entries);
        if self.limit.as_ref().is_some_and(|limit| self.entries.len() >= limit.entries) {
            self.spill()?;
        }
        Ok(())
    }

    /// Ends the taking in: entries can be read from now on, as often as needed.
    ///
    /// # Errors
    ///
    /// What the system says of the disk.
    pub fn finish(mut self) -> io::Result<Sorted> {
        if self.spill.is_some() && !self.entries.is_empty() {
            self.spill()?;
            self.entries = Vec::new();
        }
        self.sort();
        Ok(Sorted { entries: self.entries, spill: self.spill, duplicates: self.duplicates })
    }

    fn sort(&mut self) {
        self.entries.par_sort_unstable();
        let duplicates = &mut self.duplicates;
        self.entries.dedup_by(|one, kept| {
            let same = one == kept;
            *duplicates += u64::from(same && one.is_first);
            same
        });
    }

    fn spill(&mut self) -> io::Result<()> {
        self.sort();
        let Some(limit) = &self.limit else { unreachable!("without a limit nothing spills") };
        let spill = match &mut self.spill {
            Some(spill) => spill,
            none => none.insert(Spill { file: unnamed_in(&limit.folder)?, runs: Vec::new() }),
        };
        let start = spill.runs.last().map_or(0, |run| run.end);
        // A run that failed before may have been written in part.
        spill.file.seek(SeekFrom::Start(start))?;
        let mut writer = BufWriter::with_capacity(1 << 20, &spill.file);
        self.entries.iter().try_for_each(|entry| writer.write_all(&entry.encode()))?;
        writer.flush()?;
        drop(writer);
        spill.runs.push(start..start + (self.entries.len() * Entry::LENGTH) as u64);
        self.entries.clear();
        Ok(())
    }
}

/// Entries that can be read in ascending order: all in memory, or all in runs.
pub(super) struct Sorted {
    entries: Vec<Entry>,
    spill: Option<Spill>,
    duplicates: u64,
}

impl Sorted {
    /// How many entries there are, equal ones of different runs counted each.
    pub fn len(&self) -> u64 {
        let in_runs = self.spill.as_ref().and_then(|spill| spill.runs.last());
        self.entries.len() as u64 + in_runs.map_or(0, |run| run.end / Entry::LENGTH as u64)
    }

    /// How many records were left out already, since another one says the same.
    pub const fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// Calls back with all entries of each pseudonym, in ascending order, equal ones once, and with how
    /// many records among them say the same as another.
    ///
    /// # Errors
    ///
    /// What `each` or the system says.
    pub fn for_each_pseudonym<E: From<RunError>>(
        &mut self,
        mut each: impl FnMut(&[Entry], u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(spill) = &mut self.spill else {
            for same in self.entries.chunk_by(|one, other| one.pseudonym() == other.pseudonym()) {
                each(same, 0)?;
            }
            return Ok(());
        };
        let mut group = Vec::<Entry>::new();
        let mut duplicates = 0;
        let mut merge = Merge::new(spill).map_err(RunError)?;
        while let Some(entry) = merge.next().map_err(RunError)? {
            match group.last() {
                Some(last) if *last == entry => {
                    duplicates += u64::from(entry.is_first);
                    continue;
                }
                Some(last) if last.pseudonym() != entry.pseudonym() => {
                    each(&group, duplicates)?;
                    group.clear();
                    duplicates = 0;
                }
                _ => {}
            }
            group.push(entry);
        }
        if group.is_empty() { Ok(()) } else { each(&group, duplicates) }
    }
}

/// Reads several runs as one.
struct Merge<'a> {
    file: &'a mut File,
    runs: Vec<Reader>,
    /// The next entry of each run that has one, the least on top.
    heads: BinaryHeap<Reverse<(Entry, usize)>>,
}

impl<'a> Merge<'a> {
    fn new(spill: &'a mut Spill) -> io::Result<Self> {
        /// All runs share this much memory.
        const BUFFERS: usize = 16 << 20;
        let buffer = (BUFFERS / spill.runs.len()).clamp(1 << 14, 1 << 20) / Entry::LENGTH;
        let reader = |run: &Range<u64>| Reader::new(run.clone(), buffer * Entry::LENGTH);
        let mut runs: Vec<Reader> = spill.runs.iter().map(reader).collect();
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (number, run) in runs.iter_mut().enumerate() {
            heads.extend(run.next(&mut spill.file)?.map(|entry| Reverse((entry, number))));
        }
        Ok(Self { file: &mut spill.file, runs, heads })
    }

    fn next(&mut self) -> io::Result<Option<Entry>> {
        let Some(mut head) = self.heads.peek_mut() else { return Ok(None) };
        let Reverse((entry, number)) = *head;
        match self.runs[number].next(self.file)? {
            Some(next) if next < entry => return Err(changed()),
            Some(next) => head.0.0 = next,
            None => drop(PeekMut::pop(head)),
        }
        Ok(Some(entry))
    }
}

/// Reads one run.
struct Reader {
    /// What is still to be read.
    left: Range<u64>,
    buffer: Vec<u8>,
    /// How much of the buffer is taken.
    taken: usize,
    capacity: usize,
}

impl Reader {
    const fn new(run: Range<u64>, capacity: usize) -> Self {
        Self { left: run, buffer: Vec::new(), taken: 0, capacity }
    }

    fn next(&mut self, file: &mut File) -> io::Result<Option<Entry>> {
        if self.taken == self.buffer.len() {
            let length = (self.left.end - self.left.start).min(self.capacity as u64);
            if length == 0 {
                return Ok(None);
            }
            self.buffer.resize(usize::try_from(length).map_err(io::Error::other)?, 0);
            file.seek(SeekFrom::Start(self.left.start))?;
            file.read_exact(&mut self.buffer)?;
            self.left.start += length;
            self.taken = 0;
        }
        let (entry, _) = self.buffer[self.taken..].split_first_chunk().ok_or_else(changed)?;
        self.taken += Entry::LENGTH;
        Entry::decode(entry).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        for &kind in Kind::ALL {
            let number = u128::MAX / 70 * (kind as u128 + 1);
            let pseudonym = Pseudonym::from_number(number);
            for is_first in [false, true] {
                let entry = Entry::new(pseudonym, kind, u64::MAX - 5, 0x0102_0304, is_first);
                assert!(Entry::decode(&entry.encode()).expect("a known kind") == entry);
            }
        }
        assert!(Entry::decode(&[0xFF; Entry::LENGTH]).is_err());
    }
}
