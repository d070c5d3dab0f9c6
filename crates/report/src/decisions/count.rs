//! Counts the decisions that a check used.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DecisionStatus, Lapse};
use crate::decision::Decision;

/// The decisions that a check encountered, each with its status. A decision is about a member and a breach.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DecisionUse(BTreeMap<u32, DecisionStatus>);

/// The number of decisions that a check encountered. A decision is about a member and a breach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionCounts {
    /// Valid decisions *affected*.
    pub affected: u64,
    /// Valid decisions *not affected*.
    pub not_affected: u64,
    /// Valid decisions *later*.
    pub later: u64,
    /// Decisions that are no longer valid.
    pub lapsed: u64,
    /// Decisions that contradict a match too certain for people to decide.
    pub passed_over: u64,
    /// Decisions *affected* about a member who has no matching record any more.
    pub unmatched: u64,
    /// The lapsed decisions, by cause.
    pub lapsed_by: LapsedCounts,
}

/// Lapsed decisions by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LapsedCounts {
    /// The member's data changed.
    pub member_data: u64,
    /// Other leaked records match.
    pub records: u64,
    /// The index has another key.
    pub key: u64,
}

impl DecisionUse {
    /// Records the status of the decision with this number. If a member is in several lists with different
    /// statuses, the one that requires the most work counts.
    pub fn note(&mut self, number: u32, status: DecisionStatus) {
        let known = self.0.entry(number).or_insert(status);
        *known = status.max(*known);
    }

    /// Whether this is a decision *affected* about a member without a match in any list.
    #[must_use]
    pub fn is_unmatched(&self, number: u32) -> bool {
        self.0.get(&number) == Some(&DecisionStatus::Unmatched)
    }

    /// The counts.
    #[must_use]
    pub fn counts(&self) -> DecisionCounts {
        let mut counts = DecisionCounts::default();
        for status in self.0.values() {
            let count = match status {
                DecisionStatus::Undecided => continue,
                DecisionStatus::Unmatched => &mut counts.unmatched,
                DecisionStatus::Holds(Decision::Affected) => &mut counts.affected,
                DecisionStatus::Holds(Decision::NotAffected) => &mut counts.not_affected,
                DecisionStatus::Holds(Decision::Later) => &mut counts.later,
                DecisionStatus::PassedOver(_) => &mut counts.passed_over,
                DecisionStatus::Lapsed(cause) => {
                    *match cause {
                        Lapse::Member => &mut counts.lapsed_by.member_data,
                        Lapse::Records => &mut counts.lapsed_by.records,
                        Lapse::Key => &mut counts.lapsed_by.key,
                    } += 1;
                    &mut counts.lapsed
                }
            };
            *count += 1;
        }
        counts
    }
}
