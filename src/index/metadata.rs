//! What an index says of itself: JSON in its head. `docs/FORMAT.md` lists the fields.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{class_set::ClassSet, format::Shape, shard::Shard};
use crate::{
    breach::{Breach, BreachName, DataClass},
    error::IndexFault,
    id::{IndexId, KeyId},
    identifier::{Kind, NORMALISER},
    profile::LeakProfile,
    pseudonym::SCHEME,
};

/// What an index says of itself, as JSON.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Record};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?).generation(3);
/// builder.add(&Record::new().kvnr("A123456780"))?;
/// let index = builder.build()?;
///
/// let metadata = index.metadata();
/// assert_eq!(metadata.breaches[0].name().as_str(), "bitmarck-2023-01");
/// assert_eq!((metadata.generation, metadata.rows.indexed), (3, 1));
/// let json = serde_json::to_value(metadata)?;
/// assert_eq!(json["kinds"][0]["kind"], "kvnr");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metadata {
    /// How pseudonyms are made: [`SCHEME`](crate::SCHEME).
    pub scheme: String,
    /// The version of the rules by which identifiers were normalised.
    pub normaliser: u32,
    /// The version of Unicode that the normaliser had.
    pub unicode: String,
    /// The id of the key that the index was built with.
    pub key_id: KeyId,
    /// The kinds that the index holds.
    pub kinds: Vec<KindCount>,
    /// The breaches, in the order of their names.
    pub breaches: Vec<Arc<Breach>>,
    /// The classes of data, in the order of their names.
    pub data_classes: Vec<DataClass>,
    /// The account of the rows of the leak.
    pub rows: RowAccount,
    /// How many leaked records the index holds.
    pub records: u64,
    /// Which one of several indexes that replace each other this is, as its builder counted; 0 if it
    /// did not.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub generation: u64,
    /// Pseudonyms of made-up identifiers of each kind, by which a reader sees that it normalises as
    /// the builder did.
    pub canaries: Vec<Canary>,
    /// The builds that this index was merged from; empty if it was built as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Of each breach with erased records, the indexes from which nothing was erased that it was merged from.
    /// By them, a merge sees whether an index came from another one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub builds: BTreeMap<BreachName, BTreeSet<IndexId>>,
    /// How many records merges erased of each breach, at most. A person who was only in them counts as not
    /// affected. A merge counts an erasure once if one index came from another one and neither adds a
    /// record that the larger one lacks. Otherwise, an erasure that two indexes share counts twice.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub erased_records: BTreeMap<BreachName, u64>,
    /// Whether the postings of match keys hold no codes ([`IndexBuilder::without_codes`]). A hit by a match
    /// key alone is then a candidate, and nothing refutes it.
    ///
    /// [`IndexBuilder::without_codes`]: crate::IndexBuilder::without_codes
    #[serde(default, skip_serializing_if = "is_false")]
    pub without_codes: bool,
    /// The fields that the leak surely does not hold, by their names; of a merged index, those that none of its
    /// leaks holds. Empty: nobody knows, so a member's value of any field that was not compared counts as a gap
    /// ([`IndexBuilder::has_no_more_columns`]).
    ///
    /// [`IndexBuilder::has_no_more_columns`]: crate::IndexBuilder::has_no_more_columns
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent_fields: Vec<String>,
    /// The profiles of the leaks, sealed. They stand behind the metadata, in a section of their own.
    #[serde(skip)]
    pub(crate) sealed_profiles: Vec<u8>,
    /// Which part of the index the file holds, if that was split into several. All else is said of
    /// the whole index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
pub(super) const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// One of the builds that an index was merged from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Part {
    /// The breach.
    pub breach: BreachName,
    /// The kinds that this build indexed and of which the index holds some of this breach.
    pub kinds: Vec<PartKind>,
    /// The account of the rows of its leak.
    pub rows: RowAccount,
    /// The fields that its leak surely does not hold ([`Metadata::absent_fields`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent_fields: Vec<String>,
    /// The profile of its leak, while indexes are merged.
    #[serde(skip)]
    pub(crate) profile: LeakProfile,
}

/// A kind that a build indexed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartKind {
    /// The kind's name.
    pub kind: String,
    /// Whether the kind includes the hashes of the leak's plain addresses ([`KindCount::of_plain`]).
    #[serde(default, skip_serializing_if = "is_false")]
    pub of_plain: bool,
    /// Whether the leak has plain addresses that the index leaves out ([`KindCount::lacks_plain`]).
    #[serde(default, skip_serializing_if = "is_false")]
    pub lacks_plain: bool,
}

/// What the made-up identifiers of one kind came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Canary {
    /// The kind's name.
    pub kind: String,
    /// The pseudonym of all of them together, in hex.
    pub pseudonym: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
pub(super) const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// How much an index holds of one kind of identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KindCount {
    /// The kind's name. A newer leakdex may know more kinds than this one.
    pub kind: String,
    /// How many different identifiers of this kind there are.
    pub identifiers: u64,
    /// How many leaked records have one, counted once for each identifier: the postings.
    pub records: u64,
    /// Whether this kind includes the hashes of the leak's plain addresses. Used for kinds of such
    /// hashes only. If it is false, the index has only the hashes that the leak itself held.
    #[serde(default, skip_serializing_if = "is_false")]
    pub of_plain: bool,
    /// Whether the leak has plain addresses that the index holds neither as such nor by this hash. Used for
    /// hashes of addresses only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub lacks_plain: bool,
}

/// An account of the rows of a leak: `read = indexed + duplicate + rejected`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RowAccount {
    /// The rows that were read.
    pub read: u64,
    /// The rows that are in the index with at least one identifier.
    pub indexed: u64,
    /// The rows that say the same as an earlier one: the same identifiers and data classes.
    pub duplicate: u64,
    /// The rows without a usable identifier.
    pub rejected: u64,
    /// How many fields and rows were not used, by reason. A row may be counted for several.
    pub rejects_by_reason: BTreeMap<String, u64>,
    /// How many values are in the index and suspect, by reason: whoever is behind them may be called
    /// not affected.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub suspects_by_reason: BTreeMap<String, u64>,
}

impl RowAccount {
    pub(crate) fn add(&mut self, other: &Self) {
        self.read = self.read.saturating_add(other.read);
        self.indexed = self.indexed.saturating_add(other.indexed);
        self.duplicate = self.duplicate.saturating_add(other.duplicate);
        self.rejected = self.rejected.saturating_add(other.rejected);
        for (own, other) in [
            (&mut self.rejects_by_reason, &other.rejects_by_reason),
            (&mut self.suspects_by_reason, &other.suspects_by_reason),
        ] {
            for (reason, count) in other {
                let sum = own.entry(reason.clone()).or_default();
                *sum = sum.saturating_add(*count);
            }
        }
    }
}

impl KindCount {
    pub(crate) fn new(kind: Kind) -> Self {
        Self::empty(kind.slug())
    }

    /// Of a kind without identifiers, given by its name.
    pub(crate) fn empty(kind: &str) -> Self {
        let kind = kind.to_owned();
        Self { kind, identifiers: 0, records: 0, of_plain: false, lacks_plain: false }
    }
}

impl Metadata {
    pub(crate) fn new(key_id: KeyId, rows: RowAccount) -> Self {
        Self {
            scheme: SCHEME.to_owned(),
            normaliser: NORMALISER,
            unicode: unicode_version(),
            key_id,
            kinds: Vec::new(),
            breaches: Vec::new(),
            data_classes: Vec::new(),
            rows,
            records: 0,
            generation: 0,
            canaries: Vec::new(),
            parts: Vec::new(),
            builds: BTreeMap::new(),
            erased_records: BTreeMap::new(),
            without_codes: false,
            absent_fields: Vec::new(),
            sealed_profiles: Vec::new(),
            shard: None,
        }
    }

    /// How many records merges erased from the index.
    #[must_use]
    pub fn all_erased_records(&self) -> u64 {
        self.erased_records.values().fold(0, |sum, records| sum.saturating_add(*records))
    }

    /// Whether there are no more classes than a set can hold, and the kinds have as many identifiers
    /// as there are entries: an index that claims a kind without holding it would call members not
    /// affected.
    pub(crate) fn is_sound(&self, shape: Shape) -> bool {
        let bits = self.shard.map_or(0, |shard| shard.count().bits());
        let entries = match &self.shard {
            None => shape.entries,
            Some(shard) if shard.is_sound(shape.entries) => shard.entries(),
            Some(_) => return false,
        };
        if bits != shape.shard_bits || self.shard.is_some() != (bits > 0) {
            return false;
        }
        let identifiers =
            self.kinds.iter().try_fold(0_u64, |sum, count| sum.checked_add(count.identifiers));
        identifiers == Some(entries)
            && self.parts_add_up()
            && self.data_classes.len() <= ClassSet::MOST_CLASSES
    }

    /// Whether the parts, if there are any, have the kinds that the whole has.
    fn parts_add_up(&self) -> bool {
        let known = |part: &Part| {
            part.kinds.iter().all(|count| self.kinds.iter().any(|kind| kind.kind == count.kind))
                && self.breaches.iter().any(|breach| *breach.name() == part.breach)
        };
        if self.parts.is_empty() {
            return self.breaches.len() <= 1;
        }
        let has =
            |part: &Part, count: &KindCount| part.kinds.iter().any(|kind| kind.kind == count.kind);
        self.parts.iter().all(known)
            && self.kinds.iter().all(|count| self.parts.iter().any(|part| has(part, count)))
    }

    pub(super) fn is_the_same_but_for_the_shard(&self, other: &Self) -> bool {
        Self { shard: None, ..self.clone() } == Self { shard: None, ..other.clone() }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("metadata has string keys only")
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, IndexFault> {
        serde_json::from_slice(bytes).map_err(|_| IndexFault::Damaged { part: "metadata" })
    }
}

/// The version of Unicode by which this library normalises, as `16.0.0`.
#[must_use]
pub fn unicode_version() -> String {
    let (major, minor, update) = unicode_normalization::UNICODE_VERSION;
    format!("{major}.{minor}.{update}")
}
