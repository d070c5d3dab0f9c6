//! The error type of the library. A message states what is wrong, where, and what to do. It never
//! contains a person's value.

mod distributed;

use std::{fmt, io, path::PathBuf};

pub use distributed::DistributedFault;

use crate::{
    id::{IndexId, KeyId},
    identifier::Kind,
};

/// An error of this library. The message states what to do about it.
///
/// ```
/// use leakdex::{Breach, Error, Index, IndexBuilder, IndexFault, Key, Record};
///
/// let key = Key::generate()?;
/// let mut builder = IndexBuilder::new(&key, Breach::named("bitmarck-2023-01")?);
/// builder.add(&Record::new().kvnr("A123456780"))?;
/// let bytes = builder.into_bytes()?;
///
/// match Index::from_bytes(bytes, &Key::generate()?) {
///     Err(Error::Index { fault: IndexFault::WrongKey { built_with, .. }, .. }) => {
///         assert_eq!(built_with, key.id());
///     }
///     other => panic!("another key must be refused: {other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
pub enum Error {
    /// An operation of the operating system failed.
    Io {
        /// The action that failed, as in "cannot *read the key file*".
        action: &'static str,
        /// The file or folder; empty for an index in memory.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The operating system returned no random bytes for a new key.
    NoRandomness(getrandom::Error),
    /// The key file to write already exists.
    KeyExists {
        /// The file.
        path: PathBuf,
    },
    /// The file or the bytes are not a key.
    NotAKey {
        /// The file, if it came from one.
        path: Option<PathBuf>,
    },
    /// All bytes of the key are zero.
    ZeroKey {
        /// The file, if it came from one.
        path: Option<PathBuf>,
    },
    /// Users other than its owner can read or write the key file.
    ExposedKey {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file belongs to neither the effective user nor root.
    ForeignKey {
        /// The file.
        path: PathBuf,
        /// The number (uid) of its owner.
        owner: u32,
    },
    /// The key file is a pipe, a device or a folder.
    KeyNotAFile {
        /// The path that was given for the key file.
        path: PathBuf,
    },
    /// An index cannot be used.
    Index {
        /// The file, if the index came from one.
        path: Option<PathBuf>,
        /// The fault.
        fault: IndexFault,
    },
    /// An index cannot be built or merged.
    Build(BuildFault),
}

/// Why an index cannot be used.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexFault {
    /// The first bytes are not those of an index.
    NotAnIndex,
    /// The file was damaged by a transfer that changes line ends.
    TextModeDamage,
    /// The format has another version.
    UnknownVersion {
        /// The version in the file.
        found: u32,
        /// The version that this library reads.
        known: u32,
    },
    /// The length of the file differs from the length in its header.
    WrongLength {
        /// The length in its header, in bytes.
        expected: u64,
        /// The length of the file, in bytes.
        found: u64,
    },
    /// The index was built with another key.
    WrongKey {
        /// The id of the key that the index was built with.
        built_with: KeyId,
        /// The id of the key that was given.
        given: KeyId,
    },
    /// The pseudonyms were made by a scheme that this library does not support.
    UnknownScheme {
        /// The scheme in the file.
        found: String,
    },
    /// The identifiers were normalised by rules that differ from those of this library.
    OtherNormaliser {
        /// The normaliser in the file.
        found: u32,
        /// The normaliser of this library.
        known: u32,
    },
    /// The builder normalised a kind of identifier differently from this library, although both
    /// have the same normaliser version. The index's canaries show it ([`Canary`](crate::Canary)).
    Drifted {
        /// The kind.
        kind: Kind,
    },
    /// The indexes of a set normalise members by different rules.
    DifferentRules,
    /// The index has an earlier generation than the caller requires.
    TooOld {
        /// The generation of the index.
        generation: u64,
        /// The lowest generation that the caller accepts.
        required: u64,
    },
    /// The index is not the one that the caller requires.
    OtherIndex {
        /// The id of the index.
        found: IndexId,
        /// The id that the caller requires.
        required: IndexId,
    },
    /// The folder holds no shard of an index.
    NoShards,
    /// One of the shards of an index is missing.
    MissingShard {
        /// The number of the shard, from 0.
        number: u32,
        /// How many shards the index has.
        count: u32,
        /// The id of the whole index.
        build: IndexId,
    },
    /// A shard of an index was found twice.
    RepeatedShard {
        /// The number of the shard, from 0.
        number: u32,
    },
    /// A folder of shards also holds a whole index, or a shard of another index.
    NotOfTheseShards,
    /// The index is one shard, but a whole index is required.
    IsAShard,
    /// The index is whole, but one shard of several is required.
    NotAShard,
    /// The index holds only the entries that were looked up, but an index of the whole leak is
    /// required.
    OnlyFoundEntries,
    /// The index holds several leaks, but only one is allowed.
    SeveralLeaks,
    /// The description of a leak contradicts itself.
    WrongDescription {
        /// The part that is wrong.
        part: &'static str,
    },
    /// The index does not hold this kind.
    KindNotHeld {
        /// The kind.
        kind: Kind,
    },
    /// The file was changed in place while it was mapped.
    ChangedInUse,
    /// A chunk of the file is not as it was written.
    DamagedChunk {
        /// The position of the chunk in the file, in bytes.
        at: u64,
    },
    /// A part of the file is not as it was written.
    Damaged {
        /// The damaged part.
        part: &'static str,
    },
}

/// Why an index cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildFault {
    /// There are more than 256 classes of data.
    TooManyDataClasses,
    /// The pseudonyms are not evenly distributed, unlike those of a keyed hash.
    Skewed,
    /// A file would hold more entries than 32 bits can number.
    TooManyEntries,
    /// Two of the indexes to merge describe a breach of the same name differently.
    TwoBreachesOfOneName,
    /// The breach to leave out is in none of the indexes.
    UnknownBreach,
    /// An index was changed while it was merged.
    ChangedIndex,
    /// The index would be empty.
    NothingLeft,
    /// Two of the indexes normalised identifiers of a kind differently: their canaries differ.
    NormalisedDifferently,
    /// One of the indexes to merge holds codes, and another one does not.
    MixedCodes,
    /// Records cannot be erased from an index without codes: it does not show which match keys
    /// belong to whom.
    ErasureWithoutCodes,
    /// The metadata, mainly the descriptions of all breaches, takes more than 1 MiB.
    MetadataTooLong,
    /// The parts of a distributed build do not fit together.
    Distributed(DistributedFault),
}

impl Error {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io { action, path: path.into(), source }
    }

    /// Adds the file in which a fault was found.
    pub(crate) fn in_file(self, file: impl Into<PathBuf>) -> Self {
        match self {
            Self::Index { path: None, fault } => Self::Index { path: Some(file.into()), fault },
            Self::NotAKey { path: None } => Self::NotAKey { path: Some(file.into()) },
            Self::ZeroKey { path: None } => Self::ZeroKey { path: Some(file.into()) },
            named => named,
        }
    }
}

impl From<IndexFault> for Error {
    fn from(fault: IndexFault) -> Self {
        Self::Index { path: None, fault }
    }
}

impl From<BuildFault> for Error {
    fn from(fault: BuildFault) -> Self {
        Self::Build(fault)
    }
}

impl From<DistributedFault> for BuildFault {
    fn from(fault: DistributedFault) -> Self {
        Self::Distributed(fault)
    }
}

impl From<DistributedFault> for Error {
    fn from(fault: DistributedFault) -> Self {
        Self::Build(fault.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { action, path, source } => {
                let colon = if path.as_os_str().is_empty() { "" } else { ": " };
                write!(formatter, "{}{colon}cannot {action}: {source}", path.display())
            }
            Self::NoRandomness(source) => write!(
                formatter,
                "the operating system returned no random bytes: {source}; run this again"
            ),
            Self::KeyExists { path } => write!(
                formatter,
                "{}: exists, and a key is never overwritten; name another file",
                path.display()
            ),
            Self::NotAKey { path: Some(path) } => write!(
                formatter,
                "{}: not a key file: expected one line, 'leakdex-key-v1:' and 64 hex digits",
                path.display()
            ),
            Self::NotAKey { path: None } => formatter
                .write_str("not a key: expected 32 bytes, or 'leakdex-key-v1:' and 64 hex digits"),
            Self::ZeroKey { path } => {
                if let Some(path) = path {
                    write!(formatter, "{}: ", path.display())?;
                }
                formatter.write_str("all bytes of this key are zero")
            }
            Self::ExposedKey { path, mode } => write!(
                formatter,
                "{}: others can read or change this key (mode {mode:04o}); correct this with: chmod \
                 600 {}",
                path.display(),
                quoted(path)
            ),
            Self::ForeignKey { path, owner } => write!(
                formatter,
                "{}: this key belongs to another user (uid {owner}), who can read and replace it; \
                 run this as that user, or take the key over with: sudo chown \"$(id -u)\" {}",
                path.display(),
                quoted(path)
            ),
            Self::KeyNotAFile { path } => {
                write!(formatter, "{}: not a regular file, and a key must be one", path.display())
            }
            Self::Index { path: Some(path), fault } => {
                write!(formatter, "{}: {fault}", path.display())
            }
            Self::Index { path: None, fault } => fault.fmt(formatter),
            Self::Build(fault) => fault.fmt(formatter),
        }
    }
}

impl fmt::Display for IndexFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnIndex => formatter.write_str(
                "not a leakdex index; give a file that was built or merged by leakdex",
            ),
            Self::TextModeDamage => formatter.write_str(
                "a leakdex index whose line ends were changed on the way; transfer it again as a \
                 binary file",
            ),
            Self::UnknownVersion { found, known } => write!(
                formatter,
                "an index of format version {found}, but this leakdex reads version {known}; use \
                 a newer leakdex or build the index again"
            ),
            Self::WrongLength { expected, found } => write!(
                formatter,
                "an index of {expected} bytes, but the file has {found}: it was cut off or \
                 appended to; copy or build it again"
            ),
            Self::WrongKey { built_with, given } => write!(
                formatter,
                "built with key {built_with}, you gave {given}; give the key it was built with"
            ),
            Self::UnknownScheme { found } => write!(
                formatter,
                "its pseudonyms have the scheme '{}', which this leakdex does not know; use a \
                 newer leakdex",
                found.escape_default()
            ),
            Self::OtherNormaliser { found, known } => write!(
                formatter,
                "built with normaliser {found}, but this leakdex has normaliser {known}; build \
                 the index again from the leak"
            ),
            Self::Drifted { kind } => write!(
                formatter,
                "this leakdex normalises identifiers of kind {kind} differently from the leakdex \
                 that built the index, and would find none of them; check with that leakdex, or \
                 build the index again"
            ),
            Self::DifferentRules => formatter.write_str(
                "the indexes normalise members by different rules; give all of them the same rules before \
                 you combine them",
            ),
            Self::TooOld { generation, required } => write!(
                formatter,
                "has generation {generation}, but generation {required} or later is required; \
                 somebody may have put an earlier index in its place: get the latest"
            ),
            Self::OtherIndex { found, required } => {
                write!(formatter, "the index {found}, but {required} is required; get that one")
            }
            Self::NoShards => formatter.write_str("this folder contains no index"),
            Self::MissingShard { number, count, build } => write!(
                formatter,
                "shard {number} of the {count} shards of the index {build} is missing, and the \
                 people in it would be reported as not affected; copy it there, or build the index again"
            ),
            Self::RepeatedShard { number } => {
                write!(formatter, "shard {number} appears twice; give each shard once")
            }
            Self::NotOfTheseShards => formatter.write_str(
                "does not belong to the other shards in its folder; keep each index in a folder of its \
                 own",
            ),
            Self::IsAShard => {
                formatter.write_str("one shard of an index, but a whole index is required")
            }
            Self::NotAShard => {
                formatter.write_str("a whole index, but one shard of several is required")
            }
            Self::OnlyFoundEntries => formatter.write_str(
                "holds only the entries that were looked up; give the index of the whole leak",
            ),
            Self::SeveralLeaks => formatter
                .write_str("was merged from several leaks; build an index of one leak"),
            Self::WrongDescription { part } => write!(
                formatter,
                "the description of the leak is damaged or was forged ({part}); get it again from its \
                 sender"
            ),
            Self::KindNotHeld { kind } => {
                write!(formatter, "does not hold the kind {kind}; look up only kinds that it holds")
            }
            Self::ChangedInUse => formatter.write_str(
                "was changed while it was in use, so its results cannot be relied on; write a new \
                 index beside it and rename that over it, and run this again",
            ),
            Self::DamagedChunk { at } => write!(
                formatter,
                "the index is damaged or was changed (64 KiB from byte {at}); copy or build it again"
            ),
            Self::Damaged { part } => write!(
                formatter,
                "the index is damaged or was changed ({part}); copy or build it again"
            ),
        }
    }
}

impl fmt::Display for BuildFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Distributed(fault) => return fault.fmt(formatter),
            Self::TooManyDataClasses => "more than 256 data classes; map fewer class columns",
            Self::Skewed => "the pseudonyms are not evenly spread; this is a bug in leakdex: report it",
            Self::MetadataTooLong => {
                "the metadata is longer than 1 MiB; shorten the breaches' texts, or merge fewer indexes"
            }
            Self::TwoBreachesOfOneName => {
                "two of the indexes describe a breach of the same name in different words; build \
                 one of them again with the breach file of the other"
            }
            Self::UnknownBreach => "no index has a breach of this name",
            Self::ChangedIndex => "an index was changed while it was read; copy or build it again",
            Self::NothingLeft => "nothing would be left; delete the index instead",
            Self::NormalisedDifferently => {
                "two of the indexes normalised identifiers of a kind differently; build one of them again"
            }
            Self::MixedCodes => {
                "one of the indexes holds codes and another one does not; build one of them again like the other"
            }
            Self::ErasureWithoutCodes => {
                "an index without codes does not show which names and dates belong together; build it again \
                 without the records to erase"
            }
            Self::TooManyEntries => "more than 2^32 identifiers for one file; build shards",
        })
    }
}

/// A path for a shell.
fn quoted(path: &std::path::Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// Prints the same as `Display`: a `main` that returns the error then prints what to do.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

// The message already includes the cause, so it is complete wherever it is printed. `source` would
// repeat the cause.
impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_equals_display() {
        let error = Error::ExposedKey { path: "a'b.key".into(), mode: 0o444 };
        assert_eq!(format!("{error:?}"), error.to_string());
        assert!(error.to_string().ends_with(r"chmod 600 'a'\''b.key'"), "{error}");
        let in_memory = Error::io("write the index", "", io::ErrorKind::OutOfMemory.into());
        assert!(in_memory.to_string().starts_with("cannot write the index: "), "{in_memory}");
    }

    #[test]
    fn no_message_names_a_command_of_leakdex() {
        let source = include_str!("error.rs");
        let messages = source.split("#[cfg(test)]").next().expect("the part before the tests");
        for command in ["keygen", "inspect", "'check'", "'merge'", "--"] {
            assert!(!messages.contains(command), "{command}");
        }
    }
}
