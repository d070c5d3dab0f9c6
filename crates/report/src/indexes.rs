//! The sizes of indexes in results. All shards of an index count as one index.

use leakdex::{Index, Shard};

/// The number of identifiers in an index, including all its shards.
#[must_use]
pub fn identifiers_of(index: &Index) -> u64 {
    index.shard().map_or(index.len(), Shard::entries)
}
