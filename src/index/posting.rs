//! Postings. Each one states that one leaked record has the identifier of an entry.
//!
//! They are sealed, so that the holder of a file can neither read them nor see which entries belong
//! to one record. The key opens everything but the codes. To open those, the identifier is needed,
//! too.

use aes::{
    Aes128Enc, Block,
    cipher::{BlockCipherEncrypt, KeyInit},
};

use super::format::{SALT_LENGTH, Shape};
use crate::{
    identifier::Kind,
    key::{Key, hmac_sha256},
    pseudonym::Pseudonym,
};

/// An entry with more postings than this has their number in a slot before them. So the next entry
/// is found without reading every posting.
pub(crate) const MAX_UNCOUNTED: usize = 64;

/// States that a leaked record has the identifier of an entry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Posting {
    /// The number of the record's origin, which is its breach and class set.
    pub origin: u32,
    /// The same in all postings of a record, and in no others.
    pub tag: u64,
    pub kind: Kind,
    /// Whether this is the lowest pseudonym of the record. Each record has one such posting, so
    /// records can be counted.
    pub is_first: bool,
    /// The payload, sealed under the identifier and the tag. For a match key, it is the codes of
    /// the record; for a value, the kinds of the record's identifiers.
    pub sealed_codes: u64,
}

/// Another slot of the entry follows.
const MORE: u8 = 0x80;
/// The slot contains the number of the postings that follow.
const COUNTED: u8 = 0x40;
const FLAGS: u8 = MORE | COUNTED;
const FIRST: u8 = 0x20;
const KIND: u8 = 0x1F;

const _: () = assert!(Kind::ALL.len() <= KIND as usize + 1, "a slot has five bits for the kind");

/// The number of slots of an entry with this many postings.
pub(crate) const fn slots_of(postings: u64) -> u64 {
    if postings > MAX_UNCOUNTED as u64 { postings + 1 } else { postings }
}

/// Seals and opens the postings of one file.
pub(crate) struct PostingCipher {
    cipher: Aes128Enc,
}

impl PostingCipher {
    pub fn new(key: &Key, salt: [u8; SALT_LENGTH]) -> Self {
        let cipher_key = mac(key, "posting cipher", &salt);
        let (first, _) = cipher_key.split_first_chunk().expect("a MAC is longer than a key");
        Self { cipher: Aes128Enc::new(&(*first).into()) }
    }

    /// The key stream of a slot, by its number within the entry.
    fn stream(&self, entry: Pseudonym, slot: u64) -> [u8; 16] {
        let mut block: Block = (entry.number() ^ u128::from(slot)).to_le_bytes().into();
        self.cipher.encrypt_block(&mut block);
        block.into()
    }

    /// XORs the key stream into a slot, to seal or to open it. The flags are not sealed. The codes
    /// at the end of the slot have their own seal.
    fn apply(&self, entry: Pseudonym, number: u64, slot: &mut [u8]) {
        let sealed = slot.len() - 8;
        let mut stream = self.stream(entry, number);
        stream[0] &= !FLAGS;
        slot[..sealed].iter_mut().zip(stream).for_each(|(byte, mask)| *byte ^= mask);
    }
}

/// The salt of a file whose content has this digest.
pub(crate) fn salt_of(key: &Key, digest: &[u8]) -> [u8; SALT_LENGTH] {
    let salt = mac(key, "posting salt", digest);
    *salt.first_chunk().expect("a MAC is longer than a salt")
}

fn mac(key: &Key, purpose: &str, message: &[u8]) -> [u8; 32] {
    hmac_sha256(&key.derive(purpose), &[message])
}

/// Appends the slots of an entry, whose postings must be in ascending order.
pub(crate) fn write_slots(
    entry: Pseudonym,
    postings: &[Posting],
    shape: Shape,
    cipher: &PostingCipher,
    bytes: &mut Vec<u8>,
) {
    let width = shape.origin_width;
    let mut number = 0;
    let mut push = |first: u8, origin: u32, tag: u64, codes: u64| {
        let start = bytes.len();
        bytes.push(first);
        bytes.extend_from_slice(&origin.to_le_bytes()[..width]);
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&codes.to_le_bytes());
        cipher.apply(entry, number, &mut bytes[start..]);
        number += 1;
    };
    if postings.len() > MAX_UNCOUNTED {
        push(COUNTED | MORE, 0, postings.len() as u64, 0);
    }
    for (place, posting) in postings.iter().enumerate() {
        let more = if place + 1 < postings.len() { MORE } else { 0 };
        let is_first = if posting.is_first { FIRST } else { 0 };
        let first = more | is_first | posting.kind as u8;
        push(first, posting.origin, posting.tag, posting.sealed_codes);
    }
}

/// The postings of one entry in a file.
#[derive(Clone, Copy)]
pub(crate) struct Postings<'a> {
    /// All slots of the entry, except the one with the number of postings.
    slots: &'a [u8],
    entry: Pseudonym,
    /// The number of the first of these slots within the entry.
    first: u64,
    shape: Shape,
    cipher: &'a PostingCipher,
}

impl<'a> Postings<'a> {
    /// The postings of the entry at the start of these slots, and the number of its slots. `None`
    /// if they are damaged.
    pub fn at_start(
        slots: &'a [u8],
        entry: Pseudonym,
        shape: Shape,
        cipher: &'a PostingCipher,
    ) -> Option<(Self, usize)> {
        let length = shape.slot_length();
        let flags = *slots.first()? & FLAGS;
        let (first, count) = if flags & COUNTED == 0 {
            let mut all = slots.chunks_exact(length).take(MAX_UNCOUNTED);
            (0, all.position(|slot| slot[0] & FLAGS == 0)? + 1)
        } else {
            let mut slot = [0; 1 + 4 + 8 + 8];
            let slot = &mut slot[..length];
            slot.copy_from_slice(slots.get(..length)?);
            cipher.apply(entry, 0, slot);
            let (slot, codes) = slot.split_last_chunk::<8>()?;
            let (rest, count) = slot.split_last_chunk::<8>()?;
            let (flags, origin) = rest.split_first()?;
            let has_stray_bits =
                *flags != COUNTED | MORE || origin.iter().chain(codes).any(|&byte| byte != 0);
            let count = usize::try_from(u64::from_le_bytes(*count)).ok();
            let count = count.filter(|_| !has_stray_bits)?;
            (1, Some(count).filter(|&count| count > MAX_UNCOUNTED)?)
        };
        let skipped = usize::from(first != 0);
        let end = count.checked_add(skipped)?;
        let slots = slots.get(skipped * length..end.checked_mul(length)?)?;
        Some((Self { slots, entry, first, shape, cipher }, end))
    }

    pub const fn len(&self) -> usize {
        self.slots.len() / self.shape.slot_length()
    }

    /// The posting with this number; `None` if it is damaged.
    pub fn get(&self, number: usize) -> Option<Posting> {
        let length = self.shape.slot_length();
        let mut slot = [0; 1 + 4 + 8 + 8];
        let slot = &mut slot[..length];
        slot.copy_from_slice(self.slots.get(number * length..(number + 1) * length)?);
        self.cipher.apply(self.entry, self.first + number as u64, slot);
        let (rest, sealed_codes) = slot.split_last_chunk::<8>()?;
        let (rest, tag) = rest.split_last_chunk::<8>()?;
        let mut origin = [0; 4];
        origin[..rest.len() - 1].copy_from_slice(&rest[1..]);
        Some(Posting {
            origin: u32::from_le_bytes(origin),
            tag: u64::from_le_bytes(*tag),
            kind: *Kind::ALL.get(usize::from(rest[0] & KIND))?,
            is_first: rest[0] & FIRST != 0,
            sealed_codes: u64::from_le_bytes(*sealed_codes),
        })
    }

    pub fn iter(&self) -> impl Iterator<Item = Option<Posting>> {
        (0..self.len()).map(|number| self.get(number))
    }

    /// Whether the flags are as a writer sets them, the postings are in ascending order, and each
    /// has an existing origin.
    pub fn are_sound(&self) -> bool {
        let length = self.shape.slot_length();
        let flags = self.slots.chunks_exact(length).map(|slot| slot[0] & FLAGS);
        let are_flags = flags
            .enumerate()
            .all(|(place, flags)| flags == if place + 1 < self.len() { MORE } else { 0 });
        let mut before = None;
        are_flags
            && self.iter().all(|posting| {
                let is_known =
                    posting.is_some_and(|posting| u64::from(posting.origin) < self.shape.origins);
                is_known && std::mem::replace(&mut before, posting) < posting
            })
    }
}
