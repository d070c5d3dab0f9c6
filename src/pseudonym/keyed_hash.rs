//! HMAC-SHA-256 of short messages, several at a time.
//!
//! HMAC hashes one padded form of the key and then the message. Then it hashes another padded form
//! of the key and the first digest. The states of SHA-256 after the two padded keys, the
//! *midstates*, are computed once for each key. After that, a message of up to 55 bytes costs two
//! *compressions* of one block each, the inner and the outer one. Each compression is a chain of
//! steps that wait for one another. So the processor is idle most of the time, unless it has
//! compressions of other messages to work on.

use std::slice;

use sha2::block_api::compress256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

#[cfg(target_arch = "x86_64")]
use super::x86;

/// How many messages are hashed together. This many keep the SHA unit of a processor busy.
pub(super) const GROUP: usize = 4;

/// The state of SHA-256 between blocks; after the last block, the digest.
pub(super) type State = [u32; 8];

pub(super) type Block = [u8; BLOCK_LENGTH];

const BLOCK_LENGTH: usize = 64;

/// The position of the message's length in the last block.
const LENGTH_AT: usize = BLOCK_LENGTH - 8;

/// Follows the last byte of the message.
const END_MARK: u8 = 0x80;

/// The state before the first block (FIPS 180-4, section 5.3.3).
const INITIAL: State = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The states of SHA-256 after the two padded forms of one key. They are as secret as the key.
#[derive(Clone)]
pub(super) struct Midstates {
    inner: State,
    outer: State,
}

impl Midstates {
    /// # Panics
    ///
    /// If the key is longer than a block. (HMAC hashes such a key first.)
    pub fn new(key: &[u8]) -> Self {
        Self { inner: after_key(key, 0x36), outer: after_key(key, 0x5C) }
    }
}

fn after_key(key: &[u8], padding: u8) -> State {
    let mut block: Zeroizing<Block> = Zeroizing::new([padding; BLOCK_LENGTH]);
    block[..key.len()].iter_mut().zip(key).for_each(|(padded, byte)| *padded ^= byte);
    let mut state = INITIAL;
    compress256(&mut state, slice::from_ref(&block));
    state
}

impl Drop for Midstates {
    fn drop(&mut self) {
        self.inner.as_mut_slice().zeroize();
        self.outer.as_mut_slice().zeroize();
    }
}

impl ZeroizeOnDrop for Midstates {}

/// One message that is being hashed. One block remains of the inner hash, and one of the outer.
pub(super) struct Slot {
    pub inner: State,
    /// The outer midstate; after hashing, the digest.
    pub outer: State,
    /// The last block of the inner hash.
    pub block: Block,
}

impl Slot {
    pub const EMPTY: Self = Self { inner: [0; 8], outer: [0; 8], block: [0; BLOCK_LENGTH] };

    /// Compresses all blocks of a message but the last. The message may have any length.
    pub fn fill(&mut self, key: &Midstates, message: &[u8]) {
        self.inner = key.inner;
        self.outer = key.outer;
        let (whole, rest) = message.as_chunks();
        if !whole.is_empty() {
            compress256(&mut self.inner, whole);
        }
        self.block = [0; BLOCK_LENGTH];
        self.block[..rest.len()].copy_from_slice(rest);
        self.block[rest.len()] = END_MARK;
        if rest.len() >= LENGTH_AT {
            // The length does not fit into this block, so it goes into another.
            compress256(&mut self.inner, slice::from_ref(&self.block));
            self.block = [0; BLOCK_LENGTH];
        }
        self.block[LENGTH_AT..].copy_from_slice(&length_field(message.len()));
    }

    /// The leftmost 64 bits of the digest.
    pub fn leftmost_64(&self) -> u64 {
        u64::from(self.outer[0]) << 32 | u64::from(self.outer[1])
    }

    /// The 128 bits of the digest after the leftmost 64.
    pub fn next_128(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let (words, _) = bytes.as_chunks_mut();
        words.iter_mut().zip(&self.outer[2..]).for_each(|(four, word)| *four = word.to_be_bytes());
        bytes
    }

    /// The digest of a hashed message.
    #[cfg(test)]
    #[expect(clippy::big_endian_bytes, reason = "a digest is a string of bytes")]
    pub fn digest(&self) -> [u8; DIGEST_LENGTH] {
        let mut digest = [0; DIGEST_LENGTH];
        let (words, _) = digest.as_chunks_mut();
        words.iter_mut().zip(self.outer).for_each(|(bytes, word)| *bytes = word.to_be_bytes());
        digest
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.inner.as_mut_slice().zeroize();
        self.outer.as_mut_slice().zeroize();
        self.block.as_mut_slice().zeroize();
    }
}

impl ZeroizeOnDrop for Slot {}

/// The length field of the last block: the padded key and the message, in bits.
#[expect(clippy::big_endian_bytes, reason = "SHA-256 stores the length in big-endian order")]
fn length_field(message_length: usize) -> [u8; 8] {
    (8 * (BLOCK_LENGTH as u64 + message_length as u64)).to_be_bytes()
}

/// Hashes the messages in the slots in the fastest way that this processor supports.
pub(super) fn hash(slots: &mut [Slot]) {
    #[cfg(target_arch = "x86_64")]
    if let Ok(group) = slots.try_into()
        && x86::hash(group)
    {
        return;
    }
    hash_sequentially(slots);
}

/// Hashes the messages one after the other: first all inner blocks, then all outer ones. These
/// compressions do not wait for each other, so the processor can start the next one before the last
/// is done.
pub(super) fn hash_sequentially(slots: &mut [Slot]) {
    for slot in &mut *slots {
        compress256(&mut slot.inner, slice::from_ref(&slot.block));
    }
    for slot in &mut *slots {
        slot.block = outer_block(&slot.inner);
    }
    for slot in slots {
        compress256(&mut slot.outer, slice::from_ref(&slot.block));
    }
}

/// The one block of the outer hash: the inner digest and its padding.
#[expect(clippy::big_endian_bytes, reason = "a digest is a string of bytes")]
fn outer_block(digest: &State) -> Block {
    let mut block = [0; BLOCK_LENGTH];
    let (words, _) = block.as_chunks_mut();
    for (bytes, &word) in words.iter_mut().zip(digest) {
        *bytes = word.to_be_bytes();
    }
    block[DIGEST_LENGTH] = END_MARK;
    block[LENGTH_AT..].copy_from_slice(&length_field(DIGEST_LENGTH));
    block
}

const DIGEST_LENGTH: usize = 32;
