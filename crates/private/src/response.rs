//! Responses: the provider's evaluation of a request.

use std::io::{Read, Seek};

use serde::{Deserialize, Serialize};

use crate::{
    envelope::{Body, SignedFile},
    epoch::EpochId,
    error::Error,
    names::{FileId, FileType, Fingerprint, hex_bytes},
    request::{BATCH_LENGTH, Batches, length_of},
    voprf::Proof,
};

/// The metadata of a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResponseMetadata {
    pub epoch: EpochId,
    pub request: FileId,
    pub charge: Charge,
    /// As in the request.
    pub kinds: Vec<Batches>,
}

/// The line of the provider's ledger that charged a request. Insurers keep it. If the provider ever restores an
/// older ledger, there can be two charges with the same number and different digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// The number of the line, from 1.
    pub seq: u64,
    /// The digest of the line, which covers all lines before it.
    pub digest: LineDigest,
}

/// The digest of a line of the ledger and all earlier lines.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LineDigest(pub(crate) [u8; 32]);

/// The length of an evaluated batch and its proof in bytes.
pub(crate) const EVALUATED_LENGTH: usize = BATCH_LENGTH + Proof::LENGTH;

/// A response with a valid signature, and with exactly the batches that its metadata names. Its proofs are not
/// verified yet.
pub struct Response<R> {
    file: SignedFile<R>,
    metadata: ResponseMetadata,
}

impl<R: Read + Seek> Response<R> {
    /// Reads the whole file and verifies its signature.
    ///
    /// # Errors
    ///
    /// If it is not a response, was changed, or breaks the format.
    pub fn open(source: R) -> Result<Self, Error> {
        let file = SignedFile::open(FileType::Response, source)?;
        let metadata: ResponseMetadata = file.metadata()?;
        let length = length_of(&metadata.kinds, EVALUATED_LENGTH as u64);
        if length != Some(file.body_length()) {
            return Err(Error::Malformed { file: FileType::Response, part: "number of batches" });
        }
        Ok(Self { file, metadata })
    }

    /// The id of the response.
    #[must_use]
    pub const fn id(&self) -> FileId {
        self.file.id()
    }

    /// The provider who signed it.
    #[must_use]
    pub const fn provider(&self) -> Fingerprint {
        self.file.signer()
    }

    /// The epoch of the response.
    #[must_use]
    pub const fn epoch(&self) -> EpochId {
        self.metadata.epoch
    }

    /// The request that it answers.
    #[must_use]
    pub const fn request(&self) -> FileId {
        self.metadata.request
    }

    /// The line of the ledger that charged the request.
    #[must_use]
    pub const fn charge(&self) -> Charge {
        self.metadata.charge
    }

    /// The number of batches of each kind, in the order of the slugs.
    #[must_use]
    pub fn batches(&self) -> &[Batches] {
        &self.metadata.kinds
    }

    /// For each batch, [`EVALUATED_LENGTH`] bytes: the evaluated elements, and the proof.
    pub(crate) fn body(&mut self) -> Result<Body<'_, R>, Error> {
        self.file.body()
    }
}

hex_bytes!(LineDigest, 32);
