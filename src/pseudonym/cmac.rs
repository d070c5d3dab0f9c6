//! AES-CMAC (NIST SP 800-38B, RFC 4493) of many short messages at a time.
//!
//! CMAC encrypts the first block of a message, XORs the next block into the result, encrypts again,
//! and so on. Within one message, each encryption waits for the one before. Different messages do
//! not wait for each other. So this encrypts the first blocks of all messages, then all second
//! blocks, and so on.

use aes::{
    Aes128Enc, Block,
    cipher::{BlockCipherEncrypt, KeyInit},
};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::text::Place;

const BLOCK: usize = 16;

/// Longer messages are rare. They are encrypted one after the other.
const MAX_BLOCKS: usize = 8;

/// A cipher, with the two subkeys for the last block of a message.
#[derive(Clone)]
pub(super) struct Cmac {
    /// It overwrites its round keys on drop.
    cipher: Aes128Enc,
    /// Masks for the last block of a message, by the number of bytes that the message fills in it:
    /// `K1` for a full block, otherwise `K2` and the end mark.
    last: [u128; BLOCK + 1],
}

/// Memory for the messages that are hashed together.
#[derive(Clone, Default)]
pub(super) struct Scratch {
    /// The indexes of the messages, sorted by their number of blocks, most blocks first.
    order: Vec<u32>,
    states: Vec<Block>,
}

impl Cmac {
    pub fn new(key: &[u8; BLOCK]) -> Self {
        let cipher = Aes128Enc::new(&(*key).into());
        let mut zero = Block::default();
        cipher.encrypt_block(&mut zero);
        let k1 = doubled(number(zero.into()).swap_bytes());
        let k2 = doubled(k1);
        let mut last = [k2.swap_bytes(); BLOCK + 1];
        for (filled, added) in last[..BLOCK].iter_mut().enumerate() {
            *added ^= 0x80 << (8 * filled);
        }
        last[BLOCK] = k1.swap_bytes();
        zero.as_mut_slice().zeroize();
        Self { cipher, last }
    }

    /// Calls `each` with the index of each message and the first 64 bits of its CMAC, in no
    /// particular order. The messages are places in `text`; the numbers beside them are not used.
    pub fn hash(
        &self,
        text: &[u8],
        messages: &[(usize, Place)],
        scratch: &mut Scratch,
        mut each: impl FnMut(usize, u64),
    ) {
        let Scratch { order, states } = scratch;
        // `longer[n]`: how many messages have more than `n` blocks.
        let longer = sort(messages, order);
        states.clear();
        states.resize(longer[0], Block::default());
        let order = &order[..];
        for step in 0..MAX_BLOCKS {
            let (active, unfinished) = (longer[step], longer.get(step + 1).copied().unwrap_or(0));
            if active == 0 {
                break;
            }
            let added = |number: u32| at_block(messages[number as usize].1, step);
            for (state, &message) in states[..unfinished].iter_mut().zip(order) {
                add(state, load(text, added(message).0));
            }
            let finished = unfinished..active;
            for (state, &message) in states[finished.clone()].iter_mut().zip(&order[finished]) {
                let (place, length) = added(message);
                let filled = length - step * BLOCK;
                add(state, load(text, place) & MASKS[filled] ^ self.last[filled]);
            }
            self.cipher.encrypt_blocks(&mut states[..active]);
        }
        for (state, &message) in states.iter().zip(order) {
            each(message as usize, first_64_bits(state));
        }
        for &message in &order[longer[0]..] {
            let place = messages[message as usize].1.range();
            each(message as usize, self.first_half(&text[place]));
        }
        states.iter_mut().for_each(|state| state.as_mut_slice().zeroize());
    }

    /// The first 64 bits of the CMAC of one message.
    pub fn first_half(&self, message: &[u8]) -> u64 {
        first_64_bits(&self.mac(message))
    }

    /// The whole CMAC of one message. Do not store or return it: for a message of one block, it is
    /// a permutation that anybody with the key can invert.
    pub(super) fn mac(&self, message: &[u8]) -> Block {
        let blocks = message.len().div_ceil(BLOCK).max(1);
        let (whole, rest) = message.split_at((blocks - 1) * BLOCK);
        let mut state = Block::default();
        for block in whole.as_chunks().0 {
            add(&mut state, number(*block));
            self.cipher.encrypt_block(&mut state);
        }
        add(&mut state, load(rest, 0) & MASKS[rest.len()] ^ self.last[rest.len()]);
        self.cipher.encrypt_block(&mut state);
        state
    }
}

impl Drop for Cmac {
    fn drop(&mut self) {
        self.last.as_mut_slice().zeroize();
    }
}

impl ZeroizeOnDrop for Cmac {}

/// `MASKS[n]` has all bits of `n` bytes set.
const MASKS: [u128; BLOCK + 1] = {
    let mut masks = [u128::MAX; BLOCK + 1];
    let mut bytes = 0;
    while bytes < BLOCK {
        masks[bytes] = (1 << (8 * bytes)) - 1;
        bytes += 1;
    }
    masks
};

/// Doubling in the field of 2¹²⁸ elements (SP 800-38B, section 5.3), in constant time.
const fn doubled(number: u128) -> u128 {
    (number << 1) ^ ((number >> 127) * 0x87)
}

/// Sorts messages by their number of blocks, most blocks first. Messages of more than
/// [`MAX_BLOCKS`] come last. Element `n` of the result is the number of messages with more than
/// `n` blocks, without the last group.
fn sort(messages: &[(usize, Place)], order: &mut Vec<u32>) -> [usize; MAX_BLOCKS + 1] {
    let blocks = |(_, message): &(usize, Place)| {
        let blocks = message.len().div_ceil(BLOCK).max(1);
        if blocks > MAX_BLOCKS { 0 } else { blocks }
    };
    let mut counts = [0; MAX_BLOCKS + 1];
    for message in messages {
        counts[blocks(message)] += 1;
    }
    let mut longer = [0; MAX_BLOCKS + 1];
    for count in (0..MAX_BLOCKS).rev() {
        longer[count] = longer[count + 1] + counts[count + 1];
    }
    let mut places = longer;
    order.clear();
    order.resize(messages.len(), 0);
    for (number, message) in (0..).zip(messages) {
        let place = &mut places[blocks(message)];
        order[*place] = number;
        *place += 1;
    }
    longer
}

/// The start of a block in the text, and the length of the whole message.
fn at_block(message: Place, block: usize) -> (usize, usize) {
    (message.start as usize + block * BLOCK, message.len())
}

/// A block of the text as a little-endian number, with zeros after the end of the text.
#[inline]
fn load(text: &[u8], place: usize) -> u128 {
    match text.get(place..).and_then(<[_]>::first_chunk) {
        Some(block) => number(*block),
        None => load_end(text.get(place..).unwrap_or_default()),
    }
}

#[cold]
fn load_end(end: &[u8]) -> u128 {
    let mut block = [0; BLOCK];
    block[..end.len()].copy_from_slice(end);
    number(block)
}

#[inline]
const fn number(block: [u8; BLOCK]) -> u128 {
    u128::from_le_bytes(block)
}

#[inline]
fn add(state: &mut Block, block: u128) {
    *state = (number((*state).into()) ^ block).to_le_bytes().into();
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the cast cuts the first bytes out")]
fn first_64_bits(state: &Block) -> u64 {
    (number((*state).into()) as u64).swap_bytes()
}
