//! Reads blocks, and keeps each result until it is its turn to be taken. The model of the threads
//! (`crates/screening/src/pipeline/model.rs`) compiles this file with another `sync`.

use std::{collections::BTreeMap, mem, sync::PoisonError};

use super::sync::{Condvar, Mutex, MutexGuard};

pub(super) struct Line<R, T, F> {
    reader: Mutex<Reader<R>>,
    waiting: Mutex<PendingResults<T>>,
    /// Notified when there may be room in `waiting`, and when the pipeline stops. Both happen under its lock, so
    /// a thread cannot begin to wait in between and miss the notification.
    changed: Condvar,
    most_waiting: usize,
    /// Only the taker locks it.
    take: Mutex<F>,
}

struct Reader<R> {
    read: R,
    /// The number of the next block.
    next: u64,
    /// Whether there is no further block, or one could not be read.
    is_over: bool,
}

struct PendingResults<T> {
    /// By their numbers.
    results: BTreeMap<u64, T>,
    /// The number of the result whose turn it is.
    next: u64,
    /// Whether a thread is taking results. It takes all that others hand in meanwhile, so that none is left behind.
    has_taker: bool,
    /// Whether nothing is read or taken any more.
    is_stopped: bool,
}

impl<R, T, F> Line<R, T, F> {
    pub fn new(read: R, take: F, most_waiting: usize) -> Self {
        Self {
            reader: Mutex::new(Reader { read, next: 0, is_over: false }),
            waiting: Mutex::new(PendingResults {
                results: BTreeMap::new(),
                next: 0,
                has_taker: false,
                is_stopped: false,
            }),
            changed: Condvar::new(),
            most_waiting,
            take: Mutex::new(take),
        }
    }

    /// Reads blocks, works on them and hands the results in, until no block is left or the pipeline stops. Each
    /// thread calls this once.
    pub fn process<B, W, E>(
        &self,
        new_worker: impl Fn() -> W,
        work: impl Fn(&mut W, &B) -> T,
    ) -> Result<(), E>
    where
        R: FnMut() -> Result<Option<B>, E>,
        F: FnMut(T) -> Result<bool, E>,
    {
        // An error or a panic here stops all threads.
        let stop = StopOnDrop(self);
        let mut worker = new_worker();
        while !self.is_stopped() {
            let Some((number, block)) = lock(&self.reader).next()? else { break };
            self.submit(number, work(&mut worker, &block))?;
        }
        mem::forget(stop);
        Ok(())
    }

    /// Puts a result in line. Takes all results whose turn it is, unless another thread does.
    fn submit<E>(&self, number: u64, result: T) -> Result<(), E>
    where
        F: FnMut(T) -> Result<bool, E>,
    {
        let mut waiting = lock(&self.waiting);
        waiting.results.insert(number, result);
        if !mem::replace(&mut waiting.has_taker, true) {
            while let Some(result) = waiting.next() {
                // Before this one was removed, there was no room.
                if waiting.results.len() + 1 == self.most_waiting {
                    self.changed.notify_all();
                }
                drop(waiting);
                let stop = StopOnDrop(self);
                if !lock(&self.take)(result)? {
                    return Ok(());
                }
                mem::forget(stop);
                waiting = lock(&self.waiting);
            }
            waiting.has_taker = false;
        }
        // This wait ends: the thread with the next result is still at work, and does not wait here.
        while waiting.results.len() >= self.most_waiting && !waiting.is_stopped {
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        drop(waiting);
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        lock(&self.waiting).is_stopped
    }

    fn stop(&self) {
        lock(&self.waiting).is_stopped = true;
        self.changed.notify_all();
    }
}

/// Stops all threads, unless it is forgotten. No thread drops it while holding the lock of `waiting`, which
/// `drop` takes.
struct StopOnDrop<'a, R, T, F>(&'a Line<R, T, F>);

impl<R, T, F> Drop for StopOnDrop<'_, R, T, F> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl<R> Reader<R> {
    /// The next block, with its number.
    fn next<B, E>(&mut self) -> Result<Option<(u64, B)>, E>
    where
        R: FnMut() -> Result<Option<B>, E>,
    {
        if mem::replace(&mut self.is_over, true) {
            return Ok(None);
        }
        // After an error or a panic, nothing is read any more: the next block might not follow the last one.
        let Some(block) = (self.read)()? else { return Ok(None) };
        self.is_over = false;
        let number = self.next;
        self.next += 1;
        Ok(Some((number, block)))
    }
}

impl<T> PendingResults<T> {
    /// The result whose turn it is, if it is there and the pipeline is not stopped.
    fn next(&mut self) -> Option<T> {
        let result = if self.is_stopped { None } else { self.results.remove(&self.next) };
        self.next += u64::from(result.is_some());
        result
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // If another thread panicked, this run panics anyway.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
