//! Finds the records to erase: those whose identifiers all occur in one row of the erasure. Reports
//! on each row.
//!
//! People with similar names share match keys. So a shared match key counts only if the codes of
//! the record contradict no name and no date of birth of the row.

use std::collections::{BTreeMap, HashMap, HashSet, hash_map};

use zeroize::Zeroizing;

use super::entries::Merge;
use crate::{
    breach::BreachName,
    build::encode::Failure,
    error::BuildFault,
    identifier::{Kind, KindSet, PersonCodes, RecordCodes},
    index::{Index, LookupResult},
    pseudonym::{CodeKey, Pseudonym},
};

/// The report on one row to erase: the leaked records that share an identifier with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct RowErasure {
    /// The records that were erased, because the row has all of their identifiers. A record counts
    /// for each row that has them all.
    pub erased: Vec<ErasedRecords>,
    /// The records that stay, because the row lacks some of their identifiers, and no other row has
    /// them all.
    pub stays: Vec<StayingRecords>,
    /// How many more records that share an identifier with this row were erased, because another
    /// row has all of their identifiers.
    pub erased_by_others: u64,
}

/// Erased records of one breach.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct ErasedRecords {
    /// The breach.
    pub breach: BreachName,
    /// The number of records.
    pub records: u64,
    /// The kinds of identifiers that any of them had.
    pub kinds: KindSet,
}

/// Records of one breach that share the same kinds of identifiers with a row and stay for the same
/// reason.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct StayingRecords {
    /// The breach.
    pub breach: BreachName,
    /// The number of records.
    pub records: u64,
    /// The kinds of the identifiers that each of them shares with the row.
    pub shared: KindSet,
    /// The kinds of match keys that each of them shares with the row although a name or the date of
    /// birth differs. Such a record belongs to another person, or contains an error.
    pub differing: KindSet,
    /// The kinds of the identifiers that each of them has and the row lacks. A kind can also be in
    /// `shared`, because a record can have two addresses.
    pub lacking: KindSet,
}

/// The rows to erase.
#[derive(Default)]
pub(super) struct Erasure {
    rows: Vec<Row>,
}

/// A row to erase.
#[derive(Default)]
pub(super) struct Row {
    identifiers: HashMap<Pseudonym, RowIdentifier>,
    /// Every code that a record of this person may have.
    codes: PersonCodes,
}

struct RowIdentifier {
    code_key: CodeKey,
    /// The canonical bytes of a match key; empty for other kinds.
    canonical: Zeroizing<Box<[u8]>>,
}

/// The records that a merge erases.
#[derive(Default)]
pub(super) struct RecordsToErase {
    pub tags: HashSet<u64>,
    /// The number of these records in each breach, by the breach's number in the merge.
    pub by_breach: BTreeMap<u32, u64>,
    /// The report on each row, in the order in which the rows were added.
    pub rows: Vec<RowErasure>,
}

/// How many identifiers of each kind a record has, or shares with a row.
#[derive(Clone, Copy, Default)]
struct Identifiers {
    all: u64,
    /// At most 255 for each kind.
    by_kind: [u8; Kind::ALL.len()],
}

/// The identifiers that a record shares with a row.
#[derive(Clone, Copy, Default)]
struct Shared {
    identifiers: Identifiers,
    /// Match keys that are shared although a name or the date of birth differs.
    differing: Identifiers,
}

/// A record that shares an identifier with a row.
struct Candidate {
    /// The largest number of its identifiers that one row has.
    in_row: u64,
    breach: u32,
    identifiers: Identifiers,
}

impl Row {
    pub fn new(codes: PersonCodes) -> Self {
        Self { identifiers: HashMap::new(), codes }
    }

    pub fn add(
        &mut self,
        kind: Kind,
        canonical: &[u8],
        (pseudonym, code_key): (Pseudonym, CodeKey),
    ) {
        let canonical = if kind.is_match_key() { canonical } else { &[] };
        let canonical = Zeroizing::new(canonical.into());
        self.identifiers.insert(pseudonym, RowIdentifier { code_key, canonical });
    }

    /// The identifiers that each record shares with the row, by the record's tag.
    fn shared_with(&self, indexes: &[Index]) -> Result<HashMap<u64, Shared>, BuildFault> {
        let mut shared = HashMap::<u64, Shared>::new();
        for (&pseudonym, identifier) in &self.identifiers {
            // A record can be in several indexes.
            let mut records = HashMap::new();
            for index in indexes {
                let LookupResult::Found(entry) = index.look_up(pseudonym) else { continue };
                let postings = index.postings(entry, pseudonym).ok_or(BuildFault::ChangedIndex)?;
                for posting in postings.iter() {
                    let posting = posting.ok_or(BuildFault::ChangedIndex)?;
                    if let hash_map::Entry::Vacant(new) = records.entry(posting.tag) {
                        let content = identifier.code_key.apply(posting.tag, posting.sealed_codes);
                        new.insert((posting.kind, self.differs(identifier, posting.kind, content)));
                    }
                }
            }
            for (tag, (kind, differs)) in records {
                let shared = shared.entry(tag).or_default();
                let of_kind = if differs { &mut shared.differing } else { &mut shared.identifiers };
                of_kind.add(kind);
            }
        }
        Ok(shared)
    }

    /// Whether the codes of a record with this identifier show another person.
    fn differs(&self, identifier: &RowIdentifier, kind: Kind, content: u64) -> bool {
        kind.is_match_key()
            && RecordCodes::of(kind, &identifier.canonical, content).contradicts(kind, &self.codes)
    }
}

impl Erasure {
    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub const fn has_rows(&self) -> bool {
        !self.rows.is_empty()
    }

    /// How many of the identifiers are in none of the indexes.
    pub fn not_found(&self, indexes: &[Index]) -> u64 {
        let all: HashSet<Pseudonym> =
            self.rows.iter().flat_map(|row| row.identifiers.keys().copied()).collect();
        let is_found = |&&pseudonym: &&Pseudonym| {
            indexes.iter().any(|index| index.look_up(pseudonym) != LookupResult::Absent)
        };
        (all.len() - all.iter().filter(is_found).count()) as u64
    }

    /// The records whose identifiers are all in one row. Reads the indexes once, to count the
    /// identifiers of each record that shares one with a row. Memory grows with the number of these
    /// records.
    pub fn find(&self, indexes: &[Index], merge: &Merge<'_>) -> Result<RecordsToErase, Failure> {
        let mut erased = RecordsToErase {
            rows: vec![RowErasure::default(); self.rows.len()],
            ..RecordsToErase::default()
        };
        let mut candidates = HashMap::<u64, Candidate>::new();
        for row in &self.rows {
            for (tag, shared) in row.shared_with(indexes)? {
                let identifiers = Identifiers::default();
                let new = Candidate { in_row: 0, breach: 0, identifiers };
                let candidate = candidates.entry(tag).or_insert(new);
                candidate.in_row = candidate.in_row.max(shared.identifiers.all);
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
        // A record of a breach that is left out has no entries in the merge.
        candidates.retain(|_, candidate| candidate.identifiers.all > 0);
        for (&tag, candidate) in &candidates {
            if candidate.in_row == candidate.identifiers.all {
                erased.tags.insert(tag);
                *erased.by_breach.entry(candidate.breach).or_default() += 1;
            }
        }
        for (row, report) in self.rows.iter().zip(&mut erased.rows) {
            *report = report_on_row(&row.shared_with(indexes)?, &candidates, merge);
        }
        Ok(erased)
    }
}

/// The report on a row, from the identifiers that each record shares with it.
fn report_on_row(
    shared: &HashMap<u64, Shared>,
    candidates: &HashMap<u64, Candidate>,
    merge: &Merge<'_>,
) -> RowErasure {
    let mut erased = BTreeMap::<u32, (u64, KindSet)>::new();
    let mut stays = BTreeMap::<(u32, [u32; 3]), u64>::new();
    let mut erased_by_others = 0;
    for (tag, Shared { identifiers: shared, differing }) in shared {
        let Some(Candidate { in_row, breach, identifiers }) = candidates.get(tag) else { continue };
        if shared.all == identifiers.all {
            let (records, kinds) = erased.entry(*breach).or_default();
            *records += 1;
            *kinds = kinds.union(shared.kinds());
        } else if *in_row == identifiers.all {
            erased_by_others += 1;
        } else {
            let lacking = identifiers.kinds_with_more(&shared.plus(differing));
            let kinds = [shared.kinds(), differing.kinds(), lacking].map(KindSet::bits);
            *stays.entry((*breach, kinds)).or_default() += 1;
        }
    }
    let name = |breach: u32| merge.breaches[breach as usize].name().clone();
    let erased = erased.into_iter().map(|(breach, (records, kinds))| ErasedRecords {
        breach: name(breach),
        records,
        kinds,
    });
    let stays = stays.into_iter().map(|((breach, kinds), records)| {
        let [shared, differing, lacking] = kinds.map(KindSet::from_bits);
        StayingRecords { breach: name(breach), records, shared, differing, lacking }
    });
    RowErasure { erased: erased.collect(), stays: stays.collect(), erased_by_others }
}

impl Identifiers {
    fn add(&mut self, kind: Kind) {
        self.all += 1;
        let count = &mut self.by_kind[kind as usize];
        *count = count.saturating_add(1);
    }

    fn plus(mut self, other: &Self) -> Self {
        self.all += other.all;
        for (count, other) in self.by_kind.iter_mut().zip(other.by_kind) {
            *count = count.saturating_add(other);
        }
        self
    }

    fn kinds(&self) -> KindSet {
        self.kinds_with_more(&Self::default())
    }

    /// The kinds in which `self` has more identifiers than `other`.
    fn kinds_with_more(&self, other: &Self) -> KindSet {
        let is_more = |kind: &Kind| self.by_kind[*kind as usize] > other.by_kind[*kind as usize];
        Kind::ALL.iter().copied().filter(is_more).collect()
    }
}
