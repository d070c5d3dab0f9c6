//! The digest of member lists, which shows a later pass whether it reads the same lists.

use hmac::{Hmac, KeyInit, Mac};
use leakdex::{Batch, CanonicalIdentifier, KindSet};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

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

    /// Takes the identifiers of the next rows, and returns those of the right kinds.
    pub fn feed<'b>(&mut self, batch: &'b Batch) -> impl Iterator<Item = CanonicalIdentifier<'b>> {
        let kinds = self.kinds;
        let canonical_identifiers =
            batch.canonical_identifiers().filter(move |identifier| kinds.contains(identifier.kind));
        canonical_identifiers
            .inspect(|identifier| feed_identifier(*identifier, |bytes| self.mac.update(bytes)))
    }

    pub fn finish(self) -> [u8; 32] {
        self.mac.finalize().into_bytes().into()
    }
}

/// Compares member lists with those of a request. Also pass it each batch of the check against the [found
/// entries](crate::TableHits). Otherwise, a member added in between would count as not affected without a lookup.
#[must_use]
pub struct ListDigest {
    expected: [u8; 32],
    mac: ListMac,
}

/// The identifiers of some rows, in the form that the digest of their lists takes. Any thread can collect them.
/// They are overwritten on drop.
#[derive(Default)]
pub struct ListContent(Zeroizing<Vec<u8>>);

impl ListDigest {
    /// A digest to compare with the one in the state.
    pub fn new(state: &State) -> Self {
        Self { expected: state.list_digest, mac: ListMac::new(&state.seed, state.kinds()) }
    }

    /// Takes the next rows of the lists. Any division into batches gives the same result.
    pub fn feed(&mut self, batch: &Batch) {
        self.mac.feed(batch).for_each(drop);
    }

    /// Takes the next rows in their collected form.
    pub fn add(&mut self, content: &ListContent) {
        self.mac.mac.update(&content.0);
    }

    /// Checks that the lists are those of the request.
    ///
    /// # Errors
    ///
    /// [`Error::ListChanged`] if they are not.
    pub fn finish(self) -> Result<(), Error> {
        require_same(&self.mac.finish(), &self.expected)
    }
}

impl ListContent {
    /// Adds the identifiers of the next rows. The batch must come from [`Table::batch`](crate::Table::batch).
    pub fn push(&mut self, batch: &Batch, kinds: KindSet) {
        let canonical_identifiers =
            batch.canonical_identifiers().filter(|identifier| kinds.contains(identifier.kind));
        canonical_identifiers.for_each(|identifier| {
            feed_identifier(identifier, |bytes| self.0.extend_from_slice(bytes));
        });
    }
}

/// Passes the bytes of an identifier to `take`, in the form that the digest takes.
fn feed_identifier(identifier: CanonicalIdentifier<'_>, mut take: impl FnMut(&[u8])) {
    let length = u32::try_from(identifier.canonical.len()).expect("identifiers are short");
    take(identifier.kind.slug().as_bytes());
    take(&[0]);
    take(&length.to_le_bytes());
    take(identifier.canonical);
}

/// Checks that two digests of lists are the same.
pub(super) fn require_same(digest: &[u8; 32], expected: &[u8; 32]) -> Result<(), Error> {
    if bool::from(digest.ct_eq(expected)) { Ok(()) } else { Err(Error::ListChanged) }
}
