//! People's decisions about matches that the program cannot be sure of.
//!
//! They are in an append-only file. Each line has the member's reference, the breach, and two keyed digests of
//! the data behind the decision. So a later check can tell whether the data have changed.

mod basis;
mod count;
mod file;
mod line;

use std::collections::BTreeMap;

use leakdex::Strength;
use serde::{Deserialize, Serialize};

pub use self::{
    basis::{Basis, CodeFault},
    count::{DecisionCounts, DecisionUse},
    file::DecisionFile,
    line::{DecisionLine, DecisionReason},
};
use crate::decision::Decision;

/// All decisions in a file.
#[derive(Default)]
pub struct Decisions {
    /// Keyed by the member's reference.
    by_member: BTreeMap<String, Vec<BreachDecisions>>,
    /// The number of distinct pairs of member and breach. It is the number of the next new pair.
    subjects: u32,
    /// The length of an incomplete last line, in bytes; 0 if there is none.
    cut_off: u64,
    /// The length of all complete lines, in bytes.
    length: u64,
}

/// The lines about a member in a breach, in the order of the file.
struct BreachDecisions {
    breach: String,
    /// The position of this pair of member and breach among all pairs, by first appearance, from 0.
    number: u32,
    lines: Vec<DecisionLine>,
}

/// The state of a match according to a decisions file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionStatus {
    /// There is no decision.
    Undecided,
    /// The decision is *affected*, but no leaked record matches the member any more.
    Unmatched,
    /// There is a decision about this match, based on the same data. A decision *affected* about a certain or
    /// strong match also holds if the data have changed.
    Holds(Decision),
    /// The decision is no longer valid.
    Lapsed(Lapse),
    /// The decision contradicts a match that is too certain for people to decide.
    PassedOver(Decision),
}

/// Why a decision is no longer valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lapse {
    /// The member's data have changed.
    Member,
    /// Other leaked records match the member, or the records have changed.
    Records,
    /// The index was built with another key, so no comparison is possible.
    Key,
}

impl DecisionStatus {
    /// The name in findings.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Undecided => "none",
            Self::Unmatched => "unmatched",
            Self::Holds(decision) => decision.slug(),
            Self::Lapsed(_) => "lapsed",
            Self::PassedOver(_) => "passed_over",
        }
    }

    /// The decision, if it is valid.
    #[must_use]
    pub const fn decision(self) -> Option<Decision> {
        match self {
            Self::Holds(decision) => Some(decision),
            _ => None,
        }
    }
}

/// Whether a person can decide on a match of this strength.
#[must_use]
pub fn is_decidable(strength: Strength) -> bool {
    strength <= Strength::Probable
}

/// The displayed strength of a match that a person confirmed.
pub(crate) const BY_HAND: &str = "by-hand";

/// The displayed name of a match's strength, given the decision about it.
#[must_use]
pub fn strength_label(strength: Strength, decision: Option<Decision>) -> &'static str {
    let is_by_hand = decision == Some(Decision::Affected) && is_decidable(strength);
    if is_by_hand { BY_HAND } else { strength.slug() }
}

/// Returns the strength of the most certain match that is not [`BY_HAND`]. Returns [`BY_HAND`] if all
/// matches are.
pub fn strength_of(matches: impl Iterator<Item = (Strength, Option<Decision>)>) -> &'static str {
    let names = matches.map(|(strength, decision)| (strength, strength_label(strength, decision)));
    let others = names.filter(|(_, name)| *name != BY_HAND);
    others.max().map_or(BY_HAND, |(_, name)| name)
}

impl Decisions {
    /// Whether the file has a line about this member in this breach.
    #[must_use]
    pub fn has_decision(&self, reference: &str, breach: &str) -> bool {
        self.lines(reference, breach).is_some()
    }

    /// The state of a match of a member in a breach. `basis` is the data that a decision would be based on
    /// now.
    ///
    /// A member can be in several lists with different data, so the latest line about the same data counts.
    #[must_use]
    pub fn status(
        &self,
        (reference, breach): (&str, &str),
        strength: Strength,
        basis: &Basis,
    ) -> DecisionStatus {
        let Some(lines) = self.lines(reference, breach) else { return DecisionStatus::Undecided };
        let on_same_data = lines.iter().rfind(|line| line.basis == *basis);
        if !is_decidable(strength) {
            return match on_same_data.or(lines.last()).map(|line| line.decision) {
                None => DecisionStatus::Undecided,
                Some(Decision::Affected) => DecisionStatus::Holds(Decision::Affected),
                Some(other) => DecisionStatus::PassedOver(other),
            };
        }
        match (on_same_data, lines.last()) {
            (Some(line), _) => DecisionStatus::Holds(line.decision),
            (None, Some(latest)) => DecisionStatus::Lapsed(lapse(&latest.basis, basis)),
            (None, None) => DecisionStatus::Undecided,
        }
    }

    /// The position of this pair of member and breach among all pairs, by first appearance in the file, from 0.
    #[must_use]
    pub fn number(&self, reference: &str, breach: &str) -> Option<u32> {
        self.on_breach(reference, breach).map(|decisions| decisions.number)
    }

    /// The lines about a member and a breach.
    #[must_use]
    pub fn lines(&self, reference: &str, breach: &str) -> Option<&[DecisionLine]> {
        self.on_breach(reference, breach).map(|decisions| decisions.lines.as_slice())
    }

    /// The breaches in which a member is affected according to the latest decision: number and name.
    pub fn confirmed(&self, reference: &str) -> impl Iterator<Item = (u32, &str)> {
        let breaches = self.by_member.get(reference).into_iter().flatten();
        let is_confirmed = |decisions: &&BreachDecisions| {
            decisions.lines.last().is_some_and(|line| line.decision == Decision::Affected)
        };
        breaches.filter(is_confirmed).map(|decisions| (decisions.number, &*decisions.breach))
    }

    /// All lines, ordered by reference.
    pub fn all(&self) -> impl Iterator<Item = &DecisionLine> {
        self.by_member.values().flatten().flat_map(|decisions| &decisions.lines)
    }

    /// The length of an incomplete last line, in bytes; 0 if there is none. The check ignores such a line.
    #[must_use]
    pub const fn cut_off(&self) -> u64 {
        self.cut_off
    }

    fn on_breach(&self, reference: &str, breach: &str) -> Option<&BreachDecisions> {
        self.by_member.get(reference)?.iter().find(|decisions| decisions.breach == breach)
    }

    fn push(&mut self, line: DecisionLine) {
        let breaches = self.by_member.entry(line.reference.clone()).or_default();
        if let Some(known) = breaches.iter_mut().find(|known| known.breach == line.breach) {
            known.lines.push(line);
            return;
        }
        let (breach, number) = (line.breach.clone(), self.subjects);
        self.subjects += 1;
        breaches.push(BreachDecisions { breach, number, lines: vec![line] });
    }
}

/// Why a decision has lapsed. Another key takes precedence, since no comparison is then possible. Changed
/// member data come next, since the matching records often change with them.
fn lapse(then: &Basis, now: &Basis) -> Lapse {
    if then.key != now.key {
        Lapse::Key
    } else if then.member == now.member {
        Lapse::Records
    } else {
        Lapse::Member
    }
}

#[cfg(test)]
mod tests;
