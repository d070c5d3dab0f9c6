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
#[doc(hidden)]
pub mod staging;
mod verdict;

pub use batch::{Batch, Problem};
pub use breach::{Breach, BreachName, DataClass, InvalidName};
pub use error::{BuildFault, Error, IndexFault};
pub use identifier::{
    Field, FieldSet, InstitutionCode, InsuredNumber, Kind, KindSet, NORMALISER, Normaliser,
    Outcome, Reason, Region, UnknownName, UnknownRegion, is_placeholder, koelner_phonetik,
};
pub use index::{
    Added, BuildPhase, BuildProgress, Canary, ClassSets, Index, IndexBuilder, IndexId, IndexMerger,
    InvalidShardCount, KindCount, LookUp, Merged, Metadata, Part, Publication, Requirements,
    RowAccount, Shard, ShardCount,
};
pub use index_set::IndexSet;
pub use key::{Key, KeyId};
pub use live_index::LiveIndex;
pub use pseudonym::{Pseudonym, Pseudonymiser, SCHEME};
pub use record::Record;
pub use verdict::{BreachExposure, Coverage, Exposure, Finding, Strength, Verdict};
