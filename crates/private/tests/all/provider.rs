//! Test helpers for the provider's side: requests that are cheap to make, and grants.

use std::{io::Cursor, sync::LazyLock};

use curve25519_dalek::{RistrettoPoint, Scalar, ristretto::CompressedRistretto};
use leakdex::{Kind, KindSet};
use leakdex_private::{
    ChargedRequest, CheckedRequest, Epoch, Error, Factor, Grant, Ledger, Request, Signer,
    Timestamp, answer,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::forge::{self, BATCH, Content};

/// A provider, an insurer, and a ledger that does not exist yet.
pub struct World {
    pub epoch: Epoch,
    pub provider: Signer,
    pub insurer: Signer,
    pub ledger: Ledger,
    pub folder: TempDir,
}

/// A fixed time.
pub fn time() -> Timestamp {
    Timestamp::from_second(1_795_943_000).expect("a time")
}

/// One identifier for each member.
pub fn one() -> Factor {
    "1".parse().expect("a factor")
}

/// The number of members that need this many batches with the factor one.
pub const fn members_of(batches: u64) -> u64 {
    batches * (BATCH as u64 - 1)
}

impl World {
    pub fn new(kinds: &[Kind]) -> Self {
        let kinds: KindSet = kinds.iter().copied().collect();
        let epoch = Epoch::generate("vector-1".parse().expect("a name"), kinds);
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            epoch: epoch.expect("there are random bytes"),
            provider: Signer::generate().expect("there are random bytes"),
            insurer: Signer::generate().expect("there are random bytes"),
            ledger: Ledger::at(folder.path().join("ledger")),
            folder,
        }
    }

    pub fn grant(&self, batches: u64) {
        let grant = Grant::for_members(
            self.insurer.fingerprint(),
            &self.epoch,
            members_of(batches),
            |_| one(),
            "a test",
        );
        self.ledger.grant(&grant.expect("a grant"), time()).expect("it is written");
    }

    /// A request of the insurer with this many batches of each kind. Another seed makes another request.
    pub fn request(&self, seed: u64, batches: u64) -> Vec<u8> {
        forge::file(forge::REQUEST, &self.content(seed, batches), &self.insurer)
    }

    pub fn content(&self, seed: u64, batches: u64) -> Content {
        let kinds: Vec<Value> = slugs(&self.epoch)
            .iter()
            .map(|kind| json!({"kind": kind, "batches": batches}))
            .collect();
        let elements: u64 = kinds.len() as u64 * batches * BATCH as u64;
        let body = (0..elements).flat_map(|number| element(seed, number)).collect();
        Content { metadata: json!({"epoch": self.epoch.id().to_string(), "kinds": kinds}), body }
    }

    pub fn charge(&self, request: &[u8]) -> Result<ChargedRequest, Error> {
        let mut request = Request::open(Cursor::new(request))?;
        self.ledger.charge(&CheckedRequest::new(&self.epoch, &mut request)?, time())
    }

    /// Charges and answers a request.
    pub fn answer(&self, request: &[u8]) -> Result<Vec<u8>, Error> {
        let charged = self.charge(request)?;
        let mut request = Request::open(Cursor::new(request))?;
        let checked = CheckedRequest::new(&self.epoch, &mut request)?;
        let mut response = Vec::new();
        answer(checked, &charged, &self.provider, |_, _| (), &mut response)?;
        Ok(response)
    }

    /// The batches granted and charged of each kind, by slug.
    pub fn accounts(&self) -> Vec<(u64, u64)> {
        let accounts = self.ledger.accounts().expect("the ledger is sound");
        accounts.iter().map(|account| (account.granted, account.charged)).collect()
    }

    /// The lines of the ledger.
    pub fn lines(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.ledger.path()).expect("there is a ledger");
        text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }
}

pub fn slugs(epoch: &Epoch) -> Vec<&'static str> {
    let mut slugs: Vec<&str> = epoch.kinds().iter().map(Kind::slug).collect();
    slugs.sort_unstable();
    slugs
}

/// An element. Making elements is slow, so all requests use the same 64, each in its own order.
pub fn element(seed: u64, number: u64) -> [u8; 32] {
    static ELEMENTS: LazyLock<Vec<[u8; 32]>> = LazyLock::new(|| {
        let base = RistrettoPoint::mul_base(&Scalar::ONE);
        let mut next = base;
        let mut next_half = || {
            let now = next;
            next += base;
            now
        };
        let halves: Vec<_> = (0..64).map(|_| next_half()).collect();
        let encoded = RistrettoPoint::double_and_compress_batch(&halves);
        encoded.iter().map(CompressedRistretto::to_bytes).collect()
    });
    let place = (seed.wrapping_mul(31) ^ number.wrapping_mul(17) ^ number >> 6) % 64;
    ELEMENTS[usize::try_from(place).expect("it is below 64")]
}
