//! Requests: the blinded identifiers of an insurer's members.

use std::io::{Read, Seek};

use leakdex::Kind;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    envelope::{Body, SignedFile},
    epoch::{BATCH, EpochId},
    error::Error,
    names::{FileId, FileType, Fingerprint},
    voprf::ENCODED,
};

/// The number of batches of a kind in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batches {
    /// The kind.
    #[serde(serialize_with = "to_slug", deserialize_with = "of_slug")]
    pub kind: Kind,
    /// The number of batches.
    pub batches: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
pub(crate) fn to_slug<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.slug())
}

pub(crate) fn of_slug<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

/// The metadata of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestMetadata {
    pub epoch: EpochId,
    /// In the order of the slugs, each kind once and with at least one batch.
    pub kinds: Vec<Batches>,
}

/// The length of a batch of blinded elements in bytes.
pub(crate) const BATCH_LENGTH: usize = BATCH * ENCODED;

/// A request with a valid signature, and with exactly the batches that its metadata names.
pub struct Request<R> {
    file: SignedFile<R>,
    metadata: RequestMetadata,
}

impl<R: Read + Seek> Request<R> {
    /// Reads the whole file and verifies it.
    ///
    /// # Errors
    ///
    /// If it is not a request, was changed, or breaks the format.
    pub fn open(source: R) -> Result<Self, Error> {
        let file = SignedFile::open(FileType::Request, source)?;
        let metadata: RequestMetadata = file.metadata()?;
        let length = length_of(&metadata.kinds, BATCH_LENGTH as u64);
        if length != Some(file.body_length()) {
            return Err(Error::Malformed { file: FileType::Request, part: "number of batches" });
        }
        Ok(Self { file, metadata })
    }

    /// The id and the insurer of a signed request, even of a malformed one. The ledger records them when the
    /// provider refuses the request.
    ///
    /// # Errors
    ///
    /// If it is not a request, or was changed.
    pub fn identify(source: R) -> Result<(FileId, Fingerprint), Error> {
        let file = SignedFile::open(FileType::Request, source)?;
        Ok((file.id(), file.signer()))
    }

    /// The id of the request.
    #[must_use]
    pub const fn id(&self) -> FileId {
        self.file.id()
    }

    /// The insurer who signed it.
    #[must_use]
    pub const fn insurer(&self) -> Fingerprint {
        self.file.signer()
    }

    /// The epoch of the request.
    #[must_use]
    pub const fn epoch(&self) -> EpochId {
        self.metadata.epoch
    }

    /// The number of batches of each kind, in the order of the slugs.
    #[must_use]
    pub fn batches(&self) -> &[Batches] {
        &self.metadata.kinds
    }

    pub(crate) fn body(&mut self) -> Result<Body<'_, R>, Error> {
        self.file.body()
    }
}

/// The length of a body with these batches, each of this length. `None` if a kind occurs twice, is out of order or
/// has no batch, or if the sum overflows.
pub(crate) fn length_of(kinds: &[Batches], length: u64) -> Option<u64> {
    let are_in_order = kinds.windows(2).all(|pair| pair[0].kind.slug() < pair[1].kind.slug());
    if !are_in_order || kinds.is_empty() || kinds.iter().any(|kind| kind.batches == 0) {
        return None;
    }
    let all = kinds.iter().try_fold(0_u64, |sum, kind| sum.checked_add(kind.batches))?;
    all.checked_mul(length)
}
