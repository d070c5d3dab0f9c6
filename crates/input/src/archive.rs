//! Archives with files in them: ZIP, and tar, plain or compressed.
//!
//! Each file in an archive is an input of its own. Its name is the path of the archive, a slash, and its name
//! in the archive. Nothing is extracted to disk: each file is read in place.

mod checked;
mod listed;
mod name;
mod recent;
mod tar;
mod zip;

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Cursor, ErrorKind, Read, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    error::{InputError, InputProblem},
    stable_file::FileState,
    unpack::unpacked,
};

pub(crate) use listed::refuse_replaced;
pub(crate) use tar::{BLOCK, is_header};

/// The maximum number of files in an archive.
const MAX_FILES: usize = 100_000;

/// The maximum total size of the names in an archive, in bytes.
const MAX_NAMES: usize = 16 << 20;

/// An archive, with its files in the order of the archive.
pub struct Archive {
    path: PathBuf,
    listing: Arc<Listing>,
    /// Whether no other version of the archive was listed before.
    is_unchanged: bool,
}

impl Archive {
    /// Lists the files in an archive. Returns `None` if the file is not an archive. A workbook is a ZIP file,
    /// but does not count as an archive.
    ///
    /// Until the archive is listed again, a file in it opens only if the archive is still this version.
    /// Otherwise rows of two versions would be mixed, and rows that moved between files of the archive would
    /// be missing.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or if the archive is damaged.
    pub fn open(path: &Path) -> Result<Option<Self>, InputError> {
        let open = || {
            // The state is taken first, so a replacement during the listing counts as another version.
            let state = FileState::of(&fs::metadata(path).map_err(InputProblem::Open)?);
            let Some(listing) = list(path)? else { return Ok(None) };
            let is_unchanged = listed::note(path, state)?;
            Ok(Some(Self { path: path.to_owned(), listing, is_unchanged }))
        };
        open().map_err(|problem| error_of(path, problem))
    }

    /// Refuses the archive if this process has listed another version of it before. Other inputs may come
    /// from that version.
    ///
    /// # Errors
    ///
    /// If it was replaced or changed.
    pub fn refuse_other_version(&self) -> Result<(), InputError> {
        let refuse = || Err(error_of(&self.path, InputProblem::Changed));
        if self.is_unchanged { Ok(()) } else { refuse() }
    }

    /// The files, as paths of inputs.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.listing.members.iter().map(|member| self.path.join(&member.name))
    }

    /// Names of entries that are not inputs: links, and files that operating systems leave behind.
    #[must_use]
    pub fn passed_over(&self) -> &[String] {
        &self.listing.passed_over
    }

    /// Refuses a file that cannot be read, such as an encrypted one, before any other file is read.
    ///
    /// # Errors
    ///
    /// If the file is in the archive and cannot be read.
    pub fn refuse_unreadable(&self, input: &Path) -> Result<(), InputError> {
        let name = located(input).ok().and_then(|(_, name)| name).unwrap_or_default();
        match self.listing.find(&name).map(|member| &member.place) {
            Ok(&Place::Refused((kind, remedy))) => {
                Err(error_of(input, InputProblem::Refused(kind, remedy)))
            }
            _ => Ok(()),
        }
    }
}

/// The file on disk that contains an input. For a file in an archive, it is the archive.
#[must_use]
pub fn file_of(input: &Path) -> &Path {
    located(input).map_or(input, |(file, _)| file)
}

/// Opens an input without decompressing it, and returns its size in bytes. A file in an archive is extracted.
///
/// # Errors
///
/// If it cannot be read.
pub fn open_raw(input: &Path) -> Result<(Box<dyn Read + Send>, u64), InputError> {
    let open = || {
        let (path, member) = located(input)?;
        let opened = if let Some(name) = member {
            let listing = list(path)?.ok_or(InputProblem::Missing)?;
            let member = listing.find(&name)?;
            (member.open(path)?, member.size)
        } else {
            let file = File::open(path).map_err(InputProblem::Open)?;
            let length = file.metadata().map_err(InputProblem::Open)?.len();
            (Box::new(file) as Box<dyn Read + Send>, length)
        };
        refuse_replaced(input)?;
        Ok(opened)
    };
    open().map_err(|problem| error_of(input, problem))
}

fn error_of(path: &Path, problem: InputProblem) -> InputError {
    InputError { file: path.display().to_string(), problem }
}

/// The file on disk, and the name of the input in it if that file is an archive.
pub(crate) fn located(input: &Path) -> Result<(&Path, Option<String>), InputProblem> {
    match fs::metadata(input) {
        Ok(_) => return Ok((input, None)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
        Err(error) => return Err(InputProblem::Open(error)),
    }
    let mut above = input.ancestors().skip(1);
    let archive = above.find(|path| path.is_file()).ok_or(InputProblem::Missing)?;
    let rest = input.strip_prefix(archive).map_err(|_| InputProblem::Missing)?;
    let parts: Vec<_> = rest.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    Ok((archive, Some(parts.join("/"))))
}

/// The files in an archive, and the names of its other entries.
pub(crate) struct Listing {
    members: Vec<Member>,
    /// The indices of the members, by name.
    by_name: HashMap<String, usize>,
    passed_over: Vec<String>,
}

/// A file in an archive.
pub(crate) struct Member {
    pub name: String,
    /// The size that the archive states. The reader checks it.
    pub size: u64,
    place: Place,
}

/// Where the bytes of a file are.
enum Place {
    Zip(zip::Place),
    /// At this offset in a tar archive.
    Tar(u64),
    /// At this offset in a compressed tar archive, once it is decompressed.
    PackedTar(u64),
    /// The file cannot be read.
    Refused(Refusal),
}

impl Listing {
    /// The file of this name.
    pub fn find(&self, name: &str) -> Result<&Member, InputProblem> {
        let number = self.by_name.get(name);
        number
            .map(|number| &self.members[*number])
            .ok_or_else(|| InputProblem::NoSuchFile(self.names_for_message()))
    }

    /// The only file.
    pub fn only(&self) -> Result<&Member, InputProblem> {
        match &self.members[..] {
            [only] => Ok(only),
            [] => Err(InputProblem::Refused(
                "an archive without a file to read",
                "check that it is the right one",
            )),
            _ => Err(InputProblem::SeveralFiles(self.names_for_message())),
        }
    }

    /// The first names, for a message.
    fn names_for_message(&self) -> String {
        const MAX_COUNT: usize = 10;
        let names = self.members.iter().take(MAX_COUNT).map(|member| format!("'{}'", member.name));
        let names = names.collect::<Vec<_>>().join(", ");
        let count = self.members.len();
        if count > MAX_COUNT { format!("{names} … ({count} files)") } else { names }
    }
}

impl Member {
    /// The file as it would be extracted.
    pub fn open(&self, archive: &Path) -> Result<Box<dyn Read + Send>, InputProblem> {
        let start_at = |start| {
            let mut file = File::open(archive).map_err(InputProblem::Open)?;
            file.seek(SeekFrom::Start(start)).map_err(InputProblem::Open)?;
            Ok::<_, InputProblem>(file)
        };
        Ok(match &self.place {
            Place::Zip(place) => {
                place.open(File::open(archive).map_err(InputProblem::Open)?, self.size)?
            }
            Place::Tar(start) => Box::new(checked::ExactReader::new(start_at(*start)?, self.size)),
            Place::PackedTar(start) => recent::open(archive, *start, self.size)?,
            Place::Refused((kind, remedy)) => return Err(InputProblem::Refused(kind, remedy)),
        })
    }
}

/// The files in an archive; `None` if the file is not an archive.
pub(crate) fn list(path: &Path) -> Result<Option<Arc<Listing>>, InputProblem> {
    // A pipe or a device can be read only once.
    if !fs::metadata(path).map_err(InputProblem::Open)?.is_file() {
        return Ok(None);
    }
    recent::list(path, || {
        let mut file = File::open(path).map_err(InputProblem::Open)?;
        let start = beginning(&mut file)?;
        file.rewind()?;
        if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            return zip::list(file, path);
        }
        if is_header(&start) {
            let length = file.metadata()?.len();
            let found = tar::list(&mut tar::Seekable::new(file, length))?;
            return Ok(Some(found.into_listing(Place::Tar)));
        }
        let (Some(_), mut stream) = unpacked(file)? else { return Ok(None) };
        // The reader of the file reports an error here later.
        let start = beginning(&mut stream).unwrap_or_default();
        if !is_header(&start) {
            return Ok(None);
        }
        let found = tar::list(&mut tar::Stream(Cursor::new(start).chain(stream)))?;
        Ok(Some(found.into_listing(Place::PackedTar)))
    })
}

/// The first block.
fn beginning(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(BLOCK);
    reader.take(BLOCK as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// Collects the entries of an archive.
struct EntryList<P> {
    members: Vec<(String, u64, Result<P, Refusal>)>,
    passed_over: Vec<String>,
    /// The total length of all names.
    length: usize,
}

/// Why an entry cannot be read: its kind, and advice.
type Refusal = (&'static str, &'static str);

impl<P> EntryList<P> {
    const fn new() -> Self {
        Self { members: Vec::new(), passed_over: Vec::new(), length: 0 }
    }

    /// Adds a file.
    fn push(
        &mut self,
        name: &[u8],
        size: u64,
        place: Result<P, Refusal>,
    ) -> Result<(), InputProblem> {
        let name = name::readable(name);
        self.count(&name)?;
        if name::is_left_behind(&name, size) {
            self.passed_over.push(name);
        } else {
            self.members.push((name, size, place));
        }
        Ok(())
    }

    /// Adds an entry without content.
    fn pass_over(&mut self, name: &[u8], kind: &str) -> Result<(), InputProblem> {
        let name = format!("{} ({kind})", name::readable(name));
        self.count(&name)?;
        self.passed_over.push(name);
        Ok(())
    }

    fn count(&mut self, name: &str) -> Result<(), InputProblem> {
        self.length += name.len();
        let count = self.members.len() + self.passed_over.len();
        if count >= MAX_FILES || self.length > MAX_NAMES {
            return Err(InputProblem::Refused(
                "an archive of more than 100,000 files, or of more than 16 MiB of names",
                "unpack it, and give the files to read",
            ));
        }
        Ok(())
    }

    fn into_listing(mut self, place_of: impl Fn(P) -> Place) -> Listing {
        let mut sizes = HashMap::<&str, Vec<u64>>::new();
        for (name, size, _) in &self.members {
            sizes.entry(name).or_default().push(*size);
        }
        let exclusions = self.members.iter().map(|(name, ..)| Exclusion::of(name, &sizes));
        let exclusions: Vec<Option<Exclusion>> = exclusions.collect();
        let mut members = Vec::new();
        for ((name, size, place), exclusion) in self.members.into_iter().zip(exclusions) {
            let place = match exclusion {
                Some(Exclusion::LeftBehind) => {
                    self.passed_over.push(name);
                    continue;
                }
                Some(Exclusion::Refused(refusal)) => Place::Refused(refusal),
                None => place.map_or_else(Place::Refused, &place_of),
            };
            members.push(Member { name, size, place });
        }
        let names = members.iter().map(|member| member.name.clone());
        let by_name = names.zip(0..).collect();
        Listing { members, by_name, passed_over: self.passed_over }
    }
}

/// Why a file is not read, given the names and sizes of all files.
enum Exclusion {
    /// It belongs to another file.
    LeftBehind,
    Refused(Refusal),
}

impl Exclusion {
    /// Compares a name with the names and sizes of all files.
    fn of(name: &str, sizes: &HashMap<&str, Vec<u64>>) -> Option<Self> {
        if name::file_of_properties(name).is_some_and(|file| sizes.contains_key(&*file)) {
            return Some(Self::LeftBehind);
        }
        if sizes.get(name).is_some_and(|sizes| sizes.len() > 1) {
            return Some(Self::Refused((
                "one of several files of this name in the archive",
                "unpack it, and give the right one",
            )));
        }
        let has_log = |ending: &str| {
            let log = sizes.get(&*format!("{name}{ending}"));
            log.is_some_and(|sizes| sizes.iter().any(|size| *size > 0))
        };
        (has_log("-wal") || has_log("-journal")).then_some(Self::Refused((
            "a database with changes in a log beside it",
            "unpack both, apply the changes with: sqlite3 FILE 'PRAGMA wal_checkpoint(TRUNCATE)', \
             and give the database",
        )))
    }
}

/// The error for an archive that cannot be read.
fn damaged(reason: &'static str) -> InputProblem {
    io::Error::new(ErrorKind::InvalidData, reason).into()
}

#[cfg(test)]
mod tests;
