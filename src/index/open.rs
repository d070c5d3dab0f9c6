//! An index: opens or maps its file, and looks up pseudonyms in its table.

use std::{fmt, fs, path::Path, sync::Arc};

use super::{
    canary,
    chunks::Chunks,
    format::{DIGEST_LENGTH, Layout, Section},
    held::HeldKinds,
    map::Storage,
    mapped_file::MappedFile,
    metadata::{Metadata, unicode_version},
    posting::PostingCipher,
    seal::{self, Seal},
    table::{Candidate, LookupResult, Table},
    unread::UnreadIndex,
};
use crate::{
    batch::Batch,
    breach::Breach,
    error::{Error, IndexFault},
    id::{IndexId, KeyId},
    identifier::{KindSet, NORMALISER, Normaliser},
    key::Key,
    profile::{LeakProfile, NameCounts, ProfileCipher},
    pseudonym::{Pseudonym, Pseudonymiser, SCHEME},
    trace::{span, within},
};

/// Leaked identifiers, ready to be looked up.
///
/// An index contains only pseudonyms: keyed hashes, sorted. A lookup reads one cache line of a
/// filter, which excludes nearly all absent pseudonyms. For the others, it reads the position of
/// the pseudonym's bucket, and the bucket. It neither allocates nor locks: threads share an index.
///
/// There are two ways to load an index from a file:
///
/// | | [`open`](Self::open) | [`map`](Self::map) |
/// |---|---|---|
/// | memory | a private copy, in huge pages on Linux | shared with all processes that map the file |
/// | cost | reads and verifies everything | reads and checks the head, and each part when a lookup first touches it |
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
    pub(super) storage: Storage,
    pub(super) layout: Layout,
    pub(super) metadata: Metadata,
    pub(super) held: HeldKinds,
    profiles: Vec<LeakProfile>,
    /// How common names are in each breach.
    names: Vec<NameCounts>,
    /// The kinds whose absence proves nothing, because a column of the leak has a caveat.
    doubtful: KindSet,
    /// Whether the index was built with this library's version of Unicode.
    same_unicode: bool,
    /// The state of the body: which parts are known to be as the builder wrote them.
    pub(super) chunks: Chunks,
    normaliser: Normaliser,
    pseudonymiser: Pseudonymiser,
    /// Opens the postings.
    postings: PostingCipher,
    /// Whether the index has only the entries that were found, not the whole leak.
    pub(super) has_found_entries_only: bool,
    /// The digest of the head of a mapped file, when it was opened.
    pub(super) head_digest: Option<[u8; DIGEST_LENGTH]>,
}

impl Index {
    /// Reads an index into memory and verifies all of it. This takes memory for the whole file, and
    /// the time to read and hash it once, on all threads.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be read; [`Error::Index`] if it is not an index, was built
    /// with another key or other rules, or is not as its builder wrote it.
    pub fn open(path: impl AsRef<Path>, key: &Key) -> Result<Self, Error> {
        let path = path.as_ref();
        within(span!("open", path = path.display()), || {
            // Reads the start first: a file that is not an index must not fill the memory.
            let UnreadIndex { file, first, length, .. } = UnreadIndex::open(path)?;
            let storage = Storage::read(&first, file, length);
            let storage = storage.map_err(|error| Error::io("read the index", path, error))?;
            Self::verified(storage, key).map_err(|error| error.in_file(path))
        })
    }

    /// Opens an index in memory and verifies all of it.
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
    /// [`Error::Index`] if this is not an index, or one that was built with another key or other
    /// rules, or is not as its builder wrote it.
    pub fn from_bytes(bytes: Vec<u8>, key: &Key) -> Result<Self, Error> {
        Self::verified(bytes.into(), key)
    }

    /// Maps an index file into memory. Reads and checks only the head and a few small parts, so
    /// mapping a file of any size takes milliseconds.
    ///
    /// The rest is compared with its digests as it is read, in chunks of 64 KiB. When a lookup
    /// first touches a chunk, it reads and hashes all of it. So every answer is verified. If a
    /// chunk is damaged, a lookup that needs it returns [`LookupResult::Damaged`], and so does each later
    /// lookup. A check then makes members *indeterminate*, never *not affected*, and
    /// [`require_sound`](Self::require_sound) returns an error.
    ///
    /// Call [`verify_touched`](Self::verify_touched) after the lookups, before you use their
    /// results.
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
    /// // SAFETY: only `publish` puts indexes here, and it renames and never writes in place.
    /// let index = unsafe { Index::map(&path, &key)? };
    /// let verdict = index.check(&Record::new().kvnr("B123456782"));
    /// index.verify_touched()?;
    /// assert_eq!(verdict.slug(), "not_affected");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Safety
    ///
    /// While the index exists, nobody may change or truncate the file. leakdex itself never does:
    /// it publishes an index by a rename, so a mapped file stays unchanged even when a new file
    /// takes its name. Copying over the file in place does change it.
    /// [`verify_unchanged`](Self::verify_unchanged) detects this. If the file is truncated, a
    /// signal (SIGBUS) ends the process.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open), as far as the head shows them.
    #[expect(unsafe_code, reason = "mapping a file is unsafe by nature")]
    pub unsafe fn map(path: impl AsRef<Path>, key: &Key) -> Result<Self, Error> {
        let path = path.as_ref();
        within(span!("map", path = path.display()), || {
            let failed = |error| Error::io("map the index", path, error);
            let file = fs::File::open(path).map_err(failed)?;
            let file = MappedFile::new(file, path).map_err(failed)?;
            // SAFETY: the caller promises that the file does not change.
            let storage = unsafe { Storage::map(file) }.map_err(failed)?;
            Self::from_storage(storage, key).map_err(|error| error.in_file(path))
        })
    }

    /// Whether the file at this path contains this index, according to its head.
    pub(crate) fn is_in_file(&self, path: &Path) -> Result<bool, Error> {
        Ok(UnreadIndex::read_mac(path)? == self.storage[self.layout.mac()])
    }

    /// The bytes of the index, as in a file.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.storage
    }

    /// The metadata of the index.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The id of this index. Different indexes have different ids.
    #[must_use]
    pub fn id(&self) -> IndexId {
        self.layout.id(&self.storage)
    }

    /// The generation of the index, which orders indexes that replace each other; 0 if the builder
    /// did not set one.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.metadata.generation
    }

    /// The number of pseudonyms in the index.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.layout.shape.entries
    }

    /// Whether the index has no pseudonyms. Every check against it is then indeterminate.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The kinds of identifiers in the index.
    #[must_use]
    pub const fn kinds(&self) -> KindSet {
        self.held.kinds
    }

    /// The id of the key that the index was built with.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.metadata.key_id
    }

    /// Sets the rules of normalising for members.
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
    /// // The member list comes from a spreadsheet with serial dates.
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

    /// An empty batch that normalises like this index.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch::new(self.normaliser, self.needed_kinds())
    }

    /// Looks up one pseudonym. In a large index, an absent pseudonym costs one cache miss. With
    /// [`look_up_all`](Self::look_up_all), the cache misses of many pseudonyms overlap.
    #[must_use]
    #[inline]
    pub fn look_up(&self, pseudonym: Pseudonym) -> LookupResult {
        match self.shard() {
            Some(shard) if !shard.contains(pseudonym) => LookupResult::OtherShard,
            _ if self.table().may_hold(pseudonym) => self.search(pseudonym),
            _ => LookupResult::Absent,
        }
    }

    /// Not inlined, to keep the path of most pseudonyms short. The processor then overlaps more cache
    /// misses.
    #[cold]
    #[inline(never)]
    fn search(&self, pseudonym: Pseudonym) -> LookupResult {
        self.table().search(pseudonym)
    }

    /// Appends the result for each pseudonym, in the same order. With a few dozen pseudonyms or
    /// more, their waits for memory overlap. In an index of ten million entries, each costs about a
    /// third more than reading one random cache line. Memory is allocated for the results only.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key, Kind, LookupResult, Pseudonymiser, Record};
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
    /// assert_eq!(results[1], LookupResult::Absent);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn look_up_all(&self, pseudonyms: &[Pseudonym], results: &mut Vec<LookupResult>) {
        let first = results.len();
        self.table().look_up_all(pseudonyms, results);
        let Some(shard) = self.shard() else { return };
        for (result, &pseudonym) in results[first..].iter_mut().zip(pseudonyms) {
            if !shard.contains(pseudonym) {
                *result = LookupResult::OtherShard;
            }
        }
    }

    /// Calls `found`, in ascending order, with the first halves that may be in the index: an entry has
    /// the same head, or the index is damaged there. All `first_halves` must belong to this shard.
    pub(crate) fn prefilter(&self, first_halves: &[u64], mut found: impl FnMut(Candidate)) {
        self.table().prefilter(first_halves.iter().copied(), |candidates| {
            candidates.iter().copied().for_each(&mut found);
        });
    }

    /// Looks up the pseudonym of a candidate of [`prefilter`](Self::prefilter).
    pub(crate) fn confirm(&self, candidate: Candidate, pseudonym: Pseudonym) -> LookupResult {
        self.table().search_among(candidate.entries, pseudonym)
    }

    /// Whether the whole index was verified: by [`open`](Self::open) or [`verify`](Self::verify).
    /// Otherwise each part is verified when a lookup touches it.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.chunks.are_whole()
    }

    pub(crate) const fn normaliser(&self) -> Normaliser {
        self.normaliser
    }

    pub(crate) const fn pseudonymiser(&self) -> &Pseudonymiser {
        &self.pseudonymiser
    }

    /// The profiles of the leaks, without small counts: one for each build in the index.
    pub(crate) fn profiles(&self) -> &[LeakProfile] {
        &self.profiles
    }

    /// How common names are in the breach of an origin; `None` if there is no such origin.
    pub(crate) fn name_counts(&self, origin: u32) -> Option<&NameCounts> {
        self.names.get(self.breach_number(origin)? as usize)
    }

    /// How common names are in each breach, by its number. Several builds of a breach are added up.
    fn name_counts_by_breach(metadata: &Metadata, profiles: &[LeakProfile]) -> Vec<NameCounts> {
        let names_of = |breach: &Arc<Breach>| {
            let mut names = NameCounts::default();
            for (place, profile) in profiles.iter().enumerate() {
                let part = metadata.parts.get(place);
                if part.is_none_or(|part| part.breach == *breach.name()) {
                    names += profile.names();
                }
            }
            names
        };
        metadata.breaches.iter().map(names_of).collect()
    }

    /// The kinds whose absence proves nothing, because a column of the leak has a caveat.
    pub(crate) const fn doubtful(&self) -> KindSet {
        self.doubtful
    }

    /// Whether the index was normalised with this library's version of Unicode.
    pub(crate) const fn has_same_unicode(&self) -> bool {
        self.same_unicode
    }

    fn verified(storage: Storage, key: &Key) -> Result<Self, Error> {
        let index = Self::from_storage(storage, key)?;
        index.verify()?;
        Ok(index)
    }

    /// An excerpt of a shard, verified.
    pub(crate) fn of_excerpt(bytes: Vec<u8>, key: &Key) -> Result<Self, Error> {
        let index = Self::sealed_with(bytes.into(), key, &Seal::of_excerpts(key))?;
        index.verify()?;
        Ok(index)
    }

    pub(super) fn from_storage(storage: Storage, key: &Key) -> Result<Self, Error> {
        Self::sealed_with(storage, key, &Seal::new(key))
    }

    pub(super) fn sealed_with(storage: Storage, key: &Key, seal: &Seal) -> Result<Self, Error> {
        let layout = Layout::decode(&storage, storage.len() as u64)?;
        // Computed before the checks, to detect any later change.
        let head_digest = storage.file().map(|_| seal::digest_of_head(&storage, &layout));
        let metadata = Metadata::decode(&storage[layout.range(Section::Metadata)])?;
        // These checks come before the MAC. With another key, the MAC would not match, and that
        // would look like damage.
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
        seal.check_head(&storage, &layout)?;

        if !metadata.is_sound(layout.shape) {
            return Err(IndexFault::Damaged { part: "metadata" }.into());
        }

        let pseudonymiser = Pseudonymiser::new(key);
        if let Some(kind) = canary::drifted(&metadata.canaries, &pseudonymiser) {
            return Err(IndexFault::Drifted { kind }.into());
        }
        let held = HeldKinds::of(&metadata);
        if !canary::has_each(&metadata.canaries, held.kinds) {
            return Err(IndexFault::Damaged { part: "metadata" }.into());
        }

        let sealed = &storage[layout.range(Section::Profiles)];
        let profiles = ProfileCipher::new(key).open(sealed);
        let builds = metadata.parts.len().max(1);
        let profiles = profiles.filter(|profiles| profiles.len() == builds);
        let profiles = profiles.ok_or(IndexFault::Damaged { part: "profiles" })?;
        let mut index = Self {
            held,
            names: Self::name_counts_by_breach(&metadata, &profiles),
            profiles,
            doubtful: KindSet::EMPTY,
            chunks: Chunks::unverified(&layout),
            same_unicode: metadata.unicode == unicode_version(),
            normaliser: Normaliser::new(),
            pseudonymiser,
            postings: PostingCipher::new(key, layout.salt),
            has_found_entries_only: false,
            head_digest,
            storage,
            layout,
            metadata,
        };
        index.doubtful = index.doubtful_kinds();
        // These sections are small, and many answers need them.
        let small = index.layout.range(Section::Origins).start..index.layout.file_length();
        if !index.chunks.is_range_sound(small, &index.storage, &index.layout) {
            index.chunks.require_sound()?;
        }
        Ok(index)
    }

    #[inline]
    pub(super) fn table(&self) -> Table<'_> {
        Table::new(&self.storage, &self.layout, &self.chunks)
    }

    pub(super) const fn posting_cipher(&self) -> &PostingCipher {
        &self.postings
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Index")
            .field("entries", &self.len())
            .field("kinds", &self.held.kinds)
            .field("key_id", &self.key_id())
            .finish_non_exhaustive()
    }
}
