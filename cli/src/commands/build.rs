//! `leakdex build`: indexes leaked files.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use leakdex::{Added, Batch, Breach, IndexBuilder, Key, KindSet};

use crate::{
    args::Build,
    breach_file, clock,
    input::Input,
    output::{self, publish_all},
    pipeline,
    progress::{Progress, announce, announce_notes},
    rejects::{ColumnNames, Rejects},
    status::Status,
    summary::{BuildSummary, SummaryFile},
};

pub fn run(arguments: &Build, quiet: bool) -> anyhow::Result<Status> {
    let results = &arguments.results;
    let (rejects, summary) = (results.rejects.as_deref(), results.summary.as_deref());
    output::refuse_mixed([rejects, summary].into_iter().flatten())?;

    let key = Key::load(&arguments.key)?;
    let breach = match &arguments.breach {
        Some(path) => breach_file::read(path)?,
        None => named(arguments.name.as_deref(), &arguments.leaks[0])?,
    };
    let name = breach.name().to_string();
    let kinds = arguments.kinds.iter().copied();
    let kinds = if arguments.kinds.is_empty() { KindSet::all() } else { kinds.collect() };
    refuse_missing_folder(&arguments.output)?;

    let mut rejects = Rejects::new(rejects, results.max_rejects)?;
    let summary_file = SummaryFile::create(summary)?;
    let mut builder = IndexBuilder::new(&key, breach).kinds(kinds).normaliser(clock::normaliser());
    refuse_missing(&arguments.leaks)?;
    for leak in &arguments.leaks {
        let input = Input::open(leak, &arguments.input.options())?;
        index(input, &mut builder, &mut rejects, quiet)?;
    }
    let rows = builder.rows().clone();
    if rejects.are_too_many(rows.read, true) {
        rejects.report_too_many();
        return Ok(Status::TooManyRejects);
    }
    refuse_nothing(rows.indexed)?;

    let index = builder.publish(&arguments.output)?;
    let metadata = index.metadata();
    let by_kind = metadata.kinds.iter().map(|count| (count.kind.clone(), count.identifiers));
    let summary = BuildSummary {
        rows: rows.read,
        indexed: rows.indexed,
        duplicate: rows.duplicate,
        rejected: rows.rejected,
        identifiers: index.len(),
        by_kind: by_kind.collect(),
        breach: name,
        key_id: index.key_id(),
        index_bytes: index.size() as u64,
        rejects_by_reason: rejects.by_reason().clone(),
    };
    if !quiet {
        eprint!("{}", summary.describe());
    }
    publish_all([rejects.into_output()?, summary_file.write(&summary)?].into_iter().flatten())?;
    Ok(Status::Done)
}

/// Adds the rows of a leaked file to the builder; stops early at too many rejects.
pub fn index(
    mut input: Input,
    builder: &mut IndexBuilder<'_>,
    rejects: &mut Rejects,
    quiet: bool,
) -> anyhow::Result<()> {
    announce(&input, quiet);
    let progress = Progress::new(&input, quiet);
    let (layout, file) = (input.layout(), input.name().to_owned());
    let empty = builder.batch();
    let read = |block: &_| {
        let mut batch: Batch = empty.clone();
        let mut columns = ColumnNames::default();
        layout.rows(block, |row| {
            batch.push(row.record);
            columns.note(&row, &batch);
        });
        (batch, columns)
    };
    let mut rows_before = 0;
    pipeline::run(&mut input, &progress, read, |(batch, columns)| {
        let added = builder.add_batch(&batch)?;
        let problems = added.iter().map(Added::problems);
        rejects.add(&file, rows_before, columns.rejects(problems))?;
        rows_before += batch.len() as u64;
        Ok(!rejects.are_too_many(builder.rows().read, false))
    })?;
    drop(progress);
    announce_notes(&input, quiet);
    Ok(())
}

/// Looks for all inputs before the first is worked on.
pub fn refuse_missing(inputs: &[PathBuf]) -> anyhow::Result<()> {
    for input in inputs.iter().filter(|input| input.as_os_str() != "-") {
        anyhow::ensure!(input.exists(), "{}: no such file", input.display());
    }
    Ok(())
}

/// A breach by the name that was given, or by that of the leaked file.
pub fn named(name: Option<&str>, leak: &Path) -> anyhow::Result<Breach> {
    if let Some(name) = name {
        return Breach::named(name).context("--name");
    }
    let stem = leak.file_name().map(|file| file.to_string_lossy().into_owned());
    let stem = stem.filter(|stem| stem != "-").unwrap_or_else(|| "leak".to_owned());
    let stem = stem.split('.').find(|part| !part.is_empty()).unwrap_or("leak");
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let name: String =
        stem.chars().take(100).map(|letter| if allowed(letter) { letter } else { '-' }).collect();
    Ok(Breach::named(&name)?)
}

/// An index of nothing would call nobody affected.
pub fn refuse_nothing(indexed: u64) -> anyhow::Result<()> {
    anyhow::ensure!(
        indexed > 0,
        "no leaked row has a usable identifier; look at the mapping above and at --rejects"
    );
    Ok(())
}

fn refuse_missing_folder(output: &Path) -> anyhow::Result<()> {
    let parent = output.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        anyhow::ensure!(
            parent.is_dir(),
            "{}: the folder {} does not exist; make it first",
            output.display(),
            parent.display()
        );
    }
    anyhow::ensure!(!output.is_dir(), "{}: is a folder; name a file in it", output.display());
    Ok(())
}
