//! The index: leaked identifiers as a sorted table of pseudonyms, opened, mapped and asked.

mod builder;
mod canary;
mod classes;
mod encode;
mod format;
mod map;
mod merge;
mod metadata;
mod progress;
mod publish;
mod requirements;
mod seal;
mod shards;
mod sorter;
mod table;
#[cfg(test)]
mod tests;
mod unread;

use std::{
    fmt, fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use rayon::prelude::*;

pub use builder::{Added, IndexBuilder};
use format::{Layout, Occurrence, Section, u64_at};
use map::Storage;
pub use merge::{IndexMerger, Merged};
pub use metadata::{Canary, ClassSets, KindCount, Metadata, Part, RowAccount, unicode_version};
pub use progress::{BuildPhase, BuildProgress};
pub use publish::Publication;
pub use requirements::{IndexId, Requirements};
use seal::Seal;
pub use shards::{InvalidShardCount, Shard, ShardCount};
pub(crate) use shards::{files_in, refuse_incomplete};
pub use table::LookUp;
use table::{First, Table};
use unread::UnreadIndex;

use crate::{
    batch::Batch,
    check,
    error::{Error, IndexFault},
    identifier::{Kind, KindSet, NORMALISER, Normaliser},
    key::{Key, KeyId},
    pseudonym::{Pseudonym, Pseudonymiser, SCHEME},
    record::Record,
    trace::{span, within},
    verdict::{Exposure, Verdict},
};

/// Leaked identifiers, ready to be looked up.
///
/// An index holds pseudonyms only: keyed hashes, sorted. A look-up takes two reads of a small
/// table that says where the pseudonym's bucket is, and usually one cache line of the bucket; it
/// neither allocates nor locks. `Index` is `Send + Sync`: share one among all threads.
///
/// There are two ways to get one from a file:
///
/// | | [`open`](Self::open) | [`map`](Self::map) |
/// |---|---|---|
/// | memory | a private copy, in huge pages on Linux | shared with all that map the file |
/// | cost | reads and verifies everything | constant: checks the head |
/// | safety | safe | `unsafe`: the file must not change |
///
/// ```
/// use leakdex::{Breach, Index, IndexBuilder, Key, Record, Verdict};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("bitmarck.leakdex");
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780").email("m.muster@example.de"))?;
/// builder.publish(&path)?;
///
/// let index = Index::open(&path, &key)?;
/// match index.check(&Record::new().kvnr("A 123 456 780")) {
///     Verdict::Affected(finding) => assert_eq!(finding.exposure().records(), 1),
///     Verdict::NotAffected(coverage) => println!("checked: {:?}", coverage.checked),
///     Verdict::Indeterminate(coverage) => println!("why: {:?}", coverage.problems),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Index {
    storage: Storage,
    layout: Layout,
    metadata: Metadata,
    /// The kinds in the metadata that this version knows.
    kinds: KindSet,
    /// The same for each build that went into the index: one, unless it was merged.
    kinds_of_parts: Vec<KindSet>,
    /// Whether the index was built with this library's version of Unicode.
    same_unicode: bool,
    /// Whether the body was found to be as the builder wrote it.
    verified: AtomicBool,
    normaliser: Normaliser,
    pseudonymiser: Pseudonymiser,
    first: First,
}

impl Index {
    /// Reads an index into memory and verifies all of it. Takes as much memory as the file is long,
    /// and the time to read it and to hash it once, on all threads.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be read; [`Error::Index`] if it is no index, was built
    /// with another key or other rules, or is not as its builder wrote it.
    pub fn open(path: impl AsRef<Path>, key: &Key) -> Result<Self, Error> {
        let path = path.as_ref();
        within(span!("open", path = path.display()), || {
            // The beginning comes first: what is no index must not fill the memory.
            let UnreadIndex { file, first, length, .. } = UnreadIndex::open(path)?;
            let storage = Storage::read(&first, file, length);
            let storage = storage.map_err(|error| Error::io("read the index", path, error))?;
            Self::verified(storage, key).map_err(|error| error.in_file(path))
        })
    }

    /// Takes an index from memory and verifies all of it.
    ///
    /// ```
    /// use leakdex::{Breach, Index, IndexBuilder, Key, Record};
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # let built = builder.build()?;
    ///
    /// let bytes = built.as_bytes().to_vec(); // from wherever indexes are kept
    /// let index = Index::from_bytes(bytes, &key)?;
    /// assert_eq!(index.id(), built.id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if it is no index, was built with another key or other rules, or is not as
    /// its builder wrote it.
    pub fn from_bytes(bytes: Vec<u8>, key: &Key) -> Result<Self, Error> {
        Self::verified(bytes.into(), key)
    }

    /// Maps an index file into memory. Reads and checks only the head, which holds the metadata and
    /// the digests of the rest: 32 bytes for each 64 KiB, so that 100 million entries are mapped in
    /// a few milliseconds. [`verify`](Self::verify) checks the rest; until then a damaged table can
    /// give wrong answers, though never an access out of bounds, and no coverage is whole.
    ///
    /// ```
    /// use leakdex::{Breach, Index, IndexBuilder, Key, Record};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("bitmarck.leakdex");
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # builder.publish(&path)?;
    ///
    /// // SAFETY: indexes get here by `publish` alone, which renames and never writes in place.
    /// let index = unsafe { Index::map(&path, &key)? };
    /// assert!(!index.is_verified());
    /// index.verify()?;
    /// assert!(index.is_verified());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Safety
    ///
    /// While the index lives, nobody may change or truncate the file. leakdex itself never does: it
    /// publishes an index under its name by renaming, so that a mapped file stays as it was even
    /// when its name goes to a new one. Copying over the file in place does change it.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), as far as the head shows it.
    #[expect(unsafe_code, reason = "mapping a file is unsafe by nature")]
    pub unsafe fn map(path: impl AsRef<Path>, key: &Key) -> Result<Self, Error> {
        let path = path.as_ref();
        within(span!("map", path = path.display()), || {
            let failed = |error| Error::io("map the index", path, error);
            let file = fs::File::open(path).map_err(failed)?;
            // SAFETY: the caller promises that the file does not change.
            let storage = unsafe { Storage::map(&file) }.map_err(failed)?;
            Self::from_storage(storage, key).map_err(|error| error.in_file(path))
        })
    }

    /// Reads what an index says of itself, without a key and thus without any check that it is
    /// true. Takes no more memory than twice the file's length and a mebibyte.
    ///
    /// ```
    /// use leakdex::{Breach, Index, IndexBuilder, Key, Record};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("bitmarck.leakdex");
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # builder.publish(&path)?;
    ///
    /// // Which key does this file need?
    /// let metadata = Index::read_unverified_metadata(&path)?;
    /// assert_eq!(metadata.key_id, key.id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be read, [`Error::Index`] if it is no index of this version.
    pub fn read_unverified_metadata(path: impl AsRef<Path>) -> Result<Metadata, Error> {
        let path = path.as_ref();
        let mut head = UnreadIndex::open(path)?;
        // Only what is needed: the rest may be larger than memory.
        let metadata = head.read(path, head.layout.range(Section::Metadata))?;
        Metadata::decode(&metadata, head.length).map_err(|fault| Error::from(fault).in_file(path))
    }

    /// Reads which index a file holds, without a key and thus without any check that it is true.
    ///
    /// ```
    /// use leakdex::{Breach, Index, IndexBuilder, Key, Record};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("bitmarck.leakdex");
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # builder.publish(&path)?;
    ///
    /// // Is the index in use still the one in the file?
    /// let index = Index::open(&path, &key)?;
    /// assert_eq!(Index::read_unverified_id(&path)?, index.id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read_unverified_metadata`](Self::read_unverified_metadata).
    pub fn read_unverified_id(path: impl AsRef<Path>) -> Result<IndexId, Error> {
        let mac = UnreadIndex::read_mac(path.as_ref())?;
        let (id, _) = mac.split_first_chunk().expect("an id is shorter than a MAC");
        Ok(IndexId(*id))
    }

    /// Whether this is the index that a file holds, as its head says.
    pub(crate) fn is_in_file(&self, path: &Path) -> Result<bool, Error> {
        Ok(UnreadIndex::read_mac(path)? == self.storage[self.layout.mac()])
    }

    /// Checks every byte against the digests, and that the table is in order. Takes about as long
    /// as reading the file, on all threads.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] if anything is not as the builder wrote it.
    pub fn verify(&self) -> Result<(), Error> {
        within(span!("verify", entries = self.len()), || self.verify_all())
    }

    /// Publishes the index as a file: it is written beside the target, brought to the disk, read
    /// back, and only then takes the target's name. Whoever opens the target sees the whole old
    /// index or the whole new one. Only its owner can read the file (mode 0600 on Unix).
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be written, or if the target is a folder, a pipe or a
    /// device. The target is then as it was, unless only the folder could not be brought to the disk
    /// after the renaming.
    pub fn publish(&self, target: impl AsRef<Path>) -> Result<(), Error> {
        self.prepare(target)?.publish()
    }

    /// The first part of [`publish`](Self::publish), with all that is likely to fail: everything
    /// but the renaming.
    ///
    /// ```
    /// use leakdex::{Breach, Index, IndexBuilder, Key, Record};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("bitmarck.leakdex");
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # let index = builder.build()?;
    ///
    /// let publication = index.prepare(&path)?;
    /// assert!(!path.exists(), "what else has to succeed first can be done now");
    /// publication.publish()?;
    /// assert!(path.exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish).
    pub fn prepare(&self, target: impl AsRef<Path>) -> Result<Publication, Error> {
        Publication::of_index(self, target.as_ref())
    }

    /// The bytes of the index, as a file holds them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.storage
    }

    /// What the index says of itself.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Record};
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # let index = builder.build()?;
    ///
    /// for breach in &index.metadata().breaches {
    ///     println!("{}: {} rows", breach.name(), index.metadata().rows.read);
    /// }
    /// # assert_eq!(index.metadata().rows.read, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Which index this is: another one has another id.
    #[must_use]
    pub fn id(&self) -> IndexId {
        self.layout.id(&self.storage)
    }

    /// Which one of several that replace each other this is, as its builder counted; 0 if it did
    /// not.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.metadata.generation
    }

    /// How many pseudonyms the index holds.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.layout.shape.entries
    }

    /// Whether the index holds no pseudonym; every check of it is then indeterminate.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The kinds of identifier that the index holds.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Kind, Record};
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// builder.add(&Record::new().kvnr("A123456780"))?;
    /// let index = builder.build()?;
    ///
    /// assert!(!index.is_empty());
    /// assert_eq!(index.len(), 1);
    /// assert!(index.kinds().iter().eq([Kind::Kvnr]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn kinds(&self) -> KindSet {
        self.kinds
    }

    /// The id of the key that the index was built with.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.metadata.key_id
    }

    /// Normalises members by these rules.
    ///
    /// ```
    /// use leakdex::{Breach, Index, IndexBuilder, Key, Normaliser, Record};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("bitmarck.leakdex");
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().last_name("Muster").first_name("Eva").birth_date("1.2.1970"))?;
    /// # builder.publish(&path)?;
    ///
    /// // The member list comes from a spreadsheet that counts days.
    /// let index = Index::open(&path, &key)?.with_normaliser(Normaliser::new().excel_dates(true));
    /// let member = Record::new().last_name("Muster").first_name("Eva").birth_date("25600");
    /// assert_eq!(index.check(&member).slug(), "affected");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_normaliser(mut self, normaliser: Normaliser) -> Self {
        self.normaliser = normaliser;
        self
    }

    /// Asks a column of fingerprints first, one byte of each entry, for a mapped index that does not fit
    /// into memory: most look-ups then need a tenth of the file only. Where all of it is in memory, a
    /// look-up takes up to a third longer. No answer changes.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Record};
    ///
    /// let key = Key::generate()?;
    /// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// let _ = builder.add(&Record::new().kvnr("A123456780"))?;
    /// let index = builder.build()?.with_fingerprints_first();
    /// assert_eq!(index.check(&Record::new().kvnr("A123456780")).slug(), "affected");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn with_fingerprints_first(mut self) -> Self {
        self.first = First::Fingerprints;
        self
    }

    /// An empty batch that normalises as this index does.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch::new(self.normaliser, self.kinds)
    }

    /// Checks one member.
    #[must_use]
    pub fn check(&self, record: &Record) -> Verdict<'_> {
        let mut batch = self.batch();
        batch.push(record);
        let mut verdicts = self.check_batch(&batch);
        verdicts.pop().expect("one record went in")
    }

    /// Checks many members on all threads; the verdicts are in the order of the records.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Record};
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # let index = builder.build()?;
    ///
    /// let members = [Record::new().kvnr("A123456780"), Record::new().kvnr("B123456782")];
    /// let verdicts: Vec<&str> =
    ///     index.check_all(&members).iter().map(|verdict| verdict.slug()).collect();
    /// assert_eq!(verdicts, ["affected", "not_affected"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn check_all(&self, records: &[Record]) -> Vec<Verdict<'_>> {
        // Enough to be hashed and looked up together, few enough to stay in the cache.
        const SHARE: usize = 1024;
        let check = |batch: &mut Batch, records: &[Record]| {
            batch.clear();
            records.iter().for_each(|record| batch.push(record));
            self.check_batch(batch)
        };
        let shares: Vec<Vec<Verdict<'_>>> =
            records.par_chunks(SHARE).map_init(|| self.batch(), check).collect();
        shares.into_iter().flatten().collect()
    }

    /// Checks the members of a batch on this thread: their identifiers are hashed and looked up
    /// together. This is the way for streams, where the caller spreads the batches over threads.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Record};
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # let index = builder.build()?;
    ///
    /// let mut batch = index.batch();
    /// for member in [Record::new().kvnr("A123456780"), Record::new()] {
    ///     batch.push(&member);
    /// }
    /// let verdicts = index.check_batch(&batch);
    /// assert_eq!((verdicts[0].slug(), verdicts[1].slug()), ("affected", "indeterminate"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the batch was made by another index, which holds fewer kinds, or by a builder: it may
    /// lack identifiers that this index holds. Use [`batch`](Self::batch).
    #[must_use]
    pub fn check_batch(&self, batch: &Batch) -> Vec<Verdict<'_>> {
        check::check_batch(&[self], self.normaliser, batch)
    }

    /// Looks up one pseudonym. Costs two cache misses, one after the other, where the index is much
    /// larger than the cache. Where there are many, [`look_up_all`](Self::look_up_all) is two to
    /// three times as fast.
    #[must_use]
    pub fn look_up(&self, pseudonym: Pseudonym) -> LookUp {
        match self.shard() {
            None => self.table().look_up(pseudonym, self.first),
            Some(shard) if shard.holds(pseudonym) => {
                self.table().look_up(shard.without_own_bits(pseudonym), self.first)
            }
            Some(_) => LookUp::OtherShard,
        }
    }

    /// Appends what the index says of each pseudonym, in their order. From some dozens on they wait
    /// for memory together: each costs about twice the time of reading one random cache line out of
    /// as many entries. Allocates only what the results need.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Kind, LookUp, Pseudonymiser, Record};
    /// # let key = Key::generate()?;
    /// # let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
    /// # builder.add(&Record::new().kvnr("A123456780"))?;
    /// # let index = builder.build()?;
    ///
    /// let identifiers = [(Kind::Kvnr, &b"A123456780"[..]), (Kind::Kvnr, b"B123456782")];
    /// let mut pseudonyms = Vec::new();
    /// Pseudonymiser::new(&key).pseudonyms(identifiers, &mut pseudonyms);
    /// let mut results = Vec::new();
    /// index.look_up_all(&pseudonyms, &mut results);
    /// assert_eq!(results[0], index.look_up(pseudonyms[0]));
    /// assert_eq!(results[1], LookUp::Absent);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn look_up_all(&self, pseudonyms: &[Pseudonym], results: &mut Vec<LookUp>) {
        let Some(shard) = self.shard() else {
            return self.table().look_up_all(pseudonyms, self.first, results);
        };
        let first = results.len();
        let stored: Vec<Pseudonym> =
            pseudonyms.iter().map(|&pseudonym| shard.without_own_bits(pseudonym)).collect();
        self.table().look_up_all(&stored, self.first, results);
        for (result, &pseudonym) in results[first..].iter_mut().zip(pseudonyms) {
            if !shard.holds(pseudonym) {
                *result = LookUp::OtherShard;
            }
        }
    }

    /// The exposure of this number, as a look-up gives it. Empty for a number that the index does
    /// not have, or if a mapped index is damaged there.
    #[must_use]
    pub fn exposure(&self, number: u32) -> Exposure<'_> {
        let mut exposure = Exposure::default();
        for (breach, class_set, records) in
            self.occurrences(number.into()).into_iter().flatten().flatten()
        {
            let classes = &self.metadata.data_classes;
            let of_set = class_set.iter().filter_map(|&place| classes.get(usize::from(place)));
            exposure.push(breach, of_set, records);
        }
        exposure
    }

    /// Whether all of the index was found to be as its builder wrote it: always after
    /// [`open`](Self::open), and after a [`verify`](Self::verify) that passed.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.verified.load(Ordering::Relaxed)
    }

    pub(crate) const fn normaliser(&self) -> Normaliser {
        self.normaliser
    }

    pub(crate) const fn pseudonymiser(&self) -> &Pseudonymiser {
        &self.pseudonymiser
    }

    /// Whether a record that is in the index with an identifier of this kind is in it with the one
    /// that tells less of the same values, too ([`Kind::coarser`]), and the index can be relied on
    /// to say so.
    pub(crate) fn holds_coarser_than(&self, kind: Kind) -> bool {
        kind.coarser().is_some_and(|coarser| {
            let is_closed = |part: &KindSet| part.contains(coarser) || !part.contains(kind);
            self.kinds_of_parts.iter().all(is_closed)
                && !self.metadata.erased
                && self.same_unicode
                && self.is_verified()
        })
    }

    /// The kinds of each build that went into the index. A member who gives one that some of them
    /// lacks was not checked against that leak by it.
    pub(crate) fn kinds_of_parts(&self) -> &[KindSet] {
        &self.kinds_of_parts
    }

    /// Whether the index normalised by the same version of Unicode as this library.
    pub(crate) const fn has_same_unicode(&self) -> bool {
        self.same_unicode
    }

    fn verified(storage: Storage, key: &Key) -> Result<Self, Error> {
        let index = Self::from_storage(storage, key)?;
        index.verify()?;
        Ok(index)
    }

    fn verify_all(&self) -> Result<(), Error> {
        self.verified.store(false, Ordering::Relaxed);
        seal::check_body(&self.storage, &self.layout)?;
        let exposures_are_sound = (0..self.layout.shape.exposures).into_par_iter().all(|number| {
            // Whoever is found must be found in some breach.
            self.occurrences(number).is_some_and(|all| {
                let mut all = all.peekable();
                all.peek().is_some() && all.all(|one| one.is_some())
            })
        });
        if self.table().is_sound() && exposures_are_sound {
            self.verified.store(true, Ordering::Relaxed);
            Ok(())
        } else {
            Err(IndexFault::Damaged { part: "table" }.into())
        }
    }

    fn from_storage(storage: Storage, key: &Key) -> Result<Self, Error> {
        let layout = Layout::decode(&storage, storage.len() as u64)?;
        let metadata =
            Metadata::decode(&storage[layout.range(Section::Metadata)], storage.len() as u64)?;
        // Before the MAC, which another key does not fit: that would look like damage.
        let given = key.id();
        if metadata.scheme != SCHEME {
            return Err(IndexFault::UnknownScheme { found: metadata.scheme }.into());
        }
        if metadata.key_id != given {
            return Err(IndexFault::WrongKey { built_with: metadata.key_id, given }.into());
        }
        if metadata.normaliser != NORMALISER {
            let found = metadata.normaliser;
            return Err(IndexFault::OtherNormaliser { found, known: NORMALISER }.into());
        }
        Seal::new(key).check_head(&storage, &layout)?;

        if !metadata.is_sound(layout.shape) {
            return Err(IndexFault::Damaged { part: "metadata" }.into());
        }

        let pseudonymiser = Pseudonymiser::new(key);
        if let Some(kind) = canary::drifted(&metadata.canaries, &pseudonymiser) {
            return Err(IndexFault::Drifted { kind }.into());
        }

        let kinds = known_kinds(&metadata.kinds);
        let mut kinds_of_parts: Vec<KindSet> =
            metadata.parts.iter().map(|part| known_kinds(&part.kinds)).collect();
        if kinds_of_parts.is_empty() {
            kinds_of_parts.push(kinds);
        }
        Ok(Self {
            kinds,
            kinds_of_parts,
            verified: AtomicBool::new(false),
            same_unicode: metadata.unicode == unicode_version(),
            normaliser: Normaliser::new(),
            pseudonymiser,
            first: First::default(),
            storage,
            layout,
            metadata,
        })
    }

    fn table(&self) -> Table<'_> {
        Table::new(&self.storage, &self.layout)
    }

    /// The occurrences of an exposure; `None` if there is no such exposure, and within it where a
    /// number in an occurrence does not fit the metadata.
    fn occurrences(
        &self,
        number: u64,
    ) -> Option<impl Iterator<Item = Option<(&crate::Breach, &[u8], u64)>>> {
        let starts = &self.storage[self.layout.range(Section::ExposureStarts)];
        let at = usize::try_from(number).ok()?.checked_mul(8)?;
        let position =
            |at| usize::try_from(u64_at(starts, at)?).ok()?.checked_mul(Occurrence::LENGTH);
        let all = &self.storage[self.layout.range(Section::Occurrences)];
        let own = all.get(position(at)?..position(at.checked_add(8)?)?)?;
        Some(own.chunks_exact(Occurrence::LENGTH).map(|bytes| {
            let occurrence = Occurrence::decode(bytes)?;
            let breach = self.metadata.breaches.get(occurrence.breach as usize)?;
            let class_set = self.metadata.class_sets.get(occurrence.class_set as usize)?;
            Some((breach, class_set, occurrence.records))
        }))
    }
}

/// The kinds that this version knows, of those that are there.
fn known_kinds(counts: &[KindCount]) -> KindSet {
    let held = counts.iter().filter(|count| count.identifiers > 0);
    held.filter_map(|count| count.kind.parse::<Kind>().ok()).collect()
}

impl fmt::Debug for Index {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Index")
            .field("entries", &self.len())
            .field("kinds", &self.kinds)
            .field("key_id", &self.key_id())
            .finish_non_exhaustive()
    }
}
