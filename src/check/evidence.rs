//! Evidence: the leaked records that may belong to a member, and how sure that is.
//!
//! All hits on a record are judged together. Hits on different records do not add up.

use std::{collections::BTreeSet, ptr, sync::Arc};

use super::{
    agreement::{Agreement, Weights},
    exposure::{Exposure, MatchedRecord},
};
use crate::{
    breach::{Breach, BreachName, DataClass},
    identifier::{Field, Kind, KindSet, PersonCodes, RecordCodes, Strength},
    index::Index,
    pseudonym::{CodeKey, Pseudonym},
};

/// The largest number of records of one breach that may share a person's value. A value in more records is a
/// placeholder, or belongs to a hotline, a company or a carer.
pub(super) const MAX_RECORDS_OF_A_PERSON: usize = 64;

/// An identifier of a batch that an index holds.
#[derive(Clone, Copy)]
pub(super) struct FoundIdentifier<'a> {
    /// The number of the identifier in the batch.
    pub number: u32,
    /// The index, or the shard.
    pub index: &'a Index,
    /// The number of the entry.
    pub entry: u32,
    pub pseudonym: Pseudonym,
    pub code_key: CodeKey,
}

/// A leaked record that shares an identifier with a member.
#[derive(Clone, Copy)]
pub(super) struct Hit<'a> {
    /// The number of the member.
    pub row: u32,
    pub kind: Kind,
    pub tag: u64,
    pub index: &'a Index,
    /// The number of the record's origin in the index.
    pub origin: u32,
    /// How many records of the breach have the identifier, if there are too many for one person.
    pub shared_by: Option<u64>,
    /// The canonical bytes of the identifier.
    pub canonical: &'a [u8],
    /// The opened payload: for a match key, the codes of the record; for a value, the kinds of all
    /// its identifiers, as bits.
    pub content: u64,
}

impl<'a> Hit<'a> {
    /// The identifier of the member, and the breach that it hit.
    fn identifier(&self) -> (u32, Kind, &'a [u8], Option<&'a BreachName>) {
        (self.row, self.kind, self.canonical, self.breach())
    }

    fn breach(&self) -> Option<&'a BreachName> {
        self.index.resolve_origin(self.origin as usize).map(|(breach, _)| breach.name())
    }
}

/// Appends a hit for each record of the entry that was found. Reads at most
/// [`MAX_RECORDS_OF_A_PERSON`] of each breach. `None` if the postings are damaged.
pub(super) fn push_hits<'a>(
    (row, kind, canonical): (u32, Kind, &'a [u8]),
    found: &FoundIdentifier<'a>,
    all: &mut Vec<Hit<'a>>,
) -> Option<()> {
    let FoundIdentifier { index, entry, pseudonym, ref code_key, .. } = *found;
    let postings = index.postings(entry, pseudonym)?;
    let breach_of = |number: usize| index.breach_number(postings.get(number)?.origin);
    let mut start = 0;
    while start < postings.len() {
        // The postings of a breach are contiguous.
        let breach = breach_of(start)?;
        let is_within = |number| Some(breach_of(number)? == breach);
        let end = first_after(start + 1, postings.len(), is_within)?;
        let is_shared = end - start > MAX_RECORDS_OF_A_PERSON;
        let shared_by = is_shared.then_some((end - start) as u64);
        for number in start..end.min(start + MAX_RECORDS_OF_A_PERSON) {
            let posting = postings.get(number)?;
            let content = code_key.apply(posting.tag, posting.sealed_codes);
            let (tag, origin) = (posting.tag, posting.origin);
            all.push(Hit { row, kind, tag, index, origin, shared_by, canonical, content });
        }
        start = end;
    }
    Some(())
}

/// Counts the records of a breach that have an identifier, over several indexes, such as the parts of a leak. A
/// record in two indexes counts once if the reads of both reached it.
///
/// A record has different tags under different keys, and with different address hashes. So counts add up only
/// over indexes that agree in both. Otherwise the largest count wins: adding up two indexes of one leak would
/// make one person's value look like a shared one.
pub(super) fn count_over_indexes(hits: &mut [Hit<'_>]) {
    let group = |hit: &Hit<'_>| {
        (hit.index.key_id(), hit.index.kinds().intersection(KindSet::EMAIL_HASHES).bits())
    };
    hits.sort_unstable_by(|one, other| {
        let by_breach = one.identifier().cmp(&other.identifier());
        let by_index = |hit: &Hit<'_>| (group(hit), hit.index.id(), hit.tag);
        by_breach.then_with(|| by_index(one).cmp(&by_index(other)))
    });
    for hits in hits.chunk_by_mut(|one, other| one.identifier() == other.identifier()) {
        let records =
            hits.chunk_by(|one, other| group(one) == group(other)).map(count_records).max();
        let shared_by = records.filter(|&records| records > MAX_RECORDS_OF_A_PERSON as u64);
        hits.iter_mut().for_each(|hit| hit.shared_by = shared_by);
    }
}

/// How many records of comparable indexes have an identifier, given its hits, grouped by index.
fn count_records(hits: &[Hit<'_>]) -> u64 {
    let of_indexes = hits.chunk_by(|one, other| one.index.id() == other.index.id());
    let counted = of_indexes.filter_map(|hits| hits[0].shared_by);
    let unread: u64 = counted.map(|records| records - MAX_RECORDS_OF_A_PERSON as u64).sum();
    let read: BTreeSet<u64> = hits.iter().map(|hit| hit.tag).collect();
    read.len() as u64 + unread
}

/// The first number from `start` on for which `is_within` is false, by binary search.
fn first_after(
    mut start: usize,
    mut end: usize,
    is_within: impl Fn(usize) -> Option<bool>,
) -> Option<usize> {
    while start < end {
        let middle = start + (end - start) / 2;
        if is_within(middle)? {
            start = middle + 1;
        } else {
            end = middle;
        }
    }
    Some(start)
}

/// The result of all hits of a member.
#[derive(Clone, Debug, Default)]
pub(super) struct Proof {
    /// The kinds that hit records that may be the member's.
    pub matched: KindSet,
    /// The matched kinds that hit such records only with values that too many records share.
    pub shared: KindSet,
    /// If no record may be the member's: the kinds of refuted records, and of records with a shared match key.
    pub refuted: KindSet,
    pub strength: Option<Strength>,
    pub exposure: Exposure,
    /// The records that may be the member's, each with the strength of its match.
    pub records: Vec<MatchedRecord>,
    /// Whether each of these records looks like a relative's.
    pub is_like_a_relative: bool,
}

impl Proof {
    /// Judges the hits of one member, which are sorted by tag.
    pub fn of(hits: &[Hit<'_>], member: &PersonCodes) -> Self {
        let records = judged(hits, member);
        let mut proof = Self { is_like_a_relative: true, ..Self::default() };
        let (mut shared, mut unshared) = (KindSet::EMPTY, KindSet::EMPTY);
        for record in &records {
            let Some(strength) = record.strength.filter(|_| !record.is_dominated(&records)) else {
                continue;
            };
            proof.strength = proof.strength.max(record.strength);
            proof.is_like_a_relative &= record.is_like_a_relative();
            let unshared_kinds = record.kinds.difference(record.shared);
            unshared = unshared.union(unshared_kinds);
            let mut kinds = unshared_kinds;
            // A check does not read every record with a shared value. So a shared value adds nothing to a
            // record that matches by something else. Otherwise the result would depend on which records were
            // read.
            if strength == Strength::Candidate {
                shared = shared.union(record.shared);
                kinds = kinds.union(record.shared);
            }
            proof.matched = proof.matched.union(kinds);
            proof.records.extend(record.add_to(&mut proof.exposure, strength, kinds));
        }
        proof.shared = shared.difference(unshared);
        if proof.strength.is_none() {
            // Not all records of a shared match key were compared.
            let may_match =
                |record: &&JudgedRecord<'_, '_>| record.is_refuted || !record.shared.is_empty();
            let refuted = records.iter().filter(may_match);
            proof.refuted = refuted.fold(KindSet::EMPTY, |all, record| all.union(record.kinds));
        }
        proof
    }
}

/// The records that hit one member, judged one by one. The hits are sorted by tag.
fn judged<'a, 'h>(hits: &'h [Hit<'a>], member: &PersonCodes) -> Vec<JudgedRecord<'a, 'h>> {
    let records = hits.chunk_by(|one, other| one.tag == other.tag);
    records.map(|hits| JudgedRecord::of(hits, member)).collect()
}

/// The evidence of each record that hits one member. The hits are sorted by tag.
pub(super) fn evidence(hits: &[Hit<'_>], member: &PersonCodes) -> Vec<Evidence> {
    let records = judged(hits, member);
    records.iter().filter_map(|record| Evidence::of(record, &records)).collect()
}

/// A leaked record that may belong to the member.
struct JudgedRecord<'a, 'h> {
    hits: &'h [Hit<'a>],
    breach: Option<&'a BreachName>,
    kinds: KindSet,
    shared: KindSet,
    strength: Option<Strength>,
    agreement: Option<Agreement>,
    /// Whether enough agrees for a match, but too much differs.
    is_refuted: bool,
}

impl<'a, 'h> JudgedRecord<'a, 'h> {
    fn of(hits: &'h [Hit<'a>], member: &PersonCodes) -> Self {
        let kinds = hits.iter().map(|hit| hit.kind).collect::<KindSet>();
        let unshared = hits.iter().filter(|hit| hit.shared_by.is_none()).map(|hit| hit.kind);
        let shared = kinds.difference(unshared.collect());
        let breach = hits[0].breach();
        let agreement = agreement(hits, member);
        let strength = strength(kinds, shared, agreement.as_ref());
        let is_uncompared = |hit: &Hit<'_>| hit.kind.is_match_key() && !hit.index.has_codes();
        // Without codes, names and dates cannot be compared.
        let has_uncompared_key = agreement.is_none() && hits.iter().any(is_uncompared);
        let strength = strength.max(has_uncompared_key.then_some(Strength::Candidate));
        let is_supported = |agreement: &Agreement| {
            agreement.may_have_a_name() && agreement.supporting >= CANDIDATE
        };
        let is_refuted =
            strength.is_none() && agreement.is_some_and(|agreement| is_supported(&agreement));
        Self { hits, breach, kinds, shared, strength, agreement, is_refuted }
    }

    /// Whether a stronger record of the breach makes it likely that this one belongs to somebody else. A candidate
    /// does not count beside a probable record. A probable record does count beside a strong one.
    fn is_dominated(&self, all: &[Self]) -> bool {
        let of_breach = all.iter().filter(|other| other.breach == self.breach);
        let best = of_breach.filter_map(|other| other.strength).max();
        self.strength < best.map(|best| best.min(Strength::Probable))
    }

    fn is_like_a_relative(&self) -> bool {
        self.agreement.is_some_and(|agreement| agreement.is_like_a_relative())
    }

    /// Adds the record to the exposure, and returns it with the kinds by which it counts. `None` if the index
    /// is damaged here.
    fn add_to(
        &self,
        exposure: &mut Exposure,
        strength: Strength,
        kinds: KindSet,
    ) -> Option<MatchedRecord> {
        // Strangers share match keys, too, so those do not count. Shared values count only for a candidate: a stronger
        // record matches by something else.
        let is_counted =
            |hit: &&Hit<'_>| strength == Strength::Candidate && !hit.kind.is_match_key();
        let values = self.hits.iter().filter(is_counted);
        let shared_by = values.filter_map(|hit| hit.shared_by).max();
        let (breach, data_classes) = self.place()?;
        exposure.add_record(breach, data_classes.iter(), strength, shared_by);
        let (tag, breach) = (self.hits[0].tag, Arc::clone(breach));
        Some(MatchedRecord { tag, strength, breach, data_classes, kinds })
    }

    /// The breach of the record, and its data classes. `None` if the index is damaged here.
    ///
    /// Indexes of one breach may differ in the classes that leaked about everyone, so the classes of all hits
    /// count.
    fn place(&self) -> Option<(&'a Arc<Breach>, Vec<DataClass>)> {
        let first = &self.hits[0];
        let (breach, classes) = first.index.resolve_origin(first.origin as usize)?;
        let mut all: Vec<DataClass> = classes.cloned().collect();
        let is_same =
            |hit: &&Hit<'_>| ptr::eq(hit.index, first.index) && hit.origin == first.origin;
        for hit in self.hits.iter().filter(|hit| !is_same(hit)) {
            let (_, classes) = hit.index.resolve_origin(hit.origin as usize)?;
            all.extend(classes.cloned());
            all.sort_unstable();
            all.dedup();
        }
        Some((breach, all))
    }
}

/// Why a leaked record belongs to a member, or why it does not.
///
/// ```
/// use leakdex::{Breach, DateAgreement, IndexBuilder, IndexSet, Key, NameAgreement, Record, Strength};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// let leaked = Record::new().last_name("Muster").first_name("Eva").birth_date("5.2.1970");
/// builder.add(&leaked.postal_code("50667"))?;
/// let indexes = IndexSet::new(vec![builder.build()?])?;
///
/// let member = Record::new().last_name("Muster").first_name("Eva").birth_date("2.5.1970");
/// let evidence = indexes.explain(&member.postal_code("50667"));
/// let agreement = evidence[0].agreement.expect("both give names, date and postcode");
/// assert_eq!(agreement.last_name, NameAgreement::Same);
/// assert_eq!(agreement.birth_date, DateAgreement::Swapped);
/// assert_eq!(evidence[0].strength, Some(Strength::Probable));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// The breach of the record.
    pub breach: Arc<Breach>,
    /// The tag of the record. Equal records of a breach have the same tag under one key. A tag reveals
    /// nothing about the person.
    pub tag: u64,
    /// The kinds of identifier that the record and the member have in common.
    pub kinds: KindSet,
    /// The common kinds whose identifier occurs in too many records of the breach.
    pub shared: KindSet,
    /// The data classes of the record.
    pub data_classes: Vec<DataClass>,
    /// How far names, date of birth and postcode agree. `None` if the record shares no match key with the
    /// member, or if the index holds no codes ([`Metadata::without_codes`](crate::Metadata::without_codes)).
    pub agreement: Option<Agreement>,
    /// How sure the match is; `None` if too little agrees.
    pub strength: Option<Strength>,
    /// Whether enough agrees for a match, but too much differs ([`Caveat::MatchRefuted`]).
    ///
    /// [`Caveat::MatchRefuted`]: crate::Caveat::MatchRefuted
    pub refuted: bool,
    /// Whether the record does not count because another record of the breach is stronger. *Probable* or
    /// stronger records never dominate each other.
    pub dominated: bool,
}

impl Evidence {
    fn of(record: &JudgedRecord<'_, '_>, all: &[JudgedRecord<'_, '_>]) -> Option<Self> {
        let (breach, data_classes) = record.place()?;
        Some(Self {
            breach: Arc::clone(breach),
            tag: record.hits[0].tag,
            kinds: record.kinds,
            shared: record.shared,
            data_classes,
            agreement: record.agreement,
            strength: record.strength,
            refuted: record.is_refuted,
            dominated: record.is_dominated(all),
        })
    }
}

/// How far names, date and postcode of a record and a member agree. `None` if no match key hit, or if no index
/// with such a hit holds codes. The hit with the best agreement counts.
fn agreement(hits: &[Hit<'_>], member: &PersonCodes) -> Option<Agreement> {
    let coded = hits.iter().filter(|hit| hit.index.has_codes());
    let first = coded.clone().next()?;
    let weights = Weights::of(first.index.name_counts(first.origin)?);
    let keys = coded.filter(|hit| hit.kind.is_match_key());
    let records = keys.map(|hit| RecordCodes::of(hit.kind, hit.canonical, hit.content));
    let agreements = records.map(|record| Agreement::of(&record, member, &weights));
    let best = agreements.reduce(Agreement::best_of)?;
    // A check does not read every record with a shared key. So the strength must not depend on such a hit.
    let has_first_name =
        |hit: &Hit<'_>| hit.shared_by.is_none() && hit.kind.parts().contains(Field::FirstName);
    let has_first_name = hits.iter().any(has_first_name);
    Some(if has_first_name { best } else { best.without_remote_first_name() })
}

/// How sure it is that a record is a member's, given the kinds that hit it, those of them that too many records
/// share, and the agreement of names, date and postcode.
///
/// Differing names, dates and postcodes never lower the strength of a value.
fn strength(kinds: KindSet, shared: KindSet, agreement: Option<&Agreement>) -> Option<Strength> {
    let is_value = |kind: &Kind| !kind.is_match_key();
    let values = kinds.difference(shared).iter().filter(is_value).map(Kind::strength).max();
    let shared_value = shared.iter().any(|kind| is_value(&kind)).then_some(Strength::Candidate);
    let of_keys = agreement.and_then(strength_of_agreement);
    let keys_are_shared = kinds.difference(shared).iter().all(|kind| !kind.is_match_key());
    let of_keys = of_keys.map(|key| if keys_are_shared { Strength::Candidate } else { key });
    values.max(shared_value).max(of_keys)
}

/// The minimum weights of a probable match and of a candidate, in eighths of a bit.
const PROBABLE: i32 = 174;
const CANDIDATE: i32 = 109;

impl Agreement {
    /// The minimum weight at which names, date of birth and postcode make a match of this strength, in eighths
    /// of a bit. `None` if they alone never do.
    #[must_use]
    pub const fn weight_needed(strength: Strength) -> Option<i32> {
        match strength {
            Strength::Candidate => Some(CANDIDATE),
            Strength::Probable => Some(PROBABLE),
            _ => None,
        }
    }
}

/// The strength of a match with this agreement of names, date of birth and postcode.
fn strength_of_agreement(agreement: &Agreement) -> Option<Strength> {
    let is_enough = agreement.weight >= CANDIDATE && agreement.has_a_name();
    let is_candidate = is_enough || agreement.is_without_difference();
    let is_probable = agreement.weight >= PROBABLE && !agreement.is_of_any_relative();
    is_candidate.then_some(if is_probable { Strength::Probable } else { Strength::Candidate })
}
