//! Several indexes, checked as one.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::{
    batch::Batch,
    check,
    error::{Error, IndexFault},
    identifier::{KindSet, Normaliser},
    index::{self, Index},
    key::Key,
    verdict::Verdict,
};

/// Several indexes, checked as one: a member is hashed once for each key, and a verdict names every
/// breach.
///
/// A kind counts as checked if one of the indexes holds it; a kind that another of them lacks
/// stands in the coverage as *not held*.
///
/// An index that is split into shards is one of them with all its shards: see
/// [`open_shards`](Self::open_shards).
#[derive(Debug)]
pub struct IndexSet {
    indexes: Vec<Index>,
    normaliser: Normaliser,
}

impl IndexSet {
    /// Puts indexes together. The set normalises as they do.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if they normalise by different rules, or if some are shards of an index, and
    /// not all of its shards are there, once.
    pub fn new(indexes: Vec<Index>) -> Result<Self, Error> {
        index::refuse_incomplete(&indexes)?;
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
    /// # Errors
    ///
    /// As there, and [`Error::Index`] if the folder holds something else than all shards of one index.
    pub fn open_shards(folder: impl AsRef<Path>, key: &Key) -> Result<Self, Error> {
        Self::of_folder(folder.as_ref(), |file| Index::open(file, key))
    }

    /// Maps all shards of an index in a folder, as [`Index::map`] does.
    ///
    /// # Safety
    ///
    /// As there: while the set lives, nobody may change or truncate the files.
    ///
    /// # Errors
    ///
    /// As [`open_shards`](Self::open_shards), as far as the heads show it.
    #[expect(unsafe_code, reason = "mapping a file is unsafe by nature")]
    pub unsafe fn map_shards(folder: impl AsRef<Path>, key: &Key) -> Result<Self, Error> {
        // SAFETY: the caller promises what each of the files needs.
        Self::of_folder(folder.as_ref(), |file| unsafe { Index::map(file, key) })
    }

    /// The files of the shards in a folder, one at least, in the order of their numbers.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the folder cannot be read, [`Error::Index`] if there is none in it.
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
            if shards.len() > 1 && !shard.is_of_the_build_of(&shards[0]) {
                return Err(Error::from(IndexFault::NotOfTheseShards).in_file(file));
            }
        }
        Self::new(shards).map_err(|error| error.in_file(folder))
    }

    /// The indexes, one by one, in the order of the set.
    #[must_use]
    pub fn into_indexes(self) -> Vec<Index> {
        self.indexes
    }

    /// Normalises members by these rules.
    #[must_use]
    pub fn with_normaliser(mut self, normaliser: Normaliser) -> Self {
        self.normaliser = normaliser;
        self
    }

    /// The indexes, in the order in which they were given.
    #[must_use]
    pub fn indexes(&self) -> &[Index] {
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
        Batch::new(self.normaliser, self.kinds())
    }

    /// Checks the members of a batch on this thread, as [`Index::check_batch`] does.
    ///
    /// # Panics
    ///
    /// If the batch comes from elsewhere, as there.
    #[must_use]
    pub fn check_batch(&self, batch: &Batch) -> Vec<Verdict<'_>> {
        check::check_batch(&self.indexes.iter().collect::<Vec<_>>(), self.normaliser, batch)
    }
}
