//! Counts the affected persons and their leaked rows.
//!
//! Rows of the member lists with the same reference are one person. A leaked row counts once, however many
//! persons it matches. So a run collects a few facts about each row (`facts`), and counts at its end
//! (`fold`).

mod facts;
mod fold;
mod interner;
mod outcome;
mod tally;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, collections::BTreeMap};

use leakdex::{BreachName, Field, Strength, Verdict};
use serde::{Deserialize, Serialize};

pub use facts::PersonFacts;
pub use fold::PersonTotals;
pub use outcome::NewMatch;

use self::outcome::Outcome;
use crate::{causes, decision::Decision, decisions::strength_of};

/// Counts of persons or of leaked rows, broken down in several ways. Confirmed persons and persons to be
/// decided both count. Dismissed persons do not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountsBy {
    /// By the best strength of all matches.
    pub by_strength: BTreeMap<String, u64>,
    /// By each kind that matched.
    pub by_kind: BTreeMap<String, u64>,
    /// By breach.
    pub by_breach: BTreeMap<String, u64>,
    /// By each class of data that leaked.
    pub by_data_class: BTreeMap<String, u64>,
    /// By the insurer (IK) in the members' own insured numbers, if these name one.
    pub by_institution: BTreeMap<String, u64>,
}

/// Counts of persons by outcome: `checked = confirmed + to_decide + open + dismissed + not_affected`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persons {
    /// All persons in the member lists.
    pub checked: u64,
    /// Persons with a match that is at least *probable*, or that somebody confirmed.
    pub confirmed: u64,
    /// Persons whose best match is a *candidate* without a decision.
    pub to_decide: u64,
    /// Persons with nothing that could be checked.
    pub open: u64,
    /// Persons whose matches were all decided *not affected*.
    pub dismissed: u64,
    /// All others.
    pub not_affected: u64,
    /// The persons among `not_affected` whose check had a gap.
    pub partially_checked: u64,
    /// Breakdown of the persons who are confirmed or to be decided.
    #[serde(flatten)]
    pub by: CountsBy,
    /// The persons in this breakdown whose insured number names no insurer.
    pub without_institution: u64,
    /// The confirmed persons, by the breach in which they are confirmed.
    pub confirmed_by_breach: BTreeMap<String, u64>,
    /// The confirmed persons, by the classes of data that leaked in the breaches in which they are confirmed.
    pub confirmed_by_data_class: BTreeMap<String, u64>,
    /// The persons with nothing that could be checked, by reason. A person can have several reasons.
    pub open_by_reason: BTreeMap<String, u64>,
    /// The persons whose check had a gap, by cause. A person can have several causes.
    pub partially_checked_by_reason: BTreeMap<String, u64>,
}

/// Counts of the leaked rows of persons who are confirmed or to be decided. Each row counts once, and equal
/// rows of a leak are one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Records {
    /// All these rows.
    pub concerned: u64,
    /// The rows of confirmed persons.
    pub confirmed: u64,
    /// Breakdown of these rows. A row has the strength of its best match with any person, and its own classes
    /// of data.
    #[serde(flatten)]
    pub by: CountsBy,
    /// Rows that match only persons whose insured number names no insurer.
    pub without_institution: u64,
}

/// Why persons who are not affected were only partially checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partial {
    /// Persons with a defective value. Correct it and check again.
    pub defective: u64,
    /// Other persons. Their check has a caveat of the run or of the leak.
    pub caveats: u64,
    /// The cause with the most persons; `None` if everyone was checked in full.
    pub largest_cause: Option<PartialCause>,
    /// All causes, the most frequent first. A person can have several.
    pub by_cause: Vec<PartialCause>,
}

/// A cause of partial checks, and the number of persons with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartialCause {
    /// A reason code, or another cause.
    pub reason: Cow<'static, str>,
    /// The field, if the cause has one.
    pub field: Option<Cow<'static, str>>,
    /// The number of persons with this cause.
    pub persons: u64,
}

impl PartialCause {
    /// Whether a value of the member is defective, so a correction would help.
    #[must_use]
    pub fn is_defect(&self) -> bool {
        causes::is_defect(&self.reason)
    }
}

/// A field that members gave but that a leak certainly does not contain. No action is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldNotInLeak {
    /// The field.
    pub field: Cow<'static, str>,
    /// The number of persons who gave it.
    pub persons: u64,
}

/// The number of candidates who look like relatives of a leaked person, such as twins. Known at the end of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relatives {
    /// Candidates who share the last name and the place, but not the first name, with every record that
    /// counts.
    pub look_like_relatives: u64,
    /// The candidates among these with a record that confirms another person.
    pub of_affected: u64,
}

/// Persons with a match that no earlier run found with the same certainty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPersons {
    /// Persons with a confirmed match of this kind.
    #[serde(rename = "new")]
    pub confirmed: u64,
    /// Other persons. Somebody has to decide about them.
    #[serde(rename = "new_to_decide")]
    pub to_decide: u64,
}

/// All counts of persons at the end of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonCounts {
    /// The persons.
    pub persons: Persons,
    /// Their leaked rows.
    pub records: Records,
    /// Why some persons were only partially checked.
    pub partial: Partial,
    /// The fields that the persons gave and that did not leak.
    pub not_in_leak: Vec<FieldNotInLeak>,
    /// The persons who look like relatives of a leaked person.
    pub relatives: Relatives,
    /// The new persons, if requested.
    pub new: Option<NewPersons>,
}

/// The outcome of a row, named as in the report. `decision` returns the decision about a breach.
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

/// The name of the combined strength of a row's matches. Each match is in one breach, and has its decision.
/// If any match counts as confirmed, the others are ignored.
#[must_use]
pub fn strength_of_counted(
    matches: impl Iterator<Item = (Strength, Option<Decision>)>,
) -> &'static str {
    let is_counted = |item: &(Strength, _)| Outcome::of(item.0, item.1) == Outcome::Confirmed;
    let (counted, others): (Vec<_>, Vec<_>) = matches.partition(is_counted);
    strength_of(if counted.is_empty() { others } else { counted }.into_iter())
}

/// The slug of a field.
fn name_of(field: Field) -> Cow<'static, str> {
    Cow::Borrowed(field.slug())
}
