//! Where blocks are read and results wait until it is their turn to be taken. The model of its threads
//! (`crates/screening/src/pipeline/model.rs`) gives another `sync`.

use std::{collections::BTreeMap, mem, sync::PoisonError};

use super::sync::{Condvar, Mutex, MutexGuard};

pub(super) struct Line<R, T, F> {
    reader: Mutex<Reader<R>>,
    waiting: Mutex<Waiting<T>>,
    /// Told when there may be room in `waiting`, and when all is stopped. Both happen under its lock, so
    /// that no thread begins to wait in between and is never told.
    changed: Condvar,
    most_waiting: usize,
    taker: Mutex<Taker<F>>,
}

struct Reader<R> {
    read: R,
    /// The number of the next block.
    next: u64,
    /// Whether there is no further block, or one could not be read.
    is_over: bool,
}

struct Waiting<T> {
    /// By their numbers.
    results: BTreeMap<u64, T>,
    /// Whether nothing is read or taken any more.
    is_stopped: bool,
}

struct Taker<F> {
    take: F,
    /// The number of the result whose turn it is.
    next: u64,
}

impl<R, T, F> Line<R, T, F> {
    pub fn new(read: R, take: F, most_waiting: usize) -> Self {
        Self {
            reader: Mutex::new(Reader { read, next: 0, is_over: false }),
            waiting: Mutex::new(Waiting { results: BTreeMap::new(), is_stopped: false }),
            changed: Condvar::new(),
            most_waiting,
            taker: Mutex::new(Taker { take, next: 0 }),
        }
    }

    /// Reads blocks, works on them and hands the results in, until there is no block or all is stopped. Each
    /// thread calls this once.
    pub fn stand_in<B, W, E>(
        &self,
        hire: impl Fn() -> W,
        work: impl Fn(&mut W, &B) -> T,
    ) -> Result<(), E>
    where
        R: FnMut() -> Result<Option<B>, E>,
        F: FnMut(T) -> Result<bool, E>,
    {
        // An error or a panic here is the end for all.
        let stop = StopOnDrop(self);
        let mut worker = hire();
        while !self.is_stopped() {
            let Some((number, block)) = lock(&self.reader).next()? else { break };
            self.hand_in(number, work(&mut worker, &block))?;
        }
        mem::forget(stop);
        Ok(())
    }

    /// Puts a result in line, and takes those whose turn it is, unless another thread does.
    fn hand_in<E>(&self, number: u64, result: T) -> Result<(), E>
    where
        F: FnMut(T) -> Result<bool, E>,
    {
        lock(&self.waiting).results.insert(number, result);
        // A taker that another holds, or left behind in a panic, is no business of this thread.
        while let Ok(mut taker) = self.taker.try_lock() {
            while let Some(result) = self.remove(taker.next) {
                taker.next += 1;
                // Stopped before another thread can take the next one.
                let stop = StopOnDrop(self);
                if !(taker.take)(result)? {
                    return Ok(());
                }
                mem::forget(stop);
            }
            let next = taker.next;
            drop(taker);
            // The thread that handed that in just now has seen the taker held, and gone.
            let waiting = lock(&self.waiting);
            if waiting.is_stopped || !waiting.results.contains_key(&next) {
                break;
            }
        }
        // The thread that has the next result is still at work and not here, so that this ends.
        let mut waiting = lock(&self.waiting);
        while waiting.results.len() >= self.most_waiting && !waiting.is_stopped {
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        drop(waiting);
        Ok(())
    }

    /// The result of this number, if it is there and not all is stopped.
    fn remove(&self, number: u64) -> Option<T> {
        let mut waiting = lock(&self.waiting);
        let result = if waiting.is_stopped { None } else { waiting.results.remove(&number) };
        // Before this one was removed, there was no room.
        if result.is_some() && waiting.results.len() + 1 == self.most_waiting {
            self.changed.notify_all();
        }
        result
    }

    fn is_stopped(&self) -> bool {
        lock(&self.waiting).is_stopped
    }

    fn stop(&self) {
        lock(&self.waiting).is_stopped = true;
        self.changed.notify_all();
    }
}

/// Stops all threads, unless it is forgotten. No thread that holds one holds the lock of `waiting`, which
/// this takes.
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic of another thread comes out of this run, too.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
