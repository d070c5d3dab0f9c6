//! A loom model of a live set whose files are replaced. It tries every order of the threads' steps.
//!
//! This module compiles `live_set.rs` a second time, with loom's locks in place of those of the standard library. A
//! short search is part of each test run. `LEAKDEX_CAMPAIGN=1` allows more preemptions.

use std::{env, fs, path::PathBuf, sync::Arc};

use loom::{model::Builder, sync, thread};

use super::index_set;
use crate::{Breach, IndexBuilder, Key, Record};

#[expect(clippy::duplicate_mod, reason = "with loom's locks")]
#[path = "live_set.rs"]
#[allow(dead_code, reason = "the model needs a part of it")]
mod live_set;

use live_set::{IndexSource, LiveSet};

const GENERATIONS: u64 = 3;

/// Reading a file needs more stack than a loom thread has by default.
const STACK: usize = 1 << 20;

/// A folder with a file for each generation of an index, and the path from which they are loaded.
struct Files {
    folder: tempfile::TempDir,
    key: Key,
}

impl Files {
    fn new() -> Self {
        let files = Self {
            folder: tempfile::tempdir().expect("a folder"),
            key: Key::from_bytes(&[7; 32]).expect("a key"),
        };
        for generation in 1..=GENERATIONS {
            let breach = Breach::named("leak").expect("well formed");
            let mut builder = IndexBuilder::new(&files.key, breach).generation(generation);
            let record = Record::new().username(&format!("user{generation}"));
            let _ = builder.add(&record).expect("added");
            builder.publish(files.of(generation)).expect("published");
        }
        files
    }

    fn of(&self, generation: u64) -> PathBuf {
        self.folder.path().join(format!("{generation}.leakdex"))
    }

    fn live(&self) -> PathBuf {
        self.folder.path().join("live.leakdex")
    }

    /// Replaces the live generation atomically.
    fn publish(&self, generation: u64) {
        let next = self.folder.path().join("next.leakdex");
        fs::copy(self.of(generation), &next).expect("copied");
        fs::rename(&next, self.live()).expect("renamed");
    }
}

/// The generation of the current set. Asserts that its answers come from that generation.
fn generation_of(live: &LiveSet) -> u64 {
    let set = live.current();
    let generation = set.indexes()[0].generation();
    let member = Record::new().username(&format!("user{generation}"));
    assert_eq!(set.check(&member).slug(), "affected", "generation {generation}");
    generation
}

fn spawn<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> thread::JoinHandle<T> {
    thread::Builder::new().stack_size(STACK).spawn(run).expect("a thread")
}

#[test]
fn no_older_index_replaces_a_newer_one_whatever_two_refreshing_threads_do() {
    let files = Arc::new(Files::new());
    let mut builder = Builder::new();
    let is_long = env::var_os("LEAKDEX_CAMPAIGN").is_some();
    builder.preemption_bound = Some(if is_long { 3 } else { 1 });
    builder.check(move || {
        let files = Arc::clone(&files);
        spawn(move || replace_while_two_refresh(&files)).join().expect("no panic");
    });
}

fn replace_while_two_refresh(files: &Files) {
    files.publish(1);
    let source = IndexSource::new(files.live(), files.key.clone());
    let live = Arc::new(LiveSet::open([source]).expect("it is there"));
    let refresh = || {
        let live = Arc::clone(&live);
        spawn(move || {
            let _is_new = live.refresh().expect("a whole index is there");
            generation_of(&live)
        })
    };
    let threads = [refresh(), refresh()];
    for generation in 2..=GENERATIONS {
        files.publish(generation);
        thread::yield_now();
    }
    let seen = threads.map(|thread| thread.join().expect("no panic"));
    let at_last = generation_of(&live);
    assert!(seen.iter().all(|&generation| generation <= at_last), "{seen:?}, then {at_last}");
    let _is_new = live.refresh().expect("a whole index is there");
    assert_eq!(generation_of(&live), GENERATIONS);
}
