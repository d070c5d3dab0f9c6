//! Indexes as results name them: one that is split into shards is one.

use leakdex::{Index, Shard};

/// How many identifiers an index holds, in all its shards.
#[must_use]
pub fn identifiers_of(index: &Index) -> u64 {
    index.shard().map_or(index.len(), Shard::entries)
}
