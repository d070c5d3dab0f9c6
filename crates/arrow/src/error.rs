//! Errors without any person's value.

use std::fmt;

use leakdex_input::InputError;
use leakdex_screening::UnusableLeak;

/// Why an index was not opened, members were not checked, or a leak was not added. No message contains a person's value.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The columns cannot be used as they are: one has the wrong type, one is missing, or one would identify
    /// persons and is not used.
    Columns(String),
    /// The stream ended with an error, or one of its batches is invalid.
    Stream(String),
    /// An argument is wrong, such as an index that is given twice.
    Argument(String),
    /// An index was built with none of the given keys.
    WrongKey(String),
    /// An index is not the one that is wanted: it is too old, or one shard of several.
    Index(String),
    /// Too little of a leak can be used.
    Unusable(UnusableLeak),
    /// The counts of these tasks do not belong together.
    Counts(String),
    /// An error of a key, an index or a build.
    Library(leakdex::Error),
    /// A bug in leakdex. Earlier results do not count.
    Internal,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Columns(text)
            | Self::Stream(text)
            | Self::Argument(text)
            | Self::WrongKey(text)
            | Self::Index(text)
            | Self::Counts(text) => formatter.write_str(text),
            Self::Unusable(error) => error.fmt(formatter),
            Self::Library(error) => error.fmt(formatter),
            Self::Internal => formatter.write_str(
                "a bug in leakdex; there is no result; please report it with the versions of leakdex and of \
                 the library that the data comes from",
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Library(error) => error.source(),
            _ => None,
        }
    }
}

impl From<leakdex::Error> for Error {
    fn from(error: leakdex::Error) -> Self {
        Self::Library(error)
    }
}

impl From<InputError> for Error {
    fn from(error: InputError) -> Self {
        if error.problem.is_of_stream() {
            Self::Stream(error.to_string())
        } else {
            Self::Columns(error.to_string())
        }
    }
}

impl From<UnusableLeak> for Error {
    fn from(error: UnusableLeak) -> Self {
        Self::Unusable(error)
    }
}
