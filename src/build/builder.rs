//! Collects records, sorts their pseudonyms, writes an index.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    classes::Classes,
    encode::{Failure, Sink},
    exposures::Exposures,
    progress::{BuildProgress, Reporter},
    publish::Publication,
    shard_writer::{ShardSizes, ShardWriter},
    sorter::{Entry, Limit, Sorter},
};
use crate::{
    batch::{Batch, Problem, RowPseudonyms},
    breach::{Breach, DataClass},
    error::Error,
    identifier::{FieldSet, Kind, KindSet, Normaliser, Reason},
    index::{
        Index, KindCount, Layout, Metadata, Occurrence, RowAccount, Seal, ShardCount, canaries,
    },
    key::Key,
    pseudonym::{Pseudonym, Pseudonymiser},
    record::Record,
};

/// Collects the records of one breach and builds an [`Index`] of them.
///
/// The same records, key and breach give the same bytes, in any order of the records, with or
/// without a memory limit. Collecting takes 32 bytes for each identifier of each record, in memory
/// or, beyond a [limit](Self::memory), on the disk. Building takes the time of a sort. It takes a
/// few megabytes more for [`publish`](Self::publish), or the size of the index for
/// [`build`](Self::build).
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
pub struct IndexBuilder<'k> {
    key: &'k Key,
    breach: Breach,
    kinds: KindSet,
    generation: u64,
    normaliser: Normaliser,
    pseudonymiser: Pseudonymiser,
    classes: Classes,
    /// One entry for each identifier of each record.
    sorter: Sorter,
    rows: RowAccount,
    reporter: Reporter<'k>,
}

/// What became of a record, with its values that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a rejected record is not in the index"]
pub enum Added {
    /// At least one identifier of the record is in the index.
    Indexed(Vec<Problem>),
    /// The record has no usable identifier and is not in the index.
    Rejected(Vec<Problem>),
}

impl Added {
    /// The values of the record that could not be used, and why.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Indexed(problems) | Self::Rejected(problems) => problems,
        }
    }
}

/// Hashes batches for an [`IndexBuilder`], on any thread.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Record};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// let (hasher, empty) = (builder.hasher(), builder.batch());
/// let hash = |number: &str| {
///     let mut batch = empty.clone();
///     batch.push(&Record::new().kvnr(number));
///     hasher.hash(&batch)
/// };
/// let hashed = std::thread::scope(|threads| {
///     let numbers = ["A123456780", "B123456782"];
///     let threads = numbers.map(|number| threads.spawn(move || hash(number)));
///     threads.map(|thread| thread.join().expect("no panic"))
/// });
/// for batch in hashed {
///     builder.add_hashed(batch)?;
/// }
/// assert_eq!(builder.rows().indexed, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchHasher {
    kinds: KindSet,
    made_kinds: KindSet,
    normaliser: Normaliser,
    pseudonymiser: Pseudonymiser,
}

impl BatchHasher {
    /// Hashes the identifiers of a batch.
    ///
    /// # Panics
    ///
    /// If the batch does not come from the builder, and lacks identifiers of a kind that it indexes
    /// or was normalised by other rules.
    #[must_use]
    pub fn hash(&self, batch: &Batch) -> HashedBatch {
        assert!(
            self.made_kinds.difference(batch.derived()).is_empty()
                && batch.normaliser() == self.normaliser,
            "the batch must come from the builder that it is added to"
        );
        let pseudonyms = batch.pseudonyms(self.kinds, &self.pseudonymiser);
        let rows =
            batch.rows().iter().zip(pseudonyms.rows()).enumerate().map(|(number, (row, own))| {
                let mut problems = batch.problems(number).to_vec();
                if own.is_empty() && problems.is_empty() {
                    problems.push(Problem::of_row(Reason::KindNotIndexed));
                }
                HashedRow {
                    given: row.given,
                    problems,
                    suspicions: batch.suspicions(number).to_vec(),
                    data_classes: batch.data_classes(number).to_vec(),
                }
            });
        let rows = rows.collect();
        HashedBatch { kinds: self.kinds, normaliser: self.normaliser, rows, pseudonyms }
    }
}

/// The rows of a batch, hashed for an [`IndexBuilder`]. `Debug` shows how many there are.
pub struct HashedBatch {
    kinds: KindSet,
    normaliser: Normaliser,
    rows: Vec<HashedRow>,
    pseudonyms: RowPseudonyms,
}

struct HashedRow {
    given: FieldSet,
    problems: Vec<Problem>,
    suspicions: Vec<Problem>,
    data_classes: Vec<DataClass>,
}

impl fmt::Debug for HashedBatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HashedBatch({} rows)", self.rows.len())
    }
}

impl<'k> IndexBuilder<'k> {
    /// A builder for the records of one breach.
    #[must_use]
    pub fn new(key: &'k Key, breach: Breach) -> Self {
        Self {
            key,
            classes: Classes::default(),
            breach,
            kinds: KindSet::all(),
            generation: 0,
            normaliser: Normaliser::new(),
            pseudonymiser: Pseudonymiser::new(key),
            sorter: Sorter::new(),
            rows: RowAccount::default(),
            reporter: Reporter::default(),
        }
    }

    /// Calls `report` a few times a second while the index is written, after all records were
    /// added.
    #[must_use]
    pub fn on_progress(mut self, report: impl Fn(BuildProgress) + Send + Sync + 'k) -> Self {
        self.reporter = Reporter::new(report);
        self
    }

    /// Indexes these kinds only.
    ///
    /// # Panics
    ///
    /// If records were added already. The index would then hold a kind for some records only, and
    /// could call the others not affected.
    #[must_use]
    pub fn kinds(mut self, kinds: KindSet) -> Self {
        assert!(self.rows.read == 0, "the kinds are chosen before the first record is added");
        self.kinds = kinds;
        self
    }

    /// Sets the generation of the index, which orders indexes that replace each other. Count up: a
    /// reader can require a minimum generation, and a [`LiveSet`](crate::LiveSet) refuses an index
    /// of an earlier generation than the one in use.
    #[must_use]
    pub fn generation(mut self, generation: u64) -> Self {
        self.generation = generation;
        self
    }

    /// Holds at most this many bytes of identifiers in memory. The rest goes, sorted, to files in
    /// this folder. The files have no names, so they disappear with the process, and only its owner
    /// can read them. They take 32 bytes for each identifier of each record.
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
        let entries = (bytes / size_of::<Entry>()).max(1);
        self.sorter.set_limit(Limit { entries, folder: folder.into() });
        self
    }

    /// Normalises by these rules.
    ///
    /// # Panics
    ///
    /// If records were added already. The index would then hold values that were normalised by
    /// different rules.
    #[must_use]
    pub fn normaliser(mut self, normaliser: Normaliser) -> Self {
        assert!(self.rows.read == 0, "the rules are chosen before the first record is added");
        self.normaliser = normaliser;
        self
    }

    /// An empty batch that normalises as this builder does.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch::new(self.normaliser, self.made_kinds())
    }

    /// The indexed kinds that are derived from values of another kind. A leak with plain e-mail
    /// addresses needs no hashes of them, since member lists have plain addresses, too.
    fn made_kinds(&self) -> KindSet {
        let hashed = [Kind::Sha256Email].into_iter().collect();
        self.kinds.intersection(KindSet::derived()).difference(hashed)
    }

    /// Adds one record. For many, [`add_batch`](Self::add_batch) is faster.
    ///
    /// # Errors
    ///
    /// As [`add_batch`](Self::add_batch).
    pub fn add(&mut self, record: &Record) -> Result<Added, Error> {
        let mut batch = self.batch();
        batch.push(record);
        let mut added = self.add_batch(&batch)?;
        Ok(added.pop().expect("one record went in"))
    }

    /// Hashes batches for this builder, on any thread.
    #[must_use]
    pub fn hasher(&self) -> BatchHasher {
        BatchHasher {
            kinds: self.kinds,
            made_kinds: self.made_kinds(),
            normaliser: self.normaliser,
            pseudonymiser: self.pseudonymiser.clone(),
        }
    }

    /// Adds the rows of a batch and returns what became of each. It hashes on this thread. Where
    /// there are several threads, let each hash batches with a [`hasher`](Self::hasher).
    ///
    /// ```
    /// use leakdex::{Added, Breach, IndexBuilder, Key, Record};
    ///
    /// let key = Key::generate()?;
    /// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// let mut batch = builder.batch();
    /// batch.push(&Record::new().kvnr("A123456780"));
    /// batch.push(&Record::new().kvnr("4711"));
    /// let added = builder.add_batch(&batch)?;
    /// assert!(matches!(added[..], [Added::Indexed(_), Added::Rejected(_)]));
    /// assert_eq!((builder.rows().indexed, builder.rows().rejected), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if there are more than 256 classes of data; [`Error::Io`] if memory is limited
    /// and the disk is full.
    ///
    /// # Panics
    ///
    /// If the batch does not come from this builder, and lacks identifiers of a kind that this
    /// builder indexes or was normalised by other rules. Use [`batch`](Self::batch).
    pub fn add_batch(&mut self, batch: &Batch) -> Result<Vec<Added>, Error> {
        self.add_hashed(self.hasher().hash(batch))
    }

    /// Adds the rows of a batch that a [`hasher`](Self::hasher) of this builder hashed, and returns
    /// what became of each.
    ///
    /// # Errors
    ///
    /// As [`add_batch`](Self::add_batch).
    ///
    /// # Panics
    ///
    /// If the hasher is of a builder of other kinds or rules.
    pub fn add_hashed(&mut self, batch: HashedBatch) -> Result<Vec<Added>, Error> {
        assert!(
            batch.kinds == self.kinds && batch.normaliser == self.normaliser,
            "the batch must come from the builder that it is added to"
        );
        let mut added = Vec::with_capacity(batch.rows.len());
        for (row, own) in batch.rows.into_iter().zip(batch.pseudonyms.rows()) {
            let class_set =
                self.classes.set_of(row.given, &row.data_classes, &self.breach.data_classes)?;
            if !own.is_empty() {
                count(&row.suspicions, &mut self.rows.suspects_by_reason);
            }
            added.push(self.add_row(own, class_set, row.problems)?);
        }
        Ok(added)
    }

    /// What became of the records so far. Duplicates still count as indexed. The build finds them,
    /// and the metadata of the index has their number.
    #[must_use]
    pub fn rows(&self) -> &RowAccount {
        &self.rows
    }

    /// Builds the index in memory.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if the collected records do not fit the format.
    pub fn build(self) -> Result<Index, Error> {
        let key = self.key;
        Index::from_bytes(self.into_bytes()?, key)
    }

    /// Builds the index and publishes it as a file, as [`Index::publish`] does. The index is never in
    /// memory as a whole.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if the collected records do not fit the format, [`Error::Io`] if the file
    /// cannot be written.
    pub fn publish(self, target: impl AsRef<Path>) -> Result<(), Error> {
        self.prepare(target)?.publish()
    }

    /// Does everything that [`publish`](Self::publish) does, except for the renaming. These are the
    /// steps that are likely to fail.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish).
    pub fn prepare(self, target: impl AsRef<Path>) -> Result<Publication, Error> {
        let seal = Seal::new(self.key);
        Publication::of_file(target.as_ref(), &seal, |file| self.write_whole(&seal, file))
    }

    /// Splits the index into independent files by the leading bits of its pseudonyms, so that each
    /// worker of a distributed engine can map its own file. The files are
    /// `shard-000-of-016.leakdex` and so on, in a folder that does not exist yet or is empty.
    /// [`IndexSet::open_shards`](crate::IndexSet::open_shards) opens them as one index. As with
    /// [`prepare`](Self::prepare), the folder takes its name at the end.
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
    /// As [`prepare`](Self::prepare), and [`Error::Io`] if the folder is not empty.
    pub fn prepare_shards(
        self,
        folder: impl AsRef<Path>,
        count: ShardCount,
    ) -> Result<Publication, Error> {
        let seal = Seal::new(self.key);
        Publication::of_shards(folder.as_ref(), &seal, count, |begin| {
            self.write(&seal, count, begin)
        })
    }

    /// The bytes of the index file, as [`Index::from_bytes`] takes them.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if the collected records do not fit the format; [`Error::Io`] if memory is
    /// limited and the disk cannot be read.
    pub fn into_bytes(self) -> Result<Vec<u8>, Error> {
        let seal = Seal::new(self.key);
        let folder = self.sorter.limit().map(|limit| limit.folder.clone()).unwrap_or_default();
        let mut bytes = Vec::new();
        self.write_whole(&seal, &mut bytes).map_err(|failure| failure.of(&folder))?;
        Ok(bytes)
    }

    fn write_whole(self, seal: &Seal, sink: impl Sink) -> Result<(Layout, Metadata), Failure> {
        let mut sink = Some(sink);
        let begin = |_| Ok(sink.take().expect("there is one shard"));
        let mut written = self.write(seal, ShardCount::ONE, begin)?;
        Ok(written.pop().expect("there is one shard"))
    }

    /// Goes through the sorted identifiers twice. The first pass counts them, since the layout of
    /// the file depends on how many there are.
    fn write<S: Sink>(
        self,
        seal: &Seal,
        shard_count: ShardCount,
        begin: impl FnMut(u32) -> Result<S, Failure>,
    ) -> Result<Vec<(Layout, Metadata)>, Failure> {
        let Self { key, breach, mut classes, sorter, mut rows, generation, reporter, .. } = self;
        let pseudonymiser = self.pseudonymiser;
        let mut sorted = sorter.finish().map_err(Failure::Run)?;
        let total = sorted.len();
        rows.duplicate = sorted.duplicates();
        let mut kinds = BTreeMap::<Kind, KindCount>::new();
        let mut exposures = Exposures::default();
        let mut sizes = ShardSizes::new(shard_count);
        let mut seen = 0;
        sorted.for_each_pseudonym(|same, duplicates| {
            let count_of_kind =
                kinds.entry(same[0].kind).or_insert_with(|| KindCount::new(same[0].kind));
            count_of_kind.identifiers += 1;
            count_of_kind.records += same.len() as u64;
            exposures.collect(&[occurrence_of(same, &mut classes)]);
            rows.duplicate += duplicates;
            sizes.note(same[0].pseudonym(), same.len());
            for _ in same {
                seen += 1;
                reporter.counted(seen, total);
            }
            Ok::<_, Failure>(())
        })?;
        rows.indexed -= rows.duplicate;

        let exposures = exposures.number(&classes);
        let mut metadata = Metadata::new(key.id(), rows);
        metadata.generation = generation;
        metadata.canaries = canaries(kinds.keys().copied().collect(), &pseudonymiser);
        metadata.kinds = kinds.into_values().collect();
        metadata.breaches = vec![Arc::new(breach)];
        metadata.data_classes.clone_from(&exposures.data_classes);
        let mut writer = ShardWriter::new(&sizes, metadata, &exposures, seal, begin)?;
        let mut written = 0;
        sorted.for_each_pseudonym(|same, _| {
            written += 1;
            reporter.written(written, sizes.total());
            let exposure = exposures.number_of(&[occurrence_of(same, &mut classes)]);
            writer.push(same[0].pseudonym(), exposure.expect("every exposure was collected"))
        })?;
        writer.finish()
    }

    /// Adds a record, whose identifiers are in ascending order.
    fn add_row(
        &mut self,
        identifiers: &[(Pseudonym, Kind)],
        class_set: u32,
        problems: Vec<Problem>,
    ) -> Result<Added, Error> {
        self.rows.read += 1;
        count(&problems, &mut self.rows.rejects_by_reason);
        if identifiers.is_empty() {
            self.rows.rejected += 1;
            return Ok(Added::Rejected(problems));
        }
        self.rows.indexed += 1;
        let record = fingerprint(identifiers, class_set);
        let first = identifiers[0].0;
        let entries = identifiers.iter().map(|&(pseudonym, kind)| {
            Entry::new(pseudonym, kind, record, class_set, pseudonym == first)
        });
        let spilled = self.sorter.extend(entries);
        spilled.map_err(|error| {
            let folder = self.sorter.limit().map(|limit| limit.folder.clone()).unwrap_or_default();
            Error::io("write sorted identifiers to this folder", folder, error)
        })?;
        Ok(Added::Indexed(problems))
    }
}

impl fmt::Debug for IndexBuilder<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("IndexBuilder")
            .field("breach", self.breach.name())
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

fn count(problems: &[Problem], by_reason: &mut BTreeMap<String, u64>) {
    for problem in problems {
        *by_reason.entry(problem.reason.code().to_owned()).or_default() += 1;
    }
}

/// The data classes of all records with one pseudonym, and how many records there are.
fn occurrence_of(same: &[Entry], classes: &mut Classes) -> Occurrence {
    let class_set =
        same[1..].iter().fold(same[0].class_set, |set, entry| classes.unite(set, entry.class_set));
    Occurrence { breach: 0, class_set, records: same.len() as u64 }
}

/// A number for the content of a record, equal for equal records. Two different records that share
/// a pseudonym have the same number with a chance of 2⁻⁶⁴, since pseudonyms are as good as random.
fn fingerprint(identifiers: &[(Pseudonym, Kind)], class_set: u32) -> u64 {
    /// Any odd number will do. It makes the sums of different sets differ.
    const FACTOR: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
    let identifiers = identifiers.iter().map(|(pseudonym, _)| pseudonym.number());
    let sum = identifiers
        .fold(u128::from(class_set), |sum, number| sum.wrapping_mul(FACTOR).wrapping_add(number));
    (sum >> 64) as u64
}
