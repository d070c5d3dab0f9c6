//! Collects records, sorts their pseudonyms, writes an index.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fmt,
    path::Path,
};

use rayon::prelude::*;

use super::{
    Index,
    classes::Classes,
    encode::encode,
    format::{KindCount, Metadata, Occurrence, RowAccount},
    seal::Seal,
};
use crate::{
    batch::{Batch, Problem},
    breach::Breach,
    error::Error,
    identifier::{Kind, KindSet, Normaliser, Reason},
    key::Key,
    pseudonym::{Pseudonym, Pseudonymiser},
    record::Record,
};

/// Collects the records of one breach and builds an [`Index`] of them.
///
/// The same records, key and breach give the same bytes, in whatever order the records come.
/// Collecting takes 24 bytes an identifier and about 20 a record; building takes 32 bytes a different
/// identifier and the size of the index besides, and the time of a sort.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Record};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780").email("m.muster@example.de"))?;
/// let index = builder.build()?;
///
/// let verdict = index.check(&Record::new().kvnr("A 123 456 780"));
/// assert_eq!(verdict.slug(), "affected");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct IndexBuilder<'k> {
    key: &'k Key,
    breach: Breach,
    kinds: KindSet,
    normaliser: Normaliser,
    pseudonymiser: Pseudonymiser,
    classes: Classes,
    /// One for each identifier of each record.
    entries: Vec<Entry>,
    /// What each record says, hashed; a record that says the same is a duplicate.
    fingerprints: HashSet<u128>,
    rows: RowAccount,
}

/// What became of a record, with what could not be used of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a rejected record is not in the index"]
pub enum Added {
    /// It is in the index with at least one identifier.
    Indexed(Vec<Problem>),
    /// An earlier record has the same identifiers and data classes.
    Duplicate(Vec<Problem>),
    /// It has no usable identifier, and is not in the index.
    Rejected(Vec<Problem>),
}

impl Added {
    /// What could not be used of the record.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Indexed(problems) | Self::Duplicate(problems) | Self::Rejected(problems) => {
                problems
            }
        }
    }
}

impl<'k> IndexBuilder<'k> {
    /// A builder for the records of one breach.
    #[must_use]
    pub fn new(key: &'k Key, breach: Breach) -> Self {
        Self {
            key,
            classes: Classes::new(),
            breach,
            kinds: KindSet::all(),
            normaliser: Normaliser::new(),
            pseudonymiser: Pseudonymiser::new(key),
            entries: Vec::new(),
            fingerprints: HashSet::new(),
            rows: RowAccount::default(),
        }
    }

    /// Indexes these kinds only.
    ///
    /// # Panics
    ///
    /// If records were added already: the index would hold a kind for some records only, and call
    /// others not affected.
    #[must_use]
    pub fn kinds(mut self, kinds: KindSet) -> Self {
        assert!(self.rows.read == 0, "the kinds are chosen before the first record is added");
        self.kinds = kinds;
        self
    }

    /// Normalises by these rules.
    #[must_use]
    pub fn normaliser(mut self, normaliser: Normaliser) -> Self {
        self.normaliser = normaliser;
        self
    }

    /// An empty batch that normalises as this builder does.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch::new(self.normaliser, self.made_kinds())
    }

    /// The indexed kinds that are made beside values of another. A leak with plain addresses needs no
    /// hashed ones: members come with plain ones, too.
    fn made_kinds(&self) -> KindSet {
        let hashed = [Kind::Sha256Email].into_iter().collect();
        self.kinds.intersection(KindSet::derived()).difference(hashed)
    }

    /// Adds one record. For many, [`add_batch`](Self::add_batch) is faster.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if there are more than 256 classes of data.
    pub fn add(&mut self, record: &Record) -> Result<Added, Error> {
        let mut batch = self.batch();
        batch.push(record);
        let mut added = self.add_batch(&batch)?;
        Ok(added.pop().expect("one record went in"))
    }

    /// Adds the records of a batch and says what became of each. Hashes on all threads.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if there are more than 256 classes of data.
    ///
    /// # Panics
    ///
    /// If the batch was made elsewhere and lacks identifiers of a kind that this builder indexes. Use
    /// [`batch`](Self::batch).
    pub fn add_batch(&mut self, batch: &Batch) -> Result<Vec<Added>, Error> {
        assert!(
            self.made_kinds().difference(batch.derived()).is_empty(),
            "the batch must come from the builder that it is added to"
        );
        let pseudonyms = self.pseudonyms(batch);
        let mut added = Vec::with_capacity(batch.len());
        let mut own = Vec::new();
        for row in batch.rows() {
            own.clear();
            own.extend(row.identifiers.clone().filter_map(|number| {
                let kind = batch.identifier(number).kind;
                self.kinds.contains(kind).then(|| (pseudonyms[number], kind))
            }));
            // Two spellings of the same identifier in one record are one identifier.
            own.sort_unstable_by_key(|&(pseudonym, _)| pseudonym);
            own.dedup_by_key(|&mut (pseudonym, _)| pseudonym);

            let mut problems = row.problems.to_vec();
            if own.is_empty() && problems.is_empty() {
                problems.push(Problem::of_row(Reason::KindNotIndexed));
            }
            let class_set =
                self.classes.set_of(row.given, row.data_classes, &self.breach.data_classes)?;
            added.push(self.add_row(&own, class_set, problems));
        }
        Ok(added)
    }

    /// What became of the records so far.
    #[must_use]
    pub fn rows(&self) -> &RowAccount {
        &self.rows
    }

    /// Builds the index in memory.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if what was collected does not fit the format.
    pub fn build(self) -> Result<Index, Error> {
        let key = self.key;
        Index::from_bytes(self.into_bytes()?, key)
    }

    /// Builds the index and publishes it as a file, as [`Index::publish`] does.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if what was collected does not fit the format, [`Error::Io`] if the file
    /// cannot be written.
    pub fn publish(self, target: impl AsRef<Path>) -> Result<Index, Error> {
        let index = self.build()?;
        index.publish(target)?;
        Ok(index)
    }

    /// The bytes of the index file, as [`Index::from_bytes`] takes them.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] if what was collected does not fit the format.
    pub fn into_bytes(self) -> Result<Vec<u8>, Error> {
        let Self { key, breach, mut classes, mut entries, rows, .. } = self;
        entries.par_sort_unstable();
        let mut kinds = BTreeMap::<Kind, KindCount>::new();
        let merged = merge(&entries, &mut classes, &mut kinds);
        drop(entries);

        let used: BTreeSet<u32> = merged.iter().map(|entry| entry.class_set).collect();
        let classes = classes.in_order(&used);
        let occurrence = |entry: &Merged| Occurrence {
            breach: 0,
            class_set: classes.place_of[&entry.class_set],
            records: entry.records,
        };
        let exposures: BTreeSet<Occurrence> = merged.iter().map(occurrence).collect();
        let exposures: Vec<Occurrence> = exposures.into_iter().collect();

        let mut metadata = Metadata::new(key.id(), rows);
        metadata.kinds = kinds.into_values().collect();
        metadata.breaches = vec![breach];
        metadata.data_classes.clone_from(&classes.names);
        metadata.class_sets.clone_from(&classes.sets);
        let numbered = merged.iter().map(|entry| {
            let exposure = exposures.binary_search(&occurrence(entry));
            (entry.pseudonym, exposure.expect("every exposure was collected"))
        });
        let each_alone: Vec<&[Occurrence]> = exposures.chunks(1).collect();
        Ok(encode(&metadata, &each_alone, numbered, &Seal::new(key))?)
    }

    fn pseudonyms(&self, batch: &Batch) -> Vec<Pseudonym> {
        // Small enough for all threads to get a share, large enough to be hashed together.
        const SHARE: usize = 1024;
        let identifiers: Vec<(Kind, &[u8])> =
            batch.identifiers().map(|(identifier, bytes)| (identifier.kind, bytes)).collect();
        let hashed: Vec<Vec<Pseudonym>> = identifiers
            .par_chunks(SHARE)
            .map(|share| {
                let mut pseudonyms = Vec::with_capacity(share.len());
                self.pseudonymiser.pseudonyms(share.iter().copied(), &mut pseudonyms);
                pseudonyms
            })
            .collect();
        hashed.concat()
    }

    /// Takes in a record's identifiers, in ascending order.
    fn add_row(
        &mut self,
        identifiers: &[(Pseudonym, Kind)],
        class_set: u32,
        problems: Vec<Problem>,
    ) -> Added {
        self.rows.read += 1;
        for problem in &problems {
            *self.rows.rejects_by_reason.entry(problem.reason.code().to_owned()).or_default() += 1;
        }
        if identifiers.is_empty() {
            self.rows.rejected += 1;
            return Added::Rejected(problems);
        }
        if !self.fingerprints.insert(fingerprint(identifiers, class_set)) {
            self.rows.duplicate += 1;
            return Added::Duplicate(problems);
        }
        self.rows.indexed += 1;
        let entries =
            identifiers.iter().map(|&(pseudonym, kind)| Entry::new(pseudonym, kind, class_set));
        self.entries.extend(entries);
        Added::Indexed(problems)
    }
}

impl fmt::Debug for IndexBuilder<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("IndexBuilder")
            .field("breach", self.breach.name())
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

/// One identifier of one record. In two halves, since a `u128` would make it a third larger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    high: u64,
    low: u64,
    kind: Kind,
    class_set: u32,
}

impl Entry {
    #[expect(clippy::cast_possible_truncation, reason = "the casts cut a number into halves")]
    fn new(pseudonym: Pseudonym, kind: Kind, class_set: u32) -> Self {
        let number = pseudonym.number();
        Self { high: (number >> 64) as u64, low: number as u64, kind, class_set }
    }

    fn pseudonym(&self) -> Pseudonym {
        Pseudonym::from_number(u128::from(self.high) << 64 | u128::from(self.low))
    }
}

/// One pseudonym with all that the records say of it.
struct Merged {
    pseudonym: Pseudonym,
    class_set: u32,
    records: u64,
}

/// Makes one of all entries with the same pseudonym, and counts by kind.
fn merge(
    entries: &[Entry],
    classes: &mut Classes,
    kinds: &mut BTreeMap<Kind, KindCount>,
) -> Vec<Merged> {
    let mut merged = Vec::new();
    for same in entries.chunk_by(|one, other| one.pseudonym() == other.pseudonym()) {
        let first = same[0];
        let records = same.len() as u64;
        let class_set = same[1..]
            .iter()
            .fold(first.class_set, |set, entry| classes.unite(set, entry.class_set));
        let count = kinds.entry(first.kind).or_insert_with(|| KindCount::new(first.kind));
        count.identifiers += 1;
        count.records += records;
        merged.push(Merged { pseudonym: first.pseudonym(), class_set, records });
    }
    merged
}

/// What a record says, as one number: equal for equal records, and otherwise different but for a
/// chance of 2⁻¹²⁸ a pair, since pseudonyms are as good as random.
fn fingerprint(identifiers: &[(Pseudonym, Kind)], class_set: u32) -> u128 {
    /// Any odd number will do: it keeps the sum of a set apart from that of another.
    const FACTOR: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
    let identifiers = identifiers.iter().map(|(pseudonym, _)| pseudonym.number());
    identifiers
        .fold(u128::from(class_set), |sum, number| sum.wrapping_mul(FACTOR).wrapping_add(number))
}
