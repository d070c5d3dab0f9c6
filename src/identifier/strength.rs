//! How certain a match is.

/// How certain a match is: the strength of the strongest kind that matched.
///
/// ```
/// use leakdex::{Kind, Strength};
///
/// assert!(Kind::Kvnr.strength() > Kind::StartsBirth.strength());
/// let slugs: Vec<&str> = Strength::ALL.iter().map(|strength| strength.slug()).collect();
/// assert_eq!(slugs, ["candidate", "probable", "strong", "certain"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// A person should review the match, because it may be a twin or a namesake.
    Candidate,
    /// The same person, except for rare coincidences.
    Probable,
    /// The same person, unless the value was shared or passed on.
    Strong,
    /// The same person: the number belongs to one person only.
    Certain,
}

impl Strength {
    /// Every strength, from the weakest to the strongest.
    pub const ALL: &[Self] = &[Self::Candidate, Self::Probable, Self::Strong, Self::Certain];

    /// The strength's name in findings: `certain`.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Probable => "probable",
            Self::Strong => "strong",
            Self::Certain => "certain",
        }
    }
}
