//! Reads an input into batches of rows.

use leakdex::Batch;
use leakdex_input::{Block, Gaps, Input, InputError, Rows, UnusedCounts};

use crate::pipeline;

/// Reads the rows of an input into batches. Each thread has a copy of `empty`, and fills it with one block after
/// the other. Calls `work` with each batch on all threads, and `take` with each result and the headers of its
/// columns, in the order of the rows. Calls `before_block` before it reads each block. `take` may return false to
/// stop. Returns the counts of the unused columns.
///
/// # Errors
///
/// If the input cannot be read, or if `take` fails.
pub fn each_batch<T: Send, E: From<InputError> + Send>(
    input: &mut Input,
    empty: &Batch,
    mut before_block: impl FnMut() + Send,
    work: impl Fn(&mut Batch) -> T + Sync,
    mut take: impl FnMut(T, Headers) -> Result<bool, E> + Send,
) -> Result<UnusedCounts, E> {
    let layout = input.layout();
    let read = || {
        before_block();
        Ok(input.next_block()?)
    };
    let read_and_work = |batch: &mut Batch, block: &Block| {
        batch.clear();
        let (mut headers, mut unused) = (Headers::default(), UnusedCounts::default());
        headers.gaps = layout.gaps(block);
        layout.rows_of_leak(block, &mut unused, |rows| {
            batch.push_columns(rows.columns());
            headers.note(rows);
        });
        (work(batch), headers, unused)
    };
    let mut all_unused = UnusedCounts::default();
    pipeline::run(
        read,
        || empty.clone(),
        read_and_work,
        |(done, headers, unused)| {
            all_unused.merge(unused);
            take(done, headers)
        },
    )?;
    Ok(all_unused)
}

/// The headers of the columns that the rows of a batch come from, since lines of JSON may have different keys.
/// Also counts the rows without content between the rows.
#[derive(Default)]
pub struct Headers {
    shares: Vec<Share>,
    gaps: Gaps,
}

/// Consecutive rows with the same headers.
struct Share {
    /// The first row after this share.
    end: usize,
    headers: Vec<String>,
}

impl Headers {
    fn note(&mut self, rows: &Rows<'_>) {
        let start = self.shares.last().map_or(0, |share| share.end);
        let columns = 0..rows.columns().columns().len();
        let headers: Vec<String> = columns.map(|column| rows.header(column).to_string()).collect();
        let end = start + rows.len();
        match self.shares.last_mut().filter(|share| share.headers == headers) {
            Some(share) => share.end = end,
            None => self.shares.push(Share { end, headers }),
        }
    }

    /// The rows without content between the rows of the block.
    #[must_use]
    pub const fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    /// The header of a column of the row; empty if there is none.
    #[must_use]
    pub fn header(&self, row: usize, column: usize) -> &str {
        let share = self.shares.partition_point(|share| share.end <= row);
        self.shares
            .get(share)
            .and_then(|share| share.headers.get(column))
            .map_or("", String::as_str)
    }
}
