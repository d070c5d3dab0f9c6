//! The fields that a leak certainly does not have.

use serde::{Deserialize, Serialize};

use super::builder::IndexBuilder;
use crate::identifier::{Field, FieldSet, Kind, KindSet};

/// The fields of a leak's columns.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Columns {
    /// The fields of the added columns, and the fields that other columns may have, as the bits of
    /// their set.
    fields: u32,
    /// Whether the caller declared that there are no more columns, and added no rows since.
    pub is_closed: bool,
}

impl Columns {
    pub fn add(&mut self, fields: FieldSet) {
        self.fields |= fields.bits();
        self.is_closed = false;
    }

    pub const fn merge(&mut self, other: Self) {
        self.fields |= other.fields;
        self.is_closed &= other.is_closed;
    }

    /// The fields that the leak certainly does not have, given the kinds that are indexed and the
    /// fields of the classes of data that leaked beside those of the columns' fields. A column that
    /// was not read may have any of these fields, even if another column has one of them.
    pub fn absent(self, kinds: KindSet, may_be_unread: FieldSet) -> FieldSet {
        if !self.is_closed {
            return FieldSet::EMPTY;
        }
        let held = FieldSet::from_bits(self.fields);
        let is_indexed = |field: Field| match field.kind() {
            Some(kind) => {
                let derived = field.kinds().difference(KindSet::EMAIL_HASHES);
                kinds.contains(kind) && derived.difference(kinds).is_empty()
            }
            None => Kind::ALL.iter().all(|&kind| !kind.is_match_key() || kinds.contains(kind)),
        };
        // The leak may contain a field that is deliberately not indexed, even if no column is
        // mapped to it. It may contain usernames in any column, since any text may be one.
        let all = Field::ALL.iter().copied().filter(|&field| {
            is_indexed(field) && !may_be_unread.contains(field) && field != Field::Username
        });
        all.filter(|field| !held.iter().any(|held| held.may_hold(*field))).collect()
    }
}

impl Field {
    /// Whether a column of this field may contain the values of a column of the other field,
    /// perhaps in another form.
    fn may_hold(self, other: Self) -> bool {
        let are_both_in = |fields: &[Self]| fields.contains(&self) && fields.contains(&other);
        self == other
            || !self.kinds().intersection(other.kinds()).is_empty()
            || are_both_in(&[Self::Name, Self::LastName, Self::FirstName])
            || are_both_in(&[Self::Email, Self::Md5Email, Self::Sha1Email, Self::Sha256Email])
            // Many people log in with their address or a number.
            || (self == Self::Username || other == Self::Username)
                && (self.can_be_a_login() && other.can_be_a_login())
    }

    /// Whether a username may be a value of this field.
    pub(super) const fn can_be_a_login(self) -> bool {
        !matches!(
            self,
            Self::LastName
                | Self::FirstName
                | Self::Name
                | Self::BirthDate
                | Self::PostalCode
                | Self::Iban
                | Self::Rvnr
                | Self::SteuerId
                | Self::IdentityDocument
        )
    }
}

impl IndexBuilder<'_> {
    /// Declares that the leak has no other columns than those of the records so far. Call it after
    /// the last record. `but` contains the fields that other columns may still have: columns that
    /// were not read, or whose content is unknown. The index then stores the fields that the leak
    /// certainly does not have. The check of a member with such a field is complete without it
    /// ([`Coverage::not_leaked`](crate::Coverage::not_leaked)). Without this call, the leak may
    /// have any field.
    ///
    /// A field that was added counts as part of the leak, even if none of its values could be used.
    /// So does a field with the same values in another form, such as a hash of addresses. Usernames
    /// always count as part of the leak, since any text may be one.
    ///
    /// ```
    /// use leakdex::{Breach, Field, FieldSet, IndexBuilder, Key, Record};
    ///
    /// let key = Key::generate()?;
    /// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// builder.add(&Record::new().kvnr("A123456780"))?;
    /// builder.has_no_more_columns([Field::Email].into_iter().collect());
    /// let index = builder.build()?;
    ///
    /// let member = Record::new().kvnr("B123456782").phone("+49 221 4710815");
    /// assert!(index.check(&member).coverage().not_leaked.contains(Field::Phone));
    /// assert!(index.check(&member).coverage().is_whole());
    /// let with_address = index.check(&member.email("m.muster@example.de"));
    /// assert!(with_address.coverage().unused.contains(Field::Email));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn has_no_more_columns(&mut self, but: FieldSet) {
        self.account.has_no_more_columns(but);
    }
}
