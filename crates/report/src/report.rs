//! The report of a check, for whoever has to notify and to inform: as a page, as Markdown, as JSON.
//!
//! [`Report`] says what there is to say, and is the JSON; templates make the page and the Markdown of
//! it, with the words of a language and the charts.

mod accidents;
mod agreement;
mod assemble;
mod chart;
mod model;
mod outcomes;
mod remedy;
mod render;
mod steps;
mod unusable;
mod words;

use std::path::Path;

pub(crate) use crate::numbers::number;
pub use assemble::{MemberListRead, Sources};
pub use model::{Digest, KeyedDigest, Report, Rules, Run};
pub use outcomes::outcome_name;
pub(crate) use render::cause_name;
pub use render::gap_name;

use crate::error::Error;

/// How a report is written; the file's ending says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page (`.html`).
    Html,
    /// Markdown (`.md`).
    Markdown,
    /// JSON (`.json`), which has no language.
    Json,
}

impl Format {
    /// The format that the ending of a file names.
    ///
    /// # Errors
    ///
    /// If it names none.
    pub fn of(path: &Path) -> Result<Self, Error> {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        match ending.to_str() {
            Some("html") => Ok(Self::Html),
            Some("md") => Ok(Self::Markdown),
            Some("json") => Ok(Self::Json),
            _ => Err(Error::new(format!(
                "{}: the file's ending says how a report is written; name a file that ends in .html, \
                 .md or .json",
                path.display()
            ))),
        }
    }
}

#[cfg(test)]
mod tests;
