//! Digests and MAC: that an index is as its builder wrote it.

use std::io::{self, Read};

use hmac::{Hmac, KeyInit, Mac};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::format::{CHUNK_LENGTH, DIGEST_LENGTH, Layout, MAC_LENGTH, Section};
use crate::{error::IndexFault, key::Key};

/// Seals and checks files under one key.
pub(crate) struct Seal {
    mac_key: Zeroizing<[u8; 32]>,
}

impl Seal {
    pub fn new(key: &Key) -> Self {
        Self { mac_key: key.derive("index-mac") }
    }

    /// Seals excerpts of shards, so that none passes for an index: it would hide members.
    pub fn of_excerpts(key: &Key) -> Self {
        Self { mac_key: key.derive("excerpt-mac") }
    }

    /// Seals indexes of found entries, so that none passes for the index of a leak: it would hide members.
    pub fn of_found_entries(key: &Key) -> Self {
        Self { mac_key: key.derive("found-entries-mac") }
    }

    /// Writes the MAC into a head that is finished but for it.
    pub fn close(&self, head: &mut [u8], layout: &Layout) {
        let mac = self.mac(&head[layout.authenticated()]);
        head[layout.mac()].copy_from_slice(&mac);
    }

    /// Makes digests and MAC of a changed file right again.
    #[cfg(test)]
    pub fn reseal(&self, file: &mut [u8], layout: &Layout) {
        let (head, body) = file.split_at_mut(layout.head_length);
        for (place, chunk) in head[layout.range(Section::Digests)]
            .chunks_mut(DIGEST_LENGTH)
            .zip(body.chunks(CHUNK_LENGTH))
        {
            place.copy_from_slice(&Sha256::digest(chunk));
        }
        self.close(head, layout);
    }

    /// Checks the head: fixed fields, section table, metadata and digests.
    pub fn check_head(&self, file: &[u8], layout: &Layout) -> Result<(), IndexFault> {
        let expected = self.mac(&file[layout.authenticated()]);
        // In constant time, so that nobody learns a forged MAC byte by byte.
        if bool::from(expected.ct_eq(&file[layout.mac()])) {
            Ok(())
        } else {
            Err(IndexFault::Damaged { part: "head" })
        }
    }

    fn mac(&self, bytes: &[u8]) -> [u8; MAC_LENGTH] {
        let mac = Hmac::<Sha256>::new_from_slice(self.mac_key.as_ref())
            .expect("HMAC takes a key of any length");
        mac.chain_update(bytes).finalize().into_bytes().into()
    }
}

/// Checks a file against what was written to it, reading it once in little memory: the head by its
/// MAC, the body by the digests in the head, on all threads. Gives the head, if all is the same.
pub(crate) fn check_file(
    mut file: impl Read,
    seal: &Seal,
    layout: &Layout,
) -> io::Result<Option<Vec<u8>>> {
    // So many chunks at a time that each thread gets some, and so few that they stay in its cache.
    let together = 4 * rayon::current_num_threads();
    let mut head = vec![0; layout.head_length];
    file.read_exact(&mut head)?;
    let mut same = seal.check_head(&head, layout).is_ok();
    let mut chunks = Vec::with_capacity(together * CHUNK_LENGTH);
    for digests in head[layout.range(Section::Digests)].chunks(together * DIGEST_LENGTH) {
        chunks.clear();
        file.by_ref().take((together * CHUNK_LENGTH) as u64).read_to_end(&mut chunks)?;
        same &= are_as_digested(&chunks, digests);
    }
    chunks.clear();
    file.take(1).read_to_end(&mut chunks)?;
    Ok((same && chunks.is_empty()).then_some(head))
}

/// The digest of the whole head.
pub(super) fn digest_of_head(file: &[u8], layout: &Layout) -> [u8; DIGEST_LENGTH] {
    Sha256::digest(&file[..layout.head_length]).into()
}

/// Checks the body against the digests in the head, on all threads.
pub(super) fn check_body(file: &[u8], layout: &Layout) -> Result<(), IndexFault> {
    let digests = &file[layout.range(Section::Digests)];
    let same = are_as_digested(&file[layout.head_length..], digests);
    if same { Ok(()) } else { Err(IndexFault::Damaged { part: "body" }) }
}

/// Whether each chunk has its digest, and each digest its chunk.
fn are_as_digested(chunks: &[u8], digests: &[u8]) -> bool {
    chunks.len().div_ceil(CHUNK_LENGTH) == digests.len().div_ceil(DIGEST_LENGTH)
        && chunks
            .par_chunks(CHUNK_LENGTH)
            .zip(digests.par_chunks(DIGEST_LENGTH))
            .all(|(chunk, digest)| Sha256::digest(chunk).as_slice() == digest)
}
