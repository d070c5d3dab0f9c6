//! How a match counts, given its strength and people's decision, and whether it is new.

use leakdex::Strength;
use serde::{Deserialize, Serialize};

use crate::decision::Decision;

/// How a match in a breach counts. Later variants take precedence over earlier ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    Dismissed,
    ToDecide,
    Confirmed,
}

impl Outcome {
    /// The outcome of a member in a breach, given the best strength there and the decision. Nobody can
    /// dismiss or put off a match that is more certain than *probable*.
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

/// The matches of a row that no earlier run found with the same certainty. Later variants take precedence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum NewMatch {
    /// There are none, or new persons are not requested.
    #[default]
    None,
    /// People have to decide about all of them.
    ToDecide,
    /// At least one is confirmed.
    Confirmed,
}

impl NewMatch {
    /// The news of a row with these new matches. Each has its strength in its breach, and the decision about
    /// it.
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
