#![doc = include_str!("../README.md")]
//!
//! # The way of the data
//!
//! Both sides share the first half of the road, so they cannot normalise differently:
//!
//! ```text
//! leaked file ─► Record ─► identifiers ─► pseudonyms ─► sort ─► index file
//! member list ─► Record ─► identifiers ─► pseudonyms ─► look up ─► Verdict
//! ```
//!
//! A [`Record`] holds raw [`Field`]s. [`Normaliser`] brings them into normal form; a [`Batch`]
//! collects the identifiers of many records; a [`Pseudonymiser`] hashes them under a [`Key`];
//! an [`IndexBuilder`] sorts them into an [`Index`]; a check gives a [`Verdict`].
//!
//! A service keeps a [`LiveSet`], whose indexes are replaced while it is asked. A batch job hands records to
//! [`Index::check_all`] a few thousand at a time, and gets verdicts in their order. The folder
//! `examples/` has a program for each.
//!
//! # Features
//!
//! None is on by default, and none changes what is said of a member but for what it says here. An
//! item that does nothing without a feature names it.
//!
//! | feature | what it does |
//! |---|---|
//! | `phone` | Reads phone numbers. Without it [`Field::Phone`] is there, so that records need not differ, and each of its values is a [`Problem`] with [`Reason::Unsupported`]. |
//! | `tracing` | Tells [tracing](https://docs.rs/tracing) of what takes a while and can fail: opening, mapping, verifying, writing, merging and publishing an index (spans, at `DEBUG`), and when a [`LiveSet`] takes another index (`INFO`) or cannot (`WARN`). It tells paths, counts, public ids and errors; never a value or a pseudonym, and nothing of single checks. |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(unsafe_code)]
#![warn(missing_docs)]

mod batch;
mod breach;
mod build;
mod check;
mod error;
mod id;
mod identifier;
mod index;
mod key;
mod parse_error;
mod pseudonym;
mod record;
mod trace;

pub use batch::{Batch, Problem};
pub use breach::{Breach, BreachName, DataClass};
pub use build::{Added, BuildProgress, IndexBuilder, IndexMerger, Merged, Publication};
pub use check::{
    BreachExposure, Coverage, Exposure, Finding, IndexSet, IndexSource, LiveSet, Verdict,
};
pub use error::{BuildFault, Error, IndexFault};
pub use id::{IndexId, KeyId};
#[cfg_attr(docsrs, doc(cfg(feature = "phone")))]
pub use identifier::Region;
pub use identifier::{
    Field, FieldSet, InstitutionCode, Kind, KindSet, NORMALISER, Normaliser, Outcome, Reason,
    Strength, is_placeholder,
};
pub use index::{
    Canary, Index, KindCount, LookUp, Metadata, Part, Requirements, RowAccount, Shard, ShardCount,
    Unverified, unicode_version,
};
pub use key::Key;
pub use parse_error::ParseError;
pub use pseudonym::{Pseudonym, Pseudonymiser, SCHEME};
pub use record::Record;

/// Parts of rules on their own, for the project's command, tests and fuzz targets. No part of the
/// interface: they change without notice.
#[doc(hidden)]
pub mod internal {
    pub use crate::identifier::{InsuredNumber, koelner_phonetik, read_institution_code};
}
