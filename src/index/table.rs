//! The sorted table: a fan-out by leading bits, and a search within the bucket.
//!
//! Pseudonyms are evenly spread, so their leading bits name a bucket of about four entries. What
//! the bucket does not tell of a pseudonym stands in two columns: 64-bit *heads*, which a look-up
//! compares, and *tails*, which it only reads where a head is equal.

use super::format::{GROUP, LARGEST_BUCKET, Layout, Section, Shape, u16_at, u32_at, u64_at};
use crate::pseudonym::Pseudonym;

/// What a table says of one pseudonym.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// It is not in the index.
    Absent,
    /// It is, with the exposure of this number.
    Found(u32),
    /// The part of a mapped index that would tell is damaged.
    Damaged,
}

/// How many look-ups are under way at once, so that their cache misses overlap.
const RING: usize = 64;

/// The columns of a table, borrowed from the file.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    shape: Shape,
    groups: &'a [u8],
    buckets: &'a [u8],
    heads: &'a [u8],
    tails: &'a [u8],
    numbers: &'a [u8],
}

impl<'a> Table<'a> {
    /// The table within a file of this layout.
    pub fn new(file: &'a [u8], layout: &Layout) -> Self {
        let section = |section| &file[layout.range(section)];
        Self {
            shape: layout.shape,
            groups: section(Section::Groups),
            buckets: section(Section::Buckets),
            heads: section(Section::Heads),
            tails: section(Section::Tails),
            numbers: section(Section::Numbers),
        }
    }

    /// Looks up one pseudonym: two reads of the fan-out, then usually one cache line of heads.
    pub fn look_up(self, pseudonym: Pseudonym) -> LookUp {
        let split = Split::new(pseudonym, self.shape);
        match self.bucket(split.bucket) {
            Some((start, end)) => self.search(split, start, end),
            None => LookUp::Damaged,
        }
    }

    /// Appends what the table says of each pseudonym, in their order.
    pub fn look_up_all(self, pseudonyms: &[Pseudonym], results: &mut Vec<LookUp>) {
        // First the buckets of a whole ring, then the searches: the reads of one ring do not wait
        // for each other.
        let mut places = [None; RING];
        for ring in pseudonyms.chunks(RING) {
            for (place, &pseudonym) in places.iter_mut().zip(ring) {
                *place = self.bucket(Split::new(pseudonym, self.shape).bucket);
            }
            results.extend(places.iter().zip(ring).map(|(&place, &pseudonym)| match place {
                Some((start, end)) => self.search(Split::new(pseudonym, self.shape), start, end),
                None => LookUp::Damaged,
            }));
        }
    }

    /// The entries of a bucket; `None` if the fan-out is damaged.
    fn bucket(self, bucket: usize) -> Option<(usize, usize)> {
        let start = self.start_of(bucket)?;
        let end = self.start_of(bucket + 1)?;
        let entries = self.heads.len() / 8;
        let sound = start <= end && end <= entries && end - start <= LARGEST_BUCKET;
        sound.then_some((start, end))
    }

    fn start_of(self, bucket: usize) -> Option<usize> {
        let group = u64_at(self.groups, bucket / GROUP * 8)?;
        let within = u16_at(self.buckets, bucket * 2)?;
        usize::try_from(group.checked_add(u64::from(within))?).ok()
    }

    fn search(self, split: Split, start: usize, end: usize) -> LookUp {
        for entry in start..end {
            if self.head(entry) == Some(split.head) && self.tail(entry) == Some(split.tail) {
                return self.number(entry).map_or(LookUp::Damaged, LookUp::Found);
            }
        }
        LookUp::Absent
    }

    fn head(self, entry: usize) -> Option<u64> {
        u64_at(self.heads, entry * 8)
    }

    fn tail(self, entry: usize) -> Option<u64> {
        let width = self.shape.tail_width();
        let stored = self.tails.get(entry * width..(entry + 1) * width)?;
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(stored);
        Some(u64::from_le_bytes(bytes))
    }

    fn number(self, entry: usize) -> Option<u32> {
        match self.shape.number_width {
            0 => Some(0),
            1 => self.numbers.get(entry).copied().map(u32::from),
            2 => u16_at(self.numbers, entry * 2).map(u32::from),
            _ => u32_at(self.numbers, entry * 4),
        }
    }

    /// Whether the fan-out meets the entries, those of each bucket belong there in ascending order,
    /// and every exposure number is below the count: all that a builder guarantees.
    pub fn is_sound(self) -> bool {
        let Ok(buckets) = usize::try_from(self.shape.buckets()) else {
            return false;
        };
        let entries = self.heads.len() / 8;
        let mut expected_start = 0;
        for bucket in 0..buckets {
            match self.bucket(bucket) {
                Some((start, end))
                    if start == expected_start
                        && self.is_ascending(start, end)
                        && (start..end).all(|entry| self.is_in_bucket(entry, bucket)) =>
                {
                    expected_start = end;
                }
                _ => return false,
            }
        }
        let known = |entry| {
            self.number(entry).is_some_and(|number| u64::from(number) < self.shape.exposures)
        };
        expected_start == entries && (0..entries).all(known)
    }

    /// Whether the bits that bucket and head both tell are the same.
    fn is_in_bucket(self, entry: usize, bucket: usize) -> bool {
        let shared_bits = self.shape.fan_out_bits - 8 * self.shape.told_bytes();
        let of_head = self.head(entry).map(|head| u128::from(head) << shared_bits >> 64);
        of_head == Some(bucket as u128 & ((1 << shared_bits) - 1))
    }

    fn is_ascending(self, start: usize, end: usize) -> bool {
        let key = |entry| (self.head(entry), self.tail(entry));
        (start + 1..end).all(|entry| key(entry - 1) < key(entry))
    }
}

/// A pseudonym as the table stores it.
#[derive(Clone, Copy)]
pub(super) struct Split {
    pub bucket: usize,
    pub head: u64,
    pub tail: u64,
}

impl Split {
    #[expect(clippy::cast_possible_truncation, reason = "the casts cut a number into its parts")]
    pub fn new(pseudonym: Pseudonym, shape: Shape) -> Self {
        let number = pseudonym.number();
        let untold = number << (8 * shape.told_bytes());
        Self {
            // In two steps, since a shift by all 128 bits is none.
            bucket: (number >> 64 >> (64 - shape.fan_out_bits)) as usize,
            head: (untold >> 64) as u64,
            tail: (untold as u64) >> (8 * shape.told_bytes()),
        }
    }
}
