//! An index of entries that were found in a leak by another protocol.

use std::{collections::BTreeMap, fmt, path::Path};

use super::{
    counting::{BucketCounter, CountByKind},
    encode::{Encoder, Failure},
    origins::NumberedOrigins,
    shard_writer::ShardSizes,
};
use crate::{
    error::{Error, IndexFault},
    identifier::{Kind, KindSet},
    index::{
        CheckedDescription, Index, LONGEST_METADATA, LeakDescription, LeakedRecord, Metadata,
        Posting, Seal, ShardCount, canaries,
    },
    key::Key,
    profile::ProfileCipher,
    pseudonym::{Pseudonym, Pseudonymiser},
};

/// Makes an index of found entries: those of the identifiers that a party looked up and found in a
/// leak's table.
///
/// A check gives the same verdicts, caveats and findings as with an index of the whole leak that
/// has the same kinds and [no codes](crate::IndexBuilder::without_codes). Check only people whose
/// identifiers were looked up, because the index does not have the entries of others. It therefore
/// stays in memory: no reader opens a file of it, and `merge` refuses it.
///
/// ```
/// use leakdex::{Breach, FoundIndex, IndexBuilder, Key, Record};
///
/// // One side has the leak.
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?).without_codes();
/// builder.add(&Record::new().kvnr("A123456780"))?;
/// let leak = builder.build()?;
/// let description = leak.description()?;
///
/// // The other side has the members. An index without entries makes their batches.
/// let own_key = Key::generate()?;
/// let mut batch = FoundIndex::new(&own_key, &description)?.build()?.batch();
/// batch.push(&Record::new().kvnr("A123456780"));
/// let mut found = FoundIndex::new(&own_key, &description)?;
/// for identifier in batch.canonical_identifiers() {
///     // Here, both sides would follow a protocol.
///     let records = leak.leaked_records(identifier.kind, identifier.canonical);
///     found.add(identifier.kind, identifier.canonical, &records.expect("it is not damaged"))?;
/// }
/// assert_eq!(found.build()?.check_batch(&batch).get(0).slug(), "affected");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FoundIndex {
    key: Key,
    pseudonymiser: Pseudonymiser,
    metadata: Metadata,
    kinds: KindSet,
    hashes_of_plain: KindSet,
    origins: NumberedOrigins,
    /// The postings of each pseudonym, in ascending order.
    entries: BTreeMap<Pseudonym, Vec<Posting>>,
}

impl FoundIndex {
    /// An index of a leak with this description, without entries. Use a new key. Nobody needs to
    /// keep it.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if the leak was normalised by rules other than those of this library, or if
    /// the description contradicts itself.
    pub fn new(key: &Key, description: &LeakDescription) -> Result<Self, Error> {
        let described = description.check(key.id())?;
        let CheckedDescription { mut metadata, kinds, hashes_of_plain, class_sets, profile } =
            described;
        let pseudonymiser = Pseudonymiser::new(key);
        metadata.canaries = canaries(kinds, &pseudonymiser);
        metadata.sealed_profiles = ProfileCipher::new(key).seal(&[profile]);
        // A description can be so long that the metadata has room for small counts only. Refuse it
        // here. Otherwise, a later failure would depend on the number of members found, and reveal
        // it.
        let mut with_most = metadata.clone();
        let counts = with_most.kinds.iter_mut();
        counts.for_each(|count| (count.identifiers, count.records) = (u64::MAX, u64::MAX));
        if with_most.encode().len() > LONGEST_METADATA {
            return Err(IndexFault::WrongDescription { part: "length" }.into());
        }
        let origins = NumberedOrigins::of_class_sets(metadata.data_classes.clone(), &class_sets);
        let (key, entries) = (key.clone(), BTreeMap::new());
        Ok(Self { key, pseudonymiser, metadata, kinds, hashes_of_plain, origins, entries })
    }

    /// Adds the records that have an identifier. Adding them again changes nothing. If the
    /// description does not contain the set of data classes of a record, its classes count as
    /// unknown.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if the description does not have the kind.
    pub fn add(
        &mut self,
        kind: Kind,
        canonical: &[u8],
        records: &[LeakedRecord],
    ) -> Result<(), Error> {
        if !self.kinds.contains(kind) {
            return Err(IndexFault::KindNotHeld { kind }.into());
        }
        if records.is_empty() {
            return Ok(());
        }
        let (pseudonym, code_key) = self.pseudonymiser.with_code_key(kind, canonical);
        // The last origin has no data classes.
        let unknown = self.origins.origins.len() - 1;
        let unknown = u32::try_from(unknown).expect("a description has few class sets");
        let postings = self.entries.entry(pseudonym).or_default();
        postings.extend(records.iter().map(|record| {
            let kind_bits = record.kinds.intersection(self.kinds).bits();
            let content = if kind.is_match_key() { 0 } else { u64::from(kind_bits) };
            Posting {
                origin: record.class_set.map_or(unknown, |number| number.min(unknown)),
                tag: record.tag,
                kind,
                is_first: record.is_first,
                sealed_codes: code_key.apply(record.tag, content),
            }
        }));
        postings.sort_unstable();
        postings.dedup();
        Ok(())
    }

    /// Whether records of an identifier were added.
    #[must_use]
    pub fn contains(&self, kind: Kind, canonical: &[u8]) -> bool {
        let (pseudonym, _) = self.pseudonymiser.with_code_key(kind, canonical);
        self.entries.contains_key(&pseudonym)
    }

    /// The number of identifiers that were found.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no identifier was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The index in memory.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if the entries do not fit the format.
    pub fn build(self) -> Result<Index, Error> {
        let bytes = self.encoded().map_err(|failure| failure.of(Path::new("")))?;
        Index::of_found_entries(bytes, &self.key, self.hashes_of_plain, self.metadata.kinds)
    }

    fn encoded(&self) -> Result<Vec<u8>, Failure> {
        let mut kinds = CountByKind::default();
        let mut sizes = ShardSizes::new(ShardCount::ONE);
        let mut counter = BucketCounter::default();
        for (&pseudonym, postings) in &self.entries {
            kinds.add(postings[0].kind, 1, postings.len() as u64);
            let content = postings.iter().map(|posting| (posting.tag, posting.sealed_codes));
            sizes.add(&counter.count(pseudonym, content));
        }
        sizes.add(&counter.end());
        let mut metadata = self.metadata.clone();
        metadata.kinds.iter_mut().for_each(|count| (count.identifiers, count.records) = (0, 0));
        for (kind, (identifiers, records)) in kinds.iter() {
            let of_kind = metadata.kinds.iter_mut().filter(|count| count.kind == kind.slug());
            of_kind.for_each(|count| (count.identifiers, count.records) = (identifiers, records));
        }
        let mut bytes = Vec::new();
        let size = sizes.sizes()[0];
        let mut encoder = Encoder::new(&self.key, metadata, size, &self.origins, &mut bytes)?;
        for (&pseudonym, postings) in &self.entries {
            encoder.push(pseudonym, postings)?;
        }
        encoder.finish(&Seal::of_found_entries(&self.key))?;
        Ok(bytes)
    }
}

impl fmt::Debug for FoundIndex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FoundIndex")
            .field("entries", &self.entries.len())
            .field("kinds", &self.kinds)
            .finish_non_exhaustive()
    }
}
