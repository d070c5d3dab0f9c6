//! Adds leaked rows to a builder.

use std::collections::BTreeMap;

use leakdex::{IndexBuilder, KindSet};
use leakdex_screening::{add_leak, reasons_since};
use serde::Serialize;

use crate::{
    columns::{self, ColumnUse},
    counts::RunCaveat,
    error::Error,
    options::Options,
    stream::{Batches, catch_panic},
    threads::on_threads,
};

/// The rows of a leak, after they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AddSummary {
    /// The number of rows.
    pub rows: u64,
    /// Rows with an identifier that is in the index. Until the index is built, this includes duplicates.
    pub indexed: u64,
    /// Rows without a usable identifier.
    pub rejected: u64,
    /// How often each reason kept a value out.
    pub rejects_by_reason: BTreeMap<String, u64>,
    /// The used columns.
    pub columns_used: Vec<ColumnUse>,
    /// The unused columns.
    pub columns_ignored: Vec<String>,
    /// The caveats found while the leak was read. The index contains them, too.
    pub caveats: Vec<RunCaveat>,
}

/// Adds leaked rows to a builder, on all threads.
///
/// # Errors
///
/// As [`check`](crate::check), and [`Error::Unusable`] if more than a tenth of the rows were rejected: an index of
/// the rest would report people as *not affected* who are in the leak.
pub fn add(
    builder: &mut IndexBuilder<'_>,
    leaked: Batches,
    options: &Options,
) -> Result<AddSummary, Error> {
    let before = builder.rows().clone();
    let mut input = columns::open(
        columns::LEAK,
        leaked,
        options,
        KindSet::all(),
        builder.batch().normaliser(),
    )?;
    let (columns_used, columns_ignored) = (columns::used(&input), columns::ignored(&input));
    let added = catch_panic(|| {
        on_threads(options.threads, || add_leak::<Error>(&mut input, builder, || (), |_| Ok(true)))
    });
    let (_, caveats) = added.unwrap_or(Err(Error::Internal))?.usable()?;
    let rows = builder.rows();
    Ok(AddSummary {
        rows: rows.read - before.read,
        indexed: rows.indexed - before.indexed,
        rejected: rows.rejected - before.rejected,
        rejects_by_reason: reasons_since(&before, rows),
        columns_used,
        columns_ignored,
        caveats: caveats.into_iter().map(RunCaveat::of).collect(),
    })
}
