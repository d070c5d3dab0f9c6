//! Reads an input into batches of records.

use leakdex::Batch;
use leakdex_input::{Block, Input};

use crate::{pipeline, progress::Progress, rejects::ColumnNames, status::inform_of_lines};

/// Reads the rows of an input into copies of an empty batch, calls `work` with each batch, on all
/// threads, and `take` with each result in the order of the rows, beside the names of the columns that its problems come from. Tells
/// people what was taken of the input, and how far it is. `take` may say that it is enough by giving
/// false.
pub fn each<T: Send>(
    mut input: Input,
    empty: &Batch,
    work: impl Fn(Batch) -> T + Sync,
    mut take: impl FnMut(T, ColumnNames) -> anyhow::Result<bool> + Send,
) -> anyhow::Result<()> {
    inform_of_lines(input.describe());
    let progress = Progress::new(&input);
    let layout = input.layout();
    let read = || {
        progress.update();
        Ok(input.next_block()?)
    };
    let read_and_work = |(): &mut (), block: &Block| {
        let mut batch = empty.clone();
        let mut columns = ColumnNames::default();
        layout.rows(block, |row| {
            batch.push(row.record);
            columns.note(&row, &batch);
        });
        (work(batch), columns)
    };
    pipeline::run(read, || (), read_and_work, |(done, columns)| take(done, columns))?;
    drop(progress);
    inform_of_lines(input.notes());
    Ok(())
}
