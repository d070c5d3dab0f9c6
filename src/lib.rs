//! Finds the members of an insurer that appear in a data leak.
//!
//! An [`IndexBuilder`] turns leaked records into an index of keyed hashes. A check of a member
//! against an [`Index`] gives a [`Verdict`]: affected, not affected, or indeterminate. Leaked
//! records and members take the same steps before they are hashed, so both are normalised alike:
//!
//! ```text
//! leaked file ─► Record ─► identifiers ─► pseudonyms ─► sort ─► index file
//! member list ─► Record ─► identifiers ─► pseudonyms ─► look up ─► Verdict
//! ```
//!
//! A [`Record`] holds raw [`Field`]s. A [`Normaliser`] converts them to normal forms. A [`Batch`]
//! collects the identifiers of many records. A [`Pseudonymiser`] hashes them under a [`Key`].
//!
//! ```
//! use leakdex::{Breach, IndexBuilder, Key, Record, Verdict};
//!
//! let key = Key::generate()?;
//! let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
//! let _added = builder.add(&Record::new().kvnr("A123456780").email("m.muster@example.de"))?;
//! let index = builder.build()?;
//!
//! match index.check(&Record::new().kvnr("A 123 456 780")) {
//!     Verdict::Affected(finding) => assert_eq!(finding.exposure().records(), 1),
//!     Verdict::NotAffected(coverage) => println!("checked: {:?}", coverage.checked),
//!     Verdict::Indeterminate(coverage) => println!("why not: {:?}", coverage.problems),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! *Indeterminate* does not mean "not affected": nothing could be checked. [`Coverage`] lists
//! what was checked and what was not.
//!
//! A service keeps a [`LiveSet`], whose indexes can be replaced while it answers. A batch job hands
//! records to [`Index::check_batch`] a few thousand at a time, and gets the verdicts in the same
//! order. `examples/` has a program for each.
//!
//! These checks judge each member alone. Damage to a column shows only in a whole list: if all dates of birth
//! of a list are a day off, each of its members may be *not affected* without a gap. For a whole list, use
//! the crate `leakdex-screening`, as the command does, or [`IndexSet::probe_dates`] at least. Show
//! [`Index::leak_caveats`] with the results.
//!
//! # Features
//!
//! No feature is on by default. The documentation of an item names the feature that it needs.
//!
//! | feature | effect |
//! |---|---|
//! | `phone` | Reads phone numbers. Without it, [`Field::Phone`] still exists, so that programs can build the same records, but each of its values becomes a [`Problem`] with [`Reason::Unsupported`]. |
//! | `tracing` | Emits [tracing](https://docs.rs/tracing) spans (`DEBUG`) for operations that take a while and can fail: opening, mapping, verifying, writing, merging and publishing an index. Emits events when a [`LiveSet`] takes another index (`INFO`) or cannot (`WARN`). They hold paths, counts, public ids and errors, but never a value or a pseudonym. Single checks emit nothing. |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(unsafe_code)]
#![warn(missing_docs)]

mod batch;
mod breach;
mod build;
mod check;
mod columns;
mod error;
mod id;
mod identifier;
mod index;
mod key;
mod memory;
mod parse_error;
mod profile;
mod pseudonym;
mod record;
mod text;
mod trace;

pub use batch::{Batch, CanonicalIdentifier, Problem};
pub use breach::{Breach, BreachName, DataClass};
pub use build::{
    AddOutcome, BatchHasher, BuildProgress, ErasedRecords, FoundIndex, HashedBatch, IndexBuilder,
    IndexMerger, KeptIdentifiers, LeakedIdentifier, LeakedIdentifiers, MergeStats, Publication,
    RowErasure, ShardBuilder, ShardContent, ShardPlan, ShardSummary, StayingRecords, TaskAccount,
};
pub use check::{
    Agreement, BreachExposure, Caveat, CaveatSet, Concordance, Coverage, DateAgreement, DateProbe,
    DecoyRate, Decoys, Estimate, Evidence, Exposure, FieldAgreement, Finding, IndexSet,
    IndexSource, LiveSet, MatchedRecord, NameAgreement, PostalCodeAgreement, RemoteShards, State,
    Verdict, Verdicts,
};
pub use columns::{Column, Columns, Span};
pub use error::{BuildFault, DistributedFault, Error, IndexFault};
pub use id::{IndexId, KeyId};
#[cfg_attr(docsrs, doc(cfg(feature = "phone")))]
pub use identifier::Region;
pub use identifier::{
    DateEvidence, DateOrder, Field, FieldSet, InstitutionCode, Kind, KindSet, NORMALISER,
    Normaliser, Outcome, Reason, Strength, is_placeholder,
};
pub use index::{
    Canary, DescribedKind, Index, KindCount, LeakDescription, LeakedRecord, LookupResult, Metadata,
    Part, PartKind, Requirements, RowAccount, Shard, ShardCount, UnverifiedIndex,
    canary_normal_forms, unicode_version,
};
pub use key::Key;
pub use parse_error::ParseError;
pub use profile::{Profile, RunCaveat, Side, Sign};
pub use pseudonym::{Pseudonym, Pseudonymiser, SCHEME};
pub use record::Record;

/// Parts of normalisation rules, for the project's own command, tests and fuzz targets. They are
/// not part of the public interface and change without notice.
#[doc(hidden)]
pub mod internal {
    pub use crate::identifier::{
        InsuredNumber, civil_from_days, koelner_phonetik, read_institution_code, usual_form,
    };
    pub use crate::pseudonym::first_halves;
}

/// The program in the README must compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
