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
//! A service keeps a [`LiveIndex`], which is replaced while it is asked. A batch job hands records to
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
//! | `tracing` | Tells [tracing](https://docs.rs/tracing) of what takes a while and can fail: opening, mapping, verifying, writing, merging and publishing an index (spans, at `DEBUG`), and when a [`LiveIndex`] takes another index (`INFO`) or cannot (`WARN`). It tells paths, counts, public ids and errors; never a value or a pseudonym, and nothing of single checks. |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(unsafe_code)]
#![warn(missing_docs)]

mod batch;
mod breach;
mod check;
mod error;
mod identifier;
mod index;
mod index_set;
mod key;
mod live_index;
mod pseudonym;
mod record;
mod trace;
mod verdict;

pub use batch::{Batch, Problem};
pub use breach::{Breach, BreachName, DataClass, InvalidName};
pub use error::{BuildFault, Error, IndexFault};
pub use identifier::{
    Field, FieldSet, InstitutionCode, InsuredNumber, Kind, KindSet, NORMALISER, Normaliser,
    Outcome, Reason, UnknownName, is_placeholder, koelner_phonetik,
};
#[cfg_attr(docsrs, doc(cfg(feature = "phone")))]
pub use identifier::{Region, UnknownRegion};
pub use index::{
    Added, BuildPhase, BuildProgress, Canary, ClassSets, Index, IndexBuilder, IndexId, IndexMerger,
    InvalidShardCount, KindCount, LookUp, Merged, Metadata, Part, Publication, Requirements,
    RowAccount, Shard, ShardCount, unicode_version,
};
pub use index_set::IndexSet;
pub use key::{Key, KeyId};
pub use live_index::LiveIndex;
pub use pseudonym::{Pseudonym, Pseudonymiser, SCHEME};
pub use record::Record;
pub use verdict::{BreachExposure, Coverage, Exposure, Finding, Strength, Verdict};
