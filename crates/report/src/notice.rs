//! The notification to the authority (Art. 33 GDPR), on one page and in the order of the authority's
//! questions.
//!
//! The program fills in the numbers of the run and the settings that it knows, and marks everything else.

mod content;
mod deadline;
mod docx;
mod render;

use std::path::Path;

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

pub use deadline::parse_time;

use crate::{error::Error, language::Language};

/// The format of a notice. The file extension determines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeFormat {
    /// A page (`.html`).
    Html,
    /// Markdown (`.md`).
    Markdown,
    /// A Word document (`.docx`). Other office programs can open it, too.
    Docx,
}

impl NoticeFormat {
    /// The format for a file extension.
    ///
    /// # Errors
    ///
    /// If the extension is unknown.
    pub fn of(path: &Path) -> Result<Self, Error> {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        let refused = match ending.to_str() {
            Some("html") => return Ok(Self::Html),
            Some("md") => return Ok(Self::Markdown),
            Some("docx") => return Ok(Self::Docx),
            Some(office @ ("odt" | "doc" | "rtf")) => {
                format!(
                    "a notice cannot be written as .{office}; name a file that ends in .docx, which"
                ) + " office programs open, too"
            }
            Some("pdf") => "print the page (.html) to get a .pdf".to_owned(),
            _ => "the file extension determines the format; name a file that ends in .html, .md \
                  or .docx"
                .to_owned(),
        };
        Err(Error::new(format!("{}: {refused}", path.display())))
    }
}

/// The facts of a case that are in no file of the run.
#[derive(Clone, Debug)]
pub struct Case {
    /// When the breach became known to the insurer.
    pub aware_since: Option<Timestamp>,
    /// The reason why the notice is later than 72 hours.
    pub delay_reason: Option<String>,
    /// The time of the run.
    pub now: Timestamp,
    /// The time zone in which times are written.
    pub zone: TimeZone,
}

/// A notice in one language. It contains counts and the insurer's details, but no personal data.
#[derive(Serialize)]
pub struct Notice {
    #[serde(skip)]
    language: Language,
    title: &'static str,
    subtitle: &'static str,
    /// The note about missing parts, if there are any.
    draft: Option<String>,
    head: Vec<Entry>,
    sections: Vec<Section>,
    sign: Vec<Entry>,
}

/// The section for one letter of Art. 33(3).
#[derive(Serialize)]
struct Section {
    title: &'static str,
    /// The provision.
    law: &'static str,
    entries: Vec<Entry>,
}

/// An answer.
#[derive(Serialize)]
struct Entry {
    label: &'static str,
    lines: Vec<Line>,
}

/// A paragraph of an answer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Line {
    text: String,
    /// Whether it marks a part to be added by hand.
    is_missing: bool,
}

impl Notice {
    /// The number of parts that somebody has to add.
    #[must_use]
    pub fn missing(&self) -> usize {
        let entries = self.head.iter().chain(&self.sign);
        let entries = entries.chain(self.sections.iter().flat_map(|section| &section.entries));
        entries.flat_map(|entry| &entry.lines).filter(|line| line.is_missing).count()
    }

    /// The bytes of the file.
    ///
    /// # Errors
    ///
    /// If the template cannot be filled in, which would be a bug.
    pub fn render(&self, format: NoticeFormat) -> Result<Vec<u8>, Error> {
        match format {
            NoticeFormat::Html => render::text("notice.html", self).map(String::into_bytes),
            NoticeFormat::Markdown => render::text("notice.md", self).map(String::into_bytes),
            NoticeFormat::Docx => docx::package(&render::text("document.xml", self)?),
        }
    }
}

#[cfg(test)]
mod tests;
