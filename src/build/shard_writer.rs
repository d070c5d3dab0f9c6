//! Writes the shards of an index, one after the other.

use sha2::{Digest as _, Sha256};

use super::{
    encode::{Encoder, Failure, Sink},
    exposures::NumberedExposures,
};
use crate::{
    id::IndexId,
    index::{Layout, Metadata, Seal, Shard, ShardCount},
    pseudonym::Pseudonym,
};

/// How many pseudonyms go into each shard, and which they are: known before any is written.
pub(super) struct ShardSizes {
    count: ShardCount,
    entries: Vec<u64>,
    pseudonyms: Sha256,
}

impl ShardSizes {
    pub fn new(count: ShardCount) -> Self {
        Self { count, entries: vec![0; count.get() as usize], pseudonyms: Sha256::new() }
    }

    /// Counts the next pseudonym, in ascending order, which so many records have.
    pub fn note(&mut self, pseudonym: Pseudonym, records: impl FnOnce() -> u64) {
        self.entries[self.count.shard_of(pseudonym) as usize] += 1;
        // A whole index is named by its MAC.
        if self.count != ShardCount::ONE {
            self.pseudonyms.update(pseudonym.number().to_le_bytes());
            self.pseudonyms.update(records().to_le_bytes());
        }
    }

    /// All pseudonyms.
    pub fn total(&self) -> u64 {
        self.entries.iter().sum()
    }

    /// What each shard of an index with these metadata says of itself; nothing if there is only one.
    fn shards(&self, metadata: &Metadata, exposures: &NumberedExposures) -> Vec<Option<Shard>> {
        if self.count == ShardCount::ONE {
            return vec![None];
        }
        // Exposures, too: a check reads those of one shard for all.
        let mut digest = self.pseudonyms.clone();
        exposures.digest_into(&mut digest);
        let digest = digest.chain_update(metadata.encode());
        let digest = digest.chain_update(&metadata.sealed_profiles).finalize();
        let (count, entries, build) = (self.count, self.total(), IndexId::of_digest(&digest));
        (0..count.get()).map(|number| Some(Shard { number, count, entries, build })).collect()
    }
}

/// Writes the shards of an index, one after the other, or the one file of a whole index.
pub(super) struct ShardWriter<'a, S, F> {
    shards: Vec<Option<Shard>>,
    sizes: &'a ShardSizes,
    metadata: Metadata,
    exposures: &'a NumberedExposures,
    seal: &'a Seal,
    begin: F,
    /// The shard that is being written.
    encoder: Encoder<'a, S>,
    written: Vec<(Layout, Metadata)>,
}

impl<'a, S: Sink, F: FnMut(u32) -> Result<S, Failure>> ShardWriter<'a, S, F> {
    /// Begins the first one. All have these metadata and exposures; `begin` gives a place for each.
    pub fn new(
        sizes: &'a ShardSizes,
        metadata: Metadata,
        exposures: &'a NumberedExposures,
        seal: &'a Seal,
        mut begin: F,
    ) -> Result<Self, Failure> {
        let shards = sizes.shards(&metadata, exposures);
        let first = Metadata { shard: shards[0], ..metadata.clone() };
        let encoder = Encoder::new(first, sizes.entries[0], exposures, begin(0)?)?;
        Ok(Self { shards, sizes, metadata, exposures, seal, begin, encoder, written: Vec::new() })
    }

    /// Writes the next pseudonym, in ascending order, with the number of its exposure.
    pub fn push(&mut self, pseudonym: Pseudonym, exposure: usize) -> Result<(), Failure> {
        while (self.written.len() as u64) < u64::from(self.sizes.count.shard_of(pseudonym)) {
            self.next_shard()?;
        }
        self.encoder.push(pseudonym, exposure)
    }

    /// Writes what is left; gives what each file is and says.
    pub fn finish(mut self) -> Result<Vec<(Layout, Metadata)>, Failure> {
        while self.written.len() + 1 < self.shards.len() {
            self.next_shard()?;
        }
        self.written.push(self.encoder.finish(self.seal)?);
        Ok(self.written)
    }

    fn next_shard(&mut self) -> Result<(), Failure> {
        let number = self.written.len() + 1;
        let metadata = Metadata { shard: self.shards[number], ..self.metadata.clone() };
        let sink = (self.begin)(u32::try_from(number).expect("shards are few"))?;
        let entries = self.sizes.entries[number];
        let next = Encoder::new(metadata, entries, self.exposures, sink)?;
        let whole = std::mem::replace(&mut self.encoder, next);
        self.written.push(whole.finish(self.seal)?);
        Ok(())
    }
}
