//! Why a report or letters cannot be made.

use std::{error, fmt};

/// Why a report or letters cannot be made. It names files, rows and lines of templates, and nothing of
/// a person.
pub struct Error {
    message: String,
    /// An [`std::io::Error`] where the operating system gave it.
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl Error {
    /// An error that has no other for its source.
    pub(crate) const fn new(message: String) -> Self {
        Self { message, source: None }
    }

    /// Makes an error of its source, for `map_err`.
    pub(crate) fn failed<E>(message: impl Into<String>) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn error::Error + Send + Sync>>,
    {
        |source| Self { message: message.into(), source: Some(source.into()) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// As [`Display`](fmt::Display), with the source.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        self.source.as_ref().map_or(Ok(()), |source| write!(formatter, ": {source}"))
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
