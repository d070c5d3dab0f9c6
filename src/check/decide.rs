//! Checks a batch of members against indexes: hashes and looks up all identifiers together, then
//! decides.

use super::{
    concordance::push_anchors,
    evidence::{self, Evidence, FoundIdentifier, Hit, Proof},
    sources::{Source, Sources},
    verdict::{CaveatSet, State, has_gap},
    verdicts::{CoverageGap, Verdicts},
};
use crate::{
    batch::{Batch, Identifier, Problem, Row, batch_number},
    id::KeyId,
    identifier::{Field, FieldSet, Kind, KindSet, Normaliser, Reason},
    index::{Index, LeakKinds, LookupResult},
    pseudonym::Pseudonym,
};

/// The verdict on each member of the batch over all the indexes.
pub(super) fn check_batch(indexes: &[&Index], rules: Normaliser, batch: &Batch) -> Verdicts {
    // A leaked record has other match keys than a member, and other values count as given.
    assert!(
        batch.normaliser() == rules && !batch.is_of_leak,
        "the batch must come from the index that it is checked against"
    );
    // If the batch lacked a kind, the check would skip that kind and could call a member not
    // affected.
    for index in indexes {
        let needed = index.needed_kinds().intersection(KindSet::derived());
        assert!(
            needed.difference(batch.derived()).is_empty(),
            "the batch must come from the index that it is checked against"
        );
    }
    let sources = Sources::of(indexes);
    let lookups = look_up_batch(&sources, batch);
    verdicts(&sources, batch, &lookups)
}

/// The positions of those identifiers of a batch that at least one index holds.
pub(super) fn held_identifiers(indexes: &[&Index], batch: &Batch) -> Vec<usize> {
    let lookups = look_up_batch(&Sources::of(indexes), batch);
    let mut numbers: Vec<usize> = lookups
        .iter()
        .flat_map(|of_source| &of_source.found)
        .map(|found| found.number as usize)
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// The results of looking up the identifiers of a batch in one source.
#[derive(Clone)]
struct LookupResults<'a> {
    /// The result for each identifier. A kind that the source does not hold is *absent*.
    results: Vec<LookupResult>,
    /// The identifiers that were found.
    found: Vec<FoundIdentifier<'a>>,
}

impl LookupResults<'_> {
    fn absent(identifiers: usize) -> Self {
        Self { results: vec![LookupResult::Absent; identifiers], found: Vec::new() }
    }
}

/// Looks up a batch in each source. The batch is hashed once for each key.
fn look_up_batch<'a>(sources: &Sources<'a>, batch: &Batch) -> Vec<LookupResults<'a>> {
    let mut lookups = vec![LookupResults::absent(batch.identifier_count()); sources.all.len()];
    let mut keys: Vec<KeyId> = sources.all.iter().map(|source| source.index.key_id()).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let all = sources.all.iter().zip(&mut lookups);
        let of_key = all.filter(|(source, _)| source.index.key_id() == key);
        let (same_key, mut their_lookups): (Vec<&Source<'a>>, Vec<&mut LookupResults<'a>>) =
            of_key.unzip();
        look_up_with_one_key(&same_key, batch, &mut their_lookups);
    }
    lookups
}

/// Looks up a batch in the sources with one key. An index that holds an e-mail address also holds
/// its alias ([`Kind::coarser`]). Few members are in an index, so the coarser identifier is looked
/// up first, and the finer one only after a hit.
fn look_up_with_one_key<'a>(
    sources: &[&Source<'a>],
    batch: &Batch,
    lookups: &mut [&mut LookupResults<'a>],
) {
    let held = sources.iter().fold(KindSet::EMPTY, |all, source| all.union(source.index.kinds()));
    let can_wait =
        |kind: &Kind| sources.iter().all(|source| source.index.holds_coarser_than(*kind));
    let waiting: KindSet = held.iter().filter(can_wait).collect();

    let identifiers = batch.identifiers();
    let waits =
        |identifier: Identifier| identifier.has_coarser() && waiting.contains(identifier.kind);
    let numbered = (0..).zip(identifiers);
    let looked_up_first =
        numbered.filter(|&(_, &identifier)| held.contains(identifier.kind) && !waits(identifier));
    let mut numbers: Vec<u32> = looked_up_first.map(|(number, _)| number).collect();
    look_up(sources, batch, &numbers, lookups);

    let is_found =
        |number: usize| lookups.iter().any(|source| source.results[number] != LookupResult::Absent);
    numbers.retain_mut(|number| {
        let identifier = *number as usize;
        let finer = identifiers[identifier].finer(identifier);
        let finer = finer.filter(|&finer| waits(identifiers[finer]) && is_found(identifier));
        finer.inspect(|&finer| *number = batch_number(finer)).is_some()
    });
    look_up(sources, batch, &numbers, lookups);
}

/// Looks up the identifiers with these numbers together. Computes the second half of a pseudonym
/// only if a source may hold the first half.
fn look_up<'a>(
    sources: &[&Source<'a>],
    batch: &Batch,
    numbers: &[u32],
    lookups: &mut [&mut LookupResults<'a>],
) {
    let Some(Source { index, .. }) = sources.first() else { return };
    let pseudonymiser = index.pseudonymiser();
    let first_halves = batch.first_halves(numbers, pseudonymiser);
    let mut candidates = Vec::new();
    for (source, LookupResults { results, found }) in sources.iter().zip(lookups) {
        candidates.clear();
        source.prefilter(
            &first_halves,
            |index, candidate| candidates.push((index, candidate)),
            |place| results[numbers[place] as usize] = LookupResult::OtherShard,
        );
        let messages = candidates.iter().map(|(_, candidate)| {
            let identifier = batch.identifiers()[numbers[candidate.place] as usize];
            (identifier.kind, batch.canonical(identifier))
        });
        let mut hashed = candidates.iter();
        pseudonymiser.second_halves(messages, |second, code_key| {
            let Some(&(index, candidate)) = hashed.next() else { return };
            let number = numbers[candidate.place];
            let pseudonym = Pseudonym::from_halves(first_halves[candidate.place], second);
            let result = index.confirm(candidate, pseudonym);
            results[number as usize] = result;
            if let LookupResult::Found(entry) = result {
                found.push(FoundIdentifier { number, index, entry, pseudonym, code_key });
            }
        });
    }
}

/// The results for one member so far.
#[derive(Clone, Copy, Default)]
struct Member {
    checked: KindSet,
    suspect: KindSet,
    damaged: bool,
    other_shard: bool,
    other_unicode: bool,
}

/// The verdicts that follow from the results of each source for each identifier.
fn verdicts(sources: &Sources<'_>, batch: &Batch, lookups: &[LookupResults<'_>]) -> Verdicts {
    let mut members = vec![Member::default(); batch.len()];
    let hits = hits(sources, batch, lookups, &mut members);
    let mut verdicts = Verdicts::with_capacity(batch.len());
    for of_member in hits.chunk_by(|one, other| one.row == other.row) {
        let row = of_member[0].row;
        let proof = Proof::of(of_member, &batch.member_codes(row as usize));
        verdicts.proofs.push(row, proof);
        let member = members[row as usize];
        if !member.damaged && !member.other_shard {
            let usable = member.checked.difference(member.suspect);
            push_anchors(of_member, usable, &mut verdicts.anchors);
        }
    }
    let mut gaps = CoverageGapCache::default();
    for (number, (member, row)) in members.iter().zip(batch.rows()).enumerate() {
        verdicts.push(sources, batch, number, *member, *row, &mut gaps);
    }
    verdicts.distinct_gaps = gaps.distinct;
    (verdicts.doubtful, verdicts.in_no_leak) = (sources.doubtful, sources.in_no_leak);
    verdicts
}

/// The leaked records that share an identifier with a member, ordered by member, then by tag. Also notes the checked
/// kinds of each member in `members`.
fn hits<'a>(
    sources: &Sources<'a>,
    batch: &'a Batch,
    lookups: &[LookupResults<'a>],
    members: &mut [Member],
) -> Vec<Hit<'a>> {
    let mut hits = Vec::new();
    for (source, LookupResults { results, found }) in sources.all.iter().zip(lookups) {
        let (kinds, same_unicode) = (source.index.kinds(), source.index.has_same_unicode());
        for (identifier, &result) in batch.identifiers().iter().zip(results) {
            if kinds.contains(identifier.kind) {
                let member = &mut members[identifier.row as usize];
                // Another version of Unicode may have normalised the leak differently.
                let other_unicode = !identifier.ascii && !same_unicode;
                member.other_unicode |= other_unicode;
                member.record(identifier.kind, identifier.suspect || other_unicode, result);
            }
        }
        for found in found {
            let identifier = batch.identifiers()[found.number as usize];
            if kinds.contains(identifier.kind) {
                let query = (identifier.row, identifier.kind, batch.canonical(identifier));
                let hit = evidence::push_hits(query, found, &mut hits);
                members[identifier.row as usize].damaged |= hit.is_none();
            }
        }
    }
    if sources.all.len() > 1 {
        evidence::count_over_indexes(&mut hits);
    }
    // The order is total, so it depends neither on the other members of the batch nor on the order of the indexes.
    let key = |hit: &Hit<'a>| (hit.row, hit.tag, hit.kind, hit.canonical, hit.content, hit.origin);
    hits.sort_unstable_by(|one, other| {
        key(one).cmp(&key(other)).then_with(|| one.index.id().cmp(&other.index.id()))
    });
    hits
}

/// The evidence of each leaked record that shares an identifier with the only member of the batch,
/// strongest first.
pub(super) fn explain(indexes: &[&Index], batch: &Batch) -> Vec<Evidence> {
    let sources = Sources::of(indexes);
    let lookups = look_up_batch(&sources, batch);
    let mut members = vec![Member::default(); batch.len()];
    let hits = hits(&sources, batch, &lookups, &mut members);
    let codes = batch.member_codes(0);
    let mut evidence = evidence::evidence(&hits, &codes);
    evidence.sort_by_key(|record| {
        let weight = record.agreement.map(|agreement| agreement.weight);
        std::cmp::Reverse((record.strength, weight, record.tag))
    });
    evidence
}

impl Member {
    fn record(&mut self, kind: Kind, suspect: bool, result: LookupResult) {
        match result {
            LookupResult::Damaged => self.damaged = true,
            LookupResult::OtherShard => self.other_shard = true,
            LookupResult::Found(_) | LookupResult::Absent => {
                let kinds = if suspect { &mut self.suspect } else { &mut self.checked };
                kinds.insert(kind);
            }
        }
    }
}

impl Verdicts {
    fn with_capacity(members: usize) -> Self {
        Self {
            matched: Vec::with_capacity(members),
            checked: Vec::with_capacity(members),
            suspect: Vec::with_capacity(members),
            caveats: Vec::with_capacity(members),
            gaps: Vec::with_capacity(members),
            ..Self::default()
        }
    }

    /// Adds the verdict on the next member.
    fn push(
        &mut self,
        sources: &Sources<'_>,
        batch: &Batch,
        number: usize,
        mut member: Member,
        row: Row,
        gaps: &mut CoverageGapCache,
    ) {
        let proof = self.proofs.of(number).first();
        let matched = proof.map(|proof| proof.matched).unwrap_or_default();
        let refuted = proof.is_some_and(|proof| !proof.refuted.is_empty());
        let gap = gaps.of(sources, row, member.checked.union(member.suspect));
        let start = self.problems.len();
        let mut problem = |problem| self.problems.push(batch_number(number), problem);
        batch.problems(number).iter().copied().for_each(&mut problem);
        if member.other_shard {
            problem(Problem::of_row(Reason::OtherShard));
        }
        if member.damaged {
            // The content of the damaged part is unknown, so nothing counts as checked.
            member.checked = KindSet::EMPTY;
            problem(Problem::of_row(Reason::DamagedIndex));
        } else if State::of(matched, member.checked) == State::Indeterminate {
            // An *indeterminate* verdict must state a reason.
            batch.suspicions(number).iter().copied().for_each(&mut problem);
            if member.other_unicode {
                problem(Problem::of_row(Reason::OtherUnicode));
            }
            if self.problems.len() == start {
                let problem = Problem::of_row(Reason::KindNotIndexed);
                self.problems.push(batch_number(number), problem);
            }
        }
        let CoverageGap { unused, out_of_reach, .. } = gaps.distinct[gap as usize];
        let has_gap = has_gap(self.problems.items_from(start), sources.in_no_leak);
        let suspect = member.suspect;
        let doubtful = sources.doubtful.intersection(member.checked);
        let caveats = CaveatSet::of((unused, suspect, doubtful), has_gap, refuted, out_of_reach);
        self.caveats.push(caveats);
        self.matched.push(matched);
        self.checked.push(member.checked);
        self.suspect.push(member.suspect);
        self.gaps.push(gap);
    }
}

/// All that a gap depends on: the fields and kinds of a row, and the kinds that were looked up.
type CoverageGapKey = (FieldSet, FieldSet, KindSet, KindSet);

/// The gaps of the members so far. Most members of a list have the same fields.
#[derive(Default)]
struct CoverageGapCache {
    known: Vec<(CoverageGapKey, u32)>,
    distinct: Vec<CoverageGap>,
}

impl CoverageGapCache {
    const MAX_KNOWN: usize = 32;

    /// The number of a row's gap, given the kinds that were looked up.
    fn of(&mut self, sources: &Sources<'_>, row: Row, used: KindSet) -> u32 {
        // The leak may have the value in another spelling, which only the coarser form finds.
        let varied = row.varied.intersection(sources.without_coarser);
        let in_part = row.unspecific.union(varied);
        let key = (row.given, in_part, row.kinds, used);
        if let Some(&(_, number)) = self.known.iter().find(|(known, _)| *known == key) {
            return number;
        }
        let mut gap = CoverageGap::default();
        let mut has_leak = false;
        for source in &sources.all {
            let index = source.index;
            gap.out_of_reach |= !used.is_empty() && index.is_out_of_reach(used);
            for &LeakKinds { kinds, absent } in index.leaks() {
                has_leak = true;
                gap.out_of_reach |= !used.is_empty() && used.intersection(kinds).is_empty();
                let used = used.intersection(kinds);
                let unused = unused_fields(row.given, row.kinds, used);
                let unused = unused.union(in_part);
                gap.unused = gap.unused.union(unused.difference(absent));
                gap.not_leaked = gap.not_leaked.union(unused.intersection(absent));
                // A plain address makes its hashes unnecessary.
                let is_plain = row.kinds.contains(Kind::Email);
                let needed = if is_plain { index.needed_kinds() } else { index.kinds() };
                let needed = kinds.intersection(needed);
                gap.missing = gap.missing.union(needed.difference(row.kinds));
                gap.not_held = gap.not_held.union(row.kinds.difference(kinds));
            }
        }
        if !has_leak {
            gap.unused = in_part;
        }
        // Another leak may hold the field.
        gap.not_leaked = gap.not_leaked.difference(gap.unused);
        let number = u32::try_from(self.distinct.len()).expect("they are fewer than the members");
        self.distinct.push(gap);
        if self.known.len() == Self::MAX_KNOWN {
            self.known.clear();
        }
        self.known.push((key, number));
        number
    }
}

/// The member's fields that were not fully checked against one index, or one part of a merged
/// index. A field that only makes match keys counts as used if one of the checked match keys
/// contains it.
fn unused_fields(fields: FieldSet, given: KindSet, used: KindSet) -> FieldSet {
    let derived = KindSet::derived();
    let parts = used.iter().filter(|kind| kind.is_match_key()).map(Kind::parts);
    let parts = parts.fold(FieldSet::EMPTY, FieldSet::union);
    fields
        .iter()
        .filter(|field| match field.kind() {
            Some(_) => {
                // A field can hold values of two kinds. An identifier that is derived from a value
                // counts for the value.
                let field_kinds = field.kinds();
                let not_used = field_kinds.intersection(given).difference(derived).difference(used);
                field_kinds.intersection(used).is_empty()
                    || (!not_used.is_empty()
                        && field_kinds.intersection(derived).intersection(used).is_empty())
            }
            // A full name is split into its parts.
            None if *field == Field::Name => {
                !parts.contains(Field::LastName) || !parts.contains(Field::FirstName)
            }
            None => !parts.contains(*field),
        })
        .collect()
}

#[cfg(test)]
mod tests;
