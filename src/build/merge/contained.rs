//! For each breach, finds the indexes whose records another index of the merge already has, so that
//! those records count once.

use std::collections::{BTreeMap, BTreeSet};

use super::entries::Merge;
use crate::{
    breach::BreachName, build::encode::Failure, error::BuildFault, id::IndexId, index::Index,
};

/// For each index and breach, by their numbers: the other indexes that may contain all its records
/// of the breach.
type ContainmentCandidates = BTreeMap<(usize, u32), Vec<usize>>;

/// The indexes that add nothing to a breach, because another index has all their records of it and
/// came from at least the same builds. A record that was erased from such an index is either still
/// in the other one, or was erased from that one, too.
#[derive(Default)]
pub(super) struct Contained(BTreeSet<(usize, BreachName)>);

impl Contained {
    /// Finds these indexes. Stops reading as soon as no index can contain another.
    pub fn find(merge: &Merge<'_>) -> Result<Self, Failure> {
        let mut containment_candidates = containment_candidates(merge);
        compare(merge, &mut containment_candidates)?;
        let mut found = Self::default();
        for (&(index, breach), others) in &containment_candidates {
            let name = merge.breaches[breach as usize].name();
            let contains = |&other: &usize| {
                let contained_in = containment_candidates.get(&(other, breach));
                let are_equal = contained_in.is_some_and(|indexes| indexes.contains(&index));
                !are_equal || rank(merge, other, name) < rank(merge, index, name)
            };
            if others.iter().any(contains) {
                found.0.insert((index, name.clone()));
            }
        }
        Ok(found)
    }

    /// Whether another index has everything that this one has of the breach.
    pub fn contains(&self, index: usize, breach: &BreachName) -> bool {
        self.0.contains(&(index, breach.clone()))
    }
}

/// The order of indexes with the same records of a breach. Only the first one counts. Its number of
/// erased records is the lowest, because that number can be too high.
fn rank(merge: &Merge<'_>, index: usize, breach: &BreachName) -> (u64, IndexId) {
    let index = &merge.indexes()[index];
    let erased = index.metadata().erased_records.get(breach).copied();
    (erased.unwrap_or_default(), index.id())
}

/// The builds that the records of each breach came from. If nothing was erased from an index, it
/// counts as its own build.
pub(super) fn builds_of(index: &Index) -> BTreeMap<BreachName, BTreeSet<IndexId>> {
    let metadata = index.metadata();
    let builds_of = |name: &BreachName| {
        metadata.builds.get(name).cloned().unwrap_or_else(|| [index.id()].into())
    };
    let names = metadata.breaches.iter().map(|breach| breach.name());
    names.map(|name| (name.clone(), builds_of(name))).collect()
}

/// For each breach, the pairs of indexes where one came from at least the builds of the other.
fn containment_candidates(merge: &Merge<'_>) -> ContainmentCandidates {
    let builds: Vec<_> = merge.indexes().iter().map(builds_of).collect();
    let mut containment_candidates = ContainmentCandidates::new();
    for (number, breach) in (0_u32..).zip(&merge.breaches) {
        let numbered = builds.iter().enumerate();
        let with_breach: Vec<_> = numbered
            .filter_map(|(index, builds)| Some((index, builds.get(breach.name())?)))
            .collect();
        for &(index, builds) in &with_breach {
            let others =
                with_breach.iter().filter(|(other, all)| *other != index && builds.is_subset(all));
            let others: Vec<usize> = others.map(|&(other, _)| other).collect();
            if !others.is_empty() {
                containment_candidates.insert((index, number), others);
            }
        }
    }
    containment_candidates
}

/// Removes each pair where the first index has a record that the second one lacks. A tag depends on
/// all identifiers of a record and on its breach, so comparing tags is enough.
fn compare(
    merge: &Merge<'_>,
    containment_candidates: &mut ContainmentCandidates,
) -> Result<(), Failure> {
    let mut entries: Vec<_> =
        merge.indexes().iter().map(|index| Index::entries_in_order(index).peekable()).collect();
    let mut records = Vec::new();
    while !containment_candidates.is_empty() {
        let heads = entries.iter_mut().filter_map(|source| source.peek());
        let Some(pseudonym) = heads.map(|&(pseudonym, _)| pseudonym).min() else { break };
        records.clear();
        for (number, entries_of_index) in entries.iter_mut().enumerate() {
            let Some((_, postings)) = entries_of_index.next_if(|&(head, _)| head == pseudonym)
            else {
                continue;
            };
            for posting in postings.iter() {
                let posting = posting.ok_or(BuildFault::ChangedIndex)?;
                if let Some((breach, _)) = merge.origin(number, posting.origin)? {
                    records.push((posting.tag, breach, number));
                }
            }
        }
        records.sort_unstable();
        for holders in records.chunk_by(|one, other| one.0 == other.0) {
            for &(_, breach, index) in holders {
                let Some(others) = containment_candidates.get_mut(&(index, breach)) else {
                    continue;
                };
                others.retain(|other| holders.iter().any(|(.., holder)| holder == other));
                if others.is_empty() {
                    containment_candidates.remove(&(index, breach));
                }
            }
        }
    }
    Ok(())
}
