//! Reads member lists several times in the same order.

use std::{path::PathBuf, sync::mpsc, thread};

use leakdex::Batch;

use crate::{
    inputs::{self, Inputs},
    output::{is_standard, is_stream},
    progress::Progress,
    status::{print_lines, wrong_usage},
};

/// Refuses lists that cannot be read several times.
pub fn refuse_streams(members: &[PathBuf]) -> anyhow::Result<()> {
    if members.iter().any(|members| is_standard(members) || is_stream(members)) {
        return wrong_usage(
            "a private check reads member lists several times, so they cannot be streams; name files",
        );
    }
    Ok(())
}

/// The number of batches that are read ahead.
const AHEAD: usize = 4;

/// Member lists that are read once per pass.
pub struct Lists<'a> {
    inputs: &'a Inputs,
    members: &'a [PathBuf],
}

impl<'a> Lists<'a> {
    /// Refuses lists that cannot be read several times.
    pub fn new(inputs: &'a Inputs, members: &'a [PathBuf]) -> anyhow::Result<Self> {
        refuse_streams(members)?;
        inputs::refuse_missing(members)?;
        inputs::refuse_repeated(members)?;
        Ok(Self { inputs, members })
    }

    /// Reads all lists into copies of an empty batch, and calls `take` with each batch in the order of the
    /// members. A separate thread reads ahead, since `take` may keep all threads of the pool busy. The
    /// first pass prints how the lists are read.
    pub fn for_each_batch(
        &self,
        empty: &Batch,
        is_first: bool,
        mut take: impl FnMut(&Batch) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        for members in self.members {
            let mut input = self.inputs.open(members)?;
            if is_first {
                print_lines(input.describe());
            }
            let progress = Progress::new(&input);
            let (sender, batches) = mpsc::sync_channel::<Batch>(AHEAD);
            thread::scope(|threads| {
                let source = &mut input;
                let reader = threads.spawn(move || -> anyhow::Result<()> {
                    let layout = source.layout();
                    while let Some(block) = source.next_block()? {
                        let mut batch = empty.clone();
                        layout.rows(&block, |rows| batch.push_columns(rows.columns()));
                        // The receiver is gone only after an error of its own.
                        if sender.send(batch).is_err() {
                            break;
                        }
                    }
                    Ok(())
                });
                let taken = batches.iter().try_for_each(|batch| {
                    progress.update();
                    take(&batch)
                });
                drop(batches);
                let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                taken.and(read)
            })?;
            drop(progress);
            if is_first {
                print_lines(input.notes());
            }
        }
        Ok(())
    }
}
