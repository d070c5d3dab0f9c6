//! Finds the records to erase: those whose identifiers are all in one given row. Accounts for each row.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::entries::Merge;
use crate::{
    breach::BreachName,
    build::encode::Failure,
    error::BuildFault,
    identifier::{Kind, KindSet},
    index::{Index, LookUp},
    pseudonym::Pseudonym,
};

/// What a merge did with the leaked records that share an identifier with one row to erase.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct RowErasure {
    /// The records that were erased, since the row has all of their identifiers. A record counts for
    /// each row that has them all.
    pub erased: Vec<ErasedRecords>,
    /// The records that stay, since the row lacks some of their identifiers, and no other row has them
    /// all.
    pub stays: Vec<StayingRecords>,
    /// How many more records were erased that share an identifier with the row: another row has all of
    /// their identifiers.
    pub erased_by_others: u64,
}

/// Erased records of one breach.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct ErasedRecords {
    /// The breach.
    pub breach: BreachName,
    /// How many records.
    pub records: u64,
    /// The kinds of identifier that any of them had.
    pub kinds: KindSet,
}

/// Records of one breach that share identifiers of the same kinds with a row, and stay for one reason.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct StayingRecords {
    /// The breach.
    pub breach: BreachName,
    /// How many records.
    pub records: u64,
    /// The kinds of the identifiers that each of them shares with the row.
    pub shared: KindSet,
    /// The kinds of the identifiers that each of them has and the row lacks. A kind can be in both sets:
    /// a record can have two addresses.
    pub lacking: KindSet,
}

/// The rows to erase, each as its pseudonyms in ascending order.
#[derive(Default)]
pub(super) struct Erasure {
    /// The rows that are not equal, each with its numbers among those given.
    rows: HashMap<Vec<Pseudonym>, Vec<usize>>,
    /// How many rows were given.
    given: usize,
}

/// The records that a merge erases.
#[derive(Default)]
pub(super) struct Erased {
    pub tags: HashSet<u64>,
    /// How many there are of each breach, by its number in the merge.
    pub by_breach: BTreeMap<u32, u64>,
    /// The account of each row, in the order in which they were given.
    pub rows: Vec<RowErasure>,
}

/// How many identifiers of each kind a record has, or shares with a row.
#[derive(Clone, Copy, Default)]
struct Identifiers {
    all: u64,
    /// At most 255 of each kind.
    by_kind: [u8; Kind::ALL.len()],
}

/// A record that shares an identifier with a row.
struct Candidate {
    /// The most of its identifiers that one row has.
    in_row: u64,
    breach: u32,
    identifiers: Identifiers,
}

impl Erasure {
    /// Adds a row. Equal rows count once, and each gets an account.
    pub fn add(&mut self, identifiers: Vec<Pseudonym>) {
        if !identifiers.is_empty() {
            self.rows.entry(identifiers).or_default().push(self.given);
        }
        self.given += 1;
    }

    /// How many of the identifiers are in none of the indexes.
    pub fn not_found(&self, indexes: &[Index]) -> u64 {
        let all: HashSet<Pseudonym> = self.rows.keys().flatten().copied().collect();
        let is_found = |&&pseudonym: &&Pseudonym| {
            indexes.iter().any(|index| index.look_up(pseudonym) != LookUp::Absent)
        };
        (all.len() - all.iter().filter(is_found).count()) as u64
    }

    /// The records whose identifiers are all in one row. Goes through the indexes once, to count the
    /// identifiers of each record that shares one with a row. The memory grows with these records.
    pub fn find(&self, indexes: &[Index], merge: &Merge<'_>) -> Result<Erased, Failure> {
        let mut erased =
            Erased { rows: vec![RowErasure::default(); self.given], ..Erased::default() };
        if self.rows.is_empty() {
            return Ok(erased);
        }
        let mut candidates = HashMap::<u64, Candidate>::new();
        for row in self.rows.keys() {
            for (tag, shared) in shared_with(row, indexes)? {
                let identifiers = Identifiers::default();
                let new = Candidate { in_row: 0, breach: 0, identifiers };
                let candidate = candidates.entry(tag).or_insert(new);
                candidate.in_row = candidate.in_row.max(shared.all);
            }
        }
        if candidates.is_empty() {
            return Ok(erased);
        }
        merge.for_each(|entry| {
            for one in entry.postings {
                if let Some(candidate) = candidates.get_mut(&one.posting.tag) {
                    candidate.breach = one.breach;
                    candidate.identifiers.add(one.posting.kind);
                }
            }
            Ok(())
        })?;
        // A record of a breach that is left out is in no entry of the merge.
        candidates.retain(|_, candidate| candidate.identifiers.all > 0);
        for (&tag, candidate) in &candidates {
            if candidate.in_row == candidate.identifiers.all {
                erased.tags.insert(tag);
                *erased.by_breach.entry(candidate.breach).or_default() += 1;
            }
        }
        for (row, numbers) in &self.rows {
            let account = account(&shared_with(row, indexes)?, &candidates, merge);
            numbers.iter().for_each(|&number| erased.rows[number] = account.clone());
        }
        Ok(erased)
    }
}

/// The tags of the records that share identifiers with a row, and these identifiers.
fn shared_with(
    row: &[Pseudonym],
    indexes: &[Index],
) -> Result<HashMap<u64, Identifiers>, BuildFault> {
    let mut shared = HashMap::<u64, Identifiers>::new();
    for &pseudonym in row {
        // A record can be in several indexes.
        let mut records = HashMap::new();
        for index in indexes {
            let LookUp::Found(entry) = index.look_up(pseudonym) else { continue };
            let postings = index.postings(entry, pseudonym).ok_or(BuildFault::ChangedIndex)?;
            for posting in postings.iter() {
                let posting = posting.ok_or(BuildFault::ChangedIndex)?;
                records.insert(posting.tag, posting.kind);
            }
        }
        for (tag, kind) in records {
            shared.entry(tag).or_default().add(kind);
        }
    }
    Ok(shared)
}

/// The account of a row, given what each record shares with it.
fn account(
    shared: &HashMap<u64, Identifiers>,
    candidates: &HashMap<u64, Candidate>,
    merge: &Merge<'_>,
) -> RowErasure {
    let mut erased = BTreeMap::<u32, (u64, KindSet)>::new();
    let mut stays = BTreeMap::<(u32, u32, u32), u64>::new();
    let mut erased_by_others = 0;
    for (tag, own) in shared {
        let Some(Candidate { in_row, breach, identifiers }) = candidates.get(tag) else { continue };
        if own.all == identifiers.all {
            let (records, kinds) = erased.entry(*breach).or_default();
            *records += 1;
            *kinds = kinds.union(own.kinds());
        } else if *in_row == identifiers.all {
            erased_by_others += 1;
        } else {
            let (shared, lacking) = (own.kinds().bits(), identifiers.beyond(own).bits());
            *stays.entry((*breach, shared, lacking)).or_default() += 1;
        }
    }
    let name = |breach: u32| merge.breaches[breach as usize].name().clone();
    let erased = erased.into_iter().map(|(breach, (records, kinds))| ErasedRecords {
        breach: name(breach),
        records,
        kinds,
    });
    let stays = stays.into_iter().map(|((breach, shared, lacking), records)| StayingRecords {
        breach: name(breach),
        records,
        shared: KindSet::from_bits(shared),
        lacking: KindSet::from_bits(lacking),
    });
    RowErasure { erased: erased.collect(), stays: stays.collect(), erased_by_others }
}

impl Identifiers {
    fn add(&mut self, kind: Kind) {
        self.all += 1;
        let count = &mut self.by_kind[kind as usize];
        *count = count.saturating_add(1);
    }

    fn kinds(&self) -> KindSet {
        self.beyond(&Self::default())
    }

    /// The kinds of which there are more than of the other.
    fn beyond(&self, other: &Self) -> KindSet {
        let is_more = |kind: &Kind| self.by_kind[*kind as usize] > other.by_kind[*kind as usize];
        Kind::ALL.iter().copied().filter(is_more).collect()
    }
}
