//! Sorts the identifiers of a build, in memory or, beyond a limit, on the disk.

use std::{io, mem, ops::Range, path::PathBuf};

use rayon::prelude::*;

use super::{
    entry::{Entry, Piece},
    spill::{RunError, Runs, Spill, Window},
};
use crate::{error::Error, memory::with_capacity};

/// Accepts entries in any order and returns them in ascending order.
///
/// Entries are stored in pieces, sorted by bucket. Threads sort the buckets in parallel when they
/// read them.
#[derive(Default)]
pub(super) struct Sorter {
    pieces: Vec<Piece>,
    /// Entries that are too few for a piece.
    loose: Vec<Entry>,
    /// How many entries are in memory, in pieces and in `loose`.
    count: usize,
    limit: Option<Limit>,
    spill: Option<Spill>,
}

/// The memory limit, and the folder for the entries beyond it.
#[derive(Clone)]
pub(super) struct Limit {
    pub bytes: usize,
    pub folder: PathBuf,
}

impl Limit {
    /// A run takes half of the memory, because the next one is collected while it is written. A
    /// build that does not spill needs the other half to count its entries.
    fn entries(&self) -> usize {
        // A run includes the piece that exceeds the limit, and counts its entries in 32 bits.
        (self.bytes / 2 / size_of::<Entry>()).clamp(1, Piece::MAX_COUNT / 2)
    }
}

/// Entries of one or more records. A large number of entries forms a piece.
pub(super) enum Entries {
    Piece(Piece),
    Loose(Vec<Entry>),
}

impl Entries {
    /// The smallest number of entries that form a piece. Each piece has a table of 16 KiB.
    const MIN_COUNT: usize = 1 << 13;

    pub fn new(entries: Vec<Entry>) -> Self {
        if entries.len() < Self::MIN_COUNT {
            Self::Loose(entries)
        } else {
            Self::Piece(Piece::new(&entries))
        }
    }
}

impl Sorter {
    pub fn set_limit(&mut self, limit: Limit) {
        self.limit = Some(limit);
    }

    /// The folder for entries beyond the limit; empty without a limit.
    pub fn folder(&self) -> PathBuf {
        self.limit.as_ref().map(|limit| limit.folder.clone()).unwrap_or_default()
    }

    /// Adds entries.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if a run cannot be written.
    pub fn extend(&mut self, entries: Entries) -> Result<(), Error> {
        match entries {
            Entries::Piece(piece) => {
                self.count += piece.len();
                self.pieces.push(piece);
            }
            Entries::Loose(entries) => {
                self.count += entries.len();
                self.loose.extend(entries);
                if self.loose.len() >= Entries::MIN_COUNT {
                    self.close_loose();
                }
            }
        }
        let spilled = match &self.limit {
            Some(limit) if self.count >= limit.entries() => self.spill(),
            _ => Ok(()),
        };
        spilled.map_err(|error| self.full(error))
    }

    /// The error of a run that cannot be written.
    fn full(&self, error: io::Error) -> Error {
        Error::io("write sorted identifiers to this folder", self.folder(), error)
    }

    /// Ends the collection. The result can be read as often as needed.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if a run cannot be written.
    pub fn finish(mut self) -> Result<Sorted, Error> {
        if self.spill.is_some() && self.count > 0 {
            self.spill().map_err(|error| self.full(error))?;
        }
        self.close_loose();
        // Only a part of the limit, because the allocator may keep the memory of the pieces.
        let window_size = self.limit.as_ref().map_or(0, Limit::entries) / 4;
        match self.spill.take() {
            Some(spill) => {
                let runs = spill.finish().map_err(|error| self.full(error))?;
                Ok(Sorted::OnDisk { runs, window_size })
            }
            None => Ok(Sorted::InMemory(self.pieces)),
        }
    }

    /// Takes out all entries so far, in no particular order. Entries on the disk are read into
    /// memory, too.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if a run cannot be written or read.
    pub fn take(&mut self) -> Result<Vec<Vec<Entry>>, Error> {
        let next = Self { limit: self.limit.clone(), ..Self::default() };
        match mem::replace(self, next).finish()? {
            Sorted::InMemory(pieces) => Ok(pieces.into_iter().map(Piece::into_entries).collect()),
            on_disk @ Sorted::OnDisk { .. } => {
                let mut all = Vec::new();
                let read = on_disk.for_each_share(
                    |entries| entries,
                    |entries| {
                        all.push(entries);
                        Ok::<_, RunError>(())
                    },
                );
                read.map_err(|RunError(error)| {
                    Error::io("read sorted identifiers back", self.folder(), error)
                })?;
                Ok(all)
            }
        }
    }

    fn close_loose(&mut self) {
        if !self.loose.is_empty() {
            self.pieces.push(Piece::new(&self.loose));
            self.loose.clear();
        }
    }

    fn spill(&mut self) -> io::Result<()> {
        self.close_loose();
        let spill = match (&mut self.spill, &self.limit) {
            (Some(spill), _) => spill,
            (none, Some(limit)) => none.insert(Spill::new(&limit.folder)?),
            (None, None) => unreachable!("without a limit nothing spills"),
        };
        self.count = 0;
        spill.begin(mem::take(&mut self.pieces))
    }
}

/// Entries that can be read in ascending order. All are in memory, or all are in runs.
pub(super) enum Sorted {
    InMemory(Vec<Piece>),
    OnDisk {
        runs: Runs,
        /// The largest number of entries that are read at a time.
        window_size: usize,
    },
}

impl Sorted {
    /// The approximate number of entries in a share. Sorting this many stays in a core's cache.
    const SHARE: u64 = 1 << 14;

    /// The number of entries, including duplicates.
    pub fn len(&self) -> u64 {
        match self {
            Self::InMemory(pieces) => pieces.iter().map(|piece| piece.len() as u64).sum(),
            Self::OnDisk { runs, .. } => runs.len(),
        }
    }

    pub const fn is_in_memory(&self) -> bool {
        matches!(self, Self::InMemory(_))
    }

    /// Calls `make` with each share of the entries, on any thread, and `take` with each result, in
    /// ascending order of the entries. A share is sorted, and contains all entries of each of its
    /// pseudonyms.
    ///
    /// # Errors
    ///
    /// The error of `take`, or an I/O error if a run cannot be read.
    pub fn for_each_share<T: Send, E: From<RunError>>(
        &self,
        make: impl Fn(Vec<Entry>) -> T + Sync,
        mut take: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let all = self.len();
        let shares = (all / Self::SHARE).next_power_of_two().min(Entry::BUCKETS as u64);
        let length = Entry::BUCKETS / usize::try_from(shares).expect("at most one for each bucket");
        for window in self.windows() {
            let source = self.read(window.clone()).map_err(RunError)?;
            let starts: Vec<usize> = window.clone().step_by(length).collect();
            // The results of a round wait in memory for their turn, so a round is short.
            for round in starts.chunks(4 * rayon::current_num_threads()) {
                let results: Result<Vec<T>, RunError> = round
                    .par_iter()
                    .map(|&start| {
                        let share = start..(start + length).min(window.end);
                        Ok(make(source.sorted(share).map_err(RunError)?))
                    })
                    .collect();
                results?.into_iter().try_for_each(&mut take)?;
            }
        }
        Ok(())
    }

    /// The ranges of buckets that are in memory at a time.
    fn windows(&self) -> Vec<Range<usize>> {
        let mut windows = Vec::new();
        let mut start = 0;
        for end in 1..=Entry::BUCKETS {
            let is_full = match self {
                Self::OnDisk { runs, window_size } if end < Entry::BUCKETS => {
                    runs.count_in(start..end + 1) > *window_size as u64
                }
                _ => false,
            };
            if is_full || end == Entry::BUCKETS {
                windows.push(start..end);
                start = end;
            }
        }
        windows
    }

    fn read(&self, window: Range<usize>) -> io::Result<Source<'_>> {
        match self {
            Self::InMemory(pieces) => Ok(Source::Pieces(pieces)),
            Self::OnDisk { runs, .. } => Ok(Source::Window(runs.read(window)?)),
        }
    }
}

/// Entries in memory: those of all buckets, or of some.
enum Source<'a> {
    Pieces(&'a [Piece]),
    Window(Window<'a>),
}

impl Source<'_> {
    /// The entries of these buckets in ascending order.
    fn sorted(&self, buckets: Range<usize>) -> io::Result<Vec<Entry>> {
        let count = match self {
            Self::Pieces(pieces) => pieces.iter().map(|piece| piece.range(&buckets).len()).sum(),
            Self::Window(window) => window.count_in(&buckets),
        };
        let mut entries = with_capacity(count)?;
        for bucket in buckets {
            let start = entries.len();
            match self {
                Self::Pieces(pieces) => {
                    for piece in *pieces {
                        entries.extend_from_slice(piece.bucket(bucket));
                    }
                }
                Self::Window(window) => window.append(bucket, &mut entries)?,
            }
            entries[start..].sort_unstable();
        }
        Ok(entries)
    }
}
