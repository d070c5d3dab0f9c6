//! Counts sorted entries, share by share, on any thread.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::{
    entry::{Entry, changed},
    origins::NumberedOrigins,
    spill::RunError,
};
use crate::{
    identifier::{Kind, KindSet},
    index::{DIGEST_LENGTH, KindCount, Posting, slots_of},
    pseudonym::Pseudonym,
};

/// Some entries in ascending order, without duplicates.
pub(super) struct Share {
    pub entries: Vec<Entry>,
    pub count: Count,
    pub buckets: Vec<BucketCount>,
}

/// The counts of sorted entries.
#[derive(Default)]
pub(super) struct Count {
    /// All entries, including duplicates.
    pub entries: u64,
    pub pseudonyms: u64,
    /// How many records repeat another one.
    pub duplicates: u64,
    /// The class sets of the records.
    pub class_sets: BTreeSet<u32>,
    pub kinds: CountByKind,
}

/// The number of pseudonyms and of records of each kind.
#[derive(Clone, Copy, Default)]
pub(super) struct CountByKind([(u64, u64); Kind::ALL.len()]);

/// The count of the pseudonyms with the same first 12 bits.
pub(super) struct BucketCount {
    pub bucket: usize,
    pub pseudonyms: u64,
    pub slots: u64,
    pub digest: [u8; DIGEST_LENGTH],
}

/// Counts pseudonyms, one bucket after the other.
#[derive(Default)]
pub(super) struct BucketCounter {
    current: Option<(BucketCount, Sha256)>,
}

impl BucketCounter {
    /// Counts the next pseudonym, with the tags and sealed codes of its postings. Pseudonyms must
    /// come in ascending order, and so must postings. Returns the finished bucket if this pseudonym
    /// starts a new one.
    pub fn count(
        &mut self,
        pseudonym: Pseudonym,
        postings: impl ExactSizeIterator<Item = (u64, u64)>,
    ) -> Option<BucketCount> {
        let bucket = Entry::bucket_of(pseudonym);
        let is_same = self.current.as_ref().is_some_and(|(count, _)| count.bucket == bucket);
        let ended = if is_same { None } else { self.end() };
        let (count, digest) = self.current.get_or_insert_with(|| {
            let digest = [0; DIGEST_LENGTH];
            (BucketCount { bucket, pseudonyms: 0, slots: 0, digest }, Sha256::new())
        });
        let records = postings.len() as u64;
        count.pseudonyms += 1;
        count.slots += slots_of(records);
        digest.update(pseudonym.number().to_le_bytes());
        digest.update(records.to_le_bytes());
        for (tag, sealed_codes) in postings {
            digest.update(tag.to_le_bytes());
            digest.update(sealed_codes.to_le_bytes());
        }
        ended
    }

    /// Ends the current bucket and returns it, if there is one.
    pub fn end(&mut self) -> Option<BucketCount> {
        let (mut count, digest) = self.current.take()?;
        count.digest = digest.finalize().into();
        Some(count)
    }
}

impl Share {
    /// Counts sorted entries and drops duplicates. The entries must be complete for each of their
    /// pseudonyms.
    pub fn of(mut entries: Vec<Entry>) -> Self {
        let mut count = Count { entries: entries.len() as u64, ..Count::default() };
        entries.dedup_by(|next, first| {
            let is_same = next == first;
            count.duplicates += u64::from(is_same && next.is_first);
            is_same
        });
        let mut counter = BucketCounter::default();
        let mut buckets = Vec::new();
        for same in entries.chunk_by(|one, other| one.pseudonym() == other.pseudonym()) {
            let postings = same.iter().map(|entry| (entry.tag, entry.sealed_codes));
            buckets.extend(counter.count(same[0].pseudonym(), postings));
            count.kinds.add(same[0].kind, 1, same.len() as u64);
            count.pseudonyms += 1;
            for entry in same {
                if count.class_sets.last() != Some(&entry.class_set) {
                    count.class_sets.insert(entry.class_set);
                }
            }
        }
        buckets.extend(counter.end());
        Self { entries, count, buckets }
    }

    /// Calls `take` with each pseudonym and its postings, both in ascending order, as in a file.
    ///
    /// # Errors
    ///
    /// The error of `take`, or an I/O error if the origin of an entry is not in `origins`.
    pub fn for_each_pseudonym<E: From<RunError>>(
        &self,
        origins: &NumberedOrigins,
        mut take: impl FnMut(Pseudonym, &[Posting]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut postings = Vec::new();
        for same in self.entries.chunk_by(|one, other| one.pseudonym() == other.pseudonym()) {
            postings.clear();
            for entry in same {
                let origin = origins.number_of(0, entry.class_set);
                postings.push(entry.posting(origin.ok_or_else(|| RunError(changed()))?));
            }
            postings.sort_unstable();
            take(same[0].pseudonym(), &postings)?;
        }
        Ok(())
    }
}

impl Count {
    pub fn add(&mut self, other: &Self) {
        self.entries += other.entries;
        self.pseudonyms += other.pseudonyms;
        self.duplicates += other.duplicates;
        self.class_sets.extend(&other.class_sets);
        for (counts, other) in self.kinds.0.iter_mut().zip(other.kinds.0) {
            *counts = (counts.0 + other.0, counts.1 + other.1);
        }
    }
}

impl CountByKind {
    pub fn add(&mut self, kind: Kind, pseudonyms: u64, records: u64) {
        let counts = &mut self.0[kind as usize];
        *counts = (counts.0 + pseudonyms, counts.1 + records);
    }

    /// The number of pseudonyms and records of each kind that occurs.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, (u64, u64))> {
        self.kinds().iter().map(|kind| (kind, self.0[kind as usize]))
    }

    /// The kinds that occur.
    pub fn kinds(&self) -> KindSet {
        let counted = Kind::ALL.iter().zip(self.0);
        counted.filter(|(_, (pseudonyms, _))| *pseudonyms > 0).map(|(&kind, _)| kind).collect()
    }

    /// The count of each kind that occurs. `email_hashes` are the kinds of hashes that were
    /// computed from plain addresses. `lacking` are the kinds that do not cover all addresses of
    /// the leak.
    pub fn counts(&self, email_hashes: KindSet, lacking: KindSet) -> Vec<KindCount> {
        let count = |kind| {
            let (identifiers, records) = self.0[kind as usize];
            let of_plain = email_hashes.contains(kind);
            let lacks_plain = lacking.contains(kind);
            KindCount { identifiers, records, of_plain, lacks_plain, ..KindCount::new(kind) }
        };
        self.kinds().iter().map(count).collect()
    }
}
