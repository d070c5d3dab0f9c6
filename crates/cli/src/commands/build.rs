//! `leakdex build`: indexes leaked files.

use std::{
    collections::BTreeMap,
    env,
    io::{self, Write as _},
    path::Path,
    time::Instant,
};

use leakdex::{Error, IndexBuilder, IndexId, KindSet, Metadata};
use leakdex_input::ByteCount;
use leakdex_report::BuildSummary;
use leakdex_screening::caveats;
use leakdex_staging::folder_of;

use crate::{
    args::Build,
    inputs::{self, Inputs},
    keys, leak,
    leaked_rows::{self, LeakedRows},
    machine,
    output::{self, Output},
    progress::Progress,
    rejects::Rejects,
    self_check, signals,
    status::{Status, conclude, print_warning, time_for_people, wrong_usage},
    streams, summary,
};

pub fn run(arguments: &Build) -> anyhow::Result<Status> {
    let start = Instant::now();
    refuse_conflicts(arguments)?;
    let inputs = Inputs::new(&arguments.input, &arguments.leaks)?;
    let results = &arguments.results;
    let mut rejects = Rejects::of_leak(results, arguments.lang)?;
    let summary_file = Output::create_optional(results.summary.as_deref())?;
    let leaked_rows = Output::create_optional(arguments.leaked_rows.as_deref())?;
    // An index on an open stream cannot be renamed, so it is written like any other result.
    let stream = streams::of_path(&arguments.output).map(|_| Output::create(&arguments.output));
    let mut stream = stream.transpose()?;
    if stream.is_none() && arguments.shards.is_none() {
        output::refuse_place(&arguments.output)?;
    }

    signals::set_stop_message(signals::NOTHING_KEPT);
    let key = keys::load(&arguments.key)?;
    let leaked_rows = leaked_rows.map(|output| LeakedRows::new(output, &key));
    let mut leaked_rows = leaked_rows.transpose()?;
    let breach = leak::described(arguments.breach.as_deref(), arguments.name.as_ref())?;
    let breach = breach.unwrap_or_else(|| leak::named_after(&arguments.leaks[0]));
    let name = breach.name().to_string();
    let kinds = arguments.kinds.iter().copied();
    let kinds = if arguments.kinds.is_empty() { KindSet::all() } else { kinds.collect() };
    inputs::refuse_missing(&arguments.leaks)?;
    inputs::refuse_repeated(&arguments.leaks)?;
    let spill_folder = match stream {
        Some(_) => env::temp_dir(),
        None => folder_of(&arguments.output).to_owned(),
    };
    let progress = Progress::of_build();
    let mut builder = IndexBuilder::new(&key, breach)
        .on_progress(|now| progress.show(now))
        .kinds(kinds)
        .email_hashes(arguments.email_hashes.iter().copied().collect())
        .generation(arguments.generation)
        .normaliser(inputs.normaliser())
        .memory(memory_for_identifiers(arguments.memory)?, spill_folder.clone());
    let advise = |error: anyhow::Error| advise_on_full_disk(error, &spill_folder);
    let row_list = leaked_rows.as_mut();
    let added = leak::add_files(&arguments.leaks, &inputs, &mut builder, &mut rejects, row_list);
    let (unused_columns, of_reading) = added.map_err(advise)?;
    let file = match &arguments.leaks[..] {
        [leak] => leak,
        _ => &arguments.output,
    };
    let file = file.display().to_string();
    let caveats = caveats::named(&file, builder.caveats(), &of_reading);

    let (summary, publication) = if let Some(stream) = &mut stream {
        let index = builder.build().map_err(Into::into).map_err(advise)?;
        stream.write_all(index.as_bytes())?;
        let bytes = index.as_bytes().len() as u64;
        (summary_of(index.id(), index.metadata(), index.len(), bytes), None)
    } else {
        let publication = match arguments.shards {
            Some(count) => builder.prepare_shards(&arguments.output, count),
            None => builder.prepare(&arguments.output),
        };
        let publication = publication.map_err(Into::into).map_err(advise)?;
        let (id, metadata) = (publication.id(), publication.metadata());
        let summary = summary_of(id, metadata, publication.len(), publication.byte_length());
        (summary, Some(publication))
    };
    drop(progress);
    let rejects_by_reason = rejects.by_reason();
    let summary =
        BuildSummary { breach: name, rejects_by_reason, caveats, unused_columns, ..summary };
    let leaked_rows = leaked_rows.map(LeakedRows::into_inner).transpose()?;
    let summary_file = summary::write(summary_file, &summary)?;
    let outputs = [stream, rejects.into_inner()?, summary_file, leaked_rows];
    let index = publication.map(|publication| output::PrimaryOutput {
        target: &arguments.output,
        publish: || Ok(publication.publish()?),
        next_step: arguments.shards.map(|_| {
            format!("remove the folder {}, and run this again", arguments.output.display())
        }),
    });
    output::publish(output::settle(outputs.into_iter().flatten())?, index)?;
    self_check::print(&summary.caveats);
    if let Some(hint) = leak::hint_of_missing_aliases(&summary.by_kind) {
        print_warning(format_args!("{file}: {hint}"));
    }
    conclude(format_args!("{}", summary::of_build(&summary, time_for_people(start))));
    Ok(Status::Done)
}

/// The memory for identifiers, out of the memory for the whole command, in bytes.
fn memory_for_identifiers(given: Option<ByteCount>) -> anyhow::Result<usize> {
    /// Rows, blocks and buffers need about this much, however long the leak is.
    const LEAST: ByteCount = ByteCount(64 << 20);
    let whole = given.map_or_else(machine::default_memory, |ByteCount(bytes)| bytes);
    if given.is_some() && whole < LEAST.0 {
        return wrong_usage(format!(
            "--memory must be at least {LEAST}; give more, or leave it out"
        ));
    }
    Ok(usize::try_from(whole - whole / 8).unwrap_or(usize::MAX))
}

/// Adds advice if the disk with the sort files is full.
fn advise_on_full_disk(error: anyhow::Error, folder: &Path) -> anyhow::Error {
    match error.downcast_ref::<Error>() {
        Some(Error::Io { path, source, .. })
            if path == folder && source.kind() == io::ErrorKind::StorageFull =>
        {
            anyhow::anyhow!(
                "{error}; make room there (40 bytes for each identifier of each row), name an --output \
                 on another disk, or give more --memory"
            )
        }
        _ => error,
    }
}

/// The figures of the index, built in memory or on the disk, without the breach and the rejects.
fn summary_of(
    index_id: IndexId,
    metadata: &Metadata,
    identifiers: u64,
    index_bytes: u64,
) -> BuildSummary {
    let Metadata { rows, kinds, key_id, generation, .. } = metadata.clone();
    BuildSummary {
        rows: rows.read,
        indexed: rows.indexed,
        duplicate: rows.duplicate,
        rejected: rows.rejected,
        identifiers,
        by_kind: kinds.into_iter().map(|count| (count.kind, count.identifiers)).collect(),
        breach: String::new(),
        key_id,
        index_id,
        generation,
        index_bytes,
        rejects_by_reason: BTreeMap::new(),
        suspects_by_reason: rows.suspects_by_reason,
        caveats: Vec::new(),
        unused_columns: Vec::new(),
    }
}

fn refuse_conflicts(arguments: &Build) -> anyhow::Result<()> {
    if arguments.shards.is_some() && streams::of_path(&arguments.output).is_some() {
        return wrong_usage("--shards makes a folder of files; name it with --output");
    }
    let results = &arguments.results;
    arguments.leaked_rows.as_deref().map_or(Ok(()), leaked_rows::refuse_misnamed)?;
    let written = [&arguments.output].into_iter().chain(&results.rejects).chain(&results.summary);
    let written = written.chain(&arguments.leaked_rows);
    let read = arguments.leaks.iter().chain([&arguments.key]).chain(&arguments.breach);
    output::refuse_conflicts(written, read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_during_sorting_has_advice() {
        let advised = |path: &str, kind: io::ErrorKind| {
            let (action, path) = ("write sorted identifiers to this folder", path.into());
            let error = Error::Io { action, path, source: kind.into() };
            advise_on_full_disk(error.into(), Path::new("folder")).to_string()
        };
        let full = advised("folder", io::ErrorKind::StorageFull);
        assert!(full.starts_with("folder: cannot write sorted identifiers"), "{full}");
        assert!(full.contains("make room there") && full.contains("--memory"), "{full}");
        for other in [
            advised("other", io::ErrorKind::StorageFull),
            advised("folder", io::ErrorKind::PermissionDenied),
        ] {
            assert!(!other.contains("make room"), "{other}");
        }
    }
}
