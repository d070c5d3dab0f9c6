//! Indexes as the caller gave them: all shards of an index count as one.

use leakdex::{Index, IndexId, IndexSet, Shard};

/// The indexes of a set as the caller gave them. An index that is split into shards is represented by its first
/// shard.
pub fn given_indexes(set: &IndexSet) -> impl Iterator<Item = &Index> {
    let is_first = |index: &&Index| index.shard().is_none_or(|shard| shard.number() == 0);
    set.indexes().iter().map(AsRef::as_ref).filter(is_first)
}

/// The id of an index. All shards of an index have the same one.
#[must_use]
pub fn id_of(index: &Index) -> IndexId {
    index.shard().map_or(index.id(), Shard::build)
}
