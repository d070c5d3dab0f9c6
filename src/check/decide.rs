//! Checks a batch of members against indexes: hash together, look up together, decide.

use super::{
    exposure::Exposure,
    sources::{Source, Sources},
    verdict::{Coverage, Verdict},
};
use crate::{
    batch::{Batch, Identifier, Problem, RowView},
    id::KeyId,
    identifier::{FieldSet, Kind, KindSet, Normaliser, Reason},
    index::{Index, LookUp},
};

/// The verdict on each member of the batch over all the indexes.
pub(super) fn check_batch(indexes: &[&Index], rules: Normaliser, batch: &Batch) -> Vec<Verdict> {
    assert!(
        batch.normaliser() == rules,
        "the batch must come from the index that it is checked against"
    );
    // If the batch lacked a kind, the check would skip that kind and could call a member not
    // affected.
    for index in indexes {
        let needed = index.kinds().intersection(KindSet::derived());
        assert!(
            needed.difference(batch.derived()).is_empty(),
            "the batch must come from the index that it is checked against"
        );
    }
    let sources = Sources::of(indexes);
    let answers = answers(&sources, batch);
    let mut reaches = Reaches::default();
    batch
        .rows()
        .map(|row| {
            let mut check = Check::default();
            for number in row.identifiers.clone() {
                let identifier = batch.identifier(number);
                check.given.insert(identifier.kind);
                for (&Source { index, .. }, results) in sources.iter().zip(&answers) {
                    if index.kinds().contains(identifier.kind) {
                        // Another version of Unicode may have normalised the leak differently.
                        let other_unicode = !identifier.ascii && !index.has_same_unicode();
                        check.other_unicode |= other_unicode;
                        let suspect = identifier.suspect || other_unicode;
                        check.take(index, identifier.kind, suspect, results[number]);
                    }
                }
            }
            check.verdict(&sources, &row, &mut reaches)
        })
        .collect()
}

/// The result of each source for each identifier of a batch. It is *absent* for a kind that the
/// source does not hold. The batch is hashed once for each key.
fn answers(sources: &Sources<'_>, batch: &Batch) -> Vec<Vec<LookUp>> {
    let mut answers = vec![vec![LookUp::Absent; batch.identifier_count()]; sources.all.len()];
    let mut keys: Vec<KeyId> = sources.iter().map(|source| source.index.key_id()).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let all = sources.iter().zip(&mut answers);
        let of_key = all.filter(|(source, _)| source.index.key_id() == key);
        let (own, mut own_answers): (Vec<&Source<'_>>, Vec<&mut Vec<LookUp>>) = of_key.unzip();
        answer_with_one_key(&own, sources.verified, batch, &mut own_answers);
    }
    answers
}

/// Answers for the sources with one key. An index that holds an e-mail address also holds its
/// alias, and an index that holds two names and a date of birth also holds the sounds of the names
/// with the date ([`Kind::coarser`]). Few members are in an index. So this looks up the coarser
/// identifier first, and the finer one only if the coarser one was found.
fn answer_with_one_key(
    sources: &[&Source<'_>],
    verified: bool,
    batch: &Batch,
    answers: &mut [&mut Vec<LookUp>],
) {
    let held = sources.iter().fold(KindSet::EMPTY, |all, source| all.union(source.index.kinds()));
    let can_wait =
        |kind: &Kind| sources.iter().all(|source| source.index.holds_coarser_than(*kind));
    let waiting: KindSet = held.iter().filter(|kind| verified && can_wait(kind)).collect();

    let waits =
        |identifier: Identifier| identifier.has_coarser() && waiting.contains(identifier.kind);
    let mut numbers = Vec::with_capacity(batch.identifier_count());
    for number in 0..batch.identifier_count() {
        let identifier = batch.identifier(number);
        if held.contains(identifier.kind) && !waits(identifier) {
            numbers.push(number);
        }
    }
    look_up(sources, batch, &numbers, answers);

    let is_found = |number: usize| answers.iter().any(|results| results[number] != LookUp::Absent);
    numbers.retain_mut(|number| {
        let finer = batch.identifier(*number).finer(*number);
        let finer = finer.filter(|&finer| waits(batch.identifier(finer)) && is_found(*number));
        finer.inspect(|&finer| *number = finer).is_some()
    });
    look_up(sources, batch, &numbers, answers);
}

/// Hashes the identifiers with these numbers, and looks them up together.
fn look_up(
    sources: &[&Source<'_>],
    batch: &Batch,
    numbers: &[usize],
    answers: &mut [&mut Vec<LookUp>],
) {
    let Some(Source { index, .. }) = sources.first() else { return };
    let identifiers =
        numbers.iter().map(|&number| (batch.identifier(number).kind, batch.canonical(number)));
    let mut pseudonyms = Vec::with_capacity(numbers.len());
    index.pseudonymiser().pseudonyms(identifiers, &mut pseudonyms);
    let mut found = Vec::with_capacity(numbers.len());
    for (source, results) in sources.iter().zip(answers) {
        found.clear();
        source.look_up_all(&pseudonyms, &mut found);
        for (&number, &answer) in numbers.iter().zip(&found) {
            if answer != LookUp::Absent {
                results[number] = answer;
            }
        }
    }
}

/// The results for one member so far.
#[derive(Default)]
struct Check<'a> {
    /// The kinds that were found.
    matched: KindSet,
    /// The exposures that were found, each with its index.
    exposures: Vec<(&'a Index, u32)>,
    given: KindSet,
    checked: KindSet,
    suspect: KindSet,
    damaged: bool,
    other_shard: bool,
    other_unicode: bool,
}

impl<'a> Check<'a> {
    fn take(&mut self, index: &'a Index, kind: Kind, suspect: bool, result: LookUp) {
        match result {
            LookUp::Damaged => {
                self.damaged = true;
                return;
            }
            LookUp::OtherShard => {
                self.other_shard = true;
                return;
            }
            LookUp::Found(exposure) => {
                self.matched.insert(kind);
                // Most identifiers of a member are found in the same records.
                let is_same = |&(other, number): &(&Index, u32)| {
                    std::ptr::eq(other, index) && number == exposure
                };
                if !self.exposures.iter().any(is_same) {
                    self.exposures.push((index, exposure));
                }
            }
            LookUp::Absent => {}
        }
        if suspect {
            self.suspect.insert(kind);
        } else {
            self.checked.insert(kind);
        }
    }

    fn verdict(self, sources: &Sources<'a>, row: &RowView<'_>, reaches: &mut Reaches) -> Verdict {
        let used = self.checked.union(self.suspect);
        let reach = reaches.of(sources, (row.given, row.idle), self.given, used);
        let mut coverage = Coverage { problems: row.problems.to_vec(), ..Coverage::default() };
        coverage.unused = reach.unused;
        coverage.missing = reach.missing;
        coverage.not_held = reach.not_held;
        coverage.suspect = self.suspect;
        coverage.verified = sources.verified;
        coverage.erased = sources.erased;
        coverage.checked = self.checked;
        if self.other_shard {
            coverage.problems.push(Problem::of_row(Reason::OtherShard));
        }
        if self.damaged {
            // The content of the damaged part is unknown, so nothing counts as checked.
            coverage.checked = KindSet::EMPTY;
            coverage.problems.push(Problem::of_row(Reason::DamagedIndex));
        } else if self.matched.is_empty() && self.checked.is_empty() {
            // A reader of an *indeterminate* must see the reason.
            coverage.problems.extend_from_slice(row.suspicions);
            if self.other_unicode {
                coverage.problems.push(Problem::of_row(Reason::OtherUnicode));
            }
            if coverage.problems.is_empty() {
                coverage.problems.push(Problem::of_row(Reason::KindNotIndexed));
            }
        }
        Verdict::new(self.matched, || Exposure::united(self.exposures.into_iter()), coverage)
    }
}

/// What the indexes could not check. It is the same for all members with the same [`Question`].
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Reach {
    unused: FieldSet,
    missing: KindSet,
    not_held: KindSet,
}

/// The given fields, and those of them that made no identifier; the given kinds; and the kinds that
/// were used.
type Question = ((FieldSet, FieldSet), KindSet, KindSet);

/// Remembers the last reach, since most members of a list give the same fields.
#[derive(Default)]
struct Reaches {
    last: Option<(Question, Reach)>,
}

impl Reaches {
    fn of(
        &mut self,
        sources: &Sources<'_>,
        fields: (FieldSet, FieldSet),
        given: KindSet,
        used: KindSet,
    ) -> Reach {
        let question = (fields, given, used);
        let (fields, idle) = fields;
        match self.last {
            Some((asked, reach)) if asked == question => reach,
            _ => {
                let mut reach = Reach { unused: idle, ..Reach::default() };
                for &kinds in sources.iter().flat_map(|source| source.index.kinds_of_parts()) {
                    let unused = unused_fields(fields, given, used.intersection(kinds));
                    reach.unused = reach.unused.union(unused);
                    reach.missing = reach.missing.union(kinds.difference(given));
                    reach.not_held = reach.not_held.union(given.difference(kinds));
                }
                self.last = Some((question, reach));
                reach
            }
        }
    }
}

/// The given fields from which something was not checked against one index, or one part of a merged
/// index. Fields that only make match keys count as used as soon as one match key was checked: a
/// postcode, for example, identifies nobody on its own.
fn unused_fields(fields: FieldSet, given: KindSet, used: KindSet) -> FieldSet {
    let a_match_key_was_used = used.iter().any(Kind::is_match_key);
    let derived = KindSet::derived();
    fields
        .iter()
        .filter(|field| match field.kind() {
            Some(_) => {
                // A field can hold values of two kinds. An identifier that is derived from a value
                // counts for the value.
                let own = field.kinds();
                let not_used = own.intersection(given).difference(derived).difference(used);
                own.intersection(used).is_empty()
                    || (!not_used.is_empty()
                        && own.intersection(derived).intersection(used).is_empty())
            }
            None => !a_match_key_was_used,
        })
        .collect()
}

#[cfg(test)]
mod tests;
