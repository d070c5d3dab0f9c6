//! The digest of member lists, by which a later pass sees that it reads the same ones.

use hmac::{Hmac, KeyInit, Mac};
use leakdex::{Batch, CanonicalIdentifier, KindSet};
use sha2::Sha256;

use super::{State, text::Seed};
use crate::error::Error;

/// Computes the digest of identifiers.
pub(crate) struct ListMac {
    mac: Hmac<Sha256>,
    kinds: KindSet,
}

impl ListMac {
    pub fn new(seed: &Seed, kinds: KindSet) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(seed.as_bytes()).expect("any length");
        Self { mac: mac.chain_update(b"leakdex/private/1 list "), kinds }
    }

    /// Takes the identifiers of the next rows, and gives those of the right kinds.
    pub fn feed<'b>(&mut self, batch: &'b Batch) -> impl Iterator<Item = CanonicalIdentifier<'b>> {
        let kinds = self.kinds;
        let own = batch.canonical_identifiers().filter(move |one| kinds.contains(one.kind));
        own.inspect(|one| {
            let length = u32::try_from(one.canonical.len()).expect("identifiers are short");
            self.mac.update(one.kind.slug().as_bytes());
            self.mac.update(&[0]);
            self.mac.update(&length.to_le_bytes());
            self.mac.update(one.canonical);
        })
    }

    pub fn finish(self) -> [u8; 32] {
        self.mac.finalize().into_bytes().into()
    }
}

/// Sees whether member lists are those of a request. Whoever checks the lists against the
/// [found entries](crate::Found) hands each batch to this, too. Otherwise, a member who was added in between
/// would count as not affected, though nobody was asked.
#[must_use]
pub struct ListDigest<'s> {
    state: &'s State,
    mac: ListMac,
}

impl<'s> ListDigest<'s> {
    /// A digest that is compared with the one in the state.
    pub fn new(state: &'s State) -> Self {
        Self { state, mac: ListMac::new(&state.seed, state.kinds()) }
    }

    /// Takes the next rows of the lists. How they are divided into batches does not matter.
    pub fn feed(&mut self, batch: &Batch) {
        self.mac.feed(batch).for_each(drop);
    }

    /// Whether the lists are those of the request.
    ///
    /// # Errors
    ///
    /// [`Error::ListChanged`] if they are not.
    pub fn finish(self) -> Result<(), Error> {
        self.state.require_list(&self.mac.finish())
    }
}
