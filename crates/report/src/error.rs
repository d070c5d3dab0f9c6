//! Why a report or letters cannot be made.

use std::{error, fmt, path::PathBuf};

/// Why a report or letters cannot be made. It names files, rows and lines of templates, and nothing of
/// a person.
#[non_exhaustive]
pub enum Error {
    /// The ending of a report's file names no format.
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// A template of letters cannot be used.
    Template {
        /// The file, the line, the reason, and what to do.
        message: String,
    },
    /// The template gives no letter for one member.
    Letter {
        /// The member list.
        file: String,
        /// The row of the member in it, from 1.
        row: u64,
        /// The line of the template, and the reason.
        reason: String,
    },
    /// Something could not be read, written or filled in.
    Failed {
        /// The file or the template, and what failed.
        what: String,
        /// The reason; an [`std::io::Error`] where the operating system gave it.
        source: Box<dyn error::Error + Send + Sync>,
    },
}

impl Error {
    /// Makes an error of its source, for `map_err`.
    pub(crate) fn failed<E>(what: impl Into<String>) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn error::Error + Send + Sync>>,
    {
        |source| Self::Failed { what: what.into(), source: source.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFormat { path } => write!(
                formatter,
                "{}: the file's ending says how a report is written; name a file that ends in .html, \
                 .md or .json",
                path.display()
            ),
            Self::Template { message } => formatter.write_str(message),
            Self::Letter { file, row, reason } => {
                write!(formatter, "{file}, row {row}: no letter can be written: {reason}")
            }
            Self::Failed { what, .. } => formatter.write_str(what),
        }
    }
}

/// As [`Display`](fmt::Display), with the source.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { what, source } => write!(formatter, "{what}: {source}"),
            _ => write!(formatter, "{self}"),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Failed { source, .. } => Some(&**source),
            _ => None,
        }
    }
}
