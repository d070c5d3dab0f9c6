//! The summary of one shard. A worker makes it before any shard is written.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::tally::Tally;
use crate::{
    build::{counting::Count, encode::Size},
    identifier::Kind,
    index::{DIGEST_LENGTH, ShardCount},
    parse_error::ParseError,
};

/// The summary of the identifiers of one shard. A worker sends it as JSON to the driver, which
/// makes a [`ShardPlan`](crate::ShardPlan) from all summaries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardSummary {
    pub(super) number: u32,
    pub(super) count: ShardCount,
    entries: u64,
    slots: u64,
    /// The digest of the content.
    #[serde(serialize_with = "to_hex", deserialize_with = "from_hex")]
    digest: [u8; DIGEST_LENGTH],
    /// The number of pseudonyms and of records of each kind.
    #[serde(serialize_with = "to_slugs", deserialize_with = "from_slugs")]
    pub(super) kinds: BTreeMap<Kind, (u64, u64)>,
    /// The class sets of its records.
    pub(super) class_sets: BTreeSet<String>,
    pub(super) duplicates: u64,
    pub(super) tally: Tally,
}

impl ShardSummary {
    pub(super) fn new(
        (number, count): (u32, ShardCount),
        size: Size,
        counted: &Count,
        class_sets: BTreeSet<String>,
        tally: Tally,
    ) -> Self {
        let Size { entries, slots, digest } = size;
        let (kinds, duplicates) = (counted.kinds.iter().collect(), counted.duplicates);
        Self { number, count, entries, slots, digest, kinds, class_sets, duplicates, tally }
    }

    /// The number of the shard, from 0.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// How many shards the index has.
    #[must_use]
    pub const fn count(&self) -> ShardCount {
        self.count
    }

    /// How many different pseudonyms the shard has.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// Whether the counts fit together. If so, their sums over all shards do not overflow.
    pub(super) fn is_sound(&self) -> bool {
        let Tally { identifiers, records, .. } = self.tally;
        let mut left = self.entries;
        let are_kinds_sound = self.kinds.values().all(|&(pseudonyms, postings)| {
            let rest = left.checked_sub(pseudonyms);
            left = rest.unwrap_or_default();
            rest.is_some() && (pseudonyms..=identifiers).contains(&postings)
        });
        are_kinds_sound
            && left == 0
            && self.entries <= identifiers
            && records <= identifiers
            && self.duplicates <= records
            && self.number < self.count.get()
    }

    pub(super) const fn size(&self) -> Size {
        Size { entries: self.entries, slots: self.slots, digest: self.digest }
    }
}

fn to_hex<S: Serializer>(digest: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(digest))
}

fn from_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; DIGEST_LENGTH], D::Error> {
    let mut digest = [0; DIGEST_LENGTH];
    let text = String::deserialize(deserializer)?;
    hex::decode_to_slice(text, &mut digest).map_err(D::Error::custom)?;
    Ok(digest)
}

fn to_slugs<S: Serializer>(
    kinds: &BTreeMap<Kind, (u64, u64)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(kinds.iter().map(|(kind, counts)| (kind.slug(), counts)))
}

fn from_slugs<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<Kind, (u64, u64)>, D::Error> {
    let slugs = BTreeMap::<String, (u64, u64)>::deserialize(deserializer)?;
    let kinds = slugs.into_iter().map(|(slug, counts)| Ok((slug.parse()?, counts)));
    kinds.collect::<Result<_, ParseError>>().map_err(D::Error::custom)
}
