//! An index that is replaced while it is in use.

use std::{
    mem,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use crate::{
    error::Error,
    identifier::Normaliser,
    index::{Index, Requirements},
    key::Key,
    trace::{event, span, within},
};

/// An index file that is replaced from time to time, for a service that never stops.
///
/// [`current`](Self::current) hands out the index as it was last loaded: whoever holds it goes on
/// with it, whole, whatever happens to the file. [`refresh`](Self::refresh) loads the file anew if it
/// is another one by now. Call it from time to time, from one thread; look-ups go on meanwhile.
///
/// A file that cannot be loaded, or one of an earlier generation than the current index's, is an
/// error, and the current index stays.
///
/// Needs the memory of both indexes while one replaces the other.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, LiveIndex, Record, Requirements};
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
/// let live = LiveIndex::open(&path, key.clone(), Requirements::new())?;
/// let member = Record::new().kvnr("B123456782");
/// assert_eq!(live.current().check(&member).slug(), "not_affected");
///
/// publish(2, "B123456782")?;
/// assert!(live.refresh()?);
/// assert_eq!(live.current().check(&member).slug(), "affected");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LiveIndex {
    path: PathBuf,
    key: Key,
    requirements: Requirements,
    normaliser: Normaliser,
    current: RwLock<Arc<Index>>,
    /// Held while an index is loaded, so that an older one never replaces a newer one.
    loading: Mutex<()>,
}

impl LiveIndex {
    /// Loads an index as [`Index::open`] does.
    ///
    /// # Errors
    ///
    /// As there, and [`Error::Index`] if it does not meet the requirements. Each later load has to
    /// meet them, too.
    pub fn open(
        path: impl AsRef<Path>,
        key: Key,
        requirements: Requirements,
    ) -> Result<Self, Error> {
        Self::open_with(path, key, requirements, Normaliser::new())
    }

    /// The same; members are normalised by these rules, with the current index and all later ones.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, LiveIndex, Normaliser, Record, Requirements};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("bitmarck.leakdex");
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # builder.publish(&path)?;
    ///
    /// let rules = Normaliser::new().current_year(2026);
    /// let live = LiveIndex::open_with(&path, key, Requirements::new(), rules)?;
    /// # assert!(!live.refresh()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(
        path: impl AsRef<Path>,
        key: Key,
        requirements: Requirements,
        normaliser: Normaliser,
    ) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        let index = load(&path, &key, requirements)?.with_normaliser(normaliser);
        let current = RwLock::new(Arc::new(index));
        Ok(Self { path, key, requirements, normaliser, current, loading: Mutex::new(()) })
    }

    /// The index as it was last loaded. Costs a lock that is free but for the moment in which another
    /// index takes its place; take it once for each request or batch, so that all of it is answered
    /// by one index.
    #[must_use]
    pub fn current(&self) -> Arc<Index> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Loads the file if it is not the current index's any more, and says whether it was. Costs a few
    /// small reads where it still is.
    ///
    /// # Errors
    ///
    /// As [`reload`](Self::reload).
    pub fn refresh(&self) -> Result<bool, Error> {
        let _loading = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = within(span!("refresh", path = self.path.display()), || {
            if self.current().is_in_file(&self.path)? {
                return Ok(false);
            }
            self.load().map(|()| true)
        });
        outcome.inspect_err(warn)
    }

    /// Loads the file, whether it has changed or not.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, LiveIndex, Record, Requirements};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("bitmarck.leakdex");
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # builder.publish(&path)?;
    ///
    /// let live = LiveIndex::open(&path, key, Requirements::new())?;
    /// std::fs::write(&path, "damaged")?;
    /// if let Err(error) = live.reload() {
    ///     eprintln!("the earlier index stays in use: {error}");
    /// }
    /// let member = Record::new().kvnr("A123456780");
    /// assert_eq!(live.current().check(&member).slug(), "affected");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`Error::Index`] if its generation is lower than that of the
    /// current index. The current index stays.
    pub fn reload(&self) -> Result<(), Error> {
        let _loading = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = within(span!("reload", path = self.path.display()), || self.load());
        outcome.inspect_err(warn)
    }

    fn load(&self) -> Result<(), Error> {
        let requirements = self.requirements.at_least(self.current().generation());
        let index = load(&self.path, &self.key, requirements)?.with_normaliser(self.normaliser);
        let (id, generation) = (index.id(), index.generation());
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let former = mem::replace(&mut *current, Arc::new(index));
        // Freeing a large index takes a while.
        drop(current);
        drop(former);
        event!(INFO, "another index is in use", id = id, generation = generation);
        Ok(())
    }
}

/// A service that is not told goes on with an index that may be out of date.
fn warn(error: &Error) {
    event!(WARN, "the current index stays in use", error = error);
}

fn load(path: &Path, key: &Key, requirements: Requirements) -> Result<Index, Error> {
    let index = Index::open(path, key)?;
    index.require(&requirements).map_err(|error| error.in_file(path))
}
