//! Shards. An index can be split into independent files by the leading bits of its pseudonyms, so
//! that each worker of a distributed engine can map its own file.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::format::LARGEST_SHARD_BITS;
use crate::{id::IndexId, parse_error::ParseError, pseudonym::Pseudonym};

/// A shard: the part of an index in one of several files.
///
/// All shards of an index have the same metadata, such as its kinds and the account of leaked rows.
/// Only the shard number differs. One shard alone cannot answer for pseudonyms of another shard
/// ([`LookupResult::OtherShard`](crate::LookupResult::OtherShard)). If all pseudonyms of a member belong to
/// other shards, the member is *indeterminate*. If only some do, a *not affected* is *partially
/// checked*.
///
/// ```
/// use leakdex::{Breach, Index, IndexBuilder, IndexSet, Key, Kind, Pseudonymiser, Record};
/// # let folder = tempfile::tempdir()?;
/// # let target = folder.path().join("shards");
/// # let key = Key::generate()?;
/// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// # builder.add(&Record::new().kvnr("A123456780"))?;
/// # builder.prepare_shards(&target, "2".parse().expect("a power of two"))?.publish()?;
///
/// let file = &IndexSet::shard_files(&target)?[1];
/// let index = Index::open(file, &key)?;
/// let shard = index.shard().expect("it is one of two");
/// assert_eq!((shard.number(), shard.count().get()), (1, 2));
/// assert_eq!(shard.entries(), 1, "in both together");
/// println!("a part of the index {}", shard.build());
///
/// let pseudonym = Pseudonymiser::new(&key).pseudonym(Kind::Kvnr, b"A123456780");
/// assert_eq!(shard.contains(pseudonym), index.len() == 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    pub(crate) number: u32,
    pub(crate) count: ShardCount,
    pub(crate) entries: u64,
    pub(crate) build: IndexId,
}

impl Shard {
    /// The number of the shard, from 0: the leading bits of its pseudonyms.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// How many shards the index has.
    #[must_use]
    pub const fn count(&self) -> ShardCount {
        self.count
    }

    /// The number of pseudonyms in all shards together.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// The id of the whole index, which its shards share: a hash of its pseudonyms, of the records
    /// of each pseudonym, and of its metadata.
    #[must_use]
    pub const fn build(&self) -> IndexId {
        self.build
    }

    /// Whether a pseudonym belongs to this shard.
    #[must_use]
    pub const fn contains(&self, pseudonym: Pseudonym) -> bool {
        self.count.shard_of(pseudonym) == self.number
    }

    pub(super) const fn is_sound(&self, entries: u64) -> bool {
        self.number < self.count.get() && entries <= self.entries
    }
}

/// The number of shards of an index: a power of two, up to 256.
///
/// ```
/// use leakdex::{Pseudonym, ShardCount};
///
/// let count: ShardCount = "16".parse().expect("a power of two");
/// assert_eq!((count.get(), ShardCount::ONE.get()), (16, 1));
/// assert_eq!(count.shard_of(Pseudonym::from_number(0xA << 124)), 10);
/// assert!("12".parse::<ShardCount>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct ShardCount {
    bits: u32,
}

impl ShardCount {
    /// One shard: a whole index.
    pub const ONE: Self = Self { bits: 0 };

    /// The number of shards.
    #[must_use]
    pub const fn get(self) -> u32 {
        1 << self.bits
    }

    /// The number of the shard of a pseudonym, from 0: its leading bits.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "at most eight bits are left")]
    pub const fn shard_of(self, pseudonym: Pseudonym) -> u32 {
        // Two shifts, because a single shift by 128 bits would overflow.
        (pseudonym.number() >> 1 >> (127 - self.bits)) as u32
    }

    /// The number of the shard of pseudonyms with this first half.
    pub(crate) const fn shard_of_first_half(self, first_half: u64) -> u32 {
        self.shard_of(Pseudonym::from_halves(first_half, 0))
    }

    pub(crate) const fn bits(self) -> u32 {
        self.bits
    }
}

const NOT_A_COUNT: ParseError = ParseError::new("expected a power of two, from 1 to 256");

impl TryFrom<u32> for ShardCount {
    type Error = ParseError;

    fn try_from(count: u32) -> Result<Self, Self::Error> {
        let bits = count.trailing_zeros();
        let fits = count.is_power_of_two() && bits <= LARGEST_SHARD_BITS;
        if fits { Ok(Self { bits }) } else { Err(NOT_A_COUNT) }
    }
}

impl From<ShardCount> for u32 {
    fn from(count: ShardCount) -> Self {
        count.get()
    }
}

impl FromStr for ShardCount {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<u32>().map_err(|_| NOT_A_COUNT)?.try_into()
    }
}

impl fmt::Display for ShardCount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(formatter)
    }
}

impl ShardCount {
    /// The name of the file of this shard.
    pub(crate) fn file_name(self, number: u32) -> String {
        format!("shard-{number:03}-of-{count:03}.leakdex", count = self.get())
    }
}
