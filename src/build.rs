//! Building: records and indexes become an index file, sorted, sealed and published.

mod builder;
mod classes;
mod counting;
mod encode;
mod entry;
mod hashed;
mod merge;
mod origins;
mod progress;
mod publish;
mod shard_writer;
mod sorter;
mod spill;
mod tag;

pub use builder::IndexBuilder;
#[cfg(test)]
pub(crate) use encode::{Encoder, Size};
pub use hashed::{Added, BatchHasher, HashedBatch};
pub use merge::{ErasedRecords, IndexMerger, Merged, RowErasure, StayingRecords};
#[cfg(test)]
pub(crate) use origins::NumberedOrigins;
pub use progress::BuildProgress;
pub use publish::Publication;
