//! The decisions of people on matches that the program cannot be sure of.
//!
//! They stand in a file that only grows. A line names the member by the reference, and the breach. It says for
//! which data it was made by two keyed digests, so a later check knows whether they are still the same.

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

/// All decisions of a file.
#[derive(Default)]
pub struct Decisions {
    /// By the member's reference.
    by_member: BTreeMap<String, Vec<OnBreach>>,
    /// How many members and breaches there are.
    subjects: u32,
    /// How many bytes at the end of the file are the beginning of a line.
    cut_off: u64,
    /// Where the last whole line ends.
    length: u64,
}

/// The lines on a member in a breach, in the order of the file.
struct OnBreach {
    breach: String,
    /// The number of this member and breach, in the order of their first lines.
    number: u32,
    lines: Vec<DecisionLine>,
}

/// The state of a match by a file of decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nobody decided.
    Undecided,
    /// A decision *affected*, and no leaked record matches the member any more.
    Unmatched,
    /// A decision on this match, made for the same data.
    Holds(Decision),
    /// A decision that does not hold any more.
    Lapsed(Lapse),
    /// A decision against a match that is surer than a person may decide.
    PassedOver(Decision),
}

/// Why a decision does not hold any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lapse {
    /// The data of the member have changed.
    Member,
    /// The leaked records that match the member are others, or have changed.
    Records,
    /// The index was built with another key, so nobody can compare.
    Key,
}

impl Standing {
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

    /// The decision, if it holds.
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

/// The name of the strength of a match that a person confirmed.
pub(crate) const BY_HAND: &str = "by-hand";

/// The name of the strength of a match that people read, given the decision on it.
#[must_use]
pub fn strength_of_match(strength: Strength, decision: Option<Decision>) -> &'static str {
    let is_by_hand = decision == Some(Decision::Affected) && is_decidable(strength);
    if is_by_hand { BY_HAND } else { strength.slug() }
}

/// Names the strength of several matches of a member together. The surest match that counts without a decision
/// gives the name. Without such a match, it is "confirmed by hand".
pub fn strength_of(matches: impl Iterator<Item = (Strength, Option<Decision>)>) -> &'static str {
    let names =
        matches.map(|(strength, decision)| (strength, strength_of_match(strength, decision)));
    let others = names.filter(|(_, name)| *name != BY_HAND);
    others.max().map_or(BY_HAND, |(_, name)| name)
}

impl Decisions {
    /// Whether the file says anything of this member in this breach.
    #[must_use]
    pub fn knows(&self, reference: &str, breach: &str) -> bool {
        self.lines(reference, breach).is_some()
    }

    /// The state of the match of a member with this reference in this breach. `basis` tells on which
    /// data a decision would rest now.
    ///
    /// A member can stand in several lists with different data, so the latest line on the same data counts.
    #[must_use]
    pub fn standing(
        &self,
        (reference, breach): (&str, &str),
        strength: Strength,
        basis: &Basis,
    ) -> Standing {
        let Some(lines) = self.lines(reference, breach) else { return Standing::Undecided };
        let on_same_data = lines.iter().rfind(|line| line.basis == *basis);
        if !is_decidable(strength) {
            return match on_same_data.or(lines.last()).map(|line| line.decision) {
                None => Standing::Undecided,
                Some(Decision::Affected) => Standing::Holds(Decision::Affected),
                Some(other) => Standing::PassedOver(other),
            };
        }
        match (on_same_data, lines.last()) {
            (Some(line), _) => Standing::Holds(line.decision),
            (None, Some(latest)) => Standing::Lapsed(lapse(&latest.basis, basis)),
            (None, None) => Standing::Undecided,
        }
    }

    /// The number of a member and a breach, in the order in which the file has them first.
    #[must_use]
    pub fn number(&self, reference: &str, breach: &str) -> Option<u32> {
        self.on_breach(reference, breach).map(|own| own.number)
    }

    /// The lines on a member and a breach.
    #[must_use]
    pub fn lines(&self, reference: &str, breach: &str) -> Option<&[DecisionLine]> {
        self.on_breach(reference, breach).map(|own| own.lines.as_slice())
    }

    /// The numbers of the breaches in which a member is affected by the latest decision, with their names.
    pub fn confirmed(&self, reference: &str) -> impl Iterator<Item = (u32, &str)> {
        let breaches = self.by_member.get(reference).into_iter().flatten();
        let is_confirmed = |own: &&OnBreach| {
            own.lines.last().is_some_and(|line| line.decision == Decision::Affected)
        };
        breaches.filter(is_confirmed).map(|own| (own.number, &*own.breach))
    }

    /// All lines, by the reference.
    pub fn all(&self) -> impl Iterator<Item = &DecisionLine> {
        self.by_member.values().flatten().flat_map(|own| &own.lines)
    }

    /// How many bytes at the end are a line that was cut off. They count for nothing.
    #[must_use]
    pub const fn cut_off(&self) -> u64 {
        self.cut_off
    }

    fn on_breach(&self, reference: &str, breach: &str) -> Option<&OnBreach> {
        self.by_member.get(reference)?.iter().find(|own| own.breach == breach)
    }

    fn push(&mut self, line: DecisionLine) {
        let breaches = self.by_member.entry(line.reference.clone()).or_default();
        if let Some(own) = breaches.iter_mut().find(|own| own.breach == line.breach) {
            own.lines.push(line);
            return;
        }
        let (breach, number) = (line.breach.clone(), self.subjects);
        self.subjects += 1;
        breaches.push(OnBreach { breach, number, lines: vec![line] });
    }
}

/// The change since a decision. Changed data of the member come first, since the records that match
/// often change with them.
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
