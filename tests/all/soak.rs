//! A service under load: many threads check members, singly and in batches, while indexes are
//! replaced.
//!
//! It takes a second. `LEAKDEX_SOAK_SECONDS=60 cargo test --release --test all soak -- --nocapture`
//! takes a minute, prints the number of answers, and watches the memory of the process, in which no
//! other test then runs.

use std::{
    env, fs,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use leakdex::{IndexBuilder, IndexSource, LiveSet, Record, Verdict};

use crate::support::{breach, folder, key};

const THREADS: u64 = 8;
const MEMBERS: u64 = 3000;

/// The permitted growth of memory after the first second. The allocator keeps memory for threads
/// that come and go. Leaking one index for each generation would take far more.
const MAX_GROWTH: u64 = 64 << 20;

/// Whether a member is in the leak of a generation.
fn is_leaked(member: u64, generation: u64) -> bool {
    (member + generation).is_multiple_of(3)
}

fn record(member: u64) -> Record {
    let number = format!("user{member}");
    Record::new().username(&number).email(&format!("{number}@example.de"))
}

fn publish(path: &Path, generation: u64) {
    let key = key();
    let breach = breach("leak");
    let mut builder = IndexBuilder::new(&key, breach).generation(generation);
    let mut batch = builder.batch();
    for member in (0..MEMBERS).filter(|&member| is_leaked(member, generation)) {
        batch.push(&record(member));
    }
    let _ = builder.add_batch(&batch).expect("added");
    builder.publish(path).expect("published");
}

/// How many answers are wrong.
fn wrong(verdicts: &[Verdict], first: u64, generation: u64) -> u64 {
    let is_wrong = |(member, verdict): (u64, &Verdict)| {
        let expected = if is_leaked(member, generation) { "affected" } else { "not_affected" };
        u64::from(verdict.slug() != expected)
    };
    (first..).zip(verdicts).map(is_wrong).sum()
}

/// Bytes of memory in use, if the system reports it.
fn memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes << 10)
}

#[test]
fn under_load_no_answer_is_wrong_and_memory_stays_flat() {
    let seconds = env::var("LEAKDEX_SOAK_SECONDS").ok().and_then(|text| text.parse().ok());
    let duration = Duration::from_secs(seconds.unwrap_or(1));
    let folder = folder();
    let path = folder.path().join("live.leakdex");
    publish(&path, 1);
    let live = LiveSet::open([IndexSource::new(&path, key())]).expect("it is there");
    let is_over = AtomicBool::new(false);
    let (answers, wrong_answers) = (AtomicU64::new(0), AtomicU64::new(0));

    let ask = |thread: u64| {
        let mut batch = live.current().batch();
        let mut first = thread * 17;
        while !is_over.load(Ordering::Relaxed) {
            let set = live.current();
            let generation = set.indexes()[0].generation();
            first = (first + 131) % (MEMBERS - 128);
            let members: Vec<Record> = (first..first + 128).map(record).collect();
            let verdicts = match first % 3 {
                0 => members.iter().map(|member| set.check(member)).collect(),
                1 => set.check_all(&members).to_vec(),
                _ => {
                    batch.clear();
                    members.iter().for_each(|member| batch.push(member));
                    set.check_batch(&batch).to_vec()
                }
            };
            answers.fetch_add(verdicts.len() as u64, Ordering::Relaxed);
            wrong_answers.fetch_add(wrong(&verdicts, first, generation), Ordering::Relaxed);
        }
    };
    let (mut generation, mut memory_at_first) = (1, None);
    thread::scope(|threads| {
        for thread in 0..THREADS {
            let ask = &ask;
            threads.spawn(move || ask(thread));
        }
        let start = Instant::now();
        while start.elapsed() < duration {
            generation += 1;
            publish(&path, generation);
            assert!(live.refresh().expect("a whole index is there"));
            if memory_at_first.is_none() && start.elapsed() > Duration::from_secs(1) {
                memory_at_first = memory();
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let (answers, wrong_answers) = (answers.into_inner(), wrong_answers.into_inner());
    let memory_at_last = memory();
    println!(
        "{answers} answers, {wrong_answers} wrong, {generation} generations, memory {memory_at_first:?} \
         after a second and {memory_at_last:?} at the end"
    );
    assert!(answers > 1_000, "{answers} answers");
    assert_eq!(wrong_answers, 0);
    if seconds.is_some()
        && let (Some(first), Some(last)) = (memory_at_first, memory_at_last)
    {
        assert!(last < first + MAX_GROWTH, "from {first} to {last} bytes");
    }
}
