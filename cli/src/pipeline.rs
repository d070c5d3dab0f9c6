//! Reads a file in blocks, works on the blocks on all threads, and takes the results in order.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::{
    input::{Block, Input},
    progress::Progress,
};

/// How many blocks are read and worked on together, for each thread: enough that threads seldom wait
/// for each other, and few enough that memory stays small.
const BLOCKS_PER_THREAD: usize = 8;

/// Calls `work` for each block on any thread and `take` with each result in the order of the
/// blocks. While one group of blocks is worked on, the next is read: at most two groups are in
/// memory, whatever the size of the file.
///
/// Each thread works with a worker that `hire` makes, which can keep its memory from block to block.
/// `take` may say that it is enough by giving false.
pub fn run<W: Send, T: Send>(
    input: &mut Input,
    progress: &Progress,
    hire: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &Block) -> T + Sync,
    mut take: impl FnMut(T) -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let group = BLOCKS_PER_THREAD * rayon::current_num_threads();
    let idle = Mutex::new(Vec::new());
    let work = |block: &Block| {
        let idle_worker = lock(&idle).pop();
        let mut worker = idle_worker.unwrap_or_else(&hire);
        let result = work(&mut worker, block);
        lock(&idle).push(worker);
        result
    };
    let mut current = read(input, group)?;
    while !current.is_empty() {
        let (next, results) =
            rayon::join(|| read(input, group), || current.par_iter().map(work).collect::<Vec<T>>());
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

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A worker that panicked is not among the idle ones.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
