//! Answers a charged request: the provider evaluates its blinded elements, and proves the evaluation.

use std::io::{Read, Seek, Write};

use curve25519_dalek::RistrettoPoint;
use leakdex::Kind;
use rayon::prelude::*;

use crate::{
    checked::CheckedRequest,
    envelope::FileWriter,
    epoch::{BATCH, Epoch},
    error::Error,
    ledger::ChargedRequest,
    names::{FileId, FileType},
    request::length_of,
    response::{EVALUATED_LENGTH, ResponseMetadata},
    signer::Signer,
    voprf::{ENCODED, Encoded, KeyPair, decode},
};

/// The number of elements that a thread takes at a time.
const PART: usize = 256;

/// Evaluates a charged request on all threads of the current pool, and writes the response. Equal requests give
/// equal bytes, for any number of threads. `progress` receives the number of finished elements and the number of all
/// elements.
///
/// Publish the file only if this returns its name. Then record it with
/// [`Ledger::answered`](crate::Ledger::answered).
///
/// # Errors
///
/// [`Error::BadElement`] if an element is not canonical or is the identity; [`Error::ChangedWhileRead`] if the
/// request changed after it was opened; [`Error::OtherRequest`] if the charge is for another request;
/// [`Error::Io`] if reading or writing fails. In all of these cases, the request remains charged.
pub fn answer<R: Read + Seek>(
    checked: CheckedRequest<'_, R>,
    charged: &ChargedRequest,
    signer: &Signer,
    progress: impl Fn(u64, u64),
    sink: impl Write,
) -> Result<FileId, Error> {
    if charged.request() != checked.request() {
        return Err(Error::OtherRequest(FileType::Request));
    }
    let CheckedRequest { epoch, request } = checked;
    let kinds = request.batches().to_vec();
    let metadata = ResponseMetadata {
        epoch: request.epoch(),
        request: request.id(),
        charge: charged.charge(),
        kinds: kinds.clone(),
    };
    let too_long = || Error::Malformed { file: FileType::Request, part: "number of batches" };
    let length = length_of(&kinds, EVALUATED_LENGTH as u64).ok_or_else(too_long)?;
    let mut response = FileWriter::begin(FileType::Response, signer, &metadata, length, sink)?;

    let elements = length_of(&kinds, BATCH as u64).ok_or_else(too_long)?;
    let places = kinds.iter().zip(epoch.pairs()).flat_map(|(requested, (kind, pair))| {
        debug_assert_eq!(requested.kind, *kind, "they were checked");
        (0..requested.batches).map(move |number| (*kind, pair, number))
    });
    let mut places = places.peekable();
    // A group has several batches per thread, so that no thread waits long for the end of a group. A batch takes 2 MB.
    let group_length = 4 * rayon::current_num_threads();
    let mut body = request.body()?;
    let mut done = 0;
    while places.peek().is_some() {
        let mut group = Vec::with_capacity(group_length);
        for (kind, pair, number) in places.by_ref().take(group_length) {
            let mut blinded = vec![[0; ENCODED]; BATCH];
            body.read(blinded.as_flattened_mut())?;
            group.push(Blinded { kind, pair, number, elements: blinded });
        }
        let evaluated: Vec<_> = group.par_iter().map(|batch| batch.evaluate(epoch)).collect();
        for batch in evaluated {
            response.write(&batch?)?;
            done += BATCH as u64;
        }
        progress(done, elements);
    }
    body.finish()?;
    response.finish()
}

/// A batch of a request.
struct Blinded<'a> {
    kind: Kind,
    pair: &'a KeyPair,
    /// The number of the batch within the kind.
    number: u64,
    elements: Vec<Encoded>,
}

impl Blinded<'_> {
    /// The evaluated elements and their proof, as in the response.
    fn evaluate(&self, epoch: &Epoch) -> Result<Vec<u8>, Error> {
        let parts = self.elements.par_chunks(PART).map(|part| {
            let elements: Option<Vec<RistrettoPoint>> = part.iter().map(decode).collect();
            elements.map(|elements| (self.pair.blind_evaluate(&elements), elements))
        });
        let parts: Option<Vec<(Vec<Encoded>, Vec<RistrettoPoint>)>> = parts.collect();
        let (kind, batch) = (self.kind, self.number);
        let bad = || Error::BadElement { file: FileType::Request, kind, batch };
        let (evaluated, elements): (Vec<_>, Vec<_>) = parts.ok_or_else(bad)?.into_iter().unzip();
        let (evaluated, elements) = (evaluated.concat(), elements.concat());
        let nonce = |sums: &_| epoch.proof_nonce(kind, (&self.elements, &evaluated), sums);
        let proof = self.pair.prove((&self.elements, &elements), &evaluated, nonce);
        let mut bytes = Vec::with_capacity(EVALUATED_LENGTH);
        bytes.extend_from_slice(evaluated.as_flattened());
        bytes.extend_from_slice(&proof.encode());
        Ok(bytes)
    }
}
