//! Verifies one batch of a response.

use curve25519_dalek::RistrettoPoint;
use leakdex::Kind;
use rayon::prelude::*;

use crate::{
    ask::PART,
    error::Error,
    names::FileType,
    voprf::{Encoded, Proof, decode},
};

/// A batch as in the files.
pub(super) struct EvaluatedBatch {
    pub blinded: Vec<Encoded>,
    pub evaluated: Vec<Encoded>,
    pub proof: [u8; Proof::LENGTH],
}

/// The evaluated elements of a batch, if the owner of the public key evaluated all of them with it.
pub(super) fn verified(
    batch: &EvaluatedBatch,
    public: &Encoded,
    (kind, number): (Kind, u64),
) -> Result<Vec<RistrettoPoint>, Error> {
    let bad = |file| move || Error::BadElement { file, kind, batch: number };
    let blinded = decoded(&batch.blinded).ok_or_else(bad(FileType::Request))?;
    let evaluated = decoded(&batch.evaluated).ok_or_else(bad(FileType::Response))?;
    let verifies = Proof::decode(&batch.proof).is_some_and(|proof| {
        proof.verifies(public, (&batch.blinded, &blinded), (&batch.evaluated, &evaluated))
    });
    if verifies { Ok(evaluated) } else { Err(Error::ProofFailed { kind, batch: number }) }
}

/// The elements with these encodings. `None` if one is not canonical, or the identity.
fn decoded(encodings: &[Encoded]) -> Option<Vec<RistrettoPoint>> {
    encodings.par_iter().with_min_len(PART).map(decode).collect()
}
