//! Times the library on the columns of a member list, for `benches/ways/ways.py`. This is a lower bound for the
//! time of a check of record batches.
//!
//! ```sh
//! cargo run --release --package leakdex-arrow --example columns -- members.csv breach.leakdex breach.key 2 5
//! ```
//!
//! The arguments are a list with commas between its columns and no quotes, an index, its key, the number of threads
//! and how often all members are checked. The example prints a line for each check of all members: wall-clock
//! seconds, CPU seconds, and the number of affected members. `--self-checked` also collects the counts for caveats,
//! and looks for shifted dates of birth in as many members as every check does.

use std::{
    error::Error,
    fs,
    hint::black_box,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use leakdex::{Batch, Column, Columns, Field, Index, IndexSet, Key, State};
use leakdex_screening::probes_dates;

/// How many members are checked together.
const SHARE: usize = 1024;

/// A check of record batches has about this many shares in a block.
const BLOCK: u64 = 4;

/// The values of a column as Arrow stores them: all texts together, and where each begins.
struct Values {
    field: Field,
    text: String,
    offsets: Vec<i32>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let (flags, words): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let [members, index, key, threads, times] = words.as_slice() else {
        return Err("usage: columns MEMBERS.CSV INDEX KEY THREADS TIMES [--self-checked]".into());
    };
    let index = Index::open(Path::new(index), &Key::load(Path::new(key))?)?;
    let indexes = IndexSet::new(vec![index])?;
    let (columns, rows) = read(&fs::read_to_string(members)?)?;
    let threads: usize = threads.parse()?;
    let self_checked = flags.iter().any(|flag| flag == "--self-checked");
    for _ in 0..times.parse()? {
        let begin = Instant::now();
        let each = rows.div_ceil(threads * SHARE) * SHARE;
        let parts: Vec<(usize, Duration)> = thread::scope(|scope| {
            let part = |thread: usize| (thread * each).min(rows)..((thread + 1) * each).min(rows);
            let (indexes, columns) = (&indexes, &columns);
            let running: Vec<_> = (0..threads)
                .map(|thread| {
                    scope.spawn(move || {
                        let begin = Instant::now();
                        let batch = indexes.batch();
                        let batch = if self_checked { batch.profiled() } else { batch };
                        let probes_dates = |share| self_checked && probes_dates(share / BLOCK);
                        let affected =
                            affected(indexes, columns, part(thread), batch, probes_dates);
                        (affected, begin.elapsed())
                    })
                })
                .collect();
            running.into_iter().map(|handle| handle.join().expect("no thread panics")).collect()
        });
        let wall = begin.elapsed().as_secs_f64();
        // No thread waits, so on a quiet machine its wall time equals its CPU time.
        let cpu: f64 = parts.iter().map(|(_, took)| took.as_secs_f64()).sum();
        let affected: usize = parts.iter().map(|(affected, _)| affected).sum();
        println!("{wall:.4} {cpu:.4} {affected}");
    }
    Ok(())
}

fn read(text: &str) -> Result<(Vec<Values>, usize), Box<dyn Error>> {
    let mut lines = text.lines();
    let header = lines.next().ok_or("the list is empty")?;
    let mut columns = Vec::new();
    for name in header.split(',') {
        let field = name.parse()?;
        columns.push(Values { field, text: String::new(), offsets: vec![0] });
    }
    let mut rows = 0;
    for line in lines {
        for (column, cell) in columns.iter_mut().zip(line.split(',')) {
            column.text.push_str(cell);
            column.offsets.push(column.text.len().try_into()?);
        }
        rows += 1;
    }
    if columns.iter().any(|column| column.offsets.len() != rows + 1) {
        return Err("a row has too few cells".into());
    }
    Ok((columns, rows))
}

fn affected(
    indexes: &IndexSet,
    values: &[Values],
    rows: std::ops::Range<usize>,
    mut batch: Batch,
    probes_dates: impl Fn(u64) -> bool,
) -> usize {
    let mut affected = 0;
    for start in rows.clone().step_by(SHARE) {
        let end = rows.end.min(start + SHARE);
        let mut columns = Columns::with_capacity(end - start, values.len());
        for Values { field, text, offsets } in values {
            columns.push(Column::new(*field, text.as_bytes(), &offsets[start..=end]));
        }
        batch.clear();
        batch.push_columns(&columns);
        let verdicts = indexes.check_batch(&batch);
        let states = (0..verdicts.len()).map(|member| verdicts.state(member));
        affected += states.filter(|state| *state == State::Affected).count();
        if probes_dates((start / SHARE) as u64) {
            black_box(indexes.probe_dates(&batch, &verdicts));
        }
    }
    affected
}
