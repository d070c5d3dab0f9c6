//! One line of a ledger.

use std::time::{SystemTime, UNIX_EPOCH};

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

/// All that a line can have, in its order. Each sort of record has its own fields.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    seq: u64,
    previous: LineDigest,
    time: String,
    what: What,
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
enum What {
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

/// Before the first line.
pub(super) const NO_LINE: LineDigest = LineDigest([0; 32]);

/// The longest line in bytes. A line with three kinds and a long reason has some 1500.
pub(super) const LONGEST: usize = 1 << 13;

/// Between the record and its digest, and after it.
const BEFORE_DIGEST: &str = ",\"digest\":\"";
const AFTER_DIGEST: &str = "\"}\n";

impl Line {
    pub fn new(
        (seq, previous): (u64, LineDigest),
        time: SystemTime,
        insurer: Fingerprint,
        epoch: EpochId,
        event: Event,
    ) -> Self {
        let (what, request, response, batches, members, reason, error) = match event {
            Event::Grant { batches, members, reason } => {
                (What::Grant, None, None, Some(batches), Some(members), Some(reason), None)
            }
            Event::Charge { request, batches } => {
                (What::Charge, Some(request), None, Some(batches), None, None, None)
            }
            Event::Answered { request, response } => {
                (What::Answered, Some(request), Some(response), None, None, None, None)
            }
            Event::Refused { request, error } => {
                (What::Refused, Some(request), None, None, None, None, Some(error))
            }
        };
        let time = to_text(time);
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

    /// The first fields of a line with this number, as they stand in the file.
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

    /// The line as it stands in the file, and its digest.
    pub fn to_text(&self) -> (String, LineDigest) {
        let mut text = serde_json::to_string(&self.fields).expect("it has string keys only");
        let end = text.pop();
        debug_assert_eq!(end, Some('}'), "an object ends so");
        let digest = digest_of(text.as_bytes());
        text.push_str(BEFORE_DIGEST);
        text.push_str(&digest.to_string());
        text.push_str(AFTER_DIGEST);
        (text, digest)
    }

    /// The line in these bytes, with its line feed, and its digest. `None` if anything in it is not as
    /// [`to_text`](Self::to_text) writes it.
    pub fn of_text(text: &[u8]) -> Option<(Self, LineDigest)> {
        let rest = text.strip_suffix(AFTER_DIGEST.as_bytes())?;
        let (rest, digest) = rest.split_at_checked(rest.len().checked_sub(64)?)?;
        let record = rest.strip_suffix(BEFORE_DIGEST.as_bytes())?;
        if digest != hex::encode(digest_of(record).0).as_bytes() {
            return None;
        }
        let fields: Fields = serde_json::from_slice(&[record, b"}"].concat()).ok()?;
        let line = Self { fields };
        let (written, digest) = line.to_text();
        (written.as_bytes() == text).then_some((line, digest))
    }

    /// The event that the line records. `None` if it has too many fields or too few.
    pub fn into_event(self) -> Option<Event> {
        let Fields { what, request, response, batches, members, reason, error, .. } = self.fields;
        Some(match (what, request, response, batches, members, reason, error) {
            (What::Grant, None, None, Some(batches), Some(members), Some(reason), None) => {
                Event::Grant { batches, members, reason }
            }
            (What::Charge, Some(request), None, Some(batches), None, None, None) => {
                Event::Charge { request, batches }
            }
            (What::Answered, Some(request), Some(response), None, None, None, None) => {
                Event::Answered { request, response }
            }
            (What::Refused, Some(request), None, None, None, None, Some(error)) => {
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

/// A time in UTC as RFC 3339 writes it, in whole seconds.
fn to_text(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, seconds) = (seconds / 86_400, seconds % 86_400);
    // Years of 365.2425 days that begin in March, so that a leap day is the last; from 1 March 0000.
    let days = days + 719_468;
    let (cycle, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = (400 * cycle + year + month / 10, (month + 2) % 12 + 1);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_those_of_rfc_3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_674_000_000, "2023-01-18T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(to_text(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }
}
