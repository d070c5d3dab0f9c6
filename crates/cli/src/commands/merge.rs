//! `leakdex merge`: one index of several, without what is to be erased.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use leakdex::{IndexMerger, Key, Merged, Publication};
use leakdex_input::Input;
use serde::Serialize;

use crate::{
    args::Merge,
    batches,
    human::count,
    indexes::map_verified,
    inputs,
    output::{self, Outputs, is_standard},
    progress::Progress,
    screen::{list, some, wrapped},
    status::{Status, WrongUsage, tell},
    summary::SummaryFile,
};

/// The figures of a merge.
#[derive(Serialize)]
struct MergeSummary {
    #[serde(flatten)]
    merged: Merged,
    index_id: leakdex::IndexId,
    generation: u64,
    key_id: leakdex::KeyId,
    index_bytes: u64,
    breaches: Vec<String>,
    /// The records that were to be erased.
    records_to_erase: u64,
}

pub fn run(arguments: &Merge, quiet: bool) -> anyhow::Result<Status> {
    refuse_conflicts(arguments)?;
    let summary_file = SummaryFile::create(arguments.summary.as_deref())?;
    output::refuse_place(&arguments.output)?;
    inputs::refuse_missing(&arguments.without)?;

    let key = Key::load(&arguments.key)?;
    let options = inputs::options(&arguments.input);
    let progress = Progress::of_build(quiet);
    let mut merger =
        IndexMerger::new(&key).normaliser(options.normaliser).on_progress(|now| progress.show(now));
    for path in &arguments.indexes {
        let index = map_verified(path, &key, 0)?;
        merger.add(index).with_context(|| path.display().to_string())?;
    }
    for breach in &arguments.without_breach {
        merger.without_breach(breach).with_context(|| breach.to_string())?;
    }
    if let Some(generation) = arguments.generation {
        merger = merger.generation(generation);
    }
    let mut records_to_erase = 0;
    for path in &arguments.without {
        records_to_erase += erase(Input::open(path, &options)?, &mut merger, quiet)?;
    }

    let (publication, came_to) = merger.prepare(&arguments.output)?;
    drop(progress);
    let summary = summary_of(&publication, came_to, records_to_erase);
    let outputs = [summary_file.write(&summary)?];
    Outputs::new(outputs.into_iter().flatten()).publish(|| Ok(publication.publish()?))?;
    if !quiet {
        tell(format_args!("{}", summary.describe()));
    }
    Ok(Status::Done)
}

fn refuse_conflicts(arguments: &Merge) -> Result<(), WrongUsage> {
    if is_standard(&arguments.output) {
        return Err(WrongUsage("a merged index goes to a file; name one with --output".into()));
    }
    // An index may be replaced by what becomes of it: it is mapped, and stays as it is until then.
    let written: Vec<&Path> = [Some(&arguments.output), arguments.summary.as_ref()]
        .into_iter()
        .flatten()
        .map(PathBuf::as_path)
        .collect();
    let read = arguments.without.iter().chain([&arguments.key]);
    output::refuse_conflicts(&written, &read.map(PathBuf::as_path).collect::<Vec<_>>())?;
    let summary: Vec<&Path> = arguments.summary.as_deref().into_iter().collect();
    let indexes: Vec<&Path> = arguments.indexes.iter().map(PathBuf::as_path).collect();
    output::refuse_conflicts(&summary, &indexes)
}

/// Takes up the records of a file that are to be erased; gives how many there are.
///
/// A row that cannot be used is an error: whoever was to be erased would stay.
fn erase(input: Input, merger: &mut IndexMerger<'_>, quiet: bool) -> anyhow::Result<u64> {
    let (file, empty) = (input.name().to_owned(), merger.batch());
    let mut by_reason = BTreeMap::<&str, u64>::new();
    let mut rows = 0;
    batches::each(input, &empty, quiet, |batch, _| {
        for problem in (0..batch.len()).flat_map(|record| batch.problems(record)) {
            *by_reason.entry(problem.reason.code()).or_default() += 1;
        }
        rows += batch.len() as u64;
        merger.erase(&batch);
        Ok(true)
    })?;
    anyhow::ensure!(
        by_reason.is_empty(),
        "{file}: not everything in it can be used ({}), and who was to be erased would stay; mend \
         the file, or map the columns that are not needed to 'ignore'",
        list(&by_reason)
    );
    anyhow::ensure!(
        rows > 0,
        "{file}: has no rows, so that nothing would be erased; name another file"
    );
    Ok(rows)
}

fn summary_of(publication: &Publication, merged: Merged, records_to_erase: u64) -> MergeSummary {
    let metadata = publication.metadata();
    MergeSummary {
        merged,
        index_id: publication.id(),
        generation: metadata.generation,
        key_id: metadata.key_id,
        index_bytes: publication.byte_length(),
        breaches: metadata.breaches.iter().map(|breach| breach.name().to_string()).collect(),
        records_to_erase,
    }
}

impl MergeSummary {
    /// The summary for people, on a few lines.
    fn describe(&self) -> String {
        let Merged { read, written, erased, reduced, not_found, .. } = self.merged;
        let mut lines = wrapped(
            &format!(
                "{} identifiers in, {} out, {} erased; breaches: {}",
                count(read),
                count(written),
                count(erased),
                some(&self.breaches)
            ),
            2,
        );
        if self.records_to_erase > 0 {
            lines += &wrapped(
                &format!(
                    "  {} records to erase; {} of their identifiers were in no index, {} stay, since \
                 further records have them",
                    count(self.records_to_erase),
                    count(not_found),
                    count(reduced)
                ),
                4,
            );
        }
        lines
    }
}
