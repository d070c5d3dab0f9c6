//! Why a report or letters cannot be created.

use std::{error, fmt};

/// Why a report or letters cannot be created. It names files, rows and lines of templates, but no personal
/// data.
pub struct Error {
    message: String,
    /// An [`std::io::Error`] if the operating system reported it.
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl Error {
    /// An error without a source.
    pub(crate) const fn new(message: String) -> Self {
        Self { message, source: None }
    }

    /// Wraps a source in an error, for `map_err`.
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

/// Like [`Display`](fmt::Display), but with the source.
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
