//! Collects records, sorts their pseudonyms and writes an index.

use std::{
    fmt, mem,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    account::Account,
    counting::Count,
    distributed::Tally,
    encode::{Failure, Sink},
    hashed::{AddOutcome, HashedBatch, HashedRows, SharedClasses},
    kept::KeptIdentifiers,
    origins::NumberedOrigins,
    progress::{BuildProgress, Reporter},
    publish::Publication,
    shard_writer::{ShardWriter, Shares},
    sorter::{Limit, Sorter},
};
use crate::{
    batch::Batch,
    breach::Breach,
    error::Error,
    identifier::{KindSet, Normaliser},
    index::{Index, Layout, Metadata, RowAccount, ShardCount, canaries},
    key::Key,
    profile::{ProfileCipher, RunCaveat},
    pseudonym::Pseudonymiser,
    record::Record,
};

/// Collects the records of one breach and builds an [`Index`] from them.
///
/// The same records, key and breach give the same bytes, whatever the order of the records, the
/// number of threads and the memory limit. Collecting takes 40 bytes for each identifier of each
/// record, in memory or, beyond a [limit](Self::memory), on the disk. Building takes the time of a
/// sort, on all threads. If all identifiers are in memory, it takes 40 more bytes for each of them.
/// In addition, [`publish`](Self::publish) takes a few megabytes, and [`build`](Self::build) takes
/// the size of the index.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Record};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780").email("m.muster@example.de"))?;
/// let index = builder.build()?;
///
/// let verdict = index.check(&Record::new().kvnr("A 123 456 780"));
/// assert_eq!(verdict.slug(), "affected");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct IndexBuilder<'r> {
    pub(super) key: Key,
    pub(super) breach: Breach,
    pub(super) kinds: KindSet,
    pub(super) email_hashes: KindSet,
    pub(super) without_codes: bool,
    /// The identifiers before hashing, if the caller requested them.
    pub(super) kept: Option<KeptIdentifiers>,
    generation: u64,
    pub(super) normaliser: Normaliser,
    pub(super) pseudonymiser: Pseudonymiser,
    pub(super) classes: Arc<SharedClasses>,
    /// One entry for each identifier of each record.
    pub(super) sorter: Sorter,
    pub(super) account: Account,
    /// For each class that leaked for everyone in the breach, the number of indexed rows that
    /// contain it themselves.
    pub(super) rows_with_class: Vec<u64>,
    /// The tally of the identifiers that a distributed build has taken out.
    pub(super) taken: Tally,
    reporter: Reporter<'r>,
}

impl<'r> IndexBuilder<'r> {
    /// A builder for the records of one breach.
    #[must_use]
    pub fn new(key: &Key, breach: Breach) -> Self {
        Self {
            key: key.clone(),
            classes: SharedClasses::of(breach.data_classes.clone()),
            rows_with_class: vec![0; breach.data_classes.len()],
            breach,
            kinds: KindSet::all(),
            email_hashes: KindSet::EMPTY,
            without_codes: false,
            kept: None,
            generation: 0,
            normaliser: Normaliser::new(),
            pseudonymiser: Pseudonymiser::new(key),
            sorter: Sorter::default(),
            account: Account::default(),
            taken: Tally::default(),
            reporter: Reporter::default(),
        }
    }

    /// Calls `report` a few times a second while the index is built, after all records were added.
    #[must_use]
    pub fn on_progress(mut self, report: impl Fn(BuildProgress) + Send + Sync + 'r) -> Self {
        self.reporter = Reporter::new(report);
        self
    }

    /// Indexes these kinds only. Give [`Kind::EmailAlias`](crate::Kind::EmailAlias) with
    /// [`Kind::Email`](crate::Kind::Email): otherwise addresses are found only as they are written.
    ///
    /// # Panics
    ///
    /// If records were added already. The index would then hold a kind for some records only, and
    /// could call the others not affected.
    #[must_use]
    pub fn kinds(mut self, kinds: KindSet) -> Self {
        self.invalidate_hashers("the kinds are chosen before the first record is added");
        self.kinds = kinds;
        self
    }

    /// Also indexes these hashes of each plain address, so that a member list with only hashes can
    /// be checked. Each hash takes one more entry for each address.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, KindSet, Record};
    ///
    /// let key = Key::generate()?;
    /// let mut builder =
    ///     IndexBuilder::new(&key, Breach::named("portal")?).email_hashes(KindSet::EMAIL_HASHES);
    /// builder.add(&Record::new().email("Anna@example.com"))?;
    /// let member = Record::new().md5_email("6b56db1f84a3997b902509d3fbf0a306");
    /// assert_eq!(builder.build()?.check(&member).slug(), "affected");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If records were added already, as for [`kinds`](Self::kinds), or if a kind is not in
    /// [`KindSet::EMAIL_HASHES`].
    #[must_use]
    pub fn email_hashes(mut self, hashes: KindSet) -> Self {
        self.invalidate_hashers("the hashes are chosen before the first record is added");
        let others = hashes.difference(KindSet::EMAIL_HASHES);
        assert!(others.is_empty(), "these are not hashes of addresses: {others:?}");
        self.email_hashes = hashes;
        self
    }

    /// Sets the generation of the index. Raise it for each index that replaces another: a reader
    /// can require a minimum generation, and a [`LiveSet`](crate::LiveSet) refuses an index with an
    /// earlier generation than the one in use.
    #[must_use]
    pub fn generation(mut self, generation: u64) -> Self {
        self.generation = generation;
        self
    }

    /// Keeps at most this many bytes of identifiers in memory. When they take more than half of
    /// that, they are written to a file in this folder, part by part. While a thread writes one
    /// part, the next one is collected in the other half. The file has no name, so it disappears
    /// with the process, and only its owner can read it. It takes 40 bytes for each identifier of
    /// each record.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Record};
    /// # let folder = tempfile::tempdir()?;
    /// # let target = folder.path().join("bitmarck.leakdex");
    ///
    /// // At most 512 MiB; the rest goes to the folder of the index.
    /// let key = Key::generate()?;
    /// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?)
    ///     .memory(512 << 20, folder.path());
    /// builder.add(&Record::new().kvnr("A123456780"))?;
    /// builder.publish(&target)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn memory(mut self, bytes: usize, folder: impl Into<PathBuf>) -> Self {
        self.sorter.set_limit(Limit { bytes, folder: folder.into() });
        self
    }

    /// Sets the rules of normalising.
    ///
    /// # Panics
    ///
    /// If records were added already. The index would then hold values that were normalised by
    /// different rules.
    #[must_use]
    pub fn normaliser(mut self, normaliser: Normaliser) -> Self {
        self.invalidate_hashers("the rules are chosen before the first record is added");
        self.normaliser = normaliser;
        self
    }

    /// An empty batch that normalises like this builder.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch::new(self.normaliser, self.derived_kinds()).profiled().of_leak()
    }

    /// The derived kinds to index. They include hashes of plain addresses only on request: a member
    /// list with plain addresses does not need them.
    pub(super) fn derived_kinds(&self) -> KindSet {
        let others = KindSet::derived().difference(KindSet::EMAIL_HASHES);
        self.kinds.intersection(others).union(self.email_hashes)
    }

    /// Adds one record. For many records, [`add_batch`](Self::add_batch) is faster.
    ///
    /// # Errors
    ///
    /// Those of [`add_batch`](Self::add_batch).
    pub fn add(&mut self, record: &Record) -> Result<AddOutcome, Error> {
        let mut batch = self.batch();
        batch.push(record);
        let mut added = self.add_batch(&batch)?;
        Ok(added.pop().expect("one record went in"))
    }

    /// Adds the rows of a batch, and returns for each whether it was indexed. This thread does the
    /// hashing. A [`hasher`](Self::hasher) can hash on any thread.
    ///
    /// ```
    /// use leakdex::{AddOutcome, Breach, IndexBuilder, Key, Record};
    ///
    /// let key = Key::generate()?;
    /// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// let mut batch = builder.batch();
    /// batch.push(&Record::new().kvnr("A123456780"));
    /// batch.push(&Record::new().kvnr("4711"));
    /// let added = builder.add_batch(&batch)?;
    /// assert!(matches!(added[..], [AddOutcome::Indexed(_), AddOutcome::Rejected(_)]));
    /// assert_eq!((builder.rows().indexed, builder.rows().rejected), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if there are more than 256 classes of data; [`Error::Io`] if memory is
    /// limited and the disk is full.
    ///
    /// # Panics
    ///
    /// If the batch was made for a check, lacks kinds that this builder indexes, or was normalised
    /// by other rules. Use [`batch`](Self::batch).
    pub fn add_batch(&mut self, batch: &Batch) -> Result<Vec<AddOutcome>, Error> {
        self.add_hashed(self.hasher().hash(batch))
    }

    /// Adds a batch that a [`hasher`](Self::hasher) of this builder hashed, like
    /// [`add_batch`](Self::add_batch).
    ///
    /// # Errors
    ///
    /// Those of [`add_batch`](Self::add_batch).
    ///
    /// # Panics
    ///
    /// If the hasher belongs to another builder, or the kinds or rules were set after it was made.
    pub fn add_hashed(&mut self, batch: HashedBatch) -> Result<Vec<AddOutcome>, Error> {
        assert!(
            Arc::ptr_eq(&batch.classes, &self.classes),
            "the batch must be hashed by the builder that it is added to"
        );
        let HashedRows { entries, added, rows_with_class, account, kept, .. } = batch.rows?;
        self.account.count(&account);
        let sums = self.rows_with_class.iter_mut().zip(rows_with_class);
        sums.for_each(|(sum, rows)| *sum += rows);
        if let Some(all) = &mut self.kept {
            all.add(kept);
        }
        self.sorter.extend(entries)?;
        Ok(added)
    }

    /// Makes the builder refuse batches of earlier hashers, which lack kinds or use other rules.
    ///
    /// Panics with this message if records were added already.
    #[track_caller]
    pub(super) fn invalidate_hashers(&mut self, message: &str) {
        assert!(self.account.rows.read == 0, "{message}");
        self.classes = SharedClasses::of(self.breach.data_classes.clone());
    }

    /// Stores a caveat of the leak that the records do not show, such as a truncated file. Every
    /// check against the index reports it ([`Index::leak_caveats`]).
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Record, RunCaveat, Side, Sign};
    ///
    /// let key = Key::generate()?;
    /// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// builder.add(&Record::new().kvnr("A123456780"))?;
    /// builder.add_caveat(RunCaveat::of_rows(Side::Leak, Sign::CutOff, 1, 1));
    /// assert_eq!(builder.build()?.leak_caveats()[0].sign, Sign::CutOff);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add_caveat(&mut self, caveat: RunCaveat) {
        self.account.add_caveat(caveat);
    }

    /// Ends one of several files of the leak. Call it after each of them, so that a sound file does
    /// not hide a damaged one.
    pub fn end_file(&mut self) {
        self.account.end_file();
    }

    /// The caveats that an index of the records so far would have ([`Index::leak_caveats`]).
    #[must_use]
    pub fn caveats(&self) -> Vec<RunCaveat> {
        self.account.caveats()
    }

    /// The account of the records so far. Duplicates still count as indexed; only the build finds
    /// them.
    #[must_use]
    pub fn rows(&self) -> &RowAccount {
        &self.account.rows
    }

    /// Builds the index in memory.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if the collected records do not fit the format.
    pub fn build(self) -> Result<Index, Error> {
        let key = self.key.clone();
        Index::from_bytes(self.into_bytes()?, &key)
    }

    /// Builds the index and publishes it as a file, as [`Index::publish`] does. The whole index is
    /// never in memory.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if the collected records do not fit the format, [`Error::Io`] if the file
    /// cannot be written.
    pub fn publish(self, target: impl AsRef<Path>) -> Result<(), Error> {
        self.prepare(target)?.publish()
    }

    /// Does everything that [`publish`](Self::publish) does, except the final rename. These are the
    /// steps that are likely to fail.
    ///
    /// # Errors
    ///
    /// Those of [`publish`](Self::publish).
    pub fn prepare(self, target: impl AsRef<Path>) -> Result<Publication, Error> {
        let key = self.key.clone();
        Publication::of_file(target.as_ref(), &key, |file| self.write_whole(file))
    }

    /// Splits the index into independent files by the leading bits of its pseudonyms, so that each
    /// worker of a distributed engine can map its own file. The files are named
    /// `shard-000-of-016.leakdex` and so on. Their folder must not exist yet or be empty.
    /// [`IndexSet::open_shards`](crate::IndexSet::open_shards) opens them as one index. As with
    /// [`prepare`](Self::prepare), only [`Publication::publish`] gives the folder its name.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, IndexSet, Key, Record};
    /// # let folder = tempfile::tempdir()?;
    /// # let target = folder.path().join("shards");
    ///
    /// let key = Key::generate()?;
    /// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// builder.add(&Record::new().kvnr("A123456780"))?;
    /// builder.prepare_shards(&target, "4".parse().expect("a power of two"))?.publish()?;
    /// assert_eq!(IndexSet::shard_files(&target)?.len(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`prepare`](Self::prepare), and [`Error::Io`] if the folder is not empty.
    pub fn prepare_shards(
        self,
        folder: impl AsRef<Path>,
        count: ShardCount,
    ) -> Result<Publication, Error> {
        let key = self.key.clone();
        Publication::of_shards(folder.as_ref(), &key, count, |begin| self.write(count, begin))
    }

    /// The bytes of the index file, for [`Index::from_bytes`].
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if the collected records do not fit the format; [`Error::Io`] if memory is
    /// limited and the disk cannot be read.
    pub fn into_bytes(self) -> Result<Vec<u8>, Error> {
        let folder = self.sorter.folder();
        let mut bytes = Vec::new();
        self.write_whole(&mut bytes).map_err(|failure| failure.of(&folder))?;
        Ok(bytes)
    }

    fn write_whole(self, sink: impl Sink) -> Result<(Layout, Metadata), Failure> {
        let mut sink = Some(sink);
        let begin = |_| Ok(sink.take().expect("there is one shard"));
        let mut written = self.write(ShardCount::ONE, begin)?;
        Ok(written.pop().expect("there is one shard"))
    }

    /// Reads the sorted identifiers twice: the first pass counts them, the second one writes them.
    fn write<S: Sink>(
        mut self,
        shard_count: ShardCount,
        begin: impl FnMut(u32) -> Result<S, Failure>,
    ) -> Result<Vec<(Layout, Metadata)>, Failure> {
        // The index would lack them, and call their people not affected.
        assert!(self.taken == Tally::default(), "the builder still has all its identifiers");
        let sorted = mem::take(&mut self.sorter).finish()?;
        let total = sorted.len();
        let report = |share, so_far| self.reporter.counted(share, so_far, total);
        let (shares, count, sizes) = Shares::count(sorted, shard_count, report)?;
        let origins = NumberedOrigins::of_one_breach(&count.class_sets, &self.classes.lock());
        let account = mem::take(&mut self.account);
        let metadata = self.metadata(account, &count, &origins);
        let Self { key, reporter, .. } = self;
        let mut writer = ShardWriter::new(&key, &sizes, metadata, &origins, begin)?;
        let mut written = 0;
        shares.for_each(|share| {
            share.for_each_pseudonym(&origins, |pseudonym, postings| {
                writer.push(pseudonym, postings)
            })?;
            written += share.count.pseudonyms;
            reporter.written(share.count.pseudonyms, written, sizes.total());
            Ok(())
        })?;
        writer.finish()
    }

    /// The metadata of an index of these rows, with the counts of their identifiers.
    pub(super) fn metadata(
        &self,
        account: Account,
        count: &Count,
        origins: &NumberedOrigins,
    ) -> Metadata {
        let profile = account.whole_profile();
        let kinds = self.kinds.union(self.email_hashes);
        let absent = account.absent_fields(kinds, &self.breach.data_classes);
        let Account { mut rows, lacking, .. } = account;
        rows.duplicate = count.duplicates;
        rows.indexed -= rows.duplicate;
        let mut metadata = Metadata::new(self.key.id(), rows);
        metadata.generation = self.generation;
        metadata.without_codes = self.without_codes;
        metadata.records = metadata.rows.indexed;
        metadata.sealed_profiles = ProfileCipher::new(&self.key).seal(&[profile]);
        metadata.kinds = count.kinds.counts(self.email_hashes, lacking);
        metadata.canaries = canaries(count.kinds.kinds(), &self.pseudonymiser);
        metadata.breaches = vec![Arc::new(self.breach.clone())];
        metadata.data_classes.clone_from(&origins.data_classes);
        metadata.absent_fields = absent.iter().map(|field| field.slug().to_owned()).collect();
        metadata
    }
}

impl fmt::Debug for IndexBuilder<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("IndexBuilder")
            .field("breach", self.breach.name())
            .field("rows", &self.account.rows)
            .finish_non_exhaustive()
    }
}
