//! The report files of a run, and the facts that it collects for them.

use std::{io::Write as _, iter, path::PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use leakdex::{FieldSet, IndexSet, Key};
use leakdex_input::{FileDigest, HashingReader};
use leakdex_report::{
    CheckSummary, Format, KeyedDigest, Language, MemberListRead, Report, Rules, Run, Sources,
};

use crate::{clock, output::Output};

/// The requested reports, and the facts that a run collects for them.
pub struct Reports {
    outputs: Vec<(Format, Output)>,
    language: Language,
    /// When the work began. For a resumed run, the start of its first part.
    pub started: Timestamp,
    /// The leak of `--leak`.
    pub leak: Option<HashingReader>,
    /// The member lists so far.
    pub lists: Vec<(FieldSet, Option<HashingReader>)>,
    /// The key of the first index, if it comes from a file.
    pub key: Option<Key>,
}

impl Reports {
    /// Prepares the files, before the work.
    pub fn create(paths: &[PathBuf], language: Language) -> anyhow::Result<Self> {
        let output = |path: &PathBuf| Ok((Format::of(path)?, Output::create(path)?));
        let outputs = paths.iter().map(output).collect::<anyhow::Result<_>>()?;
        Ok(Self {
            outputs,
            language,
            started: clock::now(),
            leak: None,
            lists: Vec::new(),
            key: None,
        })
    }

    /// Whether reports were requested, so digests are needed.
    pub fn are_requested(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// Writes the reports for the outcome of the run. They are not yet published.
    pub fn into_outputs(
        self,
        summary: &CheckSummary,
        indexes: &IndexSet,
        rules: Rules,
    ) -> anyhow::Result<Vec<Output>> {
        let Self { outputs, language, started, leak, lists, key } = self;
        if outputs.is_empty() {
            return Ok(Vec::new());
        }
        let run = Run { started, finished: clock::now() };
        let leak = leak.map(|leak| digest(&leak, &summary.indexes[0].file)).transpose()?;
        let lists = iter::zip(lists, &summary.files).map(|((fields, hashed), list)| {
            let hashed = hashed.expect("a run with reports takes digests");
            let FileDigest { sha256, bytes } = digest(&hashed, &list.file)?;
            let keyed = |key: &Key| hex::encode(key.digest("member-list", &[sha256.as_bytes()]));
            let hmac_sha256 = key.as_ref().map(keyed);
            Ok(MemberListRead { fields, digest: KeyedDigest { hmac_sha256, bytes } })
        });
        let lists = lists.collect::<anyhow::Result<_>>()?;
        let report = Report::new(summary, indexes, Sources { run, rules, leak, lists });
        let zone = clock::zone();
        let written = outputs.into_iter().map(|(format, mut output)| {
            output.write_all(report.render(format, language, &zone)?.as_bytes())?;
            Ok(output)
        });
        written.collect()
    }
}

fn digest(hashed: &HashingReader, file: &str) -> anyhow::Result<FileDigest> {
    hashed.finish().with_context(|| format!("{file}: cannot read"))
}
