//! Kinds that are made of values of another kind, and the relations that follow.

use super::{Field, Kind, KindSet, email, hashed_email};

/// Makes another kind of identifier from a value in normal form, in the given, empty string.
type Deriver = fn(&str, &mut String);

/// The kinds that are made beside the values of a field.
const DERIVATIONS: [(Field, Kind, Deriver); 4] = [
    (Field::Email, Kind::EmailAlias, email::alias),
    (Field::Email, Kind::Md5Email, hashed_email::MD5),
    (Field::Email, Kind::Sha1Email, hashed_email::SHA1),
    (Field::Email, Kind::Sha256Email, hashed_email::SHA256),
];

impl Field {
    /// The kinds that are made beside this field's values, each with the function that makes it.
    pub(crate) fn derivations(self) -> impl Iterator<Item = (Kind, Deriver)> {
        let own = DERIVATIONS.iter().filter(move |(field, ..)| *field == self);
        own.map(|&(_, kind, derive)| (kind, derive))
    }
}

impl KindSet {
    /// The hashes of e-mail addresses. Plain addresses meet them, and one hash never meets another:
    /// a leak that holds SHA-1 only and a member list that holds MD5 only have nothing to compare.
    pub const EMAIL_HASHES: Self = {
        let mut hashes = Self::EMPTY;
        hashes.insert(Kind::Md5Email);
        hashes.insert(Kind::Sha1Email);
        hashes.insert(Kind::Sha256Email);
        hashes
    };

    /// The kinds that are made beside values of another.
    pub(crate) fn derived() -> Self {
        DERIVATIONS.iter().map(|&(_, kind, _)| kind).collect()
    }
}

impl Kind {
    /// The kind that holds less of the same values. Two records that meet in this kind also meet in
    /// that one, if both are made of a record wherever they can be.
    ///
    /// An alias is made of the address alone.
    pub(crate) const fn coarser(self) -> Option<Self> {
        match self {
            Self::Email => Some(Self::EmailAlias),
            _ => None,
        }
    }
}
