//! Several indexes, checked as one.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rayon::prelude::*;

use super::{
    check_all, check_one, decide, evidence::Evidence, verdict::Verdict, verdicts::Verdicts,
};
use crate::{
    batch::Batch,
    columns::Columns,
    error::{Error, IndexFault},
    identifier::{KindSet, Normaliser},
    index::{self, Index},
    key::Key,
    record::Record,
};

/// Several indexes, checked as one. A member is hashed once for each key, and a verdict covers the
/// breaches of all indexes.
///
/// A kind counts as checked if one of the indexes holds it. If another index lacks the kind, the
/// coverage also lists it as *not held*.
///
/// All shards of an index count as one index: see [`open_shards`](Self::open_shards).
///
/// ```
/// use leakdex::{Breach, IndexBuilder, IndexSet, Key, Kind, Normaliser, Record};
///
/// let build = |breach: &str, leaked: &Record| -> Result<_, Box<dyn std::error::Error>> {
///     // Each index may have a key of its own.
///     let key = Key::generate()?;
///     let mut builder = IndexBuilder::new(&key, Breach::named(breach)?);
///     builder.add(leaked)?;
///     Ok(builder.build()?)
/// };
/// let bitmarck = build("bitmarck-2023-01", &Record::new().kvnr("A123456780"))?;
/// let portal = build("portal-2024-05", &Record::new().email("m.muster@example.de"))?;
///
/// let set = IndexSet::new(vec![bitmarck, portal])?
///     .with_normaliser(Normaliser::new().current_year(2026));
/// assert!(set.kinds().contains(Kind::Kvnr) && set.kinds().contains(Kind::Email));
/// assert_eq!(set.indexes().len(), 2);
///
/// let verdict = set.check(&Record::new().kvnr("A123456780").email("m.muster@example.de"));
/// let finding = verdict.finding().expect("it is in both");
/// assert_eq!(finding.exposure().by_breach().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct IndexSet {
    indexes: Vec<Arc<Index>>,
    normaliser: Normaliser,
}

impl IndexSet {
    /// Makes a set of these indexes. The set normalises members by the same rules as the indexes.
    /// An index in an [`Arc`] can be in several sets.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if they normalise by different rules, or if a shard of an index is missing
    /// or repeated.
    pub fn new<I: Into<Arc<Index>>>(indexes: impl IntoIterator<Item = I>) -> Result<Self, Error> {
        let indexes: Vec<Arc<Index>> = indexes.into_iter().map(Into::into).collect();
        index::refuse_incomplete(indexes.iter().map(AsRef::as_ref))?;
        let mut normaliser = Normaliser::new();
        if let Some((first, others)) = indexes.split_first() {
            normaliser = first.normaliser();
            if others.iter().any(|other| other.normaliser() != normaliser) {
                return Err(IndexFault::DifferentRules.into());
            }
        }
        Ok(Self { indexes, normaliser })
    }

    /// Opens all shards of an index in a folder, as [`Index::open`] does.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, IndexSet, Key, Record};
    /// # let folder = tempfile::tempdir()?;
    /// # let target = folder.path().join("shards");
    ///
    /// let key = Key::generate()?;
    /// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// builder.add(&Record::new().kvnr("A123456780"))?;
    /// builder.prepare_shards(&target, "16".parse().expect("a power of two"))?.publish()?;
    ///
    /// let set = IndexSet::open_shards(&target, &key)?;
    /// assert_eq!(set.indexes().len(), 16);
    /// assert_eq!(set.check(&Record::new().kvnr("A123456780")).slug(), "affected");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`Index::open`], and [`Error::Index`] if the folder does not hold exactly the
    /// shards of one index.
    pub fn open_shards(folder: impl AsRef<Path>, key: &Key) -> Result<Self, Error> {
        Self::of_folder(folder.as_ref(), |file| Index::open(file, key))
    }

    /// Maps all shards of an index in a folder, as [`Index::map`] does.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, IndexSet, Key};
    /// # let folder = tempfile::tempdir()?;
    /// # let target = folder.path().join("shards");
    /// # let key = Key::generate()?;
    /// # let builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.prepare_shards(&target, "16".parse().expect("a power of two"))?.publish()?;
    ///
    /// // SAFETY: only `Publication::publish` puts shards here, and it never writes in place.
    /// let set = unsafe { IndexSet::map_shards(&target, &key)? };
    /// for shard in set.into_indexes() {
    ///     // Each goes to another worker.
    /// #   shard.require_sound()?;
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Safety
    ///
    /// As for [`Index::map`]: while the set lives, nobody may change or truncate the files.
    ///
    /// # Errors
    ///
    /// The errors of [`open_shards`](Self::open_shards) that the heads of the files can reveal.
    #[expect(unsafe_code, reason = "mapping a file is unsafe by nature")]
    pub unsafe fn map_shards(folder: impl AsRef<Path>, key: &Key) -> Result<Self, Error> {
        // SAFETY: the caller promises that none of the files changes.
        Self::of_folder(folder.as_ref(), |file| unsafe { Index::map(file, key) })
    }

    /// The files of the shards in a folder, in the order of their numbers. There is at least one.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the folder cannot be read, [`Error::Index`] if it contains no shards.
    pub fn shard_files(folder: impl AsRef<Path>) -> Result<Vec<PathBuf>, Error> {
        index::files_in(folder.as_ref())
    }

    fn of_folder(
        folder: &Path,
        open: impl Fn(&Path) -> Result<Index, Error> + Sync,
    ) -> Result<Self, Error> {
        let files = index::files_in(folder)?;
        let shards: Vec<Index> =
            files.par_iter().map(|file| open(file)).collect::<Result<_, Error>>()?;
        for (file, shard) in files.iter().zip(&shards) {
            if shards.len() > 1 && !shard.is_of_same_build(&shards[0]) {
                return Err(Error::from(IndexFault::NotOfTheseShards).in_file(file));
            }
        }
        Self::new(shards).map_err(|error| error.in_file(folder))
    }

    /// Refuses the set if a lookup has found damage in one of the indexes ([`Index::require_sound`]).
    ///
    /// # Errors
    ///
    /// As [`Index::require_sound`], for the first index with damage.
    pub fn require_sound(&self) -> Result<(), Error> {
        self.indexes.iter().try_for_each(|index| index.require_sound())
    }

    /// Verifies all chunks that lookups have touched once more ([`Index::verify_touched`]). Call it after the
    /// lookups and before you use their results.
    ///
    /// # Errors
    ///
    /// As [`Index::verify_touched`], for the first index that was changed.
    pub fn verify_touched(&self) -> Result<(), Error> {
        self.indexes.iter().try_for_each(|index| index.verify_touched())
    }

    /// Checks that the files of all mapped indexes are unchanged ([`Index::verify_unchanged`]). Call it
    /// regularly during long work.
    ///
    /// # Errors
    ///
    /// As [`Index::verify_unchanged`], for the first index that was changed.
    pub fn verify_unchanged(&self) -> Result<(), Error> {
        self.indexes.iter().try_for_each(|index| index.verify_unchanged())
    }

    /// Returns the indexes of the set, in the order in which they were given.
    #[must_use]
    pub fn into_indexes(self) -> Vec<Arc<Index>> {
        self.indexes
    }

    /// Normalises members by these rules.
    #[must_use]
    pub fn with_normaliser(mut self, normaliser: Normaliser) -> Self {
        self.normaliser = normaliser;
        self
    }

    /// The same indexes, normalising by these rules.
    pub(super) fn with_rules(&self, normaliser: Normaliser) -> Self {
        Self { indexes: self.indexes.clone(), normaliser }
    }

    pub(super) const fn normaliser(&self) -> Normaliser {
        self.normaliser
    }

    /// The indexes, in the order in which they were given.
    #[must_use]
    pub fn indexes(&self) -> &[Arc<Index>] {
        &self.indexes
    }

    /// The kinds that at least one of the indexes holds.
    #[must_use]
    pub fn kinds(&self) -> KindSet {
        self.indexes.iter().fold(KindSet::EMPTY, |all, index| all.union(index.kinds()))
    }

    /// An empty batch that normalises as this set does.
    #[must_use]
    pub fn batch(&self) -> Batch {
        let needed = self.indexes.iter().map(|index| index.needed_kinds());
        Batch::new(self.normaliser, needed.fold(KindSet::EMPTY, KindSet::union))
    }

    /// Checks one member.
    #[must_use]
    pub fn check(&self, record: &Record) -> Verdict {
        check_one(self.batch(), record, |batch| self.check_batch(batch))
    }

    /// Explains the verdict on one member: the evidence of each leaked record that shares an identifier with
    /// the member, strongest first. It takes about as long as a check.
    #[must_use]
    pub fn explain(&self, record: &Record) -> Vec<Evidence> {
        let mut batch = self.batch();
        batch.push(record);
        let indexes: Vec<&Index> = self.indexes.iter().map(AsRef::as_ref).collect();
        decide::explain(&indexes, &batch)
    }

    /// Checks many members on all threads; the verdicts are in the order of the records.
    #[must_use]
    pub fn check_all(&self, records: &[Record]) -> Verdicts {
        check_all(&self.batch(), records, |batch| self.check_batch(batch))
    }

    /// Checks the members in columns on this thread, as [`Index::check_columns`] does.
    #[must_use]
    pub fn check_columns(&self, columns: &Columns<'_>) -> Verdicts {
        let mut batch = self.batch();
        batch.push_columns(columns);
        self.check_batch(&batch)
    }

    /// Checks the members of a batch on this thread, as [`Index::check_batch`] does.
    ///
    /// # Panics
    ///
    /// As for [`Index::check_batch`], if the batch lacks kinds that the indexes hold, or was normalised
    /// by other rules. Use [`batch`](Self::batch).
    #[must_use]
    pub fn check_batch(&self, batch: &Batch) -> Verdicts {
        let indexes: Vec<&Index> = self.indexes.iter().map(AsRef::as_ref).collect();
        decide::check_batch(&indexes, self.normaliser, batch)
    }
}
