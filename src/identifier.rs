//! Fields, kinds of identifiers, and their normal forms.
//!
//! One table below defines everything about a kind: its name, how strong a match is, the class of
//! data that leaks with it, and the function that makes the normal form. To add a kind, add its
//! file and its line in the table.

mod birth_date;
mod cell;
mod codes;
mod date_order;
mod derivation;
mod ehic;
mod email;
mod hashed_email;
mod iban;
mod iccsn;
mod identity_document;
mod kvnr;
mod match_key;
mod name;
mod normaliser;
mod number;
mod outcome;
mod phone;
mod phonetic;
mod placeholder;
mod postal_code;
mod rvnr;
mod sets;
mod steuer_id;
mod strength;
#[cfg(test)]
mod testing;
mod username;

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::{
    breach::DataClass,
    parse_error::ParseError,
    text::{Place, ROOM, Text},
};

pub use birth_date::civil_from_days;
pub(crate) use codes::{Common, Date, Decade, NameCodes, PersonCodes, PostalCode, RecordCodes};
pub use date_order::{DateEvidence, DateOrder};
pub(crate) use email::is_own_alias;
pub(crate) use kvnr::institution_code;
pub use kvnr::{InstitutionCode, InsuredNumber, read_institution_code};
use match_key::KeyWriter;
pub(crate) use match_key::{Name, Person};
use normaliser::LONGEST_VALUE;
pub use normaliser::Normaliser;
pub(crate) use outcome::explained;
pub use outcome::{Outcome, Reason};
pub use phone::Region;
pub use phonetic::koelner_phonetik;
pub(crate) use phonetic::{most_digits, write_sound};
pub use placeholder::is_placeholder;
pub(crate) use sets::bit_set;
pub use sets::{FieldSet, KindSet};
pub use strength::Strength;

/// The version of the rules in this module. It is stored in every index, and every subkey depends
/// on it.
///
/// If any output changes, this number must change.
pub const NORMALISER: u32 = 3;

/// Separates the values of a cell in its normal form.
pub(crate) const BETWEEN_VALUES: &str = "; ";

/// Writes the normal form of one value to the string, which is empty at first.
type Rule = fn(&str, Normaliser, &mut String) -> Outcome;

macro_rules! registry {
    (
        values { $(
            $(#[$value_attribute:meta])+
            $value:ident = $value_slug:literal, $value_strength:ident, $value_class:ident, $value_rule:path;
        )+ }
        parts { $(
            $(#[$part_attribute:meta])+
            $part:ident = $part_slug:literal, $part_class:ident, $part_rule:path;
        )+ }
        match_keys { $(
            $(#[$key_attribute:meta])+
            $key:ident = $key_slug:literal, $key_strength:ident, $composer:ident, $names:ident + $others:ident;
        )+ }
    ) => {
        /// The content of a cell. The caller declares it for each column.
        ///
        /// ```
        /// use leakdex::{DataClass, Field, Kind};
        ///
        /// // A column's declared field, as a mapping names it.
        /// let field: Field = "ehic".parse()?;
        /// assert_eq!((field, field.slug()), (Field::Ehic, "ehic"));
        /// assert_eq!(field.data_class(), DataClass::HEALTH_INSURANCE_INFORMATION);
        ///
        /// // A German European card has the number of the health card.
        /// assert_eq!(field.kind(), Some(Kind::Ehic));
        /// assert!(field.kinds().contains(Kind::Iccsn));
        /// assert_eq!(Field::BirthDate.kind(), None, "a date alone identifies nobody");
        /// assert!(Field::ALL.contains(&field));
        /// # Ok::<(), leakdex::ParseError>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Field {
            $( $(#[$value_attribute])+ $value, )+
            $( $(#[$part_attribute])+ $part, )+
        }

        impl Field {
            /// Every field, in the order of this list.
            pub const ALL: &[Self] = &[$( Self::$value, )+ $( Self::$part, )+];

            /// The field's name in mappings and messages: `birth-date`.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self {
                    $( Self::$value => $value_slug, )+
                    $( Self::$part => $part_slug, )+
                }
            }

            /// The class of data that leaked if a leaked row fills this field.
            #[must_use]
            pub const fn data_class(self) -> DataClass {
                match self {
                    $( Self::$value => DataClass::$value_class, )+
                    $( Self::$part => DataClass::$part_class, )+
                }
            }

            /// The kind of this field's values on their own; `None` for a part of match keys. A
            /// German number in an [`Ehic`](Self::Ehic) field is of kind [`Kind::Iccsn`].
            #[must_use]
            pub const fn kind(self) -> Option<Kind> {
                match self {
                    $( Self::$value => Some(Kind::$value), )+
                    $( Self::$part => None, )+
                }
            }

            fn rule(self) -> Rule {
                match self {
                    $( Self::$value => $value_rule, )+
                    $( Self::$part => $part_rule, )+
                }
            }
        }

        /// A kind of identifier: one value on its own, or a match key built from several fields.
        ///
        /// ```
        /// use leakdex::{Kind, Strength};
        ///
        /// let kind: Kind = "starts-birth".parse()?;
        /// assert_eq!((kind, kind.slug()), (Kind::StartsBirth, "starts-birth"));
        /// assert!(kind.is_match_key());
        /// assert_eq!(kind.strength(), Strength::Candidate);
        ///
        /// let certain = Kind::ALL.iter().filter(|kind| kind.strength() == Strength::Certain);
        /// assert!(certain.clone().all(|kind| !kind.is_match_key()));
        /// # Ok::<(), leakdex::ParseError>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Kind {
            $( $(#[$value_attribute])+ $value, )+
            $( $(#[$key_attribute])+ $key, )+
        }

        impl Kind {
            /// Every kind, in the order of this list.
            pub const ALL: &[Self] = &[$( Self::$value, )+ $( Self::$key, )+];

            /// The kind's name in index files, findings and messages: `starts-birth`.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self {
                    $( Self::$value => $value_slug, )+
                    $( Self::$key => $key_slug, )+
                }
            }

            /// How sure a match of this kind alone is. A match key alone gives a candidate. The
            /// other values of the record can make it more than that, or refute it.
            #[must_use]
            pub const fn strength(self) -> Strength {
                match self {
                    $( Self::$value => Strength::$value_strength, )+
                    $( Self::$key => Strength::$key_strength, )+
                }
            }

            /// The fields that make a match key; empty for other kinds.
            pub(crate) fn parts(self) -> FieldSet {
                match self {
                    $( Self::$value => FieldSet::EMPTY, )+
                    $( Self::$key => parts::$names().union(parts::$others()), )+
                }
            }

            /// Whether this kind is built from several fields.
            #[must_use]
            pub const fn is_match_key(self) -> bool {
                match self {
                    $( Self::$value => false, )+
                    $( Self::$key => true, )+
                }
            }
        }

        impl Person<'_> {
            /// Appends to `text` every match key that the person has the parts for, and calls
            /// `each` with its kind, its place and the text.
            #[inline]
            pub(crate) fn push_match_keys(
                &self,
                text: &mut Text,
                each: impl FnMut(Kind, Place, &Text),
            ) {
                let mut keys = KeyWriter::new(self.text, text, each);
                $(
                    keys.begin(Kind::$key);
                    keys.$composer(self);
                )+
            }

            /// The same for match keys of these kinds only.
            #[inline]
            pub(crate) fn push_match_keys_of(
                &self,
                kinds: KindSet,
                text: &mut Text,
                each: impl FnMut(Kind, Place, &Text),
            ) {
                let mut keys = KeyWriter::new(self.text, text, each);
                $(
                    if kinds.contains(Kind::$key) {
                        keys.begin(Kind::$key);
                        keys.$composer(self);
                    }
                )+
            }
        }
    };
}

registry! {
    values {
        /// An e-mail address.
        Email = "email", Strong, EMAIL_ADDRESSES, email::normalise;
        /// The insured number of German statutory health insurance (Krankenversichertennummer).
        Kvnr = "kvnr", Certain, HEALTH_INSURANCE_INFORMATION, kvnr::normalise;
        /// The number of a German health card (ICCSN).
        Iccsn = "iccsn", Certain, HEALTH_INSURANCE_INFORMATION, iccsn::normalise;
        /// The number of a European health insurance card of another country. A German number
        /// counts as an [`Iccsn`](Self::Iccsn).
        Ehic = "ehic", Certain, HEALTH_INSURANCE_INFORMATION, ehic::normalise;
        /// The number of German pension insurance (Rentenversicherungsnummer).
        Rvnr = "rvnr", Certain, SOCIAL_SECURITY_NUMBERS, rvnr::normalise;
        /// The German tax identification number.
        SteuerId = "steuer-id", Certain, GOVERNMENT_ISSUED_IDS, steuer_id::normalise;
        /// The number of an identity card or a passport, with the state that issued it.
        IdentityDocument =
            "identity-document", Certain, GOVERNMENT_ISSUED_IDS, identity_document::normalise;
        /// An international bank account number.
        Iban = "iban", Strong, BANK_ACCOUNT_NUMBERS, iban::normalise;
        /// A phone number.
        #[cfg_attr(docsrs, doc(cfg(feature = "phone")))]
        Phone = "phone", Strong, PHONE_NUMBERS, phone::normalise;
        /// An e-mail address without the parts that its owner can vary. It is derived from each
        /// address.
        EmailAlias = "email-alias", Probable, EMAIL_ADDRESSES, email::normalise_alias;
        /// The MD5 hash of an e-mail address in normal form, as found in leaks.
        Md5Email = "md5-email", Strong, EMAIL_ADDRESSES, hashed_email::normalise::<md5::Md5>;
        /// The SHA-1 hash of an e-mail address in normal form, as found in leaks.
        Sha1Email = "sha1-email", Strong, EMAIL_ADDRESSES, hashed_email::normalise::<sha1::Sha1>;
        /// The SHA-256 hash of an e-mail address in normal form, as found in leaks.
        Sha256Email =
            "sha256-email", Strong, EMAIL_ADDRESSES, hashed_email::normalise::<sha2::Sha256>;
        /// A username. It is meaningful only within its own portal.
        Username = "username", Strong, USERNAMES, username::normalise;
    }
    parts {
        /// A family name.
        LastName = "last-name", NAMES, name::normalise_last;
        /// One or several given names.
        FirstName = "first-name", NAMES, name::normalise_first;
        /// Both names in one cell: `Last, First` or `First … Last`.
        Name = "name", NAMES, name::normalise_full;
        /// A date of birth.
        BirthDate = "birth-date", DATES_OF_BIRTH, birth_date::normalise;
        /// A postcode.
        PostalCode = "postal-code", PHYSICAL_ADDRESSES, postal_code::normalise;
    }
    match_keys {
        /// Date of birth and postcode.
        BirthPostcode = "birth-postcode", Candidate, birth_postcode, no_name + birth_and_postcode;
        /// The first three letters of both names in either order, and the date of birth.
        StartsBirth = "starts-birth", Candidate, starts_birth, names + birth;
        /// The last three letters of both names in either order, and the date of birth.
        EndsBirth = "ends-birth", Candidate, ends_birth, names + birth;
        /// How both names sound (Kölner Phonetik) in either order, and the postcode.
        SoundPostcode = "sound-postcode", Candidate, sound_postcode, names + postcode;
        /// Both names in either order, and month and day of birth.
        NameBirthday = "name-birthday", Candidate, name_birthday, names + birth;
        /// The first three letters of the first name, the date of birth, and the first three characters
        /// of the postcode.
        FirstBirthRegion =
            "first-birth-region", Candidate, first_birth_region, first_name + birth_and_postcode;
    }
}

/// The fields that go into each match key.
mod parts {
    use super::{Field, FieldSet};

    pub const fn no_name() -> FieldSet {
        FieldSet::EMPTY
    }

    pub fn names() -> FieldSet {
        last_name().union(first_name())
    }

    fn last_name() -> FieldSet {
        [Field::LastName, Field::Name].into_iter().collect()
    }

    pub fn first_name() -> FieldSet {
        [Field::FirstName, Field::Name].into_iter().collect()
    }

    pub fn birth() -> FieldSet {
        [Field::BirthDate].into_iter().collect()
    }

    pub fn postcode() -> FieldSet {
        [Field::PostalCode].into_iter().collect()
    }

    pub fn birth_and_postcode() -> FieldSet {
        birth().union(postcode())
    }
}

/// The normal form of a value in a usual spelling; `None` for other spellings.
#[must_use]
pub fn usual_form(field: Field, raw: &[u8], rules: Normaliser) -> Option<Vec<u8>> {
    let mut room = [0; ROOM];
    let length = field.write_usual(raw, rules, &mut room);
    (length > 0).then(|| room[..length].to_vec())
}

impl Field {
    const fn is_name(self) -> bool {
        matches!(self, Self::LastName | Self::FirstName)
    }

    /// Whether any word can be a value of this field.
    const fn can_be_a_word(self) -> bool {
        self.is_name() || matches!(self, Self::Name | Self::Username)
    }

    /// Writes the normal form of a value in a usual spelling to `room`, and returns its length.
    /// Returns 0 for all other values: those need [`Normaliser::normalise`]. That function gives
    /// the same normal form for a usual value, with [`Outcome::Ok`].
    #[expect(clippy::inline_always, reason = "each field has a loop of its own")]
    #[inline(always)]
    pub(crate) fn write_usual(self, raw: &[u8], rules: Normaliser, room: &mut [u8; ROOM]) -> usize {
        match self {
            Self::Email => email::write_usual(raw, room),
            Self::Kvnr => kvnr::write_usual(raw, room),
            Self::LastName => name::write_usual(raw, name::Half::Last, room),
            Self::FirstName => name::write_usual(raw, name::Half::First, room),
            Self::BirthDate => birth_date::write_usual(raw, rules, room),
            Self::PostalCode => postal_code::write_usual(raw, room),
            _ => 0,
        }
    }

    /// The values in the normal form of a cell. A cell may hold several e-mail addresses, phone
    /// numbers or names of one person, separated by `"; "`.
    pub(crate) fn values(self, normal_form: &str) -> impl Iterator<Item = &str> {
        let several = matches!(
            self,
            Self::Email
                | Self::EmailAlias
                | Self::Phone
                | Self::LastName
                | Self::FirstName
                | Self::Name
        );
        // In other fields, the separator is ordinary text.
        let most = if several { usize::MAX } else { 1 };
        normal_form.splitn(most, BETWEEN_VALUES)
    }

    /// The kind of a value of this field, from its normal form; `None` for a part of match keys.
    pub(crate) fn kind_of(self, normal_form: &str) -> Option<Kind> {
        match self {
            Self::Ehic if iccsn::is_german(normal_form) => Some(Kind::Iccsn),
            _ => self.kind(),
        }
    }

    /// Every kind that values of this field can have or make; empty for a part of match keys.
    #[must_use]
    pub fn kinds(self) -> KindSet {
        let also = (self == Self::Ehic).then_some(Kind::Iccsn);
        let derived = self.derivations().map(|(kind, _)| kind);
        self.kind().into_iter().chain(also).chain(derived).collect()
    }
}

impl FieldSet {
    /// The kinds of identifiers that columns of these fields can make.
    ///
    /// ```
    /// use leakdex::{Field, FieldSet, Kind};
    ///
    /// let fields: FieldSet = [Field::Name, Field::BirthDate].into_iter().collect();
    /// assert!(fields.kinds().contains(Kind::StartsBirth));
    /// assert!(!fields.kinds().contains(Kind::SoundPostcode));
    /// ```
    #[must_use]
    pub fn kinds(self) -> KindSet {
        let value_kinds = self.iter().fold(KindSet::EMPTY, |all, field| all.union(field.kinds()));
        let is_made = |kind: &Kind| kind.is_match_key() && kind.can_be_formed_from(self);
        value_kinds.union(Kind::ALL.iter().copied().filter(is_made).collect())
    }
}

impl Kind {
    /// Whether the date of birth is part of this match key.
    pub(crate) fn has_date(self) -> bool {
        self.parts().contains(Field::BirthDate)
    }

    /// Whether columns of these fields give all parts of this match key. A column of whole names
    /// gives both names.
    pub(crate) fn can_be_formed_from(self, fields: FieldSet) -> bool {
        let has_name = fields.contains(Field::Name);
        let has = |part| fields.contains(part) || part == Field::Name || has_name && part.is_name();
        self.parts().iter().all(has)
    }
}

macro_rules! named {
    ($($type:ty: $name:ident),+) => { $(
        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.$name())
            }
        }

        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.$name())
            }
        }
    )+ };
}

macro_rules! parsed_by_slug {
    ($($type:ty, $spelling:expr;)+) => { $(
        impl FromStr for $type {
            type Err = ParseError;

            fn from_str(slug: &str) -> Result<Self, ParseError> {
                let slug = $spelling(slug);
                let unknown = ParseError::new("no such field or kind of identifier");
                Self::ALL.iter().copied().find(|known| *known.slug() == *slug).ok_or(unknown)
            }
        }
    )+ };
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let slug = Cow::<str>::deserialize(deserializer)?;
        slug.parse().map_err(D::Error::custom)
    }
}

named!(Field: slug, Kind: slug, Strength: slug, Reason: code);
parsed_by_slug! {
    // Underscores are accepted, as in the names of columns and variables: `birth_date`.
    Field, |slug: &str| slug.replace('_', "-");
    // Exactly as in index files.
    Kind, str::to_owned;
}
