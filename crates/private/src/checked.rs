//! The checks on a request before the provider charges it.

use std::io::{Read, Seek};

use crate::{
    epoch::{Epoch, EpochId},
    error::Error,
    names::{FileId, FileType, Fingerprint},
    request::{Batches, Request},
};

/// A request that fits the epoch of the provider.
pub struct CheckedRequest<'a, R> {
    pub(crate) epoch: &'a Epoch,
    pub(crate) request: &'a mut Request<R>,
}

impl<'a, R: Read + Seek> CheckedRequest<'a, R> {
    /// Checks that the request is for this epoch and asks for each of its kinds.
    ///
    /// # Errors
    ///
    /// [`Error::OtherEpoch`] if it is for another epoch, and [`Error::Malformed`] if its kinds are not those of
    /// the epoch.
    pub fn new(epoch: &'a Epoch, request: &'a mut Request<R>) -> Result<Self, Error> {
        let file = FileType::Request;
        if request.epoch() != epoch.id() {
            return Err(Error::OtherEpoch(file));
        }
        let kinds = epoch.pairs().iter().map(|(kind, _)| *kind);
        if !kinds.eq(request.batches().iter().map(|batch| batch.kind)) {
            return Err(Error::Malformed { file, part: "list of kinds" });
        }
        Ok(Self { epoch, request })
    }

    /// The id of the request.
    #[must_use]
    pub const fn request(&self) -> FileId {
        self.request.id()
    }

    /// The insurer who signed the request.
    #[must_use]
    pub const fn insurer(&self) -> Fingerprint {
        self.request.insurer()
    }

    /// The epoch.
    #[must_use]
    pub const fn epoch(&self) -> EpochId {
        self.request.epoch()
    }

    /// The number of batches of each kind, in the order of the slugs.
    #[must_use]
    pub fn batches(&self) -> &[Batches] {
        self.request.batches()
    }
}
