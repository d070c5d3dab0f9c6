//! The private check: a provider holds a leak, insurers hold members, and they exchange files.
//!
//! `docs/PRIVATE-CHECK.md` is the specification.

#![forbid(unsafe_code)]

mod answer;
mod ask;
mod audit;
mod checked;
mod envelope;
mod epoch;
mod error;
mod finish;
#[doc(hidden)]
pub mod fuzzing;
mod json;
mod ledger;
mod names;
mod open;
#[cfg(test)]
mod overwritten;
mod pass;
mod request;
mod response;
mod signer;
mod state;
mod table;
mod texts;
mod voprf;

pub use answer::answer;
pub use ask::{RequestBuilder, RequestPass, RequestWriter};
pub use audit::{
    AuditResult, Challenge, OpenedIdentifier, Opening, Place, Sample, audit, write_openings,
};
pub use checked::CheckedRequest;
pub use envelope::verify_file;
pub use epoch::{BATCH, Epoch, EpochId, MAX_KINDS};
pub use error::{Error, Secret};
pub use finish::{FinishPass, Finisher, TableHits};
/// The time of a line of the ledger.
pub use jiff::Timestamp;
pub use ledger::{Account, ChargedRequest, Factor, Grant, Ledger};
pub use names::{FileId, FileType, Fingerprint};
pub use open::{OpenedSample, Opener};
pub use request::{Batches, Request};
pub use response::{Charge, LineDigest, Response};
pub use signer::Signer;
pub use state::{ListContent, ListDigest, State};
pub use table::{Table, TableKey, write_table};
