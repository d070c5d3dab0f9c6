//! The error of parsing names and numbers.

use std::fmt;

/// A text cannot be parsed as a field, a kind, a breach name, a data class, a region, a shard count
/// or an index id.
///
/// The message names the expected form. It never repeats the text.
///
/// ```
/// use leakdex::{Breach, Field};
///
/// let error = "shoe-size".parse::<Field>().expect_err("no such field");
/// assert_eq!(error.to_string(), "no such field or kind of identifier");
/// assert!(Breach::named("Bitmarck, January").is_err(), "a comma is not allowed");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ParseError(&'static str);

impl ParseError {
    pub(crate) const fn new(message: &'static str) -> Self {
        Self(message)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// Prints the same as `Display`: an `unwrap`, or a `main` that returns the error, then prints the
/// message.
impl fmt::Debug for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for ParseError {}
