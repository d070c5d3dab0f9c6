//! Checks members, window by window, and returns verdicts in their order.

use std::{
    collections::VecDeque,
    num::NonZeroUsize,
    sync::Arc,
    time::{Duration, Instant},
};

use arrow_array::{ArrayRef, RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, Schema, SchemaRef};
use leakdex::IndexSet;
use leakdex_input::{Block, Input, Layout, UnusedCounts};
use leakdex_screening::Screener;
use rayon::prelude::*;

use crate::{
    columns::{self, ColumnUse},
    counts::{RunCounts, RunOutcome},
    error::Error,
    options::Options,
    output::{self, Output},
    stream::{Batches, catch_panic},
    threads::{number, on_threads},
};

/// The number of blocks per thread that are read before they are checked: enough that no thread waits long for the
/// others at the end of a window.
const BLOCKS_PER_THREAD: usize = 8;

/// How often a check tests whether somebody changed the indexes.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Checks members against indexes. The verdicts come batch by batch, in the order of the members. Each batch has
/// the columns of [`Options::keep`], then those of the verdict. Memory does not grow with the number of members:
/// the check reads ahead a few thousand rows per thread. If a column of dates of birth does not show whether day
/// or month comes first, it reads ahead up to 64 MiB more.
///
/// # Errors
///
/// [`Error::Columns`] if no column is useful, if a column has an unsupported type, or if a column that would
/// identify persons is neither used nor explicitly ignored. [`Error::Stream`] if the first batches cannot be read.
pub fn check(
    indexes: Arc<IndexSet>,
    members: Batches,
    options: &Options,
) -> Result<Verdicts, Error> {
    let schema = members.schema();
    let kept = columns::kept(&schema, &options.keep)?;
    let input = columns::open(
        columns::MEMBERS,
        members,
        options,
        indexes.kinds(),
        indexes.batch().normaliser(),
    )?;
    let mut fields: Vec<_> = kept.iter().map(|&place| schema.field(place).clone()).collect();
    fields.extend(output::fields());
    let headers = schema.fields().iter().map(|field| field.name().clone()).collect();
    let counts = RunCounts::new(&input, headers, &indexes, options.task);
    let layout = input.layout();
    let schema = Arc::new(Schema::new(fields));
    Ok(Verdicts {
        context: CheckContext { indexes, layout, kept, schema, task: options.task },
        input,
        threads: options.threads,
        ready: VecDeque::new(),
        counts,
        stage: Stage::Reading,
        last_check: Instant::now(),
    })
}

/// Verdicts on members, batch by batch.
pub struct Verdicts {
    context: CheckContext,
    input: Input,
    threads: Option<NonZeroUsize>,
    ready: VecDeque<RecordBatch>,
    counts: RunCounts,
    stage: Stage,
    last_check: Instant,
}

/// Everything that a thread needs to check a block.
struct CheckContext {
    indexes: Arc<IndexSet>,
    layout: Arc<Layout>,
    /// The positions of the columns that come back beside the verdicts.
    kept: Vec<usize>,
    schema: SchemaRef,
    task: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Reading,
    Done,
    /// An error was returned. Nothing comes after it.
    Failed,
}

/// The verdicts of one block.
struct CheckedBlock {
    verdicts: RecordBatch,
    counts: RunCounts,
}

impl Verdicts {
    /// The used columns, with their contents.
    #[must_use]
    pub fn columns_used(&self) -> Vec<ColumnUse> {
        columns::used(&self.input)
    }

    /// The unused columns.
    #[must_use]
    pub fn columns_ignored(&self) -> Vec<String> {
        columns::ignored(&self.input)
    }

    /// The counts of the run, after the last verdict. The counts of several tasks add up.
    #[must_use]
    pub fn counts(&self) -> Option<&RunCounts> {
        (self.stage == Stage::Done).then_some(&self.counts)
    }

    /// The outcome of the run with its caveats, after the last verdict.
    #[must_use]
    pub fn outcome(&self) -> Option<Result<RunOutcome, Error>> {
        self.counts().map(|counts| counts.outcome(&self.context.indexes))
    }

    /// The verdicts on the next members; `None` after the last member.
    ///
    /// # Errors
    ///
    /// [`Error::Stream`] if the stream of members ends with an error or contains an invalid batch, and
    /// [`Error::Library`] if an index is damaged or was changed meanwhile. The earlier verdicts are then not a
    /// result.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>, Error> {
        if self.stage == Stage::Failed {
            return Err(Error::Stream("the check has failed; begin another".to_owned()));
        }
        while self.ready.is_empty() && self.stage == Stage::Reading {
            let window = catch_panic(|| self.check_window()).unwrap_or(Err(Error::Internal));
            window.inspect_err(|_| self.stage = Stage::Failed)?;
        }
        Ok(self.ready.pop_front())
    }

    fn check_window(&mut self) -> Result<(), Error> {
        let blocks = self.next_blocks()?;
        if blocks.is_empty() {
            on_threads(self.threads, || self.context.indexes.verify_touched())?;
            self.counts.end(&self.input);
            self.stage = Stage::Done;
            return Ok(());
        }
        if self.last_check.elapsed() > CHECK_INTERVAL {
            self.context.indexes.verify_unchanged()?;
            self.last_check = Instant::now();
        }
        let context = &self.context;
        let new_screener = || Screener::new(&context.indexes);
        let checked: Vec<Result<CheckedBlock, Error>> =
            if self.threads.is_some_and(|threads| threads.get() == 1) {
                let mut screener = new_screener();
                blocks.iter().map(|block| context.check(&mut screener, block)).collect()
            } else {
                on_threads(self.threads, || {
                    blocks
                        .par_iter()
                        .map_init(new_screener, |screener, block| context.check(screener, block))
                        .collect()
                })
            };
        for checked in checked {
            let CheckedBlock { verdicts, counts } = checked?;
            self.counts.add_block(counts);
            self.ready.push_back(verdicts);
        }
        Ok(())
    }

    fn next_blocks(&mut self) -> Result<Vec<Block>, Error> {
        let threads = number(self.threads);
        let mut blocks = Vec::with_capacity(threads * BLOCKS_PER_THREAD);
        while blocks.len() < threads * BLOCKS_PER_THREAD {
            let Some(block) = self.input.next_block()? else { break };
            blocks.push(block);
        }
        Ok(blocks)
    }
}

impl CheckContext {
    fn check(&self, screener: &mut Screener<'_>, block: &Block) -> Result<CheckedBlock, Error> {
        let members = block.batch().ok_or(Error::Internal)?;
        let mut output = Output::with_capacity(members.num_rows());
        let (mut counts, mut unused) = (RunCounts::default(), UnusedCounts::default());
        let probes_dates = probes_dates(self.task, block.number());
        self.layout.rows_and_unused(block, &mut unused, |rows| {
            let verdicts = screener.check(rows, probes_dates, counts.profile());
            counts.count(&verdicts);
            output.push(&verdicts);
        });
        counts.profile().add_unused(unused);
        // A row without a verdict would count as not affected.
        if output.len() != members.num_rows() {
            return Err(Error::Internal);
        }
        let mut columns: Vec<ArrayRef> =
            self.kept.iter().map(|&place| Arc::clone(members.column(place))).collect();
        columns.extend(output.finish());
        let verdicts = RecordBatch::try_new(Arc::clone(&self.schema), columns);
        Ok(CheckedBlock { verdicts: verdicts.map_err(|_| Error::Internal)?, counts })
    }
}

/// Whether members are also looked up with changed dates of birth. The first task does this as often as a run
/// without tasks. The others do it in their first block and in one of 256, because the first task may have few members
/// or none.
const fn probes_dates(task: u64, block: u64) -> bool {
    if task == 0 {
        leakdex_screening::probes_dates(block)
    } else {
        block == 0 || task.wrapping_add(block).is_multiple_of(256)
    }
}

impl Iterator for Verdicts {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().map_err(|error| ArrowError::ExternalError(Box::new(error))).transpose()
    }
}

impl RecordBatchReader for Verdicts {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.context.schema)
    }
}

#[cfg(test)]
mod tests {
    use super::probes_dates;

    #[test]
    fn a_task_may_have_the_highest_number() {
        assert!(probes_dates(u64::MAX, 1) && !probes_dates(u64::MAX, 2));
    }
}
