//! Counts the entries that stay in a merged index, because the layout of its file depends on them.

use std::collections::BTreeSet;

use super::{
    MergeStats,
    entries::{Merge, MergedEntry},
};
use crate::{
    build::{
        counting::{BucketCounter, CountByKind},
        shard_writer::ShardSizes,
    },
    index::ShardCount,
};

/// The counts of the first pass of a merge.
pub(super) struct FirstPassCounts {
    pub merged: MergeStats,
    pub kinds: CountByKind,
    /// The breaches and class sets of the postings, by their numbers in the merge.
    pub origins: BTreeSet<(u32, u32)>,
    /// The number of records of each breach that stay, by the breach's number.
    pub records: Vec<u64>,
    /// The breach and the class set of the previous posting.
    last: Option<(u32, u32)>,
    pub sizes: ShardSizes,
    buckets: BucketCounter,
}

impl FirstPassCounts {
    pub fn new(merge: &Merge<'_>) -> Self {
        Self {
            merged: MergeStats::default(),
            kinds: CountByKind::default(),
            origins: BTreeSet::new(),
            records: vec![0; merge.breaches.len()],
            last: None,
            sizes: ShardSizes::new(ShardCount::ONE),
            buckets: BucketCounter::default(),
        }
    }

    pub fn add(&mut self, entry: &MergedEntry<'_>) {
        self.merged.read += entry.sources;
        let Some(first) = entry.postings.first() else {
            self.merged.erased += 1;
            return;
        };
        self.merged.reduced += u64::from(entry.erased > 0);
        self.merged.written += 1;
        self.kinds.add(first.posting.kind, 1, entry.postings.len() as u64);
        for one in entry.postings {
            self.records[one.breach as usize] += u64::from(one.posting.is_first);
            let origin = (one.breach, one.class_set);
            // Most postings have the same origin as the previous one.
            if self.last != Some(origin) {
                self.last = Some(origin);
                self.origins.insert(origin);
            }
        }
        let postings = entry.postings.iter().map(|one| (one.posting.tag, one.posting.sealed_codes));
        self.sizes.add(&self.buckets.count(entry.pseudonym, postings));
    }

    pub fn end(&mut self) {
        self.merged.records = self.records.iter().sum();
        self.sizes.add(&self.buckets.end());
    }
}
