//! Runs the threads of a pipeline in every order of their steps, with loom.
//!
//! `line.rs` is compiled a second time here, with loom's locks in the place of those of the standard library. A short
//! search is part of each test run. `LEAKDEX_CAMPAIGN=1` lets threads be interrupted more often.

use std::env;

use loom::{
    model::Builder,
    sync::{self, Arc, Mutex},
    thread,
};

#[expect(clippy::duplicate_mod, reason = "with loom's locks")]
#[path = "line.rs"]
mod line;

use line::Line;

/// How a run with two threads and few blocks ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ending {
    NoMoreBlocks,
    /// After the second result.
    Enough,
    ErrorInReading,
    ErrorInTaking,
}

const BLOCKS: u64 = 4;

/// Two threads work on all blocks, with room for one result that waits. Returns the results that were taken and the
/// outcomes of both threads. A thread that sleeps for ever fails the model.
fn run(ending: Ending) -> (Vec<u64>, [Result<(), &'static str>; 2]) {
    let taken = Arc::new(Mutex::new(Vec::new()));
    let mut blocks = 0;
    let read = move || {
        blocks += 1;
        match ending {
            Ending::ErrorInReading if blocks == 3 => Err("reading"),
            _ => Ok((blocks <= BLOCKS).then_some(blocks - 1)),
        }
    };
    let keep = Arc::clone(&taken);
    let take = move |result: u64| {
        let mut taken = keep.lock().expect("no panic");
        taken.push(result);
        match ending {
            Ending::ErrorInTaking if result == 1 => Err("taking"),
            Ending::Enough if result == 1 => Ok(false),
            _ => Ok(true),
        }
    };
    let line = Arc::new(Line::new(read, take, 1));
    let worker = || {
        let line = Arc::clone(&line);
        move || line.process(|| (), |(), block| *block)
    };
    let other = thread::spawn(worker());
    let outcomes = [worker()(), other.join().expect("no panic")];
    let taken = taken.lock().expect("no panic").clone();
    (taken, outcomes)
}

fn in_every_order(
    ending: Ending,
    check: impl Fn(&[u64], &[Result<(), &str>]) + Send + Sync + 'static,
) {
    let mut builder = Builder::new();
    let is_long = env::var_os("LEAKDEX_CAMPAIGN").is_some();
    builder.preemption_bound = Some(if is_long { 4 } else { 2 });
    builder.max_branches = 10_000;
    builder.check(move || {
        let (taken, outcomes) = run(ending);
        check(&taken, &outcomes);
    });
}

#[test]
fn every_result_is_taken_once_and_in_order_whatever_the_threads_do() {
    in_every_order(Ending::NoMoreBlocks, |taken, outcomes| {
        assert!(taken.iter().copied().eq(0..BLOCKS), "{taken:?}");
        assert_eq!(outcomes, [Ok(()), Ok(())]);
    });
}

#[test]
fn nothing_is_taken_after_the_end_whatever_the_threads_do() {
    in_every_order(Ending::Enough, |taken, outcomes| {
        assert_eq!(taken, [0, 1]);
        assert_eq!(outcomes, [Ok(()), Ok(())]);
    });
    in_every_order(Ending::ErrorInTaking, |taken, outcomes| {
        assert_eq!(taken, [0, 1]);
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Err("taking")).count(), 1);
    });
}

#[test]
fn an_error_of_the_reader_ends_both_threads_whatever_they_do() {
    in_every_order(Ending::ErrorInReading, |taken, outcomes| {
        assert!(taken.iter().copied().eq(0..taken.len() as u64), "{taken:?}");
        assert!(taken.len() <= 2, "{taken:?}");
        assert!(outcomes.contains(&Err("reading")));
    });
}
