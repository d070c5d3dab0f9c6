//! Building and merging: turns records and indexes into an index file, sorted, sealed and
//! published.

mod absent;
mod account;
mod builder;
mod class_fields;
mod classes;
mod counting;
mod distributed;
mod encode;
mod entry;
mod found;
mod hashed;
mod kept;
mod merge;
mod origins;
mod progress;
mod publish;
mod shard_writer;
mod sorter;
mod spill;
mod tag;

pub use builder::IndexBuilder;
pub use distributed::{
    LeakedIdentifier, LeakedIdentifiers, ShardBuilder, ShardContent, ShardPlan, ShardSummary,
    TaskAccount,
};
pub(crate) use encode::{Encoder, Failure, Size, salt_for};
pub use found::FoundIndex;
pub use hashed::{AddOutcome, BatchHasher, HashedBatch};
pub use kept::KeptIdentifiers;
pub use merge::{ErasedRecords, IndexMerger, MergeStats, RowErasure, StayingRecords};
pub(crate) use origins::NumberedOrigins;
pub use progress::BuildProgress;
pub use publish::Publication;
