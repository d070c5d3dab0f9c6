//! The report of a check, for the people who must notify and inform others: as a page, as Markdown or as
//! JSON.
//!
//! [`Report`] holds the content and serialises to the JSON. Templates turn it into the page and the Markdown,
//! with the words of a language and the charts.

mod accidents;
mod agreement;
mod assemble;
mod chart;
mod model;
mod outcomes;
mod render;
mod steps;
mod unusable;

use std::path::Path;

pub use assemble::{MemberListRead, Sources};
pub use model::{KeyedDigest, Report, Rules, Run};
pub use outcomes::outcome_name;
pub(crate) use render::cause_name;
pub use render::gap_name;

use crate::error::Error;

/// The format of a report. The file extension determines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page (`.html`).
    Html,
    /// Markdown (`.md`).
    Markdown,
    /// JSON (`.json`). It has no language.
    Json,
}

impl Format {
    /// The format for a file extension.
    ///
    /// # Errors
    ///
    /// If the extension is unknown.
    pub fn of(path: &Path) -> Result<Self, Error> {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        match ending.to_str() {
            Some("html") => Ok(Self::Html),
            Some("md") => Ok(Self::Markdown),
            Some("json") => Ok(Self::Json),
            _ => Err(Error::new(format!(
                "{}: the file extension determines the format; name a file that ends in .html, \
                 .md or .json",
                path.display()
            ))),
        }
    }
}

#[cfg(test)]
mod tests;
