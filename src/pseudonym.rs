//! Pseudonyms: two keyed hashes of an identifier, computed one or many at a time.

mod cmac;
mod keyed_hash;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::fmt;

use aes::{
    Aes128Enc, Block,
    cipher::{BlockCipherEncrypt, KeyInit},
};

use self::{
    cmac::{Cmac, Scratch},
    keyed_hash::{GROUP, Midstates, Slot, hash},
};
use crate::{
    identifier::{Kind, NORMALISER},
    key::Key,
    text::Place,
};

/// The name of the scheme in an index's metadata: the leftmost 64 bits of AES-128-CMAC, then the
/// leftmost 64 bits of HMAC-SHA-256, version 1.
pub const SCHEME: &str = "aes-cmac-64+hmac-sha256-64/1";

/// A keyed hash of an identifier: 128 bits, in two halves.
///
/// The *first half* is the beginning of an AES-CMAC. It is quick to compute, and an index is
/// searched by it. The *second half* is the beginning of an HMAC-SHA-256. It is computed only if
/// the first half is found. A match needs both.
///
/// Pseudonyms are ordered as big-endian numbers. Without the key, a pseudonym reveals nothing about
/// the identifier. It is still personal data, so `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym(u128);

impl Pseudonym {
    /// The pseudonym with this number.
    #[must_use]
    pub const fn from_number(number: u128) -> Self {
        Self(number)
    }

    /// The pseudonym with these halves.
    #[must_use]
    pub const fn from_halves(first: u64, second: u64) -> Self {
        Self((first as u128) << 64 | second as u128)
    }

    /// The pseudonym as a number.
    #[must_use]
    pub const fn number(self) -> u128 {
        self.0
    }

    /// The first half: the first 64 bits.
    #[must_use]
    pub const fn first_half(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// The second half: the last 64 bits.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the cast cuts the half off")]
    pub const fn second_half(self) -> u64 {
        self.0 as u64
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Pseudonym(…)")
    }
}

/// Makes pseudonyms under one [`Key`].
///
/// Each kind of identifier has two subkeys of its own, bound to the normaliser's version. So equal
/// text of two kinds gives unrelated pseudonyms. [`new`](Self::new) derives all subkeys, so keep
/// the pseudonymiser and use it again. It is `Send + Sync`.
///
/// ```
/// use leakdex::{Key, Kind, Pseudonymiser};
///
/// let pseudonymiser = Pseudonymiser::new(&Key::generate()?);
/// let one = pseudonymiser.pseudonym(Kind::Kvnr, b"A123456780");
/// let other = pseudonymiser.pseudonym(Kind::Username, b"A123456780");
/// assert_ne!(one, other);
/// # Ok::<(), leakdex::Error>(())
/// ```
#[derive(Clone)]
pub struct Pseudonymiser {
    /// The keyed states of each kind, in the order of `Kind::ALL`. They are overwritten on drop.
    keys: Vec<Keys>,
}

/// The keyed states of one kind.
#[derive(Clone)]
struct Keys {
    first: Cmac,
    second: Midstates,
}

/// Opens the codes of the postings of one identifier. It is derived from the identifier and the
/// key, and is not stored in any index.
#[derive(Clone, Copy)]
pub(crate) struct CodeKey([u8; 16]);

impl CodeKey {
    /// Seals or opens the codes of the record with this tag.
    pub fn apply(&self, tag: u64, codes: u64) -> u64 {
        let mut block: Block = u128::from(tag).to_le_bytes().into();
        Aes128Enc::new(&self.0.into()).encrypt_block(&mut block);
        let stream = block.first_chunk().expect("a block has 16 bytes");
        codes ^ u64::from_le_bytes(*stream)
    }
}

/// Memory for hashing many messages at a time.
#[derive(Clone, Default)]
pub(crate) struct HashMemory(Scratch);

impl Pseudonymiser {
    /// Derives the subkeys from `key`.
    #[must_use]
    pub fn new(key: &Key) -> Self {
        let keys = |&kind: &Kind| {
            let subkey = |half: &str| {
                key.derive(&format!("{half} half of identifier {kind} normaliser {NORMALISER}"))
            };
            let (first, second) = (subkey("first"), subkey("second"));
            let first = first.first_chunk().expect("a subkey is longer than an AES-128 key");
            Keys { first: Cmac::new(first), second: Midstates::new(second.as_ref()) }
        };
        Self { keys: Kind::ALL.iter().map(keys).collect() }
    }

    /// The pseudonym of one identifier, given by the bytes of its normal form.
    ///
    /// This costs an AES-CMAC and an HMAC-SHA-256. For several identifiers,
    /// [`pseudonyms`](Self::pseudonyms) takes half the time for each.
    #[must_use]
    pub fn pseudonym(&self, kind: Kind, normal_form: &[u8]) -> Pseudonym {
        let first = self.keys[kind as usize].first.first_half(normal_form);
        let mut second = 0;
        self.second_halves([(kind, normal_form)], |half, _| second = half);
        Pseudonym::from_halves(first, second)
    }

    /// The pseudonym of one identifier, and the key of its codes.
    pub(crate) fn with_code_key(&self, kind: Kind, normal_form: &[u8]) -> (Pseudonym, CodeKey) {
        let first = self.keys[kind as usize].first.first_half(normal_form);
        let mut hashed = None;
        self.second_halves([(kind, normal_form)], |half, code_key| {
            hashed = Some((Pseudonym::from_halves(first, half), code_key));
        });
        hashed.expect("one identifier went in")
    }

    /// Appends the pseudonyms of many identifiers, in the same order.
    pub fn pseudonyms<'a>(
        &self,
        identifiers: impl IntoIterator<Item = (Kind, &'a [u8])>,
        pseudonyms: &mut Vec<Pseudonym>,
    ) {
        let identifiers = identifiers.into_iter();
        let mut firsts = Vec::with_capacity(identifiers.size_hint().0);
        let identifiers = identifiers.inspect(|&(kind, normal_form)| {
            firsts.push(self.keys[kind as usize].first.first_half(normal_form));
        });
        let mut seconds = Vec::with_capacity(identifiers.size_hint().0);
        self.second_halves(identifiers, |half, _| seconds.push(half));
        let halves = firsts.into_iter().zip(seconds);
        pseudonyms.extend(halves.map(|(first, second)| Pseudonym::from_halves(first, second)));
    }

    /// Calls `each` with the index of each message and the first half of its pseudonym, in no
    /// particular order. The messages are normal forms of one kind, given as places in `text`. The
    /// numbers beside the places are for the caller only.
    pub(crate) fn first_halves(
        &self,
        kind: Kind,
        text: &[u8],
        messages: &[(usize, Place)],
        HashMemory(scratch): &mut HashMemory,
        each: impl FnMut(usize, u64),
    ) {
        self.keys[kind as usize].first.hash(text, messages, scratch, each);
    }

    /// Calls `each` with the second half of the pseudonym of each identifier and the key of its
    /// codes, in the same order.
    pub(crate) fn second_halves<'a>(
        &self,
        identifiers: impl IntoIterator<Item = (Kind, &'a [u8])>,
        mut each: impl FnMut(u64, CodeKey),
    ) {
        let mut identifiers = identifiers.into_iter();
        let mut slots = [Slot::EMPTY; GROUP];
        let mut filled = GROUP;
        while filled == GROUP {
            filled = 0;
            // `slots` comes first in the zip: when it ends, no identifier is taken and lost.
            for (slot, (kind, normal_form)) in slots.iter_mut().zip(&mut identifiers) {
                slot.fill(&self.keys[kind as usize].second, normal_form);
                filled += 1;
            }
            hash(&mut slots[..filled]);
            let hashed = slots[..filled].iter();
            hashed.for_each(|slot| each(slot.leftmost_64(), CodeKey(slot.next_128())));
        }
    }
}

/// The first halves of messages of this length, which follow each other in `text`.
#[must_use]
pub fn first_halves(by: &Pseudonymiser, kind: Kind, text: &[u8], length: usize) -> Vec<u64> {
    let starts = (0..text.len() / length).map(|number| number * length);
    let places: Vec<(usize, Place)> =
        starts.map(|start| (start, Place::new(start..start + length))).collect();
    let mut halves = vec![0; places.len()];
    by.first_halves(kind, text, &places, &mut HashMemory::default(), |number, half| {
        halves[number] = half;
    });
    halves
}

impl fmt::Debug for Pseudonymiser {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Pseudonymiser(…)")
    }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    use super::{keyed_hash::hash_sequentially, *};

    /// A published test vector. If `valid`, the tag is the MAC of the message under the key, whole
    /// or cut to its first half.
    struct Vector {
        key: Vec<u8>,
        message: Vec<u8>,
        tag: Vec<u8>,
        valid: bool,
    }

    fn read_vectors(text: &str) -> Vec<Vector> {
        let read = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            let bytes = |cell: usize| hex::decode(cells[cell]).expect("hex digits");
            let valid = cells.get(3).is_none_or(|&result| result == "valid");
            Vector { key: bytes(0), message: bytes(1), tag: bytes(2), valid }
        };
        text.lines().skip(1).map(read).collect()
    }

    /// Checks every HMAC vector against the reference, in groups with different keys.
    fn check_hmac(vectors: &[Vector]) {
        for vectors in vectors.chunks(GROUP) {
            let filled = || {
                let mut slots = [Slot::EMPTY; GROUP];
                let filled = slots.iter_mut().zip(vectors);
                filled
                    .for_each(|(slot, vector)| slot.fill(&midstates(&vector.key), &vector.message));
                slots
            };
            let (mut together, mut in_turn) = (filled(), filled());
            hash(&mut together);
            hash_sequentially(&mut in_turn);
            for ((vector, together), in_turn) in vectors.iter().zip(&together).zip(&in_turn) {
                let reference = reference(&vector.key, &vector.message);
                for digest in [&reference[..], &together.digest(), &in_turn.digest()] {
                    assert_eq!(digest.starts_with(&vector.tag), vector.valid);
                }
            }
        }
    }

    /// The slow way: the `hmac` crate, with a key of any length.
    fn reference(key: &[u8], message: &[u8]) -> [u8; 32] {
        let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        mac.chain_update(message).finalize().into_bytes().into()
    }

    fn midstates(key: &[u8]) -> Midstates {
        // Subkeys are shorter than a block; only the vectors have longer keys.
        if key.len() > 64 { Midstates::new(&Sha256::digest(key)) } else { Midstates::new(key) }
    }

    /// The CMAC by the `cmac` crate.
    fn reference_cmac(key: &[u8; 16], message: &[u8]) -> [u8; 16] {
        let mac = <::cmac::Cmac<aes::Aes128> as KeyInit>::new(key.into());
        mac.chain_update(message).finalize().into_bytes().into()
    }

    fn first_64_bits(tag: &[u8]) -> u64 {
        u64::from_str_radix(&hex::encode(&tag[..8]), 16).expect("hex digits")
    }

    #[test]
    fn the_hmac_vectors_of_rfc_4231_hold() {
        let vectors = read_vectors(include_str!("../tests/data/crypto/rfc4231_hmac_sha256.csv"));
        assert_eq!(vectors.len(), 7);
        check_hmac(&vectors);
    }

    #[test]
    fn the_hmac_vectors_of_wycheproof_hold() {
        let vectors = read_vectors(include_str!("../tests/data/crypto/wycheproof_hmac_sha256.csv"));
        assert_eq!(vectors.len(), 120);
        check_hmac(&vectors);
    }

    #[test]
    fn the_cmac_vectors_of_rfc_4493_and_nist_hold() {
        let vectors = read_vectors(include_str!("../tests/data/crypto/aes128_cmac.csv"));
        assert!(vectors.len() > 4);
        for Vector { key, message, tag, .. } in &vectors {
            let key: [u8; 16] = key[..].try_into().expect("the key of AES-128");
            let cmac = Cmac::new(&key);
            assert_eq!(cmac.mac(message)[..tag.len()], tag[..]);
            assert_eq!(reference_cmac(&key, message)[..tag.len()], tag[..]);
            let whole = Place::new(0..message.len());
            let mut many = Vec::new();
            let messages = [(0, whole), (0, Place::new(0..0)), (0, whole)];
            cmac.hash(message, &messages, &mut Scratch::default(), |number, half| {
                many.push((number, half));
            });
            many.sort_unstable();
            let half = first_64_bits(&cmac.mac(message));
            assert_eq!(many, [(0, half), (1, first_64_bits(&cmac.mac(b""))), (2, half)]);
        }
    }

    #[test]
    fn debug_hides_the_number() {
        let shown = format!("{:?}", Pseudonym::from_number(0x1234_5678));
        assert_eq!(shown, "Pseudonym(…)");
    }

    #[test]
    fn debug_hides_the_keyed_states() {
        let shown = format!("{:?}", Pseudonymiser::new(&Key::from_bytes(&[7; 32]).expect("a key")));
        assert_eq!(shown, "Pseudonymiser(…)");
    }

    #[test]
    fn a_pseudonym_is_made_of_its_halves() {
        let pseudonym = Pseudonym::from_halves(1, 2);
        assert_eq!(pseudonym.number(), 1 << 64 | 2);
        assert_eq!((pseudonym.first_half(), pseudonym.second_half()), (1, 2));
    }

    #[test]
    fn first_halves_of_messages_in_one_text_are_those_of_each_message() {
        let by = Pseudonymiser::new(&Key::from_bytes(&[7; 32]).expect("a key"));
        let halves = first_halves(&by, Kind::Email, b"abcdefghi", 3);
        let alone = [b"abc", b"def", b"ghi"].map(|text| by.pseudonym(Kind::Email, text));
        assert_eq!(halves, alone.map(Pseudonym::first_half));
    }

    /// Covers every length at which a message needs another block.
    #[test]
    fn messages_of_every_length_match_the_reference() {
        let key = [9; 16];
        let text = [b'x'; 260];
        let messages: Vec<(usize, Place)> =
            (0..260).map(|length| (length, Place::new(0..length))).collect();
        for group in messages.chunks(GROUP) {
            let filled = || {
                let mut slots = [Slot::EMPTY; GROUP];
                let midstates = Midstates::new(&key);
                let fill = |(slot, (_, message)): (&mut Slot, &(usize, Place))| {
                    slot.fill(&midstates, &text[message.range()]);
                };
                slots.iter_mut().zip(group).for_each(fill);
                slots
            };
            let (mut interleaved, mut in_turn) = (filled(), filled());
            hash(&mut interleaved);
            hash_sequentially(&mut in_turn);
            for ((interleaved, in_turn), message) in interleaved.iter().zip(&in_turn).zip(group) {
                let reference = reference(&key, &text[message.1.range()]);
                assert_eq!((interleaved.digest(), in_turn.digest()), (reference, reference));
            }
        }
        let mut halves = vec![0; messages.len()];
        Cmac::new(&key).hash(&text, &messages, &mut Scratch::default(), |number, half| {
            halves[number] = half;
        });
        for (message, half) in messages.iter().zip(halves) {
            let tag = reference_cmac(&key, &text[message.1.range()]);
            assert_eq!(half, first_64_bits(&tag), "{} bytes", message.1.end);
        }
    }

    /// Without this test, a processor with SHA instructions could silently use the slow way.
    #[test]
    #[cfg(target_arch = "x86_64")]
    fn sha_instructions_are_used_if_available() {
        let mut slots = [Slot::EMPTY; GROUP];
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let has_sha = cpuinfo.lines().any(|line| {
            line.starts_with("flags") && line.split_whitespace().any(|flag| flag == "sha_ni")
        });
        assert!(x86::hash(&mut slots) || !has_sha);
    }

    proptest! {
        #[test]
        fn batch_hashing_matches_the_reference(
            key_bytes in any::<[u8; 32]>(),
            identifiers in prop::collection::vec(
                (prop::sample::select(Kind::ALL), prop::collection::vec(any::<u8>(), 0..200)),
                0..70,
            ),
        ) {
            let key = Key::from_bytes(&key_bytes).expect("a key");
            let pseudonymiser = Pseudonymiser::new(&key).clone();
            // Existing pseudonyms must stay.
            let mut expected = vec![Pseudonym::from_number(1)];
            let mut many = expected.clone();
            let given = || identifiers.iter().map(|(kind, bytes)| (*kind, bytes.as_slice()));
            expected.extend(given().map(|(kind, bytes)| {
                let subkey = |half: &str| {
                    key.derive(&format!("{half} half of identifier {kind} normaliser {NORMALISER}"))
                };
                let first = subkey("first").first_chunk().copied().expect("it is longer");
                let first = reference_cmac(&first, bytes);
                let second = reference(subkey("second").as_ref(), bytes);
                Pseudonym::from_halves(first_64_bits(&first), first_64_bits(&second))
            }));
            pseudonymiser.pseudonyms(given(), &mut many);
            // `assert_eq` could not show the numbers anyway.
            prop_assert!(many == expected);
            let alone = given().map(|(kind, bytes)| pseudonymiser.pseudonym(kind, bytes));
            prop_assert!(alone.eq(expected.iter().copied().skip(1)));

            let mut text = Vec::new();
            let mut places = Vec::new();
            for (_, bytes) in given() {
                let start = text.len();
                text.extend_from_slice(bytes);
                places.push((start, Place::new(start..text.len())));
            }
            let mut memory = HashMemory::default();
            for kind in Kind::ALL {
                pseudonymiser.first_halves(*kind, &text, &places, &mut memory, |number, half| {
                    if identifiers[number].0 == *kind {
                        assert!(expected[number + 1].first_half() == half);
                    }
                });
            }
        }
    }
}
