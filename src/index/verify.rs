//! Verifies that the body of an index is as its builder wrote it.

use std::{mem, sync::atomic::Ordering};

use super::{class_set::ClassSet, format::Section, open::Index, seal};
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
