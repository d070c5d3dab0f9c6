//! Verifies that the body of an index is as its builder wrote it: all of it, or the touched parts.

use std::{fs::File, mem, path::Path};

use super::{
    class_set::ClassSet,
    format::Section,
    map::Storage,
    mapped_file::{Change, MappedFile},
    metadata::Metadata,
    open::Index,
    seal,
};
use crate::{
    error::{Error, IndexFault},
    key::Key,
    trace::{span, within},
};

impl Index {
    /// Checks every byte against the digests, and checks that the table is in order. This takes
    /// about as long as reading the file, on all threads. Lookups do not need it, because they
    /// verify the parts that they touch. It is useful after a file was copied.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if anything differs from what the builder wrote. The index then answers no
    /// more lookups.
    pub fn verify(&self) -> Result<(), Error> {
        within(span!("verify", entries = self.len()), || {
            self.require_sound()?;
            let verified = self.chunks.verify(&self.storage, &self.layout);
            verified.map_err(|fault| self.error(fault))?;
            if !self.is_in_order() {
                return Err(self.error(self.chunks.refuse_table()));
            }
            self.chunks.set_whole();
            self.require_sound()
        })
    }

    /// Returns an error if a lookup or a verification has found damage in the index. Takes almost
    /// no time, so a service can call it for each answer.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] with [`IndexFault::DamagedChunk`] or [`IndexFault::Damaged`].
    pub fn require_sound(&self) -> Result<(), Error> {
        self.chunks.require_sound().map_err(|fault| self.error(fault))
    }

    /// Does what [`verify_unchanged`](Self::verify_unchanged) does. Then it compares everything
    /// that lookups have touched with the digests once more, on all threads. Call it after the
    /// lookups, before you use their results. An index in memory never changes.
    ///
    /// # Errors
    ///
    /// Those of [`verify_unchanged`](Self::verify_unchanged), and [`Error::Index`] with
    /// [`IndexFault::DamagedChunk`] if a part differs now.
    pub fn verify_touched(&self) -> Result<(), Error> {
        self.verify_unchanged()?;
        if self.storage.file().is_none() {
            return Ok(());
        }
        within(span!("verify touched", entries = self.len()), || {
            let outcome = self.chunks.verify_touched(&self.storage, &self.layout);
            outcome.map_err(|fault| self.error(fault))
        })
    }

    /// The error of a fault in this index, with its file if it is mapped.
    fn error(&self, fault: IndexFault) -> Error {
        let error = Error::from(fault);
        match self.storage.file() {
            Some(file) => error.in_file(file.path()),
            None => error,
        }
    }

    /// Verifies that the file of a mapped index has not changed since it was mapped, as far as the
    /// system reports it. Call it from time to time during long work, and
    /// [`verify_touched`](Self::verify_touched) at the end. An index in memory never changes.
    ///
    /// It is an error if the length or the modification time differs, or if somebody wrote to the
    /// file and restored its time. If only the status of the file differs, for example after a
    /// `chmod` or a rename over its name, this compares everything that lookups have touched with
    /// the digests once more. Otherwise it takes microseconds.
    ///
    /// ```
    /// use leakdex::{Breach, Error, Index, IndexBuilder, IndexFault, Key, Record};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("bitmarck.leakdex");
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # builder.publish(&path)?;
    ///
    /// // SAFETY: nobody truncates the file, and `verify_unchanged` detects other changes.
    /// let index = unsafe { Index::map(&path, &key)? };
    /// let verdict = index.check(&Record::new().kvnr("B123456782"));
    /// index.verify_unchanged()?;
    /// println!("{}", verdict.slug());
    ///
    /// std::fs::OpenOptions::new().write(true).open(&path)?.set_len(1 << 20)?;
    /// let error = index.verify_unchanged().expect_err("it is longer");
    /// assert!(matches!(error, Error::Index { fault: IndexFault::ChangedInUse, .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if the file was changed, or a lookup has found damage; [`Error::Io`] if the
    /// system does not report the file's state.
    pub fn verify_unchanged(&self) -> Result<(), Error> {
        let Some(file) = self.storage.file() else { return self.require_sound() };
        within(span!("verify unchanged", path = file.path().display()), || {
            let changed = || Err(Error::from(IndexFault::ChangedInUse).in_file(file.path()));
            let change = file.change();
            let change = change.map_err(|error| {
                Error::io("see whether the index was changed", file.path(), error)
            })?;
            // A truncated file must not be read.
            if change == Change::Content {
                return changed();
            }
            // Another index has another head, even if the file times are too coarse to show a change.
            let head = seal::digest_of_head(&self.storage, &self.layout);
            if self.head_digest != Some(head) {
                return changed();
            }
            if let Change::Status(state) = change {
                // A caller may check single records in a forked child. The child lacks the threads of `rayon`'s
                // global pool, so a parallel comparison would never end there.
                if self.chunks.verify_touched_here(&self.storage, &self.layout).is_err() {
                    return changed();
                }
                file.accept(state);
            }
            self.require_sound()
        })
    }

    /// Whether the index in a file has the metadata and the order that its writer gave it. The caller
    /// has already compared its bytes with their digests.
    ///
    /// # Errors
    ///
    /// Those of [`map`](Self::map).
    #[expect(unsafe_code, reason = "maps the file")]
    pub(crate) fn is_as_written(
        file: File,
        path: &Path,
        key: &Key,
        metadata: &Metadata,
    ) -> Result<bool, Error> {
        let file = MappedFile::new(file, path);
        // SAFETY: the file has no name yet, or was just given one, and its writer has finished.
        let storage = file.and_then(|file| unsafe { Storage::map(file) });
        let storage = storage.map_err(|error| Error::io("read the index back", path, error))?;
        let index = Self::from_storage(storage, key).map_err(|error| error.in_file(path))?;
        index.chunks.set_whole();
        let sealed_profiles = index.sealed_profiles().to_vec();
        let found = Metadata { sealed_profiles, ..index.metadata.clone() };
        Ok(found == *metadata && index.is_in_order())
    }

    /// Whether table, origins and class sets have everything that a builder guarantees.
    fn is_in_order(&self) -> bool {
        self.table().is_sound(self.posting_cipher())
            && self.class_sets_are_sound()
            && self.origins_are_sound()
    }

    fn class_sets_are_sound(&self) -> bool {
        let count = self.layout.range(Section::ClassSets).len() / ClassSet::LENGTH;
        (0..count).all(|number| self.class_set(number).is_some())
    }

    /// Whether all numbers in the origins fit the metadata, and the origins are in order.
    fn origins_are_sound(&self) -> bool {
        let count = usize::try_from(self.layout.shape.origins).unwrap_or(usize::MAX);
        let mut before = None;
        (0..count).all(|number| {
            let origin = self.origin(number);
            self.resolve_origin(number).is_some() && mem::replace(&mut before, origin) < origin
        })
    }
}
