//! The private check: a provider holds a leak, insurers hold members, and they exchange files.
//!
//! `docs/PRIVATE-CHECK.md` is the specification.

#![forbid(unsafe_code)]

mod envelope;
mod epoch;
mod error;
mod request;
mod signer;
mod voprf;

pub use envelope::{FileId, FileType};
pub use epoch::{BATCH, Epoch, EpochId, MOST_KINDS};
pub use error::{Error, Secret};
pub use request::{Batches, Request};
pub use signer::{Fingerprint, Signer};
