//! Checks batches of members against indexes: hash together, look up together, decide.

use crate::{
    batch::{Batch, Problem, RowView},
    identifier::{FieldSet, Kind, KindSet, Reason},
    index::{Index, LookUp},
    pseudonym::Pseudonym,
    verdict::{Coverage, Match, Verdict},
};

/// The verdict on each member of the batch over all the indexes, which have one key.
pub(crate) fn check_batch<'a>(indexes: &[&'a Index], batch: &Batch) -> Vec<Verdict<'a>> {
    // A kind that the batch does not make would be passed over, and a member be called not affected.
    for index in indexes {
        let needed = index.kinds().intersection(KindSet::derived());
        assert!(
            needed.difference(batch.derived()).is_empty(),
            "the batch must come from the index that it is checked against"
        );
    }
    let held = indexes.iter().fold(KindSet::EMPTY, |all, index| all.union(index.kinds()));
    let pseudonyms = pseudonyms_of(indexes, batch, held);
    let results: Vec<Vec<LookUp>> = indexes
        .iter()
        .map(|index| {
            let mut results = Vec::with_capacity(pseudonyms.len());
            index.look_up_all(&pseudonyms, &mut results);
            results
        })
        .collect();

    // The results are those of the identifiers of a held kind, in their order.
    let mut next_result = 0;
    batch
        .rows()
        .map(|row| {
            let mut check = Check::default();
            for number in row.identifiers.clone() {
                let identifier = batch.identifier(number);
                check.given.insert(identifier.kind);
                if !held.contains(identifier.kind) {
                    continue;
                }
                for (&index, results) in indexes.iter().zip(&results) {
                    if index.kinds().contains(identifier.kind) {
                        // Another version of Unicode may have normalised the leak otherwise.
                        let other_unicode = !identifier.ascii && !index.has_same_unicode();
                        check.other_unicode |= other_unicode;
                        let suspect = identifier.suspect || other_unicode;
                        check.take(index, identifier.kind, suspect, results[next_result]);
                    }
                }
                next_result += 1;
            }
            check.verdict(indexes, &row)
        })
        .collect()
}

fn pseudonyms_of(indexes: &[&Index], batch: &Batch, held: KindSet) -> Vec<Pseudonym> {
    let mut pseudonyms = Vec::with_capacity(batch.identifier_count());
    if let Some(index) = indexes.first() {
        let of_held_kinds = batch
            .identifiers()
            .filter(|(identifier, _)| held.contains(identifier.kind))
            .map(|(identifier, bytes)| (identifier.kind, bytes));
        index.pseudonymiser().pseudonyms(of_held_kinds, &mut pseudonyms);
    }
    pseudonyms
}

/// What has come out for one member so far.
#[derive(Default)]
struct Check<'a> {
    matches: Vec<Match<'a>>,
    given: KindSet,
    checked: KindSet,
    suspect: KindSet,
    damaged: bool,
    other_unicode: bool,
}

impl<'a> Check<'a> {
    fn take(&mut self, index: &'a Index, kind: Kind, suspect: bool, result: LookUp) {
        match result {
            LookUp::Damaged => {
                self.damaged = true;
                return;
            }
            LookUp::Found(exposure) => self.matches.push(Match { index, kind, exposure }),
            LookUp::Absent => {}
        }
        if suspect {
            self.suspect.insert(kind);
        } else {
            self.checked.insert(kind);
        }
    }

    fn verdict(self, indexes: &[&'a Index], row: &RowView<'_>) -> Verdict<'a> {
        let mut coverage = Coverage { problems: row.problems.to_vec(), ..Coverage::default() };
        let used = self.checked.union(self.suspect);
        for index in indexes {
            let unused = unused_fields(row.given, used.intersection(index.kinds()));
            coverage.unused = coverage.unused.union(unused);
            coverage.missing = coverage.missing.union(index.kinds().difference(self.given));
            coverage.not_held = coverage.not_held.union(self.given.difference(index.kinds()));
        }
        coverage.suspect = self.suspect;
        coverage.verified = indexes.iter().all(|index| index.is_verified());
        coverage.checked = self.checked;
        if self.damaged {
            // What the damaged part holds is not known, so nothing counts as checked.
            coverage.checked = KindSet::EMPTY;
            coverage.problems.push(Problem::of_row(Reason::DamagedIndex));
        } else if self.matches.is_empty() && self.checked.is_empty() {
            // Whoever reads "indeterminate" must see why.
            coverage.problems.extend_from_slice(row.suspicions);
            if self.other_unicode {
                coverage.problems.push(Problem::of_row(Reason::OtherUnicode));
            }
            if coverage.problems.is_empty() {
                coverage.problems.push(Problem::of_row(Reason::KindNotIndexed));
            }
        }
        Verdict::new(self.matches, coverage)
    }
}

/// The given fields from which nothing was checked against one index. The parts of match keys count
/// as used as soon as one match key was checked: a postcode adds to others, it is nothing alone.
fn unused_fields(given: FieldSet, used: KindSet) -> FieldSet {
    let a_match_key_was_used = used.iter().any(Kind::is_match_key);
    given
        .iter()
        .filter(|field| match field.kind() {
            Some(_) => field.kinds().intersection(used).is_empty(),
            None => !a_match_key_was_used,
        })
        .collect()
}
