//! Checks members against shards on other machines: the worker sends queries and receives excerpts.

use std::{fmt, sync::Arc};

use sha2::{Digest as _, Sha256};

use super::{decide, verdicts::Verdicts};
use crate::{
    batch::Batch,
    build::{Encoder, Failure, NumberedOrigins, Size, salt_for},
    error::{DistributedFault, Error, IndexFault},
    identifier::Normaliser,
    index::{DIGEST_LENGTH, Index, Metadata, Seal, slots_of},
    key::Key,
};

/// The shards of an index that other machines hold, so that no machine needs all of them.
///
/// A worker sends [queries](Self::queries) about a batch of members to the holders of the shards. Each
/// holder answers with an [excerpt](Index::excerpt): the requested entries of its shard. The worker
/// [decides](Self::decide) from the excerpts of all shards. The verdicts are those of a check against the
/// whole index. Batches should be large, since each excerpt contains the metadata and the profile of the
/// whole index.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, IndexSet, Key, Record, RemoteShards};
/// # let folder = tempfile::tempdir()?;
/// # let target = folder.path().join("shards");
/// # let key = Key::generate()?;
/// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// # builder.add(&Record::new().kvnr("A123456780"))?;
/// # builder.prepare_shards(&target, "4".parse().expect("a power of two"))?.publish()?;
///
/// // Each is on another machine.
/// let holders = IndexSet::open_shards(&target, &key)?.into_indexes();
///
/// // An excerpt of any shard has the metadata that all shards share.
/// let shards = RemoteShards::new(holders[0].excerpt(&[], &key)?, &key)?;
/// let mut batch = shards.batch();
/// batch.push(&Record::new().kvnr("A123456780"));
/// batch.push(&Record::new().kvnr("B123456782"));
/// let queries = shards.queries(&batch);
/// let pairs = holders.iter().zip(&queries);
/// let excerpts = pairs.map(|(shard, shard_queries)| shard.excerpt(shard_queries, &key));
/// let verdicts = shards.decide(&batch, excerpts.collect::<Result<Vec<_>, _>>()?)?;
/// assert_eq!(verdicts.get(0).slug(), "affected");
/// assert_eq!(verdicts.get(1).slug(), "not_affected");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RemoteShards {
    /// An excerpt of any shard.
    common: Arc<Index>,
    key: Key,
    normaliser: Normaliser,
}

impl RemoteShards {
    /// Takes an excerpt of any shard. It contains the metadata that all shards have in common.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if the bytes are not an excerpt under this key.
    pub fn new(excerpt: Vec<u8>, key: &Key) -> Result<Self, Error> {
        let common = Arc::new(Index::of_excerpt(excerpt, key)?);
        let normaliser = common.normaliser();
        Ok(Self { common, key: key.clone(), normaliser })
    }

    /// Normalises members by these rules.
    #[must_use]
    pub fn with_normaliser(mut self, normaliser: Normaliser) -> Self {
        self.normaliser = normaliser;
        self
    }

    /// The metadata of the index.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        self.common.metadata()
    }

    /// An empty batch with the rules and the kinds of these shards.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch::new(self.normaliser, self.common.needed_kinds())
    }

    /// The queries to each shard about the members of a batch, in the order of the shards. The queries
    /// are the first halves of the members' pseudonyms, in ascending order, without duplicates.
    #[must_use]
    pub fn queries(&self, batch: &Batch) -> Vec<Vec<u64>> {
        let Some(shard) = self.common.shard() else { return Vec::new() };
        let held = self.common.kinds();
        let numbered = (0..).zip(batch.identifiers());
        let looked_up = numbered.filter(|(_, identifier)| held.contains(identifier.kind));
        let numbers: Vec<u32> = looked_up.map(|(number, _)| number).collect();
        let mut halves = batch.first_halves(&numbers, self.common.pseudonymiser());
        halves.sort_unstable();
        halves.dedup();
        let mut by_shard = vec![Vec::new(); shard.count().get() as usize];
        for half in halves {
            by_shard[shard.count().shard_of_first_half(half) as usize].push(half);
        }
        by_shard
    }

    /// The verdict on each member of the batch, from the excerpts of all shards in any order.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if an excerpt is missing, duplicated, damaged, or of another index;
    /// [`Error::Build`] if it answers other [queries](Self::queries) than those about this batch.
    ///
    /// # Panics
    ///
    /// If the batch lacks kinds that these shards hold, or was normalised by other rules. Use
    /// [`batch`](Self::batch).
    pub fn decide(
        &self,
        batch: &Batch,
        excerpts: impl IntoIterator<Item = Vec<u8>>,
    ) -> Result<Verdicts, Error> {
        let queries = self.queries(batch);
        let mut by_shard: Vec<Option<Index>> = queries.iter().map(|_| None).collect();
        for bytes in excerpts {
            let excerpt = Index::of_excerpt(bytes, &self.key)?;
            let shard = excerpt.shard().filter(|_| excerpt.is_of_same_build(&self.common));
            let number = shard.ok_or(IndexFault::NotOfTheseShards)?.number();
            let expected = digest_of(&queries[number as usize]);
            if *excerpt.salt() != salt_for(&self.key, &expected, excerpt.metadata()) {
                return Err(DistributedFault::OtherQueries { number }.into());
            }
            if by_shard[number as usize].replace(excerpt).is_some() {
                return Err(IndexFault::RepeatedShard { number }.into());
            }
        }
        if let (Some(missing), Some(shard)) =
            (by_shard.iter().position(Option::is_none), self.common.shard())
        {
            let (count, build) = (shard.count().get(), shard.build());
            let number = u32::try_from(missing).expect("shards are few");
            return Err(IndexFault::MissingShard { number, count, build }.into());
        }
        let indexes: Vec<&Index> = by_shard.iter().flatten().collect();
        Ok(decide::check_batch(&indexes, self.normaliser, batch))
    }
}

impl fmt::Debug for RemoteShards {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RemoteShards")
            .field("shard", &self.common.shard())
            .finish_non_exhaustive()
    }
}

impl Index {
    /// An excerpt of this shard: the entries that match its [queries](RemoteShards::queries). An excerpt
    /// and an index have different seals, so no reader accepts an excerpt as an index.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if this is a whole index, the key is wrong, or the shard is damaged;
    /// [`Error::Build`] if the queries are not in ascending order without duplicates, or belong to
    /// another shard.
    pub fn excerpt(&self, queries: &[u64], key: &Key) -> Result<Vec<u8>, Error> {
        let shard = self.shard().ok_or(IndexFault::NotAShard)?;
        let (built_with, given) = (self.key_id(), key.id());
        if built_with != given {
            return Err(IndexFault::WrongKey { built_with, given }.into());
        }
        let (number, count) = (shard.number(), shard.count());
        let belong_here = queries.iter().all(|&half| count.shard_of_first_half(half) == number);
        if !belong_here || !queries.is_sorted_by(|one, other| one < other) {
            return Err(DistributedFault::OtherQueries { number }.into());
        }
        let mut places = Vec::new();
        self.prefilter(queries, |candidate| places.push(candidate.place));
        let damaged = IndexFault::Damaged { part: "table" };
        let (mut entries, mut slots) = (Vec::new(), 0);
        for place in places {
            let Some(found) = self.entries_of(queries[place]) else {
                self.require_sound()?;
                return Err(damaged.into());
            };
            for (pseudonym, postings) in found {
                let Some(postings) = postings.iter().collect::<Option<Vec<_>>>() else {
                    return Err(damaged.into());
                };
                slots += slots_of(postings.len() as u64);
                entries.push((pseudonym, postings));
            }
        }
        let digest = digest_of(queries);
        let size = Size { entries: entries.len() as u64, slots, digest };
        let origins = NumberedOrigins::of_index(self);
        let sealed_profiles = self.sealed_profiles().to_vec();
        let metadata = Metadata { sealed_profiles, ..self.metadata().clone() };
        let mut bytes = Vec::new();
        let written = Encoder::new(key, metadata, size, &origins, &mut bytes);
        let written = written.and_then(|mut encoder| {
            for (pseudonym, postings) in &entries {
                encoder.push(*pseudonym, postings)?;
            }
            encoder.finish(&Seal::of_excerpts(key))
        });
        written.map_err(|failure: Failure| failure.of(std::path::Path::new("")))?;
        self.verify_unchanged()?;
        Ok(bytes)
    }
}

/// The digest of the queries that an excerpt answers.
fn digest_of(queries: &[u64]) -> [u8; DIGEST_LENGTH] {
    let mut digest = Sha256::new();
    queries.iter().for_each(|half| digest.update(half.to_le_bytes()));
    digest.finalize().into()
}
