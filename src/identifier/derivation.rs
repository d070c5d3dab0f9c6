//! Derived kinds, which are made from values of another kind, and how they relate.

use super::{Field, Kind, KindSet, email, hashed_email};

/// Writes the identifier that is derived from a value in normal form to the string. The string is
/// empty at first.
type Deriver = fn(&str, &mut String);

/// The kinds that are derived from the values of a field.
const DERIVATIONS: [(Field, Kind, Deriver); 4] = [
    (Field::Email, Kind::EmailAlias, email::alias),
    (Field::Email, Kind::Md5Email, hashed_email::of_email::<md5::Md5>),
    (Field::Email, Kind::Sha1Email, hashed_email::of_email::<sha1::Sha1>),
    (Field::Email, Kind::Sha256Email, hashed_email::of_email::<sha2::Sha256>),
];

impl Field {
    /// The kinds that are derived from this field's values, each with the function that derives it.
    pub(crate) fn derivations(self) -> impl Iterator<Item = (Kind, Deriver)> {
        let derivations = DERIVATIONS.iter().filter(move |(field, ..)| *field == self);
        derivations.map(|&(_, kind, derive)| (kind, derive))
    }
}

impl KindSet {
    /// The hashes of e-mail addresses. Plain addresses match all of them, but one hash never
    /// matches another: a leak with SHA-1 hashes and a member list with MD5 hashes have nothing to
    /// compare.
    pub const EMAIL_HASHES: Self = {
        let mut hashes = Self::EMPTY;
        hashes.insert(Kind::Md5Email);
        hashes.insert(Kind::Sha1Email);
        hashes.insert(Kind::Sha256Email);
        hashes
    };

    /// The kinds that are derived from values of another kind.
    pub(crate) fn derived() -> Self {
        DERIVATIONS.iter().map(|&(_, kind, _)| kind).collect()
    }
}

impl Kind {
    /// The kind that keeps less detail of the same values. Two records that match in this kind also
    /// match in the coarser one, if both records have every identifier that can be made of them.
    ///
    /// An alias depends on the address alone.
    pub(crate) const fn coarser(self) -> Option<Self> {
        match self {
            Self::Email => Some(Self::EmailAlias),
            _ => None,
        }
    }
}
