//! A model check of the state of chunks. Loom runs the threads in every order of their steps, and
//! with every value that the memory model lets them read.
//!
//! Two files are compiled here a second time, with loom's atomics instead of those of the standard
//! library. Each test run makes a short search, which interrupts threads at most twice.
//! `LEAKDEX_CAMPAIGN=1` searches longer.

use std::{env, ops::Range};

use loom::{
    model::Builder,
    sync::{self, Arc},
    thread,
};

use super::{
    format::{self, CHUNK_LENGTH, Layout, Section},
    seal,
};
use crate::{Breach, IndexBuilder, Key, Record};

#[expect(clippy::duplicate_mod, reason = "with loom's atomics")]
#[path = "atomic_bit_set.rs"]
#[allow(dead_code, reason = "the model needs a part of it")]
mod atomic_bit_set;
#[expect(clippy::duplicate_mod, reason = "with loom's atomics")]
#[path = "chunks.rs"]
#[allow(dead_code, reason = "the model needs a part of it")]
mod chunks;

use chunks::Chunks;

/// An index, and a damaged copy of it.
struct Files {
    layout: Layout,
    sound: Vec<u8>,
    /// The last chunk of the filter is changed.
    damaged: Vec<u8>,
}

impl Files {
    /// An index of some people. With 50,000, its filter has two chunks.
    fn of(people: usize) -> Self {
        let key = Key::from_bytes(&[5; 32]).expect("a key");
        let mut builder = IndexBuilder::new(&key, Breach::named("leak").expect("well formed"));
        let mut batch = builder.batch();
        for number in 0..people {
            batch.push(&Record::new().username(&format!("user{number}")));
        }
        let _ = builder.add_batch(&batch).expect("added");
        let sound = builder.into_bytes().expect("it fits");
        let layout = Layout::decode(&sound, sound.len() as u64).expect("whole");
        let mut damaged = sound.clone();
        damaged[layout.range(Section::Filter).end - 1] ^= 1;
        Self { layout, sound, damaged }
    }

    /// The first byte of this chunk of the body.
    fn bytes_of(&self, number: usize) -> Range<usize> {
        let start = self.layout.body_start() + number * CHUNK_LENGTH;
        start..start + 1
    }
}

/// Runs a model in every order with at most two interruptions. A long search allows
/// `long_bound` of them, or any number.
fn in_every_order(
    people: usize,
    long_bound: Option<usize>,
    model: impl Fn(&'static Files) + Send + Sync + 'static,
) {
    // Loom needs `'static` values.
    let files: &Files = Box::leak(Box::new(Files::of(people)));
    let mut builder = Builder::new();
    let is_long = env::var_os("LEAKDEX_CAMPAIGN").is_some();
    builder.preemption_bound = if is_long { long_bound } else { Some(2) };
    builder.check(move || model(files));
}

/// Runs two threads to the end, and returns their results.
fn both<A: 'static, B: 'static>(
    first: impl FnOnce() -> A + Send + 'static,
    second: impl FnOnce() -> B + Send + 'static,
) -> (A, B) {
    let (first, second) = (thread::spawn(first), thread::spawn(second));
    (first.join().expect("no panic"), second.join().expect("no panic"))
}

#[test]
fn no_thread_takes_a_damaged_chunk_for_sound_in_any_order() {
    in_every_order(10, None, |files| {
        let chunks = Arc::new(Chunks::unverified(&files.layout));
        let look_up = |chunks: Arc<Chunks>| {
            move || chunks.is_filter_chunk_sound(0, &files.damaged, &files.layout)
        };
        let found = both(look_up(Arc::clone(&chunks)), look_up(Arc::clone(&chunks)));
        assert_eq!(found, (false, false));
        assert!(chunks.require_sound().is_err());
    });
}

#[test]
fn a_chunk_that_two_threads_touch_at_once_counts_once_in_any_order() {
    in_every_order(50_000, None, |files| {
        let chunks = Arc::new(Chunks::unverified(&files.layout));
        let look_up = |chunks: Arc<Chunks>| {
            move || chunks.is_filter_chunk_sound(0, &files.sound, &files.layout)
        };
        let found = both(look_up(Arc::clone(&chunks)), look_up(Arc::clone(&chunks)));
        assert_eq!(found, (true, true));
        assert!(files.layout.range(Section::Filter).len() > CHUNK_LENGTH, "two chunks");
        // If the chunk had counted twice, no chunk of the filter would be left to verify.
        assert!(!chunks.is_filter_chunk_sound(1, &files.damaged, &files.layout));
    });
}

#[test]
fn no_chunk_is_trusted_after_damage_in_any_order() {
    in_every_order(50_000, None, |files| {
        let chunks = Arc::new(Chunks::unverified(&files.layout));
        let look_up = |number: usize| {
            let chunks = Arc::clone(&chunks);
            move || chunks.is_filter_chunk_sound(number, &files.damaged, &files.layout)
        };
        let (_, is_sound) = both(look_up(0), look_up(1));
        assert!(!is_sound);
        assert!(!chunks.is_filter_chunk_sound(0, &files.damaged, &files.layout));
    });
}

#[test]
fn damage_that_one_thread_finds_outlasts_the_verification_by_another_in_any_order() {
    in_every_order(10, Some(3), |files| {
        let chunks = Arc::new(Chunks::unverified(&files.layout));
        let verify = {
            let chunks = Arc::clone(&chunks);
            move || {
                chunks.verify(&files.sound, &files.layout).expect("this thread saw a sound file");
                chunks.set_whole();
            }
        };
        let look_up = {
            let chunks = Arc::clone(&chunks);
            move || chunks.is_range_sound(files.bytes_of(0), &files.damaged, &files.layout)
        };
        // If the verifying thread finishes first, the other one trusts it.
        let ((), is_trusted) = both(verify, look_up);
        if !is_trusted {
            assert!(chunks.require_sound().is_err());
            assert!(!chunks.are_whole());
            assert!(!chunks.is_range_sound(files.bytes_of(0), &files.damaged, &files.layout));
            assert!(!chunks.is_filter_chunk_sound(0, &files.damaged, &files.layout));
        }
    });
}
