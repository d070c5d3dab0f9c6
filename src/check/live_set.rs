//! Indexes that are replaced while they are in use.

use std::{
    mem,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
};

// The loom model (`src/check/model.rs`) provides another `sync`.
use super::{
    index_set::IndexSet,
    sync::{Mutex, MutexGuard, RwLock},
};
use crate::{
    error::Error,
    identifier::Normaliser,
    index::{Index, Requirements},
    key::Key,
    trace::{event, span, within},
};

/// A set of index files that are replaced from time to time, for a service that never stops.
///
/// [`current`](Self::current) returns the set that was loaded last. The caller can continue to use
/// it, whatever happens to the files. [`refresh`](Self::refresh) loads the files that were replaced
/// since then. Call it regularly, from one thread; checks continue meanwhile.
///
/// If a file cannot be loaded, or has an earlier generation than the one in use, `refresh` returns
/// an error, and the whole current set stays in use.
///
/// While one index replaces another, memory holds both.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, IndexSource, Key, LiveSet, Record};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("bitmarck.leakdex");
///
/// let key = Key::generate()?;
/// let publish = |generation, kvnr| {
///     let breach = Breach::named("bitmarck-2023-01").expect("a well-formed name");
///     let mut builder = IndexBuilder::new(&key, breach).generation(generation);
///     builder.add(&Record::new().kvnr(kvnr))?;
///     builder.publish(&path)
/// };
///
/// publish(1, "A123456780")?;
/// let live = LiveSet::open([IndexSource::new(&path, key.clone())])?;
/// let member = Record::new().kvnr("B123456782");
/// assert_eq!(live.current().check(&member).slug(), "not_affected");
///
/// publish(2, "B123456782")?;
/// assert!(live.refresh()?);
/// assert_eq!(live.current().check(&member).slug(), "affected");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LiveSet {
    sources: Vec<IndexSource>,
    current: RwLock<Arc<IndexSet>>,
    /// The indexes of each source. The lock is held while files are loaded, so that an older index
    /// never replaces a newer one.
    loaded: Mutex<Vec<Vec<Arc<Index>>>>,
}

/// Where an index of a [`LiveSet`] comes from: a file, or a folder with the shards of one index.
#[derive(Clone, Debug)]
pub struct IndexSource {
    path: PathBuf,
    key: Key,
    requirements: Requirements,
}

impl IndexSource {
    /// A file or a folder of shards, and the key it was built with.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, key: Key) -> Self {
        Self { path: path.into(), key, requirements: Requirements::new() }
    }

    /// Refuses indexes that do not meet these requirements, when the set is opened and at each
    /// refresh.
    #[must_use]
    pub const fn require(mut self, requirements: Requirements) -> Self {
        self.requirements = requirements;
        self
    }

    fn is_loaded(&self, loaded: &[Arc<Index>]) -> Result<bool, Error> {
        let files = self.files()?;
        if files.len() != loaded.len() {
            return Ok(false);
        }
        for (file, index) in files.iter().zip(loaded) {
            if !index.is_in_file(file)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn files(&self) -> Result<Vec<PathBuf>, Error> {
        if self.path.is_dir() {
            IndexSet::shard_files(&self.path)
        } else {
            Ok(vec![self.path.clone()])
        }
    }

    /// Loads the source. Refuses an index of an earlier generation than this.
    fn load(&self, generation: u64) -> Result<Vec<Arc<Index>>, Error> {
        let path: &Path = &self.path;
        let indexes = if path.is_dir() {
            IndexSet::open_shards(path, &self.key)?.into_indexes()
        } else {
            vec![Arc::new(Index::open(path, &self.key)?)]
        };
        let requirements = self.requirements.at_least(generation);
        for index in &indexes {
            requirements.check(index).map_err(|error| error.in_file(path))?;
        }
        Ok(indexes)
    }
}

impl LiveSet {
    /// Loads the indexes, as [`Index::open`] and [`IndexSet::open_shards`] do.
    ///
    /// # Errors
    ///
    /// The errors of these two functions and of [`IndexSet::new`], and [`Error::Index`] if an index
    /// does not meet the requirements of its source.
    pub fn open(sources: impl IntoIterator<Item = IndexSource>) -> Result<Self, Error> {
        let sources: Vec<IndexSource> = sources.into_iter().collect();
        let loaded: Vec<_> =
            sources.iter().map(|source| source.load(0)).collect::<Result<_, _>>()?;
        let current = RwLock::new(Arc::new(IndexSet::new(loaded.iter().flatten().cloned())?));
        Ok(Self { sources, current, loaded: Mutex::new(loaded) })
    }

    /// Normalises members by these rules, now and after each refresh.
    #[must_use]
    pub fn with_normaliser(self, normaliser: Normaliser) -> Self {
        let set = self.current().with_rules(normaliser);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(set);
        self
    }

    /// The set that was loaded last. This takes a lock, which is free except at the moment when a
    /// new set replaces the current one. Call this once for each request or batch, so that one set
    /// answers the whole request.
    #[must_use]
    pub fn current(&self) -> Arc<IndexSet> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Loads the files that were replaced since the last load, and returns whether there were any.
    /// An unchanged file costs a few small reads.
    ///
    /// Blocks while it reads and verifies a new file, and while another thread refreshes. In an
    /// asynchronous service, call it where blocking is allowed. Checks with the current set do not
    /// wait for it.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`Error::Index`] if a file has a lower generation than the
    /// index in use. The current set stays in use.
    pub fn refresh(&self) -> Result<bool, Error> {
        self.load(IndexSource::is_loaded)
    }

    /// Loads all files, changed or not. Blocks as [`refresh`](Self::refresh) does.
    ///
    /// # Errors
    ///
    /// As [`refresh`](Self::refresh).
    pub fn reload(&self) -> Result<(), Error> {
        self.load(|_, _| Ok(false)).map(drop)
    }

    /// Loads the sources that are not up to date, and returns whether there were any.
    fn load(
        &self,
        is_up_to_date: impl Fn(&IndexSource, &[Arc<Index>]) -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        let mut loaded: MutexGuard<'_, Vec<Vec<Arc<Index>>>> =
            self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = within(span!("refresh", sources = self.sources.len()), || {
            let mut next = loaded.clone();
            let mut is_new = false;
            for (source, indexes) in self.sources.iter().zip(&mut next) {
                if !is_up_to_date(source, indexes)? {
                    let generation = indexes.first().map_or(0, |index| index.generation());
                    *indexes = source.load(generation)?;
                    is_new = true;
                }
            }
            if is_new {
                let set = IndexSet::new(next.iter().flatten().cloned())?;
                *loaded = next;
                self.replace(set);
            }
            Ok(is_new)
        });
        // The service continues with indexes that may be out of date, so this emits an event.
        outcome.inspect_err(|error| event!(WARN, "the current indexes stay in use", error = error))
    }

    fn replace(&self, set: IndexSet) {
        let set = Arc::new(set.with_normaliser(self.current().normaliser()));
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let former = mem::replace(&mut *current, Arc::clone(&set));
        // Freeing a large index takes a while, so the lock is released first.
        drop(current);
        drop(former);
        for index in set.indexes() {
            let (id, generation) = (index.id(), index.generation());
            event!(INFO, "an index is in use", id = id, generation = generation);
        }
    }
}
