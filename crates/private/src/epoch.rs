//! An epoch: the provider's secret keys for one leak or one campaign, and the inputs of the VOPRF.

use std::fmt;

use curve25519_dalek::Scalar;
use hmac::{Hmac, KeyInit, Mac};
use leakdex::{BreachName, Key, Kind, KindSet, NORMALISER, canary_normal_forms};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use crate::{
    error::{Error, Secret},
    names::hex_bytes,
    voprf::{ENCODED, Encoded, KeyPair, decode},
};

/// The maximum number of kinds of identifier in an epoch.
pub const MAX_KINDS: usize = 3;

/// The number of elements in a batch. One of them is a canary, so a batch has room for one identifier fewer.
pub const BATCH: usize = 4096;

/// The secret keys of one epoch, derived from a seed: one pair for each kind, so that a grant for names cannot be
/// used for insured numbers.
///
/// The seed is overwritten on drop, and `Debug` shows only the id.
///
/// ```
/// use leakdex::{Kind, KindSet};
/// use leakdex_private::Epoch;
///
/// let kinds: KindSet = [Kind::Kvnr, Kind::Email].into_iter().collect();
/// let epoch = Epoch::generate("bitmarck-2023-01".parse()?, kinds)?;
/// let same = Epoch::from_text(epoch.to_text().as_bytes())?;
/// assert_eq!(epoch.id(), same.id());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Epoch {
    name: BreachName,
    seed: Box<Zeroizing<[u8; 32]>>,
    /// In the order of their slugs.
    pairs: Vec<(Kind, KeyPair)>,
}

/// The public id of an epoch, derived from its name and its public keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochId([u8; 16]);

/// The public key of one kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct PublicKey(pub Encoded);

const PREFIX: &str = "leakdex-epoch-v1:";

/// The kinds in the order of their slugs.
pub(crate) fn in_order(kinds: KindSet) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = kinds.iter().collect();
    kinds.sort_unstable_by_key(|kind| kind.slug());
    kinds
}

impl Epoch {
    /// New keys from the operating system's random number generator.
    ///
    /// # Errors
    ///
    /// [`Error::WrongKinds`] if there are no kinds, or more than [`MAX_KINDS`]; [`Error::NoRandomness`] if
    /// the generator returns no bytes.
    pub fn generate(name: BreachName, kinds: KindSet) -> Result<Self, Error> {
        let mut seed = Box::new(Zeroizing::new([0; 32]));
        getrandom::fill(seed.as_mut_slice()).map_err(Error::NoRandomness)?;
        Self::of_seed(name, kinds, seed)
    }

    fn of_seed(
        name: BreachName,
        kinds: KindSet,
        seed: Box<Zeroizing<[u8; 32]>>,
    ) -> Result<Self, Error> {
        let kinds = in_order(kinds);
        if !(1..=MAX_KINDS).contains(&kinds.len()) {
            return Err(Error::WrongKinds);
        }
        let pair = |kind: Kind| {
            let info = format!("leakdex/private/1 key {} {kind}", name.as_str());
            (kind, KeyPair::derive(&seed, info.as_bytes()))
        };
        let pairs = kinds.into_iter().map(pair).collect();
        Ok(Self { name, seed, pairs })
    }

    /// The epoch in the text of its file.
    ///
    /// # Errors
    ///
    /// [`Error::NotASecret`] if the text holds no seed; [`Error::WrongKinds`] as for
    /// [`generate`](Self::generate).
    pub fn from_text(text: &[u8]) -> Result<Self, Error> {
        let decoded = || {
            let text = str::from_utf8(text).ok()?.trim_ascii_end().strip_prefix(PREFIX)?;
            let (name, rest) = text.split_once(':')?;
            let (kinds, digits) = rest.split_once(':')?;
            let kinds = kinds.split(',').map(|kind| kind.parse::<Kind>().ok());
            let kinds = kinds.collect::<Option<Vec<Kind>>>()?;
            let mut seed = Box::new(Zeroizing::new([0; 32]));
            hex::decode_to_slice(digits, seed.as_mut_slice()).ok()?;
            let is_random = seed.iter().any(|&byte| byte != 0);
            is_random.then_some((name.parse().ok()?, kinds.into_iter().collect(), seed))
        };
        let (name, kinds, seed) = decoded().ok_or(Error::NotASecret(Secret::Epoch))?;
        Self::of_seed(name, kinds, seed)
    }

    /// The text of its file: one line.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let digits = Zeroizing::new(hex::encode(self.seed.as_slice()));
        let kinds: Vec<&str> = self.pairs.iter().map(|(kind, _)| kind.slug()).collect();
        let (name, kinds) = (self.name.as_str(), kinds.join(","));
        Zeroizing::new(format!("{PREFIX}{name}:{kinds}:{}\n", *digits))
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &BreachName {
        &self.name
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> EpochId {
        EpochId::of(&self.name, &self.public_keys())
    }

    /// Its kinds of identifier.
    #[must_use]
    pub fn kinds(&self) -> KindSet {
        self.pairs.iter().map(|(kind, _)| *kind).collect()
    }

    /// The public keys, in the order of the slugs of their kinds.
    pub(crate) fn public_keys(&self) -> Vec<(Kind, PublicKey)> {
        self.pairs.iter().map(|(kind, pair)| (*kind, PublicKey(pair.public))).collect()
    }

    /// The key pairs, in the order of the slugs of their kinds.
    pub(crate) fn pairs(&self) -> &[(Kind, KeyPair)] {
        &self.pairs
    }

    #[cfg(test)]
    pub(crate) fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The key of the index from which the table with this salt is made.
    pub(crate) fn index_key(&self, salt: &[u8; 32]) -> Result<Key, Error> {
        let mac = Hmac::<Sha256>::new_from_slice(self.seed.as_slice()).expect("any length");
        let mac = mac.chain_update(b"leakdex/private/1 index ").chain_update(salt);
        let bytes = Zeroizing::new(<[u8; 32]>::from(mac.finalize().into_bytes()));
        Ok(Key::from_bytes(bytes.as_slice())?)
    }

    /// The nonce of the proof for a batch. It depends on the batch, so equal requests get equal bytes, and no
    /// other batch gets the same nonce. It also depends on the sums. If a fault corrupts the sums of one of two
    /// equal batches, their proofs still have different nonces.
    pub(crate) fn proof_nonce(
        &self,
        kind: Kind,
        (blinded, evaluated): (&[Encoded], &[Encoded]),
        sums: &[Encoded; 2],
    ) -> Zeroizing<Scalar> {
        let mac = |key: &[u8]| Hmac::<Sha512>::new_from_slice(key).expect("any length");
        let subkey = mac(self.seed.as_slice()).chain_update(b"leakdex/private/1 nonce ");
        let subkey = Zeroizing::new(<[u8; 64]>::from(subkey.finalize().into_bytes()));
        let nonce = mac(subkey.as_slice()).chain_update(kind.slug()).chain_update([0]);
        let nonce =
            nonce.chain_update(blinded.as_flattened()).chain_update(evaluated.as_flattened());
        let nonce = nonce.chain_update(sums.as_flattened());
        let wide = Zeroizing::new(<[u8; 64]>::from(nonce.finalize().into_bytes()));
        let nonce = Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide));
        // A zero nonce would reveal the key. It occurs once in 2^252 batches.
        assert_ne!(*nonce, Scalar::ZERO, "a hash is not zero");
        nonce
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Epoch({})", self.id())
    }
}

hex_bytes!(EpochId, 16);

impl EpochId {
    pub(crate) fn of(name: &BreachName, keys: &[(Kind, PublicKey)]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"leakdex/private/1 epoch ");
        hash.update(name.as_str());
        hash.update([0]);
        for (kind, PublicKey(key)) in keys {
            hash.update(kind.slug());
            hash.update([0]);
            hash.update(key);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let (id, _) = digest.split_first_chunk().expect("a digest is longer than an id");
        Self(*id)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    /// Refuses a key that is not canonical, or the identity.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut key = [0; ENCODED];
        hex::decode_to_slice(text, &mut key).map_err(de::Error::custom)?;
        decode(&key).map(|_| Self(key)).ok_or_else(|| de::Error::custom("no public key"))
    }
}

/// The input of an identifier.
pub(crate) fn input(kind: Kind, canonical: &[u8]) -> Vec<u8> {
    let label = format!("leakdex/private/1 input {kind} normaliser {NORMALISER}\0");
    [label.as_bytes(), canonical].concat()
}

/// The input of the canary of a kind: made-up identifiers, which show both sides that they normalise alike. `None`
/// for phone numbers in a build that cannot read them.
pub(crate) fn canary_input(kind: Kind) -> Option<Vec<u8>> {
    let label = format!("leakdex/private/1 canary {kind} normaliser {NORMALISER}\0");
    Some([label.as_bytes(), canary_normal_forms(kind)?].concat())
}

/// The input of a padding element with this number within its kind.
pub(crate) fn padding_input(kind: Kind, number: u64) -> Vec<u8> {
    let label = format!("leakdex/private/1 padding {kind} ");
    [label.as_bytes(), &number.to_le_bytes()].concat()
}
