//! A simulated disk that loses power: every state in which a failure can leave files and folders that are not synced.
//!
//! A [recording](record) stores the state of a folder's files before each file system operation of this crate. It also
//! stores which files and folders were synced. The states after a power failure (`Moment::images`) follow from that:
//!
//! - A sector of 512 bytes has its content at the last sync, or any content since.
//! - A file has its length at the last sync, any length since, or a length in between that is at a sector's end.
//!   Sectors that were not written are zeros.
//! - Each change of a name in a folder is lost or kept independently. A renaming is two such changes, so a renamed file
//!   can have both names or none.
//!
//! This is worse than any journaling file system, with one exception: unwritten sectors never show old blocks of other
//! files.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashSet},
    ffi::OsString,
    fs::{self, DirBuilder, File, OpenOptions},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

const SECTOR: usize = 512;

/// The number of a file or a folder in its file system.
type Number = u64;

/// A moment of a recording: the synced data, and the data that are not synced yet.
#[derive(Clone, Debug)]
pub struct Moment {
    root: Number,
    folders: BTreeMap<Number, Names>,
    /// For each file, its contents since its last sync, from the synced one to the newest.
    files: BTreeMap<Number, Vec<Arc<[u8]>>>,
    /// How often the work was [reported](mark_durable) as done so far.
    durable: usize,
}

/// The names in a folder.
#[derive(Clone, Debug, Default)]
struct Names {
    synced: BTreeMap<OsString, Number>,
    /// The names that were added or removed since the last sync.
    changes: Vec<(OsString, Option<Number>)>,
}

struct Recording {
    folder: PathBuf,
    now: Moment,
    moments: Vec<Moment>,
    /// Keeps files and folders open, since the number of an open one is not reused.
    open: Vec<File>,
}

thread_local! {
    static RECORDING: RefCell<Option<Recording>> = const { RefCell::new(None) };
}

/// Runs `work` and returns its result, with every moment at which the power could fail. The initial content of the
/// folder counts as synced.
///
/// # Panics
///
/// If the folder cannot be read.
pub fn record<T>(folder: &Path, work: impl FnOnce() -> T) -> (T, Vec<Moment>) {
    let root = fs::metadata(folder).expect("the folder is there").ino();
    let (folders, files) = (BTreeMap::from([(root, Names::default())]), BTreeMap::new());
    let now = Moment { root, folders, files, durable: 0 };
    let mut new =
        Recording { folder: folder.to_owned(), now, moments: Vec::new(), open: Vec::new() };
    new.observe();
    new.now.sync_all();
    new.moments = vec![new.now.clone()];
    RECORDING.set(Some(new));
    let outcome = work();
    observe();
    let moments = RECORDING.take().map(|recording| recording.moments);
    (outcome, moments.expect("nobody else ends it"))
}

/// Records that the work so far was reported as done: from now on, no power failure may undo it.
pub fn mark_durable() {
    with(|recording| {
        recording.observe();
        recording.now.durable += 1;
        recording.moments.push(recording.now.clone());
    });
}

/// Whether this thread runs within [`record`].
pub(crate) fn is_recorded() -> bool {
    RECORDING.with_borrow(Option::is_some)
}

/// Called before a file system operation.
pub(crate) fn observe() {
    with(|recording| {
        if recording.observe() {
            recording.moments.push(recording.now.clone());
        }
    });
}

/// Called after a file or a folder was synced.
pub(crate) fn synced(file: &File) {
    with(|recording| {
        recording.observe();
        let number = file.metadata().expect("it is open").ino();
        recording.now.sync(number);
    });
}

/// Called after a sync of everything.
pub(crate) fn all_synced() {
    with(|recording| {
        recording.observe();
        recording.now.sync_all();
    });
}

fn with(change: impl FnOnce(&mut Recording)) {
    RECORDING.with_borrow_mut(|recording| recording.as_mut().map_or((), change));
}

impl Recording {
    /// Records the changes in the folder, and returns whether there are any.
    fn observe(&mut self) -> bool {
        let mut found = false;
        let mut folders = vec![(self.now.root, self.folder.clone())];
        while let Some((number, folder)) = folders.pop() {
            let mut present = BTreeMap::new();
            for entry in fs::read_dir(&folder).expect("it is a folder of this test") {
                let entry = entry.expect("it can be read");
                let inode = entry.metadata().expect("nobody else removes it").ino();
                present.insert(entry.file_name(), inode);
                if entry.file_type().expect("it is there").is_dir() {
                    folders.push((inode, entry.path()));
                    if !self.now.folders.contains_key(&inode) {
                        self.keep_open(&entry.path());
                        self.now.folders.insert(inode, Names::default());
                    }
                } else {
                    found |= self.observe_file(inode, &entry.path());
                }
            }
            let names = self.now.folders.get_mut(&number).expect("it was found before");
            found |= names.change_to(&present);
        }
        found
    }

    fn observe_file(&mut self, number: Number, path: &Path) -> bool {
        let content: Arc<[u8]> = fs::read(path).expect("it is a file of this test").into();
        if let Some(contents) = self.now.files.get_mut(&number) {
            let is_changed = contents.last() != Some(&content);
            if is_changed {
                contents.push(content);
            }
            return is_changed;
        }
        self.keep_open(path);
        self.now.files.insert(number, vec![Arc::default(), content]);
        true
    }

    fn keep_open(&mut self, path: &Path) {
        self.open.push(File::open(path).expect("it is there"));
    }
}

impl Names {
    fn newest(&self) -> BTreeMap<OsString, Number> {
        let mut names = self.synced.clone();
        self.changes.iter().for_each(|change| apply(change, &mut names));
        names
    }

    fn change_to(&mut self, present: &BTreeMap<OsString, Number>) -> bool {
        let (newest, before) = (self.newest(), self.changes.len());
        let all: BTreeSet<&OsString> = newest.keys().chain(present.keys()).collect();
        for name in all {
            if newest.get(name) != present.get(name) {
                self.changes.push((name.clone(), present.get(name).copied()));
            }
        }
        self.changes.len() > before
    }
}

fn apply((name, number): &(OsString, Option<Number>), names: &mut BTreeMap<OsString, Number>) {
    match number {
        Some(number) => names.insert(name.clone(), *number),
        None => names.remove(name),
    };
}

/// How many moments and states after a power failure were examined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExploredStates {
    /// Moments at which the power could fail.
    pub moments: usize,
    /// Distinct states after a failure.
    pub images: usize,
}

/// Examines the states after a power failure at each of these moments: all of them, or a sample of `most` if a moment
/// has more. `look` gets a folder in that state, and how often the work was [reported](mark_durable) as done so far.
///
/// # Panics
///
/// If the folder cannot be written.
pub fn explore_all(
    moments: &[Moment],
    most: usize,
    mut look: impl FnMut(&Path, usize),
) -> ExploredStates {
    let mut explored = ExploredStates { moments: moments.len(), images: 0 };
    let mut known = HashSet::new();
    for (number, moment) in moments.iter().enumerate() {
        for image in moment.images(most, number as u64) {
            let mut hasher = DefaultHasher::new();
            (moment.durable, &image).hash(&mut hasher);
            if known.insert(hasher.finish()) {
                let folder = tempfile::tempdir().expect("a temporary folder");
                image.write_to(folder.path()).expect("there is room");
                explored.images += 1;
                look(folder.path(), moment.durable);
            }
        }
    }
    explored
}

/// Files and folders after a power failure. A folder has no content.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Image(BTreeMap<PathBuf, Option<Vec<u8>>>);

impl Image {
    fn write_to(&self, folder: &Path) -> io::Result<()> {
        for (path, content) in &self.0 {
            let path = folder.join(path);
            match content {
                None => DirBuilder::new().mode(0o700).create(path)?,
                Some(content) => OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(path)?
                    .write_all(content)?,
            }
        }
        Ok(())
    }
}

impl Moment {
    fn sync(&mut self, number: Number) {
        if let Some(contents) = self.files.get_mut(&number) {
            contents.drain(..contents.len() - 1);
        }
        if let Some(names) = self.folders.get_mut(&number) {
            names.synced = names.newest();
            names.changes.clear();
        }
    }

    fn sync_all(&mut self) {
        let numbers: Vec<Number> = self.files.keys().chain(self.folders.keys()).copied().collect();
        numbers.into_iter().for_each(|number| self.sync(number));
    }

    /// All images, or a sample if there are more than `most`.
    fn images(&self, most: usize, seed: u64) -> Vec<Image> {
        let names = |names: &Names| {
            let changed = names.changes.iter().filter_map(|(_, number)| *number);
            names.synced.values().copied().chain(changed).collect::<Vec<Number>>()
        };
        let reachable: BTreeSet<Number> = self.folders.values().flat_map(names).collect();
        let files = self.files.iter().filter(|(number, _)| reachable.contains(number));
        let files = files.map(|(&number, contents)| (number, Contents::of(contents))).collect();

        // The number of ways for each choice.
        let mut ways = Vec::new();
        self.image(&files, &mut |count| {
            ways.push(count);
            0
        });
        let all = ways.iter().try_fold(1_usize, |all, &count| all.checked_mul(count));
        if let Some(all) = all.filter(|&all| all <= most) {
            let nth = |mut rest: usize| {
                self.image(&files, &mut |count| {
                    let way = rest % count;
                    rest /= count;
                    way
                })
            };
            return (0..all).map(nth).collect();
        }
        let mut random = Random(seed);
        let sample = |number| match number {
            0 => self.image(&files, &mut |_| 0),
            1 => self.image(&files, &mut |count| count - 1),
            // Some images keep nearly everything, and some nearly nothing.
            _ => {
                let share = [1, 4, 7][number % 3];
                self.image(&files, &mut |count| match random.below(8) {
                    drawn if drawn >= share => 0,
                    0 => random.below(count),
                    _ => count - 1,
                })
            }
        };
        (0..most).map(sample).collect()
    }

    /// One image. `choose` gets a number of ways and returns one of them: 0 is the synced one, the last is the newest.
    fn image(
        &self,
        files: &BTreeMap<Number, Contents>,
        choose: &mut dyn FnMut(usize) -> usize,
    ) -> Image {
        let mut folders = BTreeMap::new();
        for (&number, folder) in &self.folders {
            let mut names = folder.synced.clone();
            for change in &folder.changes {
                if choose(2) == 1 {
                    apply(change, &mut names);
                }
            }
            folders.insert(number, names);
        }
        let contents = files.iter().map(|(&number, possible)| (number, possible.one(choose)));
        let contents: BTreeMap<Number, Vec<u8>> = contents.collect();
        let (mut image, mut left) = (BTreeMap::new(), vec![(PathBuf::new(), self.root)]);
        while let Some((path, folder)) = left.pop() {
            for (name, number) in &folders[&folder] {
                let path = path.join(name);
                let content = contents.get(number).cloned();
                if content.is_none() {
                    left.push((path.clone(), *number));
                }
                image.insert(path, content);
            }
        }
        Image(image)
    }
}

/// The contents that a file can have.
struct Contents {
    lengths: Vec<usize>,
    sectors: Vec<Vec<[u8; SECTOR]>>,
}

impl Contents {
    /// For a file that had these contents since its last sync.
    fn of(contents: &[Arc<[u8]>]) -> Self {
        let lengths = || contents.iter().map(|content| content.len());
        let (synced, longest) = (contents[0].len(), lengths().max().unwrap_or(0));
        let ends = (1..=longest / SECTOR).map(|end| end * SECTOR).filter(|&end| end > synced);
        let sectors = (0..longest).step_by(SECTOR).map(|start| {
            distinct(contents.iter().map(|content| {
                let rest = content.get(start..).unwrap_or_default();
                let mut sector = [0; SECTOR];
                sector.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                sector
            }))
        });
        let lengths = distinct([synced].into_iter().chain(ends).chain(lengths()));
        Self { lengths, sectors: sectors.collect() }
    }

    fn one(&self, choose: &mut dyn FnMut(usize) -> usize) -> Vec<u8> {
        let length = self.lengths[choose(self.lengths.len())];
        let mut content = Vec::with_capacity(self.sectors.len() * SECTOR);
        for sectors in &self.sectors {
            content.extend_from_slice(&sectors[choose(sectors.len())]);
        }
        content.truncate(length);
        content
    }
}

/// Without duplicates, in the order of the last occurrences.
fn distinct<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut distinct = Vec::new();
    for value in all {
        distinct.retain(|other| *other != value);
        distinct.push(value);
    }
    distinct
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
