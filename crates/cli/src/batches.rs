//! Reads an input into batches of rows.

use leakdex::Batch;
use leakdex_input::{Block, Input, Rows, UnusedColumn, UnusedCounts};

use crate::{pipeline, progress::Progress, status::inform_of_lines};

/// Reads the rows of an input into copies of an empty batch, calls `work` with each batch on all
/// threads, and calls `take` with each result in the order of the rows, beside the headers of the
/// columns. Tells people how the input is read, and how far it is. `take` may say that it is enough by
/// giving false. Gives the input back, and the columns that are not used.
pub fn each<T: Send>(
    mut input: Input,
    empty: &Batch,
    work: impl Fn(Batch) -> T + Sync,
    mut take: impl FnMut(T, Headers) -> anyhow::Result<bool> + Send,
) -> anyhow::Result<(Input, Vec<UnusedColumn>)> {
    inform_of_lines(input.describe());
    let progress = Progress::new(&input);
    let layout = input.layout();
    let read = || {
        progress.update();
        Ok(input.next_block()?)
    };
    let read_and_work = |(): &mut (), block: &Block| {
        let mut batch = empty.clone();
        let (mut headers, mut unused) = (Headers::default(), UnusedCounts::default());
        layout.rows_and_unused(block, &mut unused, |rows| {
            batch.push_columns(rows.columns());
            headers.note(rows);
        });
        (work(batch), headers, unused)
    };
    let mut all_unused = UnusedCounts::default();
    pipeline::run(
        read,
        || (),
        read_and_work,
        |(done, headers, unused)| {
            all_unused.unite(unused);
            take(done, headers)
        },
    )?;
    drop(progress);
    inform_of_lines(input.notes());
    Ok((input, layout.unused_columns(&all_unused)))
}

/// The headers of the columns that the rows of a batch come from: lines of JSON need not have the same
/// keys.
#[derive(Default)]
pub struct Headers(Vec<Share>);

struct Share {
    /// The first row that is not in this share any more.
    end: usize,
    headers: Vec<String>,
}

impl Headers {
    fn note(&mut self, rows: &Rows<'_>) {
        let start = self.0.last().map_or(0, |share| share.end);
        let columns = 0..rows.columns().columns().len();
        let headers: Vec<String> = columns.map(|column| rows.header(column).to_string()).collect();
        let end = start + rows.len();
        match self.0.last_mut().filter(|share| share.headers == headers) {
            Some(share) => share.end = end,
            None => self.0.push(Share { end, headers }),
        }
    }

    /// The header of a column of the row.
    pub fn header(&self, row: usize, column: usize) -> &str {
        let share = self.0.partition_point(|share| share.end <= row);
        self.0.get(share).and_then(|share| share.headers.get(column)).map_or("", String::as_str)
    }
}
