//! `leakdex merge`: merges indexes into one, without the records to erase.

mod erasure;

use std::{collections::BTreeMap, mem};

use anyhow::Context as _;
use erasure::ErasedRow;
use leakdex::{Batch, IndexMerger, IndexSet, MergeStats};
use leakdex_input::Input;
use leakdex_screening::each_batch;
use serde::Serialize;

use crate::{
    args::Merge,
    human::{by_number, count, counted},
    indexes::map,
    inputs::{self, Inputs},
    keys,
    output::{self, Output},
    progress::{self, Progress},
    screen::{abbreviated_list, list, wrapped},
    signals,
    status::{Status, conclude, print_info, print_warning, wrong_usage},
    streams, summary,
};

/// The figures of a merge.
#[derive(Serialize)]
struct MergeSummary {
    #[serde(flatten)]
    merged: MergeStats,
    index_id: leakdex::IndexId,
    generation: u64,
    key_id: leakdex::KeyId,
    index_bytes: u64,
    breaches: Vec<String>,
    /// The number of records to erase.
    records_to_erase: u64,
    /// The account of each row to erase.
    erasure: Vec<ErasedRow>,
}

pub fn run(arguments: &Merge) -> anyhow::Result<Status> {
    refuse_conflicts(arguments)?;
    let inputs = Inputs::new(&arguments.input, &arguments.without)?;
    let summary_file = Output::create_optional(arguments.summary.as_deref())?;
    output::refuse_place(&arguments.output)?;
    inputs::refuse_missing(&arguments.without)?;

    signals::set_stop_message(signals::NOTHING_KEPT);
    let key = keys::load(&arguments.key)?;
    let progress = Progress::of_build();
    let mut merger = IndexMerger::new(&key)
        .normaliser(inputs.normaliser())
        .on_progress(|now| progress.show(now));
    let mut known = BTreeMap::new();
    for path in &arguments.indexes {
        anyhow::ensure!(
            !path.is_dir() || IndexSet::shard_files(path).is_err(),
            "{}: an index in shards cannot be merged; build it again from the leak, without the rows to erase",
            path.display()
        );
        let index = map(path, &key, 0)?;
        index.verify()?;
        if let Some(earlier) = known.insert(index.id().to_string(), path.display()) {
            let name = path.display();
            print_info(format_args!("{name}: is the same index as {earlier}, and counts once\n"));
        }
        merger.add(index).with_context(|| path.display().to_string())?;
    }
    for breach in &arguments.without_breach {
        merger.without_breach(breach).with_context(|| breach.to_string())?;
    }
    if let Some(generation) = arguments.generation {
        merger = merger.generation(generation);
    }
    let mut to_erase = Vec::new();
    for path in &arguments.without {
        let input = inputs.open(path)?;
        to_erase.push((input.name().to_owned(), erase(input, &mut merger)?));
    }
    let records_to_erase = to_erase.iter().map(|(_, rows)| rows).sum();

    let (publication, mut account) = merger.prepare(&arguments.output)?;
    drop(progress);
    let metadata = publication.metadata();
    let summary = MergeSummary {
        erasure: erasure::of_files(to_erase, mem::take(&mut account.rows)),
        merged: account,
        index_id: publication.id(),
        generation: metadata.generation,
        key_id: metadata.key_id,
        index_bytes: publication.byte_length(),
        breaches: metadata.breaches.iter().map(|breach| breach.name().to_string()).collect(),
        records_to_erase,
    };
    let summary_file = summary::write(summary_file, &summary)?;
    let index = output::PrimaryOutput {
        target: &arguments.output,
        publish: || Ok(publication.publish()?),
        next_step: output::is_among(&arguments.output, &arguments.indexes).then(|| {
            "keep the index, which holds all merged records; do not merge into it again: 'leakdex \
             inspect' shows its contents"
                .to_owned()
        }),
    };
    output::publish(output::settle(summary_file)?, Some(index))?;
    conclude(format_args!("{}", summary.describe()));
    let without_effect = erasure::rows_without_effect(&summary.erasure);
    if without_effect > 0 {
        print_warning(format_args!(
            "{without_effect} of {} erased nothing. If these people are in the leak, a check still finds them",
            counted(summary.erasure.len() as u64, "row")
        ));
    }
    Ok(Status::Done)
}

fn refuse_conflicts(arguments: &Merge) -> anyhow::Result<()> {
    if streams::of_path(&arguments.output).is_some() {
        return wrong_usage("a merged index goes to a file; name one with --output");
    }
    // The result may replace one of the indexes, which is mapped and stays unchanged until then.
    let summary = arguments.summary.as_slice();
    let written = [&arguments.output].into_iter().chain(summary);
    output::refuse_conflicts(written, arguments.without.iter().chain([&arguments.key]))?;
    output::refuse_conflicts(summary, &arguments.indexes)
}

/// Reads the records to erase from a file, and returns their number.
///
/// An unusable row is an error: its person would otherwise remain in the index.
fn erase(mut input: Input, merger: &mut IndexMerger<'_>) -> anyhow::Result<u64> {
    let (file, empty) = (input.name().to_owned(), merger.batch());
    let mut by_reason = BTreeMap::<&str, u64>::new();
    let mut rows = 0;
    let take = |batch: Batch, _| {
        for problem in (0..batch.len()).flat_map(|record| batch.problems(record)) {
            *by_reason.entry(problem.reason.code()).or_default() += 1;
        }
        rows += batch.len() as u64;
        merger.erase(&batch);
        anyhow::Ok(true)
    };
    let _unused = progress::show(&mut input, |input, progress| {
        let whole = |batch: &mut Batch| mem::replace(batch, empty.clone());
        each_batch(input, &empty, || progress.update(), whole, take)
    })?;
    anyhow::ensure!(
        by_reason.is_empty(),
        "{file}: not everything in it can be used ({}), so some persons to erase would stay; correct \
         the file, or map the columns that are not needed to 'ignore'",
        list(&by_reason)
    );
    anyhow::ensure!(rows > 0, "{file}: has no rows, so nothing would be erased; name another file");
    Ok(rows)
}

impl MergeSummary {
    /// The summary for people, on a few lines.
    fn describe(&self) -> String {
        let MergeStats { read, written, erased, reduced, not_found, erased_records, .. } =
            self.merged;
        let mut lines = wrapped(
            &format!(
                "{} in, {} out, {} erased; breaches: {}",
                counted(read, "identifier"),
                count(written),
                count(erased),
                abbreviated_list(&self.breaches)
            ),
            2,
        );
        if self.records_to_erase > 0 {
            lines += &wrapped(
                &format!(
                    "  {} to erase; {} erased; {} of their identifiers {} in no index, {} {}, since further \
                     records have them",
                    counted(self.records_to_erase, "row"),
                    counted(erased_records, "leaked record"),
                    count(not_found),
                    by_number(not_found, "was", "were"),
                    count(reduced),
                    by_number(reduced, "stays", "stay")
                ),
                4,
            );
            lines += &erasure::describe(&self.erasure);
        }
        lines
    }
}
