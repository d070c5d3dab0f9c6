//! The error type. It names files, kinds and batches, but never an identifier, an element, a seed or a key.

use std::{fmt, io};

use leakdex::Kind;

use crate::names::{FileId, FileType, Fingerprint};

/// An error of the private check.
#[non_exhaustive]
#[derive(Debug)]
pub enum Error {
    /// Reading or writing failed.
    Io {
        /// The action that failed, as in "cannot *read the table*".
        action: &'static str,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The operating system returned no random bytes.
    NoRandomness(getrandom::Error),
    /// The text is not a secret of this type.
    NotASecret(Secret),
    /// The text is not a fingerprint.
    NotAFingerprint,
    /// The text is not the id of a file.
    NotAFileId,
    /// A private check needs one to three kinds of identifier.
    WrongKinds,
    /// The bytes are not a file of this type.
    NotThisFile(FileType),
    /// The file has a version that this program does not know.
    UnknownVersion {
        /// The type of the file.
        file: FileType,
        /// Its version.
        version: u16,
    },
    /// The file is shorter or longer than its head states.
    WrongLength(FileType),
    /// The file was changed after it was signed, or the signature is somebody else's.
    BadSignature(FileType),
    /// The file was signed by an unexpected party.
    UnknownSigner {
        /// The type of the file.
        file: FileType,
        /// The fingerprint of its signer.
        signer: Fingerprint,
    },
    /// The signed content of the file breaks the rules of its format.
    Malformed {
        /// The type of the file.
        file: FileType,
        /// The part that breaks the rules.
        part: &'static str,
    },
    /// The file belongs to another epoch.
    OtherEpoch(FileType),
    /// The file belongs to another request.
    OtherRequest(FileType),
    /// The table is not the required one.
    OtherTable {
        /// Its id.
        found: FileId,
    },
    /// The table has an older generation than required.
    TooOld {
        /// Its generation.
        generation: u64,
        /// The required one.
        required: u64,
    },
    /// The table was made with other rules of normalisation.
    OtherNormaliser {
        /// The number of its rules.
        found: u32,
    },
    /// A batch has an element that is not canonical, or the identity.
    BadElement {
        /// The type of the file.
        file: FileType,
        /// The kind of the batch.
        kind: Kind,
        /// The number of the batch within the kind, from 0.
        batch: u64,
    },
    /// A batch was not evaluated with the key of the table.
    ProofFailed {
        /// The kind of the batch.
        kind: Kind,
        /// The number of the batch within the kind, from 0.
        batch: u64,
    },
    /// The made-up identifier of a batch is not in the table: the parties normalise differently, or files were
    /// mixed up.
    CanaryFailed {
        /// The kind of the batch.
        kind: Kind,
        /// The number of the batch within the kind, from 0.
        batch: u64,
    },
    /// The member lists are not those of the request.
    ListChanged,
    /// The state has no request yet.
    NoRequest,
    /// A pass over the member lists is missing, or was not ended.
    PassNotEnded,
    /// The state is not as it was written.
    StateDamaged,
    /// The insurer has no grant in this epoch.
    NoGrant(Fingerprint),
    /// The request asks for more than the grant allows.
    QuotaExceeded {
        /// The kind.
        kind: Kind,
        /// The number of granted batches.
        granted: u64,
        /// The number of batches charged for earlier requests.
        charged: u64,
        /// The number of batches that this request asks for.
        requested: u64,
    },
    /// The ledger has already charged another request with the same id.
    OtherCharge {
        /// The number of its line.
        line: u64,
    },
    /// The format cannot hold a table of this leak.
    WrongLeak(&'static str),
    /// The ledger was changed after it was written, or the file is not a ledger.
    LedgerDamaged {
        /// The number of the first line that does not fit, from 1.
        line: u64,
    },
    /// Another process uses the ledger.
    Busy,
    /// The file changed between two readings.
    ChangedWhileRead(FileType),
    /// This grant is not possible.
    WrongGrant(&'static str),
    /// The text is not a challenge.
    NotAChallenge,
    /// A sample has no elements, or too many.
    WrongSample,
    /// The openings are of another sample.
    OtherSample,
    /// An opened element is not the identifier that the insurer claims.
    FalseOpening {
        /// The number of the element within the request, from 0.
        element: u64,
    },
    /// An error of the library.
    Library(leakdex::Error),
}

/// The types of secret that a file can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Secret {
    /// A signing key.
    Signer,
    /// The seed of an epoch.
    Epoch,
    /// The state of a request.
    State,
}

impl Error {
    /// The type of the exchanged file that the error is about, if any.
    #[must_use]
    pub const fn file(&self) -> Option<FileType> {
        match self {
            Self::NotThisFile(file)
            | Self::WrongLength(file)
            | Self::BadSignature(file)
            | Self::OtherEpoch(file)
            | Self::OtherRequest(file)
            | Self::ChangedWhileRead(file)
            | Self::UnknownVersion { file, .. }
            | Self::UnknownSigner { file, .. }
            | Self::Malformed { file, .. }
            | Self::BadElement { file, .. } => Some(*file),
            Self::ProofFailed { .. } | Self::CanaryFailed { .. } => Some(FileType::Response),
            Self::TooOld { .. } | Self::OtherNormaliser { .. } | Self::OtherTable { .. } => {
                Some(FileType::Table)
            }
            _ => None,
        }
    }

    pub(crate) const fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, source }
    }
}

impl From<leakdex::Error> for Error {
    fn from(error: leakdex::Error) -> Self {
        Self::Library(error)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Signer => "signing key (make one with 'leakdex private signer')",
            Self::Epoch => "seed of an epoch (make one with 'leakdex private epoch')",
            Self::State => "state of a request ('leakdex private ask' writes it)",
        })
    }
}

impl fmt::Display for Error {
    #[expect(clippy::too_many_lines, reason = "each error has a message")]
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { action, source } => write!(to, "cannot {action}: {source}"),
            Self::NoRandomness(error) => {
                write!(to, "the operating system returned no random bytes: {error}")
            }
            Self::NotASecret(secret) => write!(to, "this is not a valid {secret}"),
            Self::NotAFingerprint => {
                to.write_str("a fingerprint has 64 hex digits, as 'leakdex private signer' prints it")
            }
            Self::NotAFileId => to.write_str("the id of a file has 32 hex digits"),
            Self::WrongKinds => to.write_str("a private check has one to three kinds of identifier"),
            Self::NotThisFile(file) => write!(to, "this is not a {file} of a private check"),
            Self::UnknownVersion { file, version } => write!(
                to,
                "the {file} has version {version}, which this leakdex does not know; use a newer one"
            ),
            Self::WrongLength(file) => write!(
                to,
                "the {file} is shorter or longer than its header states; have it sent again"
            ),
            Self::BadSignature(file) => write!(
                to,
                "the signature of the {file} is not valid: the file was changed in transit; have it sent again"
            ),
            Self::UnknownSigner { file, signer } => write!(
                to,
                "the {file} was signed by {signer}; compare this fingerprint with the one that you got on paper"
            ),
            Self::Malformed { file, part } => {
                write!(to, "the {file} is signed, but its {part} breaks the format; tell its sender")
            }
            Self::OtherEpoch(file) => write!(to, "the {file} belongs to another epoch"),
            Self::OtherRequest(file) => write!(to, "the {file} belongs to another request"),
            Self::OtherTable { found } => write!(
                to,
                "this is table {found}, and another one is required; compare its id with other insurers"
            ),
            Self::TooOld { generation, required } => {
                write!(
                    to,
                    "the table has generation {generation}, and {required} is required; get the newer table"
                )
            }
            Self::OtherNormaliser { found } => write!(
                to,
                "the table was normalised by rules {found}, and this leakdex has rules {}; both sides need \
                 the same version",
                leakdex::NORMALISER
            ),
            Self::BadElement { file, kind, batch } => {
                write!(to, "the {file} has an invalid element in batch {batch} of {kind}")
            }
            Self::ProofFailed { kind, batch } => write!(
                to,
                "batch {batch} of {kind} was not evaluated with the key of the table; nothing of the response \
                 was used"
            ),
            Self::CanaryFailed { kind, batch } => write!(
                to,
                "the made-up identifier in batch {batch} of {kind} is not in the table: the provider \
                 normalises differently, or files were mixed up; nothing of the response was used"
            ),
            Self::ListChanged => to.write_str(
                "the member lists are not those of the request; give the same files in the same order, with \
                 the same options",
            ),
            Self::NoRequest => to.write_str(
                "the request of this state was not completed; run 'leakdex private ask' with it again",
            ),
            Self::PassNotEnded => {
                to.write_str("the member lists were not read to their end for each kind of identifier")
            }
            Self::StateDamaged => to.write_str(
                "the state is not as 'leakdex private ask' wrote it; restore it, or ask again with another state",
            ),
            Self::NoGrant(insurer) => write!(
                to,
                "{insurer} has no grant in this epoch; see 'leakdex private grant'"
            ),
            Self::QuotaExceeded { kind, granted, charged, requested } => write!(
                to,
                "batches of {kind}: {requested} requested, {granted} granted, {charged} already used; \
                 'leakdex private grant' grants more"
            ),
            Self::OtherCharge { line } => write!(
                to,
                "line {line} of the ledger charged another request with the same id; have the insurer ask again \
                 with a new state"
            ),
            Self::WrongLeak(reason) => write!(to, "no table can be made of this leak: {reason}"),
            Self::LedgerDamaged { line } => write!(
                to,
                "line {line} of the ledger is not as it was written; restore the ledger, and do not edit it, or \
                 give another file if this is not a ledger"
            ),
            Self::Busy => to.write_str("another process uses the ledger; try again later"),
            Self::ChangedWhileRead(file) => {
                write!(to, "somebody changed the {file} while it was read; run this again")
            }
            Self::WrongGrant(reason) => write!(to, "this cannot be granted: {reason}"),
            Self::NotAChallenge => to.write_str("a challenge has 64 hex digits"),
            Self::WrongSample => to.write_str("a sample has one to a million elements"),
            Self::OtherSample => to.write_str(
                "the openings are of another sample; give the insurer the challenge and the size of the sample again",
            ),
            Self::FalseOpening { element } => {
                write!(to, "the opening of element {element} does not match the element")
            }
            Self::Library(error) => error.fmt(to),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Library(error) => Some(error),
            _ => None,
        }
    }
}
