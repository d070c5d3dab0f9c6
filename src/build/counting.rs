//! Counts sorted identifiers, share by share, on any thread.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    entry::Entry,
    exposures::{Exposures, NumberedExposures},
    hashed::SharedClasses,
    shard_writer::ShardSizes,
};
use crate::{
    identifier::{Kind, KindSet},
    index::{KindCount, Occurrence},
    pseudonym::Pseudonym,
};

/// Counts entries, and numbers their exposures in the order in which the threads find them.
pub(super) struct Counter<'a> {
    classes: &'a SharedClasses,
    exposures: Mutex<Exposures>,
}

/// The different pseudonyms of some entries, in ascending order.
pub(super) struct Share {
    pub pseudonyms: Vec<Pseudonym>,
    /// The number of each one's exposure, as the counter gave it.
    pub exposures: Vec<u32>,
    pub count: Count,
}

/// How many entries there are.
#[derive(Default)]
pub(super) struct Count {
    /// All of them, equal ones counted each.
    pub entries: u64,
    /// How many records say the same as another.
    pub duplicates: u64,
    /// The pseudonyms and the records of each kind.
    by_kind: [(u64, u64); Kind::ALL.len()],
}

impl<'a> Counter<'a> {
    pub fn new(classes: &'a SharedClasses) -> Self {
        Self { classes, exposures: Mutex::default() }
    }

    /// Counts sorted entries. All entries of a pseudonym are among them.
    pub fn count(&self, entries: &[Entry]) -> Share {
        let mut count = Count { entries: entries.len() as u64, ..Count::default() };
        let mut pseudonyms = Vec::with_capacity(entries.len());
        let mut exposures = Vec::with_capacity(entries.len());
        let mut numbers = Numbers::new(self);
        for same in entries.chunk_by(|one, other| one.pseudonym() == other.pseudonym()) {
            let first = same[0];
            let (mut records, mut class_set) = (1, first.class_set);
            for pair in same.windows(2) {
                if pair[0] == pair[1] {
                    count.duplicates += u64::from(pair[1].is_first);
                } else {
                    records += 1;
                    class_set = numbers.united(class_set, pair[1].class_set);
                }
            }
            let (own_pseudonyms, own_records) = &mut count.by_kind[first.kind as usize];
            *own_pseudonyms += 1;
            *own_records += records;
            pseudonyms.push(first.pseudonym());
            exposures.push(numbers.exposure(class_set, records));
        }
        Share { pseudonyms, exposures, count }
    }

    /// Tells how large the shards are with the next share, in ascending order.
    pub fn note(&self, share: &Share, sizes: &mut ShardSizes) {
        let exposures = self.lock();
        for (&pseudonym, &exposure) in share.pseudonyms.iter().zip(&share.exposures) {
            sizes.note(pseudonym, || exposures.records(exposure));
        }
    }

    /// All exposures, with the numbers that they have in the file.
    pub fn exposures(&self) -> NumberedExposures {
        self.lock().number(&self.classes.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Exposures> {
        // Every exposure has its number at once, so a panic leaves nothing half done.
        self.exposures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    pub fn add(&mut self, other: &Self) {
        self.entries += other.entries;
        self.duplicates += other.duplicates;
        for (own, other) in self.by_kind.iter_mut().zip(other.by_kind) {
            *own = (own.0 + other.0, own.1 + other.1);
        }
    }

    /// The kinds that there are.
    pub fn kinds(&self) -> KindSet {
        let counted = Kind::ALL.iter().zip(self.by_kind);
        counted.filter(|(_, (pseudonyms, _))| *pseudonyms > 0).map(|(&kind, _)| kind).collect()
    }

    /// The count of each kind that there is, given the hashes that were made of plain addresses.
    pub fn by_kind(&self, email_hashes: KindSet) -> Vec<KindCount> {
        let count = |kind| {
            let (identifiers, records) = self.by_kind[kind as usize];
            let of_plain = email_hashes.contains(kind);
            KindCount { identifiers, records, of_plain, ..KindCount::new(kind) }
        };
        self.kinds().iter().map(count).collect()
    }
}

/// The numbers that a thread has found so far, so that it seldom asks the others.
struct Numbers<'a> {
    counter: &'a Counter<'a>,
    unions: BTreeMap<(u32, u32), u32>,
    exposures: BTreeMap<(u32, u64), u32>,
    /// The exposure before, which most entries have, too.
    last: Option<((u32, u64), u32)>,
}

impl<'a> Numbers<'a> {
    const fn new(counter: &'a Counter<'a>) -> Self {
        Self { counter, unions: BTreeMap::new(), exposures: BTreeMap::new(), last: None }
    }

    /// The number of the union of two class sets.
    fn united(&mut self, one: u32, other: u32) -> u32 {
        if one == other {
            return one;
        }
        let unite = || self.counter.classes.lock().unite(one, other);
        *self.unions.entry((one, other)).or_insert_with(unite)
    }

    /// The number of the exposure of so many records.
    fn exposure(&mut self, class_set: u32, records: u64) -> u32 {
        let exposure = (class_set, records);
        if let Some((last, number)) = self.last
            && last == exposure
        {
            return number;
        }
        let collect =
            || self.counter.lock().collect(&[Occurrence { breach: 0, class_set, records }]);
        let number = *self.exposures.entry(exposure).or_insert_with(collect);
        self.last = Some((exposure, number));
        number
    }
}
