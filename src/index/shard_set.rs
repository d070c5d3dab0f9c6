//! Finds the shards of an index in a folder, and refuses an incomplete set: a missing shard would
//! hide members.

use std::path::{Path, PathBuf};

use super::{open::Index, shard::Shard};
use crate::error::{Error, IndexFault};

/// The files in a folder of shards, sorted by name.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |error| Error::io("read the folder of shards", folder, error);
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "leakdex") {
            files.push(path);
        }
    }
    files.sort_unstable();
    if files.is_empty() {
        return Err(Error::from(IndexFault::NoShards).in_file(folder));
    }
    Ok(files)
}

/// Refuses a set in which a shard is missing or appears twice.
///
/// # Errors
///
/// The fault. Members in a missing shard would be called *not affected*.
pub(crate) fn refuse_incomplete<'a>(
    indexes: impl IntoIterator<Item = &'a Index>,
) -> Result<(), IndexFault> {
    let mut builds: Vec<Build<'_>> = Vec::new();
    for index in indexes {
        let Some(shard) = index.shard().copied() else { continue };
        match builds.iter_mut().find(|build| build.first.is_of_same_build(index)) {
            Some(build) => build.add(index, shard)?,
            None => builds.push(Build::new(index, shard)?),
        }
    }
    builds.into_iter().try_for_each(Build::refuse_incomplete)
}

/// The shards of one index that were found so far.
struct Build<'a> {
    first: &'a Index,
    is_there: Vec<bool>,
    entries: u64,
}

impl<'a> Build<'a> {
    fn new(first: &'a Index, shard: Shard) -> Result<Self, IndexFault> {
        let is_there = vec![false; shard.count.get() as usize];
        let mut build = Self { first, is_there, entries: 0 };
        build.add(first, shard)?;
        Ok(build)
    }

    fn add(&mut self, index: &Index, shard: Shard) -> Result<(), IndexFault> {
        let is_there = &mut self.is_there[shard.number as usize];
        if std::mem::replace(is_there, true) {
            return Err(IndexFault::RepeatedShard { number: shard.number });
        }
        self.entries = self.entries.saturating_add(index.len());
        Ok(())
    }

    fn refuse_incomplete(self) -> Result<(), IndexFault> {
        let Some(shard) = self.first.shard() else { return Ok(()) };
        let missing = self.is_there.iter().position(|is_there| !is_there);
        if let Some(number) = missing.and_then(|number| u32::try_from(number).ok()) {
            let (count, build) = (shard.count.get(), shard.build);
            return Err(IndexFault::MissingShard { number, count, build });
        }
        let fits = self.entries == shard.entries;
        if fits { Ok(()) } else { Err(IndexFault::Damaged { part: "shards" }) }
    }
}

impl Index {
    /// The shard in this index; `None` for a whole index.
    #[must_use]
    pub const fn shard(&self) -> Option<&Shard> {
        self.metadata().shard.as_ref()
    }

    /// Whether both are shards of the same index. Comparing the ids of the builds is enough, since an
    /// id is a hash of the whole index.
    pub(crate) fn is_of_same_build(&self, other: &Self) -> bool {
        let build =
            |index: &Self| index.shard().map(|shard| (shard.build, shard.count, shard.entries));
        build(self).is_some() && build(self) == build(other) && self.key_id() == other.key_id()
    }
}
