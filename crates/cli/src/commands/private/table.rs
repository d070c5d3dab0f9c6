//! `leakdex private table`: makes the table of a leak.

use std::{collections::BTreeMap, fs, time::Instant};

use leakdex::RowAccount;
use leakdex_input::UnusedColumn;
use leakdex_private::{EpochId, FileId, FileType, write_table};
use leakdex_screening::{ColumnCaveat, caveats};
use serde::Serialize;

use super::{create, load_epoch, load_signer, read_back};
use crate::{
    args::TableArguments,
    commands::print,
    human::counted,
    inputs::{self, Inputs},
    leak,
    output::{self, Output},
    progress::Progress,
    rejects::Rejects,
    self_check,
    status::{Status, print_info, time_for_people},
    summary,
};

/// The figures of a table, as `--summary` writes them.
#[derive(Serialize)]
struct TableSummary {
    table_id: FileId,
    epoch_id: EpochId,
    breach: String,
    generation: u64,
    rows: RowAccount,
    /// The number of different identifiers of each kind.
    by_kind: BTreeMap<String, u64>,
    caveats: Vec<ColumnCaveat>,
    unused_columns: Vec<UnusedColumn>,
}

pub fn run(arguments: &TableArguments) -> anyhow::Result<Status> {
    let start = Instant::now();
    let results = &arguments.results;
    let written = [&arguments.output].into_iter().chain(&results.rejects).chain(&results.summary);
    let secrets = [&arguments.epoch, &arguments.signer];
    let read = arguments.leaks.iter().chain(secrets).chain(&arguments.breach);
    output::refuse_conflicts(written, read)?;
    let inputs = Inputs::new(&arguments.input, &arguments.leaks)?;
    let mut rejects = Rejects::of_leak(results, arguments.lang)?;
    let summary_file = Output::create_optional(results.summary.as_deref())?;
    let mut table = create(&arguments.output)?;

    let epoch = load_epoch(&arguments.epoch)?;
    let signer = load_signer(&arguments.signer)?;
    let breach = leak::described(arguments.breach.as_deref(), arguments.name.as_ref())?;
    let breach = breach.unwrap_or_else(|| leak::named_after(&arguments.leaks[0]));
    let name = breach.name().to_string();
    inputs::refuse_missing(&arguments.leaks)?;
    inputs::refuse_repeated(&arguments.leaks)?;
    let key = epoch.table_key()?;
    let builder = key.builder(breach).generation(arguments.generation);
    let mut builder = builder.normaliser(inputs.normaliser());
    let added = leak::add_files(&arguments.leaks, &inputs, &mut builder, &mut rejects, None)?;
    let (unused_columns, of_reading) = added;
    let file = match &arguments.leaks[..] {
        [leak] => leak,
        _ => &arguments.output,
    };
    let caveats = caveats::named(&file.display().to_string(), builder.caveats(), &of_reading);

    let progress = Progress::of_build();
    let (index, identifiers) = builder.build_with_identifiers()?;
    let show = |done, total| progress.show_count("identifiers", done, total);
    let table_id = write_table(&epoch, &key, &index, &identifiers, &signer, show, &mut table)?;
    drop(progress);
    let metadata = index.metadata();
    let summary = TableSummary {
        table_id,
        epoch_id: epoch.id(),
        breach: name,
        generation: metadata.generation,
        rows: metadata.rows.clone(),
        by_kind: metadata.kinds.iter().map(|kind| (kind.kind.clone(), kind.identifiers)).collect(),
        caveats,
        unused_columns,
    };
    let summary_file = summary::write(summary_file, &summary)?;
    let table = read_back(table, FileType::Table, table_id)?;
    let outputs = [rejects.into_inner()?, summary_file, Some(table)];
    let outputs = output::settle(outputs.into_iter().flatten())?;
    output::publish(outputs, output::NO_PRIMARY_OUTPUT)?;
    self_check::print(&summary.caveats);
    for (kind, identifiers) in &summary.by_kind {
        print_info(format_args!("  {} of kind {kind}\n", counted(*identifiers, "identifier")));
    }
    // The default kinds have no aliases, so this is no warning.
    if let Some(hint) = leak::hint_of_missing_aliases(&summary.by_kind) {
        print_info(format_args!("  {hint} of 'private epoch'\n"));
    }
    if let Some(time) = time_for_people(start) {
        let bytes = fs::metadata(&arguments.output).map_or(0, |metadata| metadata.len());
        print_info(format_args!("  {}, in {} s\n", counted(bytes, "byte"), time.as_secs()));
    }
    print(&format!("table {table_id} in {}\n", arguments.output.display()))?;
    Ok(Status::Done)
}
