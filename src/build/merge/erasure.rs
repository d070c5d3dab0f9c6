//! Finds the records to erase: those of which a given row has every identifier.

use std::collections::{HashMap, HashSet};

use super::entries::Merge;
use crate::{
    build::encode::Failure,
    error::BuildFault,
    index::{Index, LookUp},
    pseudonym::Pseudonym,
};

/// The rows to erase, each as its pseudonyms in ascending order.
#[derive(Default)]
pub(super) struct Erasure {
    rows: HashSet<Vec<Pseudonym>>,
}

impl Erasure {
    /// Adds a row. One that is given twice counts once.
    pub fn add(&mut self, identifiers: Vec<Pseudonym>) {
        if !identifiers.is_empty() {
            self.rows.insert(identifiers);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many of the identifiers are in none of the indexes.
    pub fn not_found(&self, indexes: &[Index]) -> u64 {
        let all: HashSet<Pseudonym> = self.rows.iter().flatten().copied().collect();
        let is_found = |&&pseudonym: &&Pseudonym| {
            indexes.iter().any(|index| index.look_up(pseudonym) != LookUp::Absent)
        };
        (all.len() - all.iter().filter(is_found).count()) as u64
    }

    /// The tags of the records whose identifiers are all in one row. Goes through the indexes once,
    /// to count the identifiers of each record that shares one with a row.
    pub fn tags(&self, indexes: &[Index], merge: &Merge<'_>) -> Result<HashSet<u64>, Failure> {
        let mut in_row = HashMap::<u64, u64>::new();
        for row in &self.rows {
            let mut own = HashMap::<u64, u64>::new();
            for &pseudonym in row {
                for tag in tags_of(indexes, pseudonym)? {
                    *own.entry(tag).or_default() += 1;
                }
            }
            for (tag, count) in own {
                let most = in_row.entry(tag).or_default();
                *most = count.max(*most);
            }
        }
        let mut in_record = HashMap::<u64, u64>::new();
        merge.for_each(|entry| {
            for one in entry.postings {
                if in_row.contains_key(&one.posting.tag) {
                    *in_record.entry(one.posting.tag).or_default() += 1;
                }
            }
            Ok(())
        })?;
        let is_whole =
            |(tag, count): (u64, u64)| (in_record.get(&tag) == Some(&count)).then_some(tag);
        Ok(in_row.into_iter().filter_map(is_whole).collect())
    }
}

/// The tags of the records that have this identifier.
fn tags_of(indexes: &[Index], pseudonym: Pseudonym) -> Result<HashSet<u64>, BuildFault> {
    let mut tags = HashSet::new();
    for index in indexes {
        let LookUp::Found(entry) = index.look_up(pseudonym) else { continue };
        let postings = index.postings(entry, pseudonym).ok_or(BuildFault::ChangedIndex)?;
        for posting in postings.iter() {
            tags.insert(posting.ok_or(BuildFault::ChangedIndex)?.tag);
        }
    }
    Ok(tags)
}
