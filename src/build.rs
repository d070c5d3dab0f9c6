//! Building: records and indexes become an index file, sorted, sealed and published.

mod builder;
mod classes;
mod encode;
mod exposures;
mod merge;
mod progress;
mod publish;
mod shard_writer;
mod sorter;

pub use builder::{Added, BatchHasher, HashedBatch, IndexBuilder};
#[cfg(test)]
pub(crate) use encode::Encoder;
#[cfg(test)]
pub(crate) use exposures::NumberedExposures;
pub use merge::{IndexMerger, Merged};
pub use progress::BuildProgress;
pub use publish::Publication;
