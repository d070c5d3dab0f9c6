//! The text of a state's file: a line of JSON, and a line with its MAC.

use hmac::{Hmac, KeyInit, Mac};
use leakdex::Kind;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{RequestedKind, State, YEARS};
use crate::{
    epoch::{EpochId, MAX_KINDS},
    error::{Error, Secret},
    names::{FileId, Fingerprint},
    request::{of_slug, to_slug},
};

/// 32 random bytes, boxed, because moving a value leaves a copy of its bytes behind.
pub(crate) struct Seed(Box<Zeroizing<[u8; 32]>>);

const FORMAT: &str = "leakdex-state-v1";

/// The length limit of a state's text, in bytes. A state has at most three kinds.
const MAX_LENGTH: usize = 1 << 12;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<S> {
    format: String,
    seed: S,
    epoch: EpochId,
    provider: Fingerprint,
    year: u16,
    list_digest: String,
    kinds: Vec<KindLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<FileId>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindLine {
    #[serde(serialize_with = "to_slug", deserialize_with = "of_slug")]
    kind: Kind,
    identifiers: u64,
    batches: u64,
}

impl Seed {
    pub fn generate() -> Result<Self, Error> {
        let mut seed = Box::new(Zeroizing::new([0; 32]));
        getrandom::fill(seed.as_mut_slice()).map_err(Error::NoRandomness)?;
        Ok(Self(seed))
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl State {
    /// The state in the text of its file.
    ///
    /// # Errors
    ///
    /// [`Error::NotASecret`] if the text is not a state; [`Error::StateDamaged`] if it was changed.
    pub fn from_text(text: &[u8]) -> Result<Self, Error> {
        let not_a_state = || Error::NotASecret(Secret::State);
        let marked = format!("{{\"format\":\"{FORMAT}\",");
        if !text.starts_with(marked.as_bytes()) || text.len() > MAX_LENGTH {
            return Err(not_a_state());
        }
        let mut lines = text.splitn(3, |&byte| byte == b'\n');
        let (Some(line), Some(mac), Some(b"")) = (lines.next(), lines.next(), lines.next()) else {
            return Err(Error::StateDamaged);
        };
        let read: Line<Seed> = serde_json::from_slice(line).map_err(|_| Error::StateDamaged)?;
        // The digits of the MAC are compared, since one number can be written in several ways.
        if !bool::from(mac_of(&read.seed, line).ct_eq(mac)) {
            return Err(Error::StateDamaged);
        }

        let mut list_digest = [0; 32];
        hex::decode_to_slice(&read.list_digest, &mut list_digest)
            .map_err(|_| Error::StateDamaged)?;
        let are_in_order =
            read.kinds.is_sorted_by(|one, other| one.kind.slug() < other.kind.slug());
        let of_line = |line: &KindLine| {
            let requested = RequestedKind { kind: line.kind, identifiers: line.identifiers };
            (line.identifiers <= MAX_IDENTIFIERS && requested.batches() == line.batches)
                .then_some(requested)
        };
        let kinds = read.kinds.iter().map(of_line).collect::<Option<Vec<_>>>();
        let kinds = kinds.filter(|kinds| are_in_order && (1..=MAX_KINDS).contains(&kinds.len()));
        if !YEARS.contains(&read.year) {
            return Err(Error::StateDamaged);
        }
        Ok(Self {
            seed: read.seed,
            epoch: read.epoch,
            provider: read.provider,
            year: read.year,
            list_digest,
            kinds: kinds.ok_or(Error::StateDamaged)?,
            request: read.request,
        })
    }

    /// The text of its file: two lines. Write it to the disk before the request, and again with the request's id.
    /// Then a crash in between loses nothing, and the provider is asked only once.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<Vec<u8>> {
        let kinds = self.kinds.iter().map(|requested| KindLine {
            kind: requested.kind,
            identifiers: requested.identifiers,
            batches: requested.batches(),
        });
        let line = Line {
            format: FORMAT.to_owned(),
            seed: &self.seed,
            epoch: self.epoch,
            provider: self.provider,
            year: self.year,
            list_digest: hex::encode(self.list_digest),
            kinds: kinds.collect(),
            request: self.request,
        };
        // With enough room from the start, since growing would leave a copy of the seed behind.
        let mut text = Zeroizing::new(Vec::with_capacity(MAX_LENGTH));
        serde_json::to_writer(&mut *text, &line).expect("it has string keys only");
        let mac = mac_of(&self.seed, &text);
        text.push(b'\n');
        text.extend_from_slice(&mac);
        text.push(b'\n');
        text
    }
}

/// More than there are people, so sums of these numbers cannot overflow.
const MAX_IDENTIFIERS: u64 = 1 << 40;

/// The digits of the MAC of a line.
fn mac_of(seed: &Seed, line: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(seed.as_bytes()).expect("any length");
    let mac = mac.chain_update(b"leakdex/private/1 state ").chain_update(line);
    hex::encode(mac.finalize().into_bytes()).into_bytes()
}

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = Zeroizing::new(hex::encode(self.as_bytes()));
        serializer.serialize_str(&digits)
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Borrowed, so that no copy of the digits stays behind.
        let digits = <&str>::deserialize(deserializer)?;
        let mut seed = Box::new(Zeroizing::new([0; 32]));
        // The error of `hex` would show a digit.
        hex::decode_to_slice(digits, seed.as_mut_slice())
            .map_err(|_| de::Error::custom("not hexadecimal"))?;
        if seed.iter().all(|&byte| byte == 0) {
            return Err(de::Error::custom("all zero"));
        }
        Ok(Self(seed))
    }
}
