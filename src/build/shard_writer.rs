//! Writes the shards of an index, one after the other.

use sha2::{Digest as _, Sha256};

use super::{
    counting::{BucketCount, Count, Share},
    encode::{Encoder, Failure, Sink, Size},
    entry::Entry,
    origins::NumberedOrigins,
    sorter::Sorted,
};
use crate::{
    id::IndexId,
    index::{Layout, Metadata, Posting, Seal, Shard, ShardCount},
    key::Key,
    pseudonym::Pseudonym,
};

/// The identifiers of a build, for the pass that writes them.
pub(super) enum Shares {
    /// All identifiers are in memory, so the results of the first pass are kept.
    Kept(Vec<Share>),
    OnDisk(Sorted),
}

impl Shares {
    /// The first pass counts the identifiers, because the layout of a file depends on their number.
    /// Calls `report` with the number of entries in each share, and in all shares so far.
    pub fn count(
        sorted: Sorted,
        shards: ShardCount,
        report: impl Fn(u64, u64),
    ) -> Result<(Self, Count, ShardSizes), Failure> {
        let (mut count, mut sizes) = (Count::default(), ShardSizes::new(shards));
        let mut kept = Vec::new();
        sorted.for_each_share(Share::of, |share: Share| {
            sizes.add(&share.buckets);
            count.add(&share.count);
            report(share.count.entries, count.entries);
            if sorted.is_in_memory() {
                kept.push(share);
            }
            Ok::<_, Failure>(())
        })?;
        let all = if sorted.is_in_memory() { Self::Kept(kept) } else { Self::OnDisk(sorted) };
        Ok((all, count, sizes))
    }

    pub fn for_each(self, each: impl FnMut(Share) -> Result<(), Failure>) -> Result<(), Failure> {
        match self {
            Self::Kept(shares) => shares.into_iter().try_for_each(each),
            Self::OnDisk(sorted) => sorted.for_each_share(Share::of, each),
        }
    }
}

/// The size of each shard, known before any is written.
pub(super) struct ShardSizes {
    count: ShardCount,
    shards: Vec<(Size, Sha256)>,
}

impl ShardSizes {
    pub fn new(count: ShardCount) -> Self {
        Self { count, shards: vec![Default::default(); count.get() as usize] }
    }

    /// Counts the next buckets. They must come in ascending order. A shard consists of whole
    /// buckets.
    pub fn add<'a>(&mut self, buckets: impl IntoIterator<Item = &'a BucketCount>) {
        for bucket in buckets {
            let first_of_bucket = (bucket.bucket as u64) << (u64::BITS - Entry::BUCKET_BITS);
            let shard = self.count.shard_of_first_half(first_of_bucket);
            let (size, digest) = &mut self.shards[shard as usize];
            size.entries += bucket.pseudonyms;
            size.slots += bucket.slots;
            digest.update((bucket.bucket as u64).to_le_bytes());
            digest.update(bucket.digest);
        }
    }

    /// The number of pseudonyms in all shards.
    pub fn total(&self) -> u64 {
        self.shards.iter().map(|(size, _)| size.entries).sum()
    }

    /// The size of each shard, and the digest of its content.
    pub fn sizes(&self) -> Vec<Size> {
        let size = |(size, digest): &(Size, Sha256)| Size {
            digest: digest.clone().finalize().into(),
            ..*size
        };
        self.shards.iter().map(size).collect()
    }
}

/// The description of each shard of an index with this metadata; `None` if there is only one.
pub(super) fn shards_of(
    count: ShardCount,
    sizes: &[Size],
    metadata: &Metadata,
) -> Vec<Option<Shard>> {
    // The id of a whole index is its MAC.
    if count == ShardCount::ONE {
        return vec![None];
    }
    let mut digest = Sha256::new();
    sizes.iter().for_each(|size| digest.update(size.digest));
    let digest = digest.chain_update(metadata.encode());
    let digest = digest.chain_update(&metadata.sealed_profiles).finalize();
    // The summaries of a distributed build are read from a file, which may hold any number.
    let entries = sizes.iter().fold(0, |sum: u64, size| sum.saturating_add(size.entries));
    let build = IndexId::of_digest(&digest);
    (0..count.get()).map(|number| Some(Shard { number, count, entries, build })).collect()
}

/// Writes the shards of an index one after the other, or the single file of a whole index.
pub(super) struct ShardWriter<'a, S, F> {
    key: &'a Key,
    shards: Vec<Option<Shard>>,
    sizes: Vec<Size>,
    count: ShardCount,
    metadata: Metadata,
    origins: &'a NumberedOrigins,
    seal: Seal,
    begin: F,
    /// The current shard.
    encoder: Encoder<'a, S>,
    written: Vec<(Layout, Metadata)>,
}

impl<'a, S: Sink, F: FnMut(u32) -> Result<S, Failure>> ShardWriter<'a, S, F> {
    /// Begins the first shard. All shards have this metadata and these origins. `begin` opens the
    /// destination of each.
    pub fn new(
        key: &'a Key,
        sizes: &ShardSizes,
        metadata: Metadata,
        origins: &'a NumberedOrigins,
        mut begin: F,
    ) -> Result<Self, Failure> {
        let (count, all) = (sizes.count, sizes.sizes());
        let shards = shards_of(count, &all, &metadata);
        let first = Metadata { shard: shards[0], ..metadata.clone() };
        let encoder = Encoder::new(key, first, all[0], origins, begin(0)?)?;
        let (sizes, seal, written) = (all, Seal::new(key), Vec::new());
        Ok(Self { key, shards, sizes, count, metadata, origins, seal, begin, encoder, written })
    }

    /// Writes the next pseudonym and its postings. Both must come in ascending order.
    pub fn push(&mut self, pseudonym: Pseudonym, postings: &[Posting]) -> Result<(), Failure> {
        while (self.written.len() as u64) < u64::from(self.count.shard_of(pseudonym)) {
            self.next_shard()?;
        }
        self.encoder.push(pseudonym, postings)
    }

    /// Writes the rest. Returns the layout and the metadata of each file.
    pub fn finish(mut self) -> Result<Vec<(Layout, Metadata)>, Failure> {
        while self.written.len() + 1 < self.shards.len() {
            self.next_shard()?;
        }
        self.written.push(self.encoder.finish(&self.seal)?);
        Ok(self.written)
    }

    fn next_shard(&mut self) -> Result<(), Failure> {
        let number = self.written.len() + 1;
        let metadata = Metadata { shard: self.shards[number], ..self.metadata.clone() };
        let sink = (self.begin)(u32::try_from(number).expect("shards are few"))?;
        let next = Encoder::new(self.key, metadata, self.sizes[number], self.origins, sink)?;
        let finished = std::mem::replace(&mut self.encoder, next);
        self.written.push(finished.finish(&self.seal)?);
        Ok(())
    }
}
