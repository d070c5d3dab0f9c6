//! One line of a ledger.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    epoch::EpochId,
    names::{FileId, Fingerprint},
    request::Batches,
    response::LineDigest,
};

/// A record, and its place in the chain. The fields are in the order of the file.
#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    /// The number of the line, from 1.
    pub seq: u64,
    pub previous: LineDigest,
    time: String,
    #[serde(flatten)]
    pub event: Event,
}

/// The event that a line records.
#[derive(Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "lowercase")]
pub(super) enum Event {
    Grant {
        insurer: Fingerprint,
        epoch: EpochId,
        batches: Vec<Batches>,
        members: u64,
        reason: String,
    },
    Charge {
        insurer: Fingerprint,
        epoch: EpochId,
        request: FileId,
        batches: Vec<Batches>,
    },
    Answered {
        insurer: Fingerprint,
        epoch: EpochId,
        request: FileId,
        response: FileId,
    },
    Refused {
        insurer: Fingerprint,
        epoch: EpochId,
        request: FileId,
        error: String,
    },
}

/// The `previous` digest of the first line.
pub(super) const NO_LINE: LineDigest = LineDigest([0; 32]);

/// The length limit of a line, in bytes. A line with three kinds and a long reason has about 1500.
pub(super) const MAX_LENGTH: usize = 1 << 13;

/// The texts before and after the digest of a line.
const BEFORE_DIGEST: &str = ",\"digest\":\"";
const AFTER_DIGEST: &str = "\"}\n";

impl Line {
    pub fn new((seq, previous): (u64, LineDigest), time: Timestamp, event: Event) -> Self {
        // Whole seconds are precise enough for a ledger.
        let time = Timestamp::from_second(time.as_second()).unwrap_or(time).to_string();
        Self { seq, previous, time, event }
    }

    /// The first fields of a line with this number, as in the file.
    pub fn beginning(seq: u64, previous: LineDigest) -> String {
        format!("{{\"seq\":{seq},\"previous\":\"{previous}\",\"time\":\"")
    }

    /// The line as in the file, and its digest.
    pub fn to_text(&self) -> (String, LineDigest) {
        let mut text = serde_json::to_string(self).expect("it has string keys only");
        let end = text.pop();
        debug_assert_eq!(end, Some('}'), "a JSON object ends with a brace");
        let digest = digest_of(text.as_bytes());
        text.push_str(BEFORE_DIGEST);
        text.push_str(&digest.to_string());
        text.push_str(AFTER_DIGEST);
        (text, digest)
    }

    /// The line in these bytes, with its line feed, and its digest. `None` if it differs in anything from the
    /// output of [`to_text`](Self::to_text).
    pub fn of_text(text: &[u8]) -> Option<(Self, LineDigest)> {
        let rest = text.strip_suffix(AFTER_DIGEST.as_bytes())?;
        let (rest, digest) = rest.split_at_checked(rest.len().checked_sub(64)?)?;
        let record = rest.strip_suffix(BEFORE_DIGEST.as_bytes())?;
        if digest != digest_of(record).to_string().as_bytes() {
            return None;
        }
        let line: Self = serde_json::from_slice(&[record, b"}"].concat()).ok()?;
        let (written, digest) = line.to_text();
        (written.as_bytes() == text).then_some((line, digest))
    }
}

fn digest_of(record: &[u8]) -> LineDigest {
    let hash = Sha256::new_with_prefix(b"leakdex/private/1 line ");
    LineDigest(hash.chain_update(record).finalize().into())
}
