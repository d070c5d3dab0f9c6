//! Merges indexes, and leaves out breaches and records that are to be erased.

mod contained;
mod entries;
mod erasure;
mod first_pass;
mod part;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, mem,
    path::Path,
};

use contained::Contained;
use entries::Merge;
pub use erasure::{ErasedRecords, RowErasure, StayingRecords};
use erasure::{Erasure, Row};
use first_pass::FirstPassCounts;

use super::{
    encode::{Encoder, Failure, Sink},
    origins::NumberedOrigins,
    progress::{BuildProgress, Reporter},
    publish::Publication,
};
use crate::{
    batch::Batch,
    breach::BreachName,
    error::{BuildFault, Error, IndexFault},
    identifier::{Kind, KindSet, Normaliser},
    index::{Canary, Index, Layout, Metadata, Part, Posting, RowAccount, Seal},
    key::Key,
    profile::ProfileCipher,
    pseudonym::Pseudonymiser,
    trace::{span, within},
};

/// Merges several indexes of the same key into one, and can leave out breaches and records.
///
/// If a pseudonym is in several indexes, the merged index has the records of all of them. A record
/// that is in two of the indexes counts once. It is recognised by the tag in its postings.
///
/// A merge reads the indexes twice, entry by entry. It reads them once more if it erases records,
/// and once more if one index was made from another one. In addition to the indexes, it needs a few
/// megabytes of memory, and memory for the rows to erase and for the records that share an
/// identifier with them. Mapped indexes take none of the process's own memory.
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
    erasure: Erasure,
    reporter: Reporter<'k>,
}

/// The figures of a merge.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct MergeStats {
    /// The number of entries of all indexes together.
    pub read: u64,
    /// The number of entries of the merged index.
    pub written: u64,
    /// The number of pseudonyms that were in an index but are not in the merged one.
    pub erased: u64,
    /// The number of pseudonyms that lost records but stay, because other records have them, too.
    pub reduced: u64,
    /// The number of pseudonyms to erase that are in no index.
    pub not_found: u64,
    /// The number of leaked records in the merged index.
    pub records: u64,
    /// The number of leaked records that were erased.
    pub erased_records: u64,
    /// For each row to erase, in the order in which they were added: which records it erased, and
    /// which stay.
    #[serde(skip)]
    pub rows: Vec<RowErasure>,
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
            erasure: Erasure::default(),
            reporter: Reporter::default(),
        }
    }

    /// Calls `report` a few times a second while the index is written.
    #[must_use]
    pub fn on_progress(mut self, report: impl Fn(BuildProgress) + Send + Sync + 'k) -> Self {
        self.reporter = Reporter::new(report);
        self
    }

    /// Adds an index, and verifies it if that has not been done yet. An index that is added twice
    /// counts once.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if it was built with another key, is a shard, has only found entries, or is
    /// not as its builder wrote it; [`Error::Build`] if it normalised a kind differently from an
    /// index that was added before, or if only one of them has codes.
    pub fn add(&mut self, index: Index) -> Result<(), Error> {
        let given = self.key.id();
        if index.key_id() != given {
            return Err(IndexFault::WrongKey { built_with: index.key_id(), given }.into());
        }
        if index.shard().is_some() {
            return Err(IndexFault::IsAShard.into());
        }
        if index.has_found_entries_only() {
            return Err(IndexFault::OnlyFoundEntries.into());
        }
        // Opening an index checks its canaries, except those of kinds that this library does not
        // know.
        let known = self.indexes.iter().flat_map(|known| &known.metadata().canaries);
        let differs = |canary: &Canary| {
            known.clone().any(|one| one.kind == canary.kind && one.pseudonym != canary.pseudonym)
        };
        if index.metadata().canaries.iter().any(differs) {
            return Err(BuildFault::NormalisedDifferently.into());
        }
        if self.indexes.first().is_some_and(|known| known.has_codes() != index.has_codes()) {
            return Err(BuildFault::MixedCodes.into());
        }
        if !index.is_verified() {
            index.verify()?;
        }
        if self.indexes.iter().any(|known| known.id() == index.id()) {
            return Ok(());
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

    /// Leaves out this breach. The merged index does not contain identifiers that only this breach
    /// had, and does not mention this breach.
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

    /// Sets the rules of normalising for the records to erase.
    #[must_use]
    pub fn normaliser(mut self, normaliser: Normaliser) -> Self {
        self.normaliser = normaliser;
        self
    }

    /// An empty batch for records to erase. Add all indexes first.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch::new(self.normaliser, self.kinds()).of_leak()
    }

    fn kinds(&self) -> KindSet {
        self.indexes.iter().fold(KindSet::EMPTY, |all, index| all.union(index.kinds()))
    }

    /// Erases leaked records. A row of the batch erases, in every breach, each leaked record whose
    /// identifiers all occur in the row. Records that share only some identifiers with the row
    /// stay, such as those of a family with one account; [`MergeStats::rows`] reports how many and why.
    /// So give each row all values of the person that may have leaked.
    ///
    /// A shared match key counts only if no name and no date of birth differs between row and
    /// record. A record without names does not show whose it is: the row of somebody else with the
    /// same address erases it. So the index reports to later checks how many records were erased
    /// ([`Index::erasure_caveat`]).
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
    /// let row = &merged.rows[0];
    /// assert_eq!((row.erased[0].records, row.stays.len()), (1, 0));
    ///
    /// let fewer = Index::open(&target, &key)?;
    /// let verdict = fewer.check(&Record::new().kvnr("A123456780"));
    /// assert_eq!(verdict.slug(), "not_affected");
    /// assert!(fewer.erasure_caveat().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the batch lacks identifiers or was normalised by other rules, because it comes from
    /// elsewhere or was made before the last index was added.
    pub fn erase(&mut self, batch: &Batch) {
        let needed = self.kinds().intersection(KindSet::derived());
        assert!(
            needed.difference(batch.derived()).is_empty() && batch.normaliser() == self.normaliser,
            "the batch must be made by this merger, after all indexes were added"
        );
        let mut rows: Vec<Row> =
            (0..batch.len()).map(|row| Row::new(batch.member_codes(row))).collect();
        for &identifier in batch.identifiers() {
            let (kind, canonical) = (identifier.kind, batch.canonical(identifier));
            let hashed = self.pseudonymiser.with_code_key(kind, canonical);
            rows[identifier.row as usize].add(kind, canonical, hashed);
        }
        rows.into_iter().for_each(|row| self.erasure.add(row));
    }

    /// Writes the merged index and publishes it, as [`IndexBuilder::publish`] does.
    ///
    /// [`IndexBuilder::publish`]: crate::IndexBuilder::publish
    ///
    /// # Errors
    ///
    /// Those of [`prepare`](Self::prepare).
    pub fn publish(self, target: impl AsRef<Path>) -> Result<MergeStats, Error> {
        let (publication, merged) = self.prepare(target)?;
        publication.publish()?;
        Ok(merged)
    }

    /// Does everything that [`publish`](Self::publish) does, except the final rename. These are the
    /// steps that are likely to fail.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if the indexes cannot be merged, or the merged index would be empty;
    /// [`Error::Index`] if one of them was changed during the merge; [`Error::Io`] if the file
    /// cannot be written.
    pub fn prepare(self, target: impl AsRef<Path>) -> Result<(Publication, MergeStats), Error> {
        within(span!("merge", indexes = self.indexes.len()), || {
            let mut merged = MergeStats::default();
            let publication = Publication::of_file(target.as_ref(), self.key, |file| {
                let (layout, metadata, account) = self.write(file)?;
                merged = account;
                Ok((layout, metadata))
            });
            // Check this first: a change is the cause of any other failure.
            self.indexes.iter().try_for_each(Index::verify_touched)?;
            Ok((publication?, merged))
        })
    }

    /// Reads the indexes twice. The first pass counts the entries that stay, because the layout of
    /// the file depends on their number.
    fn write(&self, sink: impl Sink) -> Result<(Layout, Metadata, MergeStats), Failure> {
        let without_codes = self.indexes.iter().any(|index| !index.has_codes());
        // Without codes, a shared match key would erase the records of other people, who would then
        // be reported as not affected.
        if without_codes && self.erasure.has_rows() && self.kinds().iter().any(Kind::is_match_key) {
            return Err(BuildFault::ErasureWithoutCodes.into());
        }
        let mut merge = Merge::new(&self.indexes, &self.without_breaches)?;
        let erased = self.erasure.find(&self.indexes, &merge)?;
        merge.erased = erased.tags;
        let mut counted = FirstPassCounts::new(&merge);
        let total: u64 = self.indexes.iter().map(Index::len).sum();
        merge.for_each(|entry| {
            counted.add(&entry);
            self.reporter.counted(entry.sources, counted.merged.read, total);
            Ok(())
        })?;
        counted.end();
        let mut merged = mem::take(&mut counted.merged);
        merged.not_found = self.erasure.not_found(&self.indexes);
        merged.erased_records = merge.erased.len() as u64;
        merged.rows = erased.rows;
        if merged.read != total {
            return Err(BuildFault::ChangedIndex.into());
        }
        if merged.written == 0 {
            return Err(BuildFault::NothingLeft.into());
        }

        let origins = NumberedOrigins::new(&counted.origins, &merge.classes);
        let contained = Contained::find(&merge)?;
        let mut metadata = self.metadata(&merge, &counted, &contained, &erased.by_breach);
        metadata.data_classes.clone_from(&origins.data_classes);
        let size = counted.sizes.sizes()[0];
        let mut encoder = Encoder::new(self.key, metadata, size, &origins, sink)?;
        let mut written = 0;
        let mut postings = Vec::new();
        merge.for_each(|entry| {
            if entry.postings.is_empty() {
                return Ok(());
            }
            postings.clear();
            for staying in entry.postings {
                let origin = origins.number_of(staying.breach, staying.class_set);
                let origin = origin.ok_or(BuildFault::ChangedIndex)?;
                postings.push(Posting { origin, ..staying.posting });
            }
            postings.sort_unstable();
            written += 1;
            self.reporter.written(1, written, merged.written);
            encoder.push(entry.pseudonym, &postings)
        })?;
        let (layout, metadata) = encoder.finish(&Seal::new(self.key))?;
        Ok((layout, metadata, merged))
    }

    fn metadata(
        &self,
        merge: &Merge<'_>,
        counted: &FirstPassCounts,
        contained: &Contained,
        erased: &BTreeMap<u32, u64>,
    ) -> Metadata {
        let sources = || self.indexes.iter().map(Index::metadata);
        let mut metadata = Metadata::new(self.key.id(), RowAccount::default());
        let stays = |part: &Part| !self.without_breaches.contains(&part.breach);
        let counted_parts = self.indexes.iter().enumerate().flat_map(|(number, index)| {
            let counts = move |part: &Part| !contained.contains(number, &part.breach);
            part::parts_of(index).into_iter().filter(counts)
        });
        let mut parts = part::merged(counted_parts.filter(stays));
        let profiles: Vec<_> = parts.iter_mut().map(|part| mem::take(&mut part.profile)).collect();
        metadata.sealed_profiles = ProfileCipher::new(self.key).seal(&profiles);
        parts.iter().for_each(|part| metadata.rows.add(&part.rows));
        metadata.records = counted.records.iter().sum();
        metadata.without_codes = self.indexes.iter().any(|index| !index.has_codes());
        for (number, source) in sources().enumerate() {
            for (breach, records) in &source.erased_records {
                let counts = !contained.contains(number, breach);
                if counts && !self.without_breaches.contains(breach) {
                    let sum = metadata.erased_records.entry(breach.clone()).or_default();
                    *sum = sum.saturating_add(*records);
                }
            }
        }
        for (&breach, records) in erased {
            let name = merge.breaches[breach as usize].name().clone();
            *metadata.erased_records.entry(name).or_default() += records;
        }
        for (breach, builds) in self.indexes.iter().flat_map(contained::builds_of) {
            if metadata.erased_records.contains_key(&breach) {
                metadata.builds.entry(breach).or_default().extend(builds);
            }
        }
        metadata.kinds = counted.kinds.counts(KindSet::EMPTY, KindSet::EMPTY);
        metadata.add_kinds_of_parts(&parts);
        if let Some((first, others)) = parts.split_first() {
            metadata.absent_fields.clone_from(&first.absent_fields);
            let lacks =
                |field: &String| others.iter().all(|part| part.absent_fields.contains(field));
            metadata.absent_fields.retain(lacks);
        }
        for count in &mut metadata.kinds {
            let kinds = parts.iter().flat_map(|part| &part.kinds);
            let of_kind = kinds.filter(|kind| kind.kind == count.kind);
            count.of_plain =
                of_kind.clone().count() > 0 && of_kind.clone().all(|kind| kind.of_plain);
            count.lacks_plain = of_kind.clone().any(|kind| kind.lacks_plain);
        }
        for (breach, records) in merge.breaches.iter().zip(&counted.records) {
            let erased = metadata.erased_records.get(breach.name()).copied().unwrap_or_default();
            let records = records.saturating_add(erased);
            part::count_repeated(breach.name(), records, &mut parts, &mut metadata.rows);
        }
        if parts.len() > 1 {
            metadata.parts = parts;
        }
        let versions: BTreeSet<&str> =
            sources().flat_map(|source| source.unicode.split(' ')).collect();
        metadata.unicode = versions.into_iter().collect::<Vec<_>>().join(" ");
        let highest = self.indexes.iter().map(Index::generation).max().unwrap_or_default();
        metadata.generation = self.generation.unwrap_or(highest);
        // Copied, because this library may not know all kinds. All indexes have the same canaries
        // for a kind.
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
            .finish_non_exhaustive()
    }
}
