//! The sources of a check: each is a whole index, or the shards of one index.

use crate::{
    index::{Index, LookUp, Shard},
    pseudonym::Pseudonym,
};

/// All sources of one check.
pub(super) struct Sources<'a> {
    pub all: Vec<Source<'a>>,
    /// Whether every file of the sources was verified.
    pub verified: bool,
    /// Whether records were erased from one of them.
    pub erased: bool,
}

/// An index, or the shards of one.
pub(super) struct Source<'a> {
    /// The index, or any one of its shards. All shards describe the index alike and number its
    /// exposures alike.
    pub index: &'a Index,
    /// The shards by number; `None` for one that was not given. Empty for a whole index.
    shards: Vec<Option<&'a Index>>,
}

impl<'a> Sources<'a> {
    pub fn of(indexes: &[&'a Index]) -> Self {
        let mut all: Vec<Source<'a>> = Vec::with_capacity(1);
        for &index in indexes {
            let shards_of_it = all.iter_mut().find(|source| source.is_split_as(index));
            match (index.shard(), shards_of_it) {
                (Some(shard), Some(source)) => source.add(shard, index),
                (Some(shard), None) => all.push(Source::of_shard(shard, index)),
                (None, _) => all.push(Source { index, shards: Vec::new() }),
            }
        }
        let erased = indexes.iter().any(|index| index.metadata().erased);
        Self { all, verified: indexes.iter().all(|index| index.is_verified()), erased }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Source<'a>> {
        self.all.iter()
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

    /// Whether the index is a shard of this source. Comparing the names of the builds is enough,
    /// since such a name is a hash of the whole index.
    fn is_split_as(&self, index: &Index) -> bool {
        let name = |shard: &Shard| (shard.build(), shard.count());
        let own = self.index.shard().map(name);
        own.is_some() && own == index.shard().map(name) && self.index.key_id() == index.key_id()
    }

    /// Appends the result for each pseudonym, in the same order, as [`Index::look_up_all`] does.
    pub fn look_up_all(&self, pseudonyms: &[Pseudonym], results: &mut Vec<LookUp>) {
        let Some(shard) = self.index.shard() else {
            return self.index.look_up_all(pseudonyms, results);
        };
        // Each shard looks up only its own pseudonyms, and all of them together.
        let mut own: Vec<Vec<usize>> = vec![Vec::new(); self.shards.len()];
        for (place, &pseudonym) in pseudonyms.iter().enumerate() {
            own[shard.count().shard_of(pseudonym) as usize].push(place);
        }
        let first = results.len();
        results.resize(first + pseudonyms.len(), LookUp::OtherShard);
        let (mut asked, mut answers) = (Vec::new(), Vec::new());
        for (index, places) in self.shards.iter().zip(own) {
            let Some(index) = index else { continue };
            asked.clear();
            asked.extend(places.iter().map(|&place| pseudonyms[place]));
            answers.clear();
            index.look_up_all(&asked, &mut answers);
            for (place, &answer) in places.into_iter().zip(&answers) {
                results[first + place] = answer;
            }
        }
    }
}
