//! Reads member lists several times, in the same order.

use std::path::PathBuf;

use leakdex::Batch;
use leakdex_screening::each_batch;

use crate::{
    inputs::{self, Inputs},
    output::{is_standard, is_stream},
    progress::Progress,
    status::{inform_of_lines, wrong_usage},
};

/// Member lists, which are read once for each pass.
pub struct Lists<'a> {
    inputs: &'a Inputs,
    members: &'a [PathBuf],
    /// Whether somebody was told how they are read.
    is_described: bool,
}

impl<'a> Lists<'a> {
    /// Refuses lists that cannot be read several times.
    pub fn new(inputs: &'a Inputs, members: &'a [PathBuf]) -> anyhow::Result<Self> {
        if members.iter().any(|members| is_standard(members) || is_stream(members)) {
            return wrong_usage(
                "a private check reads member lists several times, so they cannot be streams; name files",
            );
        }
        inputs::refuse_missing(members)?;
        inputs::refuse_repeated(members)?;
        Ok(Self { inputs, members, is_described: false })
    }

    /// Reads all lists into copies of an empty batch, calls `work` with each batch on all threads, and `take`
    /// with each result in the order of the members.
    pub fn each<T: Send>(
        &mut self,
        empty: &Batch,
        work: impl Fn(Batch) -> T + Sync,
        mut take: impl FnMut(T) -> anyhow::Result<()> + Send,
    ) -> anyhow::Result<()> {
        for members in self.members {
            let mut input = self.inputs.open(members)?;
            if !self.is_described {
                inform_of_lines(input.describe());
            }
            let progress = Progress::new(&input);
            each_batch(
                &mut input,
                empty,
                || progress.update(),
                &work,
                |done, _| take(done).map(|()| true),
            )
            ?;
            drop(progress);
            if !self.is_described {
                inform_of_lines(input.notes());
            }
        }
        self.is_described = true;
        Ok(())
    }
}
