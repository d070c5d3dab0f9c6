//! Reads a file in blocks, works on the blocks on all threads, and takes the results in order.

use rayon::prelude::*;

use crate::{
    input::{Block, Input},
    progress::Progress,
};

/// Calls `work` for each block on any thread and `take` with each result in the order of the
/// blocks. While one group of blocks is worked on, the next is read: at most two groups are in
/// memory, whatever the size of the file.
///
/// `take` may say that it is enough by giving false.
pub fn run<T: Send>(
    input: &mut Input,
    progress: &Progress,
    work: impl Fn(&Block) -> T + Sync,
    mut take: impl FnMut(T) -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let group = 2 * rayon::current_num_threads();
    let mut current = read(input, group)?;
    while !current.is_empty() {
        let (next, results) = rayon::join(
            || read(input, group),
            || current.par_iter().map(&work).collect::<Vec<T>>(),
        );
        for result in results {
            if !take(result)? {
                return Ok(());
            }
        }
        progress.update();
        current = next?;
    }
    Ok(())
}

fn read(input: &mut Input, blocks: usize) -> anyhow::Result<Vec<Block>> {
    let mut group = Vec::with_capacity(blocks);
    while group.len() < blocks {
        match input.next_block()? {
            Some(block) => group.push(block),
            None => break,
        }
    }
    Ok(group)
}
