//! The sorted table: a fan-out by leading bits, and a search within the bucket.
//!
//! Pseudonyms are evenly spread, so their leading bits name a bucket of about four entries. What
//! the bucket does not tell of a pseudonym stands in two columns: 64-bit *heads*, which a look-up
//! compares, and *tails*, which it only reads where a head is equal.
//!
//! Most pseudonyms that are looked up are not there, and to find that out takes no branch that a
//! processor could mispredict: see [`sieve`]. Only where one of the bucket's entries may be equal, they
//! are searched one by one.

mod sieve;

use rayon::prelude::*;
use sieve::{FingerprintSieve, HeadSieve, Sieve};

use super::{
    format::{GROUP, LARGEST_BUCKET, Layout, Section, Shape, u16_at, u32_at, u64_at},
    map::prefetch,
};
use crate::pseudonym::Pseudonym;

/// What a table says of one pseudonym.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Kind, LookUp, Pseudonymiser, Record};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780"))?;
/// let index = builder.build()?;
///
/// let pseudonym = Pseudonymiser::new(&key).pseudonym(Kind::Kvnr, b"A123456780");
/// match index.look_up(pseudonym) {
///     LookUp::Found(exposure) => assert_eq!(index.exposure(exposure).records(), 1),
///     LookUp::Absent => println!("not in the leak"),
///     LookUp::OtherShard => println!("not known: another shard would tell"),
///     LookUp::Damaged => println!("not known: a mapped file was changed"),
/// }
/// # assert_ne!(index.look_up(pseudonym), LookUp::Absent);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// It is not in the index.
    Absent,
    /// It is, with the exposure of this number.
    Found(u32),
    /// The part of a mapped index that would tell is damaged.
    Damaged,
    /// The index is a shard, and another one would tell.
    OtherShard,
}

/// How many look-ups are under way at once, so that their cache misses overlap.
const RING: usize = 16;

/// The table within a file. That of a shard holds pseudonyms without the leading bits that all of them
/// share ([`Shard::without_own_bits`](super::Shard::without_own_bits)).
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    file: &'a [u8],
    layout: &'a Layout,
}

/// What is asked first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum First {
    #[default]
    Heads,
    Fingerprints,
}

impl<'a> Table<'a> {
    /// The table within a file of this layout.
    pub const fn new(file: &'a [u8], layout: &'a Layout) -> Self {
        Self { file, layout }
    }

    /// Looks up one pseudonym: two reads of the fan-out, then usually one cache line of heads or of
    /// fingerprints.
    #[inline]
    pub fn look_up(self, pseudonym: Pseudonym, first: First) -> LookUp {
        let is_ruled_out = match first {
            First::Heads => HeadSieve::of(self).rules_out(pseudonym),
            First::Fingerprints => FingerprintSieve::of(self).rules_out(pseudonym),
        };
        if is_ruled_out { LookUp::Absent } else { self.search(pseudonym) }
    }

    /// Appends what the table says of each pseudonym, in their order.
    pub fn look_up_all(self, pseudonyms: &[Pseudonym], first: First, results: &mut Vec<LookUp>) {
        match first {
            First::Heads => self.sift(HeadSieve::of(self), pseudonyms, results),
            First::Fingerprints => self.sift(FingerprintSieve::of(self), pseudonyms, results),
        }
    }

    fn sift<S: Sieve>(self, sieve: S, pseudonyms: &[Pseudonym], results: &mut Vec<LookUp>) {
        let first = results.len();
        results.resize(first + pseudonyms.len(), LookUp::Absent);
        let results = &mut results[first..];

        // Whatever a step reads is asked for one step before, for a whole ring: the marks of its
        // buckets, then its windows, then the rest of the entries that the windows do not rule out.
        // These wait until the windows of the next ring are asked for.
        let mut rings_ahead = pseudonyms.chunks(RING);
        sieve.prefetch_marks(rings_ahead.next());
        let mut windows = [S::UNKNOWN; RING];
        let mut candidates = Candidates::default();
        for (ring_number, ring) in pseudonyms.chunks(RING).enumerate() {
            for (window, &pseudonym) in windows.iter_mut().zip(ring) {
                *window = sieve.window_over(pseudonym);
                sieve.prefetch_window(*window);
            }
            sieve.prefetch_marks(rings_ahead.next());
            self.search_all(candidates.take(), pseudonyms, results);
            for (place, (&window, &pseudonym)) in windows.iter().zip(ring).enumerate() {
                if sieve.may_hold(window, pseudonym) {
                    candidates.push(ring_number * RING + place);
                    self.prefetch_rest(S::first_entry(window));
                }
            }
        }
        self.search_all(candidates.take(), pseudonyms, results);
    }

    fn search_all(self, places: &[usize], pseudonyms: &[Pseudonym], results: &mut [LookUp]) {
        for &place in places {
            results[place] = self.search(pseudonyms[place]);
        }
    }

    /// What is read of the entries of a bucket that begins there.
    fn prefetch_rest(self, entry: usize) {
        let shape = self.layout.shape;
        prefetch(self.section(Section::Heads), entry.saturating_mul(8));
        prefetch(self.section(Section::Tails), entry.saturating_mul(shape.tail_width()));
        prefetch(self.section(Section::Numbers), entry.saturating_mul(shape.number_width));
    }

    /// Looks up a pseudonym that the sieve does not rule out. Apart from the rest, so that the way
    /// of the others is short.
    #[cold]
    fn search(self, pseudonym: Pseudonym) -> LookUp {
        let split = Split::new(pseudonym, self.layout.shape);
        let Some((start, end)) = self.bucket(split.bucket) else {
            return LookUp::Damaged;
        };
        for entry in start..end {
            if self.head(entry) == Some(split.head) && self.tail(entry) == Some(split.tail) {
                return self.number(entry).map_or(LookUp::Damaged, LookUp::Found);
            }
        }
        LookUp::Absent
    }

    fn section(self, section: Section) -> &'a [u8] {
        &self.file[self.layout.range(section)]
    }

    /// The entries of a bucket; `None` if the fan-out is damaged.
    fn bucket(self, bucket: usize) -> Option<(usize, usize)> {
        let start = self.start_of(bucket)?;
        let end = self.start_of(bucket + 1)?;
        let sound = start <= end && end <= self.entries() && end - start <= LARGEST_BUCKET;
        sound.then_some((start, end))
    }

    fn start_of(self, bucket: usize) -> Option<usize> {
        let group = u64_at(self.section(Section::Groups), bucket / GROUP * 8)?;
        let within = u16_at(self.section(Section::Buckets), bucket * 2)?;
        usize::try_from(group.checked_add(u64::from(within))?).ok()
    }

    fn head(self, entry: usize) -> Option<u64> {
        u64_at(self.section(Section::Heads), entry * 8)
    }

    fn tail(self, entry: usize) -> Option<u64> {
        let width = self.layout.shape.tail_width();
        let stored = self.section(Section::Tails).get(entry * width..(entry + 1) * width)?;
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(stored);
        Some(u64::from_le_bytes(bytes))
    }

    fn number(self, entry: usize) -> Option<u32> {
        let numbers = self.section(Section::Numbers);
        match self.layout.shape.number_width {
            0 => Some(0),
            1 => numbers.get(entry).copied().map(u32::from),
            2 => u16_at(numbers, entry * 2).map(u32::from),
            _ => u32_at(numbers, entry * 4),
        }
    }

    fn entries(self) -> usize {
        self.layout.range(Section::Heads).len() / 8
    }

    /// All entries in ascending order, each with the number of its exposure. Ends early where the table
    /// is damaged.
    pub fn entries_in_order(self) -> impl Iterator<Item = (Pseudonym, u32)> + 'a {
        let buckets = usize::try_from(self.layout.shape.buckets()).unwrap_or(0);
        let mut bucket = 0;
        (0..self.entries()).map_while(move |entry| {
            while bucket < buckets && self.start_of(bucket + 1)? <= entry {
                bucket += 1;
            }
            let (head, tail) = (self.head(entry)?, self.tail(entry)?);
            let split = Split { bucket, head, tail };
            Some((split.pseudonym(self.layout.shape), self.number(entry)?))
        })
    }

    /// Whether the fan-out meets the entries, those of each bucket belong there in ascending order,
    /// every fingerprint is that of its head, and every exposure number is below the count: all that a
    /// builder guarantees. On all threads.
    pub fn is_sound(self) -> bool {
        let Ok(buckets) = usize::try_from(self.layout.shape.buckets()) else {
            return false;
        };
        // Each bucket begins where the one before it ends, since both read the same mark.
        let marks_meet_entries =
            self.start_of(0) == Some(0) && self.start_of(buckets) == Some(self.entries());
        let is_known = |entry| {
            self.number(entry).is_some_and(|number| u64::from(number) < self.layout.shape.exposures)
        };
        marks_meet_entries
            && (0..buckets).into_par_iter().all(|bucket| self.is_sound_bucket(bucket))
            && (0..self.entries()).into_par_iter().all(is_known)
            && self.fingerprints_fit()
    }

    fn fingerprints_fit(self) -> bool {
        let heads = self.section(Section::Heads).par_chunks_exact(8);
        let fingerprints = self.section(Section::Fingerprints).par_iter();
        fingerprints.zip(heads).all(|(&fingerprint, head)| fingerprint == head[0])
    }

    fn is_sound_bucket(self, bucket: usize) -> bool {
        self.bucket(bucket).is_some_and(|(start, end)| {
            self.is_ascending(start, end)
                && (start..end).all(|entry| self.is_in_bucket(entry, bucket))
        })
    }

    /// Whether the bits that bucket and head both tell are the same.
    fn is_in_bucket(self, entry: usize, bucket: usize) -> bool {
        let shared_bits = self.layout.shape.fan_out_bits - 8 * self.layout.shape.told_bytes();
        let of_head = self.head(entry).map(|head| u128::from(head) << shared_bits >> 64);
        of_head == Some(bucket as u128 & ((1 << shared_bits) - 1))
    }

    fn is_ascending(self, start: usize, end: usize) -> bool {
        let key = |entry| (self.head(entry), self.tail(entry));
        (start + 1..end).all(|entry| key(entry - 1) < key(entry))
    }
}

/// The places of those that the sieve did not rule out, of one ring.
#[derive(Default)]
struct Candidates {
    places: [usize; RING],
    count: usize,
}

impl Candidates {
    fn push(&mut self, place: usize) {
        self.places[self.count] = place;
        self.count += 1;
    }

    /// Empties it.
    fn take(&mut self) -> &[usize] {
        &self.places[..std::mem::take(&mut self.count)]
    }
}

/// A pseudonym as the table stores it.
#[derive(Clone, Copy)]
pub(crate) struct Split {
    pub bucket: usize,
    pub head: u64,
    pub tail: u64,
}

impl Split {
    /// The last byte of the head.
    pub const fn fingerprint(self) -> u8 {
        self.head.to_le_bytes()[0]
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the casts cut a number into its parts")]
    pub fn new(pseudonym: Pseudonym, shape: Shape) -> Self {
        let number = pseudonym.number();
        let (upper, lower) = ((number >> 64) as u64, number as u64);
        let told_bits = 8 * shape.told_bytes();
        Self {
            // In two steps, since a shift by all 64 bits is none.
            bucket: (upper >> 1 >> (63 - shape.fan_out_bits)) as usize,
            head: upper << told_bits | lower >> 1 >> (63 - told_bits),
            tail: lower << told_bits >> told_bits,
        }
    }

    /// The pseudonym that was split so.
    pub fn pseudonym(self, shape: Shape) -> Pseudonym {
        let (told_bits, tail_bits) = (8 * shape.told_bytes(), 64 - 8 * shape.told_bytes());
        // The bits of the bucket beyond the whole bytes stand in the head, too.
        let told = self.bucket as u128 >> (shape.fan_out_bits - told_bits);
        let head = u128::from(self.head) << tail_bits;
        let told = if told_bits == 0 { 0 } else { told << (128 - told_bits) };
        Pseudonym::from_number(told | head | u128::from(self.tail))
    }
}

#[cfg(test)]
mod tests;
