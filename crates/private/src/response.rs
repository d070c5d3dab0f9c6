//! Responses: the provider's evaluation of a request.

use std::io::{Read, Seek};

use serde::{Deserialize, Serialize};

use crate::{
    envelope::{Body, FileId, FileType, SignedFile},
    epoch::EpochId,
    error::Error,
    request::{BATCH_LENGTH, Batches, length_of},
    signer::Fingerprint,
    voprf::Proof,
};

/// The metadata of a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResponseMetadata {
    pub epoch: EpochId,
    pub request: FileId,
    pub charge: Charge,
    pub kinds: Vec<Batches>,
}

/// The line of the ledger by which the request was charged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// The number of the line.
    pub seq: u64,
    /// The SHA-256 of the line, in hexadecimal.
    pub digest: String,
}

/// The length of an evaluated batch with its proof in bytes.
pub(crate) const EVALUATED_LENGTH: usize = BATCH_LENGTH + Proof::LENGTH;

/// A response whose signature holds and whose body has the batches that its metadata names.
pub struct Response<R> {
    file: SignedFile<R>,
    metadata: ResponseMetadata,
}

impl<R: Read + Seek> Response<R> {
    /// Reads the whole file and verifies it.
    ///
    /// # Errors
    ///
    /// If it is no response, was changed, or breaks the format.
    pub fn open(source: R) -> Result<Self, Error> {
        let file = SignedFile::open(FileType::Response, source)?;
        let metadata: ResponseMetadata = file.metadata()?;
        let length = length_of(&metadata.kinds, EVALUATED_LENGTH as u64);
        if length != Some(file.body_length()) {
            return Err(Error::Malformed { file: FileType::Response, part: "number of batches" });
        }
        Ok(Self { file, metadata })
    }

    /// Its name.
    #[must_use]
    pub const fn id(&self) -> FileId {
        self.file.id()
    }

    /// The provider who signed it.
    #[must_use]
    pub const fn provider(&self) -> Fingerprint {
        self.file.signer()
    }

    /// The request that it answers.
    #[must_use]
    pub const fn request(&self) -> FileId {
        self.metadata.request
    }

    /// The epoch with whose keys the request was evaluated.
    #[must_use]
    pub const fn epoch(&self) -> EpochId {
        self.metadata.epoch
    }

    /// How many batches of each kind it has, in the order of the slugs.
    #[must_use]
    pub fn batches(&self) -> &[Batches] {
        &self.metadata.kinds
    }

    pub(crate) fn body(&mut self) -> Result<Body<'_, R>, Error> {
        self.file.body()
    }
}
