//! The report of a check, for whoever has to notify and to inform: as a page, as Markdown, as JSON.
//!
//! [`model::Report`] says what there is to say, and is the JSON; templates make the page and the
//! Markdown of it, with the words of a language and the charts.

mod assemble;
mod chart;
mod model;
mod numbers;
mod render;
mod steps;
mod words;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use leakdex::{FieldSet, IndexSet};

pub use model::Rules;

use crate::{
    clock,
    input::{Hashed, Input},
    language::Language,
    output::Output,
    status::WrongUsage,
    summary::CheckSummary,
};

/// How a report is written; the file's ending says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Html,
    Markdown,
    Json,
}

impl Format {
    pub fn of(path: &Path) -> Result<Self, WrongUsage> {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        match ending.to_str() {
            Some("html") => Ok(Self::Html),
            Some("md") => Ok(Self::Markdown),
            Some("json") => Ok(Self::Json),
            _ => Err(WrongUsage(format!(
                "--report {}: the file's ending says how a report is written; name a file that ends in \
                 .html, .md or .json",
                path.display()
            ))),
        }
    }
}

/// The reports that are asked for, and what a run notes for them on its way.
pub struct Reports {
    outputs: Vec<(Format, Output)>,
    language: Language,
    started: Timestamp,
    leak: Option<Hashed>,
    lists: Vec<Noted>,
}

/// What is noted of a member list.
struct Noted {
    fields: FieldSet,
    hashed: Option<Hashed>,
}

impl Reports {
    /// Prepares the files, before the work.
    pub fn create(paths: &[PathBuf], language: Language) -> anyhow::Result<Self> {
        let output = |path: &PathBuf| Ok((Format::of(path)?, Output::create(path)?));
        let outputs = paths.iter().map(output).collect::<anyhow::Result<_>>()?;
        Ok(Self { outputs, language, started: clock::now(), leak: None, lists: Vec::new() })
    }

    /// Whether there is any, so that digests are to be taken.
    pub fn are_asked(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// Says that the work had begun earlier, in a run that was cut off.
    pub fn note_start(&mut self, started: Timestamp) {
        self.started = started;
    }

    /// Notes the leak of the two-file way, before it is read.
    pub fn note_leak(&mut self, leak: &Input) {
        self.leak = leak.hashed();
    }

    /// Notes the next member list, before it is read.
    pub fn note_list(&mut self, list: &Input) {
        self.lists.push(Noted { fields: list.fields(), hashed: list.hashed() });
    }

    /// The reports of a run that came to this, written and not yet published.
    pub fn into_outputs(
        self,
        summary: &CheckSummary,
        indexes: &IndexSet,
        rules: Rules,
    ) -> anyhow::Result<Vec<Output>> {
        let Self { outputs, language, started, leak, lists } = self;
        if outputs.is_empty() {
            return Ok(Vec::new());
        }
        let run = model::Run { started, finished: clock::now() };
        let report = assemble::report(summary, indexes, (leak, lists), rules, run)?;
        let written = outputs.into_iter().map(|(format, mut output)| {
            output.write_all(render::render(&report, format, language)?.as_bytes())?;
            Ok(output)
        });
        written.collect()
    }
}
