//! Decodes the row groups of a Parquet file on several threads.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};

use super::{Chunks, damaged, guarded, unreadable};
use crate::error::InputProblem;

/// The maximum number of rows in a unit.
const MAX_ROWS: u64 = 1 << 16;

/// The approximate limit of a unit's decompressed size, in bytes.
const MAX_BYTES: u64 = 32 << 20;

/// The largest number of threads.
const MAX_THREADS: usize = 8;

/// Some rows of a row group.
#[derive(Clone, Copy)]
struct Unit {
    group: usize,
    start: u64,
    rows: u64,
}

/// Returns the record batches of all units in order.
pub(super) struct Units {
    shared: Arc<Shared>,
    /// The number of the next unit; `None` after an error or the end.
    next: Option<usize>,
}

struct Shared {
    chunks: Chunks,
    metadata: ArrowReaderMetadata,
    /// The number of units that may be decoded before the first of them is taken.
    window: usize,
    state: Mutex<State>,
    /// Wakes the threads that wait for a change.
    changed: Condvar,
}

/// The state that the threads share.
struct State {
    /// The number of the next unit to decode, and where it begins.
    number: usize,
    group: usize,
    start: u64,
    /// The number of units that were taken.
    taken: usize,
    done: BTreeMap<usize, Result<RecordBatch, InputProblem>>,
    /// The number of threads that may still decode something.
    threads: usize,
    is_dropped: bool,
}

impl Units {
    /// Starts the threads.
    pub fn start(chunks: Chunks, metadata: ArrowReaderMetadata) -> Result<Self, InputProblem> {
        let file = metadata.metadata();
        let groups = file.row_groups().iter().map(|group| u64::try_from(group.num_rows()).ok());
        let sum = groups.sum::<Option<u64>>();
        if sum.is_none() || sum != u64::try_from(file.file_metadata().num_rows()).ok() {
            return Err(damaged());
        }
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let units = usize::try_from(sum.unwrap_or(0).div_ceil(MAX_ROWS)).unwrap_or(usize::MAX);
        let threads = cores.min(MAX_THREADS).min(units.max(file.num_row_groups())).max(1);
        let state = State {
            number: 0,
            group: 0,
            start: 0,
            taken: 0,
            done: BTreeMap::new(),
            threads,
            is_dropped: false,
        };
        let window = threads + 1;
        let shared =
            Shared { chunks, metadata, window, state: Mutex::new(state), changed: Condvar::new() };
        let units = Self { shared: Arc::new(shared), next: Some(0) };
        for _ in 0..threads {
            let shared = Arc::clone(&units.shared);
            let work = move || shared.work();
            thread::Builder::new().spawn(work).map_err(InputProblem::Read)?;
        }
        Ok(units)
    }
}

impl Iterator for Units {
    type Item = Result<RecordBatch, InputProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        let number = self.next?;
        let mut state = self.shared.state();
        let done = loop {
            if let Some(done) = state.done.remove(&number) {
                break Some(done);
            }
            if state.threads == 0 {
                break None;
            }
            state = self.shared.wait(state);
        };
        state.taken = number + 1;
        drop(state);
        self.shared.changed.notify_all();
        self.next = matches!(done, Some(Ok(_))).then_some(number + 1);
        done
    }
}

impl Drop for Units {
    fn drop(&mut self) {
        self.shared.state().is_dropped = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Decodes unit after unit.
    fn work(&self) {
        while let Some((number, unit)) = self.unit() {
            let decoded = guarded(|| self.decoded(unit), damaged);
            self.state().done.insert(number, decoded);
            self.changed.notify_all();
        }
        self.state().threads -= 1;
        self.changed.notify_all();
    }

    /// The next unit to decode. Waits until there is room for it. `None` at the end.
    fn unit(&self) -> Option<(usize, Unit)> {
        let mut state = self.state();
        while !state.is_dropped && state.number >= state.taken + self.window {
            state = self.wait(state);
        }
        if state.is_dropped {
            return None;
        }
        let groups = self.metadata.metadata().row_groups();
        loop {
            let group = groups.get(state.group)?;
            let count = u64::try_from(group.num_rows()).unwrap_or(0);
            if state.start >= count {
                state.group += 1;
                state.start = 0;
                continue;
            }
            let bytes = u64::try_from(group.total_byte_size()).unwrap_or(0).div_ceil(count).max(1);
            let most = (MAX_BYTES / bytes).clamp(1, MAX_ROWS);
            let unit = Unit {
                group: state.group,
                start: state.start,
                rows: most.min(count - state.start),
            };
            state.start += unit.rows;
            state.number += 1;
            return Some((state.number - 1, unit));
        }
    }

    fn decoded(&self, unit: Unit) -> Result<RecordBatch, InputProblem> {
        let size = |number: u64| usize::try_from(number).map_err(|_| damaged());
        let (start, rows) = (size(unit.start)?, size(unit.rows)?);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
            self.chunks.clone(),
            self.metadata.clone(),
        );
        let mut reader = builder
            .with_row_groups(vec![unit.group])
            .with_batch_size(rows)
            .with_offset(start)
            .with_limit(rows)
            .build()
            .map_err(|error| unreadable(&error))?;
        // A unit is one batch. With fewer rows, the result would be incomplete.
        match reader.next() {
            Some(Ok(batch)) if batch.num_rows() == rows => Ok(batch),
            _ => Err(damaged()),
        }
    }
}
