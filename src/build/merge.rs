//! Merges indexes, and leaves out the breaches and records to erase.

mod entries;
mod part;

use std::{
    collections::{BTreeSet, HashSet},
    fmt, mem,
    path::Path,
};

use entries::{Erasure, Merge};
use part::total;

use super::{
    encode::{Encoder, Failure, Sink},
    exposures::Exposures,
    progress::{BuildProgress, Reporter},
    publish::Publication,
};
use crate::{
    batch::Batch,
    breach::BreachName,
    error::{BuildFault, Error, IndexFault},
    identifier::{KindSet, Normaliser},
    index::{Canary, Index, Layout, Metadata, RowAccount, Seal},
    key::Key,
    profile::Sealing,
    pseudonym::Pseudonymiser,
    trace::{span, within},
};

/// Merges several indexes of the same key into one, and can leave out breaches and records.
///
/// If several indexes hold a pseudonym, the merged index has its exposures from all of them.
/// Exposures of different breaches stay separate. For the same breach, the merger unites the
/// classes and adds up the records. It cannot compare records, since an index holds none: a record
/// that is in two of the indexes counts twice.
///
/// A merge goes through the indexes twice, entry by entry. In addition to the indexes, it needs a
/// few megabytes of memory, and memory for the identifiers to erase. Mapped indexes take none of
/// the process's own memory.
///
/// ```
/// use leakdex::{Breach, Index, IndexBuilder, IndexMerger, Key, Record};
///
/// # let folder = tempfile::tempdir()?;
/// # let target = folder.path().join("all.leakdex");
/// let key = Key::generate()?;
/// let build = |breach, number: &str| {
///     let mut builder = IndexBuilder::new(&key, Breach::named(breach).expect("a good name"));
///     builder.add(&Record::new().kvnr(number))?;
///     builder.build()
/// };
/// let mut merger = IndexMerger::new(&key);
/// merger.add(build("one", "A123456780")?)?;
/// merger.add(build("two", "A123456780")?)?;
/// merger.publish(&target)?;
///
/// let all = Index::open(&target, &key)?;
/// let verdict = all.check(&Record::new().kvnr("A123456780"));
/// let exposure = verdict.finding().expect("it is in both").exposure();
/// assert_eq!(exposure.by_breach().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct IndexMerger<'k> {
    key: &'k Key,
    pseudonymiser: Pseudonymiser,
    normaliser: Normaliser,
    indexes: Vec<Index>,
    generation: Option<u64>,
    without_breaches: BTreeSet<BreachName>,
    erased: Erasure,
    /// The records to erase, so that a record that is given twice counts once.
    erased_records: HashSet<Vec<u128>>,
    reporter: Reporter<'k>,
}

/// The figures of a merge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Merged {
    /// The entries of all indexes together.
    pub read: u64,
    /// The entries of the merged index.
    pub written: u64,
    /// The pseudonyms that were in an index but are not in the merged one.
    pub erased: u64,
    /// The pseudonyms that lost records but stay, since other records have them, too.
    pub reduced: u64,
    /// The pseudonyms to erase that are in no index.
    pub not_found: u64,
}

impl<'k> IndexMerger<'k> {
    /// A merger without indexes.
    #[must_use]
    pub fn new(key: &'k Key) -> Self {
        Self {
            key,
            pseudonymiser: Pseudonymiser::new(key),
            normaliser: Normaliser::new(),
            indexes: Vec::new(),
            generation: None,
            without_breaches: BTreeSet::new(),
            erased: Erasure::new(),
            erased_records: HashSet::new(),
            reporter: Reporter::default(),
        }
    }

    /// Calls `report` a few times a second while the index is written.
    #[must_use]
    pub fn on_progress(mut self, report: impl Fn(BuildProgress) + Send + Sync + 'k) -> Self {
        self.reporter = Reporter::new(report);
        self
    }

    /// Adds an index, and verifies it if it is not verified yet.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if it was built with another key, is a shard, or is not as its builder wrote it;
    /// [`Error::Build`] if it normalised a kind differently than an index that was added before.
    pub fn add(&mut self, index: Index) -> Result<(), Error> {
        let given = self.key.id();
        if index.key_id() != given {
            return Err(IndexFault::WrongKey { built_with: index.key_id(), given }.into());
        }
        if index.shard().is_some() {
            return Err(IndexFault::IsAShard.into());
        }
        // Opening an index checks its canaries, except those of kinds that this library does not know.
        let known = self.indexes.iter().flat_map(|known| &known.metadata().canaries);
        let differs = |own: &Canary| {
            known.clone().any(|one| one.kind == own.kind && one.pseudonym != own.pseudonym)
        };
        if index.metadata().canaries.iter().any(differs) {
            return Err(BuildFault::NormalisedDifferently.into());
        }
        if !index.is_verified() {
            index.verify()?;
        }
        self.indexes.push(index);
        Ok(())
    }

    /// Sets the generation of the merged index. The default is the highest generation of the
    /// indexes.
    #[must_use]
    pub fn generation(mut self, generation: u64) -> Self {
        self.generation = Some(generation);
        self
    }

    /// Leaves out this breach. The merged index does not hold identifiers that are in no other
    /// breach. For the rest, it no longer mentions this breach.
    ///
    /// ```
    /// use leakdex::{Breach, Index, IndexBuilder, IndexMerger, Key, Record};
    /// # let folder = tempfile::tempdir()?;
    /// # let target = folder.path().join("all.leakdex");
    /// # let key = Key::generate()?;
    /// # let build = |breach, number: &str| {
    /// #     let mut builder = IndexBuilder::new(&key, Breach::named(breach).expect("a good name"));
    /// #     builder.add(&Record::new().kvnr(number))?;
    /// #     builder.build()
    /// # };
    /// # let (one, two) = (build("one", "A123456780")?, build("two", "B123456782")?);
    ///
    /// let mut merger = IndexMerger::new(&key).generation(2);
    /// merger.add(one)?;
    /// merger.add(two)?;
    /// merger.without_breach(&"one".parse()?)?;
    /// let (publication, merged) = merger.prepare(&target)?;
    /// assert_eq!((merged.read, merged.written), (2, 1));
    /// publication.publish()?;
    /// # assert_eq!(Index::open(&target, &key)?.generation(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if no index added so far has such a breach.
    pub fn without_breach(&mut self, name: &BreachName) -> Result<(), Error> {
        let mut breaches = self.indexes.iter().flat_map(|index| &index.metadata().breaches);
        if !breaches.any(|breach| breach.name() == name) {
            return Err(BuildFault::UnknownBreach.into());
        }
        self.without_breaches.insert(name.clone());
        Ok(())
    }

    /// Normalises records to erase by these rules.
    #[must_use]
    pub fn normaliser(mut self, normaliser: Normaliser) -> Self {
        self.normaliser = normaliser;
        self
    }

    /// An empty batch for records to erase from the indexes that were added so far.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch::new(self.normaliser, self.kinds()).telling_people_apart(self.kinds())
    }

    fn kinds(&self) -> KindSet {
        self.indexes.iter().fold(KindSet::EMPTY, |all, index| all.union(index.kinds()))
    }

    /// Erases these records from each breach. An identifier leaves a breach if no other record of
    /// the breach has it. An identifier that other records share stays for them, such as a name and
    /// a date of birth, or the account of a family. A record that is given twice counts once. If
    /// several records of a person leaked, give all of them.
    ///
    /// An index cannot tell persons apart. A record of somebody who is not in the leak erases the
    /// match key of a namesake who is. So a check against the merged index never says *not
    /// affected* without a caveat ([`Coverage::erased`](crate::Coverage::erased)).
    ///
    /// ```
    /// use leakdex::{Breach, Index, IndexBuilder, IndexMerger, Key, Normaliser, Record};
    /// # let folder = tempfile::tempdir()?;
    /// # let target = folder.path().join("fewer.leakdex");
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # builder.add(&Record::new().kvnr("B123456782"))?;
    /// # let index = builder.build()?;
    ///
    /// let mut merger = IndexMerger::new(&key)
    ///     .normaliser(Normaliser::new().current_year(2026))
    ///     .on_progress(|progress| eprintln!("{progress:?}"));
    /// merger.add(index)?;
    /// let mut batch = merger.batch();
    /// batch.push(&Record::new().kvnr("A123456780"));
    /// merger.erase(&batch);
    /// let merged = merger.publish(&target)?;
    /// assert_eq!((merged.erased, merged.written), (1, 1));
    ///
    /// let fewer = Index::open(&target, &key)?;
    /// let verdict = fewer.check(&Record::new().kvnr("A123456780"));
    /// assert_eq!(verdict.slug(), "not_affected");
    /// assert!(verdict.coverage().erased && verdict.is_partially_checked());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the batch was made elsewhere, or before the last index was added, and therefore lacks
    /// identifiers or was normalised by other rules.
    pub fn erase(&mut self, batch: &Batch) {
        let needed = self.kinds().intersection(KindSet::derived());
        assert!(
            needed.difference(batch.derived()).is_empty()
                && batch.normaliser() == self.normaliser
                && batch.told_apart_by.is_some(),
            "the batch must be made by this merger, after all indexes were added"
        );
        let pseudonyms = batch.pseudonyms(KindSet::all(), &self.pseudonymiser);
        for (row, own) in pseudonyms.rows().enumerate() {
            let numbers = || own.iter().map(|(pseudonym, _)| pseudonym.number());
            let parts = batch.number_of_parts(row, &self.pseudonymiser);
            if !self.erased_records.insert(numbers().chain(parts).collect()) {
                continue;
            }
            for (number, &(_, kind)) in numbers().zip(own) {
                self.erased.entry(number).or_insert((kind, 0)).1 += 1;
            }
        }
    }

    /// Writes the merged index and publishes it, as [`IndexBuilder::publish`] does.
    ///
    /// [`IndexBuilder::publish`]: crate::IndexBuilder::publish
    ///
    /// # Errors
    ///
    /// As [`prepare`](Self::prepare).
    pub fn publish(self, target: impl AsRef<Path>) -> Result<Merged, Error> {
        let (publication, merged) = self.prepare(target)?;
        publication.publish()?;
        Ok(merged)
    }

    /// Does everything that [`publish`](Self::publish) does, except for the renaming. These are the
    /// steps that are likely to fail.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if the indexes cannot be merged, or nothing would be left; [`Error::Io`] if
    /// the file cannot be written.
    pub fn prepare(self, target: impl AsRef<Path>) -> Result<(Publication, Merged), Error> {
        within(span!("merge", indexes = self.indexes.len()), || {
            let seal = Seal::new(self.key);
            let mut merged = Merged::default();
            let publication = Publication::of_file(target.as_ref(), &seal, |file| {
                let (layout, metadata, account) = self.write(&seal, file)?;
                merged = account;
                Ok((layout, metadata))
            })?;
            Ok((publication, merged))
        })
    }

    /// Goes through the indexes twice. The first pass counts the entries that stay, since the
    /// layout of the file depends on their number.
    fn write(&self, seal: &Seal, sink: impl Sink) -> Result<(Layout, Metadata, Merged), Failure> {
        let mut merge = Merge::new(&self.indexes, &self.without_breaches, &self.erased)?;
        let mut merged = Merged::default();
        let mut exposures = Exposures::default();
        let mut found = 0;
        let total: u64 = self.indexes.iter().map(Index::len).sum();
        merge.for_each(|entry| {
            merged.read += entry.sources;
            self.reporter.counted(entry.sources, merged.read, total);
            merged.erased += u64::from(entry.is_erased);
            merged.reduced += u64::from(entry.is_reduced);
            found += u64::from(self.erased.contains_key(&entry.pseudonym.number()));
            if !entry.exposure.is_empty() {
                merged.written += 1;
                exposures.collect(entry.exposure);
            }
            Ok(())
        })?;
        merged.not_found = self.erased.len() as u64 - found;
        if merged.read != total {
            return Err(BuildFault::ChangedIndex.into());
        }
        if merged.written == 0 {
            return Err(BuildFault::NothingLeft.into());
        }

        let exposures = exposures.number(&merge.classes);
        let mut metadata = self.metadata(&merge, merged.written);
        metadata.data_classes.clone_from(&exposures.data_classes);
        let mut encoder = Encoder::new(metadata, merged.written, &exposures, sink)?;
        let mut written = 0;
        merge.for_each(|entry| match exposures.number_of(entry.exposure) {
            Some(number) => {
                written += 1;
                self.reporter.written(1, written, merged.written);
                encoder.push(entry.pseudonym, number)
            }
            None => Ok(()),
        })?;
        let (layout, metadata) = encoder.finish(seal)?;
        Ok((layout, metadata, merged))
    }

    fn metadata(&self, merge: &Merge<'_>, entries: u64) -> Metadata {
        let sources = || self.indexes.iter().map(Index::metadata);
        let mut metadata = Metadata::new(self.key.id(), RowAccount::default());
        let mut parts = merge.account.parts(&self.without_breaches);
        let profiles: Vec<_> = parts.iter_mut().map(|part| mem::take(&mut part.profile)).collect();
        metadata.sealed_profiles = Sealing::new(self.key).seal(&profiles);
        (metadata.kinds, metadata.rows) = total(&parts);
        let identifiers: u64 = metadata.kinds.iter().map(|count| count.identifiers).sum();
        metadata.shared = identifiers.saturating_sub(entries);
        // An index of one part that shares nothing has the same metadata as a build, which lists no
        // parts.
        if parts.len() > 1 || metadata.shared > 0 {
            metadata.parts = parts;
        }
        metadata.erased = !self.erased.is_empty() || sources().any(|source| source.erased);
        let versions: BTreeSet<&str> =
            sources().flat_map(|source| source.unicode.split(' ')).collect();
        metadata.unicode = versions.into_iter().collect::<Vec<_>>().join(" ");
        let highest = self.indexes.iter().map(Index::generation).max().unwrap_or_default();
        metadata.generation = self.generation.unwrap_or(highest);
        // Copied, since this library may not know all kinds. The canaries of a kind are the same in
        // all indexes.
        metadata.canaries = metadata
            .kinds
            .iter()
            .filter_map(|count| {
                let mut canaries = sources().flat_map(|source| &source.canaries);
                canaries.find(|canary| canary.kind == count.kind).cloned()
            })
            .collect();
        metadata.breaches.clone_from(&merge.breaches);
        metadata
    }
}

impl fmt::Debug for IndexMerger<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("IndexMerger")
            .field("indexes", &self.indexes)
            .field("without_breaches", &self.without_breaches)
            .field("identifiers_to_erase", &self.erased.len())
            .finish_non_exhaustive()
    }
}
