//! The tags of leaked records.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{batch::HashedIdentifier, breach::BreachName, key::Key};

/// Makes the tags of the records of one breach.
///
/// A tag is a keyed hash of everything that a record itself contains. Equal records have equal tags
/// in all files. Two different records have the same tag with a probability of 2⁻⁶⁴. Classes that
/// leaked for everyone in the breach are not part of the tag. They often become known later, and
/// decisions on a record are stored under its tag.
#[derive(Clone)]
pub(super) struct TagMaker {
    /// The MAC state after the name of the breach.
    mac: Hmac<Sha256>,
}

/// The input of a tag, except for the breach.
pub(super) struct TagInput<'a> {
    /// In ascending order of the pseudonyms.
    pub identifiers: &'a [HashedIdentifier],
    /// The pseudonym of its names, dates of birth and postcodes.
    pub parts: Option<u128>,
    /// The slugs of the data classes that the record itself contains, sorted, each followed by a
    /// line end.
    pub data_classes: &'a [u8],
}

impl TagMaker {
    pub fn new(key: &Key, breach: &BreachName) -> Self {
        let subkey = key.derive("record tag");
        let mac = Hmac::new_from_slice(subkey.as_ref()).expect("HMAC takes a key of any length");
        // The name of a breach contains no line end.
        Self { mac: mac.chain_update(breach.as_str()).chain_update(b"\n") }
    }

    pub fn tag(&self, record: &TagInput<'_>) -> u64 {
        let mut message = Vec::with_capacity(32 + 16 * record.identifiers.len());
        message.extend_from_slice(&(record.identifiers.len() as u64).to_le_bytes());
        for identifier in record.identifiers {
            message.extend_from_slice(&identifier.pseudonym.number().to_le_bytes());
        }
        message.extend_from_slice(&record.parts.unwrap_or(0).to_le_bytes());
        message.extend_from_slice(record.data_classes);
        let digest = self.mac.clone().chain_update(&message).finalize().into_bytes();
        let (first, _) = digest.split_first_chunk().expect("a digest is longer than a tag");
        u64::from_le_bytes(*first)
    }
}
