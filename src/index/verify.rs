//! Verifies that the body of an index is as its builder wrote it.

use std::sync::atomic::Ordering;

use rayon::prelude::*;

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
            if self.table().is_sound() && self.class_sets_are_sound() && self.exposures_are_sound()
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

    /// Whether each exposure names at least one breach, and all numbers in it fit the metadata.
    fn exposures_are_sound(&self) -> bool {
        (0..self.layout.shape.exposures).into_par_iter().all(|exposure| {
            self.occurrences(exposure).is_some_and(|all| {
                let mut all = all.peekable();
                all.peek().is_some() && all.all(|one| one.is_some())
            })
        })
    }
}
