//! The chunks of an index. Each one is compared with its digest when a lookup first touches it.
//! The touched chunks are compared once more before results are used.
//!
//! The MAC covers the roots. Each root covers a piece of the digests, and each digest covers a
//! chunk of the body.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    atomic_bit_set::AtomicBitSet,
    format::{CHUNK_LENGTH, DIGEST_LENGTH, Layout, Section},
    seal::{first_changed, matches_digest},
    // `src/index/model.rs` compiles this file with another `sync`.
    sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence},
};
use crate::error::IndexFault;

/// The state of the chunks of one index: which ones are sound, and whether damage was found.
pub(super) struct Chunks {
    /// Whether the whole body was compared with its digests and its table is in order. Lookups then
    /// check nothing else.
    whole: AtomicBool,
    /// How many chunks of the filter have not been touched yet. Nearly all lookups read only the
    /// filter, and soon all of it has been touched. From then on, they check only this number.
    filter_left: AtomicUsize,
    /// The chunks of the body that match their digests.
    touched: AtomicBitSet,
    /// The pieces of the digests that match their roots.
    digests: AtomicBitSet,
    /// The first damage that was found: [`NONE`], [`TABLE`], or the position of a damaged chunk in
    /// the file. Once it is set, lookups compare no further chunk.
    fault: AtomicU64,
}

const DIGESTS_IN_CHUNK: usize = CHUNK_LENGTH / DIGEST_LENGTH;

/// No damage was found.
const NONE: u64 = 0;
/// All chunks match their digests, but the table is not in order. No chunk has this position.
const TABLE: u64 = 1;

impl Chunks {
    /// The state before any chunk is touched.
    pub fn unverified(layout: &Layout) -> Self {
        let body = layout.file_length() - layout.body_start();
        Self {
            whole: AtomicBool::new(false),
            filter_left: AtomicUsize::new(filter_chunks(layout)),
            touched: AtomicBitSet::none_of(body.div_ceil(CHUNK_LENGTH)),
            digests: AtomicBitSet::none_of(layout.digests().len().div_ceil(CHUNK_LENGTH)),
            fault: AtomicU64::new(NONE),
        }
    }

    /// Whether the whole body was verified.
    #[inline]
    pub fn are_whole(&self) -> bool {
        self.whole.load(Ordering::Relaxed)
    }

    /// Records that the body matches its digests and the table is in order.
    pub fn set_whole(&self) {
        self.filter_left.store(0, Ordering::Relaxed);
        self.whole.store(true, Ordering::Relaxed);
        self.reset_if_damaged();
    }

    /// Withdraws all trust if damage was found. A thread gets here after it has written that it
    /// trusts chunks, or after it has written a fault. The fence makes the later
    /// thread see the write of the earlier one. Without it, each could miss the other's write.
    fn reset_if_damaged(&self) {
        fence(Ordering::SeqCst);
        if self.fault.load(Ordering::Relaxed) != NONE {
            self.whole.store(false, Ordering::Relaxed);
            self.filter_left.store(usize::MAX, Ordering::Relaxed);
            self.touched.clear();
        }
    }

    /// Whether a chunk of the filter is sound.
    #[inline]
    pub fn is_filter_chunk_sound(&self, number: usize, file: &[u8], layout: &Layout) -> bool {
        self.filter_left.load(Ordering::Relaxed) == 0 || self.is_chunk_sound(number, file, layout)
    }

    /// Whether a chunk of the body is sound. Compares it with its digest if that has not been done
    /// yet. Not inlined, to keep the path of most lookups short.
    #[inline(never)]
    fn is_chunk_sound(&self, number: usize, file: &[u8], layout: &Layout) -> bool {
        self.touched.has(number) || self.touch(number, file, layout)
    }

    /// Whether all chunks in a range of the body are sound.
    #[inline]
    pub fn is_range_sound(&self, range: Range<usize>, file: &[u8], layout: &Layout) -> bool {
        if self.are_whole() {
            return true;
        }
        let start = layout.body_start();
        let first = (range.start - start) / CHUNK_LENGTH;
        let end = (range.end - start).div_ceil(CHUNK_LENGTH);
        // Nearly all ranges are within one chunk.
        (end == first + 1 && self.touched.has(first))
            || (first..end).all(|number| self.is_chunk_sound(number, file, layout))
    }

    /// Compares a chunk with its digest. Several threads may do so at the same time; all get the
    /// same result.
    #[cold]
    #[inline(never)]
    fn touch(&self, number: usize, file: &[u8], layout: &Layout) -> bool {
        if self.fault().is_some() {
            return false;
        }
        match self.compare(number, file, layout) {
            Ok(()) => {
                if self.touched.add(number) && number < filter_chunks(layout) {
                    // Another thread may have verified the whole body since.
                    let _ = self.filter_left.fetch_update(
                        Ordering::Relaxed,
                        Ordering::Relaxed,
                        |left| left.checked_sub(1),
                    );
                }
                self.reset_if_damaged();
                true
            }
            Err(place) => {
                let _fault = self.fail(place);
                false
            }
        }
    }

    /// Compares a chunk with its digest, and the digest with its root. The error is the position of
    /// the part that differs.
    fn compare(&self, number: usize, file: &[u8], layout: &Layout) -> Result<(), u64> {
        let piece = number / DIGESTS_IN_CHUNK;
        if !self.digests.has(piece) {
            compare_digests(piece, file, layout)?;
            let _is_new = self.digests.add(piece);
        }
        compare_chunk(number, file, layout)
    }

    /// Compares the whole body with its digests, on all threads.
    pub fn verify(&self, file: &[u8], layout: &Layout) -> Result<(), IndexFault> {
        let digests = layout.digests();
        let roots = &file[layout.range(Section::Roots)];
        if let Some(piece) = first_changed(&file[digests.clone()], roots) {
            return Err(self.fail(place_of(digests.start, piece)));
        }
        let (start, digests) = (layout.body_start(), &file[layout.range(Section::Digests)]);
        if let Some(number) = first_changed(&file[start..], digests) {
            return Err(self.fail(place_of(start, number)));
        }
        self.digests.add_all();
        self.touched.add_all();
        self.filter_left.store(0, Ordering::Relaxed);
        self.reset_if_damaged();
        Ok(())
    }

    /// Compares everything that was touched with its digests once more, on all threads.
    pub fn verify_touched(&self, file: &[u8], layout: &Layout) -> Result<(), IndexFault> {
        self.require_sound()?;
        let (pieces, chunks) = (self.digests.numbers(), self.touched.numbers());
        let digests = pieces.par_iter().map(|&piece| compare_digests(piece, file, layout));
        let bodies = chunks.par_iter().map(|&number| compare_chunk(number, file, layout));
        let changed = digests.chain(bodies).find_map_first(Result::err);
        changed.map_or(Ok(()), |place| Err(self.fail(place)))
    }

    /// Does what [`verify_touched`](Self::verify_touched) does, on this thread alone.
    pub fn verify_touched_here(&self, file: &[u8], layout: &Layout) -> Result<(), IndexFault> {
        self.require_sound()?;
        let (pieces, chunks) = (self.digests.numbers(), self.touched.numbers());
        let digests = pieces.iter().map(|&piece| compare_digests(piece, file, layout));
        let bodies = chunks.iter().map(|&number| compare_chunk(number, file, layout));
        let changed = digests.chain(bodies).find_map(Result::err);
        changed.map_or(Ok(()), |place| Err(self.fail(place)))
    }

    /// Returns the damage that was found as an error.
    pub fn require_sound(&self) -> Result<(), IndexFault> {
        self.fault().map_or(Ok(()), Err)
    }

    /// Records that the chunks match their digests, but the table is not in order.
    pub fn refuse_table(&self) -> IndexFault {
        self.fail(TABLE)
    }

    /// Records damage, so that no lookup trusts this file again.
    fn fail(&self, fault: u64) -> IndexFault {
        let _ = self.fault.compare_exchange(NONE, fault, Ordering::Relaxed, Ordering::Relaxed);
        self.reset_if_damaged();
        self.fault().unwrap_or(IndexFault::Damaged { part: "table" })
    }

    fn fault(&self) -> Option<IndexFault> {
        match self.fault.load(Ordering::Relaxed) {
            NONE => None,
            TABLE => Some(IndexFault::Damaged { part: "table" }),
            at => Some(IndexFault::DamagedChunk { at }),
        }
    }
}

/// The number of chunks with a part of the filter. They are the first chunks of the body.
fn filter_chunks(layout: &Layout) -> usize {
    layout.range(Section::Filter).len().div_ceil(CHUNK_LENGTH)
}

/// Compares a piece of the digests with its root. The error is its position in the file.
fn compare_digests(piece: usize, file: &[u8], layout: &Layout) -> Result<(), u64> {
    let roots = &file[layout.range(Section::Roots)];
    let digests = layout.digests();
    let is_same = matches_digest(&file[digests.clone()], roots, piece);
    if is_same { Ok(()) } else { Err(place_of(digests.start, piece)) }
}

/// Compares a chunk of the body with its digest. The error is its position in the file.
fn compare_chunk(number: usize, file: &[u8], layout: &Layout) -> Result<(), u64> {
    let (start, digests) = (layout.body_start(), &file[layout.range(Section::Digests)]);
    let is_same = matches_digest(&file[start..], digests, number);
    if is_same { Ok(()) } else { Err(place_of(start, number)) }
}

/// The position of a chunk, if the chunks begin at `start`.
const fn place_of(start: usize, number: usize) -> u64 {
    (start + number * CHUNK_LENGTH) as u64
}
