//! Building: records and indexes become an index file, sorted, sealed and published.

mod builder;
mod classes;
mod counting;
mod encode;
mod entry;
mod exposures;
mod hashed;
mod merge;
mod progress;
mod publish;
mod shard_writer;
mod sorter;
mod spill;

pub use builder::IndexBuilder;
#[cfg(test)]
pub(crate) use encode::Encoder;
#[cfg(test)]
pub(crate) use exposures::NumberedExposures;
pub use hashed::{Added, BatchHasher, HashedBatch};
pub use merge::{IndexMerger, Merged};
pub use progress::BuildProgress;
pub use publish::Publication;
