//! One identifier of one record, and buckets of identifiers by their leading bits.

use std::{io, mem, ops::Range};

use crate::{identifier::Kind, index::Posting, pseudonym::Pseudonym};

/// One identifier of one record. Equal entries come from identical records.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    // Two halves, because the alignment of a `u128` would make the struct larger.
    high: u64,
    low: u64,
    /// The tag of the record.
    pub tag: u64,
    pub sealed_codes: u64,
    pub class_set: u32,
    pub kind: Kind,
    /// Whether this is the smallest pseudonym of its record. Records are counted by these entries.
    pub is_first: bool,
}

impl Entry {
    /// The length of an entry in a run, in bytes.
    pub const LENGTH: usize = 40;
    /// The number of buckets. The leading bits of a pseudonym are the number of its bucket.
    pub const BUCKETS: usize = 1 << Self::BUCKET_BITS;
    pub const BUCKET_BITS: u32 = 12;

    #[expect(clippy::cast_possible_truncation, reason = "the cast cuts a half off")]
    pub fn new(pseudonym: Pseudonym, class_set: u32, posting: Posting) -> Self {
        let number = pseudonym.number();
        let Posting { tag, kind, is_first, sealed_codes, .. } = posting;
        let (high, low) = ((number >> 64) as u64, number as u64);
        Self { high, low, tag, sealed_codes, class_set, kind, is_first }
    }

    pub fn pseudonym(&self) -> Pseudonym {
        Pseudonym::from_halves(self.high, self.low)
    }

    /// The two halves of its pseudonym.
    pub const fn halves(&self) -> (u64, u64) {
        (self.high, self.low)
    }

    /// The number of its bucket. It ascends with the pseudonym.
    #[inline]
    pub const fn bucket(&self) -> usize {
        Self::bucket_of_first_half(self.high)
    }

    /// The bucket of a pseudonym.
    pub const fn bucket_of(pseudonym: Pseudonym) -> usize {
        Self::bucket_of_first_half(pseudonym.first_half())
    }

    const fn bucket_of_first_half(first_half: u64) -> usize {
        (first_half >> (u64::BITS - Self::BUCKET_BITS)) as usize
    }

    /// The posting of this entry, with the number of its origin.
    pub fn posting(&self, origin: u32) -> Posting {
        let Self { tag, kind, is_first, sealed_codes, .. } = *self;
        Posting { origin, tag, kind, is_first, sealed_codes }
    }

    pub fn encode(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..8].copy_from_slice(&self.high.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.low.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.tag.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.sealed_codes.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.class_set.to_le_bytes());
        bytes[36] = self.kind as u8;
        bytes[37] = u8::from(self.is_first);
        bytes
    }

    pub fn decode(bytes: &[u8; Self::LENGTH]) -> io::Result<Self> {
        let (words, _) = bytes.as_chunks::<8>();
        let [high, low, tag, codes, last] = words else { unreachable!("40 bytes are five words") };
        let [set @ .., kind, is_first, _, _] = last;
        let kind = Kind::ALL.get(usize::from(*kind)).ok_or_else(changed)?;
        Ok(Self {
            high: u64::from_le_bytes(*high),
            low: u64::from_le_bytes(*low),
            tag: u64::from_le_bytes(*tag),
            sealed_codes: u64::from_le_bytes(*codes),
            class_set: u32::from_le_bytes(*set),
            kind: *kind,
            is_first: *is_first == 1,
        })
    }
}

/// Entries, sorted by bucket.
pub(super) struct Piece {
    entries: Vec<Entry>,
    /// The start of each bucket, and the end of the last one.
    starts: Vec<u32>,
}

impl Piece {
    /// The largest number of entries in a piece.
    pub const MAX_COUNT: usize = u32::MAX as usize;

    pub fn new(entries: &[Entry]) -> Self {
        let mut starts = vec![0; Entry::BUCKETS + 1];
        for entry in entries {
            starts[entry.bucket()] += 1;
        }
        let mut start = 0;
        for count in &mut starts {
            start += mem::replace(count, start);
        }
        // The position of the next entry of each bucket. At the end, this is the start of the next
        // bucket.
        let mut next = starts.clone();
        let mut placed = entries.to_vec();
        for entry in entries {
            let place = &mut next[entry.bucket()];
            placed[*place as usize] = *entry;
            *place += 1;
        }
        Self { entries: placed, starts }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// The entries of a bucket.
    pub fn bucket(&self, bucket: usize) -> &[Entry] {
        &self.entries[self.range(&(bucket..bucket + 1))]
    }

    /// The positions of the entries in these buckets.
    pub fn range(&self, buckets: &Range<usize>) -> Range<usize> {
        self.starts[buckets.start] as usize..self.starts[buckets.end] as usize
    }
}

/// The error for entries on the disk that are not as they were written.
pub(super) fn changed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a run of identifiers is not as it was written")
}

#[cfg(test)]
impl Entry {
    /// An entry with this pseudonym.
    pub fn of_number(number: u128) -> Self {
        let posting =
            Posting { origin: 0, tag: 1, kind: Kind::Email, is_first: true, sealed_codes: 0 };
        Self::new(Pseudonym::from_number(number), 2, posting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        for &kind in Kind::ALL {
            let number = u128::MAX / 70 * (kind as u128 + 1);
            let pseudonym = Pseudonym::from_number(number);
            for is_first in [false, true] {
                let tag = u64::MAX - 5;
                let posting = Posting { origin: 0, tag, kind, is_first, sealed_codes: 77 };
                let entry = Entry::new(pseudonym, 0x0102_0304, posting);
                assert!(Entry::decode(&entry.encode()).expect("a known kind") == entry);
            }
        }
        assert!(Entry::decode(&[0xFF; Entry::LENGTH]).is_err());
    }

    #[test]
    fn the_buckets_of_a_piece_hold_all_entries() {
        let number = |entry: u128| entry.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        let pseudonyms = (0..10_000).map(number).chain([0, 0, u128::MAX]);
        let mut entries: Vec<Entry> = pseudonyms.map(Entry::of_number).collect();
        let piece = Piece::new(&entries);
        let mut placed = Vec::new();
        for bucket in 0..Entry::BUCKETS {
            assert!(piece.bucket(bucket).iter().all(|entry| entry.bucket() == bucket));
            placed.extend_from_slice(piece.bucket(bucket));
        }
        placed.sort_unstable();
        entries.sort_unstable();
        assert!(placed == entries);
        assert_eq!(placed[placed.len() - 1].bucket(), Entry::BUCKETS - 1);
    }
}
