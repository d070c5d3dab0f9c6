//! Two ways to find out quickly that a pseudonym is not there.
//!
//! [`HeadSieve`] compares the heads themselves: the fastest where the table is in memory.
//! [`FingerprintSieve`] compares one byte of each: a tenth of the table is then enough for most
//! look-ups, which decides where the rest has to come from the disk.

use super::{Split, Table};
use crate::{
    index::{
        format::{GROUP, Section, Shape},
        map::prefetch,
    },
    pseudonym::Pseudonym,
};

/// Tells of most pseudonyms that they are not there, without a branch that a processor could
/// mispredict.
pub(super) trait Sieve: Copy {
    /// Where the entries of a bucket, and perhaps some beside it, are compared.
    type Window: Copy;

    /// That of a bucket that the short way does not tell of.
    const UNKNOWN: Self::Window;

    /// The window over the pseudonym's bucket.
    fn window_over(self, pseudonym: Pseudonym) -> Self::Window;

    /// Whether the window may hold the pseudonym, or is unknown.
    fn may_hold(self, window: Self::Window, pseudonym: Pseudonym) -> bool;

    /// Asks for what [`window_over`](Self::window_over) reads.
    fn prefetch_marks(self, ring: Option<&[Pseudonym]>);

    /// Asks for what [`may_hold`](Self::may_hold) reads.
    fn prefetch_window(self, window: Self::Window);

    /// The first entry of the window, if it is known.
    fn first_entry(window: Self::Window) -> usize;

    fn rules_out(self, pseudonym: Pseudonym) -> bool {
        !self.may_hold(self.window_over(pseudonym), pseudonym)
    }
}

/// Where the buckets begin.
#[derive(Clone, Copy)]
struct FanOut<'a> {
    shape: Shape,
    groups: &'a [[u8; 8]],
    buckets: &'a [[u8; 2]],
}

impl<'a> FanOut<'a> {
    fn of(table: Table<'a>) -> Self {
        Self {
            shape: table.layout.shape,
            groups: table.section(Section::Groups).as_chunks().0,
            buckets: table.section(Section::Buckets).as_chunks().0,
        }
    }

    /// Where the pseudonym's bucket begins, and how many entries it has: a huge number if the marks do
    /// not fit. `None` if the bucket is the last of its group, or the fan-out is damaged.
    #[inline]
    fn bucket_of(self, pseudonym: Pseudonym) -> Option<(usize, usize)> {
        let bucket = Split::new(pseudonym, self.shape).bucket;
        let marks = self.buckets.get(bucket..).and_then(<[_]>::first_chunk);
        let (Some(&[start, end]), Some(&group)) = (marks, self.groups.get(bucket / GROUP)) else {
            return None;
        };
        let group = usize::try_from(u64::from_le_bytes(group)).unwrap_or(usize::MAX);
        let (start, end) = (u16::from_le_bytes(start).into(), u16::from_le_bytes(end).into());
        // If the end is below the start, the size is huge.
        let size = usize::wrapping_sub(end, start);
        let size = if bucket % GROUP == GROUP - 1 { usize::MAX } else { size };
        Some((group.saturating_add(start), size))
    }

    /// The groups are few, and in the cache anyway.
    #[inline]
    fn prefetch_marks(self, ring: Option<&[Pseudonym]>) {
        for &pseudonym in ring.unwrap_or_default() {
            prefetch(self.buckets, Split::new(pseudonym, self.shape).bucket);
        }
    }
}

/// Compares the heads.
#[derive(Clone, Copy)]
pub(super) struct HeadSieve<'a> {
    fan_out: FanOut<'a>,
    heads: &'a [[u8; 8]],
}

/// A window has so many heads: a cache line of them, and more than most buckets hold.
const HEADS: usize = 8;

impl<'a> HeadSieve<'a> {
    pub fn of(table: Table<'a>) -> Self {
        Self { fan_out: FanOut::of(table), heads: table.section(Section::Heads).as_chunks().0 }
    }

    #[inline]
    fn window(self, start: usize) -> Option<&'a [[u8; 8]; HEADS]> {
        self.heads.get(start..)?.first_chunk()
    }
}

impl Sieve for HeadSieve<'_> {
    /// Where [`HEADS`] heads begin with all of the bucket among them, where possible in one cache line.
    type Window = usize;

    const UNKNOWN: usize = usize::MAX;

    /// Unknown if the bucket is too large, or the last of its group, or the fan-out is damaged.
    #[inline]
    fn window_over(self, pseudonym: Pseudonym) -> usize {
        let Some((start, size)) = self.fan_out.bucket_of(pseudonym) else {
            return Self::UNKNOWN;
        };
        // The heads begin with a cache line, so every eighth does.
        let before = start % HEADS;
        let fits_line = before.wrapping_add(size) <= HEADS;
        let window = if fits_line { start - before } else { start };
        if size > HEADS { Self::UNKNOWN } else { window }
    }

    /// All heads are compared, without a branch, and by their lower halves, of which a processor
    /// compares four at a time; one in 2³² is taken for equal and is not.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the casts cut the lower halves out")]
    fn may_hold(self, window: usize, pseudonym: Pseudonym) -> bool {
        let Some(window) = self.window(window) else {
            return true;
        };
        let head = Split::new(pseudonym, self.fan_out.shape).head;
        let mut equal = 0;
        for &stored in window {
            equal |= u32::from(u64::from_le_bytes(stored) as u32 == head as u32);
        }
        equal != 0
    }

    fn prefetch_marks(self, ring: Option<&[Pseudonym]>) {
        self.fan_out.prefetch_marks(ring);
    }

    /// One cache line if the window begins with it, otherwise two.
    #[inline]
    fn prefetch_window(self, start: usize) {
        if let Some(window) = self.window(start) {
            prefetch(window, 0);
            prefetch(window, HEADS - 1);
        }
    }

    fn first_entry(window: usize) -> usize {
        window
    }
}

/// Compares the fingerprints.
#[derive(Clone, Copy)]
pub(super) struct FingerprintSieve<'a> {
    fan_out: FanOut<'a>,
    /// The fingerprints, and what comes after them in the file.
    from_fingerprints: &'a [u8],
    /// How many fingerprints there are: one for each entry.
    fingerprints: usize,
}

/// So many fingerprints are compared at once; hardly any bucket holds more.
const FINGERPRINTS: usize = 16;

/// Where the fingerprints of a bucket are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub start: usize,
    pub size: usize,
}

/// The lowest bit of each byte, and the highest.
const LOWEST_BITS: u128 = u128::MAX / 0xFF;
const HIGHEST_BITS: u128 = LOWEST_BITS << 7;

/// All bits of so many bytes, from the first on.
const MASKS: [u128; FINGERPRINTS + 1] = {
    let mut masks = [0; FINGERPRINTS + 1];
    let mut size = 1;
    while size <= FINGERPRINTS {
        masks[size] = u128::MAX >> (128 - 8 * size);
        size += 1;
    }
    masks
};

impl<'a> FingerprintSieve<'a> {
    pub fn of(table: Table<'a>) -> Self {
        let range = table.layout.range(Section::Fingerprints);
        Self {
            fan_out: FanOut::of(table),
            from_fingerprints: &table.file[range.start..],
            fingerprints: range.len(),
        }
    }
}

impl Sieve for FingerprintSieve<'_> {
    type Window = Window;

    const UNKNOWN: Window = Window { start: usize::MAX, size: 0 };

    /// Unknown if they are more than are compared at once, or the bucket is the last of its group, or
    /// the fan-out is damaged.
    #[inline]
    fn window_over(self, pseudonym: Pseudonym) -> Window {
        let Some((start, size)) = self.fan_out.bucket_of(pseudonym) else {
            return Self::UNKNOWN;
        };
        let end = start.saturating_add(size);
        let is_known = size <= FINGERPRINTS && end <= self.fingerprints;
        if is_known { Window { start, size } } else { Self::UNKNOWN }
    }

    /// As many as a window has are compared at once, without a branch, and those of other buckets are
    /// masked out.
    #[inline]
    fn may_hold(self, window: Window, pseudonym: Pseudonym) -> bool {
        let stored = self.from_fingerprints.get(window.start..).and_then(<[_]>::first_chunk);
        let (Some(&stored), Some(&own)) = (stored, MASKS.get(window.size)) else {
            return true;
        };
        let fingerprint = u128::from(Split::new(pseudonym, self.fan_out.shape).fingerprint());
        let differing = u128::from_le_bytes(stored) ^ (LOWEST_BITS * fingerprint);
        // The highest bit of each byte that is zero, and perhaps of one above it: one too many is
        // looked at, and none too few.
        let equal = differing.wrapping_sub(LOWEST_BITS) & !differing & HIGHEST_BITS;
        equal & own != 0
    }

    fn prefetch_marks(self, ring: Option<&[Pseudonym]>) {
        self.fan_out.prefetch_marks(ring);
    }

    /// Few windows go beyond one cache line.
    #[inline]
    fn prefetch_window(self, window: Window) {
        prefetch(self.from_fingerprints, window.start);
    }

    fn first_entry(window: Window) -> usize {
        window.start
    }
}
