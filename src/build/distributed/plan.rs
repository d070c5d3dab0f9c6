//! The plan of a distributed build: what each shard's file records about all shards.

use std::{
    collections::BTreeSet,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use leakdex_staging::{folder_of, sync_folder};
use serde::{Deserialize, Serialize};

use super::{
    content::number_of,
    summary::ShardSummary,
    tally::Tally,
    task::{Settings, TaskAccount},
};
use crate::{
    build::{
        builder::IndexBuilder, classes::Classes, counting::Count, encode::Size,
        origins::NumberedOrigins, publish::read_back_shard, shard_writer::shards_of,
    },
    error::{DistributedFault, Error, IndexFault},
    id::IndexId,
    index::{Index, Metadata, ShardCount},
    key::Key,
};

/// The plan of a distributed build, from which each worker writes its shard. It is plain JSON,
/// except that the profile of the leak is sealed.
///
/// If a leak is too large for one machine, an engine can build the index on several machines. The
/// files are the same as those of [`IndexBuilder::prepare_shards`], however the rows are spread
/// over tasks:
///
/// 1. A task hashes rows with an [`IndexBuilder`]. It hands over their identifiers
///    ([`take_identifiers`](IndexBuilder::take_identifiers)) and, at its end, one [`TaskAccount`],
///    sealed.
/// 2. The engine brings all identifiers of a shard to one worker and keeps them there. A
///    [`ShardBuilder`] makes a [`ShardSummary`] of them.
/// 3. The driver adds up the accounts and makes the plan ([`IndexBuilder::plan_shards`]).
/// 4. Each worker reads the identifiers of its shard again and writes the shard
///    ([`ShardContent::prepare`]).
/// 5. The driver [verifies](Self::verify) the folder.
///
/// An engine may repeat steps 2 and 4. A repeated task of step 1 must replace the identifiers and
/// the account of the earlier attempt. Inconsistent data is an error ([`DistributedFault`]).
///
/// ```
/// use leakdex::{
///     Breach, IndexBuilder, IndexSet, Key, LeakedIdentifier, Record, ShardBuilder, ShardContent,
///     ShardCount, TaskAccount,
/// };
/// # let folder = tempfile::tempdir()?;
/// # let target = folder.path().join("shards");
///
/// let key = Key::generate()?;
/// let builder = || Ok::<_, leakdex::ParseError>(IndexBuilder::new(&key, Breach::named("portal")?));
/// let count: ShardCount = "2".parse()?;
///
/// // Two tasks. The engine carries their results as bytes and texts.
/// let (mut carried, mut accounts) = (Vec::new(), Vec::new());
/// for number in ["A123456780", "B123456782"] {
///     let mut builder = builder()?;
///     builder.add(&Record::new().kvnr(number))?;
///     let (identifiers, account) = builder.into_task_account()?;
///     for (identifier, set) in identifiers.iter() {
///         let shard = count.shard_of(identifier.pseudonym());
///         carried.push((shard, identifier.to_bytes(), identifiers.class_sets()[set].clone()));
///     }
///     accounts.push(account.seal(&key));
/// }
///
/// // A worker for each shard.
/// let content = |number: u32| -> Result<ShardContent, leakdex::Error> {
///     let mut shard = ShardBuilder::new(number, count)?;
///     for (_, bytes, set) in carried.iter().filter(|(shard, ..)| *shard == number) {
///         shard.add(LeakedIdentifier::from_bytes(bytes)?, set)?;
///     }
///     shard.finish()
/// };
/// let summaries = [content(0)?.summary().clone(), content(1)?.summary().clone()];
///
/// // The driver.
/// let mut account = TaskAccount::open(&accounts[0], &key)?;
/// account.add(&TaskAccount::open(&accounts[1], &key)?)?;
/// account.end_file();
/// let plan = builder()?.plan_shards(account, summaries)?;
///
/// // The workers, and the driver again.
/// for number in 0..count.get() {
///     content(number)?.prepare(&target, &plan, &key)?.publish()?;
/// }
/// plan.verify(&target, &key)?;
/// let set = IndexSet::open_shards(&target, &key)?;
/// assert_eq!(set.check(&Record::new().kvnr("B123456782")).slug(), "affected");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`ShardBuilder`]: crate::ShardBuilder
/// [`ShardContent::prepare`]: crate::ShardContent::prepare
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardPlan {
    metadata: Metadata,
    /// As hexadecimal digits.
    sealed_profiles: String,
    /// One for each shard, in the order of their numbers.
    summaries: Vec<ShardSummary>,
}

impl IndexBuilder<'_> {
    /// Plans the shards of a distributed build. This builder must have the same key, breach, kinds
    /// and rules as those that hashed the rows, and no rows of its own. `account` is the sum of the
    /// accounts of all tasks.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if the tasks had other settings, if a summary is missing or appears twice,
    /// or if the shards together do not have exactly the identifiers that the tasks handed over.
    ///
    /// # Panics
    ///
    /// If records were added to this builder. They would be in no shard.
    pub fn plan_shards(
        &self,
        account: TaskAccount,
        summaries: impl IntoIterator<Item = ShardSummary>,
    ) -> Result<ShardPlan, Error> {
        assert!(self.rows().read == 0, "the driver's builder has no records of its own");
        let summaries = complete(summaries.into_iter().collect())?;
        account.expect(&Settings::of(self))?;
        let mut count = Count::default();
        let mut classes = Classes::default();
        let mut tally = Tally::default();
        for summary in &summaries {
            if !summary.is_sound() {
                return Err(DistributedFault::WrongSummary { number: summary.number }.into());
            }
            tally.add(&summary.tally);
            if tally.identifiers > account.taken.identifiers {
                return Err(DistributedFault::LostIdentifiers.into());
            }
            count.duplicates = count.duplicates.saturating_add(summary.duplicates);
            for (&kind, &(pseudonyms, records)) in &summary.kinds {
                count.kinds.add(kind, pseudonyms, records);
            }
            for slugs in &summary.class_sets {
                count.class_sets.insert(number_of(slugs, &mut classes)?);
            }
        }
        if tally != account.taken || count.duplicates > account.rows().indexed {
            return Err(DistributedFault::LostIdentifiers.into());
        }
        let origins = NumberedOrigins::of_one_breach(&count.class_sets, &classes);
        let metadata = self.metadata(account.account, &count, &origins);
        let sealed_profiles = hex::encode(&metadata.sealed_profiles);
        Ok(ShardPlan { metadata, sealed_profiles, summaries })
    }
}

/// The summaries in the order of their numbers, if each shard has one.
fn complete(mut summaries: Vec<ShardSummary>) -> Result<Vec<ShardSummary>, DistributedFault> {
    summaries.sort_by_key(|summary| summary.number);
    let count = summaries.first().map_or(ShardCount::ONE, |first| first.count);
    if summaries.iter().any(|summary| summary.count != count) {
        return Err(DistributedFault::DifferentShardCounts);
    }
    for (number, place) in (0..count.get()).zip(0..) {
        match summaries.get::<usize>(place) {
            Some(summary) if summary.number == number => {}
            Some(summary) if summary.number < number => {
                return Err(DistributedFault::RepeatedSummary { number: summary.number });
            }
            _ => return Err(DistributedFault::MissingSummary { number, count: count.get() }),
        }
    }
    match summaries.get(count.get() as usize) {
        Some(summary) if summary.number < count.get() => {
            Err(DistributedFault::RepeatedSummary { number: summary.number })
        }
        Some(summary) => {
            Err(DistributedFault::UnknownShard { number: summary.number, count: count.get() })
        }
        None => Ok(summaries),
    }
}

impl ShardPlan {
    /// How many shards the index has. If there is only one, its file is the same as that of a whole
    /// index.
    #[must_use]
    pub fn count(&self) -> ShardCount {
        self.summaries.first().map_or(ShardCount::ONE, |summary| summary.count)
    }

    /// The id that the shards will share ([`Shard::build`](crate::Shard::build)); `None` if there
    /// is only one, because the id of a whole index depends on its file.
    #[must_use]
    pub fn build(&self) -> Option<IndexId> {
        self.metadata_of(0).ok()?.shard.map(|shard| shard.build())
    }

    /// The metadata of the whole index.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// How many pseudonyms all shards have together.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.summaries.iter().fold(0, |sum, summary| summary.entries().saturating_add(sum))
    }

    /// Verifies that a folder contains all shards of this plan, as they were written, and no other
    /// index. Call it after the last writer has finished. It reads all files once and needs little
    /// memory.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if a shard is missing or another index is there; [`Error::Io`] if a file
    /// cannot be read or is not as it was written.
    pub fn verify(&self, folder: impl AsRef<Path>, key: &Key) -> Result<(), Error> {
        let folder = folder.as_ref();
        self.expect_key(key)?;
        self.refuse_others(folder)?;
        for summary in &self.summaries {
            let number = summary.number;
            let path = self.path_of(folder, number);
            if !path.try_exists().map_err(|error| Error::io("find the shard", &path, error))? {
                let missing = match self.build() {
                    Some(build) => {
                        IndexFault::MissingShard { number, count: self.count().get(), build }
                    }
                    None => IndexFault::NoShards,
                };
                return Err(Error::from(missing).in_file(folder));
            }
            self.refuse_other_build(&path, number)?;
            let Size { entries, slots, .. } = summary.size();
            read_back_shard(&path, key, &self.metadata_of(number)?, [entries, slots])?;
        }
        Ok(())
    }

    /// Refuses a summary that differs from the one in the plan.
    pub(super) fn expect(&self, summary: &ShardSummary) -> Result<(), DistributedFault> {
        let number = summary.number;
        match self.summaries.get(number as usize) {
            Some(planned) if planned == summary => Ok(()),
            _ => Err(DistributedFault::ChangedShard { number }),
        }
    }

    pub(super) fn expect_key(&self, key: &Key) -> Result<(), IndexFault> {
        let (built_with, given) = (self.metadata.key_id, key.id());
        if built_with == given { Ok(()) } else { Err(IndexFault::WrongKey { built_with, given }) }
    }

    /// The class sets of all shards.
    pub(super) fn class_sets(&self) -> BTreeSet<&str> {
        self.summaries.iter().flat_map(|summary| &summary.class_sets).map(String::as_str).collect()
    }

    /// The metadata of the shard with this number.
    pub(super) fn metadata_of(&self, number: u32) -> Result<Metadata, DistributedFault> {
        let damaged = DistributedFault::DamagedPlan;
        let sealed_profiles = hex::decode(&self.sealed_profiles).map_err(|_| damaged)?;
        let whole = Metadata { sealed_profiles, ..self.metadata.clone() };
        let sizes: Vec<Size> = self.summaries.iter().map(ShardSummary::size).collect();
        let shards = shards_of(self.count(), &sizes, &whole);
        let &shard = shards.get(number as usize).ok_or(damaged)?;
        Ok(Metadata { shard, ..whole })
    }

    /// Creates the folder if it is missing, and returns the path of a shard in it. The folder must
    /// not contain another index or a shard of another build.
    pub(super) fn prepare_path(&self, folder: &Path, number: u32) -> Result<PathBuf, Error> {
        create(folder).map_err(|error| Error::io("create the folder of shards", folder, error))?;
        self.refuse_others(folder)?;
        let path = self.path_of(folder, number);
        let exists =
            path.try_exists().map_err(|error| Error::io("find the shard", &path, error))?;
        if exists {
            self.refuse_other_build(&path, number)?;
        }
        Ok(path)
    }

    fn path_of(&self, folder: &Path, number: u32) -> PathBuf {
        folder.join(self.count().file_name(number))
    }

    /// Refuses a folder that contains an index with a name other than those of this plan's shards.
    fn refuse_others(&self, folder: &Path) -> Result<(), Error> {
        let failed = |error| Error::io("read the folder of shards", folder, error);
        let shard_files: BTreeSet<PathBuf> =
            (0..self.count().get()).map(|number| self.path_of(folder, number)).collect();
        for entry in folder.read_dir().map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let is_index = path.extension().is_some_and(|extension| extension == "leakdex");
            if is_index && !shard_files.contains(&path) {
                return Err(Error::from(IndexFault::NotOfTheseShards).in_file(path));
            }
        }
        Ok(())
    }

    /// Refuses a file other than this shard of this plan.
    fn refuse_other_build(&self, path: &Path, number: u32) -> Result<(), Error> {
        let found = Index::read_unverified(path)?.metadata;
        let metadata = Metadata { sealed_profiles: Vec::new(), ..self.metadata_of(number)? };
        let is_same = found == metadata;
        if is_same { Ok(()) } else { Err(Error::from(IndexFault::NotOfTheseShards).in_file(path)) }
    }
}

/// Creates a folder that only its owner can enter (mode 0700 on Unix), unless it exists already.
fn create(folder: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "it has a mode on Unix"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        created => created.and_then(|()| sync_folder(folder_of(folder))),
    }
}

impl fmt::Debug for ShardPlan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ShardPlan")
            .field("count", &self.count())
            .field("build", &self.build())
            .field("rows", &self.metadata.rows)
            .finish_non_exhaustive()
    }
}
