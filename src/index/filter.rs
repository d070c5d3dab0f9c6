//! The filter: excludes most first halves that are not in the table, at the cost of one cache line.
//!
//! It is a blocked Bloom filter. The leading bits of a first half choose its block. So an encoder
//! that gets entries in order produces blocks in order, and the filter can be computed again from
//! the entries.

use super::{
    format::{FILTER_BLOCK, Shape},
    map::prefetch,
};

/// Every first half sets one bit in each word of its block.
const WORDS: usize = FILTER_BLOCK / 8;

type Block = [[u8; 8]; WORDS];

/// The filter in a file.
#[derive(Clone, Copy)]
pub(super) struct Filter<'a> {
    blocks: &'a [Block],
}

impl<'a> Filter<'a> {
    /// The filter in this section.
    #[inline]
    pub fn of(section: &'a [u8]) -> Self {
        Self { blocks: section.as_chunks().0.as_chunks().0 }
    }

    /// Whether an entry may have this first half. If not, certainly none has it.
    #[cfg(test)]
    fn may_hold(self, stored: u64) -> bool {
        self.may_hold_in(self.block_of(stored), stored)
    }

    /// The same, for a first half in this block.
    #[inline]
    pub fn may_hold_in(self, block: usize, stored: u64) -> bool {
        let Some(block) = self.blocks.get(block) else {
            return true;
        };
        // A branch for each word would be mispredicted half of the time. A single branch in the
        // middle is mispredicted one time in 18, and nearly always saves the other words.
        let places = places_in_block(stored);
        let has_all = |first_word: usize| {
            let words = first_word..first_word + WORDS / 2;
            let bits =
                words.map(|word| u64::from_le_bytes(block[word]) >> place_in_word(places, word));
            bits.fold(1, |all, bits| all & bits) == 1
        };
        has_all(0) && has_all(WORDS / 2)
    }

    /// Prefetches the block that [`may_hold_in`](Self::may_hold_in) reads.
    #[inline]
    pub fn prefetch(self, stored: u64) {
        prefetch(self.blocks, self.block_of(stored));
    }

    /// Whether this block of the filter has these bytes.
    pub fn has(self, number: u64, block: &[u8; FILTER_BLOCK]) -> bool {
        let stored = usize::try_from(number).ok().and_then(|number| self.blocks.get(number));
        stored.is_some_and(|stored| stored.as_flattened() == block)
    }

    /// The number of the block of this first half.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "blocks are in memory")]
    pub fn block_of(self, stored: u64) -> usize {
        block_of(stored, self.blocks.len() as u64) as usize
    }
}

/// Makes the blocks of a filter in order, from first halves in ascending order.
pub(crate) struct FilterBlocks {
    /// The number of blocks in the filter.
    count: u64,
    /// The number of the current block.
    number: u64,
    words: [u64; WORDS],
}

impl FilterBlocks {
    /// The blocks from this number on.
    pub const fn new(shape: Shape, number: u64) -> Self {
        Self { count: shape.filter_blocks(), number, words: [0; WORDS] }
    }

    /// The block of a first half.
    pub const fn block_of(&self, stored: u64) -> u64 {
        block_of(stored, self.count)
    }

    /// The next block, if its number is below `number`. It is complete then.
    pub fn next_before(&mut self, number: u64) -> Option<(u64, [u8; FILTER_BLOCK])> {
        if self.number >= number {
            return None;
        }
        let mut bytes = [0; FILTER_BLOCK];
        for (place, word) in bytes.as_chunks_mut().0.iter_mut().zip(&mut self.words) {
            *place = std::mem::take(word).to_le_bytes();
        }
        self.number += 1;
        Some((self.number - 1, bytes))
    }

    /// Adds a first half to its block. All earlier blocks must have been taken.
    pub fn insert(&mut self, stored: u64) {
        debug_assert_eq!(self.block_of(stored), self.number, "the blocks before it were taken");
        let places = places_in_block(stored);
        for (number, word) in self.words.iter_mut().enumerate() {
            *word |= 1 << place_in_word(places, number);
        }
    }
}

/// The lowest first half in a block, in a filter of `count` blocks.
#[expect(
    clippy::cast_possible_truncation,
    reason = "below 2^64, since the number is below the count"
)]
pub(super) const fn lowest_of_block(number: u64, count: u64) -> u64 {
    ((number as u128) << 64).div_ceil(count as u128) as u64
}

/// The number of the block of a first half. It never decreases as the first half grows.
#[inline]
const fn block_of(stored: u64, count: u64) -> u64 {
    ((stored as u128 * count as u128) >> 64) as u64
}

/// The positions of the bits: six bits for each word, from the lowest on. The leading bits of a
/// first half choose the block, and all other bits determine the positions.
#[inline]
const fn places_in_block(stored: u64) -> u64 {
    stored.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16
}

#[inline]
const fn place_in_word(places: u64, word: usize) -> u64 {
    (places >> (6 * word)) & 63
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng as _, rngs::ChaCha8Rng};

    use super::*;

    /// The filter of these first halves, block by block.
    fn made_of(stored: &[u64], shape: Shape) -> Vec<u8> {
        let mut stored = stored.to_vec();
        stored.sort_unstable();
        let mut blocks = FilterBlocks::new(shape, 0);
        let mut filter = Vec::new();
        let mut take_before = |blocks: &mut FilterBlocks, number| {
            while let Some((number, block)) = blocks.next_before(number) {
                assert_eq!(filter.len() as u64, number * FILTER_BLOCK as u64);
                filter.extend_from_slice(&block);
            }
        };
        for stored in stored {
            let number = blocks.block_of(stored);
            take_before(&mut blocks, number);
            blocks.insert(stored);
        }
        take_before(&mut blocks, shape.filter_blocks());
        filter
    }

    /// The same, as described in `docs/FORMAT.md`, in any order and completely in memory.
    fn written_simply(stored: &[u64], entries: u64) -> Vec<u8> {
        let blocks = (entries * 12).div_ceil(512).max(1);
        let mut filter = vec![0_u8; usize::try_from(blocks).expect("it is small") * 64];
        for &stored in stored {
            let block = u128::from(stored) * u128::from(blocks) / (1 << 64);
            let product = u128::from(stored) * 0x9E37_79B9_7F4A_7C15 % (1 << 64);
            for word in 0..8 {
                let place = product / (1 << (16 + 6 * word)) % 64;
                let bit = usize::try_from(512 * block + 64 * word + place).expect("it is small");
                filter[bit / 8] |= 1 << (bit % 8);
            }
        }
        filter
    }

    fn shape_of(stored: &[u64]) -> Shape {
        Shape::new(stored.len() as u64, 0, 1, 0)
    }

    proptest! {
        #[test]
        fn every_first_half_passes_the_filter_that_is_written_in_order(
            random in prop::collection::vec(any::<u64>(), 0..400),
            near in prop::collection::vec(0..200_u64, 0..100),
            extremes in prop::sample::subsequence(vec![0, 1, u64::MAX - 1, u64::MAX], 0..=4),
        ) {
            let near = near.iter().map(|offset| (1 << 63) + offset);
            let stored: Vec<u64> = random.into_iter().chain(near).chain(extremes).collect();
            let shape = shape_of(&stored);
            let section = made_of(&stored, shape);
            let filter = Filter::of(&section);
            prop_assert!(stored.iter().all(|&stored| filter.may_hold(stored)));
            prop_assert_eq!(&section, &written_simply(&stored, shape.entries));
        }
    }

    #[test]
    fn a_filter_of_zero_or_one_entries_has_one_block() {
        let none = made_of(&[], shape_of(&[]));
        assert_eq!(none, [0; FILTER_BLOCK]);
        assert!(![0, 1, u64::MAX].into_iter().any(|stored| Filter::of(&none).may_hold(stored)));
        for only in [0, 1, u64::MAX] {
            let one = made_of(&[only], shape_of(&[only]));
            assert_eq!(one, written_simply(&[only], 1));
            assert!(Filter::of(&one).may_hold(only) && !Filter::of(&one).may_hold(only ^ 2));
        }
    }

    #[test]
    fn a_block_begins_at_its_lowest_first_half() {
        for count in [1, 2, 3, 7, 1000, 7032, u64::from(u32::MAX)] {
            for number in [0, 1, count / 2, count - 1].into_iter().filter(|&number| number < count)
            {
                let lowest = lowest_of_block(number, count);
                assert_eq!(block_of(lowest, count), number);
                assert!(number == 0 || block_of(lowest - 1, count) == number - 1);
            }
            assert_eq!(block_of(u64::MAX, count), count - 1);
        }
    }

    #[test]
    fn at_most_one_in_200_passes_the_filter_and_is_not_an_entry() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let stored: Vec<u64> = (0..300_000).map(|_| random.random()).collect();
        let section = made_of(&stored, shape_of(&stored));
        let filter = Filter::of(&section);
        let passed = (0..1_000_000).filter(|_| filter.may_hold(random.random())).count();
        assert!((3_000..5_000).contains(&passed), "{passed} of a million");
    }
}
