//! Pseudonyms: identifiers under a keyed hash, one and many at a time.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

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
    /// One keyed state for each kind, in the order of `Kind::ALL`.
    states: Vec<Hmac<Sha256>>,
}

impl Pseudonymiser {
    /// Derives the subkeys from `key`.
    #[must_use]
    pub fn new(key: &Key) -> Self {
        let state = |&kind: &Kind| {
            let subkey = key.derive(&format!("identifier {kind} normaliser {NORMALISER}"));
            keyed(subkey.as_ref())
        };
        Self { states: Kind::ALL.iter().map(state).collect() }
    }

    /// The pseudonym of one identifier, given by the bytes of its normal form.
    ///
    /// Costs one HMAC-SHA-256: two compressions for up to 55 bytes.
    #[must_use]
    pub fn pseudonym(&self, kind: Kind, normal_form: &[u8]) -> Pseudonym {
        leftmost_128(&self.states[kind as usize], normal_form)
    }

    /// Appends the pseudonyms of many identifiers, in their order.
    pub fn pseudonyms<'a>(
        &self,
        identifiers: impl IntoIterator<Item = (Kind, &'a [u8])>,
        pseudonyms: &mut Vec<Pseudonym>,
    ) {
        let hashed = identifiers.into_iter().map(|(kind, bytes)| self.pseudonym(kind, bytes));
        pseudonyms.extend(hashed);
    }
}

impl fmt::Debug for Pseudonymiser {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Pseudonymiser(…)")
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn leftmost_128(state: &Hmac<Sha256>, message: &[u8]) -> Pseudonym {
    let digest = state.clone().chain_update(message).finalize().into_bytes();
    let (leftmost, _) = digest.split_first_chunk().expect("SHA-256 gives 32 bytes");
    // Most significant byte first, whatever the machine: the order of numbers is that of bytes.
    #[expect(clippy::big_endian_bytes, reason = "a digest is a string of bytes")]
    Pseudonym(u128::from_be_bytes(*leftmost))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many vectors hold: a valid tag begins with the pseudonym, an invalid one does not.
    fn count_vectors(vectors: &str) -> usize {
        let mut count = 0;
        for line in vectors.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let bytes = |cell: usize| hex::decode(cells[cell]).expect("hex digits");
            let expected = cells.get(3).is_none_or(|&result| result == "valid");
            let pseudonym = leftmost_128(&keyed(&bytes(0)), &bytes(1));
            let digits = format!("{:032x}", pseudonym.number());
            assert_eq!(digits == hex::encode(&bytes(2)[..16]), expected, "vector {count}");
            count += 1;
        }
        count
    }

    #[test]
    fn the_hmac_vectors_of_rfc_4231_hold() {
        let vectors = include_str!("../tests/data/crypto/rfc4231_hmac_sha256.csv");
        assert_eq!(count_vectors(vectors), 7);
    }

    #[test]
    fn the_hmac_vectors_of_wycheproof_hold() {
        let vectors = include_str!("../tests/data/crypto/wycheproof_hmac_sha256.csv");
        assert_eq!(count_vectors(vectors), 120);
    }

    #[test]
    fn debug_hides_the_number() {
        let shown = format!("{:?}", Pseudonym::from_number(0x1234_5678));
        assert_eq!(shown, "Pseudonym(…)");
    }

    #[test]
    fn many_at_a_time_are_the_same_as_one_at_a_time() {
        let pseudonymiser = Pseudonymiser::new(&Key::from_bytes([7; 32]));
        let messages: Vec<Vec<u8>> = (0..200).map(|length| vec![b'x'; length]).collect();
        let identifiers = || {
            let kinds = Kind::ALL.iter().copied().cycle();
            kinds.zip(messages.iter().map(Vec::as_slice))
        };
        let mut many = Vec::new();
        pseudonymiser.pseudonyms(identifiers(), &mut many);
        let one: Vec<Pseudonym> =
            identifiers().map(|(kind, bytes)| pseudonymiser.pseudonym(kind, bytes)).collect();
        assert_eq!(many, one);
    }
}
