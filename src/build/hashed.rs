//! Hashes batches for a builder, on any thread.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    builder::IndexBuilder,
    classes::Classes,
    entry::Entry,
    kept::KeptBatch,
    sorter::Entries,
    tag::{TagInput, TagMaker},
};
use crate::{
    batch::{Batch, Problem},
    breach::DataClass,
    error::BuildFault,
    identifier::{Field, FieldSet, Kind, KindSet, Normaliser, Reason},
    index::{Posting, RowAccount},
    profile::{ColumnProfile, CountedNames, LeakProfile},
    pseudonym::Pseudonymiser,
};

/// Whether a record is in the index, and which of its values could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a rejected record is not in the index"]
pub enum AddOutcome {
    /// At least one identifier of the record is in the index.
    Indexed(Vec<Problem>),
    /// The record has no usable identifier and is not in the index.
    Rejected(Vec<Problem>),
}

impl AddOutcome {
    /// The values of the record that could not be used, and why.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Indexed(problems) | Self::Rejected(problems) => problems,
        }
    }
}

/// Hashes batches for an [`IndexBuilder`](crate::IndexBuilder), on any thread.
///
/// ```
/// use leakdex::{Breach, IndexBuilder, Key, Record};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// let (hasher, empty) = (builder.hasher(), builder.batch());
/// let hash = |number: &str| {
///     let mut batch = empty.clone();
///     batch.push(&Record::new().kvnr(number));
///     hasher.hash(&batch)
/// };
/// let hashed = std::thread::scope(|threads| {
///     let numbers = ["A123456780", "B123456782"];
///     let threads = numbers.map(|number| threads.spawn(move || hash(number)));
///     threads.map(|thread| thread.join().expect("no panic"))
/// });
/// for batch in hashed {
///     builder.add_hashed(batch)?;
/// }
/// assert_eq!(builder.rows().indexed, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct BatchHasher {
    pub(super) kinds: KindSet,
    pub(super) derived_kinds: KindSet,
    pub(super) normaliser: Normaliser,
    pub(super) pseudonymiser: Pseudonymiser,
    pub(super) classes: Arc<SharedClasses>,
    pub(super) tags: TagMaker,
    pub(super) without_codes: bool,
    /// Whether the hasher also keeps the identifiers before hashing.
    pub(super) keeps: bool,
}

/// The data classes of a builder and its hashers.
#[derive(Default)]
pub(super) struct SharedClasses {
    pub of_everyone: Vec<DataClass>,
    pub classes: Mutex<Classes>,
}

/// The rows of a batch, hashed for an [`IndexBuilder`](crate::IndexBuilder). `Debug` shows only
/// their number.
pub struct HashedBatch {
    /// The classes of the builder that the rows are for.
    pub(super) classes: Arc<SharedClasses>,
    pub(super) rows: Result<HashedRows, BuildFault>,
}

/// The hashed rows of a batch, ready for the builder.
pub(super) struct HashedRows {
    pub entries: Entries,
    pub added: Vec<AddOutcome>,
    pub tags: Vec<Option<u64>>,
    /// For each class that leaked for everyone in the breach, the number of indexed rows that
    /// contain it themselves.
    pub rows_with_class: Vec<u64>,
    pub account: HashedAccount,
    /// The identifiers before hashing, if the caller requested them.
    pub kept: KeptBatch,
}

/// The account of hashed rows: everything except their identifiers.
pub(super) struct HashedAccount {
    pub rows: RowAccount,
    /// The profile without its fields, which `columns` has.
    pub profile: LeakProfile,
    pub columns: Vec<ColumnProfile>,
    pub names: CountedNames,
    /// The kinds of addresses and their hashes that are incomplete in the index
    /// ([`BatchHasher::lacking`]).
    pub lacking: KindSet,
    /// The fields of all columns.
    pub fields: FieldSet,
    /// The classes of data that rows name in addition to those of their fields.
    pub named_classes: BTreeSet<DataClass>,
}

impl HashedBatch {
    /// The tag of each row's record; `None` for a rejected row. It is equal to the
    /// [`Evidence::tag`](crate::Evidence::tag) of a match. Equal records have the same tag. The
    /// slice is empty if the batch cannot be added.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, IndexSet, Key, Record};
    ///
    /// let key = Key::generate()?;
    /// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// let mut batch = builder.batch();
    /// batch.push(&Record::new().kvnr("4711"));
    /// batch.push(&Record::new().kvnr("A123456780"));
    /// let hashed = builder.hasher().hash(&batch);
    /// let tags = hashed.tags().to_vec();
    /// builder.add_hashed(hashed)?;
    ///
    /// let indexes = IndexSet::new(vec![builder.build()?])?;
    /// let evidence = indexes.explain(&Record::new().kvnr("A123456780"));
    /// assert_eq!(tags, [None, Some(evidence[0].tag)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn tags(&self) -> &[Option<u64>] {
        self.rows.as_ref().map_or(&[], |rows| &rows.tags)
    }
}

impl IndexBuilder<'_> {
    /// Returns a hasher that hashes batches for this builder, on any thread.
    #[must_use]
    pub fn hasher(&self) -> BatchHasher {
        BatchHasher {
            kinds: self.kinds.union(self.email_hashes),
            derived_kinds: self.derived_kinds(),
            normaliser: self.normaliser,
            pseudonymiser: self.pseudonymiser.clone(),
            classes: Arc::clone(&self.classes),
            tags: TagMaker::new(&self.key, self.breach.name()),
            without_codes: self.without_codes,
            keeps: self.kept.is_some(),
        }
    }

    /// The classes that leaked for everyone in the breach, each with the number of indexed rows
    /// that contain it themselves, including duplicates. The index reports each class for all rows.
    ///
    /// ```
    /// use leakdex::{Breach, DataClass, IndexBuilder, Key, Record};
    ///
    /// let key = Key::generate()?;
    /// let mut breach = Breach::named("bitmarck-2023-01")?;
    /// breach.data_classes = vec![DataClass::NAMES, DataClass::PASSWORDS];
    /// let mut builder = IndexBuilder::new(&key, breach);
    /// builder.add(&Record::new().email("m.muster@example.de").last_name("Muster"))?;
    /// builder.add(&Record::new().email("e.muster@example.de"))?;
    /// let rows: Vec<_> = builder.classes_of_everyone().collect();
    /// assert_eq!(rows, [(&DataClass::NAMES, 1), (&DataClass::PASSWORDS, 0)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn classes_of_everyone(&self) -> impl Iterator<Item = (&DataClass, u64)> {
        self.breach.data_classes.iter().zip(self.rows_with_class.iter().copied())
    }

    /// Leaves out the codes. A check uses codes to compare the names, dates and postcodes that are
    /// not in a match key. In such an index, a hit by a match key alone is a candidate, and nothing
    /// refutes it.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Record, Strength};
    ///
    /// let key = Key::generate()?;
    /// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?).without_codes();
    /// let eva = Record::new().last_name("Muster").first_name("Eva").postal_code("50667");
    /// builder.add(&eva.clone().birth_date("17.11.1983"))?;
    /// let index = builder.build()?;
    ///
    /// // Codes would show that the dates differ.
    /// let verdict = index.check(&eva.birth_date("3.5.1951"));
    /// assert_eq!(verdict.finding().expect("a hit").strength(), Strength::Candidate);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If records were added already. The index would then have codes for some records only.
    #[must_use]
    pub fn without_codes(mut self) -> Self {
        self.invalidate_hashers("the codes are left out before the first record is added");
        self.without_codes = true;
        self
    }
}

impl BatchHasher {
    /// Hashes the identifiers of a batch.
    ///
    /// # Panics
    ///
    /// If the batch was made for a check, lacks kinds that the builder indexes, or was normalised
    /// by other rules. Use [`IndexBuilder::batch`](crate::IndexBuilder::batch).
    #[must_use]
    pub fn hash(&self, batch: &Batch) -> HashedBatch {
        assert!(
            self.derived_kinds.difference(batch.derived()).is_empty()
                && batch.normaliser() == self.normaliser
                && batch.is_of_leak,
            "the batch must come from the builder that it is added to"
        );
        HashedBatch { classes: Arc::clone(&self.classes), rows: self.rows(batch) }
    }

    fn rows(&self, batch: &Batch) -> Result<HashedRows, BuildFault> {
        let pseudonyms = batch.pseudonyms(self.kinds, &self.pseudonymiser);
        let mut entries = Vec::with_capacity(pseudonyms.len());
        let mut added = Vec::with_capacity(batch.len());
        let mut tags = Vec::with_capacity(batch.len());
        let mut rows_with_class = vec![0; self.classes.of_everyone.len()];
        let mut rows = RowAccount::default();
        let mut profile = LeakProfile::default();
        let mut names = CountedNames::default();
        let columns = batch.column_profiles().cloned().collect();
        let lacking = batch.rows().iter().map(|row| self.lacking(row.kinds));
        let lacking = lacking.fold(self.lacking_beside_others(batch), KindSet::union);
        let mut named_classes = BTreeSet::new();
        let mut class_set = self.class_sets();
        for (number, (row, row_pseudonyms)) in
            batch.rows().iter().zip(pseudonyms.rows()).enumerate()
        {
            rows.read += 1;
            for class in batch.data_classes(number) {
                if !named_classes.contains(class) {
                    named_classes.insert(class.clone());
                }
            }
            let kinds: KindSet = row_pseudonyms.iter().map(|hashed| hashed.kind).collect();
            profile.count_row(kinds);
            let mut problems = batch.problems(number).to_vec();
            if row_pseudonyms.is_empty() && problems.is_empty() {
                problems.push(Problem::of_row(Reason::KindNotIndexed));
            }
            count(&problems, &mut rows.rejects_by_reason);
            let Some(first) = row_pseudonyms.first() else {
                rows.rejected += 1;
                added.push(AddOutcome::Rejected(problems));
                tags.push(None);
                continue;
            };
            rows.indexed += 1;
            count(batch.suspicions(number), &mut rows.suspects_by_reason);
            let class_set = class_set(row.given, batch.data_classes(number))?;
            class_set.of_everyone.iter().for_each(|&class| rows_with_class[class] += 1);
            let codes = batch.record_codes(number);
            if !self.without_codes && kinds.iter().any(Kind::is_match_key) {
                names.count(&codes);
            }
            let tag = self.tags.tag(&TagInput {
                identifiers: row_pseudonyms,
                parts: batch.parts_pseudonym(number, &self.pseudonymiser),
                data_classes: &class_set.slugs,
            });
            let is_of_one_person = codes.has_single_values();
            entries.extend(row_pseudonyms.iter().map(|hashed| {
                let content = if !hashed.kind.is_match_key() {
                    u64::from(kinds.bits())
                } else if self.without_codes {
                    0
                } else if is_of_one_person {
                    codes.content(hashed.kind)
                } else {
                    batch.person_codes(number, hashed.persons).content(hashed.kind)
                };
                let posting = Posting {
                    origin: 0,
                    tag,
                    kind: hashed.kind,
                    is_first: hashed.pseudonym == first.pseudonym,
                    sealed_codes: hashed.code_key.apply(tag, content),
                };
                Entry::new(hashed.pseudonym, class_set.number, posting)
            }));
            added.push(AddOutcome::Indexed(problems));
            tags.push(Some(tag));
        }
        let entries = Entries::new(entries);
        let kept = if self.keeps { KeptBatch::of(batch, self.kinds) } else { KeptBatch::default() };
        let fields = batch.fields;
        let account =
            HashedAccount { rows, profile, columns, names, lacking, fields, named_classes };
        Ok(HashedRows { entries, added, tags, rows_with_class, account, kept })
    }

    /// The kinds by which a lookup does not find the e-mail address of a row with these kinds. The
    /// row may have the address in plain, as hashes, or both. If the plain address is indexed, the
    /// result is empty: the metadata then show which hashes the builder made (`of_plain`). See
    /// [`lacking_beside_others`](Self::lacking_beside_others) for a row with two addresses.
    fn lacking(&self, row: KindSet) -> KindSet {
        let forms = row.intersection(Field::Email.kinds());
        let indexed = forms.intersection(self.kinds);
        if forms.is_empty() || indexed.contains(Kind::Email) {
            KindSet::EMPTY
        } else if indexed.is_empty() {
            Field::Email.kinds()
        } else if forms.contains(Kind::Email) {
            // The row may have an address and the hash of another address.
            KindSet::EMAIL_HASHES.difference(self.derived_kinds)
        } else {
            KindSet::EMAIL_HASHES.difference(indexed)
        }
    }

    /// The kinds by which a lookup does not find an address that a row has only as a hash, beside
    /// other addresses in plain. The builder makes the other hashes of plain addresses only.
    fn lacking_beside_others(&self, batch: &Batch) -> KindSet {
        const HASHED: [Field; 3] = [Field::Md5Email, Field::Sha1Email, Field::Sha256Email];
        let makes_hashes = !self.derived_kinds.intersection(KindSet::EMAIL_HASHES).is_empty();
        if !makes_hashes || !HASHED.iter().any(|&field| batch.fields.contains(field)) {
            return KindSet::EMPTY;
        }
        let mut of_plain = HashSet::new();
        let mut hash = String::new();
        for identifier in batch.identifiers().iter().filter(|one| one.kind == Kind::Email) {
            let address = str::from_utf8(batch.canonical(*identifier)).unwrap_or_default();
            for (kind, derive) in Field::Email.derivations() {
                hash.clear();
                derive(address, &mut hash);
                of_plain.insert((identifier.row, kind, hash.clone().into_bytes()));
            }
        }
        let mut of_others = BTreeMap::<u32, KindSet>::new();
        for identifier in batch.identifiers() {
            let (row, kind) = (identifier.row, identifier.kind);
            let is_of_plain =
                || of_plain.contains(&(row, kind, batch.canonical(*identifier).to_vec()));
            if KindSet::EMAIL_HASHES.contains(kind) && !is_of_plain() {
                of_others.entry(row).or_default().insert(kind);
            }
        }
        let lacking = of_others.into_values().map(|kinds| {
            let indexed = kinds.intersection(self.kinds);
            let all = if indexed.is_empty() { Field::Email.kinds() } else { KindSet::EMAIL_HASHES };
            all.difference(indexed)
        });
        lacking.fold(KindSet::EMPTY, KindSet::union)
    }

    /// Returns a function that finds the class set of a row with these fields and named classes. It
    /// takes the lock shared by all threads only for a new set of fields, and for rows that name
    /// classes.
    fn class_sets(&self) -> impl FnMut(FieldSet, &[DataClass]) -> Result<RowClasses, BuildFault> {
        let mut known = HashMap::<FieldSet, RowClasses>::new();
        move |fields, named| {
            if let (true, Some(classes)) = (named.is_empty(), known.get(&fields)) {
                return Ok(classes.clone());
            }
            let implied = fields.iter().map(Field::data_class);
            let row_classes: BTreeSet<DataClass> = implied.chain(named.iter().cloned()).collect();
            let slugs = row_classes.iter().flat_map(|class| [class.as_str().as_bytes(), b"\n"]);
            let slugs = slugs.flatten().copied().collect();
            let common = &self.classes.of_everyone;
            let contained = (0..).zip(common).filter(|(_, class)| row_classes.contains(*class));
            let of_everyone = contained.map(|(place, _)| place).collect();
            let all = row_classes.into_iter().chain(common.iter().cloned());
            let number = self.classes.lock().set_of_classes(all)?;
            let classes = RowClasses { number, slugs, of_everyone };
            if named.is_empty() {
                known.insert(fields, classes.clone());
            }
            Ok(classes)
        }
    }
}

/// The class set of a row.
#[derive(Clone)]
struct RowClasses {
    number: u32,
    /// The slugs of the classes that the row itself contains, sorted, each followed by a line end.
    slugs: Arc<[u8]>,
    /// Those of these classes that leaked for everyone in the breach, as positions in
    /// [`SharedClasses::of_everyone`].
    of_everyone: Arc<[usize]>,
}

impl SharedClasses {
    pub fn of(of_everyone: Vec<DataClass>) -> Arc<Self> {
        Arc::new(Self { of_everyone, classes: Mutex::default() })
    }

    pub fn lock(&self) -> MutexGuard<'_, Classes> {
        // Each class and set gets its number in one step, so a panic leaves nothing half done.
        self.classes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for BatchHasher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("BatchHasher").field("kinds", &self.kinds).finish_non_exhaustive()
    }
}

impl fmt::Debug for HashedBatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows.as_ref().map_or(0, |rows| rows.added.len());
        write!(formatter, "HashedBatch({rows} rows)")
    }
}

fn count(problems: &[Problem], by_reason: &mut BTreeMap<String, u64>) {
    for problem in problems {
        *by_reason.entry(problem.reason.code().to_owned()).or_default() += 1;
    }
}
