//! How a match counts, given how sure it is and what people decided; and whether it is new.

use leakdex::Strength;
use serde::{Deserialize, Serialize};

use crate::decision::Decision;

/// How a match in a breach counts; the later ones outdo the earlier ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    Dismissed,
    ToDecide,
    Confirmed,
}

impl Outcome {
    /// Of a member in a breach, given the surest record there and the decision. Nobody decides on what is surer
    /// than *probable*.
    pub fn of(strength: Strength, decision: Option<Decision>) -> Self {
        match decision {
            Some(Decision::Affected) => Self::Confirmed,
            Some(Decision::NotAffected) if strength <= Strength::Probable => Self::Dismissed,
            Some(Decision::Later) if strength <= Strength::Probable => Self::ToDecide,
            _ if strength >= Strength::Probable => Self::Confirmed,
            _ => Self::ToDecide,
        }
    }
}

/// The matches of a row that no earlier run has found as surely; the later ones outdo the earlier ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum News {
    /// There are none, or nobody asked.
    #[default]
    None,
    /// People have to decide on all of them.
    ToDecide,
    /// One at least is confirmed.
    Confirmed,
}

impl News {
    /// Of a row with these new matches: how sure each is in its breach, and the decision on it.
    #[must_use]
    pub fn of(matches: impl Iterator<Item = (Strength, Option<Decision>)>) -> Self {
        let of_match = |(strength, decision)| match Outcome::of(strength, decision) {
            Outcome::Confirmed => Self::Confirmed,
            Outcome::ToDecide => Self::ToDecide,
            Outcome::Dismissed => Self::None,
        };
        matches.map(of_match).max().unwrap_or_default()
    }
}
