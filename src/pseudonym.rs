//! Pseudonyms: identifiers under a keyed hash, one and many at a time.

mod keyed_hash;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::{fmt, slice};

use self::keyed_hash::{GROUP, Midstates, Slot, hash, hash_in_turn};
use crate::{
    identifier::{Kind, NORMALISER},
    key::Key,
};

/// The name of the scheme in an index's metadata: HMAC-SHA-256, leftmost 128 bits, version 1.
pub const SCHEME: &str = "hmac-sha256-128/1";

/// The first 128 bits of the keyed hash of an identifier.
///
/// It compares as the number that its bytes are, the most significant first. Without the key it
/// says nothing about the identifier, but it is personal data all the same, so `Debug` hides it.
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

    /// The first half: an index sorts, filters and shards by it.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "half of the bits are left")]
    pub const fn first_half(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// The second half.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the cast cuts the lower half out")]
    pub const fn second_half(self) -> u64 {
        self.0 as u64
    }

    /// The pseudonym as a number.
    #[must_use]
    pub const fn number(self) -> u128 {
        self.0
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Pseudonym(…)")
    }
}

/// Makes pseudonyms under one [`Key`].
///
/// Each kind of identifier has a subkey of its own, bound to the normaliser's version: equal text
/// of two kinds gives unrelated pseudonyms. Making one of these costs a few microseconds; it is
/// `Send + Sync` and meant to be kept.
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
    /// One keyed state for each kind, in the order of `Kind::ALL`. They are overwritten on drop.
    keys: Vec<Midstates>,
}

impl Pseudonymiser {
    /// Derives the subkeys from `key`.
    #[must_use]
    pub fn new(key: &Key) -> Self {
        let midstates = |&kind: &Kind| {
            let subkey = key.derive(&format!("identifier {kind} normaliser {NORMALISER}"));
            Midstates::new(subkey.as_ref())
        };
        Self { keys: Kind::ALL.iter().map(midstates).collect() }
    }

    /// The pseudonym of one identifier, given by the bytes of its normal form.
    ///
    /// Costs one HMAC-SHA-256: two compressions for up to 55 bytes. Of several identifiers,
    /// [`pseudonyms`](Self::pseudonyms) makes one in half the time.
    #[must_use]
    pub fn pseudonym(&self, kind: Kind, normal_form: &[u8]) -> Pseudonym {
        let mut slot = Slot::EMPTY;
        slot.fill(&self.keys[kind as usize], normal_form);
        hash_in_turn(slice::from_mut(&mut slot));
        Pseudonym(slot.leftmost_128())
    }

    /// Appends the pseudonyms of many identifiers, in their order.
    pub fn pseudonyms<'a>(
        &self,
        identifiers: impl IntoIterator<Item = (Kind, &'a [u8])>,
        pseudonyms: &mut Vec<Pseudonym>,
    ) {
        let mut identifiers = identifiers.into_iter();
        pseudonyms.reserve(identifiers.size_hint().0);
        let mut slots = [Slot::EMPTY; GROUP];
        let mut filled = GROUP;
        while filled == GROUP {
            filled = 0;
            // The slots stand first: with none left, no identifier is taken and lost.
            for (slot, (kind, normal_form)) in slots.iter_mut().zip(&mut identifiers) {
                slot.fill(&self.keys[kind as usize], normal_form);
                filled += 1;
            }
            hash(&mut slots[..filled]);
            pseudonyms.extend(slots[..filled].iter().map(|slot| Pseudonym(slot.leftmost_128())));
        }
    }
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

    use super::*;

    /// A vector of a published test: the tag, whole or its first half, is that of the message under
    /// the key if it is `valid`.
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

    /// Every vector through the reference, one at a time and among others with other keys.
    fn check_vectors(vectors: &[Vector]) {
        for (number, vector) in vectors.iter().enumerate() {
            check(vector, reference(&vector.key, &vector.message), &format!("reference {number}"));
        }
        for (number, vectors) in vectors.chunks(Kind::ALL.len()).enumerate() {
            let keys = vectors.iter().map(|vector| midstates(&vector.key)).collect();
            let pseudonymiser = Pseudonymiser { keys };
            let identifiers = || {
                let messages = vectors.iter().map(|vector| vector.message.as_slice());
                Kind::ALL.iter().copied().zip(messages)
            };
            let mut many = Vec::new();
            pseudonymiser.pseudonyms(identifiers(), &mut many);
            assert_eq!(many.len(), vectors.len());
            for ((vector, (kind, message)), &one_of_many) in
                vectors.iter().zip(identifiers()).zip(&many)
            {
                let alone = pseudonymiser.pseudonym(kind, message);
                check(vector, alone, &format!("alone, chunk {number}, {kind}"));
                check(vector, one_of_many, &format!("among others, chunk {number}, {kind}"));
            }
        }
    }

    fn check(vector: &Vector, pseudonym: Pseudonym, name: &str) {
        let digits = format!("{:032x}", pseudonym.number());
        assert_eq!(digits == hex::encode(&vector.tag[..16]), vector.valid, "{name}");
    }

    /// The slow way: the `hmac` crate, with a key of any length.
    fn reference(key: &[u8], message: &[u8]) -> Pseudonym {
        let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        let digest = hex::encode(mac.chain_update(message).finalize().into_bytes());
        Pseudonym(u128::from_str_radix(&digest[..32], 16).expect("hex digits"))
    }

    fn midstates(key: &[u8]) -> Midstates {
        // Subkeys are shorter than a block; only the vectors have longer keys.
        if key.len() > 64 { Midstates::new(&Sha256::digest(key)) } else { Midstates::new(key) }
    }

    #[test]
    fn the_hmac_vectors_of_rfc_4231_hold() {
        let vectors = read_vectors(include_str!("../tests/data/crypto/rfc4231_hmac_sha256.csv"));
        assert_eq!(vectors.len(), 7);
        check_vectors(&vectors);
    }

    #[test]
    fn the_hmac_vectors_of_wycheproof_hold() {
        let vectors = read_vectors(include_str!("../tests/data/crypto/wycheproof_hmac_sha256.csv"));
        assert_eq!(vectors.len(), 120);
        check_vectors(&vectors);
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

    /// Messages around every length at which a block more is needed.
    #[test]
    fn messages_of_every_length_are_hashed_as_by_the_reference() {
        let key = [9; 32];
        let messages: Vec<Vec<u8>> = (0..=260).map(|length| vec![b'x'; length]).collect();
        for group in messages.chunks(GROUP) {
            let filled = || {
                let mut slots = [Slot::EMPTY; GROUP];
                let midstates = Midstates::new(&key);
                slots.iter_mut().zip(group).for_each(|(slot, text)| slot.fill(&midstates, text));
                slots
            };
            let (mut interleaved, mut in_turn) = (filled(), filled());
            hash(&mut interleaved);
            hash_in_turn(&mut in_turn);
            for (slots, message) in interleaved.iter().zip(&in_turn).zip(group) {
                assert_eq!(slots.0.outer, slots.1.outer, "{} bytes", message.len());
                assert_eq!(Pseudonym(slots.1.leftmost_128()), reference(&key, message));
            }
        }
    }

    /// Without this, a processor that should have the fast way could silently lose it.
    #[test]
    #[cfg(target_arch = "x86_64")]
    fn the_sha_instructions_are_used_where_they_are() {
        let mut slots = [Slot::EMPTY; GROUP];
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let has_sha = cpuinfo.lines().any(|line| {
            line.starts_with("flags") && line.split_whitespace().any(|flag| flag == "sha_ni")
        });
        assert!(x86::hash(&mut slots) || !has_sha);
    }

    proptest! {
        #[test]
        fn many_at_a_time_are_the_same_as_the_reference(
            key_bytes in any::<[u8; 32]>(),
            identifiers in prop::collection::vec(
                (prop::sample::select(Kind::ALL), prop::collection::vec(any::<u8>(), 0..200)),
                0..70,
            ),
        ) {
            let key = Key::from_bytes(&key_bytes).expect("a key");
            let pseudonymiser = Pseudonymiser::new(&key).clone();
            // What is there already stays.
            let mut expected = vec![Pseudonym::from_number(1)];
            let mut many = expected.clone();
            let given = || identifiers.iter().map(|(kind, bytes)| (*kind, bytes.as_slice()));
            expected.extend(given().map(|(kind, bytes)| {
                let subkey = key.derive(&format!("identifier {kind} normaliser {NORMALISER}"));
                reference(subkey.as_ref(), bytes)
            }));
            pseudonymiser.pseudonyms(given(), &mut many);
            // Not `assert_eq`, whose message could not show the numbers anyway.
            prop_assert!(many == expected);
            let alone = given().map(|(kind, bytes)| pseudonymiser.pseudonym(kind, bytes));
            prop_assert!(alone.eq(expected.into_iter().skip(1)));
        }
    }
}
