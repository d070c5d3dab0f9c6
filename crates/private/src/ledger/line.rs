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

/// A record, and its place in the chain.
pub(super) struct Line {
    fields: Fields,
}

/// All fields that a line can have, in their order. Each type of record has some of them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    seq: u64,
    previous: LineDigest,
    time: String,
    what: EntryType,
    insurer: Fingerprint,
    epoch: EpochId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<FileId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response: Option<FileId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batches: Option<Vec<Batches>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    members: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum EntryType {
    Grant,
    Charge,
    Answered,
    Refused,
}

/// The event that a line records.
pub(super) enum Event {
    Grant { batches: Vec<Batches>, members: u64, reason: String },
    Charge { request: FileId, batches: Vec<Batches> },
    Answered { request: FileId, response: FileId },
    Refused { request: FileId, error: String },
}

/// The `previous` digest of the first line.
pub(super) const NO_LINE: LineDigest = LineDigest([0; 32]);

/// The length limit of a line, in bytes. A line with three kinds and a long reason has about 1500.
pub(super) const MAX_LENGTH: usize = 1 << 13;

/// The texts before and after the digest of a line.
const BEFORE_DIGEST: &str = ",\"digest\":\"";
const AFTER_DIGEST: &str = "\"}\n";

impl Line {
    pub fn new(
        (seq, previous): (u64, LineDigest),
        time: Timestamp,
        insurer: Fingerprint,
        epoch: EpochId,
        event: Event,
    ) -> Self {
        let (what, request, response, batches, members, reason, error) = match event {
            Event::Grant { batches, members, reason } => {
                (EntryType::Grant, None, None, Some(batches), Some(members), Some(reason), None)
            }
            Event::Charge { request, batches } => {
                (EntryType::Charge, Some(request), None, Some(batches), None, None, None)
            }
            Event::Answered { request, response } => {
                (EntryType::Answered, Some(request), Some(response), None, None, None, None)
            }
            Event::Refused { request, error } => {
                (EntryType::Refused, Some(request), None, None, None, None, Some(error))
            }
        };
        // Whole seconds are precise enough for a ledger.
        let time = Timestamp::from_second(time.as_second()).unwrap_or(time).to_string();
        let fields = Fields {
            seq,
            previous,
            time,
            what,
            insurer,
            epoch,
            request,
            response,
            batches,
            members,
            reason,
            error,
        };
        Self { fields }
    }

    /// The first fields of a line with this number, as in the file.
    pub fn beginning(seq: u64, previous: LineDigest) -> String {
        format!("{{\"seq\":{seq},\"previous\":\"{previous}\",\"time\":\"")
    }

    /// The number of the line, from 1.
    pub const fn seq(&self) -> u64 {
        self.fields.seq
    }

    pub const fn previous(&self) -> LineDigest {
        self.fields.previous
    }

    pub const fn insurer(&self) -> Fingerprint {
        self.fields.insurer
    }

    pub const fn epoch(&self) -> EpochId {
        self.fields.epoch
    }

    /// The line as in the file, and its digest.
    pub fn to_text(&self) -> (String, LineDigest) {
        let mut text = serde_json::to_string(&self.fields).expect("it has string keys only");
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
        let fields: Fields = serde_json::from_slice(&[record, b"}"].concat()).ok()?;
        let line = Self { fields };
        let (written, digest) = line.to_text();
        (written.as_bytes() == text).then_some((line, digest))
    }

    /// The event that the line records. `None` if it has too many or too few fields.
    pub fn into_event(self) -> Option<Event> {
        let Fields { what, request, response, batches, members, reason, error, .. } = self.fields;
        Some(match (what, request, response, batches, members, reason, error) {
            (EntryType::Grant, None, None, Some(batches), Some(members), Some(reason), None) => {
                Event::Grant { batches, members, reason }
            }
            (EntryType::Charge, Some(request), None, Some(batches), None, None, None) => {
                Event::Charge { request, batches }
            }
            (EntryType::Answered, Some(request), Some(response), None, None, None, None) => {
                Event::Answered { request, response }
            }
            (EntryType::Refused, Some(request), None, None, None, None, Some(error)) => {
                Event::Refused { request, error }
            }
            _ => return None,
        })
    }
}

fn digest_of(record: &[u8]) -> LineDigest {
    let hash = Sha256::new_with_prefix(b"leakdex/private/1 line ");
    LineDigest(hash.chain_update(record).finalize().into())
}
