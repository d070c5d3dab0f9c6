//! The public ids of keys and indexes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::parse_error::ParseError;

/// The public id of a [`Key`](crate::Key): 64 bits derived from the key. They reveal nothing about
/// it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; KeyId::LENGTH]);

/// The id of an index: 64 bits of the MAC over its whole content.
///
/// Two different indexes have the same id with a probability of 2⁻⁶⁴. The same records, key and
/// breach give the same id. The id is public and reveals nothing about the content.
///
/// ```
/// use leakdex::{Breach, Index, IndexBuilder, IndexId, Key, Record, Requirements};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("bitmarck.leakdex");
/// # let key = Key::generate()?;
/// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// # builder.add(&Record::new().kvnr("A123456780"))?;
/// # let publication = builder.prepare(&path)?;
/// # let noted = publication.id().to_string();
/// # publication.publish()?;
///
/// // An id that was noted down when the index was built:
/// let id: IndexId = noted.parse()?;
/// let index = Index::open(&path, &key)?.require(&Requirements::new().id(id))?;
/// assert_eq!(index.id(), id);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexId([u8; IndexId::LENGTH]);

macro_rules! hex_id {
    ($type:ident, $expected:literal) => {
        impl $type {
            const LENGTH: usize = 8;

            /// The id from the first bytes of a digest.
            pub(crate) fn of_digest(digest: &[u8]) -> Self {
                let (id, _) = digest.split_first_chunk().expect("a digest is longer than an id");
                Self(*id)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($type), "({})"), self)
            }
        }

        impl FromStr for $type {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                let mut id = [0; Self::LENGTH];
                hex::decode_to_slice(text, &mut id).map_err(|_| ParseError::new($expected))?;
                Ok(Self(id))
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

hex_id!(KeyId, "a key id has 16 hex digits");
hex_id!(IndexId, "an index id has 16 hex digits");
