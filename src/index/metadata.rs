//! The metadata of an index: JSON in its head. `docs/FORMAT.md` lists the fields.

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

/// The metadata of an index, as JSON.
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
    /// The version of the rules that normalised the identifiers.
    pub normaliser: u32,
    /// The version of Unicode in the normaliser.
    pub unicode: String,
    /// The id of the key that the index was built with.
    pub key_id: KeyId,
    /// The kinds in the index.
    pub kinds: Vec<KindCount>,
    /// The breaches, sorted by name.
    pub breaches: Vec<Arc<Breach>>,
    /// The classes of data, sorted by name.
    pub data_classes: Vec<DataClass>,
    /// The account of the rows of the leak.
    pub rows: RowAccount,
    /// The number of leaked records in the index.
    pub records: u64,
    /// The generation, which orders indexes that replace each other; 0 if the builder did not set
    /// one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub generation: u64,
    /// Pseudonyms of made-up identifiers of each kind. They show a reader whether it normalises
    /// like the builder.
    pub canaries: Vec<Canary>,
    /// The builds that this index was merged from; empty if it was not merged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// For each breach with erased records: the indexes without erasures that this one was merged
    /// from. With them, a merge detects whether one index came from another.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub builds: BTreeMap<BreachName, BTreeSet<IndexId>>,
    /// For each breach: how many records were erased by merges, at most. A person who was only in
    /// them counts as not affected. A merge counts an erasure once if one index came from the other
    /// and the smaller one has no record that the larger one lacks. Otherwise, an erasure that two
    /// indexes share counts twice.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub erased_records: BTreeMap<BreachName, u64>,
    /// Whether the postings of match keys have no codes ([`IndexBuilder::without_codes`]). A hit by
    /// a match key alone is then a candidate, and nothing refutes it.
    ///
    /// [`IndexBuilder::without_codes`]: crate::IndexBuilder::without_codes
    #[serde(default, skip_serializing_if = "is_false")]
    pub without_codes: bool,
    /// The names of the fields that the leak certainly does not have. In a merged index, none of
    /// its leaks has them. If this is empty, nobody knows, and each value of a member that was not
    /// compared counts as a gap ([`IndexBuilder::has_no_more_columns`]).
    ///
    /// [`IndexBuilder::has_no_more_columns`]: crate::IndexBuilder::has_no_more_columns
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent_fields: Vec<String>,
    /// The profiles of the leaks, sealed. They follow the metadata in a section of their own.
    #[serde(skip)]
    pub(crate) sealed_profiles: Vec<u8>,
    /// Which shard the file contains, if the index was split into several. All other metadata
    /// describes the whole index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// One of the builds that an index was merged from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Part {
    /// The breach.
    pub breach: BreachName,
    /// The kinds that this build indexed, as far as the index has identifiers of them for this
    /// breach.
    pub kinds: Vec<PartKind>,
    /// The account of the rows of its leak.
    pub rows: RowAccount,
    /// The fields that its leak certainly does not have ([`Metadata::absent_fields`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent_fields: Vec<String>,
    /// The profile of its leak. It is set only while indexes are merged.
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
    /// Whether the kind lacks addresses of the leak ([`KindCount::lacks_plain`]).
    #[serde(default, skip_serializing_if = "is_false")]
    pub lacks_plain: bool,
}

/// The hashed canaries of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Canary {
    /// The kind's name.
    pub kind: String,
    /// The pseudonym of all made-up identifiers of the kind together, in hexadecimal digits.
    pub pseudonym: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// How many identifiers of one kind an index has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KindCount {
    /// The kind's name. A newer leakdex may know more kinds than this one.
    pub kind: String,
    /// The number of distinct identifiers of this kind.
    pub identifiers: u64,
    /// The number of leaked records with such an identifier. A record counts once for each of its
    /// identifiers, so this is the number of postings.
    pub records: u64,
    /// Whether this kind includes the hashes of the leak's plain addresses. Used only for hashes of
    /// addresses. If false, the index has only the hashes that were in the leak itself.
    #[serde(default, skip_serializing_if = "is_false")]
    pub of_plain: bool,
    /// Whether the leak has addresses, in plain or as hashes, that are in the index neither as
    /// addresses nor as this kind. Used only for addresses and their hashes.
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
    /// The rows that repeat an earlier one: the same identifiers, names, dates of birth, postcodes
    /// and data classes.
    pub duplicate: u64,
    /// The rows without a usable identifier.
    pub rejected: u64,
    /// How many fields and rows were not used, by reason. A row may count for several reasons.
    pub rejects_by_reason: BTreeMap<String, u64>,
    /// How many indexed values are suspect, by reason. The person of such a value may be called not
    /// affected.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub suspects_by_reason: BTreeMap<String, u64>,
}

impl RowAccount {
    pub(crate) fn add(&mut self, other: &Self) {
        self.read = self.read.saturating_add(other.read);
        self.indexed = self.indexed.saturating_add(other.indexed);
        self.duplicate = self.duplicate.saturating_add(other.duplicate);
        self.rejected = self.rejected.saturating_add(other.rejected);
        for (sums, other) in [
            (&mut self.rejects_by_reason, &other.rejects_by_reason),
            (&mut self.suspects_by_reason, &other.suspects_by_reason),
        ] {
            for (reason, count) in other {
                let sum = sums.entry(reason.clone()).or_default();
                *sum = sum.saturating_add(*count);
            }
        }
    }
}

impl KindCount {
    pub(crate) fn new(kind: Kind) -> Self {
        Self::empty(kind.slug())
    }

    /// The count of a kind without identifiers, by its name.
    pub(crate) fn empty(kind: &str) -> Self {
        let kind = kind.to_owned();
        Self { kind, identifiers: 0, records: 0, of_plain: false, lacks_plain: false }
    }

    /// The kind as in a part of a merged index, without counts.
    pub(crate) fn without_counts(&self) -> PartKind {
        let Self { of_plain, lacks_plain, .. } = *self;
        PartKind { kind: self.kind.clone(), of_plain, lacks_plain }
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

    /// Whether the classes fit into a set, and the kinds together have as many identifiers as there
    /// are entries. If an index could claim a kind without having it, it would call members not
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
            && self.data_classes.len() <= ClassSet::MAX_CLASSES
    }

    /// Whether the parts, if there are any, have the same kinds as the whole index and no other
    /// breaches. An index without parts has at most one breach.
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

    pub(crate) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("metadata has string keys only")
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, IndexFault> {
        serde_json::from_slice(bytes).map_err(|_| IndexFault::Damaged { part: "metadata" })
    }
}

/// The version of Unicode in this library's normaliser, such as `16.0.0`.
#[must_use]
pub fn unicode_version() -> String {
    let (major, minor, update) = unicode_normalization::UNICODE_VERSION;
    format!("{major}.{minor}.{update}")
}
