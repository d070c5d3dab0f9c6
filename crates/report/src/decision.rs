//! A person's decision about an uncertain match.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A decision about the match of a member in one breach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The leaked data belong to the member.
    Affected,
    /// The leaked data belong to somebody else.
    NotAffected,
    /// The question is still open.
    Later,
}

impl Decision {
    /// All decisions, in the order of the variants.
    pub const ALL: [Self; 3] = [Self::Affected, Self::NotAffected, Self::Later];

    /// The name of the decision in files.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Affected => "affected",
            Self::NotAffected => "not_affected",
            Self::Later => "later",
        }
    }

    /// The decision with this name.
    #[must_use]
    pub fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.slug() == slug)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.slug())
    }
}
