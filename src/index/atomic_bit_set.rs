//! A set of numbers that threads add to without a lock. It holds the chunks of a file that were
//! found to be sound.

use super::sync::atomic::{AtomicU64, Ordering};

/// One bit for each number. Relaxed memory order is enough: a bit describes a file that does not
/// change, and no data that another thread writes.
pub(super) struct AtomicBitSet {
    words: Box<[AtomicU64]>,
    /// All numbers are below this one.
    count: usize,
}

impl AtomicBitSet {
    /// An empty set of numbers below `count`.
    pub fn none_of(count: usize) -> Self {
        Self { words: (0..count.div_ceil(64)).map(|_| AtomicU64::new(0)).collect(), count }
    }

    #[inline]
    pub fn has(&self, number: usize) -> bool {
        let word = self.words.get(number / 64);
        word.is_some_and(|word| word.load(Ordering::Relaxed) >> (number % 64) & 1 == 1)
    }

    /// Adds a number. Returns whether it is new. If several threads add it, only one of them gets
    /// `true`.
    pub fn add(&self, number: usize) -> bool {
        let bit = 1 << (number % 64);
        let word = self.words.get(number / 64);
        word.is_some_and(|word| word.fetch_or(bit, Ordering::Relaxed) & bit == 0)
    }

    pub fn add_all(&self) {
        self.words.iter().for_each(|word| word.store(u64::MAX, Ordering::Relaxed));
    }

    pub fn clear(&self) {
        self.words.iter().for_each(|word| word.store(0, Ordering::Relaxed));
    }

    /// The numbers, in ascending order.
    pub fn numbers(&self) -> Vec<usize> {
        (0..self.count).filter(|&number| self.has(number)).collect()
    }
}
