//! Indexes that are split by the leading bits of their pseudonyms into independent files, so that
//! each worker of a distributed engine maps its own.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    Index, IndexId,
    encode::{Encoder, Failure, Sink},
    format::{LARGEST_SHARD_BITS, Layout, Occurrence},
    metadata::Metadata,
    seal::Seal,
};
use crate::{
    error::{Error, IndexFault},
    pseudonym::Pseudonym,
};

/// Which part of an index a file holds that is one of its shards.
///
/// All shards of an index say the same of it, as which kinds it holds and what became of the leaked
/// rows; only the number differs. Whoever asks one shard alone gets no answer for what would be in
/// another ([`LookUp::OtherShard`](crate::LookUp::OtherShard)): a member of whom that is all is
/// *indeterminate*, and one of whom it is a part at best *partially checked*.
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
/// assert_eq!(shard.holds(pseudonym), index.len() == 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    number: u32,
    count: ShardCount,
    entries: u64,
    build: IndexId,
}

impl Shard {
    /// Which shard it is, from 0: the leading bits of its pseudonyms.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// How many shards there are.
    #[must_use]
    pub const fn count(&self) -> ShardCount {
        self.count
    }

    /// How many pseudonyms all shards hold together.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// The name of the whole index, which its shards share: a hash of its pseudonyms, of how many
    /// records each has, and of its metadata.
    #[must_use]
    pub const fn build(&self) -> IndexId {
        self.build
    }

    /// Whether a pseudonym belongs into this shard.
    #[must_use]
    pub const fn holds(&self, pseudonym: Pseudonym) -> bool {
        self.count.shard_of(pseudonym) == self.number
    }

    /// The pseudonym as the table of this shard holds it: without the bits that the shard's number
    /// tells.
    pub(super) const fn without_own_bits(&self, pseudonym: Pseudonym) -> Pseudonym {
        Pseudonym::from_number(pseudonym.number() << self.count.bits)
    }

    pub(super) const fn is_sound(&self, entries: u64) -> bool {
        self.number < self.count.get() && entries <= self.entries
    }
}

/// Into how many shards an index is split: a power of two, up to 256.
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

    /// How many.
    #[must_use]
    pub const fn get(self) -> u32 {
        1 << self.bits
    }

    /// The number of the shard that a pseudonym belongs into, from 0: its leading bits.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "at most eight bits are left")]
    pub const fn shard_of(self, pseudonym: Pseudonym) -> u32 {
        // In two steps, since a shift by all bits is none.
        (pseudonym.number() >> 1 >> (127 - self.bits)) as u32
    }

    pub(super) const fn bits(self) -> u32 {
        self.bits
    }
}

/// The number that was given is no power of two up to 256.
///
/// ```
/// use leakdex::{InvalidShardCount, ShardCount};
///
/// assert_eq!(ShardCount::try_from(12), Err(InvalidShardCount));
/// assert_eq!(ShardCount::try_from(1), Ok(ShardCount::ONE));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidShardCount;

impl TryFrom<u32> for ShardCount {
    type Error = InvalidShardCount;

    fn try_from(count: u32) -> Result<Self, Self::Error> {
        let bits = count.trailing_zeros();
        let fits = count.is_power_of_two() && bits <= LARGEST_SHARD_BITS;
        if fits { Ok(Self { bits }) } else { Err(InvalidShardCount) }
    }
}

impl From<ShardCount> for u32 {
    fn from(count: ShardCount) -> Self {
        count.get()
    }
}

impl FromStr for ShardCount {
    type Err = InvalidShardCount;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<u32>().map_err(|_| InvalidShardCount)?.try_into()
    }
}

impl fmt::Display for ShardCount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(formatter)
    }
}

impl fmt::Display for InvalidShardCount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "expected a power of two, from 1 to {}", 1 << LARGEST_SHARD_BITS)
    }
}

impl std::error::Error for InvalidShardCount {}

/// How many pseudonyms go into each shard, and which they are: known before any is written.
pub(super) struct ShardSizes {
    count: ShardCount,
    entries: Vec<u64>,
    pseudonyms: Sha256,
}

impl ShardSizes {
    pub fn new(count: ShardCount) -> Self {
        Self { count, entries: vec![0; count.get() as usize], pseudonyms: Sha256::new() }
    }

    /// Counts the next pseudonym, in ascending order, which so many records have.
    pub fn note(&mut self, pseudonym: Pseudonym, records: usize) {
        self.entries[self.count.shard_of(pseudonym) as usize] += 1;
        // A whole index is named by its MAC.
        if self.count != ShardCount::ONE {
            self.pseudonyms.update(pseudonym.number().to_le_bytes());
            self.pseudonyms.update((records as u64).to_le_bytes());
        }
    }

    /// All pseudonyms.
    pub fn total(&self) -> u64 {
        self.entries.iter().sum()
    }

    /// What each shard of an index with these metadata says of itself; nothing if there is only one.
    fn shards(&self, metadata: &Metadata) -> Vec<Option<Shard>> {
        if self.count == ShardCount::ONE {
            return vec![None];
        }
        let digest = self.pseudonyms.clone().chain_update(metadata.encode()).finalize();
        let (&build, _) = digest.split_first_chunk().expect("a digest is longer than an id");
        let (count, entries, build) = (self.count, self.total(), IndexId(build));
        (0..count.get()).map(|number| Some(Shard { number, count, entries, build })).collect()
    }
}

/// Writes the shards of an index, one after the other, or the one file of a whole index.
pub(super) struct ShardWriter<'a, S, F> {
    shards: Vec<Option<Shard>>,
    sizes: &'a ShardSizes,
    metadata: Metadata,
    exposures: Vec<&'a [Occurrence]>,
    seal: &'a Seal,
    begin: F,
    /// The shard that is being written.
    encoder: Encoder<'a, S>,
    written: Vec<(Layout, Metadata)>,
}

impl<'a, S: Sink, F: FnMut(u32) -> Result<S, Failure>> ShardWriter<'a, S, F> {
    /// Begins the first one. All have these metadata and exposures; `begin` gives a place for each.
    pub fn new(
        sizes: &'a ShardSizes,
        metadata: Metadata,
        exposures: Vec<&'a [Occurrence]>,
        seal: &'a Seal,
        mut begin: F,
    ) -> Result<Self, Failure> {
        let shards = sizes.shards(&metadata);
        let first = Metadata { shard: shards[0], ..metadata.clone() };
        let encoder = Encoder::new(first, sizes.entries[0], exposures.clone(), begin(0)?)?;
        Ok(Self { shards, sizes, metadata, exposures, seal, begin, encoder, written: Vec::new() })
    }

    /// Writes the next pseudonym, in ascending order, with the number of its exposure.
    pub fn push(&mut self, pseudonym: Pseudonym, exposure: usize) -> Result<(), Failure> {
        while (self.written.len() as u64) < u64::from(self.sizes.count.shard_of(pseudonym)) {
            self.next_shard()?;
        }
        let stored = match &self.shards[self.written.len()] {
            Some(shard) => shard.without_own_bits(pseudonym),
            None => pseudonym,
        };
        self.encoder.push(stored, exposure)
    }

    /// Writes what is left; gives what each file is and says.
    pub fn finish(mut self) -> Result<Vec<(Layout, Metadata)>, Failure> {
        while self.written.len() + 1 < self.shards.len() {
            self.next_shard()?;
        }
        self.written.push(self.encoder.finish(self.seal)?);
        Ok(self.written)
    }

    fn next_shard(&mut self) -> Result<(), Failure> {
        let number = self.written.len() + 1;
        let metadata = Metadata { shard: self.shards[number], ..self.metadata.clone() };
        let sink = (self.begin)(u32::try_from(number).expect("shards are few"))?;
        let entries = self.sizes.entries[number];
        let next = Encoder::new(metadata, entries, self.exposures.clone(), sink)?;
        let whole = std::mem::replace(&mut self.encoder, next);
        self.written.push(whole.finish(self.seal)?);
        Ok(())
    }
}

/// The name of the file that holds this shard.
pub(super) fn file_name(number: u32, count: ShardCount) -> String {
    format!("shard-{number:03}-of-{count:03}.leakdex", count = count.get())
}

/// The files in a folder of shards, in the order of their names.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |error| Error::io("read the folder of shards", folder, error);
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "leakdex") {
            files.push(path);
        }
    }
    files.sort_unstable();
    if files.is_empty() {
        return Err(Error::from(IndexFault::NoShards).in_file(folder));
    }
    Ok(files)
}

/// Whether of each index that is there in shards every shard is there, once.
///
/// # Errors
///
/// The fault, if not. What is missing would call members *not affected* who are in it.
pub(crate) fn refuse_incomplete(indexes: &[Index]) -> Result<(), IndexFault> {
    let mut builds: Vec<Build<'_>> = Vec::new();
    for index in indexes {
        let Some(shard) = index.metadata.shard else { continue };
        match builds.iter_mut().find(|build| build.first.is_of_the_build_of(index)) {
            Some(build) => build.add(index, shard)?,
            None => builds.push(Build::new(index, shard)?),
        }
    }
    builds.into_iter().try_for_each(Build::refuse_incomplete)
}

/// The shards of one index that were met.
struct Build<'a> {
    first: &'a Index,
    is_there: Vec<bool>,
    entries: u64,
}

impl<'a> Build<'a> {
    fn new(first: &'a Index, shard: Shard) -> Result<Self, IndexFault> {
        let is_there = vec![false; shard.count.get() as usize];
        let mut build = Self { first, is_there, entries: 0 };
        build.add(first, shard)?;
        Ok(build)
    }

    fn add(&mut self, index: &Index, shard: Shard) -> Result<(), IndexFault> {
        let is_there = &mut self.is_there[shard.number as usize];
        if std::mem::replace(is_there, true) {
            return Err(IndexFault::RepeatedShard { number: shard.number });
        }
        self.entries = self.entries.saturating_add(index.len());
        Ok(())
    }

    fn refuse_incomplete(self) -> Result<(), IndexFault> {
        let Some(shard) = self.first.metadata.shard else { return Ok(()) };
        let missing = self.is_there.iter().position(|is_there| !is_there);
        if let Some(number) = missing.and_then(|number| u32::try_from(number).ok()) {
            let (count, build) = (shard.count.get(), shard.build);
            return Err(IndexFault::MissingShard { number, count, build });
        }
        let fits = self.entries == shard.entries;
        if fits { Ok(()) } else { Err(IndexFault::Damaged { part: "shards" }) }
    }
}

impl Index {
    /// Which shard of an index this is; `None` if it is a whole one.
    ///
    /// ```
    /// use leakdex::{Breach, IndexBuilder, Key};
    ///
    /// let key = Key::generate()?;
    /// let index = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?).build()?;
    /// assert!(index.shard().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn shard(&self) -> Option<&Shard> {
        self.metadata.shard.as_ref()
    }

    /// Whether both are shards of the same index: they say the same but for their numbers.
    pub(crate) fn is_of_the_build_of(&self, other: &Self) -> bool {
        let (Some(own), Some(others)) = (self.metadata.shard, other.metadata.shard) else {
            return false;
        };
        let same_number = Shard { number: others.number, ..own };
        same_number == others
            && self.metadata.key_id == other.metadata.key_id
            && self.metadata.is_the_same_but_for_the_shard(&other.metadata)
    }
}
