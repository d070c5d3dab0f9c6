//! How many persons are affected, and how many leaked rows are theirs.
//!
//! Rows of the member lists with the same reference are one person. A leaked row counts once, however many
//! persons it matches. So a run notes a few facts of each row (`facts`), and counts at its end (`fold`).

mod facts;
mod fold;
mod intern;
mod outcome;
mod tally;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, collections::BTreeMap};

use leakdex::{BreachName, Field, Strength, Verdict};
use serde::{Deserialize, Serialize};

pub use facts::PersonFacts;
pub use fold::Counted;
pub use outcome::News;

use self::outcome::Outcome;
use crate::{causes, decision::Decision, decisions::strength_of, relatives::Relatives};

/// Numbers of persons, or of leaked rows, by several things. A person who was confirmed and one about whom
/// people have to decide count alike; one who was dismissed does not count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountsBy {
    /// By the best strength of all matches.
    pub by_strength: BTreeMap<String, u64>,
    /// By each kind that matched.
    pub by_kind: BTreeMap<String, u64>,
    /// By the breach.
    pub by_breach: BTreeMap<String, u64>,
    /// By each class of data that leaked.
    pub by_data_class: BTreeMap<String, u64>,
    /// By the insurer (IK) that the members' own insured numbers name, where they do.
    pub by_institution: BTreeMap<String, u64>,
}

/// How many persons there are of each outcome:
/// `checked = confirmed + to_decide + open + dismissed + not_affected`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persons {
    /// All persons in the member lists.
    pub checked: u64,
    /// Persons with a match that is at least *probable*, or that people decided to be theirs.
    pub confirmed: u64,
    /// Persons whose best match is a *candidate*, and nobody has decided.
    pub to_decide: u64,
    /// Persons without a detail that could be checked.
    pub open: u64,
    /// Persons with the decision *not affected* on all their matches.
    pub dismissed: u64,
    /// All others.
    pub not_affected: u64,
    /// Those of the persons who are not affected whose check had a gap.
    pub partially_checked: u64,
    /// The persons who are confirmed or to be decided.
    #[serde(flatten)]
    pub by: CountsBy,
    /// Those of them whose insured number names no insurer.
    pub without_institution: u64,
    /// The confirmed persons, by the breach in which they are confirmed.
    pub confirmed_by_breach: BTreeMap<String, u64>,
    /// The confirmed persons, by the classes of data that leaked in breaches in which they are confirmed.
    pub confirmed_by_data_class: BTreeMap<String, u64>,
    /// The persons without a detail that could be checked, by each reason.
    pub open_by_reason: BTreeMap<String, u64>,
    /// The persons whose check had a gap, by each cause.
    pub partially_checked_by_reason: BTreeMap<String, u64>,
}

/// How many leaked rows are those of persons who are confirmed or to be decided. Each counts once; equal
/// rows of a leak are one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Records {
    /// All of them.
    pub concerned: u64,
    /// Those of confirmed persons.
    pub confirmed: u64,
    /// By the best strength with which a row matches anybody, by the classes of exactly that row, and so on.
    #[serde(flatten)]
    pub by: CountsBy,
    /// Rows that match only persons whose insured number names no insurer.
    pub without_institution: u64,
}

/// Why persons who are not affected were not checked in full.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partial {
    /// Persons with a value that was given and is defective: repair it and check again.
    pub defective: u64,
    /// Other persons, whose check has a caveat of the run or of the leak.
    pub caveats: u64,
    /// The cause of the most persons; none if everyone was checked in full.
    pub largest_cause: Option<PartialCause>,
    /// All causes, the most frequent first. A person can have several.
    pub by_cause: Vec<PartialCause>,
}

/// A cause of partial checks, and how many persons have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartialCause {
    /// A reason code, or another cause.
    pub reason: Cow<'static, str>,
    /// The field, if it concerns one.
    pub field: Option<Cow<'static, str>>,
    /// How many persons have it.
    pub persons: u64,
}

impl PartialCause {
    /// Whether a value of the member is defective, so that its repair helps.
    #[must_use]
    pub fn is_defect(&self) -> bool {
        causes::is_defect(&self.reason)
    }
}

/// A field that members gave and that a leak surely does not hold. There is nothing to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotInLeak {
    /// The field.
    pub field: Cow<'static, str>,
    /// How many persons gave it.
    pub persons: u64,
}

/// Persons with a match that no earlier run has found as surely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPersons {
    /// Those with such a match that is confirmed.
    #[serde(rename = "new")]
    pub confirmed: u64,
    /// Others, about whom people have to decide.
    #[serde(rename = "new_to_decide")]
    pub to_decide: u64,
}

/// All that is counted of persons at the end of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonCounts {
    /// The persons.
    pub persons: Persons,
    /// Their leaked rows.
    pub records: Records,
    /// Why some were not checked in full.
    pub partial: Partial,
    /// The fields that they gave and that did not leak.
    pub not_in_leak: Vec<NotInLeak>,
    /// Those who look like relatives of a leaked person.
    pub relatives: Relatives,
    /// Those who are new, if that was asked.
    pub new: Option<NewPersons>,
}

/// The outcome of a row, as the report names the outcomes of persons. `decision` has the decision on a breach.
#[must_use]
pub fn outcome_of(
    verdict: &Verdict,
    decision: impl Fn(&BreachName) -> Option<Decision>,
) -> &'static str {
    let finding = match verdict {
        Verdict::Affected(finding) => finding,
        Verdict::NotAffected(coverage) if coverage.is_whole() => return "not-affected",
        Verdict::NotAffected(_) => return "partially-checked",
        Verdict::Indeterminate(_) => return "open",
    };
    let parts = finding.exposure().by_breach().iter();
    match parts.map(|part| Outcome::of(part.strength, decision(part.breach.name()))).max() {
        Some(Outcome::Confirmed) => "confirmed",
        Some(Outcome::Dismissed) => "dismissed",
        Some(Outcome::ToDecide) | None => "to-decide",
    }
}

/// The name of the strength of these matches of a row, each in a breach and with the decision on it: of those that
/// count as confirmed, if there are any, and else of all.
#[must_use]
pub fn strength_of_counted(
    matches: impl Iterator<Item = (Strength, Option<Decision>)>,
) -> &'static str {
    let is_counted = |own: &(Strength, _)| Outcome::of(own.0, own.1) == Outcome::Confirmed;
    let (counted, others): (Vec<_>, Vec<_>) = matches.partition(is_counted);
    strength_of(if counted.is_empty() { others } else { counted }.into_iter())
}

/// The name of a field, by its place in the list of all.
fn name_of(field: Field) -> Cow<'static, str> {
    Cow::Borrowed(field.slug())
}
