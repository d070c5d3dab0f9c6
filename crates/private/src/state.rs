//! The state of a request: an insurer's secret. All blinds are derived from it.

mod list;
mod text;

use std::{fmt, ops::RangeInclusive};

use curve25519_dalek::Scalar;
use hmac::{Hmac, KeyInit, Mac};
use leakdex::{Kind, KindSet};
use sha2::Sha512;
use zeroize::Zeroizing;

use self::list::require_same;
pub use self::list::{ListContent, ListDigest};
pub(crate) use self::{list::ListMac, text::Seed};
use crate::{
    epoch::{BATCH, EpochId},
    error::Error,
    names::{FileId, Fingerprint},
    request::Batches,
};

/// The state of a request, which the insurer keeps and never sends.
///
/// With the state and the request, anybody can test whether the insurer asked for a person. Delete the state once
/// the verdicts are there and no audit needs it. The seed is overwritten on drop, and `Debug` shows no part of it.
pub struct State {
    pub(crate) seed: Seed,
    pub(crate) epoch: EpochId,
    pub(crate) provider: Fingerprint,
    /// The current year with which the member lists were normalised.
    pub(crate) year: u16,
    /// The digest of the member lists.
    pub(crate) list_digest: [u8; 32],
    /// In the order of the slugs.
    pub(crate) kinds: Vec<RequestedKind>,
    /// The id of the request, once it is written.
    pub(crate) request: Option<FileId>,
}

/// The number of identifiers of one kind in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestedKind {
    pub kind: Kind,
    pub identifiers: u64,
}

/// The possible values of the current year.
pub(crate) const YEARS: RangeInclusive<u16> = 1900..=9999;

/// The number of identifiers in a full batch. The canary takes the remaining place.
pub(crate) const ROOM: u64 = BATCH as u64 - 1;

impl RequestedKind {
    /// The number of batches for these identifiers: at least one, so that a request always has each kind.
    pub fn batches(self) -> u64 {
        self.identifiers.div_ceil(ROOM).max(1)
    }
}

impl State {
    pub(crate) fn new(
        seed: Seed,
        (epoch, provider, year): (EpochId, Fingerprint, u16),
        list_digest: [u8; 32],
        kinds: Vec<RequestedKind>,
    ) -> Self {
        Self { seed, epoch, provider, year, list_digest, kinds, request: None }
    }

    /// The epoch that the request is for.
    #[must_use]
    pub const fn epoch(&self) -> EpochId {
        self.epoch
    }

    /// The provider that signed the table.
    #[must_use]
    pub const fn provider(&self) -> Fingerprint {
        self.provider
    }

    /// The current year with which the member lists were normalised. A later pass uses this year, too: after New
    /// Year, dates of birth that were invalid can become valid, and the lists would have other identifiers.
    #[must_use]
    pub const fn year(&self) -> u16 {
        self.year
    }

    /// The id of the request. `None` until it is written.
    #[must_use]
    pub const fn request(&self) -> Option<FileId> {
        self.request
    }

    /// Records the id of the request, after it is written.
    pub const fn set_request(&mut self, request: FileId) {
        self.request = Some(request);
    }

    /// The kinds of identifier that the request asks for.
    #[must_use]
    pub fn kinds(&self) -> KindSet {
        self.kinds.iter().map(|requested| requested.kind).collect()
    }

    /// The number of batches of each kind in the request, in the order of the slugs.
    #[must_use]
    pub fn batches(&self) -> Vec<Batches> {
        let batches = |kind: &RequestedKind| Batches { kind: kind.kind, batches: kind.batches() };
        self.kinds.iter().map(batches).collect()
    }

    /// The number of elements in the request.
    pub(crate) fn elements(&self) -> u64 {
        self.kinds.iter().map(|kind| kind.batches() * BATCH as u64).sum()
    }

    /// The blinds of a kind.
    pub(crate) fn blinds(&self, kind: Kind) -> Blinds {
        let mac = Hmac::<Sha512>::new_from_slice(self.seed.as_bytes()).expect("any length");
        let mac = mac.chain_update(b"leakdex/private/1 blind ").chain_update(self.list_digest);
        Blinds(mac.chain_update(kind.slug()).chain_update([0]))
    }

    /// Checks that this is the digest of the lists.
    pub(crate) fn require_list(&self, digest: &[u8; 32]) -> Result<(), Error> {
        require_same(digest, &self.list_digest)
    }
}

/// The blinds of one kind.
pub(crate) struct Blinds(Hmac<Sha512>);

impl Blinds {
    /// The blind of the element with this number within its kind.
    pub fn blind(&self, number: u64) -> Scalar {
        let mac = self.0.clone().chain_update(number.to_le_bytes());
        let wide = Zeroizing::new(<[u8; 64]>::from(mac.finalize().into_bytes()));
        Scalar::from_bytes_mod_order_wide(&wide)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("State")
            .field("epoch", &self.epoch)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}
