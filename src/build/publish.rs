//! Gives a finished index its name atomically, after it was synced to the disk and read back.

use std::{
    fs::File,
    io::{self, Read, Seek as _, SeekFrom, Write},
    path::Path,
    thread,
    time::Duration,
};

use leakdex_staging::{Staged, StagedFolder};

use super::encode::{Failure, Sink};
use crate::{
    error::Error,
    id::IndexId,
    index::{Index, Layout, Metadata, Seal, ShardCount, check_file},
    key::Key,
    trace::{span, within},
};

/// A verified index on the disk, beside its target, that does not have its final name yet. Dropping
/// it removes the file.
///
/// While it exists, no other writer can begin to write the same target. If the process dies, it
/// leaves a file `.NAME.leakdex-part`, which the next writer removes.
///
/// ```
/// use leakdex::{Breach, Index, IndexBuilder, Key, Record};
/// # let folder = tempfile::tempdir()?;
/// # let target = folder.path().join("bitmarck.leakdex");
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780"))?;
/// let publication = builder.prepare(&target)?;
/// assert!(!target.exists() && !publication.is_empty());
/// assert_eq!((publication.len(), publication.metadata().rows.read), (1, 1));
///
/// // Note down what is about to be published, and then:
/// let (id, byte_length) = (publication.id(), publication.byte_length());
/// publication.publish()?;
/// assert_eq!(Index::open(&target, &key)?.id(), id);
/// assert_eq!(std::fs::metadata(&target)?.len(), byte_length);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the index has no name before it is published"]
pub struct Publication {
    staged: StagedIndex,
    id: IndexId,
    metadata: Metadata,
    entries: u64,
    byte_length: u64,
}

/// The file or folder that holds the index until it has its name.
#[derive(Debug)]
enum StagedIndex {
    File(Staged),
    Folder(StagedFolder),
}

impl Index {
    /// Publishes the index as a file. The file is written beside the target, synced to the disk and
    /// read back. Only then does it get the target's name. A reader that opens the target sees
    /// either the whole old index or the whole new one. Only its owner can read the file (mode 0600
    /// on Unix).
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be written, or if the target is a folder, a pipe or a
    /// device. The target is then unchanged, unless only the sync of the folder after the rename
    /// failed.
    pub fn publish(&self, target: impl AsRef<Path>) -> Result<(), Error> {
        self.prepare(target)?.publish()
    }

    /// Does everything that [`publish`](Self::publish) does, except the final rename. These are the
    /// steps that are likely to fail.
    ///
    /// # Errors
    ///
    /// Those of [`publish`](Self::publish).
    pub fn prepare(&self, target: impl AsRef<Path>) -> Result<Publication, Error> {
        Publication::of_index(self, target.as_ref())
    }
}

impl Publication {
    /// Writes an index from memory to a file beside `target`, syncs it to the disk and reads it
    /// back.
    fn of_index(index: &Index, target: &Path) -> Result<Self, Error> {
        within(span!("write", path = target.display()), || {
            let failed = |action| move |source| Error::io(action, target, source);
            let bytes = index.as_bytes();
            let mut staged = Staged::create(target).map_err(failed("create the index"))?;
            staged.write_all(bytes).map_err(failed("write the index"))?;
            staged.sync().map_err(failed("sync the index to the disk"))?;
            let is_same = staged.reopen().and_then(|file| has_exact_content(file, bytes));
            if !is_same.map_err(failed("read the index back"))? {
                return Err(failed("read the index back")(changed()));
            }
            Ok(Self {
                staged: StagedIndex::File(staged),
                id: index.id(),
                metadata: index.metadata().clone(),
                entries: index.len(),
                byte_length: bytes.len() as u64,
            })
        })
    }

    /// Lets `write` write an index to a file beside `target`, then syncs it to the disk and reads
    /// it back.
    pub(super) fn of_file(
        target: &Path,
        key: &Key,
        write: impl FnOnce(&mut Staged) -> Result<(Layout, Metadata), Failure>,
    ) -> Result<Self, Error> {
        Self::of_staged(target, || Staged::create(target), key, write)
    }

    /// The same for one shard, when each shard has its own writer. Waits for up to ten minutes
    /// while another writer is writing this shard.
    pub(super) fn of_shard(
        target: &Path,
        key: &Key,
        write: impl FnOnce(&mut Staged) -> Result<(Layout, Metadata), Failure>,
    ) -> Result<Self, Error> {
        /// Ten minutes.
        const ATTEMPTS: u32 = 6000;
        let stage = || {
            for _ in 1..ATTEMPTS {
                match Staged::create(target) {
                    Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                        thread::sleep(Duration::from_millis(100));
                    }
                    staged => return staged,
                }
            }
            Staged::create(target)
        };
        Self::of_staged(target, stage, key, write)
    }

    fn of_staged(
        target: &Path,
        stage: impl FnOnce() -> io::Result<Staged>,
        key: &Key,
        write: impl FnOnce(&mut Staged) -> Result<(Layout, Metadata), Failure>,
    ) -> Result<Self, Error> {
        within(span!("write", path = target.display()), || {
            let failed = |action| move |source| Error::io(action, target, source);
            let mut staged = stage().map_err(failed("create the index"))?;
            let (layout, metadata) = write(&mut staged).map_err(|failure| failure.of(target))?;
            staged.sync().map_err(failed("sync the index to the disk"))?;
            let head = read_back(staged.reopen(), key, &layout, &metadata, target)?;
            Ok(Self {
                staged: StagedIndex::File(staged),
                id: metadata.shard.map_or_else(|| layout.id(&head), |shard| shard.build()),
                metadata,
                entries: layout.shape.entries,
                byte_length: layout.file_length() as u64,
            })
        })
    }

    /// Lets `write` write the shards of an index to a folder beside `target`, then syncs them to
    /// the disk and reads them back. `write` creates a file for each shard.
    pub(super) fn of_shards(
        target: &Path,
        key: &Key,
        count: ShardCount,
        write: impl FnOnce(
            &mut dyn FnMut(u32) -> Result<File, Failure>,
        ) -> Result<Vec<(Layout, Metadata)>, Failure>,
    ) -> Result<Self, Error> {
        within(span!("write", path = target.display()), || {
            let failed = |action| move |source| Error::io(action, target, source);
            let staged =
                StagedFolder::create(target).map_err(failed("create the folder of shards"))?;
            let mut begin = |number| Ok(staged.create_file(count.file_name(number))?);
            let written = write(&mut begin).map_err(|failure| failure.of(target))?;
            staged.sync().map_err(failed("sync the shards to the disk"))?;

            let (mut entries, mut byte_length, mut id) = (0, 0, None);
            for (number, (layout, metadata)) in (0..).zip(&written) {
                let file = staged.open_file(count.file_name(number));
                let head = read_back(file, key, layout, metadata, target)?;
                id = id.or(metadata.shard.map(|shard| shard.build())).or(Some(layout.id(&head)));
                entries += layout.shape.entries;
                byte_length += layout.file_length() as u64;
            }
            let Some(((_, metadata), id)) = written.into_iter().next().zip(id) else {
                unreachable!("an index has at least one shard");
            };
            Ok(Self { staged: StagedIndex::Folder(staged), id, metadata, entries, byte_length })
        })
    }

    /// The id of the index. For an index that is split into shards, the id that they share
    /// ([`Shard::build`](crate::Shard::build)).
    #[must_use]
    pub const fn id(&self) -> IndexId {
        self.id
    }

    /// The metadata of the index, or of its first shard.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// How many pseudonyms the index has.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.entries
    }

    /// Whether the index has no pseudonyms.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// The length of the file in bytes, or of all shards together.
    #[must_use]
    pub const fn byte_length(&self) -> u64 {
        self.byte_length
    }

    /// Gives the index its name and replaces an earlier file. A reader that opens the target sees
    /// either the whole old index or the whole new one.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]. The target is then unchanged, unless only the sync of the folder after the
    /// rename failed.
    pub fn publish(self) -> Result<(), Error> {
        let target = match &self.staged {
            StagedIndex::File(staged) => staged.target().to_owned(),
            StagedIndex::Folder(staged) => staged.target().to_owned(),
        };
        within(span!("publish", path = target.display()), || {
            let published = match self.staged {
                StagedIndex::File(staged) => staged.publish(),
                StagedIndex::Folder(staged) => staged.publish(),
            };
            published.map_err(|source| Error::io("rename the index into place", &target, source))
        })
    }
}

/// A shard is written to a file.
impl Sink for File {
    fn write_at(&mut self, place: usize, bytes: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::Start(place as u64))?;
        self.write_all(bytes)
    }
}

/// Reads a file of this layout back. Returns its head if the file contains the bytes that were
/// written and passes a reader's checks.
fn read_back(
    file: io::Result<File>,
    key: &Key,
    layout: &Layout,
    metadata: &Metadata,
    target: &Path,
) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::io("read the index back", target, source);
    let file = file.map_err(failed)?;
    let head = check_file(&file, &Seal::new(key), layout);
    let head = head.and_then(|head| head.ok_or_else(changed)).map_err(failed)?;
    // An index that cannot be opened must not replace one that can. Later checks compare chunks with
    // their digests, but do not check the order of the table.
    let is_sound = Index::is_as_written(file, target, key, metadata)?;
    if is_sound { Ok(head) } else { Err(failed(changed())) }
}

/// Verifies that the file of a shard has this metadata, this many entries and slots, and the bytes
/// that its writer wrote.
pub(super) fn read_back_shard(
    path: &Path,
    key: &Key,
    metadata: &Metadata,
    [entries, slots]: [u64; 2],
) -> Result<(), Error> {
    let layout = Layout::of_file(path)?;
    if [layout.shape.entries, layout.shape.slots] != [entries, slots] {
        return Err(Error::io("read the index back", path, changed()));
    }
    read_back(File::open(path), key, &layout, metadata, path).map(drop)
}

fn changed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it differs from what was written")
}

/// Whether a file consists of exactly these bytes.
fn has_exact_content(mut file: File, bytes: &[u8]) -> io::Result<bool> {
    let mut buffer = vec![0; 1 << 20];
    for expected in bytes.chunks(buffer.len()) {
        let part = &mut buffer[..expected.len()];
        file.read_exact(part)?;
        if part != expected {
            return Ok(false);
        }
    }
    Ok(file.read(&mut buffer)? == 0)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use leakdex_staging::faults::{Fault, with_fault};

    use super::{Publication, has_exact_content};
    use crate::{Breach, Error, Index, IndexBuilder, Key, Record};

    fn index(names: &str) -> Index {
        let key = Key::from_bytes(&[3; 32]).expect("a key");
        let breach = Breach::named("leak").expect("well formed");
        let mut builder = IndexBuilder::new(&key, breach);
        for number in 0..1000 {
            let record = Record::new().username(&format!("{names}{number}"));
            let _ = builder.add(&record).expect("added");
        }
        builder.build().expect("built")
    }

    #[test]
    fn a_failed_step_leaves_the_old_or_the_new_index_complete() {
        let (old, new) = (index("old"), index("new"));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let target = folder.path().join("a.leakdex");
        for fault in [Fault::Once, Fault::ForEver] {
            let mut failures = 0;
            for step in 0.. {
                old.publish(&target).expect("nothing fails, and leftovers do no harm");
                let (outcome, has_struck) = with_fault(step, fault, || new.publish(&target));
                let content = fs::read(&target).expect("it is there");
                if !has_struck {
                    outcome.expect("nothing failed");
                    assert!(content == new.as_bytes());
                    break;
                }
                failures += 1;
                assert!(content == old.as_bytes() || content == new.as_bytes());
                let error = outcome.expect_err("a step failed");
                assert!(matches!(&error, Error::Io { path, .. } if *path == target), "{error}");
                assert!(error.to_string().contains("no room"), "{error}");
                let left = fs::read_dir(folder.path()).expect("it is there").count();
                assert!(left == 1 || fault == Fault::ForEver, "at {step}");
            }
            assert!(failures >= 10, "create, writes, sync, read, rename and folder: {failures}");
        }
    }

    #[test]
    fn a_writer_of_a_shard_waits_for_another_writer_only() {
        let key = Key::from_bytes(&[3; 32]).expect("a key");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let target = folder.path().join("shard.leakdex");
        let (outcome, has_struck) = with_fault(0, Fault::Once, || {
            Publication::of_shard(&target, &key, |_| unreachable!("there is no file to write to"))
        });
        assert!(has_struck && outcome.is_err());
    }

    #[test]
    fn a_file_that_differs_from_what_was_written_is_noticed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.leakdex");
        // The file is read in parts of 1 MiB.
        let written = vec![7; (1 << 20) + 9];
        let is_same = |found: &[u8]| {
            fs::write(&path, found).expect("there is room");
            let file = File::open(&path).expect("it is there");
            has_exact_content(file, &written).unwrap_or(false)
        };
        assert!(is_same(&written));
        assert!(!is_same(&[&written[..], &[7]].concat()) && !is_same(&written[1..]));
        for place in [0, 1 << 20, written.len() - 1] {
            let mut changed = written.clone();
            changed[place] ^= 1;
            assert!(!is_same(&changed), "byte {place}");
        }
    }
}
