//! The private check: a provider holds a leak, insurers hold members, and they exchange files.
//!
//! `docs/PRIVATE-CHECK.md` is the specification.

#![forbid(unsafe_code)]

mod ask;
mod envelope;
mod epoch;
mod error;
mod finish;
mod pass;
mod request;
mod response;
mod signer;
mod state;
mod table;
mod texts;
mod voprf;

pub use ask::{Asker, Asking, AskingPass};
pub use envelope::{FileId, FileType};
pub use epoch::{BATCH, Epoch, EpochId, MOST_KINDS};
pub use error::{Error, Secret};
pub use finish::{Finishing, FinishingPass, Found};
pub use request::{Batches, Request};
pub use response::{Charge, Response};
pub use signer::{Fingerprint, Signer};
pub use state::{ListContent, ListDigest, State};
pub use table::{Table, TableKey, write_table};
