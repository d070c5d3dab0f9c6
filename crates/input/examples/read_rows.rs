//! Reads an input on one or more threads and adds up the lengths of the values in its used columns:
//!
//!     cargo run --release --package leakdex-input --example read_rows -- FILE [THREADS]
//!
//! It prints the rows, the bytes and the seconds. The benches compare it with other readers.

use std::{env, error::Error, path::Path, sync::Mutex, thread, time::Instant};

use leakdex_input::{Block, Input, Layout, Options};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let file = arguments.next().ok_or("give a file")?;
    let threads: usize = arguments.next().map_or(Ok(1), |number| number.parse())?;

    let begin = Instant::now();
    let input = Input::open(Path::new(&file), &Options::default())?;
    let layout = input.layout();
    let input = Mutex::new(input);
    let read = || -> Result<(u64, usize), String> {
        let (mut rows, mut bytes) = (0, 0);
        loop {
            let mut input = input.lock().map_err(|_| "a thread panicked")?;
            let block = input.next_block().map_err(|error| error.to_string())?;
            drop(input);
            let Some(block) = block else { return Ok((rows, bytes)) };
            let (of_block, length) = lengths(&layout, &block);
            rows += of_block;
            bytes += length;
        }
    };
    let (mut rows, mut bytes) = (0, 0);
    thread::scope(|scope| {
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(read)).collect();
        for thread in started {
            let (of_thread, length) = thread.join().map_err(|_| "a thread panicked")??;
            rows += of_thread;
            bytes += length;
        }
        Ok::<(), String>(())
    })?;
    println!("{rows} rows, {bytes} bytes in {:.3} s", begin.elapsed().as_secs_f64());
    Ok(())
}

/// The rows of a block, and the length of all their values.
fn lengths(layout: &Layout, block: &Block) -> (u64, usize) {
    let mut bytes = 0;
    let rows = layout.rows(block, |rows| {
        for column in rows.columns().columns() {
            bytes += (0..rows.len())
                .filter_map(|row| column.text(row).ok())
                .map(str::len)
                .sum::<usize>();
        }
    });
    (rows, bytes)
}
