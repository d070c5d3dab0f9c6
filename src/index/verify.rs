//! Verifies that the body of an index is as its builder wrote it.

use std::{mem, sync::atomic::Ordering};

use super::{class_set::ClassSet, format::Section, mapped_file::Change, open::Index, seal};
use crate::{
    error::{Error, IndexFault},
    trace::{span, within},
};

impl Index {
    /// Checks every byte against the digests, and checks that the table is in order. This takes
    /// about as long as reading the file, on all threads.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if anything differs from what the builder wrote.
    pub fn verify(&self) -> Result<(), Error> {
        within(span!("verify", entries = self.len()), || {
            self.verified.store(false, Ordering::Relaxed);
            seal::check_body(&self.storage, &self.layout)?;
            let cipher = self.posting_cipher();
            if self.table().is_sound(cipher)
                && self.class_sets_are_sound()
                && self.origins_are_sound()
            {
                self.verified.store(true, Ordering::Relaxed);
                Ok(())
            } else {
                Err(IndexFault::Damaged { part: "table" }.into())
            }
        })
    }

    /// Whether the file of a mapped index is as it was when it was mapped, as far as the system can tell.
    /// Call it after the look-ups and before their results are used. An index in memory is never changed.
    ///
    /// A length or a time of writing that differs is an error, and so is a file that was written to and
    /// got its old time back. If the status of the file differs, as after a `chmod` or after a renaming
    /// over its name, this reads the whole file and checks every byte against the digests that were known
    /// at mapping. Otherwise it takes microseconds.
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
    /// // SAFETY: nobody cuts the file short, and this asks whether somebody wrote to it.
    /// let index = unsafe { Index::map(&path, &key)? };
    /// index.verify()?;
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
    /// [`Error::Index`] if the file was changed, [`Error::Io`] if the system does not tell.
    pub fn verify_unchanged(&self) -> Result<(), Error> {
        let Some(file) = self.storage.file() else { return Ok(()) };
        within(span!("verify unchanged", path = file.path().display()), || {
            let changed = || Err(Error::from(IndexFault::ChangedInUse).in_file(file.path()));
            let change = file.change();
            let change = change.map_err(|error| {
                Error::io("see whether the index was changed", file.path(), error)
            })?;
            // A file that was cut short cannot be read.
            if change == Change::Content {
                return changed();
            }
            // Another index has another head, also where the times of files are coarse.
            let head = seal::digest_of_head(&self.storage, &self.layout);
            if self.head_digest != Some(head) {
                return changed();
            }
            if let Change::Status(state) = change {
                if seal::check_body(&self.storage, &self.layout).is_err() {
                    return changed();
                }
                file.accept(state);
            }
            Ok(())
        })
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
            self.place_of(number).is_some() && mem::replace(&mut before, origin) < origin
        })
    }
}
