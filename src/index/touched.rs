//! A set of numbers that threads add to without a lock: the chunks of a file that were found to be sound.

use super::sync::atomic::{AtomicU64, Ordering};

/// One bit for each number. No order of memory is needed, since a bit says something of a file that does
/// not change, and of nothing that another thread writes.
pub(super) struct Touched {
    words: Box<[AtomicU64]>,
    /// All numbers are below this one.
    count: usize,
}

impl Touched {
    /// No number of these.
    pub fn none_of(count: usize) -> Self {
        Self { words: (0..count.div_ceil(64)).map(|_| AtomicU64::new(0)).collect(), count }
    }

    #[inline]
    pub fn has(&self, number: usize) -> bool {
        let word = self.words.get(number / 64);
        word.is_some_and(|word| word.load(Ordering::Relaxed) >> (number % 64) & 1 == 1)
    }

    /// Adds a number. Whether it was not there yet: of several threads, one gets this answer.
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
