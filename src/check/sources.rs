//! The sources of a check: each is a whole index, or the shards of one index.

use crate::{
    identifier::{FieldSet, KindSet},
    index::{Candidate, Index, Shard},
};

/// All sources of one check.
pub(super) struct Sources<'a> {
    pub all: Vec<Source<'a>>,
    /// The kinds with a caveat on a column of some leak.
    pub doubtful: KindSet,
    /// The fields that certainly no leak holds.
    pub in_no_leak: FieldSet,
    /// The fields whose values some leak holds, but not in their coarser form.
    pub without_coarser: FieldSet,
}

/// An index, or the shards of one.
pub(super) struct Source<'a> {
    /// The index, or any one of its shards. All shards have the same description, and number
    /// the origins alike.
    pub index: &'a Index,
    /// The shards by number, `None` for a missing one. Empty for a whole index.
    shards: Vec<Option<&'a Index>>,
}

impl<'a> Sources<'a> {
    pub fn of(indexes: &[&'a Index]) -> Self {
        let mut all: Vec<Source<'a>> = Vec::with_capacity(1);
        for &index in indexes {
            let known_source = all.iter_mut().find(|source| source.index.is_of_same_build(index));
            match (index.shard(), known_source) {
                (Some(shard), Some(source)) => source.add(shard, index),
                (Some(shard), None) => all.push(Source::of_shard(shard, index)),
                (None, _) => all.push(Source { index, shards: Vec::new() }),
            }
        }
        let doubtful = indexes.iter().map(|index| index.doubtful());
        let doubtful = doubtful.fold(KindSet::EMPTY, KindSet::union);
        let leaks = || all.iter().flat_map(|source| source.index.leaks());
        let in_no_leak = leaks().map(|leak| leak.absent).reduce(FieldSet::intersection);
        let in_no_leak = in_no_leak.unwrap_or_default();
        let without_coarser = leaks().map(|leak| leak.without_coarser());
        let without_coarser = without_coarser.fold(FieldSet::EMPTY, FieldSet::union);
        Self { all, doubtful, in_no_leak, without_coarser }
    }
}

impl<'a> Source<'a> {
    fn of_shard(shard: &Shard, index: &'a Index) -> Self {
        let mut source = Self { index, shards: vec![None; shard.count().get() as usize] };
        source.add(shard, index);
        source
    }

    fn add(&mut self, shard: &Shard, index: &'a Index) {
        self.shards[shard.number() as usize] = Some(index);
    }

    /// Calls `found` with each first half that the source may hold, and with the index or shard
    /// that may hold it. Calls `other_shard` with the positions of first halves that belong to a
    /// missing shard.
    pub fn prefilter(
        &self,
        first_halves: &[u64],
        mut found: impl FnMut(&'a Index, Candidate),
        mut other_shard: impl FnMut(usize),
    ) {
        let Some(shard) = self.index.shard() else {
            return self.index.prefilter(first_halves, |candidate| found(self.index, candidate));
        };
        // Each shard looks up its own first halves in one call.
        let mut by_shard: Vec<(Vec<usize>, Vec<u64>)> = vec![Default::default(); self.shards.len()];
        for (place, &first_half) in first_halves.iter().enumerate() {
            let (places, halves) =
                &mut by_shard[shard.count().shard_of_first_half(first_half) as usize];
            places.push(place);
            halves.push(first_half);
        }
        for (index, (places, halves)) in self.shards.iter().zip(by_shard) {
            if let Some(index) = *index {
                index.prefilter(&halves, |candidate| {
                    found(index, Candidate { place: places[candidate.place], ..candidate });
                });
            } else {
                places.into_iter().for_each(&mut other_shard);
            }
        }
    }
}
