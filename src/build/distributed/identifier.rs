//! Hashed identifiers on their way from a task to the worker that writes their shard.

use std::fmt;

use super::tally::Tally;
use crate::{
    build::{builder::IndexBuilder, entry::Entry},
    error::{DistributedFault, Error},
    identifier::Kind,
    index::Posting,
    pseudonym::Pseudonym,
};

/// One identifier of one leaked record, hashed.
///
/// It goes to the worker that writes the shard of its pseudonym ([`ShardCount::shard_of`]),
/// together with the [class set](LeakedIdentifiers::class_sets) of its record.
///
/// It contains no value in plain text. But its tag shows which identifiers belong to one record. An
/// index file hides that. Protect it on disks and networks as carefully as the index.
///
/// [`ShardCount::shard_of`]: crate::ShardCount::shard_of
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LeakedIdentifier(Entry);

impl LeakedIdentifier {
    /// The number of [bytes](Self::to_bytes).
    pub const LENGTH: usize = 34;

    /// The pseudonym.
    #[must_use]
    pub fn pseudonym(&self) -> Pseudonym {
        self.0.pseudonym()
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The identifier as bytes, to send it to another machine: 16 bytes of pseudonym, 8 bytes of
    /// its record's tag, 8 bytes of sealed codes (each a little-endian number), the number of the
    /// kind, and a byte that is 1 for the first identifier of its record and 0 for the others.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..16].copy_from_slice(&self.0.pseudonym().number().to_le_bytes());
        bytes[16..24].copy_from_slice(&self.0.tag.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.0.sealed_codes.to_le_bytes());
        bytes[32] = self.0.kind as u8;
        bytes[33] = u8::from(self.0.is_first);
        bytes
    }

    /// The identifier with these [bytes](Self::to_bytes).
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if the bytes are not those of an identifier.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::decode(bytes).ok_or_else(|| DistributedFault::MalformedIdentifier.into())
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (number, rest) = bytes.split_first_chunk()?;
        let (tag, rest) = rest.split_first_chunk()?;
        let (codes, rest) = rest.split_first_chunk()?;
        let &[kind, is_first @ (0 | 1)] = rest else { return None };
        let posting = Posting {
            origin: 0,
            tag: u64::from_le_bytes(*tag),
            kind: *Kind::ALL.get(usize::from(kind))?,
            is_first: is_first == 1,
            sealed_codes: u64::from_le_bytes(*codes),
        };
        let pseudonym = Pseudonym::from_number(u128::from_le_bytes(*number));
        Some(Self(Entry::new(pseudonym, 0, posting)))
    }

    /// The entry of this identifier, with the number of its class set.
    pub(super) const fn entry(mut self, class_set: u32) -> Entry {
        self.0.class_set = class_set;
        self.0
    }
}

impl fmt::Debug for LeakedIdentifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LeakedIdentifier({})", self.0.kind)
    }
}

/// Hashed identifiers of leaked records that a task of a distributed build hands over
/// ([`IndexBuilder::take_identifiers`]). `Debug` shows only their number.
#[must_use = "lost identifiers are missing from the index"]
pub struct LeakedIdentifiers {
    parts: Vec<Vec<Entry>>,
    class_sets: Vec<String>,
}

impl LeakedIdentifiers {
    /// The number of identifiers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }

    /// Whether there are no identifiers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sets of data classes that leaked together in a record: the slugs of each set, sorted and
    /// separated by single spaces. Positions in this list are valid only within this value, so send
    /// the text of a set with its identifiers.
    #[must_use]
    pub fn class_sets(&self) -> &[String] {
        &self.class_sets
    }

    /// The identifiers in no particular order, each with the position of its set in
    /// [`class_sets`](Self::class_sets). Identifiers of one shard are mostly adjacent.
    pub fn iter(&self) -> impl Iterator<Item = (LeakedIdentifier, usize)> {
        let all = self.parts.iter().flatten();
        all.map(|entry| (LeakedIdentifier(*entry), entry.class_set as usize))
    }
}

impl fmt::Debug for LeakedIdentifiers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LeakedIdentifiers({})", self.len())
    }
}

impl IndexBuilder<'_> {
    /// Takes out the identifiers of the rows that were added since the last call, for a build on
    /// several machines. The [account](Self::into_task_account) counts them. All of them are read
    /// into memory, so call this every few batches. Once some were taken out, [`build`](Self::build)
    /// and every other function that writes an index panics.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if memory is limited and the disk fails.
    pub fn take_identifiers(&mut self) -> Result<LeakedIdentifiers, Error> {
        let parts = self.sorter.take()?;
        let class_sets = self.classes.lock().slugs();
        let hashes: Vec<u64> = class_sets.iter().map(|set| Tally::hash_of_class_set(set)).collect();
        for entry in parts.iter().flatten() {
            self.taken.count(entry, hashes[entry.class_set as usize]);
        }
        Ok(LeakedIdentifiers { parts, class_sets })
    }
}
