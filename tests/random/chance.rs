//! Reproducible randomness: everything that a random test draws follows from its seed.

use std::{
    env, thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A generator of random numbers (`SplitMix64`).
pub struct Chance(u64);

impl Chance {
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a small number");
        usize::try_from(self.next() % end).expect("a small number")
    }

    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for place in (1..all.len()).rev() {
            all.swap(place, self.below(place + 1));
        }
    }
}

/// Runs a test with these fixed seeds. If `LEAKDEX_RANDOM_SECONDS` is set, runs it with new seeds
/// for that time instead. If `LEAKDEX_RANDOM_SEED` is set, runs it with this seed alone. Prints a
/// seed that fails.
pub fn with_seeds(fixed: impl IntoIterator<Item = u64>, test: impl Fn(&mut Chance)) {
    let setting = |name| env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let run = |seed| {
        let _seed = PrintedIfItFails(seed);
        test(&mut Chance::of(seed));
    };
    if let Some(seed) = setting("LEAKDEX_RANDOM_SEED") {
        run(seed);
    } else if let Some(seconds) = setting("LEAKDEX_RANDOM_SECONDS") {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right");
        let first = u64::from(now.subsec_nanos()) << 32 | now.as_secs() & 0xffff_ffff;
        let (start, duration) = (Instant::now(), Duration::from_secs(seconds));
        let seeds = (first..).take_while(|_| start.elapsed() < duration);
        println!("{} seeds from {first} on", seeds.map(run).count());
    } else {
        fixed.into_iter().for_each(run);
    }
}

struct PrintedIfItFails(u64);

impl Drop for PrintedIfItFails {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("again with LEAKDEX_RANDOM_SEED={}", self.0);
        }
    }
}
