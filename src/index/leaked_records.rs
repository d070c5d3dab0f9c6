//! The leaked records with an identifier, and indexes of entries that were found elsewhere.

use super::{metadata::KindCount, open::Index, seal::Seal, table::LookupResult};
use crate::{
    error::Error,
    identifier::{Kind, KindSet},
    key::Key,
};

/// A leaked record with an identifier. It reveals nothing about the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeakedRecord {
    /// The same for all identifiers of a record, and different from the tags of all other records
    /// in the index.
    pub tag: u64,
    /// If the identifier is a value: the kinds of all identifiers of the record. Empty for a match
    /// key.
    pub kinds: KindSet,
    /// Whether this identifier is the first one of its record. Each record has one such identifier,
    /// so records can be counted.
    pub is_first: bool,
    /// The index of its set of data classes in the description of the leak
    /// ([`LeakDescription::class_sets`](crate::LeakDescription::class_sets)). `None` if its classes
    /// are not known.
    pub class_set: Option<u32>,
}

impl Index {
    /// The leaked records with an identifier, in ascending order of their tags. The identifier is
    /// given by its kind and its canonical bytes
    /// ([`Batch::canonical_identifiers`](crate::Batch::canonical_identifiers)). Empty if it is not
    /// in the index. `None` if that is unknown, because the mapped index is damaged there or the
    /// identifier belongs to another shard.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Kind, Record};
    ///
    /// let key = Key::generate()?;
    /// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// builder.add(&Record::new().kvnr("A123456780").username("eva"))?;
    /// let index = builder.build()?;
    ///
    /// let records = index.leaked_records(Kind::Kvnr, b"A123456780").expect("it is not damaged");
    /// assert_eq!((records.len(), records[0].kinds.len()), (1, 2));
    /// assert_eq!(index.leaked_records(Kind::Kvnr, b"B123456782"), Some(Vec::new()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn leaked_records(&self, kind: Kind, canonical: &[u8]) -> Option<Vec<LeakedRecord>> {
        let (pseudonym, code_key) = self.pseudonymiser().with_code_key(kind, canonical);
        let entry = match self.look_up(pseudonym) {
            LookupResult::Found(entry) => entry,
            LookupResult::Absent => return Some(Vec::new()),
            LookupResult::Damaged | LookupResult::OtherShard => return None,
        };
        let postings = self.postings(entry, pseudonym)?;
        let records = postings.iter().map(|posting| {
            let posting = posting?;
            let origin = posting.origin as usize;
            let _ = self.resolve_origin(origin)?;
            let content = code_key.apply(posting.tag, posting.sealed_codes);
            let of_value = u32::try_from(content).ok().filter(|_| !kind.is_match_key());
            Some(LeakedRecord {
                tag: posting.tag,
                kinds: of_value.map(KindSet::from_bits).unwrap_or_default(),
                is_first: posting.is_first,
                class_set: Some(self.origin(origin)?.class_set),
            })
        });
        let mut records = records.collect::<Option<Vec<_>>>()?;
        records.sort_by_key(|record| record.tag);
        Some(records)
    }

    /// An index of found entries, verified. The entries do not show the counts of the whole leak,
    /// nor which kinds of hashes its index made from plain addresses only (`hashes_of_plain`). The
    /// metadata is never written anywhere.
    pub(crate) fn of_found_entries(
        bytes: Vec<u8>,
        key: &Key,
        hashes_of_plain: KindSet,
        kinds_of_leak: Vec<KindCount>,
    ) -> Result<Self, Error> {
        let mut index = Self::sealed_with(bytes.into(), key, &Seal::of_found_entries(key))?;
        index.held.hashes_of_plain = hashes_of_plain;
        index.held.set_counts(&kinds_of_leak);
        index.metadata.kinds = kinds_of_leak;
        index.has_found_entries_only = true;
        index.verify()?;
        Ok(index)
    }

    /// Whether the index has only the entries that were found, not the whole leak.
    pub(crate) const fn has_found_entries_only(&self) -> bool {
        self.has_found_entries_only
    }
}
