//! How many decisions a check used.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Lapse, Standing};
use crate::decision::Decision;

/// The decisions that a check met, each with its standing. A decision is on a member and a breach.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DecisionUse(BTreeMap<u32, Standing>);

/// How many decisions a check met. A decision is on a member and a breach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionCounts {
    /// Those that hold and say *affected*.
    pub affected: u64,
    /// Those that hold and say *not affected*.
    pub not_affected: u64,
    /// Those that hold and say *later*.
    pub later: u64,
    /// Those that do not hold any more.
    pub lapsed: u64,
    /// Those against a match that is surer than a person may decide.
    pub passed_over: u64,
    /// Decisions *affected* on a member without a matching record any more.
    pub unmatched: u64,
    /// Lapsed ones, by the cause.
    pub lapsed_by: LapsedBy,
}

/// Lapsed decisions by the cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LapsedBy {
    /// The data of the member changed.
    pub member_data: u64,
    /// Other leaked records match.
    pub records: u64,
    /// The index has another key.
    pub key: u64,
}

impl DecisionUse {
    /// Notes the standing of the decision with this number. A member who stands in several lists can have several:
    /// the one with most left to do counts.
    pub fn note(&mut self, number: u32, standing: Standing) {
        let known = self.0.entry(number).or_insert(standing);
        *known = standing.max(*known);
    }

    /// Whether this is a decision *affected* on a member without a match in any list.
    #[must_use]
    pub fn is_unmatched(&self, number: u32) -> bool {
        self.0.get(&number) == Some(&Standing::Unmatched)
    }

    /// The counts.
    #[must_use]
    pub fn counts(&self) -> DecisionCounts {
        let mut counts = DecisionCounts::default();
        for standing in self.0.values() {
            let count = match standing {
                Standing::Undecided => continue,
                Standing::Unmatched => &mut counts.unmatched,
                Standing::Holds(Decision::Affected) => &mut counts.affected,
                Standing::Holds(Decision::NotAffected) => &mut counts.not_affected,
                Standing::Holds(Decision::Later) => &mut counts.later,
                Standing::PassedOver(_) => &mut counts.passed_over,
                Standing::Lapsed(cause) => {
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
