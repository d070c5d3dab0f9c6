//! Digests and MAC. They prove that an index is as its builder wrote it.

use std::{
    io::{self, Read},
    ops::Range,
};

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::format::{CHUNK_LENGTH, DIGEST_LENGTH, Layout, MAC_LENGTH, Section};
use crate::{
    error::IndexFault,
    key::{Key, hmac_sha256},
    memory::{with_capacity, zeros},
};

/// Seals and checks files under one key.
pub(crate) struct Seal {
    mac_key: Zeroizing<[u8; 32]>,
}

impl Seal {
    pub fn new(key: &Key) -> Self {
        Self { mac_key: key.derive("index-mac") }
    }

    /// Seals excerpts of shards differently, so that none is accepted as an index: it would hide
    /// members.
    pub fn of_excerpts(key: &Key) -> Self {
        Self { mac_key: key.derive("excerpt-mac") }
    }

    /// Seals indexes of found entries differently, so that none is accepted as the index of a leak:
    /// it would hide members.
    pub fn of_found_entries(key: &Key) -> Self {
        Self { mac_key: key.derive("found-entries-mac") }
    }

    /// Writes the MAC into a head that is otherwise finished.
    pub fn write_mac(&self, head: &mut [u8], layout: &Layout) {
        let mac = self.mac(&head[layout.authenticated()]);
        head[layout.mac()].copy_from_slice(&mac);
    }

    /// Recomputes digests, roots and MAC of a changed file.
    #[cfg(test)]
    pub fn reseal(&self, file: &mut [u8], layout: &Layout) {
        let digests = digests_of(&file[layout.body_start()..]);
        file[layout.range(Section::Digests)].copy_from_slice(&digests);
        let roots = digests_of(&file[layout.digests()]);
        file[layout.range(Section::Roots)].copy_from_slice(&roots);
        self.write_mac(&mut file[..layout.head_length], layout);
    }

    /// Checks the head: fixed fields, section table, metadata, profiles and roots.
    pub fn check_head(&self, file: &[u8], layout: &Layout) -> Result<(), IndexFault> {
        let expected = self.mac(&file[layout.authenticated()]);
        // In constant time, so that nobody can find a MAC byte by byte.
        if bool::from(expected.ct_eq(&file[layout.mac()])) {
            Ok(())
        } else {
            Err(IndexFault::Damaged { part: "head" })
        }
    }

    fn mac(&self, bytes: &[u8]) -> [u8; MAC_LENGTH] {
        hmac_sha256(&self.mac_key, &[bytes])
    }
}

impl Layout {
    /// The position of the digests, with the padding after them, which the roots also cover.
    pub(crate) fn digests(&self) -> Range<usize> {
        self.head_length..self.body_start()
    }
}

/// Checks that a file holds what was written to it. Reads it once, with little memory. The head is
/// checked by its MAC, the digests by the roots in the head, and the body by the digests, on all
/// threads. Returns the head if everything matches.
pub(crate) fn check_file(
    mut file: impl Read,
    seal: &Seal,
    layout: &Layout,
) -> io::Result<Option<Vec<u8>>> {
    // Enough chunks at a time for all threads, but few enough to stay in their caches.
    let chunks_at_once = rayon::current_num_threads().saturating_mul(4);
    let mut head = zeros(layout.head_length)?;
    file.read_exact(&mut head)?;
    let mut digests = zeros(layout.digests().len())?;
    file.read_exact(&mut digests)?;
    let mut same = seal.check_head(&head, layout).is_ok()
        && first_changed(&digests, &head[layout.range(Section::Roots)]).is_none();
    digests.truncate(layout.range(Section::Digests).len());
    let mut chunks = with_capacity(chunks_at_once * CHUNK_LENGTH)?;
    for digests in digests.chunks(chunks_at_once * DIGEST_LENGTH) {
        chunks.clear();
        file.by_ref().take((chunks_at_once * CHUNK_LENGTH) as u64).read_to_end(&mut chunks)?;
        same &= first_changed(&chunks, digests).is_none();
    }
    chunks.clear();
    file.take(1).read_to_end(&mut chunks)?;
    Ok((same && chunks.is_empty()).then_some(head))
}

/// The digest of the whole head.
pub(super) fn digest_of_head(file: &[u8], layout: &Layout) -> [u8; DIGEST_LENGTH] {
    Sha256::digest(&file[..layout.head_length]).into()
}

/// The digests of all chunks, one after the other.
pub(crate) fn digests_of(chunks: &[u8]) -> Vec<u8> {
    chunks.chunks(CHUNK_LENGTH).flat_map(Sha256::digest).collect()
}

/// Whether a chunk matches its digest. False if there is no such chunk or digest.
pub(super) fn matches_digest(chunks: &[u8], digests: &[u8], number: usize) -> bool {
    let chunk = chunks.chunks(CHUNK_LENGTH).nth(number);
    let digest = digests.chunks(DIGEST_LENGTH).nth(number);
    chunk.is_some_and(|chunk| digest == Some(Sha256::digest(chunk).as_slice()))
}

/// The number of the first chunk that differs from its digest or has none, or of the first digest
/// without a chunk.
pub(super) fn first_changed(chunks: &[u8], digests: &[u8]) -> Option<usize> {
    let count = chunks.len().div_ceil(CHUNK_LENGTH).max(digests.len() / DIGEST_LENGTH);
    (0..count).into_par_iter().find_first(|&number| !matches_digest(chunks, digests, number))
}
