//! Small sets of kinds and of fields, as bits.

use serde::{Serialize, Serializer};

use super::{Field, Kind};

macro_rules! bit_set {
    ($(#[doc = $doc:literal])+ $set:ident of $item:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub struct $set(u32);

        impl $set {
            /// The empty set.
            pub const EMPTY: Self = Self(0);

            /// The set of all items.
            #[must_use]
            pub fn all() -> Self {
                $item::ALL.iter().copied().collect()
            }

            /// Whether the set is empty.
            #[must_use]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The number of items in the set.
            #[must_use]
            pub const fn len(self) -> usize {
                self.0.count_ones() as usize
            }

            /// Whether `item` is in the set.
            #[must_use]
            pub const fn contains(self, item: $item) -> bool {
                self.0 & (1 << item as u32) != 0
            }

            /// Adds `item` to the set.
            pub const fn insert(&mut self, item: $item) {
                self.0 |= 1 << item as u32;
            }

            /// The set as bits, from the lowest: the bit of an item is its index in the list.
            #[must_use]
            pub const fn bits(self) -> u32 {
                self.0
            }

            /// The set with these [`bits`](Self::bits). Bits without an item are ignored.
            #[must_use]
            pub fn from_bits(bits: u32) -> Self {
                Self(bits).intersection(Self::all())
            }

            /// The items in either set.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// The items in both sets.
            #[must_use]
            pub const fn intersection(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }

            /// The items in this set that are not in `other`.
            #[must_use]
            pub const fn difference(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// The items, in the order of their list.
            pub fn iter(self) -> impl Iterator<Item = $item> {
                $item::ALL.iter().copied().filter(move |&item| self.contains(item))
            }
        }

        const _: () = assert!($item::ALL.len() <= 32, "the set has 32 bits");

        impl FromIterator<$item> for $set {
            fn from_iter<I: IntoIterator<Item = $item>>(items: I) -> Self {
                let mut set = Self::EMPTY;
                for item in items {
                    set.insert(item);
                }
                set
            }
        }

        impl std::fmt::Debug for $set {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.debug_set().entries(self.iter()).finish()
            }
        }
    };
}

pub(crate) use bit_set;

bit_set! {
    /// A set of [`Kind`]s.
    ///
    /// ```
    /// use leakdex::{Kind, KindSet};
    ///
    /// let mut kinds: KindSet = [Kind::Kvnr, Kind::Email].into_iter().collect();
    /// kinds.insert(Kind::Iban);
    /// assert!(kinds.contains(Kind::Iban) && !kinds.is_empty());
    /// assert_eq!(kinds.len(), 3);
    ///
    /// // To index all kinds but the match keys:
    /// let keys: KindSet = Kind::ALL.iter().copied().filter(|kind| kind.is_match_key()).collect();
    /// let values = KindSet::all().difference(keys);
    /// assert_eq!(values.union(keys), KindSet::all());
    /// assert_eq!(values.intersection(keys), KindSet::EMPTY);
    /// assert!(values.iter().all(|kind| !kind.is_match_key()));
    /// ```
    KindSet of Kind
}

bit_set! {
    /// A set of [`Field`]s.
    ///
    /// ```
    /// use leakdex::{Field, FieldSet};
    ///
    /// let mut fields: FieldSet = [Field::LastName, Field::FirstName].into_iter().collect();
    /// assert!(!fields.contains(Field::BirthDate) && !fields.is_empty());
    /// fields.insert(Field::BirthDate);
    /// assert_eq!(fields.len(), 3);
    ///
    /// let others = FieldSet::all().difference(fields);
    /// assert_eq!(fields.intersection(others), FieldSet::EMPTY);
    /// assert_eq!(fields.union(others), FieldSet::all());
    /// let names: Vec<&str> = fields.iter().map(Field::slug).collect();
    /// assert_eq!(names, ["last-name", "first-name", "birth-date"]);
    /// ```
    FieldSet of Field
}

impl Serialize for KindSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl Serialize for FieldSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
