//! The identifiers of one shard, collected, counted and written by one worker.

use std::{
    collections::{BTreeSet, HashMap},
    fmt, mem,
    path::{Path, PathBuf},
};

use super::{identifier::LeakedIdentifier, plan::ShardPlan, summary::ShardSummary, tally::Tally};
use crate::{
    breach::DataClass,
    build::{
        classes::Classes,
        encode::{Encoder, Failure},
        entry::Entry,
        origins::NumberedOrigins,
        publish::Publication,
        shard_writer::Shares,
        sorter::{Entries, Limit, Sorter},
    },
    error::{BuildFault, DistributedFault, Error},
    index::{Seal, ShardCount},
    key::Key,
};

/// Collects the identifiers of one shard of a distributed build, in any order.
///
/// This takes 40 bytes for each identifier of each record, in memory or, beyond a
/// [limit](Self::memory), on the disk.
pub struct ShardBuilder {
    number: u32,
    count: ShardCount,
    sorter: Sorter,
    buffer: Vec<Entry>,
    tally: Tally,
    classes: Classes,
    /// The number and the hash of each class set.
    class_sets: HashMap<String, (u32, u64)>,
    /// The class set of the previous identifier. Most identifiers repeat it.
    last: Option<(String, (u32, u64))>,
}

impl ShardBuilder {
    /// The number of entries that are buffered for a piece. Each piece has a table of 16 KiB, so it
    /// should not be small.
    const BUFFER: usize = 1 << 15;

    /// A builder for the shard with this number, from 0.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if there is no such shard.
    pub fn new(number: u32, count: ShardCount) -> Result<Self, Error> {
        if number >= count.get() {
            return Err(DistributedFault::UnknownShard { number, count: count.get() }.into());
        }
        Ok(Self {
            number,
            count,
            sorter: Sorter::default(),
            buffer: Vec::new(),
            tally: Tally::default(),
            classes: Classes::default(),
            class_sets: HashMap::new(),
            last: None,
        })
    }

    /// Keeps at most this many bytes of identifiers in memory, like [`IndexBuilder::memory`]. The
    /// rest goes to a file without a name in this folder.
    ///
    /// [`IndexBuilder::memory`]: crate::IndexBuilder::memory
    #[must_use]
    pub fn memory(mut self, bytes: usize, folder: impl Into<PathBuf>) -> Self {
        self.sorter.set_limit(Limit { bytes, folder: folder.into() });
        self
    }

    /// Adds an identifier, with the [class set](crate::LeakedIdentifiers::class_sets) of its
    /// record.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if it belongs to another shard or the class set is malformed; [`Error::Io`]
    /// if memory is limited and the disk is full.
    pub fn add(&mut self, identifier: LeakedIdentifier, class_set: &str) -> Result<(), Error> {
        if self.count.shard_of(identifier.pseudonym()) != self.number {
            return Err(DistributedFault::ForeignIdentifier { number: self.number }.into());
        }
        let (class_set, hash) = match &self.last {
            Some((last, known)) if last == class_set => *known,
            _ => self.class_set(class_set)?,
        };
        let entry = identifier.entry(class_set);
        self.tally.count(&entry, hash);
        self.buffer.push(entry);
        if self.buffer.len() < Self::BUFFER { Ok(()) } else { self.flush() }
    }

    fn class_set(&mut self, slugs: &str) -> Result<(u32, u64), Error> {
        let known = if let Some(known) = self.class_sets.get(slugs) {
            *known
        } else {
            let number = number_of(slugs, &mut self.classes)?;
            let known = (number, Tally::hash_of_class_set(slugs));
            self.class_sets.insert(slugs.to_owned(), known);
            known
        };
        let (last_slugs, last_known) = self.last.get_or_insert_default();
        last_slugs.clear();
        last_slugs.push_str(slugs);
        *last_known = known;
        Ok(known)
    }

    fn flush(&mut self) -> Result<(), Error> {
        let entries = Entries::new(mem::take(&mut self.buffer));
        self.sorter.extend(entries)
    }

    /// Sorts and counts the identifiers, on all threads.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if memory is limited and the disk fails.
    pub fn finish(mut self) -> Result<ShardContent, Error> {
        self.flush()?;
        let folder = self.sorter.folder();
        self.sorted().map_err(|failure| failure.of(&folder))
    }

    fn sorted(self) -> Result<ShardContent, Failure> {
        let sorted = self.sorter.finish()?;
        let (shares, counted, sizes) = Shares::count(sorted, self.count, |_, _| {})?;
        let slugs = self.classes.slugs();
        let class_sets = counted.class_sets.iter().map(|&set| slugs[set as usize].clone());
        let (place, size) = ((self.number, self.count), sizes.sizes()[self.number as usize]);
        let summary = ShardSummary::new(place, size, &counted, class_sets.collect(), self.tally);
        Ok(ShardContent { summary, shares, classes: self.classes })
    }
}

impl fmt::Debug for ShardBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ShardBuilder({} of {})", self.number, self.count)
    }
}

/// The identifiers of one shard of a distributed build, sorted and counted.
pub struct ShardContent {
    summary: ShardSummary,
    shares: Shares,
    classes: Classes,
}

impl ShardContent {
    /// The summary of the shard for the driver.
    #[must_use]
    pub const fn summary(&self) -> &ShardSummary {
        &self.summary
    }

    /// Writes the shard according to the driver's plan, as `shard-000-of-016.leakdex` in this
    /// folder, and creates the folder if it is missing. The file is synced to the disk and read
    /// back. It gets its name when it is [published](Publication::publish).
    ///
    /// Several writers can write different shards to one folder. If another writer is writing the
    /// same shard, this one waits for up to ten minutes, and then writes the same bytes again. A
    /// repeated task is therefore harmless.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if the content differs from the plan, because the identifiers had changed
    /// when they were read again; [`Error::Index`] if the folder contains another index, or the key
    /// is not that of the plan; [`Error::Io`] if the file cannot be written.
    pub fn prepare(
        self,
        folder: impl AsRef<Path>,
        plan: &ShardPlan,
        key: &Key,
    ) -> Result<Publication, Error> {
        let Self { summary, shares, mut classes } = self;
        plan.expect(&summary)?;
        plan.expect_key(key)?;
        let mut class_sets = BTreeSet::new();
        for slugs in plan.class_sets() {
            class_sets.insert(number_of(slugs, &mut classes)?);
        }
        let origins = NumberedOrigins::of_one_breach(&class_sets, &classes);
        let metadata = plan.metadata_of(summary.number)?;
        let target = plan.prepare_path(folder.as_ref(), summary.number)?;
        let seal = Seal::new(key);
        Publication::of_shard(&target, key, |file| {
            let mut encoder = Encoder::new(key, metadata, summary.size(), &origins, file)?;
            shares.for_each(|share| {
                share.for_each_pseudonym(&origins, |pseudonym, postings| {
                    encoder.push(pseudonym, postings)
                })
            })?;
            encoder.finish(&seal)
        })
    }
}

impl fmt::Debug for ShardContent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ShardContent({} of {})", self.summary.number, self.summary.count)
    }
}

/// The number of the class set with these slugs.
pub(super) fn number_of(slugs: &str, classes: &mut Classes) -> Result<u32, BuildFault> {
    let slugs = slugs.split(' ').filter(|slug| !slug.is_empty());
    let named: Result<Vec<DataClass>, _> = slugs.map(str::parse).collect();
    let named = named.map_err(|_| DistributedFault::MalformedIdentifier)?;
    classes.set_of_classes(named.into_iter())
}
