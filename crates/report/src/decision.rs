//! The decision of a person on a match.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The decision of a person on the match of a member in a breach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The leaked data are the member's.
    Affected,
    /// The leaked data are somebody else's.
    NotAffected,
    /// Nobody can say yet.
    Later,
}

impl Decision {
    /// All decisions.
    pub const ALL: [Self; 3] = [Self::Affected, Self::NotAffected, Self::Later];

    /// Its name in files: `affected`, `not_affected` or `later`.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Affected => "affected",
            Self::NotAffected => "not_affected",
            Self::Later => "later",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.slug())
    }
}

impl FromStr for Decision {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|own| own.slug() == text).ok_or(())
    }
}
