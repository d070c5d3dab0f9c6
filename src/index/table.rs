//! The sorted table: a filter, a fan-out by leading bits, and a search within the bucket.
//!
//! Pseudonyms are evenly distributed, so the leading bits of their first halves choose a bucket of
//! about six entries. The next 32 bits are in a column of *heads*, which a lookup compares. The
//! rest is in *tails*, which it reads only if a head is equal.
//!
//! Most pseudonyms that are looked up are absent, and the filter excludes nearly all of those.

use std::{iter, ops::Range};

use rayon::prelude::*;

use super::{
    chunks::Chunks,
    filter::{Filter, FilterBlocks, lowest_of_block},
    format::{
        CHUNK_LENGTH, FILTER_BLOCK, GROUP, HEAD_WIDTH, LARGEST_BUCKET, Layout, Section, Shape,
        u16_at, u32_at, u64_at,
    },
    map::prefetch,
    posting::{PostingCipher, Postings},
};
use crate::pseudonym::Pseudonym;

/// The result of a lookup.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Kind, LookupResult, Pseudonymiser, Record};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780"))?;
/// let index = builder.build()?;
///
/// let pseudonym = Pseudonymiser::new(&key).pseudonym(Kind::Kvnr, b"A123456780");
/// match index.look_up(pseudonym) {
///     LookupResult::Found(_) => assert!(index.exposure(pseudonym).is_some_and(|exposure| exposure.records() == 1)),
///     LookupResult::Absent => println!("not in the leak"),
///     LookupResult::OtherShard => println!("not known: ask another shard"),
///     LookupResult::Damaged => println!("not known: a mapped file was changed"),
/// }
/// # assert_ne!(index.look_up(pseudonym), LookupResult::Absent);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupResult {
    /// The pseudonym is not in the index.
    Absent,
    /// The pseudonym is in the index, as the entry with this number.
    Found(u32),
    /// A part of a mapped index is damaged ([`Index::require_sound`](crate::Index::require_sound)),
    /// so the answer is not known.
    Damaged,
    /// The index is a shard, and the pseudonym belongs to another one.
    OtherShard,
}

/// How many lookups run at once, so that their cache misses overlap.
const RING: usize = 32;

/// Blocks of the filter in a chunk. The filter is the first section of the body.
const FILTER_BLOCKS_IN_CHUNK: usize = CHUNK_LENGTH / FILTER_BLOCK;

/// The table in a file. In a shard, it stores first halves without the leading bits that all of
/// them share. A lookup compares each chunk with its digest before using it.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    file: &'a [u8],
    layout: &'a Layout,
    chunks: &'a Chunks,
}

/// A lookup that needs the second half of the pseudonym.
#[derive(Clone, Copy)]
pub(crate) struct Candidate {
    /// The index of the first half among the given ones.
    pub place: usize,
    /// The entries of its bucket, from the first one with an equal head on; `None` if the table is
    /// damaged there.
    pub entries: Option<(usize, usize)>,
}

impl<'a> Table<'a> {
    #[inline]
    pub const fn new(file: &'a [u8], layout: &'a Layout, chunks: &'a Chunks) -> Self {
        Self { file, layout, chunks }
    }

    /// Whether the filter lets a pseudonym pass. If not, it is not in the table. A damaged filter
    /// lets everything pass, and the search then finds the damage.
    #[inline]
    pub fn may_hold(self, pseudonym: Pseudonym) -> bool {
        self.passes(self.filter(), self.layout.shape.stored(pseudonym.first_half()))
    }

    #[inline]
    fn passes(self, filter: Filter<'_>, stored: u64) -> bool {
        let block = filter.block_of(stored);
        let chunk = block / FILTER_BLOCKS_IN_CHUNK;
        !self.chunks.is_filter_chunk_sound(chunk, self.file, self.layout)
            || filter.may_hold_in(block, stored)
    }

    /// Appends the result for each pseudonym, in the same order.
    pub fn look_up_all(self, pseudonyms: &[Pseudonym], results: &mut Vec<LookupResult>) {
        let first = results.len();
        results.resize(first + pseudonyms.len(), LookupResult::Absent);
        let results = &mut results[first..];
        let shape = self.layout.shape;
        let first_halves = pseudonyms.iter().map(|pseudonym| pseudonym.first_half());
        self.prefilter(first_halves, |candidates| {
            for (entry, _) in candidates.iter().filter_map(|candidate| candidate.entries) {
                self.prefetch(Section::Tails, shape.tail_width(), entry);
            }
            for &Candidate { place, entries } in candidates {
                results[place] = self.search_among(entries, pseudonyms[place]);
            }
        });
    }

    /// Calls `found` with groups of the first halves that an entry may have, in ascending order of
    /// their indexes. Each step prefetches, for a whole ring, the bytes that the next step reads.
    pub fn prefilter(
        self,
        first_halves: impl Iterator<Item = u64>,
        mut found: impl FnMut(&[Candidate]),
    ) {
        let (filter, shape) = (self.filter(), self.layout.shape);
        let mut first_halves = first_halves.map(|first_half| shape.stored(first_half));
        let mut fill = |ring: &mut [u64; RING]| {
            let mut filled = 0;
            for (slot, stored) in ring.iter_mut().zip(&mut first_halves) {
                filter.prefetch(stored);
                *slot = stored;
                filled += 1;
            }
            filled
        };
        let (mut ring, mut next_ring) = ([0; RING], [0; RING]);
        // Fewer than `RING` first halves are left over when the next ring is tested.
        let (mut passed, mut count) = ([(0, 0); 2 * RING], 0);
        let mut place = 0;
        let mut filled = fill(&mut ring);
        while filled > 0 {
            let next_filled = fill(&mut next_ring);
            for &stored in &ring[..filled] {
                passed[count] = (place, stored);
                count += usize::from(self.passes(filter, stored));
                place += 1;
            }
            if count >= RING {
                self.compare_heads(&passed[..count], &mut found);
                count = 0;
            }
            (ring, next_ring, filled) = (next_ring, ring, next_filled);
        }
        self.compare_heads(&passed[..count], &mut found);
    }

    /// Calls `found` with the first halves that have an equal head or a damaged bucket.
    fn compare_heads(self, passed: &[(usize, u64)], found: &mut impl FnMut(&[Candidate])) {
        let shape = self.layout.shape;
        if passed.is_empty() {
            return;
        }
        for &(_, stored) in passed {
            self.prefetch(Section::Groups, 8, shape.bucket_of(stored) / GROUP);
            self.prefetch(Section::Buckets, 2, shape.bucket_of(stored));
        }
        let mut candidates = [Candidate { place: 0, entries: None }; 2 * RING];
        for (candidate, &(place, stored)) in candidates.iter_mut().zip(passed) {
            let entries = self.bucket(shape.bucket_of(stored));
            if let Some((start, end)) = entries {
                self.prefetch(Section::Heads, HEAD_WIDTH, start);
                self.prefetch(Section::Heads, HEAD_WIDTH, end);
            }
            *candidate = Candidate { place, entries };
        }
        let mut count = 0;
        for (number, &(_, stored)) in passed.iter().enumerate() {
            let Candidate { place, entries } = candidates[number];
            let entries = match entries {
                Some((start, end)) => match self.equal_head(start..end, shape.head_of(stored)) {
                    Some(entry) => Some((entry, end)),
                    None => continue,
                },
                None => None,
            };
            candidates[count] = Candidate { place, entries };
            count += 1;
        }
        found(&candidates[..count]);
    }

    /// Looks up a pseudonym that the filter lets pass.
    pub fn search(self, pseudonym: Pseudonym) -> LookupResult {
        let shape = self.layout.shape;
        let entries = self.bucket(shape.bucket_of(shape.stored(pseudonym.first_half())));
        if let Some((start, end)) = entries {
            for entry in [start, end] {
                self.prefetch(Section::Heads, HEAD_WIDTH, entry);
                self.prefetch(Section::Tails, shape.tail_width(), entry);
            }
        }
        self.search_among(entries, pseudonym)
    }

    /// Looks up a pseudonym among these entries of its bucket.
    pub fn search_among(
        self,
        entries: Option<(usize, usize)>,
        pseudonym: Pseudonym,
    ) -> LookupResult {
        let Some((mut start, end)) = entries else {
            return LookupResult::Damaged;
        };
        let Split { head, tail, .. } = Split::new(pseudonym, self.layout.shape);
        while let Some(entry) = self.equal_head(start..end, head) {
            match self.tail(entry) {
                None => return LookupResult::Damaged,
                Some(found) if found == tail => {
                    return u32::try_from(entry).map_or(LookupResult::Damaged, LookupResult::Found);
                }
                Some(_) => start = entry + 1,
            }
        }
        LookupResult::Absent
    }

    /// The first of these entries that has this head.
    fn equal_head(self, mut entries: Range<usize>, head: u32) -> Option<usize> {
        entries.find(|&entry| self.head(entry) == Some(head))
    }

    fn prefetch(self, column: Section, width: usize, entry: usize) {
        prefetch(self.section(column), entry * width);
    }

    #[inline]
    fn section(self, section: Section) -> &'a [u8] {
        &self.file[self.layout.range(section)]
    }

    #[inline]
    fn filter(self) -> Filter<'a> {
        Filter::of(self.section(Section::Filter))
    }

    /// Bytes of a section; `None` if they do not exist or are damaged.
    #[inline]
    fn bytes(self, section: Section, range: Range<usize>) -> Option<&'a [u8]> {
        let section = self.layout.range(section);
        let bytes = self.file[section.clone()].get(range.clone())?;
        let place = section.start + range.start..section.start + range.end;
        self.chunks.is_range_sound(place, self.file, self.layout).then_some(bytes)
    }

    /// The start and end of the entries of a bucket; `None` if fan-out or heads are damaged.
    fn bucket(self, bucket: usize) -> Option<(usize, usize)> {
        let start = self.start_of(bucket)?;
        let end = self.start_of(bucket + 1)?;
        let sound = start <= end && end <= self.entries() && end - start <= LARGEST_BUCKET;
        if !sound {
            return None;
        }
        let _heads = self.bytes(Section::Heads, start * HEAD_WIDTH..end * HEAD_WIDTH)?;
        Some((start, end))
    }

    fn start_of(self, bucket: usize) -> Option<usize> {
        let group = bucket / GROUP * 8;
        let group = u64_at(self.bytes(Section::Groups, group..group + 8)?, 0)?;
        let within = u16_at(self.bytes(Section::Buckets, bucket * 2..bucket * 2 + 2)?, 0)?;
        usize::try_from(group.checked_add(u64::from(within))?).ok()
    }

    /// The head of an entry in a bucket that is known to be sound.
    fn head(self, entry: usize) -> Option<u32> {
        u32_at(self.section(Section::Heads), entry * HEAD_WIDTH)
    }

    /// The tail of an entry; `None` if it is damaged.
    fn tail(self, entry: usize) -> Option<u128> {
        let (width, tails) = (self.layout.shape.tail_width(), self.section(Section::Tails));
        let stored = self.bytes(Section::Tails, entry * width..(entry + 1) * width)?;
        // All tails but the last ones are copied in one step, and the bytes after them are cut off.
        if let Some(bytes) = tails.get(entry * width..).and_then(<[_]>::first_chunk) {
            return Some(u128::from_le_bytes(*bytes) & ((1 << (8 * width)) - 1));
        }
        let mut bytes = [0; 16];
        bytes[..width].copy_from_slice(stored);
        Some(u128::from_le_bytes(bytes))
    }

    fn entries(self) -> usize {
        self.layout.range(Section::Heads).len() / HEAD_WIDTH
    }

    fn buckets(self) -> usize {
        usize::try_from(self.layout.shape.buckets()).unwrap_or(0)
    }

    /// The postings of the entry with this number and pseudonym; `None` if they are damaged.
    pub fn postings(
        self,
        number: u32,
        pseudonym: Pseudonym,
        cipher: &'a PostingCipher,
    ) -> Option<Postings<'a>> {
        let shape = self.layout.shape;
        let bucket = shape.bucket_of(shape.stored(pseudonym.first_half()));
        let mut all = self.postings_of_bucket(bucket, cipher)?;
        let (start, _) = self.bucket(bucket)?;
        all.nth((number as usize).checked_sub(start)?)?.map(|(_, postings)| postings)
    }

    /// The entries of a bucket in ascending order, each with its postings; `None` for a damaged
    /// one. The entries after that cannot be read.
    fn postings_of_bucket(
        self,
        bucket: usize,
        cipher: &'a PostingCipher,
    ) -> Option<impl Iterator<Item = Option<(Pseudonym, Postings<'a>)>> + 'a> {
        let (start, end) = self.bucket(bucket)?;
        let mut slots = self.slots(bucket)?;
        let shape = self.layout.shape;
        Some((start..end).map(move |entry| {
            let pseudonym = self.pseudonym(bucket, entry)?;
            let (postings, count) = Postings::at_start(slots, pseudonym, shape, cipher)?;
            slots = &slots[count * shape.slot_length()..];
            // The slots of a bucket must be exactly those of its entries.
            (entry + 1 < end || slots.is_empty()).then_some((pseudonym, postings))
        }))
    }

    /// The slots of a bucket; `None` if they or the marks are damaged.
    fn slots(self, bucket: usize) -> Option<&'a [u8]> {
        let length = self.layout.shape.slot_length();
        let start = self.slot_mark(bucket)?.checked_mul(length)?;
        let end = self.slot_mark(bucket + 1)?.checked_mul(length)?;
        self.bytes(Section::Postings, start..end)
    }

    fn slot_mark(self, bucket: usize) -> Option<usize> {
        let group = bucket / GROUP * 8;
        let group = u64_at(self.bytes(Section::SlotGroups, group..group + 8)?, 0)?;
        let within = u32_at(self.bytes(Section::SlotMarks, bucket * 4..bucket * 4 + 4)?, 0)?;
        usize::try_from(group.checked_add(u64::from(within))?).ok()
    }

    /// The entries whose pseudonyms have this first half, with their postings; `None` if they are damaged.
    pub fn entries_of(
        self,
        first_half: u64,
        cipher: &'a PostingCipher,
    ) -> Option<Vec<(Pseudonym, Postings<'a>)>> {
        let stored = self.layout.shape.stored(first_half);
        let mut all = Vec::new();
        for entry in self.postings_of_bucket(self.layout.shape.bucket_of(stored), cipher)? {
            let (pseudonym, postings) = entry?;
            if pseudonym.first_half() == stored {
                let second_half = pseudonym.second_half();
                all.push((Pseudonym::from_halves(first_half, second_half), postings));
            }
        }
        Some(all)
    }

    /// All entries in ascending order, as a shard stores them, each with its postings. Ends early
    /// if the table is damaged.
    pub fn entries_in_order(
        self,
        cipher: &'a PostingCipher,
    ) -> impl Iterator<Item = (Pseudonym, Postings<'a>)> + 'a {
        let buckets =
            (0..self.buckets()).map_while(move |bucket| self.postings_of_bucket(bucket, cipher));
        buckets.flatten().map_while(|entry| entry)
    }

    /// The entries from this bucket on. Ends at a damaged bucket, and skips damaged entries.
    fn entries_from(self, bucket: usize) -> impl Iterator<Item = (usize, Pseudonym)> + 'a {
        let buckets = bucket..self.buckets();
        let entries = buckets.map_while(move |bucket| Some((bucket, self.bucket(bucket)?)));
        entries.flat_map(move |(bucket, (start, end))| {
            (start..end).filter_map(move |entry| Some((entry, self.pseudonym(bucket, entry)?)))
        })
    }

    fn pseudonym(self, bucket: usize, entry: usize) -> Option<Pseudonym> {
        let split = Split { bucket, head: self.head(entry)?, tail: self.tail(entry)? };
        Some(split.stored(self.layout.shape))
    }

    /// Whether the table has everything that a builder guarantees: the fan-out fits the entries,
    /// entries are in the right bucket and in ascending order, the filter fits them, and their
    /// postings are sound.
    pub fn is_sound(self, cipher: &PostingCipher) -> bool {
        // Each bucket begins where the one before it ends, because both read the same mark.
        self.start_of(0) == Some(0)
            && self.start_of(self.buckets()) == Some(self.entries())
            && self.slot_mark(0) == Some(0)
            && self.slot_mark(self.buckets()).map(|slots| slots as u64)
                == Some(self.layout.shape.slots)
            && (0..self.buckets())
                .into_par_iter()
                .all(|bucket| self.is_sound_bucket(bucket, cipher))
            && self.filter_is_sound()
    }

    fn is_sound_bucket(self, bucket: usize, cipher: &PostingCipher) -> bool {
        let shape = self.layout.shape;
        let postings_are_sound = self.postings_of_bucket(bucket, cipher).is_some_and(|mut all| {
            all.all(|entry| entry.is_some_and(|(_, postings)| postings.are_sound()))
        });
        // An empty bucket has no slots.
        let has_slots = self.slots(bucket).is_some_and(|slots| !slots.is_empty());
        let has_entries = self.bucket(bucket).is_some_and(|(start, end)| start < end);
        if !postings_are_sound || has_slots != has_entries {
            return false;
        }
        let mut before = None;
        self.bucket(bucket).is_some_and(|(start, end)| {
            (start..end).all(|entry| {
                let pseudonym = self.pseudonym(bucket, entry);
                let is_sound = pseudonym.is_some_and(|pseudonym| {
                    // A tail may also contain bits that are in the head. They must agree.
                    self.tail(entry) == Some(tail_of(pseudonym, shape))
                        && shape.is_stored(pseudonym.first_half())
                });
                is_sound && std::mem::replace(&mut before, pseudonym) < pseudonym
            })
        })
    }

    /// Whether the filter is exactly that of the entries. A missing bit would hide an entry.
    fn filter_is_sound(self) -> bool {
        const SHARE: u64 = 1 << 12;
        let (filter, shape) = (self.filter(), self.layout.shape);
        let count = shape.filter_blocks();
        (0..count.div_ceil(SHARE)).into_par_iter().all(|share| {
            let (start, end) = (share * SHARE, count.min((share + 1) * SHARE));
            let mut blocks = FilterBlocks::new(shape, start);
            let has_all_before = |number, blocks: &mut FilterBlocks| {
                let mut before = iter::from_fn(|| blocks.next_before(number));
                before.all(|(number, block)| filter.has(number, &block))
            };
            let lowest = lowest_of_block(start, count);
            for (_, pseudonym) in self.entries_from(shape.bucket_of(lowest)) {
                let stored = pseudonym.first_half();
                let block = blocks.block_of(stored);
                if block >= end {
                    break;
                }
                if stored >= lowest {
                    if !has_all_before(block, &mut blocks) {
                        return false;
                    }
                    blocks.insert(stored);
                }
            }
            has_all_before(end, &mut blocks)
        })
    }
}

/// A pseudonym as the table stores it.
#[derive(Clone, Copy)]
pub(crate) struct Split {
    pub bucket: usize,
    pub head: u32,
    pub tail: u128,
}

impl Split {
    #[inline]
    pub fn new(pseudonym: Pseudonym, shape: Shape) -> Self {
        let stored = shape.stored(pseudonym.first_half());
        let tail = Pseudonym::from_halves(stored, pseudonym.second_half());
        Self {
            bucket: shape.bucket_of(stored),
            head: shape.head_of(stored),
            tail: tail_of(tail, shape),
        }
    }

    /// The pseudonym before it was split, as a shard stores it.
    pub fn stored(self, shape: Shape) -> Pseudonym {
        let leading = (self.bucket as u128) << 32 | u128::from(self.head);
        let trailing_bits = 96 - shape.fan_out_bits;
        let trailing = self.tail & ((1 << trailing_bits) - 1);
        Pseudonym::from_number(leading << trailing_bits | trailing)
    }
}

fn tail_of(stored: Pseudonym, shape: Shape) -> u128 {
    stored.number() & ((1 << (8 * shape.tail_width())) - 1)
}

#[cfg(test)]
mod tests;
