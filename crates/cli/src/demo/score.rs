//! Compares verdicts with the truth.

use leakdex::{Finding, Kind, KindSet, Strength, Verdict};
use leakdex_synthetic::{leak::LeakTruth, members::MemberTruth};

/// How the verdicts on many members agree with the truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub affected: u64,
    pub not_affected: u64,
    pub indeterminate: u64,
    pub certain: Score,
    pub strong: Score,
    pub probable: Score,
    pub candidate: Score,
    /// Members with an account in the leak whose leaked rows share no field with the list that could find them.
    pub out_of_reach: u64,
    /// Verdicts that the truth does not explain. Each is an error of the code.
    pub unexplained: u64,
}

/// The members for whom the truth or the verdict has one strength.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Members in the leak whose strongest shared identifier has this strength.
    pub in_leak: u64,
    /// Those of them who were found at this strength or a higher one.
    pub found: u64,
    /// Members found at this strength who share nothing with the leak, or who were found by a number or an
    /// address that is not in their leaked rows.
    pub false_positives: u64,
}

impl Score {
    /// Members in the leak who were not found at this strength.
    pub fn missed(&self) -> u64 {
        self.in_leak - self.found
    }

    /// The share of members in the leak who were found; 1 if there are none.
    pub fn recall(&self) -> f64 {
        share(self.found, self.in_leak)
    }

    /// The share of found members who are in the leak; 1 if there are none.
    pub fn precision(&self) -> f64 {
        share(self.found, self.found + self.false_positives)
    }

    /// Whether all members in the leak were found, and nobody else.
    pub fn is_perfect(&self) -> bool {
        self.found == self.in_leak && self.false_positives == 0
    }

    fn plus(self, other: Self) -> Self {
        Self {
            in_leak: self.in_leak + other.in_leak,
            found: self.found + other.found,
            false_positives: self.false_positives + other.false_positives,
        }
    }
}

impl Tally {
    /// Counts the verdict on one member.
    pub fn count(&mut self, verdict: &Verdict, member: &MemberTruth, leak: &LeakTruth) {
        match verdict {
            Verdict::Affected(_) => self.affected += 1,
            Verdict::NotAffected(_) => self.not_affected += 1,
            Verdict::Indeterminate(_) => self.indeterminate += 1,
        }
        let expected = Expected::of(member, leak);
        let matched = verdict.finding().map_or(KindSet::EMPTY, Finding::matched);
        let strength = verdict.finding().map(Finding::strength);
        let explained = expected.explains(verdict);
        self.unexplained += u64::from(!explained);
        let is_in_leak = leak.rows_of(member.person).is_some();
        self.out_of_reach += u64::from(is_in_leak && expected.strength.is_none());

        let found_values = values_of(matched);
        if let Some(score) = self.score(expected.strength) {
            score.in_leak += 1;
            let is_found = strength >= expected.strength;
            score.found += u64::from(is_found && expected.values == found_values);
        }
        // A namesake's row may be found beside the member's own. Nobody can tell them apart.
        let is_stranger = expected.strength.is_none() && strength.is_some();
        if is_stranger || !found_values.difference(expected.values).is_empty() {
            self.score(strength).into_iter().for_each(|score| score.false_positives += 1);
        }
    }

    /// The sum of both counts.
    pub fn plus(self, other: Self) -> Self {
        Self {
            affected: self.affected + other.affected,
            not_affected: self.not_affected + other.not_affected,
            indeterminate: self.indeterminate + other.indeterminate,
            certain: self.certain.plus(other.certain),
            strong: self.strong.plus(other.strong),
            probable: self.probable.plus(other.probable),
            candidate: self.candidate.plus(other.candidate),
            out_of_reach: self.out_of_reach + other.out_of_reach,
            unexplained: self.unexplained + other.unexplained,
        }
    }

    /// The number of members checked.
    pub fn members(&self) -> u64 {
        self.affected + self.not_affected + self.indeterminate
    }

    fn score(&mut self, strength: Option<Strength>) -> Option<&mut Score> {
        match strength? {
            Strength::Certain => Some(&mut self.certain),
            Strength::Strong => Some(&mut self.strong),
            Strength::Probable => Some(&mut self.probable),
            Strength::Candidate => Some(&mut self.candidate),
        }
    }
}

/// The verdicts that the truth allows for a member.
struct Expected {
    /// The member's own numbers and addresses in the leak. All of them must be found, and no others.
    values: KindSet,
    /// The match keys that the row can produce.
    match_keys: KindSet,
    /// Whether the member has anything to check.
    is_checked: bool,
    /// Whether a leaked row has the same names, date of birth and postcode as the list.
    has_same_parts: bool,
    /// The highest strength that a finding can have. Names, dates and postcodes count even if an error or a
    /// change keeps them from agreeing; such members are missed.
    strength: Option<Strength>,
}

impl Expected {
    fn of(member: &MemberTruth, leak: &LeakTruth) -> Self {
        let shown = leak.rows_of(member.person).unwrap_or_default();
        let values = values_of(member.same.intersection(shown.kinds));
        let strength = if !values.is_empty() {
            values.iter().map(Kind::strength).max()
        } else if member.gives_all_parts && shown.has_all_parts {
            Some(Strength::Probable)
        } else {
            let in_common = member.given.intersection(shown.kinds);
            in_common.iter().any(Kind::is_match_key).then_some(Strength::Candidate)
        };
        Self {
            values,
            match_keys: member.given.difference(values_of(member.given)),
            is_checked: !member.sound.is_empty(),
            has_same_parts: member.has_same_parts && shown.has_all_parts,
            strength,
        }
    }

    /// Whether the truth allows the verdict. Match keys may also find somebody similar, and may miss a row
    /// that differs or has few fields.
    fn explains(&self, verdict: &Verdict) -> bool {
        let matched = verdict.finding().map_or(KindSet::EMPTY, Finding::matched);
        let values = values_of(matched);
        let strength = verdict.finding().map(Finding::strength);
        let is_found = !self.has_same_parts || strength >= Some(Strength::Probable);
        let is_checked = match verdict {
            Verdict::Affected(_) => true,
            Verdict::NotAffected(_) => self.is_checked,
            Verdict::Indeterminate(_) => !self.is_checked,
        };
        let others = matched.difference(values).difference(self.match_keys);
        values == self.values && others.is_empty() && is_found && is_checked
    }
}

/// The kinds that are not match keys.
fn values_of(kinds: KindSet) -> KindSet {
    kinds.iter().filter(|kind| !kind.is_match_key()).collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the counts are far below 2^53, where precision loss begins"
)]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}
