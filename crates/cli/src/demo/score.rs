//! Verdicts against the truth.

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
    /// Findings on a name and birth date, or first name, birth date and postcode, that are
    /// somebody else's in the leak too.
    pub namesakes: u64,
    /// Members with an account in the leak with which they have nothing in common to be found by.
    pub out_of_reach: u64,
    /// Verdicts that the truth does not explain; each is an error of the code.
    pub unexplained: u64,
}

/// The members whom the truth and the verdicts put at one strength.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Members who are in the leak, with this as the strongest thing in common.
    pub in_leak: u64,
    /// Those of them who were found at this strength.
    pub found: u64,
    /// Members who were found at this strength and should not have been.
    pub false_positives: u64,
}

impl Score {
    /// Those in the leak who were not found at this strength.
    pub fn missed(&self) -> u64 {
        self.in_leak - self.found
    }

    /// The found share of those in the leak, 1 where nobody is.
    pub fn recall(&self) -> f64 {
        share(self.found, self.in_leak)
    }

    /// The true share of those found, 1 where nobody is.
    pub fn precision(&self) -> f64 {
        share(self.found, self.found + self.false_positives)
    }

    /// Whether all were found, and nobody else.
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
        let is_explained = expected.verdict == verdict.slug() && expected.matched == matched;
        self.unexplained += u64::from(!is_explained);
        let shown = leak.shown(member.person);
        self.out_of_reach += u64::from(shown.is_some() && expected.strength.is_none());

        let strength = verdict.finding().map(Finding::strength);
        // A person's own numbers and addresses must all be found, and no others.
        let own = |kinds: KindSet| -> KindSet {
            kinds.iter().filter(|kind| !kind.is_match_key()).collect()
        };
        let lacks = !own(expected.matched).difference(own(matched)).is_empty();
        let exceeds = !own(matched).difference(own(expected.matched)).is_empty();
        if let Some(score) = self.score(expected.strength) {
            score.in_leak += 1;
            score.found += u64::from(strength == expected.strength && !lacks);
        }
        if let Some(score) = self.score(strength)
            && (strength != expected.strength || exceeds)
        {
            score.false_positives += 1;
            self.namesakes += u64::from(is_explained);
        }
    }

    /// The counts of both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            affected: self.affected + other.affected,
            not_affected: self.not_affected + other.not_affected,
            indeterminate: self.indeterminate + other.indeterminate,
            certain: self.certain.plus(other.certain),
            strong: self.strong.plus(other.strong),
            probable: self.probable.plus(other.probable),
            namesakes: self.namesakes + other.namesakes,
            out_of_reach: self.out_of_reach + other.out_of_reach,
            unexplained: self.unexplained + other.unexplained,
        }
    }

    /// How many members were checked.
    pub fn members(&self) -> u64 {
        self.affected + self.not_affected + self.indeterminate
    }

    fn score(&mut self, strength: Option<Strength>) -> Option<&mut Score> {
        match strength? {
            Strength::Certain => Some(&mut self.certain),
            Strength::Strong => Some(&mut self.strong),
            Strength::Probable => Some(&mut self.probable),
            // The demo indexes nothing so weak.
            Strength::Candidate => None,
        }
    }
}

/// What must come out for a member.
struct Expected {
    verdict: &'static str,
    /// The kinds that must be found, those of namesakes among them.
    matched: KindSet,
    /// The strongest kind that the member and their own rows in the leak both have. Match keys
    /// count even where an error or a change keeps them from meeting: such members are missed.
    strength: Option<Strength>,
}

impl Expected {
    fn of(member: &MemberTruth, leak: &LeakTruth) -> Self {
        let shown = leak.shown(member.person).unwrap_or_default();
        let own: KindSet =
            (member.same.intersection(shown).iter()).filter(|kind| !kind.is_match_key()).collect();
        let match_keys = [Kind::NameBirth, Kind::FirstBirthPostcode].into_iter();
        let of_anybody: KindSet = match_keys
            .zip(member.match_keys)
            .filter(|(_, key)| key.is_some_and(|key| leak.has_match_key(key)))
            .map(|(kind, _)| kind)
            .collect();
        let given_match_keys =
            (member.given.intersection(shown).iter()).filter(|kind| kind.is_match_key()).collect();

        let matched = own.union(of_anybody);
        let strength = own.union(given_match_keys).iter().map(Kind::strength).max();
        let verdict = if !matched.is_empty() {
            "affected"
        } else if !member.sound.is_empty() {
            "not_affected"
        } else {
            "indeterminate"
        };
        Self { verdict, matched, strength }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the counts are far below the 2^52 from which on that could happen"
)]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}
