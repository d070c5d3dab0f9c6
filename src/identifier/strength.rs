//! How sure a match is.

/// How sure a match is. The strongest kind that matched decides.
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
    /// Worth a look by a person: twins or namesakes are to be expected.
    Candidate,
    /// The same person, but for rare coincidences.
    Probable,
    /// The same person, unless a value was shared or handed on.
    Strong,
    /// A number that is given to one person only.
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
